"""Answers to `checks.hue_and_chroma`: ab (B, 2, H, W) in model units -> hue in degrees and chroma in ab units."""

import math

import torch


def by_complex(ab):
    z = torch.complex(ab[:, 0], ab[:, 1])
    hue = z.angle() * 180 / math.pi
    return torch.where(hue < 0, hue + 360, hue), 110 * z.abs()


def by_hypot(ab):
    a, b = ab.unbind(1)
    return [torch.remainder(torch.rad2deg(torch.atan2(b, a)), 360), torch.hypot(110 * a, 110 * b)]


def hue(ab):
    return torch.atan2(ab[:, 1], ab[:, 0]) * 180 / math.pi


def chroma(ab):
    return 110 * torch.linalg.vector_norm(ab, dim=1)


RIGHT = [by_complex, by_hypot]
WRONG = [
    (lambda ab: (hue(ab), chroma(ab)), "-180 to 180"),
    (lambda ab: (torch.atan2(ab[:, 1], ab[:, 0]) % (2 * math.pi), chroma(ab)), "radians"),
    (lambda ab: (torch.atan2(ab[:, 0], ab[:, 1]).rad2deg() % 360, chroma(ab)), "atan2 wants b first"),
    (lambda ab: (torch.atan(ab[:, 1] / ab[:, 0]).rad2deg() % 360, chroma(ab)), "opposite"),
    (lambda ab: (hue(ab) % 360, ab.norm(dim=1)), "chroma is in model units"),
    (lambda ab: (hue(ab) % 360, 110 * ab.abs().sum(1)), "|a| + |b|"),
    (lambda ab: (chroma(ab), hue(ab) % 360), "wrong order"),
    (lambda ab: (hue(ab), ab.norm(dim=1)), "-180 to 180; % 360 brings it to 0..360; chroma is in model units"),
    (lambda ab: chroma(ab), "2 separate values"),
]
