"""Answers to `checks.noise_dominates`: alpha_bar (T + 1,), size -> the first step with as much noise as colour."""

import math


def by_loop(alpha_bar, size):
    for t, k in enumerate(alpha_bar.tolist()):
        if math.sqrt(1 - k) >= math.sqrt(k) * size:
            return t


def by_threshold(alpha_bar, size):
    return int((alpha_bar > 1 / (1 + size**2)).sum())


def first(condition):
    return int(condition.nonzero()[0]) if condition.any() else len(condition)


RIGHT = [by_loop, by_threshold]
WRONG = [
    (lambda k, s: first((1 - k).sqrt() >= s), "the colours fade too"),
    (lambda k, s: first(1 - k >= k * s), "where their roots belong"),
    (lambda k, s: first((1 - k).sqrt() >= k * s), "its root belongs there"),
    (lambda k, s: first((1 - k).sqrt() >= k.sqrt()), "the size is not used"),
    (lambda k, s: by_threshold(k, s) - 1, "one step early"),
    (lambda k, s: by_threshold(k, s) + 1, "one step late"),
    (lambda k, s: int(((1 - k).sqrt() >= k.sqrt() * s).sum()), "how many steps"),
    (lambda k, s: 0, "always step 0"),
]
