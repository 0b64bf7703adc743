"""What trainings do to pictures: the same for all that lies on the same pixels, and as the real things do it."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from colorlib.training import augment
from colorlib.training.steps import StepRandom


def ramp(count, size=32):
    return torch.linspace(-0.5, 0.5, size).expand(count, 1, size, size)


def texture(count=3, size=40):
    rng = np.random.default_rng(0)
    x = np.stack([gaussian_filter(rng.normal(size=(size, size)), 2) for _ in range(count)])
    return torch.from_numpy(x / np.abs(x).max() * 0.45).float()[:, None]


def test_zoom_shows_a_share_from_nearer_and_further():
    (moved,) = augment.augment(StepRandom(3, 400), ramp(400), zoom=0.5)
    slope = ((moved[:, 0, 15:17, 17] - moved[:, 0, 15:17, 14]).mean(dim=1) * 31 / 3).abs()
    # Half of them lie evenly between log 0.6 and log 2, as what is seen grows.
    assert (slope > 1.2).float().mean() == pytest.approx(0.5 * np.log(1 / 1.2 / 0.6) / np.log(2 / 0.6), abs=0.08)
    assert (slope < 0.85).float().mean() == pytest.approx(0.5 * np.log(2 * 0.85) / np.log(2 / 0.6), abs=0.08)
    assert slope.min() > 0.4
    assert slope.max() < 2.1


def test_without_zoom_the_random_numbers_are_those_of_before():
    x = texture(8)
    once, again = StepRandom(5, 8), StepRandom(5, 8)
    augment.augment(once, x)
    augment.augment(again, x, zoom=0.0)
    assert torch.equal(once.uniform(0, 1), again.uniform(0, 1))


def test_what_gets_much_smaller_is_averaged_first():
    stripes = torch.tensor([-0.5, 0.5]).repeat(32).expand(200, 1, 64, 64)
    (moved,) = augment.augment(StepRandom(0, 200), stripes, zoom=1.0)
    contrast = moved.amax(dim=(1, 2, 3)) - moved.amin(dim=(1, 2, 3))
    assert (contrast < 0.1).float().mean() == pytest.approx(np.log(2 / 1.4) / np.log(2 / 0.6), abs=0.1)


@pytest.mark.parametrize("quality", [20, 49, 50, 75, 90])
def test_jpeg_is_what_a_jpeg_writer_does(quality):
    L = (texture() * 255).round() / 255
    ours = augment.as_jpeg(L, torch.full((3,), float(quality)))
    for x, y in zip(L[:, 0].numpy(), ours[:, 0].numpy(), strict=True):
        file = io.BytesIO()
        Image.fromarray(np.uint8(np.rint(x * 255 + 128))).save(file, "JPEG", quality=quality)
        theirs = (np.asarray(Image.open(file)).astype(float) - 128) / 255
        blocks = np.abs(y - theirs).reshape(5, 8, 5, 8).mean(axis=(1, 3)) * 255
        # The library rounds its pixels, which makes 0.25; a tie in rounding changes a whole block.
        assert (blocks < 0.35).mean() > 0.6
        assert np.abs(x - theirs).mean() > 1.3 * np.abs(y - theirs).mean()


def test_jpeg_takes_sides_that_are_no_multiple_of_8_and_a_quality_a_picture():
    L = texture(2, 37)
    both = augment.as_jpeg(L, torch.tensor([20.0, 90.0]))
    assert both.shape == L.shape
    torch.testing.assert_close(both[1:], augment.as_jpeg(L[1:], torch.tensor([90.0])))
    assert (both[0] - L[0]).abs().mean() > 2 * (both[1] - L[1]).abs().mean()


def test_blur_is_a_gaussian_of_each_pictures_own_width():
    L, sigma = texture(), torch.tensor([0.3, 0.8, 1.5])
    for x, y, s in zip(L[:, 0].numpy(), augment.blurred(L, sigma)[:, 0].numpy(), sigma, strict=True):
        theirs = gaussian_filter(x, s.item(), mode="nearest", radius=4)
        np.testing.assert_allclose(y, theirs, atol=2e-6)


def test_a_share_of_the_lightness_is_changed_and_stays_a_lightness():
    L = texture(200)
    varied = augment.vary_lightness(StepRandom(1, 200), L, share=0.5)
    same = ((varied - L).abs().amax(dim=(1, 2, 3)) < 1e-6).float().mean().item()
    assert same == pytest.approx(0.5 * 0.75**3, abs=0.08)
    assert varied.min() >= -0.5
    assert varied.max() <= 0.5
    assert torch.equal(augment.vary_lightness(StepRandom(1, 200), L, share=0.0), L)
    # Order is kept but for blur, grain and JPEG: a lighter place stays lighter.
    toned = varied.flatten(1).argsort()
    kept = (toned == L.flatten(1).argsort()).float().mean(dim=1) > 0.9
    assert kept.float().mean().item() > 0.3


def test_the_table_of_jpeg_is_that_of_a_jpeg_file():
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG", quality=50)
    assert augment.JPEG_TABLE.flatten().int().tolist() == list(Image.open(file).quantization[0])
