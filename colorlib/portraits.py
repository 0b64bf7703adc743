"""The embedded data set: portraits drawn by code, with region masks and the truth about what they show.

    portrait = draw(7)                     # Portrait(rgb, masks, recipe)
    rgb = draw_batch(range(100), size=64)  # (100, 64, 64, 3), the same pictures, faster

`recipes.py` decides what is shown, `painting.py` holds the brushes, and this file paints a head: face, eyes, mouth, hair.
Nothing is downloaded and nobody real is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import index as as_index

import numpy as np

from colorlib.painting import (
    BACKGROUND,
    CLOTHES,
    EYES,
    HAIR,
    LIPS,
    OCTAVES,
    REGIONS,
    SKIN,
    STRANDS,
    Canvas,
    bump,
    cover,
    light,
    lit,
    mix,
    noise_planes,
    paint_background,
    paint_body,
    ramp,
    soft,
    stroke,
    wave,
)
from colorlib.recipes import generator, recipe

VERSION = 1  # part of the keys of caches: a new one says that the same (seed, index) looks different
SMALLEST, LARGEST = 32, 256
CHUNK_PIXELS = 65536  # pictures are painted together up to this many pixels: planes that fit the processor's cache

__all__ = ["REGIONS", "VERSION", "Portrait", "draw", "draw_batch", "recipe"]


@dataclass
class Portrait:
    """rgb uint8 (size, size, 3); masks {region: bool (size, size)}, disjoint and covering; recipe as JSON-able dict."""

    rgb: np.ndarray
    masks: dict[str, np.ndarray]
    recipe: dict


# ---------------------------------------------------------------- face


def _outline(c: Canvas, u, v):
    """Distance to the outline of the face, and the face's own coordinates, which reach 1 there."""
    down = np.maximum(v, 0)
    wide = c.get("face", "wide") * (1 - c.get("face", "taper") * down * down)
    U = u / wide
    V = np.where(v > 0, v / c.get("face", "chin"), v * np.float32(1 / 1.02))
    square = np.where(v > 0, c.get("face", "square"), np.float32(0.2))
    q2 = U * U + V * V - square * (U * V) ** 2  # a circle that grows corners (Fernandez-Guasti 1992)
    q = np.sqrt(np.maximum(q2, 0.0001))
    return (q - 1) * np.sqrt(u * u + v * v + 0.01) / q, U, V, q2


def _relief(c: Canvas, u, v):
    """Slopes of what stands out from an egg: (name of the hill, middle, radius, height), left and right alike."""
    yaw = c.get("pose", "yaw")
    f = u - 0.22 * yaw
    n = u - 0.30 * yaw
    a, side = np.abs(f), np.where(f > 0, np.float32(1), np.float32(-1))
    wide, long = c.get("face", "nose"), c.get("face", "nose_long")
    hills = (
        (n, 1, 0.0, 0.5 * long, 0.85 * wide, 0.42, 0.045),  # ridge of the nose
        (n, 1, 0.0, long, wide, 0.13, 0.050),  # its tip
        (a, side, 0.29, 0.0, 0.26, 0.19, -0.050),  # eye sockets
        (a, side, 0.29, -0.24, 0.32, 0.14, 0.022),  # brows
        (a, side, 0.42, 0.30, 0.30, 0.28, 0.050 * c.get("face", "cheeks")),
        (f, 1, 0.0, 0.66, 0.36, 0.24, 0.045),  # mouth
        (f, 1, 0.0, 0.79, 0.20, 0.08, -0.020),  # below the lip
        (f, 1, 0.0, 0.90, 0.24, 0.16, 0.040),  # chin
    )
    slope_u = slope_v = 0
    for x, sign, u0, v0, ru, rv, high in hills:
        du, dv = (x - u0) / ru, (v - v0) / rv
        t = np.maximum(1 - du * du - dv * dv, 0) * (-4 * high)
        slope_u = slope_u + t * du * sign / ru
        slope_v = slope_v + t * dv / rv
    return slope_u, slope_v


def _complexion(c: Canvas, u, v):
    """Skin colour by place: ruddy cheeks and nose, darker round the eyes, freckles, the shade of a shaved beard."""
    f = u - 0.22 * c.get("pose", "yaw")
    a = np.abs(f)
    blush = 0.9 * bump((a - 0.40) / 0.30, (v - 0.32) / 0.28) + 0.8 * bump(f / 0.16, (v - 0.42) / 0.18)
    tired = bump((a - 0.27) / 0.22, (v - 0.09) / 0.16) * (0.12 + 0.2 * c.get("face", "lines"))
    freckles = ramp((c.noise[3] + 0.5 * c.noise[2] - 0.35) * 3)
    freckles = freckles * bump(f / 0.75, (v - 0.25) / 0.4) * c.get("face", "freckles")
    absorbed = np.array([0.03, 0.22, 0.20], np.float32).reshape(3, 1, 1, 1)
    brown = np.array([0.16, 0.28, 0.34], np.float32).reshape(3, 1, 1, 1)
    skin = c.get("skin", "rgb") * (1 + 0.03 * c.noise[2] + 0.03 * c.noise[1])
    return skin * (1 - absorbed * blush) * (1 - tired) * (1 - brown * freckles)


def _paint_ears(c: Canvas):
    shift = 0.10 * c.get("pose", "yaw")
    for side in (-1, 1):
        e = c.near(side * 0.72, 0.12, 0.24, 0.34)
        u = (e.u + shift) * side - c.get("face", "wide")
        v = e.v - 0.12
        q = np.sqrt(((u - 0.03 + 0.12 * v) / 0.10) ** 2 + (v / 0.22) ** 2 + 0.0001)
        fold = 0.35 * soft((q - 0.55) * 0.1, 0.09) + 0.25 * soft(np.abs(q - 0.75) - 0.08, 0.2)
        ruddy = np.array([0.98, 0.82, 0.80], np.float32).reshape(3, 1, 1, 1)
        skin = e.get("skin", "rgb") * ruddy * lit(e, side * 0.5 + 0 * u, 0 * u, 0.8) * (1 - fold)
        e.lay(skin, cover((q - 1) * 0.12, e.hpx), SKIN)


def _paint_face(c: Canvas):
    """The head without eyes, mouth and hair: an egg with hills on it, in one light."""
    c = c.near(0, 0, 0.95, 1.12)
    u, v = c.u, c.v
    d, U, V, q2 = _outline(c, u, v)
    bend = 0.45 + 0.5 * np.minimum(q2, 1)
    slope_u, slope_v = _relief(c, u, v)
    nx, ny = U * bend - slope_u, V * bend * 0.8 - slope_v
    nz = np.sqrt(np.maximum(1.02 - q2 * bend * bend, 0.05))
    skin = _complexion(c, u, v)
    lx, ly, lz = c.get("light", "x"), c.get("light", "y"), c.get("light", "z")
    hx, hy, hz = lx, ly, lz + 1  # half-way between light and eye
    shine = (nx * hx + ny * hy + nz * hz) ** 2 / ((nx * nx + ny * ny + nz * nz) * (hx * hx + hy * hy + hz * hz))
    shine = shine * shine
    shine = shine * shine
    shine = shine * shine * shine * (0.05 + 0.02 * c.noise[2])
    color = skin * lit(c, nx, ny, nz) + shine
    c.lay(color, cover(d, c.hpx), SKIN)
    _paint_nose(c)
    _paint_lines(c)


def _paint_nose(c: Canvas):
    """Nostrils, the shadow below the tip, and the wings' creases."""
    wide, long = c.get("face", "nose"), c.get("face", "nose_long")
    u = c.u - 0.28 * c.get("pose", "yaw")
    v = c.v - long
    a = np.abs(u)
    lx = c.get("light", "x")
    shadow = bump((u + 0.10 * lx) / (1.35 * wide), (v - 0.13) / 0.11) * 0.30
    nostril = bump((a - 0.50 * wide) / (0.42 * wide), (v - 0.085 + 0.15 * a) / 0.045) * 0.75
    wing = bump((a - 1.05 * wide) / (0.30 * wide), (v - 0.03) / 0.10) * 0.28
    side = bump((u + np.sign(lx) * 0.75 * wide) / (0.6 * wide), (v + 0.18) / 0.30) * np.abs(lx) * 0.30
    deep = np.array([0.75, 0.95, 1.0], np.float32).reshape(3, 1, 1, 1)
    c.rgb *= 1 - deep * np.maximum(np.maximum(shadow, nostril), np.maximum(wing, side))


def _paint_lines(c: Canvas):
    """What age draws: folds from nose to mouth, a furrowed forehead, crow's feet; a little of the first for everybody."""
    lines = c.get("face", "lines")
    f = c.u - 0.22 * c.get("pose", "yaw")
    a = np.abs(f)
    smile = np.maximum(c.get("mouth", "smile") * 2, 0)
    fold_at = a - 0.17 - 0.35 * (c.v - 0.42) + 0.25 * (c.v - 0.55) ** 2
    fold = soft(np.abs(fold_at) - 0.005, 0.07) * bump((a - 0.27) / 0.2, (c.v - 0.56) / 0.2)
    brow = soft(np.abs(wave(c.v * 7.5 + 0.3 * f * f + 0.1 * c.noise[1])) - 0.1, 0.8) * bump(f / 0.5, (c.v + 0.5) / 0.2)
    crow = soft(np.abs(wave((c.v + 0.2 * a) * 9)) - 0.1, 0.8) * bump((a - 0.52) / 0.1, c.v / 0.13)
    c.shade(np.minimum(fold * (0.10 + 0.45 * lines + 0.2 * smile) + 0.25 * lines * (brow + crow), 0.6))


# ---------------------------------------------------------------- eyes


def _paint_eyes(c: Canvas):
    yaw, pitch = c.get("pose", "yaw"), c.get("pose", "pitch")
    for side in (-1, 1):
        e = c.near(side * 0.30, -0.08, 0.46, 0.40)
        wide = c.get("eyes", "wide") * (1 - 0.25 * side * yaw)  # the far eye looks narrower
        x = (e.u - side * c.get("eyes", "apart") * (1 - 0.12 * side * yaw) - 0.20 * yaw) * side / wide  # outwards
        y = (e.v - pitch) / wide + c.get("eyes", "tilt") * x
        _paint_eye(e, x, y, wide, side)
        _paint_brow(e, x, y, wide)


def _paint_eye(e: Canvas, x, y, wide, side):
    """One eye in its own coordinates: corners at x = -1 and 1, y down, in units of half its width."""
    px = e.hpx / wide
    opened = e.get("eyes", "open")
    arc = 1 - x * x
    top = -opened * arc * (1 + 0.12 * x) + 0.02
    bottom = 0.48 * opened * arc * (1 + 0.15 * x)
    lid = y - top  # down from the upper lid
    d = np.maximum(-lid, y - bottom) * 0.85

    makeup = bump(x / 1.35, (y + 0.35) / 0.75) * e.get("eyes", "shadow")
    e.lay(e.get("eyes", "shadow_rgb"), makeup)
    fold = soft(np.abs(y + opened * (1.0 - 0.8 * x * x) + 0.22) - 0.02, 0.16) * ramp((1.25 - np.abs(x)) * 3)
    e.shade(fold * e.get("eyes", "fold") * 0.5)

    eye = cover(d, px)
    light_here = lit(e, 0 * x, -0.1 + 0 * x, 1 + 0 * x) * 0.92
    shadow = 1 - 0.55 * ramp(1 - lid / 0.42) - 0.22 * x * x
    white = light((226, 222, 218)) * np.maximum(shadow, 0.1) * light_here
    e.lay(white, eye)
    e.labels[d * wide < 0.3 * e.hpx] = EYES

    gx, gy = x - side * e.get("eyes", "gaze"), y + 0.12 * opened
    r = np.sqrt(gx * gx + gy * gy + 0.0001)
    iris = cover(r - 0.47, px) * eye
    glow = (0.75 + 0.9 * gy) * ramp((0.52 - r) * 7)  # lit from below, dark at the rim
    e.lay(e.get("eyes", "rgb") * (0.45 + glow) * np.maximum(shadow + 0.15, 0.2) * light_here, iris)
    e.lay(light((14, 10, 10)), cover(r - 0.20, px) * eye)

    dark = e.get("hair", "rgb") * 0.10 + 0.006
    lash = stroke(lid + 0.03, e.get("eyes", "lashes") * 1.6 * (1 + 0.3 * x), px) * ramp((1.16 - np.abs(x)) * 8)
    e.lay(dark, lash * 0.9)
    lower = stroke(y - bottom - 0.02, 0.04, px) * ramp((1.02 - np.abs(x)) * 4)
    e.lay(e.get("skin", "rgb") * 0.25, lower * 0.45)
    glint = cover(np.sqrt((gx * side + 0.16 - 0.3 * e.get("light", "x")) ** 2 + (gy + 0.17) ** 2 + 0.0001) - 0.10, px)
    e.lay(light((250, 250, 250)), glint * 0.9 * cover(-lid, px * 2))


def _paint_brow(e: Canvas, x, y, wide):
    """An arc of hairs, thick inside and thin outside."""
    at = e.get("eyes", "brow_height") / wide
    arc = 1 - ((x - 0.25) / 1.5) ** 2
    d = y + at + e.get("eyes", "brow_arch") * arc - 0.35
    thick = e.get("eyes", "brow_thick") / wide * (1 - 0.55 * ramp((x + 0.2) / 1.6))
    ends = ramp((x + 1.15) * 3.5) * ramp((1.55 - x) * 3.5)
    hairs = 0.72 + 0.28 * e.strand(x * 9 + y * 7)
    brow = mix(stroke(d, thick, e.hpx / wide), soft(np.abs(d) - thick, 0.25), 0.5) * ends * hairs
    color = mix(e.get("hair", "rgb") * 0.5, e.get("skin", "rgb") * 0.2, 0.35)
    e.lay(color * lit(e, 0 * x, 0 * x, 1 + 0 * x), brow * 0.85, HAIR)


# ---------------------------------------------------------------- mouth


def _paint_mouth(c: Canvas):
    c = c.near(0.0, 0.66, 0.48, 0.24)
    wide = c.get("mouth", "wide") * (1 + 0.6 * np.maximum(c.get("mouth", "smile"), 0))
    x = (c.u - 0.20 * c.get("pose", "yaw")) / wide
    x2 = x * x
    smile, gap = c.get("mouth", "smile"), c.get("mouth", "open")
    v = c.v - c.get("mouth", "height") - 0.6 * c.get("pose", "pitch")
    arc = np.maximum(1 - x2, -0.5)
    line = smile * (0.45 - x2) * 0.8 + 0.012 * bump(x / 0.35, 0)  # where the lips meet; a small bow in the middle
    bow = 1 - 0.30 * bump(x / 0.30, 0)
    top = line - c.get("mouth", "upper") * arc * bow * (1 - 0.35 * gap / 0.11) - 0.01 * gap
    inner = line + gap * arc
    bottom = inner + c.get("mouth", "lower") * arc * (1.05 - 0.25 * x2)
    d = np.maximum(top - v, v - bottom) * 0.9
    lips = cover(d, c.hpx)
    upper = ramp((line - v) / 0.02 + 0.5)
    light_here = lit(c, x * 0.35, mix(-0.35, 0.35, upper), 1 + 0 * x)
    creases = 0.93 + 0.14 * c.strand(x * 14)
    color = c.get("mouth", "rgb") * light_here * creases * mix(1.02, 0.80, upper)
    c.shade(soft(v - bottom - 0.05 - 0.03 * x2, 0.10) * ramp((v - bottom) * 20) * bump(x / 0.8, 0) * 0.25)
    c.lay(mix(color, c.rgb, 0.12), lips, LIPS)
    gloss = bump((x + 0.3 * c.get("light", "x")) / 0.5, (v - inner - 0.45 * c.get("mouth", "lower")) / 0.03)
    c.lay(light((255, 236, 230)), gloss * 0.16 * lips)
    inside = np.maximum(line - v, v - inner) * 0.9
    opened = cover(inside, c.hpx) * (gap > 0)
    teeth = light((232, 226, 214)) * (1 - 0.45 * x2) * light_here * ramp((v - line) / 0.03 + 0.35)
    c.lay(teeth, opened)
    c.lay(light((60, 18, 20)), opened * ramp((v - inner) / 0.02 + 1) * 0.6)
    dark = c.get("mouth", "rgb") * 0.18
    part = stroke(v - line, 0.013, c.hpx) * ramp((1.05 - np.abs(x)) * 6)
    c.lay(dark, part * 0.75)
    corner = bump((np.abs(x) - 1.03) / 0.16, (v - line) / 0.04)
    c.shade(corner * 0.35)


# ---------------------------------------------------------------- hair


def _hair_outline(c: Canvas):
    """Distances to the outside of the hair, and to the part of the head that it leaves free."""
    u, v = c.u - 0.05 * c.get("pose", "yaw"), c.v
    side, top, length = c.get("hair", "side"), c.get("hair", "top"), c.get("hair", "length")
    curl = c.get("hair", "curl")
    frizz = curl * (0.10 * c.noise[1] + 0.05 * c.noise[2])
    wide = c.get("face", "wide") + 0.03 + side
    up = np.minimum(v, 0) / (1.02 + top)
    q = np.sqrt((u / wide) ** 2 + up * up + 0.0001)
    dome = (q - 1) * np.sqrt(u * u + np.minimum(v, 0) ** 2 + 0.01) / q
    falls = np.maximum(v, 0)
    curtain = np.abs(u) - wide - 0.06 * side * falls + curl * 0.03 * wave(v * 1.3 + 0.5)
    fall = np.where(v > 0, np.maximum(curtain, v - length - 0.1 * u * u), dome)
    outside = fall + frizz

    part = c.get("hair", "part")
    w = u - 0.16 * c.get("pose", "yaw")
    a = w / c.get("hair", "open")
    b = np.minimum(v, 0) / c.get("hair", "line") - c.get("hair", "slant") * a * np.where(
        part > 0, np.float32(1), np.float32(-1)
    )
    b = np.minimum(b, 0)
    q2 = a * a + b * b + c.get("hair", "curtain") * a * a * b * b
    q = np.sqrt(np.maximum(q2, 0.0001))
    line = (q - 1) * 0.6
    below = np.abs(w) - c.get("hair", "open") + c.get("hair", "lock") * np.minimum(falls, 1) ** 2
    free = np.where(v > 0, below, line) + 0.5 * frizz
    return outside, free


def _hair_color(c: Canvas, dark):
    """Strands that run down from the crown, as meridians do, or a tangle of curls; and a band of gloss."""
    u, v = c.u, c.v
    curl = np.minimum(c.get("hair", "curl"), 1)
    part = c.get("hair", "part")
    width = np.sqrt(np.maximum(1.25 - np.minimum(v, 0) ** 2, 0.08))
    along = (u - 0.5 * part) / width + curl * 0.06 * wave(v * 1.3)
    strands = 0.6 * c.strand(along * 26 + 40) + 0.4 * c.strand(along * 60 + 2 * v + 90)
    tangle = 0.5 + 0.45 * c.noise[2] + 0.35 * c.noise[1]
    texture = mix(strands, tangle, curl * 0.8)
    texture = mix(texture, 0.6 + 0.2 * c.noise[1], c.get("hair", "covered"))
    nx, ny = u * 0.75, np.minimum(v, 0) * 0.7
    nz = np.sqrt(np.maximum(1.1 - nx * nx - ny * ny, 0.1))
    gloss = bump((u - 0.5 * c.get("light", "x")) / 0.9, (v + 0.66 - 0.2 * u * u) / 0.26) * texture * texture
    base = c.get("hair", "seen_rgb") * (0.45 + 0.85 * texture) * (1 - dark)
    return base * lit(c, nx, ny, nz) + (0.06 + 0.35 * base) * gloss * c.get("hair", "gloss") * (1 - dark)


def _hair_window(c: Canvas):
    hair = [r["hair"] for r in c.recipes]
    top = max(h["top"] for h in hair) + 1.3
    low = max(h["length"] for h in hair) + 0.3
    side = max(h["side"] for h in hair) + 1.15
    return c.near(0, (low - top) / 2, side, (low + top) / 2)


def _paint_hair_behind(c: Canvas):
    """What hangs behind neck and ears, and a bun."""
    c = _hair_window(c)
    outside, _ = _hair_outline(c)
    _lay_hair(c, _hair_color(c, 0.55), cover(outside, c.hpx))


def _paint_hair(c: Canvas):
    """The hair in front, and the shadow it throws on the face."""
    c = _hair_window(c)
    outside, free = _hair_outline(c)
    d = np.maximum(outside, -free)
    shadow = soft(np.maximum(outside, -free - 0.05), 0.22)
    c.shade(0.38 * shadow * (c.labels == SKIN))
    _lay_hair(c, _hair_color(c, 0.0), cover(d + 0.01, c.hpx + 0.03))


def _lay_hair(c: Canvas, color, opacity):
    """A headscarf is painted as hair is, but counts as clothes."""
    c.lay(color, opacity)
    region = np.where(c.get("hair", "covered") > 0, np.uint8(CLOTHES), np.uint8(HAIR))
    np.copyto(c.labels, region, where=opacity > 0.5)


# ---------------------------------------------------------------- camera


def _develop(c: Canvas) -> np.ndarray:
    """Light to bytes: exposure, white balance, a darker rim, grain. Returns uint8 (B, H, W, 3)."""
    warm, green = c.get("light", "warmth"), c.get("light", "green")
    exposure = c.get("light", "exposure")
    gains = np.stack([exposure * (1 + warm), exposure * (1 + green), exposure * (1 - warm)])
    rim = 1.04 - 0.10 * (c.x * c.x + c.y * c.y)
    c.rgb *= gains * rim
    linear = np.maximum(c.rgb, 0)
    linear = linear * (1 + 0.30 * linear) / (1 + 0.45 * linear)  # bright parts are compressed, as film does
    shown = np.sqrt(linear)
    grain = 0.3 * c.noise[2] + 0.6 * c.noise[3]
    for finer in c.noise[4:]:
        grain += finer
    shown = shown + grain * c.get("light", "grain")
    return (np.clip(shown, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8).transpose(1, 2, 3, 0)


# ---------------------------------------------------------------- pictures


def _canvas(indices: list[int], seed: int, size: int) -> Canvas:
    recipes = [recipe(i, seed) for i in indices]
    px = 2 / size
    x = ((np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(px) - 1)[None, None, :]
    y = x.reshape(1, size, 1)
    textures = [generator(i, seed, 1) for i in indices]
    strands = np.stack([g.random(STRANDS, dtype=np.float32) for g in textures])
    lattices = [
        np.stack([g.random((n + 1, n + 1), dtype=np.float32) for g in textures]) * np.float32(2) - np.float32(1)
        for n in OCTAVES
        if n < max(size, 64)
    ]
    pose = {k: np.array([r["pose"][k] for r in recipes], np.float32)[:, None, None] for k in recipes[0]["pose"]}
    dx, dy = (x - pose["x"]) / pose["scale"], (y - pose["y"]) / pose["scale"]
    return Canvas(
        recipes=recipes,
        x=x,
        y=y,
        u=dx * pose["cos"] + dy * pose["sin"],
        v=dy * pose["cos"] - dx * pose["sin"],
        rgb=np.empty((3, len(recipes), size, size), np.float32),
        labels=np.full((len(recipes), size, size), BACKGROUND, np.uint8),
        noise=noise_planes(lattices, size),
        strands=strands,
        px=px,
    )


def _paint(c: Canvas) -> np.ndarray:
    paint_background(c)
    _paint_hair_behind(c)
    paint_body(c)
    _paint_ears(c)
    _paint_face(c)
    _paint_eyes(c)
    _paint_mouth(c)
    _paint_hair(c)
    return _develop(c)


def draw_batch(indices, seed: int = 0, size: int = 64, masks: bool = False):
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


def draw(index: int, seed: int = 0, size: int = 64) -> Portrait:
    rgb, labels = draw_batch([index], seed, size, masks=True)
    return Portrait(rgb[0], {name: labels[0] == i for i, name in enumerate(REGIONS)}, recipe(index, seed))


def _checked(name, value, low=0, high=2**63 - 1) -> int:
    try:
        number = as_index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or not low <= number <= high:
        wanted = f"a whole number from {low} to {high}" if high < 2**63 - 1 else f"a whole number, {low} or more"
        raise ValueError(f"{name} is {value!r}; wanted {wanted}")
    return number
