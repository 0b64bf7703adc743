"""Pictures to play with: thin ipywidgets over pure functions.

Each widget is a VBox of controls and one image whose bytes are replaced when a control moves, so nothing stacks up
or flickers; what no control changes (the base prediction, the attention map) is computed once.  What each draws is
a function of its own (`t_picture`, `prior_picture`, ...): state in, uint8 array (H, W, 3) out, no browser needed.
The `*_strip` functions draw several states side by side, for readers without a kernel.

A colorizer is a `colorize.Colorizer`; pictures are uint8 (H, W, 3), cropped and shrunk to the colorizer's size.
An exception in a callback is not caught: it appears in the log and fails a notebook's test.
"""

import base64
import html
import io
from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from PIL import Image, ImageDraw
from skimage.color import deltaE_ciede2000, rgb2lab

from colorlib import color, metrics, pictures, plots
from colorlib.colorize import join, lightness, picture_noise
from colorlib.diffusion import correct_once, noise_schedule, q_sample
from colorlib.models.enhanced_unet import received_attention
from colorlib.prior import NAMES, color_prior

T_MAX = 200  # twice and more what the refiner sees in training: beyond, there is only noise
CURVE_TS = (0, 5, 10, 20, 35, 50, 75, 100, 150, 200)
RESIDUAL_TOP, ERROR_TOP = 20, 25  # white in the heat maps: ab units, CIEDE2000


@dataclass(frozen=True)
class Prepared:
    """A picture and what the base says about it; model units, a batch of one."""

    rgb: np.ndarray  # uint8 (size, size, 3)
    L: torch.Tensor  # (1, 1, size, size)
    ab: torch.Tensor  # (1, 2, size, size), the truth
    base: torch.Tensor  # (1, 2, size, size), the base prediction


def prepare(colorizer, picture):
    """Crop and shrink a picture to the colorizer's size, and run the base on it once."""
    rgb = pictures.square(picture, colorizer.size)
    L, ab = color.rgb_to_model(color.from_uint8(rgb))
    base = colorizer.predict(L, stage="base")["ab"].float().cpu()
    return Prepared(rgb, L, ab, base)


def _rgb(L, ab):
    return color.to_uint8(color.model_to_rgb(L, ab.clamp(-1.2, 1.2)))[0]


def _mse(true, pred):
    return metrics.mse(true[None], pred[None])[0]


def _live(draw, controls, buttons=()):
    """VBox of the controls and one image, which shows draw(**values) and follows every control.

    Returns the box and `redraw`; while `redraw.quiet` is true, moving a control draws nothing.
    """
    image = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="100%", align_self="flex-start"))

    def redraw(_=None):
        if not redraw.quiet:
            values = {name: control.value for name, control in controls.items()}
            image.value = plots.array_to_png(draw(**values))

    redraw.quiet = False
    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox([*controls.values(), ipywidgets.HBox(buttons), image]), redraw


def _slider(kind, name, value, low, high, step):
    look = {"style": {"description_width": "90px"}, "layout": {"width": "420px"}}
    return kind(value=value, min=low, max=high, step=step, description=name, **look)


# Lab ---------------------------------------------------------------------------------------------------------------


def lab_picture(picture, scale=(1, 1, 1), offset=(0, 0, 0)):
    """L, a and b of a picture, each times its scale plus its offset (Lab units; L around 50), and reassembled."""
    lab = color.rgb_to_lab(color.from_uint8(picture))
    centre = torch.tensor([50.0, 0, 0]).view(1, 3, 1, 1)
    scale, offset = (torch.tensor(x, dtype=torch.float32).view(1, 3, 1, 1) for x in (scale, offset))
    lab = (lab - centre) * scale + centre + offset
    L, a, b = lab[:, :1].clamp(0, 100), lab[:, 1:2], lab[:, 2:]
    none, middle = torch.zeros_like(L), torch.full_like(L, 65.0)
    planes = ((L, none, none), (middle, a, none), (middle, none, b), (L, a, b))
    shown = [color.to_uint8(color.lab_to_rgb(torch.cat(channels, dim=1), clip=True))[0] for channels in planes]
    spans = [f"{x.min():.0f} to {x.max():.0f}" for x in (L, a, b)]
    captions = [f"L: {spans[0]}", f"a: {spans[1]}", f"b: {spans[2]}", "together"]
    return plots.captioned_row([picture, *shown], ["picture", *captions], side=180)


def lab_explorer(picture):
    """Sliders that stretch and shift L, a and b of a picture and put them together again."""
    picture = pictures.square(picture, min(128, *np.shape(picture)[:2]))
    controls = {}
    for name, reach in (("L", 50), ("a", 60), ("b", 60)):
        controls[f"{name}_scale"] = _slider(ipywidgets.FloatSlider, f"{name} times", 1.0, -2.0, 2.0, 0.1)
        controls[f"{name}_offset"] = _slider(ipywidgets.IntSlider, f"{name} plus", 0, -reach, reach, 1)

    def draw(**values):
        parts = ("L", "a", "b")
        return lab_picture(picture, [values[f"{x}_scale"] for x in parts], [values[f"{x}_offset"] for x in parts])

    return _live(draw, controls)[0]


# The noise step ----------------------------------------------------------------------------------------------------


@torch.no_grad()
def one_step(colorizer, prepared, t, schedule="linear", seed=0, prior=None):
    """The one-step correction with any schedule: (noised base, result, residual), each (1, 2, H, W).

    prior: (4,) or (1, 4) in model units; None takes the base prediction's own.
    """
    L, base = prepared.L.to(colorizer.device), prepared.base.to(colorizer.device)
    alpha_bar, steps = noise_schedule(schedule), torch.tensor([int(t)])
    noise = picture_noise(base, seed)
    prior = color_prior(base) if prior is None else torch.as_tensor(prior).to(base).reshape(1, 4)
    result, residual = correct_once(colorizer.parts["refiner"], L, base, int(t), prior, noise, alpha_bar)
    noised = q_sample(base, steps.to(base.device), noise, alpha_bar)
    return noised.float().cpu(), result.float().cpu(), residual.float().cpu()


def t_picture(colorizer, prepared, t, schedule="linear", seed=0):
    """Noised base, one-step result, size of the residual, and error against the truth -> uint8."""
    noised, result, residual = one_step(colorizer, prepared, t, schedule, seed)
    pred, base = _rgb(prepared.L, result), _rgb(prepared.L, prepared.base)
    size = residual[0].norm(dim=0).numpy() * color.AB_SCALE
    error = deltaE_ciede2000(rgb2lab(prepared.rgb), rgb2lab(pred))
    shown = [_rgb(prepared.L, noised), pred, plots.heat(size, RESIDUAL_TOP), plots.heat(error, ERROR_TOP)]
    captions = [
        f"noised base\nt = {t}, {schedule}",
        f"one-step result, MSE {_mse(prepared.rgb, pred):.0f}\nbase alone: {_mse(prepared.rgb, base):.0f}",
        f"residual, mean {size.mean():.1f} ab units\nblack 0, white {RESIDUAL_TOP}",
        f"error, mean CIEDE2000 {error.mean():.1f}\nblack 0, white {ERROR_TOP}",
    ]
    return plots.captioned_row(shown, captions)


def t_quality(colorizer, prepared, schedule="linear", seed=0, ts=CURVE_TS):
    """Mean MSE of the one-step results over a list of Prepared at each t, and that of the base: (list, float)."""
    base = np.mean([_mse(p.rgb, _rgb(p.L, p.base)) for p in prepared])
    results = [[_rgb(p.L, one_step(colorizer, p, t, schedule, seed)[1]) for p in prepared] for t in ts]
    scores = [np.mean([_mse(p.rgb, rgb) for p, rgb in zip(prepared, row, strict=True)]) for row in results]
    return [float(score) for score in scores], float(base)


def t_explorer(colorizer, pictures):
    """Choose t, schedule, seed and picture; see what the refiner sees, what it answers, and where it errs.

    Below, the mean error over all the pictures against t, with the chosen t marked.
    """
    prepared = [prepare(colorizer, picture) for picture in pictures]
    curves = {}

    def draw(t, schedule, seed, picture):
        if schedule not in curves:
            curves[schedule] = _Curve(*t_quality(colorizer, prepared, schedule))
        above = t_picture(colorizer, prepared[picture], t, schedule, seed)
        return _stack(above, curves[schedule].marked(t))

    controls = {
        "t": _slider(ipywidgets.IntSlider, "t", colorizer.t, 0, T_MAX, 1),
        "schedule": ipywidgets.ToggleButtons(options=["linear", "cosine"], description="schedule"),
        "seed": _slider(ipywidgets.IntSlider, "seed", 0, 0, 9, 1),
        "picture": _slider(ipywidgets.IntSlider, "picture", 0, 0, len(prepared) - 1, 1),
    }
    return _live(draw, controls)[0]


def t_strip(colorizer, picture, ts=(0, 10, 20, 50, 100, 200), schedule="linear", seed=0):
    """Noised base above, one-step result below, for each t -> uint8."""
    prepared = prepare(colorizer, picture)
    steps = [one_step(colorizer, prepared, t, schedule, seed) for t in ts]
    results = [_rgb(prepared.L, result) for _, result, _ in steps]
    above = [_rgb(prepared.L, noised) for noised, _, _ in steps]
    captions = [f"result, MSE {_mse(prepared.rgb, result):.0f}" for result in results]
    rows = plots.captioned_row(above, [f"t = {t}" for t in ts], 150), plots.captioned_row(results, captions, 150)
    return _stack(*rows)


class _Curve:
    """The quality curve as pixels, drawn once; marking a t is then a matter of a line."""

    def __init__(self, mse, base_mse):
        plot = plots.quality_curve(CURVE_TS, mse, base_mse)
        self.image = Image.open(io.BytesIO(plots.figure_to_png(plot))).convert("RGB")
        axes = plot.axes[0]
        self.x = lambda t: axes.transData.transform((t, 0))[0]
        box = axes.get_window_extent()
        self.rows = self.image.height - box.y1, self.image.height - box.y0

    def marked(self, t):
        image = self.image.copy()
        pen = ImageDraw.Draw(image)
        pen.line([(self.x(t), self.rows[0]), (self.x(t), self.rows[1])], fill="black", width=2)
        pen.regular_polygon((self.x(t), self.rows[0] + 4, 7), 3, rotation=180, fill="black")
        return np.asarray(image)


def _stack(*rows):
    width = max(row.shape[1] for row in rows)
    missing = [((0, 0), (0, width - row.shape[1]), (0, 0)) for row in rows]
    return np.concatenate([np.pad(row, m, constant_values=255) for row, m in zip(rows, missing, strict=True)])


# The colour prior ----------------------------------------------------------------------------------------------------


def prior_picture(colorizer, prepared, prior=None, t=None):
    """Base, result under a prior, and truth -> uint8.  prior: four numbers in ab units; None: the base's own."""
    t = colorizer.t if t is None else t
    own = own_prior(prepared.base)
    prior = own if prior is None else [float(x) for x in prior]
    _, result, _ = one_step(colorizer, prepared, t, prior=[x / color.AB_SCALE for x in prior])
    shown = [_rgb(prepared.L, prepared.base), _rgb(prepared.L, result), prepared.rgb]
    priors = [own, own_prior(result), own_prior(prepared.ab)]
    names = ["base", "result", "truth"]
    captions = [
        f"{name}, MSE {_mse(prepared.rgb, rgb):.0f}\nits prior: " + ", ".join(f"{x:.0f}" for x in numbers)
        for name, rgb, numbers in zip(names, shown, priors, strict=True)
    ]
    return plots.captioned_row(shown, captions)


def own_prior(ab):
    """The colour prior of ab' (1, 2, H, W) as four numbers in ab units."""
    return (color_prior(ab)[0] * color.AB_SCALE).tolist()


def prior_mixer(colorizer, picture):
    """Four sliders set the colour prior; two buttons put back the base's own, or the truth's (an oracle)."""
    prepared = prepare(colorizer, picture)
    own, truth = own_prior(prepared.base), own_prior(prepared.ab)
    controls = {
        name: _slider(ipywidgets.FloatSlider, name, value, low, 80, 0.5)
        for name, value, low in zip(NAMES, own, (-60, -60, 0, 0), strict=True)
    }

    def button(text, values):
        def put(_):
            redraw.quiet = True
            for control, value in zip(controls.values(), values, strict=True):
                control.value = value
            redraw.quiet = False
            redraw()

        made = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="auto"))
        made.on_click(put)
        return made

    buttons = [button("the base's own", own), button("the truth's (oracle)", truth)]
    box, redraw = _live(lambda **p: prior_picture(colorizer, prepared, p.values()), controls, buttons)
    return box


def prior_strip(colorizer, picture, number=0, values=(-20, 0, 20, 40)):
    """Results with one number of the prior (0 to 3, see `prior.NAMES`) set to each value, in ab units -> uint8."""
    prepared = prepare(colorizer, picture)
    shown, captions = [_rgb(prepared.L, prepared.base)], ["base"]
    for value in values:
        numbers = own_prior(prepared.base)
        numbers[number] = value
        _, result, _ = one_step(colorizer, prepared, colorizer.t, prior=[x / color.AB_SCALE for x in numbers])
        shown.append(_rgb(prepared.L, result))
        captions.append(f"{NAMES[number]} = {value:g}")
    return plots.captioned_row(shown, captions, 150)


# Attention ---------------------------------------------------------------------------------------------------------


def attention_of(colorizer, prepared):
    """The refiner's map on a picture, mean over the heads: (rows, columns, rows, columns); looker first."""
    out = colorizer.predict(prepared.L, ab_base=prepared.base, return_attention=True)
    shape = colorizer.parts["refiner"].attention_shape(*prepared.L.shape[-2:])
    return out["attention"].mean(dim=1).reshape(*shape, *shape).float().cpu().numpy()


def attention_picture(rgb, attention, point):
    """The picture with a point marked, what the point attends to, and what all points attend to -> uint8.

    attention: (rows, columns, rows, columns) of `attention_of`; point: (row, column) of the map.
    """
    rows, columns = attention.shape[:2]
    if not (0 <= point[0] < rows and 0 <= point[1] < columns):
        raise ValueError(f"point must lie in {rows} x {columns}, got {tuple(point)}")
    own = attention[point[0], point[1]]
    flat = torch.from_numpy(attention).reshape(1, 1, rows * columns, rows * columns)
    received = received_attention(flat, (rows, columns))[0].numpy()
    shown = [
        plots.attention_overlay(rgb, np.ones((rows, columns)), point),
        plots.attention_overlay(rgb, own, point),
        plots.attention_overlay(rgb, received),
    ]
    captions = [
        f"point: row {point[0]}, column {point[1]}",
        f"it attends to\nstrongest: {own.max() * own.size:.1f} times the mean",
        f"all points attend to\nstrongest: {received.max() * received.size:.1f} times the mean",
    ]
    return plots.captioned_row(shown, captions, 256)


def attention_explorer(colorizer, picture):
    """Choose a point by row and column; see which points it attends to."""
    prepared = prepare(colorizer, picture)
    attention = attention_of(colorizer, prepared)
    controls = {
        name: _slider(ipywidgets.IntSlider, name, size // 2, 0, size - 1, 1)
        for name, size in zip(("row", "column"), attention.shape, strict=False)
    }
    return _live(lambda row, column: attention_picture(prepared.rgb, attention, (row, column)), controls)[0]


def attention_strip(colorizer, picture, points=((0.25, 0.5), (0.4, 0.35), (0.6, 0.5), (0.9, 0.5))):
    """What each of some points attends to; points as shares of height and width -> uint8."""
    prepared = prepare(colorizer, picture)
    attention = attention_of(colorizer, prepared)
    cells = [tuple(min(int(x * n), n - 1) for x, n in zip(p, attention.shape, strict=False)) for p in points]
    shown = [plots.attention_overlay(prepared.rgb, attention[cell], cell) for cell in cells]
    return plots.captioned_row(shown, [f"from row {row}, column {column}" for row, column in cells], 200)


# Photos ------------------------------------------------------------------------------------------------------------


def split_picture(before, after, share, side=384):
    """`before` left of the line, `after` right of it -> uint8, at most `side` high.  share: 0 to 100 (per cent)."""
    if np.shape(before) != np.shape(after):
        raise ValueError(f"before and after must have one shape, got {np.shape(before)} and {np.shape(after)}")
    sides = [np.asarray(_fit(x, side)) for x in (before, after)]
    x = round(sides[0].shape[1] * share / 100)
    out = np.concatenate([sides[0][:, :x], sides[1][:, x:]], axis=1)
    out[:, max(0, x - 2) : x + 2] = 0
    out[:, max(0, x - 1) : x + 1] = 255
    return out


def _fit(picture, side):
    image = Image.fromarray(picture)
    size = (max(1, round(image.width * side / image.height)), side)
    return image.resize(size, Image.Resampling.NEAREST if image.height * 2 <= side else Image.Resampling.LANCZOS)


def before_after(before, after):
    """A slider that moves the line between two pictures of one shape."""
    ready = [np.asarray(_fit(x, 384)) for x in (before, after)]
    controls = {"share": _slider(ipywidgets.IntSlider, "before, %", 50, 0, 100, 1)}
    return _live(lambda share: split_picture(*ready, share), controls)[0]


def color_photo(colorizer, data, stage="two-stage"):
    """The bytes of any picture file -> (its grey, coloured), uint8 (H, W, 3) of the photo's size."""
    photo = pictures.read_picture(data)
    return join(lightness(photo), torch.zeros(1, 2, 1, 1)), colorizer(photo, stage=stage)


def your_photo(colorizer):
    """Upload a photo, see it coloured, download it.  A file that is no picture is answered with the reason."""
    upload = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Choose a photo")
    stage = ipywidgets.Dropdown(options=colorizer.stages, description="stage")
    stage.value = "two-stage" if "two-stage" in colorizer.stages else colorizer.stages[0]
    answer = ipywidgets.HTML("The photo stays on the machine that runs this notebook.")
    result = ipywidgets.VBox()

    def show(_):
        data = uploaded(upload.value)
        if data is None:
            return
        try:
            grey, coloured = color_photo(colorizer, data, stage.value)
        except pictures.PictureError as error:
            answer.value, result.children = f"This cannot be coloured: {html.escape(str(error))}", ()
            return
        link = base64.b64encode(plots.array_to_png(coloured)).decode()
        answer.value = f'<a download="coloured.png" href="data:image/png;base64,{link}">Download coloured.png</a>'
        result.children = (before_after(grey, coloured),)

    upload.observe(show, names="value")
    stage.observe(show, names="value")
    return ipywidgets.VBox([ipywidgets.HBox([upload, stage]), answer, result])


def uploaded(value):
    """The bytes of the last file in FileUpload's value, as ipywidgets 7 or 8 gives it; None where it is empty."""
    files = list(value.values()) if isinstance(value, dict) else list(value)
    return bytes(files[-1]["content"]) if files else None
