"""Where pictures come from: which files a source has, who is on them, which split they belong to."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import filelock

from colorlib.data.download import DownloadError, fetch, unpack
from colorlib.data.files import home
from colorlib.data.pictures import find_pictures

NAMED = ("portraits", "lfw", "ffhq", "celeba")
SHARE = 0.05  # of the pictures for validation, and as many for the test
SPLIT_FOLDERS = {"train": "train", "val": "val", "validation": "val", "test": "test"}


@dataclass(frozen=True)
class Picture:
    """A file of a source.  group: pictures that must stay together (a person), None: copies of one
    file.
    split: where it is settled by the source, None: by hash."""

    key: str
    path: Path
    group: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Listing:
    """The files of a source; shares: what validation and test take of those whose split is not
    settled.
    """

    name: str
    key: str  # names the files that are stored about this source
    pictures: list[Picture]
    shares: dict[str, float]


def listing(source) -> Listing:
    """The pictures of "lfw", "ffhq", "celeba" or of a folder, whose path may begin with ~.

    Raises FileNotFoundError, saying how to get it, where the source is not on this machine.
    """
    if source in ("lfw", "ffhq", "celeba"):
        return {"lfw": _lfw, "ffhq": _ffhq, "celeba": _celeba}[source]()
    # Path.expanduser fails for ~ and an unknown name
    return _folder(Path(os.path.expanduser(source)))


def hash_split(group: str, seed: int, val: float = SHARE, test: float = SHARE) -> str:
    """The split of a group: a fraction in [0, 1) from sha256("seed:group"), the same on every
    machine, and whatever other pictures there are.
    """
    digest = hashlib.sha256(as_bytes(f"{seed}:{group}")).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if fraction < test else "val" if fraction < test + val else "train"


def as_bytes(name: str) -> bytes:
    """A name to be hashed: UTF-8, also where a file's name is none (Python then keeps its bytes as
    lone surrogates).
    """
    return name.encode("utf-8", "surrogatepass")


def _folder(root: Path) -> Listing:
    name = str(root)
    if not root.is_dir():
        raise FileNotFoundError(
            f"source: got {str(root)!r}, wanted a folder of pictures or one of {', '.join(NAMED)}"
        )
    given = {
        SPLIT_FOLDERS[child.name]
        for child in root.iterdir()
        if child.name in SPLIT_FOLDERS and child.is_dir()
    }
    by_folder = "train" in given and len(given) > 1
    root = root.resolve()
    # What has no folder of its own is taken from train/.
    shares = {name: 0.0 if by_folder and name in given else SHARE for name in ("val", "test")}
    pictures = []
    for key, path in _keyed(root):
        split = SPLIT_FOLDERS.get(key.split("/")[0]) if by_folder else None
        if by_folder and split is None:
            continue  # beside train/, val/ and test/
        if split == "train" and any(shares.values()):
            split = None
        pictures.append(Picture(key, path, split=split))
    # A name that any disk takes; the hash tells folders apart.
    key = "".join(c if c.isprintable() else "_" for c in root.name[:40])
    key += f"-{hashlib.sha256(as_bytes(str(root))).hexdigest()[:10]}"
    return Listing(name, key, pictures, shares)


def _lfw() -> Listing:
    root = home() / "lfw" / "lfw_funneled"
    _need(root, "lfw", "Labeled Faces in the Wild", "the lfw-funneled archive")
    pictures = [Picture(key, path, group=path.parent.name) for key, path in _keyed(root)]
    return Listing("lfw", "lfw", pictures, {"val": SHARE, "test": SHARE})


def _ffhq() -> Listing:
    root = home() / "ffhq" / "thumbnails128x128"
    _need(root, "ffhq", "Flickr-Faces-HQ", "thumbnails128x128.zip")
    pictures = []
    for key, path in _keyed(root):
        if path.stem.isdigit():
            # the official training part, then halves: the paper's 60,000 / 5,000 / 5,000
            number = int(path.stem)
            split = "train" if number < 60_000 else "val" if number < 65_000 else "test"
            pictures.append(Picture(key, path, path.stem, split))
    return Listing("ffhq", "ffhq", pictures, {})


def _celeba() -> Listing:
    root = home() / "celeba" / "img_align_celeba"
    _need(root, "celeba", "CelebA", "img_align_celeba.zip")
    partition = _columns(root.parent / "list_eval_partition.txt")
    if not partition:
        raise FileNotFoundError(
            f"source: celeba lacks {root.parent / 'list_eval_partition.txt'}, or that is empty; it comes with "
            "the data set and says which picture is for training"
        )
    # The official partition keeps each person in one part; the identities allow to check it.
    person = _columns(root.parent / "identity_CelebA.txt")
    splits = {"0": "train", "1": "val", "2": "test"}
    pictures = [
        Picture(key, path, person.get(path.name, path.name), splits[partition[path.name]])
        for key, path in _keyed(root)
        if partition.get(path.name) in splits
    ]
    return Listing("celeba", "celeba", pictures, {})


def _keyed(root: Path):
    """(path below root with /, path) of every picture there."""
    cut = len(str(root).rstrip(os.sep)) + 1
    return [(str(path)[cut:].replace(os.sep, "/"), path) for path in find_pictures(root)]


def _columns(path: Path) -> dict[str, str]:
    """First column -> second column of a text file, {} where there is none."""
    if not path.is_file():
        return {}
    lines = (
        line.replace(",", " ").split() for line in path.read_text(encoding="utf-8").splitlines()
    )
    return {line[0]: line[1] for line in lines if len(line) == 2}


def _need(root: Path, name: str, title: str, archive: str):
    if not root.is_dir():
        raise FileNotFoundError(
            f"source: {title} is not here, and nothing is downloaded unasked. Run `python -m colorlib fetch "
            f"{name}{'' if name == 'lfw' else ' --from ' + archive}`, or unpack {archive} by hand into {root}. "
            "data/README.md says where to get it. The embedded source 'portraits' needs no download."
        )


LFW_ARCHIVE = {
    "urls": [
        "https://ndownloader.figshare.com/files/5976015",  # where scikit-learn takes it from
        "http://vis-www.cs.umass.edu/lfw/lfw-funneled.tgz",  # its first home, often not reachable
    ],
    "sha256": "b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a",
    "size": 243_346_528,
}
FFHQ_HELP = """thumbnails128x128.zip (1.95 GB, CC BY-NC-SA 4.0) lies on the drive of https://github.com/NVlabs/ffhq-dataset,
whose daily quota is often used up, and on https://huggingface.co/datasets/nuwandaa/ffhq128 .
There is no published hash to verify it by, so download it yourself in a browser; then:
    python -m colorlib fetch ffhq --from thumbnails128x128.zip"""
CELEBA_HELP = """img_align_celeba.zip (1.4 GB, for non-commercial research, not to be passed on) and
list_eval_partition.txt lie on the drive of https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html ;
identity_CelebA.txt is optional. Download them in a browser into one folder; then:
    python -m colorlib fetch celeba --from img_align_celeba.zip"""


def fetch_source(name: str, from_file=None) -> Path:
    """Put a source in its place below home(): download "lfw" (243 MB), or unpack from_file, an
    archive of "lfw", "ffhq" or "celeba" that you have.  Returns the folder; one that is there
    already is left alone.

    Raises DownloadError, saying what to do, where it cannot be had; ValueError for another name.
    """
    if name not in ("lfw", "ffhq", "celeba"):
        raise ValueError(f"name: got {name!r}, wanted 'lfw', 'ffhq' or 'celeba'")
    return {"lfw": fetch_lfw, "ffhq": fetch_ffhq, "celeba": fetch_celeba}[name](from_file)


def fetch_lfw(from_file=None) -> Path:
    """LFW, funneled (243 MB), into home()/lfw/lfw_funneled, verified by scikit-learn's sha256."""
    folder = home() / "lfw" / "lfw_funneled"
    folder.parent.mkdir(parents=True, exist_ok=True)
    # else a second process, come late, would fetch it again
    with filelock.FileLock(folder.parent / "lock"):
        if not folder.is_dir():
            archive = fetch(
                "lfw", target=folder.parent / "lfw-funneled.tgz", from_file=from_file, **LFW_ARCHIVE
            )
            unpack(archive, folder)
            archive.unlink()
    return folder


def fetch_ffhq(from_file=None) -> Path:
    """FFHQ's thumbnails from the archive from_file into home()/ffhq/thumbnails128x128."""
    return _from_archive("ffhq", home() / "ffhq" / "thumbnails128x128", from_file, FFHQ_HELP)


def fetch_celeba(from_file=None) -> Path:
    """CelebA from the archive from_file, and the lists that lie beside it, into home()/celeba."""
    folder = _from_archive("celeba", home() / "celeba" / "img_align_celeba", from_file, CELEBA_HELP)
    for text in ("list_eval_partition.txt", "identity_CelebA.txt"):
        beside = Path(from_file).parent / text if from_file else None
        if beside is not None and beside.is_file() and not (folder.parent / text).exists():
            shutil.copyfile(beside, folder.parent / text)
    if not (folder.parent / "list_eval_partition.txt").exists():
        raise DownloadError(
            f"celeba: {folder.parent / 'list_eval_partition.txt'} is missing.\n{CELEBA_HELP}"
        )
    return folder


def _from_archive(name, folder, from_file, help_text) -> Path:
    if folder.is_dir():
        return folder
    if from_file is None:
        raise DownloadError(
            f"{name} cannot be downloaded by colorlib.\n{help_text}\nOr unpack it by hand into {folder}."
        )
    return unpack(from_file, folder)
