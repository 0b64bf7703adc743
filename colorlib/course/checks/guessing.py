"""Guess the mistake from the numbers that came back, where no known variant gives them.

Nothing here knows any exercise.  Answers are looked at as `Seen`: one case, the student's numbers,
the right ones.  A mistake is named only where it explains every number of every case; otherwise the
words say what can be said for certain, such as which of two parts is right.
"""

import contextlib
import time
from dataclasses import dataclass

import numpy as np
import torch

from colorlib.course.checks import changes, stages
from colorlib.course.checks.reading import close, numbers, same

UNKNOWN = "none of the mistakes known here: try a tiny input by hand"
BESIDES = "; besides, "  # joins the words of two mistakes in one answer
ONLY_PLACES = ("right for", "only the", "all but")  # such words name no mistake yet
VAGUE = "what stands before"  # such words tell where, not what
SECONDS = 0.8  # of the processor's time: so long rules are tried
ENOUGH = 3  # so many numbers that differ from the right ones have to be explained by a rule


@dataclass(frozen=True)
class Seen:
    """One case as numbers.  mine, wanted: tuples of float64 arrays."""

    case: dict
    mine: tuple
    wanted: tuple

    def taken(self, take):
        """A part of it: take maps a tuple of arrays to one."""
        return Seen(self.case, take(self.mine), take(self.wanted))


def seen(outcomes):
    """Those outcomes that are numbers, as `Seen`."""
    return [
        Seen(outcome.case, numbers(outcome.value), numbers(outcome.wanted))
        for outcome in outcomes
        if not outcome.error and numbers(outcome.value) is not None
    ]


def guess(cases, right, variants, tolerance, vague=None):
    """What the numbers of all cases (a list of Seen) look like, in words.

    right: the right function; variants: {words: function} as for `judge`; vague: what could be said
    until now.
    """
    cases = [one for one in cases if len(one.mine) == len(one.wanted)]
    if not _alike(cases):
        return about_shapes(cases, right)
    said = (
        _first(_of_variants(cases, variants), cases, tolerance)
        or vague
        or _of_parts(cases, right, variants, tolerance)
    )
    if tells(said) and not _of_several(said):
        return said
    if tells(said):  # one slip that explains all parts is likelier than one in each
        return of_formula(cases, variants, tolerance, often=False) or said
    return (
        cut_off(cases)
        or of_formula(cases, variants, tolerance, often=False)
        or said
        or _nan(cases)
        or where(cases, tolerance)
    )


def _of_several(words):
    """Whether they name a mistake for each of several parts."""
    return words.startswith(("part ", "at [")) and ("; part " in words or "; at [" in words)


def tells(words):
    """Whether the words of this module name what is wrong, not only where it is."""
    where_alone = ("is not", "]")
    return bool(words) and not (VAGUE in words or ": wrong" in words or words.endswith(where_alone))


def _alike(cases):
    return all([x.shape for x in one.mine] == [y.shape for y in one.wanted] for one in cases)


def _nan(cases):
    mine, wanted = _flat(cases)
    lost = np.isnan(mine) & ~np.isnan(wanted)
    if lost.any():
        return (
            f"NaN at {lost.sum()} of {lost.size} places: a division by zero, the root of a "
            "negative number, or an overflow"
        )
    return None


def _flat(cases):
    """(mine, wanted), all numbers of all cases in a row."""
    return (
        np.concatenate([part.ravel() for one in cases for part in getattr(one, side)])
        for side in ("mine", "wanted")
    )


# ---- answers that say the same everywhere


def constant(cases):
    """Zeros, NaN or another number everywhere, where the right answers differ; None otherwise."""
    if not cases:
        return None
    mine = np.concatenate([part.ravel() for one in cases for part in one.mine])
    wanted = np.concatenate([part.ravel() for one in cases for part in one.wanted])
    if mine.size < 2 or np.ptp(np.nan_to_num(wanted)) < 1e-9:
        return None
    if np.isnan(mine).all():
        return "NaN everywhere: 0 / 0, inf - inf, or the root or logarithm of negative numbers"
    if np.isinf(mine).all():
        return "infinite everywhere: a division by zero or an overflow"
    if not np.isfinite(mine).any():
        return "no number is finite: a division by zero, then inf - inf or 0 · inf"
    if (mine == mine[0]).all():
        if mine[0] == 0:
            return "zeros everywhere: nothing was put in, or all was multiplied by 0"
        return f"the same number everywhere, {mine[0]:.4g}, whatever the input"
    return None


def whole(answers):
    """Whether every answer is a single whole number (or a truth): little to tell mistakes by."""
    return all(part.size == 1 and part.ravel()[0] % 1 == 0 for part in answers)


def finite(outcomes):
    """Whether there is a finite number in the answers."""
    return any(np.isfinite(part).any() for one in seen(outcomes) for part in one.mine)


def itself(outcomes):
    """An argument that came back as it was given, in every case; None where it is not so."""
    for name in outcomes[0].case:
        given = [outcome.case.get(name) for outcome in outcomes]
        if all(same(outcome.value, x, 0) for outcome, x in zip(outcomes, given, strict=True)):
            if numbers(given[0]) is not None:
                return f"`{name}` itself, as it was given"
    return None


# ---- rules for all numbers


def of_all(cases, right, tolerance):
    """A rule that gives every number of every case, in words; None where none is known."""
    if not cases or not _alike(cases):
        return None
    return (
        constant(cases)
        or _of_factor(cases)
        or _first(_of_answers(cases), cases, tolerance)
        or _first(_of_inputs(cases, right), cases, tolerance, _enough(cases))
        or _first(_with_inputs(cases), cases, tolerance)
        or _of_power(cases)
    )


def _enough(cases):
    """How many numbers a rule has to explain: two will do where each is an answer by itself."""
    mine = [part for one in cases for part in one.mine]
    return 2 if all(part.size == 1 for part in mine) and not whole(mine) else ENOUGH


def of_stages(cases, variants, tolerance):
    """A change of what one stage of the formula gives, in words; None where none is known.

    Not where every answer is one whole number, which too many changes would give.
    """
    if not cases or whole(part for one in cases for part in one.mine):
        return None
    rules = (
        (words, lambda one, f=variant: numbers(f(*one.case.values())))
        for words, variant in stages.rules(variants)
    )
    return _first(rules, cases, tolerance, _enough(cases))


def of_formula(cases, variants, tolerance, often=True):
    """One slip in the formula, in words; None where none gives the student's numbers.

    often: slips in the formula itself; otherwise what is done to a part of it besides, though not
    where the answers are truths, which too many changes would give.
    """
    if not cases or not _alike(cases):
        return None
    mine, wanted = _flat(cases)
    least = _enough(cases)
    if np.isin(mine, (0, 1)).all():  # two numbers alone: the places count
        if not often or (mine != wanted).sum() < ENOUGH:
            return None
        least = 1
    return _slip(cases, variants, tolerance, least, often)


def _slip(cases, variants, tolerance, least, often, take=None, few=None):
    """take, few: of one part of the answers alone, see _of_parts."""
    for formula in getattr(variants, "formulas", ()):
        known = {id(one.case): (formula.names(one.case), one.wanted) for one in cases}
        rules = ((slip, _written(answer, known, take)) for slip, answer in formula.slips(often))
        if found := _first(rules, few or cases, tolerance, least):
            return found.hint() if formula.plain else str(found)
    return None


def _written(answer, known, take):
    """A rule that gives what a formula gives, in the shapes wanted.

    known: {id of a case: (what the formula's names mean there, the right answers)}.
    """

    def rule(one):
        names, wanted = known[id(one.case)]
        parts = zip(numbers(answer(names)), wanted, strict=True)
        value = tuple(x.reshape(y.shape) for x, y in parts)
        return take(value, one) if take else value

    return rule


def _first(rules, cases, tolerance, least=ENOUGH):
    """The words of the first rule that fits.  rules: (words, Seen -> value)."""
    for words, rule in rules:
        if time.process_time() > _UNTIL[-1]:
            return None
        if fits(rule, cases, tolerance, least):
            return words
    return None


_UNTIL = [float("inf")]


@contextlib.contextmanager
def limited():
    """No rules are tried after SECONDS."""
    _UNTIL.append(time.process_time() + SECONDS)
    try:
        yield
    finally:
        _UNTIL.pop()


def fits(rule, cases, tolerance, least=ENOUGH):
    """Whether rule(Seen) gives the student's numbers in every case, and `least` are wrong ones."""
    explained = set()
    for one in cases:
        try:
            with np.errstate(all="ignore"):
                other = rule(one)
        except Exception:  # a rule that does not apply here
            return False
        if len(other) != len(one.mine):
            return False
        for x, z, y in zip(one.mine, other, one.wanted, strict=True):
            if isinstance(z, changes.Read):
                if x.size != z.array.size:
                    return False
                z = z.array.reshape(x.shape)
            if x.shape != np.shape(z) or not close(x, z, tolerance).all():
                return False
            known = np.isfinite(x)
            if x.shape == y.shape:
                known &= ~close(x, y, tolerance)
            explained.update(np.round(x[known], 9).tolist())
    return len(explained) >= least


def _of_answers(cases):
    """Rules that change what is right."""
    ndim = max(part.ndim for part in cases[0].wanted)
    for words, change in changes.of_answers(ndim):
        yield words, lambda one, f=change: tuple(map(f, one.wanted))


def _of_inputs(cases, right, take=lambda value, one: value):
    """Rules that give the right function another input."""
    for words, change in changes.of_inputs(cases[0].case):
        yield words, lambda one, f=change: take(numbers(right(*f(one.case).values())), one)


def _with_inputs(cases):
    """Rules that let an argument meet what is right."""
    for words, name, change in changes.with_inputs(cases[0].case):

        def rule(one, name=name, change=change):
            (x,) = numbers(one.case[name])
            met = tuple(change(part, x) for part in one.wanted)
            if [part.shape for part in met] != [part.shape for part in one.wanted]:
                raise ValueError("the argument is larger")
            return met

        yield words, rule


def _of_power(cases):
    """A power of what is right, and a factor: for positive numbers."""
    x, y = _flat(cases)
    if not ((x > 1e-6).all() and (y > 1e-6).all()) or len(set(np.round(y, 6).tolist())) < 5:
        return None
    power, factor = np.polyfit(np.log(y), np.log(x), 1)
    if abs(power) < 0.05 or not np.allclose(x, np.exp(factor) * y**power, rtol=1e-4):
        return None
    before = f"{np.exp(factor):.4g} times " if abs(factor) > 1e-4 else ""
    return f"{before}the power {power:.3g} of what is right"


def _of_variants(cases, variants):
    """Rules that change what a wrong variant gives: two mistakes at once."""
    few = {words: change for words, change in changes.EACH.items() if "right" in words}
    for words, variant in variants.items():
        if not words or BESIDES in words:  # two mistakes are enough
            continue
        try:
            given = [numbers(variant(*one.case.values())) for one in cases]
        except Exception:
            continue
        of = {id(one): value for one, value in zip(cases, given, strict=True)}
        for more, change in few.items():
            more = more.replace("what is right", "the rest")
            yield f"{words}{BESIDES}{more}", lambda one, o=of, f=change: tuple(map(f, o[id(one)]))


def _of_factor(cases):
    """One factor or one offset for all numbers; or a factor that follows the sizes of a case."""
    pairs = [_clear(one) for one in cases]
    if sum(x.size for x, _ in pairs) < 2:
        return None
    ratios = [_ratio(x, y) for x, y in pairs if x.size]
    if None not in ratios and any(abs(r - 1) > 1e-4 for r in ratios):
        of = [one for one, (x, _) in zip(cases, pairs, strict=True) if x.size]
        if words := _about_ratio(ratios, of):
            return words
    x, y = (np.concatenate(side) for side in zip(*pairs, strict=True))
    step = np.median(x - y)
    if abs(step) > 1e-6 and np.allclose(x, y + step, rtol=1e-7, atol=1e-3 * abs(step)):
        return f"everything is off by {step:+.4g}" if len(set(x.tolist())) > 2 else None
    return _line(x, y)


def _line(x, y):
    """A factor and a summand that lead from y to x."""
    if len(set(np.round(y, 6).tolist())) < 5 or np.ptp(x) < 1e-6:
        return None
    factor, more = np.polyfit(y, x, 1)
    unchanged = abs(factor - 1) < 1e-4 and abs(more) < 1e-4
    straight = np.allclose(x, factor * y + more, rtol=1e-5, atol=1e-5)
    if unchanged or abs(factor) < 1e-3 or not straight:
        return None
    return f"{factor:.4g} times what is right, and {abs(more):.4g} {'more' if more > 0 else 'less'}"


def _clear(one):
    """(mine, wanted) where both are finite and the right ones are not 0."""
    x, y = _flat([one])
    if (
        (x[np.abs(y) <= 1e-6] != 0).any()
        and x.size > 1
        and np.abs(x[np.abs(y) <= 1e-6]).max() > 1e-4
    ):
        return x[:0], y[:0]
    far = np.isfinite(x) & np.isfinite(y) & (np.abs(y) > 1e-6)
    return x[far], y[far]


def _ratio(x, y):
    ratio = np.median(x / y)
    near = min(1e-3, abs(ratio - 1) / 20 + 1e-9)
    same = abs(ratio) > 1e-12 and np.allclose(x, ratio * y, rtol=near, atol=1e-6 * abs(ratio))
    return float(ratio) if same else None


def _about_ratio(ratios, cases):
    first = ratios[0]
    if np.allclose(ratios, first, rtol=1e-3):
        if abs(first + 1) < 1e-3:
            return "the wrong sign"
        size = max(abs(first), 1 / abs(first))
        known = [w for n, w in changes.LARGE.items() if abs(size / n - 1) < 1e-3]
        side = "large" if abs(first) > 1 else "small"
        reason = f": {known[0]}" if known else ""
        sign = " and has the wrong sign" if first < 0 else ""
        if len(ratios) > 1:
            return f"everything is {size:,.6g} times too {side}{sign}{reason}"
    of_case = [dict(changes.of_sizes(one.case)) for one in cases]
    for words in of_case[0]:
        # the words hold the first case's size; the others have the same words but for it
        key = words.split("(here")[0]
        found = [
            next((n for w, n in d.items() if w.split("(here")[0] == key), None) for d in of_case
        ]
        if len(set(found)) > 1 and None not in found:
            more = np.divide(ratios, found)
            if np.allclose(more, 1, rtol=1e-3):
                return words
            if len(found) > 2 and np.allclose(more, more[0], rtol=1e-5):
                return f"{words}; and {more[0]:.4g} times that"
    return None


# ---- rules for parts


def _of_parts(cases, right, variants, tolerance):
    """The same for each part that is wrong: outputs, or places along a short axis."""
    axis, takes = _parts(cases)
    fine = [_right(cases, take, tolerance) for take in takes]
    spared = [take for take, good in zip(takes, fine, strict=True) if good]
    said = {}
    for number, (take, good) in enumerate(zip(takes, fine, strict=True)):
        if not good:
            few = [one.taken(take) for one in cases]
            careful = _sparing(take, spared, right, tolerance)
            said[number] = (
                _known_part(few, variants, careful, tolerance)
                or constant(few)
                or _of_factor(few)
                or _first(_of_answers(few), few, tolerance)
                or _first(_of_inputs(few, right, careful), few, tolerance)
                or _slip(cases, variants, tolerance, _fewest(few), True, careful, few)
                or _first(_with_inputs(few), few, tolerance)
                or _of_power(few)
                or cut_off(few)
                or _slip(cases, variants, tolerance, _fewest(few), False, careful, few)
                # what was done to this part alone, though it would change others, too
                or _known_part(few, _alone(variants), _plainly(take), tolerance, ENOUGH)
            )
    return _told([n for n, good in enumerate(fine) if good], said, axis)


def _fewest(cases):
    """How many numbers a rule for a part has to explain: all, where the part has but two."""
    mine, _ = _flat(cases)
    return min(ENOUGH, max(2, len(set(np.round(mine, 9).tolist()))))


def _told(good, said, axis):
    """good: the numbers of what is right.  said: {number: words, or None} of what is not."""
    if len(set(said.values())) > 1:
        groups = {words: [n for n in said if said[n] == words] for words in said.values()}
        return "; ".join(
            f"{_place(some, axis)}: {words or 'wrong'}" for words, some in groups.items()
        )
    words = next(iter(said.values()), None)
    if not good:
        return words
    if axis is None:
        place = f"{_place(good, axis)} is right, {_place(said, axis)} is not"
    else:
        place = f"right at {good} of axis {axis}, wrong at {list(said)}"
    return f"{place}: {words}" if words else place


def _place(some, axis):
    """Which parts, or which places of an axis."""
    return (
        " and ".join(f"part {n + 1}" for n in some)
        if axis is None
        else f"at {list(some)} of axis {axis}"
    )


def _alone(variants):
    """Variants but for those that exchange parts: of one part by itself they tell nothing."""
    moved = ("order", "swapped", "exchanged", "changed places")
    return {w: f for w, f in variants.items() if not any(word in w for word in moved)}


def _known_part(few, variants, take, tolerance, least=2):
    """The variant with a single mistake that gives this part."""
    rules = (
        (words, lambda one, f=variant: take(numbers(f(*one.case.values())), one))
        for words, variant in variants.items()
        if words and BESIDES not in words
    )
    return _first(rules, few, tolerance, least)


def _plainly(take):
    return lambda value, one: take(value)


def _sparing(take, good, right, tolerance):
    """`take` for what a mistake gives: ValueError where that would spoil what is right.

    good: takes of the parts that are right.
    """

    def careful(value, one):
        wanted = numbers(right(*one.case.values()))
        for fine in good:
            for x, y in zip(fine(value), fine(wanted), strict=True):
                if not close(x, y, tolerance).all():
                    raise ValueError("it spoils what is right")
        return take(value)

    return careful


def _parts(cases):
    """(axis, takes): one `take` for each output (axis None), or for each place along a short axis.

    An axis counts where it is as long in all cases and does not stand first.
    """
    outputs = len(cases[0].wanted)
    if outputs > 1:
        return None, [lambda x, n=n: x[n : n + 1] for n in range(outputs)]
    shapes = [one.wanted[0].shape for one in cases]
    for axis in range(1, len(shapes[0])):
        length = shapes[0][axis]
        if 2 <= length <= 8 and len(shapes) > 1 and all(s[axis] == length for s in shapes):
            return axis, [lambda x, n=n, a=axis: (x[0].take([n], a),) for n in range(length)]
    return None, []


def _right(cases, take, tolerance):
    return all(
        close(x, y, tolerance).all()
        for one in cases
        for x, y in zip(take(one.mine), take(one.wanted), strict=True)
    )


def cut_off(cases):
    """Right numbers up to an end and that end beyond it: clamp, relu; None where it is not so."""
    x, y = _flat(cases)
    differ = ~close(x, y, 1e-5)
    ends = sorted(set(np.round(x[differ], 6).tolist()))
    if differ.sum() < ENOUGH or differ.all() or not 1 <= len(ends) <= 2 or len(x) < 4 * len(cases):
        return None
    sides = set()
    for end in ends:
        at = differ & (np.abs(x - end) < 1e-5)
        above = (y[at] > end).all() and (y[~differ] <= end + 1e-5).all()
        below = (y[at] < end).all() and (y[~differ] >= end - 1e-5).all()
        if not (above or below):
            return None
        sides.add(bool(above))
    if len(sides) < len(ends):
        return None
    words = " and ".join(f"{end:.4g}" for end in ends)
    return f"the right numbers, cut off at {words} (clamp, or where): keep them all"


# ---- sums of terms, products of powers


def blend(cases, terms, factors, right, tolerance=1e-4):
    """What stands before each term of a sum, where the student's is another sum of the same terms.

    terms(case): {name: array like the answer}; factors(case): {words: (B,) numbers}; right: {name:
    the words of the factor that belongs there}.  None where the answer is no such sum.
    """
    found = {name: [] for name in right}
    for one in cases:
        if one.mine[0].shape != one.wanted[0].shape or not one.mine[0].ndim:
            return None
        parts = {name: numbers(x)[0] for name, x in terms(one.case).items()}
        columns = np.stack([x.reshape(len(x), -1) for x in parts.values()], -1)  # (B, n, terms)
        rows = one.mine[0].reshape(len(one.mine[0]), -1)  # (B, n)
        for matrix, row in zip(columns, rows, strict=True):
            if np.isnan(row).all():  # so is what stands before a term
                for name in parts:
                    found[name].append(np.nan)
                continue
            if not np.isfinite(row).all():
                return None
            before, *_ = np.linalg.lstsq(matrix, row, rcond=None)
            if not close(matrix @ before, row, 3 * tolerance).all():
                return None
            for name, number in zip(parts, before, strict=True):
                found[name].append(number)
    of_all = [factors(one.case) for one in cases]
    known = {words: np.concatenate([np.ravel(few[words]) for few in of_all]) for words in of_all[0]}
    said = [_before(name, np.array(found[name]), known, right[name]) for name in right]
    return "; ".join(filter(None, said)) or None


def _before(name, found, known, right):
    """What stands before one term; None where it is what belongs there."""
    told = ~np.isnan(found)

    def equal(number):
        number = np.broadcast_to(number, found.shape)
        return np.allclose(found[told], number[told], rtol=2e-3, atol=2e-4)

    if equal(known[right]):
        return None
    if right == "0":
        return f"{name} stands in the answer, where it does not belong"
    if equal(0):
        return f"{name} is missing"
    if equal(1):
        return f"{name} is not scaled: {right} is missing before it"
    if equal(-known[right]):
        return f"{name} has the wrong sign"
    ratio = found / np.where(known[right] == 0, np.nan, known[right])
    if told.any() and np.ptp(found[told]) < 1e-3 < np.ptp(known[right][told]):
        known = {words: number for words, number in known.items() if "cut off" not in words}
    words = [words for words, number in known.items() if words != right and equal(number)]
    words += [f"minus {words}" for words, number in known.items() if equal(-number)]
    if words:
        return f"{words[0]} stands before {name}; {right} belongs there"
    if told.any() and np.ptp(found[told]) < 1e-3 < np.ptp(known[right][told]):
        return f"{found[told][0]:.4g} stands before {name}, whatever t; {right} belongs there"
    if np.nanstd(ratio) < 1e-3 * abs(np.nanmean(ratio)):
        return f"{name} is {np.nanmean(ratio):.4g} times what it should be"
    more = [words for words, number in known.items() if equal(known[right] * number)]
    if more:
        return f"{name} is multiplied by {more[0]} besides {right}"
    return f"{VAGUE} {name} is not {right}"


def powers(cases, wanted):
    """The law c · x^i · y^j ... that single numbers follow, in words; None where none fits."""
    names = list(cases[0].case)
    if any(len(one.mine) != 1 or one.mine[0].ndim for one in cases):
        return None
    x = np.array([[float(one.case[name]) for name in names] for one in cases])
    y = np.array([float(one.mine[0]) for one in cases])
    if len(cases) < len(names) + 2 or (y <= 0).any() or not np.isfinite(y).all():
        return None
    found, *_ = np.linalg.lstsq(
        np.column_stack([np.log(x), np.ones(len(x))]), np.log(y), rcond=None
    )
    exponents = np.round(2 * found[:-1]) / 2
    factor = np.exp(np.median(np.log(y) - np.log(x) @ exponents))
    law = factor * np.prod(x**exponents, 1)
    cut = np.all(y % 1 == 0) and y.max() > 100 and np.abs(y - law).max() <= 1  # by //
    if not cut and not np.allclose(y, law, rtol=1e-4):
        return None
    parts = [f"{n}^{e:g}" for n, e in zip(names, exponents, strict=True) if e]
    law = " · ".join([*([] if abs(factor - 1) < 1e-4 else [f"{factor:.6g}"]), *parts]) or "1"
    return f"the law {law.replace('^1 ', ' ').removesuffix('^1')}; {wanted}"


# ---- where it is right


def where(cases, tolerance):
    """Which places are right where others are not, if the place tells something."""
    places = [_end(one, tolerance) for one in cases if not _all_close(one, tolerance)]
    if places and places[0] and len(set(places)) == 1:
        return places[0]
    good = [_all_close(one, tolerance) for one in cases]
    if not any(good):
        mine = [np.sort(_flat_of(one.mine)) for one in cases]
        wanted = [np.sort(_flat_of(one.wanted)) for one in cases]
        if all(close(x, y, tolerance).all() for x, y in zip(mine, wanted, strict=True)):
            return "the right numbers in other places: an order, a view or an index is wrong"
        return None
    if 2 * sum(good) > len(good):
        return f"right for {sum(good)} of the {len(good)} inputs: what is special here"
    return None


def _flat_of(arrays):
    return np.concatenate([x.ravel() for x in arrays])


def _all_close(one, tolerance):
    return all(
        x.shape == y.shape and close(x, y, tolerance).all()
        for x, y in zip(one.mine, one.wanted, strict=True)
    )


def _end(one, tolerance):
    """The first or the last alone along an axis is right, or wrong."""
    for x, y in zip(one.mine, one.wanted, strict=True):
        fit = close(x, y, tolerance)
        for axis in range(x.ndim):
            right = fit.all(axis=tuple(n for n in range(x.ndim) if n != axis))
            if len(right) < 3:
                continue
            for position, word in ((0, "first"), (-1, "last")):
                others = np.delete(right, position)
                if right[position] and not others.any():
                    return f"only the {word} along axis {axis} is right"
                if not right[position] and others.all():
                    return f"all but the {word} along axis {axis} are right"
    return None


# ---- shapes


def about_shapes(cases, right):
    """Two shapes that differ, and why."""
    one = next(one for one in cases if [x.shape for x in one.mine] != [y.shape for y in one.wanted])
    n = next(
        n for n, (x, y) in enumerate(zip(one.mine, one.wanted, strict=True)) if x.shape != y.shape
    )
    x, y = one.mine[n], one.wanted[n]
    part = f"part {n + 1} has " if len(one.wanted) > 1 else ""
    take = [Seen(c.case, c.mine[n : n + 1], c.wanted[n : n + 1]) for c in cases]
    words = constant(take) or (_one_of(take) if not y.ndim else _why(x, y, take))
    return f"{part}shape {x.shape} where {y.shape} is wanted: {words}"


def _one_of(cases):
    """Several numbers where one is wanted: whether it is among them, always at one place."""
    words = f"one number is wanted, not {cases[0].mine[0].size}"
    for place in range(cases[0].mine[0].size):
        if all(
            one.mine[0].size > place and close(one.mine[0].ravel()[place], one.wanted[0], 1e-4)
            for one in cases
        ):
            return f"{words}: number {place + 1} of them is right, return it alone"
    if all(close(one.mine[0].mean(), one.wanted[0], 1e-4).all() for one in cases):
        return f"{words}: their mean is right"
    if all(close(one.mine[0].sum(), one.wanted[0], 1e-4).all() for one in cases):
        return f"{words}: their sum is right"
    return f"{words}: a sum, a mean or an index is missing"


def _why(x, y, cases):
    if x.size == y.size and np.allclose(x.ravel(), y.ravel(), 1e-4, 1e-4):
        if [k for k in x.shape if k > 1] == [k for k in y.shape if k > 1]:
            side = "too many (keepdim, unsqueeze)" if x.ndim > y.ndim else "missing (keepdim=True)"
            return f"the right numbers in another shape: an axis of 1 is {side}"
        if sorted(x.shape) == sorted(y.shape):
            return "the right numbers in another shape: sizes are exchanged in view or reshape"
        return "the right numbers in another shape"
    differ = [one for one in cases if one.mine[0].shape != one.wanted[0].shape]
    rules = _of_answers(differ)
    words = _first(rules, differ, 1e-4, least=1)
    if words and words.startswith(changes.PLACES) and x.ndim < y.ndim:
        return "the right numbers, but two axes are joined to one: keep them apart"
    return words or _sizes(x, y)


def _sizes(x, y):
    if sorted(x.shape) == sorted(y.shape):
        return "the axes stand in another order"
    if x.ndim < y.ndim:
        gone = [n for n in range(y.ndim) if np.delete(y.shape, n).tolist() == list(x.shape)]
        if gone:
            return f"axis {gone[0]} is gone: a sum, a mean or an index over it, or no stack"
        return "axes are gone: a sum, a mean or an index over too many of them"
    if x.ndim > y.ndim:
        more = [n for n in range(x.ndim) if np.delete(x.shape, n).tolist() == list(y.shape)]
        if more:
            return (
                f"axis {more[0]} is one too many: a sum, a mean or an index over it is missing, "
                "or two axes met that should not"
            )
        return "axes too many: a sum, a mean or an index over them is missing"
    other = [n for n in range(y.ndim) if x.shape[n] != y.shape[n]]
    which = " and ".join(f"axis {n} has {x.shape[n]}, not {y.shape[n]}" for n in other)
    return f"{which}: a slice, a cat along another axis, or a sum over another one"


# ---- what the student's function does with other inputs


def unused(ask, right, cases):
    """An argument that changes nothing, although it should.  ask(case): what the student gives.

    Nothing is said of single whole numbers, which may stay the same by chance.
    """
    if whole(part for one in cases for part in one.mine):
        return None
    for name, value in cases[0].case.items():
        if not torch.is_tensor(value) and not isinstance(value, (float, np.ndarray)):
            continue
        told = False
        for one in cases:
            case = one.case | {name: _other(one.case[name])}
            try:
                wanted = numbers(right(*case.values()))
            except Exception:
                return None
            if all(close(x, y, 1e-5).all() for x, y in zip(wanted, one.wanted, strict=True)):
                continue
            mine = numbers(ask(case))
            if mine is None or [x.shape for x in mine] != [x.shape for x in one.mine]:
                told = False
                break
            if not all(close(x, y, 1e-6).all() for x, y in zip(mine, one.mine, strict=True)):
                told = False
                break
            told = True
        if told:
            return f"`{name}` is not used: another one gives the same answer"
    return None


def _other(value):
    if torch.is_tensor(value) or isinstance(value, np.ndarray):
        flat = value.reshape(-1)
        flat = flat.roll(1) if torch.is_tensor(value) else np.roll(flat, 1)
        flat = 0.9 * flat if "float" in str(value.dtype) else flat  # its mean is another, too
        return flat.reshape(value.shape)
    return 0.7 * value


def mixing(ask, right, cases, tolerance):
    """Pictures that reach each other: one alone is answered rightly, together they are not.

    Nothing is said of truths, which may be right alone by chance.
    """
    mine, wanted = _flat(cases)
    if np.isin(wanted, (0, 1)).all():
        return None
    for one in cases:
        batch = len(one.wanted[0]) if one.wanted[0].ndim else 0
        if (
            batch < 2
            or _all_close(one, tolerance)
            or max(np.ndim(value) for value in one.case.values()) < 3
        ):
            continue
        alone = [
            {
                k: v[n : n + 1] if hasattr(v, "shape") and v.ndim and len(v) == batch else v
                for k, v in one.case.items()
            }
            for n in range(batch)
        ]
        try:
            wanted = [numbers(right(*case.values())) for case in alone]
        except Exception:
            return None
        mine = [numbers(ask(case)) for case in alone]
        if all(
            x is not None
            and [p.shape for p in x] == [q.shape for q in y]
            and all(close(p, q, tolerance).all() for p, q in zip(x, y, strict=True))
            for x, y in zip(mine, wanted, strict=True)
        ):
            return (
                "right for one picture alone, not for several: pictures of the batch are mixed "
                "(axis 0 is in a mean, a sum or a softmax), or the first stands for all"
            )
        return None
    return None
