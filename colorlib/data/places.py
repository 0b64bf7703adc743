"""Which pictures a command means, and where what it makes of them goes."""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from colorlib.data import files, writing
from colorlib.data.errors import printable
from colorlib.data.finding import survey
from colorlib.data.record import NAME, Record

LONGEST_NAME = 230  # bytes of a file's name, which ends at 255, before what is added to it
# Endings that results keep; the others become the format that comes nearest: cameras' own formats
# JPEG, what is left PNG.
KEPT = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".avif")
CAMERAS = (".mpo", ".heic", ".heif", ".hif")
# What a file's name ends with, and not a folder's: "faces.png", but neither "1936.05" nor "Mr. Moe"
_ENDING = re.compile(r"\.[^\W\d_][^\W_]{0,4}")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+://|data:|www\.)", re.IGNORECASE)


@dataclass
class Plan:
    """What is to be done.

    jobs: (picture, file to write) one after another; no two share a file, and none is an input.
    folder: where the record of what was made belongs.
    inputs: places that must not be written to.
    unused: lines that tell what was found and is not among the jobs, and the same by name.
    """

    jobs: list[tuple[Path, Path]]
    folder: Path
    inputs: set[str]
    unused: list[str] = field(default_factory=list)
    unused_by_name: list[str] = field(default_factory=list)


def plan(inputs, out, others=()) -> Plan:
    """Jobs for files, folders, and patterns such as "old/*.jpg".

    One input file and an `out` with a picture's ending: that very file. Else `out` is a folder;
    what lies in a sub-folder of an input goes to the same sub-folder of `out`. A name that is
    taken, by another result or an input, gets "-colour", and a number where that is taken, too.
    What an earlier run made in `out` is no input again.
    others: more files that must not be written to.
    Raises FileNotFoundError for an input that is not there, ValueError for one that is an address
    on the web, and for an `out` that cannot hold what is asked.
    """
    words, plan = expand(inputs), Plan([], Path(os.path.expanduser(out)), set())
    single = _single_file(str(out), words)
    folder = plan.folder.parent if single else plan.folder
    record = Record(folder)
    found, seen = [], set()
    for picture, below in (pair for word in words for pair in _pictures(word, plan)):
        if (place := os.path.abspath(picture)) not in seen:
            found.append((picture, below))
            seen.add(place)
    if len(words) != 1 or words[0].is_dir():  # a picture named alone is meant
        made = {picture for picture, _ in found if record.made(picture)}
        found = [pair for pair in found if pair[0] not in made]
        _pass_over(plan, sorted(made), "made by an earlier run")
    plan.inputs = {place_of(path) for path in [*(p for p, _ in found), *others]}
    if single and place_of(plan.folder) in plan.inputs:
        raise ValueError(f"OUT must be another file than the input, got {str(out)!r}")
    if single:
        plan.jobs = [(picture, plan.folder) for picture, _ in found]
    else:
        taken = set(plan.inputs)
        for picture, below in found:
            target = _target(picture, folder / below, taken, record)
            taken.add(place_of(target))
            plan.jobs.append((picture, target))
    plan.folder = folder
    return plan


def expand(words) -> list[Path]:
    """The files and folders that words of a command line mean: ~ and wild cards too."""
    found = []
    for word in map(str, words):
        home = os.path.expanduser(word)
        if os.path.lexists(word) or os.path.lexists(home):
            found.append(word if os.path.lexists(word) else home)
        elif _ADDRESS.match(word):
            wanted = "IN must be a file or a folder on this machine"
            raise ValueError(f"{wanted}, got the address {word!r}: download it first")
        elif glob.has_magic(home):
            matches = sorted(glob.glob(home, recursive=True))
            if not matches:
                raise FileNotFoundError(f"there is no file or folder that matches {word!r}")
            found += matches
        else:
            raise FileNotFoundError(f"there is no file or folder {word!r}")
    return [Path(word) for word in found]


def place_of(path) -> str:
    """Where a path leads, links followed; the same for names that a disk may take for one."""
    return unicodedata.normalize("NFC", os.path.realpath(path)).casefold()


def _single_file(out: str, words: list[Path]) -> bool:
    """Whether OUT is the one file to write, and not a folder; ValueError where it is neither."""
    path = Path(os.path.expanduser(out))
    if path.is_dir() or out.endswith(("/", os.sep)):
        return False
    if not _ENDING.fullmatch(path.suffix):
        if path.is_file():
            raise ValueError(
                f"OUT must be a folder or end as a picture does, but {out!r} is a file"
            )
        return False
    folder = f"a folder of that name is {out + '/'!r}"
    if path.suffix.lower() not in writing.suffixes():
        wanted = f"OUT must be a folder or end in one of {' '.join(writing.suffixes())}"
        raise ValueError(f"{wanted}, got {out!r}; {folder}")
    if len(words) != 1 or words[0].is_dir():
        raise ValueError(f"OUT must be a folder for these inputs, got {out!r}; {folder}")
    return True


def _pictures(source: Path, plan: Plan):
    """(picture, its place below OUT) of an input, without what lies in OUT itself."""
    if not source.is_dir():
        return [(source, Path(source.name))]
    found, inside = survey(source), os.path.realpath(plan.folder)
    own = {reason: [p for p in paths if p.name != NAME] for reason, paths in found.unused.items()}
    found.unused = {reason: paths for reason, paths in own.items() if paths}
    if line := found.line():
        plan.unused.append(f"{printable(source)}: {line}")
        plan.unused_by_name += found.lines()
    pictures = found.pictures
    if inside.startswith(os.path.join(os.path.realpath(source), "")):
        inside = os.path.join(inside, "")
        own = [p for p in pictures if os.path.realpath(p).startswith(inside)]
        pictures = [p for p in pictures if p not in set(own)]
        _pass_over(plan, own, "in OUT")
    return [(p, p.relative_to(source)) for p in pictures]


def _pass_over(plan: Plan, pictures: list[Path], reason: str):
    if pictures:
        plan.unused.append(f"not used: {len(pictures)} {reason}")
        plan.unused_by_name += [f"not used: {printable(p)}: {reason}" for p in pictures]


def _target(picture: Path, place: Path, taken: set, record: Record) -> Path:
    """The file to write for a picture that belongs at `place`: one that is not taken, and if there
    is one that was made from this picture before, that.
    """
    first = None
    for target in _names(place):
        if place_of(target) in taken or target.is_dir():
            continue
        first = first or target
        if record.rows and target.is_file():
            if picture.is_file() and record.made(target, files.sha256(picture)):
                return target
            continue
        return first


def _names(place: Path):
    """The names for a result at `place`, from the plainest on."""
    suffix = place.suffix.lower()
    kept = suffix in KEPT and suffix in writing.suffixes()
    suffix = place.suffix if kept else ".jpg" if suffix in CAMERAS else ".png"
    yield place.with_suffix(suffix)
    stem, number = place.stem, 1
    while len(os.fsencode(stem)) > LONGEST_NAME:
        stem = stem[:-1]
    while True:
        end = "" if number == 1 else f"-{number}"
        yield place.with_name(f"{stem}-colour{end}{suffix}")
        number += 1
