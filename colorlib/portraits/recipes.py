"""What a portrait will show: people, clothes, places and light drawn by lot, as plain data.

`recipe(index, seed)` is the ground truth of portrait (seed, index): a dict that JSON can hold. The
painter adds nothing to it but texture. Colours are sRGB bytes as their names promise, before light
and white balance change them.

Skin follows Beer and Lambert: light passes through melanin and blood, and each takes its share of
red, green and blue. Hair and eyes depend on the skin's melanin, loosely, as they do among people.
The colour of clothes depends on nothing.
"""

from __future__ import annotations

import math

import numpy as np

# Name: colour of hair in sRGB bytes.
HAIR = {
    "black": (30, 26, 26), "dark brown": (58, 40, 31), "brown": (96, 66, 45),
    "light brown": (134, 98, 66), "auburn": (116, 56, 36), "red": (172, 84, 44),
    "dark blond": (168, 132, 86), "blond": (206, 172, 116), "grey": (140, 138, 136),
    "white": (205, 202, 198),
}  # fmt: skip
EYES = {
    "dark brown": (62, 38, 26), "brown": (104, 64, 36), "hazel": (128, 102, 54),
    "green": (92, 124, 80), "blue": (84, 128, 172), "grey": (118, 132, 142),
}  # fmt: skip
CLOTHES = {
    "black": (38, 38, 42), "charcoal": (74, 76, 82), "white": (228, 228, 224),
    "grey": (150, 152, 156), "beige": (198, 180, 150), "brown": (112, 80, 58),
    "burgundy": (112, 32, 48), "red": (188, 48, 46), "coral": (228, 118, 98),
    "orange": (222, 132, 52), "mustard": (204, 164, 58), "yellow": (232, 208, 96),
    "olive": (110, 112, 62), "green": (62, 128, 76), "mint": (156, 208, 180),
    "teal": (40, 124, 128), "sky blue": (132, 184, 222), "blue": (54, 98, 178),
    "navy": (36, 50, 92), "purple": (106, 66, 142), "lilac": (182, 162, 210),
    "pink": (226, 156, 178), "magenta": (178, 52, 118),
}  # fmt: skip
WALLS = {
    "cream": (214, 196, 164), "beige": (190, 166, 134), "terracotta": (180, 120, 88),
    "warm grey": (168, 158, 148), "ochre": (192, 152, 92), "sage": (150, 158, 132),
    "dark wood": (96, 68, 48), "off-white": (222, 214, 200),
}  # fmt: skip
# Frame's colour, inside's colour, half-width, half-height, bars.
THINGS = {
    "window": ((206, 190, 166), (214, 228, 240), 0.30, 0.48, 2),
    "oak shelf": ((148, 104, 62), (120, 62, 48), 0.30, 0.30, 7),
    "walnut shelf": ((88, 58, 40), (92, 96, 84), 0.32, 0.36, 8),
    "landscape": ((176, 140, 84), (104, 134, 128), 0.26, 0.20, 0),
    "poster": ((52, 46, 42), (198, 120, 84), 0.20, 0.27, 0),
    "mirror": ((158, 120, 70), (196, 194, 188), 0.20, 0.34, 0),
    "door": ((120, 82, 54), (134, 94, 62), 0.30, 0.95, 0),
    "curtain": ((158, 92, 70), (176, 104, 80), 0.22, 0.95, 5),
}
FRAMES = (
    (30, 28, 30), (30, 28, 30), (92, 56, 36), (150, 130, 96), (120, 30, 40), (40, 60, 110),
    (170, 172, 176),
)  # fmt: skip
# Deep, pale and cloud colours.
SKIES = {
    "clear": ((70, 124, 196), (172, 206, 230), (240, 244, 246)),
    "hazy": ((128, 164, 204), (206, 220, 226), (236, 238, 238)),
    "deep": ((42, 92, 170), (140, 186, 224), (244, 246, 248)),
    "overcast": ((146, 154, 164), (198, 202, 206), (220, 222, 224)),
    "sunset": ((104, 96, 146), (240, 172, 118), (246, 190, 158)),
    "dusk": ((54, 62, 108), (186, 134, 140), (200, 146, 140)),
}  # fmt: skip
SEAS = {
    "blue": (34, 86, 140),
    "teal": (30, 112, 124),
    "green": (58, 112, 102),
    "grey": (82, 98, 110),
}
# Shade, leaf and gap colours.
PLANTS = {
    "summer": ((34, 62, 30), (104, 142, 58), (206, 218, 140)),
    "pine": ((24, 48, 40), (66, 104, 74), (168, 192, 176)),
    "spring": ((58, 92, 36), (152, 182, 78), (232, 234, 182)),
    "olive grove": ((62, 66, 42), (128, 130, 84), (214, 210, 170)),
    "autumn": ((92, 48, 26), (196, 124, 48), (238, 204, 128)),
    "blossom": ((70, 84, 60), (196, 146, 156), (240, 216, 218)),
}
BACKDROPS = {
    "grey": (150, 150, 152), "pale grey": (204, 204, 206), "slate": (84, 94, 106),
    "blue": (96, 128, 164), "sand": (196, 178, 150), "brown": (104, 84, 70),
    "olive": (118, 120, 88), "green": (104, 136, 112), "rose": (190, 150, 146),
    "lavender": (158, 150, 182), "white": (232, 232, 230), "charcoal": (58, 58, 62),
}  # fmt: skip

# What a place is painted with: its colours by name, how often each is drawn, and how far it strays.
_SKIES_OFTEN = {"clear": 2, "hazy": 1.5, "deep": 1.3, "overcast": 1, "sunset": 1.2, "dusk": 0.6}
_PLANTS_OFTEN = {
    "summer": 3, "pine": 1.5, "spring": 2, "olive grove": 1, "autumn": 1, "blossom": 0.5,
}  # fmt: skip
PLACES = {
    "sky": (SKIES, _SKIES_OFTEN, 0.07),
    "sea": (SKIES, _SKIES_OFTEN, 0.07),
    "plants": (PLANTS, _PLANTS_OFTEN, 0.15),
    "room": ({name: (rgb,) for name, rgb in WALLS.items()}, None, 0.15),
    "plain": ({name: (rgb,) for name, rgb in BACKDROPS.items()}, None, 0.15),
}

# Shapes of hair in head units. top, side: how far it stands off the head; length: where it ends
# (the chin is 1); line: height of the hairline above the eyes; open: half-width of the face it
# leaves free; lock: how much that closes further down; curl: how frizzy; slant: how slanting the
# hairline is (a parting); curtain: how far it falls from the middle like one (below 0: straight
# across); ragged: how uneven the hairline; bun: its radius; density: its cover.
_STYLES = """
             top   side  length line open  lock   curl slant curtain ragged bun  density
shaved       0.03  0.00  0.08  0.66  0.655 -0.10  0.0   0.00  -0.5   0.06  -1    0.62
short        0.13  0.03  0.12  0.58  0.63  -0.10  0.0   0.15  -0.5   0.10  -1    1
quiff        0.26  0.02  0.12  0.61  0.64  -0.10  0.1   0.08  -0.6   0.10  -1    1
curls        0.22  0.12  0.20  0.56  0.62  -0.10  0.8   0.00  -0.3   0.10  -1    1
thinning    -0.04  0.04  0.15  1.20  0.66  -0.10  0.2   0.00  -0.4   0.06  -1    0.95
fringe       0.15  0.07  0.25  0.36  0.60   0.00  0.0   0.20  -0.7   0.16  -1    1
afro         0.40  0.38  0.30  0.58  0.60  -0.10  1.0   0.00  -0.2   0.06  -1    1
bob          0.14  0.13  0.80  0.62  0.60   0.05  0.0   0.20   0.4   0.06  -1    1
bangs        0.14  0.12  0.90  0.34  0.59   0.05  0.0   0.00  -0.8   0.13  -1    1
long         0.13  0.13  2.20  0.64  0.60   0.08  0.0   0.20   0.5   0.06  -1    1
wavy         0.16  0.20  1.70  0.64  0.60   0.06  0.45  0.20   0.5   0.06  -1    1
long_curls   0.24  0.28  1.30  0.58  0.60   0.05  1.0   0.10   0.2   0.06  -1    1
bun          0.07  0.02  0.10  0.62  0.63  -0.10  0.0   0.05   0.2   0.05   0.29 1
headscarf    0.13  0.13  1.90  0.66  0.63   0.72  0.0   0.00   0.0   0.00  -1    1
"""
_TRAITS, *_ROWS = map(str.split, _STYLES.strip().splitlines())
STYLES = {name: dict(zip(_TRAITS, map(float, numbers), strict=True)) for name, *numbers in _ROWS}
# How often each is worn.
HER_STYLES = {
    "long": 5, "wavy": 5, "bob": 4, "bangs": 3, "bun": 4, "long_curls": 3, "afro": 1.2,
    "short": 0.8, "fringe": 1, "headscarf": 1.3,
}  # fmt: skip
HIS_STYLES = {
    "short": 6, "quiff": 3.5, "curls": 2.5, "shaved": 2, "thinning": 1, "fringe": 1.5, "afro": 0.7,
    "wavy": 0.5,
}  # fmt: skip


def short(number: float) -> float:
    """Rounded to four digits; several times as fast as `round`."""
    return math.floor(number * 10000 + 0.5) / 10000


class Lot:
    """Draws numbers and names; every number is rounded, so that the recipe is the exact truth."""

    def __init__(self, generator: np.random.Generator):
        # One call for all that a recipe needs.
        self.random = iter(generator.random(500).tolist()).__next__

    def between(self, low, high):
        """Any number from low to high, each as likely."""
        return short(low + (high - low) * self.random())

    def about(self, middle, spread):
        """Bell-shaped around `middle`, never more than `spread` away."""
        return short(middle + spread * (self.random() + self.random() + self.random() - 1.5) / 1.5)

    def chance(self, p):
        """True with probability p."""
        return self.random() < p

    def any_of(self, names):
        """One of some names or keys, each as likely."""
        return list(names)[int(len(names) * self.random())]

    def name(self, weights):
        """One of the names of a dict, by weight."""
        left = self.random() * sum(weights.values())
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        return name

    def tinged(self, rgb, spread=0.1):
        """A colour near `rgb`: lighter or darker, and each channel a little off."""
        gain = self.about(1, spread)
        stray, random = 120 * spread, self.random
        return [min(max(int(c * gain + stray * (random() - 0.5)), 3), 250) for c in rgb]


def generator(index: int, seed: int, stream: int) -> np.random.Generator:
    """Independent random numbers for each portrait and purpose."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, index, stream])))


def skin_rgb(melanin: float, blood: float) -> list[int]:
    """Skin after absorption by melanin (0..1) and blood (0..1), as bytes."""
    bare, by_melanin, by_blood = (0.97, 0.81, 0.72), (1.9, 2.45, 3.15), (0.03, 0.50, 0.42)
    bands = zip(bare, by_melanin, by_blood, strict=True)
    through = (b * math.exp(-melanin * m - blood * h) for b, m, h in bands)  # Beer and Lambert
    return [round(255 * math.sqrt(t)) for t in through]


def _hair_name(lot, melanin, age):
    if age > 0.6 and lot.chance((age - 0.5) * 1.9):
        return "white" if lot.chance((age - 0.5) * 1.3) else "grey"
    light = max(1 - melanin / 0.42, 0)  # 1 for the fairest skin, 0 for brown and darker
    return lot.name(
        {
            "black": 0.3 + 4 * melanin,
            "dark brown": 1.3,
            "brown": 0.15 + 2 * light,
            "light brown": 1.3 * light,
            "auburn": 0.04 + 0.7 * light,
            "red": 0.9 * light * light,
            "dark blond": 1.5 * light,
            "blond": 0.03 + 1.7 * light * light,
        }
    )


def _eye_name(lot, melanin, hair):
    light = max(1 - melanin / 0.4, 0) * (0.5 if hair in ("black", "dark brown") else 1.2)
    brown = {"dark brown": 0.25 + 4 * melanin, "brown": 0.9, "hazel": 0.1 + 0.7 * light}
    bright = {"green": 0.02 + 0.8 * light, "blue": 0.01 + 1.9 * light, "grey": 0.01 + 0.5 * light}
    return lot.name(brown | bright)


def _background(lot):
    kind = lot.name({"sky": 1, "sea": 1, "plants": 1.3, "room": 1.5, "plain": 1.3})
    b = {"kind": kind, "side": lot.between(-1, 1), "amount": lot.between(0.1, 1)}
    palettes, often, spread = PLACES[kind]
    b["name"] = lot.name(often) if often else lot.any_of(palettes)
    for key, rgb in zip(("rgb", "rgb2", "rgb3"), palettes[b["name"]], strict=False):
        b[key] = lot.tinged(rgb, spread)
    if kind == "sea":
        b["sea"] = lot.any_of(SEAS)
        b["rgb4"] = lot.tinged(SEAS[b["sea"]], 0.15)
        b["horizon"] = lot.between(-0.35, 0.25)
    if kind == "plants":
        b["leaves"] = [_leaf(lot) for _ in range(16)]
    if kind == "room":
        b["things"] = [_thing(lot, side) for side in (-1, 1)]
    return b


def _thing(lot, side):
    """Something on or before the wall.

    [x, y, half-width, half-height, bars, frame's colour, inside's colour].
    """
    name = lot.any_of(THINGS)
    frame, inside, wide, high, bars = THINGS[name]
    x = side * lot.between(0.62, 0.95)
    y = lot.between(-0.6, -0.1) if high < 0.6 else lot.between(-0.1, 0.3)
    wide, high = lot.about(wide, 0.3 * wide), lot.about(high, 0.3 * high)
    return [x, y, wide, high, bars, lot.tinged(frame, 0.15), lot.tinged(inside, 0.2)]


def _leaf(lot):
    """[x, y, half-width, half-height, turn, brightness]: a blurred leaf, or a round of light."""
    x, y = lot.between(-1, 1), lot.between(-1, 1)
    if lot.chance(0.3):
        r = lot.between(0.07, 0.16)
        return [x, y, r, r, 0.0, lot.between(0.6, 1)]
    r = lot.between(0.10, 0.24)
    return [x, y, r, round(r * 0.42, 4), lot.between(-0.9, 0.9), lot.between(0, 0.5)]


def _clothes(lot, feminine):
    name, second = lot.any_of(CLOTHES), lot.any_of(CLOTHES)
    kind = lot.name({"plain": 5, "stripes": 1.2, "checks": 1, "columns": 0.6})
    hers = {"none": 4, "shirt": 1, "suit": 0.7, "turtleneck": 1}
    his = {"none": 3, "shirt": 2, "suit": 2, "turtleneck": 0.8}
    collar = lot.name(hers if feminine else his)
    buttoned = collar in ("shirt", "suit")
    return {
        "name": name,
        "rgb": lot.tinged(CLOTHES[name], 0.3),
        "second": second,
        "rgb2": lot.tinged(CLOTHES[second], 0.2),
        "kind": kind,
        "pattern": 0.0 if kind == "plain" else lot.between(0.5, 0.9),
        "across": lot.between(1.5, 3.5) if kind in ("checks", "columns") else 0.0,
        "along": lot.between(2, 4) if kind in ("checks", "stripes") else 0.0,
        "neckline": 0.1 if buttoned else lot.between(0.0, 0.3 if feminine else 0.12),
        "v_neck": 1.0 if buttoned else float(lot.chance(0.35)),
        "shoulders": lot.about(1.75 if feminine else 2.0, 0.15),
        "collar": collar,
        "tie": lot.tinged(CLOTHES[lot.any_of(CLOTHES)], 0.2),
    }


def _face(lot, feminine, age, melanin, hair):
    her = float(feminine)
    freckled = melanin < 0.35 and lot.chance(0.5 if hair in ("red", "auburn") else 0.12)
    beard = 0.0 if feminine else lot.name({0.0: 4, 0.3: 2.5, 0.6: 1, 0.9: 2})
    return {
        "wide": lot.about(0.71 - 0.015 * her, 0.065),
        "taper": lot.about(0.15 + 0.05 * her, 0.08),
        "square": lot.about(0.42 - 0.22 * her, 0.30),
        "chin": lot.about(1.0 - 0.02 * her, 0.08),
        "neck": lot.about(0.45 - 0.08 * her, 0.05),
        "nose": lot.about(0.145 - 0.02 * her, 0.04),
        "nose_long": lot.about(0.44 - 0.02 * her, 0.05),
        "cheeks": lot.between(0.4, 1.2),
        "age": age,
        "lines": round(max(age - 0.35, 0) * 1.4, 4),
        "freckles": lot.between(0.3, 1) if freckled else 0.0,
        "beard": beard,
        "moustache": 0.8 if not feminine and lot.chance(0.1) else beard,
    }


def _eyes(lot, feminine):
    her = float(feminine)
    return {
        "apart": lot.about(0.295, 0.02),
        "wide": lot.about(0.160, 0.012),
        "open": lot.about(0.50 + 0.06 * her, 0.13),
        "tilt": lot.about(0.02, 0.13),
        "gaze": lot.about(0, 0.16),
        "lashes": lot.about(0.045 + 0.03 * her, 0.02),
        "fold": lot.between(0.1, 0.6),
        "brow_height": lot.about(0.235, 0.03),
        "brow_thick": lot.about(0.040 - 0.010 * her, 0.012),
        "brow_arch": lot.about(0.35 + 0.15 * her, 0.25),
        "shadow": lot.between(0.2, 0.6) if feminine and lot.chance(0.4) else 0.0,
        "shadow_rgb": lot.tinged((120, 88, 104), 0.3),
    }


def _mouth(lot, feminine, skin, melanin):
    """Lips: the skin with more blood, or painted."""
    paint = lot.name({"bare": 3, "rose": 2, "red": 1.2, "berry": 1}) if feminine else "bare"
    bare = [skin[0] * (0.90 - 0.06 * melanin), skin[1] * 0.64, skin[2] * 0.70]
    colors = {"bare": bare, "rose": (196, 98, 104), "red": (184, 38, 46), "berry": (136, 42, 70)}
    rgb = [0.25 * b + 0.75 * c for b, c in zip(bare, colors[paint], strict=True)]
    return {
        "name": paint,
        "rgb": lot.tinged(rgb, 0.06),
        "wide": lot.about(0.255, 0.035),
        "height": lot.about(0.655, 0.02),
        "upper": lot.about(0.065 + 0.012 * feminine + 0.015 * melanin, 0.02),
        "lower": lot.about(0.085 + 0.012 * feminine + 0.015 * melanin, 0.02),
        "smile": lot.between(-0.008, 0.085),
        "open": lot.between(0.04, 0.085) if lot.chance(0.3) else 0.0,
    }


def _light(lot, kind):
    """A lamp (or sun), light from the sky, and the camera's exposure and white balance."""
    x, y = lot.about(0, 0.9), lot.about(-0.42, 0.3)
    length = math.sqrt(x * x + y * y + 0.64)
    warm = lot.about(0.25 if kind == "room" else 0, 1)
    strength = lot.between(0.62, 0.90)
    lamp = (1 + 0.06 * warm, 1.0, 1 - 0.10 * warm)
    return {
        "x": round(x / length, 4),
        "y": round(y / length, 4),
        "z": round(0.8 / length, 4),
        "ambient": [round(255 * math.sqrt(c * (1.10 - strength))) for c in (0.95, 1.0, 1.08)],
        "lamp": [round(255 * math.sqrt(c * strength)) for c in lamp],
        "exposure": lot.about(1.18, 0.28),
        "warmth": lot.about(0.03, 0.15),
        "green": lot.about(0, 0.05),
        "grain": lot.between(0.006, 0.025),
    }


def _pose(lot):
    """Place, size, and turn of the head.

    Turned in the picture's plane (cos, sin), sideways (yaw), up or down (pitch).
    """
    turn = lot.about(0, 0.10)  # the tangent of half the angle: a rotation without sin and cos
    return {
        "x": lot.about(0, 0.09),
        "y": lot.about(-0.08, 0.05),
        "scale": lot.about(0.67, 0.05),
        "cos": round((1 - turn * turn) / (1 + turn * turn), 6),
        "sin": round(2 * turn / (1 + turn * turn), 6),
        "yaw": lot.about(0, 0.5),
        "pitch": lot.about(0, 0.04),
    }


def _hair(lot, name, style, hat):
    """Its natural colour, which brows and beard have, too; its shape; and the colour seen.

    That of a headscarf differs.
    """
    shape = {key: lot.about(value, 0.08 * abs(value)) for key, value in STYLES[style].items()}
    if hat:
        shape["top"], shape["side"] = min(shape["top"], 0.05), min(shape["side"], 0.05)
    natural, covered = lot.tinged(HAIR[name], 0.1), style == "headscarf"
    cloth = lot.any_of(CLOTHES)
    return {
        "name": name,
        "rgb": natural,
        "style": style,
        **shape,
        "covered": covered,
        "seen": cloth if covered else name,
        "seen_rgb": lot.tinged(CLOTHES[cloth], 0.2) if covered else natural,
        "part": lot.about(0, 0.3),
        "gloss": lot.between(0.3, 1),
    }


def _extras(lot, style):
    hats = style in ("short", "long", "wavy", "bob", "bangs", "fringe")
    return {
        "glasses": lot.name(dict(none=5, round=0.6, square=0.6)),
        "glasses_rgb": lot.tinged(lot.any_of(FRAMES), 0.3),
        "hat": "beanie" if hats and lot.chance(0.09) else "none",
        "hat_rgb": lot.tinged(CLOTHES[lot.any_of(CLOTHES)], 0.2),
    }


def recipe(index: int, seed: int = 0) -> dict:
    """The ground truth of portrait (seed, index).

    A dict of dicts of numbers, names and colours that JSON can hold.
    """
    lot = Lot(generator(index, seed, 0))
    feminine = lot.chance(0.52)
    age = lot.between(0, 1)  # 0 is twenty years, 1 is eighty
    melanin = lot.between(0.03, 0.98 * lot.between(0.3, 1))
    blood = lot.about(0.45, 0.35)
    skin = skin_rgb(melanin, blood)
    hair = _hair_name(lot, melanin, age)
    eyes = _eye_name(lot, melanin, hair)
    style = lot.name(HER_STYLES if feminine else HIS_STYLES)
    extras = _extras(lot, style)
    background = _background(lot)
    return {
        "seed": int(seed),
        "index": int(index),  # plain numbers, for JSON
        "look": "feminine" if feminine else "masculine",
        "pose": _pose(lot),
        "skin": {"melanin": melanin, "blood": blood, "rgb": skin},
        "face": _face(lot, feminine, age, melanin, hair),
        "eyes": {"name": eyes, "rgb": lot.tinged(EYES[eyes], 0.1), **_eyes(lot, feminine)},
        "mouth": _mouth(lot, feminine, skin, melanin),
        "hair": _hair(lot, hair, style, extras["hat"] != "none"),
        "clothes": _clothes(lot, feminine),
        "extras": extras,
        "background": background,
        "light": _light(lot, background["kind"]),
    }
