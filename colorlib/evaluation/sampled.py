"""Many colourings of one picture, measured: are they as varied, and as likely, as the truth?

    python -m colorlib evaluate --suite samples --data FOLDER

A single sample has a larger error than the base, which hedges. What samples are for is told by
three other questions: does the truth look like one more sample (calibration), is one of a few near
the truth (best of k), and does the set of them look like the set of real pictures (a distance
between distributions).

    samples(...)        of one way to draw: four numbers of the prior, or every pixel
    compared(...)       of all ways that the weights know, on the same pictures
"""

import numpy as np
import pandas as pd
import torch

from colorlib import color, methods, metrics
from colorlib.colorize import STEPS
from colorlib.evaluation.table import _collect, _open, _settings
from colorlib.prior import NAMES, color_prior

SAMPLES = 16
QUARTERS = 4
LEAST = 4  # pictures: two halves of two
FEATURES = "the ab of an 8 x 8 picture, 128 numbers"


def samples(weights="faces", data=None, split="test", count=None, draws=SAMPLES, size=None,
            seed=0, t=None, resamples=2000, batch_size=32, progress=False, by="tint",
            steps=STEPS) -> dict:  # fmt: skip
    """{"errors", "best", "quarters", "colorfulness", "frechet", "settings"}, as for JSON.

    draws: samples of each picture. by: "tint" or "pixels", as of `Colorizer.samples`, and steps of
    the latter. The other arguments are those of `table.evaluate`. Needs weights with the networks.

    errors: {"base", "one sample", "mean of 16": {mse, mse_ci, versus [value, low, high]}}, the
    relative change against the base; MSE in 8-bit RGB, L kept, paired bootstrap.
    best: {k: the same for the best of the first k samples}.
    quarters: {name of a number of the prior: shares of pictures whose truth lies in the lowest,
    ... highest quarter of the picture's own samples}; 0.25 each where they are calibrated.
    colorfulness: {"truth", "base", "one sample"}. frechet: {"base", "one sample", "bias"}, squared
    distances to the truth on FEATURES; bias: of one half of the true pictures to the other.
    """
    colorizer, dataset, t = _open(weights, data, split, size, count, t)
    color.require(by in methods.SAMPLED, f"by must be one of {', '.join(methods.SAMPLED)}", by)
    way = {"stage": methods.SAMPLED[by], "t": t, "steps": steps}
    colorizer.check_stage(way["stage"])
    color.require(len(dataset) >= LEAST, f"count must be at least {LEAST} pictures", len(dataset))

    def work(L, ab, start):
        return _behind(colorizer, L, ab, start, draws, way, seed)

    found = _collect(dataset, batch_size, progress, work)
    again = {"resamples": resamples, "seed": seed}
    base, each = found["base"]["mse"], found["sample"]["mse"]  # (N,), (N, draws)
    errors = {
        "base": base,
        "one sample": each.mean(axis=1),
        f"mean of {draws}": found["mean"]["mse"],
    }
    lowest = np.minimum.accumulate(each, axis=1)
    powers = [2**i for i in range(draws.bit_length()) if 2**i <= draws]
    return {
        "errors": {name: _against(base, mse, again) for name, mse in errors.items()},
        "best": {k: _against(base, lowest[:, k - 1], again) for k in powers},
        "quarters": quarters(found["truth"]["prior"], found["sample"]["prior"]),
        "colorfulness": {
            "truth": float(found["truth"]["colorfulness"].mean()),
            "base": float(found["base"]["colorfulness"].mean()),
            "one sample": float(found["sample"]["colorfulness"].mean()),
        },
        "frechet": _distances(found),
        "settings": _settings(colorizer, dataset, t, count, seed, resamples)
        | {"suite": "samples", "draws": draws, "features": FEATURES, "by": by}
        | ({"steps": steps} if by == "pixels" else {}),
    }  # fmt: skip


def compared(weights="faces", data=None, split="test", count=None, size=None, t=None,
             **options) -> dict:  # fmt: skip
    """{way to draw: what `samples` finds} of each that the weights can run, and the "settings" that
    they share.

    The arguments are those of `samples`, but for `by`. Raises ValueError where there is no way.
    """
    colorizer, dataset, t = _open(weights, data, split, size, count, t)
    ways = [by for by, stage in methods.SAMPLED.items() if stage in colorizer.stages]
    if not ways:
        colorizer.check_stage(methods.SAMPLED["tint"])  # says what is missing
    found = {by: samples(colorizer, dataset, count=count, t=t, by=by, **options) for by in ways}
    first, *others = (way["settings"] for way in found.values())
    shared = {k: v for k, v in first.items() if all(other.get(k) == v for other in others)}
    return found | {"settings": shared}


def _behind(colorizer, L, ab, start, draws, way, seed) -> dict:
    """Of a batch, what is kept of the truth, the base, each sample, and the mean of the samples."""
    truth = color.show(L, ab)
    base = colorizer.predict(L, "base")["ab"]
    made = [
        colorizer.predict(L, seed=seed + 1000 * i, first=start, ab_base=base, **way)["ab"].cpu()
        for i in range(draws)
    ]
    kept = [_kept(truth, L, guess) for guess in made]
    mean = metrics.mse(truth, color.show(L, torch.stack(made).mean(dim=0)))
    return {
        "truth": _kept(truth, L, ab),
        "base": _kept(truth, L, base.cpu()),
        "sample": {key: np.stack([k[key] for k in kept], axis=1) for key in kept[0]},
        "mean": {"mse": mean},
    }


def _kept(truth, L, ab) -> dict:
    """Error, colourfulness, the four numbers and the features of ab' (B, 2, H, W)."""
    shown = color.show(L, ab)
    small = torch.nn.functional.adaptive_avg_pool2d(ab, 8).flatten(1)
    return {
        "mse": metrics.mse(truth, shown),
        "colorfulness": metrics.colorfulness(shown),
        "prior": color_prior(ab).numpy(),
        "features": color.AB_SCALE * small.numpy(),
    }


def quarters(truth, drawn) -> dict:
    """{number of the prior: shares (4,) of pictures}; truth (N, 4), drawn (N, draws, 4).

    With k samples the truth has k + 1 places among them, each equally likely where they are
    calibrated; a place that a quarter's border cuts counts for both in part.
    """
    places = drawn.shape[1] + 1
    below = (drawn < truth[:, None]).sum(axis=1)  # (N, 4), 0 ... k
    borders = np.linspace(0, places, QUARTERS + 1)
    shares = {}
    for i, name in enumerate(NAMES):
        count = np.bincount(below[:, i], minlength=places) / len(truth)
        reached = np.interp(borders, np.arange(places + 1), np.concatenate([[0], count.cumsum()]))
        shares[name] = np.diff(reached).tolist()
    return shares


def _against(base, mse, again) -> dict:
    """Error with interval, and its relative change against the base's (negative is better)."""
    value, *interval = metrics.bootstrap(mse, **again)
    less, low, high = metrics.paired_bootstrap(base, mse, **again)
    return {"mse": value, "mse_ci": interval, "versus": [0.0 - less, 0.0 - high, 0.0 - low]}


def _distances(found) -> dict:
    """Squared Fréchet distances to the truth's features; see `samples`."""
    truth = found["truth"]["features"]
    half = len(truth) // 2
    return {
        "base": metrics.frechet(truth, found["base"]["features"]),
        "one sample": metrics.frechet(truth, found["sample"]["features"][:, 0]),
        "bias": metrics.frechet(truth[:half], truth[half : 2 * half]),
    }


def format_samples(found) -> str:
    """All of it as text, of `samples` or, the ways side by side, of `compared`."""
    ways = {"": found}
    if "errors" not in found:
        ways = {f"by {by}": way for by, way in found.items() if by != "settings"}
    settings = found["settings"]
    features = next(iter(ways.values()))["settings"]["features"]
    return "\n".join([
        f"{_beside({name: _errors(way) for name, way in ways.items()})}\n",
        "Where the truth lies among a picture's own samples (25 % each where calibrated):",
        f"{_beside({name: _places(way) for name, way in ways.items()})}\n",
        _each("Colourfulness", ways, _vivid),
        _each(f"Fréchet distance to the truth on {features}", ways, _far),
        f"{settings['images']} pictures, {settings['split']}, {settings['draws']} samples each; "
        "MSE: 8-bit RGB, L kept.",
    ])  # fmt: skip


def _beside(tables) -> str:
    """Tables {what stands above: DataFrame} of the same rows, side by side; one alone as it is."""
    if len(tables) == 1:
        return next(iter(tables.values())).to_string()
    return pd.concat(tables, axis=1).to_string()


def _each(what, ways, words) -> str:
    """One line for one way, a line each for several."""
    if len(ways) == 1:
        return f"{what}: {words(ways[''])}."
    return "\n".join([f"{what}:", *(f"  {name}: {words(way)}" for name, way in ways.items())])


def _errors(found) -> pd.DataFrame:
    rows = found["errors"] | {f"best of {k}": row for k, row in found["best"].items() if k > 1}
    _, *others = rows.values()
    columns = {
        "MSE": [f"{row['mse']:.1f}" for row in rows.values()],
        "against the base (95 %)": ["", *(_change(row["versus"]) for row in others)],
    }
    return pd.DataFrame(columns, index=list(rows))


def _places(found) -> pd.DataFrame:
    shares = {name: [f"{100 * x:.0f} %" for x in row] for name, row in found["quarters"].items()}
    return pd.DataFrame(shares, index=["lowest quarter", "second", "third", "highest"])


def _vivid(found) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in found["colorfulness"].items())


def _far(found) -> str:
    far = found["frechet"]
    return (
        f"base {far['base']:.0f}, one sample {far['one sample']:.0f}; between two halves of the "
        f"true ones {far['bias']:.0f}"
    )


def _change(values):
    value, low, high = (100 * x for x in values)
    return f"{value:+.1f} % ({low:+.1f} to {high:+.1f})"
