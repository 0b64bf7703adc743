"""Pictures to point at: place dabs of colour, choose among colourings, drag a point in the ab plane.

The controls are the ES modules plane.js, picture.js and dab.js of the site's live page, which
anywidget brings into JupyterLab, Notebook 7, Colab and VS Code. Each panel has sliders of core
ipywidgets for the same things. They are hidden where the modules show, so that they remain where
a module cannot load.

A colorizer is a `colorize.Colorizer` whose weights hold the networks that a panel names; pictures
are uint8 (H, W, 3), cropped and shrunk to the colorizer's size.
"""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from anywidget import AnyWidget
from ipywidgets import HTML, Box, Button, ColorPicker, Layout, VBox
from PIL import Image, ImageDraw
from traitlets import Bool, Dict, Float, Int, List, Unicode

from colorlib import color, framing
from colorlib.models import tints
from colorlib.prior import color_prior
from colorlib.show import panels, tiles
from colorlib.show.offline import picture_address
from colorlib.show.widgets import Panel, _control, _slider

HERE = Path(__file__).parent
OWN, SPARE = "colorlib-pointed", "colorlib-spare"  # classes of a panel, and of what it can spare
CONTROLS = ".colorlib-plane, .colorlib-picture, .colorlib-dabs"  # which the modules make
CSS = (HERE / "controls.css").read_text("utf-8")
CSS += f".{OWN}:has({CONTROLS}) .{SPARE} {{ display: none; }}\n"
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
    """The colour of Lab (L, a, b), brought into sRGB by less chroma at the same hue -> "#rrggbb"."""
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
