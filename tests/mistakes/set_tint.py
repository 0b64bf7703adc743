"""Answers to `checks.set_tint`: ab (B, 2, H, W), tint (B, 2) -> ab shifted to that mean."""

import torch


def by_loop(ab, tint):
    return torch.stack([x + (t - x.mean((1, 2))).view(2, 1, 1) for x, t in zip(ab, tint, strict=True)])


def by_einsum(ab, tint):
    shift = tint - torch.einsum("bchw->bc", ab) / ab[0, 0].numel()
    return (ab.flatten(2) + shift.unsqueeze(-1)).view_as(ab)


def mean(ab):
    return ab.mean((2, 3), keepdim=True)


def in_place(ab, tint):
    ab -= mean(ab)
    return ab + tint.view(-1, 2, 1, 1)


RIGHT = [by_loop, by_einsum]
WRONG = [
    (lambda ab, t: ab + t.view(-1, 2, 1, 1), "take the old mean away"),
    (lambda ab, t: t.view(-1, 2, 1, 1) + 0 * ab, "flat"),
    (lambda ab, t: ab - mean(ab), "the tint is not added"),
    (lambda ab, t: ab - ab.mean((0, 2, 3), keepdim=True) + t.view(-1, 2, 1, 1), "the whole batch"),
    (lambda ab, t: ab / mean(ab) * t.view(-1, 2, 1, 1), "scaled"),
    (lambda ab, t: ab - ab.mean((1, 2, 3), keepdim=True) + t.view(-1, 2, 1, 1), "one mean over a and b"),
    (lambda ab, t: ab - mean(ab) + t, "shapes or types"),
    (in_place, "changed in place"),
]
