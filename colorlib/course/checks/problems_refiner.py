"""Checks of problem sets 4 and 5 (notebooks/assignments/): noise and attention."""

import math

import torch
from torch.nn.functional import softmax

from colorlib import diffusion
from colorlib.course.checks.judging import judge, uniform

# Problem set 4
# ----------------------------------------------------------------------------------------------------


def cosine_schedule(student):
    """student(steps) -> alpha_bar (steps + 1,): f(t) = cos²((t/steps + s) / (1 + s) · π/2) with s =
    0.008, beta_t = min(1 - f(t)/f(t-1), 0.999), alpha_bar the running product of 1 - beta,
    alpha_bar[0] = 1.
    """

    def schedule(steps, s=0.008, largest=0.999, power=2, quarter=math.pi / 2):
        angle = (torch.arange(steps + 1, dtype=torch.float64) / steps + s) / (1 + s) * quarter
        f = angle.cos() ** power
        beta = (1 - f[1:] / f[:-1]).clamp(max=largest)
        return torch.cat([torch.ones(1), (1 - beta).cumprod(0).float()])

    def plain(steps):
        """f itself."""
        t = torch.arange(steps + 1, dtype=torch.float64) / steps
        return (((t + 0.008) / 1.008 * math.pi / 2).cos() ** 2).float()

    mistakes = {
        "beta may reach 1 here; the formula stops it at 0.999": lambda n: schedule(n, largest=1.0),
        "f(t) itself; divide by f(0), so that alpha_bar[0] is 1": plain,
        "s is missing": lambda n: schedule(n, s=0.0),
        "cos is not squared": lambda n: schedule(n, power=1),
        "π where π/2 belongs": lambda n: schedule(n, quarter=math.pi),
        "alpha_bar[0] = 1, the step without noise, is missing": lambda n: schedule(n)[1:],
        "one step short: there are steps + 1 values": lambda n: schedule(n)[:-1],
        "1 - alpha_bar instead of alpha_bar": lambda n: 1 - schedule(n),
        "the square root: that is sqrt(alpha_bar)": lambda n: schedule(n).sqrt(),
        "the linear schedule": lambda n: diffusion.noise_schedule("linear", n),
        "beta, not the product of 1 - beta": lambda n: 1 - schedule(n)[1:] / schedule(n)[:-1],
    }
    cases = [{"steps": steps} for steps in (10, 50, 1)]
    return judge("cosine_schedule", student, cases, schedule, mistakes, tolerance=1e-5)


def noise_dominates(student):
    """student(alpha_bar (T + 1,), size) -> int: the first t at which the noise, sqrt(1 -
    alpha_bar), is at least as large as what is left of colours of that size, sqrt(alpha_bar) size.
    """
    cases = [
        {"alpha_bar": torch.linspace(1, 0, 41), "size": 1.0},
        {"alpha_bar": diffusion.noise_schedule("linear", 200), "size": 0.15},
        {"alpha_bar": torch.linspace(1, 0, 41) ** 2, "size": 3.0},
    ]

    def first(noise, colour):
        """The first t where noise(alpha_bar) >= colour(alpha_bar, size), T where there is none."""
        return lambda k, size: int(
            torch.cat([noise(k) >= colour(k, size), torch.tensor([True])]).nonzero()[0]
        )

    def amount(k):
        return (1 - k).sqrt()

    right = first(amount, lambda k, size: k.sqrt() * size)
    mistakes = {
        "the colours fade too: sqrt(alpha_bar) is missing before the size": first(
            amount, lambda k, size: size
        ),
        "1 - alpha_bar and alpha_bar where their roots belong": first(
            lambda k: 1 - k, lambda k, size: k * size
        ),
        "alpha_bar before the size; its root belongs there": first(
            amount, lambda k, size: k * size
        ),
        "1 - alpha_bar is a variance; its root compares with a size": first(
            lambda k: 1 - k, lambda k, size: k.sqrt() * size
        ),
        "the size is squared, the rest is not": first(amount, lambda k, size: k.sqrt() * size**2),
        "the size is not used": first(amount, lambda k, size: k.sqrt()),
        "one step late: alpha_bar[t] belongs to step t": lambda k, size: right(k, size) + 1,
        "one step early: alpha_bar[0] is step 0": lambda k, size: right(k, size) - 1,
        "how many steps have more noise than colour; the first of them is wanted": lambda k, size: (
            len(k) - right(k, size)
        ),
        "the last step": lambda k, size: len(k) - 1,
        "always step 0": lambda k, size: 0,
    }
    return judge("noise_dominates", student, cases, right, mistakes)


def _noising(**names):
    """Cases with one t a picture; names: the key of the picture."""
    (key,) = names.values()
    steps = {(2, 5, 7): [3, 8], (3, 3, 3): [1, 5, 9], (1, 2, 2): [4]}
    return [
        {
            key: uniform(batch, 2, h, w, seed=batch),
            "t": torch.tensor(t),
            "noise": uniform(batch, 2, h, w, seed=10 + batch, low=-2, high=2),
            "alpha_bar": torch.linspace(1, 0.1, 11),
        }
        for (batch, h, w), t in steps.items()
    ]


def clean_from_noisy(student):
    """student(x_t (B, 2, H, W), t (B,), noise like x_t, alpha_bar (T + 1,)) -> the colours before
    the noise: (x_t - sqrt(1 - alpha_bar_t) noise) / sqrt(alpha_bar_t).
    """

    def undo(keep=torch.sqrt, add=lambda k: (1 - k).sqrt(), which=lambda t: t):
        def variant(x, t, noise, alpha_bar):
            k = alpha_bar[which(t)].view(-1, 1, 1, 1)
            return (x - add(k) * noise) / keep(k)

        return variant

    mistakes = {
        "not divided by sqrt(alpha_bar)": undo(keep=torch.ones_like),
        "alpha_bar where its square root belongs": undo(keep=lambda k: k),
        "1 - alpha_bar before the noise; its square root belongs there": undo(add=lambda k: 1 - k),
        "alpha_bar and 1 - alpha_bar where their square roots belong": undo(
            lambda k: k, lambda k: 1 - k
        ),
        "1 - sqrt(alpha_bar) before the noise; sqrt(1 - alpha_bar) belongs there": undo(
            add=lambda k: 1 - k.sqrt()
        ),
        "the noise is not scaled": undo(add=torch.ones_like),
        "the noise is added; take it away": undo(add=lambda k: -(1 - k).sqrt()),
        "the noise is not taken away": undo(add=torch.zeros_like),
        "the way there: noise is put on, not taken off": diffusion.q_sample,
        "multiplied by sqrt(alpha_bar); divide": undo(keep=lambda k: 1 / k.sqrt()),
        "divided before the noise was taken away": lambda x, t, n, a: (
            x / a[t].sqrt().view(-1, 1, 1, 1) - (1 - a[t]).sqrt().view(-1, 1, 1, 1) * n
        ),
        "t is off by one: alpha_bar[0] = 1 is no noise, so step t is alpha_bar[t]": undo(
            which=lambda t: t - 1
        ),
        "the first picture's t for the whole batch": undo(which=lambda t: t[:1].expand(len(t))),
        "alpha_bar[t] has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a picture": (
            lambda x, t, n, a: (x - (1 - a[t]).sqrt() * n) / a[t].sqrt()
        ),
    }
    return judge("clean_from_noisy", student, _noising(of="x_t"), undo(), mistakes)


def next_step(student):
    """student(x (B, 2, H, W) at step t - 1, t (B,), noise like x, alpha_bar (T + 1,)) -> x at step
    t: sqrt(1 - beta) x + sqrt(beta) noise with beta = 1 - alpha_bar_t / alpha_bar_(t-1).
    """

    def step(beta=lambda a, t: 1 - a[t] / a[t - 1], keep=lambda b: (1 - b).sqrt(), add=torch.sqrt):
        def variant(x, t, noise, alpha_bar):
            b = beta(alpha_bar, t).view(-1, 1, 1, 1)
            return keep(b) * x + add(b) * noise

        return variant

    mistakes = {
        "all t steps at once; x has t - 1 of them behind it": step(lambda a, t: 1 - a[t]),
        "alpha_bar_(t-1) - alpha_bar_t is not divided by alpha_bar_(t-1)": step(
            lambda a, t: a[t - 1] - a[t]
        ),
        "off by one: step t goes from alpha_bar[t - 1] to alpha_bar[t], not on to alpha_bar[t + 1]": step(
            lambda a, t: 1 - a[t + 1] / a[t]
        ),
        "1 - beta before x; its square root belongs there": step(keep=lambda b: 1 - b),
        "beta before the noise; its square root belongs there": step(add=lambda b: b),
        "1 - beta and beta where their square roots belong": step(
            keep=lambda b: 1 - b, add=lambda b: b
        ),
        "x does not fade: sqrt(1 - beta) is missing": step(keep=torch.ones_like),
        "the noise is not scaled: sqrt(beta) is missing": step(add=torch.ones_like),
        "the two factors are swapped": step(keep=torch.sqrt, add=lambda b: (1 - b).sqrt()),
        "1 - sqrt(1 - beta) before the noise; sqrt(beta) belongs there": step(
            add=lambda b: 1 - (1 - b).sqrt()
        ),
        "the first picture's t for the whole batch": step(
            lambda a, t: (1 - a[t] / a[t - 1])[:1].expand(len(t))
        ),
    }
    return judge("next_step", student, _noising(of="x"), step(), mistakes)


# Problem set 5
# ----------------------------------------------------------------------------------------------------


def masked_attention(student):
    """student(q (B, N, d), k (B, M, d), v (B, M, e), keep (B, M) of True and False) -> (B, N, e):
    attention in which keys with keep = False get no share.
    """
    sizes = ((2, 5, 7, 8, 3), (3, 4, 4, 4, 4), (1, 2, 3, 2, 2))
    cases = []
    for seed, (batch, n, m, d, e) in enumerate(sizes):
        keep = uniform(batch, m, seed=30 + seed) > 0
        keep[:, 0] = True  # somebody is always there
        keep[:, -1] = False
        q, k = (uniform(batch, rows, d, seed=i, low=-3, high=3) for i, rows in ((1, n), (2, m)))
        cases.append({"q": q, "k": k, "v": uniform(batch, m, e, seed=3), "keep": keep})

    def attend(
        by=lambda q: q.shape[-1] ** 0.5,
        hide=lambda s, keep: s.masked_fill(~keep[:, None], -math.inf),
        axis=-1,
    ):
        return lambda q, k, v, keep: softmax(hide(q @ k.transpose(1, 2) / by(q), keep), axis) @ v

    def shares(q, k):
        return softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1)

    mistakes = {
        "the mask is not used": attend(hide=lambda s, keep: s),
        "hidden keys score 0, which is a score like any other; -inf gives no share": attend(
            hide=lambda s, keep: s * keep[:, None]
        ),
        "shares or values are zeroed after softmax, and what is left no longer sums to 1": lambda q, k, v, keep: (
            (shares(q, k) * keep[:, None]) @ v
        ),
        "the mask is turned round: True is for keys that stay": attend(
            hide=lambda s, keep: s.masked_fill(keep[:, None], -1e9)
        ),
        "the division by sqrt(d) is missing": attend(by=lambda q: 1),
        "divided by d; by sqrt(d) is wanted": attend(by=lambda q: q.shape[-1]),
        "the first picture's mask for the whole batch": attend(
            hide=lambda s, keep: s.masked_fill(~keep[:1, None].expand(len(s), 1, -1), -math.inf)
        ),
        "softmax over the queries (axis 1); the shares over the keys (axis 2) are to sum to 1": attend(
            hide=lambda s, keep: s.masked_fill(~keep[:, None], -1e9), axis=1
        ),
    }
    return judge("masked_attention", student, cases, attend(), mistakes)


def split_heads(student):
    """student(x (B, T, C), heads) -> (B, heads, T, C / heads): head 0 gets the first C / heads
    channels, and so on.
    """
    cases = [
        {"x": uniform(batch, t, c, seed=15), "heads": heads}
        for batch, t, c, heads in ((2, 5, 8, 4), (1, 3, 6, 2), (3, 4, 4, 1), (2, 4, 16, 4))
    ]

    def right(x, heads):
        return x.unflatten(2, (heads, -1)).transpose(1, 2)

    mistakes = {
        "reshaped at once: that cuts positions, not channels, apart": lambda x, n: x.reshape(
            len(x), n, x.shape[1], x.shape[2] // n
        ),
        "channels are dealt out like cards; each head gets neighbouring ones": lambda x, n: (
            x.unflatten(2, (-1, n)).permute(0, 3, 1, 2)
        ),
        "the axes of positions and heads are to change places": lambda x, n: x.unflatten(
            2, (n, -1)
        ),
        "positions stand last; the channels of a head do": lambda x, n: right(x, n).transpose(2, 3),
        "the heads stand before the pictures": lambda x, n: right(x, n).transpose(0, 1),
        "every head gets all channels": lambda x, n: x[:, None].expand(-1, n, -1, -1),
        "heads and channels of a head are swapped": lambda x, n: x.unflatten(2, (-1, n)).transpose(
            1, 2
        ),
    }
    return judge("split_heads", student, cases, right, mistakes)


def received(student):
    """student(attention (B, heads, T, T), rows) -> (B, rows, T / rows): how much each position is
    looked at, the mean over heads and over those who look.
    """
    cases = [
        {
            "attention": softmax(uniform(batch, heads, t, t, seed=16, low=-3, high=3), -1),
            "rows": rows,
        }
        for batch, heads, t, rows in ((2, 4, 6, 2), (1, 2, 12, 3), (3, 1, 4, 2))
    ]

    def grid(reduce):
        return lambda a, rows: reduce(a).reshape(len(a), rows, -1)

    right = grid(lambda a: a.mean(dim=(1, 2)))
    mistakes = {
        "the mean over those who are looked at: always 1 / T, for rows sum to 1": grid(
            lambda a: a.mean(dim=(1, 3))
        ),
        "the sum over those who are looked at: always 1": grid(lambda a: a.mean(1).sum(-1)),
        "the sum over those who look; their mean is wanted": grid(lambda a: a.mean(1).sum(1)),
        "the sum over heads and those who look": grid(lambda a: a.sum(dim=(1, 2))),
        "the sum over the heads; their mean is wanted": grid(lambda a: a.sum(1).mean(1)),
        "the largest share, not the mean": grid(lambda a: a.mean(1).amax(1)),
        "the first head alone": grid(lambda a: a[:, 0].mean(1)),
        "columns and rows of the picture are swapped": lambda a, rows: right(a, rows).transpose(
            1, 2
        ),
        "the first position alone looks": grid(lambda a: a.mean(1)[:, 0]),
        "how much each position looks at itself": grid(
            lambda a: a.mean(1).diagonal(dim1=1, dim2=2)
        ),
        "the list of positions; it is to be a picture again": lambda a, rows: a.mean(dim=(1, 2)),
    }
    return judge("received", student, cases, right, mistakes)


def map_bytes(student):
    """student(height, width, down, heads) -> int: bytes of one picture's attention map, 4 a number,
    over a layer that is `down` times smaller than the picture in both directions.
    """
    cases = [
        dict(zip(("height", "width", "down", "heads"), sizes, strict=True))
        for sizes in ((64, 48, 4, 4), (32, 32, 8, 2), (16, 8, 1, 1))
    ]

    def points(h, w, down):
        return (h // down) * (w // down)

    mistakes = {
        "how many numbers; each takes 4 bytes": lambda h, w, s, n: n * points(h, w, s) ** 2,
        "each head has a map of its own": lambda h, w, s, n: 4 * points(h, w, s) ** 2,
        "how many points; every point looks at every point": lambda h, w, s, n: (
            4 * n * points(h, w, s)
        ),
        "the picture's own points; the layer is smaller": lambda h, w, s, n: 4 * n * (h * w) ** 2,
        "one side alone is smaller; both are": lambda h, w, s, n: 4 * n * (h * w // s) ** 2,
        "8 bytes a number; float32 has 4": lambda h, w, s, n: 8 * n * points(h, w, s) ** 2,
        "the number of heads is squared too": lambda h, w, s, n: 4 * (n * points(h, w, s)) ** 2,
        "in bits": lambda h, w, s, n: 32 * n * points(h, w, s) ** 2,
        "the sides are added; points are their product": lambda h, w, s, n: (
            4 * n * (h // s + w // s) ** 2
        ),
    }
    return judge(
        "map_bytes", student, cases, lambda h, w, s, n: 4 * n * points(h, w, s) ** 2, mistakes
    )
