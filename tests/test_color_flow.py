"""From noise to colours: the path, the walk, and the two networks that draw."""

import math

import pytest
import torch

from colorlib import diffusion, models
from colorlib.diffusion import T, flow_path, flow_sample, offset_noise
from colorlib.methods import Stage
from colorlib.models.color_flow import ColorFlow, coarse, enlarged, walk
from colorlib.models.tints import TintMixture, absolute, draw, mixture, relative
from colorlib.prior import color_prior
from colorlib.training.steps import StepRandom, make_step


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def learnt(net, stage, pictures, steps, lr):
    """The network after so many steps on the same pictures."""
    step, _ = make_step(stage, {stage.part: net}, None)
    adam = torch.optim.Adam(net.parameters(), lr)
    for n in range(steps):
        loss, _ = step(net, pictures, StepRandom(n, len(pictures[0])), False)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return net


def test_the_path_goes_from_colours_to_noise_on_a_straight_line():
    x0, noise = normal(3, 2, 4, 4), normal(3, 2, 4, 4, seed=1)
    assert torch.equal(flow_path(x0, 0, noise)[0], x0)
    assert torch.equal(flow_path(x0, T, noise)[0], noise)
    x, velocity = flow_path(x0, torch.tensor([100, 500, 900]), noise)
    torch.testing.assert_close(velocity, noise - x0)
    torch.testing.assert_close(x[1], (x0[1] + noise[1]) / 2)
    torch.testing.assert_close(x[2], 0.1 * x0[2] + 0.9 * noise[2])


@pytest.mark.parametrize("strength", [0.0, 1.0, 2.0])
def test_offset_noise_has_variance_1_and_a_mean_of_its_own(strength):
    noise = offset_noise(normal(4000, 2, 8, 8), normal(4000, 2, seed=1), strength)
    assert noise.var().item() == pytest.approx(1, abs=0.05)
    shared = strength**2 / (1 + strength**2)
    assert noise.mean(dim=(2, 3)).var().item() == pytest.approx(shared + (1 - shared) / 64, abs=0.05)


def gaussian_velocity(mean, sigma):
    """The exact velocity where x_0 is normal with that mean and sigma: E[noise - x_0 | x_t]."""

    def velocity(x, t):
        s = t / T
        gain = (s - (1 - s) * sigma**2) / ((1 - s) ** 2 * sigma**2 + s**2)
        return gain * (x - (1 - s) * mean) - mean

    return velocity


@pytest.mark.parametrize("random", [False, True])
def test_the_walk_ends_in_the_distribution_that_the_velocity_belongs_to(random):
    velocity = gaussian_velocity(mean=0.7, sigma=0.5)
    generator = torch.Generator().manual_seed(2)
    fresh = (lambda: torch.randn(4000, 1, 2, 2, generator=generator)) if random else None
    x = flow_sample(velocity, normal(4000, 1, 2, 2), 200 if random else 20, fresh)
    assert x.mean().item() == pytest.approx(0.7, abs=0.02)
    assert x.std().item() == pytest.approx(0.5, abs=0.02)


def test_heun_is_of_second_order_and_one_step_is_the_mean():
    velocity, noise = gaussian_velocity(0.7, 0.5), normal(50, 1, 2, 2)
    exact = 0.7 + 0.5 * noise  # the flow between two normal distributions
    error = [(flow_sample(velocity, noise, n) - exact).abs().max().item() for n in (10, 20, 40)]
    assert error[0] / error[1] > 3
    assert error[1] / error[2] > 3
    torch.testing.assert_close(flow_sample(velocity, noise, 1), torch.full_like(noise, 0.7))
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        flow_sample(velocity, noise, 0)


def test_the_network_takes_any_side_and_starts_at_rest():
    net = ColorFlow((8, 16), fold=3)
    L, ab = normal(2, 1, 32, 41) / 4, normal(2, 2, 32, 41) / 10
    x = normal(2, 2, 11, 14)
    v = net(x, torch.tensor([3, 900]), L, ab)
    assert v.shape == x.shape == coarse(ab, 3).shape
    assert not v.any()


def test_coarse_is_the_mean_of_blocks():
    ab = normal(1, 2, 6, 6)
    torch.testing.assert_close(coarse(ab, 3)[0, :, 0, 1], ab[0, :, :3, 3:].mean(dim=(1, 2)))


def test_enlarging_lies_on_the_middles_of_the_pixels():
    """A ramp stays one inside, whatever the fold; what `coarse` had to pad is cut again."""
    ramp = torch.arange(1.5, 18, 3).expand(1, 2, 2, 6)  # the means of 0 1 2, 3 4 5, ... and a half
    wide = enlarged(ramp, 3, 5, 17)
    assert wide.shape == (1, 2, 5, 17)
    torch.testing.assert_close(wide[0, 0, 2, 1:16], torch.arange(1.5, 16))
    torch.testing.assert_close(coarse(enlarged(ramp, 3, 6, 18), 3)[..., 1:5], ramp[..., 1:5])


def test_a_walk_ends_in_colours_as_large_as_the_picture():
    torch.manual_seed(0)
    L, base, target = torch.zeros(2, 1, 9, 12), 0.1 * normal(2, 2, 9, 12), 0.1 * normal(2, 2, 3, 4)
    noise, asked = normal(2, 2, 3, 4, seed=1), []

    def straight(x, t, given, ab_base):
        """The velocity of the line from this noise to the target."""
        assert given is L
        assert ab_base is base
        asked.append(t.tolist())
        return noise - diffusion.COARSE * target

    ab = walk(straight, 3, L, base, noise, 2)
    assert asked == [[1000, 1000], [750, 750], [750, 750]]
    torch.testing.assert_close(ab, enlarged(target, 3, 9, 12))


def test_a_learnt_flow_draws_what_it_was_shown():
    """Pictures of one tint each, half of them red, half green, whatever L: the mean is neither."""
    torch.manual_seed(0)
    tint = torch.tensor([[0.2, 0.05], [-0.2, 0.05]]).repeat(32, 1)
    ab = tint[:, :, None, None].expand(64, 2, 12, 12)
    L, base = torch.zeros(64, 1, 12, 12), torch.zeros(64, 2, 12, 12)
    net = learnt(ColorFlow((16, 16), fold=3), Stage("flow", "flow", 1, "flow"), [L, ab, base], 300, 3e-3)
    with torch.no_grad():
        x = flow_sample(lambda x, t: net(x, t, L, base), offset_noise(normal(64, 2, 4, 4), normal(64, 2)), 10)
    a = x[:, 0].mean(dim=(1, 2)) / diffusion.COARSE
    assert 0.2 < (a > 0).float().mean() < 0.8
    assert (a.abs() - 0.2).abs().median() < 0.05


def test_the_numbers_of_a_prior_and_back():
    own, prior = color_prior(normal(5, 2, 8, 8) / 10), color_prior(normal(5, 2, 8, 8, seed=1) / 8)
    torch.testing.assert_close(absolute(relative(prior, own), own), prior)
    assert not relative(own, own).any()
    far = torch.tensor([[9.0, 0.0, 0.0, 0.0]]).expand(5, 4)  # a mean larger than the magnitude
    moved = absolute(far, own)
    assert (moved[:, 3] >= moved[:, :2].norm(dim=1) - 1e-6).all()


def test_the_mixture_is_a_distribution():
    numbers = normal(2, 3, 15)
    found = mixture(numbers)
    z = found.sample((20_000,))
    assert z.shape == (20_000, 2, 4)
    torch.testing.assert_close(z.mean(dim=0), found.mean, rtol=0, atol=0.1)
    one = mixture(torch.zeros(1, 1, 15))  # one kernel at 0, softplus(0) + 0.02 wide
    sigma = math.log(2) + 0.02
    expected = -0.5 * 4 * math.log(2 * math.pi * sigma**2)
    assert one.log_prob(torch.zeros(1, 4)).item() == pytest.approx(expected, abs=1e-5)


def test_a_mixture_learns_two_tints():
    torch.manual_seed(0)
    ab = torch.tensor([[0.2, 0.05], [-0.2, 0.05]]).repeat(32, 1)[:, :, None, None].expand(64, 2, 16, 16)
    L, base = torch.zeros(64, 1, 16, 16), torch.full((64, 2, 16, 16), 0.05)
    net = TintMixture((8, 8), kernels=3, dropout=0.0)
    learnt(net, Stage("tints", "tints", 1, "tint"), [L, ab, base], 150, 1e-2)
    with torch.no_grad():
        z = mixture(net(L[:1], base[:1])).sample((400,))[:, 0]
    a = absolute(z, color_prior(base[:1]).expand(400, 4))[:, 0]
    assert 0.3 < (a > 0).float().mean() < 0.7
    assert (a.abs() - 0.2).abs().median() < 0.03
    assert models.parameters(net) < 10_000


def test_asking_for_more_enlarges_the_spread_and_nothing_else():
    torch.manual_seed(0)
    net = TintMixture((8, 8), kernels=3).eval()
    L, base = normal(5, 1, 16, 16), 0.1 * normal(5, 2, 16, 16)
    own, choice, z = color_prior(base) + torch.tensor([0, 0, 0, 1.0]), torch.rand(5), normal(5, 4)
    with torch.no_grad():
        before = absolute(draw(net(L, base), choice, z), own)
        assert net.ask(1.25) is net
        after = absolute(draw(net(L, base), choice, z), own)
    torch.testing.assert_close(after, before * torch.tensor([1, 1, 1.25, 1]))


def test_training_looks_where_the_tint_is_settled():
    """t / T = 1 - u^2 with u uniform: a quarter of the times lie in the first 7 % of the path."""
    seen = []

    def net(x, t, L, base):
        seen.append(t)
        return torch.zeros_like(x)

    net.fold = 3
    step, _ = make_step(Stage("flow", "flow", 1, "flow"), {"flow": net}, None)
    step(net, [torch.zeros(4000, 1, 6, 6), torch.zeros(4000, 2, 6, 6), torch.zeros(4000, 2, 6, 6)],
         StepRandom(0, 4000), False)  # fmt: skip
    t = seen[0].float() / T
    assert t.min() > 0
    assert t.max() == 1
    assert (t > 0.93).float().mean().item() == pytest.approx(0.07**0.5, abs=0.03)
    assert t.mean().item() == pytest.approx(2 / 3, abs=0.02)
