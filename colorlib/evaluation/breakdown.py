"""Where a method is better or worse than the base: by group, by hue, by region, and by what it is
told.

A mean over all pixels of all pictures hides who and what it is made of.  Each function here takes
sums of squared errors, one a picture, and returns rows for JSON; table.py collects the sums,
report.py prints the rows.

`mse_vs_base` is everywhere the relative reduction of the MSE against the base, [value, low, high],
positive where the method is better; the intervals (95 %) come from the paired bootstrap over
pictures.  None stands where there is nothing to measure.
"""

from __future__ import annotations

import math

import numpy as np

from colorlib import color, metrics
from colorlib.evaluation.groups import FEW
from colorlib.metrics import REGIONS
from colorlib.prior import color_prior

BASE = "siggraph17"
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
    """{name in KNOWN: prior (B, 4)}: (1 - share) times the base's own prior plus share times the
    truth's.
    """
    own, truth = color_prior(ab_base), color_prior(ab)
    return {
        name: (1 - own.new_tensor(k)) * own + own.new_tensor(k) * truth for name, k in KNOWN.items()
    }


def compare(errors: dict, weight, resamples=2000, seed=0) -> dict:
    """{method: {"mse", "mse_ci", "mse_vs_base"}}, the last where the base is among the methods.

    errors: {method: (N,)} sums of squared errors.  weight: (N,) over how many pixels each was
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
                lambda a, b: 1 - b / a, errors[BASE][seen], error[seen], **again
            )
            found[method]["mse_vs_base"] = list(versus)
    return finite(found)


def by_group(label, scores: dict, resamples=2000, seed=0) -> dict:
    """One label of groups.py: each group's errors, and how far they lie apart.

    scores: {method: {"mse": (N,)}}, the methods to show.
    Returns {"label", "source", "unlabelled": pictures without it, "groups": [{"group", "images",
    "few", "methods": what `compare` gives}], "spread": {method: {"worst", "best", "ratio": [value,
    low, high]}}}.  A group of fewer than FEW pictures is marked `few` and takes no part in the
    spread.  The ratio's interval is that of these two groups; which two they are was looked up
    afterwards, so it leans to the large side.
    """
    of = np.array(label.of, dtype=object)
    groups = []
    for group in label.order:
        rows = np.flatnonzero(of == group)
        if len(rows):
            errors = {method: s["mse"][rows] for method, s in scores.items()}
            methods = compare(errors, np.ones(len(rows)), resamples, seed)
            groups.append(
                {"group": group, "images": len(rows), "few": len(rows) < FEW, "methods": methods}
            )
    found = {"label": label.name, "source": label.source, "unlabelled": int(np.sum(of == None))}  # noqa: E711
    spread = {
        method: _spread(groups, method, of, s["mse"], resamples, seed)
        for method, s in scores.items()
    }
    return found | {"groups": groups, "spread": finite(spread)}


def by_hue(scores: dict, pixels: dict, resamples=2000, seed=0) -> dict:
    """Cool against warm true colours: {"pixels": share of the coloured ones, "images", "rows"}.

    scores: {method: {"cool": (N,), "warm": (N,)}} sums of squared errors; pixels: {"cool": (N,),
    "warm": (N,)}.
    A row: method; cool and warm, what `compare` gives; cool_to_warm, the ratio of the two, [value,
    low, high].
    """
    hues = HUES[1:]
    columns = {
        h: compare({m: s[h] for m, s in scores.items()}, pixels[h], resamples, seed) for h in hues
    }
    rows = []
    for method, s in scores.items():
        ratio = metrics.bootstrap_sums(
            lambda cool, n_cool, warm, n_warm: (cool / n_cool) / (warm / n_warm),
            *(s["cool"], pixels["cool"], s["warm"], pixels["warm"]),
            resamples=resamples,
            seed=seed,
        )
        rows.append(
            {"method": method}
            | {h: columns[h][method] for h in hues}
            | {"cool_to_warm": list(ratio)}
        )
    total = sum(pixels[h].sum() for h in hues)
    return finite(
        {
            "pixels": {h: float(pixels[h].sum() / total) if total else None for h in hues},
            "images": {h: int((pixels[h] > 0).sum()) for h in hues},
            "rows": rows,
        }
    )


def by_region(scores: dict, pixels: dict, resamples=2000, seed=0) -> list[dict]:
    """Regions of drawn portraits: [{"region", "pixels": share of all, "images" that show it,
    "methods"}].

    scores: {method: {region: (N,)}} sums of squared errors; pixels: {region: (N,)}.  The mean
    errors are those of `metrics.by_region`.
    """
    total = sum(pixels[region].sum() for region in REGIONS)
    return [
        {
            "region": region,
            "pixels": float(pixels[region].sum() / total),
            "images": int((pixels[region] > 0).sum()),
            "methods": compare(
                {m: s[region] for m, s in scores.items()}, pixels[region], resamples, seed
            ),
        }
        for region in REGIONS
    ]


def by_knowledge(base, told: dict, resamples=2000, seed=0) -> list[dict]:
    """The two-stage model told a part of the truth's prior; every row but the first is an oracle.

    base: (N,) MSE of the base; told: {name in KNOWN: (N,)}.
    Rows: {"known": name, "shares": of the four numbers of prior.NAMES, "mse", "mse_ci",
    "mse_vs_base"}.
    """
    found = compare({BASE: base} | told, np.ones(len(base)), resamples, seed)
    return [{"known": name, "shares": list(KNOWN[name])} | found[name] for name in told]


def finite(value):
    """The same with None for every number that is not finite, which JSON cannot hold."""
    if isinstance(value, dict):
        return {key: finite(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _spread(groups, method, of, mse, resamples, seed):
    means = {g["group"]: g["methods"][method]["mse"] for g in groups if not g["few"]}
    if len(means) < 2:
        return None
    worst, best = max(means, key=means.get), min(means, key=means.get)
    rows = (of == worst) | (of == best)
    high, low = (of[rows] == worst).astype(float), (of[rows] == best).astype(float)
    ratio = metrics.bootstrap_sums(
        lambda a, n_a, b, n_b: (a / n_a) / (b / n_b),
        *(mse[rows] * high, high, mse[rows] * low, low),
        resamples=resamples,
        seed=seed,
    )
    return {"worst": worst, "best": best, "ratio": list(ratio)}
