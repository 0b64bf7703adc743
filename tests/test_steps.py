"""Random numbers that do not depend on the number of processes, augmentation that keeps colours, losses by hand."""

import pytest
import torch

from colorlib import models
from colorlib.losses import WEIGHTS
from colorlib.methods import Stage
from colorlib.prior import color_prior
from colorlib.training import steps
from colorlib.training.augment import augment
from colorlib.training.run import find_vgg
from colorlib.training.steps import make_step


def batch(B=4, size=32):
    g = torch.Generator().manual_seed(0)
    return torch.rand(B, 1, size, size, generator=g) - 0.5, torch.randn(B, 2, size, size, generator=g) * 0.1


def test_two_processes_draw_what_one_draws():
    alone = steps.StepRandom(7, 6)
    both = [steps.StepRandom(7, 3, index=i, processes=2) for i in range(2)]
    for draw in (lambda d: d.uniform(-1, 2, 4), lambda d: d.normal(2, 3), lambda d: d.integers(50)):
        assert torch.equal(draw(alone), torch.cat([draw(d) for d in both]))
    assert not torch.equal(steps.StepRandom(8, 6).normal(2), steps.StepRandom(7, 6).normal(2))


def test_augmentation_moves_pixels_alike_and_keeps_colours():
    L, ab = batch()
    flat = ab.mean(dim=(2, 3), keepdim=True).expand_as(ab)
    moved, same = augment(steps.StepRandom(0, 4), L, flat)
    assert moved.shape == L.shape
    assert not torch.equal(moved, L)
    torch.testing.assert_close(same, flat, rtol=0, atol=1e-6)
    one, two, three = augment(steps.StepRandom(1, 4), ab[:, :1], ab, ab)
    assert torch.equal(two, three)
    assert torch.equal(one, two[:, :1])


def test_augmentation_mirrors_half_and_turns_and_scales_another_half_a_little():
    ramp = torch.linspace(-0.5, 0.5, 32).expand(400, 1, 32, 32)
    (moved,) = augment(steps.StepRandom(3, 400), ramp)
    slope = (moved[:, 0, 12:20, 20] - moved[:, 0, 12:20, 12]).mean(dim=1) * 31 / 8
    assert (slope < 0).float().mean() == pytest.approx(0.5, abs=0.1)
    still = (moved - ramp).abs().amax(dim=(1, 2, 3)) < 1e-6
    mirrored = (moved - ramp.flip(-1)).abs().amax(dim=(1, 2, 3)) < 1e-6
    assert (still | mirrored).float().mean() == pytest.approx(0.5, abs=0.1)
    assert slope.abs().min() > 0.85
    assert slope.abs().max() < 1.15


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.0), (1.0, 0.75), (0.5, 0.375)])
def test_a_share_of_the_priors_is_the_truths(share, expected):
    ab_base, ab = torch.zeros(2000, 2, 4, 4), batch(2000, 4)[1]
    prior = steps.steered_prior(steps.StepRandom(0, 2000), ab_base, ab, share)
    told = prior == color_prior(ab)
    assert told.float().mean().item() == pytest.approx(expected, abs=0.02)
    assert told.all(dim=1).float().mean().item() == pytest.approx(share * (0.5 + 0.5 / 16), abs=0.04)
    assert (told | (prior.abs() < 1e-9)).all()  # the prior of grey


@pytest.mark.parametrize(("warm", "noise", "expected"), [(True, True, 0), (False, False, 0), (False, True, 50)])
def test_warm_up_forbids_noise(monkeypatch, warm, noise, expected):
    seen = []
    original = steps.correct_once

    def spy(net, L, ab_base, t, *args, **options):
        seen.append(t.max().item())
        return original(net, L, ab_base, t, *args, **options)

    monkeypatch.setattr(steps, "correct_once", spy)
    torch.manual_seed(0)
    L, ab = batch(256, 16)
    stage = Stage("refine", "refiner", epochs=1, noise=noise)
    steps.refine_step(models.EnhancedUNet((8, 16)), L, ab, 0.5 * ab, stage, warm)
    assert seen == [expected]


def test_losses_of_single_networks():
    L, ab = batch()
    far = torch.full_like(ab, 0.5)  # the truth is about 0.1 in size: mostly beyond the bend at 0.1
    losses = {k: steps.predict_step(lambda L: ab + far, L, ab, k)[0].item() for k in ("huber", "squared", "rgb")}
    assert losses["huber"] == pytest.approx(0.5 - 0.05)
    assert losses["squared"] == pytest.approx(0.25)
    assert losses["rgb"] > 0.1
    assert steps.predict_step(lambda L: ab, L, ab, "rgb")[0] == 0
    with pytest.raises(ValueError, match="huber"):
        steps.predict_step(lambda L: ab, L, ab, "absolute")


def test_losses_are_taken_in_float32_under_mixed_precision():
    L, ab = batch()
    stage = Stage("refine", "refiner", epochs=1)
    vgg = find_vgg("smoke")
    arguments = (lambda L, x, t, prior, **_: 0.3 * x.float(), L, ab, 0.5 * ab, stage, False, vgg)
    full, _ = steps.refine_step(*arguments)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed, _ = steps.refine_step(*arguments)
    assert mixed.dtype == torch.float32
    assert mixed.item() == full.item()


def test_a_stage_may_learn_from_the_squared_error_alone():
    parts = {"base": lambda L: L.new_zeros(len(L), 2, *L.shape[2:]), "refiner": models.EnhancedUNet((8, 16))}
    for squared, expected in ((True, {"residual", "output", "diversity"}), (False, set(WEIGHTS))):
        loss = "squared" if squared else None
        stage = Stage("steering", "refiner", 1, "refine", loss, attention=True)
        step, _ = make_step(stage, parts, None, find_vgg("smoke"))
        draws = steps.StepRandom(0, 4)
        loss, terms = step(parts["refiner"], batch(4, 16), draws, warm=False)
        assert set(terms) == expected
        if squared:  # its weights: the two terms of ab, which say the same (catch 1)
            assert loss.item() == pytest.approx(0.6 * terms["output"].item(), rel=1e-5)
