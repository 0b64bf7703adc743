"""Answers to `checks.paired_bootstrap`: a (N,), b (N,) -> (low, high) of 1 - mean(b)/mean(a), 95 %."""

import random

import numpy as np
import torch


def reduction(a, b, axis=None):
    return 1 - b.mean(axis) / a.mean(axis)


def by_loop(a, b):
    rng = np.random.default_rng(1)
    values = []
    for _ in range(500):
        rows = rng.integers(0, len(a), len(a))
        values.append(reduction(a[rows], b[rows]))
    return tuple(np.percentile(values, [2.5, 97.5]))


def with_the_value(a, b):
    rows = torch.randint(len(a), (1000, len(a))).numpy()
    values = np.sort(reduction(a[rows], b[rows], 1))
    return reduction(a, b), values[24], values[974]


def by_choices(a, b):
    pairs, values = list(zip(a, b, strict=True)), []
    for _ in range(600):
        drawn = random.choices(pairs, k=len(pairs))
        values.append(1 - sum(y for _, y in drawn) / sum(x for x, _ in drawn))
    return [float(np.quantile(values, q)) for q in (0.025, 0.975)]


def by_counts(a, b):
    counts = np.random.default_rng(2).multinomial(len(a), np.full(len(a), 1 / len(a)), size=2000)
    return np.quantile(1 - counts @ b / (counts @ a), [0.025, 0.975])


def by_normal_approximation(a, b):
    rows = np.random.default_rng(3).choice(len(a), (2000, len(a)))
    values = reduction(a[rows], b[rows], 1)
    return values.mean() - 1.96 * values.std(), values.mean() + 1.96 * values.std()


def as_a_tensor(a, b):
    rows = np.random.default_rng(4).integers(0, len(a), (1500, len(a)))
    values = torch.from_numpy(reduction(a[rows], b[rows], 1))
    return torch.quantile(values, torch.tensor([0.025, 0.975], dtype=torch.float64))


RIGHT = [by_loop, with_the_value, by_choices, by_counts, by_normal_approximation, as_a_tensor]


def usual(value=reduction, percentiles=(2.5, 97.5), apart=False, replace=True, draws=1000, size=1.0):
    """The answer in the usual way, with one thing changed."""

    def student(a, b):
        rng = np.random.default_rng(5)
        n = int(size * len(a))
        rows = np.array([rng.choice(len(a), n, replace=replace) for _ in range(draws)])
        other = rng.integers(0, len(a), rows.shape) if apart else rows
        return np.percentile(value(a[rows], b[other], 1), percentiles)

    return student


def one_standard_error(a, b):
    rows = np.random.default_rng(6).integers(0, len(a), (1000, len(a)))
    values = reduction(a[rows], b[rows], 1)
    return reduction(a, b) - values.std(), reduction(a, b) + values.std()


def extremes(a, b):
    rows = np.random.default_rng(7).integers(0, len(a), (1000, len(a)))
    values = reduction(a[rows], b[rows], 1)
    return values.min(), values.max()


def mean_of_ratios(a, b):
    rows = np.random.default_rng(8).integers(0, len(a), (1000, len(a)))
    return np.percentile((1 - b / a)[rows].mean(1), [2.5, 97.5])


def spread_of_pictures(a, b):
    return np.percentile(1 - b / a, [2.5, 97.5])


def the_value_alone(a, b):
    return reduction(a, b)


def no_resampling(a, b):
    return reduction(a, b), reduction(a, b)


def shuffled(a, b):
    rng, values = np.random.default_rng(9), []
    for _ in range(500):
        rows = rng.permutation(len(a))
        values.append(reduction(a[rows], b[rows]))
    return np.percentile(values, [2.5, 97.5])


def all_values(a, b):
    rows = np.random.default_rng(10).integers(0, len(a), (500, len(a)))
    return reduction(a[rows], b[rows], 1)


def with_nan(a, b):
    rows = np.random.default_rng(11).integers(0, len(a), (500, len(a)))
    return np.percentile(np.log(-reduction(a[rows], b[rows], 1)), [2.5, 97.5])


def percentiles_of_one(a, b):
    rows = np.random.default_rng(12).integers(0, len(a), (1000, len(a)))
    return np.percentile(reduction(a[rows], b[rows], 1), [0.025, 0.975])


def sorts_the_scores(a, b):
    a.sort()
    b.sort()
    return usual()(a, b)


WRONG = [
    (usual(apart=True), "a and b drawn separately"),
    (usual(percentiles=(5, 95)), "an interval of 90 %"),
    (usual(percentiles=(0.5, 99.5)), "an interval of 99 %"),
    (usual(percentiles=(25, 75)), "an interval of 50 %"),
    (usual(percentiles=(97.5, 2.5)), "high and low are swapped"),
    (usual(value=lambda a, b, i: (a - b).mean(i)), "divide it by the mean of a"),
    (usual(value=lambda a, b, i: (b - a).mean(i)), "b's mean minus a's"),
    (usual(value=lambda a, b, i: b.mean(i) / a.mean(i) - 1), "the wrong sign"),
    (usual(value=lambda a, b, i: b.mean(i) / a.mean(i)), "the ratio mean(b)/mean(a)"),
    (usual(value=lambda a, b, i: 1 - a.mean(i) / b.mean(i)), "a and b are swapped"),
    (usual(value=lambda a, b, i: 100 * reduction(a, b, i)), "in per cent"),
    (usual(value=lambda a, b, i: 1 - np.median(b, i) / np.median(a, i)), "the median"),
    (usual(value=lambda a, b, i: (1 - b / a).mean(i)), "the mean of the ratios"),
    (usual(value=lambda a, b, i: (a - b).mean(i) / b.mean(i)), "divided by the mean of b"),
    (usual(replace=False), "drawn without replacement"),
    (usual(size=0.25), "draws of another size than the set"),
    (usual(draws=12), "too few resamples"),
    (one_standard_error, "one standard error"),
    (extremes, "the smallest and the largest"),
    (mean_of_ratios, "the mean of the ratios"),
    (spread_of_pictures, "the spread of single pictures"),
    (the_value_alone, "2 or 3 numbers"),
    (no_resampling, "no resampling"),
    (shuffled, "drawn without replacement"),
    (all_values, "2 or 3 numbers"),
    (with_nan, "none of them NaN"),
    (percentiles_of_one, "per cent"),
    (sorts_the_scores, "changed in place"),
]
