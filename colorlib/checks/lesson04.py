"""Checks of lesson 04, the diffusion step and the loss's effective weight."""

import math

import torch

from colorlib import diffusion
from colorlib.checks.engine import confirm, explain, judge, show, uniform


def alpha_bar(student):
    """student(beta (T,)) -> alpha_bar (T + 1,): the running product of 1 - beta, with alpha_bar[0] = 1."""
    cases = [{"beta": uniform(steps, seed=steps, low=0.01, high=0.2)} for steps in (6, 40, 1)]

    def lead(x, first=1.0):
        return torch.cat([x.new_tensor([first]), x])

    mistakes = {
        "alpha_bar[0] = 1, the step without noise, is missing": lambda beta: (1 - beta).cumprod(0),
        "the product of beta; 1 - beta belongs there": lambda beta: lead(beta.cumprod(0)),
        "the product of beta, and alpha_bar[0] = 1 is missing": lambda beta: beta.cumprod(0),
        "1 - beta without the running product": lambda beta: lead(1 - beta),
        "1 - beta without the running product, and alpha_bar[0] = 1 is missing": lambda beta: 1 - beta,
        "the running sum, not the running product": lambda beta: lead((1 - beta).cumsum(0)),
        "1 - the running sum of beta, which is only nearly the product": lambda beta: lead(1 - beta.cumsum(0)),
        "the square root: that is sqrt(alpha_bar)": lambda beta: lead((1 - beta).cumprod(0)).sqrt(),
        "1 - alpha_bar instead of alpha_bar": lambda beta: 1 - lead((1 - beta).cumprod(0)),
        "alpha_bar[0] is 0; without noise it is 1": lambda beta: lead((1 - beta).cumprod(0), 0.0),
        "one step short: the last beta is left out": lambda beta: lead((1 - beta).cumprod(0))[:-1],
        "in reverse order": lambda beta: lead((1 - beta).cumprod(0)).flip(0),
        "only the last value; all T + 1 are wanted": lambda beta: (1 - beta).prod(),
    }
    return judge("alpha_bar", student, cases, lambda beta: lead((1 - beta).cumprod(0)), mistakes)


def q_sample(student):
    """student(ab (B, 2, H, W), t (B,), noise like ab, alpha_bar (T + 1,)) -> like ab:
    sqrt(alpha_bar[t]) ab + sqrt(1 - alpha_bar[t]) noise, each picture with its own t (Ho et al. 2020, equation 4).
    """
    alpha_bar = torch.linspace(1, 0.1, 11)
    steps = {(2, 5, 7): [3, 8], (3, 3, 3): [1, 5, 9], (1, 2, 2): [0]}
    cases = [
        {
            "ab": uniform(batch, 2, height, width, seed=batch),
            "t": torch.tensor(t),
            "noise": uniform(batch, 2, height, width, seed=10 + batch, low=-2, high=2),
            "alpha_bar": alpha_bar,
        }
        for (batch, height, width), t in steps.items()
    ]
    half = torch.sqrt
    one = torch.ones_like
    factors = {  # words: (which t, factor of ab, factor of the noise), both functions of alpha_bar[t]
        "alpha_bar and 1 - alpha_bar where their square roots belong": (_same_t, _as_is, lambda x: 1 - x),
        "alpha_bar in front of ab: its square root belongs there": (_same_t, _as_is, _noise_share),
        "1 - alpha_bar in front of the noise: its square root belongs there": (_same_t, half, lambda x: 1 - x),
        "1 - sqrt(alpha_bar) in front of the noise; sqrt(1 - alpha_bar) belongs there": (
            _same_t,
            half,
            lambda x: 1 - x.sqrt(),
        ),
        "the noise is not scaled: sqrt(1 - alpha_bar) is missing": (_same_t, half, one),
        "ab is not scaled: sqrt(alpha_bar) is missing": (_same_t, one, _noise_share),
        "the two factors are swapped": (_same_t, _noise_share, half),
        "the noise is subtracted": (_same_t, half, lambda x: -_noise_share(x)),
        "the noise is missing": (_same_t, half, torch.zeros_like),
        "t is off by one: alpha_bar[0] = 1 is no noise, so step t is alpha_bar[t], not alpha_bar[t - 1]": (
            lambda t: t - 1,
            half,
            _noise_share,
        ),
        "t is off by one: alpha_bar[t + 1]": (lambda t: t + 1, half, _noise_share),
        "the first picture's t for the whole batch": (lambda t: t[:1].expand(len(t)), half, _noise_share),
    }
    mistakes = {words: _mixer(*chosen) for words, chosen in factors.items()}
    mistakes["alpha_bar[t] has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a picture"] = (
        lambda ab, t, noise, alpha_bar: alpha_bar[t].sqrt() * ab + (1 - alpha_bar[t]).sqrt() * noise
    )
    return judge("q_sample", student, cases, diffusion.q_sample, mistakes)


def _mixer(which_t, keep, add):
    def variant(ab, t, noise, alpha_bar):
        share = alpha_bar[which_t(t)].view(-1, 1, 1, 1)
        return keep(share) * ab + add(share) * noise

    return variant


def _same_t(t):
    return t


def _as_is(share):
    return share


def _noise_share(share):
    return (1 - share).sqrt()


def correct_once(student):
    """student(refiner, L, ab_base, t (B,), prior (B, 4), noise, alpha_bar) -> ab_final: noise the base, call
    refiner(L, ab_noisy, t, prior) once, add the residual to the clean base.
    """

    def refiner(L, ab_noisy, t, prior):
        return 0.3 * L - 0.5 * ab_noisy + 0.01 * t.view(-1, 1, 1, 1) + 0.1 * prior.sum(1).view(-1, 1, 1, 1)

    cases = [
        {
            "refiner": refiner,
            "L": uniform(batch, 1, 4, 6, seed=1),
            "ab_base": uniform(batch, 2, 4, 6, seed=2),
            "t": torch.arange(batch) * 4 + 3,
            "prior": uniform(batch, 4, seed=3),
            "noise": uniform(batch, 2, 4, 6, seed=4, low=-2, high=2),
            "alpha_bar": torch.linspace(1, 0.1, 11),
        }
        for batch in (2, 1)
    ]

    def residual(refiner, L, base, t, prior, noise, alpha_bar):
        return refiner(L, diffusion.q_sample(base, t, noise, alpha_bar), t, prior)

    def right(refiner, L, base, t, prior, noise, alpha_bar):
        return base + residual(refiner, L, base, t, prior, noise, alpha_bar)

    def from_noised(refiner, L, base, t, prior, noise, alpha_bar):
        noised = diffusion.q_sample(base, t, noise, alpha_bar)
        return noised + refiner(L, noised, t, prior)

    def seeing(choose):
        """The residual that the refiner gives when it sees choose(base, noise), added to the base."""
        return lambda refiner, L, base, t, prior, noise, _: base + refiner(L, choose(base, noise), t, prior)

    mistakes = {
        "the residual is added to the noised base; it corrects the clean one": from_noised,
        "the residual alone is returned; add it to the base": residual,
        "the residual is subtracted": lambda *given: 2 * given[2] - right(*given),
        "the base is returned as it was": lambda refiner, L, base, *rest: base,
        "the refiner sees the clean base; it should see the noised one": seeing(lambda base, noise: base),
        "the refiner sees the noise alone; it should see the noised base": seeing(lambda base, noise: noise),
        "base and noise are added without their factors": seeing(lambda base, noise: base + noise),
    }
    return judge("correct_once", student, cases, right, mistakes)


def effective_weight(number):
    """number: the weight that the squared colour error really has when AB_final = AB_base + R (paper, Table 1)."""
    known = {
        0.35: "that is the residual term alone; write AB_final = AB_base + R into the output term",
        0.25: "that is the output term alone; write AB_final = AB_base + R into the residual term",
        0.30: "the mean of the two weights, but both terms stand in the sum",
        0.0875: "the product of the two weights, but terms of a sum add up",
        0.10: "the difference of the two weights, or the weight of another term",
        0.70: "one term too many: the diversity term compares with the base, not with the truth",
        1.0: "the sum of all weights, but four of the terms measure something else",
        60.0: "right in per cent, but the weights of the table are fractions",
    }
    try:
        value = float(number)
    except (TypeError, ValueError):
        return explain(f"Not yet: effective_weight wants a number; it got {show(number)}.")
    if math.isclose(value, 0.6, abs_tol=1e-6):
        return confirm("0.35 + 0.25 = 0.60. The residual term and the output term are the same number.")
    hint = next((words for wrong, words in known.items() if math.isclose(value, wrong, abs_tol=1e-6)), None)
    return explain(f"Not yet: {value:g}.", f"  Looks like:    {hint or 'none of the mistakes known here'}.")
