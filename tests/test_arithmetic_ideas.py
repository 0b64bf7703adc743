"""Limits, defaults and terms of the ideas that wrong edits survived elsewhere (tests/mutants), by plain formulas."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from colorlib import losses, metrics
from colorlib.diffusion import correct_once, noise_schedule

# diffusion.py


def test_schedules_keep_all_digits_of_float32():
    """A product of 1000 factors, each rounded, would be off by 1e-5."""
    linear = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    np.testing.assert_allclose(noise_schedule().double()[1:], linear, rtol=1e-7)
    angles = (np.arange(101) / 100 + 0.008) / 1.008 * np.pi / 2
    cosine = np.cos(angles[:-1]) ** 2 / np.cos(angles[0]) ** 2
    np.testing.assert_allclose(noise_schedule("cosine", 100).double()[:-1], cosine, rtol=1e-7)


def test_a_schedule_of_one_step():
    assert noise_schedule(steps=1).tolist() == pytest.approx([1, 1 - 1e-4])


def test_the_correction_is_kept_within_110_ab_units_on_both_sides():
    base = torch.tensor([-0.9, 0.9]).reshape(1, 2, 1, 1)
    final, residual = correct_once(lambda L, x, t, P: 5 * base, torch.zeros(1, 1, 1, 1), base, 0, None)
    assert final.flatten().tolist() == [-1, 1]
    assert torch.equal(residual, 5 * base)


# metrics.py


def test_intervals_come_from_2000_resamples_of_seed_0_and_hold_95_percent():
    a, b = np.random.default_rng(1).gamma(2, 50, (2, 30))
    plain = {"resamples": 2000, "seed": 0, "level": 0.95}
    for interval in (
        lambda **settings: metrics.bootstrap(a, **settings),
        lambda **settings: metrics.paired_bootstrap(a, b, **settings),
        lambda **settings: metrics.bootstrap_sums(np.divide, a, b, **settings),
    ):
        assert interval() == interval(**plain)
        for other in ({"resamples": 1999}, {"seed": 1}, {"level": 0.96}):
            assert interval() != interval(**{**plain, **other})


def test_colorfulness_by_its_formula():
    rgb = np.random.default_rng(0).integers(0, 256, (3, 9, 7, 3), dtype=np.uint8)
    for picture, found in zip(rgb, metrics.colorfulness(rgb), strict=True):
        red, green, blue = picture.reshape(-1, 3).T.astype(float)
        rg, yb = red - green, (red + green) / 2 - blue
        assert found == pytest.approx(
            np.sqrt(rg.std() ** 2 + yb.std() ** 2) + 0.3 * np.sqrt(rg.mean() ** 2 + yb.mean() ** 2)
        )


@pytest.mark.parametrize("level", [-0.5, 0, 1, 1.5])
def test_an_interval_has_a_level_between_0_and_1(level):
    with pytest.raises(ValueError, match=f"level must be between 0 and 1, got {level}"):
        metrics.bootstrap([1.0, 2.0], level=level)


@pytest.mark.filterwarnings("error")
def test_no_pixels_and_no_error_warn_of_nothing():
    black = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    assert metrics.psnr_pooled(metrics.mse(black, black)) == np.inf
    regions = metrics.by_region(black, black, np.ones((1, 8, 8), dtype=int))
    assert regions["lips"] == 0
    assert np.isnan(regions["skin"])


def test_regions_may_be_numbered_in_any_integers():
    truth, pred = np.zeros((2, 2, 2, 3), dtype=np.uint8), np.full((2, 2, 2, 3), 3, dtype=np.uint8)
    pred[1] = 1
    for dtype in (np.uint8, np.int16, np.uint64):
        labels = np.array([[[0, 1], [1, 1]], [[0, 0], [0, 5]]], dtype=dtype)
        found = metrics.by_region(truth, pred, labels)
        assert (found["skin"], found["lips"], found["background"]) == ((9 + 3) / 4, 9, 1)


def test_more_pictures_than_a_block_holds():
    value, low, high = metrics.bootstrap(np.arange(500_001.0), resamples=2)
    assert low == pytest.approx(value, rel=0.01)
    assert high == pytest.approx(value, rel=0.01)


# losses.py


@pytest.fixture(scope="module")
def vgg():
    return losses.VGGFeatures()


def test_random_vgg_is_seeded_and_drawn_as_he_et_al_do(vgg):
    torch.manual_seed(5)
    again, other = losses.VGGFeatures(seed=0), losses.VGGFeatures(seed=1)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1)), "the caller's random numbers go on as if nothing had been drawn"
    assert torch.equal(vgg.layers[0].weight, again.layers[0].weight)
    assert not torch.equal(vgg.layers[0].weight, other.layers[0].weight)
    for layer in vgg.layers:
        if isinstance(layer, torch.nn.Conv2d):
            fan_in = layer.weight[0].numel()
            assert layer.weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)
            assert not layer.bias.any()


def test_vgg_maps_by_plain_layers(vgg):
    """relu1_2, 2_2, 3_3 and 4_3 from the convolutions alone; the ImageNet state dict only changes their weights."""
    rgb = torch.rand(2, 3, 16, 24, generator=torch.Generator().manual_seed(0))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x, wanted = (rgb - mean[:, None, None]) / std[:, None, None], []
    convs = iter([layer for layer in vgg.layers if isinstance(layer, torch.nn.Conv2d)])
    for block, count in enumerate((2, 2, 3, 3)):
        x = F.max_pool2d(x, 2) if block else x
        for _ in range(count):
            conv = next(convs)
            x = F.relu(F.conv2d(x, conv.weight, conv.bias, padding=1))
        wanted.append(x)
    assert next(convs, None) is None, "nothing is computed that nobody reads"
    torch.testing.assert_close(vgg(rgb), wanted)

    state = {f"features.{key}": value + 0.01 for key, value in vgg.layers.state_dict().items()}
    loaded = losses.VGGFeatures({**state, "classifier.0.bias": torch.zeros(1)})
    assert loaded.label == "VGG16, ImageNet weights"
    torch.testing.assert_close(loaded.layers[21].weight, vgg.layers[21].weight + 0.01)
    assert not torch.allclose(loaded(rgb)[3], wanted[3])


def test_only_larger_pictures_are_shrunk():
    """To a square of `size`; one whose short side is `size`, or less, stays as it is."""
    small = losses.VGGFeatures(size=16)
    for given, used in [((16, 24), (16, 24)), ((15, 24), (15, 24)), ((17, 16), (17, 16)), ((17, 24), (16, 16))]:
        assert small(torch.rand(1, 3, *given))[0].shape[-2:] == used
    whole = torch.rand(1, 3, 32, 48)
    torch.testing.assert_close(small(whole), small(whole.reshape(1, 3, 16, 2, 16, 3).mean(dim=(3, 5))))


def test_maps_of_other_layers_cannot_be_compared():
    f = [torch.ones(1, 2, 2, 2)]
    for loss in (losses.perceptual_loss, losses.style_loss):
        with pytest.raises(ValueError, match="argument 2 is"):
            loss(f, f + f)
