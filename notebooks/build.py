"""Lessons: from the source that people edit to the notebook that people open.

    python notebooks/build.py build [NAMES] [--no-execute]   src/*.py -> *.ipynb, executed, with small outputs
    python notebooks/build.py check [NAMES]                  is every notebook what its source says?
    python notebooks/build.py run [NAMES] --out build/lessons   execute all in order, write .ipynb and .html

A lesson is src/NAME.py in jupytext's percent format. In front of its cells stand two generated ones: a badge
that opens the lesson in Colab, and a set-up cell that installs colorlib where it is missing. The address in
both comes from [project.urls] in pyproject.toml.
"""

from __future__ import annotations

import argparse
import base64
import copy
import io
import json
import math
import os
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image, UnidentifiedImageError

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

from colorlib import doctor
from colorlib.data import files
from colorlib.show import offline

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))  # also where a test loads this file by its path
from formulas import with_formulas

PYPROJECT = FOLDER.parent / "pyproject.toml"
MAX_LINES = 25  # of a code cell
MAX_BYTES = 1_000_000  # of a stored notebook: what a code host still shows
HEAVY_PNG = 60_000  # bytes of one picture
CELL_SECONDS = 1800
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # in a repr: another one in each run
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
SETUP = """\
# On Colab this installs colorlib.  Where it is installed already, nothing happens.
import importlib.util

if importlib.util.find_spec("colorlib") is None:
    %pip install --quiet "colorlib @ git+{address}"
"""
# While the kit has no public address: a file that the person has.
UPLOAD = """\
# Where colorlib is installed already, nothing happens.  On Colab, upload its wheel or a zip of the kit when asked.
import importlib.util
from pathlib import Path

if importlib.util.find_spec("colorlib") is None:
    if not (found := [*Path().glob("colorlib*.whl"), *Path().glob("colorlib*.zip")]):
        from google.colab import files

        found = [Path(name) for name in files.upload()]
    package = str(found[0].resolve())
    %pip install --quiet "{{package}}"
"""
PLACEHOLDER = "YOUR_ORG"  # in the address of the repository, until there is one
# nbconvert's page loads require.js, MathJax and mermaid from the network. This one has its formulas as MathML, wraps
# what is long, and fits a phone.
OFFLINE_PAGE = """\
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}<meta name="viewport" content="width=device-width, initial-scale=1">{%- endblock -%}
{%- block html_head_css -%}{{ super() }}
<style>
main { max-width: 70rem; margin: 0 auto; }
.jp-Notebook pre, .jp-Notebook code, .CodeMirror pre { white-space: pre-wrap !important; overflow-wrap: anywhere; }
.jp-Notebook img, .jp-Notebook svg { max-width: 100%; height: auto; }
.jp-RenderedHTMLCommon table { display: block; overflow-x: auto; max-width: 100%; table-layout: auto; }
.jp-RenderedHTMLCommon td, .jp-RenderedHTMLCommon th { white-space: normal; max-width: 28rem; }
.jp-OutputArea-child, .jp-OutputArea-output { min-width: 0; }
summary { cursor: pointer; }
.jp-RenderedMarkdown pre, .jp-RenderedMarkdown pre code { font-family: monospace; line-height: 1.35; }
@media (max-width: 45rem) {
  .jp-InputPrompt, .jp-OutputPrompt { display: none !important; }
  .jp-Notebook .jp-Cell { padding-left: 0.2rem; padding-right: 0.2rem; }
}
</style>
{%- endblock -%}
{%- block input -%}
{%- if 'hide-input' in cell.metadata.get('tags', []) -%}
<details class="jp-InputArea-editor"><summary>Code</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""


class LessonError(Exception):
    """A lesson that raised, hung or died, with the cell and the traceback."""


# ---- from source to notebook


def repository(pyproject: Path = PYPROJECT) -> str:
    """The address of the repository, from the one place that holds it."""
    address = tomllib.loads(pyproject.read_text("utf-8"))["project"]["urls"]["Repository"]
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address):
        raise SystemExit(f"project.urls.Repository must be https://github.com/OWNER/NAME, got {address!r}")
    return address


def from_source(source: Path, address: str) -> nbformat.NotebookNode:
    """The notebook that a source stands for: not executed, with the generated cells and stable cell ids."""
    name = source.stem
    note = cost(source.parents[1] / doctor.TIMES, name)
    return with_ids([*front(address, f"{name}.ipynb", note), *source_cells(source)], name[:50])


def front(address: str, place: str, note: str = "") -> list:
    """The cells in front of every notebook: the badge that opens notebooks/PLACE in Colab, and the set-up cell.

    While there is no address, no badge: a line says how to bring the kit to Colab, and the cell takes that file.
    """
    if PLACEHOLDER in address:
        words = "Run this in JupyterLab. On Colab, upload this notebook, and a wheel or a zip of the kit when asked."
        return [new_markdown_cell(words + note), new_code_cell(UPLOAD.format().rstrip())]
    colab = address.replace("https://github.com/", "https://colab.research.google.com/github/")
    image = "![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)"
    badge = f"[{image}]({colab}/blob/main/notebooks/{place}){note}"
    return [new_markdown_cell(badge), new_code_cell(SETUP.format(address=address).rstrip())]


def source_cells(source: Path) -> list:
    """The cells of a source in jupytext's percent format."""
    cells = jupytext.reads(source.read_text("utf-8"), fmt="py:percent").cells
    for cell in cells:
        cell.metadata.pop("lines_to_next_cell", None)
    return cells


def with_ids(cells: list, name: str):
    """A notebook of these cells, with ids by position, so that a rebuild changes none."""
    for position, cell in enumerate(cells):
        cell.id = f"{name}-{position:03d}"
    return new_notebook(cells=cells, metadata=copy.deepcopy(METADATA))


def cost(file: Path, name: str) -> str:
    """What running a lesson takes, in words; nothing where it was never measured.

    Rounded up, so that measuring again changes no notebook.
    """
    measured = files.read_json(file).get(name)
    if not measured:
        return ""
    minutes = math.ceil(measured["seconds"] / 60)
    words = "under a minute" if minutes == 1 else f"about {minutes} minutes"
    if "megabytes" in measured:
        words += f" and {math.ceil(measured['megabytes'] / 500) / 2:g} GB of memory"
    return f" Running it takes {words} on two cores, as last measured."


def sources(folder: Path, names: list[str]) -> list[Path]:
    """The sources in order: those named, or all."""
    found = {p.stem: p for p in sorted((folder / "src").glob("*.py"))}
    wanted = [name.removesuffix(".ipynb").removesuffix(".py") for name in names] or list(found)
    if unknown := [name for name in wanted if name not in found]:
        raise SystemExit(f"no such lesson: {', '.join(unknown)}; there are {', '.join(found) or 'none'}")
    return [found[name] for name in wanted]


# ---- execution


def execute(nb, name: str, cwd: Path, env: dict[str, str]) -> tuple[float, float]:
    """Run all cells in place, in a fresh kernel: (seconds, megabytes held at most).

    Megabytes are 0 where the system does not say. LessonError where a cell fails.
    """
    started = time.perf_counter()
    show = sys.stdout.isatty()

    def progress(cell, cell_index):
        if show:
            print(f"\r{name:<24} cell {cell_index + 1} of {len(nb.cells)}", end="", flush=True)

    held = [0.0]

    def note_memory(cell, cell_index, execute_reply):
        held.append(peak_memory(getattr(client.km.provisioner, "pid", None)))

    client = NotebookClient(
        nb,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(cwd)}},
        force_raise_errors=True,
        record_timing=False,
        on_cell_start=progress,
        on_cell_executed=note_memory,
        extra_arguments=["--log-level=ERROR"],  # ipykernel warns about its own transport at every start
    )
    try:
        client.execute(env=env)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as e:
        ran = [i for i, c in enumerate(nb.cells) if c.get("execution_count") or c.get("outputs")]
        at = next((i for i in ran if has_error(nb.cells[i])), max(ran, default=0))
        raise LessonError(f"cell {at} ({nb.cells[at].id}) failed\n{e}") from e
    finally:
        if show:
            print("\r" + " " * 60 + "\r", end="")
    return time.perf_counter() - started, max(held)


def peak_memory(pid: int | None) -> float:
    """Megabytes that a process has held at most so far; 0 where the system does not say."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def has_error(cell) -> bool:
    return any(o.output_type == "error" for o in cell.get("outputs", []))


def environment(preset: str | None = None, data: str | None = None, frames: bool = False) -> dict[str, str]:
    """What the kernel runs with. What is None here stays as the caller has it.

    frames: whether widgets add the frames that a page shows behind a slider.
    """
    env = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1", offline.SWITCH: "1" if frames else ""}
    env.update({k: v for k, v in (("COLORLIB_PRESET", preset), ("COLORLIB_DATA", data)) if v})
    return env


# ---- what is stored


def tidy(nb) -> None:
    """Make the outputs fit to be stored: the same run gives the same file, and any code host can show it."""
    state = nb.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    nb.metadata = nbformat.from_dict(METADATA)  # drops widget state and version numbers
    for cell in nb.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if alive(o, state)]
            CoalesceStreamsPreprocessor().preprocess_cell(cell, {}, 0)
            cell.outputs = [o for o in cell.outputs if o.get("text", "...").strip()]  # a bar that was wiped out
            for output in cell.outputs:
                photo_as_jpeg(output)
                if "text/plain" in output.get("data", {}):
                    output.data["text/plain"] = ADDRESS.sub("", output.data["text/plain"])


def alive(output, state) -> bool:
    """Whether to keep an output; a stored widget is dead, and a progress bar is not kept.

    Of other widgets stay the stills, else the picture that they last showed, else a line of text.
    """
    view = output.get("data", {}).pop(WIDGET_VIEW, None)
    if view is None or "image/png" in output.data:
        return True
    models = list(widget_tree(view["model_id"], state))
    output.data = {"text/plain": "(a control stands here when the notebook runs)"}
    for model in (m for m in models if m["model_name"] == "ImageModel"):
        for buffer in model.get("buffers", []):
            if buffer["path"] == ["value"] and buffer["data"]:
                kind = "jpeg" if model["state"].get("format") in ("jpg", "jpeg") else "png"
                output.data[f"image/{kind}"] = buffer["data"]
                return True
    return not any("Progress" in m["model_name"] for m in models)


def photo_as_jpeg(output) -> None:
    """A photo takes a third of the room as JPEG; charts stay PNG, with a palette where the eye sees no difference.

    So do the pictures inside a folded answer.
    """
    data = output.get("data", {})
    if "image/png" in data:
        kind, data_64 = smaller(data.pop("image/png"))
        data[kind] = data_64
        if alt := output.get("metadata", {}).pop("image/png", None):
            output.metadata[kind] = alt
    if "text/markdown" in data:
        small = lambda found: "data:{};base64,{}".format(*smaller(found[1]))  # noqa: E731
        data["text/markdown"] = re.sub(r"data:image/png;base64,([\w+/=]+)", small, data["text/markdown"])


def smaller(png_64: str) -> tuple[str, str]:
    """A PNG in base64 as (kind, base64) of whatever takes less room and looks the same."""
    png = base64.b64decode(png_64)
    try:
        image = Image.open(io.BytesIO(png)).convert("RGB")
    except UnidentifiedImageError:
        return "image/png", png_64
    small = io.BytesIO()
    if len(png) > HEAVY_PNG:
        image.save(small, "JPEG", quality=85)  # colour at half the side: it may be coarse (lesson 01)
    else:
        palette = image.quantize(256, dither=Image.Dither.NONE)  # a chart's soft edges need no more shades
        apart = np.abs(np.asarray(palette.convert("RGB"), dtype=float) - np.asarray(image)).mean()
        (palette if apart < 0.5 else image).save(small, "PNG", optimize=True)
    if small.tell() >= len(png):
        return "image/png", png_64
    return f"image/{'jpeg' if len(png) > HEAVY_PNG else 'png'}", base64.b64encode(small.getvalue()).decode()


def widget_tree(model_id: str, state: dict):
    """The widget and everything in it."""
    if model_id in state:
        yield state[model_id]
        for child in state[model_id]["state"].get("children", []):
            yield from widget_tree(str(child).removeprefix("IPY_MODEL_"), state)


def problems(nb, size: int) -> list[str]:
    """What makes this notebook unfit to be stored."""
    found = []
    if size > MAX_BYTES:
        biggest = sorted(nb.cells, key=lambda c: -len(json.dumps(c.get("outputs", []))))[:3]
        cells = ", ".join(f"{c.id} {len(json.dumps(c.get('outputs', []))) / 1e3:.0f} kB" for c in biggest)
        found.append(f"{size / 1e6:.2f} MB, wanted at most {MAX_BYTES / 1e6:.0f}; most of it in {cells}")
    if "widgets" in nb.metadata:
        found.append("widget state is stored")
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and len(cell.source.splitlines()) > MAX_LINES:
            found.append(f"cell {i} has {len(cell.source.splitlines())} lines, wanted at most {MAX_LINES}")
        if has_error(cell):
            found.append(f"cell {i} stores an error")
    return found


def differences(nb, wanted) -> list[str]:
    """Where a notebook is not what its source says; the first difference only, the rest follows from it."""
    for i, (have, want) in enumerate(zip(nb.cells, wanted.cells, strict=False)):
        if (have.cell_type, have.source) != (want.cell_type, want.source):
            return [f"cell {i} ({have.cell_type}) differs from the source ({want.cell_type})"]
    if len(nb.cells) != len(wanted.cells):
        return [f"{len(nb.cells)} cells, and the source has {len(wanted.cells)}"]
    return []


def write(nb, target: Path) -> None:
    """Write whole or not at all."""
    nbformat.validate(nb)
    with files.whole(target) as part:
        nbformat.write(nb, part)


def to_html(nb, name: str) -> str:
    """One page that loads nothing from anywhere. Where a widget left frames, the page has a slider over them."""
    page = copy.deepcopy(nb)
    page.cells[0].source = re.sub(r"\[!\[(.*?)\]\(.*?\)\]", r"[\1]", page.cells[0].source)  # badge: a text link
    for output in with_frames(page):
        output.data = {"text/html": offline.player(output.data[offline.MIME])}
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = with_formulas(cell.source)
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):
                output.data["text/markdown"] = with_formulas(output.data["text/markdown"])
            offline.for_page(output)
    # embed_images would parse each piece of HTML by itself, and so close every <details> behind its summary.
    exporter = HTMLExporter(raw_template=OFFLINE_PAGE, embed_images=False)
    exported = exporter.from_notebook_node(page, resources={"metadata": {"name": name}})[0]
    return re.sub(r'href="(\w+)\.(?:ipynb|md)(#[^"]*)?"', r'href="\1.html\2"', exported)


def with_frames(nb) -> list:
    """The outputs that hold frames."""
    outputs = (o for cell in nb.cells for o in cell.get("outputs", []))
    return [o for o in outputs if offline.MIME in o.get("data", {})]


# ---- commands


def build(folder: Path, names: list[str], run: bool = True) -> int:
    """Write the notebooks. Always with the drawn portraits and the lesson preset: outputs get published."""
    address, speed, failed = repository(), doctor.benchmark() if run else 0.0, []
    for source in sources(folder, names):
        nb, target = from_source(source, address), folder / f"{source.stem}.ipynb"
        try:
            spent = execute(nb, source.stem, folder, environment("lesson", "portraits")) if run else None
        except LessonError as e:
            failed.append(source.stem)
            print(f"{source.stem:<24} FAILED, not stored: {e}", flush=True)
            continue
        if spent:
            doctor.record_time(folder / doctor.TIMES, source.stem, spent[0], speed, spent[1])
            nb.cells[0].source = from_source(source, address).cells[0].source  # what it has just taken
        tidy(nb)
        write(nb, target)
        bad = problems(nb, target.stat().st_size)
        failed += [source.stem] if bad else []
        done = f"{spent[0]:.0f} s" if spent else "not executed"
        print(f"{source.stem:<24} {done}, {target.stat().st_size / 1e3:.0f} kB", *bad, sep="\n  ", flush=True)
    return 1 if failed else 0


def check(folder: Path, names: list[str]) -> int:
    """Say for each notebook that it equals its source and is fit to be stored, or what is wrong."""
    address, wrong = repository(), 0
    for source in sources(folder, names):
        stored = folder / f"{source.stem}.ipynb"
        if not stored.is_file():
            found = [f"{stored.name} is missing"]
        else:
            nb = nbformat.read(stored, as_version=4)
            found = differences(nb, from_source(source, address)) + problems(nb, stored.stat().st_size)
        wrong += bool(found)
        print(f"{source.stem:<24} {'ok' if not found else 'WRONG'}", *found, sep="\n  ")
    if wrong:
        print("\nEdit notebooks/src/, then: make notebooks")
    return 1 if wrong else 0


def run(folder: Path, names: list[str], out: Path, preset: str | None = None) -> int:
    """Execute the lessons in order; a line each. The rest still runs when one fails."""
    address, failed = repository(), []
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    for source in sources(folder, names):
        nb, begun = from_source(source, address), time.perf_counter()
        try:
            execute(nb, source.stem, folder, environment(preset, frames=True))
            word, detail = "ok", ""
        except LessonError as e:
            word, detail = "FAILED", f"\n{e}"
            failed.append(source.stem)
        print(f"{source.stem:<24} {word}  {time.perf_counter() - begun:.0f} s{detail}", flush=True)
        tidy(nb)
        (out / f"{source.stem}.html").write_text(to_html(nb, source.stem), encoding="utf-8")
        for output in with_frames(nb):
            del output.data[offline.MIME]  # a notebook keeps the stills
        write(nb, out / f"{source.stem}.ipynb")
    write_glossary(folder, out)
    summary = f"failed: {', '.join(failed)}" if failed else "all"
    print(f"{summary:<24} {time.perf_counter() - started:.0f} s  {out}")
    return 1 if failed else 0


def write_glossary(folder: Path, out: Path) -> None:
    """The glossary, to which lessons link, as a page beside theirs; nothing where there is none."""
    if (words := folder / "glossary.md").is_file():
        nb = new_notebook(cells=[new_markdown_cell(words.read_text("utf-8"))], metadata=copy.deepcopy(METADATA))
        (out / "glossary.html").write_text(to_html(nb, "glossary"), encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("build", "check", "run"):
        command = commands.add_parser(name)
        command.add_argument("names", nargs="*", help="lessons; all by default")
        command.add_argument("--folder", type=Path, default=FOLDER, help=argparse.SUPPRESS)
    commands.choices["build"].add_argument("--no-execute", action="store_true", help="write without outputs")
    commands.choices["run"].add_argument("--out", type=Path, required=True)
    commands.choices["run"].add_argument("--preset", help="default: COLORLIB_PRESET, else lesson")
    args = parser.parse_args(argv)
    if args.command == "build":
        return build(args.folder, args.names, not args.no_execute)
    if args.command == "check":
        return check(args.folder, args.names)
    return run(args.folder, args.names, args.out, args.preset)


if __name__ == "__main__":
    sys.exit(main())
