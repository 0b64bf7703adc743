"""Limits and defaults of the training, which wrong edits survived elsewhere, by plain formulas."""

import dataclasses
import inspect
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.fft import dctn, idctn

from colorlib.methods import Stage
from colorlib.training import augment, schedule, validation
from colorlib.training.steps import StepRandom

# augment.py


class Recorded(StepRandom):
    """Remembers which ranges were asked for."""

    asked = ()

    def uniform(self, low, high, *shape):
        self.asked = (*self.asked, (low, high, *shape))
        return super().uniform(low, high, *shape)


def test_how_far_pictures_are_moved():
    random = Recorded(0, 4)
    augment.augment(random, torch.zeros(4, 1, 8, 8), zoom=0.5)
    near = [(0, 1), (-5, 5), (-0.08, 0.08), (0, 1), (-0.04, 0.04, 2)]
    assert [*random.asked] == [*near, (0, 1), (-15, 15), (math.log(0.6), math.log(2)), (-0.25, 0.25, 2)]


def test_moves_by_hand():
    """Half of the pictures are turned, scaled and shifted, half mirrored; the same random numbers drawn again."""
    x = torch.rand(24, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    (found,) = augment.augment(StepRandom(4, 24), x)
    random = StepRandom(4, 24)
    moved = random.uniform(0, 1) < 0.5
    turn, grow = random.uniform(-5, 5), random.uniform(-0.08, 0.08)
    mirror, shift = random.uniform(0, 1) < 0.5, random.uniform(-0.04, 0.04, 2)
    assert 4 < moved.sum() < 20
    for i in range(24):
        angle, size = (math.radians(turn[i]), 1 + grow[i].item()) if moved[i] else (0, 1)
        right, down = (2 * shift[i]).tolist() if moved[i] else (0, 0)
        c, s, sign = size * math.cos(angle), size * math.sin(angle), -1 if mirror[i] else 1
        matrix = torch.tensor([[[sign * c, -s, right], [sign * s, c, down]]])
        grid = F.affine_grid(matrix, (1, 1, 12, 12), align_corners=False)
        wanted = F.grid_sample(x[i : i + 1], grid, padding_mode="reflection", align_corners=False)
        torch.testing.assert_close(found[i : i + 1], wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("quality", [1, 20, 49.5, 50, 70.5, 100])
def test_jpeg_by_hand(quality):
    """The steps in whole numbers, the cosine transform by SciPy; at 70.5 a step ends on 0.99 and is cut."""
    x = torch.rand(1, 1, 16, 24, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 0.5
    scale = math.floor(5000 / quality if quality < 50 else 200 - 2 * quality)
    step = np.clip((augment.JPEG_TABLE.numpy().astype(int) * scale + 50) // 100, 1, 255)
    wanted = np.empty((16, 24))
    for i in range(0, 16, 8):
        for j in range(0, 24, 8):
            block = dctn(255 * x[0, 0, i : i + 8, j : j + 8].numpy(), norm="ortho")
            wanted[i : i + 8, j : j + 8] = idctn(np.round(block / step) * step, norm="ortho") / 255
    found = augment.as_jpeg(x.float(), torch.tensor([float(quality)]))
    np.testing.assert_allclose(found[0, 0], wanted, atol=1e-4)


def test_lightness_by_hand():
    """Four changes after one another, each clipped before the next; the same random numbers drawn again."""
    L = (torch.rand(64, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1).clamp(-0.5, 0.5)
    found = augment.vary_lightness(StepRandom(3, 64), L, share=2)  # half of that is every picture
    random = StepRandom(3, 64)

    def number(low, high):
        return random.uniform(low, high).reshape(-1, 1, 1, 1)

    x = (L + 0.5).clamp(min=1e-3) ** torch.exp(number(-0.5, 0.5)) - 0.5
    middle = x.mean(dim=(2, 3), keepdim=True)
    x = middle + (x - middle) * number(0.6, 1.2) + number(-0.08, 0.08)
    random.uniform(0, 1)
    x = augment.blurred(x.clamp(-0.5, 0.5), random.uniform(0.3, 1.5))
    random.uniform(0, 1)
    x = x + random.normal(1, 16, 16) * number(0.005, 0.05)
    random.uniform(0, 1)
    assert x.max() > 0.5
    assert x.min() < -0.5
    x = augment.as_jpeg(x.clamp(-0.5, 0.5), random.uniform(20, 90))
    assert x.max() > 0.5
    assert x.min() < -0.5
    torch.testing.assert_close(found, x.clamp(-0.5, 0.5))


def test_a_blur_reaches_four_pixels():
    x = torch.zeros(2, 1, 11, 11)
    x[:, :, 5, 5] = 1
    weight = torch.exp(-0.5 * (torch.arange(-5, 6) / torch.tensor([[0.7], [3.0]])) ** 2)
    weight[:, [0, -1]] = 0
    weight = weight / weight.sum(dim=1, keepdim=True)
    torch.testing.assert_close(augment.blurred(x, torch.tensor([0.7, 3.0]))[:, 0], weight[:, :, None] * weight[:, None])


def test_further_away_is_seen_in_half_the_size():
    """A picture shrunk to 1 / 1.4 or less is averaged over 2 x 2 pixels first."""

    class Fixed:
        def __init__(self, size):
            self.size = size

        def uniform(self, low, high, *shape):
            value = self.size if low == math.log(0.6) else 0.0 if low else 0.5  # the mirror and the first half: no
            return torch.full((1, *shape), float(value))

    x = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    for size, averaged in ((1.39, False), (1.41, True)):
        (found,) = augment.augment(Fixed(math.log(size)), x, zoom=0.6)
        grid = F.affine_grid(torch.tensor([[[size, 0, 0], [0, size, 0]]]).float(), x.shape, align_corners=False)
        wanted = F.grid_sample(
            F.avg_pool2d(x, 2) if averaged else x, grid, padding_mode="reflection", align_corners=False
        )
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


# schedule.py


PRESETS = {  # size, images, val_images, width, channels, batch, epochs, vgg_size, shrink, dropout, more, steering, grow
    "smoke": (32, 64, 32, 1 / 16, (8, 16, 16), 16, (1 / 30, 1 / 30), 16, 1, 0, 1.2, 0, 0),
    "lesson": (64, 1500, 200, 1 / 8, (16, 32, 48, 64), 32, (0.2, 0.2), 16, 1, 0, 1.2, 8, 0),
    "shipped": (96, None, 400, 1 / 4, (32, 64, 96), 64, (1, 0.1), 16, 2, 0.1, 1.15, 8, 0.8),
    "drawn": (64, 6000, 400, 1 / 8, (16, 32, 48, 64), 32, (1, 0.2), 16, 1, 0, 1.2, 8, 0),
    "colab": (128, 10_000, 500, 1 / 2, (48, 96, 144, 192), 32, (0.5, 0.5), 64, 1, 0, 1.2, 8, 0),
    "paper": (256, None, None, 1, (64, 128, 256, 256), 8, (1, 1), None, 1, 0, 1.2, 0, 0),
}


def test_presets():
    found = {
        name: (p.size, p.images, p.val_images, p.width, p.channels, p.batch, p.epochs, p.vgg_size, p.shrink, p.dropout,
               p.more, p.steering, p.grow)
        for name, p in schedule.PRESETS.items()
        if name in PRESETS
    }  # fmt: skip
    assert found == PRESETS
    assert {schedule.PRESETS[name].folds for name in PRESETS} == {2}
    assert [name for name in PRESETS if schedule.PRESETS[name].small] == ["shipped"]
    assert {name: schedule.PRESETS[name].wide for name in PRESETS} == dict.fromkeys(PRESETS, (0.0, 0.0)) | {
        "shipped": (0.2, 0.1)
    }


@pytest.mark.parametrize(
    ("epochs", "told"),
    [
        (1, [("x", 1, 1.0, 1e-3, "base")]),  # one epoch cannot be two
        (2, [("x, small", 1, 2 / 3, 1e-3, "base"), ("x, full size", 1, 1.0, 5e-4, "")]),
        (10, [("x, small", 8, 2 / 3, 1e-3, "base"), ("x, full size", 2, 1.0, 5e-4, "")]),
    ],
)
def test_a_network_grows_with_its_pictures(epochs, told):
    p = dataclasses.replace(schedule.preset("smoke"), grow=0.8, epochs=(1, 1))
    found = schedule._scaled(Stage("x", "x", epochs, begin="base"), p)
    assert [(s.name, s.epochs, s.scale, s.lr, s.begin) for s in found] == told


# validation.py


def test_a_second_stage_is_as_it_was_told():
    defaults = {name: p.default for name, p in inspect.signature(validation.predictor).parameters.items()}
    assert {k: v for k, v in defaults.items() if v is not inspect.Parameter.empty} == {
        "t": 0, "seed": 0, "vibrance": 1.0, "refines": None}  # fmt: skip
    refined = validation.Refined(None, None)
    assert (refined.t, refined.seed, refined.vibrance, refined.first) == (0, 0, 1.0, 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        refined.t = 3


@pytest.mark.parametrize("factor", [1.006, 1.337, 1.6, 2.51, 2.994])
def test_vibrance_is_halved_seven_times_and_has_two_digits(monkeypatch, factor):
    """The middle of the one of 128 parts of 1 to 3 in which the true factor lies."""
    monkeypatch.setattr(validation.metrics, "colorfulness", lambda rgb: rgb)
    monkeypatch.setattr(validation.color, "show", lambda L, ab: ab.numpy())
    monkeypatch.setattr(validation, "predictor", lambda parts, part, t, vibrance: lambda L: torch.full((2,), vibrance))
    asked = []

    class Pictures(list):
        def subset(self, indices):
            asked.append(list(indices))
            return self

    def loader(dataset, batch):
        return [(torch.zeros(2), torch.full((2,), factor))]

    monkeypatch.setattr(validation.datasets, "loader", loader)
    middle = 1 + (math.floor((factor - 1) * 64) + 0.5) / 64
    assert validation.find_vibrance({}, Pictures(range(3))) == round(middle, 2)
    assert validation.find_vibrance({}, Pictures(range(300)), count=5) == round(middle, 2)
    validation.find_vibrance({}, Pictures(range(300)))
    assert asked == [[0, 1, 2], [0, 60, 120, 180, 240], [round(1.5 * i) for i in range(200)]]


def test_half_of_the_pictures_change_their_lightness_unless_told():
    assert inspect.signature(augment.vary_lightness).parameters["share"].default == 0.5
