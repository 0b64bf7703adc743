"""Pictures to point at: place dabs of colour, choose a colouring, drag a point in the ab plane.

The controls are the ES modules plane.js, picture.js and dab.js of the site's live page, which
anywidget brings into JupyterLab, Notebook 7, Colab and VS Code. Each panel has sliders of core
ipywidgets for the same things. They are hidden where the modules show, so that they remain where
a module cannot load.

A colorizer is a `colorize.Colorizer` whose weights hold the networks that a panel names; pictures
are uint8 (H, W, 3), cropped and shrunk to the colorizer's size.
"""

from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

import numpy as np
import torch
from anywidget import AnyWidget
from ipywidgets import HTML, Box, Button, ColorPicker, Layout, VBox
from PIL import Image, ImageDraw
from traitlets import Bool, Dict, Float, Int, List, Unicode

from colorlib import color, framing
from colorlib.data.arguments import whole_number
from colorlib.models import tints
from colorlib.prior import color_prior
from colorlib.show import frames, panels, tiles
from colorlib.show.offline import picture_address
from colorlib.show.widgets import Panel, crossed, slider

HERE = Path(__file__).parent
OWN, SPARE = "colorlib-pointed", "colorlib-spare"  # classes of a panel, and of what it can spare
CONTROLS = ".colorlib-plane, .colorlib-picture, .colorlib-dabs"  # which the modules make
CSS = (HERE / "controls.css").read_text("utf-8")
CSS += f".{OWN}:has({CONTROLS}) .{SPARE} {{ display: none !important; }}\n"
EXTENT = 80  # Lab units: half the plane's side
APART = 9  # Lab units between two colours that are offered
OFFERED = 7  # colours at a place
DRAWN = 8  # samples that say which colours are likely there
MARGIN = Layout(margin="0 1rem 0.5rem 0", max_width="100%")
WRAP = {"display": "flex", "flex_flow": "row wrap", "width": "100%"}


class Plane(AnyWidget):
    """The ab plane with a point to drag; the traits are those that plane.js names."""

    _esm, _css = HERE / "plane.js", CSS
    a, b = Float(0).tag(sync=True), Float(0).tag(sync=True)
    extent = Float(EXTENT).tag(sync=True)
    src, label = Unicode().tag(sync=True), Unicode().tag(sync=True)
    marks = List().tag(sync=True)


class Picture(AnyWidget):
    """A picture whose cells can be chosen; the traits are those that picture.js names."""

    _esm, _css = HERE / "picture.js", CSS
    rows, cols = Int(1).tag(sync=True), Int(1).tag(sync=True)
    row, col = Int(-1).tag(sync=True), Int(-1).tag(sync=True)
    hover = Bool(False).tag(sync=True)
    src, alt = Unicode().tag(sync=True), Unicode().tag(sync=True)


class Dab(AnyWidget):
    """A picture to place dabs of colour on; the traits are those that dab.js names."""

    _esm, _css = HERE / "dab.js", CSS
    dabs = List().tag(sync=True)
    chosen = Int(-1).tag(sync=True)
    fresh = Dict().tag(sync=True)
    picture = Unicode().tag(sync=True)
    src, alt = Unicode().tag(sync=True), Unicode().tag(sync=True)


# Colours
# --------------------------------------------------------------------------------------------------


def css_of(L, a, b):
    """Lab (L, a, b), brought into sRGB by less chroma at the same hue -> "#rrggbb"."""
    share = torch.linspace(1, 0, 65)
    lab = torch.stack([torch.full_like(share, L), share * a, share * b])[None, :, :, None]
    rgb = color.lab_to_rgb(lab)[0, :, :, 0]  # (3, 65)
    inside = ((rgb >= -0.002) & (rgb <= 1.002)).all(dim=0)
    first = int(inside.int().argmax()) if inside.any() else -1
    red, green, blue = (rgb[:, first].clamp(0, 1) * 255).round().int().tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


def ab_of(css):
    """(a, b) in Lab units of "#rrggbb"."""
    ab = framing.parse_hint((0, 0, css), 1, 1)[2]
    return tuple((color.AB_SCALE * ab).tolist())


def gamut(L, extent=EXTENT, side=161):
    """The ab plane at lightness L, grey where sRGB has no colour -> uint8 (side, side, 3)."""
    axis = torch.linspace(-extent, extent, side)
    b, a = torch.meshgrid(-axis, axis, indexing="ij")  # b grows upwards
    rgb = color.lab_to_rgb(torch.stack([torch.full_like(a, L), a, b])[None])
    inside = ((rgb >= 0) & (rgb <= 1)).all(dim=1, keepdim=True)
    return color.to_uint8(torch.where(inside, rgb, torch.full_like(rgb, 0.87)))[0]


def in_words(a, b):
    """Two coordinates in words: "a 12, b -20"."""
    return f"a {a:.0f}, b {b:.0f}"


class Pointed(Panel):
    """A `Panel` with controls for the pointer, which move its sliders and follow them."""

    busy = False

    @contextmanager
    def alone(self):
        """Within, what changes was changed here: nothing is answered and nothing drawn."""
        before, self.busy = self.busy, True
        try:
            with self.drawn_later():
                yield
        finally:
            self.busy = before

    @contextmanager
    def drawn_later(self):
        """Within, nothing is drawn, since a panel draws by itself after what calls this."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before

    def answers(self, widget, names, what):
        """Call what() when one of those traits changes, unless it was changed here."""
        widget.observe(lambda _: None if self.busy else what(), names=names)


# Hints
# --------------------------------------------------------------------------------------------------


def hint_explorer(colorizer, picture):
    """Place dabs of colour on a picture; see what the network that learnt with such hints makes.

    Click to place one, drag it, take the colour from the likely ones or from the plane, undo.
    Beside it the result without hints, and the plain shift of all pixels that meets the dabs in
    the mean. ValueError for weights without the networks "hints", and "tints" and "refiner", whose
    samples say which colours are likely.
    """
    return HintPanel(colorizer, picture)


class HintPanel(Pointed):
    """See `hint_explorer`. dabs: [{x, y, a, b, css}], of which number `chosen` is worked on."""

    def __init__(self, colorizer, picture):
        self.colorizer = colorizer
        for stage in ("hints", "sampled-prior"):
            colorizer.check_stage(stage)
        self.prepared = p = panels.prepare(colorizer, picture)
        self.free = self.hinted([])
        drawn = colorizer.samples(p.rgb, DRAWN, faces=None)
        lab = color.rgb_to_lab(color.from_uint8(np.stack([p.shown(self.free), *drawn])))
        self.drawn_ab = lab[:, 1:]  # (1 + DRAWN, 2, size, size), Lab units
        self.past, self.step = [], None  # what Undo goes back to, and what was done last
        first = self.coloured({"x": 0.5, "y": 0.45})
        self.begin = dict(first)
        layout = Layout(width="20rem", max_width="100%", margin=MARGIN.margin)
        self.dab = Dab(dabs=[first], chosen=0, fresh={"new": True}, layout=layout)
        self.plane = Plane(label="colour of the dab", layout=Layout(width="15rem"))
        self.swatches = Box(layout=Layout(**WRAP))
        self.words, self.known, self.in_plane = HTML(), None, False
        self.seen = [first], 0
        controls = self.core_controls(first)
        self.answers(self.dab, ["dabs", "chosen"], self.dabbed)
        self.answers(self.plane, ["a", "b"], self.steered)
        super().__init__(
            "Hints: dabs of colour",
            self.draw_dabs,
            controls,
            self.stills,
            self.states(),
            below=self.below_controls(),
        )
        self.add_class(OWN)
        self.follow()

    def core_controls(self, first):
        """Sliders for place and colour of the chosen dab, as it stands in the beginning."""
        tip = "of the dab that is worked on, in % of the picture"
        x = slider("x", 100 * first["x"], 0.0, 99.0, 1.0, f"from the left, {tip}")
        y = slider("y", 100 * first["y"], 0.0, 99.0, 1.0, f"from the top, {tip}")
        for control in (x, y):
            control.add_class(SPARE)
        layout = Layout(width="360px", max_width="100%")
        css = ColorPicker(value=first["css"], description="colour", layout=layout)
        css.style.description_width = "100px"
        setattr(
            css,
            "tooltip" if css.has_trait("tooltip") else "description_tooltip",
            "of the dab that is worked on; its hue and chroma count, its lightness does not",
        )
        controls = {"x": x, "y": y, "css": css}
        for name, control in controls.items():
            self.answers(control, "value", lambda name=name: self.moved(name))
        return controls

    def below_controls(self):
        """The picture to dab on, the colours to choose from, and buttons for who has no pointer."""
        tools = []
        for text, what in (("Place one more", self.place), ("Undo", self.undo)):
            tools.append(Button(description=text, layout=Layout(width="auto")))
            tools[-1].on_click(lambda _, what=what: what())
        tools.append(Button(description="Clear", layout=Layout(width="auto")))
        tools[-1].on_click(lambda _: self.change([], "clear"))
        self.tools = Box(tools, layout=Layout(**WRAP))
        self.tools.add_class(SPARE)
        colours = VBox([self.words, self.swatches, self.plane], layout=Layout(max_width="22rem"))
        return [self.tools, Box([self.dab, colours], layout=Layout(**WRAP))]

    # what the networks say

    def hinted(self, dabs):
        """The network's ab' (1, 2, size, size) under these dabs."""
        p = self.prepared
        size = p.L.shape[-1]
        hints = [
            framing.parse_hint((d["x"] * size, d["y"] * size, d["css"]), size, size) for d in dabs
        ]
        crop = framing.Crop(0, size, 0, size)
        given = framing.place_hints(hints, crop, (size, size), framing.DAB * size)
        return self.colorizer.predict(p.L, "hints", hints=given)["ab"].float().cpu()

    def shifted(self, dabs):
        """The result without hints, shifted alike all over so that the dabs are met in the mean."""
        free = color.AB_SCALE * self.free[0].numpy()
        away = [np.subtract(ab_of(d["css"]), free[(..., *self.pixel(d))]) for d in dabs]
        by = np.mean(away, axis=0) if away else np.zeros(2)
        return self.free + torch.tensor(by / color.AB_SCALE).to(self.free).view(1, 2, 1, 1)

    def pixel(self, dab):
        """(row, column) of the network's pixel below a dab."""
        size = self.prepared.L.shape[-1]
        return int(dab["y"] * size), int(dab["x"] * size)

    def lightness(self, dab):
        """Lab lightness below a dab."""
        L = self.prepared.L[(0, 0, *self.pixel(dab))]
        return color.L_CENTRE + color.L_SCALE * L.item()

    def likely(self, dab):
        """Colours below a dab, "#rrggbb", the likeliest first.

        Those that the network gives it unasked and in samples, alike ones counted together; then
        more of the first, and its opposite.
        """
        L, found = self.lightness(dab), []
        for ab in self.drawn_ab[(..., *self.pixel(dab))].tolist():
            near = next((c for c in found if np.hypot(*np.subtract(c[0], ab)) < APART), None)
            if near is None:
                found.append([ab, 1])
            else:
                near[1] += 1
        found = [ab for ab, _ in sorted(found, key=lambda c: -c[1])]
        for factor in (1.7, -1):
            ab = [factor * x for x in found[0]]
            if all(np.hypot(*np.subtract(c, ab)) >= APART for c in found):
                found.append(ab)
        return [css_of(L, *ab) for ab in found[:OFFERED]]

    def coloured(self, dab):
        """A dab without a colour in the strongest of those that the networks hold for likely."""
        there = self.drawn_ab[(..., *self.pixel(dab))].tolist()
        ab = max(there, key=lambda ab: np.hypot(*ab))
        return self.in_css(dab, css_of(self.lightness(dab), *ab))

    def in_css(self, dab, css):
        """A dab in another colour."""
        a, b = ab_of(css)
        return {"x": dab["x"], "y": dab["y"], "a": a, "b": b, "css": css}

    # what is seen

    def draw_dabs(self, x, y, css):
        """The View of the dabs, the chosen one at x, y (%) in that colour."""
        dabs = self.list_of(x, y, css)
        p, ab = self.prepared, self.hinted(dabs)
        self.ground = p.drawn(ab)
        dots = tuple({k: d[k] for k in ("x", "y", "css")} for d in dabs)
        results = {f"with {counted(dabs)}": ab, "without a hint": self.free}
        results["plain shift"] = shifted = self.shifted(dabs)
        sources = [frames.Colours(p.sharp, ab, dots), None, frames.Colours(p.sharp, shifted), None]
        captions = [f"{name}\nMSE {p.mse(p.shown(r)):.0f}" for name, r in results.items()]
        shown = [with_rings(self.ground, dabs), *(p.drawn(r) for r in list(results.values())[1:])]
        return tiles.row([*shown, p.sharp], [*captions, "truth"], sources=sources)

    def list_of(self, x, y, css):
        """The dabs with the chosen one there and so."""
        dabs, i = list(self.dab.dabs), self.dab.chosen
        if 0 <= i < len(dabs):
            dabs[i] = self.in_css({"x": x / 100, "y": y / 100}, css)
        return dabs

    def redraw(self, _=None):
        """Draw, and lay the result below the dabs."""
        if self.quiet:
            return
        super().redraw()
        self.dab.src = picture_address(self.ground)
        self.dab.alt = f"The picture {self.text.split(', MSE')[0]}; arrow keys and Enter place one"

    def stills(self):
        """One dab in each of the likely colours of its place -> uint8."""
        cells = {"without": with_rings(self.prepared.drawn(self.free), [])}
        for css in self.likely(self.begin)[:5]:
            dab = self.in_css(self.begin, css)
            cells[in_words(dab["a"], dab["b"])] = with_rings(
                self.prepared.drawn(self.hinted([dab])), [dab]
            )
        return tiles.captioned_row(cells.values(), [f"{k}" for k in cells], 150)

    def states(self):
        """The states of an exported page."""
        own = self.begin
        colours = {in_words(own["a"], own["b"]): {"css": own["css"]}}
        for css in self.likely(own):
            colours.setdefault(in_words(*ab_of(css)), {"css": css})
        # middles of even cells, so that a page can tell which one is pointed at
        down = {y: {"y": float(y)} for y in range(5, 100, 10)}
        across = {round(x): {"x": float(round(x))} for x in np.linspace(50 / 11, 100 - 50 / 11, 11)}
        names, start = ("from the top, %", "from the left, %"), in_words(own["a"], own["b"])
        places = names, (45, 50), crossed(down, across)
        return [places, ("colour of the dab", start, colours)]

    # who moved what

    def change(self, dabs, step, chosen=None):
        """Take over a list of dabs. step: what was done; what follows alike is undone with it."""
        if step != self.step or step in ("place", "clear"):
            self.past.append(self.seen)
        self.step = step
        self.show(dabs, self.dab.chosen if chosen is None else chosen)

    def show(self, dabs, chosen):
        """Bring everything to these dabs, and draw."""
        self.seen = list(dabs), min(chosen, len(dabs) - 1)
        with self.alone():
            self.dab.dabs, self.dab.chosen = self.seen
        self.follow()
        self.redraw()

    def undo(self):
        """Take back the last step."""
        self.step = None
        if self.past:
            self.show(*self.past.pop())

    def place(self):
        """One dab more, beside the last one, for who has no pointer."""
        last = self.dab.dabs[-1] if self.dab.dabs else {"x": 0.3, "y": 0.45}
        dab = self.coloured({"x": (last["x"] + 0.2) % 0.99, "y": last["y"]})
        self.change([*self.dab.dabs, dab], "place", len(self.dab.dabs))

    def dabbed(self):
        """The pointer has placed, moved, chosen or removed a dab: a new one gets its colour."""
        if self.dab.dabs == self.seen[0]:
            self.seen = self.dab.dabs, self.dab.chosen
            self.follow()
        else:
            dabs = [self.coloured(d) if d.get("new") else d for d in self.dab.dabs]
            self.change(dabs, ("dab", len(dabs), self.dab.chosen))

    def moved(self, name):
        """A slider or the picker has moved."""
        if 0 <= self.dab.chosen < len(self.dab.dabs):
            values = {key: control.value for key, control in self.controls.items()}
            with self.drawn_later():
                self.change(self.list_of(**values), (name, self.dab.chosen))

    def steered(self):
        """The point in the plane has moved; it stays under the pointer, in sRGB or not."""
        if 0 <= self.dab.chosen < len(self.dab.dabs):
            dab, self.in_plane = self.dab.dabs[self.dab.chosen], True
            self.controls["css"].value = css_of(self.lightness(dab), self.plane.a, self.plane.b)
            self.in_plane = False

    def follow(self):
        """Sliders, plane and swatches show the chosen dab."""
        chosen = 0 <= self.dab.chosen < len(self.dab.dabs)
        self.words.value = self.said()
        if not chosen:
            self.swatches.children = ()
            return
        dab = self.dab.dabs[self.dab.chosen]
        with self.alone():
            self.controls["x"].value, self.controls["y"].value = 100 * dab["x"], 100 * dab["y"]
            self.controls["css"].value = dab["css"]
            if not self.in_plane:
                self.plane.a, self.plane.b = dab["a"], dab["b"]
        known = self.pixel(dab)
        if known != self.known:
            self.known = known
            self.plane.src = picture_address(gamut(self.lightness(dab)))
            L = self.lightness(dab)
            self.swatches.children = [self.swatch(css, L) for css in self.likely(dab)]

    def said(self):
        """What there is to do, in a line or two."""
        if not self.dab.dabs:
            return "Click the picture to place a dab of colour."
        return "Click to place a dab; drag it. Colours for it, the likeliest of its place first:"

    def swatch(self, css, L):
        """A button in a colour, which gives it to the chosen dab."""
        made = Button(description=in_words(*ab_of(css)), layout=Layout(width="auto"))
        made.style.button_color = css
        if made.style.has_trait("text_color"):  # ipywidgets 8
            made.style.text_color = "black" if L > 55 else "white"

        def take(_):
            self.controls["css"].value = css

        made.on_click(take)
        return made


def counted(dabs):
    """How many dabs, in words."""
    return "1 dab" if len(dabs) == 1 else f"{len(dabs)} dabs"


def with_rings(picture, dabs):
    """A picture with a numbered disc in its colour at each dab -> uint8."""
    image = Image.fromarray(picture)
    pen, r = ImageDraw.Draw(image), max(5, len(picture) // 22)
    for number, dab in enumerate(dabs, 1):
        x, y = dab["x"] * image.width, dab["y"] * image.height
        pen.ellipse((x - r - 2, y - r - 2, x + r + 2, y + r + 2), fill="black")
        pen.ellipse((x - r, y - r, x + r, y + r), fill=dab["css"], outline="white", width=2)
        if len(dabs) > 1:
            pen.text((x - 3, y - 6), f"{number}", fill="white", stroke_width=1, stroke_fill="black")
    return np.asarray(image)


# Samples
# --------------------------------------------------------------------------------------------------


def sample_explorer(colorizer, picture, count=6):
    """Several likely colourings of one picture: choose one, and go on from its prior.

    Click a colouring; drag the point in the ab plane, which is the prior's mean colour. Spread and
    magnitude stay those of the colouring. ValueError for weights without the networks "tints" and
    "refiner", and for a count below 1.
    """
    return SamplePanel(colorizer, picture, count)


class SamplePanel(Pointed):
    """See `sample_explorer`."""

    def __init__(self, colorizer, picture, count=6):
        colorizer.check_stage("sampled-prior")
        self.count = whole_number("count", count, 1)
        self.colorizer, self.prepared = colorizer, panels.prepare(colorizer, picture)
        self.priors, self.drawn_ab, self.sheets = map(
            lru_cache, (self._priors, self._drawn, self._sheet)
        )
        a, b = self.priors(0)[0][:2]
        tip = "mean of the prior that the refiner is handed; ab units"
        controls = {
            "sample": slider("sample", 1, 1, self.count, 1, "which of the colourings"),
            "a": slider("mean a", a, -EXTENT, EXTENT, 0.5, f"green - to red +, {tip}"),
            "b": slider("mean b", b, -EXTENT, EXTENT, 0.5, f"blue - to yellow +, {tip}"),
            "seed": slider("seed", 0, 0, 9, 1, "which draws"),
        }
        for name in ("sample", "a", "b"):
            controls[name].add_class(SPARE)
        columns = min(3, self.count)
        size = {"cols": columns, "rows": -(-self.count // columns), "row": 0, "col": 0}
        layout = Layout(width="24rem", max_width="100%", margin=MARGIN.margin)
        self.sheet = Picture(**size, layout=layout)
        self.plane = Plane(label="mean colour of the prior", layout=Layout(width="15rem"))
        self.plane.src = picture_address(gamut(65))
        self.answers(self.sheet, ["row", "col"], self.clicked)
        self.answers(self.plane, ["a", "b"], self.steered)
        for name in ("sample", "seed"):
            self.answers(controls[name], "value", self.chosen)
        for name in ("a", "b"):
            self.answers(controls[name], "value", self.follow)
        both = Box([self.sheet, self.plane], layout=Layout(**WRAP))
        super().__init__(
            "Likely colourings, and on from one",
            self.draw_sample,
            controls,
            self.stills,
            self.states(a, b),
            below=[both],
        )
        self.add_class(OWN)
        self.follow()

    # what the networks say

    def _priors(self, seed):
        """The priors of the colourings, four numbers each in ab units, as `Colorizer.samples`."""
        p, priors = self.prepared, []
        for i in range(self.count):
            z = self.colorizer.tint(p.L.to(self.colorizer.device), p.base, seed, i).cpu()
            priors.append((color.AB_SCALE * tints.absolute(z, color_prior(p.base))[0]).tolist())
        return priors

    def result(self, prior, seed, i):
        """ab' (1, 2, size, size) of colouring i under a prior, in ab units."""
        p, prior = self.prepared, torch.tensor(prior) / color.AB_SCALE
        out = self.colorizer.predict(
            p.L, "two-stage", prior=prior, seed=seed, first=i, ab_base=p.base
        )
        return out["ab"].float().cpu()

    def _drawn(self, seed):
        """ab' (1, 2, size, size) of each colouring of a seed."""
        return [self.result(prior, seed, i) for i, prior in enumerate(self.priors(seed))]

    def _sheet(self, seed):
        """They, row by row and without a gap, as an address."""
        p, cells = self.prepared, []
        for i, (ab, prior) in enumerate(
            zip(self.drawn_ab(seed), self.priors(seed), strict=True), 1
        ):
            line = tiles.headline(f"{i}: {in_words(*prior[:2])}", p.sharp.shape[1], 26)
            cells.append(tiles.stack(p.drawn(ab), line))
        empty = self.sheet.rows * self.sheet.cols - self.count
        cells += [np.full_like(cells[0], 255)] * empty
        return picture_address(tiles.sheet(cells, self.sheet.cols, gap=0))

    # what is seen

    def draw_sample(self, sample, a, b, seed):
        """The View of one colouring as drawn, and under its prior with these means."""
        p, i = self.prepared, sample - 1
        prior = self.priors(seed)[i]
        moved = [a, b, prior[2], max(prior[3], float(np.hypot(a, b)))]
        results = {
            "base": (p.base, panels.own_prior(p.base)),
            f"number {sample} as drawn": (self.drawn_ab(seed)[i], prior),
            "from there": (self.result(moved, seed, i), moved),
        }
        shown, captions = [], []
        sources = [*(frames.Colours(p.sharp, ab) for ab, _ in results.values()), None]
        for name, (ab, asked) in results.items():
            shown.append(p.drawn(ab))
            numbers = ", ".join(f"{x:.0f}" for x in asked)
            captions.append(f"{name}, MSE {p.mse(p.shown(ab)):.0f}\nprior: {numbers}")
        return tiles.row([*shown, p.sharp], [*captions, "truth"], 224, sources)

    def stills(self):
        """All colourings -> uint8."""
        drawn = [self.prepared.drawn(ab) for ab in self.drawn_ab(0)]
        captions = [f"{i}: {in_words(*x[:2])}" for i, x in enumerate(self.priors(0), 1)]
        pairs = [(drawn[i : i + 6], captions[i : i + 6]) for i in range(0, self.count, 6)]
        return tiles.stack(*(tiles.captioned_row(x, names, 150) for x, names in pairs))

    def states(self, a, b):
        """The states of an exported page."""
        numbers = enumerate(self.priors(0), 1)
        chosen = {i: {"sample": i, "a": x[0], "b": x[1]} for i, x in numbers}
        series, states, starts = [("sample", 1, chosen)], [], []
        for name, own in (("a", a), ("b", b)):
            starts.append(f"{own:.0f}, as drawn")
            stops = [(f"{x}", x) for x in range(-40, 61, 10)] + [(starts[-1], own)]
            states.append({label: {name: x} for label, x in sorted(stops, key=itemgetter(1))})
        return [*series, (("mean a", "mean b"), tuple(starts), crossed(*states))]

    # who moved what

    def chosen(self):
        """Another colouring: the prior goes back to its own."""
        a, b = self.priors(self.controls["seed"].value)[self.controls["sample"].value - 1][:2]
        with self.alone():
            self.controls["a"].value, self.controls["b"].value = a, b
        self.follow()

    def clicked(self):
        """A cell of the sheet was chosen."""
        number = self.sheet.row * self.sheet.cols + self.sheet.col + 1
        if self.sheet.row >= 0 and self.sheet.col >= 0 and number <= self.count:
            self.controls["sample"].value = number

    def steered(self):
        """The point in the plane has moved."""
        with self.alone():
            self.controls["a"].value, self.controls["b"].value = self.plane.a, self.plane.b
        self.redraw()

    def follow(self):
        """Sheet, cursor, plane and marks show what the sliders say."""
        sample, a, b, seed = (control.value for control in self.controls.values())
        with self.alone():
            self.sheet.row, self.sheet.col = divmod(sample - 1, self.sheet.cols)
            self.sheet.src = self.sheets(seed)
            self.sheet.alt = f"{self.count} colourings, number {sample} is chosen"
            self.plane.a, self.plane.b = a, b
            marks = [(x, f"{i}") for i, x in enumerate(self.priors(seed), 1)]
            p = self.prepared
            marks += [(panels.own_prior(p.base), "B"), (panels.own_prior(p.ab), "T")]
            self.plane.marks = [{"a": x[0], "b": x[1], "text": text} for x, text in marks]
