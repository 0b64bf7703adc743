"""Which pictures a split consists of, before any is read: of files, of drawn portraits, of several
sources.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter

from colorlib import portraits
from colorlib.data import mixture
from colorlib.data.cache import FileHashes
from colorlib.data.files import home
from colorlib.data.mixture import Found
from colorlib.data.sources import hash_split, listing
from colorlib.data.splits import SPLITS, Placed, place

# How many portraits there are unless count says otherwise.
PORTRAITS = {"train": 2000, "val": 400, "test": 400, "all": 2800}
PORTRAIT_SHARE = 1 / 7  # of the portraits for validation, and as many for the test


def gather(wanted, split, count, seed, report, draw, decode) -> dict[str, Found]:
    """{label of a source: its pictures of the split}, copies across sources left out.

    wanted: of `mixture.wanted`. report: gets what is said of each source, and what is left out.
    draw, decode: as LabCache.add takes them, of the numbers of portraits and of paths.
    Raises ValueError where a source's splits cannot be told, but not for the split "all".
    """
    names = dict(zip(mixture.labels([name for name, _ in wanted]), wanted, strict=True))
    alone = len(names) == 1
    listings = {label: listing(name) for label, (name, _) in names.items() if name != "portraits"}
    hashes, placed = {}, {}
    for label, found in listings.items():
        if found.refused and split != "all":
            raise ValueError(f"source {found.name!r}: {found.refused}")
        hashes[label] = FileHashes(home() / "cache" / "files" / found.key)
        placed[label] = _placed(found, split, seed, hashes[label], alone)
        lines = _lines(found, split, placed[label])
        report.layout += [line if alone else f"{label}: {line}" for line in lines]
    chosen, parts = mixture.apart(placed, split), {}
    for label, (name, share) in names.items():
        if name == "portraits":
            part = _drawn(split, count if alone else None, seed, draw)
        else:
            pictures, left = chosen[label]
            report.skipped += [(key if alone else f"{label}/{key}", why) for key, why in left]
            items = {picture.key: picture.path for picture in pictures}
            part = Found(listings[label].name, items, hashes[label].of, decode)
        if share < 1 and split in ("train", "all"):
            keep = mixture.thinned(list(part.items), share, seed)
            part.items = {key: one for key, one in part.items.items() if key in keep}
        parts[label] = part
    return parts


def _placed(found, split, seed, hashes, alone) -> list[Placed]:
    """The pictures of a source with their splits; of several sources with their content, too."""
    if split != "all":
        return place(found, seed, hashes, contents=not alone)
    paths = [picture.path for picture in found.pictures]
    content = {} if alone else hashes.of(paths)[0]
    return [Placed(p, "all", "all", content.get(p.path)) for p in found.pictures]


def _lines(found, split, placed) -> list[str]:
    """What is said of a source: how its splits were told, and what it holds that is not used."""
    lines = list(found.lines)
    if split == "all" and not any(picture.split for picture in found.pictures):
        lines = ["every picture, whatever the names of its folders say"] * bool(found.refused)
    elif split != "all" and not all(picture.split for picture in found.pictures):
        numbers = Counter(p.final for p in placed)
        lines.append(", ".join(f"{numbers[split]:,} {split}" for split in SPLITS))
    return lines + [found.unused] * bool(found.unused)


def _drawn(split, count, seed, draw) -> Found:
    """So many drawn portraits, or as many as there are by default."""

    def contents(indices):
        names = {index: f"portraits-v{portraits.VERSION}-{seed}-{index}" for index in indices}
        return {i: hashlib.sha256(name.encode()).hexdigest() for i, name in names.items()}, {}

    def belongs(index):
        place = hash_split(f"portraits/{index}", seed, PORTRAIT_SHARE, PORTRAIT_SHARE)
        return split in ("all", place)

    indices = itertools.islice(filter(belongs, itertools.count()), count or PORTRAITS[split])
    items = {f"portraits/{index}": index for index in indices}
    return Found("portraits", items, contents, draw)
