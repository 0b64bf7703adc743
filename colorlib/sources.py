"""Where pictures of people come from: which files there are, who is on them, and which split they belong to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from colorlib.download import home
from colorlib.pictures import find_pictures

NAMED = ("portraits", "lfw", "ffhq", "celeba")
SHARE = 0.05  # of the pictures for validation, and as many for the test
SPLIT_FOLDERS = {"train": "train", "val": "val", "validation": "val", "test": "test"}


@dataclass(frozen=True)
class Picture:
    """A file of a source.  group: pictures that must stay together (a person), None: copies of one file.
    split: where it is settled by the source, None: by hash."""

    key: str
    path: Path
    group: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Listing:
    """The files of a source; shares: what validation and test take of those whose split is not settled."""

    name: str
    key: str  # names the files that are stored about this source
    root: Path
    pictures: list[Picture]
    shares: dict[str, float]


def listing(source) -> Listing:
    """The pictures of "lfw", "ffhq", "celeba" or of a folder.

    Raises FileNotFoundError, saying how to get it, where the source is not on this machine.
    """
    if source in ("lfw", "ffhq", "celeba"):
        return {"lfw": _lfw, "ffhq": _ffhq, "celeba": _celeba}[source]()
    return _folder(Path(source))


def hash_split(group: str, seed: int, val: float = SHARE, test: float = SHARE) -> str:
    """The split of a group: a fraction in [0, 1) from sha256("seed:group"), the same on every machine, and
    whatever other pictures there are."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if fraction < test else "val" if fraction < test + val else "train"


def _folder(root: Path) -> Listing:
    if not root.is_dir():
        raise FileNotFoundError(
            f"source: {str(root)!r} is neither a folder nor one of {', '.join(NAMED)}; wanted a folder of pictures"
        )
    given = {SPLIT_FOLDERS[child.name] for child in root.iterdir() if child.name in SPLIT_FOLDERS and child.is_dir()}
    by_folder = "train" in given and len(given) > 1
    # What has no folder of its own is taken from train/.
    shares = {name: 0.0 if by_folder and name in given else SHARE for name in ("val", "test")}
    pictures = []
    for path in find_pictures(root):
        key = path.relative_to(root).as_posix()
        split = SPLIT_FOLDERS.get(key.split("/")[0]) if by_folder else None
        if by_folder and split is None:
            continue  # beside train/, val/ and test/
        if split == "train" and any(shares.values()):
            split = None
        pictures.append(Picture(key, path, split=split))
    key = f"{root.resolve().name}-{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:10]}"
    return Listing(str(root), key, root, pictures, shares)


def _lfw() -> Listing:
    root = home() / "lfw" / "lfw_funneled"
    _need(root, "lfw", "Labeled Faces in the Wild", "the lfw-funneled archive")
    pictures = [Picture(p.relative_to(root).as_posix(), p, group=p.parent.name) for p in find_pictures(root)]
    return Listing("lfw", "lfw", root, pictures, {"val": SHARE, "test": SHARE})


def _ffhq() -> Listing:
    root = home() / "ffhq" / "thumbnails128x128"
    _need(root, "ffhq", "Flickr-Faces-HQ", "thumbnails128x128.zip")
    pictures = []
    for path in find_pictures(root):
        if path.stem.isdigit():
            number = int(path.stem)  # the official training part, then halves: the paper's 60,000 / 5,000 / 5,000
            split = "train" if number < 60_000 else "val" if number < 65_000 else "test"
            pictures.append(Picture(path.relative_to(root).as_posix(), path, path.stem, split))
    return Listing("ffhq", "ffhq", root, pictures, {})


def _celeba() -> Listing:
    root = home() / "celeba" / "img_align_celeba"
    _need(root, "celeba", "CelebA", "img_align_celeba.zip")
    partition = _columns(root.parent / "list_eval_partition.txt")
    if not partition:
        raise FileNotFoundError(
            f"source: celeba is in {root}, but {root.parent / 'list_eval_partition.txt'} is missing or empty; "
            "it comes with the data set and says which picture is for training"
        )
    # The official partition keeps each person in one part; the identities allow to check it.
    person = _columns(root.parent / "identity_CelebA.txt")
    splits = {"0": "train", "1": "val", "2": "test"}
    pictures = [
        Picture(path.name, path, person.get(path.name, path.name), splits[partition[path.name]])
        for path in find_pictures(root)
        if partition.get(path.name) in splits
    ]
    return Listing("celeba", "celeba", root, pictures, {})


def _columns(path: Path) -> dict[str, str]:
    """First column -> second column of a text file, {} where there is none."""
    if not path.is_file():
        return {}
    lines = (line.replace(",", " ").split() for line in path.read_text(encoding="utf-8").splitlines())
    return {line[0]: line[1] for line in lines if len(line) == 2}


def _need(root: Path, name: str, title: str, archive: str):
    if not root.is_dir():
        raise FileNotFoundError(
            f"source: {title} is not here. Nothing is downloaded unasked: run `python -m colorlib fetch {name}`"
            f"{'' if name == 'lfw' else ' --from ' + archive}, or unpack {archive} by hand into {root}. "
            "The embedded source 'portraits' needs no download. data/README.md tells where to get what."
        )
