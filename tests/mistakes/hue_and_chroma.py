"""Answers to `checks.hue_and_chroma`: ab (B, 2, H, W) in model units -> hue (B, H, W) in degrees, chroma (B, H, W)."""

import math

import numpy as np
import torch


def by_complex_numbers(ab):
    z = torch.complex(ab[:, 0], ab[:, 1])
    return torch.remainder(z.angle() * 180 / math.pi, 360), 110 * z.abs()


def by_numpy(ab):
    a, b = (110 * ab.numpy()).swapaxes(0, 1)
    hue = np.degrees(np.arctan2(b, a))
    return torch.from_numpy(np.where(hue < 0, hue + 360, hue)), torch.from_numpy(np.hypot(a, b))


def in_place_on_its_own(ab):
    hue = torch.atan2(ab[:, 1], ab[:, 0]).rad2deg()
    hue[hue < 0] += 360
    return [hue, ab.mul(110).norm(dim=1)]


RIGHT = [by_complex_numbers, by_numpy, in_place_on_its_own]


def chroma(ab):
    return 110 * ab.norm(dim=1)


def below_zero(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]).rad2deg(), chroma(ab)


def radians(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]) % (2 * math.pi), chroma(ab)


def a_first(ab):
    return torch.atan2(ab[:, 0], ab[:, 1]).rad2deg() % 360, chroma(ab)


def atan(ab):
    return torch.atan(ab[:, 1] / ab[:, 0]).rad2deg() % 360, chroma(ab)


def model_units(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]).rad2deg() % 360, ab.norm(dim=1)


def no_root(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]).rad2deg() % 360, (110 * ab).square().sum(1)


def absolute(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]).rad2deg() % 360, (110 * ab).abs().sum(1)


def wrong_order(ab):
    return chroma(ab), torch.atan2(ab[:, 1], ab[:, 0]).rad2deg() % 360


def plus_180(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]).rad2deg() + 180, chroma(ab)


def wrong_norm(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]).rad2deg() % 360, 110 * ab.norm(dim=2)


def stacked(ab):
    return torch.stack([torch.atan2(ab[:, 1], ab[:, 0]).rad2deg() % 360, chroma(ab)], 1)


def two_mistakes(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]).rad2deg(), ab.norm(dim=1)


WRONG = [
    (below_zero, "hue runs from -180 to 180"),
    (radians, "hue is in radians"),
    (a_first, "atan2 wants b first"),
    (atan, "atan(b / a) cannot tell"),
    (model_units, "chroma is in model units"),
    (no_root, "chroma lacks its square root"),
    (absolute, "|a| + |b|"),
    (wrong_order, "wrong order"),
    (plus_180, "180 is added to hue"),
    (wrong_norm, "`1` belongs there, not `2`"),
    (stacked, "2 separate values are wanted, not 1"),
    (two_mistakes, "part 1: hue runs from -180 to 180; % 360 brings it to 0..360; part 2: chroma is in model units"),
]
