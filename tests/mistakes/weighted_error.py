"""Answers to `checks.weighted_error`: prediction, truth (B, 2, H, W), weight (B, 1, H, W) -> scalar."""

import numpy as np
import torch


def by_average(prediction, truth, weight):
    d2 = ((prediction - truth) ** 2).sum(1).numpy()
    return torch.tensor(np.average(d2, weights=weight[:, 0].numpy()), dtype=torch.float32)


def by_loop(prediction, truth, weight):
    total = 0.0
    for p, y, w in zip(prediction, truth, weight, strict=True):
        total += (w * (p - y) ** 2).sum()
    return total / weight.sum()


def by_einsum(prediction, truth, weight):
    d = (prediction - truth).double()
    return (torch.einsum("bchw,bchw,bhw->", d, d, weight[:, 0].double()) / weight.double().sum()).float()


RIGHT = [by_average, by_loop, by_einsum]


def no_weights(prediction, truth, weight):
    return (prediction - truth).square().sum(1).mean()


def by_pixels(prediction, truth, weight):
    return (weight * (prediction - truth).square().sum(1, keepdim=True)).mean()


def over_both(prediction, truth, weight):
    return (weight * (prediction - truth).square().mean(1, keepdim=True)).sum() / weight.sum()


def plain_mean(prediction, truth, weight):
    return (weight * (prediction - truth).square()).mean()


def summed(prediction, truth, weight):
    return (weight * (prediction - truth).square()).sum()


def weight_inside(prediction, truth, weight):
    return ((weight * (prediction - truth)) ** 2).sum() / weight.sum()


def distance(prediction, truth, weight):
    return (weight[:, 0] * (prediction - truth).norm(dim=1)).sum() / weight.sum()


def rooted(prediction, truth, weight):
    return ((weight * (prediction - truth).square()).sum() / weight.sum()).sqrt()


def each_picture(prediction, truth, weight):
    return (weight * (prediction - truth).square()).sum((1, 2, 3)) / weight.sum((1, 2, 3))


def mean_of_pictures(prediction, truth, weight):
    return each_picture(prediction, truth, weight).mean()


def meets_the_batch(prediction, truth, weight):
    return (weight * (prediction - truth).square().sum(1)).sum() / weight.sum()


def not_squared(prediction, truth, weight):
    return (weight * (prediction - truth)).sum() / weight.sum()


WRONG = [
    (no_weights, "the mean weight of all pixels"),
    (by_pixels, "divided by the number of pixels"),
    (over_both, "the mean over a and b"),
    (plain_mean, "without dividing by the weights' sum"),
    (summed, "the sum is not divided"),
    (weight_inside, "the weight is squared"),
    (distance, "the distance, not its square"),
    (rooted, "the square root at the end"),
    (each_picture, "one mean for each picture"),
    (mean_of_pictures, "each picture's own mean first"),
    (meets_the_batch, "every weight meets every picture"),
    (not_squared, "the square is missing"),
    (lambda p, y, w: (w * (p - y).abs()).sum() / w.sum(), "|da| + |db|"),
]
