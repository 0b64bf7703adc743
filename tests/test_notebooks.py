"""Every lesson is what its source says, fit to be stored, and runs from top to bottom.

The second half tests the tool that sees to it: a lesson that raises or differs must be caught.
"""

import ast
import base64
import builtins
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
LESSONS = [
    "00_start_here",
    "01_data_prep",
    "02_base_training",
    "03_color_prior",
    "04_diffusion_step",
    "05_attention",
    "06_evaluation",
    "07_beyond_the_paper",
]
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=600"]
SOURCES = sorted((NOTEBOOKS / "src").glob("*.py"))

spec = importlib.util.spec_from_file_location("notebooks_build", NOTEBOOKS / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)

every_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)


def stored(source):
    return NOTEBOOKS / f"{source.stem}.ipynb"


def test_the_eight_lessons_are_there():
    assert [p.stem for p in SOURCES] == LESSONS
    assert sorted(p.stem for p in NOTEBOOKS.glob("*.ipynb")) == LESSONS


def test_every_notebook_is_its_source_and_fit_to_be_stored(capsys):
    assert build.check(NOTEBOOKS, []) == 0, capsys.readouterr().out


@every_lesson
def test_notebook_is_readable_for_any_code_host(source):
    nb = json.loads(stored(source).read_text("utf-8"))
    nbformat.validate(nb)
    assert (nb["nbformat"], nb["nbformat_minor"]) == (4, 5)
    assert nb["metadata"] == build.METADATA
    ids = [c["id"] for c in nb["cells"]]
    assert len(set(ids)) == len(ids)
    code = [c for c in nb["cells"] if c["cell_type"] == "code"]
    assert all(c["execution_count"] for c in code if "".join(c["source"]).strip()), "stored without being executed"
    assert any(k.startswith("image/") for c in code for o in c["outputs"] for k in o.get("data", {})), "no picture"
    assert not any(build.WIDGET_VIEW in o.get("data", {}) for c in code for o in c["outputs"])


@every_lesson
def test_no_output_is_the_name_of_an_object(source):
    """Such as <matplotlib.legend.Legend>, where a cell's last line draws."""
    outputs = [o for c in nbformat.read(stored(source), as_version=4).cells for o in c.get("outputs", [])]
    plain = ["".join(o.data.get("text/plain", "")) for o in outputs if "data" in o and len(o.data) == 1]
    assert not [text for text in plain if re.search(r"<[a-z_]+\.[\w.]+", text)]


@pytest.mark.parametrize(
    "source", [pytest.param(p, id=p.stem, marks=[pytest.mark.slow] if p.stem != LESSONS[0] else []) for p in SOURCES]
)
def test_lesson_runs(source, tmp_path):
    """Every cell, twice in a row, in a folder of its own, without a network; nothing but the record of solved
    exercises is written beside the notebook.

    Through nbval, which also fails where a widget's callback raises.
    """
    nb = nbformat.read(stored(source), as_version=4)
    nb.cells += [nbformat.from_dict(cell | {"id": f"{cell.id}-again"}) for cell in nb.cells]
    nbformat.write(nb, tmp_path / "lesson.ipynb")
    done = nbval(tmp_path / "lesson.ipynb")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"lesson.ipynb", "build", ".colorlib-progress.json"}


def test_the_network_is_cut_off_where_lessons_run():
    code = "import urllib.request as u\nu.urlopen('http://192.0.2.1', timeout=5)"
    done = subprocess.run([sys.executable, "-c", code], env=offline(), capture_output=True, text=True)
    assert "no network here" in done.stderr


@every_lesson
def test_a_cell_out_of_order_says_what_is_missing(source):
    """The last cell with code that an earlier one prepares, on its own."""
    nb = nbformat.read(stored(source), as_version=4)
    known, wanted = set(dir(builtins)), None
    for cell in (c for c in nb.cells if c.cell_type == "code" and "%" not in c.source):
        names = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        used = {node.id for node in names if isinstance(node.ctx, ast.Load)} - made - known
        wanted = (cell.source, used) if used else wanted
    with pytest.raises(NameError) as caught:
        exec(wanted[0], {})
    assert caught.value.name in wanted[1]


@every_lesson
@pytest.mark.slow
def test_an_exercise_right_after_the_first_cells_works_or_says_what_to_run(source, tmp_path):
    """The set-up, the cells before the first text, then what an exercise draws and its stub."""
    cells = nbformat.read(stored(source), as_version=4).cells
    code = [c for c in cells if c.cell_type == "code"]
    first = code[: next(i for i, c in enumerate(code) if "import " in c.source and "find_spec" not in c.source) + 1]
    tried = [c for c in code if "expected" in c.metadata.get("tags", []) or "NotImplementedError(" in c.source]
    nb = build.new_notebook(cells=[*first, *tried], metadata=build.METADATA)
    client = build.NotebookClient(nb, kernel_name="python3", timeout=600, allow_errors=True)
    client.execute(cwd=str(tmp_path), env=offline() | {"COLORLIB_PRESET": "smoke", "COLORLIB_DATA": "portraits"})
    assert not any(build.has_error(c) for c in nb.cells[: len(first)])
    assert len(tried) >= 4
    for cell in nb.cells[len(first) :]:
        said = "".join(o.get("text", "") for o in cell.outputs)
        if build.has_error(cell):
            assert "Run All Above Selected Cell" in said, cell.source
        elif "NotImplementedError(" in cell.source:
            assert said.startswith("Not done yet"), cell.source


def offline():
    """The environment of a process that reaches no network, by tests/offline/sitecustomize.py."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "offline")}


def nbval(notebook):
    """Run a notebook's cells as tests, with the smallest preset and the drawn portraits."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *NBVAL, notebook.name],
        cwd=notebook.parent,
        env=offline() | {"COLORLIB_PRESET": "smoke", "COLORLIB_DATA": "portraits"},
        capture_output=True,
        text=True,
    )


# ---- the tool itself

GOOD = """\
# %% [markdown]
# # A lesson

# %%
import os
import sys

import matplotlib.pyplot as plt
from IPython.display import display
from ipywidgets import HTML, Image, IntProgress, VBox

print(os.environ["COLORLIB_PRESET"], os.environ["COLORLIB_DATA"])

# %% tags=["exercise"]
for i in range(3):
    print(f"\\rstep {i}", end="", file=sys.stderr)
plt.plot([1, 2])

# %%
display(VBox([HTML("drag"), Image(value=b"\\x89PNG not really", format="png")]))
display(IntProgress())
"""


@pytest.fixture
def folder(tmp_path):
    """A folder like notebooks/, with one small lesson."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "00_good.py").write_text(GOOD)
    return tmp_path


def test_build_stores_small_clean_outputs(folder, capsys, monkeypatch):
    monkeypatch.setattr(build.doctor, "benchmark", lambda: 0.1)
    monkeypatch.setenv("COLORLIB_PRESET", "paper")  # what gets published must not depend on the caller
    monkeypatch.setenv("COLORLIB_DATA", "/photos/of/somebody")
    assert build.main(["build", "--folder", str(folder)]) == 0
    assert re.match(r"00_good +\d+ s, \d+ kB\n$", capsys.readouterr().out)
    first = (folder / "00_good.ipynb").read_text()
    nb = nbformat.reads(first, as_version=4)
    assert nb.metadata == build.METADATA
    assert [c.id for c in nb.cells][:2] == ["00_good-000", "00_good-001"]
    assert nb.cells[4].metadata == {"tags": ["exercise"]}
    assert nb.cells[3].outputs[0].text == "lesson portraits\n"
    stream, *rest = nb.cells[4].outputs
    assert (stream.name, stream.text) == ("stderr", "step 2")
    assert any("image/png" in o.get("data", {}) for o in rest)
    (widget,) = nb.cells[5].outputs  # the progress bar is gone, of the other the picture stayed
    assert base64.b64decode(widget.data["image/png"]) == b"\x89PNG not really"
    assert build.WIDGET_VIEW not in widget.data
    assert list(json.loads((folder / "lesson_times.json").read_text())) == ["00_good"]
    assert "Running it takes under a minute" in nb.cells[0].source
    assert "GB of memory" in nb.cells[0].source or not Path("/proc/self/status").exists()
    assert build.check(folder, []) == 0

    (folder / "00_good.ipynb").unlink()
    assert build.build(folder, ["00_good"]) == 0
    assert (folder / "00_good.ipynb").read_text() == first  # a rebuild churns nothing


def test_build_stores_nothing_of_a_lesson_that_raises(folder, capsys, monkeypatch):
    monkeypatch.setattr(build.doctor, "benchmark", lambda: 0.1)
    (folder / "src" / "01_bad.py").write_text("# %%\nprint('fine')\n\n# %%\n1 / 0\n")
    assert build.build(folder, ["01_bad"]) == 1
    out = capsys.readouterr().out
    assert "cell 3 (01_bad-003) failed" in out
    assert "ZeroDivisionError" in out
    assert not (folder / "01_bad.ipynb").exists()


def test_run_goes_on_after_a_failure_and_says_where_it_was(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLORLIB_PRESET", "smoke")
    monkeypatch.setenv("COLORLIB_DATA", "portraits")
    (folder / "src" / "00_bad.py").write_text(
        "# %%\nprint('fine')\n\n# %% tags=['raises-exception']\nraise KeyError('oh')\n"
    )
    out = tmp_path / "out"
    assert build.main(["run", "--folder", str(folder), "--out", str(out)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert re.match(r"00_bad +FAILED  \d+ s$", lines[0])
    assert lines[1].startswith("cell 3 (00_bad-003) failed")
    assert any("KeyError" in line for line in lines)
    assert re.match(r"00_good +ok  \d+ s$", lines[-2])
    assert re.match(r"failed: 00_bad +\d+ s  ", lines[-1])
    assert sorted(p.name for p in out.iterdir()) == [
        f"{n}.{kind}" for n in ("00_bad", "00_good") for kind in ("html", "ipynb")
    ]
    assert (out / "00_good.ipynb").read_text().count("smoke portraits") == 1


def test_page_loads_nothing_from_the_network(folder):
    nb = build.from_source(folder / "src" / "00_good.py", "https://github.com/a/b")
    page = build.to_html(nb, "00_good")
    assert "A lesson" in page
    assert 'href="https://colab.research.google.com/github/a/b/blob/main/notebooks/00_good.ipynb"' in page
    assert not re.search(r"""(src|import\(|url\()\s*=?\s*["']?\s*https?:""", page)
    assert not re.search(r"<(script|link)[^>]*https?:", page)
    assert "cdnjs" not in page


def test_check_catches_what_differs(folder, capsys):
    error = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
    long = nbformat.v4.new_output("stream", text="x" * 1_100_000)
    changes = {
        "cell 3 (code) differs": lambda nb: nb.cells[3].update(source="import os"),
        "cell 1 (code) differs": lambda nb: nb.cells[1].update(source="%pip install torch"),
        "cells, and the source has": lambda nb: nb.cells.pop(),
        "cell 2 (raw) differs": lambda nb: nb.cells[2].update(cell_type="raw"),
        "widget state": lambda nb: nb.metadata.update(widgets={}),
        "cell 3 stores an error": lambda nb: nb.cells[3].outputs.append(error),
        "1.10 MB, wanted at most 1": lambda nb: nb.cells[3].outputs.append(long),
    }
    build.build(folder, [], run=False)
    assert build.main(["check", "--folder", str(folder)]) == 0
    whole = (folder / "00_good.ipynb").read_text()
    for word, change in changes.items():
        nb = nbformat.reads(whole, as_version=4)
        change(nb)
        nbformat.write(nb, folder / "00_good.ipynb")
        capsys.readouterr()
        assert build.main(["check", "--folder", str(folder)]) == 1, word
        assert word in capsys.readouterr().out


def test_check_catches_a_missing_notebook_and_a_changed_source(folder, capsys):
    assert build.check(folder, []) == 1
    assert "00_good.ipynb is missing" in capsys.readouterr().out
    build.build(folder, [], run=False)
    (folder / "src" / "00_good.py").write_text(GOOD.replace("A lesson", "Another lesson"))
    assert build.check(folder, []) == 1
    with pytest.raises(SystemExit, match="no such lesson: 09"):
        build.check(folder, ["09"])


def test_a_long_cell_is_refused(folder, capsys):
    lines = "\n".join(f"x{i} = {i}" for i in range(26))
    (folder / "src" / "00_good.py").write_text(f"# %%\n{lines}\n")
    assert build.build(folder, [], run=False) == 1
    assert "cell 2 has 26 lines, wanted at most 25" in capsys.readouterr().out


def test_nbval_fails_on_a_cell_and_on_a_callback_that_raises(folder):
    cells = ["x = 1", "x / 0", "import ipywidgets as w", "s = w.IntSlider()", "s.value = 1"]
    cells += ["s.observe(lambda change: 1 / 0, 'value')", "s.value = 3"]
    (folder / "src" / "00_good.py").write_text("".join(f"# %%\n{c}\n\n" for c in cells))
    build.build(folder, [], run=False)
    done = nbval(folder / "00_good.ipynb")
    assert done.returncode == 1
    assert "2 failed, 6 passed" in done.stdout  # with the set-up cell


PUBLIC, NOWHERE = "https://github.com/somebody/kit", "https://github.com/YOUR_ORG/" + "colorlib"


def set_up(address, monkeypatch, missing=True):
    """What the set-up cell of that address installs, each as the text behind %pip install."""
    code = build.front(address, "x.ipynb")[1].source
    code = re.sub(r"%pip install --quiet \"(.*)\"", r'installed.append(f"\1")', code)
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if missing and name == "colorlib" else found)
    installed = []
    exec(code, {"installed": installed})
    return installed


def test_with_a_public_address_the_badge_opens_it_and_the_set_up_cell_installs_from_it(monkeypatch):
    badge, _ = build.front(PUBLIC, "02_x.ipynb", " Fast.")
    opens = PUBLIC.replace("github.com", "colab.research.google.com/github") + "/blob/main/notebooks/02_x.ipynb"
    assert f"({opens}) Fast." in badge.source
    assert set_up(PUBLIC, monkeypatch) == [f"colorlib @ git+{PUBLIC}"]
    assert set_up(PUBLIC, monkeypatch, missing=False) == []


def test_without_one_there_is_no_badge_and_the_set_up_cell_takes_a_file(monkeypatch, tmp_path):
    line, setup = build.front(NOWHERE, "02_x.ipynb", " Fast.")
    assert "YOUR_ORG" not in line.source + setup.source
    assert "badge" not in line.source
    assert "](" not in line.source
    monkeypatch.chdir(tmp_path)
    asked = []
    colab = types.ModuleType("google.colab")
    colab.files = types.SimpleNamespace(upload=lambda: asked.append(1) or {"colorlib-main (1).zip": b""})
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    assert set_up(NOWHERE, monkeypatch, missing=False) == []
    assert set_up(NOWHERE, monkeypatch) == [str(tmp_path / "colorlib-main (1).zip")]
    assert asked == [1]
    (tmp_path / "colorlib-0.1.0-py3-none-any.whl").touch()
    assert set_up(NOWHERE, monkeypatch) == [str(tmp_path / "colorlib-0.1.0-py3-none-any.whl")]
    assert asked == [1], "a file that is there already is not asked for again"


@every_lesson
def test_no_notebook_shows_a_placeholder_of_an_address(source):
    assert build.PLACEHOLDER not in stored(source).read_text("utf-8")


@pytest.mark.parametrize(("content", "kind"), [("photo", "image/jpeg"), ("chart", "image/png")])
def test_photos_are_stored_small_and_charts_exactly(content, kind):
    chart = np.full((200, 300, 3), 255, np.uint8)
    chart[100:102] = chart[:, 150] = 0
    rgb = astronaut()[::2, ::2] if content == "photo" else chart
    png = io.BytesIO()
    Image.fromarray(rgb).save(png, "PNG")
    output = nbformat.v4.new_output(
        "display_data", {"image/png": base64.b64encode(png.getvalue()).decode()}, metadata={"image/png": {"width": 9}}
    )
    build.photo_as_jpeg(output)
    assert list(output.data) == list(output.metadata) == [kind]
    stored = base64.b64decode(output.data[kind])
    seen = np.asarray(Image.open(io.BytesIO(stored)).convert("RGB"))
    assert np.abs(seen.astype(int) - rgb).mean() < (4 if content == "photo" else 0.01)
    assert len(stored) <= len(png.getvalue()) / (2 if content == "photo" else 1)


def test_streams_are_joined_and_of_a_progress_bar_the_last_state_stays():
    said = [("stdout", "a\n"), ("stdout", "b\n"), ("stderr", "10%\r50%"), ("stderr", "\r100%\ndone"), ("stdout", "c")]
    said += [("stderr", "working\r       \r")]
    outputs = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in said]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    build.tidy(nb)
    stored = [(o.name, o.text) for o in nb.cells[0].outputs]
    assert stored == [("stdout", "a\nb\n"), ("stderr", "100%\ndone"), ("stdout", "c")]
