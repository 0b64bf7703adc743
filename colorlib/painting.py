"""Drawing with numpy: the brushes, and the parts of a portrait painted with them.

A picture is painted in layers, from the back to the front. Every part is a *signed distance*, negative inside a shape
and positive outside, made of plain arithmetic on coordinates; `cover` turns it into an opacity whose edge is one pixel
wide at any size, and `Canvas.lay` puts a colour over the picture with that opacity. (Signed distances and smooth unions
as in I. Quilez, "2D distance functions".)

Colours are light, not bytes: a byte b is stored as (b / 255)^2, an easy stand-in for the sRGB curve, so that shading
is a product. Only + - * / and the square root are used on pixels. IEEE 754 rounds these the same way everywhere, and so
a portrait is the same on every machine, which sin, exp and ** would not promise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

REGIONS = ("skin", "lips", "eyes", "hair", "clothes", "background")
SKIN, LIPS, EYES, HAIR, CLOTHES, BACKGROUND = range(6)
OCTAVES = (6, 12, 24, 48, 96, 192)  # cells of noise across a picture
STRANDS = 128  # length of the table of strands


# ---------------------------------------------------------------- brushes


def light(rgb):
    """Bytes (..., 3) to light in 0..1, laid out (3, 1, 1, 1) for one colour."""
    return (np.asarray(rgb, np.float32) / 255).reshape(3, 1, 1, 1) ** 2


def mix(a, b, t):
    """From `a` at t = 0 to `b` at t = 1."""
    return a + (b - a) * t


def ramp(t):
    """Smooth step: 0 for t <= 0, 1 for t >= 1."""
    t = np.minimum(np.maximum(t, 0), 1)
    return t * t * (3 - 2 * t)


def cover(distance, width):
    """Share of a pixel of this width that lies inside the shape, which is where distance < 0."""
    return np.minimum(np.maximum(0.5 - distance / width, 0), 1)


def soft(distance, width):
    """As `cover`, with a rounder edge, for blurred shapes."""
    return ramp(0.5 - distance / width)


def stroke(distance, half, width):
    """Share of a pixel covered by a line of half-thickness `half`: right for lines thinner than a pixel, too."""
    right = np.minimum(distance + width / 2, half)
    left = np.maximum(distance - width / 2, -half)
    return np.maximum(right - left, 0) / width


def bump(x, y):
    """A round hill of height 1 over the unit disc, 0 outside."""
    t = np.maximum(1 - x * x - y * y, 0)
    return t * t


def wave(t):
    """A periodic curve much like sin(2 pi t), from parabolas."""
    t = t - np.floor(t + 0.5)
    return 8 * t * (1 - 2 * np.abs(t))


# ---------------------------------------------------------------- canvas


@dataclass
class Canvas:
    """A batch of B pictures being painted, or a window onto one: all arrays are views, so windows paint the whole.

    x runs right and y down over -1..1. (u, v) are head coordinates: v = 0 on the line of the eyes, -1 at the crown and
    1 at the chin of an average head. px and hpx are the width of a pixel in (x, y) and (u, v).
    """

    recipes: list[dict]
    x: np.ndarray  # (1, 1, W)
    y: np.ndarray  # (1, H, 1)
    u: np.ndarray  # (B, H, W)
    v: np.ndarray  # (B, H, W)
    rgb: np.ndarray  # (3, B, H, W), light
    labels: np.ndarray  # (B, H, W) uint8, index into REGIONS
    noise: np.ndarray  # (octaves, B, H, W), about -1..1
    strands: np.ndarray  # (B, STRANDS), 0..1
    px: float

    def get(self, part: str, name: str) -> np.ndarray:
        """Numbers of the recipes as (B, 1, 1); colours as light (3, B, 1, 1)."""
        values = np.array([recipe[part][name] for recipe in self.recipes], np.float32)
        if values.ndim == 1:
            return values[:, None, None]
        return np.square(values.T / np.float32(255))[:, :, None, None]

    @property
    def hpx(self) -> np.ndarray:
        return self.px / self.get("pose", "scale")

    def crop(self, rows: slice, columns: slice, pictures: slice = slice(None)) -> Canvas:
        """The same canvas, seen through a window."""
        plane = (pictures, rows, columns)
        return replace(
            self,
            recipes=self.recipes[pictures],
            x=self.x[:, :, columns],
            y=self.y[:, rows],
            u=self.u[plane],
            v=self.v[plane],
            rgb=self.rgb[:, pictures, rows, columns],
            labels=self.labels[plane],
            noise=self.noise[:, pictures, rows, columns],
            strands=self.strands[pictures],
        )

    def one(self, i: int) -> Canvas:
        """The canvas of picture i alone."""
        return self.crop(slice(None), slice(None), slice(i, i + 1))

    def near(self, u: float, v: float, radius_u: float, radius_v: float) -> Canvas:
        """The window that holds |u' - u| < radius_u, |v' - v| < radius_v in every picture of the batch."""
        pose = [recipe["pose"] for recipe in self.recipes]
        x = [p["x"] + p["scale"] * (p["cos"] * u - p["sin"] * v) for p in pose]
        y = [p["y"] + p["scale"] * (p["sin"] * u + p["cos"] * v) for p in pose]
        wide = [p["scale"] * (radius_u + abs(p["sin"]) * radius_v) for p in pose]
        high = [p["scale"] * (radius_v + abs(p["sin"]) * radius_u) for p in pose]
        columns = self._span(x, wide, self.x.size)
        rows = self._span(y, high, self.y.size)
        return self.crop(rows, columns)

    def _span(self, centres, radii, size):
        low = min(c - r for c, r in zip(centres, radii, strict=True))
        high = max(c + r for c, r in zip(centres, radii, strict=True))
        first = max(int((low + 1) / self.px) - 1, 0)
        return slice(min(first, size - 1), min(max(int((high + 1) / self.px) + 2, first + 1), size))

    def lay(self, color, opacity, region: int | None = None):
        """Put a colour (3, B or 1, ...) over the picture; where it covers more than half, the region is its."""
        self.rgb += (color - self.rgb) * opacity
        if region is not None:
            self.labels[opacity > 0.5] = region

    def shade(self, amount):
        """Darken (amount > 0) what is there."""
        self.rgb *= 1 - amount

    def strand(self, t):
        """Smooth random curve of t with one knot a unit, 0..1: hairs side by side."""
        floor = np.floor(t)
        t = t - floor
        t = t * t * (3 - 2 * t)
        first = np.arange(len(self.strands), dtype=np.int32)[:, None, None] * STRANDS
        index = (floor.astype(np.int32) & (STRANDS - 1)) + first
        table = np.concatenate([self.strands.ravel(), self.strands[-1, -1:]])
        return mix(table.take(index), table.take(index + 1), t)


def noise_planes(lattices: list[np.ndarray], size: int) -> np.ndarray:
    """Value noise (K. Perlin 1985): random numbers on a lattice, smoothly joined.

    An octave fades away as its cells become as small as the pixels, as they would in a photo; so small and large
    pictures of one portrait agree.

    lattices: one (B, n + 1, n + 1) for each n in OCTAVES that `size` can show; returns (octaves, B, size, size).
    """
    planes = np.empty((len(lattices), len(lattices[0]), size, size), np.float32)
    for lattice, plane in zip(lattices, planes, strict=True):
        cells = lattice.shape[1] - 1
        at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(cells / size)
        cell = at.astype(np.int32)
        t = ramp(at - cell)
        rows = mix(lattice[:, cell], lattice[:, cell + 1], t[:, None])
        fade = np.float32(min(max(2 - 2 * cells / size, 0), 1))
        plane[:] = mix(rows[:, :, cell], rows[:, :, cell + 1], t)
        plane *= fade
    return planes


# ---------------------------------------------------------------- light


def lit(c: Canvas, nx, ny, nz, wrap=0.25):
    """Light (3, B, H, W) that a surface with this normal (any length) sends back: sky light and a lamp.

    The lamp reaches round the edge by `wrap`, and red further than blue, as in skin.
    """
    lx, ly, lz = c.get("light", "x"), c.get("light", "y"), c.get("light", "z")
    toward = (nx * lx + ny * ly + nz * lz) / np.sqrt(nx * nx + ny * ny + nz * nz)
    reach = np.array([wrap + 0.06, wrap, wrap - 0.03], np.float32).reshape(3, 1, 1, 1)
    lamp = np.maximum((toward + reach) / (1 + reach), 0)
    return c.get("light", "ambient") + lamp * c.get("light", "lamp")


# ---------------------------------------------------------------- background


def paint_background(c: Canvas):
    for i, recipe in enumerate(c.recipes):
        kind = recipe["background"]["kind"]
        BACKGROUNDS[kind](c.one(i))


def _sky(c: Canvas):
    """A smooth gradient, paler at the bottom, and soft clouds."""
    b = c.recipes[0]["background"]
    c.rgb[:] = mix(light(b["rgb"]), light(b["rgb2"]), ramp((c.y + 1) * 0.55))
    n = 0.7 * c.noise[0] + 0.35 * c.noise[1] + 0.15 * c.noise[2]
    cloud = ramp((n + b["amount"] - 0.75) * 1.1)
    c.lay(light(b["rgb3"]), cloud * 0.8)


def _sea(c: Canvas):
    """Sky over a horizon, and water in bands that grow wider towards us."""
    b = c.recipes[0]["background"]
    _sky(c)
    down = np.maximum(c.y - b["horizon"], 0)
    near = ramp(down * 1.3)
    water = mix(light(b["rgb4"]) * 1.5 + 0.04, light(b["rgb4"]), near)
    swell = wave(5.5 * np.sqrt(down + 0.02) + 0.22 * c.noise[1]) * 0.10
    ripple = (0.5 * c.noise[2] + 0.5 * c.noise[3]) * (0.06 + 0.16 * near)
    c.lay(water * (1 + swell + ripple), cover(b["horizon"] - c.y, c.px + 0.02))
    foam = ramp((swell * 6 + ripple * 5 - 0.75) * 3)
    c.lay(light((225, 232, 230)), foam * ramp(down * 4) * 0.45)


def _plants(c: Canvas):
    """Leaves: clumps, leaves in them, and gaps through which the light falls, out of focus."""
    b = c.recipes[0]["background"]
    clumps = 0.6 * c.noise[0] + 0.4 * c.noise[1]
    leaves = 0.55 * c.noise[1] + 0.65 * c.noise[2] + 0.3 * c.noise[3]
    c.rgb[:] = mix(light(b["rgb"]), light(b["rgb2"]), ramp(0.5 + 0.8 * leaves + 0.3 * clumps))
    c.rgb *= 0.75 + 0.45 * clumps
    c.lay(light(b["rgb3"]), ramp((clumps + 0.5 * leaves - 0.45 + 0.25 * c.y) * 3) * 0.75)


def _room(c: Canvas):
    """A wall with a window's glow, and things in front of it with straight edges."""
    b = c.recipes[0]["background"]
    glow = 1.08 - 0.28 * (c.x * b["side"] + 0.4 * c.y) + 0.05 * c.noise[0]
    c.rgb[:] = light(b["rgb"]) * glow
    for x, y, wide, high, stripes, *rgb in b["things"]:
        d = np.maximum(np.abs(c.x - x) - wide, np.abs(c.y - y) - high)
        inner = 1 + 0.3 * wave((c.x - x) * stripes / (2 * wide)) if stripes else 1 + 0.1 * c.noise[1]
        c.lay(light((40, 28, 20)), soft(d - 0.03, 0.14) * 0.3)
        c.lay(light(rgb) * inner * glow, soft(d, 0.05))


def _plain(c: Canvas):
    """A studio cloth, lit from behind the head."""
    b = c.recipes[0]["background"]
    far = (c.x - 0.4 * b["side"]) ** 2 + (c.y + 0.3) ** 2
    c.rgb[:] = light(b["rgb"]) * (1.15 - 0.27 * far + b["amount"] * (0.12 * c.noise[0] + 0.06 * c.noise[1]))


BACKGROUNDS = {"sky": _sky, "sea": _sea, "plants": _plants, "room": _room, "plain": _plain}


# ---------------------------------------------------------------- body


def _skin(c: Canvas):
    """Skin colour with small irregularities: light (3, B, H, W)."""
    spots = 1 + 0.03 * c.noise[2] + 0.02 * c.noise[3]
    return c.get("skin", "rgb") * spots


def paint_body(c: Canvas):
    """Neck and chest, then the clothes, whose neckline leaves some of it free."""
    c = c.near(0, 1.5, 4, 0.95)
    s = c.get("pose", "scale")
    x = (c.x - mix(c.get("pose", "x"), 0, 0.25)) / s  # the body follows the head a little
    y = (c.y - c.get("pose", "y")) / s
    wide = c.get("face", "neck") + 0.5 * np.maximum(y - 1.15, 0) ** 2
    shoulder = 1.30 + 0.16 * x * x + 0.25 * (x / c.get("clothes", "shoulders")) ** 8
    column = np.abs(x) - wide
    d = np.minimum(np.maximum(column, 0.6 - y), shoulder - y)
    nx = x / (wide + 0.25)
    skin = _skin(c) * lit(c, nx, -0.25, np.sqrt(np.maximum(1 - nx * nx, 0.1)))
    lx = c.get("light", "x")
    chin = 1 - 0.55 * soft((x + 0.35 * lx) ** 2 * 0.9 + (y - 0.75) ** 2 - 0.33, 0.35)  # the shadow of the head
    c.lay(skin * chin, cover(d, c.hpx), SKIN)

    depth = c.get("clothes", "neckline")
    v_neck = c.get("clothes", "v_neck")
    round_neck = np.sqrt((x / 0.62) ** 2 + ((y - 1.1) / (0.22 + depth)) ** 2) - 1
    pointed = np.abs(x) * 1.25 + (y - 1.42 - depth)
    opening = mix(round_neck * 0.3, pointed * 0.6, v_neck)
    cloth = np.maximum(shoulder - 0.05 - y, -opening)
    fold = 0.10 * c.noise[0] + 0.06 * c.noise[1]
    nx = x * 0.45 + fold
    weave = 1 + 0.05 * c.noise[3] + 0.4 * fold
    stripes = wave(x * c.get("clothes", "across")) * wave(y * c.get("clothes", "along") + 0.25)
    color = mix(
        c.get("clothes", "rgb"), c.get("clothes", "rgb2"), ramp(0.5 + 2 * stripes) * c.get("clothes", "pattern")
    )
    under_head = 1 - 0.4 * soft((x + 0.3 * lx) ** 2 * 0.6 + (y - 1.1) ** 2 - 0.2, 0.5)
    c.lay(color * weave * under_head * lit(c, nx, -0.45 + fold, 0.8), cover(cloth, c.hpx), CLOTHES)
    rim = stroke(opening - 0.045, 0.05, c.hpx) * cover(shoulder - 0.05 - y, c.hpx)
    c.shade(rim * 0.22)
