"""Colour profiles made by hand (ICC.1:2001-04), and what a picture with one should be in sRGB, worked out by numpy."""

from __future__ import annotations

import struct

import numpy as np

D50, D65 = np.array([0.9642, 1.0, 0.8249]), np.array([0.95047, 1.0, 1.08883])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
PROPHOTO = (0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)


def srgb_light(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def srgb_signal(light):
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def dot_gain(v):
    """Light of printed grey whose dots grow by a fifth, of 1 - v ink (Yule-Nielsen, n = 1)."""
    ink = 1 - v
    return 1 - (ink + 4 * 0.20 * ink * (1 - ink))


def matrix(primaries, white=D65):
    """RGB light -> XYZ under D50, whose columns are the colorants of a profile."""
    x, y = np.array(primaries[::2]), np.array(primaries[1::2])
    corners = np.stack([x / y, np.ones(3), (1 - x - y) / y])
    to_xyz = corners * np.linalg.solve(corners, white)
    cones = BRADFORD @ np.stack([D50, white], 1)
    return np.linalg.inv(BRADFORD) @ np.diag(cones[:, 0] / cones[:, 1]) @ BRADFORD @ to_xyz


TO_SRGB = np.linalg.inv(matrix(SRGB))


def number(x):
    return struct.pack(">i", round(x * 65536))


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(map(number, values))


def curve(light):
    """A tone curve: a function or an exponent."""
    light = light if callable(light) else lambda v: v**light
    table = np.rint(np.clip(light(np.linspace(0, 1, 1024)), 0, 1) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(table)) + table.tobytes()


def text(words, version):
    if version >= 4:
        body = words.encode("utf-16-be")
        return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(body), 28) + body
    body = words.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(body)) + body + bytes(78)


def profile(space, tags, version=2, kind=b"mntr", pcs=b"XYZ "):
    """space: b"RGB ", b"GRAY" or b"CMYK". tags: {name: content}."""
    tags = {b"desc": text(f"made by hand, {space.decode().strip()}", version), b"wtpt": xyz(D50), **tags}
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", version << 24, kind, space, pcs)
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + b"".join(map(number, D50))
    return head.ljust(128, b"\0") + table + body


def rgb(primaries, light, white=D65, version=2):
    columns = matrix(primaries, white).T
    names = zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve(light))
    return profile(b"RGB ", {name: xyz(column) for name, column in names} | curves, version)


def grey(light, version=2):
    return profile(b"GRAY", {b"kTRC": curve(light)}, version)


def ink(c, m, y, k):
    """Lab of a made-up press: like the simple formula, but duller, and with a warm black of L 12."""
    light = 1 - np.stack([c, m, y], -1) * [0.8, 0.75, 0.7]
    light *= 1 - 0.95 * k[..., None]
    L = 12 + 88 * light.mean(-1)  # relative to paper
    return np.stack([L, 60 * (light[..., 0] - light[..., 1]), 60 * (light[..., 1] - light[..., 2])], -1)


def cmyk(steps=9):
    """A profile for `ink`: a table of Lab for C, M, Y, K."""
    axes = np.meshgrid(*[np.linspace(0, 1, steps)] * 4, indexing="ij")
    lab = ink(*axes) * [2.55, 1, 1] + [0, 128, 128]
    line = bytes(range(256))
    head = b"mft1\0\0\0\0" + bytes([4, 3, steps, 0]) + b"".join(map(number, np.eye(3).ravel()))
    table = head + line * 4 + np.rint(lab).clip(0, 255).astype(np.uint8).tobytes() + line * 3
    return profile(b"CMYK", {b"A2B0": table}, kind=b"prtr", pcs=b"Lab ")


def in_srgb(signal, primaries, light, white=D65):
    """(..., 3) from 0 to 1 with a profile of `rgb` -> sRGB, cut to 0 and 1."""
    light = light if callable(light) else lambda v: v**light
    return srgb_signal(light(signal) @ (TO_SRGB @ matrix(primaries, white)).T)


def pressed(values):
    """(..., 4) ink from 0 to 1 with the profile of `cmyk` -> sRGB, relative to its white."""
    from skimage.color import lab2xyz

    return srgb_signal(lab2xyz(ink(*np.moveaxis(values, -1, 0)), "D50", "2") @ TO_SRGB.T)
