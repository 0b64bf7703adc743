"""Answers to `checks.attention_cost`: height, width -> how many numbers one attention map holds."""

import math

import numpy as np
import torch


def by_counting(height, width):
    count = 0
    for _ in range(height * width):
        for _ in range(height * width):
            count += 1
    return count


RIGHT = [
    by_counting,
    lambda h, w: np.ones((h * w, h * w)).size,
    lambda h, w: (h * w) ** 2.0,
    lambda h, w: h * h * w * w,
    lambda h, w: math.prod((h, w, h, w)),
    lambda h, w: torch.zeros(h * w, h * w).numel(),
    lambda h, w: np.square(np.int64(h) * w),
    lambda h, w: torch.tensor(h * w) ** 2,
]


def points(h, w):
    return h * w


def sides_added(h, w):
    return (h + w) ** 2


def squares_added(h, w):
    return h**2 + w**2


def row_and_column(h, w):
    return h * w * (h + w)


def cross(h, w):
    return h * w * (h + w - 1)


def square_of_height(h, w):
    return h**2


def twice(h, w):
    return 2 * h * w


def brackets_missing(h, w):
    return h * w**2


def height_only(h, w):
    return h**2 * w


def in_bytes(h, w):
    return 4 * (h * w) ** 2


def pairs_once(h, w):
    return h * w * (h * w + 1) // 2


def pairs_of_two(h, w):
    return math.comb(h * w, 2)


def not_itself(h, w):
    return h * w * (h * w - 1)


def in_gigabytes(h, w):
    return (h * w) ** 2 * 4 / 1e9


def three_maps(h, w):
    return 3 * (h * w) ** 2


def to_the_fourth(h, w):
    return h**4


def xor(h, w):
    return (h * w) ^ 2


def two_to_the(h, w):
    return 2 ** (h * w)


def a_text(h, w):
    return f"{(h * w) ** 2}"


def the_map(h, w):
    return torch.zeros(h * w, h * w)


def its_shape(h, w):
    return h * w, h * w


WRONG = [
    (points, "every point looks at every point"),
    (sides_added, "the sides are added"),
    (squares_added, "the squares of the sides are added"),
    (row_and_column, "its own row and column only"),
    (cross, "its own row and column only"),
    (square_of_height, "the square of the height alone"),
    (twice, "twice the number of points"),
    (brackets_missing, "brackets"),
    (height_only, "the width is not squared"),
    (in_bytes, "bytes"),
    (pairs_once, "each pair counted once"),
    (pairs_of_two, "each pair counted once"),
    (not_itself, "a point looks at itself too"),
    (in_gigabytes, "gigabytes"),
    (three_maps, "three maps"),
    (to_the_fourth, "the height stands in the place of the width"),
    (xor, "** is the power"),
    (two_to_the, "the square of the number of points"),
    (a_text, "a text"),
    (the_map, "the map itself"),
    (its_shape, "the map's shape"),
]
