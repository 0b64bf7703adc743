"""What hints are worth: the error against how many colours a person has placed.

    python -m colorlib evaluate --suite hints --data FOLDER

Each picture gets the same random places, of which 0, 1, 2, ... are used: squares that show the mean
of the true colours below them, as in training. What the kit gives is the mean of two answers, which
stand beside it: the network's, and what models/spread.py makes of the same hints without training.
And what anybody could do: shift the whole picture by what the hints miss on average.
"""

import numpy as np
import pandas as pd
import torch

from colorlib import color, metrics
from colorlib.evaluation.table import _collect, _open, _settings
from colorlib.framing import WIDEST
from colorlib.models.spread import spread_hints

COUNTS = (0, 1, 2, 5, 10, 20, 50)
SIDE = 5  # pixels, of a square
BESIDE = {"network": "the network alone", "spread": "without training", "shift": "shifted"}


def hints(weights="faces", data=None, split="test", count=None, counts=COUNTS, side=SIDE,
          size=None, seed=0, resamples=2000, batch_size=32, progress=False) -> dict:  # fmt: skip
    """{"rows": one a number of hints, "wrong": what a wrong hint does, "settings"}, as for JSON.

    counts: how many hints, rising. side: of each, in pixels of what the network sees, 1 to 9. The
    other arguments are those of `table.evaluate`. Needs weights with a network "hints".

    A row: hints, mse, mse_ci, less [value, low, high]: the relative reduction of the MSE against
    the same network without a hint; network and network_less, spread and spread_less, shift and
    shift_less: the same of the network's answer, of what spreads without training, and of the
    shifted picture. MSE in 8-bit RGB, L kept, 95 % intervals by the paired bootstrap.
    "wrong": one hint of the opposite colour: how far ab moves inside its square, and in the mean
    over what is further away than a quarter of the side, in ab units.
    """
    color.require(1 <= side <= WIDEST, f"side must be from 1 to {WIDEST}", side)
    colorizer, dataset, _ = _open(weights, data, split, size, count, None)
    colorizer.check_stage("hints")

    def work(L, ab, start):
        return _behind(colorizer, L, ab, start, counts, side, seed)

    found = _collect(dataset, batch_size, progress, work)
    again, rows = {"resamples": resamples, "seed": seed}, []
    plain = found[0]["mse"]
    for n in counts:
        mse, *interval = metrics.bootstrap(found[n]["mse"], **again)
        row = {"hints": n, "mse": mse, "mse_ci": interval}
        row["less"] = list(metrics.paired_bootstrap(plain, found[n]["mse"], **again))
        for way in BESIDE:
            row[way] = found[n][way].mean()
            row[f"{way}_less"] = list(metrics.paired_bootstrap(plain, found[n][way], **again))
        rows.append(row)
    wrong = {name: float(values.mean()) for name, values in found["wrong"].items()}
    settings = _settings(colorizer, dataset, 0, count, seed, resamples)
    return {"rows": rows, "wrong": wrong, "settings": settings | {"suite": "hints", "side": side}}


def _behind(colorizer, L, ab, start, counts, side, seed) -> dict:
    """Of a batch: the error with so many hints, by each way; a wrong hint."""
    truth, out = color.show(L, ab), {}
    places = [_places(seed, start + i, max(counts), L.shape[2:]) for i in range(len(L))]
    plain = colorizer.predict(L, "hints")["ab"]
    for n in counts:
        given, mask = placed(ab, [rows[:n] for rows in places], side)
        guesses = {
            "mse": colorizer.predict(L, "hints", hints=(given, mask))["ab"],
            "network": colorizer.run["hints"](L, given, mask).clamp(-1, 1),
            "spread": spread_hints(L, plain, given, mask).clamp(-1, 1),
        }
        missed = ((given - plain) * mask).sum(dim=(2, 3)) / mask.sum(dim=(2, 3)).clamp(min=1)
        guesses["shift"] = (plain + missed[:, :, None, None]).clamp(-1, 1)
        out[n] = {k: metrics.mse(truth, color.show(L, guess)) for k, guess in guesses.items()}
    given, mask = placed(-ab, [rows[:1] for rows in places], side)
    moved = colorizer.predict(L, "hints", hints=(given, mask))["ab"] - plain
    moved = color.AB_SCALE * moved.norm(dim=1)  # (B, H, W)
    inside, far = mask[:, 0] > 0, _far([rows[0] for rows in places], L.shape[2:])
    out["wrong"] = {
        "asked": _mean(color.AB_SCALE * (given - plain).norm(dim=1), inside),
        "inside": _mean(moved, inside),
        "far": _mean(moved, far),
    }
    return out


def placed(ab, places, side):
    """(hints ab' (B, 2, H, W), mask (B, 1, H, W)): squares that show the mean of ab' below them.

    places: of each picture a list of (row, column), the middles.
    """
    given, mask, reach = torch.zeros_like(ab), torch.zeros_like(ab[:, :1]), side // 2
    for i, rows in enumerate(places):
        for y, x in rows:
            top, left = max(0, y - reach), max(0, x - reach)
            square = (i, slice(None), slice(top, y - reach + side), slice(left, x - reach + side))
            given[square] = ab[square].mean(dim=(1, 2), keepdim=True)
            mask[square] = 1
    return given, mask


def _places(seed, number, count, sides):
    """`count` random (row, column) of picture `number`, the same at each call."""
    random = np.random.default_rng([seed, number])
    return (random.random((count, 2)) * sides).astype(int).tolist()


def _far(middles, sides):
    """(B, H, W): what is further from the middle than a quarter of the shorter side."""
    y, x = torch.meshgrid(*map(torch.arange, sides), indexing="ij")
    away = [torch.hypot(1.0 * (y - row), 1.0 * (x - column)) for row, column in middles]
    return torch.stack(away) > min(sides) / 4


def _mean(values, where):
    """(B,): the mean of values (B, H, W) over the pixels where `where` is true."""
    return ((values * where).sum(dim=(1, 2)) / where.sum(dim=(1, 2)).clamp(min=1)).numpy()


def format_hints(found) -> str:
    """The curve as text, and what a wrong hint does."""
    columns = {"hints": [row["hints"] for row in found["rows"]]}
    columns["MSE"] = [f"{row['mse']:.1f}" for row in found["rows"]]
    columns["less error (95 %)"] = [_share(row["less"]) for row in found["rows"]]
    for way, head in BESIDE.items():
        columns[head] = [_share(row[f"{way}_less"]) for row in found["rows"]]
    table = pd.DataFrame(columns).to_string(index=False)
    wrong, settings = found["wrong"], found["settings"]
    return (
        f"{table}\n\n{settings['images']} pictures, {settings['split']}, squares of "
        f"{settings['side']} pixels with the true mean colour; MSE: 8-bit RGB, L kept.\n"
        f"A wrong hint, {wrong['asked']:.0f} ab units from the network's own colour, moves what "
        f"lies under it by {wrong['inside']:.1f}, and by {wrong['far']:.1f} what is further away "
        "than a quarter of the side."
    )


def _share(values):
    value, low, high = (100 * x for x in values)
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"
