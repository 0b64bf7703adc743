"""Odd wrong answers, the third list: of 158 the checks named 76 % rightly when it was new, four as another mistake.

F: task -> [(answer, the mistake in it)], RIGHT: task -> right answers in unusual ways; both written before anybody had
seen what the checks say of them. With those that a list held already, 88 % of 331 were named rightly.
"""

# ruff: noqa: E501, E731

import hashlib
import math

import numpy as np
import torch
import torch.nn.functional as Fn
from torch import softmax

from colorlib.data import grey

F, RIGHT = {}, {}
col = lambda x: x.view(-1, 1, 1, 1)
qs = lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n


def to_lab_copy(L, ab):
    out = torch.empty(len(L), 3, *L.shape[2:])
    out[:, 0] = 100 * L[:, 0] + 50
    out[:, 1] = 110 * ab[:, 0]
    out[:, 2] = 110 * ab[:, 0]
    return out


F.setdefault("to_lab", []).extend(
    [
        (lambda L, ab: torch.cat([100 * L + 50, 127 * ab], 1), "127 for 110"),
        (to_lab_copy, "b is a copy of a"),
        (
            lambda L, ab: torch.cat([100 * L + 50, 110 * ab], 1).clamp(0, 100),
            "all clamped to 0..100: negative ab are cut",
        ),
        (lambda L, ab: torch.cat([100 * L + 50, 110 * ab + 50], 1), "50 is added to ab too"),
        (lambda L, ab: torch.cat([100 * (1 - L) + 50, 110 * ab], 1), "L turned round"),
    ]
)
RIGHT.setdefault("to_lab", []).extend(
    [
        lambda L, ab: (
            torch.cat([L, ab], 1) * torch.tensor([100.0, 110, 110])[:, None, None]
            + torch.tensor([50.0, 0, 0])[:, None, None]
        )
    ]
)


def hue180(ab):
    h = torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0]))
    return (torch.where(h < 0, h + 180, h), 110 * ab.norm(dim=1))


F.setdefault("hue_and_chroma", []).extend(
    [
        (
            lambda ab: (torch.atan2(ab[:, 1], ab[:, 0]) * 180 / 3.14 % 360, 110 * ab.norm(dim=1)),
            "3.14 for pi",
        ),
        (hue180, "180 added to negative hues; 360"),
        (
            lambda ab: (
                torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360,
                (110 * (ab**2).sum(1)).sqrt(),
            ),
            "110 under the root",
        ),
        (
            lambda ab: (
                torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])).clamp(min=0),
                110 * ab.norm(dim=1),
            ),
            "negative hues clamped to 0",
        ),
    ]
)


def hc(ab):
    z = torch.view_as_complex(ab.permute(0, 2, 3, 1).contiguous())
    return (torch.remainder(torch.rad2deg(z.angle()), 360), z.abs() * 110)


def hc_loop(ab):
    h = torch.rad2deg(torch.arccos((ab[:, 0] / ab.norm(dim=1)).clamp(-1, 1)))
    return (torch.where(ab[:, 1] < 0, 360 - h, h), torch.hypot(110 * ab[:, 0], 110 * ab[:, 1]))


RIGHT.setdefault("hue_and_chroma", []).extend([hc])


def sb(train, test, limit, d=None, red=None, mirror=None):
    t, s = (test.astype(float)[:, None], train.astype(float)[None])
    d = d or (lambda x, y: np.abs(x - y).mean((2, 3, 4)))
    m = (lambda s: s[:, :, :, ::-1]) if mirror is None else mirror
    return (np.minimum(d(t, s), d(t, m(s))) <= limit).any(1)


F.setdefault("seen_before", []).extend(
    [
        (
            lambda a, b, l: sb(a, b, l, mirror=lambda s: s[:, :, ::-1, ::-1]),
            "turned by 180 degrees in place of mirrored",
        ),
        (
            lambda a, b, l: (lambda d, e: ((d <= l).all(-1) | (e <= l).all(-1)).any(1))(
                np.abs(b.astype(float)[:, None] - a).mean((2, 3)),
                np.abs(b.astype(float)[:, None] - a[:, :, ::-1]).mean((2, 3)),
            ),
            "each channel alone has to be near",
        ),
        (
            lambda a, b, l: sb(
                a,
                b,
                l,
                d=lambda x, y: np.abs(x.astype(np.int8) - y.astype(np.int8)).astype(float).mean((2, 3, 4)),
            ),
            "int8 wraps round",
        ),
        (lambda a, b, l: sb(a[:1], b, l), "only the first training picture"),
        (
            lambda a, b, l: sb(a, b, l, d=lambda x, y: np.abs(x - y).mean((2, 3)).max(-1)),
            "worst channel",
        ),
    ]
)
RIGHT.setdefault("seen_before", []).extend(
    [
        lambda a, b, l: np.array(
            [
                any(
                    min(
                        np.abs(x.astype(np.int16) - y).mean(),
                        np.abs(x[:, ::-1].astype(np.int16) - y).mean(),
                    )
                    <= l
                    for y in a
                )
                for x in b
            ]
        )
    ]
)


def wb(x, y, s, f=None):
    e = x.astype(float) - y
    N, H, W, _ = x.shape
    return f(e.reshape(N, H // s, s, W // s, s, 3))


def wb_slide(x, y, s):
    e = torch.from_numpy((x.astype(float) - y) ** 2).mean(-1)
    return Fn.avg_pool2d(e[:, None], s, stride=1).amax((1, 2, 3)).numpy()


F.setdefault("worst_block", []).extend(
    [
        (
            lambda x, y, s: wb(x, y, s, lambda e: (e.mean((2, 4)) ** 2).mean(-1).max((1, 2))),
            "mean difference of the block squared",
        )
    ]
)


def wb_right(x, y, s):
    e = torch.from_numpy((x.astype(float) - y) ** 2).permute(0, 3, 1, 2)
    return Fn.avg_pool2d(e, s).mean(1).flatten(1).amax(1).numpy()


RIGHT.setdefault("worst_block", []).extend([wb_right])
F.setdefault("network_input", []).extend(
    [
        (lambda L, h, m: torch.cat([L, torch.where(m > 0, h, L), m], 1), "L where no hint stands"),
        (lambda L, h, m: torch.cat([L, h * m, m - 0.5], 1), "0.5 taken off the mask"),
        (
            lambda L, h, m: torch.cat([L, h * m + (1 - m) * h.mean((2, 3), keepdim=True), m], 1),
            "the mean hint where none stands",
        ),
        (lambda L, h, m: torch.cat([L, h * m, m.expand_as(h)], 1), "mask twice, 5 channels"),
    ]
)
RIGHT.setdefault("network_input", []).extend([lambda L, h, m: torch.cat([L, h.masked_fill(m == 0, 0), m], 1)])
we = lambda p, t: (p - t).square().sum(1, keepdim=True)
F.setdefault("weighted_error", []).extend(
    [
        (
            lambda p, t, w: (softmax(w.flatten(), 0) * we(p, t).flatten()).sum(),
            "softmax of the weights",
        ),
        (lambda p, t, w: (w.sqrt() * we(p, t)).sum() / w.sqrt().sum(), "root of the weights"),
        (lambda p, t, w: (w * we(p, t)).sum() / w.sum().sqrt(), "divided by the root of the sum"),
        (
            lambda p, t, w: (w * we(p, t)).sum() / w.square().sum(),
            "divided by the sum of squared weights",
        ),
        (
            lambda p, t, w: ((w * (p - t)).sum((0, 2, 3)) / w.sum()).square().sum(),
            "squared after the sum",
        ),
    ]
)
RIGHT.setdefault("weighted_error", []).extend(
    [
        lambda p, t, w: (w * we(p, t)).mean() / w.mean(),
        lambda p, t, w: torch.tensor(np.average(we(p, t).numpy(), weights=w.numpy())),
    ]
)


def rb(c, m, p=None, w=None, s=None):
    p = c / c.sum() if p is None else p(c)
    v = 1 / ((1 - m) * p + m / len(c)) if w is None else w(p)
    return v / (p * v).sum() if s is None else s(p, v)


F.setdefault("rebalancing", []).extend(
    [
        (
            lambda c, m: rb(c, m, w=lambda p: 1 / ((1 - m) * p + m / c.sum())),
            "mix / number of pixels",
        ),
        (
            lambda c, m: rb(c, m, w=lambda p: 1 / ((1 - m) * p + m / (c > 0).sum())),
            "Q counts filled bins only",
        ),
        (lambda c, m: rb(c, m, p=lambda c: softmax(c, 0)), "softmax of counts"),
        (lambda c, m: rb(c, m, p=lambda c: c / c.max()), "counts / max"),
        (lambda c, m: rb(c, m, w=lambda p: 1 / (1 - m) * p + m / len(c)), "precedence: 1/(1-m)*p"),
        (lambda c, m: rb(c, m, s=lambda p, v: v * (p * v).sum()), "multiplied by the sum"),
        (
            lambda c, m: rb(c, m, w=lambda p: (1 - m) / p.clamp(min=1e-09) + m * len(c)),
            "mixed after turning round",
        ),
    ]
)
RIGHT.setdefault("rebalancing", []).extend(
    [
        lambda c, m: (lambda q: q.reciprocal() / (c / q).sum() * c.sum())(
            torch.lerp(c / c.sum(), torch.full_like(c, 1 / len(c)), m)
        )
    ]
)


def se(ab, c, s, k, d=None, f=None, largest=False, norm=None, kk=None):
    d = torch.cdist(ab, c) if d is None else d(ab, c)
    i = d.topk(k if kk is None else kk(k), largest=largest).indices
    e = torch.exp(-(d**2) / (2 * s**2)) if f is None else f(d)
    x = torch.zeros_like(d).scatter(1, i, e.gather(1, i))
    return x / x.sum(1, keepdim=True) if norm is None else norm(x, e)


F.setdefault("soft_encode", []).extend(
    [
        (lambda ab, c, s, k: se(ab, c, s, k, kk=lambda k: k + 1), "k+1 nearest"),
        (
            lambda ab, c, s, k: se(ab, c, s, k, d=lambda a, c: torch.cdist(a, c, p=1)),
            "city-block distance",
        ),
        (lambda ab, c, s, k: se(ab, c, s, k, f=lambda d: 1 / d), "1 / d"),
        (
            lambda ab, c, s, k: se(ab, c, s, k, norm=lambda x, e: softmax(x, 1)),
            "softmax of shares: none is 0",
        ),
        (
            lambda ab, c, s, k: se(ab, c, s, k, norm=lambda x, e: x / x.amax(1, keepdim=True)),
            "divided by the largest",
        ),
    ]
)
RIGHT.setdefault("soft_encode", []).extend(
    [
        lambda ab, c, s, k: (
            lambda d: softmax(
                (-d / (2 * s * s)).masked_fill(d > d.kthvalue(k, 1, keepdim=True).values, -torch.inf),
                1,
            )
        )(((ab[:, None] - c) ** 2).sum(-1))
    ]
)


def rp(ab, m, mean=None, spread=None, mag=None, n=None):
    n_ = m.sum((2, 3)) if n is None else n(m)
    mu = (ab * m).sum((2, 3)) / n_ if mean is None else mean(ab, m, n_)
    var = ((ab - mu[:, :, None, None]) ** 2 * m).sum((2, 3)) / n_
    sp = var.sqrt().sum(1) if spread is None else spread(ab, m, mu, var)
    mg = (ab.norm(dim=1, keepdim=True) * m).sum((1, 2, 3)) / n_[:, 0] if mag is None else mag(ab, m, mu, n_)
    return torch.cat([mu, sp[:, None], mg[:, None]], 1)


F.setdefault("region_prior", []).extend(
    [
        (
            lambda ab, m: rp(ab, m, n=lambda m: m.mean((2, 3))),
            "divided by the share, not the count",
        ),
        (
            lambda ab, m: torch.stack([rp(ab, m[:1].expand_as(m))[i] for i in range(len(ab))]),
            "the first picture's mask for all",
        ),
        (
            lambda ab, m: rp(ab, m, spread=lambda ab, m, mu, var: var.sqrt().mean(1)),
            "mean of the two stds",
        ),
        (
            lambda ab, m: rp(
                ab,
                m,
                spread=lambda ab, m, mu, var: (
                    (ab * m - mu[:, :, None, None]).square().sum((2, 3)).div(m.sum((2, 3))).sqrt().sum(1)
                ),
            ),
            "mean is taken away after masking: pixels outside count",
        ),
        (
            lambda ab, m: rp(
                ab,
                m,
                mag=lambda ab, m, mu, n: (
                    (ab - mu[:, :, None, None]).norm(dim=1, keepdim=True).mul(m).sum((1, 2, 3)) / n[:, 0]
                ),
            ),
            "length of what is left after the mean",
        ),
        (
            lambda ab, m: rp(ab, m, mag=lambda ab, m, mu, n: (ab * m).flatten(1).norm(dim=1) / n[:, 0]),
            "norm of everything / n: as printed",
        ),
        (
            lambda ab, m: rp(ab, m, mean=lambda ab, m, n: ab.mean((2, 3))),
            "mean over the whole picture",
        ),
    ]
)


def rp_right(ab, m):
    rows = []
    for x, k in zip(ab.numpy(), m.numpy().astype(bool), strict=False):
        p = x[:, k[0]]
        rows.append([p[0].mean(), p[1].mean(), p.std(1).sum(), np.hypot(*p).mean()])
    return torch.tensor(np.array(rows), dtype=torch.float32)


RIGHT.setdefault("region_prior", []).extend([rp_right])
F.setdefault("set_tint", []).extend(
    [
        (
            lambda ab, t: (lambda x: x / x.std((2, 3), keepdim=True) + t[:, :, None, None])(
                ab - ab.mean((2, 3), keepdim=True)
            ),
            "standardised",
        ),
        (
            lambda ab, t: (ab + t[:, :, None, None] - ab.mean((2, 3), keepdim=True)).clamp(-0.5, 0.5),
            "clamped",
        ),
    ]
)


def st(ab, t):
    ab = ab.clone()
    for i in range(len(ab)):
        for c in (0, 1):
            ab[i, c] -= ab[i, c].mean() - t[i, c]
    return ab


RIGHT.setdefault("set_tint", []).extend([st])


def sp(g, t, tint=None, rest=None, whole=None):
    d = g - t
    m = d.mean((2, 3)).square().sum(1) if tint is None else tint(d)
    w = d.square().sum(1).mean((1, 2)) if whole is None else whole(d)
    return (m, w - m if rest is None else rest(d, m, w))


F.setdefault("split_error", []).extend(
    [
        (
            lambda g, t: sp(g, t, whole=lambda d: d.square().mean((1, 2, 3))),
            "whole: mean over channels too",
        ),
        (lambda g, t: sp(g, t, rest=lambda d, m, w: d.var((2, 3)).sum(1)), "unbiased variance"),
        (
            lambda g, t: sp(g, t, rest=lambda d, m, w: (w.sqrt() - m.sqrt()) ** 2),
            "roots subtracted",
        ),
        (
            lambda g, t: sp(g, t, tint=lambda d: d.mean((2, 3)).sum(1).square()),
            "sum of a and b before squaring",
        ),
        (lambda g, t: sp(g, t, rest=lambda d, m, w: m / w), "share of the whole"),
        (
            lambda g, t: sp(g, t, tint=lambda d: d.mean((0, 2, 3)).square().sum().expand(len(d))),
            "one tint for the batch",
        ),
    ]
)
RIGHT.setdefault("split_error", []).extend(
    [
        lambda g, t: (
            (g.mean((2, 3)) - t.mean((2, 3))).norm(dim=1) ** 2,
            (g - t).var((2, 3), unbiased=False).sum(1),
        )
    ]
)


def cs(n, s=0.008, f=None, beta=None, prod=None):
    x = torch.arange(n + 1, dtype=torch.float64) / n
    v = torch.cos((x + s) / (1 + s) * math.pi / 2) ** 2 if f is None else f(x)
    b = (1 - v[1:] / v[:-1]).clamp(max=0.999) if beta is None else beta(v)
    return torch.cat([torch.ones(1), (1 - b).cumprod(0).float()]) if prod is None else prod(b, v)


F.setdefault("cosine_schedule", []).extend(
    [
        (lambda n: cs(n, s=0.08), "s ten times too large"),
        (
            lambda n: cs(n, f=lambda x: torch.cos((x + 0.008) / (1.008 * math.pi / 2)) ** 2),
            "bracket: divided by pi/2",
        ),
        (
            lambda n: cs(
                n,
                f=lambda x: torch.cos((torch.linspace(0, 1, n) + 0.008) / 1.008 * math.pi / 2) ** 2,
            ),
            "linspace with one too few",
        ),
        (
            lambda n: cs(n, beta=lambda v: (1 - v[1:] / v[0]).clamp(max=0.999)),
            "f / f(0) taken for one step",
        ),
        (
            lambda n: cs(n, f=lambda x: torch.cos(torch.deg2rad((x + 0.008) / 1.008 * math.pi / 2)) ** 2),
            "radians taken for degrees",
        ),
    ]
)


def cs_loop(n):
    f = lambda t: math.cos((t / n + 0.008) / 1.008 * math.pi / 2) ** 2
    out = [1.0]
    for t in range(1, n + 1):
        out.append(out[-1] * (1 - min(1 - f(t) / f(t - 1), 0.999)))
    return torch.tensor(out)


RIGHT.setdefault("cosine_schedule", []).extend([cs_loop])
F.setdefault("clean_from_noisy", []).extend(
    [
        (
            lambda x, t, n, a: (x - (1 - col(a[t]).sqrt()) * n) / col(a[t]).sqrt(),
            "1 - sqrt for sqrt(1 -)",
        ),
        (
            lambda x, t, n, a: (x - (1 - col(a[t])).sqrt() * n).clamp(-1, 1) / col(a[t]).sqrt(),
            "clamped before the division",
        ),
        (
            lambda x, t, n, a: (x - (1 - a[t].mean()).sqrt() * n) / a[t].mean().sqrt(),
            "mean alpha of the batch",
        ),
    ]
)
RIGHT.setdefault("clean_from_noisy", []).extend(
    [
        lambda x, t, n, a: torch.stack(
            [(x[i] - math.sqrt(1 - a[k]) * n[i]) / math.sqrt(a[k]) for i, k in enumerate(t.tolist())]
        )
    ]
)


def ns(x, t, n, a, beta=None, f=None):
    b = 1 - col(a[t]) / col(a[t - 1]) if beta is None else col(beta(a, t))
    return (1 - b).sqrt() * x + b.sqrt() * n if f is None else f(b)


F.setdefault("next_step", []).extend(
    [
        (
            lambda x, t, n, a: ns(x, t, n, a, f=lambda b: (1 - b).sqrt() * (x + b.sqrt() * n)),
            "bracket round both",
        )
    ]
)
RIGHT.setdefault("next_step", []).extend(
    [
        lambda x, t, n, a: (
            (a[t] / a[t - 1]).sqrt()[:, None, None, None] * x
            + ((a[t - 1] - a[t]) / a[t - 1]).sqrt()[:, None, None, None] * n
        )
    ]
)
nd = lambda a, s, c: int(c(a, s).nonzero()[0]) if c(a, s).any() else len(a)
F.setdefault("noise_dominates", []).extend(
    [
        (lambda a, s: nd(a, s, lambda a, s: (1 - a).sqrt() * s >= a.sqrt()), "size at the noise"),
        (lambda a, s: nd(a, s, lambda a, s: a.sqrt() <= s), "noise is taken for 1"),
    ]
)
RIGHT.setdefault("noise_dominates", []).extend([lambda a, s: int(np.searchsorted(((1 - a) / a).numpy(), s * s))])


def ad(r, L, ab, t, p, N, a, x=None, mean=None, spread=None):
    xs = torch.stack([ab + r(L, qs(ab, t, n, a), t, p) for n in N]) if x is None else x
    return (
        xs.mean(0) if mean is None else mean(xs),
        110 * xs.std(0, correction=0).mean((1, 2, 3)) if spread is None else spread(xs),
    )


F.setdefault("average_draws", []).extend(
    [
        (
            lambda r, L, ab, t, p, N, a: ad(r, L, ab, t, p, N, a, mean=lambda x: x.median(0).values),
            "median",
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
                spread=lambda x: 110 * x.var(0, correction=0).mean((1, 2, 3)).sqrt(),
            ),
            "root after the mean",
        ),
        (
            lambda r, L, ab, t, p, N, a: ad(
                r, L, ab, t, p, N, a, spread=lambda x: 110 * x.std(0, correction=0).mean((2, 3))
            ),
            "two numbers a picture",
        ),
        (
            lambda r, L, ab, t, p, N, a: ad(
                r, L, ab, t, p, N, a, spread=lambda x: 110 * x.std((0, 2, 3), correction=0).mean(1)
            ),
            "over draws and pixels at once",
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
                spread=lambda x: 110**2 * x.var(0, correction=0).mean((1, 2, 3)),
            ),
            "variance",
        ),
    ]
)


def ad_right(r, L, ab, t, p, N, a):
    s = s2 = 0
    for n in N:
        x = (ab + r(L, qs(ab, t, n, a), t, p)).double()
        s = s + x
        s2 = s2 + x * x
    m = s / len(N)
    return (m.float(), (110 * (s2 / len(N) - m * m).clamp(min=0).sqrt().mean((1, 2, 3))).float())


RIGHT.setdefault("average_draws", []).extend([ad_right])


def na(q, k, v, c, r, near=None, sc=None, w=None):
    T = q.shape[1]
    i = torch.arange(T)
    y, x = (i // c, i % c)
    dy, dx = ((y[:, None] - y).abs(), (x[:, None] - x).abs())
    ok = (dy <= r) & (dx <= r) if near is None else near(dy, dx, i)
    s = q @ k.mT / q.shape[-1] ** 0.5 if sc is None else sc(q, k)
    return (softmax(s.masked_fill(~ok, -torch.inf), -1) if w is None else w(s, ok)) @ v


F.setdefault("near_attention", []).extend(
    [
        (
            lambda q, k, v, c, r: na(q, k, v, c, r, near=lambda y, x, i: (y <= r) & (x <= r) & (i[:, None] >= i)),
            "only earlier ones: causal",
        )
    ]
)
RIGHT.setdefault("near_attention", []).extend(
    [
        lambda q, k, v, c, r: Fn.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=(lambda p: (p[:, None] - p).abs().amax(-1) <= r)(
                torch.stack([torch.arange(q.shape[1]) // c, torch.arange(q.shape[1]) % c], 1)
            ),
        )
    ]
)
F.setdefault("split_heads", []).extend([(lambda x, h: torch.stack(x.chunk(h, 1), 1), "positions cut, not channels")])
RIGHT.setdefault("split_heads", []).extend([lambda x, h: torch.stack(x.chunk(h, -1), 1)])
F.setdefault("received", []).extend(
    [
        (lambda a, r: a.mean((1, 2)).reshape(len(a), -1, r).mT, "filled column by column"),
        (lambda a, r: a.amax((1, 2)).reshape(len(a), r, -1), "largest"),
    ]
)
RIGHT.setdefault("received", []).extend(
    [lambda a, r: torch.einsum("bhij->bj", a).view(len(a), r, -1) / (a.shape[1] * a.shape[2])]
)
P = lambda h, w, d: h // d * (w // d)
RIGHT.setdefault("map_bytes", []).extend([lambda h, w, d, n: int(np.prod([4, n, h // d, w // d, h // d, w // d]))])
F.setdefault("to_model_units", []).extend(
    [
        (lambda x: ((x[:, :1] - 50) / 100, (x[:, 1:] - 50) / 110), "50 off ab too"),
        (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:] / 100), "ab / 100"),
        (lambda x: ((x[:, :1] - x[:, :1].mean()) / 100, x[:, 1:] / 110), "its own mean for 50"),
        (lambda x: ((50 - x[:, :1]) / 100, x[:, 1:] / 110), "turned round"),
        (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:2] / 110), "b is missing"),
        (lambda x: ((x[:, :1] - 50) / 100, x[:, 1:] / 110 - 0.5), "0.5 off ab"),
    ]
)
RIGHT.setdefault("to_model_units", []).extend(
    [
        lambda x: tuple(
            ((x - torch.tensor([50.0, 0, 0]).view(3, 1, 1)) / torch.tensor([100.0, 110, 110]).view(3, 1, 1)).split(
                [1, 2], 1
            )
        )
    ]
)


def ig(lab, rest=None, share=None, t=None, lim=None, cmp=None):
    r = grey.off_tone(lab) if rest is None else rest(lab)
    s = (
        ((r[:, :, 1:] * r[:, :, :-1]).sum(0).mean() + (r[:, 1:] * r[:, :-1]).sum(0).mean()) / 2
        if share is None
        else share(r)
    )
    t = lab[1:].mean((1, 2)).norm().clamp(max=20) if t is None else t(lab)
    l = (0.45 + 0.025 * t) ** 2 if lim is None else lim(t)
    return bool(s < l)


F.setdefault("is_grey", []).extend(
    [
        (lambda lab: ig(lab, t=lambda lab: lab[1:].mean((1, 2)).norm().clamp(min=20)), "clamp min"),
        (
            lambda lab: ig(lab, share=lambda r: (r[:, 1:, 1:] * r[:, :-1, :-1]).sum(0).mean()),
            "diagonal neighbours",
        ),
    ]
)
RIGHT.setdefault("is_grey", []).extend(
    [
        lambda lab: ig(
            lab,
            share=lambda r: torch.stack(
                [
                    (r * r.roll(1, 2))[:, :, 1:].sum(0).mean(),
                    (r * r.roll(1, 1))[:, 1:].sum(0).mean(),
                ]
            ).mean(),
        )
    ]
)


def spl(name, seed, text=None, h=hashlib.sha256, end="big", div=2**64, n=8):
    s = f"{seed}:{name.split('/')[0]}" if text is None else text(name, seed)
    return int.from_bytes(h(s.encode()).digest()[:n], end) / div


F.setdefault("split_place", []).extend(
    [
        (lambda n, s: spl(n, s, h=hashlib.sha1), "sha1"),
        (
            lambda n, s: spl(n, s, text=lambda n, s: f"{s}: {n.split('/')[0]}"),
            "a space after the colon",
        ),
        (lambda n, s: spl(n, s, n=4, div=2**32), "4 bytes"),
        (
            lambda n, s: int(hashlib.sha256(f"{s}:{n.split('/')[0]}".encode()).hexdigest()[:8], 16) / 2**32,
            "8 hex digits",
        ),
        (
            lambda n, s: (
                spl(n, s, text=lambda n, s: f"{s}:{n.split('/')[0].lower()}")
                if n != n.lower()
                else spl(n, s, text=lambda n, s: f"{s}:{n[0]}")
            ),
            "first letter",
        ),
        (
            lambda n, s: int.from_bytes(hashlib.sha256(f"{s}:{n.split('/')[0]}".encode()).digest()[-8:], "big") / 2**64,
            "last 8 bytes",
        ),
        (lambda n, s: hash(f"{s}:{n.split('/')[0]}") % 2**32 / 2**32, "Python's hash"),
    ]
)
RIGHT.setdefault("split_place", []).extend(
    [lambda n, s: int(hashlib.sha256(f"{s}:{n[: n.index('/')]}".encode()).hexdigest()[:16], 16) / 16**16]
)
am = lambda p, c: torch.einsum("bqhw,qc->bchw", p, c)
F.setdefault("annealed_mean", []).extend(
    [
        (
            lambda l, c, T: am((lambda p: p / p.sum(1, keepdim=True))(l.sigmoid() ** (1 / T)), c),
            "sigmoid",
        ),
        (lambda l, c, T: am(softmax(l / T**2, 1), c), "T squared"),
        (lambda l, c, T: am(softmax(l / T, 1), c - c.mean(0)), "centres without their mean"),
    ]
)
RIGHT.setdefault("annealed_mean", []).extend(
    [
        lambda l, c, T: (lambda p: (p[:, None] * c.T[None, :, :, None, None]).sum(2) / p.sum(1, keepdim=True))(
            (l / T - (l / T).amax(1, keepdim=True)).exp()
        )
    ]
)
F.setdefault("soft_cross_entropy", []).extend(
    [
        (lambda l, s: Fn.kl_div(l.log_softmax(1), s, reduction="batchmean"), "KL"),
        (lambda l, s: -(s.log_softmax(1) * l.softmax(1)).sum(1).mean(), "exchanged"),
        (lambda l, s: -(s * l.sigmoid().log()).sum(1).mean(), "sigmoid"),
        (lambda l, s: -(s * l.log_softmax(1)).mean((2, 3)).sum(), "sum over pictures"),
        (lambda l, s: -(s * l.log_softmax(1)).sum(1).mean() / math.log(2), "bits"),
        (
            lambda l, s: -(s * l.log_softmax(1) / math.log(l.shape[1])).sum(1).mean(),
            "divided by log Q",
        ),
    ]
)
RIGHT.setdefault("soft_cross_entropy", []).extend(
    [
        lambda l, s: (l.logsumexp(1) - (s * l).sum(1)).mean(),
        lambda l, s: (
            Fn.binary_cross_entropy(torch.ones(1), torch.ones(1))
            + Fn.cross_entropy(l.permute(0, 2, 3, 1).flatten(0, 2), s.permute(0, 2, 3, 1).flatten(0, 2))
        ),
    ]
)
F.setdefault("block_parameters", []).extend(
    [
        (lambda i, o, n: 9 * i * o + (n - 1) * 9 * o * o + o + 2 * o, "one bias for all"),
        (
            lambda i, o, n: (9 * i + 1) * o + (n - 1) * (9 * o + 1) * o + 2 * i,
            "BatchNorm of the inputs",
        ),
        (lambda i, o, n: (9 * i + 1) * o * ((n - 1) * (9 * o + 1) * o) + 2 * o, "multiplied"),
        (
            lambda i, o, n: (9 * i + i) * o + (n - 1) * (9 * o + o) * o + 2 * o,
            "bias per weight's input",
        ),
    ]
)
RIGHT.setdefault("block_parameters", []).extend(
    [
        lambda i, o, n: sum(
            p.numel()
            for p in torch.nn.Sequential(
                *[torch.nn.Conv2d(i if k == 0 else o, o, 3) for k in range(n)],
                torch.nn.BatchNorm2d(o),
            ).parameters()
        )
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
        (lambda ab: cp(ab, s=lambda ab: ab.std((2, 3), correction=0).prod(1)), "times for plus"),
        (lambda ab: cp(ab, m=lambda ab: ab.flatten(2).median(2).values), "median"),
    ]
)
RIGHT.setdefault("color_prior", []).extend(
    [
        lambda ab: torch.tensor(
            np.array(
                [
                    [
                        x[0].mean(),
                        x[1].mean(),
                        x[0].std() + x[1].std(),
                        np.abs(x[0] + 1j * x[1]).mean(),
                    ]
                    for x in ab.double().numpy()
                ]
            ),
            dtype=torch.float32,
        )
    ]
)
F.setdefault("scale_and_shift", []).extend(
    [
        (
            lambda x, t, p, mlp, fuse: (lambda s, h: x * (1 + s) + h)(
                *fuse(t + 10 * mlp(p))[:, :, None, None].chunk(2, 1)
            ),
            "10 outside the mlp",
        ),
        (
            lambda x, t, p, mlp, fuse: (lambda s, h: x * (1 + s) + h)(
                *(fuse(t) + fuse(mlp(10 * p)))[:, :, None, None].chunk(2, 1)
            ),
            "fuse twice, then sum",
        ),
        (
            lambda x, t, p, mlp, fuse: (lambda s, h: x * s.exp() + h)(
                *fuse(t + mlp(10 * p))[:, :, None, None].chunk(2, 1)
            ),
            "exp(scale)",
        ),
        (
            lambda x, t, p, mlp, fuse: (lambda s, h: x + x * (1 + s) + h)(
                *fuse(t + mlp(10 * p))[:, :, None, None].chunk(2, 1)
            ),
            "x added once more",
        ),
    ]
)
RIGHT.setdefault("scale_and_shift", []).extend(
    [
        lambda x, t, p, mlp, fuse: (
            lambda f: (
                torch.einsum("bchw,bc->bchw", x, f[:, : x.shape[1]] + 1) + f[:, x.shape[1] :].unflatten(1, (-1, 1, 1))
            )
        )(fuse(t + mlp(p * 10)))
    ]
)
F.setdefault("printed_factor", []).extend([(lambda a, b: math.log2(a / b), "log")])
RIGHT.setdefault("printed_factor", []).extend([lambda a, b: math.exp(math.log(a) - math.log(b))])
one = lambda x: torch.cat([torch.ones(1), x])


def ab_lag(beta):
    out = torch.ones(len(beta) + 1)
    for i in range(len(beta)):
        out[i + 1] = out[i] - beta[i]
    return out


F.setdefault("alpha_bar", []).extend(
    [
        (lambda b: one((1 - b) ** torch.arange(1, len(b) + 1)), "(1-beta)^t"),
        (lambda b: one(torch.cumprod(1 - b, 0)).clamp(min=0.1), "clamped"),
        (lambda b: one(torch.cumprod(1 - b**2, 0)), "beta squared"),
        (lambda b: one(torch.exp(-torch.cumsum(b, 0))), "exp(-sum beta): approximation"),
        (lambda b: one(torch.cumprod(1 - b.mean().expand_as(b), 0)), "mean beta"),
        (lambda b: one(torch.cumprod(1 - b, 0).cumprod(0)), "cumprod twice"),
    ]
)
RIGHT.setdefault("alpha_bar", []).extend(
    [lambda b: torch.tril(torch.ones(len(b) + 1, len(b)), -1).mul((1 - b).log()).sum(1).exp()]
)
F.setdefault("q_sample", []).extend(
    [
        (
            lambda ab, t, n, a: col(a[t]).sqrt() * ab + (1 - col(a[t]) ** 2).sqrt() * n,
            "1 - a squared",
        ),
        (lambda ab, t, n, a: (col(a[t]) * ab + (1 - col(a[t])) * n).sqrt(), "root of the whole"),
        (
            lambda ab, t, n, a: col(a[t] / a[t - 1]).sqrt() * ab + (1 - col(a[t] / a[t - 1])).sqrt() * n,
            "one step alone",
        ),
        (
            lambda ab, t, n, a: col(t / len(a)).sqrt() * ab + (1 - col(t / len(a))).sqrt() * n,
            "t / T in place of alpha_bar",
        ),
        (
            lambda ab, t, n, a: (
                (col(a[t]).sqrt() * ab + (1 - col(a[t])).sqrt() * n) / (col(a[t]).sqrt() + (1 - col(a[t])).sqrt())
            ),
            "divided by sum of factors",
        ),
    ]
)
RIGHT.setdefault("q_sample", []).extend(
    [lambda ab, t, n, a: torch.cos(k := col(a[t]).sqrt().clamp(0, 1).acos()) * ab + torch.sin(k) * n]
)
F.setdefault("correct_once", []).extend(
    [
        (
            lambda r, L, ab, t, p, n, a: ab + col(a[t]).sqrt() * r(L, qs(ab, t, n, a), t, p),
            "residual scaled",
        ),
        (lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), torch.zeros_like(t), p), "t = 0"),
        (
            lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a) - ab, t, p),
            "only the noise is shown",
        ),
        (
            lambda r, L, ab, t, p, n, a: ab + r(L, qs(ab, t, n, a), t, p.mean(0, keepdim=True).expand_as(p)),
            "mean prior",
        ),
    ]
)
RIGHT.setdefault("correct_once", []).extend(
    [
        lambda r, L, ab, t, p, n, a: torch.add(
            r(
                L,
                (torch.stack([ab, n]) * torch.stack([a[t], 1 - a[t]]).sqrt()[:, :, None, None, None]).sum(0),
                t,
                p,
            ),
            ab,
        )
    ]
)
F.setdefault("hidden_noise", []).extend(
    [
        (lambda x, y, t, a: (y - col(a[t]).sqrt() * x) / (1 - col(a[t])).sqrt(), "exchanged"),
        (
            lambda x, y, t, a: (x / col(a[t]).sqrt() - y) / (1 - col(a[t])).sqrt(),
            "divided by root first",
        ),
        (lambda x, y, t, a: ((x**2 - col(a[t]) * y**2) / (1 - col(a[t]))).abs().sqrt(), "squares"),
        (lambda x, y, t, a: (x - col(a[t]).sqrt() * y) / (1 - col(a[t - 1])).sqrt(), "t-1 below"),
        (lambda x, y, t, a: (x - col(a[t]).sqrt() * y) / (1 - col(a[t]).sqrt()), "1 - sqrt below"),
    ]
)
RIGHT.setdefault("hidden_noise", []).extend(
    [
        lambda x, y, t, a: torch.stack(
            [
                torch.lerp(torch.zeros(()), u - a[k] ** 0.5 * v, 1 / (1 - a[k]) ** 0.5)
                for u, v, k in zip(x, y, t, strict=False)
            ]
        )
    ]
)
F.setdefault("attention", []).extend(
    [
        (
            lambda q, k, v: (lambda s: s / s.sum(-1, keepdim=True))(q @ k.mT / q.shape[-1] ** 0.5) @ v,
            "no exp",
        ),
        (lambda q, k, v: softmax(-torch.cdist(q, k), -1) @ v, "distances"),
        (
            lambda q, k, v: softmax(Fn.normalize(q, dim=-1) @ Fn.normalize(k, dim=-1).mT, -1) @ v,
            "cosines",
        ),
        (lambda q, k, v: softmax(q @ k.mT / q.shape[-1] ** 0.5, -1).exp() @ v, "exp once more"),
        (lambda q, k, v: softmax((q @ k.mT).abs() / q.shape[-1] ** 0.5, -1) @ v, "abs scores"),
        (
            lambda q, k, v: softmax(q @ k.mT / q.shape[-1] ** 0.5, -1) @ (v - v.mean(1, keepdim=True)),
            "values without their mean",
        ),
    ]
)
F.setdefault("attention_cost", []).extend(
    [
        (lambda h, w: (h + w) ** 4, "sum for product"),
        (lambda h, w: h * w * 9, "a 3 x 3 neighbourhood"),
    ]
)
RIGHT.setdefault("attention_cost", []).extend([lambda h, w: pow(h, 2) * pow(w, 2)])
M = lambda x, y: (x.astype(float) - y) ** 2
F.setdefault("mse", []).extend(
    [
        (lambda x, y: M(x, y).mean((1, 2)).max(1), "worst channel"),
        (lambda x, y: np.abs(x.astype(float) - y).mean((1, 2, 3)) ** 2, "squared after the mean"),
        (lambda x, y: np.median(M(x, y), (1, 2, 3)), "median"),
    ]
)
RIGHT.setdefault("mse", []).extend(
    [
        lambda x, y: (
            Fn.mse_loss(
                torch.tensor(x, dtype=torch.float64),
                torch.tensor(y, dtype=torch.float64),
                reduction="none",
            )
            .flatten(1)
            .mean(1)
            .numpy()
        ),
        lambda x, y: np.einsum("nhwc,nhwc->n", (d := (x.astype(int) - y)), d) / d[0].size,
    ]
)
ps = lambda m: 10 * np.log10(255**2 / m)
F.setdefault("psnr_mean", []).extend([(lambda m: (10 * np.log10(256**2 / m)).mean(), "256")])
RIGHT.setdefault("psnr_mean", []).extend([lambda m: 20 * math.log10(255) - 10 * float(np.mean(np.log10(m)))])
F.setdefault("psnr_pooled", []).extend(
    [
        (lambda m: 10 * np.log10((255**2 / m).mean()), "mean of ratios"),
        (lambda m: 10 * np.log10(m.max() ** 2 / m.mean()), "peak of mse"),
    ]
)
RIGHT.setdefault("psnr_pooled", []).extend(
    [lambda m: float(20 * np.log10(255 / np.linalg.norm(np.sqrt(m)) * len(m) ** 0.5))]
)


def pb(a, b, n=2000, stat=None, q=(2.5, 97.5), idx=None):
    g = np.random.default_rng(3)
    N = len(a)
    xs = []
    for _ in range(n):
        i = g.integers(0, N, N) if idx is None else idx(g, N)
        xs.append(1 - b[i].mean() / a[i].mean() if stat is None else stat(a, b, i, g))
    return tuple(np.percentile(xs, q))


F.setdefault("paired_bootstrap", []).extend(
    [
        (lambda a, b: pb(a, b, q=(5, 95)), "90 percent"),
        (lambda a, b: pb(a, b, idx=lambda g, N: g.permutation(N)), "without replacement"),
        (
            lambda a, b: pb(
                a,
                b,
                stat=lambda a, b, i, g: 1 - b[i].mean() / a[g.integers(0, len(a), len(a))].mean(),
            ),
            "unpaired",
        ),
        (lambda a, b: pb(a, b, idx=lambda g, N: g.integers(0, N, N // 2)), "half the pictures"),
        (
            lambda a, b: (lambda r: (r.mean() - 1.96 * r.std(), r.mean() + 1.96 * r.std()))(1 - b / a),
            "spread of pictures, no root n",
        ),
        (lambda a, b: pb(a, b, stat=lambda a, b, i, g: np.mean(1 - b[i] / a[i])), "mean of ratios"),
        (lambda a, b: pb(a, b, stat=lambda a, b, i, g: b[i].mean() / a[i].mean()), "1 - missing"),
        (lambda a, b: pb(a, b, n=10), "ten resamples"),
    ]
)
RIGHT.setdefault("paired_bootstrap", []).extend(
    [
        lambda a, b: (lambda i: tuple(np.quantile(1 - b[i].sum(1) / a[i].sum(1), [0.025, 0.975])))(
            np.random.default_rng(9).integers(0, len(a), (4000, len(a)))
        )
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
            lambda tr, ab: yk(tr, ab, c=tr.mean((2, 3)).median(0).values.view(1, 2, 1, 1)),
            "median of pictures' means",
        ),
        (
            lambda tr, ab: yk(tr, ab, o=ab.flatten(2).median(2).values[:, :, None, None]),
            "oracle median",
        ),
        (lambda tr, ab: yk(tr, ab, g=torch.full_like(ab, 0.5)), "grey as 0.5"),
    ]
)
RIGHT.setdefault("yardsticks", []).extend(
    [
        lambda tr, ab: (
            tuple(
                torch.stack(
                    [
                        12100 * (x - c).square().sum(1).mean((1, 2))
                        for c in (
                            0,
                            tr.transpose(0, 1).flatten(1).mean(1)[None, :, None, None],
                            x.mean((-1, -2))[..., None, None],
                        )
                    ]
                ).unbind()
                for x in [ab]
            )
            and tuple(
                12100 * (ab - c).square().sum(1).mean((1, 2))
                for c in (
                    0,
                    tr.transpose(0, 1).flatten(1).mean(1)[None, :, None, None],
                    ab.mean((-1, -2))[..., None, None],
                )
            )
        )
    ]
)


def lk(ev, L, ab, other=None, seed=True, cmp=None):
    o = -ab if other is None else other(ab)
    if seed:
        torch.manual_seed(0)
    g = ev(L, ab)
    if seed:
        torch.manual_seed(0)
    h = ev(L, o)
    return not torch.equal(g[0], h[0]) if cmp is None else bool(cmp(g, h))


def lk_right(ev, L, ab):
    outs = []
    for x in (ab, torch.linspace(-1, 1, ab.numel()).view_as(ab), ab * 0.3 - 0.1):
        torch.manual_seed(7)
        outs.append(ev(L, x)[0])
    return any(not torch.allclose(outs[0], o) for o in outs[1:])


RIGHT.setdefault("leaks", []).extend([lk_right])
F.setdefault("resshift_mean", []).extend(
    [
        (
            lambda x, y, t, e: (e[t - 1] / e[t]).sqrt() * x + (1 - e[t - 1] / e[t]).sqrt() * y,
            "roots",
        ),
        (
            lambda x, y, t, e: (
                e[t] / e[t + 1 if t + 1 < len(e) else t] * x + (1 - e[t] / e[t + 1 if t + 1 < len(e) else t]) * y
            ),
            "one too far",
        ),
    ]
)
RIGHT.setdefault("resshift_mean", []).extend([lambda x, y, t, e: torch.lerp(y, x, float(e[t - 1] / e[t]))])
F.setdefault("rectified_flow", []).extend(
    [
        (lambda b, x, s: ((1 - s.mean()) * b + s.mean() * x, x - b), "mean s"),
        (
            lambda b, x, s: (
                (1 - col(s)) * b + col(s) * x,
                (x - b) / (x - b).norm(dim=1, keepdim=True),
            ),
            "unit velocity",
        ),
    ]
)
RIGHT.setdefault("rectified_flow", []).extend(
    [lambda b, x, s: (torch.stack([torch.lerp(p, q, w) for p, q, w in zip(b, x, s, strict=False)]), x.sub(b))]
)


def hs(f, x, s, b, h=None, two=None):
    h = b - s if h is None else h
    v = f(x, s)
    if b == 0:
        return x + h * v
    return x + h * (v + f(x + h * v, b)) / 2 if two is None else two(v, h)


F.setdefault("heun_step", []).extend(
    [
        (
            lambda f, x, s, b: hs(f, x, s, b, two=lambda v, h: x + h * v + h * f(x + h * v, b) / 2),
            "half belongs to the second only",
        ),
        (
            lambda f, x, s, b: hs(f, x, s, b, two=lambda v, h: x + h * v / 2 + h / 2 * f(x + h / 2 * v, b)),
            "two half steps",
        ),
        (
            lambda f, x, s, b: hs(f, x, s, b, two=lambda v, h: x + h * v + h * (v + f(x + h * v, b)) / 2),
            "goes on from ahead",
        ),
    ]
)
RIGHT.setdefault("heun_step", []).extend(
    [lambda f, x, s, b: (lambda e: e if b == 0 else (x + e + (b - s) * f(e, b)) / 2)(x + (b - s) * f(x, s))]
)

# What the checks say: a part of it, empty where they name nothing, or something else.
EXPECTED = {
    "to_lab": [
        "`127 * ab`: `110` belongs there, not `127` (tried: then all is right)",
        "`[:, 0 + 1]` belongs there, not `[:, 0]`",
        "`torch.cat([100 * L + 50, 110 * ab], 1).clamp(0, 100)`: `clamp` is too much (tried: then all is right)",
        "`110 * ab + 50`: `+ 50` is too much (tried: then all is right)",
        "`100 * (1 - L)`: `1 -` is too much (tried: then all is right)",
    ],
    "hue_and_chroma": [
        "`torch.atan2(ab[:, 1], ab[:, 0]) * 180 / 3.14`",
        "`360` belongs there, not `180`",
        "`(110 * (ab ** 2).sum(1)).sqrt()`: another order, or other brackets: `110 * (ab ** 2).sum(1).sqrt()` (tried: then all is right)",
        "`torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0]))`: `torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360` belongs there (tried: then all is right)",
    ],
    "seen_before": [
        "`s[:, :, ::-1, ::-1]`: `[:, :, :, ::-1]` belongs there, not `[:, :, ::-1, ::-1]` (tried: then all is right)",
        "every channel by itself has to be near; the mean goes over all three",
        "int8 ends at 127: convert to float",
        "`sb(a[:1], b, l)`: `[:1]` is too much (tried: then all is right)",
        "`np.abs(x - y).mean((2, 3)).max(-1)`: `mean` belongs there, not `max` (tried: then all is right)",
    ],
    "worst_block": [
        "`e.mean((2, 4)) ** 2`: another order, or other brackets: `(e ** 2).mean((2, 4))` (tried: then all is right)"
    ],
    "network_input": [
        "`torch.where(m > 0, h, L)`: `m` belongs there, not `L` (tried: then all is right)",
        "`[L, h * m, m - 0.5]`: `- 0.5` is too much (tried: then all is right)",
        "`h * m + (1 - m) * h.mean((2, 3), keepdim=True)`: `+ ((1 - m) * h.mean((2, 3), keepdim=True))` is too much (tried: then all is right)",
        "`m.expand_as(h)`: `expand_as` is too much (tried: then all is right)",
    ],
    "weighted_error": [
        "`softmax(w.flatten(), 0)`: `log(w.flatten())` belongs there (tried: then all is right)",
        "2 times: `w.sqrt().sum(…)`: `sqrt` is too much (tried: then all is right)",
        "`w.sum().sqrt()`: `sqrt` is too much (tried: then all is right)",
        "`w.square().sum(…)`: `square` is too much (tried: then all is right)",
        "the squares of the weighted mean differences: square first",
    ],
    "rebalancing": [
        "`1 / ((1 - m) * p + m / len(c))` belongs there always",
        "`(c > 0).sum(…)`: `>=` belongs there, not `>` (tried: then all is right)",
        "`c / c.sum()` belongs there always",
        "`c / c.max()`: `sum` belongs there, not `max` (tried: then all is right)",
        "`1 / ((1 - m) * p + m / len(c))` belongs there always",
        "`v * (p * v).sum()`: `/` belongs there, not `*` (tried: then all is right)",
        "`1 / ((1 - m) * p + m / len(c))` belongs there always",
    ],
    "soft_encode": [
        "`lambda k: k + 1`: `+ 1` is too much (tried: then all is right)",
        "`torch.cdist(a, c, p=1)`: `p=1` is too much (tried: then all is right)",
        "`torch.exp(-d ** 2 / (2 * s ** 2))` belongs there always",
        "`x / x.sum(1, keepdim=True)` belongs there always",
        "`x.amax(1, keepdim=True)`: `sum` belongs there, not `amax` (tried: then all is right)",
    ],
    "region_prior": [
        "`m.mean((2, 3))`: `sum` belongs there, not `mean` (tried: then all is right)",
        "`m[:1].expand_as(m)`: `expand_as` is too much (tried: then all is right)",
        "the mean over a and b in the spread; the sum is wanted",
        "`ab * m - mu[:, :, None, None]`: another order, or other brackets: `(ab - mu[:, :, None, None]) * m` (tried: then all is right)",
        "`ab - mu[:, :, None, None]`: `- mu[:, :, None, None]` is too much (tried: then all is right)",
        "`(ab.norm(dim=1, keepdim=True) * m).sum((1, 2, 3)) / n_[:, 0]` belongs there always",
        "`(ab * m).sum((2, 3)) / n_` belongs there always",
    ],
    "set_tint": [
        "the contrast is set to 1, too (divided by the standard deviation, N - 1)",
        "`(ab + t[:, :, None, None] - ab.m … rue)).clamp(-0.5, 0.5)`: `clamp` is too much (tried: then all is right)",
    ],
    "split_error": [
        "`d.square().sum(1).mean((1, 2))` belongs there always",
        "`d.var((2, 3))`: it is to divide by N, not N - 1 (tried: then all is right)",
        "`(w.sqrt() - m.sqrt()) ** 2`: another order, or other brackets: `w.sqrt() ** 2 - m.sqrt() ** 2` (tried: then all is right)",
        "`d.mean((2, 3)).sum(1).square()`: another order, or other brackets: `d.mean((2, 3)).square().sum(1)` (tried: then all is right)",
        "`w - m` belongs there always",
        "`d.mean((2, 3)).square().sum(1)` belongs there always",
    ],
    "cosine_schedule": [
        "`cs(n, s=0.08)`: `s=0.08` is too much (tried: then all is right)",
        "`torch.cos((x + s) / (1 + s) * math.pi / 2) ** 2` belongs there always",
        "`torch.cos((x + s) / (1 + s) * math.pi / 2) ** 2` belongs there always",
        "`(1 - v[1:] / v[:-1]).clamp(max=0.999)` belongs there always",
        "`torch.cos(torch.deg2rad((x + 0.008) / 1.008 * math.pi / 2))`: another order, or other brackets: `torch.deg2rad(torch.cos((x + 0.008) / 1.008 * math.pi / 2))` (tried: then all is right)",
    ],
    "clean_from_noisy": [
        "`1 - col(a[t]).sqrt()`: another order, or other brackets: `(1 - col(a[t])).sqrt()` (tried: then all is right)",
        "`(x - (1 - col(a[t])).sqrt() * n).clamp(-1, 1)`: `clamp` is too much (tried: then all is right)",
        "1 / sqrt(the mean of alpha_bar[t]) stands before x_t; 1 / sqrt(alpha_bar[t]) belongs there; sqrt(1 - the mean of alpha_bar[t]) / sqrt(the mean of alpha_bar[t]) stands before the noise that is taken away; sqrt(1 - alpha_bar[t]) / sqrt(alpha_bar[t]) belongs there",
    ],
    "next_step": [
        "`(1 - b).sqrt() * (x + b.sqrt() * n)`: another order, or other brackets: `(1 - b).sqrt() * x + b.sqrt() * n` (tried: then all is right)"
    ],
    "noise_dominates": [
        "`(1 - a).sqrt() * s`: `/` belongs there, not `*` (tried: then all is right)",
        "`a.sqrt() <= s`",
    ],
    "average_draws": [
        "the median over the draws; the mean is wanted",
        "the root mean square over pixels and channels in the spread; the mean is wanted",
        "`x.std(0, correction=0).mean((2, 3))`: axis (1, 2, 3) belongs there, not (2, 3) (tried: then all is right)",
        "`110 * xs.std(0, correction=0).mean((1, 2, 3))` belongs there always",
        "`110 * xs.std(0, correction=0).mean((1, 2, 3))` belongs there always",
    ],
    "near_attention": [
        "`(y <= r) & (x <= r) & (i[:, None] >= i)`: `& (i[:, None] >= i)` is too much (tried: then all is right)"
    ],
    "split_heads": ["`x.chunk(h, 1)`: axis 2 belongs there, not 1 (tried: then all is right)"],
    "received": [
        "positions run down the columns; they run along the rows",
        "`a.amax((1, 2))`: `mean` belongs there, not `amax` (tried: then all is right)",
    ],
    "to_model_units": [
        "`x[:, 1:] - 50`: `- 50` is too much (tried: then all is right)",
        "`x[:, 1:] / 100`: `110` belongs there, not `100` (tried: then all is right)",
        "`x[:, :1].mean()`: `50` belongs there, not `x[:, :1].mean()` (tried: then all is right)",
        "`50 - x[:, :1]`: the two sides of `-` are to be exchanged (tried: then all is right)",
        "`x[:, 1:2] / 110`: `[:, 1:]` belongs there, not `[:, 1:2]` (tried: then all is right)",
        "`x[:, 1:] / 110 - 0.5`: `- 0.5` is too much (tried: then all is right)",
    ],
    "is_grey": [
        "`lab[1:].mean((1, 2)).norm().clamp(max=20)` belongs there always",
        "`((r[:, :, 1:] * r[:, :, :-1]).su … 1]).sum(0).mean()) / 2` belongs there always",
    ],
    "split_place": [
        "`spl(n, s, h=hashlib.sha1)`: `h=hashlib.sha1` is too much (tried: then all is right)",
        "`f\"{seed}:{name.split('/')[0]}\"` belongs there always",
        "four bytes of the hash (eight digits of hexdigest); the first eight are wanted",
        "four bytes of the hash (eight digits of hexdigest); the first eight are wanted",
        "`f\"{seed}:{name.split('/')[0]}\"` belongs there always",
        "the last eight bytes, not the first",
        "",
    ],
    "annealed_mean": [
        "",
        "`l / T ** 2`: `** 2` is too much (tried: then all is right)",
        "`c - c.mean(0)`: `- c.mean(0)` is too much (tried: then all is right)",
    ],
    "soft_cross_entropy": [
        "",
        "`s.log_softmax(1)`",
        "`l.sigmoid().log()`",
        "`(s * l.log_softmax(1)).mean((2, 3))`: axis (0, 2, 3) belongs there, not (2, 3) (tried: then all is right)",
        "the logarithm to base 2; the natural one is wanted",
        "`s * l.log_softmax(1) / math.log(l.shape[1])`: `/ math.log(l.shape[1])` is too much (tried: then all is right)",
    ],
    "block_parameters": [
        "`(n - 1) * 9 * o * o`",
        "`2 * i`: another name belongs in the place of `i` (tried: then all is right)",
        "`(9 * i + 1) * o * ((n - 1) * (9 * o + 1) * o)`: another sign belongs in the place of `*` (tried: then all is right)",
        "`(9 * i + i) * o + (n - 1) * (9 * o + o) * o`",
    ],
    "color_prior": [
        "the product over a and b in the spread; the sum is wanted",
        "the median over the pixels in the means; the mean is wanted",
    ],
    "scale_and_shift": [
        "`t + 10 * mlp(p)`: another order, or other brackets: `mlp(10 * p)` (tried: then all is right)",
        "`fuse(t) + fuse(mlp(10 * p))`",
        "`s.exp()`",
        "`x + x * (1 + s)`: `x +` is too much (tried: then all is right)",
    ],
    "printed_factor": ["`math.log2(a / b)`: `log2` is too much (tried: then all is right)"],
    "alpha_bar": [
        "`(1 - b) ** torch.arange(1, len(b) + 1)`",
        "`one(torch.cumprod(1 - b, 0)).clamp(min=0.1)`: `clamp` is too much (tried: then all is right)",
        "`1 - b ** 2`: `** 2` is too much (tried: then all is right)",
        "`torch.exp(-torch.cumsum(b, 0))`",
        "`b.mean().expand_as(b)`: `expand_as` is too much (tried: then all is right)",
        "`torch.cumprod(1 - b, 0).cumprod(0)`: `cumprod` is too much (tried: then all is right)",
    ],
    "q_sample": [
        "`col(a[t]) ** 2`: `** 2` is too much (tried: then all is right)",
        "alpha_bar and 1 - alpha_bar where their square roots belong; besides, the square root of the rest: one root too many, or a square is missing",
        "2 times: `a[t] / a[t - 1]`: `/ a[t - 1]` is too much (tried: then all is right)",
        "sqrt(t / (T + 1)) stands before ab; sqrt(alpha_bar[t]) belongs there; sqrt(1 - t / (T + 1)) stands before noise; sqrt(1 - alpha_bar[t]) belongs there",
        "`(col(a[t]).sqrt() * ab + (1 - co … 1 - col(a[t])).sqrt())`: `/ (col(a[t]).sqrt() + (1 - col(a[t])).sqrt())` is too much (tried: then all is right)",
    ],
    "correct_once": [
        "`col(a[t]).sqrt() * r(L, qs(ab, t, n, a), t, p)`: `col(a[t]).sqrt() *` is too much (tried: then all is right)",
        "`torch.zeros_like(t)`: `zeros_like` is too much (tried: then all is right)",
        "`qs(ab, t, n, a) - ab`: `- ab` is too much (tried: then all is right)",
        "`p.mean(0, keepdim=True).expand_as(p)`: `expand_as` is too much (tried: then all is right)",
    ],
    "hidden_noise": [
        "x_t and x0 are swapped",
        "`x / col(a[t]).sqrt() - y`",
        "",
        "`col(a[t - 1])`: `[t - 1 + 1]` belongs there, not `[t - 1]` (tried: then all is right)",
        "`1 - col(a[t]).sqrt()`: another order, or other brackets: `(1 - col(a[t])).sqrt()` (tried: then all is right)",
    ],
    "attention": [
        "scores divided by their sum: softmax takes exp first",
        "`-torch.cdist(q, k)`",
        "`Fn.normalize(q, dim=-1) @ Fn.normalize(k, dim=-1).mT`",
        "`softmax(q @ k.mT / q.shape[-1] ** 0.5, -1).exp()`: `exp` is too much (tried: then all is right)",
        "`(q @ k.mT).abs()`: `abs` is too much (tried: then all is right)",
        "`v - v.mean(1, keepdim=True)`: `- v.mean(1, keepdim=True)` is too much (tried: then all is right)",
    ],
    "attention_cost": [
        "the sides are added; the number of points is their product; besides, the square of the rest: one square too many, or a root is missing",
        "the law 9 · height · width",
    ],
    "mse": [
        "`M(x, y).mean((1, 2)).max(1)`: `mean` belongs there, not `max` (tried: then all is right)",
        "`np.abs(x.astype(float) - y).mean((1, 2, 3)) ** 2`: another order, or other brackets: `(np.abs(x.astype(float) - y) ** 2).mean((1, 2, 3))` (tried: then all is right)",
        "`np.median(M(x, y), (1, 2, 3))`: `mean` belongs there, not `median` (tried: then all is right)",
    ],
    "psnr_mean": ["a peak of 256; the largest value is 255"],
    "psnr_pooled": [
        "the logarithm of the mean ratio 255² / MSE",
        "`m.max() ** 2`: `255` belongs there, not `m.max()` (tried: then all is right)",
    ],
    "paired_bootstrap": [
        "an interval of 90 %: take the 2.5 and 97.5 percentiles, not 5 and 95",
        "no resampling, or pictures drawn without replacement: every resample has the same mean",
        "a and b drawn separately; what makes a picture hard for both then does not cancel",
        "draws of another size than the set: half of it makes the interval 1.4 times as wide",
        "the spread of single pictures, not of the mean over resamples, or draws of another size than the set: more pictures narrow it",
        "the mean of the ratios; the ratio of the means is wanted",
        "the ratio mean(b)/mean(a); the reduction is 1 minus that",
        "",
    ],
    "yardsticks": [
        "`yk(tr, ab, c=tr.mean((2, 3)).median(0).values.view(1, 2, 1, 1))`: `c=tr.mean((2, 3)).median(0).values.view(1, 2, 1, 1)` is too much (tried: then all is right)",
        "`yk(tr, ab, o=ab.flatten(2).median(2).values[:, :, None, None])`: `o=ab.flatten(2).median(2).values[:, :, None, None]` is too much (tried: then all is right)",
        "`yk(tr, ab, g=torch.full_like(ab, 0.5))`: `g=torch.full_like(ab, 0.5)` is too much (tried: then all is right)",
    ],
    "resshift_mean": [
        "2 times: `(e[t - 1] / e[t]).sqrt()`: `sqrt` is too much (tried: then all is right)",
        "eta[t]/eta[t+1] stands before x_t; eta[t-1]/eta[t] belongs there; 1 - eta[t]/eta[t+1] stands before x0; alpha_t/eta[t] belongs there",
    ],
    "rectified_flow": [
        "the point: 1 - the mean s stands before base; 1 - s belongs there; the mean s stands before truth; s belongs there",
        "`(x - b) / (x - b).norm(dim=1, keepdim=True)`: `/ (x - b).norm(dim=1, keepdim=True)` is too much (tried: then all is right)",
    ],
    "heun_step": [
        "`x + h * (v + f(x + h * v, b)) / 2` belongs there always",
        "`h / 2 * v`: `/ 2` is too much (tried: then all is right)",
        "`x + h * v + h * (v + f(x + h * v, b)) / 2`: `+ (h * v)` is too much (tried: then all is right)",
    ],
}
