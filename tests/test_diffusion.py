"""The schedules against their formulas, t = 0, the statistics of the noise, and the one-step correction."""

import math

import pytest
import torch

from colorlib import models
from colorlib.diffusion import correct_once, noise_schedule, q_sample


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_schedule_falls_from_one(name):
    alpha_bar = noise_schedule(name)
    assert alpha_bar.shape == (1001,)
    assert alpha_bar[0] == 1
    assert (alpha_bar[1:] < alpha_bar[:-1]).all()
    assert 0 <= alpha_bar[-1] < 1e-4


def test_linear_schedule_by_hand():
    alpha_bar = noise_schedule("linear")
    assert alpha_bar[1].item() == pytest.approx(1 - 1e-4)
    second_beta = 1e-4 + (0.02 - 1e-4) / 999
    assert alpha_bar[2].item() == pytest.approx((1 - 1e-4) * (1 - second_beta))


def test_cosine_schedule_by_hand():
    def f(t):
        return math.cos((t / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2

    alpha_bar = noise_schedule("cosine")
    for t in (1, 250, 500, 900):
        assert alpha_bar[t].item() == pytest.approx(f(t) / f(0), rel=1e-4)


def test_t_zero_changes_nothing():
    ab = torch.randn(3, 2, 4, 4, generator=generator())
    noise = torch.randn(3, 2, 4, 4, generator=generator(1))
    assert torch.equal(q_sample(ab, torch.zeros(3, dtype=torch.long), noise, noise_schedule()), ab)


@pytest.mark.parametrize("t", [5, 50, 500])
def test_mean_and_spread_of_the_noised_picture(t):
    alpha_bar = noise_schedule()
    ab = torch.full((1, 2, 300, 300), 0.3)
    x = q_sample(ab, torch.tensor([t]), torch.randn(ab.shape, generator=generator()), alpha_bar)
    assert x.mean().item() == pytest.approx(0.3 * alpha_bar[t].sqrt().item(), abs=0.01)
    assert x.std().item() == pytest.approx((1 - alpha_bar[t]).sqrt().item(), rel=0.02)


def test_each_picture_has_its_own_t():
    ab, noise = torch.ones(2, 2, 2, 2), torch.zeros(2, 2, 2, 2)
    x = q_sample(ab, torch.tensor([0, 1000]), noise, noise_schedule())
    assert x[0].min() == 1
    assert x[1].max() < 0.01


@pytest.mark.parametrize(("t", "message"), [([-1], "t must lie"), ([1001], "1001"), ([1, 2], "one step for each")])
def test_wrong_t_is_named(t, message):
    ab = torch.zeros(1, 2, 2, 2)
    with pytest.raises(ValueError, match=message):
        q_sample(ab, torch.tensor(t), ab, noise_schedule())


def test_wrong_schedule_and_noise_are_named():
    with pytest.raises(ValueError, match="'square'"):
        noise_schedule("square")
    with pytest.raises(ValueError, match="steps"):
        noise_schedule(steps=0)
    with pytest.raises(ValueError, match="noise must have the shape"):
        q_sample(torch.zeros(1, 2, 2, 2), torch.tensor([1]), torch.zeros(1, 2, 3, 3), noise_schedule())


@pytest.mark.parametrize("t", [0, 30])
def test_untrained_refiner_returns_the_base_exactly(t):
    L, base = torch.zeros(2, 1, 8, 8), torch.rand(2, 2, 8, 8, generator=generator()) - 0.5
    net = models.EnhancedUNet((8, 16)).eval()
    final, residual = correct_once(net, L, base, t, torch.zeros(2, 4))
    assert torch.equal(final, base)
    assert torch.equal(residual, torch.zeros_like(base))


def test_correction_adds_the_residual_of_the_noised_base():
    seen = {}

    def refiner(L, ab_noisy, t, prior, **options):
        seen.update(ab_noisy=ab_noisy, t=t, prior=prior, **options)
        return torch.full_like(ab_noisy, 0.25)

    L, base, noise = torch.zeros(2, 1, 4, 4), torch.full((2, 2, 4, 4), 0.5), torch.ones(2, 2, 4, 4)
    final, residual = correct_once(refiner, L, base, 40, "P", noise=noise, attend=False)
    alpha_bar = noise_schedule()[40]
    torch.testing.assert_close(seen["ab_noisy"], alpha_bar.sqrt() * base + (1 - alpha_bar).sqrt() * noise)
    assert seen["t"].tolist() == [40, 40]
    assert seen["prior"] == "P"
    assert seen["attend"] is False
    assert (final == 0.75).all()
    assert (residual == 0.25).all()


def test_the_result_is_kept_within_range():
    final, _ = correct_once(
        lambda L, x, t, P: torch.ones_like(x), torch.zeros(1, 1, 2, 2), torch.ones(1, 2, 2, 2), 0, None
    )
    assert final.max() == 1
