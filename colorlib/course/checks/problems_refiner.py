"""Checks of problem sets 4 and 5 (notebooks/assignments/): noise and attention."""

import math

import torch
from torch.nn.functional import softmax

from colorlib import diffusion
from colorlib.course.checks.asked import ASKED
from colorlib.course.checks.conventions import Convention
from colorlib.course.checks.guessing import blend, powers
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.course.checks.lesson04 import SIGNAL, amount, factors, forms, looked_up, noising
from colorlib.course.checks.lesson05 import scores
from colorlib.course.checks.stages import reduced

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

# ---- problem set 4


S = 0.008  # of the formula


def _ticks(steps, first=0, last=None, over=None):
    """t / steps, float64."""
    return torch.arange(first, (steps if last is None else last) + 1).double() / (over or steps)


TICKS = {  # t / steps
    RIGHT: _ticks,
    "t runs from 1 on, and is divided by steps + 1; from 0 on is wanted":
        lambda n: _ticks(n, 1, n + 1, n + 1),
    "t runs from 1 on; from 0 on is wanted": lambda n: _ticks(n, 1, n + 1),
    "t is divided by 1000, whatever steps is": lambda n: _ticks(n, over=1000),
    "t runs down from steps": lambda n: _ticks(n).flip(0),
    "t is squared": lambda n: _ticks(n) ** 2,
}
WAVES = {  # f of t / steps
    RIGHT: lambda x: ((x + S) / (1 + S) * math.pi / 2).cos() ** 2,
    "s is missing": lambda x: (x * math.pi / 2).cos() ** 2,
    "1 + s is missing: t/steps + s is to be divided by it":
        lambda x: ((x + S) * math.pi / 2).cos() ** 2,
    "s is added, not divided: brackets around t/steps + s":
        lambda x: (x + S / (1 + S) * math.pi / 2).cos() ** 2,
    "s is 0.8; 0.008": lambda x: ((x + 0.8) / 1.8 * math.pi / 2).cos() ** 2,
    "cos is not squared": lambda x: ((x + S) / (1 + S) * math.pi / 2).cos(),
    "π where π/2 belongs": lambda x: ((x + S) / (1 + S) * math.pi).cos() ** 2,
    "a straight line where cos² belongs": lambda x: 1 - x,
}
BETAS = {  # of f
    RIGHT: lambda f: 1 - f[1:] / f[:-1],
    "(f(t-1) - f(t)) / f(t): divided by f(t-1) is wanted": lambda f: (f[:-1] - f[1:]) / f[1:],
}
CAPS = {
    RIGHT: lambda b: b.clamp(max=0.999),
    "beta may reach 1 here; the formula stops it at 0.999": lambda b: b,
    "beta is cut off at 0.02": lambda b: b.clamp(max=0.02),
    "beta is cut off at 0.5": lambda b: b.clamp(max=0.5),
}
PRODUCTS = {  # of beta
    RIGHT: lambda b: (1 - b).cumprod(0),
    "beta, not the product of 1 - beta": lambda b: b,
    "the product of all steps at every step": lambda b: (1 - b).prod().expand_as(b),
}
ENDS = {  # what becomes of it
    RIGHT: lambda x: torch.cat([x.new_ones(1), x]),
    "alpha_bar[0] = 1, the step without noise, is missing": lambda x: x,
    "alpha_bar[0] is 0; without noise it is 1": lambda x: torch.cat([x.new_zeros(1), x]),
    "one step short: there are steps + 1 values": lambda x: torch.cat([x.new_ones(1), x])[:-1],
    "1 - alpha_bar instead of alpha_bar": lambda x: 1 - torch.cat([x.new_ones(1), x]),
    "the square root: that is sqrt(alpha_bar)": lambda x: torch.cat([x.new_ones(1), x]).sqrt(),
    "in reverse order": lambda x: torch.cat([x.new_ones(1), x]).flip(0),
    "a 1 too many in front": lambda x: torch.cat([x.new_ones(2), x]),
}


def _stages(tick, wave, beta, cap, product, end):
    return lambda n: end(product(cap(beta(wave(tick(n)))))).float()


def _f(n):
    return WAVES[RIGHT](_ticks(n))


_schedule = _stages(*(table[RIGHT] for table in (TICKS, WAVES, BETAS, CAPS, PRODUCTS, ENDS)))
COSINE = {
    RIGHT: _schedule,
    "f(t) itself; divide by f(0), so that alpha_bar[0] is 1": lambda n: _f(n).float(),
    "f(t)/f(0): beta may reach 1 here; the formula stops it at 0.999":
        lambda n: (_f(n) / _f(n)[0]).float(),
    "alpha_bar is cut off at 0.999; beta is":
        lambda n: (_f(n) / _f(n)[0]).clamp(max=0.999).float(),
    "alpha_bar is cut off at 0.001; beta is cut off, at 0.999":
        lambda n: (_f(n) / _f(n)[0]).clamp(min=0.001).float(),
    "alpha_bar is cut off at 0 and 0.999; beta is":
        lambda n: (_f(n) / _f(n)[0]).clamp(0, 0.999).float(),
    "f(t) is cut off at 0.999; beta is": lambda n: _f(n).clamp(max=0.999).float(),
    "sqrt of f(t)/f(0): that is sqrt(alpha_bar)": lambda n: (_f(n) / _f(n)[0]).sqrt().float(),
    "the linear schedule": lambda n: diffusion.noise_schedule("linear", n),
    "a straight line from 1 to 0": lambda n: torch.linspace(1, 0, n + 1),
    "beta, with a 0 in front, not the product of 1 - beta":
        lambda n: 1 - torch.cat([torch.ones(1), _schedule(n)[1:] / _schedule(n)[:-1]]),
    "cos alone, from 1 to 0":
        lambda n: (_ticks(n) * math.pi / 2).cos().float(),
} | combined(
    _stages, TICKS, WAVES, BETAS, CAPS, PRODUCTS, ENDS,
    names=("t / steps", "f", "beta", "beta, cut off", "the running product"),
)


@check(COSINE, tolerance=1e-5, conventions=ASKED["cosine_schedule"])
def cosine_schedule(seeded):
    """student(steps) -> alpha_bar (steps + 1,), the running product of 1 - beta from 1 on.

    f(t) = cos²((t/steps + s) / (1 + s) · π/2) with s = 0.008, beta_t = min(1 - f(t)/f(t-1), 0.999).
    """
    return [{"steps": steps} for steps in (10, 50, 3, 1)]


NOISES = {
    RIGHT: lambda k, size: amount(k),
    "1 - alpha_bar is a variance; its root compares with a size": lambda k, size: 1 - k,
    "(1 - alpha_bar)²; its root compares with a size": lambda k, size: (1 - k) ** 2,
    "sqrt(1 - alpha_bar²): alpha_bar itself": lambda k, size: (1 - k**2).sqrt(),
}
COLOURS = {
    RIGHT: lambda k, size: k.sqrt() * size,
    "the colours fade too: sqrt(alpha_bar) is missing before the size":
        lambda k, size: torch.full_like(k, size),
    "alpha_bar before the size; its root belongs there": lambda k, size: k * size,
    "the size is squared, the rest is not": lambda k, size: k.sqrt() * size**2,
    "the size is not used": lambda k, size: k.sqrt(),
    "the size is not used, and alpha_bar has no root": lambda k, size: k,
    "what is left is alpha_bar²": lambda k, size: k**2 * size,
    "1 - sqrt(1 - alpha_bar) is not what is left": lambda k, size: (1 - amount(k)) * size,
}


def _first(hit, none=None):
    """The first place of True; `none`, or how many places there are, where there is none."""
    return next((n for n, x in enumerate(hit.tolist()) if x), len(hit) if none is None else none)


PICKS = {  # of noise and colour, (T + 1,) each, and alpha_bar
    RIGHT: lambda n, c, k: _first(n >= c),
    "one step late: alpha_bar[t] belongs to step t": lambda n, c, k: _first(n >= c) + 1,
    "one step early: alpha_bar[0] is step 0": lambda n, c, k: _first(n >= c) - 1,
    "how many steps have more noise than colour; the first of them is wanted":
        lambda n, c, k: int((n >= c).sum()),
    "the last step with more colour than noise, counted in reverse":
        lambda n, c, k: len(n) - 1 - _first(n >= c),
    "the step where both are nearest to each other": lambda n, c, k: int((n - c).abs().argmin()),
    "alpha_bar at that step; the step itself is wanted":
        lambda n, c, k: float(k[min(_first(n >= c), len(k) - 1)]),
    "the noise at that step; the step itself is wanted":
        lambda n, c, k: float(n[min(_first(n >= c), len(k) - 1)]),
    "a share of the steps; the step itself is wanted":
        lambda n, c, k: _first(n >= c) / (len(n) - 1),
    "all steps with more noise; the first of them is wanted":
        lambda n, c, k: (n >= c).nonzero()[:, 0],
    "all steps with more noise, with an axis too many; the first of them is wanted":
        lambda n, c, k: (n >= c).nonzero(),
    "a truth value for each step; the first True is wanted": lambda n, c, k: n >= c,
}


def _dominated(noise, colour, pick):
    return lambda k, size: pick(noise(k, size), colour(k, size), k)


NOISE_DOMINATES = {
    "always step 0: is the comparison the other way round, or are noise and colours exchanged":
        lambda k, size: 0,
    "the last step (or that of the largest difference); the first with more noise is wanted":
        lambda k, size: len(k) - 1,
    "1 - alpha_bar and alpha_bar where their roots belong":
        lambda k, size: _first(1 - k >= k * size),
    "alpha_bar nearest to 1 / (1 + size); size² belongs there":
        lambda k, size: int((k - 1 / (1 + size)).abs().argmin()),
    "the step in the middle": lambda k, size: (len(k) - 1) // 2,
    "the step in the middle (of T + 1)": lambda k, size: len(k) // 2,
    "squares where roots belong": lambda k, size: _first((1 - k) ** 2 >= k**2 * size),
    "what is left of the colours is below one half, whatever the noise":
        lambda k, size: _first(k.sqrt() * size < 0.5),
    "the noise is above half of the size, which does not fade":
        lambda k, size: _first(amount(k) >= 0.5 * size),
    "alpha_bar below one half, whatever the size": lambda k, size: _first(k < 0.5),
    "alpha_bar below the size": lambda k, size: _first(k < size),
} | combined(_dominated, NOISES, COLOURS, PICKS)


@check(NOISE_DOMINATES, conventions=ASKED["noise_dominates"])
def noise_dominates(seeded):
    """student(alpha_bar (T + 1,), size) -> int: the first t with more noise than colour.

    Where the noise, sqrt(1 - alpha_bar), is at least as large as what is left of colours of
    that size, sqrt(alpha_bar) size.
    """
    return [
        {"alpha_bar": torch.linspace(1, 0, 41), "size": 1.0},
        {"alpha_bar": diffusion.noise_schedule("linear", 200), "size": 0.15},
        {"alpha_bar": torch.linspace(1, 0, 41) ** 2, "size": 3.0},
        {"alpha_bar": torch.linspace(1, 0, 801), "size": 0.6},
        {"alpha_bar": torch.linspace(1, 0, 301).sqrt(), "size": 1.7},
        {"alpha_bar": torch.tensor([1.0, 0.9, 0.5, 0.4]), "size": 1.0},  # equal at step 2
    ]


# One t a picture: for clean_from_noisy and next_step.
STEPS = {(2, 5, 7): [3, 8], (3, 3, 3): [1, 5, 9], (1, 2, 2): [4]}


def _undo(keep=torch.sqrt, add=amount, which=lambda t: t):
    return looked_up(lambda k, x, noise: (x - add(k) * noise) / keep(k), which)


CLEAN = {
    RIGHT: _undo(),
    "the two factors are swapped: sqrt(1 - alpha_bar) and sqrt(alpha_bar)":
        _undo(amount, torch.sqrt),
    "brackets: only the noise is divided": lambda x, t, n, a: (
        x - amount(a[t]).view(-1, 1, 1, 1) * n / a[t].sqrt().view(-1, 1, 1, 1)
    ),
    "the noise is not scaled, and nothing is divided": lambda x, t, n, a: x - n,
    "divided by 1 - alpha_bar; by sqrt(alpha_bar) is wanted": _undo(lambda k: 1 - k),
    "alpha_bar before the noise: sqrt(1 - alpha_bar) belongs there": _undo(add=lambda k: k),
    "squares where the roots belong": _undo(torch.square, lambda k: (1 - k) ** 2),
    "(1 - alpha_bar)² before the noise; its square root belongs there":
        _undo(add=lambda k: (1 - k) ** 2),
    "alpha_bar² under x_t; the square root belongs there": _undo(torch.square),
    "the running product is taken again: alpha_bar is that product already":
        lambda x, t, n, a: _undo()(x, t, n, a.cumprod(0)),
    "t is off by one: alpha_bar[t + 1]": _undo(which=lambda t: t + 1),
    "clamped: clean colours may lie outside -1 and 1 here":
        lambda x, t, n, a: _undo()(x, t, n, a).clamp(-1, 1),
    "clamped: clean colours may lie outside -0.5 and 0.5 here":
        lambda x, t, n, a: _undo()(x, t, n, a).clamp(-0.5, 0.5),
    "not divided by sqrt(alpha_bar)": _undo(keep=torch.ones_like),
    "alpha_bar where its square root belongs": _undo(keep=lambda k: k),
    "1 - alpha_bar before the noise; its square root belongs there": _undo(add=lambda k: 1 - k),
    "alpha_bar and 1 - alpha_bar where their square roots belong":
        _undo(lambda k: k, lambda k: 1 - k),
    "the noise is not scaled": _undo(add=torch.ones_like),
    "the noise is added; take it away": _undo(add=lambda k: -amount(k)),
    "the way there: noise is put on, not taken off": diffusion.q_sample,
    "multiplied by sqrt(alpha_bar); divide": _undo(keep=torch.rsqrt),
    "t is off by one: alpha_bar[0] = 1 is no noise, so step t is alpha_bar[t]":
        _undo(which=lambda t: t - 1),
    "the first picture's t for the whole batch": _undo(which=lambda t: t[:1].expand(len(t))),
    "alpha_bar[t] has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a "
    "picture":
        lambda x, t, n, a: (x - (1 - a[t]).sqrt() * n) / a[t].sqrt(),
}


def _clean_look(ask, cases):
    return blend(
        cases,
        lambda case: {"x_t": case["x_t"], "the noise that is taken away": -case["noise"]},
        factors,
        {
            "x_t": "1 / sqrt(alpha_bar[t])",
            "the noise that is taken away": "sqrt(1 - alpha_bar[t]) / sqrt(alpha_bar[t])",
        },
    )


@check(CLEAN, look=_clean_look, conventions=ASKED["clean_from_noisy"])
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
    "the noise is subtracted": _step(add=lambda b: -b.sqrt()),
    "a single step back: x and noise are taken apart": lambda x, t, noise, a: (
        lambda b: (x - b.sqrt() * noise) / amount(b)
    )((1 - a[t] / a[t - 1]).view(-1, 1, 1, 1)),
    "off by one: from alpha_bar[t - 2] to alpha_bar[t - 1]":
        _step(lambda a, t: 1 - a[t - 1] / a[(t - 2).clamp(min=0)]),
    "beta has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a picture":
        lambda x, t, noise, a: (
            lambda b: amount(b) * x + b.sqrt() * noise
        )(1 - a[t] / a[t - 1]),
    "all t steps at once; x has t - 1 of them behind it": _step(lambda a, t: 1 - a[t]),
    "alpha_bar_(t-1) - alpha_bar_t is not divided by alpha_bar_(t-1)":
        _step(lambda a, t: a[t - 1] - a[t]),
    "off by one: step t goes from alpha_bar[t - 1] to alpha_bar[t], not on to alpha_bar[t + 1]":
        (_step(lambda a, t: 1 - a[t + 1] / a[t])),
    "1 - beta before x; its square root belongs there": _step(keep=lambda b: 1 - b),
    "beta before the noise; its square root belongs there": _step(add=lambda b: b),
    "1 - beta and beta where their square roots belong":
        _step(keep=lambda b: 1 - b, add=lambda b: b),
    "divided by alpha_bar_t; by alpha_bar_(t-1), where the step begins":
        _step(lambda a, t: (a[t - 1] - a[t]) / a[t]),
    "x does not fade: sqrt(1 - beta) is missing": _step(keep=torch.ones_like),
    "the noise is not scaled: sqrt(beta) is missing": _step(add=torch.ones_like),
    "the two factors are swapped, or 1 - is missing in beta": _step(keep=torch.sqrt, add=amount),
    "the first picture's t for the whole batch":
        _step(lambda a, t: (1 - a[t] / a[t - 1])[:1].expand(len(t))),
}


def _step_factors(case):
    t, k = case["t"], case["alpha_bar"]
    now, before, after = k[t], k[t - 1], k[(t + 1).clamp(max=len(k) - 1)]
    beta = 1 - now / before
    return forms(
        {
            "beta": beta,
            "alpha_bar[t]": now,
            "alpha_bar[t - 1]": before,
            "(alpha_bar[t - 1] - alpha_bar[t])": before - now,
            "alpha_bar[t - 1] alpha_bar[t]": now * before,
            "(1 - sqrt(alpha_bar[t] / alpha_bar[t - 1]))": 1 - (now / before).sqrt(),
            "(1 - alpha_bar[t + 1] / alpha_bar[t])": 1 - after / now,
            "(beta of the first picture)": beta[:1].expand_as(beta),
            "(the mean beta)": beta.mean().expand_as(beta),
            "(beta, cut off at 0.1)": beta.clamp(max=0.1),
            "(beta, cut off at 0.02)": beta.clamp(max=0.02),
            "(1 - alpha_bar[t] / alpha_bar[1])": 1 - now / k[1],
            "alpha_bar[t - 1] / alpha_bar[t]": before / now,
        }
    )


def _next_look(ask, cases):
    return blend(
        cases,
        lambda case: {"x": case["x"], "the noise": case["noise"]},
        _step_factors,
        {"x": "sqrt(1 - beta)", "the noise": "sqrt(beta)"},
    )


@check(NEXT_STEP, look=_next_look, conventions=ASKED["next_step"])
def next_step(seeded):
    """student(x (B, 2, H, W) at step t - 1, t (B,), noise like x, alpha_bar (T + 1,)) -> x at t.

    sqrt(1 - beta) x + sqrt(beta) noise with beta = 1 - alpha_bar_t / alpha_bar_(t-1).
    """
    return noising("x", STEPS, seeded)


# What average_draws shows the refiner: curved, so that the noises' mean is no short cut.
def _curved(L, ab_noisy, t, prior):
    told = 0.01 * t + (prior * torch.tensor([0.08, 0.1, 0.06, 0.12])).sum(1)  # (B,)
    return 0.3 * L + 0.4 * (3 * ab_noisy).sin() - 0.2 * ab_noisy**2 + told.view(-1, 1, 1, 1)


SHOWN = {  # what the refiner sees: of the base, t, one noise, alpha_bar
    RIGHT: diffusion.q_sample,
    "the refiner sees the clean base; each draw has its own noise on it":
        lambda base, t, noise, k: base,
    "the refiner sees the noise alone": lambda base, t, noise, k: noise,
    "the noise is added as it is: sqrt(alpha_bar) and sqrt(1 - alpha_bar) are missing":
        lambda base, t, noise, k: base + noise,
    "alpha_bar and 1 - alpha_bar where their roots belong":
        lambda base, t, noise, k: diffusion.q_sample(base, t, noise, k**2)
        + (1 - k[t] - (1 - k[t] ** 2).sqrt()).view(-1, 1, 1, 1) * noise,
    "t is off by one: step t is alpha_bar[t]":
        lambda base, t, noise, k: diffusion.q_sample(base, (t - 1).clamp(min=0), noise, k),
    "the first picture's t for the whole batch":
        lambda base, t, noise, k: diffusion.q_sample(base, t[:1].expand(len(t)), noise, k),
}
GIVES = {  # of the base, what the refiner saw, the residual
    RIGHT: lambda base, noisy, R: base + R,
    "the residual is added to the noised base; it corrects the clean one":
        lambda base, noisy, R: noisy + R,
    "the residuals alone; each is added to the base": lambda base, noisy, R: R,
    "the residual is subtracted": lambda base, noisy, R: base - R,
    "the base is returned as it was": lambda base, noisy, R: base + 0 * R,
    "the noised base, without the residual": lambda base, noisy, R: noisy,
}
MIDDLES = {  # of the results (K, B, 2, H, W)
    RIGHT: lambda x: x.mean(0),
    "the sum over the draws, not their mean": lambda x: x.sum(0),
    "the first draw alone": lambda x: x[0],
    "the last draw alone: the others are overwritten": lambda x: x[-1],
    "the mean over the pictures (axis 1); over the draws (axis 0) is wanted": lambda x: x.mean(1),
    "all draws; their mean is wanted": lambda x: x,
    "divided by one less than the number of draws": lambda x: x.sum(0) / (len(x) - 1),
    "divided by one more than the number of draws": lambda x: x.sum(0) / (len(x) + 1),
}
WIDTHS = {
    RIGHT: lambda x: 110 * x.std(0, correction=0).mean((1, 2, 3)),
    "the spread is in model units; times 110": lambda x: x.std(0, correction=0).mean((1, 2, 3)),
    "the spread divides by K - 1; by K is wanted (correction=0)":
        lambda x: 110 * x.std(0).mean((1, 2, 3)),
    "the spread divides by K - 1, and is in model units": lambda x: x.std(0).mean((1, 2, 3)),
    "the variance over the draws; its root is the standard deviation":
        lambda x: 110 * x.var(0, correction=0).mean((1, 2, 3)),
    "the spread within the picture, not between draws":
        lambda x: 110 * x.mean(0).std((1, 2, 3), correction=0),
    "the spread within each draw's picture, not between draws":
        lambda x: 110 * x.std((2, 3, 4), correction=0).mean(0),
    "one spread over draws and pixels together; each pixel has its own":
        lambda x: 110 * x.std((0, 2, 3, 4), correction=0),
    "the spread between the pictures (axis 1); between the draws (axis 0) is wanted":
        lambda x: 110 * x.std(1, correction=0).mean((1, 2, 3)),
    "one spread for the batch; each picture has its own":
        lambda x: 110 * x.std(0, correction=0).mean(),
    "one spread for each pixel; their mean is wanted": lambda x: 110 * x.std(0, correction=0),
    "the sum of the spreads over the pixels, not their mean":
        lambda x: 110 * x.std(0, correction=0).sum((1, 2, 3)),
}


MIDDLES |= reduced("the draws", "mean", lambda f: lambda x: f(x, 0))
WIDTHS |= reduced(
    "pixels and channels in the spread", "mean",
    lambda f: lambda x: 110 * f(x.std(0, correction=0), (1, 2, 3)),
) | reduced(
    "the draws in the spread", "spread (standard deviation)",
    lambda f: lambda x: 110 * f(x, 0).mean((1, 2, 3)),
)


def _averaged(show, give, middle, width):
    def variant(refiner, L, base, t, prior, noises, alpha_bar):
        seen = [show(base, t, noise, alpha_bar) for noise in noises]
        x = torch.stack([give(base, noisy, refiner(L, noisy, t, prior)) for noisy in seen])
        return middle(x), width(x)

    return variant


_draws = _averaged(SHOWN[RIGHT], GIVES[RIGHT], MIDDLES[RIGHT], WIDTHS[RIGHT])


def _one_after_the_other(refiner, L, base, t, prior, noises, alpha_bar):
    results, x = [], base
    for noise in noises:
        x = x + refiner(L, diffusion.q_sample(x, t, noise, alpha_bar), t, prior)
        results.append(x)
    x = torch.stack(results)
    return MIDDLES[RIGHT](x), WIDTHS[RIGHT](x)


AVERAGE_DRAWS = combined(
    _averaged, SHOWN, GIVES, MIDDLES, WIDTHS, most=1,
    names=("what the refiner sees", "each draw's result"),
) | {
    "the noises are averaged, then corrected once: average the results":
        lambda refiner, L, base, t, prior, noises, k: _draws(
            refiner, L, base, t, prior, noises.mean(0, keepdim=True).expand_as(noises), k
        ),
    "the noises are averaged for the colours, and not for the spread: average the results":
        lambda refiner, L, base, t, prior, noises, k: (
            _draws(refiner, L, base, t, prior, noises.mean(0, keepdim=True), k)[0],
            _draws(refiner, L, base, t, prior, noises, k)[1],
        ),
    "the first noise for every draw": lambda refiner, L, base, t, prior, noises, k: _draws(
        refiner, L, base, t, prior, noises[:1].expand_as(noises), k
    ),
    "each draw corrects the result of the one before; all begin at the base": _one_after_the_other,
    "the prior does not reach the refiner": lambda refiner, L, base, t, prior, noises, k: _draws(
        refiner, L, base, t, 0 * prior, noises, k
    ),
    "the pair is returned in the wrong order: the mean first":
        lambda *given: _draws(*given)[::-1],
}


@check(AVERAGE_DRAWS, conventions=ASKED["average_draws"])
def average_draws(seeded):
    """student(refiner, L, ab_base, t (B,), prior, noises (K, B, 2, H, W), alpha_bar) -> a pair.

    The mean (B, 2, H, W) over K corrections by one step, each with a noise of its own, and how
    far they spread (B,): the standard deviation over the draws, divided by K, at each pixel and
    channel, averaged over these, in ab units.
    """
    return [
        {
            "refiner": _curved,
            "L": seeded.uniform(len(t), 1, height, width),
            "ab_base": seeded.uniform(len(t), 2, height, width, low=-0.25, high=0.25),
            "t": torch.tensor(t),
            "prior": seeded.uniform(len(t), 4, low=-0.25, high=0.25),
            "noises": seeded.uniform(draws, len(t), 2, height, width, low=-1.5, high=1.5),
            "alpha_bar": SIGNAL,
        }
        for draws, height, width, t in ((5, 4, 6, [3, 8]), (4, 3, 3, [1, 5, 9]), (3, 2, 5, [10, 4]))
    ]


# ---- problem set 5


def _places(T, columns):
    """(row, column) of each position, (T, 1) each."""
    at = torch.arange(T)[:, None]
    return at // columns, at % columns


def _window(near):
    """near(|difference of rows|, |difference of columns|, reach) -> a table (T, T) of truths."""

    def table(T, columns, reach):
        rows, cols = _places(T, columns)
        return near((rows - rows.T).abs(), (cols - cols.T).abs(), reach)

    return table


def _before(T, columns, reach):
    return WINDOWS[RIGHT](T, columns, reach) & torch.ones(T, T).tril().bool()


WINDOWS = {  # of T, columns, reach: who sees whom
    RIGHT: _window(lambda r, c, reach: (r <= reach) & (c <= reach)),
    "near in the list of positions, not in the picture: row = i // columns, column = i % columns":
        lambda T, columns, reach: (
            (torch.arange(T)[:, None] - torch.arange(T)).abs() <= reach
        ),
    "only rows are compared": _window(lambda r, c, reach: r <= reach),
    "rows or columns are near; both have to be": _window(
        lambda r, c, reach: (r <= reach) | (c <= reach)
    ),
    "steps along rows and columns are added; each alone is at most reach":
        _window(lambda r, c, reach: r + c <= reach),
    "a circle; rows and columns are each at most reach away":
        _window(lambda r, c, reach: r**2 + c**2 <= reach**2),
    "the rows are as long as there should be rows: i // columns is the row":
        lambda T, columns, reach: WINDOWS[RIGHT](T, T // columns, reach),
    "the query's own place is left out; it is near, too": lambda T, columns, reach: (
        WINDOWS[RIGHT](T, columns, reach) & ~torch.eye(T).bool()
    ),
    "the window is turned round: who is near takes part": lambda T, columns, reach: (
        ~WINDOWS[RIGHT](T, columns, reach)
    ),
    "all keys take part: the window is not used":
        lambda T, columns, reach: torch.ones(T, T).bool(),
}
HIDES = {  # of the scores (B, T, T) and the window (T, T)
    RIGHT: lambda s, near: s.masked_fill(~near, -math.inf),
    "far keys score 0, which is a score like any other; -inf gives no share":
        lambda s, near: s * near,
    "far keys score -1, which is a score like any other; -inf gives no share":
        lambda s, near: s.masked_fill(~near, -1),
    "far keys score -10, which leaves a small share; -inf gives none":
        lambda s, near: s.masked_fill(~near, -10),
    "1 is subtracted where a key is far: -inf has to be": lambda s, near: s - (~near).float(),
    "far keys score +inf or much: the sign": lambda s, near: s.masked_fill(~near, 1e9),
    "scores are multiplied with -inf where a key is far: minus times minus is plus":
        lambda s, near: torch.where(near, s, s * -1e9),
}
NEAR_SCALES = {
    RIGHT: lambda q: 1,
    "the division by sqrt(d) is missing": lambda q: q.shape[-1] ** 0.5,
    "divided by d; by sqrt(d) is wanted": lambda q: q.shape[-1] ** -0.5,
    "multiplied by sqrt(d); divide": lambda q: q.shape[-1],
}
NEAR_SHARES = {  # of hidden scores and the window
    RIGHT: lambda s, near: softmax(s, -1),
    "softmax over the queries (axis 1); the shares over the keys (axis 2) are to sum to 1":
        lambda s, near: softmax(s.clamp(min=-1e9), 1),
    "shares are divided by the sum of all scores: softmax takes exp first":
        lambda s, near: (s.masked_fill(~near, 0)) / s.masked_fill(~near, 0).sum(-1, keepdim=True),
    "exp without dividing by the sum": lambda s, near: s.exp(),
    "softmax is missing": lambda s, near: s.masked_fill(~near, 0),
    "softmax is taken twice: the second gives far keys a share":
        lambda s, near: softmax(softmax(s, -1), -1),
    "sigmoid instead of softmax": lambda s, near: s.sigmoid(),
    "shares are divided by the number of near keys":
        lambda s, near: softmax(s, -1) / near.sum(-1, keepdim=True),
}


def _near(window, hide, scale, share):
    def variant(q, k, v, columns, reach):
        near = window(q.shape[1], columns, reach)
        return share(hide(scale(q) * scores(q, k), near), near) @ v

    return variant


def _shares_near(q, k, columns, reach):
    near = WINDOWS[RIGHT](q.shape[1], columns, reach)
    return softmax(HIDES[RIGHT](scores(q, k), near), -1)


def _zeroed(q, k, v, columns, reach):
    return (softmax(scores(q, k), -1) * WINDOWS[RIGHT](q.shape[1], columns, reach)) @ v


NEAR_ATTENTION = {
    "shares or values are zeroed after softmax, and what is left no longer sums to 1": _zeroed,
    "the shares alone are returned; multiply them with v":
        lambda q, k, v, columns, reach: _shares_near(q, k, columns, reach),
    "the scores alone are returned; softmax and v are missing":
        lambda q, k, v, columns, reach: HIDES[RIGHT](
            scores(q, k), WINDOWS[RIGHT](q.shape[1], columns, reach)
        ),
    "k stands in the place of v":
        lambda q, k, v, columns, reach: _shares_near(q, k, columns, reach) @ k,
    "the mean over the queries; each has its own answer":
        lambda q, k, v, columns, reach: (_shares_near(q, k, columns, reach) @ v).mean(1),
} | combined(
    _near, WINDOWS, HIDES, NEAR_SCALES, NEAR_SHARES,
    names=(None, ("the scores", None), None, (None, "the shares")),
)
SQUARE = "rows and columns are each at most reach away; their steps are added here"
DIAMOND = "steps along rows and columns are added; each alone is at most reach"
NEAR_ASKED = {
    "near=steps": Convention(
        SQUARE,
        variants=combined(
            _near,
            {{DIAMOND: RIGHT, RIGHT: SQUARE}.get(words, words): f for words, f in WINDOWS.items()},
            HIDES, NEAR_SCALES, NEAR_SHARES,
        ),
    ),
}


@check(NEAR_ATTENTION, conventions=NEAR_ASKED)
def near_attention(seeded):
    """student(q, k (B, T, d), v (B, T, e), columns, reach) -> (B, T, e): attention to neighbours.

    The T positions fill a picture of `columns` columns row by row; a key takes part where its
    row and its column are each at most `reach` away from the query's.
    """
    sizes = ((2, 3, 5, 7, 4, 1), (3, 4, 3, 4, 4, 2), (1, 5, 2, 2, 3, 1), (2, 5, 6, 3, 2, 3))
    cases = []
    for batch, rows, columns, d, e, reach in (*sizes, (1, 2, 2, 3, 2, 0)):
        q, k = (seeded.uniform(batch, rows * columns, d, low=-3, high=3) for _ in range(2))
        v = seeded.uniform(batch, rows * columns, e)
        cases.append({"q": q, "k": k, "v": v, "columns": columns, "reach": reach})
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
    "the heads stand in reverse order": lambda x, n: _heads(x, n).flip(1),
    "one head alone": lambda x, n: _heads(x, n)[:, 0],
    "heads are joined along the pictures (axis 0)": lambda x, n: _heads(x, n).flatten(0, 1),
    "every head gets all channels, divided by their number":
        lambda x, n: x[:, None].expand(-1, n, -1, -1) / n,
    "an axis of 1 for the heads, nothing is split": lambda x, n: x[:, None],
    "positions and channels are exchanged, then reshaped (view): numbers land in other places":
        lambda x, n: x.transpose(1, 2).reshape(len(x), n, x.shape[1], -1),
    "the mean of each head's channels": lambda x, n: _heads(x, n).mean(3),
    "the sum over the heads": lambda x, n: _heads(x, n).sum(1),
    "heads and channels of a head are swapped":
        lambda x, n: x.unflatten(2, (-1, n)).transpose(1, 2),
}


@check(SPLIT_HEADS, conventions=ASKED["split_heads"])
def split_heads(seeded):
    """student(x (B, T, C), heads) -> (B, heads, T, C / heads), neighbouring channels together."""
    return [
        {"x": seeded.uniform(batch, t, c), "heads": heads}
        for batch, t, c, heads in ((2, 5, 8, 4), (1, 3, 6, 2), (3, 4, 4, 1), (2, 4, 16, 4))
    ]


OVER_HEADS = {  # (B, heads, T, T) -> (B, T, T)
    RIGHT: lambda a: a.mean(1),
    "the sum over the heads; their mean is wanted": lambda a: a.sum(1),
    "the largest over the heads; their mean is wanted": lambda a: a.amax(1),
    "the smallest over the heads; their mean is wanted": lambda a: a.amin(1),
    "the product over the heads; their mean is wanted": lambda a: a.prod(1),
    "the median over the heads; their mean is wanted": lambda a: a.median(1).values,
    "the first head alone": lambda a: a[:, 0],
    "the spread over the heads; their mean is wanted": lambda a: a.std(1, correction=0),
}
OVER_LOOKERS = {  # (B, T, T) -> (B, T)
    RIGHT: lambda a: a.mean(1),
    "the mean over those who are looked at: always 1 / T, for rows sum to 1":
        lambda a: a.mean(2),
    "the sum over those who are looked at: always 1": lambda a: a.sum(2),
    "the sum over those who look; their mean is wanted": lambda a: a.sum(1),
    "the largest share, not the mean": lambda a: a.amax(1),
    "the largest share that each one gives, not the mean of those it gets": lambda a: a.amax(2),
    "the smallest share, not the mean": lambda a: a.amin(1),
    "the median share, not the mean": lambda a: a.median(1).values,
    "the spread of the shares, not their mean": lambda a: a.std(1, correction=0),
    "the spread of the shares (N - 1), not their mean": lambda a: a.std(1),
    "the length (norm) of the shares, not their mean": lambda a: a.norm(dim=1),
    "the last position alone looks": lambda a: a[:, -1],
    "what the first position gets; what each one gets is wanted": lambda a: a[:, :, 0],
    "what the last position gets; what each one gets is wanted": lambda a: a[:, :, -1],
    "how much each position looks at itself": lambda a: a.diagonal(dim1=1, dim2=2),
    "how much each position is looked at by others, not by itself (their mean)": lambda a: (
        a - torch.diag_embed(a.diagonal(dim1=1, dim2=2))
    ).sum(1) / max(a.shape[1] - 1, 1),
    "how many look more than 1 / T; the mean share is wanted":
        lambda a: (a > 1 / a.shape[1]).float().mean(1),
}
AFTERWARDS = {
    RIGHT: lambda x: x,
    "divided by the largest value": lambda x: x / x.amax(1, keepdim=True),
    "brought to 0..1 by the lowest and the highest": lambda x: (
        (x - x.amin(1, True)) / (x.amax(1, True) - x.amin(1, True))
    ),
    "the order of the positions, not their shares": lambda x: x.argsort(1),
    "in reverse order": lambda x: x.flip(1),
    "yes or no, whether it is more than 1 / T": lambda x: (x > 1 / x.shape[1]).float(),
}
LAYS = {  # (B, T) -> (B, rows, T / rows)
    RIGHT: lambda x, rows: x.reshape(len(x), rows, -1),
    "columns and rows of the picture are swapped":
        lambda x, rows: x.reshape(len(x), rows, -1).transpose(1, 2),
    "rows and columns are exchanged in the shape: (B, rows, T / rows)":
        lambda x, rows: x.reshape(len(x), -1, rows),
    "positions run down the columns; they run along the rows":
        lambda x, rows: x.reshape(len(x), -1, rows).transpose(1, 2),
    "the list of positions; it is to be a picture again": lambda x, rows: x,
    "the first picture alone": lambda x, rows: x[0].reshape(rows, -1),
    "one map for the whole batch; each picture has its own":
        lambda x, rows: x.mean(0).reshape(rows, -1),
    "an axis of 1 too many": lambda x, rows: x.reshape(len(x), 1, rows, -1),
}


def _received(heads, lookers, after, lay):
    return lambda a, rows: lay(after(lookers(heads(a))), rows)


def _heads_later(over):
    return lambda a, rows: over(a.mean(2)[:, :, None])[:, 0].reshape(len(a), rows, -1)


def _in_each_head(over):
    return lambda a, rows: (
        over(a.flatten(0, 1)).unflatten(0, a.shape[:2]).mean(1).reshape(len(a), rows, -1)
    )


BENT = ("largest", "smallest", "product", "median", "spread", "norm")  # no matter of order else
RECEIVED = {
    RIGHT: _received(OVER_HEADS[RIGHT], OVER_LOOKERS[RIGHT], AFTERWARDS[RIGHT], LAYS[RIGHT]),
    "the sum over heads and those who look":
        lambda a, rows: a.sum((1, 2)).reshape(len(a), rows, -1),
    "one picture for each head; their mean is wanted":
        lambda a, rows: a.mean(2).unflatten(2, (rows, -1)),
    "the whole attention map, averaged over heads": lambda a, rows: a.mean(1),
    "what position number `rows` gives; `rows` is how many rows the picture has":
        lambda a, rows: a.mean(1)[:, rows].reshape(len(a), rows, -1),
} | combined(
    _received, OVER_HEADS, OVER_LOOKERS, AFTERWARDS, LAYS,
    names=("the mean over the heads", "the mean over those who look"),
) | {
    "one number for each picture": lambda a, rows: a.mean((1, 2, 3)),
} | {
    f"{words} (after the mean over those who look)": _heads_later(over)
    for words, over in OVER_HEADS.items() if any(bent in words for bent in BENT)
} | {
    f"{words} (in each head, before the mean over the heads)": _in_each_head(over)
    for words, over in OVER_LOOKERS.items() if any(bent in words for bent in BENT)
}


@check(RECEIVED, conventions=ASKED["received"])
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
    "each head has a map of its own": lambda h, w, s, n: 4 * _points(h, w, s) ** 2,
    "how many points; every point looks at every point":
        lambda h, w, s, n: 4 * n * _points(h, w, s),
    "the picture's own points; the layer is smaller": lambda h, w, s, n: 4 * n * (h * w) ** 2,
    "one side alone is smaller; both are": lambda h, w, s, n: 4 * n * (h * w // s) ** 2,
    "8 bytes a number; float32 has 4": lambda h, w, s, n: 8 * n * _points(h, w, s) ** 2,
    "the number of heads is squared too": lambda h, w, s, n: 4 * (n * _points(h, w, s)) ** 2,
    "2 bytes a number; float32 has 4": lambda h, w, s, n: 2 * n * _points(h, w, s) ** 2,
    "how many numbers; each takes 4 bytes": lambda h, w, s, n: n * _points(h, w, s) ** 2,
    "in kilobytes (1024)": lambda h, w, s, n: 4 * n * _points(h, w, s) ** 2 / 1024,
    "the heads share one map; each has its own": lambda h, w, s, n: 4 * _points(h, w, s) ** 2 // n,
    "each pair counted once: attention from p to q and from q to p are two numbers":
        lambda h, w, s, n: 4 * n * _points(h, w, s) * (_points(h, w, s) + 1) // 2,
    "points are shared out among the heads; each head has all":
        lambda h, w, s, n: 4 * n * (_points(h, w, s) // n) ** 2,
    "a point looks at itself too":
        lambda h, w, s, n: 4 * n * _points(h, w, s) * (_points(h, w, s) - 1),
    "three maps (q, k, v); one map is asked for": lambda h, w, s, n: 12 * n * _points(h, w, s) ** 2,
    "`down` is subtracted; sides are divided by it":
        lambda h, w, s, n: 4 * n * ((h - s) * (w - s)) ** 2,
    "`down` halves again and again (2 ** down); sides are divided by it":
        lambda h, w, s, n: 4 * n * ((h / 2**s) * (w / 2**s)) ** 2,
    "brackets: `heads * h // down` and `w // down**2`":
        lambda h, w, s, n: 4 * n * h // s * w // s**2,
    "the height stands in the place of the width, too": lambda h, w, s, n: 4 * n * (h // s) ** 4,
    "the width is not squared": lambda h, w, s, n: 4 * n * (h // s) ** 2 * (w // s),
    "the square of the height alone": lambda h, w, s, n: 4 * n * (h // s) ** 2,
    "two sides are added; points are their product":
        lambda h, w, s, n: 4 * n * (h // s + w // s),
    "the picture itself, not the map": lambda h, w, s, n: 4 * h * w,
    "in bits": lambda h, w, s, n: 32 * n * _points(h, w, s) ** 2,
    "the sides are added; points are their product":
        lambda h, w, s, n: 4 * n * (h // s + w // s) ** 2,
}


MAP_LAW = "count pairs of points of the smaller layer, for each head, and their bytes"


@check(MAP_BYTES, look=lambda ask, cases: powers(cases, MAP_LAW), conventions=ASKED["map_bytes"])
def map_bytes(seeded):
    """student(height, width, down, heads) -> int: bytes of one picture's attention map, 4 a number.

    Over a layer that is `down` times smaller than the picture in both directions.
    """
    sizes = ((64, 48, 4, 4), (32, 32, 8, 2), (16, 8, 1, 1), (24, 60, 6, 3), (20, 10, 2, 5))
    sizes += ((9, 36, 3, 8),)
    return [
        {"height": height, "width": width, "down": down, "heads": heads}
        for height, width, down, heads in sizes
    ]
