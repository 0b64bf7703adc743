"""Several sources as one: which, what part of each, and no copy of a held-out picture among them.

    datasets.load(["faces", "more", ("scenes", 0.25)], "train")
    python -m colorlib train --data faces more scenes=0.25 --out RUN

Each source keeps its own splits. A picture that is for the test in one is left out of the training
and validation pictures of the others, and one that several have for the same split counts once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from numbers import Real
from pathlib import Path

from colorlib.data.sources import NAMED, as_bytes
from colorlib.data.splits import SPLITS, Placed

WANTED = "a source's name, a folder, or a list of those or of pairs (source, share)"


def wanted(source) -> list[tuple[str, float]]:
    """[(name or folder, share), ...] of what `datasets.load` was given.

    source: a name or path; a pair (name or path, share); or a list of such. Raises ValueError for
    anything else, for a share that is not above 0 and at most 1, and for a source named twice.
    """
    several = isinstance(source, (list, tuple)) and not _is_pair(source)
    pairs = []
    for one in source if several else [source]:
        name, share = one if _is_pair(one) else (one, 1.0)
        if not isinstance(name, (str, os.PathLike)):
            raise ValueError(f"source must be {WANTED}, got {source!r}")
        if isinstance(share, bool) or not 0 < share <= 1:
            raise ValueError(f"source: a share must be above 0 and at most 1, got {share!r}")
        pairs.append((os.fspath(name), float(share)))
    places = {_place(name) for name, _ in pairs}
    if not pairs or len(places) < len(pairs):
        raise ValueError(f"source must be {WANTED}, each once and not none, got {source!r}")
    return pairs


def parse(text: str):
    """What a word of the command line means: "scenes=0.25" -> ("scenes", 0.25), else the word.

    What there is a file or folder of is its name, = and all.
    """
    name, equals, share = text.rpartition("=")
    if not equals or os.path.exists(os.path.expanduser(text)):
        return text
    try:
        return name, float(share)
    except ValueError:
        return text


def named(word: str) -> str:
    """The source that a word of `described` names, without its share."""
    found = parse(word)
    return found if isinstance(found, str) else found[0]


def several(words):
    """What `wanted` takes, of the words after --data or of those in COLORLIB_DATA: one of them is
    itself, not a list.
    """
    found = [parse(word) for word in words]
    return found[0] if len(found) == 1 else found


def described(source):
    """`source` as JSON can hold it: "faces", or for several ["faces", "scenes=0.25"]."""
    texts = [name if share == 1 else f"{name}={share:g}" for name, share in wanted(source)]
    return texts[0] if len(texts) == 1 else texts


def labels(names: list[str]) -> list[str]:
    """A short name for each source, no two the same: the ends of their paths."""
    parts = [[name] if name in NAMED else Path(_place(name)).parts for name in names]
    for depth in range(1, max(map(len, parts)) + 1):
        found = ["/".join(part.strip("/\\") for part in each[-depth:]) for each in parts]
        if len(set(found)) == len(found):
            break
    return found


def _is_pair(one) -> bool:
    if not isinstance(one, (list, tuple)) or len(one) != 2:
        return False
    return isinstance(one[0], (str, os.PathLike)) and isinstance(one[1], Real)


def _place(name: str) -> str:
    return name if name in NAMED else os.path.realpath(os.path.expanduser(name))


def apart(placed: dict[str, list[Placed]], split: str) -> dict[str, tuple[list, list]]:
    """{source: (its pictures of this split, [(key, why it is left out), ...])}.

    placed: {source: all its pictures}. Copies, by the hash of their content, lie in one split of
    one source: the most held out, and of those that are alike the source that is named first.
    """
    rank = {name: number for number, name in enumerate((*SPLITS, "all"))}
    home = {}  # content: ((how much held out, used there or not), split, source)
    for source, pictures in placed.items():
        for p in pictures:
            claim = rank[p.final], p.asked == p.final
            if p.content and (p.content not in home or claim > home[p.content][0]):
                home[p.content] = claim, p.final, source
    return {source: _kept(source, pictures, split, home) for source, pictures in placed.items()}


def _kept(source, pictures, split, home):
    kept, left = [], []
    for p in (p for p in pictures if p.asked == split):
        _, place, owner = home.get(p.content, (0, split, source))
        if p.final != split:
            left.append((p.picture.key, f"the same picture or person is in {p.final!r}"))
        elif (place, owner) != (split, source):
            where = f"{place!r} of {owner}" if place != split else owner
            left.append((p.picture.key, f"the same picture or person is in {where}"))
        else:
            kept.append(p.picture)
    return kept, left


def thinned(keys: list, share: float, seed: int) -> set:
    """So large a part of the keys, chosen by hash, at least one."""
    order = sorted(keys, key=lambda k: hashlib.sha256(as_bytes(f"{seed}:share:{k}")).digest())
    return set(order[: max(1, round(share * len(keys)))])


@dataclass
class Found:
    """The pictures of one split, before any is read.

    items: {key: whatever `contents` and `decode` take}, in the order in which they are shown.
    contents: list of those -> {one: content}, {one: why it cannot be read}. decode: as
    LabCache.add takes it.
    """

    name: str
    items: dict
    contents: Callable
    decode: Callable


def joined(parts: dict[str, Found]) -> Found:
    """Several as one, each key behind the label of its source."""

    def contents(payloads):
        content, unread = {}, {}
        for label, own in _runs(payloads):
            good, bad = parts[label].contents(own)
            content |= {(label, one): what for one, what in good.items()}
            unread |= {(label, one): why for one, why in bad.items()}
        return content, unread

    def decode(payloads):
        return [picture for label, own in _runs(payloads) for picture in parts[label].decode(own)]

    items = {
        f"{label}/{key}": (label, payload)
        for label, part in parts.items()
        for key, payload in part.items.items()
    }
    return Found(" + ".join(part.name for part in parts.values()), items, contents, decode)


def _runs(payloads):
    """(label, its payloads) for each run of one source in a list of (label, payload)."""
    for label, run in groupby(payloads, key=lambda pair: pair[0]):
        yield label, [payload for _, payload in run]
