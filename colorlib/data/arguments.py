"""What an argument must be, checked in one place."""

from __future__ import annotations

import operator
from math import inf


def whole_number(name: str, value, low=0, high=inf, wanted: str | None = None) -> int:
    """The value as an int, if it is a whole number from low to high; else ValueError.

    Integers of numpy and of torch count, True and 2.0 do not. wanted: what the error says was
    wanted, None for the limits in words.
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is not None and low <= number <= high:
        return number
    limits = f", {low} or more" if high == inf else f" from {low} to {high}"
    raise ValueError(f"{name} must be {wanted or f'a whole number{limits}'}, got {value!r}")
