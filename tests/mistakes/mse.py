"""Answers to `checks.mse`: truth and pred, both uint8 (N, H, W, 3) -> (N,)."""

import numpy as np
import torch


def by_loop(truth, pred):
    return [float(np.mean((np.float32(x) - np.float32(y)) ** 2)) for x, y in zip(truth, pred, strict=True)]


def by_integers(truth, pred):
    d = (truth.astype(int) - pred.astype(int)).reshape(len(truth), -1)
    return (d * d).sum(1) / d.shape[1]


def by_einsum(truth, pred):
    d = np.subtract(truth, pred, dtype=np.float64)
    return np.einsum("nhwc,nhwc->n", d, d) / d[0].size


def by_norm(truth, pred):
    d = (truth / 1.0 - pred).reshape(len(truth), -1)
    return np.linalg.norm(d, axis=1) ** 2 / d.shape[1]


def by_torch(truth, pred):
    x, y = torch.from_numpy(truth).double(), torch.from_numpy(pred).double()
    return torch.nn.functional.mse_loss(x, y, reduction="none").flatten(1).mean(1)


def by_opening_the_square(truth, pred):
    x, y = truth.astype(np.float64), pred.astype(np.float64)
    return (x**2 - 2 * x * y + y**2).mean((3, 2, 1))


RIGHT = [by_loop, by_integers, by_einsum, by_norm, by_torch, by_opening_the_square]


def wraps_round(truth, pred):
    return ((truth - pred) ** 2).mean(axis=(1, 2, 3))


def converted_late(truth, pred):
    return ((truth - pred).astype(float) ** 2).mean(axis=(1, 2, 3))


def square_wraps_round(truth, pred):
    return ((truth.astype(np.int16) - pred) ** 2).mean(axis=(1, 2, 3))


def eight_bit_signed(truth, pred):
    return ((truth.astype(np.int8) - pred.astype(np.int8)).astype(float) ** 2).mean(axis=(1, 2, 3))


def whole_set(truth, pred):
    return np.mean((truth.astype(float) - pred.astype(float)) ** 2)


def summed(truth, pred):
    return ((truth.astype(float) - pred.astype(float)) ** 2).sum(axis=(1, 2, 3))


def channels_summed(truth, pred):
    d = (truth.astype(float) - pred.astype(float)) ** 2
    return d.sum(axis=(1, 2, 3)) / (d.shape[1] * d.shape[2])


def one_a_channel(truth, pred):
    return ((truth.astype(float) - pred.astype(float)) ** 2).mean(axis=(1, 2))


def one_a_pixel(truth, pred):
    return ((truth.astype(float) - pred.astype(float)) ** 2).mean(axis=-1)


def absolute(truth, pred):
    return np.abs(truth.astype(float) - pred.astype(float)).mean(axis=(1, 2, 3))


def rmse(truth, pred):
    return np.sqrt(((truth.astype(float) - pred.astype(float)) ** 2).mean(axis=(1, 2, 3)))


def zero_to_one(truth, pred):
    return ((truth / 255 - pred / 255) ** 2).mean(axis=(1, 2, 3))


def pictures_averaged(truth, pred):
    return ((truth.astype(float) - pred.astype(float)) ** 2).mean(axis=0)


def square_missing(truth, pred):
    return (truth.astype(float) - pred.astype(float)).mean(axis=(1, 2, 3))


def squared_mean(truth, pred):
    return (truth.astype(float) - pred.astype(float)).mean(axis=(1, 2, 3)) ** 2


def variance(truth, pred):
    return (truth.astype(float) - pred.astype(float)).var(axis=(1, 2, 3))


def divided_by_number(truth, pred):
    return ((truth.astype(float) - pred.astype(float)) ** 2).sum(axis=(1, 2, 3)) / len(truth)


def difference_of_squares(truth, pred):
    return (truth.astype(float) ** 2 - pred.astype(float) ** 2).mean(axis=(1, 2, 3))


def first_only(truth, pred):
    return np.mean((truth[0].astype(float) - pred[0].astype(float)) ** 2)


def in_half(truth, pred):
    return ((truth.astype(np.float16) - pred.astype(np.float16)) ** 2).mean(axis=(1, 2, 3))


def minus_one(truth, pred):
    d = (truth.astype(float) - pred.astype(float)) ** 2
    return d.sum(axis=(1, 2, 3)) / (d[0].size - 1)


def first_channel(truth, pred):
    return ((truth[..., 0].astype(float) - pred[..., 0].astype(float)) ** 2).mean(axis=(1, 2))


def psnr(truth, pred):
    return 10 * np.log10(255**2 / ((truth.astype(float) - pred) ** 2).mean(axis=(1, 2, 3)))


WRONG = [
    (wraps_round, "wrap round"),
    (converted_late, "converted to float after the subtraction"),
    (square_wraps_round, "the square does not fit"),
    (eight_bit_signed, "int8"),
    (whole_set, "one mean over the whole set"),
    (summed, "the sum over pixels, not the mean"),
    (channels_summed, "not by the three channels"),
    (one_a_channel, "one number a channel"),
    (one_a_pixel, "one number a pixel"),
    (absolute, "the mean of |difference|"),
    (rmse, "the root of the MSE"),
    (zero_to_one, "on the scale 0..1"),
    (pictures_averaged, "the mean over the pictures"),
    (square_missing, "the square is missing"),
    (squared_mean, "first the square, then the mean"),
    (variance, "the variance of the difference"),
    (divided_by_number, "divided by the number of pictures"),
    (difference_of_squares, "the difference of the squares"),
    (first_only, "the first picture alone"),
    (in_half, "float16"),
    (minus_one, "divided by one less"),
    (first_channel, "the first channel alone"),
    (psnr, "the PSNR"),
]
