"""Lab pictures on disk, so that none is converted twice.

    home()/cache/lab-64px-centre-v3/       size, crop and version of the cache stand in the name
        lab.int16      rows of (3, 64, 64) little-endian int16: L, a, b in units of 1/256; only
        appended to index.json     {"rows": {content: [row, checksum]}, "grey": [content, ...],
        "errors": {content: reason},
                        "reader": version of Pillow that met the errors, "time": last change of
                        lab.int16}
        lock           held by the process that is appending
    home()/cache/files/SOURCE.json         {path: [bytes, times, number and sha256]}: spares reading
    a file again

`content` is the sha256 of the file, or "portraits-v1-0-7" for a drawn portrait (version, seed,
index): a renamed or copied picture is found again, an edited one is converted anew.  An index is
written after its rows are on disk, and renamed into place, so whatever happens in between, the next
run finds a whole cache and only does the rest.  Both JSON files carry a checksum.  Where lab.int16
was changed by anything but this module, its rows are checked, and wrong ones converted again.
Deleting the folder is safe.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import numpy as np
import PIL
import torch
from tqdm.auto import tqdm

from colorlib import color
from colorlib.data.files import read_json, write_json
from colorlib.data.pictures import (
    NO_MEMORY,
    PictureError,
    check_file,
    is_grey,
    printable,
    read_square,
)

VERSION = 3
# steps per Lab unit: fine enough to give every 8-bit RGB colour back, and a, b fit into int16
UNIT = 256
BATCH = 256
CONVERT_PIXELS = 2**17  # converted at a time: what the processor's cache holds
AT_ONCE = 8  # files a thread takes at a time
SAVE_EVERY = 5.0  # seconds of conversion that a crash may cost
THREADS = min(4, os.cpu_count() or 1)


class LabCache:
    """The cached pictures of one size below folder, usually home()/cache.

    rows: {content: row of the array}, grey: set of content, errors: {content: why it could not be
    read}.
    """

    def __init__(self, folder, size: int):
        self.folder = Path(folder) / f"lab-{size}px-centre-v{VERSION}"
        self.size = size
        self.row_bytes = 3 * size**2 * 2  # int16
        self.read_index()

    def read_index(self):
        index = read_sealed(self.folder / "index.json")
        on_disk = self._rows_on_disk()
        listed = {
            content: entry for content, entry in index.get("rows", {}).items() if entry[0] < on_disk
        }
        try:
            if listed and index["time"] != self._time():
                listed = self._whole(listed, index["time"])
        except (OSError, ValueError, IndexError):  # another process is just replacing the array
            listed = {}
        self.rows = {content: row for content, (row, _) in listed.items()}
        self.sums = {content: checksum for content, (_, checksum) in listed.items()}
        self.grey = set(index.get("grey", ())) & self.rows.keys()
        # Another Pillow may read what this one could not.
        self.errors = index.get("errors", {}) if index.get("reader") == PIL.__version__ else {}

    def _whole(self, listed: dict, time: int) -> dict:
        """Those of {content: (row, checksum)} whose row is what was written."""
        array = self.array()
        whole = {
            content: entry
            for content, entry in listed.items()
            if zlib.crc32(array[entry[0]]) == entry[1]
        }
        if len(whole) == len(listed):  # moved or copied: spare the next run this check
            with contextlib.suppress(OSError):
                os.utime(self.folder / "lab.int16", ns=(time, time))
        return whole

    def _time(self) -> int:
        return (self.folder / "lab.int16").stat().st_mtime_ns

    def _rows_on_disk(self) -> int:
        array = self.folder / "lab.int16"
        return array.stat().st_size // self.row_bytes if array.exists() else 0

    def knows(self, content: str) -> bool:
        return content in self.rows or content in self.errors

    def array(self) -> np.ndarray:
        """All rows: a read-only memory map, int16 (N, 3, size, size) in 1/256 Lab."""
        # a crash may have left part of one more row
        shape = (self._rows_on_disk(), 3, self.size, self.size)
        return np.memmap(self.folder / "lab.int16", dtype="<i2", mode="r", shape=shape)

    def add(self, jobs: dict, decode, name: str = "pictures") -> tuple[int, dict[str, str]]:
        """Convert what is not cached yet.

        jobs: {content: whatever decode needs}; decode(list of those) -> list of uint8 (size, size,
        3) arrays, or for a picture that is no good a PictureError (remembered) or an OSError (tried
        again next time).
        Returns the number of pictures converted now, and {content: reason} of what is only now
        unreadable.
        """
        if all(self.knows(content) for content in jobs):
            return 0, {}
        self.folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.folder / "lock"):
            self.read_index()  # another process may have been at work
            todo = [content for content in jobs if not self.knows(content)]
            return self._convert(todo, jobs, decode, name)

    def _convert(self, todo, jobs, decode, name):
        array, converted, for_now = self.folder / "lab.int16", 0, {}
        # nothing in it can be trusted, but another process may still be reading it
        if not self.rows:
            with contextlib.suppress(OSError):
                array.unlink()
        array.touch()
        with (
            open(array, "r+b") as file,
            tqdm(
                total=len(todo),
                desc=f"Lab cache, {printable(name)}",
                unit="img",
                disable=len(todo) <= BATCH,
            ) as bar,
        ):
            # After the last row that the index knows: a crash may have left unlisted rows behind
            # it.
            file.seek((max(self.rows.values(), default=-1) + 1) * self.row_bytes)
            saved = time.monotonic()
            try:
                for start in range(0, len(todo), BATCH):
                    batch = todo[start : start + BATCH]
                    good, pictures = [], []
                    for content, picture in zip(
                        batch, decode([jobs[c] for c in batch]), strict=True
                    ):
                        if isinstance(picture, PictureError):
                            self.errors[content] = picture.reason
                        elif isinstance(picture, Exception):
                            for_now[content] = str(picture)
                        else:
                            good.append(content)
                            pictures.append(picture)
                    if good:
                        self._append(file, good, np.stack(pictures))
                        converted += len(good)
                    bar.update(len(batch))
                    if time.monotonic() - saved > SAVE_EVERY:
                        self._save(file)
                        saved = time.monotonic()
            finally:
                self._save(file)  # also when interrupted: what is converted stays converted
        return converted, for_now

    def _append(self, file, contents, pictures):
        """pictures: uint8 (B, size, size, 3)."""
        row, few = file.tell() // self.row_bytes, max(1, CONVERT_PIXELS // self.size**2)
        for start in range(0, len(contents), few):
            part = slice(start, start + few)
            lab = color.rgb_to_lab(color.from_uint8(pictures[part]))
            rows = (lab * UNIT).round().to(torch.int16).numpy().astype("<i2", copy=False)
            file.write(rows)
            self.sums.update(zip(contents[part], map(zlib.crc32, rows), strict=True))
            self.grey.update(
                content
                for content, grey in zip(contents[part], is_grey(lab).tolist(), strict=True)
                if grey
            )
        self.rows.update(zip(contents, range(row, row + len(contents)), strict=True))

    def _save(self, file):
        file.flush()
        os.fsync(file.fileno())  # the rows first, then the index that names them
        index = {
            "rows": {content: [row, self.sums[content]] for content, row in self.rows.items()},
            "grey": sorted(self.grey),
            "errors": self.errors,
            "reader": PIL.__version__,
            "time": self._time(),
        }
        write_sealed(self.folder / "index.json", index)


class FileHashes:
    """sha256 of files, remembered by what tells one state of a file from another, in a JSON file at
    path.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.known = read_sealed(self.path)

    def of(self, files: list[Path]) -> dict[Path, str]:
        """{file: sha256}; a file that cannot be read is missing from the answer."""
        stamps = {file: _stamp(file) for file in files}
        new = [
            file
            for file in files
            if stamps[file] and self.known.get(str(file), ())[:-1] != stamps[file]
        ]
        if new:
            hashed = tqdm(
                _in_threads(_sha256, new), "Reading files", len(new), disable=len(new) < 10_000
            )
            found = {
                str(file): [*stamps[file], digest]
                for file, digest in zip(new, hashed, strict=True)
                if digest
            }
            for file in new:
                self.known.pop(str(file), None)
            self.known |= found
            if found:
                write_sealed(self.path, self.known)
        return {
            file: self.known[str(file)][-1]
            for file in files
            if stamps[file] and str(file) in self.known
        }


def why_not(file: Path) -> str:
    """Why `FileHashes.of` has no answer for a file."""
    try:
        check_file(file)
    except PictureError as error:
        return error.reason
    return "could not be opened"  # but can be now


def _stamp(file: Path) -> list[int] | None:
    """Size, time of the last change, time of the last change of name or rights, and number on its
    disk.

    Archives give all their files one time, so size and time alone take two exchanged pictures for
    unchanged.
    """
    try:
        stat = file.stat()
        return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    except (OSError, ValueError):
        return None


def _sha256(file: Path) -> str | None:
    try:
        check_file(file)
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except (PictureError, OSError, MemoryError):
        return None


def decode_files(files: list[Path], size: int) -> list:
    """Read files into uint8 (size, size, 3) each; in the place of a bad one its PictureError or
    OSError.
    """

    def one(file):
        try:
            return read_square(file.read_bytes(), size)
        except PictureError as error:
            return error if error.reason != NO_MEMORY else OSError(NO_MEMORY)
        except (OSError, MemoryError) as error:
            return error

    return list(_in_threads(one, files))


def _in_threads(function, items):
    """function(item) for each, in order.  Reading, decoding and resizing release Python's lock;
    handing out work takes it, so a thread gets several items at a time.
    """
    parts = [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]
    with ThreadPoolExecutor(THREADS) as pool:
        for answers in pool.map(lambda part: [function(item) for item in part], parts):
            yield from answers


def read_sealed(path) -> dict:
    """What `write_sealed` wrote; {} where a byte of it was changed since."""
    found = read_json(path)
    value = found.get("value")
    return value if isinstance(value, dict) and found.get("crc32") == _checksum(value) else {}


def write_sealed(path, value: dict):
    """`write_json` with a checksum."""
    write_json(path, {"crc32": _checksum(value), "value": value})


def _checksum(value) -> int:
    return zlib.crc32(json.dumps(value).encode())
