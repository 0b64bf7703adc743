"""Limits and defaults of the networks that wrong edits survived elsewhere (see tests/mutants)."""

import pytest

from colorlib import models


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: models.EnhancedUNet((0, 8)), r"channels must be two or more multiples of 8, got \(0, 8\)"),
        (lambda: models.EnhancedUNet((8,)), r"channels must be two or more multiples of 8, got \(8,\)"),
        (lambda: models.EnhancedUNet((8, 16), blocks=0), r"blocks must be in \[1, 1\], got 0"),
        (lambda: models.SIGGRAPH17(dropout=-0.5), r"dropout must be in \[0, 1\), got -0.5"),
        (lambda: models.SIGGRAPH17(width=0), r"width must be in \(0, 1\], got 0"),
        (lambda: models.SIGGRAPH17(width=1.01), r"width must be in \(0, 1\], got 1.01"),
        (lambda: models.ECCV16(bins=0), "bins must be None or at least 1, got 0"),
        (lambda: models.ECCV16(temperature=0), "temperature must be positive, got 0"),
    ],
)
def test_limits_are_where_they_are_said_to_be(build, message):
    with pytest.raises(ValueError, match=message):
        build()
