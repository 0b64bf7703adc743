"""Answers to `checks.map_bytes`: height, width, down, heads -> bytes of one attention map."""

import math

import torch


def by_tensor(height, width, down, heads):
    points = (height // down) * (width // down)
    x = torch.zeros(heads, points, points)
    return x.numel() * x.element_size()


RIGHT = [
    by_tensor,
    lambda h, w, s, n: heads_times(n, (h / s) * (w / s)),
    lambda h, w, s, n: 4 * n * h * h * w * w // s**4,
    lambda h, w, s, n: math.prod((4, n, h // s, w // s, h // s, w // s)),
]


def heads_times(heads, points):
    return 4.0 * heads * points**2


def numbers(h, w, s, n):
    return n * (h // s * (w // s)) ** 2


def no_heads(h, w, s, n):
    return 4 * (h // s * (w // s)) ** 2


def points(h, w, s, n):
    return 4 * n * (h // s) * (w // s)


def whole_picture(h, w, s, n):
    return 4 * n * (h * w) ** 2


def one_side(h, w, s, n):
    return 4 * n * (h * w // s) ** 2


def doubles(h, w, s, n):
    return 8 * n * (h // s * (w // s)) ** 2


def bits(h, w, s, n):
    return 32 * n * (h // s * (w // s)) ** 2


def heads_squared(h, w, s, n):
    return 4 * (n * (h // s) * (w // s)) ** 2


def sides_added(h, w, s, n):
    return 4 * n * (h // s + w // s) ** 2


def kilobytes(h, w, s, n):
    return 4 * n * (h // s * (w // s)) ** 2 / 1024


def brackets(h, w, s, n):
    return 4 * n * h // s * w // s**2


def heads_divide(h, w, s, n):
    return 4 * (h // s * (w // s)) ** 2 // n


def halves(h, w, s, n):
    return 2 * n * (h // s * (w // s)) ** 2


WRONG = [
    (numbers, "how many numbers"),
    (no_heads, "each head has a map of its own"),
    (points, "how many points"),
    (whole_picture, "the picture's own points"),
    (one_side, "one side alone is smaller"),
    (doubles, "8 bytes a number"),
    (bits, "in bits"),
    (heads_squared, "the number of heads is squared too"),
    (sides_added, "the sides are added"),
    (kilobytes, "kilobytes"),
    (brackets, "brackets"),
    (heads_divide, "the heads share one map"),
    (halves, "2 bytes a number"),
]
