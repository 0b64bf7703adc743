"""Named sources of pictures, seeded splits, and Lab tensors from the cache.

    train = datasets.load("portraits", "train", size=64)
    for L, ab in datasets.loader(train, batch_size=32, shuffle=True):
        ...  # L (B, 1, 64, 64), ab (B, 2, 64, 64), float32, model units

Splits are decided by a hash of who or what is on a picture and the seed, stored in
home()/splits/SOURCE-seedN.json and never changed again: adding pictures moves none from one split
into another.
How pictures are cached: cache.py.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace

import filelock
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from colorlib import color, portraits
from colorlib.data.cache import (
    UNIT,
    FileHashes,
    LabCache,
    decode_files,
    read_json,
    why_not,
    write_json,
)
from colorlib.data.files import home
from colorlib.data.pictures import printable
from colorlib.data.sources import as_bytes, hash_split, listing

SPLITS = ("train", "val", "test", "all")
PORTRAITS = {
    "train": 2000,
    "val": 400,
    "test": 400,
    "all": 2800,
}  # how many there are unless count says otherwise


@dataclass
class Report:
    """What became of the pictures of a split: used + grey (where dropped) = converted + cached."""

    used: int = 0
    converted: int = 0  # into Lab, now
    cached: int = 0  # found converted
    grey: int = 0  # left out, unless grey="keep"
    skipped: list[tuple[str, str]] = field(default_factory=list)  # (file, reason)

    def __str__(self):
        lines = [
            f"{self.used:,} pictures used, {self.grey:,} grey, {len(self.skipped):,} skipped "
            f"({self.converted:,} converted now, {self.cached:,} from the cache)"
        ]
        lines += [f"  {printable(file)}: {reason}" for file, reason in self.skipped[:10]]
        if len(self.skipped) > 10:
            lines.append(f"  ... and {len(self.skipped) - 10:,} more in report.skipped")
        return "\n".join(lines)


class LabDataset(Dataset):
    """Pictures as (L, ab) in model units, read from the cache.

    dataset[i] -> L (1, H, W), ab (2, H, W); dataset.batch([i, j, ...]) -> L (B, 1, H, W), ab (B, 2,
    H, W).
    Both are float32: L in [-0.5, 0.5], ab about [-1, 1].
    name, split, size: as asked for.  keys: what each picture is ("portraits/7", or a path below the
    folder).
    report: what was converted, found and left out.
    """

    def __init__(
        self, name: str, split: str, cache: LabCache, keys: list[str], rows, report: Report
    ):
        self.name, self.split, self.size = name, split, cache.size
        self.keys, self.rows, self.report = keys, np.asarray(rows, dtype=np.int64), report
        self._cache, self._array = cache, None

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index: int):
        L, ab = self.batch([index])
        return L[0], ab[0]

    def batch(self, indices):
        """indices: list, array or tensor of ints.  One read of the memory map for the whole batch."""
        if self._array is None:
            self._array = self._cache.array()
        rows = self.rows[np.asarray(indices, dtype=np.int64)]
        lab = torch.from_numpy(self._array[rows]).float() / UNIT  # (B, 3, H, W)
        return color.lab_to_model(lab)

    __getitems__ = batch  # what a DataLoader calls with the indices of a whole batch

    def subset(self, indices) -> LabDataset:
        """A view of the pictures with these indices, in this order."""
        indices = np.asarray(indices, dtype=np.int64)
        keys = [self.keys[i] for i in indices]
        report = replace(self.report, used=len(keys))
        return LabDataset(self.name, self.split, self._cache, keys, self.rows[indices], report)

    def __getstate__(self):
        # a pickled memory map would carry all pictures along
        return self.__dict__ | {"_array": None}

    def __repr__(self):
        return f"LabDataset({self.name!r}, split={self.split!r}, size={self.size}, {len(self):,} pictures)"


def load(source="portraits", split="train", size=64, count=None, seed=0, grey="drop") -> LabDataset:
    """One split of a source, converted to Lab where it is not in the cache yet.

    source: "portraits" (drawn by code), "lfw", "ffhq", "celeba", or the path of any folder of
        pictures. Of a folder, sub-folders train/, val/ (or validation/) and test/ are the splits;
        without them it is split 90 / 5 / 5 % by a hash of the files' content.  LFW is split by
        person, CelebA officially (by
        person), FFHQ by number: 60,000 / 5,000 / 5,000.
    split: "train", "val", "test" or "all".
    size: side in pixels of the centred square that each picture becomes.
    count: at most so many pictures, chosen by hash, not by name; for portraits: exactly so many
        (default 2000 train, 400 val, 400 test).
    seed: of the split, of the choice, and of the portraits.
    grey: "drop" leaves out pictures without colour (pictures.is_grey), "keep" keeps them.

    Raises ValueError for wrong arguments and where no picture remains, FileNotFoundError where the
    source is not on this machine (nothing is downloaded unasked).
    """
    if split not in SPLITS:
        raise ValueError(f"split: got {split!r}, wanted one of {', '.join(SPLITS)}")
    if not isinstance(size, int) or not 8 <= size <= 1024:
        raise ValueError(f"size: got {size!r}, wanted a whole number of pixels from 8 to 1024")
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError(f"count: got {count!r}, wanted None or a whole number above 0")
    if grey not in ("drop", "keep"):
        raise ValueError(f"grey: got {grey!r}, wanted 'drop' or 'keep'")
    if source == "portraits":
        return _load_portraits(split, size, count or PORTRAITS[split], seed, grey)
    return _load_files(source, split, size, count, seed, grey)


def loader(
    dataset: LabDataset, batch_size: int, shuffle: bool = False, seed: int = 0, whole=False
) -> DataLoader:
    """Batches (L, ab) of dataset.  The order is drawn from seed, anew each epoch.

    whole=True leaves out a last batch that is not full.

    No worker processes: a batch is one read of the cache.  Works with Accelerator.prepare; for an
    order that a resumed run repeats, give Accelerator a
    DataLoaderConfiguration(use_seedable_sampler=True).
    """
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(
        dataset,
        batch_size,
        shuffle=shuffle,
        generator=generator,
        collate_fn=_as_is,
        drop_last=whole,
    )


def default_source() -> str:
    """The source named by the environment variable COLORLIB_DATA, else "portraits"."""
    return os.environ.get("COLORLIB_DATA") or "portraits"


def _as_is(batch):
    return batch  # LabDataset.__getitems__ has made tensors already


def _load_portraits(split, size, count, seed, grey):
    chosen, start = [], 0
    while len(chosen) < count:
        block = range(start, start + 1000)
        names = {index: f"portraits/{index}" for index in block}
        table = stored_splits("portraits", names.values(), seed, val=1 / 7, test=1 / 7)
        chosen += [index for index in block if split in ("all", table[names[index]])]
        start += 1000
    items = [(f"portraits/{index}", index) for index in chosen[:count]]

    def contents(indices):
        return {index: f"portraits-v{portraits.VERSION}-{seed}-{index}" for index in indices}

    def draw(indices):
        return list(portraits.draw_batch(indices, seed, size))

    return _dataset("portraits", split, size, items, contents, draw, None, grey, Report())


def _load_files(source, split, size, count, seed, grey):
    found = listing(source)
    hashes = FileHashes(home() / "cache" / "files" / f"{found.key}.json")
    pictures, report = found.pictures, Report()
    if split != "all":
        pictures = _of_split(found, split, seed, hashes, report)
    pictures = (
        sorted(pictures, key=lambda picture: _draw_order(seed, picture.key)) if count else pictures
    )
    items = [(picture.key, picture.path) for picture in pictures]

    def decode(paths):
        return decode_files(paths, size)

    dataset = _dataset(found.name, split, size, items, hashes.of, decode, count, grey, report)
    return dataset.subset(np.argsort(dataset.keys, kind="stable")) if count else dataset


def _of_split(found, split, seed, hashes, report):
    """The pictures of one split.  Byte-identical copies never lie in two: test/ keeps its copy,
    then val/.
    """
    content = {}
    if any(picture.group is None for picture in found.pictures):
        content = hashes.of([picture.path for picture in found.pictures])
    group = {p.key: p.group or content.get(p.path, p.key) for p in found.pictures}
    by_hash = [group[p.key] for p in found.pictures if p.split is None]
    table = stored_splits(found.key, by_hash, seed, **found.shares) if by_hash else {}
    stronger = {"train": ("test", "val"), "val": ("test",), "test": ()}[split]
    settled = {name: {group[p.key] for p in found.pictures if p.split == name} for name in stronger}
    chosen = []
    for picture in found.pictures:
        own = group[picture.key]
        if (picture.split or table[own]) != split:
            continue
        other = next((name for name in stronger if own in settled[name]), None)
        if other:
            report.skipped.append((picture.key, f"the same picture or person is in {other!r}"))
        else:
            chosen.append(picture)
    return chosen


def _dataset(name, split, size, items, contents, decode, count, grey, report):
    """items: (key, payload); contents(payloads) -> {payload: content}; decode: as LabCache.add
    takes it.
    """
    cache = LabCache(home() / "cache", size)
    rows, left, with_row = {}, items, 0
    while left and (count is None or len(rows) < count):
        take = len(left) if count is None else count - len(rows)
        part, left = left[:take], left[take:]
        content = contents([payload for _, payload in part])
        jobs = {content[payload]: payload for _, payload in part if payload in content}
        converted, for_now = cache.add(jobs, decode, name)
        report.converted += converted
        for key, payload in part:
            own = content.get(payload)
            if own in cache.rows:
                with_row += 1
                report.grey += own in cache.grey
                if own not in cache.grey or grey == "keep":
                    rows[key] = cache.rows[own]
            else:
                reason = cache.errors.get(own) or for_now.get(own) or why_not(payload)
                report.skipped.append((key, reason))
    report.used, report.cached = len(rows), with_row - report.converted
    if not rows:
        raise ValueError(_nothing(name, split, len(items), report))
    return LabDataset(name, split, cache, list(rows), list(rows.values()), report)


def _nothing(name, split, seen, report):
    if not seen and not report.skipped:
        return (
            f"source: no picture of {name!r} is in the split {split!r}; wanted at least one. "
            "Use split='all', add pictures, or sort them into sub-folders train, val and test"
        )
    return f"source: no usable picture remains of {name!r}, split {split!r}: {report}"


def stored_splits(key: str, groups, seed: int, val: float, test: float) -> dict[str, str]:
    """{group: split} for all groups: what is stored in home()/splits stays, new groups are added by
    hash.
    """
    path = home() / "splits" / f"{key}-seed{seed}.json"
    table = _read_splits(path)
    if any(group not in table for group in groups):
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock"):
            table = _read_splits(path)
            for group in groups:
                table.setdefault(group, hash_split(group, seed, val, test))
            write_json(path, table)
    return table


def _read_splits(path) -> dict[str, str]:
    """The table as it was stored; what is damaged in it is left out, and decided by hash again."""
    return {
        group: split
        for group, split in read_json(path).items()
        if split in ("train", "val", "test")
    }


def _draw_order(seed, key):
    return hashlib.sha256(as_bytes(f"{seed}:order:{key}")).digest()
