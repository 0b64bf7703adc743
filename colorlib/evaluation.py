"""The table: every method on the same pictures, the same resolution, L kept, 8-bit RGB.

    from colorlib import evaluation
    table = evaluation.evaluate("faces", "portraits", count=200)
    print(evaluation.format_table(table["rows"]))

The truth is the dataset's Lab as 8-bit RGB; a prediction is the truth's L with the predicted ab, clipped to sRGB
and rounded to 8 bits.  The measures are in metrics.py.

Beside the trained methods stand three that need no network: `grey`, one `constant` colour learnt from the training
pictures (stored with the weights, never taken from the pictures that are scored), and `oracle-mean`, the true mean
colour of each picture.  A method marked as an oracle knows something of the truth: it is a yardstick, not a rival.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from tqdm.auto import tqdm

from colorlib import color, datasets, metrics
from colorlib.colorize import Colorizer
from colorlib.prior import color_prior

# Method -> the stage of colorize.py that it runs.
_STAGES = {
    "cnn": "cnn",
    "siggraph17": "base",
    "control": "control",
    "two-stage": "two-stage",
    "two-stage-oracle-prior": "two-stage",
}
METHODS = ("grey", "constant", "oracle-mean", *_STAGES)
_NOTES = {
    "grey": "a = b = 0",
    "constant": "one colour, the mean of the training pictures",
    "oracle-mean": "oracle: the true mean colour of each picture",
    "control": "the width and training of two-stage, without prior, noise and attention",
    "two-stage": "base and refiner; the prior is the base prediction's",
    "two-stage-oracle-prior": "oracle: two-stage with the truth's prior",
}


def evaluate(weights="faces", data=None, split="test", count=None, methods=None, size=None, seed=0, t=None,
             resamples=2000, batch_size=32, progress=False) -> dict:  # fmt: skip
    """Score methods on one split of a data source: {"rows": [...], "settings": {...}}, ready for JSON.

    weights: what `Colorizer.load` takes, or a Colorizer.
    data: what `datasets.load` takes (None: COLORLIB_DATA, else the portraits), or a LabDataset.
    split: "train", "val", "test", or "all" for a folder that is one test set.
    count: at most so many pictures.  size: their side, None for that of the weights.
    methods: names from METHODS, None for all that the weights hold the parts of.
    t: noise step of the refiner, None for the weights' own.
    seed: of the split, of the noise and of the bootstrap.  batch_size changes speed only.

    A row: method; mse and mse_ci [low, high] (95 %, bootstrap over pictures); psnr_mean; psnr_pooled; ssim;
    colorfulness, colorfulness_truth, and colorfulness_distance (mean over pictures of the absolute difference);
    delta_e; chroma_error; images; note; and, on the same pictures, mse_vs_base and mse_vs_control: the
    relative reduction of MSE against siggraph17 and control, [value, low, high] (paired bootstrap, positive is
    better).  What is not a finite number (the PSNR of a perfect match) is None.
    Raises ValueError for an unknown method, or one that the weights lack a part for.
    """
    colorizer = weights if isinstance(weights, Colorizer) else Colorizer.load(weights)
    t = colorizer.t if t is None else int(t)
    dataset = data
    if not isinstance(data, datasets.LabDataset):
        source = datasets.default_source() if data is None else data
        dataset = datasets.load(source, split, size=size or colorizer.size, count=count, seed=seed)
    scores = score(colorizer, dataset, methods, t, seed, batch_size, progress)
    info = colorizer.info
    settings = {
        "data": dataset.name,
        "split": dataset.split,
        "size": dataset.size,
        "images": len(dataset),
        "count": count,
        "seed": seed,
        "weights": colorizer.name,
        "t": t,
        "resamples": resamples,
        "ssim": "scikit-image, channel_axis=-1, data_range=255, uniform 7 x 7 window",
        "preset": info.get("preset"),
        "trained_on": info.get("data"),
        "diversity": info.get("diversity"),
        "vgg": info.get("vgg"),
    }
    return {"rows": rows(scores, resamples, seed, notes(info, t)), "settings": settings}


def score(colorizer, dataset, methods=None, t=None, seed=0, batch_size=32, progress=False) -> dict:
    """Scores of each picture: {method: {measure: (N,) array}}, with the measures of `metrics.measure`.

    In the order of `dataset.keys`, so that the pictures where a method fails can be found.
    Arguments and errors as for `evaluate`.
    """
    methods = _wanted(colorizer, methods)
    collected = {method: [] for method in methods}
    starts = range(0, len(dataset), batch_size)
    for start in tqdm(starts, desc="evaluate", unit="batch", disable=not progress):
        L, ab = dataset.batch(list(range(start, min(start + batch_size, len(dataset)))))
        truth = color.to_uint8(color.model_to_rgb(L, ab))
        for method, predicted in predictions(colorizer, L, ab, methods, t, seed, start).items():
            pred = color.to_uint8(color.model_to_rgb(L, predicted))
            collected[method].append(metrics.measure(truth, pred))
    return {
        method: {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        for method, parts in collected.items()
    }


def predictions(colorizer, L, ab, methods=None, t=None, seed=0, first=0) -> dict[str, torch.Tensor]:
    """ab' (B, 2, H, W) of each method on a batch.  L (B, 1, H, W) and the true ab (B, 2, H, W), model units.

    The truth goes to the methods marked as oracles alone.  first: position of the batch's first picture in the
    dataset, for its noise.
    """
    out, base = {}, None
    for method in _wanted(colorizer, methods):
        if method == "grey":
            out[method] = torch.zeros_like(ab)
        elif method == "constant":
            constant = torch.tensor(colorizer.info["constant_ab"]) / color.AB_SCALE
            out[method] = constant.to(ab).view(1, 2, 1, 1).expand_as(ab)
        elif method == "oracle-mean":
            out[method] = ab.mean(dim=(2, 3), keepdim=True).expand_as(ab)
        else:
            prior = color_prior(ab) if method == "two-stage-oracle-prior" else None
            # The base runs once for all the methods that build on it.
            found = colorizer.predict(L, _STAGES[method], t, prior, seed, first, ab_base=base)
            base = found.get("ab_base") if base is None else base
            out[method] = found["ab"].to(ab)
    return out


def rows(scores: dict, resamples=2000, seed=0, notes: dict | None = None) -> list[dict]:
    """The table's rows, as `evaluate` describes them, from the scores of each picture."""
    table = []
    for method, s in scores.items():
        mse, low, high = metrics.bootstrap(s["mse"], resamples=resamples, seed=seed)
        row = {
            "method": method,
            "mse": mse,
            "mse_ci": [low, high],
            "psnr_mean": metrics.psnr_mean(s["mse"]),
            "psnr_pooled": metrics.psnr_pooled(s["mse"]),
            "ssim": float(s["ssim"].mean()),
            "colorfulness": float(s["colorfulness"].mean()),
            "colorfulness_truth": float(s["colorfulness_truth"].mean()),
            "colorfulness_distance": float(np.abs(s["colorfulness"] - s["colorfulness_truth"]).mean()),
            "delta_e": float(s["delta_e"].mean()),
            "chroma_error": float(s["chroma_error"].mean()),
            "images": len(s["mse"]),
        }
        for key, rival in (("mse_vs_base", "siggraph17"), ("mse_vs_control", "control")):
            if rival in scores and rival != method:
                row[key] = list(metrics.paired_bootstrap(scores[rival]["mse"], s["mse"], resamples, seed))
        row["note"] = (notes or {}).get(method, "")
        table.append({key: _finite(value) for key, value in row.items()})
    return table


def notes(info: dict, t: int = 0) -> dict[str, str]:
    """What each method is, in a few words, with what of its making a reader of the table must know."""
    found = dict(_NOTES)
    for method in ("two-stage", "two-stage-oracle-prior", "control"):
        if t and method != "control":
            found[method] += f"; noise step {t}"
        if "random" in str(info.get("vgg", "")):
            found[method] += f"; perceptual and style terms by a stand-in ({info['vgg']})"
    return found


def format_table(rows: list[dict]) -> str:
    """The rows as lines of text, for a terminal or a notebook.  "vs base": change of MSE against siggraph17."""
    if not rows:
        return "no rows"
    head = ("method", "MSE", "95 %", "PSNR mean", "pooled", "SSIM", "colourful", "distance", "ΔE2000", "vs base")
    lines = [head]
    for row in rows:
        low, high = row["mse_ci"]
        versus = row.get("mse_vs_base")
        lines.append(
            (
                row["method"],
                _number(row["mse"], 1),
                f"{_number(low, 1)} to {_number(high, 1)}",
                _number(row["psnr_mean"], 2),
                _number(row["psnr_pooled"], 2),
                _number(row["ssim"], 3),
                _number(row["colorfulness"], 1),
                _number(row["colorfulness_distance"], 1),
                _number(row["delta_e"], 2),
                "" if not versus or versus[0] is None else f"{-100 * versus[0]:+.1f} %",
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    text.insert(1, "-" * len(text[0]))
    text += [
        "",
        f"{rows[0]['images']} pictures, colourfulness of the truth {_number(rows[0]['colorfulness_truth'], 1)}",
    ]
    text += [f"{row['method']}: {row['note']}" for row in rows if row.get("note")]
    return "\n".join(line.rstrip() for line in text)


def _wanted(colorizer, methods) -> tuple[str, ...]:
    able = [m for m in METHODS if m not in _STAGES or _STAGES[m] in colorizer.stages]
    if "constant_ab" not in colorizer.info:
        able.remove("constant")
    if methods is None:
        return tuple(able)
    for method in methods:
        if method not in METHODS:
            raise ValueError(f"methods must be among {', '.join(METHODS)}, got {method!r}")
        if method not in able:
            raise ValueError(f"method {method!r} is not in the weights {colorizer.name!r}: they have {', '.join(able)}")
    return tuple(methods)


def _finite(value):
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
