"""The four numbers, by hand, by property, and catch 3: the printed magnitude depends on resolution."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from colorlib.prior import color_prior


def test_by_hand():
    ab = torch.tensor([[[[3.0, 0.0]], [[4.0, 0.0]]]])  # two pixels: (3, 4) and (0, 0)
    torch.testing.assert_close(color_prior(ab), torch.tensor([[1.5, 2.0, 1.5 + 2.0, 2.5]]))
    torch.testing.assert_close(color_prior(ab, "paper"), torch.tensor([[1.5, 2.0, 3.5, 5.0 / 2]]))


def test_against_numpy():
    ab = torch.randn(3, 2, 5, 7, generator=torch.Generator().manual_seed(0))
    a, b = ab.numpy()[:, 0].reshape(3, -1), ab.numpy()[:, 1].reshape(3, -1)
    wanted = [a.mean(1), b.mean(1), a.std(1) + b.std(1), np.hypot(a, b).mean(1)]
    np.testing.assert_allclose(color_prior(ab).numpy(), np.stack(wanted, 1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("factor", [2, 4])
def test_only_the_printed_magnitude_depends_on_resolution(factor):
    ab = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    large = ab.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    torch.testing.assert_close(color_prior(large), color_prior(ab))
    torch.testing.assert_close(color_prior(large, "paper")[:, 3], color_prior(ab, "paper")[:, 3] / factor)


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_where_a_pixel_stands_is_irrelevant(seed):
    g = torch.Generator().manual_seed(seed)
    ab = torch.randn(1, 2, 4, 6, generator=g)
    shuffled = ab.flatten(2)[..., torch.randperm(24, generator=g)].reshape(1, 2, 4, 6)
    torch.testing.assert_close(color_prior(shuffled), color_prior(ab))


def test_each_picture_has_its_own():
    ab = torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(color_prior(ab)[1:2], color_prior(ab[1:2]))


@pytest.mark.parametrize("magnitude", ["mean", "paper"])
def test_gradients_are_finite_on_grey_and_on_one_colour(magnitude):
    """The square roots have an infinite slope at zero: grey pixels gave nan, a constant colour infinity."""
    half_grey = torch.zeros(2, 4, 4)
    half_grey[:, :2] = 0.1
    ab = torch.stack([torch.zeros(2, 4, 4), torch.full((2, 4, 4), 0.25), half_grey])
    for i in range(4):
        x = ab.clone().requires_grad_()
        color_prior(x, magnitude)[:, i].sum().backward()
        assert torch.isfinite(x.grad).all()
        assert x.grad.abs().max() <= 1
    plain = ab[2].norm(dim=0).mean() if magnitude == "mean" else ab[2].norm() / 16
    torch.testing.assert_close(color_prior(ab, magnitude)[2, 3], plain)
    torch.testing.assert_close(color_prior(ab, magnitude)[0], torch.zeros(4), atol=1e-11, rtol=0)


@pytest.mark.parametrize("magnitude", ["mean", "paper"])
def test_gradients_are_the_formulas(magnitude):
    ab = torch.randn(2, 2, 3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: color_prior(x, magnitude), ab.requires_grad_())


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match=r"got \(2, 4, 4\)"):
        color_prior(torch.zeros(2, 4, 4))
    with pytest.raises(ValueError, match="'printed'"):
        color_prior(torch.zeros(1, 2, 4, 4), "printed")
