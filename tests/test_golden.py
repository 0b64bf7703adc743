"""What the shipped networks compute, against one stored file: no edit of their arithmetic goes unseen.

Between one and two threads nothing changed, without oneDNN and in channels-last layout at most 6e-7 in ab' and 5e-8 in
the attention map; the tolerances are about ten times that, for other processors. In ab units they are 0.0006.
"""

import pytest
import torch
from safetensors.torch import load_file

from colorlib import weights
from reference import make_golden

TOLERANCE = {"ab": 5e-6, "residual": 5e-6, "attention": 5e-7, "hinted": 5e-6, "numbers": 5e-5,
             "velocity": 5e-5, "walked": 5e-5}  # fmt: skip


@pytest.fixture(scope="module")
def stored():
    return load_file(make_golden.FILE)


@pytest.mark.parametrize("name", weights.SHIPPED)
def test_the_shipped_networks_compute_what_they_always_did(stored, name):
    found = make_golden.golden(name)
    assert {f"{name}/{key}" for key in found} == {key for key in stored if key.startswith(name)}
    for key, value in found.items():
        atol = TOLERANCE[key.rsplit("/")[-1]]
        torch.testing.assert_close(
            value, stored[f"{name}/{key}"], atol=atol, rtol=0, msg=lambda m, key=key: f"{key}: {m}"
        )


def test_the_stored_values_are_worth_comparing(stored):
    """Far above the tolerance, and not of one picture, one channel or one region alone."""
    for key, value in stored.items():
        assert value[-1].sqrt() > 500 * TOLERANCE[key.rsplit("/")[-1]], key
        assert len(value[:-2].unique()) > 0.9 * len(value[:-2]), key
