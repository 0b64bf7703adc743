"""What runs inside the forked processes: the student's cells in one, the tests in the other.

Both are copies of the nursery (see nursery.py) with torch, colorlib and an IPython shell ready, and
both lock themselves in before they run anything.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from colorlib.course.grading import sandbox
from colorlib.course.grading.messages import (
    TEXT,
    Bounded,
    Broken,
    Gone,
    pack,
    receive,
    send,
    unpack,
)
from colorlib.course.grading.peer import Peer

PICTURE = 400_000  # characters of one picture, in base64
OUTPUTS = 20


def make_shell() -> InteractiveShell:
    """The shell that cells run in: no history, no colours, figures as in a notebook."""
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "NoColor"
    shell = InteractiveShell.instance(config=settings)
    with contextlib.suppress(Exception):
        shell.enable_matplotlib("inline")
    return shell


def run_cell(shell: InteractiveShell, source: str) -> list[dict]:
    """Run one cell; its outputs in the notebook format's words, bounded.  The last is of type error
    where it failed.
    """
    failure = []

    def note(kind, error, lines):
        words = str(error)[:2000]
        failure[:] = [
            {
                "output_type": "error",
                "ename": kind.__name__,
                "evalue": words,
                "traceback": _short(lines),
            }
        ]

    shell._showtraceback = note
    streams = {"stdout": Bounded(), "stderr": Bounded()}
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams["stdout"], streams["stderr"]
    try:
        with capture_output(stdout=False, stderr=False) as captured:
            result = shell.run_cell(source, store_history=False)
    finally:
        sys.stdout, sys.stderr = before
    outputs = [
        {"output_type": "stream", "name": name, "text": s.value()}
        for name, s in streams.items()
        if s.text
    ]
    outputs += [_display(rich.data) for rich in captured.outputs[:OUTPUTS]]
    if not result.success and not failure:
        error = result.error_before_exec or result.error_in_exec
        note(type(error), error, [])
    return outputs + failure


def _display(data):
    """Text and pictures; what a page would execute (HTML, scripts) is left out, for teachers look
    at it too.
    """
    kept = {"text/plain": str(data.get("text/plain", ""))[:TEXT]}
    picture = data.get("image/png")
    if isinstance(picture, str) and len(picture) < PICTURE:
        kept["image/png"] = picture
    return {"output_type": "display_data", "data": kept, "metadata": {}}


def _short(lines):
    lines = [line[:500] for text in lines for line in str(text).split("\n")]
    return lines if len(lines) < 60 else [*lines[:20], "...", *lines[-30:]]


@contextlib.contextmanager
def _interruptible():
    """Ctrl-C, which the grader sends when time is up, stops what runs; between cells it does
    nothing.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def student(sock, folder: Path, other: Path, memory: int) -> None:
    """Run the student's cells and answer the judge's questions, until the other end closes."""
    _move_in(folder, other, memory)
    shell, peer = InteractiveShell.instance(), Peer(sock, trusted=False)
    peer.names = lambda: shell.user_ns
    while True:
        kind, number, body = receive(sock)
        if kind == b"q":
            with _interruptible():
                peer.answer(number, body)
            continue
        outputs = [_stopped("KeyboardInterrupt")]
        with _interruptible():
            outputs = run_cell(shell, unpack(body)[0])
        send(sock, b"d", number, pack(outputs))


def judge(sock, folder: Path, other: Path, memory: int) -> None:
    """Run the tests, with the student's names as `Remote` values."""
    _move_in(folder, other, memory)
    shell, peer = InteractiveShell.instance(), Peer(sock, trusted=True)
    while True:
        _, number, body = receive(sock)
        task = unpack(body)[0]
        report = {"passed": False, "visible": [_stopped("TimeoutError")], "hidden": []}
        with _interruptible():
            report = _test(shell, peer, **task)
        send(sock, b"d", number, pack(report))


def _test(shell, peer, names, visible, full):
    """Run what the student can see of a test; where that passes, all of it.  Hidden outputs are for
    teachers alone.
    """
    for name in names:
        shell.user_ns.pop(name, None)
    try:
        came = peer.ask("names", names) if names else {}
        if not isinstance(came, dict):
            raise Broken("the answer's names are no dictionary")
        # No others: what a process that was taken over calls `checks` or `torch` must not stand in
        # for ours.
        shell.user_ns.update({name: came[name] for name in names if name in came})
    except Exception as error:
        return {
            "passed": False,
            "visible": [_stopped(type(error).__name__, str(error))],
            "hidden": [],
        }
    shown = run_cell(shell, visible)
    passed = not _failed(shown)
    hidden = run_cell(shell, full) if passed and full != visible else []
    return {"passed": passed and not _failed(hidden), "visible": shown, "hidden": hidden}


def _failed(outputs):
    return any(o["output_type"] == "error" for o in outputs)


def _stopped(name, words="stopped"):
    return {
        "output_type": "error",
        "ename": name,
        "evalue": words,
        "traceback": [f"{name}: {words}"],
    }


def _move_in(folder, other, memory):
    """Each writes to its own folder and can read the other's: a test's picture cannot be exchanged
    by an answer.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(folder)
    for name in ("HOME", "TMPDIR", "COLORLIB_HOME", "IPYTHONDIR", "MPLCONFIGDIR"):
        os.environ[name] = str(folder)
    import tempfile

    tempfile.tempdir = None  # found anew, from TMPDIR
    sandbox.enter(folder, memory, also=other)


ROLES = {"student": student, "judge": judge}


def main(role: str, sock, folder: str, other: str, memory: int) -> None:
    """The life of a forked process; never returns."""
    code = 1
    try:
        ROLES[role](sock, Path(folder), Path(other), memory)
    except Gone:
        code = 0
    finally:
        os._exit(code)
