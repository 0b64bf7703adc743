"""Pictures that mean other colours than sRGB: `make(add)` hands each over with what reading it should give."""

from __future__ import annotations

import struct
import zlib

import imagecodecs
import numpy as np
from PIL import Image, features

import hostile
import icc
from deep import GREY, SMOOTH, H, W, numbers, seen, tiff
from hostile import encode

EXACT = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}, "AVIF": {"quality": 100}}
RGB = {  # name: primaries, light of a signal, white
    "adobe": (icc.ADOBE, lambda v: v ** (563 / 256), icc.D65),
    "p3": (icc.P3, icc.srgb_light, icc.D65),
    "prophoto": (icc.PROPHOTO, lambda v: v**1.8, icc.D50),
    "linear": (icc.SRGB, lambda v: v, icc.D65),
}
GREYS = {"dot-gain": icc.dot_gain, "gamma-1.8": lambda v: v**1.8, "linear": lambda v: v}
BT2020 = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
# In most of a picture's colours there is nothing to be cut, where 8 bits and a formula part.
SOFT = 0.5 + 0.2 * SMOOTH
PROFILE = icc.rgb(*RGB["adobe"])


def meant(name, values=SOFT):
    """What values with that profile should be in sRGB, from 0 to 1."""
    primaries, light, white = RGB[name]
    return icc.in_srgb(values, primaries, light, white)


def make(add):
    """Call add(name, content, wanted, most, reason) for each."""
    _rgb(add)
    _grey(add)
    _inks(add)
    _passed_over(add)
    _chunks(add)
    _cameras(add)


def deep_png(values, *chunks) -> bytes:
    """A PNG of 16 bits, with more chunks."""
    whole = imagecodecs.png_encode(numbers(values))
    return whole[:33] + b"".join(chunks) + whole[33:]


def iccp(profile):
    return hostile.chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))


def _rgb(add):
    eight = numbers(SOFT, 8)
    for name, (primaries, light, white) in RGB.items():
        wanted = seen(meant(name, eight / 255))
        for version, formats in ((2, ("PNG", "TIFF", "JPEG")), (4, ("WEBP",))):
            profile = icc.rgb(primaries, light, white, version)
            for kind in formats:
                content = encode(eight, kind, icc_profile=profile, **EXACT.get(kind, {}))
                add(f"colours/{name}.{kind.lower()}", content, wanted, 12 if kind == "JPEG" else 2)
        deep = tiff(numbers(SOFT), iccprofile=icc.rgb(primaries, light, white))
        add(f"colours/{name}16.tif", deep, seen(meant(name)), 1)
        add(f"colours/{name}16.png", deep_png(SOFT, iccp(icc.rgb(primaries, light, white, 4))), seen(meant(name)), 1)
    if features.check("avif"):
        add("colours/adobe.avif", encode(eight, "AVIF", icc_profile=PROFILE, **EXACT["AVIF"]), seen(meant("adobe")), 8)
    floats = tiff(SOFT.astype("f4"), iccprofile=icc.rgb(*RGB["linear"]))
    add("colours/float-linear.tif", floats, seen(meant("linear")), 1)
    bright = tiff((SMOOTH * 2).astype("f4"), iccprofile=icc.rgb(*RGB["linear"]))
    add("colours/float-hdr.tif", bright, seen(icc.srgb_signal(SMOOTH * 2)), 1)
    palette = Image.fromarray(eight).quantize(32)
    stored = np.array(palette.convert("RGB")) / 255
    add("colours/palette.png", encode(palette, icc_profile=PROFILE), seen(meant("adobe", stored)), 2)
    clear = np.dstack([eight, np.full((H, W), 102, np.uint8)])
    add("colours/clear.png", encode(clear, icc_profile=PROFILE), seen(0.4 * meant("adobe") + 0.6), 2)
    jp2 = bytearray(encode(eight, "JPEG2000", irreversible=False))
    at = jp2.index(b"colr")  # 15 bytes, in a header whose length stands before "jp2h"
    jp2[at - 4 : at + 11] = struct.pack(">I4sBBB", 11 + len(PROFILE), b"colr", 2, 0, 0) + PROFILE
    head = jp2.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">I", jp2, head)
    struct.pack_into(">I", jp2, head, length + 11 + len(PROFILE) - 15)
    add("colours/adobe.jp2", bytes(jp2), seen(meant("adobe")), 2)


def _grey(add):
    eight = numbers(GREY, 8)
    for name, light in GREYS.items():
        wanted = seen(icc.srgb_signal(light(eight / 255)))
        for version, kind, most in ((2, "PNG", 2), (4, "TIFF", 2), (2, "JPEG", 8)):
            content = encode(eight, kind, icc_profile=icc.grey(light, version), **EXACT.get(kind, {}))
            add(f"colours/grey-{name}.{kind.lower()}", content, wanted, most)
        deep, wanted = numbers(GREY), seen(icc.srgb_signal(light(GREY)))
        add(f"colours/grey-{name}16.tif", tiff(deep, "minisblack", iccprofile=icc.grey(light)), wanted, 1)
        turned = tiff(65535 - deep, "miniswhite", iccprofile=icc.grey(light))
        add(f"colours/grey-{name}-white-is-zero16.tif", turned, wanted, 1)
        add(f"colours/grey-{name}16.png", deep_png(GREY, iccp(icc.grey(light))), wanted, 1)
    wanted = seen(0.4 * icc.srgb_signal(icc.dot_gain(eight / 255)) + 0.6)
    clear = np.dstack([eight, np.full((H, W), 102, np.uint8)])
    add("colours/grey-clear.png", encode(clear, icc_profile=icc.grey(icc.dot_gain)), wanted, 2)
    # Grey under a profile of RGB lies on its grey axis.
    profile, wanted = icc.rgb(icc.SRGB, lambda v: v**1.8), seen(icc.srgb_signal(GREY**1.8))
    add("colours/grey-in-rgb.jpg", encode(eight, "JPEG", icc_profile=profile, quality=100), wanted, 4)
    add("colours/grey-in-rgb16.tif", tiff(numbers(GREY), "minisblack", iccprofile=profile), wanted, 1)


def _inks(add):
    values = np.dstack([0.6 * SMOOTH, 0.4 * GREY])
    wanted = seen(icc.pressed(values))
    profile = icc.cmyk()
    eight = Image.fromarray(numbers(values, 8), "CMYK")
    add("colours/cmyk.tif", encode(eight, "TIFF", icc_profile=profile), wanted, 4)
    add("colours/cmyk.jpg", encode(eight, "JPEG", icc_profile=profile, **EXACT["JPEG"]), wanted, 12)
    for planar in (False, True):
        deep = tiff(numbers(values), "separated", planar, iccprofile=profile)
        add(f"colours/cmyk16{'-planar' * planar}.tif", deep, wanted, 3)


def _passed_over(add):
    """Profiles that are broken, or for another kind of picture: read as without."""
    rgb, grey = numbers(SOFT, 8), numbers(GREY, 8)
    ink = Image.fromarray(numbers(np.dstack([SMOOTH, 0.5 * GREY]), 8), "CMYK")
    black = icc.rgb(icc.SRGB, lambda v: 0 * v)  # makes all light none
    for name, image, profile in (
        ("grey-for-rgb", rgb, icc.grey(lambda v: v**3)),
        ("cmyk-for-rgb", rgb, icc.cmyk(3)),
        ("cmyk-for-grey", grey, icc.cmyk(3)),
        ("rgb-for-cmyk", ink, PROFILE),
        ("black", rgb, black),
        ("half", rgb, PROFILE[: len(PROFILE) // 2]),
        ("head-alone", rgb, PROFILE[:128]),
        ("zeros", rgb, PROFILE[:128] + bytes(len(PROFILE) - 128)),
        ("link", rgb, icc.profile(b"RGB ", {}, kind=b"link")),
        ("empty", rgb, b""),
    ):
        wanted = np.array(ink.convert("RGB")) if image is ink else seen(np.asarray(image) / 255)
        add(f"colours/passed-over-{name}.tif", encode(image, "TIFF", icc_profile=profile), wanted, 1)
    deep = tiff(numbers(SOFT), iccprofile=icc.grey(lambda v: v**3))
    add("colours/passed-over-grey-for-rgb16.tif", deep, seen(SOFT), 1)


def _chunks(add):
    """What PNG says in other chunks; of several the one that tells most counts."""
    rgb, grey = numbers(SOFT, 8), numbers(GREY, 8)

    def gamma(value):
        return hostile.chunk(b"gAMA", struct.pack(">I", round(value * 1e5)))

    def corners(primaries):
        return hostile.chunk(b"cHRM", struct.pack(">8I", *(round(x * 1e5) for x in (0.3127, 0.3290, *primaries))))

    def points(primaries, transfer):
        return hostile.chunk(b"cICP", bytes([primaries, transfer, 0, 1]))

    srgb, p3 = hostile.chunk(b"sRGB", b"\0"), seen(meant("p3"))
    for name, chunks, wanted in (
        ("gamma-srgb", [gamma(0.45455)], seen(SOFT)),
        ("gamma-linear", [gamma(1)], seen(meant("linear"))),
        ("gamma-mac", [gamma(1 / 1.8)], seen(icc.srgb_signal(SOFT**1.8))),
        ("gamma-zero", [gamma(0)], seen(SOFT)),
        ("srgb-before-gamma", [srgb, gamma(1)], seen(SOFT)),
        ("icc-before-gamma", [iccp(PROFILE), gamma(1)], seen(meant("adobe"))),
        ("corners-p3", [gamma(0.45455), corners(icc.P3)], p3),
        ("corners-srgb", [gamma(0.45455), corners(icc.SRGB)], seen(SOFT)),
        ("corners-zero", [gamma(0.45455), hostile.chunk(b"cHRM", bytes(32))], seen(SOFT)),
        ("points-p3", [points(12, 13)], p3),
        ("points-srgb-first", [points(1, 13), gamma(1)], seen(SOFT)),
        ("points-bt2020-linear", [points(9, 8)], seen(icc.in_srgb(SOFT, BT2020, lambda v: v))),
    ):
        rows = b"".join(b"\0" + row.tobytes() for row in rgb)
        add(f"colours/{name}.png", hostile.png(W, H, 8, 2, rows, *chunks), wanted, 2)
        add(f"colours/{name}16.png", deep_png(SOFT, *chunks), wanted, 1)
    rows = b"".join(b"\0" + row.tobytes() for row in grey)
    linear = seen(icc.srgb_signal(grey / 255))
    add("colours/grey-gamma-linear.png", hostile.png(W, H, 8, 0, rows, gamma(1)), linear, 2)
    add("colours/points-pq.png", hostile.png(W, H, 8, 2, rows_of(rgb), points(9, 16)), seen(_pq()), 8)


def rows_of(array):
    return b"".join(b"\0" + row.tobytes() for row in array)


def _pq():
    """SOFT as SMPTE ST 2084 over BT.2020, white paper at 203 cd/m^2, in sRGB."""
    c1, c2, c3 = 0.8359375, 18.8515625, 18.6875
    root = SOFT ** (1 / 78.84375)
    light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / 0.1593017578125) * 10_000 / 203
    return icc.srgb_signal(np.minimum(light, 1) @ (icc.TO_SRGB @ icc.matrix(BT2020)).T)


def _cameras(add):
    """Cameras set to Adobe RGB often embed no profile, and say it in the EXIF."""
    for name, said, wanted in (
        ("adobe", {0xA001: 0xFFFF, 0xA005: {1: "R03"}}, meant("adobe")),
        ("adobe-2", {0xA001: 2}, meant("adobe")),
        ("thumbnail", {0xA001: 0xFFFF, 0xA005: {1: "THM"}}, SOFT),
        ("uncalibrated", {0xA001: 0xFFFF}, SOFT),
        ("srgb", {0xA001: 1, 0xA005: {1: "R98"}}, SOFT),
    ):
        exif = Image.Exif()
        exif[0x8769] = said
        content = encode(numbers(SOFT, 8), "JPEG", exif=exif, **EXACT["JPEG"])
        add(f"colours/camera-{name}.jpg", content, seen(wanted), 8)
