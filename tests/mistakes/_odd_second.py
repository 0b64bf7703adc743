"""Odd wrong answers, the second list: of 211 the checks named 71 % rightly when it was new, and two wrongly.

F: task -> [(answer, the mistake in it)], written before anybody had seen what the checks say of them.
"""

# ruff: noqa: E402, E501, E731

import math

import numpy as np
import torch
from torch.nn.functional import softmax

F = {}
col = lambda x: x.view(-1, 1, 1, 1)
qs = lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n


def ab_while(beta):
    out, k = torch.ones(len(beta) + 1), 1.0
    for i in range(1, len(beta)):
        k = k * (1 - float(beta[i]))
        out[i + 1] = k
    return out


def ab_ratio(beta):
    out = [1.0]
    for b in beta:
        out.append(out[-1] / (1 + float(b)))
    return torch.tensor(out)


F["alpha_bar"] = [
    (ab_while, "loop starts at 1: the first beta is skipped"),
    (ab_ratio, "divided by 1 + beta"),
    (lambda beta: torch.cat([torch.ones(1), torch.cumprod(1 - beta * 2, 0)]), "twice beta"),
    (lambda beta: torch.cat([torch.ones(1), (1 - beta).cumprod(0)]).round(decimals=2), "rounded"),
    (lambda beta: torch.cat([torch.ones(1), 1 - torch.cumprod(beta, 0)]), "1 - product of betas"),
    (lambda beta: torch.cat([torch.ones(1), torch.cummin(1 - beta, 0).values]), "running minimum"),
]
F["annealed_mean"] = [
    (
        lambda l, c, T: (
            torch.einsum("bqhw,qc->bchw", softmax(l / T, 1), c).mean((2, 3), keepdim=True).expand(-1, -1, *l.shape[2:])
        ),
        "averaged over picture",
    ),
    (
        lambda l, c, T: torch.einsum("bqhw,qc->bchw", (lambda e: e / e.sum((1, 2, 3), keepdim=True))((l / T).exp()), c),
        "normalised over the picture",
    ),
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", softmax(l / T, 1), c / 110), "centres /110"),
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", (l / T).exp(), c), "exp not normalised"),
    (lambda l, c, T: c[softmax(l / T, 1).topk(2, 1).indices].mean(1).permute(0, 3, 1, 2), "mean of two likeliest"),
    (lambda l, c, T: torch.einsum("bqhw,qc->bchw", softmax(l.abs() / T, 1), c), "abs logits"),
]
F["attention"] = [
    (lambda q, k, v: softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1) @ v + v[:, :1], "adds first value"),
    (lambda q, k, v: softmax(q @ k.transpose(1, 2) / (q.shape[-1] * k.shape[1]) ** 0.5, -1) @ v, "root of d times M"),
    (
        lambda q, k, v: (lambda s: s / s.sum(-1, keepdim=True))((q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).abs()) @ v,
        "abs scores normalised",
    ),
    (
        lambda q, k, v: softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1) @ v.mean(1, keepdim=True).expand_as(v),
        "mean value",
    ),
    (
        lambda q, k, v: softmax((q * q.shape[-1] ** -0.5) @ (k * k.shape[-1] ** -0.5).transpose(1, 2), -1) @ v,
        "scaled twice",
    ),
    (
        lambda q, k, v: softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1).argmax(-1)[..., None].float(),
        "argmax index",
    ),
]
F["attention_cost"] = [
    (lambda h, w: (h * w) ** 1.5, "power 1.5"),
    (lambda h, w: h * w * (h * w - 1), "no self"),
    (lambda h, w: (h * w + 1) ** 2, "points + 1"),
    (lambda h, w: h**2 * w, "w once"),
    (lambda h, w: 4 * h * w, "4 points"),
]
F["clean_from_noisy"] = [
    (lambda x, t, n, a: (x - n) / col(a[t]).sqrt(), "noise not scaled"),
    (lambda x, t, n, a: x / col(a[t]).sqrt(), "noise ignored"),
    (lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n) / (col(a[t]).sqrt() + 0.01), "epsilon"),
    (lambda x, t, n, a: (x - col(a[t]).sqrt() * n) / (1 - col(a[t])).sqrt(), "factors swapped"),
    (lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n.flip(0)) / col(a[t]).sqrt(), "noise of other pictures"),
    (lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt() - 0.5, "minus .5"),
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
    (lambda ab: cp(ab, m=lambda ab: ab.mean((2, 3)).T.flip(0)), "b then a"),
    (
        lambda ab: cp(ab, s=lambda ab: (ab - ab.mean()).square().mean((2, 3)).sqrt().sum(1)),
        "deviation from overall mean",
    ),
    (lambda ab: cp(ab, s=lambda ab: ab.abs().mean((2, 3)).sum(1)), "mean abs"),
    (lambda ab: cp(ab, g=lambda ab: ab.norm(dim=1).sum((1, 2)) / ab.shape[2]), "divided by H only"),
    (lambda ab: cp(ab, g=lambda ab: ab.norm(dim=2).mean((1, 2))), "norm over the wrong axis"),
    (lambda ab: cp(ab, s=lambda ab: ab.std((0, 2, 3), correction=0).sum().repeat(len(ab))), "batch std"),
    (lambda ab: cp(ab, m=lambda ab: ab[:, :, 0, 0].T), "first pixel"),
]
F["correct_once"] = [
    (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), t, p) + n, "noise added to result"),
    (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), t, p) * 110, "times 110"),
    (lambda r, L, ab, t, p, n, a: ab + r(-L, qs(ab, t, n, a), t, p), "L sign"),
    (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a).clamp(-0.3, 0.3), t, p), "noisy clamped"),
    (lambda r, L, ab, t, p, n, a: ab.mean((2, 3), keepdim=True) + r(L, qs(ab, t, n, a), t, p), "mean of the base"),
    (lambda r, L, ab, t, p, n, a: (ab + r(L, qs(ab, t, n, a), t, p))[:, :1], "a only"),
]


def cosf(n, f=None, cap=None, prod=None, end=lambda x: x, xs=None):
    x = torch.arange(n + 1, dtype=torch.float64) / n if xs is None else xs(n)
    v = torch.cos((x + 0.008) / 1.008 * math.pi / 2) ** 2 if f is None else f(x)
    b = 1 - v[1:] / v[:-1]
    b = b.clamp(max=0.999) if cap is None else cap(b)
    return end(torch.cat([torch.ones(1), (torch.cumprod(1 - b, 0) if prod is None else prod(b)).float()]))


F["cosine_schedule"] = [
    (lambda n: cosf(n, f=lambda x: torch.cos((x + 0.008) * 1.008 * math.pi / 2) ** 2), "multiplied by 1 + s"),
    (lambda n: cosf(n, f=lambda x: torch.cos((x + 0.008) / 1.008 * math.pi / 2) ** 2 + 1e-3), "epsilon added to f"),
    (lambda n: cosf(n, prod=lambda b: torch.exp(-torch.cumsum(b, 0))), "exp of sum"),
    (lambda n: cosf(n, end=lambda x: x / x.sum()), "normalised"),
    (lambda n: cosf(n, xs=lambda n: torch.linspace(0, 1, n + 1, dtype=torch.float64) ** 0.5), "root of t"),
    (lambda n: cosf(n, cap=lambda b: b.clamp(max=0.99)), "0.99"),
    (lambda n: cosf(n, prod=lambda b: 1 - torch.cumsum(b, 0) / b.sum()), "cumulative share"),
]


def pol(ab, h=None, c=None):
    a, b = ab[:, 0], ab[:, 1]
    return (h(a, b) if h else torch.rad2deg(torch.atan2(b, a)) % 360), (c(a, b) if c else 110 * torch.hypot(a, b))


F["hue_and_chroma"] = [
    (lambda ab: pol(ab, h=lambda a, b: torch.atan2(a, b).rad2deg() % 360), "a,b swapped"),
    (lambda ab: pol(ab, h=lambda a, b: (torch.atan2(b, a).rad2deg() + 90) % 360), "+90"),
    (lambda ab: pol(ab, h=lambda a, b: torch.atan2(b, a).rad2deg() % 360 * math.pi / 180), "back to radians"),
    (lambda ab: pol(ab, h=lambda a, b: (torch.atan2(b, a).rad2deg() % 360).clamp(max=180)), "clamped 180"),
    (lambda ab: pol(ab, c=lambda a, b: 110 * torch.hypot(a, b) ** 2), "squared"),
    (lambda ab: pol(ab, c=lambda a, b: torch.hypot(110 * a, 128 * b)), "128 for b"),
    (lambda ab: pol(ab, c=lambda a, b: 110 * (a.abs() + b.abs()) / 2), "mean of abs"),
    (lambda ab: pol(ab)[::-1], "order"),
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
    (lambda lab: ig(lab, rest=lambda r: r.round()), "rest rounded"),
    (lambda lab: ig(lab, limit=lambda t: (0.45 - 0.025 * t) ** 2), "minus"),
    (lambda lab: ig(lab, limit=lambda t: 0.5), "fixed limit"),
    (lambda lab: ig(lab, m=lambda r, x, y: (r[:, :, 1:] * r[:, :, :-1]).mean()), "one direction, mean over channels"),
    (lambda lab: ig(lab, t=lambda lab: lab[1:].std().clamp(max=20)), "spread as tint"),
    (lambda lab: ig(lab, limit=lambda t: (0.45 + 0.025 * t) ** 3), "third power"),
]
P = lambda h, w, d: (h // d) * (w // d)
F["map_bytes"] = [
    (lambda h, w, d, n: 4 * n * P(h, w, d) ** 2 / 8, "bits to bytes"),
    (lambda h, w, d, n: 4 * P(h, w, d) ** 2 / n, "divided by heads"),
    (lambda h, w, d, n: 4 * n * (P(h, w, d) + n) ** 2, "heads added to points"),
    (lambda h, w, d, n: 4 * n * (P(h, w, d) - 1) ** 2, "points - 1"),
    (lambda h, w, d, n: 4 * n * ((h + w) // d) ** 2, "sides added"),
    (lambda h, w, d, n: 4 * n * (h * w) ** 2 // d**2, "down squared once"),
]
F["mse"] = [
    (lambda a, b: (np.abs(a.astype(int) - b) // 2 * 2**1.0).mean((1, 2, 3)), "abs, even"),
    (lambda a, b: ((a.astype(float).mean(3) - b.mean(3)) ** 2).mean((1, 2)), "grey first"),
    (lambda a, b: ((a.astype(float) - b) ** 2).mean((1, 2, 3)) / 3, "divided by 3 again"),
    (lambda a, b: ((a.astype(float) - b) ** 2).mean((1, 2, 3)) ** 2, "squared"),
    (lambda a, b: ((a.astype(float) - b[::-1]) ** 2).mean((1, 2, 3)), "pictures reversed"),
    (lambda a, b: np.log10(((a.astype(float) - b) ** 2).mean((1, 2, 3)) + 1e-12), "log"),
    (lambda a, b: ((a.astype(float) - b) ** 2).mean((1, 2, 3)).tolist()[0], "first"),
]
F["network_input"] = [
    (lambda L, h, m: torch.cat([L, h * m, m * 2 - 1], 1), "mask -1..1"),
    (lambda L, h, m: torch.cat([L, h * m + (1 - m) * h.mean(), m], 1), "mean where nothing hinted"),
    (lambda L, h, m: torch.cat([h * m, L, m], 1), "hints first"),
    (lambda L, h, m: torch.cat([L, h * m.flip(3), m], 1), "mask mirrored"),
    (lambda L, h, m: torch.cat([L, h * m - L * m, m], 1), "L subtracted from hints"),
    (lambda L, h, m: torch.stack([L[:, 0], h[:, 0] * m[:, 0], h[:, 1] * m[:, 0], m[:, 0]], -1), "stack last"),
]


def nx(x, t, n, a, beta=None, keep=lambda b: (1 - b).sqrt(), add=lambda b: b.sqrt()):
    b = col(1 - a[t] / a[t - 1] if beta is None else beta(a, t))
    return keep(b) * x + add(b) * n


F["next_step"] = [
    (lambda x, t, n, a: nx(x, t, n, a, beta=lambda a, t: 1 - a[t] / a[0]), "a[0]"),
    (lambda x, t, n, a: nx(x, t, n, a, add=lambda b: b**2), "b squared"),
    (lambda x, t, n, a: nx(x, t, n, a, keep=lambda b: 1 / (1 - b).sqrt()), "divided"),
    (lambda x, t, n, a: nx(x, t, n, a).clamp(-1, 1), "clamped"),
    (lambda x, t, n, a: nx(x, t, n, a, beta=lambda a, t: (1 - a[t] / a[t - 1]).clamp(max=0.05)), "beta clamped"),
    (lambda x, t, n, a: nx(x, t, n, a, beta=lambda a, t: a[t]), "beta = alpha_bar"),
]
fi = lambda hit: int(hit.nonzero()[0])
F["noise_dominates"] = [
    (lambda a, s: fi((1 - a).sqrt() >= (a * s).sqrt()), "size under root"),
    (lambda a, s: fi((1 - a).sqrt() >= a.sqrt() * s) + 1, "+1"),
    (lambda a, s: fi((1 - a) >= a.sqrt() * s), "variance"),
    (lambda a, s: int((1 - a).sqrt().argmax()), "argmax noise"),
    (lambda a, s: fi(((1 - a) / a) >= s), "ratio of variances"),
    (lambda a, s: int(((1 - a).sqrt() - a.sqrt() * s).abs().argmin()), "nearest"),
]
F["psnr_mean"] = [
    (lambda m: np.mean(10 * np.log10(255 / np.sqrt(m))), "10 with amplitude"),
    (lambda m: 10 * np.log10(255**2 / np.sqrt((m**2).mean())), "rms"),
    (lambda m: np.mean(10 * np.log10(m)), "no peak"),
    (lambda m: np.mean(10 * np.log10(255**2 / m)) - 48.13, "peak removed"),
    (lambda m: np.sum(10 * np.log10(255**2 / m)) / 10, "divided by 10"),
    (lambda m: np.mean(10 * np.log1p(255**2 / m)), "log1p"),
]
F["psnr_pooled"] = [
    (lambda m: 10 * np.log10(255**2 / m.mean()) + 3, "+3"),
    (lambda m: 10 * np.log10(255**2 / m[0]), "first"),
    (lambda m: 20 * np.log10(255 / np.sqrt(m).mean()), "mean of roots"),
    (lambda m: -10 * np.log10(255**2 / m.mean()), "sign"),
    (lambda m: 10 * np.log10(255**2 / (m.sum() / (len(m) + 1))), "N + 1"),
    (lambda m: 10 * np.log10(255**2) - np.log10(m.mean()), "10 missing in second"),
]
F["q_sample"] = [
    (lambda ab, t, n, a: (1 - col(a[t])).sqrt() * ab + (1 - col(a[t])).sqrt() * n, "same factor"),
    (lambda ab, t, n, a: col(a[t]).sqrt() * ab + col(a[t]).sqrt() * n, "same factor 2"),
    (lambda ab, t, n, a: qs(ab, t, n, a).clamp(-1, 1), "clamped"),
    (lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t]) ** 0.5) ** 0.5 * n, "sqrt(1 - sqrt)"),
    (lambda ab, t, n, a: qs(ab, len(a) - 1 - t, n, a), "t from the end"),
    (lambda ab, t, n, a: qs(ab, t, n - n.mean(), a), "noise centred"),
    (lambda ab, t, n, a: (qs(ab, t, n, a) + ab) / 2, "averaged with ab"),
]


def rb(c, m, w=None, s=None, p=None):
    p = c / c.sum() if p is None else p(c)
    x = 1 / ((1 - m) * p + m / len(p)) if w is None else w(p, m)
    return x / (c / c.sum() * x).sum() if s is None else s(x, c / c.sum())


F["rebalancing"] = [
    (lambda c, m: rb(c, m, p=lambda c: (c + 1) / (c + 1).sum()), "add one smoothing"),
    (lambda c, m: rb(c, m, w=lambda p, m: 1 / ((1 - m) * p + m * len(p))), "times Q"),
    (lambda c, m: rb(c, m, w=lambda p, m: 1 / ((1 - m) * p + m / len(p)) - 1), "minus 1"),
    (lambda c, m: rb(c, m, s=lambda w, p: w - (p * w).sum() + 1), "shifted"),
    (lambda c, m: rb(c, m, w=lambda p, m: (1 - m) / p.clamp(min=1e-6) + m * len(p)), "separately inverted"),
    (lambda c, m: rb(c, m, s=lambda w, p: w / (p * w).sum() * p), "times p"),
]
F["received"] = [
    (lambda a, r: a.mean((1, 2)).reshape(len(a), r, -1) * 100, "per cent"),
    (lambda a, r: a.mean(1).mean(1).unflatten(1, (r, -1)) - 1 / a.shape[-1], "less chance"),
    (lambda a, r: a.std(2, correction=0).mean(1).reshape(len(a), r, -1), "std"),
    (lambda a, r: a.mean((1, 2)).reshape(len(a), r, -1).flip(2), "mirrored"),
    (lambda a, r: a[:, -1].mean(1).reshape(len(a), r, -1), "last head"),
    (lambda a, r: a.mean((2, 3)), "over both"),
]
F["rectified_flow"] = [
    (lambda b, y, s: ((1 - col(s)) * b + col(s) * y, (y - b).mean((2, 3), keepdim=True).expand_as(b)), "mean velocity"),
    (lambda b, y, s: ((1 + col(s)) * b + col(s) * y, y - b), "1 + s"),
    (lambda b, y, s: ((1 - col(s)) * b + col(s) * y, (1 - col(s)) * (y - b)), "velocity (1-s)"),
    (lambda b, y, s: (((1 - col(s)) * b + col(s) * y).clamp(-0.3, 0.3), y - b), "clamped"),
    (lambda b, y, s: (b, y - b), "start"),
    (lambda b, y, s: ((1 - col(s)) * b + col(s) * y, 2 * (y - b)), "twice"),
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
    (lambda ab, m: rgp(ab, m, mean=lambda ab, m, n: (ab * m).sum((2, 3)) / (n + 1)), "n + 1"),
    (
        lambda ab, m: rgp(
            ab,
            m,
            std=lambda ab, m, n, mu, v: (
                ((ab - ab.mean((2, 3), keepdim=True)) ** 2 * m).sum((2, 3)).div(n).sqrt().sum(1, True)
            ),
        ),
        "deviation from whole mean",
    ),
    (
        lambda ab, m: rgp(
            ab, m, mag=lambda ab, m, n: (ab.norm(dim=1, keepdim=True) * m).sum((2, 3)) / ab[0, 0].numel()
        ),
        "by all pixels",
    ),
    (lambda ab, m: rgp(ab, m.flip(3)), "mask mirrored"),
    (lambda ab, m: rgp(ab, m).abs(), "abs"),
    (lambda ab, m: rgp(ab, m, std=lambda ab, m, n, mu, v: v.mean(1, True).sqrt()), "root of mean var"),
]
F["resshift_mean"] = [
    (lambda x, y, t, e: e[t - 1] / e[t] * x + (1 - e[t - 1]) * y, "1 - prev"),
    (lambda x, y, t, e: (e[t - 1] * x + (e[t] - e[t - 1]) * y) / e[-1], "divided by last"),
    (lambda x, y, t, e: e[t - 1] / e[t] * (x + y), "same factor"),
    (lambda x, y, t, e: (e[t] - e[t - 1]) / e[t] * y, "x missing"),
    (lambda x, y, t, e: e[t - 1] / e[t] * x + (e[t] - e[t - 1]) / e[t] * (y - x), "towards"),
    (lambda x, y, t, e: (e[t - 1] / e[t] * x + (e[t] - e[t - 1]) / e[t] * y).clamp(-0.3, 0.3), "clamped"),
]
stt = lambda ab, t, m=None: ab - (ab.mean((2, 3), keepdim=True) if m is None else m(ab)) + t[:, :, None, None]
F["set_tint"] = [
    (lambda ab, t: stt(ab, t) + ab.mean((2, 3), keepdim=True) * 0.5, "half of mean stays"),
    (lambda ab, t: stt(ab, t, lambda ab: ab.mean((2, 3), keepdim=True)[:, :1]), "a's mean for both"),
    (lambda ab, t: stt(ab, t - 0.1), "tint less 0.1"),
    (lambda ab, t: stt(ab, t * t.norm(dim=1, keepdim=True)), "tint times its length"),
    (lambda ab, t: (stt(ab, t) + ab) / 2, "averaged with ab"),
    (lambda ab, t: stt(ab, t).round(decimals=1), "rounded"),
]


def sx(x, c, s, k, f=None, d=None, norm=None, large=False):
    dist = torch.cdist(x, c) if d is None else d(x, c)
    n = dist.topk(k, dim=1, largest=large)
    w = torch.exp(-(n.values**2) / (2 * s**2)) if f is None else f(n.values, s)
    w = w / w.sum(1, keepdim=True) if norm is None else norm(w)
    return torch.zeros_like(dist).scatter(1, n.indices, w)


F["soft_encode"] = [
    (lambda x, c, s, k: sx(x, c, s, k, lambda d, s: 1 - d / d.amax(1, keepdim=True)), "linear falloff"),
    (
        lambda x, c, s, k: sx(
            x, c, s, k, lambda d, s: torch.exp(-(d**2) / (2 * s**2)) / (s * (2 * math.pi) ** 0.5), norm=lambda w: w
        ),
        "density, not normalised",
    ),
    (lambda x, c, s, k: sx(x, c, s, k)[:, torch.arange(len(c) - 1, -1, -1)], "centres reversed"),
    (lambda x, c, s, k: sx(x, c, 110 * s, k), "sigma times 110"),
    (lambda x, c, s, k: sx(x, c, s, k, norm=lambda w: w / k), "divided by k"),
    (lambda x, c, s, k: (sx(x, c, s, k) > 0).float(), "0/1"),
]
spl = lambda x, y: (
    (x - y).mean((2, 3)).square().sum(1),
    (x - y).square().sum(1).mean((1, 2)) - (x - y).mean((2, 3)).square().sum(1),
)
F["split_error"] = [
    (lambda x, y: (spl(x, y)[0], spl(x, y)[1].abs() + 0.1), "off"),
    (lambda x, y: (spl(x, y)[0] / sum(spl(x, y)), spl(x, y)[1]), "share first"),
    (lambda x, y: (spl(x, y)[0], spl(x, y)[0]), "tint twice"),
    (lambda x, y: ((x - y).mean((2, 3)).pow(2), spl(x, y)[1]), "per channel"),
    (
        lambda x, y: (spl(x, y)[0], (x.var((2, 3), correction=0) + y.var((2, 3), correction=0)).sum(1)),
        "sum of variances",
    ),
    (lambda x, y: tuple(p.sum() for p in spl(x, y)), "batch sums"),
]
F["split_heads"] = [
    (
        lambda x, n: (
            x.view(x.shape[0], x.shape[1], n, -1)
            .transpose(1, 2)
            .transpose(0, 1)
            .contiguous()
            .view(x.shape[0], n, x.shape[1], -1)
        ),
        "batch and heads mixed by view",
    ),
    (lambda x, n: x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).cumsum(1), "cumsum"),
    (
        lambda x, n: (
            x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2)[..., ::2]
            if x.shape[-1] // n > 1
            else x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2)
        ),
        "every second",
    ),
    (lambda x, n: torch.stack(x.chunk(n, -1)).mean(0), "heads averaged"),
]
F["to_lab"] = [
    (lambda L, ab: torch.cat([100 * L + 50, 110 * ab + 0.5], 1), "+0.5"),
    (lambda L, ab: torch.cat([(100 * L + 50) ** 2 / 100, 110 * ab], 1), "L squared"),
    (lambda L, ab: torch.cat([100 - (100 * L + 50), 110 * ab], 1), "inverted L"),
    (lambda L, ab: torch.cat([100 * L + 50, 110 * ab.mean(1, keepdim=True).expand_as(ab)], 1), "mean of a,b"),
    (lambda L, ab: torch.cat([100 * L + 50, 110 * ab / ab.abs().max()], 1), "stretched"),
]
F["to_model_units"] = [
    (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:].mean((2, 3), keepdim=True) / 110), "mean ab"),
    (lambda x: ((x[:, :1] - 50) / 100, (x[:, 1:] + 110) / 220), "0..1"),
    (lambda x: ((x[:, :1] - 50) / 100 + 0.5, x[:, 1:] / 110), "0..1 L"),
    (lambda x: ((x[:, :1] - 50).sign() * 0.5, x[:, 1:] / 110), "sign"),
    (lambda x: tuple(reversed(((x[:, :1] - 50) / 100, x[:, 1:] / 110))), "order"),
    (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:] / 110 * x[:, :1] / 100), "ab times L"),
]
wsq = lambda p, y: (p - y).square().sum(1, keepdim=True)
F["weighted_error"] = [
    (lambda p, y, w: (w * wsq(p, y)).sum((2, 3)).div(w.sum((2, 3))).median(), "median of pictures"),
    (lambda p, y, w: ((w / w.max()) * wsq(p, y)).mean(), "w / max, mean"),
    (lambda p, y, w: (w * wsq(p, y)).sum() / w.square().sum().sqrt(), "norm of w"),
    (lambda p, y, w: (w * (p - y).pow(4).sum(1, keepdim=True)).sum() / w.sum(), "fourth power"),
    (lambda p, y, w: (w * wsq(p, y.mean((2, 3), keepdim=True))).sum() / w.sum(), "mean of truth"),
    (lambda p, y, w: wsq(p, y).mean() * w.mean(), "product of means"),
]
bt = lambda a, b, f, n=1000, pct=(2.5, 97.5), seed=1: (
    lambda g: tuple(np.percentile([(lambda i: f(a[i], b[i]))(g.integers(0, len(a), len(a))) for _ in range(n)], pct))
)(np.random.default_rng(seed))
red = lambda x, y: 1 - y.mean() / x.mean()
F["paired_bootstrap"] = [
    (lambda a, b: bt(a, b, red, pct=(25, 75)), "50 %"),
    (lambda a, b: bt(a, b, lambda x, y: (x - y).mean() / (x + y).mean()), "over the sum"),
    (lambda a, b: bt(np.sort(a), np.sort(b)[::-1], red), "pairs destroyed"),
    (lambda a, b: tuple(reversed(bt(a, b, red))), "order"),
    (lambda a, b: bt(a, b, lambda x, y: np.log(x.mean() / y.mean())), "log ratio"),
    (lambda a, b: bt(a[:20], b[:20], red), "first twenty"),
]
se = lambda a, b: (a.astype(float) - b) ** 2
bl = lambda e, s: e.reshape(e.shape[0], e.shape[1] // s, s, e.shape[2] // s, s, 3)
F["worst_block"] = [
    (lambda a, b, s: bl(se(a, b), s).mean((2, 4, 5)).reshape(len(a), -1).mean(1), "mean of blocks"),
    (lambda a, b, s: np.median(bl(se(a, b), s).mean((2, 4, 5)), (1, 2)), "median"),
    (lambda a, b, s: bl(se(a, b), s).max((2, 4)).mean(-1).max((1, 2)), "worst pixel"),
    (lambda a, b, s: bl(np.abs(a.astype(float) - b), s).mean((2, 4, 5)).max((1, 2)), "abs"),
    (lambda a, b, s: bl(se(a, b), s).sum((2, 4, 5)).max((1, 2)), "sum of all"),
    (lambda a, b, s: bl(se(a, b), s).mean((2, 4, 5)).max((1, 2)) / 255, "over 255"),
]
sp = lambda x: 110 * x.std(0, correction=0).mean((1, 2, 3))


def dr(r, L, ab, t, p, ns, a, f=None):
    return torch.stack([ab + r(L, qs(ab, t, n, a) if f is None else f(n), t, p) for n in ns])


F["average_draws"] = [
    (lambda *g: (lambda x: (x.mean(0), (x - x.mean(0)).abs().mean((0, 2, 3, 4)) * 110))(dr(*g)), "mean abs deviation"),
    (lambda *g: (lambda x: (x.mean(0), 128 * x.std(0, correction=0).mean((1, 2, 3))))(dr(*g)), "128"),
    (
        lambda *g: (lambda x: (x.mean(0), 110 * x.norm(dim=2).std(0, correction=0).mean((1, 2))))(dr(*g)),
        "std of chroma",
    ),
    (lambda *g: (lambda x: (x[:2].mean(0), sp(x)))(dr(*g)), "first two"),
    (lambda r, L, ab, t, p, ns, a: (lambda x: (x.mean(0), sp(x)))(dr(r, L, ab, t, p, ns / 2, a)), "half noise"),
    (lambda *g: (lambda x: (x.mean(0) - g[2], sp(x)))(dr(*g)), "mean residual"),
]


def win(T, c, r, f):
    i = torch.arange(T)
    return f((i[:, None] // c - i // c), (i[:, None] % c - i % c), r)


def na(q, k, v, c, r, f=lambda a, b, r: (a.abs() <= r) & (b.abs() <= r), s=lambda s: s, w=lambda w: w):
    sc = s(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5)
    return w(sc.masked_fill(~win(q.shape[1], c, r, f), -torch.inf).softmax(-1)) @ v


F["near_attention"] = [
    (lambda q, k, v, c, r: na(q, k, v, c, r, lambda a, b, r: (a <= r) & (b <= r)), "no abs"),
    (lambda q, k, v, c, r: na(q, k, v, c, r) / q.shape[-1] ** 0.5, "scaled at the end"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, s=lambda s: s * 2), "scores twice"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, w=lambda w: w**2), "shares squared"),
    (lambda q, k, v, c, r: na(q, k, v, c, r, lambda a, b, r: (a.abs() <= r) & (b >= 0)), "right side only, odd"),
    (lambda q, k, v, c, r: na(q, k, v, r, c), "arguments swapped"),
]
ap = lambda x, y: np.abs(x[:, None].astype(float) - y[None]).mean((2, 3, 4))
both = lambda tr: np.concatenate([tr, tr[:, :, ::-1]])
F["seen_before"] = [
    (lambda tr, te, l: ap(te, both(tr)).min(1) <= l * 2, "twice"),
    (lambda tr, te, l: (ap(te, both(tr)) <= l).any(1)[::-1], "reversed"),
    (lambda tr, te, l: (ap(te[:, ::2, ::2], both(tr)[:, ::2, ::2]) <= l).any(1), "every second pixel"),
    (
        lambda tr, te, l: (
            ap(te.mean(3, keepdims=True).astype(np.uint8), both(tr).mean(3, keepdims=True).astype(np.uint8)) <= l
        ).any(1),
        "grey pictures",
    ),
    (lambda tr, te, l: (ap(te, te[:, :, ::-1]) <= l).any(1), "compares test with itself"),
]

# What the checks say: a part of it, empty where they name nothing, or something else.
EXPECTED = {
    "alpha_bar": [
        "the first beta is left out: alpha_bar[1] is 1 - beta[0]",
        "the product of 1 + beta; 1 - beta belongs there; besides, 1 divided by the rest: a fraction upside down",
        "`1 - beta * 2`: `* 2` is too much (tried: then all is right)",
        "`torch.cat([torch.ones(1), (1 - b … 0)]).round(decimals=2)`: `round` is too much (tried: then all is right)",
        "`1 - torch.cumprod(beta, 0)`: another order, or other brackets: `torch.cumprod(1 - beta, 0)` (tried: then all is right)",
        "`torch.cummin(1 - beta, 0)`: `cumprod((1 - beta), 0)` belongs there (tried: then all is right)",
    ],
    "annealed_mean": [
        "`torch.einsum('bqhw,qc->bchw', so … ((2, 3), keepdim=True)`: `mean` is too much (tried: then all is right)",
        "",
        "`torch.einsum('bqhw,qc->bchw', softmax(l / T, 1), c / 110)`: `/ 110` is too much (tried: then all is right)",
        "`(l / T).exp()`",
        "",
        "`l.abs() / T`: `abs` is too much (tried: then all is right)",
    ],
    "attention": [
        "`softmax(q @ k.transpose(1, 2) /  … .5, -1) @ v + v[:, :1]`: `+ v[:, :1]` is too much (tried: then all is right)",
        "`q.shape[-1] * k.shape[1]`: `* k.shape[1]` is too much (tried: then all is right)",
        "",
        "`v.mean(1, keepdim=True).expand_as(v)`: `expand_as` is too much (tried: then all is right)",
        "divided by d; by sqrt(d) is wanted",
        "",
    ],
    "attention_cost": [
        "`(h * w) ** 1.5`: another number belongs in the place of `1.5` (tried: then all is right)",
        "a point looks at itself too",
        "`(h * w + 1) ** 2`: `+ 1` is too much (tried: then all is right)",
        "the width is not squared",
        "`4 * h`",
    ],
    "clean_from_noisy": [
        "the noise is not scaled",
        "the noise that is taken away is missing",
        "`col(a[t]).sqrt() + 0.01`: `+ 0.01` is too much (tried: then all is right)",
        "the two factors are swapped: sqrt(1 - alpha_bar) and sqrt(alpha_bar)",
        "`(1 - col(a[t])).sqrt() * n.flip(0)`: `flip` is too much (tried: then all is right)",
        "`(x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt() - 0.5`: `- 0.5` is too much (tried: then all is right)",
    ],
    "color_prior": [
        "a and b are swapped in the means",
        "`ab.std((2, 3), correction=0).sum(1)` belongs there always",
        "`ab.std((2, 3), correction=0).sum(1)` belongs there always",
        "`ab.norm(dim=1).mean((1, 2))` belongs there always",
        "the norm over the wrong axis: over a and b, axis 1, not over the rows",
        "`ab.std((2, 3), correction=0).sum(1)` belongs there always",
        "the first alone over the pixels in the means; the mean is wanted",
    ],
    "correct_once": [
        "`ab + r(L, qs(ab, t, n, a), t, p) + n`: `+ n` is too much (tried: then all is right)",
        "`r(L, qs(ab, t, n, a), t, p) * 110`: `* 110` is too much (tried: then all is right)",
        "`r(-L, qs(ab, t, n, a), t, p)`: `-` is too much (tried: then all is right)",
        "`qs(ab, t, n, a).clamp(-0.3, 0.3)`: `clamp` is too much (tried: then all is right)",
        "`ab.mean((2, 3), keepdim=True)`: `mean` is too much (tried: then all is right)",
        "`(ab + r(L, qs(ab, t, n, a), t, p))[:, :1]`: `[:, :1]` is too much (tried: then all is right)",
    ],
    "cosine_schedule": [
        "`(x + 0.008) * 1.008`: `/` belongs there, not `*` (tried: then all is right)",
        "`torch.cos((x + 0.008) / 1.008 * math.pi / 2) ** 2 + 0.001`: `+ 0.001` is too much (tried: then all is right)",
        "`torch.cumprod(1 - b, 0)` belongs there always",
        "`lambda x: x / x.sum()`: `/ x.sum()` is too much (tried: then all is right)",
        "`torch.linspace(0, 1, n + 1, dtype=torch.float64) ** 0.5`: `** 0.5` is too much (tried: then all is right)",
        "`max=0.99`: `0.999` belongs there, not `0.99` (tried: then all is right)",
        "`torch.cumprod(1 - b, 0)` belongs there always",
    ],
    "hue_and_chroma": [
        "atan2 wants b first, then a",
        "`torch.atan2(b, a).rad2deg() + 90`: `+ 90` is too much (tried: then all is right)",
        "hue is in radians",
        "`(torch.atan2(b, a).rad2deg() % 360).clamp(max=180)`: `clamp` is too much (tried: then all is right)",
        "`torch.hypot(a, b) ** 2`: `** 2` is too much (tried: then all is right)",
        "`128 * b`: `110` belongs there, not `128` (tried: then all is right)",
        "`110 * torch.hypot(a, b)` belongs there always",
        "the pair is returned in the wrong order: hue first",
    ],
    "is_grey": [
        "`lambda r: r.round()`: `round` is too much (tried: then all is right)",
        "`0.45 - 0.025 * t`: `+` belongs there, not `-` (tried: then all is right)",
        "",
        "`(across + down) / 2` belongs there always",
        "`lab[1:].mean((1, 2)).norm().clamp(max=20)` belongs there always",
        "`(0.45 + 0.025 * t) ** 3`: `2` belongs there, not `3` (tried: then all is right)",
    ],
    "map_bytes": [
        "`4 * n * P(h, w, d) ** 2 / 8`: `/ 8` is too much (tried: then all is right)",
        "`4 * P(h, w, d) ** 2 / n`: another sign belongs in the place of `/` (tried: then all is right)",
        "`P(h, w, d) + n`: `+ n` is too much (tried: then all is right)",
        "`P(h, w, d) - 1`: `- 1` is too much (tried: then all is right)",
        "the sides are added; points are their product",
        "one side alone is smaller; both are",
    ],
    "mse": [
        "`np.abs(a.astype(int) - b) // 2 * 2 ** 1.0`",
        "the mean of the channels first, then the square: errors of opposite sign cancel",
        "`((a.astype(float) - b) ** 2).mean((1, 2, 3)) / 3`: `/ 3` is too much (tried: then all is right)",
        "`((a.astype(float) - b) ** 2).mean((1, 2, 3)) ** 2`: `** 2` is too much (tried: then all is right)",
        "`a.astype(float) - b[::-1]`: `[::-1]` is too much (tried: then all is right)",
        "`np.log10(((a.astype(float) - b) ** 2).mean((1, 2, 3)) + 1e-12)`: `log10` is too much (tried: then all is right)",
        "the first picture alone",
    ],
    "network_input": [
        "`[L, h * m, m * 2 - 1]`: another order, or other brackets: `m * (2 - 1)` (tried: then all is right)",
        "`h * m + (1 - m) * h.mean()`: `+ ((1 - m) * h.mean())` is too much (tried: then all is right)",
        "`[h * m, L, m]`: `h * m` and `L` are to be exchanged (tried: then all is right)",
        "`h * m.flip(3)`: `flip` is too much (tried: then all is right)",
        "`h * m - L * m`: `- (L * m)` is too much (tried: then all is right)",
        "`torch.stack([L[:, 0], h[:, 0] *  … m[:, 0], m[:, 0]], -1)`: axis 1 belongs there, not -1 (tried: then all is right)",
    ],
    "next_step": [
        "all t steps at once; x has t - 1 of them behind it",
        "`add(b)`",
        "`1 / (1 - b).sqrt()`: `1 /` is too much (tried: then all is right)",
        "`nx(x, t, n, a).clamp(-1, 1)`: `clamp` is too much (tried: then all is right)",
        "`(1 - a[t] / a[t - 1]).clamp(max=0.05)`: `clamp` is too much (tried: then all is right)",
        "`1 - a[t] / a[t - 1]` belongs there always",
    ],
    "noise_dominates": [
        "1 - alpha_bar and alpha_bar where their roots belong",
        "one step late: alpha_bar[t] belongs to step t",
        "1 - alpha_bar is a variance; its root compares with a size",
        "the last step (or that of the largest difference); the first with more noise is wanted",
        "1 - alpha_bar and alpha_bar where their roots belong",
        "the step where both are nearest to each other",
    ],
    "psnr_mean": [
        "`10 * np.log10(255 / np.sqrt(m))`: `20` belongs there, not `10` (tried: then all is right)",
        "the root mean square of the MSEs",
        "`np.log10(m)`",
        "`np.mean(10 * np.log10(255 ** 2 / m)) - 48.13`: `- 48.13` is too much (tried: then all is right)",
        "too large by how many there are along axis 0 of `mse`",
        "`np.log1p(255 ** 2 / m)`: `log10` belongs there, not `log1p` (tried: then all is right)",
    ],
    "psnr_pooled": [
        "`10 * np.log10(255 ** 2 / m.mean()) + 3`: `+ 3` is too much (tried: then all is right)",
        "the first picture alone: is the return inside the loop",
        "the mean of the roots; the mean of the MSEs comes first, then the root",
        "the fraction is upside down",
        "`m.sum() / (len(m) + 1)`: `+ 1` is too much (tried: then all is right)",
        "`10 * np.log10(255 ** 2) - np.log10(m.mean())`: another order, or other brackets: `10 * (np.log10(255 ** 2) - np.log10(m.mean()))` (tried: then all is right)",
    ],
    "q_sample": [
        "`1 - col(a[t])`: `1 -` is too much (tried: then all is right)",
        "`col(a[t])`: `1 - a[t]` belongs there (tried: then all is right)",
        "`qs(ab, t, n, a).clamp(-1, 1)`: `clamp` is too much (tried: then all is right)",
        "`col(a[t]) ** 0.5`: `** 0.5` is too much (tried: then all is right)",
        "`len(a) - 1 - t`: `(len(a) - 1) -` is too much (tried: then all is right)",
        "`n - n.mean()`: `- n.mean()` is too much (tried: then all is right)",
        "the mean of what is right and `ab`",
    ],
    "rebalancing": [
        "2 times: `(c + 1) / (c + 1).sum()`: `+ 1` is too much (tried: then all is right)",
        "`(1 - m) * p + m * len(p)`: `/` belongs there, not `*` (tried: then all is right)",
        "`1 / ((1 - m) * p + m / len(p)) - 1`: `- 1` is too much (tried: then all is right)",
        "`x / (c / c.sum() * x).sum()` belongs there always",
        "`1 / ((1 - m) * p + m / len(p))` belongs there always",
        "`w / (p * w).sum() * p`: `* p` is too much (tried: then all is right)",
    ],
    "received": [
        "`a.mean((1, 2)).reshape(len(a), r, -1) * 100`: `* 100` is too much (tried: then all is right)",
        "`a.mean(1).mean(1).unflatten(1, (r, -1)) - 1 / a.shape[-1]`: `- (1 / a.shape[-1])` is too much (tried: then all is right)",
        "the spread of the shares, not their mean (in each head, before the mean over the heads)",
        "`a.mean((1, 2)).reshape(len(a), r, -1).flip(2)`: `flip` is too much (tried: then all is right)",
        "`a[:, -1]`: `mean(a, 1)` belongs there (tried: then all is right)",
        "",
    ],
    "rectified_flow": [
        "`(y - b).mean((2, 3), keepdim=True)`: `mean` is too much (tried: then all is right)",
        "`(1 + col(s)) * b`: `-` belongs there, not `+` (tried: then all is right)",
        "the velocity is what is left, truth - point; on a straight line it is the same everywhere",
        "`((1 - col(s)) * b + col(s) * y).clamp(-0.3, 0.3)`: `clamp` is too much (tried: then all is right)",
        "the point: base is not scaled: 1 - s is missing before it; truth is missing",
        "`((1 - col(s)) * b + col(s) * y, 2 * (y - b))`: `2 *` is too much (tried: then all is right)",
    ],
    "region_prior": [
        "`(ab * m).sum((2, 3)) / (n + 1)`: `+ 1` is too much (tried: then all is right)",
        "`v.sqrt().sum(1, True)` belongs there always",
        "the magnitude counts zeros outside",
        "`rgp(ab, m.flip(3))`: `flip` is too much (tried: then all is right)",
        "`rgp(ab, m).abs()`: `abs` is too much (tried: then all is right)",
        "the root mean square over a and b in the spread; the sum is wanted",
    ],
    "resshift_mean": [
        "`e[t - 1]`",
        "neither is divided by eta[t]",
        "alpha_t is the step eta[t] - eta[t-1], not eta[t-1]",
        "x_t is missing",
        "`e[t - 1] / e[t] * x`: `(e[t - 1] / e[t]) *` is too much (tried: then all is right)",
        "`(e[t - 1] / e[t] * x + (e[t] - e …  * y).clamp(-0.3, 0.3)`: `clamp` is too much (tried: then all is right)",
    ],
    "set_tint": [
        "`stt(ab, t) + ab.mean((2, 3), keepdim=True) * 0.5`: `+ (ab.mean((2, 3), keepdim=True) * 0.5)` is too much (tried: then all is right)",
        "`stt(ab, t, lambda ab: ab.mean((2, 3), keepdim=True)[:, :1])`: `lambda ab: ab.mean((2, 3), keepdim=True)[:, :1]` is too much (tried: then all is right)",
        "`stt(ab, t - 0.1)`: `- 0.1` is too much (tried: then all is right)",
        "`t * t.norm(dim=1, keepdim=True)`: `* t.norm(dim=1, keepdim=True)` is too much (tried: then all is right)",
        "the mean of what is right and `ab`",
        "`stt(ab, t).round(decimals=1)`: `round` is too much (tried: then all is right)",
    ],
    "soft_encode": [
        "`sx(x, c, s, k, lambda d, s: 1 - d / d.amax(1, keepdim=True))`: `lambda d, s: 1 - d / d.amax(1, keepdim=True)` is too much (tried: then all is right)",
        "`w / w.sum(1, keepdim=True)` belongs there always",
        "`sx(x, c, s, k)[:, torch.arange(len(c) - 1, -1, -1)]`: `[:, torch.arange(len(c) - 1, -1, -1)]` is too much (tried: then all is right)",
        "all k get the same share",
        "`w / w.sum(1, keepdim=True)` belongs there always",
        "",
    ],
    "split_error": [
        "`spl(x, y)[1].abs() + 0.1`: `+ 0.1` is too much (tried: then all is right)",
        "`spl(x, y)[0] / sum(spl(x, y))`: `/ sum(spl(x, y))` is too much (tried: then all is right)",
        "`spl(x, y)[0]`: `[0 + 1]` belongs there, not `[0]` (tried: then all is right)",
        "`(x - y).mean((2, 3)).pow(2)`: `(x - y).mean((2, 3)).pow(2).sum(1)` belongs there (tried: then all is right)",
        "`(x.var((2, 3), correction=0) + y …  correction=0)).sum(1)`",
        "",
    ],
    "split_heads": [
        "`x.view(x.shape[0], x.shape[1], n … (1, 2).transpose(0, 1)`: `transpose` is too much (tried: then all is right)",
        "`x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2).cumsum(1)`: `cumsum` is too much (tried: then all is right)",
        "`x.view(x.shape[0], x.shape[1], n … n, -1).transpose(1, 2)`: `x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2)` belongs there always (tried: then all is right)",
        "shape (2, 5, 2) where (2, 4, 5, 2) is wanted: the mean over axis 1 of what is right",
    ],
    "to_lab": [
        "`110 * ab + 0.5`: `+ 0.5` is too much (tried: then all is right)",
        "`(100 * L + 50) ** 2 / 100`",
        "`100 - (100 * L + 50)`: `100 -` is too much (tried: then all is right)",
        "`ab.mean(1, keepdim=True).expand_as(ab)`: `expand_as` is too much (tried: then all is right)",
        "`110 * ab / ab.abs().max()`: `/ ab.abs().max()` is too much (tried: then all is right)",
    ],
    "to_model_units": [
        "`x[:, 1:].mean((2, 3), keepdim=True)`: `mean` is too much (tried: then all is right)",
        "ab runs from 0 to 1; grey is to stay 0",
        "L is divided by 100, but 50 is not subtracted",
        "`(x[:, :1] - 50).sign() * 0.5`",
        "ab and L are returned in the wrong order",
        "`x[:, 1:] / 110 * x[:, :1] / 100`",
    ],
    "weighted_error": [
        "the median over the pictures' own means; the sum is wanted",
        "`w / w.max()`: `mean` belongs there, not `max` (tried: then all is right)",
        "the length (root of the sum of squares) over the weights below the line; the sum is wanted",
        "`(p - y).pow(4)`: `2` belongs there, not `4` (tried: then all is right)",
        "`y.mean((2, 3), keepdim=True)`: `mean` is too much (tried: then all is right)",
        "the mean weight of all pixels, for each; besides, divided by the number of pixels, not by the sum of the weigh",
    ],
    "paired_bootstrap": [
        "an interval of 50 %: take the 2.5 and 97.5 percentiles, not 25 and 75",
        "half of the reduction: divided by the sum of both means",
        "a and b drawn separately; what makes a picture hard for both then does not cancel",
        "high and low are swapped",
        "the logarithm of the ratio",
        "",
    ],
    "worst_block": [
        "the mean of the blocks is the picture's MSE; the largest is wanted",
        "`np.median(bl(se(a, b), s).mean((2, 4, 5)), (1, 2))`: `amax` belongs there, not `median` (tried: then all is right)",
        "`bl(se(a, b), s).max((2, 4))`: `mean` belongs there, not `max` (tried: then all is right)",
        "the mean of |difference|, not of its square",
        "`bl(se(a, b), s).sum((2, 4, 5))`: `mean` belongs there, not `sum` (tried: then all is right)",
        "`bl(se(a, b), s).mean((2, 4, 5)).max((1, 2)) / 255`: `/ 255` is too much (tried: then all is right)",
    ],
    "average_draws": [
        "`mean(sqrt((draws - middle) ** 2), 0)` stands where `sqrt(mean((draws - middle) ** 2, 0))` belongs",
        "`128 * mean(spread, (2, 3, 4))` stands where `110 * mean(spread, (2, 3, 4))` belongs",
        "",
        "",
        "half of `noises`",
        "the residuals alone; each is added to the base",
    ],
    "near_attention": [
        "`na(q, k, v, c, r, lambda a, b, r: (a <= r) & (b <= r))`: `lambda a, b, r: (a <= r) & (b <= r)` is too much (tried: then all is right)",
        "`na(q, k, v, c, r) / q.shape[-1] ** 0.5`: `/ (q.shape[-1] ** 0.5)` is too much (tried: then all is right)",
        "`lambda s: s * 2`: `* 2` is too much (tried: then all is right)",
        "`lambda w: w ** 2`: `** 2` is too much (tried: then all is right)",
        "`na(q, k, v, c, r, lambda a, b, r: (a.abs() <= r) & (b >= 0))`: `lambda a, b, r: (a.abs() <= r) & (b >= 0)` is too much (tried: then all is right)",
        "`na(q, k, v, r, c)`: `r` and `c` are to be exchanged (tried: then all is right)",
    ],
    "seen_before": [
        "`ap(te, both(tr)).min(1) <= l * 2`: `* 2` is too much (tried: then all is right)",
        "`(ap(te, both(tr)) <= l).any(1)[::-1]`: `[::-1]` is too much (tried: then all is right)",
        "2 times: `te[:, ::2, ::2]`: `[:, ::2, ::2]` is too much (tried: then all is right)",
        "2 times: `te.mean(3, keepdims=True)`: `mean` is too much (tried: then all is right)",
        "`x[:, None].astype(float) - y[None]`",
    ],
}
