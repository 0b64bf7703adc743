"""Odd wrong answers, the fourth list: of 172 the checks named 75 % rightly when it was new, seven as another mistake.

F: task -> [(answer, the mistake in it)], RIGHT: task -> right answers in unusual ways; both written before anybody had
seen what the checks say of them. With those that a list held already, 86 % of 304 were named rightly.
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
        (
            lambda L, ab: torch.cat([100 * L + 50, 110 * ab + 110], 1) - 110,
            "110 taken from L: brackets",
        ),
        (lambda L, ab: torch.cat([100 * L + 50, 110 * (ab + 0.5)], 1), "0.5 added to ab"),
        (lambda L, ab: torch.cat([110 * L + 50, 100 * ab], 1), "100 and 110 exchanged"),
        (lambda L, ab: torch.cat([100 * L.clamp(min=0) + 50, 110 * ab], 1), "L clamped at 0"),
        (lambda L, ab: 100 * torch.cat([L, ab], 1) + 50, "all treated as L"),
    ]
)
RIGHT.setdefault("to_lab", []).extend([lambda L, ab: torch.stack([100 * L[:, 0] + 50, *(110 * ab).unbind(1)], 1)])


def hue_loop(ab):
    a, b = (ab[:, 0], ab[:, 1])
    h = torch.rad2deg(torch.atan(b / a))
    h = torch.where((a < 0) & (b >= 0), h + 180, h)
    return (h % 360, 110 * ab.norm(dim=1))


F.setdefault("hue_and_chroma", []).extend(
    [
        (hue_loop, "third quadrant forgotten: 180 added only where b >= 0"),
        (
            lambda ab: (
                torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360,
                110 * ab.square().sum(1).sqrt().sqrt(),
            ),
            "root twice",
        ),
        (
            lambda ab: (torch.atan2(ab[:, 1], ab[:, 0]) % (2 * math.pi) * 57, 110 * ab.norm(dim=1)),
            "57 for 180/pi",
        ),
        (
            lambda ab: (
                90 - torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360,
                110 * ab.norm(dim=1),
            ),
            "90 - hue",
        ),
        (
            lambda ab: (
                torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360,
                110 * (ab[:, 0] + ab[:, 1]).square().sqrt(),
            ),
            "(a+b) squared",
        ),
        (
            lambda ab: (
                torch.rad2deg(torch.atan2(110 * ab[:, 1], ab[:, 0])) % 360,
                110 * ab.norm(dim=1),
            ),
            "110 at b only inside atan2",
        ),
    ]
)
RIGHT.setdefault("hue_and_chroma", []).extend(
    [
        lambda ab: (
            torch.from_numpy(
                np.mod(np.degrees(np.angle(ab[:, 0].numpy() + 1j * ab[:, 1].numpy())), 360).astype(np.float32)
            ),
            torch.linalg.vector_norm(110 * ab, dim=1),
        )
    ]
)


def sb(train, test, limit, d=None, mirror=None, v=None):
    t, s = (test.astype(float)[:, None], train.astype(float)[None])
    d = d or (lambda x, y: np.abs(x - y).mean((2, 3, 4)))
    m = (lambda s: s[:, :, :, ::-1]) if mirror is None else mirror
    x = np.minimum(d(t, s), d(t, m(s)))
    return (x <= limit).any(1) if v is None else v(x, limit)


F.setdefault("seen_before", []).extend(
    [
        (
            lambda a, b, l: (
                np.abs(b.astype(float)[:, None] - a).mean((2, 3, 4))
                + np.abs(b.astype(float)[:, None] - a[:, :, ::-1]).mean((2, 3, 4))
                <= l
            ).any(1),
            "distance + mirrored distance",
        ),
        (
            lambda a, b, l: sb(a, b, l, v=lambda x, l: np.round(x, 0) <= l).any(1),
            "distance rounded",
        ),
        (
            lambda a, b, l: sb(a, b, l, d=lambda x, y: np.abs(x[..., 0] - y[..., 0]).mean((2, 3))),
            "red channel alone",
        ),
        (lambda a, b, l: sb(a[1:], b, l), "first training picture skipped"),
        (
            lambda a, b, l: sb(a, b, l, d=lambda x, y: np.abs(x - y).sum(4).mean((2, 3))),
            "channels summed",
        ),
    ]
)
RIGHT.setdefault("seen_before", []).extend(
    [
        lambda a, b, l: np.array(
            [
                bool(
                    min(
                        np.abs(np.concatenate([a, np.flip(a, 2)]).astype(np.float32) - x.astype(np.float32))
                        .reshape(2 * len(a), -1)
                        .mean(1)
                    )
                    <= l
                )
                for x in b
            ]
        )
    ]
)


def wb(x, y, s, f):
    e = x.astype(float) - y
    N, H, W, _ = x.shape
    return f(e.reshape(N, H // s, s, W // s, s, 3))


F.setdefault("worst_block", []).extend(
    [
        (
            lambda x, y, s: wb(x, y, s, lambda e: (e**2).mean((2, 4, 5)).max(2).mean(1)),
            "largest of a row, then the mean",
        ),
        (
            lambda x, y, s: wb(x, y, s, lambda e: (e**2).sum((2, 4, 5)).max((1, 2)) / s),
            "divided by size",
        ),
        (
            lambda x, y, s: wb(x, y, s, lambda e: (e**2).max((2, 4, 5)).mean((1, 2))),
            "mean and max exchanged",
        ),
        (
            lambda x, y, s: wb(x, y, s, lambda e: (e.mean(5) ** 2).mean((2, 4)).max((1, 2))),
            "mean over channels before the square",
        ),
    ]
)
RIGHT.setdefault("worst_block", []).extend(
    [
        lambda x, y, s: np.array(
            [
                max(
                    ((p[i : i + s, j : j + s].astype(float) - q[i : i + s, j : j + s]) ** 2).mean()
                    for i in range(0, p.shape[0], s)
                    for j in range(0, p.shape[1], s)
                )
                for p, q in zip(x, y, strict=False)
            ]
        )
    ]
)
F.setdefault("network_input", []).extend(
    [
        (lambda L, h, m: torch.cat([L, h * m / 110, m], 1), "hints / 110"),
        (lambda L, h, m: torch.cat([L, h * m, m * m.mean()], 1), "mask scaled"),
        (lambda L, h, m: torch.cat([L * (1 - m), h * m, m], 1), "L where not hinted only"),
        (
            lambda L, h, m: torch.cat([L, (h * m).mean(1, keepdim=True).expand_as(h), m], 1),
            "a and b averaged",
        ),
        (lambda L, h, m: torch.cat([L, h * m + (1 - m), m], 1), "1 where not hinted"),
    ]
)
RIGHT.setdefault("network_input", []).extend(
    [lambda L, h, m: torch.cat([x * y for x, y in ((L, 1), (h, m), (m, 1))], 1)]
)
we = lambda p, t: (p - t).square().sum(1, keepdim=True)
F.setdefault("weighted_error", []).extend(
    [
        (lambda p, t, w: (we(p, t) / w).sum() / (1 / w).sum(), "1 / weight"),
        (
            lambda p, t, w: (w * we(p, t)).sum((1, 2, 3)).div(w.sum((1, 2, 3))).sum(),
            "sum over pictures",
        ),
        (lambda p, t, w: ((w - w.mean()) * we(p, t)).sum() / w.sum(), "weights less their mean"),
        (
            lambda p, t, w: (w * p - t).square().sum(1).sum() / w.sum(),
            "only the prediction is weighted",
        ),
    ]
)
RIGHT.setdefault("weighted_error", []).extend(
    [
        lambda p, t, w: (
            sum(((k[0] * ((x - y) ** 2).sum(0)).sum() for x, y, k in zip(p, t, w, strict=False)))
            / sum(k.sum() for k in w)
        )
    ]
)


def rb(c, m, w=None, s=None):
    p = c / c.sum()
    v = 1 / ((1 - m) * p + m / len(c)) if w is None else w(p)
    return v / (p * v).sum() if s is None else s(p, v)


F.setdefault("rebalancing", []).extend(
    [
        (lambda c, m: rb(c, m, w=lambda p: 1 / (1 - m) * p + m / len(c)), "1/(1-m)"),
        (lambda c, m: rb(c, m, w=lambda p: 1 / ((1 - m) * (p + m / len(c)))), "bracket"),
        (
            lambda c, m: rb(c, m, w=lambda p: 1 / (p ** (1 - m) * (1 / len(c)) ** m).clamp(min=1e-09)),
            "geometric mixture",
        ),
        (lambda c, m: rb(c, m, s=lambda p, v: v / (p * v)), "divided bin by bin"),
        (lambda c, m: rb(c, m, w=lambda p: 1 / ((1 - m) * p + m / len(c)).sqrt()), "root"),
    ]
)
RIGHT.setdefault("rebalancing", []).extend(
    [
        lambda c, m: torch.from_numpy(
            (lambda p: (lambda w: w / np.dot(p, w))(1 / ((1 - m) * p + m / len(p))))(
                c.double().numpy() / c.double().numpy().sum()
            )
        ).float()
    ]
)


def se(ab, c, s, k, d=None, f=None, norm=None, keep=None):
    d = torch.cdist(ab, c) if d is None else d(ab, c)
    e = torch.exp(-(d**2) / (2 * s**2)) if f is None else f(d)
    i = d.topk(k, largest=False).indices
    x = torch.zeros_like(d).scatter(1, i, e.gather(1, i)) if keep is None else keep(d, e)
    return x / x.sum(1, keepdim=True) if norm is None else norm(x)


F.setdefault("soft_encode", []).extend(
    [
        (
            lambda ab, c, s, k: se(ab, c, s, k, keep=lambda d, e: e * (d < d.topk(k, largest=False).values[:, -1:])),
            "< leaves the k-th out",
        ),
        (
            lambda ab, c, s, k: se(ab, c, s, k, f=lambda d: (1 - d / (3 * s)).clamp(min=0)),
            "triangle",
        ),
        (
            lambda ab, c, s, k: se(ab, c, s, k, keep=lambda d, e: torch.where(d <= s, e, 0.0) + 1e-12),
            "within sigma",
        ),
        (
            lambda ab, c, s, k: se(ab, c, s, k, keep=lambda d, e: e * (torch.arange(d.shape[1]) < k)),
            "the first k centres",
        ),
        (lambda ab, c, s, k: se(ab, c, s, k, d=lambda a, c: torch.cdist(a / 110, c)), "ab / 110"),
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
                ab,
                m,
                spread=lambda ab, m, mu, n: (((ab - mu[:, :, None, None]) ** 2 * m).sum((2, 3)).sqrt() / n).sum(1),
            ),
            "root before the division",
        ),
        (
            lambda ab, m: rp(
                ab,
                m,
                spread=lambda ab, m, mu, n: (((ab - mu[:, :, None, None]).abs() * m).sum((2, 3)) / n).sum(1),
            ),
            "mean deviation",
        ),
        (
            lambda ab, m: rp(ab, m, mean=lambda ab, m, n: (ab * m).sum((2, 3)) / (n + 1)),
            "n + 1 in the means (spread follows)",
        ),
    ]
)
F.setdefault("set_tint", []).extend(
    [
        (lambda ab, t: ab + t[:, :, None, None] - ab.mean(1, keepdim=True), "mean over channels"),
        (lambda ab, t: ab + t[:, :, None, None] - ab.amax((2, 3), keepdim=True), "largest"),
        (lambda ab, t: ab + t[:, :, None, None] - ab.mean(2, keepdim=True), "mean of columns only"),
        (
            lambda ab, t: ab + t.mean(0)[None, :, None, None] - ab.mean((2, 3), keepdim=True),
            "one tint",
        ),
        (lambda ab, t: ab - ab.mean((2, 3), keepdim=True) * t[:, :, None, None], "times the tint"),
        (lambda ab, t: ab + t[:, :, None, None] - ab[:, :, :1, :1], "first pixel"),
    ]
)


def sp(g, t, tint=None, rest=None, d=None):
    d = g - t if d is None else d(g, t)
    m = d.mean((2, 3)).square().sum(1) if tint is None else tint(d)
    w = d.square().sum(1).mean((1, 2))
    return (m, w - m if rest is None else rest(d, m, w))


F.setdefault("split_error", []).extend(
    [
        (lambda g, t: sp(g, t, d=lambda g, t: 110 * (g - t)), "ab units"),
        (
            lambda g, t: sp(
                g,
                t,
                rest=lambda d, m, w: (d - d.mean((2, 3), keepdim=True)).abs().sum(1).mean((1, 2)),
            ),
            "absolute rest",
        ),
        (
            lambda g, t: sp(g, t, tint=lambda d: d.mean((2, 3)).square().mean(1)),
            "tint: mean over a and b",
        ),
        (lambda g, t: sp(g, t, d=lambda g, t: g.abs() - t.abs()), "sizes"),
        (
            lambda g, t: sp(g, t, rest=lambda d, m, w: d.std((2, 3), correction=0).sum(1)),
            "std, not variance",
        ),
    ]
)


def cs(n, s=0.008, f=None, beta=None, prod=None, T=None):
    x = torch.arange(n + 1, dtype=torch.float64) / n if T is None else T(n)
    v = torch.cos((x + s) / (1 + s) * math.pi / 2) ** 2 if f is None else f(x)
    b = (1 - v[1:] / v[:-1]).clamp(max=0.999) if beta is None else beta(v)
    return torch.cat([torch.ones(1), (1 - b).cumprod(0).float()]) if prod is None else prod(b, v)


F.setdefault("cosine_schedule", []).extend(
    [
        (
            lambda n: cs(n, beta=lambda v: (1 - v[:-1] / v[1:]).clamp(max=0.999)),
            "fraction upside down",
        ),
        (lambda n: cs(n, f=lambda x: torch.sin((x + 0.008) / 1.008 * math.pi / 2) ** 2), "sin"),
        (
            lambda n: cs(n, T=lambda n: torch.arange(n + 1, dtype=torch.float64) / (n + 1)),
            "divided by steps + 1",
        ),
        (
            lambda n: cs(n, beta=lambda v: (v[:-1] - v[1:]).clamp(max=0.999)),
            "difference, not ratio",
        ),
        (
            lambda n: cs(n, f=lambda x: torch.cos(((x + 0.008) / 1.008 * math.pi / 2) ** 2)),
            "square inside the cosine",
        ),
        (
            lambda n: cs(n, f=lambda x: torch.cos((x + 0.008) / 1.008) * math.pi / 2).pow(2),
            "pi / 2 outside",
        ),
    ]
)
F.setdefault("clean_from_noisy", []).extend(
    [
        (lambda x, t, n, a: x / col(a[t]).sqrt() - (1 - col(a[t])).sqrt() * n, "only x is divided"),
        (
            lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n) / (1 - col(a[t])).sqrt(),
            "divided by the noise's factor",
        ),
        (lambda x, t, n, a: ((x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt()).tanh(), "tanh"),
        (
            lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n.clamp(-1, 1)) / col(a[t]).sqrt(),
            "noise clamped",
        ),
        (
            lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n) / (col(a[t]).sqrt() + (1 - col(a[t])).sqrt()),
            "sum of both roots below",
        ),
    ]
)


def ns(x, t, n, a, beta=None, f=None):
    b = 1 - col(a[t]) / col(a[t - 1]) if beta is None else col(beta(a, t))
    return (1 - b).sqrt() * x + b.sqrt() * n if f is None else f(b)


F.setdefault("next_step", []).extend(
    [
        (
            lambda x, t, n, a: ns(x, t, n, a, beta=lambda a, t: 1 - a[t - 1] / a[t].clamp(max=1)).nan_to_num(0),
            "upside down, NaN to 0",
        ),
        (
            lambda x, t, n, a: ns(x, t, n, a, f=lambda b: (1 - b).sqrt() * x + (1 - (1 - b).sqrt()) * n),
            "rest to 1",
        ),
        (
            lambda x, t, n, a: ns(x, t, n, a, beta=lambda a, t: 1 - a[t] / a[(t + 1).clamp(max=len(a) - 1)]).nan_to_num(
                0
            ),
            "t + 1",
        ),
        (
            lambda x, t, n, a: ns(x, t, n, a, f=lambda b: (1 - b).sqrt() * x + b.sqrt() * n * x),
            "noise times x",
        ),
        (
            lambda x, t, n, a: ns(
                x,
                t,
                n,
                a,
                beta=lambda a, t: torch.full_like(a[t], float((1 - a[1:] / a[:-1]).mean())),
            ),
            "mean beta",
        ),
    ]
)
nd = lambda a, s, c: int(c(a, s).nonzero()[0]) if c(a, s).any() else len(a)
F.setdefault("noise_dominates", []).extend(
    [
        (lambda a, s: nd(a, s, lambda a, s: (1 - a).sqrt() > a.sqrt() * s), "> for >="),
        (lambda a, s: nd(a, s, lambda a, s: 1 - a.sqrt() >= a.sqrt() * s), "1 - sqrt"),
        (
            lambda a, s: nd(a, s, lambda a, s: (1 - a).sqrt() + a.sqrt() * s >= 1.2),
            "sum against a constant",
        ),
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
            lambda r, L, ab, t, p, N, a: (lambda m: (m, ad(r, L, ab, t, p, N, a)[1]))(
                ab + r(L, qs(ab, t, N.mean(0), a), t, p)
            ),
            "mean noise",
        ),
        (
            lambda r, L, ab, t, p, N, a: ad(
                r, L, ab, t, p, N, a, spread=lambda x: 110 * (x.amax(0) - x.amin(0)).mean((1, 2, 3))
            ),
            "range",
        ),
        (
            lambda r, L, ab, t, p, N, a: ad(
                r,
                L,
                ab,
                t,
                p,
                N,
                a,
                x=torch.stack([ab + r(L, qs(ab, t, n, a) / 2, t, p) for n in N]),
            ),
            "refiner sees half",
        ),
        (
            lambda r, L, ab, t, p, N, a: ad(
                r,
                L,
                ab,
                t,
                p,
                N,
                a,
                spread=lambda x: 110 * (x - ab).square().mean(0).sqrt().mean((1, 2, 3)),
            ),
            "about the base, not the mean",
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
            lambda q, k, v, c, r: na(q, k, v, c, r, rows=lambda i: (i % c, i // (len(i) // c))),
            "row and column formulas mixed",
        ),
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, near=lambda y, x, i: (y < r) & (x < r) | (y + x == 0)),
            "< for <=",
        ),
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, near=lambda y, x, i: (y <= r) & (x <= r) & ((y == 0) | (x == 0))),
            "a cross",
        ),
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, w=lambda s, ok: softmax(s - 1.0 * ~ok, -1)),
            "1 taken off far scores",
        ),
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, w=lambda s, ok: ok / ok.sum(-1, keepdim=True)),
            "plain mean of the near",
        ),
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, sc=lambda q, k: q @ k.mT / q.shape[1] ** 0.5),
            "root of T",
        ),
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, near=lambda y, x, i: (y <= 2 * r) & (x <= 2 * r)),
            "twice the reach",
        ),
    ]
)
F.setdefault("split_heads", []).extend(
    [
        (
            lambda x, h: x.view(x.shape[1], len(x), h, -1).transpose(0, 1).transpose(1, 2),
            "batch and positions exchanged in view",
        ),
        (lambda x, h: x.reshape(len(x) * h, x.shape[1], -1), "heads folded into the batch"),
    ]
)
RIGHT.setdefault("split_heads", []).extend([lambda x, h: torch.from_numpy(np.stack(np.split(x.numpy(), h, 2), 1))])
F.setdefault("received", []).extend(
    [
        (
            lambda a, r: (a * (1 - torch.eye(a.shape[-1]))).mean((1, 2)).reshape(len(a), r, -1),
            "itself left out",
        ),
        (lambda a, r: a.mean((1, 2)).softmax(-1).reshape(len(a), r, -1), "softmax"),
    ]
)
P = lambda h, w, d: h // d * (w // d)
F.setdefault("map_bytes", []).extend(
    [
        (lambda h, w, d, n: 4 * n * (h // d) ** 2 * (w // d), "width not squared"),
        (lambda h, w, d, n: 4 * n * (h * d * w * d) ** 2, "multiplied by down"),
        (lambda h, w, d, n: (4 * n * P(h, w, d)) ** 2, "all squared"),
    ]
)
F.setdefault("to_model_units", []).extend(
    [
        (lambda x: (x[:, :1] / 100 - 50, x[:, 1:] / 110), "L/100 - 50"),
        (lambda x: ((x[:, :1] + 50) / 100, x[:, 1:] / 110), "plus"),
        (lambda x: ((x[:, :1] - 50) / 110, x[:, 1:] / 100), "exchanged"),
        (lambda x: ((x[:, 2:] - 50) / 100, x[:, :2] / 110), "L taken from the last channel"),
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


F.setdefault("is_grey", []).extend(
    [
        (lambda lab: ig(lab, lim=lambda t: 0.45**2 + (0.025 * t) ** 2), "each squared"),
        (
            lambda lab: ig(lab, t=lambda lab: lab[1:].mean((1, 2)).abs().sum().clamp(max=20)),
            "|a| + |b|",
        ),
        (
            lambda lab: ig(
                lab,
                share=lambda r: ((r[:, :, 2:] * r[:, :, :-2]).sum(0).mean() + (r[:, 2:] * r[:, :-2]).sum(0).mean()) / 2,
            ),
            "second neighbours",
        ),
        (
            lambda lab: ig(
                lab,
                share=lambda r: ((r[:, :, 1:] * r[:, :, :-1]).sum(0).sum() + (r[:, 1:] * r[:, :-1]).sum(0).sum()) / 288,
            ),
            "divided by 144 cells, not 132 pairs",
        ),
        (
            lambda lab: ig(
                lab,
                share=lambda r: max((r[:, :, 1:] * r[:, :, :-1]).sum(0).mean(), (r[:, 1:] * r[:, :-1]).sum(0).mean()),
            ),
            "the larger direction",
        ),
    ]
)


def spl(name, seed, text=None, h=hashlib.sha256, end="big", div=2**64, n=8):
    s = f"{seed}:{name.split('/')[0]}" if text is None else text(name, seed)
    return int.from_bytes(h(s.encode()).digest()[:n], end) / div


F.setdefault("split_place", []).extend(
    [
        (lambda n, s: spl(n, s, text=lambda n, s: f"{s}:{n.split('/')[0]}\n"), "line end"),
        (lambda n, s: spl(n, s, text=lambda n, s: f"seed:{n.split('/')[0]}"), "the word seed"),
        (lambda n, s: spl(n, s, div=2**64 - 1) * 100 % 1, "times 100, mod 1"),
    ]
)
am = lambda p, c: torch.einsum("bqhw,qc->bchw", p, c)
F.setdefault("annealed_mean", []).extend(
    [
        (lambda l, c, T: am(softmax(-l / T, 1), c), "minus"),
        (lambda l, c, T: am(softmax(l / T, 1).sqrt(), c), "root of the shares"),
        (lambda l, c, T: am(softmax(l / T, 1), c.flip(0)), "centres in reverse order"),
        (lambda l, c, T: 110 * am(softmax(l / T, 1), c), "ab units"),
    ]
)
RIGHT.setdefault("annealed_mean", []).extend(
    [lambda l, c, T: torch.tensordot(softmax(l.double() / T, 1), c.double(), ([1], [0])).permute(0, 3, 1, 2).float()]
)
F.setdefault("soft_cross_entropy", []).extend(
    [
        (lambda l, s: -(s.sqrt() * l.log_softmax(1)).sum(1).mean(), "root of shares"),
        (lambda l, s: -(s * l.log_softmax(1)).sum(1).median(), "median over pixels"),
        (lambda l, s: -(s * l.log_softmax(1)).amax(1).mean(), "largest over bins"),
    ]
)
F.setdefault("block_parameters", []).extend(
    [
        (lambda i, o, n: n * (9 * (i + o) / 2 + 1) * o + 2 * o, "mean of c_in and c_out"),
        (lambda i, o, n: (9 * i + 1) * o * (9 * o + 1) ** (n - 1) + 2 * o, "power"),
        (lambda i, o, n: 9 * i * o + o + (n - 1) * (9 * o * o) + o + 2 * o, "two biases"),
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
        (
            lambda ab: cp(ab, s=lambda ab: (ab.square().mean((2, 3)) + ab.mean((2, 3)).square()).sqrt().sum(1)),
            "plus in E[x²] - E[x]²",
        ),
        (lambda ab: cp(ab, m=lambda ab: ab.mean((2, 3)) * 110), "means in ab units"),
    ]
)
ss = lambda x, both, f: f(x, *both[:, :, None, None].chunk(2, 1))
F.setdefault("scale_and_shift", []).extend(
    [
        (
            lambda x, t, p, mlp, fuse: ss(x, fuse(t + mlp(10 * p)), lambda x, s, h: x + (1 + s) + h),
            "added",
        ),
        (
            lambda x, t, p, mlp, fuse: ss(x, fuse(t + mlp(10 * p)), lambda x, s, h: x * (1 + s.tanh()) + h),
            "tanh",
        ),
        (
            lambda x, t, p, mlp, fuse: ss(x, fuse((t + mlp(10 * p)) / 2), lambda x, s, h: x * (1 + s) + h),
            "mean of the two",
        ),
        (
            lambda x, t, p, mlp, fuse: ss(x, fuse(t + mlp(10 * p).relu()), lambda x, s, h: x * (1 + s) + h),
            "relu",
        ),
    ]
)
F.setdefault("printed_factor", []).extend(
    [
        (lambda a, b: (b - a) / a, "relative change"),
        (lambda a, b: math.log(b) / math.log(a), "ratio of logs"),
        (lambda a, b: a / (a + b), "share"),
        (lambda a, b: round(a / b), "rounded"),
    ]
)
RIGHT.setdefault("printed_factor", []).extend([lambda a, b: 1 / (b / a)])
one = lambda x: torch.cat([torch.ones(1), x])
F.setdefault("alpha_bar", []).extend(
    [
        (lambda b: one(torch.cumprod((1 - b).round(decimals=1), 0)), "rounded factors"),
        (lambda b: one(torch.cumprod(1 / (1 - b), 0)), "divided"),
        (lambda b: one(torch.cumprod(1 - b / 2, 0)), "half beta"),
        (lambda b: one(torch.cumprod(1 - torch.cumsum(b, 0), 0)), "product of 1 - running sum"),
        (lambda b: one(torch.cumprod(1 - b.sort().values, 0)), "sorted betas"),
    ]
)
F.setdefault("q_sample", []).extend(
    [
        (lambda ab, t, n, a: col(a[t]).sqrt() * (ab + (1 - col(a[t])).sqrt() * n), "bracket"),
        (
            lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * (n - n.mean()) / n.std(),
            "normalised noise",
        ),
        (
            lambda ab, t, n, a: col(a[t] + 0.01).sqrt() * ab + (1 - col(a[t]) + 0.01).sqrt() * n,
            "0.01 added",
        ),
    ]
)
F.setdefault("correct_once", []).extend(
    [
        (
            lambda r, L, ab, t, p, n, a: (ab + r(L, qs(ab, t, n, a), t, p)).clamp(-0.3, 0.3),
            "clamped at 0.3",
        ),
        (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), t, 10 * p), "10 times the prior"),
        (
            lambda r, L, ab, t, p, n, a: ab + (1 - col(a[t])) * r(L, qs(ab, t, n, a), t, p),
            "residual times 1 - alpha_bar",
        ),
        (
            lambda r, L, ab, t, p, n, a: ab + (r(L, qs(ab, t, n, a), t, p) + r(L, qs(ab, t, -n, a), t, p)) / 2,
            "two noises",
        ),
    ]
)
F.setdefault("hidden_noise", []).extend(
    [
        (lambda x, y, t, a: (x + col(a[t]).sqrt() * y) / (1 - col(a[t])).sqrt(), "plus"),
        (lambda x, y, t, a: (x - col(a[t]) * y) / (1 - col(a[t])).sqrt(), "root missing above"),
        (
            lambda x, y, t, a: (x - (1 - col(a[t])).sqrt() * y) / (1 - col(a[t])).sqrt(),
            "x0 with the noise's factor",
        ),
        (
            lambda x, y, t, a: (x - col(a[t]).sqrt() * y).clamp(-1, 1) / (1 - col(a[t])).sqrt(),
            "clamped",
        ),
        (
            lambda x, y, t, a: (x - col(a[t]).sqrt() * y) / (1 - col(a[t])).clamp(min=0.5).sqrt(),
            "1 - a clamped",
        ),
    ]
)
F.setdefault("attention", []).extend(
    [
        (
            lambda q, k, v: softmax((q - q.mean(-1, keepdim=True)) @ k.mT / q.shape[-1] ** 0.5, -1) @ v,
            "q centred",
        ),
        (
            lambda q, k, v: (
                (lambda e: e / (1 + e.sum(-1, keepdim=True)))((q @ k.mT / q.shape[-1] ** 0.5).clamp(max=60).exp()) @ v
            ),
            "1 + sum",
        ),
        (
            lambda q, k, v: softmax(q @ k.mT / math.sqrt(q.shape[-1] + k.shape[-1]), -1) @ v,
            "sqrt(2 d)",
        ),
        (lambda q, k, v: softmax(torch.tanh(q @ k.mT / q.shape[-1] ** 0.5), -1) @ v, "tanh"),
    ]
)
F.setdefault("attention_cost", []).extend(
    [(lambda h, w: (h * w) ** 3, "cubed"), (lambda h, w: int((h * w) ** 1.5), "power 1.5")]
)
M = lambda x, y: (x.astype(float) - y) ** 2
F.setdefault("mse", []).extend(
    [
        (
            lambda x, y: np.abs(x.astype(float) ** 2 - y.astype(float) ** 2).mean((1, 2, 3)),
            "difference of squares",
        ),
        (lambda x, y: M(x, y).mean((1, 2)).min(1), "best channel"),
        (lambda x, y: M(x, y).max(3).mean((1, 2)), "largest channel at each pixel"),
        (
            lambda x, y: M(x, y).mean((1, 2, 3)) / y.astype(float).var((1, 2, 3)),
            "divided by the variance",
        ),
    ]
)
ps = lambda m: 10 * np.log10(255**2 / m)
F.setdefault("psnr_mean", []).extend(
    [
        (lambda m: (10 * np.log10(255**2) / m).mean(), "bracket"),
        (lambda m: 10 * np.log10(np.mean(255 / np.sqrt(m)) ** 2), "mean of the roots first"),
        (lambda m: (ps(m) * m).sum() / m.sum(), "weighted by the error"),
    ]
)
F.setdefault("psnr_pooled", []).extend(
    [
        (lambda m: 10 * np.log10(255**2 / m.max()), "worst"),
        (lambda m: 10 * np.log10(255**2 / (m.mean() + 1)), "1 added"),
    ]
)


def pb(a, b, n=2000, stat=None, q=(2.5, 97.5), idx=None, seed=3):
    g = np.random.default_rng(seed)
    N = len(a)
    xs = []
    for _ in range(n):
        i = g.integers(0, N, N) if idx is None else idx(g, N)
        xs.append(1 - b[i].mean() / a[i].mean() if stat is None else stat(a, b, i, g))
    return tuple(np.percentile(xs, q))


F.setdefault("paired_bootstrap", []).extend(
    [
        (lambda a, b: pb(a, b, q=(0.5, 99.5)), "99 percent"),
        (
            lambda a, b: pb(a, b, stat=lambda a, b, i, g: 1 - a[i].mean() / b[i].mean()),
            "a and b exchanged",
        ),
        (lambda a, b: pb(a, b, stat=lambda a, b, i, g: a[i].mean() - b[i].mean()), "difference"),
        (
            lambda a, b: pb(a, b, stat=lambda a, b, i, g: 1 - np.median(b[i]) / np.median(a[i])),
            "medians",
        ),
        (lambda a, b: pb(a, b, q=(0.025, 0.975)), "fractions for percent"),
        (lambda a, b: tuple(100 * x for x in pb(a, b)), "per cent"),
    ]
)
E = lambda g, ab: (110 * (g - ab)).square().sum(1).mean((1, 2))
yk = lambda tr, ab, g=None, c=None, o=None, E=E: (
    E(torch.zeros_like(ab) if g is None else g, ab),
    E(tr.mean((0, 2, 3)).view(1, 2, 1, 1) if c is None else c, ab),
    E(ab.mean((2, 3), keepdim=True) if o is None else o, ab),
)
F.setdefault("yardsticks", []).extend(
    [
        (
            lambda tr, ab: yk(tr, ab, c=tr.flatten(2).median(2).values.mean(0).view(1, 2, 1, 1)),
            "mean of medians",
        ),
        (
            lambda tr, ab: yk(tr, ab, c=tr[0].mean((1, 2)).view(1, 2, 1, 1)),
            "first training picture",
        ),
    ]
)


def lk(ev, L, ab, other=None, cmp=None, seeds=(0, 0)):
    o = -ab if other is None else other(ab)
    torch.manual_seed(seeds[0])
    g = ev(L, ab)
    torch.manual_seed(seeds[1])
    h = ev(L, o)
    return not torch.equal(g[0], h[0]) if cmp is None else bool(cmp(g, h))


F.setdefault("resshift_mean", []).extend(
    [
        (lambda x, y, t, e: e[t - 1] / e[t] * x + e[t] * y, "eta for alpha/eta"),
        (
            lambda x, y, t, e: (e[t - 1] / e[t]) ** 2 * x + (1 - (e[t - 1] / e[t]) ** 2) * y,
            "squares",
        ),
        (lambda x, y, t, e: e[t - 1] / e[t] * x + (e[t] - e[t - 1]) / e[t] * x, "x_t twice"),
    ]
)
F.setdefault("rectified_flow", []).extend(
    [
        (lambda b, x, s: (b + col(s) * (x - b), x - col(s) * b), "velocity with s at the base"),
        (lambda b, x, s: (b + col(s) ** 2 * (x - b), x - b), "s squared"),
        (lambda b, x, s: (b + col(s) * (x - b), (x - b) / col(s).clamp(min=0.1)), "divided by s"),
    ]
)


def hs(f, x, s, b, two=None):
    h = b - s
    v = f(x, s)
    if b == 0:
        return x + h * v
    return x + h * (v + f(x + h * v, b)) / 2 if two is None else two(v, h)


F.setdefault("heun_step", []).extend(
    [
        (
            lambda f, x, s, b: hs(f, x, s, b, two=lambda v, h: x + h * (v - f(x + h * v, b)) / 2),
            "minus",
        ),
        (
            lambda f, x, s, b: hs(f, x, s, b, two=lambda v, h: x + h * (v + f(x + v, b)) / 2),
            "walks a whole velocity ahead",
        ),
        (
            lambda f, x, s, b: hs(f, x, s, b, two=lambda v, h: x + h * (v + 2 * f(x + h * v, b)) / 3),
            "second counts twice",
        ),
        (
            lambda f, x, s, b: hs(f, x, s, b, two=lambda v, h: x + h * (v + f(x + h * v, s + h / 2)) / 2),
            "second time half way",
        ),
    ]
)

# What the checks say: a part of it, empty where they name nothing, or something else.
EXPECTED = {
    "to_lab": [
        "`100 * L + 50`: `(100 * L + 50) + 110` belongs there (tried: then all is right)",
        "`110 * (ab + 0.5)`: `+ 0.5` is too much (tried: then all is right)",
        "at [0] of axis 1: L is multiplied by 110, which belongs to ab; at [1, 2] of axis 1: everything is 1.1 times too small",
        "`L.clamp(min=0)`: `clamp` is too much (tried: then all is right)",
        "right at [0] of axis 1, wrong at [1, 2]: 0.9091 times what is right, and 50 more",
    ],
    "hue_and_chroma": [
        "`& (b >= 0)` is too much",
        "`ab.square().sum(1).sqrt().sqrt()`: `sqrt` is too much (tried: then all is right)",
        "part 2 is right, part 1 is not: everything is 1.00519 times too small",
        "`90 - torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360`: `90 -` is too much (tried: then all is right)",
        "`(ab[:, 0] + ab[:, 1]).square()`: another order, or other brackets: `ab[:, 0].square() + ab[:, 1].square()` (tried: then all is right)",
        "`110 * ab[:, 1]`: `110 *` is too much (tried: then all is right)",
    ],
    "seen_before": [
        "`np.abs(b.astype(float)[:, None]  … ::-1]).mean((2, 3, 4))`",
        "`np.round(x, 0)`: `round` is too much (tried: then all is right)",
        "the first channel alone",
        "`sb(a[1:], b, l)`: `[1:]` is too much (tried: then all is right)",
        "`np.abs(x - y).sum(4)`: `mean` belongs there, not `sum` (tried: then all is right)",
    ],
    "worst_block": [
        "`(e ** 2).mean((2, 4, 5)).max(2).mean(1)`: `max` belongs there, not `mean` (tried: then all is right)",
        "the sum over the channels, not the mean; besides, the block's sum divided by size once; it has size² pixels",
        "`mean(max((truth - guess) ** 2, (2, 4, 5)), (1, 3))` stands where `max(mean((truth - guess) ** 2, (2, 4, 5)), (1, 3))` belongs",
        "`e.mean(5) ** 2`: another order, or other brackets: `(e ** 2).mean(5)` (tried: then all is right)",
    ],
    "network_input": [
        "`[L, h * m / 110, m]`: `/ 110` is too much (tried: then all is right)",
        "`m * m.mean()`: `* m.mean()` is too much (tried: then all is right)",
        "`[L * (1 - m), h * m, m]`: `* (1 - m)` is too much (tried: then all is right)",
        "`(h * m).mean(1, keepdim=True)`: `mean` is too much (tried: then all is right)",
        "`h * m + (1 - m)`: `+ (1 - m)` is too much (tried: then all is right)",
    ],
    "weighted_error": [
        "1 / `weight`, but `weight` itself belongs there: a product in the place of a quotient, or the reverse",
        "`w.sum((1, 2, 3))`: axis (0, 2, 3) belongs there, not (1, 2, 3) (tried: then all is right)",
        "`w - w.mean()`: `- w.mean()` is too much (tried: then all is right)",
        "`(w * p - t).square()`",
    ],
    "rebalancing": [
        "`1 / ((1 - m) * p + m / len(c))` belongs there always",
        "`(1 - m) * (p + m / len(c))`: another order, or other brackets: `(1 - m) * p + m / len(c)` (tried: then all is right)",
        "`1 / ((1 - m) * p + m / len(c))` belongs there always",
        "`v / (p * v).sum()` belongs there always",
        "`((1 - m) * p + m / len(c)).sqrt()`: `sqrt` is too much (tried: then all is right)",
    ],
    "soft_encode": [
        "`d < d.topk(k, largest=False).values[:, -1:]`: `<=` belongs there, not `<` (tried: then all is right)",
        "`torch.exp(-d ** 2 / (2 * s ** 2))` belongs there always",
        "`torch.zeros_like(d).scatter(1, i, e.gather(1, i))` belongs there always",
        "`torch.zeros_like(d).scatter(1, i, e.gather(1, i))` belongs there always",
        "`torch.cdist(a / 110, c)`: `/ 110` is too much (tried: then all is right)",
    ],
    "region_prior": [
        "`((ab - mu[:, :, None, None]) ** 2 * m).sum((2, 3)).sqrt() / n`: another order, or other brackets: `(((ab - mu[:, :, None, None]) ** 2 * m).sum((2, 3)) / n).sqrt()` (tried: then all is right)",
        "the mean absolute deviation, not the standard deviation",
        "`(ab * m).sum((2, 3)) / (n + 1)`: `+ 1` is too much (tried: then all is right)",
    ],
    "set_tint": [
        "`ab.mean(1, keepdim=True)`: axis (2, 3) belongs there, not 1 (tried: then all is right)",
        "the largest over the pixels, of what is taken away; the mean is wanted",
        "`ab.mean(2, keepdim=True)`: axis (2, 3) belongs there, not 2 (tried: then all is right)",
        "the mean of `tint` over axis 0, not `tint` itself",
        "`ab.mean((2, 3), keepdim=True) * t[:, :, None, None]`: `-` belongs there, not `*` (tried: then all is right)",
        "the first alone over the pixels, of what is taken away; the mean is wanted",
    ],
    "split_error": [
        "in Lab units (110²); model units are wanted",
        "`w - m` belongs there always",
        "the mean over a and b in the tint's part; the sum is wanted",
        "2 times: `g.abs() - t.abs()`: `abs` is too much (tried: then all is right)",
        "`d.std((2, 3), correction=0)`: `var` belongs there, not `std` (tried: then all is right)",
    ],
    "cosine_schedule": [
        "`v[:-1] / v[1:]`: the two sides of `/` are to be exchanged (tried: then all is right)",
        "`torch.sin((x + 0.008) / 1.008 * math.pi / 2)`: `cos` belongs there, not `sin` (tried: then all is right)",
        "`torch.arange(n + 1, dtype=torch.float64) / (n + 1)`: `+ 1` is too much (tried: then all is right)",
        "`(1 - v[1:] / v[:-1]).clamp(max=0.999)` belongs there always",
        "`torch.cos(((x + 0.008) / 1.008 * math.pi / 2) ** 2)`: another order, or other brackets: `torch.cos((x + 0.008) / 1.008 * math.pi / 2) ** 2` (tried: then all is right)",
        "`cos((t / steps + s) / (1 + s)) * cos(pi / 2)` stands where `cos((t / steps + s) / (1 + s) * (pi / 2))` belongs",
    ],
    "clean_from_noisy": [
        "`x / col(a[t]).sqrt() - (1 - col(a[t])).sqrt() * n`: another order, or other brackets: `(x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt()` (tried: then all is right)",
        "`1 - col(a[t])`: `1 -` is too much (tried: then all is right)",
        "`((x - (1 - col(a[t])).sqrt() * n) / col(a[t]).sqrt()).tanh()`: `tanh` is too much (tried: then all is right)",
        "`n.clamp(-1, 1)`: `clamp` is too much (tried: then all is right)",
        "`col(a[t]).sqrt() + (1 - col(a[t])).sqrt()`: `+ (1 - col(a[t])).sqrt()` is too much (tried: then all is right)",
    ],
    "next_step": [
        "zeros everywhere: `a[t - 1] / a[t].clamp(max=1)`: the two sides of `/` are to be exchanged (tried: then all is right)",
        "`1 - (1 - b).sqrt()`: another order, or other brackets: `(1 - (1 - b)).sqrt()` (tried: then all is right)",
        "zeros everywhere: `(t + 1).clamp(…)`: `-` belongs there, not `+` (tried: then all is right)",
        "`b.sqrt() * n * x`: `* x` is too much (tried: then all is right)",
        "`1 - col(a[t]) / col(a[t - 1])` belongs there always",
    ],
    "noise_dominates": [
        "`(1 - a).sqrt() > a.sqrt() * s`: `>=` belongs there, not `>` (tried: then all is right)",
        "`1 - a.sqrt()`: another order, or other brackets: `(1 - a).sqrt()` (tried: then all is right)",
        "`(1 - a).sqrt() + a.sqrt() * s >= 1.2`",
    ],
    "average_draws": [
        "the noises are averaged for the colours, and not for the spread: average the results",
        "the range over the draws in the spread; the spread (standard deviation) is wanted",
        "`ad(r, L, ab, t, p, N, a, x=torch … 2, t, p) for n in N]))`: `x=torch.stack([ab + r(L, qs(ab, t, n, a) / 2, t, p) for n in N])` is too much (tried: then all is right)",
        "`110 * xs.std(0, correction=0).mean((1, 2, 3))` belongs there always",
    ],
    "near_attention": [
        "`i // (len(i) // c)`: `len(i) //` is too much (tried: then all is right)",
        "2 times: `(y < r) & (x < r)`: `<=` belongs there, not `<` (tried: then all is right)",
        "`(y <= r) & (x <= r) & ((y == 0) | (x == 0))`: `& ((y == 0) | (x == 0))` is too much (tried: then all is right)",
        "1 is subtracted where a key is far: -inf has to be",
        "`softmax(s.masked_fill(~ok, -torch.inf), -1)` belongs there always",
        "`q.shape[1] ** 0.5`: `[1 + 1]` belongs there, not `[1]` (tried: then all is right)",
        "2 times: `y <= 2 * r`: `2 *` is too much (tried: then all is right)",
    ],
    "split_heads": [
        "",
        "shape (8, 5, 2) where (2, 4, 5, 2) is wanted: the right numbers, but two axes are joined to one: keep them apart",
    ],
    "received": [
        "`a * (1 - torch.eye(a.shape[-1]))`: `* (1 - torch.eye(a.shape[-1]))` is too much (tried: then all is right)",
        "`a.mean((1, 2)).softmax(-1)`: `softmax` is too much (tried: then all is right)",
    ],
    "map_bytes": [
        "the width is not squared",
        "`h * d * w * d`",
        "`(4 * n * P(h, w, d)) ** 2`: another order, or other brackets, are wanted (tried: then all is right)",
    ],
    "to_model_units": [
        "`x[:, :1] / 100 - 50`: another order, or other brackets: `(x[:, :1] - 50) / 100` (tried: then all is right)",
        "`x[:, :1] + 50`: `-` belongs there, not `+` (tried: then all is right)",
        "part 1: L is divided by 110, which belongs to ab; part 2: everything is 1.1 times too large",
        "part 1: `lab` in reverse order (axis 1); part 2: ab is the channels 0 and 1: L is among them",
    ],
    "is_grey": [
        "`(0.45 + 0.025 * t) ** 2` belongs there always",
        "`lab[1:].mean((1, 2)).abs().sum()`: `amax` belongs there, not `sum` (tried: then all is right)",
        "`((r[:, :, 1:] * r[:, :, :-1]).su … 1]).sum(0).mean()) / 2` belongs there always",
        "`((r[:, :, 1:] * r[:, :, :-1]).su … ]).sum(0).sum()) / 288`",
        "`max((r[:, :, 1:] * r[:, :, :-1]) … , :-1]).sum(0).mean())`",
    ],
    "split_place": [
        "`f\"{s}:{n.split('/')[0]}\\n\"`: `'\\n'` is too much (tried: then all is right)",
        "`f\"{seed}:{name.split('/')[0]}\"` belongs there always",
        "`spl(n, s, div=2 ** 64 - 1) * 100`: `* 100` is too much (tried: then all is right)",
    ],
    "annealed_mean": [
        "`-l / T`: `-` is too much (tried: then all is right)",
        "`softmax(l / T, 1).sqrt()`: `sqrt` is too much (tried: then all is right)",
        "`am(softmax(l / T, 1), c.flip(0))`: `flip` is too much (tried: then all is right)",
        "`110 * am(softmax(l / T, 1), c)`: `110 *` is too much (tried: then all is right)",
    ],
    "soft_cross_entropy": [
        "`s.sqrt() * l.log_softmax(1)`: `sqrt` is too much (tried: then all is right)",
        "`(s * l.log_softmax(1)).sum(1).median()`: `mean` belongs there, not `median` (tried: then all is right)",
        "`(s * l.log_softmax(1)).amax(1)`: `sum` belongs there, not `amax` (tried: then all is right)",
    ],
    "block_parameters": ["`n * (9 * (i + o) / 2 + 1) * o`", "`(9 * i + 1) * o * (9 * o + 1) ** (n - 1)`", "`2 * o`"],
    "color_prior": [
        "`ab.square().mean((2, 3)) + ab.mean((2, 3)).square()`: `-` belongs there, not `+` (tried: then all is right)",
        "`ab.mean((2, 3)) * 110`: `* 110` is too much (tried: then all is right)",
    ],
    "scale_and_shift": [
        "`x + (1 + s) + h`: `*` belongs there, not `+` (tried: then all is right)",
        "`1 + s.tanh()`: `tanh` is too much (tried: then all is right)",
        "`(t + mlp(10 * p)) / 2`: `/ 2` is too much (tried: then all is right)",
        "`mlp(10 * p).relu()`: `relu` is too much (tried: then all is right)",
    ],
    "printed_factor": [
        "upside down: a larger picture has a smaller number; besides, 1 less than the rest",
        "the logarithms are divided; besides, 1 divided by the rest: a fraction upside down",
        "`a / (a + b)`: `a +` is too much (tried: then all is right)",
        "`round(a / b)`: `round` is too much (tried: then all is right)",
    ],
    "alpha_bar": [
        "`(1 - b).round(decimals=1)`: `round` is too much (tried: then all is right)",
        "`torch.cumprod(1 / (1 - b), 0)`: `1 /` is too much (tried: then all is right)",
        "`1 - b / 2`: `/ 2` is too much (tried: then all is right)",
        "`torch.cumsum(b, 0)`: `cumsum` is too much (tried: then all is right)",
        "`1 - b.sort().values`",
    ],
    "q_sample": [
        "`col(a[t]).sqrt() * (ab + (1 - col(a[t])).sqrt() * n)`: another order, or other brackets: `col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n` (tried: then all is right)",
        "`(1 - col(a[t])).sqrt() * (n - n.mean()) / n.std()`",
        "2 times: `1 - col(a[t]) + 0.01`: `+ 0.01` is too much (tried: then all is right)",
    ],
    "correct_once": [
        "`(ab + r(L, qs(ab, t, n, a), t, p)).clamp(-0.3, 0.3)`: `clamp` is too much (tried: then all is right)",
        "`r(L, qs(ab, t, n, a), t, 10 * p)`: `10 *` is too much (tried: then all is right)",
        "`(1 - col(a[t])) * r(L, qs(ab, t, n, a), t, p)`: `(1 - col(a[t])) *` is too much (tried: then all is right)",
        "",
    ],
    "hidden_noise": [
        "`x + col(a[t]).sqrt() * y`: `-` belongs there, not `+` (tried: then all is right)",
        "`col(a[t])`: `sqrt(a[t])` belongs there (tried: then all is right)",
        "`1 - col(a[t])`: `1 -` is too much (tried: then all is right)",
        "`(x - col(a[t]).sqrt() * y).clamp(-1, 1)`: `clamp` is too much (tried: then all is right)",
        "`(1 - col(a[t])).clamp(min=0.5)`: `clamp` is too much (tried: then all is right)",
    ],
    "attention": [
        "`(q - q.mean(-1, keepdim=True)) @ k.mT`: another order, or other brackets: `q @ k.mT - q.mean(-1, keepdim=True)` (tried: then all is right)",
        "",
        "`q.shape[-1] + k.shape[-1]`: `+ k.shape[-1]` is too much (tried: then all is right)",
        "`torch.tanh(q @ k.mT / q.shape[-1] ** 0.5)`: `tanh` is too much (tried: then all is right)",
    ],
    "attention_cost": [
        "`(h * w) ** 3`: another number belongs in the place of `3` (tried: then all is right)",
        "`(h * w) ** 1.5`: another number belongs in the place of `1.5` (tried: then all is right)",
    ],
    "mse": [
        "`x.astype(float) ** 2 - y.astype(float) ** 2`",
        "`M(x, y).mean((1, 2)).min(1)`: `mean` belongs there, not `min` (tried: then all is right)",
        "`M(x, y).max(3)`: `mean` belongs there, not `max` (tried: then all is right)",
        "`M(x, y).mean((1, 2, 3)) / y.astype(float).var((1, 2, 3))`: `/ y.astype(float).var((1, 2, 3))` is too much (tried: then all is right)",
    ],
    "psnr_mean": [
        "`10 * np.log10(255 ** 2) / m`",
        "`mean(255 / sqrt(mse))` stands where `255 / sqrt(mse)` belongs",
        "`ps(m) * m`: `mean(ps(m))` belongs there (tried: then all is right)",
    ],
    "psnr_pooled": [
        "`255 ** 2 / m.max()`: `mean` belongs there, not `max` (tried: then all is right)",
        "`m.mean() + 1`: `+ 1` is too much (tried: then all is right)",
    ],
    "paired_bootstrap": [
        "an interval of 99 %: take the 2.5 and 97.5 percentiles, not 0.5 and 99.5",
        "a and b are swapped: 1 - mean(a)/mean(b)",
        "the difference of the means; divide it by the mean of a",
        "the median, where the mean is wanted",
        "percentiles 0.025 and 0.975 where per cent are counted: 2.5 and 97.5",
        "in per cent; a fraction is wanted",
    ],
    "yardsticks": [
        "`yk(tr, ab, c=tr.flatten(2).media … n(0).view(1, 2, 1, 1))`: `c=tr.flatten(2).median(2).values.mean(0).view(1, 2, 1, 1)` is too much (tried: then all is right)",
        "`yk(tr, ab, c=tr[0].mean((1, 2)).view(1, 2, 1, 1))`: `c=tr[0].mean((1, 2)).view(1, 2, 1, 1)` is too much (tried: then all is right)",
    ],
    "resshift_mean": [
        "`e[t]`",
        "2 times: `(e[t - 1] / e[t]) ** 2`: `** 2` is too much (tried: then all is right)",
        "`(e[t] - e[t - 1]) / e[t] * x`: `y` belongs there, not `x` (tried: then all is right)",
    ],
    "rectified_flow": [
        "`x - col(s) * b`: `col(s) *` is too much (tried: then all is right)",
        "`col(s) ** 2 * (x - b)`: `** 2` is too much (tried: then all is right)",
        "`(x - b) / col(s).clamp(min=0.1)`: `/ col(s).clamp(min=0.1)` is too much (tried: then all is right)",
    ],
    "heun_step": [
        "`v - f(x + h * v, b)`: `+` belongs there, not `-` (tried: then all is right)",
        "`x + h * (v + f(x + h * v, b)) / 2` belongs there always",
        "`x + h * (v + f(x + h * v, b)) / 2` belongs there always",
        "`s + h / 2`: `/ 2` is too much (tried: then all is right)",
    ],
}
