"""Answers to `checks.network_input`: L (B, 1, H, W), hints (B, 2, H, W), mask (B, 1, H, W) -> (B, 4, H, W)."""

import torch


def in_place_on_its_own(L, hints, mask):
    x = torch.zeros(len(L), 4, *L.shape[2:])
    x[:, 0] = L[:, 0]
    x[:, 1:3] = torch.where(mask > 0.5, hints, 0.0)
    x[:, 3] = mask[:, 0]
    return x


def by_numpy(L, hints, mask):
    import numpy as np

    return torch.from_numpy(np.concatenate([L, hints.numpy() * mask.numpy(), mask], axis=1))


def in_place_on_a_copy(L, hints, mask):
    hints = hints.clone()
    hints[(mask == 0).expand(-1, 2, -1, -1)] = 0
    return torch.hstack((L, hints, mask))


RIGHT = [in_place_on_its_own, by_numpy, in_place_on_a_copy]


def not_masked(L, hints, mask):
    return torch.cat([L, hints, mask], 1)


def turned_round(L, hints, mask):
    return torch.cat([L, hints * (1 - mask), mask], 1)


def other_mask(L, hints, mask):
    return torch.cat([L, hints * mask, 1 - mask], 1)


def L_masked(L, hints, mask):
    return torch.cat([L * mask, hints * mask, mask], 1)


def all_masked(L, hints, mask):
    return torch.cat([L, hints, mask], 1) * mask


def no_mask(L, hints, mask):
    return torch.cat([L, hints * mask], 1)


def mask_first(L, hints, mask):
    return torch.cat([L, mask, hints * mask], 1)


def L_last(L, hints, mask):
    return torch.cat([hints * mask, mask, L], 1)


def added(L, hints, mask):
    return torch.cat([L, hints + mask, mask], 1)


def changes_hints(L, hints, mask):
    hints *= mask
    return torch.cat([L, hints, mask], 1)


def wrong_axis(L, hints, mask):
    return torch.cat([L, hints[:, :1] * mask, hints[:, 1:] * mask, mask], dim=-1)


def nan_for_nothing(L, hints, mask):
    return torch.cat([L, torch.where(mask > 0, hints, torch.nan), mask], 1)


WRONG = [
    (not_masked, "hints are not masked"),
    (turned_round, "the mask is turned round"),
    (other_mask, "the mask that is handed on is turned round"),
    (L_masked, "L is masked too"),
    (all_masked, "L is masked too"),
    (no_mask, "the mask is missing"),
    (mask_first, "the mask stands before the hints"),
    (L_last, "L stands last"),
    (added, "the mask is added"),
    (changes_hints, "changed in place"),
    (wrong_axis, "axis 1 belongs there, not -1"),
    (nan_for_nothing, "NaN"),
    (lambda L, h, m: torch.cat([L, (h * m).flip(1), m], 1), "a and b are swapped"),
]
