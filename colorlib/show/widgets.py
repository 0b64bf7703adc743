"""Pictures to play with: thin ipywidgets over the pure functions of `panels.py`.

Each widget is a `Panel`: controls and one image whose bytes are replaced when a control moves, so
nothing stacks up or flickers; what no control changes (the base prediction, the attention map) is
computed once.  All controls can be reached with Tab and moved with the arrow keys; a line for
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

import ipywidgets
import numpy as np
from PIL import Image
from skimage.data import astronaut

from colorlib import losses
from colorlib.data import pictures
from colorlib.prior import NAMES
from colorlib.show import offline, panels, tiles
from colorlib.show.offline import Series
from colorlib.show.panels import attention_strip, lab_strip, prior_strip, t_strip
from colorlib.show.tiles import split_strip

# of panels.py and tiles.py
__all__ = ["attention_strip", "lab_strip", "prior_strip", "split_strip", "t_strip"]
VIEW = "application/vnd.jupyter.widget-view+json"
HINT = "Tab goes from control to control, the arrow keys move a slider."
STILLS = "Stills. Run this cell in a notebook to move the controls yourself."
SPOKEN = (
    "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
)
# pixels: from here on a photo is offered as JPEG, since a PNG would take minutes to hand over
LARGE = 2_000_000


class Panel(ipywidgets.VBox):
    """Controls and one image, which shows draw(**values) and follows every control.

    title: what this is, in a few words, for stills and pages.  draw: values of the controls ->
    `panels.View`.
    controls: {name: widget}; buttons: {text: {name: value}}, each sets those controls at once.
    below: more widgets, between the controls and the image.
    strip() -> uint8 (H, W, 3) and series() -> [`offline.Series`] show it without a kernel; called
    when displayed.
    """

    def __init__(self, title, draw, controls, strip, series, buttons=None, below=()):
        self.title, self.draw, self.strip, self.series = title, draw, strip, series
        self.controls, self.below, self.quiet = controls, list(below), False
        self.buttons = [self._button(text, values) for text, values in (buttons or {}).items()]
        self.image = ipywidgets.Image(
            format="png", layout=ipywidgets.Layout(max_width="100%", height="auto")
        )
        self.image.layout.align_self = "flex-start"
        self.spoken = ipywidgets.HTML()
        for control in controls.values():
            control.observe(self.redraw, names="value")
        self.redraw()
        wrap = {"display": "flex", "flex_flow": "row wrap", "width": "100%"}
        rows = [
            ipywidgets.Box(list(controls.values()), layout=ipywidgets.Layout(**wrap)),
            ipywidgets.Box(self.buttons, layout=ipywidgets.Layout(**wrap)),
            ipywidgets.HTML(f'<span style="color:#595959">{HINT}</span>'),
            *self.below,
            self.spoken,
            self.image,
        ]
        super().__init__(
            [row for row in rows if not isinstance(row, ipywidgets.Box) or row.children]
        )

    def redraw(self, _=None):
        """Draw the state of the controls, unless `quiet`."""
        if self.quiet:
            return
        view = self.draw(**{name: control.value for name, control in self.controls.items()})
        self.text = view.text
        # known early, so the page never jumps
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
        made = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="auto"))
        made.on_click(lambda _: self.set(**values))
        return made

    _ipython_display_ = None  # ipywidgets 7 would display the control alone

    def _repr_mimebundle_(self, include=None, exclude=None, **_):
        stills = self.strip()
        stills = tiles.stack(tiles.headline(STILLS, stills.shape[1]), stills)
        alt = f"{self.title}. {STILLS} As it stands: {self.text}"
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        png = base64.b64encode(tiles.array_to_png(stills)).decode()
        data = {"text/plain": alt, "image/png": png, VIEW: view}
        if os.environ.get(offline.SWITCH):
            data[offline.MIME] = offline.pack(self.title, self.series())
        return data, {"image/png": {"alt": alt}}


def _slider(kind, name, value, low, high, step, tip):
    layout = ipywidgets.Layout(width="360px", max_width="100%")
    made = kind(value=value, min=low, max=high, step=step, description=name, layout=layout)
    made.style.description_width = "100px"
    return _explained(made, tip)


def _choice(name, options, tip):
    made = ipywidgets.Dropdown(
        options=options, description=name, layout=ipywidgets.Layout(width="360px")
    )
    made.style.description_width = "100px"
    return _explained(made, tip)


def _explained(control, tip):
    """The control with a text that appears when the pointer rests on it (the trait's name changed
    in ipywidgets 8).
    """
    setattr(control, "tooltip" if control.has_trait("tooltip") else "description_tooltip", tip)
    return control


def _series(name, start, labels, views):
    return Series(name, str(start), dict(zip(map(str, labels), views, strict=True)))


def lab_explorer(picture):
    """Sliders that stretch and shift L, a and b of a picture and put them together again."""
    picture = pictures.square(picture, min(160, *np.shape(picture)[:2]))
    controls = {}
    for name, what, reach in (
        ("L", "lightness", 50),
        ("a", "green to red", 60),
        ("b", "blue to yellow", 60),
    ):
        tip = f"{what}, stretched about its middle; 0 takes it away, -1 turns it round"
        controls[f"{name}_scale"] = _slider(
            ipywidgets.FloatSlider, f"{name} times", 1.0, -2.0, 2.0, 0.1, tip
        )
        tip = f"{what}, shifted, in Lab units"
        controls[f"{name}_offset"] = _slider(
            ipywidgets.IntSlider, f"{name} plus", 0, -reach, reach, 1, tip
        )

    def draw(**values):
        parts = ("L", "a", "b")
        return panels.lab_view(
            picture, [values[f"{x}_scale"] for x in parts], [values[f"{x}_offset"] for x in parts]
        )

    plain = {name: control.value for name, control in controls.items()}

    def series():
        stops = {"scale": (-1.0, 0.0, 0.5, 1.0, 2.0), "offset": (-40, -20, 0, 20, 40)}
        out = []
        for name, value in plain.items():
            values = stops[name.partition("_")[2]]
            views = [draw(**plain | {name: x}) for x in values]
            out.append(_series(controls[name].description, value, values, views))
        return out

    buttons = {"as it was": plain, "no colour": plain | {"a_scale": 0.0, "b_scale": 0.0}}
    return Panel(
        "Lab taken apart and put together",
        draw,
        controls,
        lambda: lab_strip(picture),
        series,
        buttons,
    )


def t_explorer(colorizer, pictures):
    """Choose t, schedule, seed and picture; see what the refiner sees, what it answers, and where
    it errs.

    Below, the mean error over all the pictures against t, with the chosen t marked.
    """
    prepared = [panels.prepare(colorizer, picture) for picture in pictures]
    schedules = ("linear", "cosine")
    curves = {
        name: panels.Curve(*panels.t_quality(colorizer, prepared, name)) for name in schedules
    }

    def draw(t, schedule, seed, picture):
        return panels.t_view(colorizer, prepared[picture], t, schedule, seed, curves[schedule])

    controls = {
        "t": _slider(
            ipywidgets.IntSlider,
            "t",
            colorizer.t,
            0,
            panels.SLIDER_MAX,
            1,
            "noise step: 0 is no noise",
        ),
        "schedule": _choice("schedule", schedules, "how the noise grows with t"),
        "seed": _slider(ipywidgets.IntSlider, "seed", 0, 0, 9, 1, "which noise"),
        "picture": _slider(
            ipywidgets.IntSlider, "picture", 0, 0, len(prepared) - 1, 1, "which picture"
        ),
    }

    def series():
        ts = sorted({*panels.CURVE_TS, colorizer.t})
        return [
            _series(f"t, {name} schedule", colorizer.t, ts, [draw(t, name, 0, 0) for t in ts])
            for name in schedules
        ]

    return Panel(
        "The noise step t", draw, controls, lambda: t_strip(colorizer, pictures[0]), series
    )


def prior_mixer(colorizer, picture):
    """Four sliders set the colour prior; two buttons put back the base's own, or the truth's (an
    oracle).
    """
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
        name: _slider(ipywidgets.FloatSlider, name, own[name], low, 80, 0.5, f"{tip}; ab units")
        for name, low, tip in zip(NAMES, (-60, -60, 0, 0), tips, strict=True)
    }

    def draw(**prior):
        return panels.prior_view(colorizer, prepared, prior.values())

    def series():
        whole = {"the base's own": draw(**own), "the truth's (oracle)": draw(**truth)}
        out = [Series("all four numbers", "the base's own", whole)]
        for name, control in controls.items():
            values = [x for x in (-40, -20, 0, 20, 40, 60) if x >= control.min]
            stops = sorted(
                [(x, f"{x}") for x in values] + [(own[name], f"{own[name]:.0f}, the base's own")]
            )
            views = [draw(**own | {name: x}) for x, _ in stops]
            out.append(
                _series(
                    name, f"{own[name]:.0f}, the base's own", [label for _, label in stops], views
                )
            )
        return out

    buttons = {"the base's own": own, "the truth's (oracle)": truth}
    return Panel(
        "The colour prior, four numbers",
        draw,
        controls,
        lambda: panels.prior_stills(colorizer, prepared),
        series,
        buttons,
    )


def attention_explorer(colorizer, picture):
    """Choose a point by row and column; see which points it attends to."""
    prepared = panels.prepare(colorizer, picture)
    attention = panels.attention_of(colorizer, prepared)
    tips = ("from the top down", "from left to right")
    controls = {
        name: _slider(
            ipywidgets.IntSlider, name, size // 2, 0, size - 1, 1, f"the point's {name}, {tip}"
        )
        for name, size, tip in zip(("row", "column"), attention.shape, tips, strict=False)
    }

    def draw(row, column):
        return panels.attention_view(prepared.rgb, attention, (row, column))

    def series():
        rows, columns = (range(n // 10, n, max(1, n // 5)) for n in attention.shape[:2])
        middle = columns[len(columns) // 2]
        return [
            _series(f"column, in row {r}", middle, columns, [draw(r, c) for c in columns])
            for r in rows
        ]

    return Panel(
        "What a point attends to",
        draw,
        controls,
        lambda: attention_strip(colorizer, picture),
        series,
    )


def loss_mixer(colorizer, picture, vgg=None):
    """Six weights and the form of the diversity term; see which terms make the loss and which pull
    the colours.

    vgg: a `losses.VGGFeatures`; None takes one with seeded random weights that looks at 32 x 32
    pixels.
    """
    vgg = losses.VGGFeatures(size=32) if vgg is None else vgg
    prepared = panels.prepare(colorizer, picture)
    modes = ("vibrant", "paper")
    terms = {mode: panels.loss_terms(colorizer, prepared, vgg, mode) for mode in modes}
    controls = {
        name: _slider(
            ipywidgets.FloatSlider, name, weight, 0, 1, 0.05, f"weight of the {name} term"
        )
        for name, weight in losses.WEIGHTS.items()
        if name in terms["vibrant"].values
    }
    weights = {name: control.value for name, control in controls.items()}
    controls["mode"] = _choice(
        "diversity is", modes, "vibrant: too little colour costs; paper: any change costs"
    )

    def draw(mode, **weights):
        return panels.loss_view(terms[mode], weights)

    def alone(name):
        return dict.fromkeys(weights, 0.0) | {name: 1.0}

    def series():
        known = {"the paper's": weights} | {f"{name} alone": alone(name) for name in weights}
        out = [
            Series(
                "all six weights",
                "the paper's",
                {k: draw("vibrant", **w) for k, w in known.items()},
            )
        ]
        for name, weight in weights.items():
            values = sorted({0.0, weight, 0.5, 1.0})
            out.append(
                _series(
                    name, weight, values, [draw("vibrant", **weights | {name: x}) for x in values]
                )
            )
        return out

    def strip():
        return panels.loss_strip(terms["vibrant"], weights)

    buttons = {"the paper's weights": weights} | {f"{name} alone": alone(name) for name in weights}
    return Panel("The six loss terms, weighed", draw, controls, strip, series, buttons)


def before_after(before, after, names=("before", "after")):
    """A slider that moves the line between two pictures of one shape."""
    ready = [tiles.fit(picture, 384) for picture in (before, after)]
    tip = f"share of the picture that shows {names[0]}"
    controls = {"share": _slider(ipywidgets.IntSlider, f"{names[0]}, %", 50, 0, 100, 1, tip)}

    def draw(share):
        return tiles.split_view(*ready, share, names)

    def series():
        stops = range(0, 101, 10)
        return [_series(f"{names[0]}, %", 50, stops, [draw(x) for x in stops])]

    title = f"{names[0][:1].upper()}{names[0][1:]} and {names[1]}"
    return Panel(title, draw, controls, lambda: split_strip(before, after, names), series)


def your_photo(colorizer, example=None):
    """Upload a photo, see it coloured, download it.  A file that is no picture is answered with the
    reason.

    example: a uint8 picture (H, W, 3) shown until then; None takes the astronaut that comes with
    scikit-image.
    """
    controls = {
        "upload": ipywidgets.FileUpload(
            accept="image/*",
            multiple=False,
            description="Choose a photo",
            layout=ipywidgets.Layout(width="auto"),
        ),
        "stage": _explained(
            ipywidgets.Dropdown(options=colorizer.stages, description="stage"), "which networks run"
        ),
        "share": _slider(
            ipywidgets.IntSlider,
            "grey, %",
            50,
            0,
            100,
            1,
            "share of the picture that shows its grey",
        ),
    }
    controls["stage"].value = (
        "two-stage" if "two-stage" in colorizer.stages else colorizer.stages[0]
    )
    answer = ipywidgets.HTML()
    names, shown = ("grey", "coloured"), {}
    example = tiles.array_to_png(astronaut() if example is None else example)

    def color(data, stage):
        if (data, stage) == shown.get("of"):
            return
        shown["of"] = data, stage
        answer.value = "Colouring ..."
        try:
            both = panels.color_photo(colorizer, example if data is None else data, stage)
        except pictures.PictureError as error:
            answer.value = f"This cannot be coloured: {html.escape(str(error))} Below is still the picture before."
            return
        shown["pair"] = [tiles.fit(picture, 384) for picture in both]
        answer.value = "An example. A photo of yours stays on the machine that runs this notebook."
        if data is not None:
            answer.value = _download(both[1])

    def draw(upload, stage, share):
        color(uploaded(upload), stage)
        return tiles.split_view(*shown["pair"], share, names)

    def series():
        stops = range(0, 101, 10)
        return [
            _series(
                "grey, %", 50, stops, [tiles.split_view(*shown["pair"], x, names) for x in stops]
            )
        ]

    strip = lambda: split_strip(*shown["pair"], names)  # noqa: E731
    return Panel("A photo, coloured", draw, controls, strip, series, below=[answer])


def _download(picture):
    """A link that saves the picture: PNG, or JPEG where that would be too large to hand over."""
    kind, data = "png", io.BytesIO()
    if picture.shape[0] * picture.shape[1] > LARGE:
        kind = "jpeg"
        Image.fromarray(picture).save(data, "JPEG", quality=92)
    else:
        Image.fromarray(picture).save(data, "PNG")
    name = f"coloured.{kind.replace('jpeg', 'jpg')}"
    link = base64.b64encode(data.getvalue()).decode()
    size = f"{picture.shape[1]} x {picture.shape[0]} pixels"
    return (
        f'<a download="{name}" href="data:image/{kind};base64,{link}">Download {name}</a>, {size}'
    )


def uploaded(value):
    """The bytes of the last file in FileUpload's value, as ipywidgets 7 or 8 gives it; None where
    it is empty.
    """
    files = list(value.values()) if isinstance(value, dict) else list(value)
    return bytes(files[-1]["content"]) if files else None
