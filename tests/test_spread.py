"""models/spread.py: what hints let expect elsewhere is regression by a Gaussian process, pixel by pixel."""

import math

import numpy as np
import pytest
import torch

from colorlib.models import spread as module
from colorlib.models.spread import CELL, COLOUR, LIGHT, NOISE, PLACE, SHARED, spread_hints


def pictures(count=2, height=20, width=28, seed=0):
    generator = torch.Generator().manual_seed(seed)
    L = torch.rand(count, 1, height, width, generator=generator) - 0.5
    ab, hints = (0.2 * torch.randn(count, 2, height, width, generator=generator) for _ in range(2))
    return L, ab, hints, torch.zeros(count, 1, height, width)


def likeness(L, ab, y, x):
    short = min(L.shape[1:])
    place = [(y + 0.5) / short / PLACE, (x + 0.5) / short / PLACE]
    return np.array([*place, L[0, y, x] / LIGHT, *(ab[:, y, x] / COLOUR)], dtype=np.float64)


def test_it_is_the_posterior_mean_of_a_gaussian_process():
    L, ab, hints, mask = pictures(1)
    middles = [(1, 2), (10, 5), (17, 26)]  # each in a cell of its own
    for y, x in middles:
        mask[0, 0, y, x] = 1
    got = spread_hints(L, ab, hints, mask)[0].numpy()
    X = [likeness(L[0], ab[0], y, x) for y, x in middles]

    def k(p, q):
        return SHARED + math.exp(-0.5 * float(((p - q) ** 2).sum()))

    K = np.array([[k(p, q) for q in X] for p in X]) + NOISE * np.eye(3)
    misses = np.array([(hints - ab)[0, :, y, x].numpy() for y, x in middles])
    for y, x in [(0, 0), (10, 5), (19, 27), (7, 13)]:
        alike = np.array([k(likeness(L[0], ab[0], y, x), p) for p in X])
        wanted = ab[0, :, y, x].numpy() + alike @ np.linalg.solve(K, misses)
        np.testing.assert_allclose(got[:, y, x], wanted, atol=2e-5)


def test_the_marked_pixels_of_a_cell_are_one_observation_their_mean():
    L, ab, hints, mask = pictures(1)
    mask[0, 0, 2:5, 3:6] = 1
    flat = [x.clone() for x in (L, ab, hints)]
    for x in flat:
        x[0, :, 2:5, 3:6] = x[0, :, 2:5, 3:6].mean(dim=(1, 2), keepdim=True)
    one = torch.zeros_like(mask)
    one[0, 0, 3, 4] = 1  # the middle
    outside = mask[0, 0] == 0
    got, wanted = spread_hints(L, ab, hints, mask), spread_hints(*flat, one)
    torch.testing.assert_close(got[0][:, outside], wanted[0][:, outside], atol=1e-5, rtol=0)
    assert CELL > 6


def test_no_hint_and_a_hint_that_agrees_change_nothing_and_batches_are_alike():
    L, ab, hints, mask = pictures(3)
    mask[1, 0, 4:7, 4:7] = 1
    hints[1] = ab[1]
    mask[2, 0, 4:7, 20:25] = 1
    out = spread_hints(L, ab, hints, mask)
    assert torch.equal(out[0], ab[0])
    torch.testing.assert_close(out[1], ab[1])
    assert not torch.allclose(out[2], ab[2], atol=1e-2)
    for i in range(3):
        alone = spread_hints(*(x[i : i + 1] for x in (L, ab, hints, mask)))
        torch.testing.assert_close(out[i : i + 1], alone)


def test_it_tells_most_where_things_look_alike():
    L, ab = torch.zeros(1, 1, 32, 32), torch.zeros(1, 2, 32, 32)
    L[..., 16:] = 0.45  # the right half is much lighter
    hints, mask = torch.full_like(ab, 0.3), torch.zeros_like(L)
    mask[0, 0, 15:18, 7:10] = 1
    moved = spread_hints(L, ab, hints, mask)[0, 0]
    near, far, light = moved[16, 8], moved[0, 0], moved[16, 17]
    assert 0.2 < near < 0.3
    assert near > far > 1.5 * light > 0


def test_other_shapes_are_refused():
    L, ab, hints, mask = pictures(1)
    with pytest.raises(ValueError, match="hints must"):
        spread_hints(L, ab, hints[:, :1], mask)
    with pytest.raises(ValueError, match="mask must"):
        spread_hints(L, ab, hints, torch.cat([mask, mask], dim=1))
    assert module.kernel(torch.zeros(1, 5), torch.zeros(1, 5)).item() == pytest.approx(1 + SHARED)
