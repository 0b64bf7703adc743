"""What a photo carries beside its pixels: read, cleared of what is true no longer, and marked.

    about = carried(image)      # plain data: EXIF with GPS, XMP, IPTC, comment, resolution, text

A coloured photo is upright, in sRGB and as large as it is, whatever the file said; and a thumbnail
in it would be the old one.  Everything else stays as it was, byte by byte.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import struct

from PIL import Image

from colorlib.data import exif

NOTED = 11  # EXIF ProcessingSoftware: "name and version of the software used to post-process"
ORIENTATION, XMP, IPTC, PHOTOSHOP = 274, 700, 33723, 34377
DESCRIPTION, ARTIST, COPYRIGHT = 270, 315, 33432
RESOLUTION = (282, 283, 296)  # across, down, and the unit of both
CAPTION = 0x0404  # the IPTC record among Photoshop's resources; the others are layers, thumbnails
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"  # what JPEG puts before it
TEXT_BYTES = 2**20  # of one text of a PNG

# Of the main folder: what tells how pixels are stored, in TIFF 6.0 and its supplements, and what
# is kept elsewhere. 50706 and up say "I am a raw photo" (DNG).
_PIXELS = {254, 255, *range(256, 269), 273, *range(277, 282), 284, *range(288, 294), 297, 301,
           *range(317, 326), 326, 327, 328, *range(330, 334), 334, 336, *range(338, 348), 351,
           *range(512, 533), 559, 34675, 37724, 50838, 50839, *range(50706, 52600)}  # fmt: skip
_KEPT_ELSEWHERE = {ORIENTATION, XMP, IPTC, PHOTOSHOP}
_INTEROP, _GAMMA = 40965, 42240  # of the EXIF folder: both tell the colour space
_SIDES = {40962: 0, 40963: 1}  # of the EXIF folder: which side of the picture a tag tells
_COLOUR_SPACE = 40961

# Names of XMP, and of a PNG's text for those that EXIF has, too.
_XMP = {"tiff:Orientation": "1", "exif:ColorSpace": "1",
        "photoshop:ICCProfile": "sRGB IEC61966-2.1"}  # fmt: skip
_XMP_SIDES = {"exif:PixelXDimension": 0, "exif:PixelYDimension": 1, "tiff:ImageWidth": 0,
              "tiff:ImageLength": 1}  # fmt: skip
PNG_TEXT = {"Description": DESCRIPTION, "Author": ARTIST, "Copyright": COPYRIGHT}
_XMP_TEXT = "XML:com.adobe.xmp"
_PNG_CHUNKS = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"pHYs")
_ENDIAN = {"<": "little", ">": "big"}
_RAW = "Raw profile type "  # ImageMagick's way to store EXIF, IPTC and XMP in a PNG, as hex


def carried(image: Image.Image) -> dict:
    """What an opened picture file carries, as plain data, with nothing that tells of its pixels.

    image: a Pillow image whose file is still open and not loaded yet; it is left as it was.

    Returns what there is of {"exif": bytes from the TIFF header on, without orientation, thumbnail
    and colour space; "xmp": bytes; "iptc": bytes, the record itself; "comment": bytes; "dpi":
    (across, down) of the upright picture; "text": {key: str}, that of a PNG}. What is damaged is
    left out.
    """
    if image.format == "PNG" and getattr(image, "fp", None) is not None:
        image = _without_pixels(image.fp) or image
    if image.format == "TIFF" and getattr(image, "fp", None) is not None:
        place = image.fp.tell()
        try:
            return of_tiff(image.fp, image.tell())
        finally:
            image.fp.seek(place)
    info = dict(image.info)
    if image.format in ("JPEG", "MPO"):
        info.setdefault("xmp", _packet(image))
    raw = {key[len(_RAW) :]: _from_hex(info[key]) for key in info if str(key).startswith(_RAW)}
    photoshop = info.get("photoshop")
    order, folders = exif.read(_bytes(info.get("exif")) or raw.get("exif", b""))
    said = info.get("jfif_unit") in (1, 2) or RESOLUTION[0] in folders.get(exif.MAIN, {})
    if image.format in ("JPEG", "MPO") and not said:
        info.pop("dpi", None)  # 72, which Pillow makes up beside EXIF that tells none
    about = {
        "exif": _clean(order, folders),
        "xmp": _bytes(info.get("xmp")) or _bytes(info.get(_XMP_TEXT)) or raw.get("xmp", b""),
        "iptc": _bytes(photoshop.get(CAPTION)) if isinstance(photoshop, dict) else b"",
        "comment": _bytes(info.get("comment")),
        "dpi": _resolution(info.get("dpi"), _lies(order, folders)),
        "text": _texts(image) if image.format == "PNG" else {},
    }
    about["iptc"] = about["iptc"] or _captions(raw.get("iptc", b"") or raw.get("8bim", b""))
    return {key: value for key, value in about.items() if value}


def of_tiff(file, index: int = 0) -> dict:
    """`carried`, of the folder `index` in the chain of a TIFF's: bytes or a binary file."""
    file = io.BytesIO(file) if isinstance(file, bytes) else file
    order, folders = exif.read_tiff(file, index)
    main = folders.get(exif.MAIN, {})
    values = {tag: value for tag, (_, _, value) in main.items()}
    about = {
        "exif": _clean(order, folders),
        "xmp": values.get(XMP, b"").rstrip(b"\0"),
        "iptc": _captions(values.get(IPTC, b"") or values.get(PHOTOSHOP, b"")),
        "dpi": _resolution(_tiff_dpi(order, main), _lies(order, folders)),
    }
    return {key: value for key, value in about.items() if value}


def for_pixels(about: dict, width: int, height: int, note: str | None = None) -> tuple:
    """What belongs into an sRGB picture of that size: EXIF, as its order and folders, and XMP.

    note: what is added to what the photo says about its processing, in the one field of EXIF for
        that; an earlier note that begins alike gives way.
    """
    order, folders = exif.read(about.get("exif", b""))
    main, sides = dict(folders.get(exif.MAIN, {})), (width, height)
    inner = dict(folders.get(exif.EXIF, {}))
    main.pop(ORIENTATION, None)  # upright already
    for tag, side in _SIDES.items():
        if tag in inner:
            inner[tag] = exif.number(order, exif.LONG, sides[side])
    if inner:
        inner[_COLOUR_SPACE] = exif.number(order, exif.SHORT, 1)  # sRGB
    if note:
        main[NOTED] = exif.text(_with_note(main.get(NOTED), note))
    folders = folders | {exif.MAIN: main, exif.EXIF: inner}
    packet = about.get("xmp", b"")
    for name, value in _XMP.items():
        packet = _set(packet, name, value)
    for name, side in _XMP_SIDES.items():
        packet = _set(packet, name, str(sides[side]))
    packet = re.sub(rb"<xmp:Thumbnails>.*?</xmp:Thumbnails>", b"", packet, flags=re.DOTALL)
    return order, {tag: entries for tag, entries in folders.items() if entries}, packet


def from_text(about: dict) -> dict:
    """The same with a PNG's text in EXIF and comment, where those say nothing yet, for formats that
    have no text; what has no field there is left under "text".
    """
    texts = dict(about.get("text", {}))
    order, folders = exif.read(about.get("exif", b""))
    main = dict(folders.get(exif.MAIN, {}))
    for key, tag in PNG_TEXT.items():
        if key in texts and tag not in main:
            main[tag] = exif.text(texts.pop(key))
    comment = about.get("comment") or texts.pop("Comment", "").encode()
    block = exif.write(order, folders | {exif.MAIN: main}) if main else about.get("exif", b"")
    return about | {"exif": block, "comment": comment, "text": texts}


def _with_note(entry, note: str) -> str:
    earlier = entry[2].rstrip(b"\0").decode("utf-8", "replace") if entry else ""
    start = note.split(" by ")[0]
    parts = [part for part in earlier.split("; ") if part and not part.startswith(start)]
    return "; ".join([*parts, note])


def _clean(order: str, folders: exif.Folders) -> bytes:
    """The block without what tells how pixels were stored, and what stands elsewhere."""
    dropped = {exif.MAIN: _PIXELS | _KEPT_ELSEWHERE, exif.EXIF: {_INTEROP, _GAMMA}}
    if _lies(order, folders):
        across, down, _ = RESOLUTION
        main = folders[exif.MAIN]
        turned = {a: main[b] for a, b in ((across, down), (down, across)) if b in main}
        rest = {tag: entry for tag, entry in main.items() if tag not in (across, down)}
        folders = folders | {exif.MAIN: rest | turned}
    kept = {
        folder: {t: e for t, e in entries.items() if t not in dropped.get(folder, ())}
        for folder, entries in folders.items()
    }
    return exif.write(order, kept) if any(kept.values()) else b""


def _captions(stored: bytes) -> bytes:
    """The IPTC record: alone, or among Photoshop's resources, "8BIM", number, name, size, data."""
    at = stored.find(b"8BIM")
    if at < 0:
        return stored if stored.startswith(b"\x1c") else b""
    while stored[at : at + 4] == b"8BIM" and at + 12 <= len(stored):
        (number,) = struct.unpack(">H", stored[at + 4 : at + 6])
        at += 6 + (stored[at + 6] // 2 + 1) * 2  # the name: its length, and padded to even
        size = int.from_bytes(stored[at : at + 4], "big")
        if number == CAPTION:
            return stored[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return b""


def resource(iptc: bytes) -> bytes:
    """The IPTC record as the one of Photoshop's resources, as JPEG wants it."""
    head = struct.pack(">4sHHL", b"8BIM", CAPTION, 0, len(iptc))
    return head + iptc + bytes(len(iptc) % 2)


def _tiff_dpi(order: str, main: dict):
    """Pixels an inch, across and down, or None."""
    with contextlib.suppress(KeyError, struct.error, ZeroDivisionError):
        across, down = (struct.unpack(order + "LL", main[tag][2]) for tag in RESOLUTION[:2])
        unit = struct.unpack(order + "H", main[RESOLUTION[2]][2])[0] if 296 in main else 2
        scale = {2: 1.0, 3: 2.54}.get(unit)  # inch, centimetre; 1 is no unit
        return scale and (scale * across[0] / across[1], scale * down[0] / down[1])
    return None


def dpi_entries(order: str, dpi) -> dict:
    """The three entries of the main folder that tell a resolution."""
    across, down, unit = RESOLUTION
    entries = {
        tag: (5, 1, struct.pack(order + "LL", round(1000 * x), 1000))
        for tag, x in zip((across, down), dpi, strict=True)
    }
    return entries | {unit: exif.number(order, exif.SHORT, 2)}


def _lies(order: str, folders) -> bool:
    """Whether a picture is stored lying on its side."""
    entry = folders.get(exif.MAIN, {}).get(ORIENTATION)
    return bool(entry) and int.from_bytes(entry[2], _ENDIAN[order]) in (5, 6, 7, 8)


def _resolution(dpi, lies: bool = False):
    """Two numbers that every format can hold, across and down when upright; or None."""
    with contextlib.suppress(TypeError, ValueError, ZeroDivisionError, OverflowError):
        across, down = (float(x) for x in dpi)
        if all(math.isfinite(x) and 0.5 <= x < 65535 for x in (across, down)):
            return (down, across) if lies else (across, down)
    return None


def _without_pixels(file) -> Image.Image | None:
    """The same PNG with one pixel: its text and EXIF, which may stand behind the pixels, and which
    Pillow tells after it has read those.
    """
    place, parts, total = file.tell(), [], 0
    small = io.BytesIO()
    Image.new("L", (1, 1)).save(small, "PNG")
    try:
        file.seek(8)
        while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
            size = int.from_bytes(head[:4], "big") + 4  # and the sum
            if head[4:] in _PNG_CHUNKS and (total := total + size) <= exif.MOST_BYTES:
                parts.append(head + file.read(size))
            else:
                file.seek(size, 1)
        head, rest = small.getvalue()[:33], small.getvalue()[33:]
        image = Image.open(io.BytesIO(head + b"".join(parts) + rest), formats=["PNG"])
        image.load()
        return image
    except (OSError, ValueError, SyntaxError):  # reading the pixels will tell
        return None
    finally:
        file.seek(place)


def _packet(image) -> bytes:
    """The XMP of a JPEG, which Pillow below 11 does not tell."""
    found = [body for _, body in getattr(image, "applist", []) if body.startswith(XMP_HEAD)]
    return found[0][len(XMP_HEAD) :] if found else b""


def _texts(image) -> dict:
    texts = getattr(image, "text", {})  # also what stands behind the pixels
    taken = (_XMP_TEXT, _RAW)
    return {
        key: str(value)
        for key, value in texts.items()
        if not key.startswith(taken) and len(value) <= TEXT_BYTES
    }


def raw_profile(name: str, data: bytes) -> tuple[str, str]:
    """Key and text by which a PNG keeps data that it has no place for, as ImageMagick does."""
    rows = "\n".join(data.hex()[at : at + 72] for at in range(0, 2 * len(data), 72))
    return f"{_RAW}{name}", f"\n{name}\n{len(data):8}\n{rows}\n"


def _from_hex(value) -> bytes:
    """ImageMagick's "\\nexif\\n   1234\\n4578..."."""
    with contextlib.suppress(ValueError, TypeError):
        return bytes.fromhex("".join(value.split("\n")[3:]))
    return b""


def _bytes(value) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else bytes(value or b"")


def in_words(comment: bytes) -> str:
    """A comment as text: UTF-8 where it is, else Latin-1."""
    try:
        return comment.rstrip(b"\0").decode("utf-8")
    except UnicodeDecodeError:
        return comment.rstrip(b"\0").decode("latin-1")


def _set(packet: bytes, name: str, value: str) -> bytes:
    """XMP with another value of a property that it has, as an attribute or as an element."""
    name, value = name.encode(), value.encode()
    found = re.sub(
        rb"(\b" + name + rb"\s*=\s*)([\"']).*?\2", rb"\g<1>\g<2>" + value + rb"\2", packet
    )
    return re.sub(rb"(<" + name + rb">).*?(</)", rb"\g<1>" + value + rb"\2", found)
