"""What lessons say of their numbers, how they fold it, and whose pictures they take."""

import base64
import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from IPython.utils.capture import capture_output
from PIL import Image

from colorlib import metrics, portraits
from colorlib.show import own, plots, verdicts
from colorlib.show.answers import answer

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("value", "low", "high", "good", "verdict", "holds"),
    [
        (-0.1, -0.2, -0.05, "down", "better", True),
        (0.1, 0.05, 0.2, "down", "worse", False),
        (-0.1, -0.2, 0.05, "down", "cannot tell", None),
        (0.1, 0.05, 0.2, "up", "better", True),
        (-0.1, -0.2, -0.05, "up", "worse", False),
        (0.0, 0.0, 0.0, "up", "cannot tell", None),
    ],
)
def test_each_direction_has_its_verdict(value, low, high, good, verdict, holds):
    moved = verdicts.Change(value, low, high, "error", good)
    assert moved.verdict == verdict
    assert verdicts.holds(moved) is holds
    assert ("includes zero" in str(moved)) == (holds is None)
    (line,) = verdicts.listed({"ours against theirs": moved}).data.splitlines()
    words = "these pictures cannot tell" if holds is None else verdict
    assert line.startswith("- ours against theirs: error ")
    assert line.endswith(f": **{words}**")
    row = verdicts.claims([("it gets better", moved, good, holds)]).data.splitlines()[-1]
    assert row.startswith(f"| “it gets better” | {verdicts.HOLDS[holds]} | error ")
    assert row.endswith(f"| {good} |")


def test_an_end_near_zero_shows_on_which_side_it_lies():
    assert "-3.4 % to -0.03 %, excludes zero" in str(verdicts.Change(-0.017, -0.034, -0.0003))
    assert "+0.004 % to +2.0 %, excludes zero" in str(verdicts.Change(0.01, 0.00004, 0.02))
    assert "-3.4 % to +0.0 %, includes zero" in str(verdicts.Change(-0.017, -0.034, 0.0003))


def test_a_change_is_that_of_the_means_in_pairs():
    rng = np.random.default_rng(0)
    before = rng.uniform(50, 400, 60)
    moved = verdicts.change(before, 0.9 * before)
    assert [moved.value, moved.low, moved.high] == pytest.approx([-0.1] * 3)
    assert str(moved) == "MSE -10.0 % (95 % interval -10.0 % to -10.0 %, excludes zero): better"
    noisy = verdicts.change(before, before[::-1])
    assert noisy.low <= noisy.value <= noisy.high
    assert noisy.low == pytest.approx(-metrics.paired_bootstrap(before, before[::-1])[2])
    assert [verdicts.percent(x) for x in (-0.0001, 0.0123, 10.5)] == ["+0.0 %", "+1.2 %", "+1050 %"]


def test_other_pictures_are_resampled_by_themselves():
    rng = np.random.default_rng(0)
    few, many = rng.uniform(50, 150, 30), rng.uniform(90, 190, 300)
    moved = verdicts.apart(few, many, "residual")
    assert moved.value == pytest.approx(many.mean() / few.mean() - 1)
    assert 0 < moved.low < moved.value < moved.high
    assert moved.verdict == "worse"
    assert verdicts.apart(few, few).verdict == "cannot tell"
    assert verdicts.apart(few, few).high > 0.05


def test_what_is_no_direction_and_no_verdict_is_refused():
    with pytest.raises(ValueError, match="good must be 'down' or 'up', got 'left'"):
        verdicts.Change(0, 0, 0, good="left")
    with pytest.raises(ValueError, match="verdict must be True, False or None, got 'maybe'"):
        verdicts.claims([("x", "y", "down", "maybe")])


def shown_by(work):
    """The one output of a cell, its stdout beside it."""
    InteractiveShell.instance()
    with capture_output() as caught:
        work()
    return caught.outputs, caught.stdout


def test_an_answer_is_one_closed_fold_with_all_that_the_cell_shows():
    def cell():
        with answer():
            print("first <line>\n\nlast")
            display(plots.describe(np.zeros((4, 4, 3), np.uint8), 'a "black"\nsquare'))
            display(verdicts.listed({"a": verdicts.Change(-0.1, -0.2, -0.05)}))

    (output,), printed = shown_by(cell)
    text = output.data["text/markdown"]
    assert printed == ""
    assert text.startswith("<details><summary>Show the answer</summary>\n\n```text\nfirst <line>\n\nlast\n```")
    assert text.endswith(": **better**\n\n</details>")
    picture = text.split('<img src="data:image/png;base64,')[1]
    assert base64.b64decode(picture.split('"')[0]).startswith(b"\x89PNG")
    assert 'alt="a &quot;black&quot; square"' in picture


def test_an_answer_that_raises_hides_nothing():
    def cell():
        with contextlib.suppress(ZeroDivisionError), answer():
            print("so far")
            print(1 / 0)

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        cell()
    assert "so far" in out.getvalue()


def drawn(folder, count):
    """A folder of so many drawn portraits."""
    folder.mkdir()
    for i in range(count):
        Image.fromarray(portraits.draw(1000 + i, size=32).rgb).save(folder / f"p{i:03d}.png")
    return str(folder)


@pytest.mark.parametrize(("count", "used"), [(5, False), (150, True)])
def test_a_lesson_takes_own_pictures_where_they_suffice_and_says_in_a_sentence_where_not(
    tmp_path, monkeypatch, capsys, count, used
):
    folder = drawn(tmp_path / "own", count)
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLORLIB_DATA", folder)
    assert own.source("train", "test") == (folder if used else "portraits")
    said = capsys.readouterr().out.strip()
    assert (said == "") == used
    if not used:
        assert re.search(r"have \d in the split 'test' and this lesson needs 3", said)
        assert said.count("\n") == 0
    monkeypatch.delenv("COLORLIB_DATA")
    assert own.source("train") == "portraits"


@pytest.mark.slow
@pytest.mark.parametrize("count", [5, 60, 500])
@pytest.mark.parametrize("lesson", ["01_data_prep", "04_diffusion_step"])
def test_lessons_that_take_own_pictures_run_to_the_end(tmp_path, lesson, count):
    """The two lessons that look at COLORLIB_DATA; the others always use the drawn portraits."""
    folder = drawn(tmp_path / "own", count)
    env = {**os.environ, "COLORLIB_DATA": folder, "COLORLIB_HOME": str(tmp_path / "home")}
    build = [sys.executable, "notebooks/build.py", "run", lesson, "--preset", "smoke", "--out", str(tmp_path / "out")]
    done = subprocess.run(build, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_other_lesson_looks_at_own_pictures():
    sources = {p.stem: p.read_text("utf-8") for p in (ROOT / "notebooks/src").glob("*.py")}
    assert [name for name, text in sorted(sources.items()) if "own.source(" in text] == [
        "01_data_prep",
        "04_diffusion_step",
    ]
    assert not any("default_source" in text for text in sources.values())
