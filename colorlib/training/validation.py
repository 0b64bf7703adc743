"""What networks score on pictures while they train, and the two numbers that are chosen on
validation pictures.
"""

import numpy as np
import torch

from colorlib import metrics
from colorlib.color import model_to_rgb, to_uint8
from colorlib.data import datasets
from colorlib.diffusion import correct_once
from colorlib.prior import color_prior
from colorlib.training.schedule import SINGLE


@torch.no_grad()
def rgb_mse(predict, dataset, device="cpu", batch=50):
    """Mean squared error in 8-bit RGB of ab' = predict(L') over a dataset, L kept."""
    return rgb_mse_each(predict, dataset, device, batch).mean().item()


@torch.no_grad()
def rgb_mse_each(predict, dataset, device="cpu", batch=50):
    """The same for each picture, (N,) float64."""
    each = []
    for L, ab in datasets.loader(dataset, batch):
        L, ab = L.to(device), ab.to(device)
        error = (model_to_rgb(L, predict(L).float()) * 255).round() - (
            model_to_rgb(L, ab) * 255
        ).round()
        # in this order: Apple's GPUs have no float64
        each.append(error.square().mean(dim=(1, 2, 3)).cpu().double())
    return torch.cat(each)


def predictor(parts, part, t=0, seed=0, vibrance=1.0):
    """The function L' -> ab' that this part stands for: on its own, or correcting the base at noise
    step t.

    vibrance: factor on the prior that a second network is handed, the base's own.
    """
    net = parts[part].eval()
    if part in SINGLE or part.startswith("fold"):
        return net
    base = parts["base"].eval()

    def predict(L):
        ab_base = base(L).float()
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(ab_base.shape, generator=generator).to(ab_base)
        return correct_once(net, L, ab_base, t, vibrance * color_prior(ab_base), noise=noise)[0]

    return predict


def mean_ab(dataset):
    """Mean a and b of a dataset in ab units, [a, b]: the best constant colour in Lab."""
    total = sum(ab.double().mean(dim=(2, 3)).sum(dim=0) for _, ab in datasets.loader(dataset, 256))
    return (110 * total / len(dataset)).tolist()


def best_t(parts, val_set, device="cpu", choices=(0, 5, 10, 20, 50)):
    """The noise step at which the refiner scores best on the validation pictures."""
    return min(choices, key=lambda t: rgb_mse(predictor(parts, "refiner", t), val_set, device))


@torch.no_grad()
def find_vibrance(parts, val_set, t=0, device="cpu", count=200):
    """The factor on the base's prior, 1 to 3, at which refined pictures are on average as colourful
    as real ones.

    Found by halving on the first `count` validation pictures. A loss that rewards small errors
    makes a network hedge, and a hedge is paler than the truth; a refiner that can be steered can be
    told to hedge less.
    """
    few = val_set.subset(range(min(count, len(val_set))))

    def colorful(predict=None):
        each = []
        for L, ab in datasets.loader(few, 50):
            ab = predict(L.to(device)).float().cpu() if predict else ab
            each.append(metrics.colorfulness(to_uint8(model_to_rgb(L, ab))))
        return np.concatenate(each).mean()

    low, high, truth = 1.0, 3.0, colorful()
    for _ in range(7):
        middle = (low + high) / 2
        if colorful(predictor(parts, "refiner", t, vibrance=middle)) < truth:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 2)
