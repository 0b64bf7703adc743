"""Values as they come back from a student's function: read, compared, shown, and what looks wrong.

Nothing here knows any exercise.  Whatever the value is (None, text, a dictionary, NaN, a tensor
without storage), each function answers instead of raising.
"""

import contextlib
import inspect
import types

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
    return all(close(p, q, tolerance).all() for p, q in zip(x, y, strict=True))


def close(x, y, tolerance):
    """Where two arrays agree, NaN with NaN; tolerance: relative and absolute."""
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
    if isinstance(value, (tuple, list)) and any(isinstance(x, (tuple, list)) for x in value):
        kinds = f"a {type(value).__name__} of {len(value)} {type(value[0]).__name__}s"
        return f"{kinds}, one a picture: put the pictures together (torch.stack, or all at once)"
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
        if not torch.is_tensor(y) or (exact and y.ndim == 0 and not getattr(x, "ndim", 0)):
            continue  # one number is one number: a float, .item() or a tensor
        if torch.is_tensor(x) and x.device != y.device:
            return f"a result on {x.device}; the input is on {y.device}: keep it there (device=...)"
        if exact and not torch.is_tensor(x):
            return f"the right numbers, but as {type(x).__name__}: return a torch tensor"
        if exact and x.dtype != y.dtype:
            return f"the right numbers, but {x.dtype}: keep the input's {y.dtype}"
    return None


def about_count(mine, wanted, tolerance):
    """Another number of values than wanted, and which of them is right, or how to join them."""
    some, many = len(wanted), len(mine)
    if some == 1:
        words = f"one value is wanted, not {many}"
        fits = [n + 1 for n, x in enumerate(mine) if _equal(x, wanted[0], tolerance)]
        if fits:
            return f"{words}: number {fits[0]} of them is right, return it alone"
        for axis in range(wanted[0].ndim):
            for how in (np.stack, np.concatenate):
                with contextlib.suppress(Exception):
                    if _equal(how(mine, axis), wanted[0], tolerance):
                        if how is np.stack and axis == 0:
                            return (
                                f"{words}: the right numbers, but as a list of {many}: return one "
                                "tensor (torch.stack, or torch.tensor)"
                            )
                        name = "stack" if how is np.stack else "cat"
                        return f"{words}: torch.{name}(..., dim={axis}) makes one of them"
        return words
    words = f"{some} separate values are wanted, not {many}"
    if many == 1:
        for axis in range(mine[0].ndim):
            with contextlib.suppress(Exception):
                ends = np.cumsum([y.shape[axis] for y in wanted])[:-1]
                apart = np.split(mine[0], ends, axis)
                if all(_equal(x, y, tolerance) for x, y in zip(apart, wanted, strict=True)):
                    return f"{words}: they are joined along axis {axis}; return them apart"
        for axis in range(mine[0].ndim):
            if mine[0].shape[axis] == some:
                apart = np.moveaxis(mine[0], axis, 0)
                if all(_equal(x, y, tolerance) for x, y in zip(apart, wanted, strict=True)):
                    return f"{words}: they are stacked along axis {axis}; return them apart"
        for n, y in enumerate(wanted):
            if _equal(mine[0], y, tolerance):
                return f"{words}: number {n + 1} of them is there, the others are missing"
    if many > some and all(_equal(x, y, tolerance) for x, y in zip(mine, wanted, strict=False)):
        return f"{words}: the first {some} are right, leave out the rest"
    return words


def _equal(x, y, tolerance):
    return x.shape == y.shape and bool(close(x, y, tolerance).all())
