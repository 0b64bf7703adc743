"""Values as they come back from a student's function: read, compared, shown, and what looks wrong.

Nothing here knows any exercise.  Whatever the value is (None, text, a dictionary, NaN, a tensor
without storage), each function answers instead of raising.
"""

import inspect
import types
from itertools import permutations

import numpy as np
import torch

# ---- reading and comparing


def numbers(value):
    """A value as a tuple of float64 arrays, or None where it holds no numbers.

    A tuple or list of single numbers is one array: (low, high) is as good as an array of two.
    """
    if value is None or callable(value):
        return None
    try:
        arrays = tuple(map(_array, _parts(value)))
    except Exception:  # a student's object may raise anything
        return None
    if isinstance(value, (tuple, list)) and all(array.ndim == 0 for array in arrays):
        return (np.array(arrays),)
    return arrays


def _parts(value):
    return value if isinstance(value, (tuple, list)) else (value,)


def _array(part):
    if torch.is_tensor(part):
        part = part.detach().cpu().resolve_conj().resolve_neg()
        part = part.to(torch.complex128 if part.is_complex() else torch.float64).numpy()
    part = np.asarray(part)
    if part.dtype.kind not in "biufO":  # of O, numbers alone pass
        raise TypeError(part.dtype)
    return part.astype(np.float64)


def same(x, y, tolerance, finite=False):
    """Same structure, shapes and values; NaN equals NaN.  finite: only where x is finite."""
    x, y = numbers(x), numbers(y)
    if x is None or y is None:
        return x is y and not finite
    if [p.shape for p in x] != [q.shape for q in y]:
        return False
    if finite:
        y = [np.where(np.isfinite(p), q, p) for p, q in zip(x, y, strict=True)]
    return all(_close(p, q, tolerance).all() for p, q in zip(x, y, strict=True))


def _close(x, y, tolerance):
    return np.isclose(x, y, tolerance, tolerance, equal_nan=True)


# ---- showing


def show(value):
    """A value in a few words: shape and range of an array, a number as it is."""
    try:
        return _show(value)
    except Exception:  # a student's object may raise anything
        return type(value).__name__


def _show(value):
    if torch.is_tensor(value) or isinstance(value, np.ndarray):
        return _show_array(value)
    if isinstance(value, (tuple, list)) and 0 < len(value) <= 4:
        return "(" + ", ".join(map(show, value)) + ")"
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    if isinstance(value, (float, np.floating)):
        return f"{value:.5g}"
    if value is None or isinstance(value, (int, np.bool_, np.number)):
        return str(value)[:60]
    return "a function" if callable(value) else type(value).__name__


def _show_array(value):
    if value.ndim == 0:
        return f"{float(value):.5g}"
    if value.ndim == 1 and 0 < len(value) <= 4:
        return "[" + ", ".join(f"{float(x):.4g}" for x in value) + "]"
    words = f"{'tensor' if torch.is_tensor(value) else 'array'} {tuple(value.shape)}"
    (x,) = numbers(value) or [np.zeros(0)]
    known = x[~np.isnan(x)]
    if known.size:
        words += f" from {known.min():.3g} to {known.max():.3g}"
    return words if known.size == x.size else f"{words} with NaN"


# ---- what looks wrong

KINDS = {
    str: "a text: return the number itself, without quotes and f-strings",
    dict: "a dict: return the values themselves, in the order asked for",
    types.GeneratorType: "yield makes a generator: use return",
    types.CoroutineType: "async makes a coroutine: def alone",
}


def about_kind(value):
    """What a value is that holds no numbers, and what to do."""
    if inspect.iscoroutine(value):
        value.close()  # else Python warns that nobody awaited it
    for kind, words in KINDS.items():
        if isinstance(value, kind):
            return words
    if callable(value):
        return "a function: call it, with its brackets, and return what it gives"
    if any(part is None for part in _parts(value)):
        return "None among the values: one of them was never computed"
    if any("complex" in str(getattr(part, "dtype", type(part))) for part in _parts(value)):
        return "complex numbers: the root or the power of a negative number"
    return "something that holds no numbers"


def about_type(value, answer):
    """Right numbers of another type, precision or device than the answer's; None where it fits.

    Half precision counts as such with numbers that are right to two digits, and device with any.
    """
    exact = same(value, answer, 1e-4)
    for x, y in zip(_parts(value), _parts(answer), strict=False):
        short = str(getattr(x, "dtype", "")).removeprefix("torch.")
        if (
            short in ("float16", "bfloat16")
            and numbers(y)[0].size
            and same(x, y, 2e-2, finite=True)
        ):
            return (
                f"{short} is too short for these numbers (three digits, nothing above 65504): "
                "keep float32 or more"
            )
        if not torch.is_tensor(y):
            continue
        if torch.is_tensor(x) and x.device != y.device:
            return f"a result on {x.device}; the input is on {y.device}: keep it there (device=...)"
        if exact and not torch.is_tensor(x):
            return f"the right numbers, but as {type(x).__name__}: return a torch tensor"
        if exact and x.dtype != y.dtype:
            return f"the right numbers, but {x.dtype}: keep the input's {y.dtype}"
    return None


def about_numbers(mine, wanted):
    """What differs between two tuples of as many arrays: shapes, axes, NaN; None for all else."""
    for x, y in zip(mine, wanted, strict=True):
        if x.shape != y.shape:
            return _about_shape(x, y)
        if np.isnan(x).any() and not np.isnan(y).any():
            return "NaN: a division by zero, the root of a negative number, or an overflow"
    return None


def _about_shape(x, y):
    def equal(x, y):
        return x.shape == y.shape and np.allclose(x, y, rtol=1e-4, atol=1e-4)

    if equal(x.ravel(), y.ravel()):
        return f"the right numbers in another shape, {x.shape} for {y.shape}"
    if sorted(x.shape) == sorted(y.shape) and x.ndim <= 5:
        other = "the axes stand in another order"
        for axes in permutations(range(x.ndim)):
            if equal(x.transpose(axes), y):
                return f"the right numbers, but {other}: permute{axes} puts them right"
        return other
    if y.ndim and len(y) > 1 and equal(x, y[0]):
        return f"the first of {len(y)} alone"
    return "a reduction, an index or a stack over another axis than the one meant"


def about_pattern(pairs):
    """A rule that holds for all pairs (mine, wanted): a factor, an offset, rounding; or None.

    pairs: of equally many arrays of equal shapes.
    """
    if not pairs:
        return None
    x, y = (
        np.concatenate([part.ravel() for pair in pairs for part in pair[side]]) for side in (0, 1)
    )
    for digits in range(4):
        rounded, cut = np.round(y, digits), np.trunc(y * 10**digits) / 10**digits
        if np.any(y != rounded) and (np.allclose(x, rounded) or np.allclose(x, cut)):
            return "the right numbers, rounded: return them as they are"
    far = np.isfinite(x) & np.isfinite(y) & (np.abs(y) > 1e-3)
    if far.sum() < 2:
        return None
    ratio, step = np.median(x[far] / y[far]), np.median(x[far] - y[far])
    if abs(ratio) > 1e-6 and np.allclose(x, ratio * y, rtol=1e-3, atol=1e-6):
        if abs(ratio + 1) < 1e-3:
            return "the wrong sign"
        if abs(ratio) > 1:
            return f"everything is {ratio:.4g} times too large"
        return f"everything is {1 / ratio:.4g} times too small"
    if np.allclose(x, y + step, rtol=1e-4, atol=1e-4 * abs(step)):
        return f"everything is off by {step:+.4g}"
    return None


def about_place(mine, wanted, tolerance):
    """Which part, or which places along a short axis, are right where others are not; or None."""
    fits = [_close(x, y, tolerance) for x, y in zip(mine, wanted, strict=True)]
    if len(mine) > 1:
        right = np.array([fit.all() for fit in fits])
        if not right.any():
            return None
        good, bad = np.flatnonzero(right), np.flatnonzero(~right)
        rule = about_pattern([((mine[n],), (wanted[n],)) for n in bad])
        good, bad = (" and ".join(f"part {n + 1}" for n in part) for part in (good, bad))
        return f"{good} is right, {bad} is not" + (f": {rule}" if rule else "")
    (x,), (y,), (fit,) = mine, wanted, fits
    for axis in range(x.ndim):
        right = fit.all(axis=tuple(n for n in range(x.ndim) if n != axis))
        if 2 <= len(right) <= 8 and right.any():
            good, bad = np.flatnonzero(right), np.flatnonzero(~right)
            rule = about_pattern([((x.take(bad, axis),), (y.take(bad, axis),))])
            where = f"right at {good.tolist()} of axis {axis}, wrong at {bad.tolist()}"
            return where + (f": {rule}" if rule else "")
    return None
