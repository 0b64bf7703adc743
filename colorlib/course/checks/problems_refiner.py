"""Checks of problem sets 4 and 5 (notebooks/assignments/): noise and attention."""

import math

import torch
from torch.nn.functional import softmax

from colorlib import diffusion
from colorlib.course.checks.judging import RIGHT, check
from colorlib.course.checks.lesson04 import amount, looked_up, noising
from colorlib.course.checks.lesson05 import scores

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

# ---- problem set 4


def _cosines(steps, s=0.008, power=2, quarter=math.pi / 2):
    """f, (steps + 1,)."""
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    return ((t + s) / (1 + s) * quarter).cos() ** power


def _schedule(steps, largest=0.999, **options):
    f = _cosines(steps, **options)
    beta = (1 - f[1:] / f[:-1]).clamp(max=largest)
    return torch.cat([torch.ones(1), (1 - beta).cumprod(0).float()])


COSINE = {
    RIGHT: _schedule,
    "beta may reach 1 here; the formula stops it at 0.999": lambda n: _schedule(n, largest=1.0),
    "f(t) itself; divide by f(0), so that alpha_bar[0] is 1": lambda n: _cosines(n).float(),
    "s is missing": lambda n: _schedule(n, s=0.0),
    "cos is not squared": lambda n: _schedule(n, power=1),
    "π where π/2 belongs": lambda n: _schedule(n, quarter=math.pi),
    "alpha_bar[0] = 1, the step without noise, is missing": lambda n: _schedule(n)[1:],
    "one step short: there are steps + 1 values": lambda n: _schedule(n)[:-1],
    "1 - alpha_bar instead of alpha_bar": lambda n: 1 - _schedule(n),
    "the square root: that is sqrt(alpha_bar)": lambda n: _schedule(n).sqrt(),
    "the linear schedule": lambda n: diffusion.noise_schedule("linear", n),
    "beta, not the product of 1 - beta": lambda n: 1 - _schedule(n)[1:] / _schedule(n)[:-1],
}


@check(COSINE, tolerance=1e-5)
def cosine_schedule(seeded):
    """student(steps) -> alpha_bar (steps + 1,), the running product of 1 - beta from 1 on.

    f(t) = cos²((t/steps + s) / (1 + s) · π/2) with s = 0.008, beta_t = min(1 - f(t)/f(t-1), 0.999).
    """
    return [{"steps": steps} for steps in (10, 50, 1)]


def _first(noise, colour):
    """The first t where noise(alpha_bar) >= colour(alpha_bar, size), T + 1 where there is none."""

    return lambda k, size: [*(noise(k) >= colour(k, size)).tolist(), True].index(True)


_dominates = _first(amount, lambda k, size: k.sqrt() * size)
NOISE_DOMINATES = {
    RIGHT: _dominates,
    "the colours fade too: sqrt(alpha_bar) is missing before the size":
        _first(amount, lambda k, size: size),
    "1 - alpha_bar and alpha_bar where their roots belong":
        _first(lambda k: 1 - k, lambda k, size: k * size),
    "alpha_bar before the size; its root belongs there": _first(amount, lambda k, size: k * size),
    "1 - alpha_bar is a variance; its root compares with a size":
        _first(lambda k: 1 - k, lambda k, size: k.sqrt() * size),
    "the size is squared, the rest is not": _first(amount, lambda k, size: k.sqrt() * size**2),
    "the size is not used": _first(amount, lambda k, size: k.sqrt()),
    "one step late: alpha_bar[t] belongs to step t": lambda k, size: _dominates(k, size) + 1,
    "one step early: alpha_bar[0] is step 0": lambda k, size: _dominates(k, size) - 1,
    "how many steps have more noise than colour; the first of them is wanted":
        lambda k, size: len(k) - _dominates(k, size),
    "the last step": lambda k, size: len(k) - 1,
    "always step 0": lambda k, size: 0,
}


@check(NOISE_DOMINATES)
def noise_dominates(seeded):
    """student(alpha_bar (T + 1,), size) -> int: the first t with more noise than colour.

    Where the noise, sqrt(1 - alpha_bar), is at least as large as what is left of colours of
    that size, sqrt(alpha_bar) size.
    """
    return [
        {"alpha_bar": torch.linspace(1, 0, 41), "size": 1.0},
        {"alpha_bar": diffusion.noise_schedule("linear", 200), "size": 0.15},
        {"alpha_bar": torch.linspace(1, 0, 41) ** 2, "size": 3.0},
    ]


# One t a picture: for clean_from_noisy and next_step.
STEPS = {(2, 5, 7): [3, 8], (3, 3, 3): [1, 5, 9], (1, 2, 2): [4]}


def _undo(keep=torch.sqrt, add=amount, which=lambda t: t):
    return looked_up(lambda k, x, noise: (x - add(k) * noise) / keep(k), which)


CLEAN = {
    RIGHT: _undo(),
    "not divided by sqrt(alpha_bar)": _undo(keep=torch.ones_like),
    "alpha_bar where its square root belongs": _undo(keep=lambda k: k),
    "1 - alpha_bar before the noise; its square root belongs there": _undo(add=lambda k: 1 - k),
    "alpha_bar and 1 - alpha_bar where their square roots belong":
        _undo(lambda k: k, lambda k: 1 - k),
    "1 - sqrt(alpha_bar) before the noise; sqrt(1 - alpha_bar) belongs there":
        _undo(add=lambda k: 1 - k.sqrt()),
    "the noise is not scaled": _undo(add=torch.ones_like),
    "the noise is added; take it away": _undo(add=lambda k: -amount(k)),
    "the noise is not taken away": _undo(add=torch.zeros_like),
    "the way there: noise is put on, not taken off": diffusion.q_sample,
    "multiplied by sqrt(alpha_bar); divide": _undo(keep=torch.rsqrt),
    "divided before the noise was taken away":
        lambda x, t, n, a: (
            x / a[t].sqrt().view(-1, 1, 1, 1) - amount(a[t]).view(-1, 1, 1, 1) * n
        ),
    "t is off by one: alpha_bar[0] = 1 is no noise, so step t is alpha_bar[t]":
        _undo(which=lambda t: t - 1),
    "the first picture's t for the whole batch": _undo(which=lambda t: t[:1].expand(len(t))),
    "alpha_bar[t] has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a "
    "picture":
        lambda x, t, n, a: (x - (1 - a[t]).sqrt() * n) / a[t].sqrt(),
}


@check(CLEAN)
def clean_from_noisy(seeded):
    """student(x_t (B, 2, H, W), t (B,), noise like x_t, alpha_bar (T + 1,)) -> like x_t.

    The colours before the noise: (x_t - sqrt(1 - alpha_bar_t) noise) / sqrt(alpha_bar_t).
    """
    return noising("x_t", STEPS, seeded)


def _step(beta=lambda a, t: 1 - a[t] / a[t - 1], keep=amount, add=torch.sqrt):
    def variant(x, t, noise, alpha_bar):
        b = beta(alpha_bar, t).view(-1, 1, 1, 1)  # (B, 1, 1, 1)
        return keep(b) * x + add(b) * noise

    return variant


NEXT_STEP = {
    RIGHT: _step(),
    "all t steps at once; x has t - 1 of them behind it": _step(lambda a, t: 1 - a[t]),
    "alpha_bar_(t-1) - alpha_bar_t is not divided by alpha_bar_(t-1)":
        _step(lambda a, t: a[t - 1] - a[t]),
    "off by one: step t goes from alpha_bar[t - 1] to alpha_bar[t], not on to alpha_bar[t + 1]":
        (_step(lambda a, t: 1 - a[t + 1] / a[t])),
    "1 - beta before x; its square root belongs there": _step(keep=lambda b: 1 - b),
    "beta before the noise; its square root belongs there": _step(add=lambda b: b),
    "1 - beta and beta where their square roots belong":
        _step(keep=lambda b: 1 - b, add=lambda b: b),
    "x does not fade: sqrt(1 - beta) is missing": _step(keep=torch.ones_like),
    "the noise is not scaled: sqrt(beta) is missing": _step(add=torch.ones_like),
    "the two factors are swapped": _step(keep=torch.sqrt, add=amount),
    "1 - sqrt(1 - beta) before the noise; sqrt(beta) belongs there":
        _step(add=lambda b: 1 - (1 - b).sqrt()),
    "the first picture's t for the whole batch":
        _step(lambda a, t: (1 - a[t] / a[t - 1])[:1].expand(len(t))),
}


@check(NEXT_STEP)
def next_step(seeded):
    """student(x (B, 2, H, W) at step t - 1, t (B,), noise like x, alpha_bar (T + 1,)) -> x at t.

    sqrt(1 - beta) x + sqrt(beta) noise with beta = 1 - alpha_bar_t / alpha_bar_(t-1).
    """
    return noising("x", STEPS, seeded)


# ---- problem set 5


def _hidden(s, keep):
    return s.masked_fill(~keep[:, None], -math.inf)  # keep (B, 1, M) over scores (B, N, M)


def _masked(hide=_hidden, factor=lambda q: 1, axis=-1):
    """Attention with hide(scores, keep); the scores are multiplied by factor(q)."""
    return lambda q, k, v, keep: softmax(hide(factor(q) * scores(q, k), keep), axis) @ v


MASKED = {
    RIGHT: _masked(),
    "the mask is not used": _masked(lambda s, keep: s),
    "hidden keys score 0, which is a score like any other; -inf gives no share":
        _masked(lambda s, keep: s * keep[:, None]),
    "shares or values are zeroed after softmax, and what is left no longer sums to 1":
        lambda q, k, v, keep: (softmax(scores(q, k), -1) * keep[:, None]) @ v,
    "the mask is turned round: True is for keys that stay":
        _masked(lambda s, keep: s.masked_fill(keep[:, None], -1e9)),
    "the division by sqrt(d) is missing": _masked(factor=lambda q: q.shape[-1] ** 0.5),
    "divided by d; by sqrt(d) is wanted": _masked(factor=lambda q: q.shape[-1] ** -0.5),
    "the first picture's mask for the whole batch":
        _masked(lambda s, keep: _hidden(s, keep[:1].expand(len(s), -1))),
    "softmax over the queries (axis 1); the shares over the keys (axis 2) are to sum to 1":
        _masked(lambda s, keep: s.masked_fill(~keep[:, None], -1e9), axis=1),
}


@check(MASKED)
def masked_attention(seeded):
    """student(q (B, N, d), k (B, M, d), v (B, M, e), keep (B, M)) -> (B, N, e).

    Attention in which keys with keep = False get no share.
    """
    cases = []
    for batch, n, m, d, e in ((2, 5, 7, 8, 3), (3, 4, 4, 4, 4), (1, 2, 3, 2, 2)):
        q, k = (seeded.uniform(batch, rows, d, low=-3, high=3) for rows in (n, m))
        keep = seeded.uniform(batch, m) > 0
        keep[:, 0] = True  # somebody is always there
        keep[:, -1] = False
        cases.append({"q": q, "k": k, "v": seeded.uniform(batch, m, e), "keep": keep})
    return cases


def _heads(x, n):
    return x.unflatten(2, (n, -1)).transpose(1, 2)  # (B, T, C) to (B, heads, T, C / heads)


SPLIT_HEADS = {
    RIGHT: _heads,
    "reshaped at once: that cuts positions, not channels, apart":
        lambda x, n: x.reshape(len(x), n, x.shape[1], x.shape[2] // n),
    "channels are dealt out like cards; each head gets neighbouring ones":
        lambda x, n: x.unflatten(2, (-1, n)).permute(0, 3, 1, 2),
    "the axes of positions and heads are to change places": lambda x, n: x.unflatten(2, (n, -1)),
    "positions stand last; the channels of a head do": lambda x, n: _heads(x, n).transpose(2, 3),
    "the heads stand before the pictures": lambda x, n: _heads(x, n).transpose(0, 1),
    "every head gets all channels": lambda x, n: x[:, None].expand(-1, n, -1, -1),
    "heads and channels of a head are swapped":
        lambda x, n: x.unflatten(2, (-1, n)).transpose(1, 2),
}


@check(SPLIT_HEADS)
def split_heads(seeded):
    """student(x (B, T, C), heads) -> (B, heads, T, C / heads), neighbouring channels together."""
    return [
        {"x": seeded.uniform(batch, t, c), "heads": heads}
        for batch, t, c, heads in ((2, 5, 8, 4), (1, 3, 6, 2), (3, 4, 4, 1), (2, 4, 16, 4))
    ]


def _grid(reduce):
    """reduce(attention), (B, T), as a picture of so many rows."""
    return lambda a, rows: reduce(a).reshape(len(a), rows, -1)


_looks = _grid(lambda a: a.mean((1, 2)))
RECEIVED = {
    RIGHT: _looks,
    "the mean over those who are looked at: always 1 / T, for rows sum to 1":
        _grid(lambda a: a.mean((1, 3))),
    "the sum over those who are looked at: always 1": _grid(lambda a: a.mean(1).sum(-1)),
    "the sum over those who look; their mean is wanted": _grid(lambda a: a.mean(1).sum(1)),
    "the sum over heads and those who look": _grid(lambda a: a.sum((1, 2))),
    "the sum over the heads; their mean is wanted": _grid(lambda a: a.sum(1).mean(1)),
    "the largest share, not the mean": _grid(lambda a: a.mean(1).amax(1)),
    "the first head alone": _grid(lambda a: a[:, 0].mean(1)),
    "columns and rows of the picture are swapped": lambda a, rows: _looks(a, rows).transpose(1, 2),
    "the first position alone looks": _grid(lambda a: a.mean(1)[:, 0]),
    "how much each position looks at itself": _grid(lambda a: a.mean(1).diagonal(dim1=1, dim2=2)),
    "the list of positions; it is to be a picture again": lambda a, rows: a.mean((1, 2)),
}


@check(RECEIVED)
def received(seeded):
    """student(attention (B, heads, T, T), rows) -> (B, rows, T / rows), how much each is looked at.

    The mean over heads and over those who look.
    """
    return [
        {
            "attention": softmax(seeded.uniform(batch, heads, t, t, low=-3, high=3), -1),
            "rows": rows,
        }
        for batch, heads, t, rows in ((2, 4, 6, 2), (1, 2, 12, 3), (3, 1, 4, 2))
    ]


def _points(h, w, down):
    return (h // down) * (w // down)


MAP_BYTES = {
    RIGHT: lambda h, w, s, n: 4 * n * _points(h, w, s) ** 2,
    "how many numbers; each takes 4 bytes": lambda h, w, s, n: n * _points(h, w, s) ** 2,
    "each head has a map of its own": lambda h, w, s, n: 4 * _points(h, w, s) ** 2,
    "how many points; every point looks at every point":
        lambda h, w, s, n: 4 * n * _points(h, w, s),
    "the picture's own points; the layer is smaller": lambda h, w, s, n: 4 * n * (h * w) ** 2,
    "one side alone is smaller; both are": lambda h, w, s, n: 4 * n * (h * w // s) ** 2,
    "8 bytes a number; float32 has 4": lambda h, w, s, n: 8 * n * _points(h, w, s) ** 2,
    "the number of heads is squared too": lambda h, w, s, n: 4 * (n * _points(h, w, s)) ** 2,
    "in bits": lambda h, w, s, n: 32 * n * _points(h, w, s) ** 2,
    "the sides are added; points are their product":
        lambda h, w, s, n: 4 * n * (h // s + w // s) ** 2,
}


@check(MAP_BYTES)
def map_bytes(seeded):
    """student(height, width, down, heads) -> int: bytes of one picture's attention map, 4 a number.

    Over a layer that is `down` times smaller than the picture in both directions.
    """
    return [
        {"height": height, "width": width, "down": down, "heads": heads}
        for height, width, down, heads in ((64, 48, 4, 4), (32, 32, 8, 2), (16, 8, 1, 1))
    ]
