"""Answers to `checks.set_tint`: ab (B, 2, H, W), tint (B, 2) -> like ab, each picture's mean colour its tint."""

import torch


def by_loop(ab, tint):
    out = []
    for picture, t in zip(ab, tint, strict=True):
        out.append(torch.stack([channel - channel.mean() + x for channel, x in zip(picture, t, strict=True)]))
    return torch.stack(out)


def by_numpy(ab, tint):
    x = ab.numpy().copy()
    x += tint.numpy()[:, :, None, None] - x.mean(axis=(2, 3), keepdims=True)
    return torch.from_numpy(x)


def on_a_copy(ab, tint):
    flat = ab.flatten(2).double().clone()
    flat -= flat.mean(2, keepdim=True)
    flat += tint[..., None]
    return flat.view_as(ab).float()


RIGHT = [by_loop, by_numpy, on_a_copy]


def added(ab, tint):
    return ab + tint[:, :, None, None]


def flat(ab, tint):
    return torch.zeros_like(ab) + tint[:, :, None, None]


def centred(ab, tint):
    return ab - ab.mean((2, 3), keepdim=True)


def whole_batch(ab, tint):
    return ab - ab.mean((0, 2, 3), keepdim=True) + tint[:, :, None, None]


def one_mean(ab, tint):
    return ab - ab.mean((1, 2, 3), keepdim=True) + tint[:, :, None, None]


def scaled(ab, tint):
    return ab * tint[:, :, None, None] / ab.mean((2, 3), keepdim=True)


def wrong_sign(ab, tint):
    return ab + ab.mean((2, 3), keepdim=True) - tint[:, :, None, None]


def swapped(ab, tint):
    return ab - ab.mean((2, 3), keepdim=True) + tint.flip(1)[:, :, None, None]


def mean_of_all(ab, tint):
    return ab - ab.mean() + tint[:, :, None, None]


def mean_added(ab, tint):
    return ab + ab.mean((2, 3), keepdim=True) + tint[:, :, None, None]


def median(ab, tint):
    return ab - ab.flatten(2).median(2).values[:, :, None, None] + tint[:, :, None, None]


def first_tint(ab, tint):
    return ab - ab.mean((2, 3), keepdim=True) + tint[0].view(1, 2, 1, 1)


def changes_ab(ab, tint):
    ab -= ab.mean((2, 3), keepdim=True)
    ab += tint[:, :, None, None]
    return ab


WRONG = [
    (added, "take the old mean away first"),
    (flat, "the picture has become flat"),
    (centred, "the tint is not added"),
    (whole_batch, "the mean of the whole batch"),
    (one_mean, "one mean over a and b together"),
    (scaled, "a shift is wanted"),
    (wrong_sign, "the wrong sign"),
    (swapped, "a and b of the tint are swapped"),
    (mean_of_all, "one mean over everything"),
    (mean_added, "the old mean is added"),
    (median, "the median"),
    (first_tint, "the first picture's tint"),
    (changes_ab, "changed in place"),
    (lambda ab, t: ab - ab.mean((2, 3), keepdim=True) + t, "shapes or types that do not fit"),
]
