"""Where a method is better or worse than the base: by group, hue, region, and what it is told.

A mean over all pixels of all pictures hides who and what it is made of. Each function here takes
sums of squared errors, one a picture, and returns rows for JSON; table.py collects the sums,
report.py prints the rows.

`mse_vs_base` is everywhere the relative reduction of the MSE against the base, [value, low, high],
positive where the method is better; the intervals (95 %) come from the paired bootstrap over
pictures. None stands where there is nothing to measure. resamples, seed: of the bootstrap.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from colorlib import color, metrics
from colorlib.evaluation.groups import FEW
from colorlib.metrics import REGIONS
from colorlib.prior import color_prior

BASE = "base"
HUES = ("neither", "cool", "warm")
CHROMA = 10  # ab units: below it a pixel is nearly grey and has no hue to speak of
# What the refiner is told of the truth's prior -> the share of each of its four numbers.
KNOWN = {f"{100 * k:.0f} % of each number": (k,) * 4 for k in (0, 0.25, 0.5, 0.75, 1)} | {
    "mean a alone": (1, 0, 0, 0),
    "mean b alone": (0, 1, 0, 0),
    "both means": (1, 1, 0, 0),
    "spread and magnitude": (0, 0, 1, 1),
}


def hue_labels(ab) -> np.ndarray:
    """Index into HUES of each pixel (N, H, W), from the true ab' (N, 2, H, W) in model units.

    Warm is the half of the hues around orange, a + b above 0; cool, around blue and green, the
    other half.
    """
    a, b = (color.AB_SCALE * ab.cpu().numpy()).transpose(1, 0, 2, 3)  # (N, H, W) each, ab units
    colored = np.hypot(a, b) > CHROMA
    return colored * ((a + b < 0) * HUES.index("cool") + (a + b > 0) * HUES.index("warm"))


def mixed_priors(ab_base, ab) -> dict:
    """{name in KNOWN: prior (B, 4)}: (1 - share) the base's own prior + share the truth's.

    ab_base, ab: (B, 2, H, W), model units.
    """
    own, truth = color_prior(ab_base), color_prior(ab)
    shares = {name: own.new_tensor(k) for name, k in KNOWN.items()}
    return {name: (1 - k) * own + k * truth for name, k in shares.items()}


def compare(errors: dict, weight, resamples=2000, seed=0) -> dict:
    """{method: {"mse", "mse_ci", "mse_vs_base"}}, the last where the base is among the methods.

    errors: {method: (N,)} sums of squared errors. weight: (N,) over how many pixels each was
    summed; pictures of weight 0 are left out.
    """
    seen = np.asarray(weight) > 0
    if not seen.any():
        return {method: {"mse": None, "mse_ci": [None, None]} for method in errors}
    again = {"resamples": resamples, "seed": seed}
    found = {}
    for method, error in errors.items():
        mse, *interval = metrics.bootstrap_sums(np.divide, error[seen], weight[seen], **again)
        found[method] = {"mse": mse, "mse_ci": interval}
        if BASE in errors and method != BASE:
            versus = metrics.bootstrap_sums(
                lambda base, own: 1 - own / base, errors[BASE][seen], error[seen], **again
            )
            found[method]["mse_vs_base"] = versus
    return finite(found)


def by_group(label, scores: dict, resamples=2000, seed=0) -> dict:
    """One label of groups.py: each group's errors, and how far they lie apart.

    scores: {method: {"mse": (N,)}}, the methods to show.
    Returns {"label", "source", "unlabelled": pictures without it, "groups": [{"group", "images",
    "few", "methods": what `compare` gives}], "spread": {method: {"worst", "best", "ratio": [value,
    low, high]}}}. A group of fewer than FEW pictures is marked `few` and takes no part in the
    spread. The ratio's interval is that of these two groups; which two they are was looked up
    afterwards, so it leans to the large side.
    """
    of = pd.Categorical(label.of, categories=label.order)
    errors = pd.DataFrame({m: s["mse"] for m, s in scores.items()}, index=range(len(of)))
    groups = [
        {
            "group": group,
            "images": len(part),
            "few": len(part) < FEW,
            "methods": compare(part, np.ones(len(part)), resamples, seed),
        }
        for group, part in errors.groupby(of, observed=True)
    ]
    return {
        "label": label.name,
        "source": label.source,
        "unlabelled": int(of.isna().sum()),
        "groups": groups,
        "spread": {m: _spread(groups, m, of, errors[m], resamples, seed) for m in errors},
    }


def _spread(groups, method, of, mse, resamples, seed) -> dict | None:
    """The worst of the groups with enough pictures over the best; None for fewer than two."""
    means = {g["group"]: g["methods"][method]["mse"] for g in groups if not g["few"]}
    if len(means) < 2:
        return None
    worst, best = max(means, key=means.get), min(means, key=means.get)
    rows = of.isin([worst, best])
    high, low = (np.asarray(of[rows] == group, dtype=float) for group in (worst, best))
    ratio = _ratio(mse[rows] * high, high, mse[rows] * low, low, resamples, seed)
    return finite({"worst": worst, "best": best, "ratio": ratio})


def _ratio(a, n_a, b, n_b, resamples, seed):
    """One mean over another, [value, low, high], from the sums and numbers of each picture."""
    return metrics.bootstrap_sums(
        lambda a, n_a, b, n_b: (a / n_a) / (b / n_b),
        *(a, n_a, b, n_b),
        resamples=resamples,
        seed=seed,
    )


def by_hue(scores: dict, pixels: dict, resamples=2000, seed=0) -> dict:
    """Cool against warm true colours: {"pixels": share of the coloured ones, "images", "rows"}.

    scores: {method: {"cool": (N,), "warm": (N,)}} sums of squared errors; pixels: {"cool": (N,),
    "warm": (N,)}.
    A row: method; cool and warm, what `compare` gives; cool_to_warm, the ratio of the two, [value,
    low, high].
    """
    cool, warm = (
        compare({m: s[h] for m, s in scores.items()}, pixels[h], resamples, seed) for h in HUES[1:]
    )
    n_cool, n_warm = pixels["cool"], pixels["warm"]
    rows = [
        {
            "method": m,
            "cool": cool[m],
            "warm": warm[m],
            "cool_to_warm": _ratio(s["cool"], n_cool, s["warm"], n_warm, resamples, seed),
        }
        for m, s in scores.items()
    ]
    return finite(_coverage(pixels, HUES[1:]) | {"rows": rows})


def by_region(scores: dict, pixels: dict, resamples=2000, seed=0) -> list[dict]:
    """Regions of drawn portraits: one row each, in the order of REGIONS.

    A row: region; pixels, share of all; images, how many show it; methods, what `compare` gives.
    scores: {method: {region: (N,)}} sums of squared errors; pixels: {region: (N,)}. The mean errors
    are those of `metrics.by_region`.
    """
    seen = _coverage(pixels, REGIONS)
    return [
        {
            "region": region,
            "pixels": seen["pixels"][region],
            "images": seen["images"][region],
            "methods": compare(
                {m: s[region] for m, s in scores.items()}, pixels[region], resamples, seed
            ),
        }
        for region in REGIONS
    ]


def _coverage(pixels, areas) -> dict:
    """{"pixels": {area: its share of all}, "images": {area: how many pictures show it}}."""
    counts = pd.DataFrame({area: pixels[area] for area in areas})  # (N, areas)
    shares = counts.sum() / counts.to_numpy().sum()
    return {"pixels": shares.to_dict(), "images": (counts > 0).sum().to_dict()}


def by_knowledge(base, told: dict, resamples=2000, seed=0) -> list[dict]:
    """The two-stage model told a part of the truth's prior; every row but the first is an oracle.

    base: (N,) MSE of the base; told: {name in KNOWN: (N,)}.
    Rows: {"known": name, "shares": of the four numbers of prior.NAMES, "mse", "mse_ci",
    "mse_vs_base"}.
    """
    found = compare({BASE: base} | told, np.ones(len(base)), resamples, seed)
    return [{"known": name, "shares": list(KNOWN[name])} | found[name] for name in told]


def finite(value):
    """The same as JSON can hold it: lists for tuples, None for numbers that are not finite."""
    return json.loads(json.dumps(value), parse_constant=lambda name: None)
