"""Answers to `checks.weighted_error`: prediction, truth (B, 2, H, W), weight (B, 1, H, W) -> one number."""

import torch


def by_numpy_average(p, y, w):
    import numpy as np

    d = ((p - y) ** 2).sum(1).numpy()
    return torch.tensor(np.average(d, weights=w[:, 0].numpy()), dtype=torch.float32)


def by_shares(p, y, w):
    share = (w / w.sum()).expand_as(p)
    return (share * (p - y) ** 2).sum()


def squares(p, y):
    return ((p - y) ** 2).sum(1, keepdim=True)


RIGHT = [by_numpy_average, by_shares]
WRONG = [
    (lambda p, y, w: squares(p, y).mean(), "weights are not used"),
    (lambda p, y, w: (w * squares(p, y)).mean(), "number of pixels"),
    (lambda p, y, w: (w * (p - y) ** 2).mean(), "the mean over a, b and pixels"),
    (lambda p, y, w: (w * ((p - y) ** 2).mean(1, keepdim=True)).sum() / w.sum(), "the mean over a and b"),
    (lambda p, y, w: ((w * (p - y)) ** 2).sum() / w.sum(), "squared with the difference"),
    (lambda p, y, w: (w * squares(p, y).sqrt()).sum() / w.sum(), "not its square"),
    (lambda p, y, w: (w * (p - y).abs()).sum() / w.sum(), "|da| + |db|"),
    (lambda p, y, w: (w * squares(p, y)).sum(), "not divided by the sum"),
    (lambda p, y, w: (w * squares(p, y)).sum((1, 2, 3)) / w.sum((1, 2, 3)), "one mean for each picture"),
]
