"""Answers to `checks.split_error`: guess, truth (B, 2, H, W) -> the tint's part and the rest, (B,) each."""

import torch


def by_variance(guess, truth):
    d = guess - truth
    return d.mean((2, 3)).pow(2).sum(1), d.var((2, 3), correction=0).sum(1)


def by_loop(guess, truth):
    tint, rest = [], []
    for d in guess - truth:
        m = d.mean((1, 2), keepdim=True)
        tint.append((m**2).sum())
        rest.append(((d - m) ** 2).sum(0).mean())
    return [torch.stack(tint), torch.stack(rest)]


RIGHT = [by_variance, by_loop]
WRONG = [
    (lambda x, y: by_variance(x, y)[::-1], "wrong order"),
    (lambda x, y: (by_variance(x, y)[0], (x - y).pow(2).sum(1).mean((1, 2))), "the whole error"),
    (lambda x, y: ((x - y).mean((2, 3)).pow(2).mean(1), (x - y).var((2, 3), correction=0).mean(1)), "over a and b"),
    (lambda x, y: tuple(p.sqrt() for p in by_variance(x, y)), "the square roots"),
    (lambda x, y: tuple(p.mean() for p in by_variance(x, y)), "the whole batch"),
    (lambda x, y: tuple(p * x.shape[2] * x.shape[3] for p in by_variance(x, y)), "sums over pixels"),
    (lambda x, y: by_variance(x, y)[0], "2 separate values"),
]
