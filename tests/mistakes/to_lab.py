"""Answers to `checks.to_lab`: L (B, 1, H, W) and ab (B, 2, H, W) in model units -> Lab (B, 3, H, W)."""

import torch


def in_place_on_its_own(L, ab):
    lab = torch.empty(len(L), 3, *L.shape[2:])
    lab[:, :1] = (L + 0.5) * 100
    lab[:, 1:] = ab / (1 / 110)
    return lab


def by_numpy(L, ab):
    x, y = L.numpy(), ab.numpy()
    return torch.stack([torch.from_numpy(c) for c in (100 * x[:, 0] + 50, 110 * y[:, 0], 110 * y[:, 1])], 1)


def by_einsum(L, ab):
    scale = torch.diag(torch.tensor([100.0, 110, 110]))
    return torch.einsum("cd,bdhw->bchw", scale, torch.hstack([L, ab])) + torch.tensor([50.0, 0, 0]).view(3, 1, 1)


RIGHT = [in_place_on_its_own, by_numpy, by_einsum]


def no_centre(L, ab):
    return torch.cat([L * 100, ab * 110], 1)


def brackets(L, ab):
    return torch.cat([(L + 50) * 100, ab * 110], 1)


def half_scale(L, ab):
    return torch.cat([L * 50 + 50, ab * 110], 1)


def color_forgotten(L, ab):
    return torch.cat([L * 100 + 50, ab], 1)


def eight_bit(L, ab):
    return torch.cat([L * 100 + 50, ab * 128], 1)


def swapped(L, ab):
    return torch.cat([L * 100 + 50, ab[:, 1:] * 110, ab[:, :1] * 110], 1)


def last(L, ab):
    return torch.cat([ab * 110, L * 100 + 50], 1)


def a_pair(L, ab):
    return L * 100 + 50, ab * 110


def there_again(L, ab):
    return torch.cat([(L - 50) / 100, ab / 110], 1)


def same_scale(L, ab):
    return torch.cat([L * 110 + 50, ab * 110], 1)


def wrong_axis(L, ab):
    return torch.cat([L * 100 + 50, ab[:, :1] * 110, ab[:, 1:] * 110], 0)


def changes_L(L, ab):
    L *= 100
    L += 50
    return torch.cat([L, ab * 110], 1)


def two_mistakes(L, ab):
    return torch.cat([L * 100, ab], 1)


WRONG = [
    (no_centre, "50 is not added to L"),
    (brackets, "50 is added before the multiplication"),
    (half_scale, "L is multiplied by 50"),
    (color_forgotten, "ab is left in model units"),
    (eight_bit, "128 instead of 110"),
    (swapped, "a and b are swapped"),
    (last, "L stands last"),
    (a_pair, "one value is wanted, not 2"),
    (there_again, "the way there"),
    (same_scale, "L is multiplied by 110"),
    (wrong_axis, "axis 1 belongs there, not 0"),
    (changes_L, "L was changed in place"),
    (two_mistakes, "at [0] of axis 1: 50 is not added to L; at [1, 2] of axis 1: ab is left in model units"),
    (lambda L, ab: torch.cat([L, ab * 110], 1), "L is left in model units"),
]
