"""The table: every method on the same pictures, the same resolution, L kept, 8-bit RGB.

    from colorlib.evaluation.table import evaluate, format_table
    print(format_table(evaluate("faces", "portraits", count=200)["rows"]))

The truth is the dataset's Lab as 8-bit RGB; a prediction is the truth's L with the predicted ab,
clipped to sRGB and rounded to 8 bits. The measures are in metrics.py, the methods in methods.py.

Beside the trained methods stand three that need no network: `grey`, one `constant` colour learnt
from the training pictures (stored with the weights, never taken from the pictures that are scored),
and `oracle-mean`, the true mean colour of each picture. A method marked as an oracle knows
something of the truth: it is a yardstick, not a rival.

`table2` adds where the differences come from: groups of people, hues, regions, and what the prior
knows.
"""

import os
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm.auto import tqdm

from colorlib import color, metrics, portraits
from colorlib import methods as table_of_methods
from colorlib import weights as files
from colorlib.colorize import SIDE_RELEASED, Colorizer
from colorlib.data import datasets, layout, mixture, sources
from colorlib.data.arguments import whole_number
from colorlib.evaluation import breakdown, groups
from colorlib.evaluation.report import format_table, format_table2
from colorlib.methods import METHODS, YARDSTICKS
from colorlib.prior import color_prior

__all__ = ["evaluate", "format_table", "format_table2", "predictions", "rows", "score", "table2"]

WIDTHS = {1 / 16: "a sixteenth", 1 / 8: "an eighth", 1 / 4: "a quarter", 1 / 2: "half", 1: "all"}
SHOWN = ("constant", "base", "two-stage")  # in the tables of groups and regions


def evaluate(weights="faces", data=None, split="test", count=None, methods=None, size=None, seed=0,
             t=None, resamples=2000, batch_size=32, progress=False) -> dict:  # fmt: skip
    """Score methods on one split of a data source: {"rows": [...], "settings": {...}}, as for JSON.

    weights: what `Colorizer.load` takes, or a Colorizer.
    data: one source or folder (None: COLORLIB_DATA, else the portraits), or a LabDataset, which may
        be of several.
    split: "train", "val", "test", or "all" for a folder that is one test set. It is cut with the
        seed that the weights were trained with, so that no test picture was learnt from;
        settings["seen"] counts the pictures that were, whatever the reason.
    count: at most so many pictures. size: their side, None for that of the weights.
    methods: names of rows of methods.py, None for all that the weights hold the networks of.
    t: noise step of the refiner, None for the weights' own.
    seed: of the noise and of the bootstrap. batch_size changes speed only.

    A row: method; mse and mse_ci [low, high] (95 %, bootstrap over pictures); psnr_mean;
    psnr_pooled; ssim; colorfulness, colorfulness_truth, colorfulness_distance (mean over pictures
    of the absolute difference), and colorfulness_ratio (of the two means, 1 is the truth's);
    delta_e; chroma_error; images; note. And, on the same pictures, mse_vs_base, mse_vs_more and
    mse_vs_control: the relative reduction of MSE against base, base-more and control (positive is
    better), and psnr_mean_vs_base (dB) and ssim_vs_base, differences. The ratio and what is against
    another method are [value, low, high] (95 %, paired bootstrap). What is not a finite number (the
    PSNR of a perfect match) is None.

    Raises ValueError for an unknown method, or one that the weights lack a network for.
    """
    colorizer, dataset, t = _open(weights, data, split, size, count, t)
    scores = score(colorizer, dataset, methods, t, seed, batch_size, progress)
    return {
        "rows": rows(scores, resamples, seed, notes(colorizer, t)),
        "settings": _settings(colorizer, dataset, t, count, seed, resamples),
    }


def table2(weights="faces", data=None, split=None, count=None, size=None, seed=0, t=None,
           labels=None, resamples=2000, batch_size=32, progress=False) -> dict:  # fmt: skip
    """The paper's Table 2 for any pictures of faces, and what stands behind its numbers; for JSON.

    labels: a CSV file as groups.py reads it; None takes labels.csv in the data folder, if any.
    split: None means `default_split`. The other arguments are those of `evaluate`. One pass over
    the pictures; what is kept of each is a few hundred numbers.

    {"rows": as in `evaluate`, all methods of the weights, then the released networks that have been
    fetched, "groups": [by age, gender, ...: breakdown.by_group], "hue": breakdown.by_hue,
    "regions": breakdown.by_region (portraits; else None), "prior": breakdown.by_knowledge (where
    there is a refiner; else None), "settings"}.
    """
    colorizer, dataset, t = _open(weights, data, split, size, count, t)
    labels = labels or _labels_beside(dataset)
    known = groups.labels(dataset, labels)  # first, so that a mistake in the file is told at once
    released = {
        row.name: Colorizer.load(name, colorizer.device)
        for name, row in table_of_methods.released().items()
        if files.find(name)
    }
    work = partial(_behind, colorizer, released, _wanted(colorizer, None), dataset, t, seed)
    scores = _collect(dataset, batch_size, progress, work)
    pictures = scores.pop("pictures")
    told = {name: scores.pop(name)["mse"] for name in breakdown.KNOWN if name in scores}
    shown = {method: scores[method] for method in SHOWN if method in scores}
    if not dataset.drawn:
        known.append(groups.skin_tones(pictures["angle"]))
    again = {"resamples": resamples, "seed": seed}
    settings = _settings(colorizer, dataset, t, count, seed, resamples)
    settings |= {"suite": "table2", "labels": labels and str(labels), "few": groups.FEW}
    return {
        "rows": rows(scores, resamples, seed, notes(colorizer, t)),
        "groups": [breakdown.by_group(label, shown, **again) for label in known],
        "hue": breakdown.by_hue(scores, pictures, **again),
        "regions": breakdown.by_region(shown, pictures, **again) if dataset.drawn else None,
        "prior": breakdown.by_knowledge(scores["base"]["mse"], told, **again) if told else None,
        "settings": settings,
    }


def _behind(colorizer, released, wanted, dataset, t, seed, L, ab, start) -> dict:
    """What `table2` keeps of a batch: the measures of each method, its error by hue and region, the
    error with a known share of the prior, and what must be known of the pictures themselves.
    """
    truth = color.show(L, ab)
    guesses = _guesses(colorizer, wanted, L, ab, t, seed, start)
    guesses |= {name: predict_released(net, L) for name, net in released.items()}
    areas = {breakdown.HUES: breakdown.hue_labels(ab)}
    if dataset.drawn:
        numbers = dataset.portraits[start : start + len(L)]
        drawn = portraits.draw_batch(numbers, dataset.seed, dataset.size, masks=True)
        areas[metrics.REGIONS] = drawn[1]
    found = {"pictures": {"angle": groups.typology_angle(L, ab)}}
    for method, guess in guesses.items():
        pred = color.show(L, guess)
        found[method] = metrics.measure(truth, pred)
        error = metrics.squared_error(truth, pred)
        for names, where in areas.items():
            sums, pixels = metrics.area_sums(error, where, len(names))
            found[method] |= dict(zip(names, sums.T, strict=True))
            found["pictures"] |= dict(zip(names, pixels.T, strict=True))
    if "two-stage" in guesses:
        base = guesses["base"]
        for name, prior in breakdown.mixed_priors(base, ab).items():
            told = colorizer.predict(L, "two-stage", t, prior, seed, start, ab_base=base)
            found[name] = {"mse": metrics.mse(truth, color.show(L, told["ab"].to(ab)))}
    return found


def default_split(data, trained_on=None) -> str:
    """The split that `table2` scores where none is given.

    "all" for a plain folder of pictures, or a single one, which is one test set; "test" for a
    source or a folder with splits of its own (train/ and val/ or test/), and for the folder that
    the weights were trained on (info["data"], of several sources a list).
    """
    folder = Path(os.path.expanduser(data))
    if folder.is_file():
        return "all"
    if data in sources.NAMED or not folder.is_dir():
        return "test"
    learnt = trained_on if isinstance(trained_on, list) else [trained_on]
    names = [mixture.named(word) for word in learnt if isinstance(word, str)]
    own = {Path(os.path.expanduser(name)).resolve() for name in names}
    splits = layout.own_splits(folder) & {"train", "test"}
    return "test" if splits or folder.resolve() in own else "all"


def score(colorizer, dataset, methods=None, t=None, seed=0, batch_size=32, progress=False) -> dict:
    """Scores of each picture: {method: {measure: (N,)}}, with the measures of `metrics.measure`.

    In the order of `dataset.keys`, so that the pictures where a method fails can be found.
    Arguments and errors as for `evaluate`.
    """
    wanted = _wanted(colorizer, methods)

    def work(L, ab, start):
        truth = color.show(L, ab)
        guesses = _guesses(colorizer, wanted, L, ab, t, seed, start)
        return {
            name: metrics.measure(truth, color.show(L, guess)) for name, guess in guesses.items()
        }

    return _collect(dataset, batch_size, progress, work)


def predictions(colorizer, L, ab, methods=None, t=None, seed=0, first=0) -> dict[str, torch.Tensor]:
    """ab' (B, 2, H, W) of each method on a batch: L (B, 1, H, W) and the true ab (B, 2, H, W).

    Model units. The truth goes to the methods marked as oracles alone. first: position of the
    batch's first picture in the dataset, for its noise.
    """
    return _guesses(colorizer, _wanted(colorizer, methods), L, ab, t, seed, first)


def _guesses(colorizer, wanted, L, ab, t, seed, first):
    """`predictions` of these rows of methods.py."""
    out, base = {}, None
    for row in wanted:
        if row.name == "grey":
            guess = torch.zeros_like(ab)
        elif row.name == "constant":
            constant = torch.tensor(colorizer.info["constant_ab"]) / color.AB_SCALE
            guess = constant.to(ab).view(1, 2, 1, 1).expand_as(ab)
        elif row.name == "oracle-mean":
            guess = ab.mean(dim=(2, 3), keepdim=True).expand_as(ab)
        else:
            # The base runs once for all the methods that build on it.
            prior = color_prior(ab) if row.oracle else None
            found = colorizer.predict(L, row.name, t, prior, seed, first, ab_base=base)
            base, guess = found.get("ab_base", base), found["ab"].to(ab)
        out[row.name] = guess
    return out


def predict_released(colorizer, L) -> torch.Tensor:
    """ab' (B, 2, H, W) of a released network, which looks at SIDE_RELEASED pixels a side.

    L (B, 1, H, W) may have any size.
    """
    sides = (SIDE_RELEASED, SIDE_RELEASED)
    small = F.interpolate(L, size=sides, mode="bicubic", antialias=True).clamp(-0.5, 0.5)
    # Few at a time: at this size and width a picture takes more memory than anything else here.
    (stage,) = colorizer.stages
    ab = torch.cat([colorizer.predict(few, stage)["ab"] for few in small.split(4)])
    return F.interpolate(ab, size=L.shape[-2:], mode="bilinear", antialias=True).to(L)


def rows(scores: dict, resamples=2000, seed=0, notes: dict | None = None) -> list[dict]:
    """The table's rows, as `evaluate` describes them, from the scores of each picture."""
    again = {"resamples": resamples, "seed": seed}
    table = []
    for method, s in scores.items():
        mse, low, high = metrics.bootstrap(s["mse"], **again)
        distance = np.abs(s["colorfulness"] - s["colorfulness_truth"])
        ratio = metrics.bootstrap_sums(
            np.divide, s["colorfulness"], s["colorfulness_truth"], **again
        )
        row = {
            "method": method,
            "mse": mse,
            "mse_ci": [low, high],
            "psnr_mean": metrics.psnr_mean(s["mse"]),
            "psnr_pooled": metrics.psnr_pooled(s["mse"]),
            "ssim": float(s["ssim"].mean()),
            "colorfulness": float(s["colorfulness"].mean()),
            "colorfulness_truth": float(s["colorfulness_truth"].mean()),
            "colorfulness_distance": float(distance.mean()),
            "colorfulness_ratio": list(ratio),
            "delta_e": float(s["delta_e"].mean()),
            "chroma_error": float(s["chroma_error"].mean()),
            "images": len(s["mse"]),
        }
        row |= _against(scores, method, again)
        row["note"] = (notes or {}).get(method, "")
        table.append(breakdown.finite(row))
    return table


def _against(scores, method, again) -> dict:
    """What a row says against other methods, on the same pictures."""
    found, s = {}, scores[method]
    for key, rival in (("base", "base"), ("more", "base-more"), ("control", "control")):
        if rival in scores and rival != method:
            reduction = metrics.paired_bootstrap(scores[rival]["mse"], s["mse"], **again)
            found[f"mse_vs_{key}"] = list(reduction)
    if "mse_vs_base" in found:
        base = scores["base"]
        with np.errstate(invalid="ignore"):  # a perfect match has an infinite PSNR
            gain = metrics.psnr(s["mse"]) - metrics.psnr(base["mse"])
            found["psnr_mean_vs_base"] = list(metrics.bootstrap(gain, **again))
        found["ssim_vs_base"] = list(metrics.bootstrap(s["ssim"] - base["ssim"], **again))
    return found


def notes(colorizer, t: int = 0) -> dict[str, str]:
    """What each method is, in a few words, and what of its making a reader must know."""
    info, found = colorizer.info, {row.name: row.note for row in METHODS.values()}
    width = getattr(colorizer.parts.get("base"), "width", None)
    found["base"] = found["base"].format(width=WIDTHS.get(width, "a part"))
    for row in METHODS.values():
        label = getattr(colorizer.parts.get(row.part), "label", "")
        if "random" in label:
            found[row.name] += f"; the classifier is a stand-in ({label})"
        if len(row.networks) > 1 and not row.walks:
            if t and row.networks[1] in info.get("noisy", ["refiner"]):
                found[row.name] += f"; noise step {t}"
            if "random" in str(info.get("vgg", "")):
                found[row.name] += f"; perceptual and style terms by a stand-in ({info['vgg']})"
    return found


def _open(weights, data, split, size, count, t):
    """The Colorizer, the LabDataset and the noise step that the arguments mean."""
    colorizer = weights if isinstance(weights, Colorizer) else Colorizer.load(weights)
    if isinstance(data, datasets.LabDataset):
        data = data if count is None else data.subset(range(min(count, len(data))))
    else:
        data = datasets.default_source() if data is None else data
        (name, share), *more = mixture.wanted(data)
        if more or share < 1:
            way = "score each by itself, or hand in datasets.load([...], split)"
            raise ValueError(f"data must be one source, whole, for one table, got {data!r}; {way}")
        data = name
        split = split or default_split(data, colorizer.info.get("data"))
        seed = colorizer.info.get("split_seed", 0)
        data = datasets.load(data, split, size=size or colorizer.size, count=count, seed=seed)
    return colorizer, data, colorizer.t if t is None else whole_number("t", t)


def _labels_beside(dataset) -> Path | None:
    """labels.csv in the folder that a dataset was loaded from, where there is one."""
    beside = Path(dataset.name) / "labels.csv"
    return beside if dataset.name not in sources.NAMED and beside.is_file() else None


def _settings(colorizer, dataset, t, count, seed, resamples) -> dict:
    info = colorizer.info
    seen = set(info.get("seen", ()))
    return {
        "data": dataset.name,
        "split": dataset.split,
        "layout": dataset.report.layout,
        "split_seed": dataset.seed,
        "size": dataset.size,
        "images": len(dataset),
        "seen": sum(content in seen for content in dataset.contents()),
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
    """work(L, ab, start) -> {name: {measure: (B,)}} on every batch, joined to (N,) each."""
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


def _wanted(colorizer, names) -> list:
    """The rows of methods.py that these names mean; None: all that the weights can run."""
    able = [METHODS[name] for name in YARDSTICKS if name != "constant"]
    able += table_of_methods.runnable(colorizer.parts)
    if "constant_ab" in colorizer.info:
        able.append(METHODS["constant"])
    if "vibrance" not in colorizer.info:
        able = [row for row in able if "vibrant" not in row.options]
    if names is None:
        return [row for row in METHODS.values() if row in able]
    for name in names:
        if table_of_methods.find(name) not in able:
            known = ", ".join(row.name for row in METHODS.values() if row in able)
            raise ValueError(
                f"method {name!r} is not in the weights {colorizer.name!r}: they have {known}"
            )
    return [METHODS[name] for name in names]
