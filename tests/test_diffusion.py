"""The schedules against their formulas, t = 0, the statistics of the noise, and the one-step correction."""

import math

import numpy as np
import pytest
import torch

from colorlib import models
from colorlib.diffusion import T, correct_once, noise_schedule, q_sample, whole_steps
from colorlib.models.enhanced_unet import timestep_embedding


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_schedule_falls_from_one(name):
    alpha_bar = noise_schedule(name)
    assert alpha_bar.shape == (T + 1,) == (1001,)
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


def test_schedules_by_numpy():
    """Every step of both, and of one that is not 1,000 long, from the papers' formulas."""
    for steps in (T, 37):
        linear = np.cumprod(1 - np.linspace(1e-4, 0.02, steps))
        np.testing.assert_allclose(noise_schedule("linear", steps).numpy()[1:], linear, rtol=1e-6)
        share = np.cos((np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2) ** 2
        cosine = np.cumprod(1 - np.minimum(1 - share[1:] / share[:-1], 0.999))
        np.testing.assert_allclose(noise_schedule("cosine", steps).numpy()[1:], cosine, rtol=1e-6)
    assert noise_schedule().equal(noise_schedule("linear", 1000))


def test_noised_pictures_by_numpy():
    alpha_bar = noise_schedule("cosine")
    ab, noise = (torch.randn(4, 2, 3, 5, generator=generator(seed)) for seed in (0, 1))
    t = torch.tensor([1, 70, 500, 1000])
    keep = alpha_bar.double().numpy()[t.numpy()].reshape(4, 1, 1, 1)
    wanted = np.sqrt(keep) * ab.double().numpy() + np.sqrt(1 - keep) * noise.double().numpy()
    np.testing.assert_allclose(q_sample(ab, t, noise, alpha_bar).numpy(), wanted, atol=1e-6)


def test_without_noise_and_schedule_it_draws_and_takes_the_linear_one():
    seen = []

    def refiner(L, ab_noisy, t, prior):
        seen.append(ab_noisy)
        return 0 * ab_noisy

    base = torch.rand(2, 2, 4, 4, generator=generator()) - 0.5
    torch.manual_seed(3)
    correct_once(refiner, torch.zeros(2, 1, 4, 4), base, 400, None)
    torch.manual_seed(3)
    torch.testing.assert_close(seen[0], q_sample(base, 400, torch.randn_like(base), noise_schedule("linear")))


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
    with pytest.raises(ValueError, match="noise must have ab's shape"):
        q_sample(torch.zeros(1, 2, 2, 2), torch.tensor([1]), torch.zeros(1, 2, 3, 3), noise_schedule())


def test_t_may_be_an_integer_or_a_tensor_everywhere():
    """One step for all pictures, or one for each, give the same; numpy's integers count."""
    torch.manual_seed(0)
    net = models.EnhancedUNet((8, 16)).eval()
    torch.nn.init.normal_(net.head.weight)
    L, base, prior, noise = torch.zeros(3, 1, 8, 8), torch.rand(3, 2, 8, 8), torch.rand(3, 4), torch.randn(3, 2, 8, 8)
    steps = {"int": 30, "numpy": np.int64(30), "scalar": torch.tensor(30), "one": torch.tensor([30])}
    steps |= {"each": torch.full((3,), 30), "short": torch.full((3,), 30, dtype=torch.int16), "list": [30] * 3}
    for ways in (
        [q_sample(base, t, noise, noise_schedule()) for t in steps.values()],
        [net(L, base, t, prior) for t in steps.values()],
        [correct_once(net, L, base, t, prior, noise)[0] for t in steps.values()],
        [timestep_embedding(t, 8).expand(3, 8) for t in steps.values()],
    ):
        for name, found in zip(steps, ways, strict=True):
            assert torch.equal(found, ways[0]), name


@pytest.mark.parametrize("t", [1.7, 2.0, torch.tensor(3.0), torch.tensor([0.5, 1.0]), True, np.float32(1)])
def test_a_float_step_is_refused_everywhere(t):
    """It was cut to an integer here and taken as it was there."""
    net = models.EnhancedUNet((8, 16)).eval()
    L, base, prior = torch.zeros(2, 1, 8, 8), torch.zeros(2, 2, 8, 8), torch.zeros(2, 4)
    for call in (
        lambda: q_sample(base, t, base, noise_schedule()),
        lambda: net(L, base, t, prior),
        lambda: correct_once(net, L, base, t, prior),
        lambda: timestep_embedding(t, 8),
    ):
        with pytest.raises(TypeError, match="t must be an integer or a tensor of integers, got"):
            call()


@pytest.mark.parametrize(("wrong", "most"), [("L", 1), ("ab_base", 2), ("prior", 2)])
def test_other_units_are_refused(wrong, most):
    given = {"L": torch.ones(1, 1, 2, 2), "ab_base": torch.full((1, 2, 2, 2), -2.0), "prior": torch.full((1, 4), 2.0)}
    correct_once(lambda L, x, t, P: x, **given, t=0)
    given[wrong] = 1.01 * given[wrong]
    with pytest.raises(ValueError, match=f"^{wrong} must be within {most} of 0, got .*: model units, see color.py$"):
        correct_once(lambda L, x, t, P: x, **given, t=0)


def test_steps_follow_their_pictures():
    """To their device, and to indices: a tensor of bytes in brackets would be a mask."""
    assert whole_steps(3, torch.zeros(2, 1, device="meta")).device.type == "meta"
    steps = whole_steps(torch.tensor([1, 0], dtype=torch.uint8), torch.zeros(2, 1))
    assert (steps.dtype, steps.tolist()) == (torch.int64, [1, 0])
    for wrong in (torch.tensor([1, 2]), torch.tensor([[1, 2, 3]])):
        with pytest.raises(ValueError, match=r"t must have shape \(3,\), one step for each picture, got"):
            whole_steps(wrong, torch.zeros(3, 1))


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
    prior = torch.rand(2, 4)
    final, residual = correct_once(refiner, L, base, 40, prior, noise=noise, attend=False)
    alpha_bar = noise_schedule()[40]
    torch.testing.assert_close(seen["ab_noisy"], alpha_bar.sqrt() * base + (1 - alpha_bar).sqrt() * noise)
    assert seen["t"].tolist() == [40, 40]
    assert seen["prior"] is prior
    assert seen["attend"] is False
    assert (final == 0.75).all()
    assert (residual == 0.25).all()


def test_the_result_is_kept_within_range():
    final, _ = correct_once(
        lambda L, x, t, P: torch.ones_like(x), torch.zeros(1, 1, 2, 2), torch.ones(1, 2, 2, 2), 0, None
    )
    assert final.max() == 1
