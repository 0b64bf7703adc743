"""Answers to `checks.color_prior`: ab (B, 2, H, W) -> (B, 4)."""

import numpy as np
import torch


def by_loop(ab):
    rows = []
    for a, b in ab:
        sigma = [((x - x.mean()) ** 2).mean().sqrt() for x in (a, b)]
        rows.append(torch.stack([a.mean(), b.mean(), sum(sigma), torch.hypot(a, b).mean()]))
    return torch.stack(rows)


def by_moments(ab):
    x = ab.flatten(2).double()
    m = x.mean(-1)
    s = (x.square().mean(-1) - m.square()).clamp(min=0).sqrt().sum(-1, keepdim=True)
    return torch.cat([m, s, torch.linalg.vector_norm(x, dim=1).mean(-1, keepdim=True)], 1).float()


def by_numpy(ab):
    a, b = ab.numpy().swapaxes(0, 1)
    rows = [[x.mean(), y.mean(), x.std() + y.std(), np.sqrt(x**2 + y**2).mean()] for x, y in zip(a, b, strict=True)]
    return torch.tensor(np.array(rows), dtype=torch.float32)


def by_complex_numbers(ab):
    z = torch.complex(ab[:, 0], ab[:, 1]).flatten(1)
    m = z.mean(1)
    spread = z.real.std(1, correction=0) + z.imag.std(1, correction=0)
    return torch.stack([m.real, m.imag, spread, z.abs().mean(1)], 1)


def by_einsum(ab):
    n = ab.shape[2] * ab.shape[3]
    m = torch.einsum("bchw->bc", ab) / n
    d = ab - m[:, :, None, None]
    P = torch.zeros(len(ab), 4)
    P[:, :2] = m
    P[:, 2] = (torch.einsum("bchw,bchw->bc", d, d) / n).sqrt().sum(1)
    P[:, 3] = torch.einsum("bhw->b", (ab[:, 0] ** 2 + ab[:, 1] ** 2) ** 0.5) / n
    return P


def in_place_on_a_copy(ab):
    x = ab.clone().flatten(2)
    m = x.mean(2)
    size = x.norm(dim=1).mean(1)
    x -= m[:, :, None]
    x *= x
    return torch.column_stack([m, x.mean(2).sqrt().sum(1), size])


RIGHT = [by_loop, by_moments, by_numpy, by_complex_numbers, by_einsum, in_place_on_a_copy]


def usual(ab, std=None, size=None):
    """The answer in the usual way, with one of its last two numbers (B,) replaced."""
    a, b = ab[:, 0].flatten(1), ab[:, 1].flatten(1)
    std = a.std(1, correction=0) + b.std(1, correction=0) if std is None else std
    size = (a**2 + b**2).sqrt().mean(1) if size is None else size
    return torch.stack([a.mean(1), b.mean(1), std, size], dim=1)


def variance(ab):
    return usual(ab, std=ab.var(dim=(2, 3), correction=0).sum(1))


def default_std(ab):
    return usual(ab, std=ab.std(dim=(2, 3)).sum(1))


def mean_of_both_std(ab):
    return usual(ab, std=ab.std(dim=(2, 3), correction=0).mean(1))


def one_std(ab):
    return usual(ab, std=ab.std(dim=(1, 2, 3), correction=0))


def root_of_summed_variances(ab):
    return usual(ab, std=ab.var(dim=(2, 3), correction=0).sum(1).sqrt())


def mean_deviation(ab):
    return usual(ab, std=(ab - ab.mean((2, 3), keepdim=True)).abs().mean((2, 3)).sum(1))


def as_printed(ab):
    return usual(ab, size=ab.flatten(1).norm(dim=1) / (ab.shape[2] * ab.shape[3]))


def no_root(ab):
    return usual(ab, size=(ab**2).sum(1).mean((1, 2)))


def absolute_values(ab):
    return usual(ab, size=(ab[:, 0].abs() + ab[:, 1].abs()).mean((1, 2)))


def root_mean_square(ab):
    return usual(ab, size=(ab**2).sum(1).mean((1, 2)).sqrt())


def norm_over_rows(ab):
    return usual(ab, size=ab.norm(dim=2).mean((1, 2)))


def norm_of_the_mean(ab):
    return usual(ab, size=ab.mean((2, 3)).norm(dim=1))


def summed(ab):
    return usual(ab, size=ab.norm(dim=1).sum((1, 2)))


def after_centring(ab):
    return usual(ab, size=(ab - ab.mean((2, 3), keepdim=True)).norm(dim=1).mean((1, 2)))


def strongest(ab):
    return usual(ab, size=ab.norm(dim=1).amax((1, 2)))


def swapped(ab):
    return usual(ab.flip(1))


def last_two_swapped(ab):
    return usual(ab)[:, [0, 1, 3, 2]]


def whole_batch(ab):
    a, b = ab[:, 0], ab[:, 1]
    spread = a.std(correction=0) + b.std(correction=0)
    return torch.stack([a.mean(), b.mean(), spread, (a**2 + b**2).sqrt().mean()])


def wrong_axis(ab):
    return torch.stack(list(usual(ab).unbind(1)), dim=0)


def five_numbers(ab):
    s = ab.std(dim=(2, 3), correction=0)
    return torch.cat([usual(ab)[:, :2], s, usual(ab)[:, 3:]], 1)


def kept_axes(ab):
    return usual(ab)[:, :, None, None]


def lab_units(ab):
    return usual(ab * 110)


def absolute_means(ab):
    P = usual(ab)
    return torch.cat([P[:, :2].abs(), P[:, 2:]], 1)


def two_mistakes(ab):
    return usual(ab, std=ab.var(dim=(2, 3), correction=0).sum(1), size=(ab**2).sum(1).mean((1, 2)))


def two_other_mistakes(ab):
    return usual(ab, std=ab.std(dim=(2, 3)).sum(1), size=ab.abs().sum(1).mean((1, 2)))


def changes_the_input(ab):
    P = usual(ab)
    ab -= ab.mean((2, 3), keepdim=True)
    return P


def in_numpy(ab):
    return by_numpy(ab).numpy()


def to_double(ab):
    return usual(ab.double())


def nan_for_grey(ab):
    return usual(ab, size=((ab**2).sum(1).mean((1, 2)) - 1).sqrt())


WRONG = [
    (variance, "the variance, not its square root"),
    (default_std, "divides by N - 1"),
    (mean_of_both_std, "the mean of the two standard deviations"),
    (one_std, "one standard deviation over a and b together"),
    (root_of_summed_variances, "the root of the summed variances"),
    (mean_deviation, "the mean absolute deviation"),
    (as_printed, "as the paper prints it"),
    (no_root, "without the square root"),
    (absolute_values, "|a| + |b|"),
    (root_mean_square, "the root of the mean square"),
    (norm_over_rows, "the norm over the wrong axis"),
    (norm_of_the_mean, "the length of the mean colour"),
    (summed, "the sum over pixels, not the mean"),
    (after_centring, "the mean is subtracted before the length"),
    (strongest, "the largest length"),
    (swapped, "a and b are swapped"),
    (last_two_swapped, "the last two numbers are swapped"),
    (whole_batch, "over the whole batch"),
    (wrong_axis, "stacked along the wrong axis"),
    (five_numbers, "the two standard deviations stand apart"),
    (kept_axes, "`[:, :, None, None]` is too much"),
    (lab_units, "in Lab units"),
    (absolute_means, "the means lost their sign"),
    (two_mistakes, "at [2] of axis 1: the variance, not its square root; at [3] of axis 1: a² + b²"),
    (two_other_mistakes, "|a| + |b|"),
    (changes_the_input, "changed in place"),
    (in_numpy, "return a torch tensor"),
    (to_double, "float64"),
    (nan_for_grey, "is too much"),
]
