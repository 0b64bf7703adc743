"""Pure renderers: data in, a figure or a uint8 RGB array out; nothing is shown, nothing is kept.

One call, one picture.  Pictures are uint8 (H, W, 3) throughout.  A `Plot` shows itself when it is a
cell's last expression, with alternative text; pyplot and its global state are not used, so nothing
appears twice or leaks. Line styles, markers and hatches carry what colour carries, too.
"""

import base64
import io
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from skimage.color import deltaE_ciede2000, rgb2lab

from colorlib import color, metrics
from colorlib.evaluation.report import YARDSTICKS
from colorlib.show.tiles import (
    array_to_png,
    at_least_one,
    attention_overlay,
    captioned_row,
    checked,
    heat,
    sheet,
)

__all__ = ["array_to_png", "attention_overlay", "captioned_row", "heat", "sheet"]  # of tiles.py
# Okabe & Ito (2008): told apart by readers with any colour vision, and in grey by their styles.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "//", "..", "xx", "\\\\", "++")


# Showing
# -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A PNG that a notebook shows with alternative text."""

    png: bytes
    alt: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


class Plot(Figure):
    """A matplotlib figure that knows its alternative text, `alt`, and shows itself without pyplot."""

    def __init__(self, width, height, alt=""):
        super().__init__(figsize=(width, height), dpi=100, layout="constrained")
        self.alt = alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        return Shown(figure_to_png(self), self.alt)._repr_mimebundle_()


def describe(picture, text):
    """A Plot or a uint8 array (H, W, 3), to be shown with `text` as alternative text."""
    png = figure_to_png(picture) if isinstance(picture, Figure) else array_to_png(picture)
    return Shown(png, text)


def figure_to_png(figure):
    """PNG bytes of a matplotlib figure."""
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()


# Pictures
# ----------------------------------------------------------------------------------------------------------


def picture_row(pictures, titles=None, alt=None):
    """Pictures side by side: a list of uint8 (H, W, 3), of any sizes, with a title above each."""
    pictures = at_least_one(pictures)
    titles = [""] * len(pictures) if titles is None else list(titles)
    if len(titles) != len(pictures):
        raise ValueError(f"titles must be one a picture, {len(pictures)}, got {len(titles)}")
    width = min(2.4, 11 / len(pictures))
    tallest = max(np.shape(picture)[0] / np.shape(picture)[1] for picture in pictures)
    lines = max(title.count("\n") for title in titles) + 1
    plot = Plot(
        width * len(pictures),
        width * tallest + 0.1 + 0.22 * lines,
        alt or "Pictures: " + ", ".join(titles),
    )
    for axes, picture, title in zip(_axes(plot, 1, len(pictures)), pictures, titles, strict=True):
        _show_picture(axes, picture, title)
    return plot


def lab_channels(rgb):
    """A picture (H, W, 3), its L, its a and its b as pictures, and the three put together again."""
    lab = rgb2lab(checked(rgb))
    L, a, b = np.moveaxis(lab, -1, 0)
    grey, middle = np.zeros_like(L), np.full_like(L, 65.0)
    parts = [rgb] + [
        _to_rgb(*planes)
        for planes in ((L, grey, grey), (middle, a, grey), (middle, grey, b), (L, a, b))
    ]
    titles = ["picture", f"L, lightness\n{_span(L)}", f"a, green - to red +\n{_span(a)}"]
    titles += [f"b, blue - to yellow +\n{_span(b)}", "L, a, b together"]
    return picture_row(
        parts, titles, "A picture, its lightness L, its colour axes a and b, and all three together"
    )


def _span(plane):
    return f"{plane.min():.0f} to {plane.max():.0f}"


def _to_rgb(L, a, b):
    """Lab planes (H, W) -> uint8 (H, W, 3), clipped to sRGB."""
    planes = np.stack(np.broadcast_arrays(L, a, b)).astype(np.float32)
    return color.to_uint8(color.lab_to_rgb(torch.from_numpy(planes)[None], clip=True))[0]


def error_map(rgb_true, rgb_pred):
    """Truth, prediction, and where they differ: CIEDE2000 a pixel (about 1 is just noticeable), and
    numbers.
    """
    error = deltaE_ciede2000(rgb2lab(checked(rgb_true)), rgb2lab(checked(rgb_pred)))  # (H, W)
    mse = metrics.mse(rgb_true[None], rgb_pred[None])[0]
    ratio = error.shape[0] / error.shape[1]
    plot = Plot(
        8.2,
        2.5 * ratio + 0.45,
        f"Truth, prediction and error; mean CIEDE2000 {error.mean():.1f}, MSE {mse:.0f}",
    )
    left, middle, right = _axes(plot, 1, 3)
    _show_picture(left, rgb_true, "truth")
    _show_picture(middle, rgb_pred, f"prediction, MSE {mse:.0f}")
    heat = _show_picture(
        right, error, f"error, mean {error.mean():.1f}", cmap="magma", vmin=0, vmax=25
    )
    plot.colorbar(
        heat,
        ax=right,
        label="CIEDE2000",
        extend="max" if error.max() > 25 else "neither",
        shrink=0.9,
    )
    return plot


# Curves
# ------------------------------------------------------------------------------------------------------------


def ab_histogram(ab, bins=64):
    """Where colours lie: the density of ab' (2, H, W) or (N, 2, H, W) in model units, axes in ab
    units.
    """
    a, b = (
        np.moveaxis(np.asarray(ab).reshape(-1, 2, *np.shape(ab)[-2:]), 1, 0).reshape(2, -1)
        * color.AB_SCALE
    )
    reach = max(40, float(np.quantile(np.abs([a, b]), 0.999)) * 1.1)
    counts, *_ = np.histogram2d(b, a, bins=bins, range=[[-reach, reach]] * 2)
    plot = Plot(5, 4.1, f"Histogram of colours; mean a {a.mean():.0f}, mean b {b.mean():.0f}")
    axes = plot.subplots()
    with np.errstate(divide="ignore"):
        shown = np.where(counts > 0, np.log10(counts / counts.sum()), np.nan)
    drawn = axes.imshow(shown, origin="lower", extent=(-reach, reach) * 2, cmap="viridis")
    plot.colorbar(drawn, ax=axes, label="log10 of the share of pixels")
    axes.axhline(0, color="0.5", lw=0.8)
    axes.axvline(0, color="0.5", lw=0.8)
    axes.plot(a.mean(), b.mean(), "X", color="#D55E00", ms=10, mec="white", label="mean colour")
    axes.set(xlabel="a: green - to red +", ylabel="b: blue - to yellow +")
    axes.legend(loc="lower right")
    return plot


def loss_curves(history, stages=None, terms=("loss", "residual", "output")):
    """Loss terms over the epochs of each stage, warm-up shaded, validation MSE below (as Figures 4
    and 5).

    history: rows as `training.fit` returns them.  stages: names, in order; all by default.
    """
    stages = (
        list(dict.fromkeys(row["stage"] for row in history)) if stages is None else list(stages)
    )
    unknown = set(stages) - {row["stage"] for row in history}
    if unknown or not stages:
        raise ValueError(f"stages must be names found in the history, got {stages}")
    below = any("val_mse" in row for row in history if row["stage"] in stages)
    plot = Plot(
        min(11, 1.4 + 3.2 * len(stages)),
        4.8 if below else 3,
        f"Loss over epochs of {', '.join(stages)}",
    )
    grid = plot.subplots(
        1 + below, len(stages), squeeze=False, sharex="col", height_ratios=[3, 2][: 1 + below]
    )
    for column, stage in enumerate(stages):
        rows = [row for row in history if row["stage"] == stage]
        _draw_losses(grid[0, column], rows, terms, stage)
        if below:
            epochs = [row["epoch"] for row in rows if "val_mse" in row]
            values = [row["val_mse"] for row in rows if "val_mse" in row]
            grid[1, column].plot(epochs, values, color="black", marker="o", ms=4)
            grid[1, column].sharey(grid[1, 0])  # one scale: the stages are meant to be compared
            grid[1, column].set(ylabel="validation MSE" if column == 0 else None)
            grid[1, column].grid(alpha=0.3)
            _shade_warmup(grid[1, column], rows)
        grid[-1, column].set(xlabel="epoch")
        grid[-1, column].xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    grid[0, 0].set(ylabel="loss")
    handles = {}
    for axes in grid[0]:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    plot.legend(
        handles.values(),
        handles.keys(),
        loc="outside upper center",
        ncols=min(5, 1 + len(stages)),
        fontsize=9,
    )
    return plot


def _draw_losses(axes, rows, terms, stage):
    for term, line, marker, shade in zip(
        terms, cycle(LINES), cycle(MARKERS), cycle(COLORS), strict=False
    ):
        known = [row for row in rows if row.get(term, 0) > 0]
        if known:
            name = "total" if term == "loss" else term
            values = [row[term] for row in known]
            axes.plot(
                [r["epoch"] for r in known],
                values,
                ls=line,
                marker=marker,
                ms=4,
                color=shade,
                label=name,
            )
    _shade_warmup(axes, rows, "warm-up, no noise")
    axes.set(title=stage)
    axes.grid(alpha=0.3)
    values = [row[term] for row in rows for term in terms if row.get(term, 0) > 0]
    if values and max(values) > 8 * min(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    elif values:
        axes.set_ylim(0, 1.08 * max(values))


def _shade_warmup(axes, rows, label=None):
    warm = [row["epoch"] for row in rows if row.get("warmup")]
    if warm:
        axes.axvspan(
            min(warm) - 0.5,
            max(warm) + 0.5,
            color="0.85",
            hatch="//",
            ec="0.7",
            lw=0,
            zorder=0,
            label=label,
        )


def schedule_curves(alpha_bars):
    """What is left of the picture, and how much noise there is, at each t.

    alpha_bars: {name: alpha_bar (T + 1,)} as `diffusion.noise_schedule` gives them.
    """
    plot = Plot(6.4, 3.4, f"Signal and noise against t for the schedules {', '.join(alpha_bars)}")
    axes = plot.subplots()
    for (name, alpha_bar), shade, marker in zip(
        alpha_bars.items(), cycle(COLORS), cycle(MARKERS), strict=False
    ):
        alpha_bar = np.asarray(alpha_bar, dtype=np.float64)
        style = {
            "color": shade,
            "marker": marker,
            "markevery": max(1, len(alpha_bar) // 8),
            "ms": 5,
        }
        axes.plot(np.sqrt(alpha_bar), ls="-", label=f"{name}: picture, √ᾱ", **style)
        axes.plot(np.sqrt(1 - alpha_bar), ls="--", label=f"{name}: noise, √(1 - ᾱ)", **style)
    axes.set(xlabel="noise step t", ylabel="factor", ylim=(-0.03, 1.05))
    axes.grid(alpha=0.3)
    # above: the curves fill the axes
    axes.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return plot


def quality_curve(ts, mse, base_mse, t=None):
    """MSE of the one-step result against t, with the base's own as a line; t: one step to mark."""
    best = int(np.argmin(mse))
    alt = f"MSE against t: lowest {mse[best]:.1f} at t = {ts[best]}, the base alone {base_mse:.1f}"
    plot = Plot(6.4, 3.2, alt)
    axes = plot.subplots()
    axes.plot(ts, mse, color=COLORS[0], marker="o", ms=5, label="one-step result")
    axes.axhline(base_mse, color=COLORS[1], ls="--", label=f"base alone, {base_mse:.1f}")
    axes.plot(
        ts[best],
        mse[best],
        marker="*",
        ms=15,
        color="black",
        ls="",
        label=f"lowest, {mse[best]:.1f} at t = {ts[best]}",
    )
    if t is not None:
        axes.axvline(t, color="0.4", ls=":", label=f"t = {t}")
    axes.set(xlabel="noise step t", ylabel="MSE (RGB, 0..255)")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return plot


# Bars
# --------------------------------------------------------------------------------------------------------------


def score_bars(rows, measure="mse", label=None):
    """One bar a method, with its interval and number: rows as `evaluation.rows` gives them.

    Uses row["method"], row[measure] and, where present, row[measure + "_ci"] = (low, high).
    Yardsticks are hatched: grey, constant, every oracle, and rows with row["yardstick"].
    """
    rows = [row for row in rows if row.get(measure) is not None]
    if not rows:
        raise ValueError(f"rows hold no {measure!r}")
    label = label or measure.replace("_", " ")
    alt = f"{label}: " + ", ".join(f"{row['method']} {_number(row[measure])}" for row in rows)
    plot = Plot(7, 0.9 + 0.36 * len(rows), alt)
    axes = plot.subplots()
    top = max(max(row.get(f"{measure}_ci") or [row[measure]]) for row in rows)
    for y, row in enumerate(rows):
        value, interval = row[measure], row.get(f"{measure}_ci")
        yardstick = row["method"] in YARDSTICKS or "oracle" in row["method"] or row.get("yardstick")
        axes.barh(
            y,
            value,
            color="0.8" if yardstick else COLORS[5],
            hatch="//" if yardstick else "",
            ec="0.3",
            lw=0.6,
        )
        if interval:
            sides = [[max(0, value - interval[0])], [max(0, interval[1] - value)]]
            axes.errorbar(value, y, xerr=sides, color="black", capsize=4, lw=1.2)
        axes.text(max([value, *(interval or [])]) + 0.015 * top, y, _number(value), va="center")
    axes.set_yticks(range(len(rows)), [row["method"] for row in rows])
    axes.invert_yaxis()
    axes.set(xlabel=label, xlim=(0, 1.13 * top))
    axes.spines[["top", "right"]].set_visible(False)
    return plot


def _number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def region_bars(scores, label="MSE (RGB, 0..255)"):
    """Bars of each region for each method: {method: {region: value}}; a region without pixels (nan)
    has no bar.
    """
    regions = list(dict.fromkeys(region for values in scores.values() for region in values))
    plot = Plot(
        7,
        1.1 + 0.24 * len(regions) * (len(scores) + 0.6),
        f"{label} of {', '.join(regions)} by method",
    )
    axes = plot.subplots()
    thick = 0.8 / len(scores)
    top = np.nanmax([value for values in scores.values() for value in values.values()])
    for i, (method, values) in enumerate(scores.items()):
        style = {
            "color": COLORS[i % len(COLORS)],
            "hatch": HATCHES[i % len(HATCHES)],
            "ec": "white",
            "label": method,
        }
        heights = np.array([values.get(region, np.nan) for region in regions], dtype=float)
        ys = np.arange(len(regions)) + (i - (len(scores) - 1) / 2) * thick
        axes.barh(ys, heights, 0.9 * thick, **style)
        for y, value in zip(ys, heights, strict=True):
            if np.isfinite(value):
                axes.text(
                    value + 0.01 * top,
                    y,
                    f"{value:.0f}" if value >= 100 else f"{value:.3g}",
                    va="center",
                    fontsize=8,
                )
    axes.set_yticks(range(len(regions)), regions)
    axes.invert_yaxis()
    axes.set(xlabel=label, xlim=(0, 1.12 * top))
    axes.spines[["top", "right"]].set_visible(False)
    plot.legend(loc="outside upper center", ncols=4)
    return plot


def _axes(plot, rows, columns):
    return plot.subplots(rows, columns, squeeze=False).ravel()


def _show_picture(axes, picture, title, **options):
    axes.set_title(title, fontsize=10)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return axes.imshow(picture, interpolation="nearest", **options)
