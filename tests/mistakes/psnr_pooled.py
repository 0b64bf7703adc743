"""Answers to `checks.psnr_pooled`: mse (N,) -> the PSNR of the mean MSE."""

import math

import numpy as np
import torch

RIGHT = [
    lambda mse: 20 * np.log10(255 / np.sqrt(sum(mse) / len(mse))),
    lambda mse: -10 * math.log10(np.mean(mse / 255**2)),
    lambda mse: torch.tensor(48.1308036 - 10 * np.log10(mse.mean())),
    lambda mse: 10 * (2 * math.log(255) - math.log(float(np.mean(mse)))) / math.log(10),
    lambda mse: np.array([np.average(mse)]).item() and 10 * np.log10(65025.0 / np.average(mse)),
]


def mean_of_psnr(mse):
    return np.mean(10 * np.log10(255**2 / mse))


def twenty(mse):
    return 20 * np.log10(255**2 / np.mean(mse))


def peak_one(mse):
    return 10 * np.log10(1 / np.mean(mse))


def peak_256(mse):
    return 10 * np.log10(256**2 / np.mean(mse))


def not_squared(mse):
    return 10 * np.log10(255 / np.mean(mse))


def natural(mse):
    return 10 * np.log(255**2 / np.mean(mse))


def no_ten(mse):
    return np.log10(255**2 / np.mean(mse))


def upside_down(mse):
    return 10 * np.log10(np.mean(mse) / 255**2)


def rooted(mse):
    return 10 * np.log10(255**2 / np.sqrt(np.mean(mse)))


def each(mse):
    return 10 * np.log10(255**2 / mse)


def summed(mse):
    return 10 * np.log10(255**2 / np.sum(mse))


def median(mse):
    return 10 * np.log10(255**2 / np.median(mse))


def squared_again(mse):
    return 10 * np.log10(255**2 / np.mean(mse**2))


def mean_of_rmse(mse):
    return 20 * np.log10(255 / np.mean(np.sqrt(mse)))


def base_two(mse):
    return 10 * np.log2(255**2 / np.mean(mse))


def best_only(mse):
    return 10 * np.log10(255**2 / np.min(mse))


def minus(mse):
    return 10 * np.log10(255**2) - np.mean(mse)


def first_only(mse):
    return 10 * math.log10(255**2 / mse[0])


def twenty_and_root_forgotten(mse):
    return 20 * np.log10(255 / np.mean(mse))


def own_peak(mse):
    return 10 * np.log10(np.max(mse) / np.mean(mse))


def sum_of_psnr(mse):
    return np.sum(10 * np.log10(255**2 / mse))


def integer(mse):
    return int(10 * np.log10(255**2 / np.mean(mse)))


def rounded(mse):
    return round(10 * np.log10(255**2 / np.mean(mse)), 1)


WRONG = [
    (mean_of_psnr, "the mean of the PSNRs"),
    (twenty, "20 log10"),
    (peak_one, "a peak of 1"),
    (peak_256, "a peak of 256"),
    (not_squared, "255 is not squared"),
    (natural, "the natural logarithm"),
    (no_ten, "the factor 10 is missing"),
    (upside_down, "upside down"),
    (rooted, "the root of the MSE under 255²"),
    (each, "one number for each picture"),
    (summed, "the sum of the MSEs"),
    (median, "the median"),
    (squared_again, "the MSE is squared once more"),
    (mean_of_rmse, "the mean of the roots"),
    (base_two, "log2"),
    (best_only, "the smallest MSE alone"),
    (minus, "the logarithm of the MSE is missing"),
    (first_only, "the first picture alone"),
    (twenty_and_root_forgotten, "the MSE needs its root"),
    (own_peak, "the peak is 255"),
    (sum_of_psnr, "the sum of the PSNRs"),
    (integer, "`int` is too much"),
    (rounded, "`round` is too much"),
]
