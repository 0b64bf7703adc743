"""Answers to `checks.region_prior`: ab (B, 2, H, W), mask (B, 1, H, W) of 0 and 1 -> (B, 4) of the pixels inside."""

import torch

from colorlib import prior


def by_selection(ab, mask):
    rows = []
    for picture, m in zip(ab, mask[:, 0].bool(), strict=True):
        a, b = picture[0][m], picture[1][m]
        spread = a.std(correction=0) + b.std(correction=0)
        rows.append(torch.stack([a.mean(), b.mean(), spread, torch.hypot(a, b).mean()]))
    return torch.stack(rows)


def by_weights(ab, mask):
    w = (mask / mask.sum((2, 3), keepdim=True)).double()
    m = (w * ab).sum((2, 3))
    s = ((w * ab.double() ** 2).sum((2, 3)) - m**2).clamp(min=0).sqrt()
    return torch.cat([m, s.sum(1, keepdim=True), (w[:, 0] * ab.norm(dim=1)).sum((1, 2))[:, None]], 1).float()


def by_nan(ab, mask):
    x = torch.where(mask > 0, ab, torch.nan).flatten(2)
    m = x.nanmean(2)
    s = (x - m[..., None]).square().nanmean(2).sqrt().sum(1)
    return torch.column_stack([m, s, x.square().sum(1).sqrt().nanmean(1)])


RIGHT = [by_selection, by_weights, by_nan]


def parts(ab, mask):
    n = mask.sum((2, 3))
    m = (ab * mask).sum((2, 3)) / n
    v = ((ab - m[..., None, None]).square() * mask).sum((2, 3)) / n
    size = (ab.norm(dim=1, keepdim=True) * mask).sum((2, 3)) / n
    return m, v, size


def no_mask(ab, mask):
    return prior.color_prior(ab)


def zeros_outside(ab, mask):
    return prior.color_prior(ab * mask)


def turned_round(ab, mask):
    m, v, size = parts(ab, 1 - mask)
    return torch.cat([m, v.sqrt().sum(1, keepdim=True), size], 1)


def variance(ab, mask):
    m, v, size = parts(ab, mask)
    return torch.cat([m, v.sum(1, keepdim=True), size], 1)


def root_of_sum(ab, mask):
    m, v, size = parts(ab, mask)
    return torch.cat([m, v.sum(1, keepdim=True).sqrt(), size], 1)


def spread_with_zeros(ab, mask):
    m, _, size = parts(ab, mask)
    return torch.cat([m, (ab * mask).flatten(2).std(2, correction=0).sum(1, keepdim=True), size], 1)


def size_with_zeros(ab, mask):
    m, v, _ = parts(ab, mask)
    return torch.cat([m, v.sqrt().sum(1, keepdim=True), (ab * mask).norm(dim=1).mean((1, 2))[:, None]], 1)


def length_of_mean(ab, mask):
    m, v, _ = parts(ab, mask)
    return torch.cat([m, v.sqrt().sum(1, keepdim=True), m.norm(dim=1, keepdim=True)], 1)


def no_root(ab, mask):
    m, v, _ = parts(ab, mask)
    size = (ab.square().sum(1, keepdim=True) * mask).sum((2, 3)) / mask.sum((2, 3))
    return torch.cat([m, v.sqrt().sum(1, keepdim=True), size], 1)


def swapped(ab, mask):
    return by_selection(ab.flip(1), mask)


def whole_batch(ab, mask):
    inside = ab.transpose(0, 1)[:, mask[:, 0].bool()]
    return prior.color_prior(inside[None, :, :, None]).expand(len(ab), 4)


def sample_std(ab, mask):
    m, v, size = parts(ab, mask)
    n = mask.sum((2, 3))
    return torch.cat([m, (v * n / (n - 1)).sqrt().sum(1, keepdim=True), size], 1)


def absolute(ab, mask):
    m, v, _ = parts(ab, mask)
    size = (ab.abs().sum(1, keepdim=True) * mask).sum((2, 3)) / mask.sum((2, 3))
    return torch.cat([m, v.sqrt().sum(1, keepdim=True), size], 1)


def means_with_zeros(ab, mask):
    _, v, size = parts(ab, mask)
    return torch.cat([(ab * mask).mean((2, 3)), v.sqrt().sum(1, keepdim=True), size], 1)


WRONG = [
    (no_mask, "the mask is not used"),
    (zeros_outside, "pixels outside count as grey"),
    (turned_round, "the mask is turned round"),
    (variance, "the variance, not its square root"),
    (root_of_sum, "the root of the summed variances"),
    (spread_with_zeros, "the spread of the masked picture"),
    (size_with_zeros, "the magnitude counts zeros"),
    (length_of_mean, "the length of the mean colour"),
    (no_root, "without the square root"),
    (swapped, "a and b are swapped"),
    (whole_batch, "over the whole batch"),
    (sample_std, "N - 1"),
    (absolute, "|a| + |b|"),
    (means_with_zeros, "the means count zeros"),
    (lambda ab, m: by_selection(ab, m)[:, [0, 1, 3, 2]], "the last two numbers are swapped"),
    (lambda ab, m: by_selection(ab, m).T, "`.T` is too much"),
]
