"""Answers to `checks.psnr_mean`: mse (N,) -> the mean over pictures of each one's own PSNR."""

import math

import numpy as np
import torch


def geometric_mean(mse):
    return 10 * np.log10(255**2 / np.exp(np.mean(np.log(mse))))


def running(mse):
    total = 0.0
    for x in mse.tolist():
        total += 10 * math.log10(255**2 / x)
    return total / mse.size


RIGHT = [
    lambda mse: np.mean([20 * math.log10(255 / math.sqrt(x)) for x in mse]),
    lambda mse: torch.tensor(48.1308036 - 10 * np.log10(mse).mean()),
    lambda mse: (-10 * torch.from_numpy(mse / 65025).log10()).mean(),
    geometric_mean,
    running,
]


def pooled(mse):
    return 10 * np.log10(255**2 / np.mean(mse))


def twenty(mse):
    return np.mean(20 * np.log10(255**2 / mse))


def peak_one(mse):
    return np.mean(10 * np.log10(1 / mse))


def peak_100(mse):
    return np.mean(10 * np.log10(100**2 / mse))


def not_squared(mse):
    return np.mean(10 * np.log10(255 / mse))


def natural(mse):
    return np.mean(10 * np.log(255**2 / mse))


def no_ten(mse):
    return np.mean(np.log10(255**2 / mse))


def upside_down(mse):
    return np.mean(10 * np.log10(mse / 255**2))


def rooted(mse):
    return np.mean(10 * np.log10(255**2 / np.sqrt(mse)))


def each(mse):
    return 10 * np.log10(255**2 / mse)


def total(mse):
    return np.sum(10 * np.log10(255**2 / mse))


def median(mse):
    return np.median(10 * np.log10(255**2 / mse))


def minus_one(mse):
    return np.sum(10 * np.log10(255**2 / mse)) / (len(mse) - 1)


def log_of_mean_ratio(mse):
    return 10 * np.log10(np.mean(255**2 / mse))


def best(mse):
    return np.max(10 * np.log10(255**2 / mse))


def without_the_last(mse):
    values = [10 * math.log10(255**2 / mse[i]) for i in range(len(mse) - 1)]
    return sum(values) / max(len(values), 1)


def return_too_early(mse):
    for x in mse:
        return 10 * math.log10(255**2 / x)


def pooled_natural(mse):
    return 10 * np.log(255**2 / mse.mean())


def root_forgotten(mse):
    return np.mean(20 * np.log10(255 / mse))


WRONG = [
    (pooled, "the PSNR of the mean MSE"),
    (twenty, "20 log10"),
    (peak_one, "a peak of 1;"),
    (peak_100, "a peak of 100"),
    (not_squared, "255 is not squared"),
    (natural, "the natural logarithm"),
    (no_ten, "the factor 10 is missing"),
    (upside_down, "upside down"),
    (rooted, "the root of the MSE under 255²"),
    (each, "one number for each picture"),
    (total, "the sum of the PSNRs"),
    (median, "the median"),
    (minus_one, "divided by one less"),
    (log_of_mean_ratio, "the logarithm of the mean ratio"),
    (best, "the smallest MSE alone"),
    (without_the_last, "the last picture is left out"),
    (return_too_early, "the first picture alone"),
    (pooled_natural, "the natural logarithm"),
    (root_forgotten, "the MSE needs its root"),
]
