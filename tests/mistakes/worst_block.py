"""Answers to `checks.worst_block`: truth, guess, both uint8 (N, H, W, 3), size -> (N,)."""

import numpy as np
import torch


def squares(truth, guess):
    return (truth.astype(float) - guess) ** 2


def blocks(error, size):
    N, H, W, _ = error.shape
    return error.reshape(N, H // size, size, W // size, size, 3).mean((2, 4, 5))


def by_reshape(truth, guess, size):
    return blocks(squares(truth, guess), size).max((1, 2))


def by_loops(truth, guess, size):
    found = []
    for x, y in zip(truth.astype(int), guess.astype(int), strict=True):
        parts = [
            np.mean((x[r : r + size, c : c + size] - y[r : r + size, c : c + size]) ** 2)
            for r in range(0, x.shape[0], size)
            for c in range(0, x.shape[1], size)
        ]
        found.append(max(parts))
    return np.array(found)


def by_pooling(truth, guess, size):
    error = (torch.tensor(truth).double() - torch.tensor(guess).double()).square().mean(-1)[:, None]
    return torch.nn.functional.avg_pool2d(error, size).amax((1, 2, 3)).numpy()


RIGHT = [by_reshape, by_loops, by_pooling]


def wraps(truth, guess, size):
    return blocks((truth - guess) ** 2, size).max((1, 2))


def late_float(truth, guess, size):
    return blocks((truth - guess).astype(float) ** 2, size).max((1, 2))


def absolute(truth, guess, size):
    return blocks(np.abs(truth.astype(float) - guess), size).max((1, 2))


def at_once(truth, guess, size):
    N, H, W, _ = truth.shape
    return squares(truth, guess).mean(-1).reshape(N, H // size, W // size, size, size).mean((3, 4)).max((1, 2))


def wrong_axes(truth, guess, size):
    N, H, W, _ = truth.shape
    cut = squares(truth, guess).reshape(N, H // size, size, W // size, size, 3)
    return cut.mean((1, 3, 5)).max((1, 2))


def mean_block(truth, guess, size):
    return blocks(squares(truth, guess), size).mean((1, 2))


def smallest(truth, guess, size):
    return blocks(squares(truth, guess), size).min((1, 2))


def of_the_set(truth, guess, size):
    return blocks(squares(truth, guess), size).max()


def sums(truth, guess, size):
    N, H, W, _ = truth.shape
    cut = squares(truth, guess).mean(-1).reshape(N, H // size, size, W // size, size)
    return cut.sum((2, 4)).max((1, 2))


def summed_channels(truth, guess, size):
    return 3 * by_reshape(truth, guess, size)


def strides(truth, guess, size):
    return squares(truth, guess).mean(-1)[:, ::size, ::size].max((1, 2))


def worst_pixel(truth, guess, size):
    return squares(truth, guess).mean(-1).max((1, 2))


def rooted(truth, guess, size):
    return np.sqrt(by_reshape(truth, guess, size))


def which(truth, guess, size):
    return blocks(squares(truth, guess), size).reshape(len(truth), -1).argmax(1)


def windows(truth, guess, size):
    error = np.lib.stride_tricks.sliding_window_view(squares(truth, guess).mean(-1), (size, size), (1, 2))
    return error.mean((3, 4)).max((1, 2))


WRONG = [
    (wraps, "8-bit numbers wrap round"),
    (late_float, "after the subtraction"),
    (absolute, "not of its square"),
    (at_once, "reshaped at once"),
    (wrong_axes, "the mean over the blocks"),
    (mean_block, "the picture's MSE"),
    (smallest, "the smallest block"),
    (of_the_set, "one number for all pictures"),
    (sums, "the sum of each block"),
    (summed_channels, "the sum over the channels"),
    (strides, "every size-th pixel"),
    (worst_pixel, "largest pixel"),
    (rooted, "the root of the MSE"),
    (which, "which block it is"),
    (windows, "windows at every pixel"),
]
