"""Files that a folder of pictures may hold and should not: `make(folder)` writes them and says what each should give.

    python tests/hostile.py FOLDER        to try another program on them

What the disk does not take (a name that is no text, a pipe) is left out.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import stat
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

# Upright: red, green over blue, white; wider than high, so that a missed rotation shows in the shape, too.
UPRIGHT = np.zeros((16, 24, 3), np.uint8)
UPRIGHT[:8, :12], UPRIGHT[:8, 12:] = (255, 0, 0), (0, 255, 0)
UPRIGHT[8:, :12], UPRIGHT[8:, 12:] = (0, 0, 255), (255, 255, 255)
NOISE = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
EXACT = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}
FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "TIFF": ".tif", "BMP": ".bmp"}

# EXIF orientation -> what operation on the upright picture gives the stored one.
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}

NAMES = (
    "line\nend.png",
    "tab\tand\rreturn.png",
    "screen\x1b[31mred.png",
    "single'quote.png",
    'double"quote.png',
    "-leading dash.png",
    "--help.png",
    "$(touch run).png",
    "`touch run`; touch run & touch run.png",
    "back\\slash.png",
    "percent %s %d {} {0}.png",
    "star*question?.png",
    "emoji 🎨👩🏽‍🦱.png",
    "right-to-left \u202egnp.png",
    "日本語 العربية.png",
    "é composed.png",
    "e\u0301 composed.png",  # the same on a Mac
    "Same.png",
    "same.png",  # the same on Windows
    "STRASSE.png",
    "straße.png",
    "ENDING.PNG",
    "two.dots..png",
    "CON.png",
    "n" * 251 + ".png",  # as long as names can be
    os.fsdecode(b"no text \xff\xfe.png"),
    os.fsdecode(b"half a letter \xc3.png"),
)


@dataclass(frozen=True)
class Hostile:
    """A file below the folder, and what reading it should give: a picture, or an error with this word in its reason."""

    name: str
    wanted: np.ndarray | None = None
    most: int = 0  # largest difference of a pixel
    reason: str = ""


def encode(image, file_format="PNG", **options) -> bytes:
    """The file of an array or a Pillow image."""
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    buffer = io.BytesIO()
    image.save(buffer, format=file_format, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, colours, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG by hand.  colours: 0 grey, 2 RGB.  rows: each with its filter byte."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    )


def make(folder) -> list[Hostile]:
    """Write all files below folder, which is made; returns what each should give."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    made = []

    def add(name, content: bytes, wanted=None, most=0, reason=""):
        with contextlib.suppress(OSError, ValueError):  # a name or a kind of file that this disk does not take
            if (folder / name).exists():  # on a disk that takes it for another's
                return
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            made.append(Hostile(name, wanted, most, reason))

    _damaged(add)
    _mislabelled(add)
    _modes(add)
    _metadata(add)
    _sizes(add)
    _endings(add)
    import colours  # which build on this file
    import deep

    deep.make(add)
    colours.make(add)
    for name in NAMES:
        add(f"names/{name}", encode(UPRIGHT), UPRIGHT)
    _no_files(folder, made, add)
    return made


def _damaged(add):
    for file_format, ending in FORMATS.items():
        whole = encode(NOISE, file_format)
        add(f"damaged/empty{ending}", b"", reason="0 bytes")
        for part in (0.02, 0.5, 0.9):
            add(f"damaged/cut-{part}{ending}", whole[: int(len(whole) * part)], reason=" ")
    add("damaged/zeros.jpg", bytes(5000), reason="not a picture")
    flipped = bytearray(encode(UPRIGHT))
    flipped[flipped.index(b"IDAT") + 20] ^= 255
    add("damaged/checksum.png", bytes(flipped), reason="broken")


def _mislabelled(add):
    for file_format, ending in (("PNG", ".jpg"), ("JPEG", ".png"), ("WEBP", ".bmp"), ("GIF", ".tif"), ("TIFF", ".gif")):
        content = encode(UPRIGHT, file_format, **EXACT.get(file_format, {}))
        add(f"mislabelled/{file_format}{ending}", content, UPRIGHT, 8)
    for name, content in {
        "text.jpg": b"this is no picture\n" * 20,
        "page.jpg": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
        "drawing.png": b'<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"/>',
        "script.gif": b"#!/bin/sh\ntouch run\n",
        "document.jpg": b"%PDF-1.7\n" + bytes(100),
        "archive.png": b"PK\x03\x04" + bytes(100),
        "postscript.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n%%EndComments\nshowpage\n%%EOF\n",
        "pickle.png": b"\x80\x04cos\nsystem\n(S'touch run'\ntR.",
        "tensors.webp": struct.pack("<Q", 2) + b"{}",
    }.items():
        add(f"mislabelled/{name}", content, reason="not a picture")
    add("mislabelled/phone.jpg", b"\0\0\0\x18ftypheic" + bytes(64), reason=" ")


def _modes(add):
    cmyk = Image.fromarray(UPRIGHT).convert("CMYK")
    as_read = np.array(cmyk.convert("RGB"))
    add("modes/cmyk.tif", encode(cmyk, "TIFF"), as_read)
    add("modes/cmyk.jpg", encode(cmyk, "JPEG", quality=95, subsampling=0), as_read, 16)
    deep = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    ramp = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, 2)
    add("modes/grey16.png", encode(deep), ramp)
    add("modes/grey16.tif", encode(deep, "TIFF"), ramp)
    add("modes/grey8.png", encode(ramp[..., 0]), ramp)
    values = (np.arange(16 * 16 * 3) * 85).astype(">u2").reshape(16, 16, 3)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    add("modes/rgb16.png", png(16, 16, 16, 2, rows), (values / 257).round().astype(np.uint8), 1)
    add("modes/float.tif", encode(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16), "TIFF"), ramp)
    add("modes/nan.tif", encode(np.full((16, 16), np.nan, np.float32), "TIFF"), reason="nan")
    bilevel = np.where(ramp > 127, 255, 0).astype(np.uint8)
    add("modes/bilevel.png", encode(Image.fromarray(bilevel).convert("1")), bilevel)
    add("modes/bilevel.tif", encode(Image.fromarray(bilevel).convert("1"), "TIFF", compression="group4"), bilevel)
    palette = Image.fromarray(UPRIGHT).quantize(4)
    on_white = UPRIGHT.copy()
    on_white[:8, :12] = 255
    red = palette.getpixel((0, 0))
    add("modes/palette.png", encode(palette), UPRIGHT)
    add("modes/palette-clear.png", encode(palette, transparency=red), on_white)
    add("modes/palette-clear.gif", encode(palette, "GIF", transparency=red), on_white)
    add("modes/rgb-clear.png", encode(UPRIGHT, transparency=(255, 0, 0)), on_white)
    alpha = np.full(UPRIGHT.shape[:2], 255, np.uint8)
    alpha[:8, :12] = 0
    for file_format, ending in (("PNG", ".png"), ("WEBP", ".webp"), ("TIFF", ".tif")):
        content = encode(np.dstack([UPRIGHT, alpha]), file_format, **EXACT.get(file_format, {}))
        add(f"modes/rgba{ending}", content, on_white)
    second = Image.new("RGB", (24, 16), (9, 9, 9))
    for file_format, ending in (("GIF", ".gif"), ("WEBP", ".webp"), ("TIFF", ".tif"), ("PNG", ".png")):
        options = {"save_all": True, "append_images": [second], **EXACT.get(file_format, {})}
        add(f"modes/animated{ending}", encode(Image.fromarray(UPRIGHT), file_format, **options), UPRIGHT)


def _metadata(add):
    for orientation, turn in STORED.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        for file_format, ending in (("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("TIFF", ".tif")):
            stored = np.ascontiguousarray(turn(UPRIGHT))
            content = encode(stored, file_format, exif=exif, **EXACT.get(file_format, {}))
            add(f"metadata/exif-{orientation}{ending}", content, UPRIGHT, 8)
    exif[0x0112] = 77
    add("metadata/exif-77.jpg", encode(UPRIGHT, "JPEG", exif=exif, **EXACT["JPEG"]), UPRIGHT, 8)
    broken = b"Exif\0\0MM\0\x2a\xff\xff\xff\xffrubbish"
    add("metadata/exif-broken.jpg", encode(UPRIGHT, "JPEG", exif=broken, **EXACT["JPEG"]), UPRIGHT, 8)
    add("metadata/exif-broken.webp", encode(UPRIGHT, "WEBP", exif=broken, **EXACT["WEBP"]), UPRIGHT)
    add("metadata/exif-broken.png", encode(UPRIGHT, exif=broken), UPRIGHT)
    for file_format, ending in (("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("TIFF", ".tif")):
        content = encode(UPRIGHT, file_format, icc_profile=b"no profile" * 20, **EXACT.get(file_format, {}))
        add(f"metadata/icc-broken{ending}", content, UPRIGHT, 8)
    rows = b"".join(b"\0" + row.tobytes() for row in UPRIGHT)
    add("metadata/icc-no-zlib.png", png(24, 16, 8, 2, rows, chunk(b"iCCP", b"name\0\0not compressed")), UPRIGHT)
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9))
    add("metadata/text-bomb.png", png(24, 16, 8, 2, rows, bomb), reason="broken")


def _endings(add):
    """Formats under their rarer endings, and two that need a plug-in."""
    for file_format, endings in (
        ("JPEG", ".jfif .jpe .jif"),
        ("PNG", ".apng"),
        ("BMP", ".dib"),
        ("PPM", ".pnm"),
        ("JPEG2000", ".jp2 .jpf .jpx"),
        ("TGA", ".tga .icb .vda .vst"),
    ):
        for ending in endings.split():
            content = encode(UPRIGHT, file_format, **EXACT.get(file_format, {}))
            add(f"endings/{ending[1:]}{ending.upper()}", content, UPRIGHT, 8 * (file_format == "JPEG"))
    two_views = encode(Image.fromarray(UPRIGHT), "MPO", save_all=True, append_images=[Image.new("RGB", (24, 16))],
                       **EXACT["JPEG"])  # fmt: skip
    add("endings/two views.mpo", two_views, UPRIGHT, 8)
    bilevel = np.where(UPRIGHT[..., 1:2] > 127, 255, 0).repeat(3, 2).astype(np.uint8)
    add("endings/bilevel.pbm", encode(Image.fromarray(bilevel).convert("1"), "PPM"), bilevel)
    codestream = encode(UPRIGHT, "JPEG2000", no_jp2=True)
    for ending in (".j2k", ".j2c", ".jpc"):
        add(f"endings/codestream{ending}", codestream, UPRIGHT)
    Image.init()
    for file_format, module, name, head in (
        ("HEIF", "pillow_heif", "phone.heic", b"\0\0\0\x18ftypheic"),
        ("JXL", "pillow_jxl", "new.jxl", b"\0\0\0\x0cJXL \r\n\x87\n"),
    ):
        try:
            getattr(importlib.import_module(module), "register_heif_opener", int)()
        except ImportError:
            reason = "pip install pillow"
            add(f"endings/{name}", head + bytes(64), reason=reason)
        else:
            exact = {"lossless": True} if file_format == "JXL" else {"quality": -1, "chroma": 444}
            add(f"endings/{name}", encode(UPRIGHT, file_format, **exact), UPRIGHT, 2)


def _sizes(add):
    for width, height in ((1, 1), (1, 20_000), (20_000, 1), (7, 8)):
        add(f"sizes/{width}x{height}.png", encode(np.zeros((height, width, 3), np.uint8)), reason=f"{width} x {height}")
    strip = np.repeat(NOISE[:1, :8], 20_000, 0)
    add("sizes/8x20000.png", encode(strip), strip)
    add("sizes/20000x8-as.webp", encode(strip.transpose(1, 0, 2).copy()), strip.transpose(1, 0, 2))
    add("sizes/60000x60000.png", png(60_000, 60_000, 8, 2, b"\0" * 9), reason="too large")
    add("sizes/13000x13000.png", png(13_000, 13_000, 8, 2, b"\0" * 9), reason="too large")
    # A whole picture of 50 MB of zeros, 400 megapixels, in a small file.
    add("sizes/bomb.png", png(20_000, 20_000, 1, 0, bytes(20_000 * 2501)), reason="too large")
    gif = bytearray(encode(UPRIGHT, "GIF"))
    gif[6:10] = b"\xff" * 4
    add("sizes/65535x65535.gif", bytes(gif), reason="too large")
    bmp = bytearray(encode(UPRIGHT, "BMP"))
    bmp[18:26] = struct.pack("<ii", 2**31 - 1, 2**31 - 1)
    add("sizes/2147483647.bmp", bytes(bmp), reason="too large")
    jpeg = bytearray(encode(UPRIGHT, "JPEG"))
    frame = jpeg.index(b"\xff\xc0") + 5
    jpeg[frame : frame + 4] = struct.pack(">HH", 65_500, 65_500)
    add("sizes/65500x65500.jpg", bytes(jpeg), reason="too large")


def _no_files(folder, made, add):
    """Folders, links, pipes, devices, and a file that may not be read."""
    add("nofiles/folder.jpg/inside.png", encode(UPRIGHT), UPRIGHT)
    (folder / "nofiles/empty folder.png").mkdir()
    add("nofiles/closed.png", encode(UPRIGHT), UPRIGHT if _may_all() else None, reason="denied")
    os.chmod(folder / "nofiles/closed.png", 0)
    for name, leads_to, reason in (
        ("circle-a.jpg", "circle-b.jpg", "cannot be read"),
        ("circle-b.jpg", "circle-a.jpg", "cannot be read"),
        ("self.png", "self.png", "cannot be read"),
        ("dangling.png", "nowhere.png", "no such file"),
        ("to-folder.png", "folder.jpg", None),  # links to folders are not followed
        ("up", "..", None),
        ("down", ".", None),
        ("link.png", "folder.jpg/inside.png", ""),
        ("endless.png", "/dev/zero", "device"),
        ("null.jpg", "/dev/null", "device"),
    ):
        with contextlib.suppress(OSError):
            (folder / "nofiles" / name).symlink_to(leads_to)
            if reason is not None:
                made.append(Hostile(f"nofiles/{name}", None if reason else UPRIGHT, reason=reason))
    for name, kind in (("pipe.jpg", stat.S_IFIFO), ("socket.png", stat.S_IFSOCK)):
        with contextlib.suppress(OSError, AttributeError):
            os.mknod(folder / "nofiles" / name, kind | 0o600)
            made.append(Hostile(f"nofiles/{name}", reason="pipe"))
    add("nofiles/huge.jpg", encode(UPRIGHT, "JPEG"), reason="too large")
    os.truncate(folder / "nofiles/huge.jpg", 2**31)  # takes no room: zeros that are nowhere written


def _may_all() -> bool:
    return not hasattr(os, "geteuid") or os.geteuid() == 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"{len(make(sys.argv[1]))} files in {sys.argv[1]}")
