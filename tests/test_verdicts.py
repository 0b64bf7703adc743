"""What lessons say of their numbers, and how they fold it."""

import base64
import contextlib
import io

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from IPython.utils.capture import capture_output

from colorlib import metrics
from colorlib.show import plots, verdicts
from colorlib.show.answers import answer


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
    assert row.startswith("| “it gets better” | error ")
    assert row.endswith(f"| {good} | {verdicts.HOLDS[holds]} |")


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
