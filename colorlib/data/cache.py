"""Lab pictures on disk, so that none is converted twice.

    home()/cache/lab-64px-centre-v5/   size, crop and version of the cache stand in the name
        lab.int16                rows of (3, 64, 64) little-endian int16: L, a, b in units of 1/256
        index                    a ROW each: content, number of the row, grey or not, checksum
        unreadable-READERS.json  {content: reason}, for the versions of Pillow and the other
                                 readers that met it: another one may read it
        lock                     held by the process that is appending
    home()/cache/files/SOURCE          a FILE each: state of a file, its sha256, checksum

`content` is the sha256 of the file, or of "portraits-v1-0-7" for a drawn portrait (version, seed,
index): a renamed or copied picture is found again, an edited one is converted anew.

Rows and records are only ever appended, so that nobody who reads them is disturbed. One counts
where its checksum fits, and is made again where not: whatever a crash, a full disk or a stranger
did to the files, the next run finds what is whole and does the rest. Deleting the folder is safe.

Rows are kept when Pillow or its littleCMS change, which moves a colour by a level of 255 at most;
what changes more, as colour profiles did, raises VERSION.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import numpy as np
import torch
from tqdm.auto import tqdm

from colorlib import color
from colorlib.data import files
from colorlib.data.grey import is_grey
from colorlib.data.opening import readers
from colorlib.data.pictures import (
    NO_MEMORY,
    PictureError,
    check_file,
    printable,
    read_square,
)

VERSION = 5
UNIT = 256  # steps a Lab unit: enough to give every 8-bit RGB colour back, and a, b fit into int16
ROW, FILE = struct.Struct("<32sIII"), struct.Struct("<32s32sI")  # records, see above
BATCH = 256  # decoded at a time
CONVERT_PIXELS = 2**17  # converted at a time: what the processor's cache holds
AT_ONCE = 8  # files a thread takes at a time
THREADS = min(4, os.cpu_count() or 1)


class LabCache:
    """The cached pictures of one size below folder, usually home()/cache.

    index: {content: (number of its row, grey or not, checksum)}.
    errors: {content: why it could not be read}.
    """

    def __init__(self, folder, size: int):
        self.folder, self.size = Path(folder) / f"lab-{size}px-centre-v{VERSION}", size
        self._read_index()

    def _read_index(self):
        records = _read(self.folder / "index", ROW)
        self.index = {content.hex(): entry for content, *entry in records}
        self._unreadable = self.folder / f"unreadable-{readers()}.json"
        self.errors = files.read_json(self._unreadable)

    def array(self) -> np.ndarray:
        """All rows: a read-only memory map, int16 (N, 3, size, size) in 1/256 Lab."""
        path, shape = self.folder / "lab.int16", (3, self.size, self.size)
        rows = path.stat().st_size // (2 * 3 * self.size**2) if path.exists() else 0
        if rows == 0:  # which cannot be mapped
            return np.empty((0, *shape), "<i2")
        return np.memmap(path, dtype="<i2", mode="r", shape=(rows, *shape))

    def is_grey(self, content: str) -> bool:
        """Whether a cached picture has no colour (grey.is_grey)."""
        return bool(self.index[content][1])

    def add(self, jobs: dict, decode, name: str = "pictures") -> tuple[int, dict[str, str]]:
        """Convert what is not cached yet; afterwards all of it is in `index`, `errors` or returned.

        jobs: {content: whatever decode needs}. decode(list of those) -> list of uint8 (size, size,
        3) arrays, or for a picture that is no good a PictureError (remembered) or an OSError (tried
        again next time).
        Returns the number of pictures converted now, and {content: reason} of what is only now
        unreadable.
        """
        if not self._missing(jobs):
            return 0, {}
        self.folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.folder / "lock"):
            self._read_index()  # another process may have been at work
            return self._convert(self._missing(jobs), jobs, decode, name)

    def _missing(self, contents) -> list[str]:
        """Those that must be converted; a row that is not what was written leaves the index."""
        array = self.array()
        lost = [content for content in contents if not self._whole(content, array)]
        for content in lost:
            self.index.pop(content, None)
        return [content for content in lost if content not in self.errors]

    def _whole(self, content, array) -> bool:
        number, grey, checksum = self.index.get(content, (len(array), 0, 0))
        return number < len(array) and checksum == _checksum(content, grey, array[number])

    def _convert(self, todo, jobs, decode, name):
        before, for_now, unreadable = len(self.index), {}, len(self.errors)
        options = {"desc": f"Lab cache, {printable(name)}", "unit": "img"}
        with (
            _append(self.folder / "lab.int16", 2 * 3 * self.size**2) as rows,
            _append(self.folder / "index", ROW.size) as index,
            tqdm(total=len(todo), disable=len(todo) <= BATCH, **options) as bar,
        ):
            for batch in _cut(todo, BATCH):
                good = []
                for content, picture in zip(batch, decode([jobs[c] for c in batch]), strict=True):
                    if isinstance(picture, PictureError):
                        self.errors[content] = picture.reason
                    elif isinstance(picture, Exception):
                        for_now[content] = str(picture)
                    else:
                        good.append((content, picture))
                for part in _cut(good, max(1, CONVERT_PIXELS // self.size**2)):
                    self._write(rows, index, *zip(*part, strict=True))
                bar.update(len(batch))
        if len(self.errors) > unreadable:
            files.write_json(self._unreadable, self.errors)
        return len(self.index) - before, for_now

    def _write(self, rows, index, contents, pictures):
        """pictures: uint8 (size, size, 3) each."""
        lab = color.rgb_to_lab(color.from_uint8(np.stack(pictures)))  # (B, 3, size, size)
        greys = is_grey(lab).tolist()
        lab = (lab * UNIT).round().to(torch.int16).numpy().astype("<i2", copy=False)
        first = rows.tell() // lab[0].nbytes
        rows.write(lab)
        rows.flush()
        for number, (content, grey, row) in enumerate(
            zip(contents, greys, lab, strict=True), first
        ):
            self.index[content] = number, grey, _checksum(content, grey, row)
            index.write(ROW.pack(bytes.fromhex(content), *self.index[content]))
        index.flush()


def _checksum(content: str, grey, row: np.ndarray) -> int:
    return zlib.crc32(row, zlib.crc32(f"{content} {grey:d}".encode()))


class FileHashes:
    """sha256 of files, remembered at path, so that unchanged ones need not be read again."""

    def __init__(self, path):
        self.path, records = path, _read(path, FILE)
        self.known = {key: sha for key, sha, seal in records if seal == zlib.crc32(key + sha)}

    def of(self, paths: list[Path]) -> tuple[dict[Path, str], dict[Path, str]]:
        """{path: sha256}, and {path: reason} of those that cannot be read."""
        keys = {path: _state(path) for path in paths}
        new = [path for path in paths if keys[path] not in self.known]
        bar = tqdm(_in_threads(_digest, new), "Reading files", len(new), disable=len(new) < 10_000)
        found = dict(zip(new, bar, strict=True))
        bad = {path: answer.reason for path, answer in found.items() if not isinstance(answer, str)}
        good = {keys[path]: bytes.fromhex(found[path]) for path in new if path not in bad}
        if good:
            self.known |= good
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _append(self.path, FILE.size) as file:
                file.writelines(FILE.pack(k, v, zlib.crc32(k + v)) for k, v in good.items())
        return {path: self.known[keys[path]].hex() for path in paths if path not in bad}, bad


def _state(path: Path) -> bytes:
    """A hash of what tells one state of a file from another without reading it.

    Path, size, times of the last change of content and of name or rights, and number on its disk:
    archives give all their files one time, so size and time alone take two exchanged pictures for
    unchanged.
    """
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return os.urandom(32)  # like nothing that is known
    state = [os.fsencode(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    return hashlib.sha256(repr(state).encode()).digest()


def _digest(path: Path) -> str | PictureError:
    """sha256 of a file, or why there is none."""
    try:
        check_file(path)
        return files.sha256(path)
    except PictureError as error:
        return error
    except OSError as error:
        return PictureError(str(path), f"cannot be read ({error.strerror})")


def decode_files(paths: list[Path], size: int) -> list:
    """uint8 (size, size, 3) of each file; in the place of a bad one its PictureError or OSError."""

    def one(path):
        try:
            return read_square(path.read_bytes(), size)
        except PictureError as error:
            return error if error.reason != NO_MEMORY else OSError(NO_MEMORY)
        except (OSError, MemoryError) as error:
            return error

    return list(_in_threads(one, paths))


def _in_threads(function, items):
    """function(item) for each, in order.

    Reading, decoding and resizing release Python's lock; handing out work takes it, so a thread
    gets several items at a time.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        parts = _cut(items, AT_ONCE)
        for answers in pool.map(lambda part: [function(item) for item in part], parts):
            yield from answers


def _cut(items: list, n: int) -> list[list]:
    return [items[start : start + n] for start in range(0, len(items), n)]


def _read(path: Path, record: struct.Struct):
    """The records in a file, as tuples; none where there is no file."""
    content = path.read_bytes() if path.exists() else b""
    return record.iter_unpack(content[: len(content) // record.size * record.size])


def _append(path: Path, size: int):
    """A file to append records of this size to, behind what a crash has left half written."""
    file = open(path, "ab")
    file.write(bytes(-file.tell() % size))
    return file
