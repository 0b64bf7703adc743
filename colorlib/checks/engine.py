"""The engine under `checks`: try a student's function, compare, name the mistake, explain it in words.

Nothing here knows any exercise.  Whatever the function does (raises, prints, returns None or a NumPy array,
changes its input, never ends), `judge` gives an explanation, not a traceback.
"""

import contextlib
import io
import random
import signal
import threading
import traceback
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch


class Verdict:
    """Whether the answer was right; true or false in an `if`, and invisible as the last line of a cell."""

    def __init__(self, right):
        self.right = right

    def __bool__(self):
        return self.right

    def __repr__(self):
        return f"Verdict({self.right})"

    def _ipython_display_(self):
        """The words were printed already; "False" under them would only puzzle."""


SECONDS = 5.0  # a student's function that needs longer for these tiny inputs is in an endless loop


class _TooLong(BaseException):
    """Not an Exception, so that `except Exception` inside a student's loop does not catch it."""


@dataclass
class _Outcome:
    """What one call did."""

    value: object = None
    error: BaseException | None = None
    changed: list = field(default_factory=list)  # names of the arguments that were changed in place
    printed: str = ""


def uniform(*shape, seed=0, low=-0.5, high=0.5):
    """Uniform numbers of this shape, the same on every call."""
    return low + (high - low) * torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def judge(name, student, cases, right, mistakes, tolerance=1e-4):
    """Try `student` on each case, print the words and return the verdict.

    cases: list of {argument name: value}, passed by position.  right: the reference, called the same way.
    mistakes: {words: wrong variant of the reference}; one is named when its answers equal the student's on
    every case tried.  tolerance: relative and absolute.
    """
    if not callable(student):
        return explain(f"Not yet: {name} wants your function itself, without brackets; it got {show(student)}.")
    answers = [_call(right, case).value for case in cases]
    tried, failed = [], None
    for case, answer in zip(cases, answers, strict=True):
        outcome = _observe(student, case)
        tried.append(outcome)
        if failed is None and _complaint(outcome, answer, tolerance):
            failed = case, outcome, answer
        if outcome.error:
            break
    if failed is None:
        return confirm(f"{name} agrees with colorlib on all {len(cases)} inputs tried.")
    case, outcome, answer = failed
    guess = _name_mistake(tried, cases, answers, mistakes, tolerance)
    if guess is None and outcome.error is None and not _same(outcome.value, answer, tolerance):
        again = _observe(student, case, seed=1)
        if not again.error and not _same(again.value, outcome.value, tolerance):
            guess = "random numbers of its own: two calls with the same input differ"
    return _report(name, student, case, outcome, answer, guess or _complaint(outcome, answer, tolerance), tolerance)


def observe(name, student, case, answer, lengths):
    """Call `student` once: its answer as a tuple of floats, or None once the trouble is explained.

    For answers with chance in them, which the caller then judges.  answer: what colorlib gives, to show.
    lengths: how many numbers may come back.
    """
    if not callable(student):
        return explain(f"Not yet: {name} wants your function itself, without brackets; it got {show(student)}.") or None
    outcome = _observe(student, case)
    numbers = _numbers(outcome.value)
    usable = numbers is not None and len(np.concatenate([x.ravel() for x in numbers])) in lengths
    if usable and not outcome.error and not outcome.changed and np.isfinite(np.concatenate(numbers, axis=None)).all():
        return tuple(float(x) for x in np.concatenate(numbers, axis=None))
    guess = f"{' or '.join(map(str, lengths))} numbers are wanted, and none of them NaN"
    if outcome.error or outcome.value is None or outcome.changed:
        guess = _complaint(outcome, answer, 1e-4)
    return _report(name, student, case, outcome, answer, guess, 1e-4) or None


def confirm(words):
    """Print "Right:" and the words; return the verdict "right"."""
    print("Right:", words)
    return Verdict(True)


def explain(*lines):
    """Print the lines and return the verdict "wrong"."""
    print("\n".join(lines))
    return Verdict(False)


def show(value):
    """A value in a few words: the shape of an array, a number as it is."""
    if torch.is_tensor(value) or isinstance(value, np.ndarray):
        if value.ndim == 0:
            return f"{float(value):.5g}"
        if value.ndim == 1 and len(value) <= 4:
            return str([round(float(x), 4) for x in value])
        return f"{'tensor' if torch.is_tensor(value) else 'array'} {tuple(value.shape)}"
    if isinstance(value, (tuple, list)) and 0 < len(value) <= 4:
        return "(" + ", ".join(show(part) for part in value) + ")"
    if isinstance(value, (bool, np.bool_, str)) or value is None:
        return str(value)
    if isinstance(value, (int, float, np.number)):
        return f"{value:.5g}" if isinstance(value, (float, np.floating)) else str(value)
    return "a function" if callable(value) else type(value).__name__


# Calling ---------------------------------------------------------------------------------------------------------


def _call(function, case):
    """Call with copies of the case's values."""
    given = {key: value.clone() if torch.is_tensor(value) else _copy(value) for key, value in case.items()}
    outcome = _Outcome()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # overflow and the like are explained in words
            outcome.value = function(*given.values())
    except (Exception, SystemExit, _TooLong) as error:
        outcome.error = error
    outcome.changed = [key for key, value in case.items() if not _same(given[key], value, 0)]
    return outcome


def _copy(value):
    return value.copy() if isinstance(value, np.ndarray) else value


def _observe(student, case, seed=0):
    """`_call`, with what is printed caught, the time limited and the random state put back."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002, a student's code may use it
    gpus = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    printed = io.StringIO()
    try:
        with torch.random.fork_rng(devices=gpus), contextlib.redirect_stdout(printed), _time_limit():
            torch.default_generator.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            random.seed(seed)
            outcome = _call(student, case)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
    outcome.printed = printed.getvalue()
    return outcome


@contextlib.contextmanager
def _time_limit():
    """Raise _TooLong after SECONDS where the system can: on Unix, in the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# Comparing -------------------------------------------------------------------------------------------------------


def _numbers(value):
    """A value as a tuple of float64 arrays, or None where it holds no numbers."""
    if value is None or callable(value):
        return None
    parts = value if isinstance(value, (tuple, list)) else (value,)
    try:
        arrays = tuple(
            part.detach().cpu().double().numpy() if torch.is_tensor(part) else np.asarray(part).astype(np.float64)
            for part in parts
        )
    except (TypeError, ValueError):
        return None
    if isinstance(value, (tuple, list)) and all(array.ndim == 0 for array in arrays):
        arrays = (np.array(arrays),)  # (low, high) is as good as an array of two
    return arrays


def _same(x, y, tolerance):
    """Same structure, shapes and values; NaN equals NaN."""
    x, y = _numbers(x), _numbers(y)
    if x is None or y is None:
        return x is y
    return len(x) == len(y) and all(
        p.shape == q.shape and np.allclose(p, q, rtol=tolerance, atol=tolerance, equal_nan=True)
        for p, q in zip(x, y, strict=True)
    )


def _name_mistake(tried, cases, answers, mistakes, tolerance):
    """The words of the first wrong variant that does what the student's function did, in every case tried."""
    for words, variant in mistakes.items():
        wrong_somewhere = False
        for mine, case, answer in zip(tried, cases, answers, strict=False):
            theirs = _call(variant, case)
            if mine.error or theirs.error:
                if repr(mine.error) != repr(theirs.error):
                    break
                wrong_somewhere = True
            elif mine.value is None or not _same(mine.value, theirs.value, tolerance):
                break
            else:
                wrong_somewhere |= not _same(theirs.value, answer, tolerance)
        else:
            if wrong_somewhere:
                return words
    return None


def _complaint(outcome, answer, tolerance):
    """What is wrong with one outcome, as far as any answer can show it; None where nothing is."""
    if outcome.error:
        return _about_error(outcome.error)
    if outcome.value is None:
        return "a print where a return belongs" if outcome.printed else "the return is missing"
    mine, wanted = _numbers(outcome.value), _numbers(answer)
    if mine is None:
        return "something that holds no numbers"
    if len(mine) != len(wanted):
        return f"{len(wanted)} separate values are wanted, not {len(mine)}"
    if not _same(outcome.value, answer, tolerance):
        return _about_numbers(mine, wanted)
    if outcome.changed:
        return f"the numbers are right, but {' and '.join(outcome.changed)} was changed in place: work on a copy"
    return _about_type(outcome.value, answer)


def _about_error(error):
    if isinstance(error, NotImplementedError):
        return "an exercise not done yet"
    if isinstance(error, _TooLong):
        return "a loop that does not end"
    if isinstance(error, SystemExit):
        return "exit() or quit(), which would end the notebook's kernel"
    if isinstance(error, TypeError) and "argument" in str(error):
        return "a function with other arguments than the ones named above, or a call that passes wrong ones"
    if isinstance(error, IndexError):
        return "an index beyond the end, or off by one"
    if isinstance(error, NameError):
        return "a name that is not defined: a typing error, or a cell above that was not run"
    return "shapes or types that do not fit: print the shapes just before that line"


def _about_type(value, answer):
    values, answers = ((v,) if torch.is_tensor(v) else v for v in (value, answer))
    if not isinstance(answers, (tuple, list)):
        return None
    if not isinstance(values, (tuple, list)):
        values = (values,)
    for x, y in zip(values, answers, strict=False):
        if torch.is_tensor(y) and not torch.is_tensor(x):
            return f"the right numbers, but as {type(x).__name__}: return a torch tensor"
        if torch.is_tensor(y) and (x.dtype, x.device) != (y.dtype, y.device):
            return f"the right numbers, but {x.dtype} on {x.device}: keep the input's {y.dtype} on {y.device}"
    return None


def _about_numbers(mine, wanted):
    for x, y in zip(mine, wanted, strict=True):
        if x.shape != y.shape:
            if x.size == y.size and np.allclose(x.ravel(), y.ravel(), rtol=1e-4, atol=1e-4):
                return "the right numbers in another shape"
            if sorted(x.shape) == sorted(y.shape):
                return "the axes stand in another order"
            return "a reduction, an index or a stack over another axis than the one meant"
        if np.isnan(x).any() and not np.isnan(y).any():
            return "NaN: a division by zero, the root of a negative number, or an overflow"
    x, y = (np.concatenate([part.ravel() for part in parts]) for parts in (mine, wanted))
    far = np.isfinite(x) & np.isfinite(y) & (np.abs(y) > 1e-3)
    if far.sum() > 1:
        ratios, steps = x[far] / y[far], x[far] - y[far]
        if np.ptp(ratios) < 1e-3 * abs(ratios[0]):
            return "the wrong sign" if abs(ratios[0] + 1) < 1e-3 else f"everything is {ratios[0]:.4g} times too large"
        if np.ptp(steps) < 1e-3 * abs(steps[0]):
            return f"everything is off by {steps[0]:+.4g}"
    return "none of the mistakes known here: try a tiny input by hand"


# Explaining ------------------------------------------------------------------------------------------------------


def _report(name, student, case, outcome, answer, guess, tolerance):
    if isinstance(outcome.error, NotImplementedError):
        return explain(f"Not done yet: {name} still raises NotImplementedError.")
    if outcome.printed:
        print(outcome.printed[:300].rstrip("\n"))
    arguments = ", ".join(f"{key} {show(value)}" for key, value in case.items())
    came, wanted = _first_difference(outcome, answer, tolerance)
    if outcome.error:
        kind, words = type(outcome.error).__name__.strip("_"), str(outcome.error).replace("\n", " ")
        kind = f"no answer within {SECONDS:g} s" if isinstance(outcome.error, _TooLong) else kind
        came = f"{kind}{_line_of(student, outcome.error)}" + (f": {words[:160]}" if words else "")
    return explain(
        f"Not yet. Tried:  {name} with {arguments}",
        f"  Came back:     {came}",
        f"  Expected:      {wanted}",
        f"  Looks like:    {guess}.",
    )


def _first_difference(outcome, answer, tolerance):
    """What came back and what was wanted, in words, with the numbers at the first place where they differ."""
    mine, wanted = _numbers(outcome.value), _numbers(answer)
    if mine is not None and [x.shape for x in mine] == [y.shape for y in wanted]:
        for part, (x, y) in enumerate(zip(mine, wanted, strict=True), start=1):
            differ = np.argwhere(~np.isclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True))
            if x.ndim and len(differ):
                at = tuple(int(i) for i in differ[0])
                where = f"part {part} at {list(at)}" if len(mine) > 1 else f"at {list(at)}"
                return f"{show(outcome.value)}, {where} {x[at]:.5g}", f"{show(answer)}, {where} {y[at]:.5g}"
    return show(outcome.value), show(answer)


def _line_of(function, error):
    """' in line 3 (...)' of the student's own code, where it can be known."""
    code = getattr(function, "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f" in line {frames[-1].lineno} ({frames[-1].line})" if frames and frames[-1].line else ""
