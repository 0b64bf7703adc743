"""Checks of lesson 07, beyond the paper: two ways to take many steps from the base to the truth."""

import math

import torch

from colorlib.course.checks.guessing import blend
from colorlib.course.checks.judging import RIGHT, check, combined

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

KEEPS = {  # the factor of x_t, of p = eta[t-1] and e = eta[t]
    RIGHT: lambda p, e: p / e,
    "eta[t-1] is not divided by eta[t]": lambda p, e: p,
    "eta[t]/eta[t-1] upside down": lambda p, e: e / p,
}
MOVES = {  # the factor of x0
    RIGHT: lambda p, e: (e - p) / e,
    "alpha_t is the step eta[t] - eta[t-1], not eta[t]": lambda p, e: e / e,
    "alpha_t is the step eta[t] - eta[t-1], not eta[t-1]": lambda p, e: p / e,
    "alpha_t is not divided by eta[t]": lambda p, e: e - p,
    "alpha_t is divided by eta[t-1]; by eta[t]": lambda p, e: (e - p) / p,
    "the sign of the step: eta grows with t, so alpha_t = eta[t] - eta[t-1] is positive":
        lambda p, e: (p - e) / e,
    "1 - eta[t] where alpha_t/eta[t] belongs": lambda p, e: 1 - e,
    "x0 is missing": lambda p, e: 0 * e,
}


def _mix(keep, move):
    return lambda x_t, x0, t, eta: keep(eta[t - 1], eta[t]) * x_t + move(eta[t - 1], eta[t]) * x0


_posterior = _mix(KEEPS[RIGHT], MOVES[RIGHT])
RESSHIFT = {
    "x_t and x0 are swapped": lambda x_t, x0, t, eta: _posterior(x0, x_t, t, eta),
    "neither is divided by eta[t]": _mix(lambda p, e: p, lambda p, e: e - p),
    "x0 itself: the whole way in one step": lambda x_t, x0, t, eta: x0,
    "the half-way point, whatever eta": lambda x_t, x0, t, eta: (x_t + x0) / 2,
    "the marginal's mean, x0 + eta[t-1] (x_t - x0); eta[t-1]/eta[t] belongs there":
        (_mix(lambda p, e: p, lambda p, e: 1 - p)),
    "t is off by one: eta[t] and eta[t + 1]":
        lambda x_t, x0, t, eta: _posterior(x_t, x0, t + 1, eta),
    "the mean has no roots: eta[t-1]/eta[t] itself":
        _mix(lambda p, e: (p / e).sqrt(), lambda p, e: 1 - (p / e).sqrt()),
    "brackets around eta[t] - eta[t-1] are missing":
        lambda x_t, x0, t, eta: eta[t - 1] / eta[t] * x_t + eta[t] - eta[t - 1] / eta[t] * x0,
} | combined(_mix, KEEPS, MOVES)


def _shares(case):
    """What may stand before x_t or x0, (B,) numbers each."""
    t, eta = case["t"], case["eta"]
    p, e, n = (float(eta[min(max(i, 0), len(eta) - 1)]) for i in (t - 1, t, t + 1))
    back_p, back_e = (float(eta.flip(0)[i]) for i in (t - 1, t))
    known = {
        "eta[t-1]/eta[t]": p / e,
        "alpha_t/eta[t]": (e - p) / e,
        "alpha_t": e - p,
        "eta[t-1]": p,
        "eta[t]": e,
        "1 - eta[t-1]": 1 - p,
        "1 - eta[t]": 1 - e,
        "1 - alpha_t": 1 - (e - p),
        "eta[t]/eta[t-1]": e / p if p else math.nan,
        "alpha_t/eta[t-1]": (e - p) / p if p else math.nan,
        "(eta[t-1]/eta[t])²": (p / e) ** 2,
        "1 - (eta[t-1]/eta[t])²": 1 - (p / e) ** 2,
        "the root of eta[t-1]/eta[t]": math.sqrt(p / e),
        "1 - the root of eta[t-1]/eta[t]": 1 - math.sqrt(p / e),
        "the root of alpha_t/eta[t]": math.sqrt((e - p) / e),
        "eta[t]/eta[t+1]": e / n,
        "1 - eta[t]/eta[t+1]": 1 - e / n,
        "eta[t-1] (eta read from its end)": back_p,
        "eta[t-1]/eta[t] (eta read from its end)": back_p / back_e if back_e else math.nan,
        "1 - eta[t-1]/eta[t] (eta read from its end)":
            1 - back_p / back_e if back_e else math.nan,
        "(t-1)/t": (t - 1) / t,
        "1/t": 1 / t,
        "t/T": t / (len(eta) - 1),
        "eta[t] + eta[t-1]": e + p,
        "a half": 0.5,
        "2": 2.0,
    }
    return {words: torch.full((len(case["x_t"]),), number) for words, number in known.items()}


def _resshift_look(ask, cases):
    return blend(
        cases,
        lambda case: {"x_t": case["x_t"], "x0": case["x0"]},
        _shares,
        {"x_t": "eta[t-1]/eta[t]", "x0": "alpha_t/eta[t]"},
    )


@check(RESSHIFT, look=_resshift_look)
def resshift_mean(seeded):
    """student(x_t, x0, t, eta) -> like x_t: the posterior mean of ResShift (Yue et al. 2023).

    (eta[t-1]/eta[t]) x_t + (alpha_t/eta[t]) x0, alpha_t = eta[t] - eta[t-1]; t is an int from 1.
    """
    eta = torch.linspace(0, 1, 6) ** 1.5
    batch, height, width = seeded.sizes(3)
    (between,) = seeded.sizes(1, 2, 4)
    steps = {(batch, 2, height, width): between, (1, 2, 3, 3): 2, (2, 2, 2, 2): 1, (2, 2, 2, 3): 5}
    return [
        {"x_t": seeded.uniform(*shape), "x0": seeded.uniform(*shape), "t": t, "eta": eta}
        for shape, t in steps.items()
    ]


def _wide(s):
    return s.view(-1, 1, 1, 1)


def _line(x, y, s):
    return (1 - _wide(s)) * x + _wide(s) * y


POINTS = {
    RIGHT: _line,
    "the point runs the wrong way: s = 0 is the base": lambda x, y, s: _line(y, x, s),
    "base + s · truth: the base must fade by 1 - s": lambda x, y, s: x + _wide(s) * y,
    "the base must fade by 1 - s, and the truth is not weighted with s": lambda x, y, s: x + y,
    "roots of s and 1 - s, as in diffusion; a straight line has none":
        lambda x, y, s: (1 - _wide(s)).sqrt() * x + _wide(s).sqrt() * y,
    "the first picture's s for the whole batch": lambda x, y, s: _line(x, y, s[:1]),
    "s has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a picture":
        lambda x, y, s: (1 - s) * x + s * y,
    "the point is the truth; at time s it is on the way": lambda x, y, s: y,
    "the point is half way, whatever s": lambda x, y, s: (x + y) / 2,
}
VELOCITIES = {  # of base, truth, s and the point that goes with it
    RIGHT: lambda x, y, s, p: y - x,
    "the velocity has the wrong sign: truth - base": lambda x, y, s, p: x - y,
    "the velocity is what is left, truth - point; on a straight line it is the same everywhere":
        lambda x, y, s, p: y - p,
    "the velocity is multiplied by s": lambda x, y, s, p: _wide(s) * (y - x),
    "the velocity is divided by s; the way from s = 0 to s = 1 takes a time of 1":
        lambda x, y, s, p: (y - x) / _wide(s),
    "the velocity is divided by 1 - s; the way from s = 0 to s = 1 takes a time of 1":
        lambda x, y, s, p: (y - x) / (1 - _wide(s)),
    "the velocity is divided by 1 - s: NaN at the end; truth - base is the same and never is":
        lambda x, y, s, p: (y - p) / (1 - _wide(s)),
    "the velocity is divided by s: NaN at the start; truth - base is the same and never is":
        lambda x, y, s, p: (p - x) / _wide(s),
    "the velocity is the truth; it is truth - base": lambda x, y, s, p: y,
    "the velocity has lost its sign": lambda x, y, s, p: (y - x).abs(),
}


def _pair(point, velocity):
    def variant(x, y, s):
        p = point(x, y, s)
        return p, velocity(x, y, s, p)

    return variant


_flow = _pair(POINTS[RIGHT], VELOCITIES[RIGHT])
FLOW = {
    "the line runs from the truth to the base": lambda x, y, s: _flow(y, x, s),
    "the pair is returned in the wrong order": lambda x, y, s: _flow(x, y, s)[::-1],
    "the point alone is returned; the pair (point, velocity) is wanted": _line,
    "the velocity alone is returned; the pair (point, velocity) is wanted": lambda x, y, s: y - x,
    "point and velocity are joined to one tensor; the pair is wanted":
        lambda x, y, s: torch.cat(_flow(x, y, s), 1),
    "point and velocity are joined (stacked) to one tensor; the pair is wanted":
        lambda x, y, s: torch.stack(_flow(x, y, s)),
} | combined(_pair, POINTS, VELOCITIES, most=1)


def _times(case):
    """What may stand before base or truth, (B,) numbers each."""
    s = case["s"]
    one = torch.ones_like(s)
    known = {"1": one, "2": 2 * one, "a half": one / 2, "s": s, "1 - s": 1 - s, "s²": s**2}
    known |= {"(1 - s)²": (1 - s) ** 2, "1 - s²": 1 - s**2, "sqrt(s)": s.sqrt()}
    known |= {"sqrt(1 - s)": (1 - s).sqrt(), "1 - sqrt(s)": 1 - s.sqrt(), "1 + s": 1 + s}
    known |= {"sqrt(1 - s²)": (1 - s**2).sqrt(), "2 s - 1": 2 * s - 1, "1 - 2 s": 1 - 2 * s}
    known |= {"the mean s": s.mean() * one, "1 - the mean s": 1 - s.mean() * one}
    known |= {"the first picture's s": s[:1] * one, "1 - the first picture's s": 1 - s[:1] * one}
    known |= {"cos(s π/2)": (s * math.pi / 2).cos(), "sin(s π/2)": (s * math.pi / 2).sin()}
    return known


SIGNED = {
    "base": lambda case: case["base"],
    "minus base": lambda case: -case["base"],
    "truth": lambda case: case["truth"],
}


def _flow_look(ask, cases):
    """What stands before base and truth, in the point and in the velocity."""
    if any(len(one.mine) != 2 for one in cases):
        return None
    rights = {"the point": {"base": "1 - s", "truth": "s"}}
    rights["the velocity"] = {"minus base": "1", "truth": "1"}
    said = []
    for n, (name, right) in enumerate(rights.items()):
        few = [one.taken(lambda x, n=n: x[n : n + 1]) for one in cases]
        words = blend(
            few,
            lambda case, right=right: {term: SIGNED[term](case) for term in right},
            _times,
            right,
        )
        said.append(f"{name}: {words}" if words else "")
    return "; ".join(filter(None, said)) or None


@check(FLOW, look=_flow_look)
def rectified_flow(seeded):
    """student(base (B, 2, H, W), truth like base, s (B,) in [0, 1]) -> (point, velocity).

    The point at time s on the straight line from the base (s = 0) to the truth (s = 1), and the
    velocity there (Liu et al. 2023).
    """
    batch, height, width = seeded.sizes(3)
    cases = [
        {
            "base": seeded.uniform(n, 2, *size),
            "truth": seeded.uniform(n, 2, *size),
            "s": seeded.uniform(n, low=0.1, high=0.9),
        }
        for n, *size in ((batch, height, width), (3, 3, 3), (1, 2, 2))
    ]
    cases.append({**cases[1], "s": torch.tensor([0.0, 1.0, 0.5])})
    return cases


# ---- heun_step


def _field(x, s):
    """A velocity that depends on the place and on the time, neither evenly."""
    return (0.8 - 0.5 * s) * x.tanh() + 0.3 * s - 0.2


def _heun(first=1.0, second=1.0, share=0.5, ahead=lambda x, s, below, v: x + (below - s) * v,
          when=lambda s, below: below, way=lambda s, below: below - s, plain=True):  # fmt: skip
    """A variant of the step; the parts: weights of the two looks, where and when the second is."""

    def variant(velocity, x, s, below):
        v = velocity(x, s)
        if below == 0 and plain:
            return x + way(s, below) * v
        again = velocity(ahead(x, s, below, v), when(s, below))
        return x + way(s, below) * share * (first * v + second * again)

    return variant


HEUN_STEP = {
    RIGHT: _heun(),
    "one look only (Euler); the second, ahead, is missing": _heun(second=0.0, share=1.0),
    "the two looks are added; half of their sum is wanted": _heun(share=1.0),
    "the second look alone; the mean of both is wanted": _heun(first=0.0, share=1.0),
    "the second look is from the old place; walk ahead first":
        _heun(ahead=lambda x, s, below, v: x),
    "the second look is at the old time; it is at `below`": _heun(when=lambda s, below: s),
    "one look in the middle of the step (the midpoint rule); Heun looks at both ends": _heun(
        first=0.0, share=1.0, ahead=lambda x, s, below, v: x + (below - s) / 2 * v,
        when=lambda s, below: (s + below) / 2,
    ),
    "away from below: the step is below - s, which is negative": _heun(
        way=lambda s, below: s - below, ahead=lambda x, s, below, v: x + (s - below) * v
    ),
    "the look ahead goes the wrong way: x + (below - s) v":
        _heun(ahead=lambda x, s, below, v: x + (s - below) * v),
    "the result goes the wrong way: below - s": _heun(way=lambda s, below: s - below),
    "the step alone; it is added to x":
        lambda velocity, x, s, below: _heun()(velocity, x, s, below) - x,
    "the step's length is below; below - s is wanted": _heun(way=lambda s, below: below),
    "the step's length is missing: times below - s": _heun(way=lambda s, below: 1.0),
    "at below = 0 the second look falls away, but here it is made": _heun(plain=False),
}


@check(HEUN_STEP, tolerance=1e-5)
def heun_step(seeded):
    """student(velocity, x, s, below) -> like x: from time s down to below, two looks (Heun's rule).

    velocity(x, s) is dx/ds.  Walk ahead with the first look, look again there, and go with the mean
    of the two; where below is 0 with the first alone.
    """
    times = [(1.0, 0.7), (0.6, 0.5), (0.9, 0.2), (0.3, 0.0)]
    return [
        {"velocity": _field, "x": seeded.uniform(n, 2, 3, low=-2, high=2), "s": s, "below": below}
        for n, (s, below) in zip((4, 2, 3, 5), times, strict=True)
    ]
