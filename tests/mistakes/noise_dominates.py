"""Answers to `checks.noise_dominates`: alpha_bar (T + 1,), size -> the first t where noise outgrows the colour."""

import math

import numpy as np
import torch


def by_loop(alpha_bar, size):
    for t, x in enumerate(alpha_bar.tolist()):
        if math.sqrt(max(1 - x, 0)) >= math.sqrt(x) * size:
            return t


def by_numpy(alpha_bar, size):
    x = alpha_bar.numpy().astype(float)
    return np.flatnonzero(np.sqrt(1 - x) >= np.sqrt(x) * size)[0]


def by_squares(alpha_bar, size):
    return torch.argmax((1 - alpha_bar >= alpha_bar * size**2).int())


def by_threshold(alpha_bar, size):
    return int((alpha_bar > 1 / (1 + size**2)).sum())


RIGHT = [by_loop, by_numpy, by_squares, by_threshold]


def first(hit):
    return int(hit.nonzero()[0]) if hit.any() else len(hit)


def no_fading(alpha_bar, size):
    return first((1 - alpha_bar).sqrt() >= size)


def no_roots(alpha_bar, size):
    return first(1 - alpha_bar >= alpha_bar * size)


def root_missing(alpha_bar, size):
    return first((1 - alpha_bar).sqrt() >= alpha_bar * size)


def variance(alpha_bar, size):
    return first(1 - alpha_bar >= alpha_bar.sqrt() * size)


def size_squared(alpha_bar, size):
    return first((1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size**2)


def no_size(alpha_bar, size):
    return first((1 - alpha_bar).sqrt() >= alpha_bar.sqrt())


def one_late(alpha_bar, size):
    return first((1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size) + 1


def one_early(alpha_bar, size):
    return first((1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size) - 1


def how_many(alpha_bar, size):
    return int(((1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size).sum())


def first_smaller(alpha_bar, size):
    return first((1 - alpha_bar).sqrt() <= alpha_bar.sqrt() * size)


def all_of_them(alpha_bar, size):
    return ((1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size).nonzero()[:, 0]


def as_share(alpha_bar, size):
    return by_loop(alpha_bar, size) / (len(alpha_bar) - 1)


def the_mask(alpha_bar, size):
    return (1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size


WRONG = [
    (no_fading, "the colours fade too"),
    (no_roots, "1 - alpha_bar and alpha_bar where their roots belong"),
    (root_missing, "alpha_bar before the size"),
    (variance, "1 - alpha_bar is a variance"),
    (size_squared, "the size is squared"),
    (no_size, "the size is not used"),
    (one_late, "one step late"),
    (one_early, "one step early"),
    (how_many, "how many steps"),
    (first_smaller, "always step 0"),
    (all_of_them, "all steps"),
    (as_share, "a share of the steps"),
    (the_mask, "a truth value for each step"),
]
