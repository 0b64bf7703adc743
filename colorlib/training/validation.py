"""What networks score while they train, and the numbers chosen on validation pictures."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from colorlib import color, methods, metrics
from colorlib.colorize import Colorizer, picture_noise
from colorlib.data import datasets
from colorlib.diffusion import correct_once
from colorlib.models import tints
from colorlib.prior import color_prior


def rgb_mse(predict, dataset, device="cpu", batch=50):
    """Mean squared error in 8-bit RGB of ab' = predict(L') over a dataset, L kept."""
    return rgb_mse_each(predict, dataset, device, batch).mean().item()


@torch.no_grad()
def rgb_mse_each(predict, dataset, device="cpu", batch=50):
    """The same for each picture, (N,) float64. The size of a batch changes nothing."""
    each, first = [], 0
    for L, ab in datasets.loader(dataset, batch):
        guess = _from(predict, first)(L.to(device)).float().cpu()
        difference = color.show(L, guess).astype(float) - color.show(L, ab)
        each.append(torch.from_numpy((difference**2).mean(axis=(1, 2, 3))))
        first += len(L)
    return torch.cat(each)


def _from(predict, first):
    """`predict` for the pictures from number `first` on, which have noise of their own."""
    return predict.starting(first) if hasattr(predict, "starting") else predict


@dataclass(frozen=True)
class Refined:
    """L' -> ab' by a second stage: the base, then one correction by `net` at noise step t.

    The noise of picture i depends on seed and first + i alone.
    """

    base: torch.nn.Module
    net: torch.nn.Module
    t: int = 0
    seed: int = 0
    vibrance: float = 1.0
    first: int = 0

    def __call__(self, L):
        """L' (B, 1, H, W) -> ab' (B, 2, H, W)."""
        ab_base = self.base(L).float()
        noise = torch.zeros_like(ab_base)
        if self.t:
            noise = picture_noise(ab_base, self.seed, self.first)
        prior = self.vibrance * color_prior(ab_base)
        return correct_once(self.net, L, ab_base, self.t, prior, noise)[0]

    def starting(self, first):
        """The same for pictures that stand at `first` and after in a dataset."""
        return replace(self, first=first)


@dataclass(frozen=True)
class Sampled:
    """L' -> ab' of one sample of each picture, its spread asked for `asking` times larger.

    Picture i's depends on first + i alone.
    """

    able: Colorizer
    asking: float
    first: int = 0

    def __call__(self, L):
        """L' (B, 1, H, W) -> ab' (B, 2, H, W)."""
        base = self.able.run["base"](L)
        prior = tints.absolute(self.able.tint(L, base, first=self.first), color_prior(base))
        prior[:, 2] *= self.asking
        return self.able.predict(L, "two-stage", prior=prior, first=self.first, ab_base=base)["ab"]

    def starting(self, first):
        """The same for pictures that stand at `first` and after in a dataset."""
        return replace(self, first=first)


def predictor(parts, part, t=0, seed=0, vibrance=1.0, refines=None):
    """The function L' -> ab' that this part stands for: on its own, or correcting the base.

    t, seed: noise step and noise of a second stage; vibrance: factor on the prior that it is
    handed, the base's own. refines: whether it is one; None looks its row up in `methods`.
    """
    net = parts[part].eval()
    if refines is None:
        row = methods.by_part(part)
        refines = row is not None and len(row.networks) > 1
    return Refined(parts["base"].eval(), net, t, seed, vibrance) if refines else net


def mean_ab(dataset):
    """Mean a and b of a dataset in ab units, [a, b]: the best constant colour in Lab."""
    batches = datasets.loader(dataset, 256)
    total = sum(ab.double().mean(dim=(2, 3)).sum(dim=0) for _, ab in batches)
    return (color.AB_SCALE * total / len(dataset)).tolist()


def best_t(parts, val_set, device="cpu", choices=(0, 5, 10, 20, 50)):
    """The noise step at which the refiner scores best on the validation pictures."""
    return min(choices, key=lambda t: rgb_mse(predictor(parts, "refiner", t), val_set, device))


@torch.no_grad()
def find_vibrance(parts, val_set, t=0, device="cpu", count=200):
    """The factor on the base's prior, 1 to 3, that makes pictures as colourful as real ones are.

    Found by halving on `count` of the validation pictures. A loss that rewards small errors
    makes a network hedge, and a hedge is paler than the truth; a refiner that can be steered can be
    told to hedge less.
    """
    few = _some(val_set, count)
    return _as_colorful(few, device, lambda factor: predictor(parts, "refiner", t, vibrance=factor))


@torch.no_grad()
def find_asking(parts, val_set, t=0, device="cpu", count=200):
    """The factor on the drawn spread, 1 to 3, that makes samples as colourful as real pictures are:
    a refiner gives less spread than it is asked for.

    Found as the vibrance is; `TintMixture.ask` keeps it. A larger magnitude would do as well, but
    shift the tint with it, which then is calibrated no longer.
    """
    able = Colorizer(dict(parts), {"size": val_set.size, "t": t}, device=device)
    return _as_colorful(_some(val_set, count), device, lambda factor: Sampled(able, factor))


def _some(val_set, count):
    """`count` pictures, evenly spread: the first ones may be all of one source, age or person."""
    count = min(count, len(val_set))
    return val_set.subset([round(i * len(val_set) / count) for i in range(count)])


def _as_colorful(pictures, device, predictor_at):
    """The factor, 1 to 3, at which predictor_at(factor) is as colourful as the pictures."""

    def colorful(predict=None):
        each, first = [], 0
        for L, ab in datasets.loader(pictures, 50):
            ab = _from(predict, first)(L.to(device)).float().cpu() if predict else ab
            each.append(metrics.colorfulness(color.show(L, ab)))
            first += len(L)
        return np.concatenate(each).mean()

    low, high, truth = 1.0, 3.0, colorful()
    for _ in range(7):
        middle = (low + high) / 2
        if colorful(predictor_at(middle)) < truth:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 2)
