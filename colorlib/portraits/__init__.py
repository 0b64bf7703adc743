"""The embedded data set: portraits drawn by code, with region masks and the truth about each.

    portrait = draw(7)                     # Portrait(rgb, masks, recipe)
    rgb = draw_batch(range(100), size=64)  # (100, 64, 64, 3), the same pictures, faster

Four files: `recipes.py` decides by lot what is shown, `painting.py` holds the brushes, `faces.py`
paints heads, and this file paints what stands around and on them, takes the picture and hands it
out. Nobody real is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import index as as_index

import numpy as np

from colorlib.metrics import REGIONS
from colorlib.portraits.faces import paint_hair, paint_hair_behind, paint_head, plan_hair
from colorlib.portraits.painting import (
    BACKGROUND,
    CLOTHES,
    OCTAVES,
    SKIN,
    STRANDS,
    Canvas,
    cover,
    gathered,
    light,
    lit,
    mix,
    noise_planes,
    ramp,
    soft,
    stroke,
    wave,
)
from colorlib.portraits.recipes import generator, recipe

VERSION = 1  # part of the keys of caches: a new one says that the same (seed, index) changed
SMALLEST, LARGEST = 32, 256
CHUNK_PIXELS = 65536  # painted together: planes that fit the processor's cache

__all__ = ["REGIONS", "VERSION", "Portrait", "draw", "draw_batch", "recipe"]


@dataclass
class Portrait:
    """One portrait.

    rgb: uint8 (size, size, 3).
    masks: {region: bool (size, size)} for the names in REGIONS, every pixel in exactly one.
    recipe: the truth about it, a dict of dicts that JSON can hold (see `recipes.py`).
    """

    rgb: np.ndarray
    masks: dict[str, np.ndarray]
    recipe: dict


def draw(index: int, seed: int = 0, size: int = 64) -> Portrait:
    """Portrait number `index` (0 or more) of the set `seed`, `size` (32 to 256) pixels square.

    The same (index, seed) shows the same picture at every size, on every machine. Regions: ears and
    neck are skin; brows and beards are hair; what shows between the lips is lips; hats, headscarves
    and rims of glasses are clothes.

    Raises ValueError for an index, seed or size that is no whole number or out of range.
    """
    rgb, labels = draw_batch([index], seed, size, masks=True)
    return Portrait(
        rgb[0],
        {name: labels[0] == i for i, name in enumerate(REGIONS)},
        recipe(as_index(index), seed),
    )


def draw_batch(indices, seed: int = 0, size: int = 64, masks: bool = False):
    """Portraits as one array, uint8 (N, size, size, 3), each the same to the byte as from `draw`.

    With masks=True also their regions: uint8 (N, size, size), index into REGIONS. Errors as in
    `draw`.
    """
    indices = [_checked("index", i) for i in indices]
    seed = _checked("seed", seed)
    size = _checked("size", size, SMALLEST, LARGEST)
    rgb = np.empty((len(indices), size, size, 3), np.uint8)
    labels = np.empty((len(indices), size, size), np.uint8)
    step = max(CHUNK_PIXELS // size**2, 1)
    for first in range(0, len(indices), step):
        canvas = _canvas(indices[first : first + step], seed, size)
        rgb[first : first + step] = _paint(canvas)
        labels[first : first + step] = canvas.labels
    return (rgb, labels) if masks else rgb


def _checked(name, value, low=0, high=None) -> int:
    """`value` as an int in range, or an error that says what was wanted."""
    wanted = f"a whole number from {low} to {high}" if high else f"a whole number, {low} or more"
    try:
        number = as_index(value)
    except TypeError:
        number = -1
    if isinstance(value, bool) or number < low or (high and number > high):
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    return number


def _canvas(indices: list[int], seed: int, size: int) -> Canvas:
    """An empty canvas with coordinates and textures for these portraits."""
    recipes = [recipe(i, seed) for i in indices]
    px = 2 / size
    x = ((np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(px) - 1)[None, None, :]
    y = x.reshape(1, size, 1)
    textures = [generator(i, seed, 1) for i in indices]
    strands = np.stack([g.random(STRANDS, dtype=np.float32) for g in textures])
    lattices = [
        np.stack([g.random((n + 1, n + 1), dtype=np.float32) for g in textures]) * 2 - 1
        for n in OCTAVES
        if n < max(size, 64)
    ]
    left, up, scale, cos, sin = (
        gathered(recipes, "pose", name) for name in ("x", "y", "scale", "cos", "sin")
    )
    dx, dy = (x - left) / scale, (y - up) / scale
    return Canvas(
        recipes=recipes,
        x=x,
        y=y,
        u=dx * cos + dy * sin,
        v=dy * cos - dx * sin,
        rgb=np.empty((3, len(recipes), size, size), np.float32),
        labels=np.full((len(recipes), size, size), BACKGROUND, np.uint8),
        noise=noise_planes(lattices, size),
        strands=strands,
        px=px,
        hpx=np.float32(px) / scale,
    )


def _paint(c: Canvas) -> np.ndarray:
    """All layers, from the back to the front, and the photograph of them."""
    paint_background(c)
    hair = plan_hair(c)
    paint_hair_behind(*hair)
    paint_body(c)
    paint_head(c)
    paint_hair(*hair)
    paint_extras(c)
    return _develop(c)


def _develop(c: Canvas) -> np.ndarray:
    """Light to bytes: exposure, white balance, a darker rim, grain. Returns uint8 (B, H, W, 3)."""
    warm, green, exposure = (c.get("light", name) for name in ("warmth", "green", "exposure"))
    rim = 1.04 - 0.10 * (c.x * c.x + c.y * c.y)
    seen = c.rgb * (np.stack([1 + warm, 1 + green, 1 - warm]) * exposure) * rim
    seen = seen * (1 + 0.30 * seen) / (1 + 0.45 * seen)  # bright parts are compressed, as film does
    grain = 0.2 * c.noise[2] + 0.4 * c.noise[3]
    for finer in c.noise[4:]:
        grain += finer
    shown = np.sqrt(np.maximum(seen, 0)) + grain * c.get("light", "grain")
    return (np.clip(shown, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8).transpose(1, 2, 3, 0)


# ---------------------------------------------------------------- background


def paint_background(c: Canvas):
    """The place behind the person, out of focus; one picture at a time, each place in its way."""
    for i, r in enumerate(c.recipes):
        BACKGROUNDS[r["background"]["kind"]](c.one(i), r["background"])


def _sky(c: Canvas, b: dict):
    """A smooth gradient, paler at the bottom, and soft clouds."""
    c.rgb[:] = mix(light(b["rgb"]), light(b["rgb2"]), ramp((c.y + 1) * 0.55))
    n = 0.7 * c.noise[0] + 0.35 * c.noise[1] + 0.12 * c.noise[2]
    cloud = ramp((n + b["amount"] - 0.75) * 1.1)
    c.lay(light(b["rgb3"]) * (1 - 0.06 * c.noise[1]), cloud * 0.8)


def _sea(c: Canvas, b: dict):
    """Sky over a horizon, and water in bands that grow wider towards us."""
    _sky(c, b)
    down = np.maximum(c.y - b["horizon"], 0)
    near = ramp(down * 1.3)
    water = mix(light(b["rgb4"]) * 1.5 + 0.04, light(b["rgb4"]), near)
    swell = wave(5.5 * np.sqrt(down + 0.02) + 0.22 * c.noise[1]) * 0.10
    ripple = (0.5 * c.noise[2] + 0.5 * c.noise[3]) * (0.06 + 0.16 * near)
    c.lay(water * (1 + swell + ripple), cover(b["horizon"] - c.y, c.px + 0.02))
    foam = ramp((swell * 6 + ripple * 5 - 0.75) * 3)
    c.lay(light((225, 232, 230)), foam * ramp(down * 4) * 0.45)


def _plants(c: Canvas, b: dict):
    """Foliage: leaves in shade and sun, and rounds of light between them."""
    shade = 0.6 * c.noise[0] + 0.4 * c.noise[1]
    leaves = 0.5 * c.noise[1] + 0.5 * c.noise[2] + 0.3 * c.noise[3]
    c.rgb[:] = mix(light(b["rgb"]), light(b["rgb2"]), ramp(0.45 + 0.45 * leaves + 0.4 * shade))
    c.rgb *= 0.9 + 0.3 * shade
    sunny, sky = light(b["rgb2"]), light(b["rgb3"])
    for x, y, wide, high, turn, bright in b["leaves"]:
        w = c.window(x, y, wide + abs(turn) * high + 0.1, high + abs(turn) * wide + 0.1)
        du, dv = (w.x - x + turn * (w.y - y)) / wide, (w.y - y - turn * (w.x - x)) / high
        leaf = soft((du * du + dv * dv - 1) * 0.5, 0.7)
        w.lay(mix(sunny, sky, bright) * (0.9 + 0.3 * du), leaf * (0.4 + 0.2 * bright))


def _room(c: Canvas, b: dict):
    """A wall in a lamp's glow, and framed things before it: window, picture, shelf, door."""
    glow = 1.08 - 0.28 * (c.x * b["side"] + 0.4 * c.y) + 0.04 * c.noise[0]
    c.rgb[:] = light(b["rgb"]) * glow
    for x, y, wide, high, bars, frame, inside in b["things"]:
        d = np.maximum(np.abs(c.x - x) - wide, np.abs(c.y - y) - high)
        c.lay(light((40, 28, 20)), soft(d - 0.04, 0.16) * 0.3)
        c.lay(light(frame) * glow, soft(d, 0.05))
        c.lay(light(inside) * _inside(c, x, y, wide, bars) * glow, soft(d + 0.06, 0.05))


def _inside(c: Canvas, x, y, wide, bars):
    """How bright the inside of a thing is: a shelf's books, a window's bars, or a vague picture."""
    if bars > 5:
        board = 1 - 0.7 * soft(np.abs(c.y - y) - 0.02, 0.05)
        return (0.35 + 1.1 * c.strand(c.x, 14 + bars)) * board
    if bars:
        return 1 - 0.4 * soft(np.abs(wave((c.x - x) * bars / (4 * wide))) - 0.2, 0.6)
    return 1 + 0.3 * c.noise[0] + 0.2 * c.noise[1]


def _plain(c: Canvas, b: dict):
    """A studio cloth, lit from behind the head."""
    far = (c.x - 0.4 * b["side"]) ** 2 + (c.y + 0.3) ** 2
    folds = b["amount"] * (0.10 * c.noise[0] + 0.05 * c.noise[1])
    c.rgb[:] = light(b["rgb"]) * (1.15 - 0.27 * far + folds)


BACKGROUNDS = {"sky": _sky, "sea": _sea, "plants": _plants, "room": _room, "plain": _plain}


# ---------------------------------------------------------------- body


def paint_body(c: Canvas):
    """Neck and chest, then the clothes, whose neckline leaves some of it free."""
    c = c.near(0, 1.5, 4, 0.95)
    s = c.get("pose", "scale")
    x = (c.x - 0.75 * c.get("pose", "x")) / s  # the body follows the head a little
    y = (c.y - c.get("pose", "y")) / s
    shoulder = 1.10 + 0.30 * np.sqrt(x * x + 0.05) + 0.20 * (x / c.get("clothes", "shoulders")) ** 8
    under_chin = (x + 0.35 * c.get("light", "x")) ** 2 * 0.9 + (y - 0.75) ** 2 - 0.33
    _paint_neck(c, x, y, shoulder, 1 - 0.55 * soft(under_chin, 0.35))

    fold = 0.12 * c.noise[0] + 0.06 * c.noise[1]
    glow = lit(c, x * 0.45 + fold, -0.40 + fold, 0.8) * (1 + 0.05 * c.noise[3] + 0.4 * fold)
    glow *= 1 - 0.4 * soft(under_chin * 0.7 - 0.18, 0.5)
    depth = c.get("clothes", "neckline")
    crew = np.sqrt((x / 0.60) ** 2 + ((y - 1.05) / (0.24 + depth)) ** 2) - 1
    pointed = np.abs(x) * 1.25 + (y - 1.42 - depth)
    opening = mix(crew * 0.3, pointed * 0.6, c.get("clothes", "v_neck"))
    cloth = shoulder - 0.05 - y
    across, along = x * c.get("clothes", "across"), y * c.get("clothes", "along")
    stripes = ramp(0.5 + 2 * (wave(across + 0.25) * wave(along + 0.25)))
    stripes *= c.get("clothes", "pattern")
    color = mix(c.get("clothes", "rgb"), c.get("clothes", "rgb2"), stripes)
    c.lay(color * glow, cover(np.maximum(cloth, -opening), c.hpx), CLOTHES)
    c.shade(stroke(opening - 0.04, 0.045, c.hpx) * cover(cloth, c.hpx) * 0.2)
    for i, r in enumerate(c.recipes):
        if r["clothes"]["collar"] != "none":
            part = slice(i, i + 1)
            COLLARS[r["clothes"]["collar"]](c.one(i), x[part], y[part], cloth[part], glow[:, part])


def _paint_neck(c: Canvas, x, y, shoulder, shadow):
    wide = c.get("face", "neck") + 0.7 * np.maximum(y - 0.95, 0) ** 2
    nx = x / (wide + 0.25)
    skin = c.get("skin", "rgb") * lit(c, nx, -0.25, np.sqrt(np.maximum(1 - nx * nx, 0.1)))
    d = np.minimum(np.maximum(np.abs(x) - wide, 0.6 - y), shoulder - y)
    c.lay(skin * shadow, cover(d, c.hpx), SKIN)


def _flaps(c: Canvas, x, y, color):
    """The two halves of a shirt's collar, from the sides of the neck to the throat."""
    a = np.abs(x)
    sides = np.maximum(0.04 + 0.85 * (1.50 - y) - a, a - 0.54 + 0.45 * (y - 1.2))
    flap = np.maximum(sides, np.maximum(y - 1.50 - 0.55 * a, 1.08 - y))
    c.shade(soft(flap - 0.02, 0.10) * 0.25)
    c.lay(color, cover(flap, c.hpx), CLOTHES)


def _shirt(c: Canvas, x, y, cloth, glow):
    """A collar over a narrow opening, and the edge where the shirt closes."""
    c.shade(stroke(x, 0.012, c.hpx) * cover(1.5 - y, c.hpx) * cover(cloth, c.hpx) * 0.3)
    _flaps(c, x, y, c.get("clothes", "rgb") * 1.12 * glow)


def _suit(c: Canvas, x, y, cloth, glow):
    """A white shirt between lapels, and a tie."""
    a = np.abs(x)
    edge = a - 0.33 * (2.1 - y)  # of the lapels
    front = np.maximum(edge, 1.50 - 1.2 * a - y)
    c.shade(stroke(edge - 0.15, 0.012, c.hpx) * cover(cloth, c.hpx) * 0.3)
    white = light((224, 226, 228)) * glow
    c.lay(white, cover(np.maximum(front, cloth), c.hpx), CLOTHES)
    tie = np.maximum(a - 0.065 - 0.10 * (y - 1.44), 1.46 - y)
    c.lay(c.get("clothes", "tie") * glow, cover(tie, c.hpx), CLOTHES)
    _flaps(c, x, y, white)


def _turtleneck(c: Canvas, x, y, cloth, glow):
    """A tube of ribs up to the chin."""
    wide = c.get("face", "neck") + 0.07 + 0.5 * np.maximum(y - 1.2, 0)
    tube = np.maximum(np.abs(x) - wide, np.maximum(1.12 - y - 0.12 * x * x, y - 1.48))
    ribs = 1 + 0.10 * wave(x * 9) * np.minimum(np.maximum(1.5 - 9 * c.hpx, 0), 1)
    c.lay(c.get("clothes", "rgb") * 1.05 * glow * ribs, cover(tube, c.hpx), CLOTHES)
    c.shade(stroke(y - 1.48, 0.02, c.hpx) * cover(np.abs(x) - wide, c.hpx) * 0.3)


COLLARS = {"shirt": _shirt, "suit": _suit, "turtleneck": _turtleneck}


# ---------------------------------------------------------------- extras


def paint_extras(c: Canvas):
    """Glasses and hats of those who wear them."""
    for i, r in enumerate(c.recipes):
        if r["extras"]["glasses"] != "none":
            _paint_glasses(c.one(i).near(0, 0.03, 1.0, 0.36), r["extras"]["glasses"] == "square")
        if r["extras"]["hat"] != "none":
            _paint_beanie(c.one(i).near(0, -0.80, 1.2, 0.75))


def _paint_glasses(c: Canvas, square: bool):
    yaw = c.get("pose", "yaw")
    u, v = c.u - 0.22 * yaw, c.v - c.get("pose", "pitch") - 0.045
    a = np.abs(u)
    x, y = (a - 0.30) / 0.235, v / 0.19
    corner = np.minimum((x * y) ** 2, 1)
    q = np.sqrt(np.maximum(x * x + y * y - (0.8 if square else 0.2) * corner, 0.0001))
    lens = (q - 1) * 0.21
    bridge = np.maximum(np.abs(v + 0.05 + 0.4 * a * a) - 0.016, a - 0.08)
    arms = np.maximum(
        np.abs(v + 0.06) - 0.018, np.maximum(0.52 - a, np.abs(c.u) - c.get("face", "wide"))
    )
    rim = np.maximum(stroke(lens, 0.018, c.hpx), cover(np.minimum(bridge, arms), c.hpx))
    c.shade(soft(lens, 0.05) * 0.05)
    c.lay(light((235, 242, 250)), cover(lens, c.hpx) * ramp((0.1 - np.abs(x + 0.8 * y)) * 4) * 0.10)
    c.lay(c.get("extras", "glasses_rgb"), rim, CLOTHES)


def _paint_beanie(c: Canvas):
    """A knitted cap with a turned-up brim."""
    u, v = c.u - 0.05 * c.get("pose", "yaw"), c.v
    wide = c.get("face", "wide") + 0.09
    U, V = u / wide, np.minimum(v, 0) / 1.22
    q = np.sqrt(np.maximum(U * U + V * V - 0.45 * (U * V) ** 2, 0.0001))
    dome = (q - 1) * 0.9
    edge = v + 0.42 - 0.10 * u * u
    brim = np.maximum(
        np.maximum(edge, -edge - 0.24), np.abs(u) - wide * (1.0 - 0.1 * (v + 0.42) ** 2)
    )
    fade = np.minimum(np.maximum(1.5 - 8 * c.hpx, 0), 1)
    ribs = wave(u * 7 / np.sqrt(np.maximum(1.5 - v * v, 0.2))) * fade
    glow = lit(c, u * 0.8, v * 0.6, 0.75) * (1 + 0.12 * ribs + 0.08 * c.noise[3])
    c.shade(soft(np.maximum(dome, edge - 0.10), 0.2) * 0.35)
    c.lay(c.get("extras", "hat_rgb") * glow, cover(np.maximum(dome, edge), c.hpx), CLOTHES)
    c.shade(soft(np.abs(edge + 0.25) - 0.02, 0.08) * cover(dome, c.hpx) * 0.3)
    c.lay(c.get("extras", "hat_rgb") * 1.1 * glow, cover(brim, c.hpx), CLOTHES)
