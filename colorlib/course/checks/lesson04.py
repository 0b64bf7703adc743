"""Checks of lesson 04, the diffusion step and the loss's effective weight."""

import math
from itertools import product

import torch

from colorlib import diffusion
from colorlib.course.checks.judging import Seeded, confirm, explain, judge
from colorlib.course.checks.reading import numbers, show


def alpha_bar(student, seed=0):
    """student(beta (T,)) -> alpha_bar (T + 1,): the running product of 1 - beta, with alpha_bar[0]
    = 1.
    """
    draw = Seeded(seed)
    cases = [
        {"beta": draw.uniform(steps, low=0.01, high=0.2)} for steps in (*draw.sizes(1, 5, 9), 40, 1)
    ]

    def lead(x, first=1.0):
        return torch.cat([x.new_tensor([first]), x])

    def right(beta):
        return lead((1 - beta).cumprod(0))

    mistakes = {
        "alpha_bar[0] = 1, the step without noise, is missing": lambda beta: (1 - beta).cumprod(0),
        "the product of beta; 1 - beta belongs there": lambda beta: lead(beta.cumprod(0)),
        "the product of beta, and alpha_bar[0] = 1 is missing": lambda beta: beta.cumprod(0),
        "the product of 1 + beta; 1 - beta belongs there": lambda beta: lead((1 + beta).cumprod(0)),
        "1 - beta without the running product": lambda beta: lead(1 - beta),
        "1 - beta without the running product, and alpha_bar[0] = 1 is missing": lambda beta: (
            1 - beta
        ),
        "the running sum, not the running product": lambda beta: lead((1 - beta).cumsum(0)),
        "the running sum, not the running product, and alpha_bar[0] = 1 is missing": lambda beta: (
            1 - beta
        ).cumsum(0),
        "1 - the running sum of beta, which is only nearly the product": lambda beta: lead(
            1 - beta.cumsum(0)
        ),
        "1 - the running product of beta; the product of 1 - beta is wanted": lambda beta: lead(
            1 - beta.cumprod(0)
        ),
        "the square root: that is sqrt(alpha_bar)": lambda beta: right(beta).sqrt(),
        "the square root: that is sqrt(alpha_bar), and its first entry is missing": lambda beta: (
            right(beta)[1:].sqrt()
        ),
        "1 - alpha_bar instead of alpha_bar": lambda beta: 1 - right(beta),
        "sqrt(1 - alpha_bar), the size of the noise, instead of alpha_bar": lambda beta: (
            1 - right(beta)
        ).sqrt(),
        "1 - alpha_bar in the product: beta itself belongs there": lambda beta: lead(
            (1 - (1 - beta).cumprod(0)).cumprod(0)
        ),
        "alpha_bar[0] is 0; without noise it is 1": lambda beta: lead((1 - beta).cumprod(0), 0.0),
        "the 1 is put in front of beta, and 1 - 1 = 0: put it in front of the product": lambda beta: (
            (1 - lead(beta)).cumprod(0)
        ),
        "the 1 stands at the end; alpha_bar[0] is 1": lambda beta: right(beta).roll(-1),
        "a 1 too many: alpha_bar[1] is 1 - beta[0] already": lambda beta: lead(right(beta)),
        "one step short: the last beta is left out": lambda beta: right(beta)[:-1],
        "the first beta is left out: alpha_bar[1] is 1 - beta[0]": lambda beta: lead(
            right(beta[1:])
        ),
        "in reverse order": lambda beta: right(beta).flip(0),
        "in reverse order, from the last beta on": lambda beta: right(beta.flip(0)).flip(0),
        "from the last beta on; the first step comes first": lambda beta: right(beta.flip(0)),
        "only the last value; all T + 1 are wanted": lambda beta: (1 - beta).prod(),
    }
    return judge("alpha_bar", student, cases, right, mistakes)


def _noisings():
    """{words: (which t, factor of ab, factor of the noise)}, functions of t and alpha_bar[t]; "" is
    the right one.
    """
    times = {
        "": lambda t: t,
        "t is off by one: alpha_bar[0] = 1 is no noise, so step t is alpha_bar[t], not alpha_bar[t - 1]": (
            lambda t: t - 1
        ),
        "t is off by one: alpha_bar[t + 1]": lambda t: t + 1,
        "the first picture's t for the whole batch": lambda t: t[:1].expand(len(t)),
    }

    def amount(x):
        return (1 - x).sqrt()

    def whole(x):
        return torch.ones_like(x)

    def nothing(x):
        return torch.zeros_like(x)

    factors = {
        "": (torch.sqrt, amount),
        "alpha_bar and 1 - alpha_bar where their square roots belong": (
            lambda x: x,
            lambda x: 1 - x,
        ),
        "alpha_bar in front of ab: its square root belongs there": (lambda x: x, amount),
        "1 - alpha_bar in front of the noise: its square root belongs there": (
            torch.sqrt,
            lambda x: 1 - x,
        ),
        "1 - sqrt(alpha_bar) in front of the noise; sqrt(1 - alpha_bar) belongs there": (
            torch.sqrt,
            lambda x: 1 - x.sqrt(),
        ),
        "alpha_bar is taken for its square root: its share of the variance is alpha_bar, not alpha_bar²": (
            lambda x: x,
            lambda x: (1 - x**2).sqrt(),
        ),
        "the noise is not scaled: sqrt(1 - alpha_bar) is missing": (torch.sqrt, whole),
        "the noise is not scaled, and alpha_bar stands where its square root belongs": (
            lambda x: x,
            whole,
        ),
        "ab is not scaled: sqrt(alpha_bar) is missing": (whole, amount),
        "ab is not scaled, and 1 - alpha_bar stands where its square root belongs": (
            whole,
            lambda x: 1 - x,
        ),
        "ab is not scaled, nor is the noise": (whole, whole),
        "the two factors are swapped": (amount, torch.sqrt),
        "the two factors are swapped, and without their square roots": (
            lambda x: 1 - x,
            lambda x: x,
        ),
        "the noise is subtracted": (torch.sqrt, lambda x: -amount(x)),
        "the noise is missing": (torch.sqrt, nothing),
        "the noise is missing, and alpha_bar stands where its square root belongs": (
            lambda x: x,
            nothing,
        ),
        "ab is missing: the noise alone": (nothing, amount),
    }
    return {
        "; ".join(filter(None, (words, words_t))): (which, *pair)
        for (words_t, which), (words, pair) in product(times.items(), factors.items())
    }


def _mixer(which_t, keep, add):
    def variant(ab, t, noise, alpha_bar):
        share = alpha_bar[which_t(t)].view(-1, 1, 1, 1)
        return keep(share) * ab + add(share) * noise

    return variant


def q_sample(student, seed=0):
    """student(ab (B, 2, H, W), t (B,), noise like ab, alpha_bar (T + 1,)) -> like ab:
    sqrt(alpha_bar[t]) ab + sqrt(1 - alpha_bar[t]) noise, each picture with its own t (Ho et al.
    2020, equation 4).
    """
    draw = Seeded(seed)
    batch, height, width = draw.sizes(3, 2, 7)
    steps = (draw.sizes(batch, 2, 8), [1, 5, 9], [0], [10, 4])
    shapes = ((batch, 2, height, width), (3, 2, 3, 3), (1, 2, 2, 2), (2, 2, 4, 5))
    cases = [
        {
            "ab": draw.uniform(*shape),
            "t": torch.tensor(t),
            "noise": draw.uniform(*shape, low=-2, high=2),
            "alpha_bar": torch.linspace(1, 0.1, 11),
        }
        for shape, t in zip(shapes, steps, strict=True)
    ]
    mistakes = {words: _mixer(*chosen) for words, chosen in _noisings().items() if words} | {
        "alpha_bar[t] has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a picture": (
            lambda ab, t, noise, alpha_bar: (
                alpha_bar[t].sqrt() * ab + (1 - alpha_bar[t]).sqrt() * noise
            )
        ),
        "alpha_bar[t] meets the channels: .view(-1, 1, 1, 1) gives it one number a picture": (
            lambda ab, t, noise, alpha_bar: (
                alpha_bar[t].sqrt().view(-1, 1, 1) * ab
                + (1 - alpha_bar[t]).sqrt().view(-1, 1, 1) * noise
            )
        ),
        "the running product is taken again: alpha_bar is that product already": lambda ab, t, noise, alpha_bar: (
            diffusion.q_sample(ab, t, noise, alpha_bar.cumprod(0))
        ),
        "the running product of 1 - alpha_bar: alpha_bar is no beta": lambda ab, t, noise, alpha_bar: (
            diffusion.q_sample(ab, t, noise, (1 - alpha_bar).cumprod(0))
        ),
        "ab stands in the noise's place": lambda ab, t, noise, alpha_bar: diffusion.q_sample(
            ab, t, ab, alpha_bar
        ),
        "ab and noise are swapped": lambda ab, t, noise, alpha_bar: diffusion.q_sample(
            noise, t, ab, alpha_bar
        ),
        "ab is returned as it was": lambda ab, t, noise, alpha_bar: ab,
        "alpha_bar is not looked up at t": lambda ab, t, noise, alpha_bar: (
            alpha_bar.sqrt() * ab + (1 - alpha_bar).sqrt() * noise
        ),
    }
    return judge("q_sample", student, cases, diffusion.q_sample, mistakes)


def correct_once(student, seed=0):
    """student(refiner, L, ab_base, t (B,), prior (B, 4), noise, alpha_bar) -> ab_final: noise the
    base, call refiner(L, ab_noisy, t, prior) once, add the residual to the clean base.
    """
    draw = Seeded(seed)

    def refiner(L, ab_noisy, t, prior):
        return (
            0.3 * L
            - 0.5 * ab_noisy
            + 0.01 * t.view(-1, 1, 1, 1)
            + 0.1 * prior.sum(1).view(-1, 1, 1, 1)
        )

    def case(shape, t):
        # so small that clamping to [-1, 1], as the library does, changes nothing
        batch, height, width = shape
        return {
            "refiner": refiner,
            "L": draw.uniform(batch, 1, height, width),
            "ab_base": draw.uniform(batch, 2, height, width, low=-0.25, high=0.25),
            "t": torch.tensor(t),
            "prior": draw.uniform(batch, 4, low=-0.25, high=0.25),
            "noise": draw.uniform(batch, 2, height, width),
            "alpha_bar": torch.linspace(1, 0.1, 11),
        }

    batch, height, width = draw.sizes(3, 2, 7)
    cases = [
        case((batch, height, width), draw.sizes(batch, 2, 8)),
        case((3, 3, 3), [1, 5, 9]),
        case((1, 4, 6), [3]),
        case((1, 2, 2), [0]),
    ]

    def share(t, alpha_bar):
        return alpha_bar[t].view(-1, 1, 1, 1)

    sees = {words: _mixer(*chosen) for words, chosen in _noisings().items()} | {
        "the refiner sees the clean base; it should see the noised one": lambda base, t, noise, alpha_bar: (
            base
        ),
        "the refiner sees the noise alone; it should see the noised base": lambda base, t, noise, alpha_bar: (
            noise
        ),
    }
    returns = {  # of base, what the refiner saw, the residual, alpha_bar[t]
        "": lambda base, noisy, R, k: base + R,
        "the residual is added to the noised base; it corrects the clean one": lambda base, noisy, R, k: (
            noisy + R
        ),
        "the residual alone is returned; add it to the base": lambda base, noisy, R, k: R,
        "the residual is subtracted": lambda base, noisy, R, k: base - R,
        "the residual is subtracted from the noised base; add it to the clean one": lambda base, noisy, R, k: (
            noisy - R
        ),
        "the base is returned as it was": lambda base, noisy, R, k: base,
        "the noised base is returned, without the residual": lambda base, noisy, R, k: noisy,
        "the residual is multiplied by sqrt(1 - alpha_bar)": lambda base, noisy, R, k: (
            base + (1 - k).sqrt() * R
        ),
        "the residual is multiplied by sqrt(alpha_bar)": lambda base, noisy, R, k: (
            base + k.sqrt() * R
        ),
        "the base is multiplied by sqrt(alpha_bar); the clean base is wanted": lambda base, noisy, R, k: (
            k.sqrt() * base + R
        ),
    }

    def once(see, give, tell=lambda t: t, informed=lambda prior: prior):
        def variant(refiner, L, base, t, prior, noise, alpha_bar):
            noisy = see(base, t, noise, alpha_bar)
            return give(
                base, noisy, refiner(L, noisy, tell(t), informed(prior)), share(t, alpha_bar)
            )

        return variant

    def right(*given):
        return diffusion.correct_once(*given)[0]

    def twice(refiner, L, base, t, prior, noise, alpha_bar):
        again = right(refiner, L, base, t, prior, noise, alpha_bar)
        return right(refiner, L, again, t, prior, noise, alpha_bar)

    def turned(refiner, L, base, t, prior, noise, alpha_bar):
        return base + refiner(sees[""](base, t, noise, alpha_bar), L, t, prior)

    mistakes = {
        "; ".join(filter(None, (words, words_see))): once(see, give)
        for (words, give), (words_see, see) in product(returns.items(), sees.items())
        if words or words_see
    } | {
        "the refiner is told another t: t - 1": once(sees[""], returns[""], lambda t: t - 1),
        "the refiner is told another t: t + 1": once(sees[""], returns[""], lambda t: t + 1),
        "the prior does not reach the refiner": once(
            sees[""], returns[""], informed=torch.zeros_like
        ),
        "L and ab_noisy have changed places: refiner(L, ab_noisy, t, prior)": turned,
        "corrected twice; one look is wanted": twice,
    }
    return judge("correct_once", student, cases, right, mistakes)


def effective_weight(number):
    """number: the weight that the squared colour error really has when AB_final = AB_base + R
    (paper, Table 1).
    """
    known = {
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
    found = numbers(number)
    if found is None or len(found) != 1 or found[0].size != 1 or not math.isfinite(found[0].item()):
        return explain(f"Not yet: effective_weight wants a number; it got {show(number)}.")
    value = found[0].item()
    if math.isclose(value, 0.6, abs_tol=1e-6):
        return confirm(
            "0.35 + 0.25 = 0.60. The residual term and the output term are the same number."
        )
    hint = next(
        (words for wrong, words in known.items() if math.isclose(value, wrong, abs_tol=1e-6)), None
    )
    return explain(
        f"Not yet: {value:g}.", f"  Looks like:    {hint or 'none of the mistakes known here'}."
    )
