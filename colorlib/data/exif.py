"""EXIF as it stands in files: entries as raw bytes, so that what is copied stays what it was.

EXIF is a TIFF without pixels: a header, and folders (IFDs) of entries (tag, kind, count, value).
Pillow decodes and encodes the values, and "Müller" comes back as "M??ller"; here nobody looks at
them. The kinds and the layout are those of TIFF 6.0, section 2, and of BigTIFF.
"""

from __future__ import annotations

import io
import struct

MAIN, EXIF, GPS = 0, 34665, 34853  # IFD0; the tags in it that lead to the other two folders
MOST_BYTES = 2**24  # of one folder: an XMP packet may have some megabytes
MOST_ENTRIES = 4096  # of one folder
HEAD = b"Exif\0\0"  # what JPEG puts before it
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # of a kind
POINTERS = {13: 4, 16: 8, 17: 8, 18: 8}  # kinds that lead elsewhere, or that only BigTIFF has
ASCII, SHORT, LONG, UNDEFINED = 2, 3, 4, 7

# {folder: {tag: (kind, count, value as bytes in the block's order)}}
Folders = dict[int, dict[int, tuple[int, int, bytes]]]


def read(block: bytes) -> tuple[str, Folders]:
    """The order of bytes, "<" or ">", and the folders of an EXIF block; without what is damaged.

    Returns ("<", {}) for what is no EXIF block.
    """
    while block.startswith(HEAD):
        block = block[len(HEAD) :]
    return read_tiff(io.BytesIO(block))


def read_tiff(file, index: int = 0) -> tuple[str, Folders]:
    """`read`, of the page `index` of a TIFF: a binary file, which is left at another place."""
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return "<", {}
    big = struct.unpack(order + "H", head[2:4])[0] == 43
    at = (
        struct.unpack(order + "Q", head[8:16])[0] if big and len(head) == 16 else _long(order, head)
    )
    for _ in range(index):
        at = _folder(file, order, big, at)[1]
    folders = {MAIN: _folder(file, order, big, at)[0]}
    for tag in (EXIF, GPS):
        if pointer := folders[MAIN].pop(tag, None):
            where = int.from_bytes(pointer[2], "little" if order == "<" else "big")
            inner = _folder(file, order, big, where)[0]
            folders[tag] = {t: entry for t, entry in inner.items() if t not in (EXIF, GPS)}
    return order, {folder: _plain(entries) for folder, entries in folders.items() if entries}


def write(order: str, folders: Folders) -> bytes:
    """The block of these folders, from the header on."""
    head = struct.pack(order + "2sHL", {"<": b"II", ">": b"MM"}[order], 42, 8)
    return head + folders_bytes(order, folders, 8)


def add_to_tiff(file, order: str, folders: Folders):
    """Give the first page of a TIFF, a binary file, these entries and folders besides its own.

    The page's folder is written anew, behind everything else.
    """
    main = folders.get(MAIN, {}) | read_tiff(file)[1][MAIN]
    at = file.seek(0, 2)
    file.write(bytes(at % 2) + folders_bytes(order, folders | {MAIN: main}, at + at % 2))
    file.seek(4)
    file.write(struct.pack(order + "L", at + at % 2))


def folders_bytes(order: str, folders: Folders, at: int) -> bytes:
    """The main folder for the place `at`, and behind it those that it leads to."""
    main = dict(folders.get(MAIN, {}))
    others = [tag for tag in (EXIF, GPS) if folders.get(tag)]
    main |= {tag: (LONG, 1, bytes(4)) for tag in others}
    behind, body = at + len(folder_bytes(order, main, at)), b""
    for tag in others:
        main[tag] = (LONG, 1, struct.pack(order + "L", behind + len(body)))
        body += folder_bytes(order, folders[tag], behind + len(body))
    return folder_bytes(order, main, at) + body


def folder_bytes(order: str, entries: dict, at: int) -> bytes:
    """One folder and its values, for the place `at`; nothing follows it, no thumbnail either."""
    table, values = struct.pack(order + "H", len(entries)), b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, (kind, count, value) in sorted(entries.items()):
        if len(value) > 4:
            stored = struct.pack(order + "L", behind + len(values))
            values += value + bytes(len(value) % 2)
        else:
            stored = value.ljust(4, b"\0")
        table += struct.pack(order + "HHL", tag, kind, count) + stored
    return table + bytes(4) + values


def text(value: str) -> tuple[int, int, bytes]:
    """An entry that holds this text, as UTF-8."""
    stored = value.encode("utf-8", "replace") + b"\0"
    return ASCII, len(stored), stored


def number(order: str, kind: int, value: int) -> tuple[int, int, bytes]:
    """An entry that holds one whole number, of the kind SHORT or LONG."""
    return kind, 1, struct.pack(order + {SHORT: "H", LONG: "L"}[kind], value)


def _plain(entries: dict) -> dict:
    return {tag: entry for tag, entry in entries.items() if entry[0] in SIZES}


def _folder(file, order: str, big: bool, at: int) -> tuple[dict, int]:
    """The entries of the folder at that place, and the place of the next one (0: none)."""
    counted, row, place = ("Q", "HHQ8s", "Q") if big else ("H", "HHL4s", "L")
    try:
        file.seek(at)
        (count,) = _unpack(file, order + counted)
        entries = [_unpack(file, order + row) for _ in range(min(count, MOST_ENTRIES))]
        following = _unpack(file, order + place)[0] if count <= MOST_ENTRIES else 0
    except (struct.error, OSError, ValueError, OverflowError):
        return {}, 0
    found, total = {}, 0
    for tag, kind, count, stored in entries:
        size = (SIZES | POINTERS).get(kind, 0) * count
        if not 0 < size <= MOST_BYTES - total:
            continue
        total += size
        value = stored[:size]
        if size > len(stored):
            value = _at(file, struct.unpack(order + place, stored)[0], size)
        # A damaged count points beyond the end.
        if len(value) == size:
            found[tag] = (kind, count, value)
    return found, following


def _at(file, place: int, size: int) -> bytes:
    try:
        file.seek(place)
        return file.read(size)
    except (OSError, ValueError, OverflowError):
        return b""


def _unpack(file, form: str) -> tuple:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _long(order: str, head: bytes) -> int:
    return struct.unpack(order + "L", head[4:8])[0]
