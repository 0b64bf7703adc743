"""The checks against what students write: right answers in unusual ways pass, wrong ones are named.

The answers lie in tests/mistakes/, one file a task.  Here they are all run, and so is whatever else a student's
function may do: nothing, print, raise, never end.
"""

import contextlib
import functools
import importlib
import io
import random
import sys
import threading
import time
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
import torch

from colorlib.course import checks
from colorlib.course.checks import guessing, judging, learning, own_code, reading, running
from colorlib.course.checks.rewriting import Written
from colorlib.course.checks.written import FORMULAS
from mistakes.color_prior import RIGHT as PRIORS
from mistakes.color_prior import usual

TASKS = sorted(path.stem for path in (Path(__file__).parent / "mistakes").glob("[!_]*.py"))
ANSWERS = {task: importlib.import_module(f"mistakes.{task}") for task in TASKS}
FUNCTIONS = [getattr(checks, task) for task in TASKS if task != "effective_weight"]  # that one takes a number
LISTED = [check.__name__ for check in FUNCTIONS if check is not checks.paired_bootstrap]  # with a list of mistakes
# Odd answers by list, and how many of them are named: the third list and later ones were new to these checks.
LISTS = {
    "_odd_first": 0.94,
    "_odd_second": 0.9,
    "_odd_third": 0.94,
    "_odd_fourth": 0.94,
    "_odd_fifth": 0.94,
    "_odd_sixth": 0.9,
}


def name(student):
    return getattr(student, "__name__", repr(student))


def ask(check, student, **options):
    """(verdict, what was printed)"""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        verdict = check(student, **options)
    return bool(verdict), out.getvalue()


def arguments_of(task, monkeypatch):
    """What the check hands to `judge`: cases, the right variant, the wrong ones, tolerance."""
    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(judging, "judge", lambda *given: seen.extend(given[2:]))
        getattr(checks, task)(None)
    cases, variants, tolerance, _ = seen
    wrong = {words: variant for words, variant in variants.items() if words != judging.RIGHT}
    return cases, variants[judging.RIGHT], wrong, tolerance


@functools.cache
def of_wrong(task):
    """[(answer, the mistake in it, verdict, what was printed)]"""
    return [(f, mistake, *ask(getattr(checks, task), f)) for f, mistake in ANSWERS[task].WRONG]


# Every task ------------------------------------------------------------------------------------------------------


def test_every_check_has_its_answers():
    assert sorted({*checks.__all__} - {"progress"}) == TASKS
    few = [task for task in TASKS if len(ANSWERS[task].WRONG) < 5 or len(ANSWERS[task].RIGHT) < 3]
    assert not few, f"at least five wrong and three right answers are wanted: {few}"
    unnamed = [words for task in TASKS for _, words in ANSWERS[task].WRONG if words in judging.UNKNOWN or not words]
    assert not unnamed, "every wrong answer has a mistake of its own"


def test_help_shows_what_students_call():
    plain = [check for check in FUNCTIONS if not getattr(check, "conventions", {})]
    assert {str(signature(check)) for check in plain} == {"(student, seed=0)"}
    assert {str(signature(check)) for check in FUNCTIONS} == {"(student, seed=0)", "(student, seed=0, **convention)"}
    assert all(check.__doc__.startswith("student(") for check in FUNCTIONS)
    assert [check.__name__ for check in FUNCTIONS] == [task for task in TASKS if task != "effective_weight"]


@pytest.mark.parametrize("task", TASKS)
def test_right_answers_pass(task):
    for answer in ANSWERS[task].RIGHT:
        right, words = ask(getattr(checks, task), answer)
        assert right, f"{name(answer)}\n{words}"
        assert words.startswith("Right: ")
        assert words.count("\n") == 1


@pytest.mark.parametrize("task", TASKS)
def test_wrong_answers_are_refused(task):
    for answer, _, right, words in of_wrong(task):
        assert not right, f"{name(answer)}\n{words}"
        assert words.startswith("Not yet")
        assert words.count("\n") <= 4


def test_mistakes_are_named(say):
    """The words stand in "Looks like"; where there is no such line, somewhere in the explanation."""
    missed, rates = [], {}
    for task in TASKS:
        unnamed = [name(f) for f, mistake, _, words in of_wrong(task) if mistake not in words.split("Looks like:")[-1]]
        missed += [f"{task}: {answer}" for answer in unnamed]
        rates[task] = 1 - len(unnamed) / len(of_wrong(task))
    count = sum(len(of_wrong(task)) for task in TASKS)
    say(f"wrong answers: {count} refused, {1 - len(missed) / count:.1%} named as the mistake they are")
    assert len(missed) <= 0.1 * count, missed
    poor = [task for task, rate in rates.items() if rate < 0.6]
    assert not poor, f"hardly named: {poor}"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), LISTS.items())
def test_odd_answers_are_refused_and_named(name, least, say):
    """What is named stays named; the first list showed which families of mistakes were missing."""
    answers = importlib.import_module(f"mistakes.{name}")
    count = known = named = 0
    for task, rows in answers.F.items():
        for (answer, mistake), words in zip(rows, answers.EXPECTED[task], strict=True):
            right, said = ask(getattr(checks, task), answer)
            assert not right, f"{task}, {mistake}: {said}"
            count, known = count + 1, known + bool(words)
            named += bool(words) and words in said.split("Looks like:")[-1]
    say(f"odd wrong answers, {name}: {count} refused, {named / count:.1%} named")
    assert named >= 0.97 * known
    assert named >= least * count


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_odd_right_answers_pass(name):
    refused = {}
    for task, right in getattr(importlib.import_module(f"mistakes.{name}"), "RIGHT", {}).items():
        for answer in right:
            passed, said = ask(getattr(checks, task), answer)
            refused |= {} if passed else {task: said}
    assert not refused


@pytest.mark.parametrize("task", LISTED)
def test_every_mistake_of_a_list_is_told_from_right(task, monkeypatch):
    """No single mistake in a check's list equals the reference: the check would have nothing to say.

    Two at once may cancel each other.
    """
    cases, right, mistakes, tolerance = arguments_of(task, monkeypatch)
    answers = [running.call(right, case) for case in cases]
    assert not any(answer.error or answer.changed for answer in answers)

    def differs(variant, answer):
        found = running.call(variant, answer.case)
        return found.error or not reading.same(found.value, answer.value, tolerance)

    single = {words: variant for words, variant in mistakes.items() if guessing.BESIDES not in words}
    equal = [words for words, variant in single.items() if not any(differs(variant, answer) for answer in answers)]
    assert not equal


@pytest.mark.parametrize("task", [check.__name__ for check in FUNCTIONS])
def test_other_seeds_judge_the_same(task, monkeypatch):
    """Hidden tests of a problem set may use other seeds."""
    monkeypatch.setattr(judging, "_known", lambda *_: "not asked here")  # which takes most of the time
    check = getattr(checks, task)
    for seed in (1, 2):
        refused = [words for right, words in (ask(check, f, seed=seed) for f in ANSWERS[task].RIGHT) if not right]
        assert not refused, refused
    passed = [name(f) for f, _ in ANSWERS[task].WRONG if ask(check, f, seed=2)[0]]
    assert not passed


# One slip in a formula -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", FORMULAS)
def test_formulas_give_what_is_right(task, monkeypatch):
    cases, right, _, tolerance = arguments_of(task, monkeypatch)
    for formula in FORMULAS[task]:
        for case in cases:
            wanted = reading.numbers(right(*case.values()))
            found = reading.numbers(formula.answer(formula.names(case)))
            for x, y in zip(found, wanted, strict=True):
                assert reading.close(x.reshape(y.shape), y, tolerance).all()


SLIPS = [  # a formula, and others that are one slip away
    ("sqrt(x) * y + 1", ["x * y + 1", "sqrt(x * y) + 1", "sqrt(x) * (y + 1)", "sqrt(x) * y - 1", "sqrt(y) * y + 1"]),
    ("sum(x ** 2, 1) / 110", ["sum(x, 1) ** 2 / 110", "mean(x ** 2, 1) / 110", "sum(x ** 2, 0) / 110"]),
    ("x / y", ["x * y", "y / x", "x - y"]),
    ("x[t] / (x[t - 1] + y)", ["x[t + 1] / (x[t - 1] + y)", "x[t] / x[t - 1] + y", "x[t] / (x[t] + y)"]),
    ("where(x < y, exp(x), 1)", ["where(x > y, exp(x), 1)", "where(x < y, x, 1)", "where(x < y, exp(x), 2)"]),
    ("cos(y) if t else x", ["x", "sin(y) if t else x", "y if t else x"]),
]


@pytest.mark.parametrize(("text", "others"), SLIPS)
def test_one_slip_in_a_formula_is_found(text, others):
    x, y = torch.rand(2, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3)) + 0.5
    names = {"x": x, "y": y, "t": 2}
    formula = Written(text)
    right = formula.answer(names)
    for other in others:
        wanted = Written(other).answer(names)
        assert wanted.shape != right.shape or not torch.allclose(wanted, right)
        assert any(gives(answer, names, wanted) for _, answer in formula.slips(True)), other
    assert torch.equal(formula.answer(names), right), "the formula itself is left as it was"


def gives(answer, names, wanted):
    with contextlib.suppress(Exception):
        found = answer(names)
        return found.shape == wanted.shape and torch.allclose(found, wanted)
    return False


def test_a_slip_tells_both():
    told = [str(slip) for slip, _ in Written("110 * sqrt(x)").slips(True)]
    assert "`127 * sqrt(x)` stands where `110 * sqrt(x)` belongs" in told
    assert "`x` stands where `sqrt(x)` belongs" in told
    more = [str(slip) for slip, _ in Written("110 * sqrt(x)").slips(False)]
    assert "`1 - sqrt(x)` stands where `sqrt(x)` belongs" in more


@pytest.fixture
def no_code(monkeypatch):
    """The student's code is not at hand, as in grading, where the function runs in another process."""
    monkeypatch.setattr(judging, "repaired", lambda *_: (None, None, None))


def test_checks_name_a_slip_that_no_list_knows(no_code):
    def before(x_t, x0, t, alpha_bar):
        k = alpha_bar[t].view(-1, 1, 1, 1)
        return (x_t - k.sqrt() * x0) / (1 - alpha_bar[t - 1].view(-1, 1, 1, 1)).sqrt()

    def from_ahead(velocity, x, s, below):
        v, step = velocity(x, s), below - s
        ahead = x + step * v
        return ahead + step * (v + velocity(ahead, below)) / 2 if below else ahead

    assert "`alpha_bar[t - 1]` stands where `alpha_bar[t]` belongs" in ask(checks.hidden_noise, before)[1]
    assert "`ahead + (below - s) * (v + velocity(ahead, below)) / 2` stands" in ask(checks.heun_step, from_ahead)[1]


# One edit of the student's own code -----------------------------------------------------------------------------


def blocks(truth, guess, size):
    d = (truth.astype(float) - guess) ** 2
    N, H, W, C = d.shape
    return d.reshape(N, H // size, size, W // size, size, C)


def mean_of_rows(truth, guess, size):
    return blocks(truth, guess, size).mean((2, 4, 5)).max(2).mean(1)


def last_block_left_out(truth, guess, size):
    d, worst = (truth.astype(float) - guess) ** 2, 0
    for row in range(0, d.shape[1] - size, size):
        for column in range(0, d.shape[2], size):
            worst = np.maximum(worst, d[:, row : row + size, column : column + size].mean((1, 2, 3)))
    return worst


def axis_lost(prediction, truth, weight):
    d2 = (prediction - truth).square().sum(2)
    return (weight * d2).sum() / weight.sum()


def one_end(mse):
    total = 0
    for x in mse[1:]:
        total += 10 * np.log10(255**2 / x)
    return total / len(mse)


def forgotten(q, k, v):
    shares = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    return (shares - shares.mean(-1, keepdim=True)) @ v


def other_mixture(counts, mix):
    p = counts / counts.sum()
    w = 1 / (p ** (1 - mix) * len(p) ** -mix).clamp(min=1e-6)
    return w / (p * w).sum()


def only_the_prediction(prediction, truth, weight):
    d = (weight * prediction - truth).square()
    return d.sum() / weight.sum()


def outer(more):
    return lambda truth, pred: (np.abs(truth.astype(float) - pred) ** (2 + more)).mean((1, 2, 3))


OWN = [  # the answer, and what is said of it: the place, and what belongs there
    (checks.worst_block, mean_of_rows, "`max` belongs there, not `mean`"),
    (checks.worst_block, last_block_left_out, "`- size` is too much"),
    (checks.weighted_error, axis_lost, "prediction - truth).square().sum(2)` in line"),
    (checks.psnr_mean, one_end, "`[1:]` is too much"),
    (checks.attention, forgotten, "`- shares.mean(-1, keepdim=True)` is too much"),
    (checks.rebalancing, other_mixture, "is all that is wrong"),
    (checks.weighted_error, only_the_prediction, "is all that is wrong"),
    (checks.mse, outer(0.25), "`+ more` is too much"),
]


@pytest.mark.parametrize(("check", "student", "words"), OWN)
def test_one_edit_of_the_student_s_own_code_is_found(check, student, words):
    right, said = ask(check, student)
    assert not right
    assert words in said, said
    assert student.__name__ == "<lambda>" or "in line" in said
    assert said.count("\n") <= 4


def test_words_for_a_formula_that_is_the_task_do_not_tell_it():
    for check, student in (
        (checks.attention_cost, lambda h, w: h**2 * w**2 + h * w * (h - 1)),
        (checks.block_parameters, lambda c_in, c_out, convs: 9 * c_in * c_out + convs * (9 * c_out + 3) * c_out),
        (checks.map_bytes, lambda h, w, down, heads: 4 * (heads + 1) * (h // down * (w // down)) ** 2),
    ):
        said = ask(check, student)[1]
        assert "belongs there" not in said, said
        assert "stands where" not in said, said


def test_code_that_does_more_than_compute_is_not_tried_again(tmp_path):
    def writes(beta):
        calls.append(1)
        open(tmp_path / "file", "w").close()
        return (1 - beta).cumprod(0) ** 1.5

    def imports(beta):
        import os

        calls.append(1)
        return (1 - beta).cumprod(0) ** 1.5 * len(os.sep)

    for student in (writes, imports):
        calls = []
        assert own_code.found(student) is None
        assert "Looks like" in ask(checks.alpha_bar, student)[1]
        assert len(calls) < 30


def test_an_edit_that_makes_a_loop_endless_is_given_up():
    def grows(beta):
        out = [torch.tensor(1.0)]
        for b in beta:  # `for b in out` would not end
            out.append(out[-1] * (1 - b) ** 1.3)
        return torch.stack(out)

    began = time.process_time()
    assert "`** 1.3` is too much" in ask(checks.alpha_bar, grows)[1]
    assert time.process_time() - began < 3
    assert running.signal.getitimer(running.signal.ITIMER_PROF) == (0, 0)


def test_a_student_s_function_is_left_as_it_was():
    before = last_block_left_out.__code__
    code = own_code.found(last_block_left_out)
    assert code is not None
    ask(checks.worst_block, last_block_left_out)
    assert last_block_left_out.__code__ is before
    lambdas = [lambda x: x + 1, lambda x: x + 2]
    assert [own_code.found(f)(1) for f in lambdas] == [2, 3], "two in one line are told apart"


# The same task, asked in another way ----------------------------------------------------------------------------

OTHERWISE = [(check.__name__, how) for check in FUNCTIONS for how in getattr(check, "conventions", {})]


@pytest.mark.parametrize(("task", "how"), OTHERWISE)
def test_under_another_convention_mistakes_mean_the_same(task, how, monkeypatch):
    """The right answer passes, the usual one is told what is asked here, mistakes keep their names."""
    check, convention = getattr(checks, task), dict([how.split("=")])
    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(judging, "judge", lambda *given: seen.extend(given[2:]))
        check(None, **convention)
    _, table, *_ = seen
    assert ask(check, table[judging.RIGHT], **convention)[0]
    assert ask(check, table[judging.RIGHT], seed=1, **convention)[0]
    for answer in ANSWERS[task].RIGHT:
        right, said = ask(check, answer, **convention)
        assert not right, f"{name(answer)}\n{said}"
    usual = check.conventions[how].words
    single = {w: f for w, f in table.items() if w and guessing.BESIDES not in w}
    if task != "next_step":  # what is no share there gives roots of negative numbers
        assert f"Looks like:    {usual}" in ask(check, single[usual], **convention)[1]
    said = {words: ask(check, variant, **convention)[1] for words, variant in single.items()}
    named = [words for words in said if words in said[words]]
    assert len(named) >= 0.7 * len(single), [words for words in said if words not in said[words]]


def test_a_convention_that_a_check_does_not_know_is_told():
    with pytest.raises(ValueError, match=r"region_prior knows .* mask=outside, order=spread first; got mask=lost"):
        checks.region_prior(None, mask="lost")
    with pytest.raises(ValueError, match="mse knows these conventions, one at a time: none; got mask=outside"):
        checks.mse(None, mask="outside")


# The same plain answers for every check --------------------------------------------------------------------------


def each(value, change):
    return tuple(change(part) for part in value) if isinstance(value, tuple) else change(value)


def filled(number):
    def change(x):
        whole = isinstance(x, (bool, int, float, np.number))
        return type(x)(number) if whole and number == number else np.full(np.shape(x), number)

    return lambda right, given: each(right, change)


def given_array(given):
    return next((x for x in given if np.ndim(x)), given[0])


def transposed(x):
    return x.swapaxes(-1, -2) if np.ndim(x) > 1 else x


def more(right, given):
    return (*right, given_array(given)) if isinstance(right, tuple) else (right, right)


ALWAYS = {"is_grey": "always the same answer", "noise_dominates": "always step 0", "leaks": "False for all"}
COUNTS = [
    "attention_cost",
    "block_parameters",
    "is_grey",
    "leaks",
    "map_bytes",
    "noise_dominates",
    "printed_factor",
    "split_place",
]
NUMBERS = ["mse", "psnr_mean", "psnr_pooled", "soft_cross_entropy", "weighted_error"]
# What stands in place of the right answer: (right, given) -> answer, and the words that are said; where a task has
# better ones, those.  None: the answer is as good as the right one.
PLAIN = {
    "zeros": (filled(0), "zeros everywhere", ALWAYS),
    "ones": (
        filled(1),
        "the same number everywhere, 1",
        ALWAYS | {"leaks": "True for all", "noise_dominates": "everywhere, 1", "printed_factor": "no change"},
    ),
    "NaN": (filled(float("nan")), "NaN everywhere", {}),
    "the input": (
        lambda right, given: given_array(given),
        "as it was given",
        {
            "alpha_bar": "beta itself",
            "split_place": "a text",
        },
    ),
    "too many": (more, "wanted, not ", {}),
    "a list": (
        lambda right, given: each(right, lambda x: x.tolist() if hasattr(x, "tolist") else [x]),
        "tensor",
        dict.fromkeys(COUNTS, "one number is wanted, not 1") | dict.fromkeys([*NUMBERS, "seen_before", "worst_block"]),
    ),
    "an array": (
        lambda right, given: each(right, np.asarray),
        "return a torch tensor",
        dict.fromkeys(COUNTS) | dict.fromkeys([*NUMBERS, "seen_before", "worst_block"]),
    ),
    "transposed": (
        lambda right, given: each(right, transposed),
        "where",
        {
            "color_prior": "stacked along the wrong axis",
            "received": "columns and rows",
            "split_heads": "positions stand",
        }
        | dict.fromkeys([*COUNTS, *NUMBERS, "alpha_bar", "cosine_schedule", "rebalancing", "seen_before"])
        | dict.fromkeys(["split_error", "worst_block", "yardsticks"]),
    ),
}


@pytest.mark.parametrize("task", LISTED)
def test_plain_answers_are_called_what_they_are(task, monkeypatch, no_code):
    right = arguments_of(task, monkeypatch)[1]
    for kind, (answer, usually, better) in PLAIN.items():
        passed, words = ask(getattr(checks, task), lambda *given, answer=answer: answer(right(*given), given))
        wanted = better.get(task, usually)
        assert passed == (wanted is None), f"{kind}: {words}"
        assert wanted is None or wanted in words.split("Looks like:")[-1], f"{kind}: {words}"


def test_an_interval_that_says_nothing_is_called_so():
    for value, wanted in ((0.0, "the same numbers"), (float("nan"), "none of them NaN")):
        assert wanted in ask(checks.paired_bootstrap, lambda a, b, x=value: (x, x))[1]


def test_one_number_may_be_a_float_or_a_tensor_of_one():
    usual = ANSWERS["weighted_error"].RIGHT[1]
    for answer in (lambda *given: usual(*given).item(), lambda *given: np.float64(usual(*given))):
        assert ask(checks.weighted_error, answer)[0]
    for answer in (lambda h, w: torch.tensor(float(h * w) ** 2), lambda h, w: float(h * w) ** 2):
        assert ask(checks.attention_cost, answer)[0]


def test_the_words_use_the_function_s_own_name():
    def my_own(beta):
        return beta

    assert "Tried:  my_own with beta" in ask(checks.alpha_bar, my_own)[1]
    assert "Tried:  alpha_bar with beta" in ask(checks.alpha_bar, lambda beta: beta)[1]
    assert "Tried:  named_interval(a" in ask(checks.paired_bootstrap, named_interval)[1]


def named_interval(a, b):
    return 0.0, 1.0


# Functions that do not even answer -------------------------------------------------------------------------------


def returns_none(*_):
    pass


def prints_only(*_):
    print("0.5\n" * 100)


def prints_without_end(*_):
    for _ in range(100_000):
        print("again" * 10)
    return 1 / 0


def raises(*_):
    raise ValueError("boom")


def not_done(*_):
    raise NotImplementedError("Exercise 3.1")


def leaves(*_):
    raise SystemExit


def typing_error(*_):
    return trosch.zeros(1)  # noqa: F821


def calls_itself(*_):
    return calls_itself(*_)


def yields(*_):
    yield 0.5


class Hostile:
    """Raises whenever it is looked at."""

    def __array__(self, *_):
        raise RuntimeError

    __len__ = __repr__ = __str__ = __float__ = __array__


class HostileError(Exception):
    def __str__(self):
        raise RuntimeError


def raises_something_hostile(*_):
    raise HostileError


UNUSABLE = [
    (returns_none, "the return is missing"),
    (raises, "ValueError in line"),
    (not_done, "Not done yet"),
    (lambda *_: torch.zeros(7, 3, 2), "Looks like"),
    (lambda *_: (None, None), "Looks like"),
    (None, "without brackets"),
    # From here on for a few checks only, each of another kind.
    (prints_only, "a print where a return belongs"),
    (leaves, "exit()"),
    (typing_error, "not defined"),
    (lambda: None, "other arguments"),
    (lambda *_: "0.5", "Looks like"),
    (lambda *_: {"a": 1}, "Looks like"),
    (lambda *_: np.array([]), "Looks like"),
    (lambda *_: Hostile(), "Looks like"),
    (lambda *_: torch.zeros(3, device="meta"), "Looks like"),
    (lambda *_: float("nan"), "Looks like"),
    (lambda *_: 1j, "Looks like"),
    (lambda *_: len, "Looks like"),
    (raises_something_hostile, "Looks like"),
    (0.5, "without brackets"),
    ("my_function", "without brackets"),
]
FEW = (checks.to_model_units, checks.is_grey, checks.alpha_bar, checks.mse, checks.psnr_mean, checks.paired_bootstrap)


def test_no_traceback_whatever_the_function_does():
    for check in FUNCTIONS:
        for student, wanted in UNUSABLE if check in FEW else UNUSABLE[:6]:
            right, words = ask(check, student)
            where = f"{check.__name__}, {name(student)}: {words}"
            assert not right, where
            assert wanted in words, where
            assert words.count("\n") <= 4, where
            assert "Traceback" not in words, where


@pytest.mark.parametrize(
    ("student", "words"),
    [
        (prints_only, "it printed: 0.5 0.5 0.5"),
        (prints_without_end, "a division by zero"),
        (calls_itself, "calls itself without end"),
        (yields, "use return"),
        (lambda ab: None if ab.zero_() is None else ab.nothing, "a method that this type does not have"),
        (lambda ab: [ab][1], "an index beyond the end"),
        (lambda ab: ab @ ab, "shapes or types that do not fit"),
        (lambda ab: str(usual(ab)), "without quotes"),
        (lambda ab: {"P": usual(ab)}, "a dict"),
        (lambda ab: usual, "with its brackets"),
        (lambda ab: usual(ab) * torch.nan, "NaN"),
        (lambda ab: usual(ab).to(torch.bfloat16), "bfloat16 is too short"),
        (lambda ab: usual(ab).to("meta"), "a result on meta"),
        (lambda ab: usual(ab) + 0j, "complex numbers"),
        (lambda ab: -usual(ab), "the wrong sign"),
        (lambda ab: usual(ab) / 3, "3 times too small"),
        (lambda ab: usual(ab) + 2, "off by +2"),
        (lambda ab: usual(ab).round(decimals=2), "rounded"),
        (lambda ab: (usual(ab), 1), "one value is wanted, not 2"),
        (lambda ab: usual(ab, std=ab.amax((1, 2, 3)).exp()), "right at [0, 1, 3] of axis 1, wrong at [2]"),
        (lambda ab: usual(ab, size=5 * usual(ab)[:, 3]), "wrong at [3]: everything is 5 times too large"),
        (lambda ab: usual(ab) if len(ab) > 2 else usual(ab).exp(), "right for 3 of the 4 inputs"),
        (lambda ab: (lambda: usual(ab))() + torch.rand(1), "random numbers of its own"),
    ],
)
def test_words_for_what_comes_back(student, words, no_code):
    right, out = ask(checks.color_prior, student)
    assert not right
    assert words in out, out
    assert out.count("\n") <= 4


def test_the_part_that_is_right_is_told(no_code):
    half = ask(checks.to_model_units, lambda lab: ((lab[:, :1] - 50) / 100, lab[:, 1:] / 137))[1]
    assert "part 1 is right, part 2 is not: everything is 1.24545 times too small" in half


def test_a_function_that_remembers_is_told_so():
    calls = []

    def student(ab):
        calls.append(1)
        return usual(ab) * len(calls)

    assert "remembers the last one" in ask(checks.color_prior, student)[1]


# Endless loops ---------------------------------------------------------------------------------------------------


def endless(beta):
    while True:
        beta = beta + 0


def endless_that_catches(beta):
    while True:
        try:
            time.sleep(0.001)
        except:  # noqa: E722, a student's
            pass


def asleep(beta):
    time.sleep(2)


@pytest.mark.skipif(not hasattr(running.signal, "setitimer"), reason="no alarms on this system")
@pytest.mark.parametrize("student", [endless, endless_that_catches, asleep])
def test_an_endless_loop_is_stopped(student, monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0.1)
    began, handler, tracing = time.monotonic(), running.signal.getsignal(running.signal.SIGALRM), sys.gettrace()
    right, words = ask(checks.alpha_bar, student)
    assert not right
    assert "no answer within 0.1 s" in words
    assert "a loop that does not end" in words
    assert time.monotonic() - began < 3
    assert running.signal.getsignal(running.signal.SIGALRM) is handler
    assert running.signal.getitimer(running.signal.ITIMER_REAL) == (0, 0)
    assert sys.gettrace() is tracing


@pytest.mark.parametrize(
    ("student", "words"),
    [
        (endless, "a loop that does not end"),
        (asleep, "it still runs in the background: restart the kernel"),
        (returns_none, "the return is missing"),
        (ANSWERS["alpha_bar"].RIGHT[0], "Right"),
    ],
)
@pytest.mark.parametrize("where", ["another thread", "no alarms, as on Windows"])
def test_the_limit_holds_elsewhere(student, words, where, monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0.2)
    monkeypatch.setattr(running, "AGAIN", 0.01)
    found = []
    if where == "another thread":
        thread = threading.Thread(target=lambda: found.append(ask(checks.alpha_bar, student)[1]))
        thread.start()
        thread.join(20)
    else:
        monkeypatch.setattr(running, "_alarm_works", lambda: False)
        found.append(ask(checks.alpha_bar, student)[1])
    assert words in found[0]
    assert found[0].count("\n") <= 4


def test_an_alarm_set_before_goes_on(monkeypatch):
    if not hasattr(running.signal, "setitimer"):
        pytest.skip("no alarms on this system")
    running.signal.setitimer(running.signal.ITIMER_REAL, 60)
    try:
        assert ask(checks.alpha_bar, ANSWERS["alpha_bar"].RIGHT[0])[0]
        assert 50 < running.signal.getitimer(running.signal.ITIMER_REAL)[0] <= 60
    finally:
        running.signal.setitimer(running.signal.ITIMER_REAL, 0)


# Hints and the learner's record ----------------------------------------------------------------------------------


def test_hints_come_in_steps_and_the_last_one_stays(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(learning, "_SHOWN", {})
    assert set(learning.HINTS) == set(TASKS)
    for task, steps in learning.HINTS.items():
        assert 2 <= len(steps) <= 3
        for _ in range(4):
            getattr(checks, task).hint()
        said = capsys.readouterr().out.splitlines()
        assert [steps.index(line.split(": ", 1)[1]) for line in said[: len(steps)]] == list(range(len(steps)))
        assert said[-1] == said[len(steps) - 1]
    assert not list(tmp_path.iterdir()), "outside a notebook nothing is recorded"


def test_the_record_tells_what_is_solved_and_stays_in_its_folder(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(learning, "in_notebook", lambda: True)
    right = ANSWERS["alpha_bar"].RIGHT[0]
    for answer in (lambda beta: beta, right, right):
        ask(checks.alpha_bar, answer)
    ask(checks.effective_weight, 0.35)
    checks.alpha_bar.hint()
    capsys.readouterr()
    checks.progress()
    first, *rows = capsys.readouterr().out.splitlines()
    assert first.startswith(f"1 of {len(TASKS)} solved")
    assert [row.split()[2] for row in rows] == ["alpha_bar", "effective_weight"]
    assert rows[0].endswith("2 tries, 1 hint"), "tries after the first right answer do not count"
    assert "not yet" in rows[1]
    assert rows[1].endswith("1 try")
    assert [path.name for path in tmp_path.iterdir()] == [learning.RECORD]
    (tmp_path / learning.RECORD).write_text("[1")
    checks.progress()
    assert "cannot be read: delete it" in capsys.readouterr().out


# Around them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", FUNCTIONS, ids=lambda check: check.__name__)
def test_checks_leave_the_random_state_and_are_quick(check):
    def greedy(*given):
        torch.manual_seed(1), np.random.seed(1), random.seed(1)  # noqa: NPY002
        return ANSWERS[check.__name__].RIGHT[0](*given)

    def states():
        return torch.rand(1).item(), np.random.rand(), random.random()  # noqa: NPY002

    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
    wanted = states()
    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
    began = time.process_time()
    assert ask(check, greedy)[0]
    ask(check, lambda *_: torch.rand(3))
    assert time.process_time() - began < 1.5  # about 0.1 s alone
    assert states() == wanted


def test_the_reference_may_use_random_numbers():
    """Such as a new layer."""
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    variants = {judging.RIGHT: lambda n: torch.nn.Linear(n, 1).in_features}
    judging.judge("width", lambda n: n, [{"n": 4}], variants)
    assert torch.rand(1) == wanted


def on_gpu_only(ab):
    """Puts a tensor of the CPU beside the input."""
    P = usual(ab)
    return torch.cat([P[:, :3], torch.zeros(len(P), 1) + P[:, 3:]], 1) if ab.device.type == "cpu" else by_zeros(ab)


def by_zeros(ab):
    return torch.cat([usual(ab)[:, :3], torch.zeros(len(ab), 1)], 1)


def test_a_right_answer_hears_what_happens_on_a_gpu(monkeypatch):
    """Torch's meta device stands in for the GPU: it also refuses to mix, and needs none."""
    monkeypatch.setattr(judging, "gpu", lambda: torch.device("meta"))
    right, words = ask(checks.color_prior, usual)
    assert right
    assert "GPU" not in words
    right, words = ask(checks.color_prior, on_gpu_only)
    assert right, "the cases on the CPU decide"
    assert "but on the GPU it raises" in words
    assert words.count("\n") == 1
    by_numpy = PRIORS[2]
    assert "but on the GPU it raises" in ask(checks.color_prior, by_numpy)[1]
    to_cpu = lambda ab: torch.zeros(len(ab), 4) if ab.device.type == "meta" else usual(ab)  # noqa: E731
    assert "but on the GPU it gives a result on cpu" in ask(checks.color_prior, to_cpu)[1]
    assert ask(checks.attention_cost, lambda h, w: (h * w) ** 2) == (
        True,
        "Right: attention_cost agrees with colorlib on all 5 inputs tried.\n",
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_references_agree_on_the_gpu(monkeypatch):
    torch.cuda.init()
    for task in LISTED:
        cases, right, _, tolerance = arguments_of(task, monkeypatch)
        agrees, words = ask(
            lambda student, c=cases, t=tolerance: judging.judge("it", student, c, {judging.RIGHT: student}, t), right
        )
        assert agrees, task
        assert "GPU" not in words, words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.zeros(2, 3), "tensor (2, 3) from 0 to 0"),
        (torch.full((2, 3), torch.nan), "tensor (2, 3) with NaN"),
        (np.array([[1.0, np.nan], [-2, 3]]), "array (2, 2) from -2 to 3 with NaN"),
        (torch.tensor([0.25, 1.0]), "[0.25, 1]"),
        (torch.tensor(3), "3"),
        (torch.zeros(0, 4), "tensor (0, 4)"),
        ((1, 2.5), "(1, 2.5)"),
        (True, "True"),
        ("a\nb", "the text 'a\\nb'"),
        (Hostile(), "Hostile"),
        (torch.zeros(2, device="meta"), "Tensor"),
    ],
)
def test_values_in_a_few_words(value, words):
    assert reading.show(value) == words
