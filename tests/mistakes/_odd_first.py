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


# What the checks say of each, in order; empty where they locate the mistake at best.
EXPECTED = {
    "alpha_bar": [
        "from the last beta on; the first step comes first",
        "`beta` is cut off at 0.1",
        "the running sum of logarithms; exp brings the product back",
        "",
        "1 - alpha_bar instead of alpha_bar",
    ],
    "annealed_mean": [
        "`logits` is cut off at 1",
        "`T` + 1, but `T` itself belongs there",
        "a and b are swapped",
        "the square of the shares: one square too many, or a root is missing",
        "log_softmax gives logarithms: softmax",
    ],
    "attention": [
        "",
        "the shares, rounded",
        "the square of the shares: one square too many, or a root is missing",
        "the scores, at least 0 (clamp)",
        "softmin",
        "`k` in reverse order (axis 1)",
    ],
    "attention_cost": [
        "",
        "points times their logarithm (log2)",
        "the longer side counts for both",
        "a layer of half the size",
    ],
    "average_draws": [
        "the largest spread, not the mean",
        "the median over pixels and channels in the spread; the mean is wanted",
        "part 1 is right, part 2 is not: too small by the root of how many there are along axis 0 of `noises`",
        "the spread of the draws' mean colours; each pixel has its own",
        "`t` is off by one (`t` - 1)",
        "part 2 is right, part 1 is not: the right numbers, cut off at -0.3 and 0.3 (clamp, or where): keep them all",
        "part 1 has shape (2, 4, 6) where (2, 2, 4, 6) is wanted: the mean over axis 0 of what is right",
        "the sign of `noises`: minus where plus belongs, or the reverse",
    ],
    "clean_from_noisy": [
        "`clamp(alpha_bar[t], 0.5, None)` stands where `alpha_bar[t]` belongs",
        "`alpha_bar` is squared, but should not be",
        "`noise` is not used, as if it were 1",
        "`alpha_bar[t[:1]]` stands where `alpha_bar[t]` belongs",
        "what is right without its sign: abs, or a square with a root",
    ],
    "color_prior": [
        "the largest over a and b in the spread; the sum is wanted",
        "the standard deviation of the lengths sqrt(a² + b²); a and b have one each",
        "the median length; the mean is wanted",
        "the largest length; the mean is wanted",
        "one mean over a and b together; each has its own",
        "right at [0, 1, 2] of axis 1, wrong at [3]: too small by how many there are along axes 2 and 3 of `ab`",
        "the range, not the standard deviation",
    ],
    "correct_once": [
        "",
        "the refiner is told another L: tensor (4, 1, 7, 5) from 0.00124 to 0.997 where tensor (4, 1, 7, 5) from -0.499 to 0.497 belongs",
        "base and residual are multiplied; add them",
        "the refiner is told another t: [0.4, 0.2, 0.7, 0.6] where [4, 2, 7, 6] belongs",
        "a half stands before the base; 1 belongs there; a half stands before the residual; 1 belongs there",
        "ab is not scaled: sqrt(alpha_bar) is missing",
    ],
    "cosine_schedule": [
        "beta, at least 0.5 (clamp)",
        "beta is multiplied by 0.999; it is cut off there",
        "cos is not squared",
        "π is 3",
        "the square root of beta, cut off: one root too many, or a square is missing",
        "t runs down from steps; besides, f(t-1) / f(t) upside down",
    ],
    "hue_and_chroma": [
        "hue is cut to whole degrees",
        "hue stays below 180 (acos, or abs): a colour and its mirror image get the same",
        "hue is multiplied by 360 / π: 180 / π",
        "twice `ab`",
        "part 1 is right, part 2 is not: 4.791 times the power 0.667 of what is right",
        "part 1 is right, part 2 is not: the right numbers, cut off at 50 (clamp, or where): keep them all",
        "2 separate values are wanted, not 1: they are stacked along axis 1; return them apart",
    ],
    "is_grey": [
        "the sizes of the products, without their signs: noise is counted as colour",
        "0.25 for each unit of tint in the limit; 0.025",
        "the parts of the limit are multiplied, not added",
        "brackets: (0.45 + 0.025)² · t",
        "",
        "",
    ],
    "map_bytes": [
        "2 bytes a number; float32 has 4",
        "heads are added; each has a map of its own",
        "the squares of the sides are added; points are their product",
        "one side alone is smaller; both are",
        "4 to the power of the heads",
        "the 4 is squared, too",
    ],
    "mse": [
        "int16 holds the difference, but the square does not fit: its largest number is 32767",
        "the worst row's error",
        "everything is 65,536 times too small",
        "the difference of the squares; the square of the difference is wanted",
        "the variance of the difference: it forgets the mean difference",
        "divided by the number of pictures; the mean of a picture divides by its pixels",
        "the second channel alone",
    ],
    "near_attention": [
        "columns may be one further away than rows",
        "the product of the steps along rows and columns is compared",
        "keys exactly `reach` away alone; nearer ones take part, too",
        "the scores without its sign: abs, or a square with a root",
        "the shares, divided by its largest value along axis 2",
        "`columns` is off by one (`columns` - 1)",
        "`v` is added to what is right",
        "the scores of the keys are exchanged with those of the queries (a transpose too many); besides, softmax over t",
    ],
    "network_input": [
        "half of `hints`",
        "right at [0, 1, 2] of axis 1, wrong at [3]: what is right is multiplied by `L`",
        "`hints` without its sign",
        "right at [1, 2, 3] of axis 1, wrong at [0]: everything is off by +0.5",
        "the right numbers in another order along axis 1: [0, 1, 3, 2]",
        "`hints` is multiplied by 110",
    ],
    "next_step": [
        "sqrt(1 - beta) stands before the noise; sqrt(beta) belongs there",
        "1 - beta / 2 stands before x; sqrt(1 - beta) belongs there",
        "the root of alpha_bar_t / alpha_bar_(t-1) in beta; beta is 1 minus the ratio itself",
        "alpha_bar_(t-1) - alpha_bar_t is not divided by alpha_bar_(t-1)",
        "alpha_bar's product of neighbours, not their ratio",
        "x does not fade: sqrt(1 - beta) is missing",
    ],
    "noise_dominates": [
        "the size is squared, the rest is not",
        "1 - sqrt(alpha_bar) is no size of noise; sqrt(1 - alpha_bar) is",
        "noise and colours together are 1; the noise alone is compared with the colours",
        "the step in the middle (of T + 1)",
        "how many steps have more noise than colour; the first of them is wanted",
        "alpha_bar before the size; its root belongs there",
    ],
    "psnr_mean": [
        "1 is added to the MSE",
        "`round(log10(255 ** 2 / mse))` stands where `log10(255 ** 2 / mse)` belongs",
        "the square root of the PSNRs: one root too many, or a square is missing",
        "",
        "the smallest MSE alone",
        "10 log10 is right for 255² / MSE; with the root of the MSE and 255 it is 20 log10",
    ],
    "psnr_pooled": [
        "the PSNR of the mean MSE, divided by the number of pictures",
        "the mean MSE and its spread together",
        "the right numbers, rounded: return them as they are",
        "20 log10 is right for 255 / root of the MSE; the MSE needs its root",
        "-1 times what is right, and 48.13 more",
        "the 10 log10 of the difference 255² - MSE",
    ],
    "q_sample": [
        "",
        "noise is 0.5 times what it should be",
        "sqrt(1 - alpha_bar[t - 1]) stands before noise; sqrt(1 - alpha_bar[t]) belongs there",
        "the two terms are multiplied; add them",
        "`noise` without its sign",
        "ab is missing: the noise alone",
        "`noise` in reverse order (axis 0)",
    ],
    "rebalancing": [
        "the square root of the shares p: one root too many, or a square is missing",
        "the running sum (cumsum) of the mixed shares along axis 0",
        "p is not multiplied by 1 - mix",
        "scaled with the mean of p w, not its sum",
        "the right numbers, cut off at 2 (clamp, or where): keep them all",
        "softmax over the shares p along axis 0",
        "1 / the square; 1 / the mixed share itself",
    ],
    "received": [
        "the running sum (cumsum) of the mean over the heads along axis 2",
        "yes or no, whether it is more than 1 / T",
        "columns and rows of the picture are swapped",
        "one map for the whole batch, repeated; each picture has its own",
        "the first position alone looks",
        "sorted",
        "`attention` is squared, but should not be",
    ],
    "rectified_flow": [
        "part 1 is right, part 2 is not: the square of what is right: one square too many, or a root is missing",
        "the velocity is the sum; it is truth - base",
        "half of `s`",
        "the line runs from the truth to the base",
        "the velocity is the truth; it is truth - base",
        "the point: what stands before base is not 1 - s; sin(s π/2) stands before truth; s belongs there",
    ],
    "region_prior": [
        "the largest over a and b in the spread; the sum is wanted",
        "the largest length; the mean is wanted",
        "",
        "everything is 110 times too large: the 110 between ab and model units",
        "the product of the two spreads; their sum is wanted",
        "right for one picture alone, not for several: pictures of the batch are mixed (axis 0 is in a mean, a sum or a",
    ],
    "resshift_mean": [
        "`x0` without its sign",
        "alpha_t is the step eta[t] - eta[t-1], not eta[t]",
        "",
        "x_t is not scaled: eta[t-1]/eta[t] is missing",
        "1 - alpha_t stands before x_t; eta[t-1]/eta[t] belongs there; alpha_t stands before x0; alpha_t/eta[t] belongs",
    ],
    "seen_before": [
        "",
        "zeros everywhere: nothing was put in, or all was multiplied by 0",
        "near in one channel is taken for near; the mean goes over all three",
        "the median difference, not the mean",
        "the limit is divided by 255; it is on the scale 0..255",
        "mirrored pictures are not found: compare with x[:, :, ::-1], too",
        "every pixel must be equal; near is enough",
        "",
    ],
    "set_tint": [
        "the old mean, rounded",
        "the sizes of the tint (abs)",
        "the middle between the largest and the smallest over the pixels, of what is taken away; the mean is wanted",
        "everything is 2 times too large: a half, or a mean of two, that is one too many or missing",
        "what is right in reverse order along axis 1",
        "the square of the old mean: one square too many, or a root is missing",
    ],
    "soft_encode": [
        "d³ where d² belongs",
        "the bells exp(...), rounded",
        "`ab` and `centres` without their signs",
        "the square of what is right: one square too many, or a root is missing",
        "2 sigma is squared: 4 sigma² where 2 sigma² belongs",
        "the running sum (cumsum) of what is right along axis 1",
    ],
    "split_error": [
        "part 2 is right, part 1 is not: the largest over a and b in the tint's part; the sum is wanted",
        "the second part is rooted; squares are what adds up",
        "the first part is the whole error, the second is right",
        "the rest divided by the tint's part",
        "part 2 is right, part 1 is not: the sign of `guess`: minus where plus belongs, or the reverse",
        "one variance over a, b and pixels together; each of a and b has its own",
    ],
    "split_heads": [
        "what is right in reverse order along axis 2",
        "what is right, moved on by one along axis 1",
        "",
        "multiplied by `heads`",
        "positions stand last; the channels of a head do",
    ],
    "to_lab": [
        "everything is 100 times too small: the 100 of L or of per cent",
        "`L` without its sign",
        "right at [0] of axis 1, wrong at [1, 2]: what is right is multiplied by `L`",
        "L is multiplied by 50, as if it ran from -1 to 1",
        "right at [0] of axis 1, wrong at [1, 2]: everything is off by -55",
    ],
    "to_model_units": [
        "part 1 is right, part 2 is not: `floor(ab) / 110` stands where `ab / 110` belongs",
        "part 1 is right, part 2 is not: the right numbers, cut off at -0.5 and 0.5 (clamp, or where): keep them all",
        "L - 50 is divided by 50 instead of 100",
        "`ab / 220` stands where `ab / 110` belongs",
        "L still runs from 0 to 100",
    ],
    "weighted_error": [
        "the squared distances, cut off at 0.2 (clamp)",
        "the weights, rounded",
        "the largest, not the mean",
        "divided by the number of pictures and by the sum of the weights",
        "`weight` in reverse order (axis 0)",
        "1 minus what is right",
        "divided by 1 more than the sum of the weights",
    ],
    "worst_block": [
        "the worst channel of a block; the mean over the channels is wanted",
        "one number for all pictures; each has its own",
        "the mean of |difference|, not of its square; besides, the square of the rest: one square too many, or a root i",
        "the mean of a block before the square: errors of opposite sign cancel",
        "the mean of the two worst blocks; the worst one is wanted",
        "the first alone over the blocks; the largest is wanted",
        "the worst block less the mean of all",
        "the right numbers, rounded down (floor, //): return them as they are",
    ],
}
