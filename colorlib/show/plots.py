"""Pure renderers: data in, a figure or a uint8 RGB array out; nothing is shown, nothing is kept.

One call, one picture. Pictures are uint8 (H, W, 3) throughout. A `Plot` shows itself when it is a
cell's last expression, with alternative text; pyplot and its global state are not used, so nothing
appears twice or leaks. Line styles, markers and hatches carry what colour carries, too.
"""

import base64
import io
from dataclasses import dataclass
from itertools import cycle, pairwise
from textwrap import fill

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from skimage.color import deltaE_ciede2000, rgb2lab

from colorlib import color, metrics
from colorlib.methods import YARDSTICKS
from colorlib.show import tiles
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
SMALL = 100  # pixels: pictures up to this height show their pixels
HATCHES = ("", "//", "..", "xx", "\\\\", "++")


# Showing
# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A PNG that a notebook shows with alternative text.

    cuts, letters: what a narrow page needs to know of it, see `offline.figure`.
    """

    png: bytes
    alt: str
    cuts: tuple = ()
    letters: float = tiles.LETTERS

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.alt}
        told = {"alt": self.alt, "cuts": list(self.cuts), "letters": self.letters}
        return data, {"image/png": told}


class Plot(Figure):
    """A matplotlib figure that knows its alternative text and shows itself without pyplot.

    width, height: in inches of 100 pixels.
    """

    def __init__(self, width, height, alt=""):
        super().__init__(figsize=(width, height), dpi=100, layout="constrained")
        self.alt = alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        return describe(self, self.alt)._repr_mimebundle_()


def describe(picture, text, whole=False):
    """A Plot or a uint8 array (H, W, 3), to be shown with `text` as alternative text.

    Pages lay what it is made of, side by side, in several lines where they are narrow; not where
    it is `whole`.
    """
    if isinstance(picture, Figure):
        png = figure_to_png(picture)  # first: drawing settles where everything is
        return Shown(png, text, () if whole else _cuts(picture), _smallest_letters(picture))
    return Shown(array_to_png(picture), text, () if whole else tiles.cuts(picture))


def _cuts(figure):
    """Pixels from the left where a drawn figure may be cut from top to bottom.

    Between columns of axes, where nothing reaches across: no legend of all, no scale at the left
    that the others go by.
    """
    placed = [(a.get_subplotspec(), a) for a in figure.axes]
    placed = [(spec.colspan.start, a) for spec, a in placed if spec]
    inner = [a.yaxis.get_tick_params() for column, a in placed if column]
    if figure.legends or not all(ticks.get("labelleft", True) for ticks in inner):
        return ()
    boxes, found = [a.get_tightbbox() for a in figure.axes], []
    for column in range(1, 1 + max((column for column, _ in placed), default=0)):
        right = min(a.get_tightbbox().x0 for at, a in placed if at >= column)
        left = max(box.x1 for box in boxes if box.x0 < right)
        if left > right:
            return ()
        found.append(round((left + right) / 2))
    return tuple(found)


def _smallest_letters(figure):
    """The size in pixels of the smallest letters of a drawn figure."""
    words = figure.findobj(lambda part: isinstance(part, Text) and part.get_visible())
    sizes = [word.get_fontsize() for word in words if word.get_text().strip()]
    return round(min(sizes, default=10) * figure.dpi / 72, 1)


def figure_to_png(figure):
    """PNG bytes of a matplotlib figure."""
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()


# Pictures
# --------------------------------------------------------------------------------------------------


def picture_row(pictures, titles=None, alt=None):
    """Pictures side by side: a list of uint8 (H, W, 3), of any sizes, with a title above each."""
    pictures = at_least_one(pictures)
    titles = [""] * len(pictures) if titles is None else list(titles)
    if len(titles) != len(pictures):
        raise ValueError(f"titles must be one a picture, {len(pictures)}, got {len(titles)}")
    width = min(2.4, 11 / len(pictures))
    tallest = max(np.shape(picture)[0] / np.shape(picture)[1] for picture in pictures)
    lines = 1 + max(title.count("\n") for title in titles)
    plot = Plot(
        width * len(pictures),
        width * tallest + 0.1 + 0.22 * lines,
        alt or "Pictures: " + ", ".join(titles),
    )
    row = plot.subplots(1, len(pictures), squeeze=False)[0]
    for axes, picture, title in zip(row, pictures, titles, strict=True):
        _show_picture(axes, picture, title)
    return plot


def _show_picture(axes, picture, title, **options):
    axes.set_title(title, fontsize=10)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    small = np.shape(picture)[0] <= SMALL  # its pixels stay visible
    return axes.imshow(picture, interpolation="nearest" if small else "lanczos", **options)


def joined(L, ab):
    """Lightness at full size with colours from a smaller network, as colourisation is used.

    L' (B, 1, H, W), ab' (B, 2, h, w) in model units -> uint8 (B, H, W, 3).
    """
    return color.show(L, F.interpolate(ab, size=L.shape[-2:], mode="bilinear").clamp(-1.2, 1.2))


def lab_channels(rgb):
    """A picture (H, W, 3), its L, its a and its b as pictures, and the three put together again."""
    parts, (L, a, b) = lab_parts(color.rgb_to_lab(color.from_uint8(rgb)))
    return picture_row(
        [rgb, *parts],
        [
            "picture",
            f"L, lightness\n{L}",
            f"a, green - to red +\n{a}",
            f"b, blue - to yellow +\n{b}",
            "L, a, b together",
        ],
        "A picture, its lightness L, its colour axes a and b, and all three together",
    )


def lab_parts(lab):
    """Lab (1, 3, H, W) -> its L, a and b alone and together, [uint8 (H, W, 3)], and three spans.

    a and b are shown at one lightness, 65. A span is text such as "-12 to 60", in Lab units.
    """
    L, a, b = lab.split(1, dim=1)  # (1, 1, H, W) each
    none, middle = torch.zeros_like(L), torch.full_like(L, 65.0)
    planes = (L, none, none), (middle, a, none), (middle, none, b), (L, a, b)
    together = torch.cat([torch.cat(three, dim=1) for three in planes])  # (4, 3, H, W)
    spans = [f"{plane.min():.0f} to {plane.max():.0f}" for plane in (L, a, b)]
    return list(color.to_uint8(color.lab_to_rgb(together))), spans


def error_map(rgb_true, rgb_pred):
    """Truth, prediction, and where they differ, with numbers.

    The map is CIEDE2000 a pixel, of which about 1 is just noticeable.
    """
    error = pixel_errors(checked(rgb_true), checked(rgb_pred))
    mse = metrics.mse(rgb_true[None], rgb_pred[None])[0]
    plot = Plot(
        8.2,
        2.5 * error.shape[0] / error.shape[1] + 0.45,
        f"Truth, prediction and error; mean CIEDE2000 {error.mean():.1f}, MSE {mse:.0f}",
    )
    left, middle, right = plot.subplots(1, 3)
    _show_picture(left, rgb_true, "truth")
    _show_picture(middle, rgb_pred, f"prediction, MSE {mse:.0f}")
    drawn = _show_picture(
        right, error, f"error, mean {error.mean():.1f}", cmap="magma", vmin=0, vmax=25
    )
    plot.colorbar(
        drawn,
        ax=right,
        label="CIEDE2000",
        extend="max" if error.max() > 25 else "neither",
        shrink=0.9,
    )
    return plot


def pixel_errors(rgb_true, rgb_pred):
    """CIEDE2000 of each pixel of two pictures -> (H, W)."""
    return deltaE_ciede2000(rgb2lab(rgb_true), rgb2lab(rgb_pred))


# Curves
# --------------------------------------------------------------------------------------------------


def _chart(width, height, alt, **settings):
    plot = Plot(width, height, alt)
    axes = plot.subplots()
    axes.set(**settings)
    return plot, axes


def architecture(blocks, skips=(), alt=""):
    """Boxes from left to right with arrows: a network, as it ran.

    blocks: [(name, channels, side, note)], note is one more line, may be empty. A block's height
    in the drawing falls with its side, so a U-Net looks like a U. skips: [(from, to)], dashed
    arrows. A box holds its name, its channels, and its side in pixels.
    """
    names, levels = [name for name, *_ in blocks], sorted({side for *_, side, _ in blocks})
    places = {name: (x, levels.index(side)) for x, (name, _, side, _) in enumerate(blocks)}
    arcs = [places[a][1] + 0.1 * (places[b][0] - places[a][0]) for a, b in skips]  # how high each
    top = max([len(levels) - 0.3, *arcs])
    plot = Plot(max(5, 0.86 * len(blocks) + 0.4), 1.4 + 0.75 * top, alt)
    axes = plot.subplots()
    for name, channels, side, note in blocks:
        x, y = places[name]
        words = f"{name}\n{channels} x {side}²" + (f"\n{note}" if note else "")
        box = {"boxstyle": "round,pad=0.3", "fc": "0.93" if not note else "white", "ec": "0.25"}
        axes.text(x, y, words, ha="center", va="center", fontsize=7.5, bbox=box, zorder=3)
    straight = [(a, b, "-", "arc3") for a, b in pairwise(names)]
    dashed = [(a, b, "--", "arc3,rad=-0.18") for a, b in skips]
    for start, end, line, bend in straight + dashed:
        arrow = {"arrowstyle": "-|>", "ls": line, "color": "0.3", "connectionstyle": bend}
        arrow |= {"shrinkA": 16, "shrinkB": 18}
        axes.annotate("", places[end], places[start], arrowprops=arrow, zorder=2)
    axes.set(xlim=(-0.6, len(blocks) - 0.4), ylim=(-0.6, top))
    axes.axis("off")
    return plot


def ab_histogram(ab, bins=64):
    """Where colours lie: the density of ab' in model units, on axes in ab units.

    ab: (2, H, W) or (N, 2, H, W).
    """
    ab = np.asarray(ab).reshape(-1, 2, *np.shape(ab)[-2:]) * color.AB_SCALE
    a, b = np.moveaxis(ab, 1, 0).reshape(2, -1)
    reach = max(40, float(np.quantile(np.abs([a, b]), 0.999)) * 1.1)
    plot, axes = _chart(
        5,
        4.1,
        f"Histogram of colours; mean a {a.mean():.0f}, mean b {b.mean():.0f}",
        xlabel="a: green - to red +",
        ylabel="b: blue - to yellow +",
        aspect="equal",
    )
    *_, drawn = axes.hist2d(
        a,
        b,
        bins,
        range=[(-reach, reach)] * 2,
        weights=np.full(a.size, 1 / a.size),  # the share of one pixel
        norm="log",
    )
    plot.colorbar(drawn, ax=axes, label="share of pixels")
    axes.axhline(0, color="0.5", lw=0.8)
    axes.axvline(0, color="0.5", lw=0.8)
    axes.plot(a.mean(), b.mean(), "X", color="#D55E00", ms=10, mec="white", label="mean colour")
    axes.legend(loc="lower right")
    return plot


def loss_curves(history, stages=None, terms=("loss", "residual", "output")):
    """Loss terms over the epochs of each stage, warm-up shaded; validation MSE below.

    As the paper's Figures 4 and 5. history: rows as `training.fit` returns them. stages: names, in
    order; all by default. ValueError for a stage that is not in the history.
    """
    there = list(dict.fromkeys(row["stage"] for row in history))
    stages = there if stages is None else list(stages)
    if not stages or set(stages) - set(there):
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
    for column, stage in zip(grid.T, stages, strict=True):
        rows = [row for row in history if row["stage"] == stage]
        _draw_losses(column[0], rows, terms, stage)
        if below:
            column[1].plot(*_known(rows, "val_mse"), color="black", marker="o", ms=4)
            column[1].sharey(grid[1, 0])  # one scale: the stages are meant to be compared
        for axes in column:
            axes.grid(alpha=0.3)
            _shade_warmup(axes, rows)
        column[-1].set(xlabel="epoch")
        column[-1].xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    for axes, name in zip(grid[:, 0], ("loss", "validation MSE"), strict=False):
        axes.set(ylabel=name)
    known = {artist.get_label(): artist for axes in grid[0] for artist in axes.lines + axes.patches}
    plot.legend(
        handles=known.values(),
        loc="outside upper center",
        ncols=min(5, 1 + len(stages)),
        fontsize=9,
    )
    return plot


def _draw_losses(axes, rows, terms, stage):
    axes.set(title=stage)
    drawn = []
    for term, line, marker, shade in zip(
        terms, cycle(LINES), cycle(MARKERS), cycle(COLORS), strict=False
    ):
        epochs, values = _known(rows, term)
        if values:
            axes.plot(
                epochs,
                values,
                ls=line,
                marker=marker,
                ms=4,
                color=shade,
                label="total" if term == "loss" else term,
            )
            drawn += values
    if drawn and max(drawn) > 8 * min(drawn):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    elif drawn:
        axes.set_ylim(0, 1.08 * max(drawn))


def _known(rows, name):
    """Epochs and values of one number, where it is more than 0: a term may be left out."""
    known = [(row["epoch"], row[name]) for row in rows if row.get(name, 0) > 0]
    return [epoch for epoch, _ in known], [value for _, value in known]


def _shade_warmup(axes, rows):
    warm = [row["epoch"] for row in rows if row.get("warmup")]
    if warm:
        axes.axvspan(
            min(warm) - 0.5,
            max(warm) + 0.5,
            label="warm-up, no noise",
            color="0.85",
            hatch="//",
            ec="0.7",
            lw=0,
            zorder=0,
        )


def schedule_curves(alpha_bars):
    """What is left of the picture, and how much noise there is, at each t.

    alpha_bars: {name: alpha_bar (T + 1,)} as `diffusion.noise_schedule` gives them.
    """
    plot, axes = _chart(
        6.4,
        3.4,
        f"Signal and noise against t for the schedules {', '.join(alpha_bars)}",
        xlabel="noise step t",
        ylabel="factor",
        ylim=(-0.03, 1.05),
    )
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
    axes.grid(alpha=0.3)
    # Above: the curves fill the axes.
    axes.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return plot


def quality_curve(ts, mse, base_mse, t=None, band=None):
    """MSE of the one-step result against t, with the base's own as a line.

    t: one step to mark. band: (low, high), the steps that cannot be told from the lowest.
    """
    best = int(np.argmin(mse))
    lowest = f"lowest, {mse[best]:.1f} at t = {ts[best]}"
    plot, axes = _chart(
        9,
        3.2,
        f"MSE against t: {lowest}; the base alone {base_mse:.1f}",
        xlabel="noise step t",
        ylabel="MSE (RGB, 0..255)",
    )
    axes.plot(ts, mse, color=COLORS[0], marker="o", ms=5, label="one-step result")
    axes.axhline(base_mse, color=COLORS[1], ls="--", label=f"base alone, {base_mse:.1f}")
    axes.plot(ts[best], mse[best], marker="*", ms=15, color="black", ls="", label=lowest)
    if band is not None:
        words = f"not told from the lowest: {band[0]} to {band[1]}"
        axes.axvspan(*band, color="0.9", hatch="//", ec="0.75", lw=0, zorder=0, label=words)
    if t is not None:
        axes.axvline(t, color="0.4", ls=":", label=f"t = {t}")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return plot


# Bars
# --------------------------------------------------------------------------------------------------


def score_bars(rows, measure="mse", label=None):
    """One bar a method, with its interval and number: rows as `evaluation.rows` gives them.

    Uses row["method"], row[measure] and, where present, row[measure + "_ci"] = (low, high).
    Yardsticks are hatched: grey, constant, every oracle, and rows with row["yardstick"].
    ValueError where no row holds the measure.
    """
    rows = [row for row in rows if row.get(measure) is not None]
    if not rows:
        raise ValueError(f"rows hold no {measure!r}")
    label = label or measure.replace("_", " ")
    alt = f"{label}: " + ", ".join(f"{row['method']} {_number(row[measure], 4)}" for row in rows)
    top = max(max(row.get(f"{measure}_ci") or [row[measure]]) for row in rows)
    plot, axes = _bars(
        0.9 + 0.36 * len(rows), alt, [row["method"] for row in rows], label, 1.13 * top
    )
    for y, row in enumerate(rows):
        value, ends = row[measure], row.get(f"{measure}_ci")
        yardstick = row["method"] in YARDSTICKS or "oracle" in row["method"] or row.get("yardstick")
        axes.barh(
            y,
            value,
            xerr=ends and np.maximum([[value - ends[0]], [ends[1] - value]], 0),
            color="0.8" if yardstick else COLORS[5],
            hatch="//" if yardstick else "",
            ec="0.3",
            lw=0.6,
            error_kw={"color": "black", "capsize": 4, "lw": 1.2},
        )
        axes.text(max([value, *(ends or [])]) + 0.015 * top, y, _number(value, 4), va="center")
    return plot


def region_bars(scores, label="MSE (RGB, 0..255)"):
    """Bars of each region for each method.

    scores: {method: {region: value}}; a region without pixels (nan) has no bar.
    """
    regions = list(dict.fromkeys(region for values in scores.values() for region in values))
    table = np.array([[values.get(r, np.nan) for r in regions] for values in scores.values()])
    plot, axes = _bars(
        1.1 + 0.24 * len(regions) * (len(scores) + 0.6),
        f"{label} of {', '.join(regions)} by method",
        regions,
        label,
        1.12 * np.nanmax(table),
    )
    thick = 0.8 / len(scores)
    for i, (method, values, shade, hatch) in enumerate(
        zip(scores, table, cycle(COLORS), cycle(HATCHES), strict=False)
    ):
        ys = np.arange(len(regions)) + (i - (len(scores) - 1) / 2) * thick
        bars = axes.barh(
            ys, values, 0.9 * thick, color=shade, hatch=hatch, ec="white", label=method
        )
        axes.bar_label(bars, fmt=lambda value: _number(value, 3), padding=3, fontsize=8)
    plot.legend(loc="outside upper center", ncols=4)
    return plot


def _bars(height, alt, names, label, end):
    """A Plot for horizontal bars, the first on top, and its axes."""
    plot, axes = _chart(7, height, alt, xlabel=label, xlim=(0, end))
    axes.set_yticks(range(len(names)), [fill(name, 30, break_on_hyphens=False) for name in names])
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return plot, axes


def _number(value, digits):
    return f"{value:,.0f}" if value >= 10 ** (digits - 1) else f"{value:.{digits}g}"
