"""Drawing with numpy: brushes, a canvas for a batch of pictures, noise and light.

A picture is painted in layers, from the back to the front. Every part is a *signed distance*,
negative inside a shape and positive outside, made of plain arithmetic on coordinates; `cover` turns
it into an opacity whose edge is one pixel wide at any size, and `Canvas.lay` puts a colour over the
picture with that opacity. (Signed distances and smooth unions as in I. Quilez, "2D distance
functions".)

Colours are light, not bytes: a byte b is stored as (b / 255)^2, an easy stand-in for the sRGB
curve, so that shading is a product. Only + - * / and the square root are used on pixels. IEEE 754
rounds these the same way everywhere, and so a portrait is the same on every machine, which sin, exp
and ** would not promise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SKIN, LIPS, EYES, HAIR, CLOTHES, BACKGROUND = range(6)
OCTAVES = (6, 12, 24, 48, 96, 192)  # cells of noise across a picture
STRANDS = 128  # length of the table of strands


# ---------------------------------------------------------------- brushes


def light(rgb):
    """Bytes (..., 3) to light in 0..1, laid out (3, 1, 1, 1) for one colour."""
    return (np.asarray(rgb, np.float32) / 255).reshape(3, 1, 1, 1) ** 2


def channels(red, green, blue):
    """One number a channel, laid out (3, 1, 1, 1)."""
    return np.array((red, green, blue), np.float32).reshape(3, 1, 1, 1)


def mix(a, b, t):
    """From `a` at t = 0 to `b` at t = 1."""
    step = (b - a) * t
    step += a
    return step


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
    """Share of a pixel that a line of half-thickness `half` covers; it may be thinner than one."""
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


def gathered(recipes: list[dict], part: str, name: str) -> np.ndarray:
    """Numbers of B recipes as (B, 1, 1); colours as light (3, B, 1, 1)."""
    values = np.array([recipe[part][name] for recipe in recipes], np.float32)
    if values.ndim == 2:
        values = np.square(values.T / np.float32(255))
    return values[..., None, None]


@dataclass
class Canvas:
    """A batch of B pictures being painted, or a window onto one.

    All arrays are views, so windows paint the whole. x runs right and y down over -1..1. (u, v) are
    head coordinates: v = 0 on the line of the eyes, -1 at the crown and 1 at the chin of an average
    head. px and hpx are the width of a pixel in (x, y) and (u, v).
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
    hpx: np.ndarray  # (B, 1, 1)

    def get(self, part: str, name: str) -> np.ndarray:
        """Numbers of the recipes as (B, 1, 1); colours as light (3, B, 1, 1)."""
        return gathered(self.recipes, part, name)

    def crop(self, rows: slice, columns: slice, only: slice = slice(None)) -> Canvas:
        """The same canvas, seen through a window."""
        plane = (only, rows, columns)
        return Canvas(
            recipes=self.recipes[only],
            x=self.x[:, :, columns],
            y=self.y[:, rows],
            u=self.u[plane],
            v=self.v[plane],
            rgb=self.rgb[:, only, rows, columns],
            labels=self.labels[plane],
            noise=self.noise[:, only, rows, columns],
            strands=self.strands[only],
            px=self.px,
            hpx=self.hpx[only],
        )

    def one(self, i: int) -> Canvas:
        """The canvas of picture i alone."""
        return self.crop(slice(None), slice(None), slice(i, i + 1))

    def near(self, u: float, v: float, radius_u: float, radius_v: float) -> Canvas:
        """The window that holds |u' - u| < radius_u, |v' - v| < radius_v in every picture."""
        pose = [recipe["pose"] for recipe in self.recipes]
        x = [p["x"] + p["scale"] * (p["cos"] * u - p["sin"] * v) for p in pose]
        y = [p["y"] + p["scale"] * (p["sin"] * u + p["cos"] * v) for p in pose]
        wide = [p["scale"] * (radius_u + abs(p["sin"]) * radius_v) for p in pose]
        high = [p["scale"] * (radius_v + abs(p["sin"]) * radius_u) for p in pose]
        return self.crop(self._span(self.y, y, high), self._span(self.x, x, wide))

    def window(self, x: float, y: float, radius_x: float, radius_y: float) -> Canvas:
        """The window about (x, y)."""
        return self.crop(self._span(self.y, [y], [radius_y]), self._span(self.x, [x], [radius_x]))

    def _span(self, axis, centres, radii):
        """Slice of this axis: the pixels within a radius of any of the centres, and one more."""
        low = min(c - r for c, r in zip(centres, radii, strict=True)) - float(axis.flat[0])
        high = max(c + r for c, r in zip(centres, radii, strict=True)) - float(axis.flat[0])
        first = min(max(int(low / self.px) - 1, 0), axis.size - 1)
        return slice(first, min(max(int(high / self.px) + 2, first + 1), axis.size))

    def lay(self, color, opacity, region: int | None = None):
        """Put a colour (3, B or 1, ...) over the picture; region: what it then shows there."""
        step = color - self.rgb
        step *= opacity
        self.rgb += step
        if region is not None:
            self.labels[opacity > 0.5] = region

    def shade(self, amount):
        """Darken (amount > 0) what is there."""
        self.rgb *= 1 - amount

    def strand(self, t, often):
        """Smooth random curve of t, 0..1, `often` knots a unit: hairs, which blur when small."""
        fade = np.minimum(np.maximum(1.7 - often * self.hpx, 0), 1)
        if not fade.any():
            return np.full((1, 1, 1), 0.5, np.float32)
        t = t * often
        floor = np.floor(t)
        t -= floor
        t *= t * (3 - 2 * t)
        index = floor.astype(np.intp)
        index &= STRANDS - 1
        index += np.arange(len(self.strands))[:, None, None] * STRANDS
        step = np.roll(self.strands, -1, axis=1) - self.strands  # to the next knot
        t *= step.take(index, mode="clip")
        t += self.strands.take(index, mode="clip")
        return mix(0.5, t, fade)


def noise_planes(lattices: list[np.ndarray], size: int) -> np.ndarray:
    """Value noise (K. Perlin 1985): random numbers on a lattice, smoothly joined.

    An octave fades away as its cells become as small as the pixels, as they would in a photo; so
    small and large pictures of one portrait agree.

    lattices: one (B, n + 1, n + 1) for each n in OCTAVES that `size` can show.
    Returns (octaves, B, size, size).
    """
    planes = np.empty((len(lattices), len(lattices[0]), size, size), np.float32)
    for lattice, plane in zip(lattices, planes, strict=True):
        cells = lattice.shape[1] - 1
        at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(cells / size)
        cell = at.astype(np.int32)
        t = ramp(at - cell.astype(np.float32))
        fade = np.float32(min(max(2 - 2 * cells / size, 0), 1))
        columns = mix(lattice[:, :, cell], lattice[:, :, cell + 1], t) * fade
        plane[:] = mix(columns[:, cell], columns[:, cell + 1], t[:, None])
    return planes


# ---------------------------------------------------------------- light


def lit(c: Canvas, nx, ny, nz, wrap=0.25):
    """Light (3, B, H, W) that a surface with this normal (any length) sends back.

    Of the sky, and of a lamp (Lambert: by the cosine of its angle to the normal).
    The lamp reaches round the edge by `wrap`, and red further than blue, as in skin.
    """
    lx, ly, lz = c.get("light", "x"), c.get("light", "y"), c.get("light", "z")
    toward = (nx * lx + ny * ly + nz * lz) / np.sqrt(nx * nx + ny * ny + nz * nz)
    reach = channels(wrap + 0.06, wrap, wrap - 0.03)
    lamp = c.get("light", "lamp") / (1 + reach)
    glow = toward * lamp
    glow += reach * lamp
    np.maximum(glow, 0, out=glow)
    glow += c.get("light", "ambient")
    return glow
