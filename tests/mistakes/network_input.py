"""Answers to `checks.network_input`: L, hints, mask -> (B, 4, H, W)."""

import torch


def by_where(L, hints, mask):
    return torch.cat([L, torch.where(mask > 0, hints, torch.zeros_like(hints)), mask], 1)


def by_writing(L, hints, mask):
    x = torch.empty(len(L), 4, *L.shape[2:])
    x[:, 0], x[:, 1:3], x[:, 3] = L[:, 0], hints * mask, mask[:, 0]
    return x


def in_place(L, hints, mask):
    hints *= mask
    return torch.cat([L, hints, mask], 1)


RIGHT = [by_where, by_writing]
WRONG = [
    (lambda L, h, m: torch.cat([L, h, m], 1), "hints are not masked"),
    (lambda L, h, m: torch.cat([L, h * m], 1), "the mask is missing"),
    (lambda L, h, m: torch.cat([L, m, h * m], 1), "before the hints"),
    (lambda L, h, m: torch.cat([h * m, m, L], 1), "L stands last"),
    (lambda L, h, m: torch.cat([L, h * (1 - m), m], 1), "turned round"),
    (lambda L, h, m: torch.cat([L * m, h * m, m], 1), "L is masked too"),
    (lambda L, h, m: torch.cat([L, (h * m).flip(1), m], 1), "a and b are swapped"),
    (in_place, "changed in place"),
]
