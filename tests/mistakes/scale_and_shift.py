"""Answers to `checks.scale_and_shift`: x (B, C, H, W), time (B, C), prior (B, 4), mlp, fuse -> like x."""

import torch


def usual(x, time, prior, mlp, fuse):
    e = time + mlp(10 * prior)
    scale, shift = fuse(e)[:, :, None, None].chunk(2, dim=1)
    return x * (1 + scale) + shift


def by_slices(x, time, prior, mlp, fuse):
    both = fuse(mlp(prior * 10) + time)
    channels = x.shape[1]
    scale, shift = both[:, :channels], both[:, channels:]
    return x + x * scale.view(*scale.shape, 1, 1) + shift.view(*shift.shape, 1, 1)


def by_einsum(x, time, prior, mlp, fuse):
    scale, shift = torch.split(fuse(time + mlp(10.0 * prior)), x.shape[1], dim=1)
    return torch.einsum("bchw,bc->bchw", x, 1 + scale) + shift.unsqueeze(-1).unsqueeze(-1)


def by_loop(x, time, prior, mlp, fuse):
    out = torch.empty_like(x)
    for i in range(len(x)):
        both = fuse(time[i : i + 1] + mlp(10 * prior[i : i + 1]))[0]
        for c in range(x.shape[1]):
            out[i, c] = x[i, c] * (1 + both[c]) + both[x.shape[1] + c]
    return out


RIGHT = [usual, by_slices, by_einsum, by_loop]


def parts(x, time, prior, mlp, fuse, times=10):
    return fuse(time + mlp(times * prior))[:, :, None, None].chunk(2, dim=1)


def no_one(x, *rest):
    scale, shift = parts(x, *rest)
    return scale * x + shift


def no_shift(x, *rest):
    return x * (1 + parts(x, *rest)[0])


def no_scale(x, *rest):
    return x + parts(x, *rest)[1]


def exchanged(x, *rest):
    shift, scale = parts(x, *rest)
    return x * (1 + scale) + shift


def no_ten(x, time, prior, mlp, fuse):
    scale, shift = parts(x, time, prior, mlp, fuse, times=1)
    return x * (1 + scale) + shift


def ab_units(x, time, prior, mlp, fuse):
    scale, shift = parts(x, time, prior, mlp, fuse, times=110)
    return x * (1 + scale) + shift


def no_time(x, time, prior, mlp, fuse):
    scale, shift = fuse(mlp(10 * prior))[:, :, None, None].chunk(2, dim=1)
    return x * (1 + scale) + shift


def no_prior(x, time, prior, mlp, fuse):
    scale, shift = fuse(time)[:, :, None, None].chunk(2, dim=1)
    return x * (1 + scale) + shift


def multiplied(x, time, prior, mlp, fuse):
    scale, shift = fuse(time * mlp(10 * prior))[:, :, None, None].chunk(2, dim=1)
    return x * (1 + scale) + shift


def shifted_first(x, *rest):
    scale, shift = parts(x, *rest)
    return (x + shift) * (1 + scale)


def every_second(x, time, prior, mlp, fuse):
    both = fuse(time + mlp(10 * prior))[:, :, None, None]
    return x * (1 + both[:, ::2]) + both[:, 1::2]


def brackets(x, *rest):
    scale, shift = parts(x, *rest)
    return x * 1 + scale + shift


def no_axes(x, time, prior, mlp, fuse):
    scale, shift = fuse(time + mlp(10 * prior)).chunk(2, dim=1)
    return x * (1 + scale) + shift


def wrong_axis(x, time, prior, mlp, fuse):
    scale, shift = fuse(time + mlp(10 * prior)).chunk(2, dim=0)
    return x * (1 + scale[..., None, None]) + shift[..., None, None]


def the_parts(x, *rest):
    return parts(x, *rest)


WRONG = [
    (no_one, "the 1 + is missing"),
    (no_shift, "the shift is missing"),
    (no_scale, "the scale is missing"),
    (exchanged, "scale and shift are exchanged"),
    (no_ten, "not multiplied by 10"),
    (ab_units, "multiplied by 110"),
    (no_time, "the time's embedding is not added"),
    (no_prior, "the prior's embedding is not added"),
    (multiplied, "the two embeddings are multiplied"),
    (shifted_first, "shifted before it is scaled"),
    (every_second, "every second number scales"),
    (brackets, "brackets around 1 + scale"),
    (no_axes, "shapes or types that do not fit"),
    (wrong_axis, "axis 1 belongs there, not 0"),
    (the_parts, "one value is wanted, not 2"),
]
