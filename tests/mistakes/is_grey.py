"""Answers to `checks.is_grey`: lab (3, H, W) -> whether neighbours share little that L does not tell."""

import numpy as np
import torch

from colorlib.data.grey import off_tone


def shared(rest):
    return ((rest[:, :, 1:] * rest[:, :, :-1]).sum(0).mean() + (rest[:, 1:] * rest[:, :-1]).sum(0).mean()) / 2


def limit(lab):
    return 0.45 + 0.025 * min(20, lab[1:].mean((1, 2)).norm())


def as_shown(lab):
    rest = off_tone(lab)
    across = (rest[:, :, 1:] * rest[:, :, :-1]).sum(0).mean()
    down = (rest[:, 1:] * rest[:, :-1]).sum(0).mean()
    tint = min(lab[1:].mean((1, 2)).norm(), 20)
    return bool((across + down) / 2 < (0.45 + 0.025 * tint) ** 2)


def by_root(lab):
    return bool(shared(off_tone(lab)).clamp(min=0).sqrt() < limit(lab))


def by_numpy(lab):
    a, b = off_tone(lab).numpy()
    pairs = [(x[:, 1:] * x[:, :-1]).mean() + (x[1:] * x[:-1]).mean() for x in (a, b)]
    tint = np.minimum(20, np.hypot(*lab.numpy()[1:].mean((1, 2))))
    return sum(pairs) < 2 * (0.45 + 0.025 * tint) ** 2


def by_python(lab):
    total, count = 0.0, 0
    for channel in off_tone(lab).tolist():
        for y, row in enumerate(channel):
            for x, value in enumerate(row):
                total += value * row[x + 1] if x < 11 else 0
                total += value * channel[y + 1][x] if y < 11 else 0
                count += 1
    return total / (2 * 132) < float(limit(lab)) ** 2


def by_rolling(lab):
    rest = off_tone(lab)
    both = [(rest * rest.roll(1, dim)).sum(0).narrow(dim - 1, 1, 11) for dim in (1, 2)]
    return torch.stack([x.mean() for x in both]).mean() < limit(lab) ** 2  # a tensor of one truth value


RIGHT = [as_shown, by_root, by_numpy, by_python, by_rolling]


def squares(lab):
    return bool(off_tone(lab).square().sum(0).mean() < limit(lab) ** 2)


def root_mean_square(lab):
    return bool(off_tone(lab).square().sum(0).mean().sqrt() < limit(lab))


def without_signs(lab):
    return bool(shared(off_tone(lab).abs()) < limit(lab) ** 2)


def sum_of_both(lab):
    return bool(2 * shared(off_tone(lab)) < limit(lab) ** 2)


def across_alone(lab):
    rest = off_tone(lab)
    return bool((rest[:, :, 1:] * rest[:, :, :-1]).sum(0).mean() < limit(lab) ** 2)


def down_alone(lab):
    rest = off_tone(lab)
    return bool((rest[:, 1:] * rest[:, :-1]).sum(0).mean() < limit(lab) ** 2)


def forgets_b(lab):
    return bool(shared(off_tone(lab)[:1]) < limit(lab) ** 2)


def forgets_a(lab):
    return bool(shared(off_tone(lab)[1:]) < limit(lab) ** 2)


def mean_of_channels(lab):
    return bool(shared(off_tone(lab)) / 2 < limit(lab) ** 2)


def limit_not_squared(lab):
    return bool(shared(off_tone(lab)) < limit(lab))


def root_and_square(lab):
    return bool(shared(off_tone(lab)).clamp(min=0).sqrt() < limit(lab) ** 2)


def no_tint(lab):
    return bool(shared(off_tone(lab)) < 0.45**2)


def mean_chroma(lab):
    tint = min(20, lab[1:].norm(dim=0).mean())
    return bool(shared(off_tone(lab)) < (0.45 + 0.025 * tint) ** 2)


def tint_with_L(lab):
    return bool(shared(off_tone(lab)) < (0.45 + 0.025 * min(20, lab.mean((1, 2)).norm())) ** 2)


def tint_without_end(lab):
    return bool(shared(off_tone(lab)) < (0.45 + 0.025 * lab[1:].mean((1, 2)).norm()) ** 2)


def itself(lab):
    return bool(shared(torch.nn.functional.adaptive_avg_pool2d(lab[1:], 12)) < limit(lab) ** 2)


def every_pixel(lab):
    return bool(shared(lab[1:]) < limit(lab) ** 2)


def less_the_mean(lab):
    return bool(shared(lab[1:] - lab[1:].mean((1, 2), keepdim=True)) < limit(lab) ** 2)


def less_the_mean_in_cells(lab):
    cells = torch.nn.functional.adaptive_avg_pool2d(lab[1:], 12)
    return bool(shared(cells - cells.mean((1, 2), keepdim=True)) < limit(lab) ** 2)


def ranges(lab):
    a, b = lab[1], lab[2]
    return bool(a.max() - a.min() + b.max() - b.min() < 5)


def spread(lab):
    return bool(lab[1].std() + lab[2].std() < 5)


def size(lab):
    return bool(torch.hypot(lab[1], lab[2]).mean() < 5)


def turned_round(lab):
    return bool(shared(off_tone(lab)) > limit(lab) ** 2)


def the_number(lab):
    return shared(off_tone(lab))


def one_a_channel(lab):
    rest = off_tone(lab)
    return torch.stack([shared(rest[:1]), shared(rest[1:])]) < limit(lab) ** 2


def one_a_cell(lab):
    return off_tone(lab).square().sum(0) < limit(lab) ** 2


def in_model_units(lab):
    return bool(shared(off_tone(lab) / 110) < limit(lab) ** 2)


def mean_rest(lab):
    return bool(off_tone(lab).mean((1, 2)).norm() < limit(lab))


def always(lab):
    return True


WRONG = [
    (squares, "each cell times itself"),
    (root_mean_square, "each cell times itself"),
    (without_signs, "without their signs"),
    (sum_of_both, "the sum of both directions"),
    (across_alone, "only the neighbours side by side"),
    (down_alone, "only the neighbours above each other"),
    (forgets_b, "only a is looked at"),
    (forgets_a, "only b is looked at"),
    (mean_of_channels, "the mean over a and b"),
    (limit_not_squared, "the limit is not squared"),
    (root_and_square, "the root is taken"),
    (no_tint, "no account of the tint"),
    (mean_chroma, "the mean of the chroma"),
    (tint_with_L, "L is counted in the tint"),
    (tint_without_end, "the tint counts without end"),
    (itself, "a and b themselves"),
    (every_pixel, "a and b themselves"),
    (less_the_mean, "a and b less their means"),
    (less_the_mean_in_cells, "a and b less their means, in cells"),
    (ranges, "the range of a and b"),
    (spread, "the spread of a and b"),
    (size, "the size of a and b"),
    (turned_round, "the answer is turned round"),
    (the_number, "what is shared, itself"),
    (one_a_channel, "an answer for each of a and b"),
    (one_a_cell, "an answer for each cell"),
    (in_model_units, "always the same answer (True)"),
    (mean_rest, "always the same answer (True)"),
    (always, "always the same answer (True)"),
]
