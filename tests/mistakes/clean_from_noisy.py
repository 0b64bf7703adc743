"""Answers to `checks.clean_from_noisy`: x_t, t (B,), noise, alpha_bar -> the colours before the noise."""

import math

import torch


def by_loop(x_t, t, noise, alpha_bar):
    out = []
    for x, i, n in zip(x_t, t.tolist(), noise, strict=True):
        k = float(alpha_bar[i])
        out.append((x - math.sqrt(1 - k) * n) / math.sqrt(k))
    return torch.stack(out)


def by_einsum(x_t, t, noise, alpha_bar):
    k = alpha_bar[t]
    return torch.einsum("b,bchw->bchw", k**-0.5, x_t) - torch.einsum("b,bchw->bchw", (1 / k - 1) ** 0.5, noise)


def wide(x):
    return x.view(-1, 1, 1, 1)


def undo(keep, add):
    return lambda x, t, n, a: (x - add(wide(a[t])) * n) / keep(wide(a[t]))


RIGHT = [by_loop, by_einsum]
WRONG = [
    (undo(lambda k: 1, lambda k: (1 - k).sqrt()), "not divided by"),
    (undo(lambda k: k, lambda k: (1 - k).sqrt()), "alpha_bar where its square root"),
    (undo(lambda k: k.sqrt(), lambda k: 1 - k), "1 - alpha_bar before the noise"),
    (undo(lambda k: k, lambda k: 1 - k), "alpha_bar and 1 - alpha_bar"),
    (undo(lambda k: k.sqrt(), lambda k: 1), "the noise is not scaled"),
    (undo(lambda k: k.sqrt(), lambda k: -((1 - k) ** 0.5)), "the noise is added"),
    (lambda x, t, n, a: by_einsum(x, t - 1, n, a), "off by one"),
    (lambda x, t, n, a: by_einsum(x, t[:1].repeat(len(t)), n, a), "the first picture's t"),
    (lambda x, t, n, a: (x - (1 - a[t]) ** 0.5 * n) / a[t] ** 0.5, "meets the width"),
    (lambda x, t, n, a: wide(a[t]).sqrt() * x + wide(1 - a[t]).sqrt() * n, "the way there"),
]
