"""Downloads that can be trusted, and archives that are not: nothing is fetched unless asked for.

Not pooch: it knows neither a second address nor going on where a download broke off. What would
be left for it, comparing a hash and renaming a file, is in files.py.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import stat
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath

import filelock
from tqdm.auto import tqdm

from colorlib.data import files

TIMEOUT = 30.0  # seconds without a byte
ROUNDS = 8  # how often an address that breaks off is asked for the rest
CHUNK = 1 << 18
MAX_UNPACKED = 32 * 2**30  # bytes; FFHQ's thumbnails are 2 GB, CelebA is 1.7 GB
MAX_ENTRIES = 1_000_000  # files; CelebA has 202,599


class DownloadError(RuntimeError):
    """A file that could not be had: every address with its reason, and what to do instead."""


def fetch(name, urls, target, sha256, size, from_file=None, progress=True, timeout=TIMEOUT) -> Path:
    """The file `target`, downloaded if it is not there intact.

    name: what it is called in messages.
    urls: http(s) addresses of the same file, tried in order.
    target: where it goes. It appears there whole and verified, or not at all.
    sha256, size: hex digest and number of bytes that it must have.
    from_file: a local copy to take instead of asking any address.
    progress: show a bar. timeout: seconds to wait for the next byte.

    An unfinished download stays beside the target as *.part and is continued next time.
    Raises DownloadError where no address gives the right file, ValueError for an address that is
    not http(s).
    """
    target, urls = Path(target), [urls] if isinstance(urls, str) else list(urls)
    for url in urls:
        if not url.lower().startswith(("http://", "https://")):
            raise ValueError(f"urls must start with https:// or http://, got {url!r}")
    if target.is_file() and wrong(target, sha256, size) is None:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{target}.lock"):
        if target.is_file() and wrong(target, sha256, size) is None:
            return target  # another process was faster
        if from_file is not None:
            return _copy(name, Path(from_file), target, sha256, size)
        part, reasons = _Part(name, target, sha256, size, progress, timeout), []
        for url in urls:
            reason = part.fill(url)
            if reason is None:
                os.replace(part.path, target)
                return target
            reasons.append(f"  {url}: {reason}")
    if part.got():
        reasons.append(f"{part.got():,} bytes are kept: calling this again continues there.")
    reasons = "\n".join(reasons)
    raise DownloadError(f"{name} could not be downloaded.\n{reasons}\n{instead(target)}")


def wrong(path: Path, sha256: str, size: int) -> str | None:
    """What is wrong with a file's size or hash, None where both are as wanted."""
    if (seen := path.stat().st_size) != size:
        return f"{seen:,} bytes, wanted {size:,}"
    if (seen := files.sha256(path)) != sha256.lower():
        return f"sha256 {seen}, wanted {sha256.lower()}"
    return None


def instead(target) -> str:
    """The way on for somebody who cannot download."""
    return (
        f"Instead, put the file at {target}, or pass --from FILE (from_file= in Python) with a "
        "copy of it. The embedded portraits and the shipped weights work without any download."
    )


def _copy(name, source: Path, target: Path, sha256, size) -> Path:
    if not source.is_file():
        raise DownloadError(f"{name}: from_file {source} is no file. {instead(target)}")
    with files.whole(target) as part:
        shutil.copyfile(source, part)
        # Of the copy, since a full disk or a failing one may spoil that, too.
        if reason := wrong(part, sha256, size):
            raise DownloadError(
                f"{name}: from_file {source} is not the right file: {reason}. {instead(target)}"
            )
    return target


class _Part:
    """A file on its way: what has come of it lies in `path`, beside the place where it belongs."""

    def __init__(self, name, target, sha256, size, progress, timeout):
        self.path = target.with_name(target.name + ".part")
        self.name, self.sha256, self.size = name, sha256, size
        self.progress, self.timeout = progress, timeout

    def got(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def fill(self, url) -> str | None:
        """Ask url until all has come. None: the part is complete and right; else why not."""
        continued = self.got() > 0
        for _ in range(ROUNDS):
            before = self.got()
            try:
                if before < self.size:
                    self._ask(url, before)
            except (OSError, http.client.HTTPException, ValueError) as error:
                # A ValueError: a redirection to what is no address.
                reason = str(getattr(error, "reason", None) or error or type(error).__name__)
                if self.got() <= before:
                    return reason  # no progress: leave it to the next address
                continue
            reason = wrong(self.path, self.sha256, self.size)
            if reason is None:
                return None
            self.path.unlink()
            if not continued:
                return f"sent a wrong file: {reason}"
            continued = False  # perhaps the bytes that were here before are to blame
        return f"{reason} ({ROUNDS} times)"

    def _ask(self, url, offset):
        """One request for what follows the first offset bytes, which are here already."""
        with contextlib.closing(_open(url, offset, self.timeout)) as answer:
            # Also not 202: some hosts ask for a browser this way.
            if answer.status not in (200, 206):
                raise OSError(f"HTTP {answer.status} {answer.reason}")
            if answer.status == 200:  # all of it, whatever we asked for
                offset = 0
            left = self.size - offset
            if answer.length not in (None, left):
                kind = answer.headers.get("Content-Type", "something")
                offered = offset + answer.length
                raise OSError(f"offers {offered:,} bytes of {kind}, wanted {self.size:,}")
            if left > shutil.disk_usage(self.path.parent).free:
                raise OSError(f"{left:,} bytes do not fit on the disk")
            self._receive(answer, offset)

    def _receive(self, answer, got):
        options = {"unit": "B", "unit_scale": True, "disable": not self.progress}
        bar = tqdm(desc=self.name, total=self.size, initial=got, **options)
        with open(self.path, "ab" if got else "wb") as file, bar:
            # read1: what has come, without waiting for more, so that a line which stalls or breaks
            # loses nothing.
            while chunk := answer.read1(CHUNK):
                file.write(chunk)
                got += len(chunk)
                bar.update(len(chunk))
                if got > self.size:
                    raise OSError(f"sends more than the wanted {self.size:,} bytes")
        if got < self.size:
            raise OSError(f"broke off after {got:,} of {self.size:,} bytes")


def _open(url, offset, timeout):
    """The answer to a request for url from byte offset on, whatever its status."""
    headers = {"User-Agent": "colorlib (python-urllib)", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        return urllib.request.build_opener(_NoFTP).open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        return error


class _NoFTP(urllib.request.FTPHandler):
    """In the place of urllib's own, which would follow a redirection from http to ftp."""

    def ftp_open(self, request):
        raise urllib.error.URLError(f"leads to {request.full_url}, wanted http or https")


def unpack(archive, target) -> Path:
    """Unpack a zip or tar archive so that its folder `target.name` becomes `target`, whole or not.

    An archive without a folder of that name becomes `target` itself. Where `target` is there
    already, as another process has made it, it is left as it is. Entries that would land outside,
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
        temp = target.with_name(f".unpacking-{target.name}")
        shutil.rmtree(temp, ignore_errors=True)  # what a crash has left
        try:
            temp.mkdir()
            _extract(archive, temp)
            # Its folders are called as the real ones are.
            shutil.rmtree(temp / "__MACOSX", ignore_errors=True)
            inner = [folder for folder in sorted(temp.rglob(target.name)) if folder.is_dir()]
            os.replace(inner[0] if inner else temp, target)
        except Exception as error:
            # zip, tar and their compressions raise many kinds for a damaged file.
            reason = str(error) or type(error).__name__
            raise DownloadError(f"{archive}: cannot be unpacked into {target}: {reason}") from error
        finally:
            shutil.rmtree(temp, ignore_errors=True)
    return target


def _extract(archive: Path, folder: Path):
    """Every file of the archive below folder; ValueError for what is refused."""
    zipped = zipfile.is_zipfile(archive)
    if not zipped and not tarfile.is_tarfile(archive):
        raise ValueError("not a zip or tar archive")
    room = min(MAX_UNPACKED, shutil.disk_usage(folder).free)
    with zipfile.ZipFile(archive) if zipped else tarfile.open(archive, tarinfo=_TarEntry) as opened:
        # tarfile's own caution beside ours, where this Python has it.
        opened.extraction_filter = getattr(tarfile, "data_filter", None)
        for count, entry in enumerate(opened.infolist() if zipped else opened, 1):
            if zipped:
                name, size = entry.filename, entry.file_size
                plain = not stat.S_ISLNK(entry.external_attr >> 16)
            else:
                name, size, plain = entry.name, entry.size, entry.isreg() or entry.isdir()
                opened.members = []  # else it remembers all that it saw
            room -= max(0, size)  # no more comes out than an entry says, of either kind
            _check_entry(name, plain, count, room)
            opened.extract(entry, folder)


def _check_entry(name: str, plain: bool, count: int, room: int):
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise ValueError(f"refused, its entry {name!r} would land outside the folder")
    if not plain:
        raise ValueError(f"refused, its entry {name!r} is a link or a device, no file")
    if count > MAX_ENTRIES:
        raise ValueError(f"refused, it holds more than {MAX_ENTRIES:,} entries")
    if room < 0:
        raise ValueError(f"refused, it holds more than {MAX_UNPACKED:,} bytes, or than fit here")


class _TarEntry(tarfile.TarInfo):
    """An entry whose name is not taken into memory where it is absurdly long."""

    def _proc_member(self, tar):  # what tarfile calls for each header
        if self.size > CHUNK and not (self.isreg() or self.isdir()):
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return super()._proc_member(tar)
