"""Checks of lesson 04, the diffusion step and the loss's effective weight."""

import math

import torch

from colorlib import diffusion
from colorlib.course.checks.guessing import Seen, blend
from colorlib.course.checks.judging import RIGHT, check, combined, confirm, explain
from colorlib.course.checks.reading import close, numbers, show
from colorlib.course.checks.stages import Table, part

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

# ---- alpha_bar


def _lead(x, first=1.0):
    """x with one value more in front."""
    return torch.cat([x.new_tensor([first]), x])


def _product(beta):
    return _lead((1 - beta).cumprod(0))


FADES = {  # what is multiplied
    RIGHT: lambda beta: 1 - beta,
    "the product of beta; 1 - beta belongs there": lambda beta: beta,
    "the product of 1 + beta; 1 - beta belongs there": lambda beta: 1 + beta,
    "1 - alpha_bar in the product: beta itself belongs there":
        lambda beta: 1 - (1 - beta).cumprod(0),
    "the smallest 1 - beta so far, not the product": lambda beta: (1 - beta).cummin(0).values,
}
RUNS = {  # how
    RIGHT: lambda x: x.cumprod(0),
    "1 - beta without the running product": lambda x: x,
    "the running sum, not the running product": lambda x: x.cumsum(0),
    "1 - the running sum, not the running product": lambda x: 1 - x.cumsum(0),
    "the whole product at every step; the product up to each step is wanted":
        lambda x: x.prod().expand_as(x),
    "a mean of all so far, not the product": lambda x: x.cumsum(0) / torch.arange(1, len(x) + 1),
    "one step late: the product up to the step before": lambda x: _lead(x.cumprod(0))[:-1],
    "one step late: the product up to the step before, divided by its own factor":
        lambda x: x.cumprod(0) / x,
    "the product of two neighbours alone": lambda x: _lead(x[1:] * x[:-1], x[0]),
}
STARTS = {  # with what in front
    RIGHT: _lead,
    "alpha_bar[0] = 1, the step without noise, is missing": lambda x: x,
    "alpha_bar[0] is 0; without noise it is 1": lambda x: _lead(x, 0.0),
    "the 1 stands at the end; alpha_bar[0] is 1": lambda x: _lead(x).roll(-1),
    "a 1 too many: alpha_bar[1] is 1 - beta[0] already": lambda x: _lead(_lead(x)),
    "one step short: the last beta is left out": lambda x: _lead(x)[:-1],
    "the first entry is 1, and it has taken the place of alpha_bar[1]": lambda x: _lead(x[1:]),
    "in reverse order": lambda x: _lead(x).flip(0),
    "in reverse order, and alpha_bar[0] = 1 is missing": lambda x: x.flip(0),
    "only the last value; all T + 1 are wanted": lambda x: x[-1],
}
TURNS = {  # and what becomes of it
    RIGHT: lambda x: x,
    "the square root: that is sqrt(alpha_bar)": torch.sqrt,
    "1 - alpha_bar instead of alpha_bar": lambda x: 1 - x,
    "the signal-to-noise ratio; alpha_bar itself is wanted": lambda x: x / (1 - x),
}
ALPHA_BAR = {
    RIGHT: _product,
    "the product of beta; 1 - beta belongs there": lambda beta: _lead(beta.cumprod(0)),
    "1 - the running sum of beta, which is only nearly the product":
        lambda beta: _lead(1 - beta.cumsum(0)),
    "1 - the running sum of beta, cut off at 0: only nearly the product":
        lambda beta: _lead(1 - beta.cumsum(0)).clamp(min=0),
    "1 - the running product of beta; the product of 1 - beta is wanted, and alpha_bar[0] = 1 "
    "is missing": lambda beta: 1 - beta.cumprod(0),
    "the first beta is left out: alpha_bar[1] is 1 - beta[0]":
        lambda beta: _lead(_product(beta[1:])),
    "in reverse order, from the last beta on": lambda beta: _product(beta.flip(0)).flip(0),
    "the running sum with the 1 in front": lambda beta: _lead(1 - beta).cumsum(0),
    "the running sum of beta, 1 - that and the product are two things":
        lambda beta: _lead(beta.cumsum(0), 0.0),
    "a straight line from the first value to the last": lambda beta: torch.linspace(
        1, float((1 - beta).prod()), len(beta) + 1
    ),
    "a straight line from 1 to 0": lambda beta: torch.linspace(1, 0, len(beta) + 1),
    "beta itself, with a 0 in front": lambda beta: _lead(beta, 0.0),
    "beta itself": lambda beta: beta,
} | combined(
    lambda fade, run, start, turn: lambda beta: turn(start(run(fade(beta)))),
    FADES, RUNS, STARTS, TURNS, names=("1 - beta",),
)


@check(ALPHA_BAR)
def alpha_bar(seeded):
    """student(beta (T,)) -> alpha_bar (T + 1,), the running product of 1 - beta from 1 on."""
    return [
        {"beta": seeded.uniform(steps, low=0.01, high=0.2)}
        for steps in (*seeded.sizes(1, 5, 9), 40, 1)
    ]


# ---- q_sample


# Of no schedule, and no straight line: on one, neighbours' differences are all alike.
SIGNAL = torch.linspace(1, 0.3, 11) ** 1.8


def noising(name, steps, seeded):
    """Cases of noise on a picture called `name`.  steps: {(B, H, W): its B times t}."""
    return [
        {
            name: seeded.uniform(batch, 2, height, width),
            "t": torch.tensor(t),
            "noise": seeded.uniform(batch, 2, height, width, low=-2, high=2),
            "alpha_bar": SIGNAL,
        }
        for (batch, height, width), t in steps.items()
    ]


def amount(x):
    """How much noise there is where alpha_bar is x."""
    return (1 - x).sqrt()


# How much of ab stays and how much noise comes, both of x = alpha_bar[t].
FACTORS = {
    RIGHT: (torch.sqrt, amount),
    "alpha_bar and 1 - alpha_bar where their square roots belong": (lambda x: x, lambda x: 1 - x),
    "alpha_bar in front of ab: its square root belongs there": (lambda x: x, amount),
    "1 - alpha_bar in front of the noise: its square root belongs there":
        (torch.sqrt, lambda x: 1 - x),
    "1 - sqrt(alpha_bar) in front of the noise; sqrt(1 - alpha_bar) belongs there":
        (torch.sqrt, lambda x: 1 - x.sqrt()),
    "alpha_bar is taken for its square root: its share of the variance is alpha_bar, not "
    "alpha_bar²":
        (lambda x: x, lambda x: (1 - x**2).sqrt()),
    "the noise is not scaled: sqrt(1 - alpha_bar) is missing": (torch.sqrt, torch.ones_like),
    "the noise is not scaled, and alpha_bar stands where its square root belongs":
        (lambda x: x, torch.ones_like),
    "ab is not scaled: sqrt(alpha_bar) is missing": (torch.ones_like, amount),
    "ab is not scaled, and 1 - alpha_bar stands where its square root belongs":
        (torch.ones_like, lambda x: 1 - x),
    "ab is not scaled, nor is the noise": (torch.ones_like, torch.ones_like),
    "the two factors are swapped": (amount, torch.sqrt),
    "the two factors are swapped, and without their square roots": (lambda x: 1 - x, lambda x: x),
    "the noise is subtracted": (torch.sqrt, lambda x: -amount(x)),
    "the noise is missing": (torch.sqrt, torch.zeros_like),
    "the noise is missing, and alpha_bar stands where its square root belongs":
        (lambda x: x, torch.zeros_like),
}
TIMES = {
    RIGHT: lambda t: t,
    "t is off by one: alpha_bar[0] = 1 is no noise, so step t is alpha_bar[t], not "
    "alpha_bar[t - 1]":
        lambda t: t - 1,
    "t is off by one: alpha_bar[t + 1]": lambda t: t + 1,
    "the first picture's t for the whole batch": lambda t: t[:1].expand(len(t)),
}


def looked_up(formula, which):
    """A variant: formula(k, ab, noise), with k = alpha_bar[which(t)] of shape (B, 1, 1, 1)."""
    return lambda ab, t, noise, alpha_bar: formula(
        alpha_bar[which(t)].view(-1, 1, 1, 1), ab, noise
    )


def _noised(factors, which):
    keep, add = factors
    return looked_up(lambda k, ab, noise: keep(k) * ab + add(k) * noise, which)


def _term(change, which):
    """The noised picture, with a change of one of its two terms or of what it is made of."""
    of = part(change)
    return looked_up({
        "ab, faded": lambda k, ab, noise: of(k.sqrt() * ab) + amount(k) * noise,
        "the scaled noise": lambda k, ab, noise: k.sqrt() * ab + of(amount(k) * noise),
        "the factor before ab": lambda k, ab, noise: of(k.sqrt()) * ab + amount(k) * noise,
        "the factor before the noise": lambda k, ab, noise: k.sqrt() * ab + of(amount(k)) * noise,
    }[which], TIMES[RIGHT])


TERMS = ("ab, faded", "the scaled noise", "the factor before ab", "the factor before the noise")
NOISED = Table(
    combined(_noised, FACTORS, TIMES),
    [(name, lambda f, name=name: _term(f, name)) for name in TERMS],
)
Q_SAMPLE = NOISED | {
    RIGHT: diffusion.q_sample,
    "alpha_bar[t] has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a "
    "picture":
        lambda ab, t, noise, alpha_bar: (
            alpha_bar[t].sqrt() * ab + (1 - alpha_bar[t]).sqrt() * noise
        ),
    "alpha_bar[t] meets the channels: .view(-1, 1, 1, 1) gives it one number a picture":
        lambda ab, t, noise, alpha_bar: (
            alpha_bar[t].sqrt().view(-1, 1, 1) * ab
            + (1 - alpha_bar[t]).sqrt().view(-1, 1, 1) * noise
        ),
    "the running product is taken again: alpha_bar is that product already":
        lambda ab, t, noise, alpha_bar: diffusion.q_sample(ab, t, noise, alpha_bar.cumprod(0)),
    "ab stands in the noise's place":
        lambda ab, t, noise, alpha_bar: diffusion.q_sample(ab, t, ab, alpha_bar),
    "alpha_bar is not looked up at t":
        lambda ab, t, noise, alpha_bar: alpha_bar.sqrt() * ab + (1 - alpha_bar).sqrt() * noise,
}


FORMS = {
    "{0}": lambda x: x,
    "sqrt({0})": torch.sqrt,
    "1 - {0}": lambda x: 1 - x,
    "sqrt(1 - {0})": amount,
    "1 - sqrt({0})": lambda x: 1 - x.sqrt(),
    "{0}²": torch.square,
    "(1 - {0})²": lambda x: (1 - x) ** 2,
    "sqrt(1 - {0}²)": lambda x: (1 - x**2).sqrt(),
    "sqrt(1 - sqrt({0}))": lambda x: (1 - x.sqrt()).sqrt(),
    "sqrt(sqrt({0}))": lambda x: x**0.25,
    "1 / {0}": lambda x: 1 / x,
    "1 / sqrt({0})": torch.rsqrt,
    "1 / (1 - {0})": lambda x: 1 / (1 - x),
    "1 / sqrt(1 - {0})": lambda x: 1 / amount(x),
    "sqrt({0}) sqrt(1 - {0})": lambda x: x.sqrt() * amount(x),
    "sqrt({0}) (1 - {0})": lambda x: x.sqrt() * (1 - x),
    "sqrt(1 - {0}) / sqrt({0})": lambda x: amount(x) / x.sqrt(),
    "sqrt({0}) / sqrt(1 - {0})": lambda x: x.sqrt() / amount(x),
    "(1 - {0}) / sqrt({0})": lambda x: (1 - x) / x.sqrt(),
    "sqrt(1 - {0}) / {0}": lambda x: amount(x) / x,
    "(1 - sqrt({0})) / sqrt({0})": lambda x: (1 - x.sqrt()) / x.sqrt(),
    "1 + {0}": lambda x: 1 + x,
    "sqrt(1 + {0})": lambda x: (1 + x).sqrt(),
    "1 - {0} / 2": lambda x: 1 - x / 2,
    "1 / (sqrt({0}) + sqrt(1 - {0}))": lambda x: 1 / (x.sqrt() + amount(x)),
    "sqrt({0}) / 2": lambda x: x.sqrt() / 2,
    "sqrt({0}) / (sqrt({0}) + sqrt(1 - {0}))": lambda x: x.sqrt() / (x.sqrt() + amount(x)),
    "sqrt(1 - {0}) / (sqrt({0}) + sqrt(1 - {0}))": lambda x: amount(x) / (x.sqrt() + amount(x)),
}


def forms(of):
    """{words: numbers} of what may stand before a term, from {words: numbers}."""
    return {form.format(words): make(x) for words, x in of.items() for form, make in FORMS.items()}


def factors(case):
    """What may stand before ab or noise, (B,) numbers each."""
    t, k = case["t"], case["alpha_bar"]
    return forms(
        {
            "alpha_bar[t]": k[t],
            "alpha_bar[t - 1]": k[t - 1],
            "alpha_bar[t + 1]": k[(t + 1).clamp(max=len(k) - 1)],
            "alpha_bar[the first picture's t]": k[t[:1].expand_as(t)],
            "alpha_bar[-1]": k[-1:].expand(len(t)),
            "alpha_bar from the end": k.flip(0)[t],
            "cumprod(alpha_bar)[t]": k.cumprod(0)[t],
            "cumprod(1 - alpha_bar)[t]": (1 - k).cumprod(0)[t],
            "alpha_bar[t] / alpha_bar[t - 1]": k[t] / k[(t - 1).clamp(min=0)],
            "t / T": t / (len(k) - 1),
            "t / (T + 1)": t / len(k),
            "the mean of alpha_bar[t]": k[t].mean().expand(len(t)),
        }
    )


def _q_sample_look(ask, cases):
    return blend(
        cases,
        lambda case: {"ab": case["ab"], "noise": case["noise"]},
        factors,
        {"ab": "sqrt(alpha_bar[t])", "noise": "sqrt(1 - alpha_bar[t])"},
    )


@check(Q_SAMPLE, look=_q_sample_look)
def q_sample(seeded):
    """student(ab (B, 2, H, W), t (B,), noise like ab, alpha_bar (T + 1,)) -> like ab.

    sqrt(alpha_bar[t]) ab + sqrt(1 - alpha_bar[t]) noise, each picture with its own t (Ho et al.
    2020, equation 4).
    """
    batch, height, width = seeded.sizes(3, 2, 7)
    steps = {
        (batch, height, width): seeded.sizes(batch, 2, 8),
        (3, 3, 3): [1, 5, 9],
        (1, 2, 2): [0],
        (2, 4, 5): [10, 4],
    }
    return noising("ab", steps, seeded)


# ---- hidden_noise


def _solved(formula, which=lambda t: t):
    noised = looked_up(formula, which)
    return lambda x_t, x0, t, alpha_bar: noised(x_t, t, x0, alpha_bar)


def _hidden(keep=torch.sqrt, add=amount, which=lambda t: t):
    return _solved(lambda k, x_t, x0: (x_t - keep(k) * x0) / add(k), which)


HIDDEN_NOISE = {
    RIGHT: _hidden(),
    "the two factors are swapped: sqrt(1 - alpha_bar) and sqrt(alpha_bar)":
        _hidden(amount, torch.sqrt),
    "not divided by sqrt(1 - alpha_bar)": _hidden(add=torch.ones_like),
    "divided by sqrt(alpha_bar); by sqrt(1 - alpha_bar) is wanted": _hidden(add=torch.sqrt),
    "divided by alpha_bar; by sqrt(1 - alpha_bar) is wanted": _hidden(add=lambda k: k),
    "multiplied by sqrt(1 - alpha_bar); divide": _hidden(add=lambda k: 1 / amount(k)),
    "x0 does not fade: sqrt(alpha_bar) is missing before it": _hidden(torch.ones_like),
    "neither factor: x_t - x0": _hidden(torch.ones_like, torch.ones_like),
    "1 - alpha_bar below; its square root belongs there": _hidden(add=lambda k: 1 - k),
    "alpha_bar and 1 - alpha_bar where their square roots belong":
        _hidden(lambda k: k, lambda k: 1 - k),
    "the wrong sign: x0's part minus x_t": _hidden(add=lambda k: -amount(k)),
    "brackets: only x0's part is divided":
        _solved(lambda k, x_t, x0: x_t - k.sqrt() * x0 / amount(k)),
    "x_t and x0 are swapped": lambda x_t, x0, t, a: _hidden()(x0, x_t, t, a),
    "the way there: noise is put on x_t": lambda x_t, x0, t, a: diffusion.q_sample(x_t, t, x0, a),
    "the way there: x0 is noised with x_t":
        lambda x_t, x0, t, a: diffusion.q_sample(x0, t, x_t, a),
    "t is off by one: alpha_bar[0] = 1 is no noise, so step t is alpha_bar[t]":
        _hidden(which=lambda t: t - 1),
    "t is off by one: alpha_bar[t + 1]": _hidden(which=lambda t: t + 1),
    "the first picture's t for the whole batch": _hidden(which=lambda t: t[:1].expand(len(t))),
    "the running product is taken again: alpha_bar is that product already":
        lambda x_t, x0, t, a: _hidden()(x_t, x0, t, a.cumprod(0)),
    "clamped: noise lies outside -1 and 1, too":
        lambda x_t, x0, t, a: _hidden()(x_t, x0, t, a).clamp(-1, 1),
    "alpha_bar[t] has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a "
    "picture":
        lambda x_t, x0, t, a: (x_t - a[t].sqrt() * x0) / (1 - a[t]).sqrt(),
}


def _hidden_look(ask, cases):
    return blend(
        cases,
        lambda case: {"x_t": case["x_t"], "x0, taken away": -case["x0"]},
        factors,
        {
            "x_t": "1 / sqrt(1 - alpha_bar[t])",
            "x0, taken away": "sqrt(alpha_bar[t]) / sqrt(1 - alpha_bar[t])",
        },
    )


@check(HIDDEN_NOISE, look=_hidden_look)
def hidden_noise(seeded):
    """student(x_t (B, 2, H, W), x0 like x_t, t (B,), alpha_bar (T + 1,)) -> like x_t.

    The noise that makes x_t of x0: (x_t - sqrt(alpha_bar[t]) x0) / sqrt(1 - alpha_bar[t]).
    """
    steps = {(2, 5, 7): [3, 8], (3, 3, 3): [1, 5, 9], (1, 2, 2): [4]}
    cases = noising("x_t", steps, seeded)
    return [{"x_t": c["x_t"], "x0": c["noise"] / 2, "t": c["t"], "alpha_bar": c["alpha_bar"]}
            for c in cases]


# ---- correct_once


def _refiner(L, ab_noisy, t, prior):
    """Something simple that hears of all four, and of each number of the prior."""
    told = 0.01 * t + (prior * torch.tensor([0.08, 0.1, 0.06, 0.12])).sum(1)  # (B,)
    return 0.3 * L - 0.5 * ab_noisy + told.view(-1, 1, 1, 1)


SEES = NOISED | {
    "the refiner sees the clean base; it should see the noised one":
        lambda base, t, noise, alpha_bar: base,
    "the refiner sees the noise alone; it should see the noised base":
        lambda base, t, noise, alpha_bar: noise,
}
RETURNS = {  # of the base, what the refiner saw, the residual R, k = alpha_bar[t]
    RIGHT: lambda base, noisy, R, k: base + R,
    "the residual is added to the noised base; it corrects the clean one":
        lambda base, noisy, R, k: noisy + R,
    "the residual alone is returned; add it to the base": lambda base, noisy, R, k: R,
    "the residual is subtracted": lambda base, noisy, R, k: base - R,
    "the residual is subtracted from the noised base; add it to the clean one":
        lambda base, noisy, R, k: noisy - R,
    "the base is returned as it was": lambda base, noisy, R, k: base,
    "the noised base is returned, without the residual": lambda base, noisy, R, k: noisy,
    "the residual is cut off at -0.1 and 0.1":
        lambda base, noisy, R, k: base + R.clamp(-0.1, 0.1),
    "the residual is multiplied by sqrt(1 - alpha_bar)":
        lambda base, noisy, R, k: base + (1 - k).sqrt() * R,
    "the base is multiplied by sqrt(alpha_bar); the clean base is wanted":
        lambda base, noisy, R, k: k.sqrt() * base + R,
}


def _corrected(give, see):
    def variant(refiner, L, base, t, prior, noise, alpha_bar):
        noisy = see(base, t, noise, alpha_bar)
        k = alpha_bar[t].view(-1, 1, 1, 1)  # (B, 1, 1, 1)
        return give(base, noisy, refiner(L, noisy, t, prior), k)

    return variant


def _once(*given):
    return diffusion.correct_once(*given)[0]


def _told(ask):
    """Corrected once, but the refiner is called by ask(refiner, L, noisy, t, prior)."""
    return lambda refiner, *given: _once(lambda *told: ask(refiner, *told), *given)


CORRECT_ONCE = combined(_corrected, RETURNS, SEES) | {
    RIGHT: _once,
    "the refiner is told another t: t - 1":
        _told(lambda refiner, L, noisy, t, P: refiner(L, noisy, t - 1, P)),
    "the prior does not reach the refiner":
        _told(lambda refiner, L, noisy, t, P: refiner(L, noisy, t, 0 * P)),
    "L and ab_noisy have changed places: refiner(L, ab_noisy, t, prior)":
        _told(lambda refiner, L, noisy, t, P: refiner(noisy, L, t, P)),
    "corrected twice; one look is wanted":
        lambda refiner, L, base, *rest: _once(refiner, L, _once(refiner, L, base, *rest), *rest),
}


def _correct_once_look(ask, cases):
    """What the refiner was given, if that is wrong; else what became of the residual."""
    for one in cases:
        calls = []

        def spy(*given, calls=calls):
            calls.append(given)
            return _refiner(*given)

        ask(one.case | {"refiner": spy})
        if len(calls) != 1:
            return (
                f"the refiner is called {len(calls)} times; one look is wanted"
                if calls
                else "the refiner is never called"
            )
        if words := _told_wrongly(one.case, *calls[0]):
            return words
    return blend(cases, _addends, _shares, {"the base": "1", "the residual": "1", "noise": "0"})


def _told_wrongly(case, L, noisy, t, prior):
    """What of the refiner's four arguments is not what it should be."""
    wanted = diffusion.q_sample(case["ab_base"], case["t"], case["noise"], case["alpha_bar"])
    given = {"L": (L, case["L"]), "t": (t, case["t"]), "prior": (prior, case["prior"])}
    for name, (mine, right) in given.items():
        (x,), (y,) = numbers(mine), numbers(right)
        if x.shape != y.shape or not close(x, y, 1e-5).all():
            return f"the refiner is told another {name}: {show(mine)} where {show(right)} belongs"
    (x,), (y,) = numbers(noisy), numbers(wanted)
    if x.shape == y.shape and close(x, y, 1e-5).all():
        return None
    seen = [Seen(case | {"ab": case["ab_base"]}, (x,), (y,))]
    words = _q_sample_look(None, seen) or "it is no sum of the base and the noise"
    return f"what the refiner sees is not the noised base: {words.replace('ab ', 'the base ')}"


def _addends(case):
    noisy = diffusion.q_sample(case["ab_base"], case["t"], case["noise"], case["alpha_bar"])
    residual = _refiner(case["L"], noisy, case["t"], case["prior"])
    return {"the base": case["ab_base"], "the residual": residual, "noise": case["noise"]}


def _shares(case):
    one = torch.ones(len(case["t"]))
    return {"1": one, "0": 0 * one, "2": 2 * one, "a half": one / 2} | factors(case)


@check(CORRECT_ONCE, look=_correct_once_look)
def correct_once(seeded):
    """student(refiner, L, ab_base, t (B,), prior (B, 4), noise, alpha_bar) -> ab_final.

    Noise the base, call refiner(L, ab_noisy, t, prior) once, add the residual to the clean base.
    """

    def case(batch, height, width, t):
        # so small that clamping to [-1, 1], as the library does, changes nothing
        return {
            "refiner": _refiner,
            "L": seeded.uniform(batch, 1, height, width),
            "ab_base": seeded.uniform(batch, 2, height, width, low=-0.25, high=0.25),
            "t": torch.tensor(t),
            "prior": seeded.uniform(batch, 4, low=-0.25, high=0.25),
            "noise": seeded.uniform(batch, 2, height, width),
            "alpha_bar": SIGNAL,
        }

    batch, height, width = seeded.sizes(3, 2, 7)
    return [
        case(batch, height, width, seeded.sizes(batch, 2, 8)),
        case(3, 3, 3, [1, 5, 9]),
        case(1, 4, 6, [3]),
        case(1, 2, 2, [0]),
    ]


# ---- effective_weight

WEIGHTS = {
    0.35: "that is the residual term alone; write AB_final = AB_base + R into the output term",
    0.25: "that is the output term alone; write AB_final = AB_base + R into the residual term",
    0.30: "the mean of the two weights, but both terms stand in the sum",
    0.0875: "the product of the two weights, but terms of a sum add up",
    0.10: "the difference of the two weights, or the weight of another term",
    1.40: "the ratio of the two weights, but terms of a sum add up",
    0.70: "one term too many: the diversity term compares with the base, not with the truth",
    0.50: "the diversity term is taken away: it compares with the base, not with the truth",
    0.36: "the weights are squared; the error is, not its weight",
    0.185: "the weights are squared; the error is, not its weight",
    1.0: "the sum of all weights, but four of the terms measure something else",
    60.0: "right in per cent, but the weights of the table are fractions",
}


def effective_weight(number):
    """number: the weight that the squared colour error has when AB_final = AB_base + R.

    Of the paper's Table 1, where two of the terms then turn out to be the same.
    """
    found = [x for part in numbers(number) or () for x in part.ravel().tolist()]
    if len(found) != 1 or not math.isfinite(found[0]):
        return explain(f"Not yet: effective_weight wants a number; it got {show(number)}.")
    (value,) = found
    if math.isclose(value, 0.6, abs_tol=1e-6):
        return confirm(
            "0.35 + 0.25 = 0.60. The residual term and the output term are the same number."
        )
    near = [words for wrong, words in WEIGHTS.items() if math.isclose(value, wrong, abs_tol=1e-6)]
    hint = near[0] if near else "none of the mistakes known here"
    return explain(f"Not yet: {value:g}.", f"  Looks like:    {hint}.")
