"""Odd wrong answers, the fifth list: of 119 the checks named 74 % rightly when it was new, five as another mistake.

F: task -> [(answer, the mistake in it)], written before anybody had seen what the checks say of them. With those that a
list held already, 82 % of 173 were named rightly.
"""

# ruff: noqa: E501, E731

import hashlib
import math

import numpy as np
import torch
from torch import softmax

from colorlib.data import grey

F, RIGHT = {}, {}
col = lambda x: x.view(-1, 1, 1, 1)
qs = lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n
F.setdefault("to_lab", []).extend(
    [
        (lambda L, ab: torch.cat([L * 50 + 100, ab * 110], 1), "50 and 100 exchanged"),
        (lambda L, ab: torch.cat([100 * L.square() + 50, 110 * ab], 1), "L squared"),
        (lambda L, ab: torch.cat([100 * L + 50, ab * 110 / 2], 1), "ab half"),
        (lambda L, ab: torch.cat([100 * L + 50, 110 * ab[:, :1], -110 * ab[:, 1:]], 1), "sign of b"),
    ]
)
F.setdefault("hue_and_chroma", []).extend(
    [
        (
            lambda ab: (torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0]) % 360), 110 * ab.norm(dim=1)),
            "% 360 inside rad2deg",
        ),
        (lambda ab: ((360 + torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0]))) / 2, 110 * ab.norm(dim=1)), "halved"),
        (
            lambda ab: (
                torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360,
                110 * (ab[:, 0] ** 2 + ab[:, 1]).abs().sqrt(),
            ),
            "b not squared",
        ),
        (
            lambda ab: (torch.rad2deg(torch.atan2(ab[:, 1] - ab[:, 1].mean(), ab[:, 0])) % 360, 110 * ab.norm(dim=1)),
            "b less its mean",
        ),
    ]
)
F.setdefault("seen_before", []).extend(
    [
        (
            lambda a, b, l: np.array(
                [
                    any(
                        np.abs(x.astype(float) - y).mean() <= l and np.abs(x[:, ::-1].astype(float) - y).mean() <= l
                        for y in a
                    )
                    for x in b
                ]
            ),
            "and for or",
        ),
        (
            lambda a, b, l: np.array(
                [any(np.sqrt(((x.astype(float) - z) ** 2).mean()) <= l for y in a for z in (y, y[:, ::-1])) for x in b]
            ),
            "rms",
        ),
        (
            lambda a, b, l: np.array(
                [
                    any(np.abs(x.astype(float)[:, :-1] - z[:, :-1]).mean() <= l for y in a for z in (y, y[:, ::-1]))
                    for x in b
                ]
            ),
            "last column left out",
        ),
    ]
)


def wb(x, y, s, f):
    e = x.astype(float) - y
    N, H, W, _ = x.shape
    return f(e.reshape(N, H // s, s, W // s, s, 3))


F.setdefault("worst_block", []).extend(
    [
        (
            lambda x, y, s: wb(
                x, y, s, lambda e: np.percentile((e**2).mean((2, 4, 5)).reshape(len(e), -1), 95, axis=1)
            ),
            "95th percentile",
        ),
        (lambda x, y, s: wb(x, y, s, lambda e: (e**2).mean((2, 4, 5)).max((1, 2)) / 255**2), "scale 0..1"),
        (lambda x, y, s: wb(x, y, s, lambda e: (e**2).mean((2, 4, 5)).sum((1, 2))), "sum of the blocks"),
        (
            lambda x, y, s: wb(x, y, s, lambda e: (e**2).mean((2, 5)).max((1, 2, 3))),
            "mean over rows within, not columns",
        ),
    ]
)
F.setdefault("network_input", []).extend(
    [(lambda L, h, m: torch.cat([L, h * m, m.mean((2, 3), keepdim=True).expand_as(m)], 1), "mean of the mask")]
)
we = lambda p, t: (p - t).square().sum(1, keepdim=True)
F.setdefault("weighted_error", []).extend(
    [
        (lambda p, t, w: (w * we(p, t)).sum().sqrt() / w.sum(), "root above"),
        (lambda p, t, w: (w.square() * we(p, t)).sum() / w.square().sum(), "squared weights, both"),
        (lambda p, t, w: (w * we(p, t)).mean(0).sum() / w.mean(), "mean and sum mixed"),
        (lambda p, t, w: (w * we(p, t)).sum() / (w.sum() + len(p)), "len added"),
    ]
)


def rb(c, m, p=None, w=None, s=None):
    p = c / c.sum() if p is None else p(c)
    v = 1 / ((1 - m) * p + m / len(c)) if w is None else w(p)
    return v / (p * v).sum() if s is None else s(p, v)


F.setdefault("rebalancing", []).extend(
    [
        (lambda c, m: rb(c, m, p=lambda c: (c + 1) / (c + 1).sum()), "1 added to counts"),
        (lambda c, m: rb(c, m, w=lambda p: 1 / ((1 + m) * p + m / len(c))), "1 + mix"),
        (lambda c, m: rb(c, m, s=lambda p, v: v / (p * v).sum().sqrt()), "root of the sum"),
        (lambda c, m: rb(c, m, s=lambda p, v: v / (p * v * len(v)).sum()), "times Q"),
        (lambda c, m: rb(c, m, w=lambda p: torch.log(1 / ((1 - m) * p + m / len(c)))), "log"),
    ]
)


def se(ab, c, s, k, d=None, f=None, norm=None, n=None):
    d = torch.cdist(ab, c) if d is None else d(ab, c)
    e = torch.exp(-(d**2) / (2 * s**2)) if f is None else f(d)
    i = d.topk(k if n is None else n, largest=False).indices
    x = torch.zeros_like(d).scatter(1, i, e.gather(1, i))
    return x / x.sum(1, keepdim=True) if norm is None else norm(x)


F.setdefault("soft_encode", []).extend(
    [
        (lambda ab, c, s, k: se(ab, c, s, k, f=lambda d: torch.exp(-((d / 2 * s) ** 2))), "brackets: (d / 2 sigma)²"),
        (lambda ab, c, s, k: se(ab, c, s, k, norm=lambda x: x / x.sum(1, keepdim=True) / k), "divided by k too"),
        (lambda ab, c, s, k: se(ab, c, s, k, f=lambda d: d.max() - d), "max - d"),
        (lambda ab, c, s, k: se(ab, c, s, k, d=lambda a, c: torch.cdist(a.flip(1), c)), "a and b swapped"),
    ]
)


def rp(ab, m, mean=None, spread=None, mag=None):
    n = m.sum((2, 3))
    mu = (ab * m).sum((2, 3)) / n if mean is None else mean(ab, m, n)
    sp = (
        (((ab - mu[:, :, None, None]) ** 2 * m).sum((2, 3)) / n).sqrt().sum(1)
        if spread is None
        else spread(ab, m, mu, n)
    )
    mg = (ab.norm(dim=1, keepdim=True) * m).sum((1, 2, 3)) / n[:, 0] if mag is None else mag(ab, m, mu, n)
    return torch.cat([mu, sp[:, None], mg[:, None]], 1)


F.setdefault("region_prior", []).extend(
    [
        (
            lambda ab, m: rp(
                ab, m, mag=lambda ab, m, mu, n: ((ab.square().sum(1, keepdim=True) * m).sum((1, 2, 3)) / n[:, 0]).sqrt()
            ),
            "rms length",
        ),
        (lambda ab, m: rp(ab, m, mean=lambda ab, m, n: (ab * m).mean((2, 3))), "mean over all pixels, spread follows"),
    ]
)
F.setdefault("set_tint", []).extend(
    [
        (lambda ab, t: ab - ab.mean((2, 3), keepdim=True) - t[:, :, None, None], "tint subtracted"),
        (lambda ab, t: ab + (t[:, :, None, None] - ab.mean((2, 3), keepdim=True)).clamp(-0.3, 0.3), "shift clamped"),
        (lambda ab, t: ab + t[:, :, None, None] - ab.sum((2, 3), keepdim=True), "sum for mean"),
        (lambda ab, t: (ab - ab.mean((2, 3), keepdim=True)).abs() + t[:, :, None, None], "abs"),
    ]
)


def sp(g, t, tint=None, rest=None):
    d = g - t
    m = d.mean((2, 3)).square().sum(1) if tint is None else tint(d)
    w = d.square().sum(1).mean((1, 2))
    return (m, w - m if rest is None else rest(d, m, w))


F.setdefault("split_error", []).extend(
    [
        (lambda g, t: sp(g, t, rest=lambda d, m, w: w - m.sqrt()), "root of the tint"),
        (lambda g, t: sp(g, t, rest=lambda d, m, w: w * m), "product"),
        (lambda g, t: sp(g, t, tint=lambda d: d.mean((1, 2, 3)).square()), "mean over a and b too"),
    ]
)


def cs(n, s=0.008, f=None, beta=None, prod=None, T=None):
    x = torch.arange(n + 1, dtype=torch.float64) / n if T is None else T(n)
    v = torch.cos((x + s) / (1 + s) * math.pi / 2) ** 2 if f is None else f(x)
    b = (1 - v[1:] / v[:-1]).clamp(max=0.999) if beta is None else beta(v)
    return torch.cat([torch.ones(1), (1 - b).cumprod(0).float()]) if prod is None else prod(b, v)


F.setdefault("cosine_schedule", []).extend(
    [
        (lambda n: cs(n, f=lambda x: torch.cos((x + 0.008) / 1.008 * math.pi / 4) ** 2), "pi / 4"),
        (lambda n: cs(n, prod=lambda b, v: torch.cat([torch.ones(1), (1 - b.cumsum(0)).float()])), "1 - cumsum"),
        (lambda n: cs(n, f=lambda x: 1 - torch.sin((x + 0.008) / 1.008 * math.pi / 2)), "1 - sin"),
    ]
)
F.setdefault("clean_from_noisy", []).extend(
    [
        (lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt() + n, "noise added at the end"),
        (
            lambda x, t, n, a: (x - (1 - col(a[t] / a[t - 1])).sqrt() * n) / col(a[t] / a[t - 1]).sqrt(),
            "one step alone",
        ),
        (
            lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n.mean((2, 3), keepdim=True)) / col(a[t]).sqrt(),
            "mean noise",
        ),
    ]
)


def ns(x, t, n, a, beta=None, f=None):
    b = 1 - col(a[t]) / col(a[t - 1]) if beta is None else col(beta(a, t))
    return (1 - b).sqrt() * x + b.sqrt() * n if f is None else f(b)


F.setdefault("next_step", []).extend(
    [
        (lambda x, t, n, a: ns(x, t, n, a, f=lambda b: (1 - b).sqrt() * x + (b / 2).sqrt() * n), "half beta"),
        (lambda x, t, n, a: ns(x, t, n, a, beta=lambda a, t: 1 - a[t] / a[t - 1].sqrt()), "root below"),
    ]
)
nd = lambda a, s, c: int(c(a, s).nonzero()[0]) if c(a, s).any() else len(a)
F.setdefault("noise_dominates", []).extend(
    [
        (lambda a, s: nd(a, s, lambda a, s: (1 - a).sqrt() >= a.sqrt() * s / 2), "half the size"),
        (lambda a, s: nd(a, s, lambda a, s: (1 - a).sqrt() >= a.sqrt() + s), "added"),
    ]
)


def ad(r, L, ab, t, p, N, a, x=None, mean=None, spread=None):
    xs = torch.stack([ab + r(L, qs(ab, t, n, a), t, p) for n in N]) if x is None else x
    return (
        xs.mean(0) if mean is None else mean(xs),
        110 * xs.std(0, correction=0).mean((1, 2, 3)) if spread is None else spread(xs),
    )


F.setdefault("average_draws", []).extend(
    [
        (
            lambda r, L, ab, t, p, N, a: ad(
                r, L, ab, t, p, N, a, spread=lambda x: 110 * x.std(0, correction=0).sum(1).mean((1, 2))
            ),
            "sum over a and b",
        ),
        (
            lambda r, L, ab, t, p, N, a: ad(
                r, L, ab, t, p, N, a, x=torch.stack([ab + r(L, qs(ab, t, n, a), t * 0, p) for n in N])
            ),
            "t = 0",
        ),
        (
            lambda r, L, ab, t, p, N, a: ad(
                r, L, ab, t, p, N, a, x=torch.stack([ab + 2 * r(L, qs(ab, t, n, a), t, p) for n in N])
            ),
            "residual twice",
        ),
    ]
)


def na(q, k, v, c, r, near=None, sc=None, w=None, rows=None):
    T = q.shape[1]
    i = torch.arange(T)
    y, x = (i // c, i % c) if rows is None else rows(i)
    dy, dx = ((y[:, None] - y).abs(), (x[:, None] - x).abs())
    ok = (dy <= r) & (dx <= r) if near is None else near(dy, dx, i)
    s = q @ k.mT / q.shape[-1] ** 0.5 if sc is None else sc(q, k)
    return (softmax(s.masked_fill(~ok, -torch.inf), -1) if w is None else w(s, ok)) @ v


F.setdefault("near_attention", []).extend(
    [
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, sc=lambda q, k: (q @ k.mT / q.shape[-1] ** 0.5).clamp(min=0)),
            "relu on scores",
        ),
        (lambda q, k, v, c, r: na(q, k, v, c, r, rows=lambda i: (i // (c + 1), i % (c + 1))), "columns + 1"),
    ]
)
F.setdefault("split_heads", []).extend(
    [
        (
            lambda x, h: x.reshape(len(x), h, -1, x.shape[1]).transpose(2, 3),
            "reshape with the axes exchanged, then turned",
        ),
        (lambda x, h: x.view(len(x), x.shape[1], h, -1).transpose(1, 2).flip(3), "channels reversed"),
    ]
)
F.setdefault("received", []).extend(
    [
        (
            lambda a, r: a.mean(1).mean(1).reshape(len(a), r, -1).transpose(1, 2).reshape(len(a), r, -1),
            "turned and reshaped",
        )
    ]
)
P = lambda h, w, d: h // d * (w // d)
F.setdefault("map_bytes", []).extend(
    [
        (lambda h, w, d, n: 4 * n * P(h, w, d) ** 2 // d, "divided by down once more"),
        (lambda h, w, d, n: 4 * n * (P(h, w, d) + 1) ** 2, "one token more"),
    ]
)
F.setdefault("to_model_units", []).extend(
    [
        (lambda x: ((x[:, :1] - 50) / 100, (x[:, 1:] - 128) / 110), "128 off ab"),
        (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:] / 127), "127"),
        (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:] / x[:, 1:].abs().max()), "divided by the largest"),
        (lambda x: ((x[:, :1] - 50) * 100, x[:, 1:] * 110), "multiplied"),
    ]
)


def ig(lab, rest=None, share=None, t=None, lim=None):
    r = grey.off_tone(lab) if rest is None else rest(lab)
    s = (
        ((r[:, :, 1:] * r[:, :, :-1]).sum(0).mean() + (r[:, 1:] * r[:, :-1]).sum(0).mean()) / 2
        if share is None
        else share(r)
    )
    t = lab[1:].mean((1, 2)).norm().clamp(max=20) if t is None else t(lab)
    return bool(s < ((0.45 + 0.025 * t) ** 2 if lim is None else lim(t)))


F.setdefault("is_grey", []).extend([(lambda lab: ig(lab, lim=lambda t: (0.45 + 0.025) * t**2), "bracket")])


def spl(name, seed, text=None, h=hashlib.sha256, end="big", div=2**64, n=8):
    s = f"{seed}:{name.split('/')[0]}" if text is None else text(name, seed)
    return int.from_bytes(h(s.encode()).digest()[:n], end) / div


F.setdefault("split_place", []).extend(
    [
        (lambda n, s: spl(n, s, div=2**63), "2**63"),
        (lambda n, s: spl(n, s, text=lambda n, s: f"{s}:{n.split('/')[0].upper()}"), "upper case"),
        (lambda n, s: 1 - spl(n, s), "1 minus"),
        (lambda n, s: spl(n, s, text=lambda n, s: f"{s}:{n.rsplit('.', 1)[0]}"), "without the ending, with the number"),
    ]
)
am = lambda p, c: torch.einsum("bqhw,qc->bchw", p, c)
F.setdefault("annealed_mean", []).extend(
    [
        (lambda l, c, T: am(softmax(l / T, 1) / T, c), "divided by T again"),
        (lambda l, c, T: am(softmax(l / T, 1).round(), c), "shares rounded"),
        (
            lambda l, c, T: am(softmax((l - l.mean(1, keepdim=True)) / l.std(1, keepdim=True) / T, 1), c),
            "logits normalised",
        ),
        (lambda l, c, T: am(softmax(l / T, 1), c.abs()), "centres without their signs"),
    ]
)
F.setdefault("soft_cross_entropy", []).extend(
    [
        (lambda l, s: -(s * torch.log10(l.softmax(1) + 1e-12)).sum(1).mean(), "log10, eps"),
        (lambda l, s: -(s * l.log_softmax(1)).sum(1).mean((1, 2)).sum(), "sum over pictures"),
        (lambda l, s: -((1 - s) * l.log_softmax(1)).sum(1).mean(), "1 - shares"),
        (lambda l, s: (-(s * l.log_softmax(1)).sum(1)).exp().mean(), "perplexity"),
    ]
)
F.setdefault("block_parameters", []).extend(
    [
        (lambda i, o, n: (9 * i + 1) * o + n * (9 * o + 1) * o + 2 * o - (9 * o + 1) * i, "takes off the wrong one"),
        (lambda i, o, n: (9 * i + 1) * o + (n - 1) * (9 * o + 1) * o + 2 * o + n, "one more a convolution"),
        (lambda i, o, n: (25 * i + 1) * o + (n - 1) * (25 * o + 1) * o + 2 * o, "5 x 5"),
    ]
)


def cp(ab, m=None, s=None, g=None):
    return torch.stack(
        [
            *(m(ab) if m else ab.mean((2, 3))).T,
            s(ab) if s else ab.std((2, 3), correction=0).sum(1),
            g(ab) if g else ab.norm(dim=1).mean((1, 2)),
        ],
        1,
    )


F.setdefault("color_prior", []).extend(
    [
        (lambda ab: cp(ab, g=lambda ab: (ab[:, 0] + ab[:, 1]).abs().mean((1, 2))), "|a + b|"),
        (lambda ab: cp(ab, s=lambda ab: ab.std(3, correction=0).mean(2).sum(1)), "spread along rows"),
    ]
)
ss = lambda x, both, f: f(x, *both[:, :, None, None].chunk(2, 1))
F.setdefault("scale_and_shift", []).extend(
    [
        (lambda x, t, p, mlp, fuse: ss(x, fuse(t + mlp(10 * p)), lambda x, s, h: x * (1 - s) + h), "1 - scale"),
        (lambda x, t, p, mlp, fuse: ss(x, fuse(t + mlp(10 * p)), lambda x, s, h: x * (1 + s) - h), "minus shift"),
        (lambda x, t, p, mlp, fuse: ss(x, fuse(t + mlp(p / 10)), lambda x, s, h: x * (1 + s) + h), "divided by 10"),
        (
            lambda x, t, p, mlp, fuse: ss(x, fuse(t + mlp(10 * p)), lambda x, s, h: x * (1 + s) + h * s),
            "shift times scale",
        ),
    ]
)
F.setdefault("printed_factor", []).extend(
    [(lambda a, b: (a / b) ** 3, "cubed"), (lambda a, b: a / b + 1, "1 added"), (lambda a, b: a / b * 100, "per cent")]
)
one = lambda x: torch.cat([torch.ones(1), x])
F.setdefault("alpha_bar", []).extend(
    [
        (lambda b: one(torch.cumprod(1 - b, 0)) * (1 - b[0]), "first beta twice"),
        (lambda b: one(1 - torch.cumprod(1 - b, 0)), "1 - product, with a 1 in front"),
        (lambda b: one(torch.cumprod(1 - b.flip(0), 0).flip(0)), "product from the end"),
        (lambda b: one(torch.cumprod(1 - b.sqrt(), 0)), "root of beta"),
    ]
)
F.setdefault("q_sample", []).extend(
    [
        (lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n + 0.1, "0.1 added"),
        (lambda ab, t, n, a: (col(a[t]) * ab.square() + (1 - col(a[t])) * n.square()).sqrt(), "root of the squares"),
        (lambda ab, t, n, a: (col(a[t]) * ab + (1 - col(a[t]))) * n, "bracket"),
    ]
)
F.setdefault("correct_once", []).extend(
    [
        (lambda r, L, ab, t, p, n, a: ab + r(ab[:, :1], qs(ab, t, n, a), t, p), "a in L's place"),
        (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), t, p).mean((2, 3), keepdim=True), "mean residual"),
    ]
)
F.setdefault("hidden_noise", []).extend(
    [
        (lambda x, y, t, a: (x - y) / col(a[t]).sqrt(), "x0 not scaled, other root below"),
        (lambda x, y, t, a: (x - col(a[t]).sqrt() * y) / (1 + col(a[t])).sqrt(), "1 + below"),
        (lambda x, y, t, a: (x - col(a[t]).sqrt() * y) / (x - col(a[t]).sqrt() * y).std(), "normalised"),
    ]
)
F.setdefault("attention", []).extend(
    [
        (lambda q, k, v: softmax(q @ k.mT / q.shape[-1] ** 0.5, -1) @ v / q.shape[-1] ** 0.5, "divided twice"),
        (lambda q, k, v: softmax(q @ k.mT / q.shape[0] ** 0.5, -1) @ v, "root of B"),
        (lambda q, k, v: softmax(q @ k.mT / q.shape[-1] ** 0.25, -1) @ v, "fourth root"),
    ]
)
M = lambda x, y: (x.astype(float) - y) ** 2
F.setdefault("mse", []).extend(
    [
        (lambda x, y: M(x, y).max((1, 2)).mean(1), "worst pixel of each channel"),
        (lambda x, y: M(x, y)[:, 1:-1, 1:-1].mean((1, 2, 3)), "without the edge"),
    ]
)
ps = lambda m: 10 * np.log10(255**2 / m)
F.setdefault("psnr_mean", []).extend(
    [
        (lambda m: np.sqrt((ps(m) ** 2).mean()), "rms of PSNRs"),
        (lambda m: 10 * np.log10(255**2 / m).sum() / (len(m) + 1), "N + 1"),
        (lambda m: ps(m)[np.isfinite(ps(m)) & (ps(m) > 20)].mean(), "only above 20 dB"),
    ]
)
F.setdefault("psnr_pooled", []).extend([(lambda m: 10 * np.log10(255**2 / m.std()), "spread")])
E = lambda g, ab: (110 * (g - ab)).square().sum(1).mean((1, 2))
yk = lambda tr, ab, g=None, c=None, o=None, E=E: (
    E(torch.zeros_like(ab) if g is None else g, ab),
    E(tr.mean((0, 2, 3)).view(1, 2, 1, 1) if c is None else c, ab),
    E(ab.mean((2, 3), keepdim=True) if o is None else o, ab),
)
F.setdefault("yardsticks", []).extend(
    [
        (lambda tr, ab: yk(tr, ab, c=tr.sum((0, 2, 3)).view(1, 2, 1, 1)), "sum of the training colours"),
        (lambda tr, ab: yk(tr, ab, o=ab.mean((1, 2, 3), keepdim=True)), "oracle: one mean of a and b"),
        (lambda tr, ab: yk(tr, ab, E=lambda g, ab: (110 * (g - ab)).square().sum((1, 2, 3))), "sum over pixels"),
        (lambda tr, ab: yk(tr, ab, E=lambda g, ab: (100 * (g - ab)).square().sum(1).mean((1, 2))), "100"),
    ]
)
F.setdefault("resshift_mean", []).extend(
    [
        (lambda x, y, t, e: e[t] / e[-1] * x + (1 - e[t] / e[-1]) * y, "eta[T] below"),
        (lambda x, y, t, e: e[t - 1] / e[t] * (x - y) + (e[t] - e[t - 1]) / e[t] * y, "difference"),
    ]
)
F.setdefault("rectified_flow", []).extend([(lambda b, x, s: ((1 - col(s)) * (b + col(s) * x), x - b), "bracket")])


def hs(f, x, s, b, two):
    h = b - s
    v = f(x, s)
    return x + h * v if b == 0 else two(v, h)


F.setdefault("heun_step", []).extend(
    [
        (lambda f, x, s, b: hs(f, x, s, b, lambda v, h: x + h * v + f(x + h * v, b) / 2), "bracket"),
        (lambda f, x, s, b: hs(f, x, s, b, lambda v, h: (x + h * v + f(x + h * v, b)) / 2), "half of all"),
        (lambda f, x, s, b: hs(f, x, s, b, lambda v, h: x + h * (v * f(x + h * v, b))), "product"),
        (lambda f, x, s, b: hs(f, x, s, b, lambda v, h: x + h * (v + f(x + h * v, b)) / 2 * s), "times s"),
    ]
)

# What the checks say: a part of it, empty where they name nothing, or something else.
EXPECTED = {
    "to_lab": [
        "`L * 50 + 100`",
        "`100 * L.square()`: `square` is too much (tried: then all is right)",
        "`ab * 110 / 2`: `/ 2` is too much (tried: then all is right)",
        "`-110 * ab[:, 1:]`: `-` is too much (tried: then all is right)",
    ],
    "hue_and_chroma": [
        "`torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0]) % 360)`: another order, or other brackets: `torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360` (tried: then all is right)",
        "`(360 + torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0]))) / 2`",
        "`ab[:, 0] ** 2 + ab[:, 1]`: `ab[:, 1] ** 2` belongs there (tried: then all is right)",
        "`ab[:, 1] - ab[:, 1].mean()`: `- ab[:, 1].mean()` is too much (tried: then all is right)",
    ],
    "seen_before": [
        "`np.abs(x.astype(float) - y).mean … loat) - y).mean() <= l`: `or` belongs there, not `and` (tried: then all is right)",
        "`np.sqrt(((x.astype(float) - z) ** 2).mean())`: another order, or other brackets: `np.sqrt((x.astype(float) - z) ** 2).mean()` (tried: then all is right)",
        "2 times: `x.astype(float)[:, :-1]`: `[:, :-1]` is too much (tried: then all is right)",
    ],
    "worst_block": ["", "on the scale 0..1; 0..255 is wanted", "the sum over the blocks; the largest is wanted", ""],
    "network_input": [
        "`m.mean((2, 3), keepdim=True).expand_as(m)`: `expand_as` is too much (tried: then all is right)"
    ],
    "weighted_error": [
        "`(w * we(p, t)).sum().sqrt()`: `sqrt` is too much (tried: then all is right)",
        "2 times: `w.square().sum(…)`: `square` is too much (tried: then all is right)",
        "`(w * we(p, t)).mean(0).sum()`: `mean` belongs there, not `sum` (tried: then all is right)",
        "`w.sum() + len(p)`: `+ len(p)` is too much (tried: then all is right)",
    ],
    "rebalancing": [
        "2 times: `(c + 1) / (c + 1).sum()`: `+ 1` is too much (tried: then all is right)",
        "`(1 + m) * p`: `-` belongs there, not `+` (tried: then all is right)",
        "`(p * v).sum().sqrt()`: `sqrt` is too much (tried: then all is right)",
        "`(p * v * len(v)).sum()`: `mean` belongs there, not `sum` (tried: then all is right)",
        "`torch.log(1 / ((1 - m) * p + m / len(c)))`: `log` is too much (tried: then all is right)",
    ],
    "soft_encode": [
        "`torch.exp(-d ** 2 / (2 * s ** 2))` belongs there always",
        "`x / x.sum(1, keepdim=True) / k`: `/ k` is too much (tried: then all is right)",
        "`torch.exp(-d ** 2 / (2 * s ** 2))` belongs there always",
        "`torch.cdist(a.flip(1), c)`: `flip` is too much (tried: then all is right)",
    ],
    "region_prior": [
        "the root of the mean square; first the root, then the mean",
        "`(ab * m).sum((2, 3)) / n` belongs there always",
    ],
    "set_tint": [
        "`ab - ab.mean((2, 3), keepdim=True) - t[:, :, None, None]`: `+` belongs there, not `-` (tried: then all is right)",
        "`(t[:, :, None, None] - ab.mean(( … rue)).clamp(-0.3, 0.3)`: `clamp` is too much (tried: then all is right)",
        "the sum over the pixels, of what is taken away; the mean is wanted",
        "`(ab - ab.mean((2, 3), keepdim=True)).abs()`: `abs` is too much (tried: then all is right)",
    ],
    "split_error": [
        "`w - m.sqrt()`: `sqrt` is too much (tried: then all is right)",
        "`lambda d, m, w: w * m`: `-` belongs there, not `*` (tried: then all is right)",
        "`d.mean((2, 3)).square().sum(1)` belongs there always",
    ],
    "cosine_schedule": [
        "`(x + 0.008) / 1.008 * math.pi / 4`: `2` belongs there, not `4` (tried: then all is right)",
        "`torch.cat([torch.ones(1), (1 - b).cumprod(0).float()])` belongs there always",
        "`torch.cos((x + s) / (1 + s) * math.pi / 2) ** 2` belongs there always",
    ],
    "clean_from_noisy": [
        "`(x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt() + n`: `+ n` is too much (tried: then all is right)",
        "2 times: `a[t] / a[t - 1]`: `/ a[t - 1]` is too much (tried: then all is right)",
        "`n.mean((2, 3), keepdim=True)`: `mean` is too much (tried: then all is right)",
    ],
    "next_step": [
        "`(b / 2).sqrt(…)`: `/ 2` is too much (tried: then all is right)",
        "`a[t - 1].sqrt()`: `sqrt` is too much (tried: then all is right)",
    ],
    "noise_dominates": [
        "`a.sqrt() * s / 2`: `/ 2` is too much (tried: then all is right)",
        "`a.sqrt() + s`: `*` belongs there, not `+` (tried: then all is right)",
    ],
    "average_draws": [
        "`110 * x.std(0, correction=0).sum(1).mean((1, 2))`: `55.0` belongs there, not `110` (tried: then all is right)",
        "`ad(r, L, ab, t, p, N, a, x=torch …  * 0, p) for n in N]))`: `x=torch.stack([ab + r(L, qs(ab, t, n, a), t * 0, p) for n in N])` is too much (tried: then all is right)",
        "`ad(r, L, ab, t, p, N, a, x=torch … ), t, p) for n in N]))`: `x=torch.stack([ab + 2 * r(L, qs(ab, t, n, a), t, p) for n in N])` is too much (tried: then all is right)",
    ],
    "near_attention": [
        "`(q @ k.mT / q.shape[-1] ** 0.5).clamp(min=0)`: `clamp` is too much (tried: then all is right)",
        "2 times: `i // (c + 1)`: `+ 1` is too much (tried: then all is right)",
    ],
    "split_heads": [
        "`x.reshape(…)`: `transpose(x)` belongs there (tried: then all is right)",
        "`x.view(len(x), x.shape[1], h, -1).transpose(1, 2).flip(3)`: `flip` is too much (tried: then all is right)",
    ],
    "received": [
        "`a.mean(1).mean(1).reshape(len(a), r, -1).transpose(1, 2)`: `transpose` is too much (tried: then all is right)"
    ],
    "map_bytes": [
        "`4 * n * P(h, w, d) ** 2 // d`: `// d` is too much (tried: then all is right)",
        "`P(h, w, d) + 1`: `+ 1` is too much (tried: then all is right)",
    ],
    "to_model_units": [
        "`x[:, 1:] - 128`: `- 128` is too much (tried: then all is right)",
        "`x[:, 1:] / 127`: `110` belongs there, not `127` (tried: then all is right)",
        "`x[:, 1:].abs().max()`: `110` belongs there, not `x[:, 1:].abs().max()` (tried: then all is right)",
        "2 times: `(x[:, :1] - 50) * 100`: `/` belongs there, not `*` (tried: then all is right)",
    ],
    "is_grey": ["`(0.45 + 0.025 * t) ** 2` belongs there always"],
    "split_place": [
        "`spl(n, s, div=2 ** 63)`: `div=2 ** 63` is too much (tried: then all is right)",
        "`n.split('/')[0].upper()`: `upper` is too much (tried: then all is right)",
        "`1 - spl(n, s)`: `1 -` is too much (tried: then all is right)",
        "`f\"{seed}:{name.split('/')[0]}\"` belongs there always",
    ],
    "annealed_mean": [
        "`softmax(l / T, 1) / T`: `/ T` is too much (tried: then all is right)",
        "`softmax(l / T, 1).round()`: `round` is too much (tried: then all is right)",
        "`(l - l.mean(1, keepdim=True)) / l.std(1, keepdim=True)`: `/ l.std(1, keepdim=True)` is too much (tried: then all is right)",
        "`am(softmax(l / T, 1), c.abs())`: `abs` is too much (tried: then all is right)",
    ],
    "soft_cross_entropy": [
        "`torch.log10(l.softmax(1) + 1e-12)`",
        "`(s * l.log_softmax(1)).sum(1).mean((1, 2)).sum()`: `mean` belongs there, not `sum` (tried: then all is right)",
        "`(1 - s) * l.log_softmax(1)`: `1 -` is too much (tried: then all is right)",
        "`(-(s * l.log_softmax(1)).sum(1)).exp()`: `exp` is too much (tried: then all is right)",
    ],
    "block_parameters": [
        "`(9 * o + 1) * i`: another name belongs in the place of `i` (tried: then all is right)",
        "`(9 * i + 1) * o + (n - 1) * (9 * o + 1) * o + 2 * o + n`: `+ n` is too much (tried: then all is right)",
        "2 times: `25 * i`: another number belongs in the place of `25` (tried: then all is right)",
    ],
    "color_prior": [
        "`ab.norm(dim=1).mean((1, 2))` belongs there always",
        "`ab.std((2, 3), correction=0).sum(1)` belongs there always",
    ],
    "scale_and_shift": [
        "`x * (1 - s)`: `+` belongs there, not `-` (tried: then all is right)",
        "`x * (1 + s) - h`: `+` belongs there, not `-` (tried: then all is right)",
        "`mlp(p / 10)`: `*` belongs there, not `/` (tried: then all is right)",
        "`x * (1 + s) + h * s`: `* s` is too much (tried: then all is right)",
    ],
    "printed_factor": [
        "`(a / b) ** 3`: `** 3` is too much (tried: then all is right)",
        "`lambda a, b: a / b + 1`: `+ 1` is too much (tried: then all is right)",
        "`lambda a, b: a / b * 100`: `* 100` is too much (tried: then all is right)",
    ],
    "alpha_bar": [
        "`one(torch.cumprod(1 - b, 0)) * (1 - b[0])`: `* (1 - b[0])` is too much (tried: then all is right)",
        "`1 - torch.cumprod(1 - b, 0)`: `1 -` is too much (tried: then all is right)",
        "`torch.cumprod(1 - b.flip(0), 0).flip(0)`: another order, or other brackets: `torch.cumprod((1 - b.flip(0)).flip(0), 0)` (tried: then all is right)",
        "`1 - b.sqrt()`: `sqrt` is too much (tried: then all is right)",
    ],
    "q_sample": [
        "`col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n + 0.1`: `+ 0.1` is too much (tried: then all is right)",
        "",
        "",
    ],
    "correct_once": [
        "`ab[:, :1]`: `L` belongs there, not `ab` (tried: then all is right)",
        "`r(L, qs(ab, t, n, a), t, p).mean((2, 3), keepdim=True)`: `mean` is too much (tried: then all is right)",
    ],
    "hidden_noise": [
        "1 / sqrt(alpha_bar[t]) stands before x_t; 1 / sqrt(1 - alpha_bar[t]) belongs there; 1 / sqrt(alpha_bar[t]) stands before x0, taken away; sqrt(alpha_bar[t]) / sqrt(1 - alpha_bar[t]) belongs there",
        "`1 + col(a[t])`: `-` belongs there, not `+` (tried: then all is right)",
        "`(x - col(a[t]).sqrt() * y).std()`",
    ],
    "attention": [
        "`softmax(q @ k.mT / q.shape[-1] * … v / q.shape[-1] ** 0.5`: `/ (q.shape[-1] ** 0.5)` is too much (tried: then all is right)",
        "`q.shape[0] ** 0.5`: `[0 - 1]` belongs there, not `[0]` (tried: then all is right)",
        "`q.shape[-1] ** 0.25`: `0.5` belongs there, not `0.25` (tried: then all is right)",
    ],
    "mse": [
        "`M(x, y).max((1, 2))`: `mean` belongs there, not `max` (tried: then all is right)",
        "`M(x, y)[:, 1:-1, 1:-1]`: `[:, 1:-1, 1:-1]` is too much (tried: then all is right)",
    ],
    "psnr_mean": [
        "`np.sqrt((ps(m) ** 2).mean())`: another order, or other brackets: `np.sqrt(ps(m) ** 2).mean()` (tried: then all is right)",
        "`10 * np.log10(255 ** 2 / m).sum() / (len(m) + 1)`: `+ 1` is too much (tried: then all is right)",
        "`ps(m)[np.isfinite(ps(m)) & (ps(m) > 20)]`: `[np.isfinite(ps(m)) & (ps(m) > 20)]` is too much (tried: then all is right)",
    ],
    "psnr_pooled": ["`255 ** 2 / m.std()`: `mean` belongs there, not `std` (tried: then all is right)"],
    "yardsticks": [
        "`yk(tr, ab, c=tr.sum((0, 2, 3)).view(1, 2, 1, 1))`: `c=tr.sum((0, 2, 3)).view(1, 2, 1, 1)` is too much (tried: then all is right)",
        "`yk(tr, ab, o=ab.mean((1, 2, 3), keepdim=True))`: `o=ab.mean((1, 2, 3), keepdim=True)` is too much (tried: then all is right)",
        "`(110 * (g - ab)).square()`: `mean((110 * (g - ab)).square(), (2, 3))` belongs there (tried: then all is right)",
        "`100 * (g - ab)`: `110` belongs there, not `100` (tried: then all is right)",
    ],
    "resshift_mean": [
        "eta[t] stands before x_t; eta[t-1]/eta[t] belongs there; 1 - eta[t] stands before x0; alpha_t/eta[t] belongs there",
        "`(e[t] - e[t - 1]) / e[t] * y`: `((e[t] - e[t - 1]) / e[t]) *` is too much (tried: then all is right)",
    ],
    "rectified_flow": [
        "`(1 - col(s)) * (b + col(s) * x)`: another order, or other brackets: `(1 - col(s)) * b + col(s) * x` (tried: then all is right)"
    ],
    "heun_step": [
        "`two(v, h)`",
        "`two(v, h)`",
        "`two(v, h)`",
        "`h * (v + f(x + h * v, b)) / 2 * s`: `* s` is too much (tried: then all is right)",
    ],
}
