"""Try a student's function, compare its answers, name the mistake, explain it in words.

Nothing here knows any exercise.  Whatever the function does (raises, prints, returns None or a
NumPy array, changes its input, never ends), `judge` gives an explanation, not a traceback.

A check consists of cases and of a table of variants: the right answer, and wrong ones under the
words that name the mistake.
"""

import contextlib
import functools
import inspect
import re
import sys
import traceback
import types
import warnings
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

import colorlib.course.checks.guessing as guessing
import colorlib.course.checks.running as running
from colorlib.course.checks.conventions import RIGHT, asked
from colorlib.course.checks.guessing import BESIDES, UNKNOWN
from colorlib.course.checks.reading import (
    about_count,
    about_kind,
    about_type,
    numbers,
    same,
    show,
)
from colorlib.course.checks.repairing import repaired
from colorlib.course.checks.running import TooLong, call, random_states_kept
from colorlib.course.checks.stages import Table, staged
from colorlib.course.checks.written import FORMULAS

PLAIN = inspect.signature(lambda student, seed=0: None)  # of a check
ASKED = inspect.signature(lambda student, seed=0, **convention: None)
SIZES = "shapes or types that do not fit"
MISFIT = "must match|cannot be multiplied|broadcast|mismatch|[Ee]xpected size|invalid for input"
# What an error looks like: the first row whose kind it is, and whose word stands in its text.
# fmt: off
ERRORS = {
    (TooLong, ""): "a loop that does not end",
    (SystemExit, ""): "exit() or quit(), which would end the notebook's kernel",
    (TypeError, "argument"):
        "a function with other arguments than the ones named above, or a call that passes wrong "
        "ones",
    (TypeError, "NoneType"):
        "None where a value belongs: a function without return, or a method that works in place",
    (IndexError, ""): "an index beyond the end, or off by one",
    (UnboundLocalError, ""): "a variable that is read before it gets a value",
    (NameError, ""): "a name that is not defined: a typing error, or a cell above that was not run",
    (AttributeError, ""):
        "a method that this type does not have: tensors, arrays and numbers have different ones",
    (RecursionError, ""): "a function that calls itself without end",
    (ConnectionError, ""):
        "the end of the whole process: exit, a crash, or more memory than there is",
    (RuntimeError, "Boolean value of Tensor"):
        "`if`, `and` or `or` with a tensor of several truths: torch.where, & or |, or .any()",
    (ValueError, "truth value of an array"):
        "`if`, `and` or `or` with an array of several truths: np.where, & or |, or .any()",
    (RuntimeError, "could not infer output dtype"):
        "a mean of whole numbers or truths: .float() first",
    (RuntimeError, "with a bool tensor is not supported"):
        "a minus with truths (True, False): ~mask turns them round, .float() makes numbers",
    (RuntimeError, "requires grad"): "a tensor with a gradient: .detach() before NumPy",
    (RuntimeError, "same dtype"): "float32 meets float64, or whole numbers: make both the same",
    (MemoryError, ""):
        "an array far larger than the input: two axes that meet where they should not",
    (ZeroDivisionError, ""): "a division by zero",
    ((RuntimeError, ValueError, TypeError), ""):
        f"{SIZES}: print them just before that line",
    (BaseException, ""): "an error inside the function: read the line named above",
}
# fmt: on
REPAIRED = (RuntimeError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError)
NOT_FOUND = (IndexError, StopIteration, ValueError)  # of a search that finds nothing
# What differs when the same is asked again: with the same random numbers, with others.
CHANGES = (
    "an answer that changes from call to call: something outside the function remembers the last "
    "one",
    "random numbers of its own: two calls with the same input differ",
)


@dataclass(frozen=True)
class Verdict:
    """Whether the answer was right; true or false in an `if`, invisible as a cell's last line."""

    right: bool

    def __bool__(self):
        return self.right

    def _ipython_display_(self):
        """The words were printed already; "False" under them would only puzzle."""


class Seeded:
    """Sizes and numbers from one seed, the same every time, apart from the global random state."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.rng = np.random.default_rng(seed)

    def sizes(self, n, low=2, high=7):
        """n integers from low to high, no two equal, so that no two axes can be mistaken."""
        return (torch.randperm(high - low + 1, generator=self.generator)[:n] + low).tolist()

    def uniform(self, *shape, low=-0.5, high=0.5):
        """A float32 tensor of this shape, uniform from low to high (numbers or tensors)."""
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def pictures(self, *sizes, **channels):
        """Cases {name: uniform (B, channels, H, W)}, one for each (B, H, W) of sizes."""
        return [
            {name: self.uniform(batch, n, height, width) for name, n in channels.items()}
            for batch, height, width in sizes
        ]


def combined(build, *tables, most=2, names=()):
    """A table of what one part from each of several tables makes, with `most` wrong ones at most.

    tables: {words: part}, the right part under RIGHT.  build: makes a variant of one part from
    each.  One mistake stands before two in the table.  Where the parts make different numbers of
    the answer, most=1 will do: each number is then looked up alone.
    names: what the right part of each table gives, such as "the shares", or (what it gets first,
    what it gives), None where that is no array: see stages.py.
    """
    choices = sorted(product(*tables), key=lambda words: sum(map(bool, words)))
    variants = {
        BESIDES.join(filter(None, words)): build(
            *(table[key] for table, key in zip(tables, words, strict=True))
        )
        for words in choices
        if sum(map(bool, words)) <= most
    }
    return Table(variants, staged(build, tables, names))


def check(variants, tolerance=1e-4, look=None, conventions=None):
    """Make a check, student -> Verdict, of a function that builds its cases from `Seeded` numbers.

    Name and docstring stay; variants, tolerance, look: see `judge`.
    conventions: {"keyword=value": Convention} that the check takes by keyword.
    """

    def make(cases):
        table = Table(variants, getattr(variants, "stages", ()), FORMULAS.get(cases.__name__, ()))

        def judged(student, seed=0, **convention):
            usual, more = cases(Seeded(seed)), lambda: cases(Seeded(seed + 1000))
            if not convention:
                table.others = more
                return judge(cases.__name__, student, usual, table, tolerance, look)
            other = asked(cases.__name__, conventions or {}, convention)
            there = Table(other.table(variants, list(usual[0])))
            there.others = lambda: other.cases(more())
            return judge(cases.__name__, student, other.cases(usual), there, tolerance)

        functools.update_wrapper(judged, cases)
        del judged.__wrapped__  # help() is to show what students call
        judged.__signature__ = PLAIN if not conventions else ASKED
        judged.conventions = conventions or {}
        return judged

    return make


def eager():
    """Functions under @torch.compile run as they are written: to compile takes longer than SECONDS.

    Nothing where torch's compiler is not in use: waking it takes seconds.
    """
    if "torch._dynamo" in sys.modules:
        return torch.compiler.set_stance("force_eager")
    return contextlib.nullcontext()


def gpu():
    """The GPU on which a right answer is tried once more, or None.

    Only one that the notebook uses already: waking it takes seconds, and processes started later
    could not use it.
    """
    return torch.device("cuda") if torch.cuda.is_initialized() else None


def judge(name, student, cases, variants, tolerance=1e-4, look=None):
    """Try `student` on each case, print the words and return the verdict.

    cases: list of {argument name: value}, passed by position.
    variants: {words: function}, called the same way.  The one named RIGHT is the reference; of the
    others, the first whose answers equal the student's on every case is named as the mistake.
    tolerance: relative and absolute.
    look: (ask, cases) -> words or None, where no variant fits; ask(case) is the student's answer,
    cases are guessing.Seen.

    The cases decide on the CPU, so that the verdict is the same everywhere; where a GPU is in use,
    the words of a right answer say whether it would also work there.
    """
    if not callable(student):
        return _not_a_function(name, student)
    name = own_name(student) or name
    with random_states_kept(), eager():
        outcomes = _try(student, cases, variants[RIGHT])
        failed = next((outcome for outcome in outcomes if _complaint(outcome, tolerance)), None)
        if failed is None:
            there = _on_gpu(student, cases[0], variants[RIGHT])
            return confirm(f"{name} agrees with colorlib on all {len(cases)} inputs tried{there}.")
        guess, plain = None, _complaint(failed, tolerance)
        if failed.error or not same(failed.value, failed.wanted, tolerance):
            guess = _known(student, outcomes, failed, variants, tolerance)
        if not guess and (plain == UNKNOWN or isinstance(failed.error, REPAIRED)):
            guess = _unknown(student, outcomes, variants, tolerance, look, plain == UNKNOWN)
    return _report(name, student, failed, guess or plain, tolerance)


def observe(name, student, case, wanted, lengths):
    """Call `student` once: its answer as a tuple of floats, or None once the trouble is explained.

    For answers with chance in them, which the caller then judges.  wanted: what colorlib gives, to
    show.  lengths: how many numbers may come back.
    """
    if not callable(student):
        return _not_a_function(name, student) or None
    name = own_name(student) or name
    with eager():
        outcome = running.observe(student, case)
    outcome.wanted = wanted
    flat = [x for part in numbers(outcome.value) or () for x in part.ravel().tolist()]
    if outcome.error or outcome.value is None:
        guess = _complaint(outcome, 1e-4)
    elif outcome.changed:
        guess = f"{' and '.join(outcome.changed)} was changed in place: work on a copy"
    elif len(flat) in lengths and np.isfinite(flat).all():
        return tuple(flat)
    else:
        guess = f"{' or '.join(map(str, lengths))} numbers are wanted, and none of them NaN"
    return _report(name, student, outcome, guess, 1e-4) or None


def confirm(words):
    """Print "Right:" and the words; return the verdict "right"."""
    print("Right:", words)
    return Verdict(True)


def explain(*lines):
    """Print the lines and return the verdict "wrong"."""
    print("\n".join(lines))
    return Verdict(False)


def _try(student, cases, right):
    """The outcomes, up to one that does not end."""
    wanted, outcomes = [call(right, case).value for case in cases], []
    for case, value in zip(cases, wanted, strict=True):
        outcomes.append(running.observe(student, case))
        outcomes[-1].wanted = value
        if isinstance(outcomes[-1].error, TooLong):
            break
    return outcomes


# ---- guessing


def _known(student, outcomes, failed, variants, tolerance):
    """One of the variants, an input, or chance; None otherwise."""
    singles = {words: variant for words, variant in variants.items() if BESIDES not in words}
    words = _name_mistake(outcomes, singles, tolerance)
    flat = None if failed.error else guessing.constant(guessing.seen(outcomes))
    if flat and not guessing.finite(outcomes):
        return None  # which any variant with NaN would give
    if flat or (not words and not failed.error):
        plain = flat or guessing.itself(outcomes)
        # zeros come of many mistakes: a single one that gives them exactly may be told, of single
        # numbers; beside the plain words only where it is the only one
        exact = words and _gives(variants[words], outcomes)
        if exact and all(np.size(part) == 1 for part in numbers(failed.wanted)):
            return words
        if plain:
            several = sum(_gives(variant, outcomes) for variant in singles.values()) if exact else 0
            if several == 1 or (exact and not flat):
                return f"{plain}; {words}"
            return None if flat else plain  # of zeros, `_unknown` may tell more
    return words or _changing(student, failed, tolerance)


def _gives(variant, outcomes):
    """Whether a variant gives the student's answers to the last digit."""
    return all(
        same(outcome.value, call(variant, outcome.case, watch=False).value, 0)
        for outcome in outcomes
    )


def _guess(student, outcomes, variants, tolerance, look):
    """What the numbers, and those for other inputs, tell where no single mistake is known."""

    def ask(case):
        return running.observe(student, case).value

    cases, right = guessing.seen(outcomes), variants[RIGHT]
    with warnings.catch_warnings(), guessing.limited():
        warnings.simplefilter("ignore")  # most guesses divide by zero somewhere
        said = look and look(ask, cases)
        words, vague = (said, None) if guessing.tells(said) else (None, said)
        words = words or guessing.of_all(cases, right, tolerance)
        words = words or guessing.of_formula(cases, variants, tolerance)
        words = words or guessing.of_stages(cases, variants, tolerance)
        words = words or guessing.guess(cases, right, variants, tolerance, vague)
    if not words or words.startswith(guessing.ONLY_PLACES):
        words = (
            guessing.unused(ask, right, cases)
            or guessing.mixing(ask, right, cases, tolerance)
            or words
        )
    changed = sorted({name for outcome in outcomes for name in outcome.changed})
    if not words and changed:
        return f"{' and '.join(changed)} was changed in place: work on a copy"
    return words


def _unknown(student, outcomes, variants, tolerance, look, numeric):
    """What the student's own code tells, then what the numbers do, where they are `numeric`."""
    edit, part, last = repaired(student, outcomes, variants, tolerance)
    flat = guessing.constant(guessing.seen(outcomes)) if numeric else None
    if flat:
        return f"{flat.split(': ')[0]}: {edit or part}" if edit or part else flat
    if edit or not numeric:
        return edit or part
    told = _two_mistakes(outcomes, variants, tolerance) or part
    if told:
        return told
    told = _guess(student, outcomes, variants, tolerance, look)
    return told if guessing.tells(told) else last or told


def _two_mistakes(outcomes, variants, tolerance):
    """Two at once; not of single whole numbers or of truths, which too many pairs would give."""
    mine = [part for one in guessing.seen(outcomes) for part in one.mine]
    if guessing.whole(mine) or all(np.isin(part, (0, 1)).all() for part in mine):
        return None
    pairs = {words: variant for words, variant in variants.items() if BESIDES in words}
    return _name_mistake(outcomes, pairs, tolerance)


def _name_mistake(outcomes, variants, tolerance):
    """The words of the first wrong variant that does what the student's function did, every time.

    Two errors count as the same when their types are; but an answer that only ever raises is named
    only where it raises the same words, too.  Where no variant fits, one that fits wherever the
    student's numbers are finite will do; then one that does the same wherever the student's
    function does not raise, such as the search for what is not there.
    """

    @functools.cache
    def theirs(words, number):
        return call(variants[words], outcomes[number].case, watch=False)

    def fits(words, finite, raising):
        wrong_somewhere, agreed = False, 0
        for number, mine in enumerate(outcomes):
            other = theirs(words, number)
            if raising and isinstance(mine.error, NOT_FOUND) and not other.error:
                continue
            agreed += 1
            if mine.error or other.error:
                if type(mine.error) is not type(other.error):
                    return False
                wrong_somewhere |= repr(mine.error) == repr(other.error)
            elif not same(mine.value, other.value, tolerance, finite):
                return False
            else:  # where nothing is finite, any variant agrees: no sign of anything
                wrong_somewhere |= not same(mine.value, mine.wanted, tolerance, finite)
        return wrong_somewhere and (agreed > 2 or not raising)

    raised = any(isinstance(mine.error, NOT_FOUND) for mine in outcomes)
    ways = [(False, False), (True, False), *([(False, True)] if raised else [])]
    every = ((words, *way) for way in ways for words in variants)
    return next((words for words, *way in every if fits(words, *way)), None)


def _changing(student, outcome, tolerance):
    """Whether the same input gives another answer when it is asked again."""
    if outcome.error or numbers(outcome.value) is None:
        return None
    for seed, words in enumerate(CHANGES):
        again = running.observe(student, outcome.case, seed)
        if not again.error and not same(again.value, outcome.value, tolerance):
            return words
    return None


def _complaint(outcome, tolerance):
    """What is wrong with one outcome; UNKNOWN where its numbers are, None where nothing is."""
    if outcome.error:
        return _about_error(outcome.error, outcome.case)
    if outcome.value is None:
        return "a print where a return belongs" if outcome.printed else "the return is missing"
    mine, wanted = numbers(outcome.value), numbers(outcome.wanted)
    if mine is None:
        return about_type(outcome.value, outcome.wanted) or about_kind(outcome.value)
    if len(mine) != len(wanted):
        return about_count(mine, wanted, tolerance)
    if not same(outcome.value, outcome.wanted, tolerance):
        return about_type(outcome.value, outcome.wanted) or UNKNOWN
    if outcome.changed:
        changed = " and ".join(outcome.changed)
        return f"the numbers are right, but {changed} was changed in place: work on a copy"
    return about_type(outcome.value, outcome.wanted)


def _about_error(error, case):
    if _not_done(error):
        return "an exercise not done yet"
    text = _text(error)
    words = next(
        words for (kind, word), words in ERRORS.items() if isinstance(error, kind) and word in text
    )
    return words.replace(SIZES, SIZES + _whose(text, case)) if re.search(MISFIT, text) else words


def _whose(text, case):
    """Whose axes have the sizes that an error speaks of, in words; empty where nobody's."""
    of = {}
    for name, value in case.items():
        for axis, n in enumerate(getattr(value, "shape", ())):
            of.setdefault(str(n), []).append(f"axis {axis} of `{name}`")
    found = dict.fromkeys(n for n in re.findall(r"\d+", text) if n in of and n != "1")
    told = ", ".join(f"{n} is {' or '.join(of[n][:2])}" for n in list(found)[:2])
    return f" ({told})" if told else ""


def _not_done(error):
    """NotImplementedError as exercises raise it; torch has the same for what a type cannot do."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, NotImplementedError) and (
        not frames or not frames[-1].line or "raise" in frames[-1].line
    )


# ---- explaining


def own_name(student):
    """What the student's function is called; empty for a lambda or an object."""
    name = student.__name__ if isinstance(student, types.FunctionType) else ""
    return name if name.isidentifier() else ""


def _not_a_function(name, student):
    return explain(
        f"Not yet: {name} wants your function itself, without brackets; it got {show(student)}."
    )


def _on_gpu(student, case, right):
    """What a right answer does with tensors on the GPU; nothing where all is well, or no GPU is."""
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
        kind, line = type(outcome.error).__name__, _line_of(student, outcome.error)
        return f", but on the GPU it raises {kind}{line}: {_text(outcome.error)[:100]}"
    guess = about_type(outcome.value, answer.value)
    known = numbers(answer.value) is not None
    if guess is None and known and not same(outcome.value, answer.value, 1e-2):
        guess = "other numbers than on the CPU"
    return f", but on the GPU it gives {guess}" if guess else ""


def _report(name, student, outcome, guess, tolerance):
    if outcome.error and _not_done(outcome.error):
        return explain(f"Not done yet: {name} still raises NotImplementedError.")
    arguments = ", ".join(f"{key} {show(value)}" for key, value in outcome.case.items())
    came, wanted = _first_difference(outcome.value, outcome.wanted, tolerance)
    if outcome.error:
        late = isinstance(outcome.error, TooLong)
        kind = f"no answer within {running.SECONDS:g} s" if late else type(outcome.error).__name__
        words = [kind + _line_of(student, outcome.error), _text(outcome.error)[:160]]
        came = ": ".join(filter(None, words))
    if outcome.printed.strip():
        came += f"  (it printed: {' '.join(outcome.printed.split())[:80]})"
    return explain(
        f"Not yet. Tried:  {name} with {arguments}",
        f"  Came back:     {came}",
        f"  Expected:      {wanted}",
        f"  Looks like:    {guess}.",
    )


def _first_difference(value, answer, tolerance):
    """What came back and what was wanted, in words, with the numbers where they first differ."""
    mine, wanted = numbers(value), numbers(answer)
    if mine is not None and [x.shape for x in mine] == [y.shape for y in wanted]:
        for part, (x, y) in enumerate(zip(mine, wanted, strict=True), start=1):
            differ = np.argwhere(~np.isclose(x, y, tolerance, tolerance, equal_nan=True))
            if x.ndim and len(differ):
                at = tuple(differ[0].tolist())
                where = f"part {part} at {list(at)}" if len(mine) > 1 else f"at {list(at)}"
                return tuple(
                    f"{show(v)}, {where} {n[at]:.5g}" for v, n in ((value, x), (answer, y))
                )
    return show(value), show(answer)


def _text(error):
    """The error's words in one line."""
    try:
        return " ".join(str(error).split())
    except Exception:  # a student's own exception may be broken, too
        return ""


def _line_of(function, error):
    """' in line 3 (...)' of the student's own code, where it can be known."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return f" in line {frames[-1].lineno} ({frames[-1].line})" if frames and frames[-1].line else ""
