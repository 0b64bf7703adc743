"""Which split each picture of a source is in: as its folder or list says, else by hash.

Copies, and pictures of one person, never lie in two splits: what folders and lists say counts
before a hash, and test counts before validation before training.
"""

from __future__ import annotations

from dataclasses import dataclass

from colorlib.data.files import home, read_json, write_json
from colorlib.data.sources import Listing, Picture, hash_split

SPLITS = ("train", "val", "test")  # the later, the more held out


@dataclass(frozen=True)
class Placed:
    """A picture with its splits.

    asked: by its own folder, list or hash. final: where its group (copies, a person) belongs; a
    picture with another `asked` is left out. content: sha256 of the file, None where not known.
    """

    picture: Picture
    asked: str
    final: str
    content: str | None


def place(found: Listing, seed: int, hashes, contents=False) -> list[Placed]:
    """All pictures of a source with their splits.

    hashes: a FileHashes. contents=True: hash every file, also where people are known, who settle
    the splits alone.
    """
    wanted = [p.path for p in found.pictures if contents or p.group is None]
    content, _ = hashes.of(wanted)
    group = {p.key: p.group or content.get(p.path, p.key) for p in found.pictures}
    by_hash = [group[p.key] for p in found.pictures if p.split is None]
    table = stored_splits(found.key, by_hash, seed, **found.shares)
    settled = sorted((p for p in found.pictures if p.split), key=lambda p: SPLITS.index(p.split))
    final = table | {group[p.key]: p.split for p in settled}
    placed = []
    for picture in found.pictures:
        own = group[picture.key]
        asked = picture.split or table[own]
        placed.append(Placed(picture, asked, final[own], content.get(picture.path)))
    return placed


def stored_splits(key: str, groups, seed: int, val: float, test: float) -> dict[str, str]:
    """{group: split} for all groups.

    What is stored in home()/splits stays; new groups are added by hash, which needs no lock: two
    processes decide alike. What is damaged there is decided again.
    """
    path = home() / "splits" / f"{key}-seed{seed}.json"
    table = {group: split for group, split in read_json(path).items() if split in SPLITS}
    new = {group: hash_split(group, seed, val, test) for group in groups if group not in table}
    if new:
        write_json(path, table | new)
    return table | new
