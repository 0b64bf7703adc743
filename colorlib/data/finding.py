"""Which files of a folder are pictures, and what is passed over there and why."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from colorlib.data.errors import printable

# The one list of what is read, by Pillow's name of the format.  Named one by one: among all that
# Pillow opens, EPS would start Ghostscript on a stranger's file.
ENDINGS = {
    "JPEG": ".jpg .jpeg .jpe .jfif .jif",
    "MPO": ".mpo",
    "PNG": ".png .apng",
    "WEBP": ".webp",
    "BMP": ".bmp .dib",
    "GIF": ".gif",
    "TIFF": ".tif .tiff",
    "JPEG2000": ".jp2 .j2k .j2c .jpc .jpf .jpx",
    "AVIF": ".avif .avifs",
    "PPM": ".ppm .pgm .pbm .pnm .pfm",
    "TGA": ".tga .icb .vda .vst",
    "HEIF": ".heic .heif .heics .heifs .hif",
    "JXL": ".jxl",
}
SUFFIXES = tuple(" ".join(ENDINGS.values()).split())

HIDDEN = "hidden"
HIDDEN_FOLDER = "hidden folder(s), not looked into"
LINK = "link(s) to folders, not followed"
NO_PICTURE = "with no picture's ending"


@dataclass
class Survey:
    """What a folder holds.

    pictures: files with a picture's ending, sorted by path.
    unused: {reason: files and folders}; of a folder that was not looked into, the folder alone.
    """

    pictures: list[Path]
    unused: dict[str, list[Path]] = field(default_factory=dict)

    def line(self) -> str:
        """What was not used, counted by reason; empty where nothing was left.

        "not used: 1 hidden, 3 with no picture's ending (.txt 2, .nef 1)"
        """
        said = [f"{len(paths)} {reason}" for reason, paths in self.unused.items()]
        if others := self.unused.get(NO_PICTURE):
            counts = Counter(printable(path.suffix.lower()) or "none" for path in others)
            order = sorted(counts, key=lambda kind: (-counts[kind], kind))
            kinds = [f"{kind} {counts[kind]}" for kind in order[:6]] + ["..."] * (len(order) > 6)
            named = f"{len(others)} {NO_PICTURE} ({', '.join(kinds)})"
            said[list(self.unused).index(NO_PICTURE)] = named
        return f"not used: {', '.join(said)}" if said else ""

    def lines(self) -> list[str]:
        """The same by name: "not used: FILE: reason", one a file."""
        pairs = [(path, reason) for reason, paths in self.unused.items() for path in paths]
        return [f"not used: {printable(path)}: {reason}" for path, reason in pairs]


def survey(folder) -> Survey:
    """All files below folder: pictures by their endings, others by why they are passed over.

    Hidden files and folders (also those that macOS makes) are left out, and links to folders not
    followed, so that none is visited twice. A folder that may not be opened is itself among the
    pictures: reading it as a picture says so.
    Raises FileNotFoundError where folder is none, PermissionError where it may not be opened.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"folder must be one that is there, got {str(folder)!r}")
    found, closed, unused = [], [], {}
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        entries = [(name, _folder(parent, name)) for name in folders]
        for name, reason in entries + [(name, _file(name)) for name in names]:
            if reason:
                unused.setdefault(reason, []).append(os.path.join(parent, name))
        found += [os.path.join(parent, name) for name in names if not _file(name)]
        folders[:] = [name for name in folders if not _hidden(name)]
    for error in closed:
        if Path(error.filename) == folder:
            raise error
        found.append(error.filename)
    return Survey(_paths(found), {reason: _paths(unused[reason]) for reason in sorted(unused)})


def find_pictures(folder) -> list[Path]:
    """`survey(folder).pictures`: all files below folder with a picture's ending, sorted by path."""
    return survey(folder).pictures


def _folder(parent, name) -> str:
    """Why a folder is not looked into; empty where it is."""
    if os.path.islink(os.path.join(parent, name)):
        return LINK
    return HIDDEN_FOLDER if _hidden(name) else ""


def _file(name) -> str:
    """Why a file is not used; empty where it is."""
    if name.startswith("."):  # also macOS's ._name.jpg
        return HIDDEN
    return "" if name.lower().endswith(SUFFIXES) else NO_PICTURE


def _hidden(folder_name) -> bool:
    return folder_name.startswith((".", "__MACOSX"))


def _paths(names) -> list[Path]:
    return [Path(name) for name in sorted(names, key=lambda name: name.replace(os.sep, "/"))]
