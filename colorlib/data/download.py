"""Where the kit keeps its files, and downloads that can be trusted.

Nothing is downloaded unless a function here is called.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.client
import os
import re
import shutil
import stat
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath

import filelock
from tqdm.auto import tqdm

TIMEOUT = 30.0  # seconds without a byte
ROUNDS = 5  # how often an address that breaks off is asked for the rest
CHUNK = 1 << 18
MAX_UNPACKED = 32 * 2**30  # bytes; FFHQ's thumbnails are 2 GB, CelebA is 1.7 GB
MAX_ENTRIES = 1_000_000  # files; CelebA has 202,599


class DownloadError(RuntimeError):
    """A file that could not be had: every address with its reason, and what to do instead."""


class _BrokenOff(Exception):
    """Fewer bytes came than were promised: worth asking for the rest."""


def fetch(
    name, urls, target, sha256=None, size=None, from_file=None, progress=True, timeout=TIMEOUT
) -> Path:
    """The file `target`, downloaded if it is not there intact.

    name: what it is called in messages.
    urls: http(s) addresses of the same file, tried in order.
    target: where it goes.  It appears there whole and verified, or not at all.
    sha256, size: hex digest and number of bytes that it must have; None: anything goes.
    from_file: a local copy to take instead of asking any address.
    progress: show a bar.  timeout: seconds to wait for the next byte.

    An unfinished download stays beside the target as *.part and is continued next time (only with
    sha256: without it nobody could tell whether two halves belong together).
    Raises DownloadError where no address gives the right file, ValueError for an address that is
    not http(s).
    """
    target, urls = Path(target), [urls] if isinstance(urls, str) else list(urls)
    for url in urls:
        if not url.lower().startswith(("http://", "https://")):
            raise ValueError(
                f"urls: got {url!r}, wanted an address that starts with https:// or http://"
            )
    if target.is_file() and wrong(target, sha256, size) is None:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    with filelock.FileLock(f"{target}.lock"):
        if target.is_file() and wrong(target, sha256, size) is None:
            return target  # another process was faster
        if from_file is not None:
            return _copy(name, Path(from_file), part, target, sha256, size)
        reasons = []
        for url in urls:
            reason = _try_address(name, url, part, sha256, size, progress, timeout)
            if reason is None:
                os.replace(part, target)
                return target
            reasons.append(f"  {url}: {reason}")
    kept = ""
    if sha256 is not None and part.exists():
        kept = f"\n{part.stat().st_size:,} bytes are kept: calling this again continues there."
    raise DownloadError(
        f"{name} could not be downloaded.\n" + "\n".join(reasons) + kept + "\n" + instead(target)
    )


def wrong(path: Path, sha256=None, size=None) -> str | None:
    """What is wrong with a file's size or hash, None where both are as wanted."""
    seen = path.stat().st_size
    if size is not None and seen != size:
        return f"{seen:,} bytes, wanted {size:,}"
    if sha256 is not None:
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != sha256.lower():
            return f"sha256 {digest.hexdigest()}, wanted {sha256.lower()}"
    return None


def instead(target) -> str:
    """The way on for somebody who cannot download."""
    return (
        f"Instead, put the file at {target}, or pass --from FILE (from_file= in Python) with a copy of it. "
        "The embedded portraits and the shipped weights work without any download."
    )


def unpack(archive, target) -> Path:
    """Unpack a zip or tar archive so that its folder `target.name` becomes `target`, whole or not
    at all.

    An archive without a folder of that name becomes `target` itself.  Where `target` is there
    already, as another process has made it, it is left as it is.  Entries that would land outside,
    links and devices are refused; the shadows that macOS adds to a zip are left out.
    Raises DownloadError for an archive that is none, is damaged, unsafe or too large: over 32 GiB,
    over a million files, or more than the disk has.
    """
    archive, target = Path(archive), Path(target)
    if not archive.is_file():
        raise DownloadError(f"{archive}: there is no such file; wanted a zip or tar archive")
    target.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{target}.lock"):
        if target.is_dir():
            return target
        temp = target.with_name(f".unpacking-{target.name}")  # what a crash has left of it goes
        try:
            shutil.rmtree(temp, ignore_errors=True)
            temp.mkdir()
            _write_entries(archive, temp)
            # its folders are called as the real ones are
            shutil.rmtree(temp / "__MACOSX", ignore_errors=True)
            inner = next(
                (folder for folder in sorted(temp.rglob(target.name)) if folder.is_dir()), temp
            )
            os.replace(inner, target)
        except DownloadError:
            raise
        except Exception as error:
            # zip, tar and their compressions raise many kinds for a damaged file
            reason = str(error) or type(error).__name__
            raise DownloadError(
                f"{archive}: cannot be unpacked into {target} ({reason})"
            ) from error
        finally:
            shutil.rmtree(temp, ignore_errors=True)
    return target


def _write_entries(archive: Path, folder: Path):
    room = min(MAX_UNPACKED, shutil.disk_usage(folder).free)
    for count, (name, kind, content) in enumerate(_entries(archive), 1):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise DownloadError(
                f"{archive}: refused, its entry {name!r} would land outside the folder"
            )
        if kind == "other":
            raise DownloadError(
                f"{archive}: refused, its entry {name!r} is a link or a device; wanted files alone"
            )
        if count > MAX_ENTRIES:
            raise DownloadError(f"{archive}: refused, it holds more than {MAX_ENTRIES:,} entries")
        if kind == "folder":
            (folder / path).mkdir(parents=True, exist_ok=True)
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with content() as source, open(folder / path, "xb") as file:
            # counted as it comes: what an entry says of its size may be a lie
            while chunk := source.read(CHUNK):
                room -= len(chunk)
                if room < 0:
                    raise DownloadError(
                        f"{archive}: refused, it unpacks to more than {MAX_UNPACKED:,} bytes, or than fit on the disk"
                    )
                file.write(chunk)


def _entries(archive: Path):
    """(name, "file", "folder" or "other", function that opens it) of each entry of a zip or tar
    archive.
    """
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            for entry in zipped.infolist():
                link = stat.S_ISLNK(entry.external_attr >> 16)
                kind = "other" if link else "folder" if entry.is_dir() else "file"
                yield entry.filename, kind, functools.partial(zipped.open, entry)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive, tarinfo=_TarEntry) as tar:
            for entry in tar:
                kind = "file" if entry.isreg() else "folder" if entry.isdir() else "other"
                yield entry.name, kind, functools.partial(tar.extractfile, entry)
                tar.members = []  # else it remembers all that it saw
    else:
        raise DownloadError(f"{archive}: not a zip or tar archive")


class _TarEntry(tarfile.TarInfo):
    """An entry whose name is not taken into memory where it is absurdly long; tarfile calls this
    for each header.
    """

    def _proc_member(self, tar):
        if self.size > CHUNK and not (self.isreg() or self.isdir()):
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return super()._proc_member(tar)


def _copy(name, source: Path, part: Path, target: Path, sha256, size) -> Path:
    if not source.is_file():
        raise DownloadError(f"{name}: from_file {source} is no file. {instead(target)}")
    reason = wrong(source, sha256, size)
    if reason:
        raise DownloadError(
            f"{name}: from_file {source} is not the right file: {reason}. {instead(target)}"
        )
    shutil.copyfile(source, part)
    reason = wrong(part, sha256, size)  # a full disk or a failing one
    if reason:
        part.unlink()
        raise DownloadError(
            f"{name}: the copy of {source} came out wrong: {reason}. {instead(target)}"
        )
    os.replace(part, target)
    return target


def _try_address(name, url, part: Path, sha256, size, progress, timeout) -> str | None:
    """Download url into part and verify it.  None: part is complete and right; else why not."""
    if sha256 is None:
        part.unlink(missing_ok=True)
    while True:
        continued = part.exists() and part.stat().st_size > 0
        reason = _rounds(name, url, part, size, progress, timeout)
        if reason is not None:
            return reason
        reason = wrong(part, sha256, size)
        if reason is None:
            return None
        part.unlink()
        if not continued:
            return f"sent a wrong file: {reason}"
        # The first bytes came from an earlier call: perhaps those were wrong. Once more, from the
        # start.


def _rounds(name, url, part, size, progress, timeout) -> str | None:
    reason = "nothing came"
    for _ in range(ROUNDS):
        before = part.stat().st_size if part.exists() else 0
        if size is not None and before >= size:
            return None  # for the check of the hash to judge
        try:
            _transfer(name, url, part, before, size, progress, timeout)
            return None
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 416 or not before:  # 416: there is nothing after what we have
                return f"HTTP {error.code} {error.reason}"
            part.unlink()
        except (_BrokenOff, OSError, http.client.HTTPException, ValueError) as error:
            # a redirection to no address
            reason = str(getattr(error, "reason", None) or error or type(error).__name__)
            if not part.exists() or part.stat().st_size <= before:
                return reason  # no progress: leave it to the next address
    return f"{reason} ({ROUNDS} times)"


def _transfer(name, url, part, offset, size, progress, timeout):
    headers = {"User-Agent": "colorlib (python-urllib)", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    with contextlib.closing(
        _opener().open(urllib.request.Request(url, headers=headers), timeout=timeout)
    ) as answer:
        if answer.status not in (200, 206):
            # 202: some hosts ask for a browser this way
            raise OSError(f"HTTP {answer.status} {answer.reason}")
        length = answer.headers.get("Content-Length")
        if answer.status == 206:
            start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
            if not start or int(start[1]) != offset:
                raise OSError(f"answered another range: {answer.headers.get('Content-Range')}")
        else:
            offset = 0  # the server ignores Range and sends everything
        total = offset + int(length) if length and re.fullmatch("[0-9]+", length) else None
        if size is not None and total is not None and total != size:
            kind = answer.headers.get("Content-Type", "something")
            raise OSError(f"offers {total:,} bytes of {kind}, wanted {size:,}")
        if size is not None and size - offset > shutil.disk_usage(part.parent).free:
            raise OSError(f"{size - offset:,} bytes do not fit on the disk")
        bar = tqdm(
            total=size or total,
            initial=offset,
            desc=name,
            unit="B",
            unit_scale=True,
            disable=not progress,
        )
        with open(part, "ab" if offset else "wb") as file, bar:
            got = offset
            # read1: what has come, without waiting for more, so that a line which stalls or breaks
            # loses nothing.
            while got != total and (
                chunk := answer.read1(CHUNK if total is None else min(CHUNK, total - got))
            ):
                file.write(chunk)
                got += len(chunk)
                bar.update(len(chunk))
                if size is not None and got > size:
                    raise OSError(f"sends more than the wanted {size:,} bytes")
            file.flush()
            os.fsync(file.fileno())
        if (size or total) is not None and got < (size or total):
            raise _BrokenOff(f"broke off after {got:,} of {size or total:,} bytes")


def _opener() -> urllib.request.OpenerDirector:
    """http and https only, also after a redirection; urllib's own opener would follow one to ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener
