"""Odd wrong answers, the first list: of 210 the checks named 69 % rightly when it was new, and one wrongly.

F: task -> [(answer, the mistake in it)], written before anybody had seen what the checks say of them.
"""

# ruff: noqa: E402, E501, E731

import math

import numpy as np
import torch
import torch.nn.functional as Fn
from torch.nn.functional import softmax

F = {}
col = lambda x: x.view(-1, 1, 1, 1)
qs = lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n

F["alpha_bar"] = [
    (lambda beta: torch.cat([torch.ones(1), torch.cumprod(1 - beta.flip(0), 0)]), "betas reversed"),
    (lambda beta: torch.cat([torch.ones(1), torch.cumprod((1 - beta).clamp(min=0.9), 0)]), "1-beta clamped"),
    (lambda beta: torch.cat([torch.ones(1), torch.cumsum(torch.log(1 - beta), 0)]), "log alpha_bar: exp missing"),
    (
        lambda beta: torch.cat(
            [torch.ones(1), torch.cumprod(1 - torch.linspace(float(beta[0]), float(beta[-1]), len(beta)), 0)]
        ),
        "linspace of ends in place of betas",
    ),
    (lambda beta: 1 - torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0)]), "1 - alpha_bar"),
]
F["annealed_mean"] = [
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", softmax(l.clamp(max=1) / T, 1), c), "logits clamped"),
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", softmax(l / (1 + T), 1), c), "1+T"),
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", softmax(l / T, 1), c.flip(1)), "a,b swapped"),
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", softmax(l / T, 1) ** 2, c), "shares squared"),
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", Fn.log_softmax(l / T, 1), c), "log softmax"),
]
F["attention"] = [
    (
        lambda q, k, v: softmax((q + k.mean(1, keepdim=True)) @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1) @ v,
        "odd: mean key added",
    ),
    (lambda q, k, v: softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1).round(decimals=1) @ v, "shares rounded"),
    (lambda q, k, v: (softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1) ** 2) @ v, "shares squared"),
    (lambda q, k, v: softmax((q @ k.transpose(1, 2)).clamp(min=0) / q.shape[-1] ** 0.5, -1) @ v, "relu on scores"),
    (lambda q, k, v: softmax(-(q @ k.transpose(1, 2)) / q.shape[-1] ** 0.5, -1) @ v, "sign of scores"),
    (lambda q, k, v: softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1) @ v.flip(1), "values reversed"),
]
F["attention_cost"] = [
    (lambda h, w: (h * w) ** 2 + h * w, "with the values"),
    (lambda h, w: h * w * math.log2(h * w), "n log n"),
    (lambda h, w: max(h, w) ** 4, "longer side"),
    (lambda h, w: (h // 2 * (w // 2)) ** 2, "halved sides"),
]
F["clean_from_noisy"] = [
    (lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n) / col(a[t]).clamp(min=0.5).sqrt(), "alpha clamped"),
    (lambda x, t, n, a: (x - (1 - col(a[t]) ** 2).sqrt() * n) / col(a[t]), "alpha_bar taken as its root"),
    (lambda x, t, n, a: (x - (1 - col(a[t])).sqrt()) / col(a[t]).sqrt(), "noise forgotten"),
    (lambda x, t, n, a: (x - (1 - a[t[:1]]).sqrt() * n) / col(a[t]).sqrt(), "first t in the noise factor only"),
    (lambda x, t, n, a: ((x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt()).abs(), "abs"),
]


def cp(ab, m=None, s=None, g=None):
    return torch.stack(
        [
            *(m(ab) if m else ab.mean((2, 3)).T),
            s(ab) if s else ab.std((2, 3), correction=0).sum(1),
            g(ab) if g else ab.norm(dim=1).mean((1, 2)),
        ],
        1,
    )


F["color_prior"] = [
    (lambda ab: cp(ab, s=lambda ab: ab.std((2, 3), correction=0).amax(1)), "larger std"),
    (lambda ab: cp(ab, s=lambda ab: ab.norm(dim=1).std((1, 2), correction=0)), "std of chroma"),
    (lambda ab: cp(ab, g=lambda ab: ab.norm(dim=1).flatten(1).median(1).values), "median chroma"),
    (lambda ab: cp(ab, g=lambda ab: ab.norm(dim=1).amax((1, 2))), "max chroma"),
    (lambda ab: cp(ab, m=lambda ab: ab.mean(1).mean((1, 2))[None].expand(2, -1)), "mean of both"),
    (lambda ab: cp(ab, g=lambda ab: ab.norm(dim=1).mean((1, 2)) / (ab.shape[2] * ab.shape[3])), "divided again"),
    (lambda ab: cp(ab, s=lambda ab: (ab.amax((2, 3)) - ab.amin((2, 3))).sum(1)), "range"),
]
F["correct_once"] = [
    (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), t, p).clamp(-0.05, 0.05), "residual clamped"),
    (lambda r, L, ab, t, p, n, a: ab + r(L + 0.5, qs(ab, t, n, a), t, p), "L shifted"),
    (lambda r, L, ab, t, p, n, a: ab * r(L, qs(ab, t, n, a), t, p), "times"),
    (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), t.float() / 10, p), "t scaled"),
    (lambda r, L, ab, t, p, n, a: (ab + r(L, qs(ab, t, n, a), t, p)) / 2, "mean"),
    (lambda r, L, ab, t, p, n, a: ab + r(L, ab + (1 - col(a[t])).sqrt() * n, t, p), "base not faded"),
]


def cosf(n, f=None, cap=None, prod=None):
    x = torch.arange(n + 1, dtype=torch.float64) / n
    v = torch.cos((x + 0.008) / 1.008 * math.pi / 2) ** 2 if f is None else f(x)
    b = 1 - v[1:] / v[:-1]
    b = b.clamp(max=0.999) if cap is None else cap(b)
    return torch.cat([torch.ones(1), (torch.cumprod(1 - b, 0) if prod is None else prod(b)).float()])


F["cosine_schedule"] = [
    (lambda n: cosf(n, cap=lambda b: b.clamp(0.5, 0.999)), "lower clamp"),
    (lambda n: cosf(n, cap=lambda b: b * 0.999), "times 0.999"),
    (lambda n: cosf(n, f=lambda x: torch.cos((x + 0.008) / 1.008 * math.pi / 2).abs()), "not squared (abs)"),
    (lambda n: cosf(n, f=lambda x: torch.cos((x + 0.008) / 1.008 * 3.0 / 2) ** 2), "pi = 3"),
    (lambda n: cosf(n, prod=lambda b: torch.cumprod(1 - b.sqrt(), 0)), "root of beta"),
    (lambda n: cosf(n, prod=lambda b: torch.cumprod(1 - b.flip(0), 0)), "reversed betas"),
]


def pol(ab, h=None, c=None):
    a, b = ab[:, 0], ab[:, 1]
    return (h(a, b) if h else torch.rad2deg(torch.atan2(b, a)) % 360), (c(a, b) if c else 110 * torch.hypot(a, b))


F["hue_and_chroma"] = [
    (lambda ab: pol(ab, h=lambda a, b: torch.atan2(b, a).rad2deg() % 360 // 1), "floored"),
    (lambda ab: pol(ab, h=lambda a, b: torch.atan2(b, a).rad2deg().abs() % 360), "abs"),
    (lambda ab: pol(ab, h=lambda a, b: torch.atan2(b, a).rad2deg() * 2 % 360), "twice"),
    (lambda ab: pol(ab, c=lambda a, b: torch.hypot(a, b) * 220), "220"),
    (lambda ab: pol(ab, c=lambda a, b: 110 * (a**2 + b**2) ** (1 / 3)), "cube root"),
    (lambda ab: pol(ab, c=lambda a, b: (110 * torch.hypot(a, b)).clamp(max=50)), "clamped at 50"),
    (lambda ab: torch.stack(pol(ab), 1), "stacked"),
]
from colorlib.data import grey


def ig(lab, limit=None, m=None, t=None, rest=None):
    r = grey.off_tone(lab) if rest is None else rest(grey.off_tone(lab))
    across = (r[:, :, 1:] * r[:, :, :-1]).sum(0).mean()
    down = (r[:, 1:] * r[:, :-1]).sum(0).mean()
    x = m(r, across, down) if m else (across + down) / 2
    t = lab[1:].mean((1, 2)).norm().clamp(max=20) if t is None else t(lab)
    return bool(x < (limit(t) if limit else (0.45 + 0.025 * t) ** 2))


F["is_grey"] = [
    (lambda lab: ig(lab, rest=lambda r: r.abs()), "rest without its sign"),
    (lambda lab: ig(lab, limit=lambda t: (0.45 + 0.25 * t) ** 2), "0.25"),
    (lambda lab: ig(lab, limit=lambda t: (0.45 * 0.025 * t) ** 2), "times for plus"),
    (lambda lab: ig(lab, limit=lambda t: (0.45 + 0.025) ** 2 * t), "bracket"),
    (lambda lab: ig(lab, m=lambda r, x, y: (r[:, 1:] - r[:, :-1]).square().mean()), "differences"),
    (lambda lab: ig(lab, m=lambda r, x, y: (x * y).abs().sqrt()), "geometric mean"),
]
P = lambda h, w, d: (h // d) * (w // d)
F["map_bytes"] = [
    (lambda h, w, d, n: 4 * n * (P(h, w, d) ** 2 // 2), "half of pairs"),
    (lambda h, w, d, n: 4 * (n + P(h, w, d) ** 2), "heads added"),
    (lambda h, w, d, n: 4 * n * ((h // d) ** 2 + (w // d) ** 2), "squares added"),
    (lambda h, w, d, n: 4 * n * (h * w // d**2) * (h * w), "one side full resolution"),
    (lambda h, w, d, n: 4**n * P(h, w, d) ** 2, "power for times"),
    (lambda h, w, d, n: 16 * n * P(h, w, d) ** 2, "16"),
]
F["mse"] = [
    (lambda a, b: ((a.astype(np.int16) - b.astype(np.int16)) ** 2).mean((1, 2, 3)), "int16 squares overflow"),
    (lambda a, b: ((a.astype(float) - b) ** 2).mean((2, 3)).max(1), "worst row"),
    (lambda a, b: ((a / 256 - b / 256) ** 2).mean((1, 2, 3)), "256"),
    (lambda a, b: (a.astype(float) ** 2 - b.astype(float) ** 2).mean((1, 2, 3)), "difference of squares"),
    (lambda a, b: np.var(a.astype(float) - b, axis=(1, 2, 3)), "variance"),
    (lambda a, b: ((a.astype(float) - b) ** 2).sum((1, 2, 3)) / len(a), "by pictures"),
    (lambda a, b: ((a.astype(float) - b) ** 2)[..., 1].mean((1, 2)), "green only"),
]
F["network_input"] = [
    (lambda L, h, m: torch.cat([L, h * m**2 * 0.5, m], 1), "half hints"),
    (lambda L, h, m: torch.cat([L, h * m, m * L], 1), "mask times L"),
    (lambda L, h, m: torch.cat([L, (h * m).abs(), m], 1), "abs"),
    (lambda L, h, m: torch.cat([L + 0.5, h * m, m], 1), "L shifted"),
    (lambda L, h, m: torch.cat([L, h[:, :1] * m, m, h[:, 1:] * m], 1), "b last"),
    (lambda L, h, m: torch.cat([L, 110 * h * m, m], 1), "times 110"),
]


def nx(x, t, n, a, beta=None, keep=lambda b: (1 - b).sqrt(), add=lambda b: b.sqrt()):
    b = col(1 - a[t] / a[t - 1] if beta is None else beta(a, t))
    return keep(b) * x + add(b) * n


F["next_step"] = [
    (lambda x, t, n, a: nx(x, t, n, a, add=lambda b: (1 - b).sqrt()), "same factor twice"),
    (lambda x, t, n, a: nx(x, t, n, a, keep=lambda b: 1 - b * 0.5), "half beta"),
    (lambda x, t, n, a: nx(x, t, n, a, beta=lambda a, t: 1 - (a[t] / a[t - 1]).sqrt()), "root inside"),
    (lambda x, t, n, a: nx(x, t, n, a, beta=lambda a, t: a[t - 1] - a[t]), "difference"),
    (lambda x, t, n, a: nx(x, t, n, a, beta=lambda a, t: 1 - a[t] * a[t - 1]), "product"),
    (lambda x, t, n, a: x + nx(0 * x, t, n, a), "x not faded"),
]
fi = lambda hit: int(hit.nonzero()[0])
F["noise_dominates"] = [
    (lambda a, s: fi((1 - a).sqrt() >= a.sqrt() * s**2), "size squared"),
    (lambda a, s: fi((1 - a.sqrt()) >= a.sqrt() * s), "1 - sqrt"),
    (lambda a, s: fi((1 - a).sqrt() + a.sqrt() * s >= 1), "sum above 1"),
    (lambda a, s: len(a) // 2, "middle"),
    (lambda a, s: int(((1 - a).sqrt() >= a.sqrt() * s).sum()), "count"),
    (lambda a, s: fi((1 - a).sqrt() >= a * s), "no root at colour"),
]
F["psnr_mean"] = [
    (lambda m: np.mean(10 * np.log10(255**2 / (m + 1))), "m + 1"),
    (lambda m: np.mean(10 * np.log10(255**2 / m).round()), "rounded each"),
    (lambda m: np.mean(np.sqrt(10 * np.log10(255**2 / m))), "root of PSNR"),
    (lambda m: np.mean(10 * np.log10(255**2 / np.sort(m)[1:])), "smallest left out"),
    (lambda m: np.max(10 * np.log10(255**2 / m)), "best"),
    (lambda m: np.mean(5 * np.log10(255**2 / m)), "5"),
]
F["psnr_pooled"] = [
    (lambda m: 10 * np.log10(255**2 / m.mean()) / len(m), "divided by N"),
    (lambda m: 10 * np.log10(255**2 / (m.mean() + m.std())), "mean + std"),
    (lambda m: round(float(10 * np.log10(255**2 / m.mean())), 1), "rounded"),
    (lambda m: 10 * np.log10(255**2 / m.mean() ** 2), "mse squared"),
    (lambda m: 10 * np.log10(m.mean()), "no peak"),
    (lambda m: 10 * np.log10(255**2 - m.mean()), "minus"),
]
F["q_sample"] = [
    (lambda ab, t, n, a: (col(a[t]) + 0.1).sqrt() * ab + (1 - col(a[t])).sqrt() * n, "0.1 added"),
    (lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n * 0.5, "half noise"),
    (lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t - 1])).sqrt() * n, "t-1 in noise"),
    (lambda ab, t, n, a: col(a[t]).sqrt() * ab * (1 - col(a[t])).sqrt() * n, "times"),
    (lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n.abs(), "noise abs"),
    (lambda ab, t, n, a: (1 - col(a[t])).sqrt() * n, "ab missing"),
    (lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n.flip(0), "noise reversed"),
]
rb = lambda c, m, w, s=None: (lambda w, p: w / (p * w).sum() if s is None else s(w, p))(w(c / c.sum(), m), c / c.sum())
F["rebalancing"] = [
    (lambda c, m: rb(c, m, lambda p, m: 1 / ((1 - m) * p.sqrt() + m / len(p))), "root of p"),
    (lambda c, m: rb(c, m, lambda p, m: 1 / ((1 - m) * p + m / len(p)).cumsum(0)), "cumsum"),
    (lambda c, m: rb(c, m, lambda p, m: 1 / (p + m / len(p))), "1-m missing"),
    (
        lambda c, m: rb(c, m, lambda p, m: 1 / ((1 - m) * p + m / len(p)), lambda w, p: w / (p * w).mean()),
        "mean in norm",
    ),
    (
        lambda c, m: rb(
            c, m, lambda p, m: 1 / ((1 - m) * p + m / len(p)), lambda w, p: (w / (p * w).sum()).clamp(max=2)
        ),
        "clamped at 2",
    ),
    (lambda c, m: rb(c, m, lambda p, m: 1 / ((1 - m) * softmax(p, 0) + m / len(p))), "softmax of p"),
    (lambda c, m: rb(c, m, lambda p, m: 1 / ((1 - m) * p + m / len(p)) ** 2), "square"),
]
F["received"] = [
    (lambda a, r: a.mean((1, 2)).cumsum(1).reshape(len(a), r, -1), "cumsum"),
    (lambda a, r: (a.mean((1, 2)) > 1 / a.shape[-1]).float().reshape(len(a), r, -1), "yes/no"),
    (lambda a, r: a.mean((1, 2)).reshape(len(a), r, -1).transpose(1, 2), "transposed"),
    (lambda a, r: a.mean((1, 2)).reshape(len(a), r, -1).mean(0, keepdim=True).expand(len(a), -1, -1), "batch mean"),
    (lambda a, r: a[:, :, 0].mean(1).reshape(len(a), r, -1), "first looks"),
    (lambda a, r: a.mean((1, 2)).sort(1).values.reshape(len(a), r, -1), "sorted"),
    (lambda a, r: a.pow(2).mean((1, 2)).reshape(len(a), r, -1), "squared shares"),
]
F["rectified_flow"] = [
    (lambda b, y, s: ((1 - col(s)) * b + col(s) * y, (y - b) ** 2), "squared velocity"),
    (lambda b, y, s: ((1 - col(s)) * b + col(s) * y, y + b), "plus"),
    (lambda b, y, s: (b + col(s) * (y - b) / 2, y - b), "half way"),
    (lambda b, y, s: (b + col(1 - s) * (y - b), b - y), "both turned"),
    (lambda b, y, s: ((1 - col(s)) * b + col(s) * y, y), "truth as velocity"),
    (lambda b, y, s: (b + torch.sin(col(s) * math.pi / 2) * (y - b), y - b), "sin"),
]


def rgp(ab, m, mean=None, std=None, mag=None):
    n = m.sum((2, 3))
    mu = (ab * m).sum((2, 3)) / n
    v = (((ab - mu[:, :, None, None]) ** 2) * m).sum((2, 3)) / n
    return torch.cat(
        [
            mu if mean is None else mean(ab, m, n),
            v.sqrt().sum(1, True) if std is None else std(ab, m, n, mu, v),
            (ab.norm(dim=1, keepdim=True) * m).sum((2, 3)) / n if mag is None else mag(ab, m, n),
        ],
        1,
    )


F["region_prior"] = [
    (lambda ab, m: rgp(ab, m, std=lambda ab, m, n, mu, v: v.sqrt().amax(1, True)), "larger"),
    (lambda ab, m: rgp(ab, m, mag=lambda ab, m, n: (ab.norm(dim=1, keepdim=True) * m).amax((2, 3))), "max length"),
    (lambda ab, m: rgp(ab, m, mean=lambda ab, m, n: (ab * m).amax((2, 3))), "max"),
    (lambda ab, m: rgp(ab, m) * 110, "110"),
    (lambda ab, m: rgp(ab, m, std=lambda ab, m, n, mu, v: v.sqrt().prod(1, True)), "product"),
    (lambda ab, m: rgp(ab, m.mean(0, keepdim=True).expand_as(m)), "mean mask"),
]
F["resshift_mean"] = [
    (lambda x, y, t, e: e[t - 1] / e[t] * x + (e[t] - e[t - 1]) / e[t] * y.abs(), "abs x0"),
    (lambda x, y, t, e: e[t - 1] / e[t] * x + y, "x0 not scaled"),
    (lambda x, y, t, e: (e[t - 1] + e[t]) / 2 * x + (1 - (e[t - 1] + e[t]) / 2) * y, "mean eta"),
    (lambda x, y, t, e: x + (e[t] - e[t - 1]) / e[t] * y, "x not scaled"),
    (lambda x, y, t, e: x + (e[t] - e[t - 1]) * (y - x), "step not divided"),
]
stt = lambda ab, t, m=None: ab - (ab.mean((2, 3), keepdim=True) if m is None else m(ab)) + t[:, :, None, None]
F["set_tint"] = [
    (lambda ab, t: stt(ab, t, lambda ab: ab.mean((2, 3), keepdim=True).round(decimals=1)), "mean rounded"),
    (lambda ab, t: stt(ab, t.abs()), "abs tint"),
    (
        lambda ab, t: stt(ab, t, lambda ab: (ab.amax((2, 3), keepdim=True) + ab.amin((2, 3), keepdim=True)) / 2),
        "mid range",
    ),
    (lambda ab, t: stt(ab, t) * 2, "twice"),
    (lambda ab, t: stt(ab, t)[:, [1, 0]], "channels swapped"),
    (lambda ab, t: stt(ab, t, lambda ab: ab.mean((2, 3), keepdim=True) ** 2), "mean squared"),
]


def sx(x, c, s, k, f=None, d=None, norm=None):
    dist = torch.cdist(x, c) if d is None else d(x, c)
    n = dist.topk(k, dim=1, largest=False)
    w = torch.exp(-(n.values**2) / (2 * s**2)) if f is None else f(n.values, s)
    w = w / w.sum(1, keepdim=True) if norm is None else norm(w)
    return torch.zeros_like(dist).scatter(1, n.indices, w)


F["soft_encode"] = [
    (lambda x, c, s, k: sx(x, c, s, k, lambda d, s: torch.exp(-(d**3) / (2 * s**2))), "cube"),
    (
        lambda x, c, s, k: sx(x, c, s, k, lambda d, s: torch.exp(-(d**2) / (2 * s**2)).round(decimals=1)),
        "bells rounded",
    ),
    (lambda x, c, s, k: sx(x, c, s, k, d=lambda x, c: torch.cdist(x.abs(), c.abs())), "abs colours"),
    (lambda x, c, s, k: sx(x, c, s, k) ** 2, "squared"),
    (lambda x, c, s, k: sx(x, c, s, k, lambda d, s: torch.exp(-(d**2) / (4 * s**2))), "4"),
    (lambda x, c, s, k: sx(x, c, s, k).cumsum(1), "cumsum"),
]
spl = lambda x, y: (
    (x - y).mean((2, 3)).square().sum(1),
    (x - y).square().sum(1).mean((1, 2)) - (x - y).mean((2, 3)).square().sum(1),
)
F["split_error"] = [
    (lambda x, y: ((x - y).mean((2, 3)).square().amax(1), spl(x, y)[1]), "larger channel"),
    (lambda x, y: (spl(x, y)[0], spl(x, y)[1].sqrt()), "root rest"),
    (lambda x, y: (spl(x, y)[0] + spl(x, y)[1], spl(x, y)[1]), "whole first"),
    (lambda x, y: (spl(x, y)[0], spl(x, y)[1] / spl(x, y)[0]), "ratio"),
    (lambda x, y: ((x + y).mean((2, 3)).square().sum(1), spl(x, y)[1]), "plus"),
    (lambda x, y: (spl(x, y)[0], (x - y).flatten(1).var(1, correction=0)), "one variance over all"),
]
F["split_heads"] = [
    (lambda x, n: x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).flip(2), "positions reversed"),
    (lambda x, n: x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).roll(1, 1), "heads rolled"),
    (lambda x, n: x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).flatten(2), "flattened"),
    (lambda x, n: x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2) * n, "times heads"),
    (
        lambda x, n: (
            x.transpose(1, 2).view(x.shape[0], n, -1, x.shape[1])
            if x.transpose(1, 2).is_contiguous()
            else x.transpose(1, 2).reshape(x.shape[0], n, -1, x.shape[1])
        ),
        "channels before positions",
    ),
]
F["to_lab"] = [
    (lambda L, ab: torch.cat([100 * L + 50, 110 * ab], 1) / 100, "all by 100"),
    (lambda L, ab: torch.cat([100 * L.abs() + 50, 110 * ab], 1), "abs L"),
    (lambda L, ab: torch.cat([100 * L + 50, 110 * ab * L], 1), "ab times L"),
    (lambda L, ab: torch.cat([50 * (L + 1), 110 * ab], 1), "L -1..1"),
    (lambda L, ab: torch.cat([100 * L + 50, 110 * (ab - 0.5)], 1), "ab centred at .5"),
]
F["to_model_units"] = [
    (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:] // 1 / 110), "floored ab"),
    (lambda x: ((x[:, :1] - 50) / 100, (x[:, 1:] / 110).clamp(-0.5, 0.5)), "clamped"),
    (lambda x: ((x[:, :1] / 50) - 1, x[:, 1:] / 110), "-1..1"),
    (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:] / 220), "220"),
    (lambda x: ((x[:, :1] - 50) / 100 * x[:, 1:2] * 0 + x[:, :1], x[:, 1:] / 110), "L untouched"),
]
wsq = lambda p, y: (p - y).square().sum(1, keepdim=True)
F["weighted_error"] = [
    (lambda p, y, w: (w * wsq(p, y).clamp(max=0.2)).sum() / w.sum(), "clamped squares"),
    (lambda p, y, w: (w.round() * wsq(p, y)).sum() / w.sum(), "weights rounded"),
    (lambda p, y, w: (w * wsq(p, y)).amax() / w.sum(), "max"),
    (lambda p, y, w: (w * wsq(p, y)).flatten(1).sum(1).mean() / w.sum(), "mean over pictures"),
    (lambda p, y, w: (w.flip(0) * wsq(p, y)).sum() / w.sum(), "weights of other pictures"),
    (lambda p, y, w: 1 - (w * wsq(p, y)).sum() / w.sum(), "1 minus"),
    (lambda p, y, w: (w * wsq(p, y)).sum() / (w.sum() + 1), "plus one"),
]
# the new ones
ap = lambda x, y: np.abs(x[:, None].astype(float) - y[None]).mean((2, 3, 4))
both = lambda tr: np.concatenate([tr, tr[:, :, ::-1]])
F["seen_before"] = [
    (lambda tr, te, l: (ap(te, both(tr)) <= l).sum(1) > 1, "needs two hits"),
    (lambda tr, te, l: ap(te, both(tr)).mean(1) <= l, "mean distance"),
    (
        lambda tr, te, l: (np.abs(te[:, None].astype(float) - both(tr)[None]).mean((2, 3)) <= l).any((1, 2)),
        "one channel is enough",
    ),
    (
        lambda tr, te, l: (np.abs(te[:, None].astype(float) - both(tr)[None]) <= l).mean((2, 3, 4)).max(1) > 0.5,
        "half of pixels",
    ),
    (lambda tr, te, l: (ap(te, both(tr)) <= l / 255).any(1), "limit / 255"),
    (
        lambda tr, te, l: (
            (ap(te, np.concatenate([tr, tr.swapaxes(1, 2)])) <= l).any(1)
            if tr.shape[1] == tr.shape[2]
            else (ap(te, tr) <= l).any(1)
        ),
        "rotated/transposed",
    ),
    (lambda tr, te, l: np.isclose(ap(te, both(tr)), 0).any(1), "equal only"),
    (lambda tr, te, l: (ap(te, both(tr)) <= l).any(1).astype(int) * 1.0 - 1, "minus one"),
]
se = lambda a, b: (a.astype(float) - b) ** 2
bl = lambda e, s: e.reshape(e.shape[0], e.shape[1] // s, s, e.shape[2] // s, s, 3)
F["worst_block"] = [
    (lambda a, b, s: bl(se(a, b), s).mean((2, 4)).max((1, 2, 3)), "worst channel of block"),
    (lambda a, b, s: bl(se(a, b), s).mean((2, 4, 5)).max(), "all"),
    (lambda a, b, s: bl(np.abs(a.astype(float) - b), s).mean((2, 4, 5)).max((1, 2)) ** 2, "mean abs squared"),
    (lambda a, b, s: bl((a.astype(float) - b), s).mean((2, 4, 5)).__pow__(2).max((1, 2)), "mean before square"),
    (
        lambda a, b, s: np.sort(bl(se(a, b), s).mean((2, 4, 5)).reshape(len(a), -1), 1)[:, -2:].mean(1),
        "mean of two worst",
    ),
    (lambda a, b, s: bl(se(a, b), s).mean((2, 4, 5))[:, 0, 0], "first block"),
    (lambda a, b, s: bl(se(a, b), s).mean((2, 4, 5)).max((1, 2)) - se(a, b).mean((1, 2, 3)), "less the mean"),
    (lambda a, b, s: np.float64(bl(se(a, b), s).mean((2, 4, 5)).max((1, 2)) // 1), "floored"),
]


def dr(r, L, ab, t, p, ns, a, f=None, give=None):
    return torch.stack(
        [(ab if give is None else give(ab, n)) + r(L, qs(ab, t, n, a) if f is None else f(n), t, p) for n in ns]
    )


sp = lambda x: 110 * x.std(0, correction=0).mean((1, 2, 3))
F["average_draws"] = [
    (lambda *g: (lambda x: (x.mean(0), 110 * x.std(0, correction=0).amax((1, 2, 3))))(dr(*g)), "largest"),
    (lambda *g: (lambda x: (x.mean(0), 110 * x.std(0, correction=0).flatten(1).median(1).values))(dr(*g)), "median"),
    (lambda *g: (lambda x: (x.mean(0), sp(x) / len(x) ** 0.5))(dr(*g)), "standard error"),
    (lambda *g: (lambda x: (x.mean(0), 110 * x.mean((2, 3, 4)).std(0, correction=0)))(dr(*g)), "std of means"),
    (lambda r, L, ab, t, p, ns, a: (lambda x: (x.mean(0), sp(x)))(dr(r, L, ab, t - 1, p, ns, a)), "t-1"),
    (lambda *g: (lambda x: (x.mean(0).clamp(-0.3, 0.3), sp(x)))(dr(*g)), "clamped"),
    (lambda *g: (lambda x: (x.mean((0, 1)), sp(x)))(dr(*g)), "batch averaged"),
    (lambda r, L, ab, t, p, ns, a: (lambda x: (x.mean(0), sp(x)))(dr(r, L, ab, t, p, -ns, a)), "noise sign"),
]


def win(T, c, r, f):
    i = torch.arange(T)
    return f((i[:, None] // c - i // c).abs(), (i[:, None] % c - i % c).abs(), r)


def na(q, k, v, c, r, f=lambda a, b, r: (a <= r) & (b <= r), s=lambda s: s, w=lambda w: w):
    sc = s(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5)
    return w(sc.masked_fill(~win(q.shape[1], c, r, f), -torch.inf).softmax(-1)) @ v


F["near_attention"] = [
    (lambda q, k, v, c, r: na(q, k, v, c, r, lambda a, b, r: (a <= r) & (b <= r + 1)), "columns one more"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, lambda a, b, r: a * b <= r), "product"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, lambda a, b, r: torch.maximum(a, b) == r), "exactly reach"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, s=lambda s: s.abs()), "abs scores"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, w=lambda w: w / w.amax(-1, keepdim=True)), "shares by their max"),
    (lambda q, k, v, c, r: na(q, k, v, c - 1 if c > 1 else c, r), "columns - 1"),
    (lambda q, k, v, c, r: na(q, k, v, c, r) + v, "plus v"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, w=lambda w: w.transpose(1, 2)), "shares transposed"),
]

# What the checks say: a part of it, empty where they name nothing, or something else.
EXPECTED = {
    "alpha_bar": [
        "`beta.flip(0)`: `flip` is too much (tried: then all is right)",
        "`(1 - beta).clamp(min=0.9)`: `clamp` is too much (tried: then all is right)",
        "`torch.cumsum(torch.log(1 - beta), 0)`: `exp(torch.cumsum(torch.log(1 - beta), 0))` belongs there (tried: then all is right)",
        "`1 - torch.linspace(float(beta[0]), float(beta[-1]), len(beta))`",
        "1 - alpha_bar instead of alpha_bar",
    ],
    "annealed_mean": [
        "`l.clamp(max=1)`: `clamp` is too much (tried: then all is right)",
        "`l / (1 + T)`: `1 +` is too much (tried: then all is right)",
        "a and b are swapped",
        "`softmax(l / T, 1) ** 2`: `** 2` is too much (tried: then all is right)",
        "log_softmax gives logarithms: softmax",
    ],
    "attention": [
        "`q + k.mean(1, keepdim=True)`: `+ k.mean(1, keepdim=True)` is too much (tried: then all is right)",
        "`softmax(q @ k.transpose(1, 2) /  …  -1).round(decimals=1)`: `round` is too much (tried: then all is right)",
        "`softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1) ** 2`: `** 2` is too much (tried: then all is right)",
        "`(q @ k.transpose(1, 2)).clamp(min=0)`: `clamp` is too much (tried: then all is right)",
        "`-(q @ k.transpose(1, 2))`: `-` is too much (tried: then all is right)",
        "`v.flip(1)`: `flip` is too much (tried: then all is right)",
    ],
    "attention_cost": [
        "`(h * w) ** 2 + h * w`: `+ (h * w)` is too much (tried: then all is right)",
        "`math.log2(h * w)`: `log2` is too much (tried: then all is right)",
        "the longer side counts for both",
        "2 times: `h // 2 * (w // 2)`: `// 2` is too much (tried: then all is right)",
    ],
    "clean_from_noisy": [
        "`col(a[t]).clamp(min=0.5)`: `clamp` is too much (tried: then all is right)",
        "`x.view(-1, 1, 1, 1)`: `sqrt(x.view(-1, 1, 1, 1))` belongs there (tried: then all is right)",
        "`(1 - col(a[t])).sqrt()`",
        "`(1 - a[t[:1]]).sqrt() * n`",
        "`((x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt()).abs()`: `abs` is too much (tried: then all is right)",
    ],
    "color_prior": [
        "the largest over a and b in the spread; the sum is wanted",
        "`ab.std((2, 3), correction=0).sum(1)` belongs there always",
        "the median over the pixels in the magnitude; the mean is wanted",
        "the largest length; the mean is wanted",
        "`ab.mean((2, 3)).T` belongs there always",
        "`ab.norm(dim=1).mean((1, 2)) / (ab.shape[2] * ab.shape[3])`: `/ (ab.shape[2] * ab.shape[3])` is too much (tried: then all is right)",
        "`ab.std((2, 3), correction=0).sum(1)` belongs there always",
    ],
    "correct_once": [
        "`r(L, qs(ab, t, n, a), t, p).clamp(-0.05, 0.05)`: `clamp` is too much (tried: then all is right)",
        "`r(L + 0.5, qs(ab, t, n, a), t, p)`: `+ 0.5` is too much (tried: then all is right)",
        "`ab * r(L, qs(ab, t, n, a), t, p)`: `+` belongs there, not `*` (tried: then all is right)",
        "`t.float() / 10`: `/ 10` is too much (tried: then all is right)",
        "`(ab + r(L, qs(ab, t, n, a), t, p)) / 2`: `/ 2` is too much (tried: then all is right)",
        "ab is not scaled: sqrt(alpha_bar) is missing",
    ],
    "cosine_schedule": [
        "`b.clamp(0.5, 0.999)`: `0` belongs there, not `0.5` (tried: then all is right)",
        "`b.clamp(max=0.999)` belongs there always",
        "cos is not squared",
        "`torch.cos((x + 0.008) / 1.008 * math.pi / 2) ** 2` belongs there always",
        "`1 - b.sqrt()`: `sqrt` is too much (tried: then all is right)",
        "`1 - b.flip(0)`: `flip` is too much (tried: then all is right)",
    ],
    "hue_and_chroma": [
        "`torch.atan2(b, a).rad2deg() % 360 // 1`: `// 1` is too much (tried: then all is right)",
        "`torch.atan2(b, a).rad2deg().abs() % 360`: another order, or other brackets: `(torch.atan2(b, a).rad2deg() % 360).abs()` (tried: then all is right)",
        "`torch.atan2(b, a).rad2deg() * 2`: `* 2` is too much (tried: then all is right)",
        "`torch.hypot(a, b) * 220`: `110` belongs there, not `220` (tried: then all is right)",
        "`1 / 3`: `2` belongs there, not `3` (tried: then all is right)",
        "`(110 * torch.hypot(a, b)).clamp(max=50)`: `clamp` is too much (tried: then all is right)",
        "2 separate values are wanted, not 1: they are stacked along axis 1; return them apart",
    ],
    "is_grey": [
        "the sizes of the products, without their signs: noise is counted as colour",
        "`0.25 * t`: `0.025` belongs there, not `0.25` (tried: then all is right)",
        "`(0.45 + 0.025 * t) ** 2` belongs there always",
        "`(0.45 + 0.025 * t) ** 2` belongs there always",
        "`(across + down) / 2` belongs there always",
        "`(across + down) / 2` belongs there always",
    ],
    "map_bytes": [
        "2 bytes a number; float32 has 4",
        "`n + P(h, w, d) ** 2`: another sign belongs in the place of `+` (tried: then all is right)",
        "`(h // d) ** 2 + (w // d) ** 2`: another sign belongs in the place of `+` (tried: then all is right)",
        "one side alone is smaller; both are",
        "`4 ** n * P(h, w, d) ** 2`: another sign belongs in the place of `**` (tried: then all is right)",
        "`16 * n`: another number belongs in the place of `16` (tried: then all is right)",
    ],
    "mse": [
        "int16 holds the difference, but the square does not fit: its largest number is 32767",
        "`((a.astype(float) - b) ** 2).mean((2, 3)).max(1)`: `mean` belongs there, not `max` (tried: then all is right)",
        "2 times: `a / 256`: `1` belongs there, not `256` (tried: then all is right)",
        "the difference of the squares; the square of the difference is wanted",
        "the variance of the difference: it forgets the mean difference",
        "divided by the number of pictures; the mean of a picture divides by its pixels",
        "the second channel alone",
    ],
    "network_input": [
        "`h * m ** 2 * 0.5`: `* 0.5` is too much (tried: then all is right)",
        "`[L, h * m, m * L]`: `* L` is too much (tried: then all is right)",
        "`(h * m).abs()`: `abs` is too much (tried: then all is right)",
        "`[L + 0.5, h * m, m]`: `+ 0.5` is too much (tried: then all is right)",
        "`[L, h[:, :1] * m, m, h[:, 1:] * m]`: `m` and `h[:, 1:] * m` are to be exchanged (tried: then all is right)",
        "`110 * h * m`: `110 *` is too much (tried: then all is right)",
    ],
    "next_step": [
        "`(1 - b).sqrt(…)`: `1 -` is too much (tried: then all is right)",
        "`keep(b)`",
        "`(a[t] / a[t - 1]).sqrt()`: `sqrt` is too much (tried: then all is right)",
        "alpha_bar_(t-1) - alpha_bar_t is not divided by alpha_bar_(t-1)",
        "`a[t] * a[t - 1]`: `/` belongs there, not `*` (tried: then all is right)",
        "x does not fade: sqrt(1 - beta) is missing",
    ],
    "noise_dominates": [
        "the size is squared, the rest is not",
        "`1 - a.sqrt()`: another order, or other brackets: `(1 - a).sqrt()` (tried: then all is right)",
        "`a.sqrt() * s`: `1 - (a.sqrt() * s)` belongs there (tried: then all is right)",
        "the step in the middle (of T + 1)",
        "how many steps have more noise than colour; the first of them is wanted",
        "alpha_bar before the size; its root belongs there",
    ],
    "psnr_mean": [
        "`255 ** 2 / (m + 1)`: `+ 1` is too much (tried: then all is right)",
        "`np.log10(255 ** 2 / m).round()`: `round` is too much (tried: then all is right)",
        "`np.sqrt(10 * np.log10(255 ** 2 / m))`: `sqrt` is too much (tried: then all is right)",
        "`np.sort(m)[1:]`: `[1:]` is too much (tried: then all is right)",
        "the smallest MSE alone",
        "`5 * np.log10(255 ** 2 / m)`: `10` belongs there, not `5` (tried: then all is right)",
    ],
    "psnr_pooled": [
        "`10 * np.log10(255 ** 2 / m.mean()) / len(m)`: `/ len(m)` is too much (tried: then all is right)",
        "`m.mean() + m.std()`: `+ m.std()` is too much (tried: then all is right)",
        "`round(float(10 * np.log10(255 ** 2 / m.mean())), 1)`: `round` is too much (tried: then all is right)",
        "20 log10 is right for 255 / root of the MSE; the MSE needs its root",
        "`m.mean()`",
        "`np.log10(255 ** 2 - m.mean())`: another order, or other brackets: `np.log10(255 ** 2) - np.log10(m.mean())` (tried: then all is right)",
    ],
    "q_sample": [
        "`col(a[t]) + 0.1`: `+ 0.1` is too much (tried: then all is right)",
        "`(1 - col(a[t])).sqrt() * n * 0.5`: `* 0.5` is too much (tried: then all is right)",
        "`col(a[t - 1])`: `[t - 1 + 1]` belongs there, not `[t - 1]` (tried: then all is right)",
        "`sqrt(alpha_bar[t]) * (ab * (sqrt(1 - alpha_bar[t]) * noise))` stands where `sqrt(alpha_bar[t]) * ab + sqrt(1 - alpha_bar[t]) * noise` belongs",
        "`(1 - col(a[t])).sqrt() * n.abs()`: `abs` is too much (tried: then all is right)",
        "ab is missing",
        "`(1 - col(a[t])).sqrt() * n.flip(0)`: `flip` is too much (tried: then all is right)",
    ],
    "rebalancing": [
        "`(1 - m) * p.sqrt()`: `sqrt` is too much (tried: then all is right)",
        "`((1 - m) * p + m / len(p)).cumsum(0)`: `cumsum` is too much (tried: then all is right)",
        "`p + mix / Q` stands where `(1 - mix) * p + mix / Q` belongs",
        "`rb(c, m, lambda p, m: 1 / ((1 -  … p: w / (p * w).mean())`: `lambda w, p: w / (p * w).mean()` is too much (tried: then all is right)",
        "`rb(c, m, lambda p, m: 1 / ((1 -  … ).sum()).clamp(max=2))`: `lambda w, p: (w / (p * w).sum()).clamp(max=2)` is too much (tried: then all is right)",
        "`softmax(p, 0)`: `softmax` is too much (tried: then all is right)",
        "`((1 - m) * p + m / len(p)) ** 2`: `** 2` is too much (tried: then all is right)",
    ],
    "received": [
        "`a.mean((1, 2)).cumsum(1)`: `cumsum` is too much (tried: then all is right)",
        "yes or no, whether it is more than 1 / T",
        "columns and rows of the picture are swapped",
        "`a.mean((1, 2)).reshape(len(a), r, -1).mean(0, keepdim=True)`: `mean` is too much (tried: then all is right)",
        "the first row of `attention` for all rows",
        "`a.mean((1, 2))`: `keepdim=True` is missing (tried: then all is right)",
        "`a.pow(2).mean(…)`: `pow` is too much (tried: then all is right)",
    ],
    "rectified_flow": [
        "`(y - b) ** 2`: `** 2` is too much (tried: then all is right)",
        "`((1 - col(s)) * b + col(s) * y, y + b)`: `-` belongs there, not `+` (tried: then all is right)",
        "`col(s) * (y - b) / 2`: `/ 2` is too much (tried: then all is right)",
        "the line runs from the truth to the base",
        "the velocity is the truth; it is truth - base",
        "`torch.sin(col(s) * math.pi / 2) * (y - b)`",
    ],
    "region_prior": [
        "the largest over a and b in the spread; the sum is wanted",
        "the largest length; the mean is wanted",
        "`mu` belongs there always",
        "`rgp(ab, m) * 110`: `* 110` is too much (tried: then all is right)",
        "the product over a and b in the spread; the sum is wanted",
        "`m.mean(0, keepdim=True).expand_as(m)`: `expand_as` is too much (tried: then all is right)",
    ],
    "resshift_mean": [
        "`(e[t] - e[t - 1]) / e[t] * y.abs()`: `abs` is too much (tried: then all is right)",
        "alpha_t is the step eta[t] - eta[t-1], not eta[t]",
        "",
        "`(e[t] - e[t - 1]) / e[t] * y`: `y - x` belongs there (tried: then all is right)",
        "`e[t] - e[t - 1]`",
    ],
    "set_tint": [
        "`stt(ab, t, lambda ab: ab.mean((2 … ue).round(decimals=1))`: `lambda ab: ab.mean((2, 3), keepdim=True).round(decimals=1)` is too much (tried: then all is right)",
        "`stt(ab, t.abs())`: `abs` is too much (tried: then all is right)",
        "the middle between the largest and the smallest over the pixels, of what is taken away; the mean is wanted",
        "`stt(ab, t) * 2`: `* 2` is too much (tried: then all is right)",
        "`stt(ab, t)[:, [1, 0]]`: `[:, [1, 0]]` is too much (tried: then all is right)",
        "`stt(ab, t, lambda ab: ab.mean((2, 3), keepdim=True) ** 2)`: `lambda ab: ab.mean((2, 3), keepdim=True) ** 2` is too much (tried: then all is right)",
    ],
    "soft_encode": [
        "`sx(x, c, s, k, lambda d, s: torch.exp(-d ** 3 / (2 * s ** 2)))`: `lambda d, s: torch.exp(-d ** 3 / (2 * s ** 2))` is too much (tried: then all is right)",
        "`sx(x, c, s, k, lambda d, s: torc … 2)).round(decimals=1))`: `lambda d, s: torch.exp(-d ** 2 / (2 * s ** 2)).round(decimals=1)` is too much (tried: then all is right)",
        "2 times: `torch.cdist(x.abs(), c.abs())`: `abs` is too much (tried: then all is right)",
        "`sx(x, c, s, k) ** 2`: `** 2` is too much (tried: then all is right)",
        "`sx(x, c, s, k, lambda d, s: torch.exp(-d ** 2 / (4 * s ** 2)))`: `lambda d, s: torch.exp(-d ** 2 / (4 * s ** 2))` is too much (tried: then all is right)",
        "`sx(x, c, s, k).cumsum(1)`: `cumsum` is too much (tried: then all is right)",
    ],
    "split_error": [
        "`(x - y).mean((2, 3)).square().amax(1)`: `sum` belongs there, not `amax` (tried: then all is right)",
        "`spl(x, y)[1].sqrt()`: `sqrt` is too much (tried: then all is right)",
        "the first part is the whole error, the second is right",
        "`spl(x, y)[1] / spl(x, y)[0]`: `/ spl(x, y)[0]` is too much (tried: then all is right)",
        "`(x + y).mean(…)`: `-` belongs there, not `+` (tried: then all is right)",
        "`(x - y).flatten(1).var(1, correction=0)`",
    ],
    "split_heads": [
        "`x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).flip(2)`: `flip` is too much (tried: then all is right)",
        "`x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).roll(1, 1)`: `roll` is too much (tried: then all is right)",
        "`x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).flatten(2)`: `flatten` is too much (tried: then all is right)",
        "`x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2) * n`: `* n` is too much (tried: then all is right)",
        "positions stand last; the channels of a head do",
    ],
    "to_lab": [
        "`torch.cat([100 * L + 50, 110 * ab], 1) / 100`: `/ 100` is too much (tried: then all is right)",
        "`100 * L.abs()`: `abs` is too much (tried: then all is right)",
        "`110 * ab * L`: `* L` is too much (tried: then all is right)",
        "L is multiplied by 50, as if it ran from -1 to 1",
        "`110 * (ab - 0.5)`: `- 0.5` is too much (tried: then all is right)",
    ],
    "to_model_units": [
        "`x[:, 1:] // 1`: `// 1` is too much (tried: then all is right)",
        "`(x[:, 1:] / 110).clamp(-0.5, 0.5)`: `clamp` is too much (tried: then all is right)",
        "L - 50 is divided by 50 instead of 100",
        "`x[:, 1:] / 220`: `110` belongs there, not `220` (tried: then all is right)",
        "L still runs from 0 to 100",
    ],
    "weighted_error": [
        "`wsq(p, y).clamp(max=0.2)`: `clamp` is too much (tried: then all is right)",
        "`w.round() * wsq(p, y)`: `round` is too much (tried: then all is right)",
        "`(w * wsq(p, y)).amax()`: `sum` belongs there, not `amax` (tried: then all is right)",
        "`(w * wsq(p, y)).flatten(1).sum(1).mean()`: `sum` belongs there, not `mean` (tried: then all is right)",
        "`w.flip(0) * wsq(p, y)`: another order, or other brackets: `(w * wsq(p, y)).flip(0)` (tried: then all is right)",
        "`1 - (w * wsq(p, y)).sum() / w.sum()`: `1 -` is too much (tried: then all is right)",
        "`(w * wsq(p, y)).sum() / (w.sum() + 1)`: `+ 1` is too much (tried: then all is right)",
    ],
    "seen_before": [
        "`(ap(te, both(tr)) <= l).sum(1) > 1`: `>=` belongs there, not `>` (tried: then all is right)",
        "zeros everywhere: `ap(te, both(tr)).mean(1)`: `min` belongs there, not `mean` (tried: then all is right)",
        "`te[:, None].astype(float) - both(tr)[None]`",
        "`te[:, None].astype(float) - both(tr)[None]`",
        "`ap(te, both(tr)) <= l / 255`: `/ 255` is too much (tried: then all is right)",
        "mirrored pictures are not found: compare with x[:, :, ::-1], too",
        "every pixel must be equal; near is enough",
        "`(ap(te, both(tr)) <= l).any(1).astype(int) * 1.0 - 1`: `- 1` is too much (tried: then all is right)",
    ],
    "worst_block": [
        "the worst channel of a block; the mean over the channels is wanted",
        "one number for all pictures; each has its own",
        "the mean of |difference|, not of its square; besides, the square of the rest: one square too many, or a root i",
        "`mean(truth - guess, (2, 4, 5)) ** 2` stands where `mean((truth - guess) ** 2, (2, 4, 5))` belongs",
        "`np.sort(bl(se(a, b), s).mean((2, … 1), 1)[:, -2:].mean(1)`: `max` belongs there, not `mean` (tried: then all is right)",
        "the first alone over the blocks; the largest is wanted",
        "`bl(se(a, b), s).mean((2, 4, 5)). … (a, b).mean((1, 2, 3))`: `- se(a, b).mean((1, 2, 3))` is too much (tried: then all is right)",
        "`bl(se(a, b), s).mean((2, 4, 5)).max((1, 2)) // 1`: `// 1` is too much (tried: then all is right)",
    ],
    "average_draws": [
        "the largest over pixels and channels in the spread; the mean is wanted",
        "the median over pixels and channels in the spread; the mean is wanted",
        "part 1 is right, part 2 is not: too small by the root of how many there are along axis 0 of `noises`",
        "`std(mean(draws, (2, 3, 4)), 0)` stands where `mean(std(draws, 0), (2, 3, 4))` belongs",
        "`t` is off by one (`t` - 1)",
        "part 2 is right, part 1 is not: the right numbers, cut off at -0.3 and 0.3 (clamp, or where): keep them all",
        "part 1 has shape (2, 4, 6) where (2, 2, 4, 6) is wanted: the mean over axis 0 of what is right",
        "the sign of `noises`: minus where plus belongs, or the reverse",
    ],
    "near_attention": [
        "`na(q, k, v, c, r, lambda a, b, r: (a <= r) & (b <= r + 1))`: `lambda a, b, r: (a <= r) & (b <= r + 1)` is too much (tried: then all is right)",
        "`na(q, k, v, c, r, lambda a, b, r: a * b <= r)`: `lambda a, b, r: a * b <= r` is too much (tried: then all is right)",
        "`na(q, k, v, c, r, lambda a, b, r: torch.maximum(a, b) == r)`: `lambda a, b, r: torch.maximum(a, b) == r` is too much (tried: then all is right)",
        "`lambda s: s.abs()`: `abs` is too much (tried: then all is right)",
        "`w / w.amax(-1, keepdim=True)`: `/ w.amax(-1, keepdim=True)` is too much (tried: then all is right)",
        "`c - 1 if c > 1 else c`: `c` belongs there always (tried: then all is right)",
        "`na(q, k, v, c, r) + v`: `+ v` is too much (tried: then all is right)",
        "`w.transpose(1, 2)`: `transpose` is too much (tried: then all is right)",
    ],
}
