"""The painted head: an egg with hills on it, eyes, brows, mouth, beard and hair.

Everything is placed in head coordinates (u, v) of the canvas: v = 0 on the line of the eyes, 1 at
the chin, -1 at the crown; the eyes stand at u = -0.3 and 0.3. Turning the head (yaw) shifts what
stands out more than what lies behind.
"""

from __future__ import annotations

import numpy as np

from colorlib.portraits.painting import (
    CLOTHES,
    EYES,
    HAIR,
    LIPS,
    SKIN,
    Canvas,
    bump,
    channels,
    cover,
    light,
    lit,
    mix,
    ramp,
    soft,
    stroke,
    wave,
)


def paint_head(c: Canvas):
    """Everything of the head but its hair and hat, which lie over it."""
    _paint_ears(c)
    face = c.near(0, 0, 0.95, 1.12)
    _paint_face(face)
    _paint_nose(face)
    _paint_lines(face)
    for i, r in enumerate(c.recipes):
        if max(r["face"]["beard"], r["face"]["moustache"]) > 0:
            _paint_beard(c.one(i).near(0, 0.55, 0.9, 0.62))
    _paint_mouth(c.near(0.0, 0.66, 0.48, 0.26))
    for side in (-1, 1):
        _paint_eye_and_brow(c.near(side * 0.30, -0.08, 0.46, 0.40), side)


# ---------------------------------------------------------------- face


def _outline(c: Canvas):
    """Distance to the face's outline; the face's own coordinates, 1 there; and their square."""
    u, v = c.u, c.v
    below = v > 0
    down = np.maximum(v, 0)
    U = u / (c.get("face", "wide") * (1 - c.get("face", "taper") * down * down))
    V = np.where(below, v / c.get("face", "chin"), v * np.float32(1 / 1.02))
    square = np.where(below, c.get("face", "square"), np.float32(0.2))
    # A circle that grows corners (M. Fernandez-Guasti 1992).
    q2 = U * U + V * V - square * np.minimum((U * V) ** 2, 1)
    q = np.sqrt(np.maximum(q2, 0.0001))
    return (q - 1) * np.sqrt(u * u + v * v + 0.01) / q, U, V, q2


def _relief(c: Canvas):
    """Slopes (along u, along v) of what stands out from the egg; pairs are made from |u|."""
    f = c.u - 0.22 * c.get("pose", "yaw")
    n = c.u - 0.30 * c.get("pose", "yaw")
    a, side = np.abs(f), np.sign(f)
    wide, long = c.get("face", "nose"), c.get("face", "nose_long")
    hills = (  # across, its sign, middle, radii, height
        (n, 1, 0.0, 0.5 * long, 0.85 * wide, 0.42, 0.045),  # ridge of the nose
        (n, 1, 0.0, long, wide, 0.13, 0.042),  # its tip
        (a, side, 0.29, 0.0, 0.26, 0.19, -0.050),  # sockets of the eyes
        (a, side, 0.29, -0.24, 0.32, 0.14, 0.022),  # brows
        (a, side, 0.40, 0.30, 0.30, 0.28, 0.060 * c.get("face", "cheeks")),
        (f, 1, 0.0, 0.66, 0.36, 0.24, 0.045),  # mouth
        (f, 1, 0.0, 0.80, 0.20, 0.08, -0.018),  # below the lip
        (f, 1, 0.0, 0.90, 0.24, 0.16, 0.040),  # chin
    )
    slope_u, slope_v = np.zeros_like(f), np.zeros_like(f)
    for x, sign, u0, v0, ru, rv, high in hills:
        du, dv = (x - u0) / ru, (c.v - v0) / rv
        # The slope of high (1 - du^2 - dv^2)^2.
        t = np.maximum(1 - du * du - dv * dv, 0) * (-4 * high)
        slope_u += t * du * (sign / ru)
        slope_v += t * dv / rv
    return slope_u, slope_v


def _complexion(c: Canvas):
    """Skin colour by place: ruddy cheeks and nose, darker round the eyes, freckles."""
    f = c.u - 0.22 * c.get("pose", "yaw")
    a = np.abs(f)
    blush = 0.9 * bump((a - 0.40) / 0.30, (c.v - 0.32) / 0.28)  # cheeks, and the nose's tip
    blush += 0.7 * bump(f / 0.16, (c.v - 0.42) / 0.18)
    tired = bump((a - 0.27) / 0.22, (c.v - 0.09) / 0.16) * (0.10 + 0.25 * c.get("face", "lines"))
    spots = ramp((c.noise[3] + 0.5 * c.noise[2] - 0.35) * 3) * bump(f / 0.75, (c.v - 0.25) / 0.4)
    spots *= c.get("face", "freckles")
    even = (1 + 0.015 * c.noise[1] + 0.015 * c.noise[2]) * (1 - tired)
    skin = c.get("skin", "rgb") * even
    skin *= 1 - channels(0.03, 0.22, 0.18) * blush
    skin *= 1 - channels(0.16, 0.28, 0.34) * spots
    return skin


def _paint_face(c: Canvas):
    """The egg in the light, with a soft shine."""
    d, U, V, q2 = _outline(c)
    slope_u, slope_v = _relief(c)
    bend = 0.50 + 0.47 * np.minimum(q2, 1)  # flatter in the middle than a ball
    nx, ny = U * bend - slope_u, V * bend * 0.8 - slope_v
    nz = np.sqrt(np.maximum(1.02 - q2 * bend * bend, 0.05))
    lx, ly, lz = c.get("light", "x"), c.get("light", "y"), c.get("light", "z")
    hx, hy, hz = lx, ly, lz + 1  # half-way between lamp and eye (Blinn 1977)
    lengths = (nx * nx + ny * ny + nz * nz) * (hx * hx + hy * hy + hz * hz)
    shine = (nx * hx + ny * hy + nz * hz) ** 2 / lengths
    for _ in range(4):  # to the power of 32 in all
        shine = shine * shine
    color = _complexion(c) * lit(c, nx, ny, nz) + shine * 0.055
    c.lay(color, cover(d, c.hpx), SKIN)


def _paint_ears(c: Canvas):
    shift = 0.10 * c.get("pose", "yaw")
    for side in (-1, 1):
        e = c.near(side * 0.74, 0.12, 0.24, 0.34)
        u = (e.u + shift) * side - c.get("face", "wide")
        v = e.v - 0.12
        q = np.sqrt(((u - 0.03 + 0.12 * v) / 0.10) ** 2 + (v / 0.22) ** 2 + 0.0001)
        fold = 0.35 * soft((q - 0.55) * 0.1, 0.09) + 0.25 * soft(np.abs(q - 0.75) - 0.08, 0.2)
        glow = lit(e, np.full_like(u, side * 0.5), 0, 0.8)
        skin = e.get("skin", "rgb") * channels(0.98, 0.82, 0.80) * glow
        e.lay(skin * (1 - fold), cover((q - 1) * 0.12, e.hpx), SKIN)


def _paint_nose(c: Canvas):
    """Nostrils, the shadow below the tip, and the creases of the wings."""
    wide = c.get("face", "nose")
    c = c.near(0, 0.40, 0.5, 0.42)
    u = c.u - 0.28 * c.get("pose", "yaw")
    v = c.v - c.get("face", "nose_long")
    a, lx = np.abs(u), c.get("light", "x")
    shadow = bump((u + 0.10 * lx) / (1.3 * wide), (v - 0.12) / 0.10) * 0.24
    nostril = bump((a - 0.48 * wide) / (0.40 * wide), (v - 0.085 + 0.15 * a) / 0.040) * 0.65
    wing = bump((a - 1.02 * wide) / (0.28 * wide), (v - 0.03) / 0.09) * 0.22
    away = u + np.sign(lx) * 0.75 * wide
    side = bump(away / (0.6 * wide), (v + 0.18) / 0.30) * np.abs(lx) * 0.26
    darkest = np.maximum(np.maximum(shadow, nostril), np.maximum(wing, side))
    c.rgb *= 1 - channels(0.75, 0.95, 1.0) * darkest


def _paint_lines(c: Canvas):
    """What age draws: folds from nose to mouth, which all have; furrows and crow's feet."""
    lines = c.get("face", "lines")
    f = c.u - 0.22 * c.get("pose", "yaw")
    a, v = np.abs(f), c.v
    smile = np.maximum(c.get("mouth", "smile"), 0) * 3
    fold = np.abs(a - 0.17 - 0.35 * (v - 0.42) + 0.25 * (v - 0.55) ** 2) - 0.005
    fold = soft(fold, 0.07) * bump((a - 0.27) / 0.2, (v - 0.56) / 0.2)
    brow = soft(np.abs(wave(v * 7.5 + 0.3 * f * f + 0.1 * c.noise[1])) - 0.1, 0.8)
    brow *= bump(f / 0.5, (v + 0.5) / 0.2)
    crow = soft(np.abs(wave((v + 0.2 * a) * 9)) - 0.1, 0.8) * bump((a - 0.52) / 0.1, v / 0.13)
    c.shade(
        np.minimum(fold * (0.08 + 0.5 * lines + 0.25 * smile) + 0.4 * lines * (brow + crow), 0.6)
    )


def _paint_beard(c: Canvas):
    """Stubble or beard along the jaw, and a moustache; one picture at a time."""
    a = np.abs(c.u - 0.20 * c.get("pose", "yaw"))
    beard, moustache = c.get("face", "beard"), c.get("face", "moustache")
    d, _, _, _ = _outline(c)
    ragged = 0.05 * (c.strand(c.u, 30) - 0.5) + 0.02 * c.noise[2]
    jaw = np.maximum(np.minimum(0.72, 1.13 - 1.45 * a) - c.v + ragged, d - 0.04 * beard)
    lip = np.maximum(np.abs(c.v - 0.60 - 0.5 * a * a) - 0.055, a - 0.31) + 0.5 * ragged
    hairs = 0.75 + 0.25 * c.noise[3] + 0.2 * c.noise[2]
    opacity = np.maximum(soft(jaw, 0.14) * beard, soft(lip, 0.07) * moustache)
    color = c.get("hair", "rgb") * 0.85 * hairs * lit(c, c.u * 0.9, c.v * 0.4, 0.8)
    c.lay(color, opacity * 0.95, HAIR)


# ---------------------------------------------------------------- eyes


def _paint_eye_and_brow(c: Canvas, side: int):
    """Both in the eye's own coordinates: its corners at x = -1 (inner) and 1; y runs down."""
    yaw = c.get("pose", "yaw")
    wide = c.get("eyes", "wide") * (1 - 0.25 * side * yaw)  # the far eye looks narrower
    x = (c.u - side * c.get("eyes", "apart") * (1 - 0.12 * side * yaw) - 0.20 * yaw) * side / wide
    y = (c.v - c.get("pose", "pitch")) / wide + c.get("eyes", "tilt") * x
    _paint_eye(c, x, y, wide, side)
    _paint_brow(c, x, y, wide)


def _paint_eye(c: Canvas, x, y, wide, side):
    """Lids as two parabolas, the white between them, iris, pupil, lashes and a glint."""
    px = c.hpx / wide
    opened, x2 = c.get("eyes", "open"), x * x
    lid = y + opened * (1 - x2) * (1 + 0.12 * x) - 0.02  # down from the upper lid
    low = y - 0.48 * opened * (1 - x2) * (1 + 0.15 * x)  # down from the lower lid
    d = np.maximum(-lid, low) * 0.85

    c.lay(c.get("eyes", "shadow_rgb"), bump(x / 1.35, (y + 0.35) / 0.75) * c.get("eyes", "shadow"))
    fold = soft(np.abs(y + opened * (1.0 - 0.8 * x2) + 0.22) - 0.02, 0.16)
    fold *= ramp((1.25 - np.abs(x)) * 3)
    c.shade(fold * c.get("eyes", "fold") * 0.5)

    eye = cover(d, px)
    glow = lit(c, np.zeros_like(x), -0.1, 1)
    shadow = np.maximum(1 - 0.50 * ramp(1 - lid / 0.42) - 0.20 * x2, 0.1)
    c.lay(light((228, 224, 220)) * shadow * glow, eye)
    c.labels[d * wide < 0.3 * c.hpx] = EYES

    gx, gy = x - side * c.get("eyes", "gaze"), y + 0.12 * opened
    r = np.sqrt(gx * gx + gy * gy + 0.0001)
    # Lit from below, dark at the rim.
    iris = (0.50 + (0.80 + 0.9 * gy) * ramp((0.54 - r) * 7)) * (shadow + 0.15)
    c.lay(c.get("eyes", "rgb") * iris * glow, cover(r - 0.49, px) * eye)
    c.lay(light((14, 10, 10)), cover(r - 0.21, px) * eye)

    lash = stroke(lid + 0.03, c.get("eyes", "lashes") * 1.6 * (1 + 0.3 * x), px)
    lash *= ramp((1.16 - np.abs(x)) * 8)
    c.lay(c.get("hair", "rgb") * 0.10 + 0.006, lash * 0.9)
    lower = stroke(low - 0.02, 0.04, px) * ramp((1.02 - np.abs(x)) * 4)
    c.lay(c.get("skin", "rgb") * 0.25, lower * 0.45)
    hx, hy = gx * side + 0.16 - 0.3 * c.get("light", "x"), gy + 0.18
    glint = cover(np.sqrt(hx * hx + hy * hy + 0.0001) - 0.11, px) * cover(-lid, px * 2)
    c.lay(light((250, 250, 250)), glint * 0.9)


def _paint_brow(c: Canvas, x, y, wide):
    """An arc of hairs, thick inside and thin outside."""
    arc = 1 - ((x - 0.30) / 1.5) ** 2
    d = y + c.get("eyes", "brow_height") / wide + c.get("eyes", "brow_arch") * arc - 0.35
    thick = c.get("eyes", "brow_thick") / wide * (1 - 0.55 * ramp((x + 0.2) / 1.6))
    ends = ramp((x + 1.15) * 3.5) * ramp((1.55 - x) * 3.5)
    hairs = 0.75 + 0.35 * c.noise[3]
    brow = mix(stroke(d, thick, c.hpx / wide), soft(np.abs(d) - thick, 0.25), 0.5) * ends * hairs
    color = mix(c.get("hair", "rgb") * 0.5, c.get("skin", "rgb") * 0.2, 0.35)
    c.lay(color * lit(c, np.zeros_like(x), 0, 1), brow * 0.9)
    c.labels[brow > 0.25] = HAIR


# ---------------------------------------------------------------- mouth


def _paint_mouth(c: Canvas):
    """Two lips about the line where they meet, or about a smile's teeth."""
    smile, gap = c.get("mouth", "smile"), c.get("mouth", "open")
    wide = c.get("mouth", "wide") * (1 + 0.8 * np.maximum(smile, 0) + 0.8 * gap)
    x = (c.u - 0.20 * c.get("pose", "yaw")) / wide
    v = c.v - c.get("mouth", "height") - 0.6 * c.get("pose", "pitch")
    x2 = x * x
    arc = np.maximum(1 - x2, -0.5)
    middle = bump(x / 0.40, 0)
    line = smile * (0.4 - x2) - 0.3 * gap * arc + 0.012 * middle
    top = line - c.get("mouth", "upper") * arc * (1.08 - 0.28 * middle)
    inner = line + gap * arc
    bottom = inner + c.get("mouth", "lower") * arc * (1.05 - 0.25 * x2)
    within = cover(np.abs(x) - 1.02, c.hpx / wide)
    lips = cover(np.maximum(top - v, v - bottom) * 0.9, c.hpx) * within
    upper = ramp((line - v) / 0.03 + 0.5)

    c.shade(bump(x / 0.85, (v - bottom - 0.035) / 0.06) * 0.28)  # the shadow of the lower lip
    glow = lit(c, x * 0.3, mix(0.15, -0.10, upper), 1)
    color = c.get("mouth", "rgb") * (0.94 + 0.12 * c.strand(x, 14)) * mix(1.0, 0.78, upper)
    c.lay(color * glow, lips, LIPS)
    below = v - inner - 0.45 * c.get("mouth", "lower")
    gloss = bump((x + 0.3 * c.get("light", "x")) / 0.5, below / 0.03)
    c.lay(light((255, 236, 230)), gloss * 0.14 * lips)

    mouth = cover(np.maximum(line - v, v - inner) * 0.9, c.hpx) * within * (gap > 0)
    teeth = light((236, 230, 220)) * (1 - 0.5 * x2) * ramp((v - line) / 0.03 + 0.4)
    c.lay(teeth * glow, mouth)
    c.lay(light((70, 22, 24)), mouth * ramp((v - inner) / 0.025 + 1) * 0.6)
    c.lay(
        c.get("mouth", "rgb") * 0.2,
        stroke(v - line, 0.011, c.hpx) * ramp((1.05 - np.abs(x)) * 6) * 0.7,
    )
    c.shade(bump((np.abs(x) - 1.03) / 0.16, (v - line) / 0.04) * 0.3)


# ---------------------------------------------------------------- hair


def plan_hair(c: Canvas):
    """Where the hair is and what it looks like: what is used behind and before the head.

    Returns the window that holds it; a distance, negative within the whole mass of hair; another,
    negative where the face looks out of it; and its colour.
    """
    styles = [r["hair"] for r in c.recipes]
    top = max(max(h["top"] for h in styles) + 1.3, 1.62)
    low = max(h["length"] for h in styles) + 0.35
    side = max(h["side"] for h in styles) + 1.15
    c = c.near(0, (low - top) / 2, side, (low + top) / 2)
    return c, _hair_outside(c), _hair_free(c), _hair_color(c)


def _hair_outside(c: Canvas):
    """A dome over the head, and what falls from its rim; and a bun."""
    u, v = c.u - 0.05 * c.get("pose", "yaw"), c.v
    side, curl, length = c.get("hair", "side"), c.get("hair", "curl"), c.get("hair", "length")
    wide = c.get("face", "wide") + 0.015 + side
    rise = np.minimum(v, 0)
    up = rise / (1.02 + c.get("hair", "top"))
    U = u / wide
    q = np.sqrt(np.maximum(U * U + up * up - 0.42 * np.minimum((U * up) ** 2, 1), 0.0001))
    dome = (q - 1) * np.sqrt(u * u + rise * rise + 0.01) / q
    falls = np.abs(u) - wide - 0.06 * side * v + curl * 0.03 * wave(v * 1.3 + 0.5)
    ends = v - length - 0.12 * u * u + 0.12 * (c.strand(u, 9) - 0.5)
    mass = np.where(v > 0, np.maximum(falls, ends), dome)
    bun = np.sqrt((u - 0.5 * c.get("hair", "part")) ** 2 + (v + 1.20) ** 2 + 0.0001)
    mass = np.minimum(mass, bun - c.get("hair", "bun"))
    return mass + curl * (0.10 * c.noise[1] + 0.05 * c.noise[2])


def _hair_free(c: Canvas):
    """The opening for the face: a hairline, slanting at the parting, and straight down below it."""
    v, curl = c.v, c.get("hair", "curl")
    u = c.u - 0.16 * c.get("pose", "yaw")
    width = c.get("hair", "open")
    a = u / width
    b = v / c.get("hair", "line") - c.get("hair", "slant") * a * np.sign(c.get("hair", "part"))
    b = np.minimum(b, 0)
    q2 = a * a + b * b + c.get("hair", "curtain") * np.minimum((a * b) ** 2, 1)
    line = (np.sqrt(np.maximum(q2, 0.0001)) - 1) * 0.6
    below = np.abs(u) - width + c.get("hair", "lock") * np.minimum(np.maximum(v, 0), 1) ** 4
    ragged = c.get("hair", "ragged") * (c.strand(u + 3, 16) - 0.5)
    free = np.where(v > 0, below, line + ragged * (1 - a * a))
    return free + curl * (0.05 * c.noise[1] + 0.03 * c.noise[2])


def _hair_color(c: Canvas):
    """Strands that run down from the crown as meridians do, or a tangle of curls; and a gloss."""
    u, v = c.u, c.v
    rise, curl = np.minimum(v, 0), np.minimum(c.get("hair", "curl"), 1)
    round_ = np.sqrt(np.maximum(1.3 - rise * rise, 0.08))
    along = (u - 0.5 * c.get("hair", "part")) / round_
    along = along + 0.05 * curl * wave(v * 1.3) + 0.02 * c.noise[0]
    strands = (
        0.45 * c.strand(along + 5, 11)
        + 0.3 * c.strand(along + 4 + 0.05 * v, 29)
        + 0.25 * c.strand(along + 2, 67)
    )
    tangle = 0.35 + 0.3 * strands + 0.20 * c.noise[1] + 0.35 * c.noise[2] + 0.25 * c.noise[3]
    texture = mix(strands, tangle, curl * 0.85)
    texture = mix(texture, 0.55 + 0.2 * c.noise[1], c.get("hair", "covered"))
    nx, ny = u * 0.8, rise * 0.75
    nz = np.sqrt(np.maximum(1.15 - nx * nx - ny * ny, 0.1))
    gloss = bump((u - 0.5 * c.get("light", "x")) / 0.9, (v + 0.68 - 0.2 * u * u) / 0.30)
    gloss = gloss * texture * texture
    base = c.get("hair", "seen_rgb") * (0.50 + 0.85 * texture)
    return base * lit(c, nx, ny, nz) + (0.05 + 0.5 * base) * (gloss * c.get("hair", "gloss"))


def paint_hair_behind(c: Canvas, outside, free, color):
    """What hangs behind neck and ears, in their shade; as `plan_hair` gives it."""
    shade = 1 - 0.5 * ramp(c.v * 2 + 0.6)
    _lay_hair(c, color * shade, cover(outside, c.hpx))


def paint_hair(c: Canvas, outside, free, color):
    """The hair in front, and the shadow that it throws on the face; as `plan_hair` gives it."""
    shadow = soft(np.maximum(outside, -free - 0.05), 0.22)
    c.shade(shadow * (c.labels == SKIN) * (0.38 * c.get("hair", "density")))
    d = np.maximum(outside, -free)
    _lay_hair(c, color, cover(d + 0.01, c.hpx + 0.03) * c.get("hair", "density"))


def _lay_hair(c: Canvas, color, opacity):
    """A headscarf is painted as hair is, but counts as clothes."""
    c.lay(color, opacity)
    region = np.where(c.get("hair", "covered") > 0, np.uint8(CLOTHES), np.uint8(HAIR))
    np.copyto(c.labels, region, where=opacity > 0.5)
