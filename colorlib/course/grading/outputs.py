"""What a cell puts out, in the notebook format's words: made, bounded, and read again."""

from __future__ import annotations

TEXT = 20_000  # characters printed by one cell or one call
PICTURE = 400_000  # characters of one picture, in base64
OUTPUTS = 30  # of one cell


def stream(name: str, text: str) -> dict:
    """What was printed.  name: stdout or stderr."""
    # the line that tells how much was left out stands behind TEXT characters
    return {"output_type": "stream", "name": name, "text": text[: TEXT + 100]}


def failure(kind: str, words: str, lines=()) -> dict:
    """An error.  kind: of exception.  lines: of the traceback, where there is one."""
    lines = [line[:500] for text in lines for line in text.split("\n")] or [f"{kind}: {words}"]
    if len(lines) >= 60:
        lines = [*lines[:20], "...", *lines[-30:]]
    told = {"ename": kind[:100], "evalue": words[:2000], "traceback": lines}
    return {"output_type": "error", **told}


def display(data: dict) -> dict:
    """Text and a picture; what a page would execute (HTML, scripts) is left out.

    For teachers look at it too.
    """
    kept = {"text/plain": _text(data.get("text/plain"))[:TEXT]}
    picture = _text(data.get("image/png"))
    if 0 < len(picture) < PICTURE:
        kept["image/png"] = picture
    return {"output_type": "display_data", "data": kept, "metadata": {}}


def checked(outputs) -> list[dict]:
    """Those of the student's outputs that are outputs, made anew: nothing in them but short texts.

    The process may have been taken over: they are anything that JSON can say.
    """
    if not isinstance(outputs, list):
        return []
    return list(filter(None, map(_checked, outputs[:OUTPUTS])))


def stored(outputs) -> list[dict]:
    """`checked`, for the outputs in a notebook's file: lists of lines, and results of cells."""
    if not isinstance(outputs, list):
        return []
    return checked([_as_sent(output) for output in outputs if isinstance(output, dict)])


def _as_sent(output):
    kind = {"execute_result": "display_data"}.get(
        output.get("output_type"), output.get("output_type")
    )
    data = output.get("data")
    data = {key: _joined(value) for key, value in data.items()} if isinstance(data, dict) else {}
    return output | {"output_type": kind, "text": _joined(output.get("text")), "data": data}


def _joined(text):
    lines = text if isinstance(text, list) else [text]
    return "".join(line for line in lines if isinstance(line, str))


def _checked(output):
    kind = output.get("output_type") if isinstance(output, dict) else None
    if kind == "stream" and output.get("name") in ("stdout", "stderr"):
        return stream(output["name"], _text(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        lines = map(_text, lines) if isinstance(lines, list) else ()
        return failure(_text(output.get("ename")), _text(output.get("evalue")), lines)
    if kind == "display_data" and isinstance(output.get("data"), dict):
        return display(output["data"])
    return None


def _text(value):
    return value if isinstance(value, str) else ""


def error_in(outputs: list[dict]) -> dict | None:
    """The error that ended a cell, None where it ended well."""
    return next((o for o in reversed(outputs) if o["output_type"] == "error"), None)


def printed_in(outputs: list[dict]) -> str:
    """What a cell printed."""
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream")
