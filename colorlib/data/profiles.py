"""What a picture's numbers mean as colours: the profile that it carries, and from there to sRGB.

Profiles are those of the ICC; where a file says the same in another way (PNG's gamma, HEIC's and
AVIF's nclx, a camera's Adobe RGB), a profile is built from that.  Conversion is littleCMS's, by
Pillow's ImageCms for 8 bits and by imagecodecs for 16: relative colorimetric, black to black.
"""

from __future__ import annotations

import functools
import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, ImageCms

from colorlib.data.errors import printable

SRGB_PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)  # x, y of red, green, blue
ADOBE_PRIMARIES = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
D65 = (0.3127, 0.3290)
ADOBE_GAMMA = 563 / 256
# ITU-T H.273: primaries that are not sRGB's or hardly differ, and how signals become light.
PRIMARIES = {
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI-P3, taken with D65
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
}
CURVES = {4: 2.2, 5: 2.8, 8: 1.0, 16: "PQ", 18: "HLG"}
KINDS = {"L": "grey", "RGB": "RGB", "CMYK": "CMYK"}
SAME = 2  # levels of 255 by which a profile may differ from sRGB and be taken for it
BAND_PIXELS = 2**23  # converted at a time
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_BLACK_TO_BLACK, _NO_SHORTCUT = 0x2000, 0x0100  # cmsFLAGS_BLACKPOINTCOMPENSATION, _NOOPTIMIZE


@dataclass(frozen=True)
class Conversion:
    """How a picture becomes sRGB.

    icc: the profile to convert from, None where nothing is to be done.
    mode: Pillow's mode in which it takes pictures.
    note: what is to be told.
    """

    icc: bytes | None = None
    mode: str = "RGB"
    note: str = ""
    by: ImageCms.ImageCmsTransform | None = None


def carried(image: Image.Image, head: bytes) -> bytes | None:
    """The profile of an opened picture, found or built; None where it means sRGB or says nothing.

    head: the first kilobytes of the file.
    """
    if said := _code_points(head):
        return _from_code_points(*said)
    if image.info.get("icc_profile"):
        return image.info["icc_profile"]
    if image.format == "PNG":
        return None if "srgb" in image.info else _png_gamma(image.info)
    if image.format in ("JPEG", "MPO") and _camera_says_adobe(image):
        return built(ADOBE_PRIMARIES, D65, ADOBE_GAMMA, "Adobe RGB, as its EXIF says")
    return _jp2_profile(head) if image.format == "JPEG2000" else None


@functools.lru_cache(maxsize=32)
def conversion(icc: bytes | None, mode: str) -> Conversion:
    """From a profile and a picture's mode, "L", "RGB" or "CMYK", to sRGB.

    A profile that is broken, or is for another kind of picture, is passed over and told.
    """
    if not icc:
        note = "CMYK without a profile: its colours are a guess" if mode == "CMYK" else ""
        return Conversion(None, mode, note)
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = printable(ImageCms.getProfileDescription(profile).strip())[:60]
        name = _names.get(icc, repr(name) if name else "a profile without a name")
        space = {"GRAY": "L"}.get(space := profile.profile.xcolor_space.strip(), space)
        if profile.profile.device_class in ("link", "abst", "nmcl"):
            return Conversion(None, mode, f"passed over: colour profile {name} is for no picture")
        if space != mode and (space, mode) != ("RGB", "L"):  # grey may lie on the axis of RGB
            note = f"passed over: colour profile {name} is for {KINDS.get(space, space)} pictures"
            return Conversion(None, mode, f"{note}, and this one is {KINDS[mode]}")
        by = ImageCms.buildTransform(profile, _srgb(), space, "RGB", _INTENT, flags=_BLACK_TO_BLACK)
        if not _changes(by, space):
            return Conversion(None, mode)
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError) as error:
        reason = printable(str(error))[:80] or "unreadable"
        return Conversion(None, mode, f"passed over: a broken colour profile ({reason})")
    return Conversion(icc, space, f"colours converted to sRGB from {name}", by)


def is_srgb(mode: str, icc: bytes | None) -> bool:
    """Whether a picture of mode L or RGB needs no conversion."""
    return mode != "CMYK" and conversion(icc, mode).icc is None


def to_srgb(image: Image.Image, icc: bytes | None) -> tuple[np.ndarray, str]:
    """A Pillow image of mode L, RGB or CMYK -> uint8 (H, W, 3) in sRGB, and what is to be told."""
    way = conversion(icc, image.mode)
    out = np.empty((image.height, image.width, 3), np.uint8)
    for rows in bands(*out.shape[:2]):
        whole = rows.stop - rows.start == image.height
        part = image if whole else image.crop((0, rows.start, image.width, rows.stop))
        if way.icc is not None and image.mode == "L":
            table = (_greys(way.icc, way.mode)[::257].astype(np.uint32) + 128) // 257
            out[rows] = np.take(table.astype(np.uint8), part, axis=0)
        else:
            part = part if way.by is None else ImageCms.applyTransform(part, way.by)
            out[rows] = part.convert("RGB")
    return out, way.note


def to_srgb16(values: np.ndarray, icc: bytes | None) -> tuple[np.ndarray, str]:
    """uint16 (H, W) grey, (H, W, 3) RGB or (H, W, 4) CMYK -> uint16 (H, W, 3) in sRGB, and what is
    to be told.

    RGB is converted where it stands: a large scan does not fit twice.
    """
    mode = "L" if values.ndim == 2 else "RGB" if values.shape[2] == 3 else "CMYK"
    way = conversion(icc, mode)
    if way.icc is None and mode == "RGB":
        return values, way.note
    out = values if mode == "RGB" else np.empty((*values.shape[:2], 3), np.uint16)
    for rows in bands(*values.shape[:2]):
        if mode == "L":
            part = values[rows]
            out[rows] = part[..., None] if way.icc is None else _greys(way.icc, way.mode)[part]
        elif way.icc is None:
            white = np.float32(65535) - values[rows]  # as Pillow does it for 8 bits
            out[rows] = np.rint(white[..., :3] * (white[..., 3:] / 65535))
        else:
            out[rows] = _deep(values[rows], way.icc, way.mode)
    return out, way.note


@functools.lru_cache(maxsize=8)
def _greys(icc: bytes, mode: str) -> np.ndarray:
    """sRGB of each grey: uint16 (65536, 3)."""
    greys = np.arange(65536, dtype=np.uint16)[None]
    greys = greys if mode == "L" else np.repeat(greys[..., None], 3, 2)
    return _deep(greys, icc, mode)[0]


def _deep(values, icc, mode):
    """uint16 in a profile -> uint16 in sRGB.

    Without littleCMS's shortcut, which is off by up to 28 of 255 levels at the gamut's border.
    """
    import imagecodecs

    return imagecodecs.cms_transform(
        np.ascontiguousarray(values),
        icc,
        _srgb().tobytes(),
        colorspace={"L": "gray", "RGB": "rgb", "CMYK": "cmyk"}[mode],
        outcolorspace="rgb",
        outdtype="uint16",
        intent=int(_INTENT),
        flags=_BLACK_TO_BLACK | _NO_SHORTCUT,
    )


def bands(height: int, width: int):
    """Slices of rows of about BAND_PIXELS pixels."""
    step = max(1, BAND_PIXELS // width)
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _changes(by, mode) -> bool:
    """Whether a transform does anything; ValueError for one that cannot be meant."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    greys = np.repeat(steps[:, None], 3, 1)
    if mode == "L":
        probe = steps
    elif mode == "RGB":
        probe = np.concatenate([greys, np.stack(np.meshgrid(*[steps[::4]] * 3), -1).reshape(-1, 3)])
    else:  # CMYK: ink is dark
        probe = np.pad(255 - greys[:, :1], ((0, 0), (3, 0)))
    seen = np.array(ImageCms.applyTransform(Image.fromarray(probe[None], mode), by))[0].astype(int)
    grey = seen[: len(steps)].mean(1)
    if grey[-1] - grey[0] < 100 or np.diff(grey).min() < -3:
        raise ValueError("it makes no light of white, or none of black")
    wanted = greys if mode == "L" else probe
    return mode == "CMYK" or np.abs(seen - wanted).max() > SAME


# ------------------------------------------------------------- what is said in another way


_names = {}  # of profiles built here, which cannot hold one


@functools.lru_cache(maxsize=32)
def built(primaries, white, curve, name="its primaries and gamma") -> bytes:
    """A profile of RGB: x, y of its primaries and its white; curve: an exponent, "sRGB", "PQ" or
    "HLG"; name: what notes call it.
    """
    import imagecodecs

    corners = [number for i in (0, 2, 4) for number in (*primaries[i : i + 2], 1.0)]
    options = {"whitepoint": [*white, 1.0], "primaries": corners}
    if isinstance(curve, str):
        signal = np.linspace(0, 1, 4096)
        options["transferfunction"] = LIGHT[curve](signal).astype(np.float32)
    else:
        options["gamma"] = curve
    profile = bytes(imagecodecs.cms_profile("rgb", **options))
    _names[profile] = name
    return profile


def _srgb_light(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def _pq_light(v):
    """SMPTE ST 2084, up to the light of paper, 203 of 10,000 cd/m^2 (ITU-R BT.2408)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = v ** (1 / m2)
    light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return np.minimum(light * 10_000 / 203, 1)


def _hlg_light(v):
    """ARIB STD-B67, up to the light of paper, a signal of 75 % (ITU-R BT.2408)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073

    def light(v):
        return np.where(v <= 0.5, v**2 / 3, (np.exp((v - c) / a) + b) / 12)

    return np.minimum(light(v) / light(np.float64(0.75)), 1)


LIGHT = {"sRGB": _srgb_light, "PQ": _pq_light, "HLG": _hlg_light}


def _from_code_points(primaries: int, transfer: int) -> bytes | None:
    """The profile of two code points of ITU-T H.273; None where they mean sRGB, or nearly."""
    curve = CURVES.get(transfer, "sRGB")
    if primaries not in PRIMARIES and curve == "sRGB":
        return None
    bright = f"HDR ({curve}), cut at the light of white paper" if transfer in (16, 18) else ""
    name = bright or f"its code points ({primaries}, {transfer})"
    return built(PRIMARIES.get(primaries, SRGB_PRIMARIES), D65, curve, name)


def _code_points(head: bytes) -> tuple[int, int] | None:
    """Primaries and transfer as PNG's cICP chunk or the nclx of HEIC and AVIF say them."""
    if head.startswith(b"\x89PNG"):
        at = head.find(b"\0\0\0\x04cICP", 8, max(head.find(b"IDAT"), 0) or len(head))
        return (head[at + 8], head[at + 9]) if at > 0 and len(head) > at + 9 else None
    if head[4:8] == b"ftyp" and b"colrprof" not in head:
        at = head.find(b"colrnclx")
        if at > 0 and len(head) > at + 12:
            return struct.unpack_from(">HH", head, at + 8)
    return None


def _png_gamma(info: dict) -> bytes | None:
    """The profile of PNG's gAMA and cHRM; gamma near 2.2 is taken for sRGB's curve."""
    gamma, corners = info.get("gamma"), info.get("chromaticity")
    curve, white, primaries = "sRGB", D65, SRGB_PRIMARIES
    if gamma and 0.1 <= gamma <= 2 and abs(1 / gamma - 2.2) > 0.1:
        curve = 1 / gamma
    if corners and all(0 <= x <= 1 for x in corners) and min(corners[1::2]) > 0.001:
        if np.abs(np.subtract(corners, (*D65, *SRGB_PRIMARIES))).max() > 0.01:
            white, primaries = tuple(corners[:2]), tuple(corners[2:])
    if (curve, primaries) == ("sRGB", SRGB_PRIMARIES):
        return None
    return built(primaries, white, curve)


def _camera_says_adobe(image) -> bool:
    """Cameras set to Adobe RGB often embed no profile: DCF has them say "R03" in the EXIF."""
    try:
        exif = image.getexif()
        if ExifTags.IFD.Exif not in exif:
            return False
        space = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
        # 2 stands in no standard, but in many files; 0xFFFF is "uncalibrated".
        interop = exif.get_ifd(ExifTags.IFD.Interop) if space == 0xFFFF else {}
    except Exception:  # damaged EXIF is no reason to refuse the pixels
        return False
    return space == 2 or str(interop.get(1, "")).startswith("R03")


def _jp2_profile(head: bytes) -> bytes | None:
    """The profile in the header of a JPEG 2000 file, which Pillow leaves there."""
    at = head.find(b"colr")
    if at < 4 or head[at + 4] != 2:  # 2: a restricted ICC profile follows
        return None
    return head[at + 7 : at - 4 + int.from_bytes(head[at - 4 : at], "big")]
