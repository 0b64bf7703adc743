"""The one check of a whole number, by its words and its kinds of number."""

import math

import numpy as np
import pytest
import torch

from colorlib.data.arguments import whole_number


@pytest.mark.parametrize("value", [7, np.int64(7), np.uint8(7), torch.tensor(7)])
def test_whole_numbers_of_all_kinds(value):
    assert type(whole_number("t", value)) is int
    assert whole_number("t", value) == 7


@pytest.mark.parametrize("value", [1.0, "1", None, True, False, np.float64(2), [3], torch.tensor(1.5)])
def test_what_is_none(value):
    with pytest.raises(ValueError, match=r"^t must be a whole number, 0 or more, got "):
        whole_number("t", value)


def test_limits_are_in_the_words():
    for value, low, high, words in (
        (-1, 0, math.inf, "t must be a whole number, 0 or more, got -1"),
        (0, 1, math.inf, "t must be a whole number, 1 or more, got 0"),
        (9, 0, 8, "t must be a whole number from 0 to 8, got 9"),
        (-1, 0, 8, "t must be a whole number from 0 to 8, got -1"),
    ):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            whole_number("t", value, low, high)
        assert str(caught.value) == words
    assert [whole_number("t", n, 0, 8) for n in (0, 8)] == [0, 8]
    assert whole_number("t", -5, -math.inf) == -5
    with pytest.raises(ValueError, match=r"^t must be even, got 3\.5$"):
        whole_number("t", 3.5, wanted="even")
