"""Values as they come back from a student's function: read as numbers, compared, shown, and what
looks wrong with them.

Nothing here knows any exercise.  Whatever the value is (None, text, a dictionary, NaN, a tensor
without storage), each function answers instead of raising.
"""

import inspect
from itertools import permutations

import numpy as np
import torch


def numbers(value):
    """A value as a tuple of float64 arrays, or None where it holds no numbers.

    A tuple or list of single numbers is one array: (low, high) is as good as an array of two.
    """
    if value is None or callable(value):
        return None
    several = isinstance(value, (tuple, list))
    try:
        arrays = tuple(_array(part) for part in (value if several else (value,)))
    except Exception:  # a student's object may raise anything
        return None
    if several and all(array.ndim == 0 for array in arrays):
        return (np.array(arrays),)
    return arrays


def _array(part):
    if torch.is_tensor(part):
        part = part.detach().cpu().resolve_conj().resolve_neg()
        part = part.to(torch.complex128 if part.is_complex() else torch.float64).numpy()
    part = np.asarray(part)
    if part.dtype.kind == "O":
        part = part.astype(np.float64)
    if part.dtype.kind not in "biuf":
        raise TypeError(part.dtype)
    return part.astype(np.float64)


def same(x, y, tolerance, finite=False):
    """Same structure, shapes and values; NaN equals NaN.  finite: only where x is finite."""
    x, y = numbers(x), numbers(y)
    if x is None or y is None:
        return x is y and not finite
    return len(x) == len(y) and all(
        p.shape == q.shape
        and np.allclose(
            p, np.where(np.isfinite(p), q, p) if finite else q, tolerance, tolerance, equal_nan=True
        )
        for p, q in zip(x, y, strict=True)
    )


def show(value):
    """A value in a few words: shape and range of an array, a number as it is."""
    try:
        return _show(value)
    except Exception:  # a student's object may raise anything
        return type(value).__name__


def _show(value):
    if torch.is_tensor(value) or isinstance(value, np.ndarray):
        if value.ndim == 0:
            return f"{float(value):.5g}"
        if value.ndim == 1 and 0 < len(value) <= 4:
            return "[" + ", ".join(f"{float(x):.4g}" for x in value) + "]"
        words = f"{'tensor' if torch.is_tensor(value) else 'array'} {tuple(value.shape)}"
        x = numbers(value)
        if x is None or not x[0].size:
            return words
        nan = " with NaN" if np.isnan(x[0]).any() else ""
        with np.errstate(all="ignore"):
            low, high = (
                np.nanmin(x[0]) if not np.isnan(x[0]).all() else np.nan,
                np.nanmax(np.r_[x[0].ravel(), -np.inf]),
            )
        return f"{words}{nan}" if np.isnan(low) else f"{words} from {low:.3g} to {high:.3g}{nan}"
    if isinstance(value, (tuple, list)) and 0 < len(value) <= 4:
        return "(" + ", ".join(show(part) for part in value) + ")"
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    if isinstance(value, (bool, np.bool_)) or value is None:
        return str(value)
    if isinstance(value, (int, float, np.number)):
        return f"{value:.5g}" if isinstance(value, (float, np.floating)) else str(value)[:60]
    return "a function" if callable(value) else type(value).__name__


# What looks wrong
# ------------------------------------------------------------------------------------------------


def about_kind(value):
    """What a value is that holds no numbers, and what to do."""
    if isinstance(value, str):
        return "a text: return the number itself, without quotes and f-strings"
    if isinstance(value, dict):
        return "a dict: return the values themselves, in the order asked for"
    if inspect.isgenerator(value):
        return "yield makes a generator: use return"
    if inspect.iscoroutine(value):
        value.close()
        return "async makes a coroutine: def alone"
    if callable(value):
        return "a function: call it, with its brackets, and return what it gives"
    parts = value if isinstance(value, (tuple, list)) else (value,)
    if any(part is None for part in parts):
        return "None among the values: one of them was never computed"
    if any(
        getattr(part, "dtype", None) in (torch.complex64, torch.complex128) for part in parts
    ) or any(
        isinstance(part, complex) or getattr(getattr(part, "dtype", None), "kind", "") == "c"
        for part in parts
    ):
        return "complex numbers: the root or the power of a negative number"
    return "something that holds no numbers"


def about_type(value, answer):
    """Right numbers of another type, precision or device than the answer's; None where it fits.

    Half precision counts as such with numbers that are right to two digits, and device with any.
    """
    values = value if isinstance(value, (tuple, list)) else (value,)
    answers = answer if isinstance(answer, (tuple, list)) else (answer,)
    exact = same(value, answer, 1e-4)
    for x, y in zip(values, answers, strict=False):
        short = str(getattr(x, "dtype", "")).removeprefix("torch.")
        if short in ("float16", "bfloat16") and np.asarray(numbers(y)[0]).size and _near(x, y):
            return f"{short} is too short for these numbers (three digits, nothing above 65504): keep float32 or more"
        if not torch.is_tensor(y):
            continue
        if torch.is_tensor(x) and x.device != y.device:
            return f"a result on {x.device}; the input is on {y.device}: keep it there (device=...)"
        if exact and not torch.is_tensor(x):
            return f"the right numbers, but as {type(x).__name__}: return a torch tensor"
        if exact and x.dtype != y.dtype:
            return f"the right numbers, but {x.dtype}: keep the input's {y.dtype}"
    return None


def _near(x, y):
    """Equal to two digits wherever x did not overflow."""
    x, y = numbers(x), numbers(y)
    if x is None or x[0].shape != y[0].shape:
        return False
    fits = np.isfinite(x[0])
    return np.allclose(x[0][fits], y[0][fits], rtol=2e-2, atol=2e-2)


def about_numbers(mine, wanted):
    """What differs between two tuples of arrays of equal length: shapes, axes, NaN; None where
    nothing tells.
    """
    for x, y in zip(mine, wanted, strict=True):
        if x.shape != y.shape:
            return _about_shape(x, y)
        if np.isnan(x).any() and not np.isnan(y).any():
            return "NaN: a division by zero, the root of a negative number, or an overflow"
    return None


def _about_shape(x, y):
    if x.size == y.size and np.allclose(x.ravel(), y.ravel(), rtol=1e-4, atol=1e-4):
        return f"the right numbers in another shape, {x.shape} for {y.shape}"
    if sorted(x.shape) == sorted(y.shape) and x.ndim <= 5:
        for axes in permutations(range(x.ndim)):
            turned = x.transpose(axes)
            if turned.shape == y.shape and np.allclose(turned, y, rtol=1e-4, atol=1e-4):
                return f"the right numbers, but the axes stand in another order: permute{axes} puts them right"
        return "the axes stand in another order"
    if (
        y.ndim
        and len(y) > 1
        and x.shape == y.shape[1:]
        and np.allclose(x, y[0], rtol=1e-4, atol=1e-4)
    ):
        return f"the first of {len(y)} alone"
    return "a reduction, an index or a stack over another axis than the one meant"


def about_pattern(pairs):
    """A rule that holds for all pairs (mine, wanted) of equal shapes: a factor, an offset,
    rounding; or None.
    """
    if not pairs:
        return None
    x, y = (
        np.concatenate([part.ravel() for pair in pairs for part in pair[side]]) for side in (0, 1)
    )
    for digits in range(4):
        cut = np.trunc(y * 10**digits) / 10**digits
        if np.any(y != np.round(y, digits)) and (
            np.allclose(x, np.round(y, digits)) or np.allclose(x, cut)
        ):
            return "the right numbers, rounded: return them as they are"
    far = np.isfinite(x) & np.isfinite(y) & (np.abs(y) > 1e-3)
    if far.sum() < 2:
        return None
    ratio, step = np.median(x[far] / y[far]), np.median(x[far] - y[far])
    if abs(ratio) > 1e-6 and np.allclose(x, ratio * y, rtol=1e-3, atol=1e-6):
        if abs(ratio + 1) < 1e-3:
            return "the wrong sign"
        large = abs(ratio) > 1
        return f"everything is {ratio if large else 1 / ratio:.4g} times too {'large' if large else 'small'}"
    if np.allclose(x, y + step, rtol=1e-4, atol=1e-4 * abs(step)):
        return f"everything is off by {step:+.4g}"
    return None


def about_place(mine, wanted, tolerance):
    """Which part, or which places along a short axis, are right where the others are not; None
    where none is.
    """
    fits = [
        np.isclose(x, y, tolerance, tolerance, equal_nan=True)
        for x, y in zip(mine, wanted, strict=True)
    ]
    if len(mine) > 1:
        fine = [bool(fit.all()) for fit in fits]
        if not any(fine):
            return None
        wrong = [n for n, right in enumerate(fine) if not right]
        rule = about_pattern([((mine[n],), (wanted[n],)) for n in wrong])
        good = " and ".join(f"part {n}" for n, right in enumerate(fine, start=1) if right)
        bad = " and ".join(f"part {n + 1}" for n in wrong)
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
