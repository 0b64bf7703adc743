"""Answers to `checks.rebalancing`: counts (Q,), mix -> weights (Q,) with a mean of 1 over the pixels."""

import torch

from colorlib import rivals


def by_colorlib(counts, mix):
    return rivals.rebalance(counts / counts.sum(), mix)


def by_loop(counts, mix):
    p = [float(c) / float(counts.sum()) for c in counts]
    w = [1 / ((1 - mix) * x + mix / len(p)) for x in p]
    mean = sum(x * y for x, y in zip(p, w, strict=True))
    return torch.tensor([x / mean for x in w])


def plain(counts, mix):
    return 1 / ((1 - mix) * counts / counts.sum() + mix / len(counts))


RIGHT = [by_colorlib, by_loop]
WRONG = [
    (plain, "not scaled"),
    (lambda c, m: plain(c, m) / plain(c, m).mean(), "the mean over the bins is 1"),
    (lambda c, m: plain(c, m) / plain(c, m).sum(), "the weights sum to 1"),
    (lambda c, m: by_colorlib(c, 1 - m) if m < 1 else plain(c, 0) / (c / c.sum() * plain(c, 0)).sum(), "swapped"),
    (lambda c, m: 1 / plain(c, m) / (c / c.sum() / plain(c, m)).sum(), "not inverted"),
    (lambda c, m: (w := 1 / ((1 - m) * c + m / len(c))) / (c / c.sum() * w).sum(), "not divided by their sum"),
    (lambda c, m: (w := 1 / ((1 - m) * c / c.sum() + m)) / (c / c.sum() * w).sum(), "mix / Q"),
    (lambda c, m: by_colorlib(c, 0.5), "mix is not used"),
]
