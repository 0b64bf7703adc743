"""Answers to `checks.region_prior`: ab (B, 2, H, W), mask (B, 1, H, W) -> the prior of the pixels inside, (B, 4)."""

import torch

from colorlib.prior import color_prior


def by_picking(ab, mask):
    rows = []
    for x, m in zip(ab, mask, strict=True):
        a, b = x[:, m[0].bool()]
        spread = a.std(correction=0) + b.std(correction=0)
        rows.append(torch.stack([a.mean(), b.mean(), spread, (a**2 + b**2).sqrt().mean()]))
    return torch.stack(rows)


def by_nan(ab, mask):
    x = torch.where(mask > 0, ab, torch.nan)
    mean = x.nanmean((2, 3))
    deviation = (x - mean[:, :, None, None]).square().nanmean((2, 3)).sqrt()
    chroma = x.square().sum(1).sqrt().nanmean((1, 2))
    return torch.cat([mean, deviation.sum(1, keepdim=True), chroma[:, None]], 1)


def changed(column, values):
    """by_picking with one column replaced."""

    def answer(ab, mask):
        p = by_picking(ab, mask)
        p[:, column] = values(ab, mask)
        return p

    return answer


def variance(ab, mask):
    return torch.stack([x[:, m[0] > 0].var(1, correction=0) for x, m in zip(ab, mask, strict=True)])


RIGHT = [by_picking, by_nan]
WRONG = [
    (lambda ab, m: color_prior(ab), "the mask is not used"),
    (lambda ab, m: color_prior(ab * m), "pixels outside count as grey"),
    (changed(2, lambda ab, m: variance(ab, m).sum(1)), "the variance"),
    (changed(2, lambda ab, m: variance(ab, m).sum(1).sqrt()), "the root of the summed variances"),
    (changed(3, lambda ab, m: by_picking(ab, m)[:, :2].norm(dim=1)), "the length of the mean colour"),
    (changed(2, lambda ab, m: (ab * m).std((2, 3), correction=0).sum(1)), "zeros are counted"),
    (lambda ab, m: by_picking(ab, m)[:, [1, 0, 2, 3]], "a and b are swapped"),
    (lambda ab, m: by_picking(ab, m)[:, [0, 1, 3, 2]], "the last two"),
    (lambda ab, m: by_picking(ab, m).T, "axes"),
]
