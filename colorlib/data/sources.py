"""Where pictures come from: the files of a source, who is on them, which split they belong to."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import filelock

from colorlib.data import layout
from colorlib.data.download import DownloadError, fetch, unpack
from colorlib.data.files import home
from colorlib.data.finding import find_pictures, survey

NAMED = ("portraits", "lfw", "ffhq", "celeba")
# How a source's splits are told, for people.
SPLIT_BY = {
    "lfw": "split by person: 90 % train, 5 % validation, 5 % test",
    "ffhq": "split by number: 60,000 train, then 5,000 validation, 5,000 test",
    "celeba": "the official partition, which is by person",
}
SHARE = 0.05  # of the pictures for validation, and as many for the test


@dataclass(frozen=True)
class Picture:
    """A file of a source.

    group: pictures that must stay together (a person), None: copies of one file.
    split: where it is settled by the source, None: by hash.
    """

    key: str
    path: Path
    group: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Listing:
    """The files of a source.

    key names the files that are stored about it. shares: what validation and test take of the
    pictures whose split is not settled. lines: how the splits were told, unused: which files were
    passed over, both for people. refused: why the splits cannot be told, else None.
    """

    name: str
    key: str
    pictures: list[Picture]
    shares: dict[str, float] = field(default_factory=lambda: {"val": SHARE, "test": SHARE})
    lines: tuple[str, ...] = ()
    unused: str = ""
    refused: str | None = None


def listing(source) -> Listing:
    """The pictures of "lfw", "ffhq", "celeba" or of a folder, or a single picture.

    A path may begin with ~.

    Raises FileNotFoundError, saying how to get it, where the source is not on this machine.
    """
    if source not in ARCHIVES:
        # Path.expanduser fails for ~ and an unknown name.
        path = Path(os.path.expanduser(source))
        return _file(path) if path.is_file() else _folder(path)
    title, archive, place, _ = ARCHIVES[source]
    root = home() / place
    if not root.is_dir():
        command = f"python -m colorlib fetch {source}"
        command += "" if source == "lfw" else f" --from {archive}"
        raise FileNotFoundError(
            f"source: {title} is not here, and nothing is downloaded unasked. Run `{command}`, or "
            f"unpack {archive} by hand into {root}. data/README.md says where to get it. The "
            "embedded source 'portraits' needs no download."
        )
    pictures = {"lfw": _lfw, "ffhq": _ffhq, "celeba": _celeba}[source](root)
    return Listing(source, source, pictures, lines=(SPLIT_BY[source],))


def hash_split(group: str, seed: int, val: float = SHARE, test: float = SHARE) -> str:
    """The split of a group: a fraction in [0, 1) from sha256("seed:group").

    The same on every machine, and whatever other pictures there are.
    """
    digest = hashlib.sha256(as_bytes(f"{seed}:{group}")).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if fraction < test else "val" if fraction < test + val else "train"


def as_bytes(name: str) -> bytes:
    """A name to be hashed: UTF-8, also where a file's name is none.

    Python then keeps its bytes as lone surrogates, which a plain encode() refuses.
    """
    return name.encode("utf-8", "surrogatepass")


def _file(path: Path) -> Listing:
    """A picture alone, as it is learnt by heart to try a network."""
    return Listing(str(path), _key(path.resolve()), [Picture(path.name, path.resolve())])


def _key(path: Path) -> str:
    """A name that any disk takes; the hash tells paths apart."""
    name = "".join(c if c.isprintable() else "_" for c in path.name[:40])
    return f"{name}-{hashlib.sha256(as_bytes(str(path))).hexdigest()[:10]}"


def _folder(root: Path) -> Listing:
    if not root.is_dir():
        raise FileNotFoundError(
            f"source must be a folder of pictures or one of {', '.join(NAMED)}, got {str(root)!r}"
        )
    name, root = str(root), root.resolve()
    held = survey(root)
    keyed = _keyed(root, held.pictures)
    found = layout.find(root, [key for key, _ in keyed])
    given = set(found.splits.values())
    # What has no folder of its own is taken from train/.
    shares = {split: 0.0 if split in given else SHARE for split in ("val", "test")}
    pictures = []
    for key, path in keyed:
        split = found.split(key)
        if given and split is None:
            continue  # beside train/, val/ and test/
        if split == "train" and any(shares.values()):
            split = None
        pictures.append(Picture(key, path, split=split))
    said = tuple(found.lines), held.line(), found.refused
    return Listing(name, _key(root), pictures, shares, *said)


def _lfw(root: Path) -> list[Picture]:
    return [Picture(key, path, group=path.parent.name) for key, path in _keyed(root)]


def _ffhq(root: Path) -> list[Picture]:
    """The official training part, then halves: the paper's 60,000 / 5,000 / 5,000."""

    def split(number):
        return "train" if number < 60_000 else "val" if number < 65_000 else "test"

    numbered = [(key, path, path.stem) for key, path in _keyed(root) if path.stem.isdigit()]
    return [Picture(key, path, stem, split(int(stem))) for key, path, stem in numbered]


def _celeba(root: Path) -> list[Picture]:
    partition = _columns(root.parent / PARTITION)
    if not partition:
        raise FileNotFoundError(
            f"source: celeba lacks {root.parent / PARTITION}, or that is empty; it comes with the "
            "data set and says which picture is for training"
        )
    # The official partition keeps each person in one part; the identities allow to check it.
    person = _columns(root.parent / IDENTITIES)
    splits = {"0": "train", "1": "val", "2": "test"}
    return [
        Picture(key, path, person.get(path.name, path.name), splits[partition[path.name]])
        for key, path in _keyed(root)
        if partition.get(path.name) in splits
    ]


def _keyed(root: Path, paths=None) -> list[tuple[str, Path]]:
    """(path below root with /, path) of every picture there; paths: those, where known already."""
    cut = len(str(root).rstrip(os.sep)) + 1
    paths = find_pictures(root) if paths is None else paths
    return [(str(path)[cut:].replace(os.sep, "/"), path) for path in paths]


def _columns(path: Path) -> dict[str, str]:
    """First column -> second column of a text file, {} where there is none."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").replace(",", " ").splitlines()
    cells = [line.split() for line in lines]
    return {row[0]: row[1] for row in cells if len(row) == 2}


# ---------------------------------------------------------------------------- getting them

PARTITION, IDENTITIES = "list_eval_partition.txt", "identity_CelebA.txt"  # beside CelebA's pictures
LFW_ARCHIVE = {
    "urls": [
        "https://ndownloader.figshare.com/files/5976015",  # where scikit-learn takes it from
        "http://vis-www.cs.umass.edu/lfw/lfw-funneled.tgz",  # its first home, often not reachable
    ],
    "sha256": "b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a",
    "size": 243_346_528,
}
FFHQ_HELP = """thumbnails128x128.zip (1.95 GB, CC BY-NC-SA 4.0) lies on the drive of
https://github.com/NVlabs/ffhq-dataset, whose daily quota is often used up, and on
https://huggingface.co/datasets/nuwandaa/ffhq128 .
There is no published hash to verify it by, so download it yourself in a browser; then:
    python -m colorlib fetch ffhq --from thumbnails128x128.zip"""
CELEBA_HELP = """img_align_celeba.zip (1.4 GB, for non-commercial research, not to be passed on) and
list_eval_partition.txt lie on the drive of https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html ;
identity_CelebA.txt is optional. Download them in a browser into one folder; then:
    python -m colorlib fetch celeba --from img_align_celeba.zip"""
# name: title, archive, where its pictures lie below home(), how to get it
ARCHIVES = {
    "lfw": ("Labeled Faces in the Wild", "the lfw-funneled archive", "lfw/lfw_funneled", ""),
    "ffhq": ("Flickr-Faces-HQ", "thumbnails128x128.zip", "ffhq/thumbnails128x128", FFHQ_HELP),
    "celeba": ("CelebA", "img_align_celeba.zip", "celeba/img_align_celeba", CELEBA_HELP),
}


def fetch_source(name: str, from_file=None) -> Path:
    """Put a source in its place below home(), and return its folder.

    "lfw" is downloaded (243 MB, verified by scikit-learn's sha256) or taken from its archive
    from_file; "ffhq" and "celeba" come from an archive that you have, CelebA's lists from beside
    it. A folder that is there already is left alone.

    Raises DownloadError, saying what to do, where it cannot be had; ValueError for another name.
    """
    if name not in ARCHIVES:
        raise ValueError(f"name must be one of {', '.join(ARCHIVES)}, got {name!r}")
    *_, place, how = ARCHIVES[name]
    folder = home() / place
    if name == "lfw":
        _fetch_lfw(folder, from_file)
    elif not folder.is_dir():
        if from_file is None:
            raise DownloadError(
                f"{name} cannot be downloaded by colorlib.\n{how}\n"
                f"Or unpack it by hand into {folder}."
            )
        unpack(from_file, folder)
    if name == "celeba":
        _take_lists(folder.parent, from_file)
    return folder


def _fetch_lfw(folder: Path, from_file):
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Else a second process, come late, would fetch it again.
    with filelock.FileLock(folder.parent / "lock"):
        if not folder.is_dir():
            target = folder.parent / "lfw-funneled.tgz"
            archive = fetch("lfw", target=target, from_file=from_file, **LFW_ARCHIVE)
            unpack(archive, folder)
            archive.unlink()


def _take_lists(folder: Path, archive):
    """CelebA's lists from beside its archive, where they are not in folder yet."""
    for text in (PARTITION, IDENTITIES) if archive else ():
        beside = Path(archive).parent / text
        if beside.is_file() and not (folder / text).exists():
            shutil.copyfile(beside, folder / text)
    if not (folder / PARTITION).exists():
        raise DownloadError(f"celeba: {folder / PARTITION} is missing.\n{CELEBA_HELP}")
