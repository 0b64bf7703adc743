"""The table: every method on the same pictures, the same resolution, L kept, 8-bit RGB.

    from colorlib.evaluation import table as evaluation
    table = evaluation.evaluate("faces", "portraits", count=200)
    print(evaluation.format_table(table["rows"]))

The truth is the dataset's Lab as 8-bit RGB; a prediction is the truth's L with the predicted ab,
clipped to sRGB and rounded to 8 bits.  The measures are in metrics.py.

Beside the trained methods stand three that need no network: `grey`, one `constant` colour learnt
from the training pictures (stored with the weights, never taken from the pictures that are scored),
and `oracle-mean`, the true mean colour of each picture.  A method marked as an oracle knows
something of the truth: it is a yardstick, not a rival.

`table2` adds where the differences come from: groups of people, hues, regions, and what the prior
knows.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm.auto import tqdm

from colorlib import color, metrics, portraits
from colorlib import weights as files
from colorlib.colorize import RELEASED, Colorizer, whole_number
from colorlib.data import datasets, sources
from colorlib.evaluation import breakdown, groups
from colorlib.evaluation.report import YARDSTICKS, format_table, format_table2
from colorlib.prior import color_prior

__all__ = [
    "METHODS",
    "evaluate",
    "format_table",
    "format_table2",
    "predictions",
    "rows",
    "score",
    "table2",
]

# Method -> the stage of colorize.py that it runs.
_STAGES = {
    "cnn": "cnn",
    "gan": "gan",
    "eccv16": "eccv16",
    "siggraph17": "base",
    "base-more": "more",
    "control": "control",
    "prior only": "refiner-prior",
    "noise only": "refiner-noise",
    "attention only": "refiner-attention",
    "two-stage": "two-stage",
    "two-stage-vibrant": "two-stage",
    "two-stage-oracle-prior": "two-stage",
}
METHODS = (*YARDSTICKS, *_STAGES)
_NOTES = {
    "grey": "a = b = 0",
    "constant": "one colour, the mean of the training pictures",
    "oracle-mean": "oracle: the true mean colour of each picture",
    "cnn": "encoder and decoder, regression with the squared error",
    "gan": "pix2pix: a U-Net against a discriminator of patches",
    "eccv16": "classification over colour bins, then the annealed mean",
    "siggraph17": "the base, stage one",
    "base-more": "the base with the refiner's parameters and epochs added",
    "control": "the width and training of two-stage, without prior, noise and attention",
    "prior only": "the control and the colour prior",
    "noise only": "the control and the diffusion noise",
    "attention only": "the control and the attention",
    "two-stage": "base and refiner; the prior is the base prediction's",
    "two-stage-vibrant": "two-stage, its prior enlarged until pictures are as colourful as the validation set's",
    "two-stage-oracle-prior": "oracle: two-stage with the truth's prior",
}
_REFINED = (
    "control", "prior only", "noise only", "attention only", "two-stage", "two-stage-vibrant", "two-stage-oracle-prior"
)  # fmt: skip
_SHOWN = ("constant", "siggraph17", "two-stage")  # in the tables of groups and regions
SIDE = 256  # pixels at which the released networks look, as their authors' demo does


def evaluate(weights="faces", data=None, split="test", count=None, methods=None, size=None, seed=0, t=None,
             resamples=2000, batch_size=32, progress=False) -> dict:  # fmt: skip
    """Score methods on one split of a data source: {"rows": [...], "settings": {...}}, ready for
    JSON.

    weights: what `Colorizer.load` takes, or a Colorizer.
    data: what `datasets.load` takes (None: COLORLIB_DATA, else the portraits), or a LabDataset.
    split: "train", "val", "test", or "all" for a folder that is one test set.
    count: at most so many pictures.  size: their side, None for that of the weights.
    methods: names from METHODS, None for all that the weights hold the parts of.
    t: noise step of the refiner, None for the weights' own.
    seed: of the split, of the noise and of the bootstrap.  batch_size changes speed only.

    A row: method; mse and mse_ci [low, high] (95 %, bootstrap over pictures); psnr_mean;
    psnr_pooled; ssim; colorfulness, colorfulness_truth, colorfulness_distance (mean over pictures
    of the absolute difference), and colorfulness_ratio (of the two means, 1 is the truth's);
    delta_e; chroma_error; images; note.  And, on the same pictures, mse_vs_base, mse_vs_more and
    mse_vs_control: the relative reduction of MSE against siggraph17, base-more and control
    (positive is better), and psnr_mean_vs_base (dB) and ssim_vs_base, differences. The ratio and
    what is against another method are [value, low, high] (95 %, paired bootstrap). What is not a
    finite number (the PSNR of a perfect match) is None.
    Raises ValueError for an unknown method, or one that the weights lack a part for.
    """
    colorizer, dataset, t = _open(weights, data, split, size, count, seed, t)
    scores = score(colorizer, dataset, methods, t, seed, batch_size, progress)
    return {
        "rows": rows(scores, resamples, seed, notes(colorizer.info, t)),
        "settings": _settings(colorizer, dataset, t, count, seed, resamples),
    }


def table2(weights="faces", data=None, split=None, count=None, size=None, seed=0, t=None, labels=None,
           resamples=2000, batch_size=32, progress=False) -> dict:  # fmt: skip
    """The paper's Table 2 for any pictures of faces, and what stands behind its numbers; ready for
    JSON.

    labels: a CSV file as groups.py reads it; None takes labels.csv in the data folder where there
    is one.
    seed: also that of the portraits, whose regions and skin are looked up.
    split: None means `default_split`.  The other arguments are those of `evaluate`.  One pass over
    the pictures; what is kept of each is a few hundred numbers.

    {"rows": as in `evaluate`, all methods of the weights, then the released networks that have been
    fetched,
    "groups": [by age, gender, ...: breakdown.by_group], "hue": breakdown.by_hue, "regions":
    breakdown.by_region (portraits; else None), "prior": breakdown.by_knowledge (where there is a
    refiner; else None), "settings"}.
    """
    colorizer, dataset, t = _open(weights, data, split, size, count, seed, t)
    beside = Path(dataset.name) / "labels.csv"
    if labels is None and dataset.name not in sources.NAMED and beside.is_file():
        labels = beside
    # first, so that a mistake in the file is told at once
    known = groups.labels(dataset.keys, labels, seed)
    released = {
        f"{name}-released": Colorizer.load(name, colorizer.device)
        for name in RELEASED
        if files.find(name)
    }
    drawn = all(key.startswith("portraits/") for key in dataset.keys)

    def work(L, ab, start):
        truth = _rgb(L, ab)
        guesses = predictions(colorizer, L, ab, None, t, seed, start)
        guesses |= {name: predict_released(net, L) for name, net in released.items()}
        areas = {breakdown.HUES: breakdown.hue_labels(ab)}
        if drawn:
            numbers = [int(key.split("/")[1]) for key in dataset.keys[start : start + len(L)]]
            areas[portraits.REGIONS] = portraits.draw_batch(
                numbers, seed, dataset.size, masks=True
            )[1]
        found = {"pictures": {"angle": groups.typology_angle(L, ab)}}
        for method, guess in guesses.items():
            pred = _rgb(L, guess)
            found[method] = metrics.measure(truth, pred)
            error = metrics.squared_error(truth, pred)
            for names, where in areas.items():
                sums, pixels = metrics.area_sums(error, where, len(names))
                found[method] |= dict(zip(names, sums.T, strict=True))
                found["pictures"] |= dict(zip(names, pixels.T, strict=True))
        if "two-stage" in guesses:
            base = guesses["siggraph17"]
            for name, prior in breakdown.mixed_priors(base, ab).items():
                guess = colorizer.predict(L, "two-stage", t, prior, seed, start, ab_base=base)[
                    "ab"
                ].to(ab)
                found[name] = {"mse": metrics.mse(truth, _rgb(L, guess))}
        return found

    scores = _collect(dataset, batch_size, progress, work)
    pictures = scores.pop("pictures")
    told = {name: scores.pop(name)["mse"] for name in breakdown.KNOWN if name in scores}
    shown = {method: scores[method] for method in _SHOWN if method in scores}
    if not drawn:
        known.append(groups.skin_tones(pictures["angle"]))
    again = {"resamples": resamples, "seed": seed}
    return {
        "rows": rows(scores, resamples, seed, notes(colorizer.info, t)),
        "groups": [breakdown.by_group(label, shown, **again) for label in known],
        "hue": breakdown.by_hue(scores, pictures, **again),
        "regions": breakdown.by_region(shown, pictures, **again) if drawn else None,
        "prior": breakdown.by_knowledge(scores["siggraph17"]["mse"], told, **again)
        if told
        else None,
        "settings": _settings(colorizer, dataset, t, count, seed, resamples)
        | {"suite": "table2", "labels": None if labels is None else str(labels), "few": groups.FEW},
    }


def default_split(data, trained_on=None) -> str:
    """The split that `table2` scores where none is given.

    "all" for a plain folder of pictures, which is one test set; "test" for a source or a folder
    with splits of its own (train/ and val/ or test/), and for the folder that the weights were
    trained on (info["data"]).
    """
    folder = Path(os.path.expanduser(data))
    if data in sources.NAMED or not folder.is_dir():
        return "test"
    given = {
        sources.SPLIT_FOLDERS.get(child.name) for child in folder.iterdir() if child.is_dir()
    } - {None}
    own = (
        trained_on is not None
        and Path(os.path.expanduser(trained_on)).resolve() == folder.resolve()
    )
    return "test" if own or ("train" in given and len(given) > 1) else "all"


def score(colorizer, dataset, methods=None, t=None, seed=0, batch_size=32, progress=False) -> dict:
    """Scores of each picture: {method: {measure: (N,) array}}, with the measures of
    `metrics.measure`.

    In the order of `dataset.keys`, so that the pictures where a method fails can be found.
    Arguments and errors as for `evaluate`.
    """
    methods = _wanted(colorizer, methods)

    def work(L, ab, start):
        truth = _rgb(L, ab)
        guesses = predictions(colorizer, L, ab, methods, t, seed, start)
        return {method: metrics.measure(truth, _rgb(L, guess)) for method, guess in guesses.items()}

    return _collect(dataset, batch_size, progress, work)


def predictions(colorizer, L, ab, methods=None, t=None, seed=0, first=0) -> dict[str, torch.Tensor]:
    """ab' (B, 2, H, W) of each method on a batch.  L (B, 1, H, W) and the true ab (B, 2, H, W),
    model units.

    The truth goes to the methods marked as oracles alone.  first: position of the batch's first
    picture in the dataset, for its noise.
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
            vibrant = method == "two-stage-vibrant"
            found = colorizer.predict(
                L, _STAGES[method], t, prior, seed, first, ab_base=base, vibrant=vibrant
            )
            base = found.get("ab_base") if base is None else base
            out[method] = found["ab"].to(ab)
    return out


def predict_released(colorizer, L) -> torch.Tensor:
    """ab' (B, 2, H, W) of a released network, which looks at SIDE x SIDE pixels whatever the size
    of L (B, 1, H, W).
    """
    small = F.interpolate(L, size=(SIDE, SIDE), mode="bicubic", antialias=True).clamp(-0.5, 0.5)
    # Few at a time: at this size and width a picture takes more memory than anything else here.
    ab = torch.cat([colorizer.predict(few, colorizer.stages[0])["ab"] for few in small.split(4)])
    return F.interpolate(ab, size=L.shape[-2:], mode="bilinear", antialias=True).to(L)


def rows(scores: dict, resamples=2000, seed=0, notes: dict | None = None) -> list[dict]:
    """The table's rows, as `evaluate` describes them, from the scores of each picture."""
    again = {"resamples": resamples, "seed": seed}
    table = []
    for method, s in scores.items():
        mse, low, high = metrics.bootstrap(s["mse"], **again)
        row = {
            "method": method,
            "mse": mse,
            "mse_ci": [low, high],
            "psnr_mean": metrics.psnr_mean(s["mse"]),
            "psnr_pooled": metrics.psnr_pooled(s["mse"]),
            "ssim": float(s["ssim"].mean()),
            "colorfulness": float(s["colorfulness"].mean()),
            "colorfulness_truth": float(s["colorfulness_truth"].mean()),
            "colorfulness_distance": float(
                np.abs(s["colorfulness"] - s["colorfulness_truth"]).mean()
            ),
            "colorfulness_ratio": list(
                metrics.bootstrap_sums(
                    np.divide, s["colorfulness"], s["colorfulness_truth"], **again
                )
            ),
            "delta_e": float(s["delta_e"].mean()),
            "chroma_error": float(s["chroma_error"].mean()),
            "images": len(s["mse"]),
        }
        for key, rival in (("base", "siggraph17"), ("more", "base-more"), ("control", "control")):
            if rival in scores and rival != method:
                row[f"mse_vs_{key}"] = list(
                    metrics.paired_bootstrap(scores[rival]["mse"], s["mse"], **again)
                )
        if "mse_vs_base" in row:
            base = scores["siggraph17"]
            with np.errstate(invalid="ignore"):  # a perfect match has an infinite PSNR
                gain = metrics.psnr(s["mse"]) - metrics.psnr(base["mse"])
                row["psnr_mean_vs_base"] = list(metrics.bootstrap(gain, **again))
            row["ssim_vs_base"] = list(metrics.bootstrap(s["ssim"] - base["ssim"], **again))
        row["note"] = (notes or {}).get(method, "")
        table.append(breakdown.finite(row))
    return table


def notes(info: dict, t: int = 0) -> dict[str, str]:
    """What each method is, in a few words, with what of its making a reader of the table must know."""
    found = dict(_NOTES)
    for method in _REFINED:
        part = "refiner" if method.startswith("two-stage") else _STAGES[method]
        if t and part in info.get("noisy", ["refiner"]):
            found[method] += f"; noise step {t}"
        if "random" in str(info.get("vgg", "")):
            found[method] += f"; perceptual and style terms by a stand-in ({info['vgg']})"
    for name in RELEASED:
        found[f"{name}-released"] = (
            f"{files.DOWNLOADS[name].about}: trained on ImageNet, looks at {SIDE} x {SIDE} pixels"
        )
    return found


def _open(weights, data, split, size, count, seed, t):
    """The Colorizer, the LabDataset and the noise step that the arguments mean."""
    colorizer = weights if isinstance(weights, Colorizer) else Colorizer.load(weights)
    if not isinstance(data, datasets.LabDataset):
        data = datasets.default_source() if data is None else data
        split = split or default_split(data, colorizer.info.get("data"))
        data = datasets.load(data, split, size=size or colorizer.size, count=count, seed=seed)
    return colorizer, data, colorizer.t if t is None else whole_number("t", t)


def _settings(colorizer, dataset, t, count, seed, resamples) -> dict:
    info = colorizer.info
    return {
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


def _collect(dataset, batch_size, progress, work) -> dict:
    """work(L, ab, start) -> {name: {measure: (B,)}} on every batch, joined: {name: {measure:
    (N,)}}.
    """
    collected = {}
    starts = range(0, len(dataset), batch_size)
    for start in tqdm(starts, desc="evaluate", unit="batch", disable=not progress):
        L, ab = dataset.batch(list(range(start, min(start + batch_size, len(dataset)))))
        for name, found in work(L, ab, start).items():
            for measure, values in found.items():
                collected.setdefault(name, {}).setdefault(measure, []).append(values)
    return {
        name: {measure: np.concatenate(parts) for measure, parts in found.items()}
        for name, found in collected.items()
    }


def _rgb(L, ab) -> np.ndarray:
    """Model units to the 8-bit picture (B, H, W, 3) that a viewer gets."""
    return color.to_uint8(color.model_to_rgb(L, ab))


def _wanted(colorizer, methods) -> tuple[str, ...]:
    able = [m for m in METHODS if m not in _STAGES or _STAGES[m] in colorizer.stages]
    for method, needed in (("constant", "constant_ab"), ("two-stage-vibrant", "vibrance")):
        if needed not in colorizer.info and method in able:
            able.remove(method)
    if methods is None:
        return tuple(able)
    for method in methods:
        if method not in METHODS:
            raise ValueError(f"methods must be among {', '.join(METHODS)}, got {method!r}")
        if method not in able:
            raise ValueError(
                f"method {method!r} is not in the weights {colorizer.name!r}: they have {', '.join(able)}"
            )
    return tuple(methods)
