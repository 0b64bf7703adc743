"""The engine under `checks`: try a student's function, compare, name the mistake, explain it in
words.

Nothing here knows any exercise.  Whatever the function does (raises, prints, returns None or a
NumPy array, changes its input, never ends), `judge` gives an explanation, not a traceback.
"""

import traceback

import numpy as np
import torch

import colorlib.course.checks.running as running
from colorlib.course.checks.reading import (
    about_kind,
    about_numbers,
    about_pattern,
    about_place,
    about_type,
    numbers,
    same,
    show,
)
from colorlib.course.checks.running import TooLong, call, random_states_kept

UNKNOWN = "none of the mistakes known here: try a tiny input by hand"


class Verdict:
    """Whether the answer was right; true or false in an `if`, and invisible as the last line of a
    cell.
    """

    def __init__(self, right):
        self.right = right

    def __bool__(self):
        return self.right

    def __repr__(self):
        return f"Verdict({self.right})"

    def _ipython_display_(self):
        """The words were printed already; "False" under them would only puzzle."""


class Seeded:
    """Sizes and numbers from one seed: the same on every call, and apart from the global random
    state.
    """

    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def sizes(self, n, low=2, high=7):
        """n integers from low to high, no two equal, so that no two axes can be mistaken for each
        other.
        """
        return (torch.randperm(high - low + 1, generator=self.generator)[:n] + low).tolist()

    def uniform(self, *shape, low=-0.5, high=0.5):
        """A float32 tensor of this shape, uniform from low to high."""
        return low + (high - low) * torch.rand(shape, generator=self.generator)


def uniform(*shape, seed=0, low=-0.5, high=0.5):
    """Uniform numbers of this shape, the same on every call."""
    return Seeded(seed).uniform(*shape, low=low, high=high)


def gpu():
    """The GPU on which a right answer is tried once more, or None.

    Only one that the notebook uses already: waking it takes seconds, and processes started later
    could not use it.
    """
    return torch.device("cuda") if torch.cuda.is_initialized() else None


def judge(name, student, cases, right, mistakes, tolerance=1e-4):
    """Try `student` on each case, print the words and return the verdict.

    cases: list of {argument name: value}, passed by position.  right: the reference, called the
    same way.
    mistakes: {words: wrong variant of the reference}; one is named when its answers equal the
    student's on
    every case tried.  tolerance: relative and absolute.
    The cases decide on the CPU, so that the verdict is the same everywhere; where a GPU is in use,
    the words of a right answer say whether it would also work there.
    """
    if not callable(student):
        return _not_a_function(name, student)
    with random_states_kept():
        answers = [call(right, case).value for case in cases]
        tried, failed = [], None
        for case, answer in zip(cases, answers, strict=True):
            outcome = running.observe(student, case)
            tried.append(outcome)
            if failed is None and _complaint(outcome, answer, tolerance):
                failed = case, outcome, answer
            if isinstance(outcome.error, TooLong):
                break
        if failed is None:
            return confirm(
                f"{name} agrees with colorlib on all {len(cases)} inputs tried{_on_gpu(student, cases[0], right)}."
            )
        case, outcome, answer = failed
        guess = None
        if outcome.error or not same(outcome.value, answer, tolerance):
            guess = _name_mistake(tried, cases, answers, mistakes, tolerance)
            guess = guess or _changing(student, case, outcome, tolerance)
            guess = guess or _complaint(outcome, answer, tolerance, _pairs(tried, answers))
    return _report(
        name,
        student,
        case,
        outcome,
        answer,
        guess or _complaint(outcome, answer, tolerance),
        tolerance,
    )


def observe(name, student, case, answer, lengths):
    """Call `student` once: its answer as a tuple of floats, or None once the trouble is explained.

    For answers with chance in them, which the caller then judges.  answer: what colorlib gives, to
    show.
    lengths: how many numbers may come back.
    """
    if not callable(student):
        return _not_a_function(name, student) or None
    outcome = running.observe(student, case)
    parts = numbers(outcome.value)
    if parts is not None and not outcome.error and not outcome.changed:
        flat = np.concatenate([part.ravel() for part in parts])
        if len(flat) in lengths and np.isfinite(flat).all():
            return tuple(float(x) for x in flat)
    guess = f"{' or '.join(map(str, lengths))} numbers are wanted, and none of them NaN"
    if outcome.error or outcome.value is None:
        guess = _complaint(outcome, answer, 1e-4)
    elif outcome.changed:
        guess = f"{' and '.join(outcome.changed)} was changed in place: work on a copy"
    return _report(name, student, case, outcome, answer, guess, 1e-4) or None


def confirm(words):
    """Print "Right:" and the words; return the verdict "right"."""
    print("Right:", words)
    return Verdict(True)


def explain(*lines):
    """Print the lines and return the verdict "wrong"."""
    print("\n".join(lines))
    return Verdict(False)


# Guessing
# --------------------------------------------------------------------------------------------------------


def _name_mistake(tried, cases, answers, mistakes, tolerance):
    """The words of the first wrong variant that does what the student's function did, in every case
    tried.

    Two errors count as the same when their types are; but an answer that only ever raises is named
    only where it raises the same words, too.  Where no variant fits, one that fits wherever the
    student's numbers are finite will do.
    """
    theirs = {words: [] for words in mistakes}

    def fits(words, finite):
        wrong_somewhere = False
        for number, (mine, case, answer) in enumerate(zip(tried, cases, answers, strict=False)):
            if number == len(theirs[words]):
                theirs[words].append(call(mistakes[words], case, watch=False))
            other = theirs[words][number]
            if mine.error or other.error:
                if type(mine.error) is not type(other.error):
                    return False
                wrong_somewhere |= repr(mine.error) == repr(other.error)
            elif mine.value is None or not same(mine.value, other.value, tolerance):
                if not finite or not same(mine.value, other.value, tolerance, finite=True):
                    return False
            else:
                wrong_somewhere |= not same(other.value, answer, tolerance)
        return wrong_somewhere

    return next(
        (words for finite in (False, True) for words in mistakes if fits(words, finite)), None
    )


def _changing(student, case, outcome, tolerance):
    """Whether the same input gives another answer when it is asked again."""
    if outcome.error or numbers(outcome.value) is None:
        return None
    for seed, words in (
        (
            0,
            "an answer that changes from call to call: something outside the function remembers the last one",
        ),
        (1, "random numbers of its own: two calls with the same input differ"),
    ):
        again = running.observe(student, case, seed)
        if not again.error and not same(again.value, outcome.value, tolerance):
            return words
    return None


def _pairs(tried, answers):
    """(mine, wanted) as numbers for all cases, or nothing where one has no answer of the right
    shapes.
    """
    pairs = [
        (numbers(outcome.value), numbers(answer))
        for outcome, answer in zip(tried, answers, strict=False)
    ]
    fit = all(x is not None and [p.shape for p in x] == [q.shape for q in y] for x, y in pairs)
    return pairs if fit else []


def _complaint(outcome, answer, tolerance, pairs=()):
    """What is wrong with one outcome, as far as any answer can show it; None where nothing is.

    pairs: the numbers of all cases, in which a pattern may show.
    """
    if outcome.error:
        return _about_error(outcome.error)
    if outcome.value is None:
        return "a print where a return belongs" if outcome.printed else "the return is missing"
    mine, wanted = numbers(outcome.value), numbers(answer)
    if mine is None:
        return about_type(outcome.value, answer) or about_kind(outcome.value)
    if len(mine) != len(wanted):
        wants = (
            "one value is wanted"
            if len(wanted) == 1
            else f"{len(wanted)} separate values are wanted"
        )
        return f"{wants}, not {len(mine)}"
    if not same(outcome.value, answer, tolerance):
        guess = (
            about_type(outcome.value, answer) or about_numbers(mine, wanted) or about_pattern(pairs)
        )
        guess = guess or about_place(mine, wanted, tolerance)
        right = sum(same(x, y, tolerance) for x, y in pairs)
        return guess or (
            f"right for {right} of the {len(pairs)} inputs: what is special here"
            if 2 * right > len(pairs)
            else UNKNOWN
        )
    if outcome.changed:
        return f"the numbers are right, but {' and '.join(outcome.changed)} was changed in place: work on a copy"
    return about_type(outcome.value, answer)


def _about_error(error):
    if _not_done(error):
        return "an exercise not done yet"
    if isinstance(error, TooLong):
        return "a loop that does not end"
    if isinstance(error, SystemExit):
        return "exit() or quit(), which would end the notebook's kernel"
    if isinstance(error, TypeError) and "argument" in str(error):
        return "a function with other arguments than the ones named above, or a call that passes wrong ones"
    if isinstance(error, TypeError) and "NoneType" in str(error):
        return (
            "None where a value belongs: a function without return, or a method that works in place"
        )
    for kind, words in (
        (IndexError, "an index beyond the end, or off by one"),
        (UnboundLocalError, "a variable that is read before it gets a value"),
        (NameError, "a name that is not defined: a typing error, or a cell above that was not run"),
        (
            AttributeError,
            "a method that this type does not have: tensors, arrays and numbers have different ones",
        ),
        (RecursionError, "a function that calls itself without end"),
        (
            MemoryError,
            "an array far larger than the input: two axes that meet where they should not",
        ),
        (ZeroDivisionError, "a division by zero"),
        (
            (RuntimeError, ValueError, TypeError),
            "shapes or types that do not fit: print them just before that line",
        ),
    ):
        if isinstance(error, kind):
            return words
    return "an error inside the function: read the line named above"


def _not_done(error):
    """NotImplementedError as the exercises raise it; torch raises the same for what a device or
    type cannot do.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, NotImplementedError) and (
        not frames or not frames[-1].line or "raise" in frames[-1].line
    )


# Explaining
# ------------------------------------------------------------------------------------------------------


def _not_a_function(name, student):
    return explain(
        f"Not yet: {name} wants your function itself, without brackets; it got {show(student)}."
    )


def _on_gpu(student, case, right):
    """What a right answer does with tensors on the GPU, in a few words; nothing where all is well,
    or no GPU is.
    """
    device = gpu()
    if device is None or not any(torch.is_tensor(value) for value in case.values()):
        return ""
    case = {
        key: value.to(device) if torch.is_tensor(value) else value for key, value in case.items()
    }
    answer, outcome = call(right, case), running.observe(student, case)
    if answer.error:
        return ""
    if outcome.error:
        words = " ".join(_text(outcome.error).split())[:100]
        return f", but on the GPU it raises {type(outcome.error).__name__}{_line_of(student, outcome.error)}: {words}"
    guess = about_type(outcome.value, answer.value)
    if (
        guess is None
        and numbers(answer.value) is not None
        and not same(outcome.value, answer.value, 1e-2)
    ):
        guess = "other numbers than on the CPU"
    return f", but on the GPU it gives {guess}" if guess else ""


def _report(name, student, case, outcome, answer, guess, tolerance):
    if outcome.error and _not_done(outcome.error):
        return explain(f"Not done yet: {name} still raises NotImplementedError.")
    arguments = ", ".join(f"{key} {show(value)}" for key, value in case.items())
    came, wanted = _first_difference(outcome, answer, tolerance)
    if outcome.error:
        words = " ".join(_text(outcome.error).split())[:160]
        late = isinstance(outcome.error, TooLong)
        kind = f"no answer within {running.SECONDS:g} s" if late else type(outcome.error).__name__
        came = f"{kind}{_line_of(student, outcome.error)}" + (f": {words}" if words else "")
    if outcome.printed.strip():
        came += f"  (it printed: {' '.join(outcome.printed.split())[:80]})"
    return explain(
        f"Not yet. Tried:  {name} with {arguments}",
        f"  Came back:     {came}",
        f"  Expected:      {wanted}",
        f"  Looks like:    {guess}.",
    )


def _first_difference(outcome, answer, tolerance):
    """What came back and what was wanted, in words, with the numbers at the first place where they
    differ.
    """
    mine, wanted = numbers(outcome.value), numbers(answer)
    if mine is not None and [x.shape for x in mine] == [y.shape for y in wanted]:
        for part, (x, y) in enumerate(zip(mine, wanted, strict=True), start=1):
            differ = np.argwhere(~np.isclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True))
            if x.ndim and len(differ):
                at = tuple(int(i) for i in differ[0])
                where = f"part {part} at {list(at)}" if len(mine) > 1 else f"at {list(at)}"
                return (
                    f"{show(outcome.value)}, {where} {x[at]:.5g}",
                    f"{show(answer)}, {where} {y[at]:.5g}",
                )
    return show(outcome.value), show(answer)


def _text(error):
    try:
        return str(error)
    except Exception:  # a student's own exception may be broken, too
        return ""


def _line_of(function, error):
    """' in line 3 (...)' of the student's own code, where it can be known."""
    code = getattr(function, "__code__", None)
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if code and f.filename == code.co_filename
    ]
    return f" in line {frames[-1].lineno} ({frames[-1].line})" if frames and frames[-1].line else ""
