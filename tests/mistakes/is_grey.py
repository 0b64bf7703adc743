"""Answers to `checks.is_grey`: lab (3, H, W) -> whether the range of a plus the range of b is below 5."""

import numpy as np
import torch


def by_numpy(lab):
    return np.ptp(lab.numpy()[1]) + np.ptp(lab.numpy()[2]) < 5


def by_sorting(lab):
    a, b = lab[1].flatten().sort().values, lab[2].flatten().sort().values
    return not (a[-1] - a[0]) + (b[-1] - b[0]) >= 5


def by_python(lab):
    total = 0.0
    for channel in lab[1:].tolist():
        values = [x for row in channel for x in row]
        total += max(values) - min(values)
    return total < 5


def by_aminmax(lab):
    low, high = lab[1:].flatten(1).aminmax(dim=1)
    return (high - low).sum() < 5  # a tensor of one truth value


def by_distances(lab):
    a, b = lab[1].reshape(-1, 1), lab[2].reshape(-1, 1)
    return bool((a - a.T).max() + (b - b.T).max() < 5)


RIGHT = [by_numpy, by_sorting, by_python, by_aminmax, by_distances]


def size(lab):
    return bool((lab[1:].abs() < 5).all())


def size_of_both(lab):
    return bool(lab[1].abs().max() + lab[2].abs().max() < 5)


def deviation(lab):
    return bool(lab[1].std() + lab[2].std() < 5)


def variance(lab):
    return bool(lab[1].var() + lab[2].var() < 5)


def each_on_its_own(lab):
    a, b = lab[1], lab[2]
    return bool(a.max() - a.min() < 5 and b.max() - b.min() < 5)


def either(lab):
    a, b = lab[1], lab[2]
    return bool(a.max() - a.min() < 5 or b.max() - b.min() < 5)


def forgets_b(lab):
    return bool(lab[1].max() - lab[1].min() < 5)


def wrong_channels(lab):
    a, b = lab[0], lab[1]
    return bool(a.max() - a.min() + b.max() - b.min() < 5)


def all_three(lab):
    return bool(sum(c.max() - c.min() for c in lab) < 5)


def together(lab):
    ab = lab[1:]
    return bool(ab.max() - ab.min() < 5)


def or_equal(lab):
    a, b = lab[1], lab[2]
    return bool(a.max() - a.min() + b.max() - b.min() <= 5)


def turned_round(lab):
    a, b = lab[1], lab[2]
    return bool(a.max() - a.min() + b.max() - b.min() > 5)


def mean_size(lab):
    return bool(lab[1:].abs().mean() < 5)


def rows_for_channels(lab):
    a, b = lab[:, 1], lab[:, 2]
    return bool(a.max() - a.min() + b.max() - b.min() < 5)


def the_number(lab):
    a, b = lab[1], lab[2]
    return a.max() - a.min() + b.max() - b.min()


def one_a_channel(lab):
    ab = lab[1:].flatten(1)
    return ab.amax(1) - ab.amin(1) < 5


def in_model_units(lab):
    ab = lab[1:] / 110
    return bool(sum(c.max() - c.min() for c in ab) < 5)


def chroma_range(lab):
    chroma = torch.hypot(lab[1], lab[2])
    return bool(chroma.max() - chroma.min() < 5)


def always(lab):
    return True


WRONG = [
    (size, "the size of a and of b, not their range"),
    (size_of_both, "the size of a and b, not their range"),
    (deviation, "the standard deviation, not the range"),
    (variance, "the variance, not the range"),
    (each_on_its_own, "their sum belongs there"),
    (either, "one range below 5 is not enough"),
    (forgets_b, "only a is looked at"),
    (wrong_channels, "the channels 0 and 1"),
    (all_three, "L is counted too"),
    (together, "one range over a and b together"),
    (or_equal, "'below 5' leaves out 5 itself"),
    (turned_round, "the answer is turned round"),
    (mean_size, "the mean of a and b, not their range"),
    (rows_for_channels, "rows of the picture"),
    (the_number, "the sum of the ranges itself"),
    (one_a_channel, "an answer for each channel"),
    (in_model_units, "always the same answer (True)"),
    (chroma_range, "the range of the chroma"),
    (always, "always the same answer (True)"),
]
