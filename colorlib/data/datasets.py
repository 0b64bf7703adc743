"""Named sources of pictures, seeded splits, and Lab tensors from the cache.

    train = datasets.load("portraits", "train", size=64)
    for L, ab in datasets.loader(train, batch_size=32, shuffle=True):
        ...  # L (B, 1, 64, 64), ab (B, 2, 64, 64), float32, model units

Splits are decided by a hash of who or what is on a picture and the seed, stored in
home()/splits/SOURCE-seedN.json and never changed again: adding pictures moves none from one split
into another. How pictures are cached: cache.py.
"""

from __future__ import annotations

import copy
import hashlib
import math
import os
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from colorlib import color, portraits
from colorlib.data import mixture
from colorlib.data.arguments import whole_number
from colorlib.data.cache import UNIT, LabCache, decode_files
from colorlib.data.files import home
from colorlib.data.gathering import gather
from colorlib.data.pictures import printable
from colorlib.data.sources import as_bytes

SPLITS = ("train", "val", "test", "all")


class NoPictures(ValueError):
    """A split has no usable picture."""


@dataclass
class Report:
    """What became of the pictures of a split: used + grey (where dropped) = converted + cached."""

    used: int = 0
    converted: int = 0  # into Lab, now
    cached: int = 0  # found converted
    grey: int = 0  # left out, unless grey="keep"
    skipped: list[tuple[str, str]] = field(default_factory=list)  # (file, reason)
    layout: list[str] = field(default_factory=list)  # how splits were told, what is not used
    sources: dict[str, int] = field(default_factory=dict)  # of several: how many are used of each

    def __str__(self):
        lines = [
            f"{self.used:,} pictures used, {self.grey:,} grey, {len(self.skipped):,} skipped "
            f"({self.converted:,} converted now, {self.cached:,} from the cache)"
        ]
        if self.sources:
            of = (f"{n:,} of {printable(source)}" for source, n in self.sources.items())
            lines.append(f"  {', '.join(of)}")
        lines += [f"  {printable(line)}" for line in self.layout]
        lines += [f"  {printable(file)}: {reason}" for file, reason in self.skipped[:10]]
        if len(self.skipped) > 10:
            lines.append(f"  ... and {len(self.skipped) - 10:,} more in report.skipped")
        return "\n".join(lines)


class LabDataset(Dataset):
    """Pictures as (L, ab) in model units, read from the cache.

    dataset[i] -> L (1, H, W), ab (2, H, W)
    dataset.batch([i, j, ...]) -> L (B, 1, H, W), ab (B, 2, H, W)

    Both are float32: L in [-0.5, 0.5], ab about [-1, 1]. Works in a plain DataLoader, too, and in a
    ConcatDataset; `loader` is faster.

    name, split, size, seed: as asked for. drawn: whether these are the drawn portraits.
    keys: what each picture is ("portraits/7", or a path below the folder).
    report: what was converted, found and left out.
    """

    def __init__(self, cache, contents, name, split, seed=0, drawn=False, report=None):
        """cache: a LabCache; contents: {key: content}, under which name it has each picture."""
        self.name, self.split, self.size, self.seed = name, split, cache.size, int(seed)
        self.keys, self.drawn = list(contents), drawn
        self.report = report or Report(used=len(contents))
        self._contents, self._cache, self._array = list(contents.values()), cache, None

    def __len__(self):
        return len(self.keys)

    def __getitem__(self, index: int):
        L, ab = self.batch([index])
        return L[0], ab[0]

    def __getitems__(self, indices):  # what a plain DataLoader asks for
        return list(zip(*self.batch(indices), strict=True))

    def batch(self, indices):
        """(L, ab) of these pictures; indices: list, array or tensor of ints.

        One read of the memory map for the whole batch.
        """
        if self._array is None:
            self._array = self._cache.array()
        rows = [self._cache.index[self._contents[i]][0] for i in np.asarray(indices)]
        lab = torch.from_numpy(self._array[rows]).float() / UNIT  # (B, 3, H, W)
        return color.lab_to_model(lab)

    def subset(self, indices) -> LabDataset:
        """A view of the pictures with these indices, in this order."""
        part, indices = copy.copy(self), np.asarray(indices).tolist()
        part.keys = [self.keys[i] for i in indices]
        part._contents = [self._contents[i] for i in indices]
        part.report = replace(self.report, used=len(part))
        return part

    @property
    def portraits(self) -> list[int]:
        """The number of each drawn portrait (`portraits.recipe(number, seed)`); of files []."""
        return [int(key.split("/")[1]) for key in self.keys] if self.drawn else []

    def contents(self) -> list[str]:
        """12 hex digits for what is on each picture, whatever it is called and wherever it lies.

        Of a file the first of its sha256, of a drawn portrait those of the sha256 of version, seed
        and number: what tells whether a training has seen a picture.
        """
        return [content[:12] for content in self._contents]

    def __getstate__(self):
        # A pickled memory map would carry all pictures along.
        return self.__dict__ | {"_array": None}

    def __repr__(self):
        what = f"{self.name!r}, split={self.split!r}, size={self.size}"
        return f"LabDataset({what}, {len(self):,} pictures)"


def load(source="portraits", split="train", size=64, count=None, seed=0, grey="drop") -> LabDataset:
    """One split of a source or of several, converted to Lab where it is not in the cache yet.

    source: "portraits" (drawn by code), "lfw", "ffhq", "celeba", or the path of any folder of
        pictures or of a single one; or a list of those, or of pairs (source, share), share above 0
        and at most 1, the part of its training pictures that is taken. Of a folder, sub-folders
        named as splits are the splits (layout.py); without them it is split 90 / 5 / 5 % by a hash
        of the files' content. LFW is split by person, CelebA officially (by person), FFHQ by
        number: 60,000 / 5,000 / 5,000. Of several each keeps its own splits, and copies across
        them count once, where they are the most held out (mixture.py).
    split: "train", "val", "test" or "all".
    size: side in pixels of the centred square that each picture becomes, 8 to 1024.
    count: at most so many pictures, chosen by hash, not by name, of all sources together; for
        portraits alone: exactly so many (default 2000 train, 400 val, 400 test).
    seed: of the split, of the choice, and of the portraits.
    grey: "drop" leaves out pictures without colour (grey.is_grey), "keep" keeps them.

    Raises ValueError for wrong arguments, where a folder's name says that its pictures are held out
    and the layout does not tell for what, and where no picture remains; FileNotFoundError where a
    source is not on this machine (nothing is downloaded unasked).
    """
    wanted = mixture.wanted(source)
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    if grey not in ("drop", "keep"):
        raise ValueError(f"grey must be 'drop' or 'keep', got {grey!r}")
    whole_number("size", size, 8, 1024, "a whole number of pixels from 8 to 1024")
    if count is not None:
        whole_number("count", count, 1, wanted="None or a whole number above 0")
    whole_number("seed", seed, -math.inf, wanted="a whole number")
    report = Report()
    parts = gather(
        wanted, split, count, seed, report,
        draw=lambda indices: list(portraits.draw_batch(indices, seed, size)),
        decode=lambda paths: decode_files(paths, size),
    )  # fmt: skip
    found = mixture.joined(parts) if len(parts) > 1 else next(iter(parts.values()))
    items = list(found.items.items())
    if count:
        items.sort(key=lambda item: hashlib.sha256(as_bytes(f"{seed}:order:{item[0]}")).digest())
    cache = LabCache(home() / "cache", size)
    contents = _choose(items, count or len(items), found, cache, grey == "keep", report)
    if not contents:
        raise NoPictures(
            f"source must have a usable picture in the split {split!r}, got none of "
            f"{found.name!r}: {report}\n{_way(split)}"
        )
    if len(parts) > 1:
        used = Counter(found.items[key][0] for key in contents)
        report.sources = {label: used[label] for label in parts}
    drawn = list(parts) == ["portraits"]
    in_order = {key: contents[key] for key in found.items if key in contents}
    return LabDataset(cache, in_order, found.name, split, seed, drawn, report)


def loader(dataset, batch_size: int, shuffle=False, seed: int = 0, whole=False) -> DataLoader:
    """Batches of a LabDataset, (L, ab). The order is drawn from seed, anew each epoch.

    whole=True leaves out a last batch that is not full.

    No worker processes: a batch is one read of the cache. Works with Accelerator.prepare; for an
    order that a resumed run repeats, give Accelerator a
    DataLoaderConfiguration(use_seedable_sampler=True).
    """
    generator = torch.Generator().manual_seed(seed)
    # What is drawn, shuffled and put together are numbers; putting them together is the reading.
    return DataLoader(
        range(len(dataset)),
        batch_size,
        shuffle=shuffle,
        generator=generator,
        collate_fn=dataset.batch,
        drop_last=whole,
    )


def default_source():
    """What the environment variable COLORLIB_DATA names, else "portraits".

    A source or a folder, or several with : between them (; on Windows), each with its share where
    that is said: faces:scenes=0.25. Several are a list, as `load` takes it.
    """
    named = os.environ.get("COLORLIB_DATA") or "portraits"
    if os.path.exists(os.path.expanduser(named)):
        return named
    return mixture.several([word for word in named.split(os.pathsep) if word] or [named])


def _way(split: str) -> str:
    """What to do where a split has no picture."""
    way = "Use split='all' (--split all), add pictures, or sort them into train/, val/ and test/"
    if split in ("val", "test"):
        way += ". By hash each picture is in it with 5 %: of 60 pictures at least one nearly always"
    return way


def _choose(items, count, found, cache, grey_too, report) -> dict[str, str]:
    """{key: content} of the first count usable pictures; the rest goes into the report."""
    contents, left = {}, items
    while left and len(contents) < count:
        short = count - len(contents)
        part, left = left[:short], left[short:]
        cached = _convert(part, found, cache, report)
        grey = {key for key, content in cached.items() if cache.is_grey(content)}
        report.grey += len(grey)
        contents |= {key: cached[key] for key in cached if grey_too or key not in grey}
    report.used = len(contents)
    return contents


def _convert(items, found, cache, report) -> dict[str, str]:
    """{key: content} of the pictures that are in the cache now; the others go into the report."""
    content, unread = found.contents([payload for _, payload in items])
    jobs = {name: payload for payload, name in content.items()}
    converted, for_now = cache.add(jobs, found.decode, found.name)
    cached = {key: content[one] for key, one in items if content.get(one) in cache.index}
    report.converted += converted
    report.cached += len(cached) - converted
    for key, payload in items:
        if key not in cached:
            own = content.get(payload)
            reason = unread.get(payload) or cache.errors.get(own) or for_now.get(own)
            report.skipped.append((key, reason))
    return cached
