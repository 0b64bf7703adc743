"""Answers to `checks.to_lab`: L (B, 1, H, W), ab (B, 2, H, W) in model units -> Lab (B, 3, H, W)."""

import torch
import torch.nn.functional as F


def by_padding(L, ab):
    lab = F.pad(110 * ab, (0, 0, 0, 0, 1, 0))
    lab[:, 0] = 50 + 100 * L[:, 0]
    return lab


def by_stack(L, ab):
    return torch.stack([(L[:, 0] + 0.5) * 100, ab[:, 0] * 110, ab[:, 1] * 110], dim=1)


def in_place(L, ab):
    L *= 100
    return torch.cat([L + 50, ab * 110], dim=1)


RIGHT = [by_padding, by_stack]
WRONG = [
    (lambda L, ab: torch.cat([L * 100, ab * 110], 1), "50 is not added"),
    (lambda L, ab: torch.cat([(L + 50) * 100, ab * 110], 1), "50 is added before"),
    (lambda L, ab: torch.cat([L * 100 + 50, ab], 1), "ab is left in model units"),
    (lambda L, ab: torch.cat([L * 100 + 50, ab * 128], 1), "128"),
    (lambda L, ab: torch.cat([ab * 110, L * 100 + 50], 1), "L stands last"),
    (lambda L, ab: torch.cat([(L + 0.5) * 100, ab[:, [1, 0]] * 110], 1), "a and b are swapped"),
    (lambda L, ab: torch.cat([L, ab * 110], 1), "L is left in model units"),
    (lambda L, ab: (torch.cat([L, ab], 1) - 50) / 100, "none of the mistakes"),
    (in_place, "changed in place"),
]
