"""Pictures to play with: thin ipywidgets over the pure functions of `panels.py`.

Each widget is a `Panel`: controls and one image whose bytes are replaced when a control moves, so
nothing stacks up or flickers; what no control changes (the base prediction, the attention map) is
computed once. All controls can be reached with Tab and moved with the arrow keys; a line for
screen readers says what the image shows.

Without a kernel a panel lives on: beside itself it displays a strip of stills, which a stored
notebook keeps, and, where the environment variable COLORLIB_FRAMES is set, frames for the slider of
an exported page (`offline.py`).

A colorizer is a `colorize.Colorizer`; pictures are uint8 (H, W, 3), cropped and shrunk to the
colorizer's size.
An exception in a callback is not caught: it appears in the log and fails a notebook's test.
"""

import base64
import html
import io
import os
from operator import itemgetter

import numpy as np
from ipywidgets import (
    HTML,
    Box,
    Button,
    Dropdown,
    FileUpload,
    FloatSlider,
    Image,
    IntSlider,
    Layout,
    VBox,
)
from PIL.Image import fromarray
from skimage.data import astronaut

from colorlib import losses
from colorlib.data import pictures
from colorlib.prior import NAMES
from colorlib.show import offline, panels, tiles
from colorlib.show.panels import attention_strip, lab_strip, prior_strip, t_strip
from colorlib.show.saving import VIEW
from colorlib.show.tiles import split_strip

# of panels.py and tiles.py
__all__ = ["attention_strip", "lab_strip", "prior_strip", "split_strip", "t_strip"]
HINT = "Tab goes from control to control, the arrow keys move a slider."
EXAMPLE = "An example. A photo of yours stays on the machine that runs this notebook."
STILLS = "Stills. Run this cell in a notebook to move the controls yourself."
OWN = "colorlib-panel"  # the class of a panel
DEAD = "The kernel has ended or started anew: run this cell again."
# JupyterLab and Notebook 7 mark what has lost its kernel; the words are this file's.
STYLE = (
    f".{OWN} style + span {{ color: var(--jp-ui-font-color1, #595959); }} "
    f'.{OWN}.jupyter-widgets-disconnected::after {{ content: "{DEAD}"; font-weight: 600; '
    "order: -1; padding: 0.3em 0; color: var(--jp-ui-font-color1, #000); } "
    f".{OWN}.jupyter-widgets-disconnected > * {{ opacity: 0.4; pointer-events: none; }}"
)
SPOKEN = (
    "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
)
LAB_SCALES = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)  # stops of a page's sliders
# pixels: from here on a photo is offered as JPEG, since a PNG would take minutes to hand over
LARGE = 2_000_000


class Panel(VBox):
    """Controls and one image, which shows draw(**values) and follows every control.

    title: what this is, in a few words, for stills and pages.
    draw: values of the controls -> `tiles.View`.
    controls: {name: widget}.
    strip, series: how it shows itself without a kernel. strip() -> uint8 (H, W, 3). series:
      [(name, label of its start, {label: {name of a control: value}})], the states that a page
      has a slider for, or two where name and labels are pairs, see `crossed`; what a state leaves
      out is as the controls stood in the beginning.
    buttons: {text: {name: value}}, each sets those controls at once.
    below: more widgets, between the controls and the image.
    """

    def __init__(self, title, draw, controls, strip, series, buttons=None, below=()):
        self.title, self.draw, self.strip, self.series = title, draw, strip, series
        self.controls, self.below, self.quiet = controls, list(below), False
        self.start = {name: control.value for name, control in controls.items()}
        self.buttons = [self._button(text, values) for text, values in (buttons or {}).items()]
        self.spoken = HTML()
        self.image = Image(
            format="png",
            layout=Layout(max_width="100%", height="auto", align_self="flex-start"),
        )
        for control in controls.values():
            control.observe(self.redraw, names="value")
        self.redraw()
        wrap = {"display": "flex", "flex_flow": "row wrap", "width": "100%"}
        super().__init__(
            [
                Box(list(controls.values()), layout=Layout(**wrap)),
                Box(self.buttons, layout=Layout(**wrap)),
                HTML(f"<style>{STYLE}</style><span>{HINT}</span>"),
                *self.below,
                self.spoken,
                self.image,
            ]
        )
        self.add_class(OWN)

    def redraw(self, _=None):
        """Draw the state of the controls, unless `quiet`."""
        if self.quiet:
            return
        view = self.draw(**{name: control.value for name, control in self.controls.items()})
        self.text = view.text
        # Known early, so the page never jumps.
        self.image.height, self.image.width = map(str, view.pixels.shape[:2])
        self.image.value = tiles.array_to_png(view.pixels)
        self.spoken.value = f'<p role="status" style="{SPOKEN}">{html.escape(view.text)}</p>'

    def set(self, **values):
        """Move several controls at once, and draw once."""
        self.quiet = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self.quiet = False
        self.redraw()

    def _button(self, text, values):
        made = Button(description=text, layout=Layout(width="auto"))
        made.on_click(lambda _: self.set(**values))
        return made

    def drawn(self):
        """All series with a view for each state, as `offline.pack` wants them."""
        for name, start, states in self.series:
            views = {k: self.draw(**self.start | state) for k, state in states.items()}
            yield name, start, views

    _ipython_display_ = None  # ipywidgets 7 would display the control alone

    def _repr_mimebundle_(self, include=None, exclude=None, **_):
        strip = self.strip()
        head = tiles.headline(STILLS, strip.shape[1])
        stills = tiles.stack(head, strip)
        alt = f"{self.title}. {STILLS} As it stands: {self.text}"
        data = {
            "text/plain": alt,
            "image/png": base64.b64encode(tiles.array_to_png(stills)).decode(),
            VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.model_id},
        }
        if os.environ.get(offline.SWITCH):
            data[offline.MIME] = offline.pack(self.title, self.drawn())
        told = {"alt": alt, "cuts": list(tiles.cuts(strip)), "letters": tiles.LETTERS}
        return data, {"image/png": told | {"top": len(head)}}


def crossed(first, second):
    """Each of some states {label: {control: value}} with each of others, under pairs of labels."""
    return {(i, j): one | other for i, one in first.items() for j, other in second.items()}


def slider(name, value, low, high, step, tip):
    """A slider over whole numbers or, where step is a float, over others; tip says what it does."""
    kind = FloatSlider if isinstance(step, float) else IntSlider
    return _control(kind, name, tip, value=value, min=low, max=high, step=step)


def _control(kind, name, tip, **traits):
    """A control with its name before it and a text that appears when the pointer rests on it."""
    layout = Layout(width="360px", max_width="100%")
    made = kind(description=name, layout=layout, **traits)
    made.style.description_width = "100px"
    # ipywidgets 8 changed the trait's name.
    setattr(made, "tooltip" if made.has_trait("tooltip") else "description_tooltip", tip)
    return made


def lab_explorer(picture):
    """Sliders that stretch and shift L, a and b of a picture and put them together again."""
    picture = pictures.square(picture, min(160, *np.shape(picture)[:2]))
    controls, series = {}, []
    axes = ("L", "lightness", 50), ("a", "green to red", 60), ("b", "blue to yellow", 60)
    for name, what, reach in axes:
        controls[f"{name}_scale"] = slider(
            f"{name} times",
            1.0,
            -2.0,
            2.0,
            0.1,
            f"{what}, stretched about its middle; 0 takes it away, -1 turns it round",
        )
        controls[f"{name}_offset"] = slider(
            f"{name} plus", 0, -reach, reach, 1, f"{what}, shifted, in Lab units"
        )
    plain = {name: control.value for name, control in controls.items()}
    for name, start in plain.items():
        stops = LAB_SCALES if name.endswith("scale") else range(-40, 41, 10)
        series.append((controls[name].description, start, {x: {name: x} for x in stops}))

    def draw(**values):
        numbers = list(values.values())  # of L, a and b in turn: scale, offset
        return panels.lab_view(picture, numbers[::2], numbers[1::2])

    return Panel(
        "Lab taken apart and put together",
        draw,
        controls,
        lambda: lab_strip(picture),
        series,
        {"as it was": plain, "no colour": plain | {"a_scale": 0.0, "b_scale": 0.0}},
    )


def t_explorer(colorizer, pictures):
    """Choose t, schedule, seed and picture; see what the refiner sees, answers, and gets wrong.

    Below, the mean error over all the pictures against t, with the chosen t marked.
    """
    prepared = [panels.prepare(colorizer, picture) for picture in pictures]
    curves = {
        name: panels.Curve(*panels.t_quality(colorizer, prepared, name))
        for name in ("linear", "cosine")
    }
    controls = {
        "t": slider("t", colorizer.t, 0, panels.SLIDER_MAX, 1, "noise step: 0 is no noise"),
        "schedule": _control(
            Dropdown, "schedule", "how the noise grows with t", options=tuple(curves)
        ),
        "seed": slider("seed", 0, 0, 9, 1, "which noise"),
        "picture": slider("picture", 0, 0, len(prepared) - 1, 1, "which picture"),
    }
    ts = sorted({*range(0, panels.SLIDER_MAX + 1, 2), colorizer.t})
    series = [
        (f"t, {name} schedule", colorizer.t, {t: {"t": t, "schedule": name} for t in ts})
        for name in curves
    ]

    def draw(t, schedule, seed, picture):
        return panels.t_view(colorizer, prepared[picture], t, schedule, seed, curves[schedule])

    return Panel(
        "The noise step t", draw, controls, lambda: t_strip(colorizer, pictures[0]), series
    )


def prior_mixer(colorizer, picture):
    """Four sliders set the colour prior; buttons set the base's own, or the truth's (an oracle)."""
    prepared = panels.prepare(colorizer, picture)
    own, truth = (
        dict(zip(NAMES, panels.own_prior(x), strict=True)) for x in (prepared.base, prepared.ab)
    )
    tips = (
        "green - to red +",
        "blue - to yellow +",
        "how much the colours vary",
        "mean distance from grey",
    )
    controls = {
        name: slider(name, own[name], low, 80, 0.5, f"{tip}; ab units")
        for name, low, tip in zip(NAMES, (-60, -60, 0, 0), tips, strict=True)
    }
    buttons = {"the base's own": own, "the truth's (oracle)": truth}
    series = [("all four numbers", "the base's own", buttons)]
    for pair in (NAMES[:2], NAMES[2:]):
        states, starts = [], []
        for name in pair:
            starts.append(f"{own[name]:.0f}, the base's own")
            stops = {x: x for x in range(-40, 61, 10) if x >= controls[name].min}
            stops = sorted([*stops.items(), (starts[-1], own[name])], key=itemgetter(1))
            states.append({label: {name: x} for label, x in stops})
        series.append((tuple(pair), tuple(starts), crossed(*states)))
    return Panel(
        "The colour prior, four numbers",
        lambda **prior: panels.prior_view(colorizer, prepared, prior.values()),
        controls,
        lambda: panels.prior_stills(colorizer, prepared),
        series,
        buttons,
    )


def attention_explorer(colorizer, picture):
    """Choose a point by row and column; see which points it attends to."""
    prepared = panels.prepare(colorizer, picture)
    attention = panels.attention_of(colorizer, prepared)
    height, width = attention.shape[:2]
    controls = {
        "row": slider("row", height // 2, 0, height - 1, 1, "the point's row, from the top down"),
        "column": slider(
            "column", width // 2, 0, width - 1, 1, "the point's column, from left to right"
        ),
    }
    points = crossed(
        {y: {"row": y} for y in range(height)}, {x: {"column": x} for x in range(width)}
    )
    series = [(("row", "column"), (height // 2, width // 2), points)]
    return Panel(
        "What a point attends to",
        lambda row, column: panels.attention_view(prepared.sharp, attention, (row, column)),
        controls,
        lambda: attention_strip(colorizer, picture),
        series,
    )


def loss_mixer(colorizer, picture, vgg=None):
    """Six weights and the form of the diversity term; see which terms make the loss and which pull.

    vgg: a `losses.VGGFeatures`; None takes one with seeded random weights that looks at 32 x 32
    pixels.
    """
    vgg = losses.VGGFeatures(size=32) if vgg is None else vgg
    prepared = panels.prepare(colorizer, picture)
    modes = ("vibrant", "paper")
    terms = {mode: panels.loss_terms(colorizer, prepared, vgg, mode) for mode in modes}
    weights = {name: losses.WEIGHTS[name] for name in terms["vibrant"].values}
    controls = {
        name: slider(name, weight, 0, 1, 0.05, f"weight of the {name} term")
        for name, weight in weights.items()
    }
    controls["mode"] = _control(
        Dropdown,
        "diversity is",
        "vibrant: too little colour costs; paper: any change costs",
        options=modes,
    )
    buttons = {"the paper's weights": weights}
    buttons |= {f"{name} alone": dict.fromkeys(weights, 0.0) | {name: 1.0} for name in weights}
    series = [("all six weights", "the paper's weights", buttons)]
    for name, weight in weights.items():
        stops = sorted({weight, 0.0, 0.25, 0.5, 0.75, 1.0})
        series.append((name, weight, {x: {name: x} for x in stops}))
    return Panel(
        "The six loss terms, weighed",
        lambda mode, **weights: panels.loss_view(terms[mode], weights),
        controls,
        lambda: panels.loss_strip(terms["vibrant"], weights),
        series,
        buttons,
    )


def before_after(before, after, names=("before", "after")):
    """A slider that moves the line between two pictures of one shape."""
    pair = [tiles.fit(picture, 384) for picture in (before, after)]
    return _split(
        f"{names[0][:1].upper()}{names[0][1:]} and {names[1]}",
        lambda: pair,
        lambda: split_strip(before, after, names),
        names,
    )


def _split(title, pair, strip, names, controls=None, below=()):
    """A panel with a line between two pictures; pair: values of the controls -> the two."""
    name, tip = f"{names[0]}, %", f"share of the picture that shows {names[0]}"
    return Panel(
        title,
        lambda share, **values: tiles.split_view(*pair(**values), share, names),
        {**(controls or {}), "share": slider(name, 50, 0, 100, 1, tip)},
        strip,
        [(name, 50, {x: {"share": x} for x in range(101)})],
        below=below,
    )


def your_photo(colorizer, example=None):
    """Upload a photo, see it coloured, download it. A file that is no picture is told why.

    example: a uint8 picture (H, W, 3) shown until then; None takes the astronaut that comes with
    scikit-image.
    """
    controls = {
        "upload": FileUpload(
            accept="image/*", description="Choose a photo", layout=Layout(width="auto")
        ),
        "stage": _control(
            Dropdown,
            "stage",
            "which networks run",
            options=colorizer.stages,
            value="two-stage" if "two-stage" in colorizer.stages else colorizer.stages[0],
        ),
    }
    answer, shown, names = HTML(), {}, ("grey", "coloured")
    example = tiles.array_to_png(astronaut() if example is None else example)

    def pair(upload, stage):
        data = uploaded(upload)
        if shown.get("of") != (data, stage):
            shown["of"] = data, stage
            answer.value = "Colouring ..."
            try:
                both = panels.color_photo(colorizer, example if data is None else data, stage)
                shown["pair"] = [tiles.fit(picture, 384) for picture in both]
                answer.value = EXAMPLE if data is None else _download(both[1])
            except pictures.PictureError as error:
                answer.value = (
                    f"This cannot be coloured: {html.escape(str(error))} "
                    "Below is still the picture before."
                )
        return shown["pair"]

    return _split(
        "A photo, coloured",
        pair,
        lambda: split_strip(*shown["pair"], names),
        names,
        controls,
        below=[answer],
    )


def _download(picture):
    """A link that saves the picture: PNG, or JPEG where that would be too large to hand over."""
    kind = "jpeg" if picture.shape[0] * picture.shape[1] > LARGE else "png"
    data = io.BytesIO()
    fromarray(picture).save(data, kind, quality=92)  # which PNG passes over
    name = f"coloured.{kind.replace('jpeg', 'jpg')}"
    link = base64.b64encode(data.getvalue()).decode()
    return (
        f'<a download="{name}" href="data:image/{kind};base64,{link}">Download {name}</a>, '
        f"{picture.shape[1]} x {picture.shape[0]} pixels"
    )


def uploaded(value):
    """The bytes of the last file in FileUpload's value, of ipywidgets 7 or 8; None where empty."""
    files = list(value.values()) if isinstance(value, dict) else list(value)
    return bytes(files[-1]["content"]) if files else None
