"""Scans of every depth and layout: `make(add)` hands each file over with what reading it should give."""

from __future__ import annotations

import io
import struct

import imagecodecs
import numpy as np
import tifffile

import hostile
import icc

H, W = 16, 24
ROWS, COLUMNS = np.mgrid[:H, :W]
# From 0 to 1, each channel another way; black and white are in it.
SMOOTH = np.stack([COLUMNS / (W - 1), ROWS / (H - 1), (ROWS + COLUMNS) / (H + W - 2)], -1)
GREY = SMOOTH[..., 2]


def numbers(values, bits=16, kind=None):
    """0 to 1 as integers of so many bits."""
    return np.rint(values * (2.0**bits - 1)).astype(kind or ("u1" if bits <= 8 else "u2"))


def seen(values):
    """What read_picture should give for values from 0 to 1."""
    values = values if values.ndim == 3 else np.repeat(values[..., None], 3, 2)
    return np.rint(values * 255).astype(np.uint8)


def tiff(array, photometric="rgb", planar=False, **options) -> bytes:
    """A TIFF by tifffile; planar: one channel after another."""
    buffer = io.BytesIO()
    if planar:
        array, options["planarconfig"] = np.moveaxis(array, -1, 0), "separate"
    if photometric in ("minisblack", "miniswhite", "rgb"):
        options.setdefault("metadata", None)
    tifffile.imwrite(buffer, array, photometric=photometric, **options)
    return buffer.getvalue()


def packed(values, bits, photometric=1, order="<", reverse=False, tags=()) -> bytes:
    """A TIFF by hand, its integers packed tight.  values: (H, W), or (H, W, 3) for RGB."""
    rows = []
    for row in values.reshape(len(values), -1):
        text = "".join(format(int(v), f"0{bits}b") for v in row)
        row = int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")
        rows.append(bytes(int(f"{byte:08b}"[::-1], 2) for byte in row) if reverse else row)
    return by_hand(b"".join(rows), bits, photometric, values.shape, order, [(266, 3, [1 + reverse]), *tags])


def by_hand(data, bits, photometric, shape, order="<", tags=(), compression=1, rows=0) -> bytes:
    """A TIFF of one strip.  tags: (number, 3 for SHORT or 4 for LONG, values)."""
    samples = shape[2] if len(shape) > 2 else 1
    tags = sorted([
        (256, 3, [shape[1]]), (257, 3, [shape[0]]), (258, 3, [bits] * samples), (259, 3, [compression]),
        (262, 3, [photometric]), (273, 4, [0]), (277, 3, [samples]), (278, 4, [rows or shape[0]]),
        (279, 4, [len(data)]), (284, 3, [1]), *tags,
    ])  # fmt: skip
    kinds = {3: ("H", 2), 4: ("L", 4)}
    start = 8 + 2 + 12 * len(tags) + 4
    apart = [max(len(values) * kinds[kind][1], 4) for _, kind, values in tags]
    strip = start + sum(size for size in apart if size > 4)
    entries, beside = b"", b""
    for number, kind, values in tags:
        values = [strip] if number == 273 else values
        body = struct.pack(f"{order}{len(values)}{kinds[kind][0]}", *values)
        entries += struct.pack(f"{order}HHL", number, kind, len(values))
        entries += body.ljust(4, b"\0") if len(body) <= 4 else struct.pack(f"{order}L", start + len(beside))
        beside += body if len(body) > 4 else b""
    head = struct.pack(f"{order}2sHLH", b"II" if order == "<" else b"MM", 42, 8, len(tags))
    return head + entries + bytes(4) + beside + data


def ycc(sub, compression, tag=True) -> bytes:
    """YCbCr whose colour is shared by sub[0] x sub[1] pixels."""
    values = np.array(hostile.Image.fromarray(seen(SMOOTH)).convert("YCbCr"))
    data = []
    for y in range(0, H, sub[1]):
        for x in range(0, W, sub[0]):
            data += [values[y + j, x + i, 0] for j in range(sub[1]) for i in range(sub[0])] + [*values[y, x, 1:]]
    data = bytes(data) if compression == 1 else imagecodecs.lzw_encode(bytes(data))
    return by_hand(data, 8, 6, values.shape, tags=[(530, 3, list(sub))] * tag, compression=compression)


def make(add):
    """Call add(name, content, wanted, most, reason) for each."""
    _layouts(add)
    _alpha_and_inks(add)
    _bits(add)
    _floats(add)
    _lab(add)
    _no_tiff(add)
    _pages(add)
    _refused(add)


def _layouts(add):
    rgb, grey = numbers(SMOOTH), numbers(GREY)
    squeezed = {"none": {}, "lzw": {"compression": "lzw"}, "deflate": {"compression": "zlib", "predictor": True},
                "packbits": {"compression": "packbits"}, "zstd": {"compression": "zstd"},
                "tiled": {"compression": "zlib", "tile": (16, 16)}, "big": {"bigtiff": True},
                "motorola": {"byteorder": ">", "compression": "lzw", "predictor": True},
                "strips": {"rowsperstrip": 5, "compression": "lzw"}}  # fmt: skip
    for name, options in squeezed.items():
        add(f"deep/grey16-{name}.tif", tiff(grey, "minisblack", **options), seen(GREY), 1)
        add(f"deep/white-is-zero16-{name}.tif", tiff(65535 - grey, "miniswhite", **options), seen(GREY), 1)
        add(f"deep/rgb16-{name}.tif", tiff(rgb, **options), seen(SMOOTH), 1)
        add(f"deep/planar16-{name}.tif", tiff(rgb, planar=True, **options), seen(SMOOTH), 1)
    add("deep/planar8.tif", tiff(numbers(SMOOTH, 8), planar=True), seen(SMOOTH))
    for orientation in (3, 6, 7):
        stored = np.ascontiguousarray(hostile.STORED[orientation](rgb))
        turned = tiff(stored, extratags=[(274, 3, 1, orientation, True)])
        add(f"deep/turned-{orientation}.tif", turned, seen(SMOOTH), 1)


def _alpha_and_inks(add):
    alpha = np.full((H, W, 1), 0.5)
    alpha[8:] = 1
    on_white = seen(SMOOTH * alpha + 1 - alpha)
    for kind, values in (("unassalpha", SMOOTH), ("assocalpha", SMOOTH * alpha)):
        for bits in (8, 16):
            array = numbers(np.dstack([values, alpha]), bits)
            add(f"deep/{kind}{bits}.tif", tiff(array, extrasamples=[kind]), on_white, 2)
    grey = tiff(numbers(np.dstack([GREY, alpha])), "minisblack", extrasamples=["unassalpha"])
    add("deep/grey-alpha16.tif", grey, seen(GREY[..., None].repeat(3, 2) * alpha + 1 - alpha), 1)
    add("deep/rgbx16.tif", tiff(numbers(np.dstack([SMOOTH, alpha * 0])), extrasamples=["unspecified"]), seen(SMOOTH), 1)
    black = np.full((H, W, 1), 0.25)
    ink, wanted = np.dstack([SMOOTH, black]), seen((1 - SMOOTH) * (1 - black))
    for bits in (8, 16):
        for planar in (False, True):
            name = f"deep/cmyk{bits}{'-planar' * planar}.tif"
            add(name, tiff(numbers(ink, bits), "separated", planar, compression="lzw"), wanted, 1)


def _bits(add):
    for bits in (2, 4, 6, 10, 12, 14):
        values = numbers(GREY, bits)
        wanted = seen(values / (2**bits - 1))
        add(f"deep/{bits}-bits.tif", packed(values, bits), wanted, 1)
        add(f"deep/{bits}-bits-white-is-zero.tif", packed(2**bits - 1 - values, bits, 0, ">"), wanted, 1)
    add("deep/8-bits-white-is-zero.tif", packed(255 - numbers(GREY, 8), 8, 0), seen(GREY))
    add("deep/4-bits-reversed.tif", packed(numbers(GREY, 4), 4, reverse=True), seen(numbers(GREY, 4) / 15), 1)
    add("deep/8-bits-reversed.tif", packed(255 - numbers(GREY, 8), 8, 0, reverse=True), seen(GREY))
    add("deep/12-bits-rgb.tif", packed(numbers(SMOOTH, 12), 12, 2), seen(SMOOTH), 1)
    for bits in (8, 10, 12, 14):  # in 16
        add(f"deep/{bits}-in-16.tif", tiff(numbers(GREY, bits, "u2"), "minisblack"), seen(GREY), 1)
        add(f"deep/{bits}-in-16-rgb.tif", tiff(numbers(SMOOTH, bits, "u2")), seen(SMOOTH), 1)
        inverse = 2**bits - 1 - numbers(GREY, bits, "u2")
        add(f"deep/{bits}-in-16-white-is-zero.tif", tiff(inverse, "miniswhite"), seen(GREY), 1)
    said = tiff(numbers(GREY * 0.5, 12, "u2"), "minisblack", extratags=[(281, 3, 1, 4095, True)])
    add("deep/dark-12-in-16-said.tif", said, seen(GREY * 0.5), 1)
    for most in (65535, 255):  # also of writers who give a palette 8 of its 16 bits
        colours = np.rint(np.linspace(0, most, 16)).astype(int)
        palette = [(320, 3, [*colours, *colours[::-1], *colours])]
        four = numbers(GREY, 4)
        wanted = seen(np.stack([four / 15, 1 - four / 15, four / 15], -1))
        add(f"deep/palette-{most}.tif", packed(four, 4, 3, tags=palette), wanted, 1)
    twelve = tiff(numbers(SMOOTH, 12, "u2"), compression="jpeg", compressionargs={"level": 99})
    add("deep/jpeg-12-bits.tif", twelve, seen(SMOOTH), 12)
    add("deep/32-bits.tif", tiff(numbers(SMOOTH, 32, "u4"), compression="zlib"), seen(SMOOTH), 1)
    add("deep/signed-but-positive.tif", tiff(numbers(GREY, 15, "i2"), "minisblack"), seen(GREY), 1)
    dark = numbers(GREY * 0.3, 16)  # of all 16 bits, and so no darker than it says
    add("deep/dark16.tif", tiff(dark, "minisblack"), seen(GREY * 0.3), 1)


def _floats(add):
    for kind in ("f2", "f4", "f8"):
        add(f"deep/{kind}.tif", tiff(SMOOTH.astype(kind), compression="zlib"), seen(SMOOTH), 1)
    add("deep/f4-255.tif", tiff((SMOOTH * 255).astype("f4")), seen(SMOOTH), 1)
    add("deep/f4-65535.tif", tiff((GREY * 65535).astype("f4"), "minisblack", byteorder=">"), seen(GREY), 1)
    add("deep/f4-predictor.tif", tiff(SMOOTH.astype("f4"), compression="zlib", predictor=3), seen(SMOOTH), 1)
    add("deep/f4-white-is-zero.tif", tiff((1 - GREY).astype("f4"), "miniswhite"), seen(GREY), 1)
    add("deep/f4-planar.tif", tiff(SMOOTH.astype("f4"), planar=True), seen(SMOOTH), 1)
    over = (SMOOTH * 1.04 - 0.02).astype("f4")  # as resizing leaves it
    add("deep/f4-a-little-over.tif", tiff(over), seen(np.clip(SMOOTH * 1.04 - 0.02, 0, 1)), 1)
    for name, values, reason in (
        ("nan", np.where(GREY > 0.5, np.nan, GREY), "nan"),
        ("infinite", np.where(GREY > 0.5, np.inf, GREY), "infinite"),
        ("bright", GREY * 3, "from 0 to 3"),
        ("minus", GREY * 2 - 1, "from -1 to 1"),
        ("million", GREY * 1e6, "1e+06"),
        ("complex", GREY + 1j, "complex"),
    ):
        values = values.astype("c8" if name == "complex" else "f4")
        add(f"deep/float-{name}.tif", tiff(values, "minisblack"), reason=reason)
    signed = np.rint(GREY * 60000 - 30000).astype("i2")
    add("deep/signed.tif", tiff(signed, "minisblack"), reason="signed numbers from -30000 to 30000")


def _lab(add):
    """Under D50, as TIFF 6.0 has it and as the ICC has it; colours far from the border of what 8 bits of Lab tell."""
    from skimage.color import xyz2lab

    soft = 0.3 + 0.5 * SMOOTH
    lab = xyz2lab(icc.srgb_light(soft) @ np.linalg.inv(icc.TO_SRGB).T, "D50", "2")
    L, ab = np.rint(lab[..., :1] * 2.55), np.rint(lab[..., 1:])
    add("deep/lab8.tif", tiff(np.dstack([L, ab % 256]).astype("u1"), 8), seen(soft), 6)
    add("deep/icclab8.tif", tiff(np.dstack([L, ab + 128]).astype("u1"), 9), seen(soft), 6)
    ab = np.rint(lab[..., 1:] * 256)
    signed = np.dstack([np.rint(lab[..., :1] * 655.35), ab % 65536]).astype("u2")
    add("deep/lab16.tif", tiff(signed, 8, compression="lzw"), seen(soft), 1)
    shifted = np.dstack([np.rint(lab[..., :1] * 652.8), ab + 32768]).astype("u2")
    add("deep/icclab16.tif", tiff(shifted, 9), seen(soft), 1)


def _no_tiff(add):
    deep, alpha = numbers(SMOOTH), np.full((H, W, 1), 32768, np.uint16)
    add("deep/rgb16.png", imagecodecs.png_encode(deep), seen(SMOOTH), 1)
    add("deep/rgba16.png", imagecodecs.png_encode(np.dstack([deep, alpha])), seen(SMOOTH / 2 + 0.5), 1)
    grey = np.dstack([numbers(GREY), alpha])
    add("deep/grey-alpha16.png", imagecodecs.png_encode(grey), seen(GREY / 2 + 0.5), 1)
    add("deep/12-in-16.png", imagecodecs.png_encode(numbers(GREY, 12, "u2")), seen(GREY), 1)
    clear = hostile.chunk(b"tRNS", struct.pack(">3H", *deep[0, 0]))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    wanted = seen(SMOOTH)
    wanted[0, 0] = 255
    add("deep/rgb16-clear.png", hostile.png(W, H, 16, 2, rows, clear), wanted, 1)
    for bits in (12, 16):
        for name, values in (("rgb", SMOOTH), ("grey", GREY)):
            jp2 = imagecodecs.jpeg2k_encode(numbers(values, bits, "u2"), level=0, codecformat="jp2",
                                            bitspersample=bits, reversible=True)  # fmt: skip
            add(f"deep/{name}{bits}.jp2", jp2, seen(values), 1)
    twelve = imagecodecs.jpeg_encode(numbers(GREY, 12, "u2"), level=99, bitspersample=12)
    add("deep/12-bits.jpg", twelve, seen(GREY), 4)
    for most in (4095, 65535):
        body = np.rint(SMOOTH * most).astype(">u2").tobytes()
        add(f"deep/{most}.ppm", b"P6 %d %d %d\n" % (W, H, most) + body, seen(SMOOTH), 1)
        body = np.rint(GREY * most).astype(">u2").tobytes()
        add(f"deep/{most}.pgm", b"P5 %d %d %d\n" % (W, H, most) + body, seen(GREY), 1)
    add("deep/grey.pfm", b"Pf\n%d %d\n-1.0\n" % (W, H) + GREY[::-1].astype("<f4").tobytes(), seen(GREY), 1)


def _pages(add):
    small, page, other = numbers(SMOOTH[:8, :8], 8), numbers(SMOOTH), numbers(SMOOTH[::-1], 8)
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        file.write(small, photometric="rgb", subfiletype=1)  # a thumbnail
        file.write(page, photometric="rgb", subfiletype=2)
        file.write(other, photometric="rgb", subfiletype=2)
    add("deep/thumbnail-and-pages.tif", buffer.getvalue(), seen(SMOOTH), 1)


def _refused(add):
    add("deep/ycc-shared-lzw.tif", ycc((2, 2), 5), seen(SMOOTH), 16)
    for name, tag in (("said", True), ("unsaid", False)):
        add(f"deep/ycc-shared-{name}.tif", ycc((2, 2), 1, tag), reason="YCBCR")
    deep = numbers(GREY)
    for kind in ("cfa", "logl", "depth_map"):
        add(f"deep/{kind}.tif", tiff(deep, kind), reason=kind.upper())
    add("deep/logluv.tif", tiff(numbers(SMOOTH), "logluv"), reason="LOGLUV")
    solid = tiff(np.stack([deep] * 4), "minisblack", volumetric=True, tile=(16, 16, 16))
    add("deep/solid.tif", solid, reason="depth 4")
    inks = tiff(numbers(np.dstack([SMOOTH] * 2)), "separated", extratags=[(332, 3, 1, 2, True)])
    add("deep/six-inks.tif", inks, reason="other inks")
    raw = tiff(numbers(SMOOTH[:8, :8], 8), subfiletype=1, extratags=[(50706, 1, 4, b"\1\4\0\0", True)])
    add("deep/camera.tif", raw, reason="camera's raw file")
    whole = tiff(numbers(SMOOTH), compression="zlib", rowsperstrip=4)
    for part in (0.3, 0.95):
        add(f"deep/cut-{part}.tif", whole[: int(len(whole) * part)], reason=" ")
    for name, content, reason in (
        ("photometric", by_hand(bytes(H * W * 2), 16, 77, (H, W)), "photometric 77"),
        ("compression", by_hand(bytes(H * W * 2), 16, 1, (H, W), compression=12345), "compression 12345"),
        ("palette", packed(numbers(GREY, 4), 4, 3), "palette"),
    ):
        add(f"deep/unknown-{name}.tif", content, reason=reason)
    circle = bytearray(tiff(numbers(SMOOTH)))
    (at,) = struct.unpack_from("<L", circle, 4)
    (tags,) = struct.unpack_from("<H", circle, at)
    struct.pack_into("<L", circle, at + 2 + 12 * tags, at)  # the next page is this one
    add("deep/circle.tif", bytes(circle), seen(SMOOTH), 1)
    holes = by_hand(b"", 16, 1, (H, W))  # a strip of no bytes, which some readers take for black
    add("deep/holes.tif", holes, reason="not in the file")
    few = by_hand(bytes(4 * W * 2), 16, 1, (H, W), rows=4)  # one of four strips
    add("deep/strips-missing.tif", few, reason="not in the file")
    png = imagecodecs.png_encode(numbers(SMOOTH))
    add("deep/cut.png", png[: len(png) * 2 // 3], reason=" ")
