"""Answers to `checks.printed_factor`: side_before, side_after -> factor on the printed magnitude."""

import math

import torch

from colorlib.prior import color_prior


def by_measuring(side_before, side_after):
    printed = [color_prior(torch.full((1, 2, s, s), 0.1), "paper")[0, 3] for s in (side_before, side_after)]
    return printed[1] / printed[0]


RIGHT = [
    lambda m, n: m / n,
    lambda m, n: math.sqrt(m * m) / math.sqrt(n * n),
    lambda m, n: n**-1 * m,
    lambda m, n: torch.tensor(m / n),
    by_measuring,
]


def upside_down(m, n):
    return n / m


def pixels(m, n):
    return m**2 / n**2


def pixels_upside_down(m, n):
    return (n * n) / (m * m)


def root(m, n):
    return math.sqrt(m / n)


def no_change(m, n):
    return 1.0


def one_side(m, n):
    return 1 / n


def difference(m, n):
    return m - n


def product(m, n):
    return m * n


def whole(m, n):
    return m // n


WRONG = [
    (upside_down, "upside down"),
    (pixels, "the root of the sum grows, too"),
    (pixels_upside_down, "upside down, and the root of the sum"),
    (root, "the root of the sides"),
    (no_change, "no change"),
    (one_side, "the side before counts, too"),
    (difference, "the difference of the sides"),
    (product, "both sides are multiplied"),
    (whole, "a whole number (//)"),
]
