"""Answers to `checks.seen_before`: train (M, H, W, 3), test (N, H, W, 3), both uint8, limit -> (N,) of truths."""

import numpy as np
import torch


def apart(test, train):
    return np.abs(test[:, None].astype(float) - train[None]).mean((2, 3, 4))


def by_broadcasting(train, test, limit):
    both = np.concatenate([train, train[:, :, ::-1]])
    return (apart(test, both) <= limit).any(1)


def by_loops(train, test, limit):
    found = []
    for x in test.astype(int):
        near = [np.abs(x - y.astype(int)).mean() <= limit for y in train]
        near += [np.abs(np.fliplr(x) - y.astype(int)).mean() <= limit for y in train]
        found.append(any(near))
    return found


def by_torch(train, test, limit):
    x, y = torch.tensor(test).float().flatten(1), torch.tensor(train).float()
    y = torch.cat([y, y.flip(2)]).flatten(1)
    return torch.cdist(x, y, p=1).amin(1) / x.shape[1] <= limit + 1e-3


RIGHT = [by_broadcasting, by_loops, by_torch]


def not_mirrored(train, test, limit):
    return (apart(test, train) <= limit).any(1)


def upside_down(train, test, limit):
    return (apart(test, np.concatenate([train, train[:, ::-1]])) <= limit).any(1)


def wraps(train, test, limit):
    both = np.concatenate([train, train[:, :, ::-1]])
    return (np.abs(test[:, None] - both[None]).mean((2, 3, 4)) <= limit).any(1)


def cancels(train, test, limit):
    both = np.concatenate([train, train[:, :, ::-1]])
    return (np.abs((test[:, None].astype(float) - both[None]).mean((2, 3, 4))) <= limit).any(1)


def squares(train, test, limit):
    both = np.concatenate([train, train[:, :, ::-1]])
    return (((test[:, None].astype(float) - both[None]) ** 2).mean((2, 3, 4)) <= limit).any(1)


def strictly_below(train, test, limit):
    return (apart(test, np.concatenate([train, train[:, :, ::-1]])) < limit).any(1)


def largest(train, test, limit):
    both = np.concatenate([train, train[:, :, ::-1]])
    return (np.abs(test[:, None].astype(float) - both[None]).max((2, 3, 4)) <= limit).any(1)


def all_of_them(train, test, limit):
    return (np.minimum(apart(test, train), apart(test, train[:, :, ::-1])) <= limit).all(1)


def for_each_training_picture(train, test, limit):
    return (np.minimum(apart(test, train), apart(test, train[:, :, ::-1])) <= limit).any(0)


def new_ones(train, test, limit):
    return ~by_broadcasting(train, test, limit)


def their_numbers(train, test, limit):
    return np.flatnonzero(by_broadcasting(train, test, limit))


def equal_pixels(train, test, limit):
    both = np.concatenate([train, train[:, :, ::-1]])
    return (test[:, None] == both[None]).all((2, 3, 4)).any(1)


def means_alone(train, test, limit):
    return (np.abs(test.mean((1, 2, 3))[:, None] - train.mean((1, 2, 3))) <= limit).any(1)


WRONG = [
    (not_mirrored, "mirrored pictures are not found"),
    (upside_down, "mirrored top to bottom"),
    (wraps, "8-bit numbers wrap round"),
    (cancels, "+ and - cancel"),
    (squares, "the mean square"),
    (strictly_below, "at most the limit"),
    (largest, "the largest difference"),
    (all_of_them, "`any` belongs there, not `all`"),
    (for_each_training_picture, "one answer for each training picture"),
    (new_ones, "turned round"),
    (their_numbers, "a truth for each"),
    (equal_pixels, "near is enough"),
    (means_alone, "the pictures' means"),
]
