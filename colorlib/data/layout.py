"""Which sub-folders of a folder are its splits, by their names, and which only look like it.

Train/ beside Test/, training/ beside valid/: such names settle the splits, in any case and spelling
below. What is named like a split and cannot be used as one (train2/, test_old/, eval/, data/test/)
is refused rather than guessed at: else pictures that somebody held out would be learnt from.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

SPLIT_WORDS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "dev": "val", "devel": "val", "development": "val",
    "test": "test", "testing": "test", "tests": "test",
}  # fmt: skip
# These may stand beside such a word, and the name is still a split's: test_set, TrainImages.
PLAIN = ("set", "sets", "split", "data", "image", "images", "imgs", "pictures", "photos")
# With these beside it a name only looks like a split's.
ODD = ("old", "new", "copy", "backup", "bak", "orig", "original", "extra", "full", "small", "large",
       "clean", "raw", "part", "fold", "final", "hr", "lr", "public", "private")  # fmt: skip
# Names of pictures held out that do not say for what.
HELD_OUT = ("eval", "evaluation", "evaluate", "evaluating", "holdout", "heldout", "tst", "testset",
            "valset", "devset", "trainval", "minival", "validating", "unseen")  # fmt: skip
# Also words of other names (Val Kilmer, Dev Anand, a valid passport): they count alone, with PLAIN
# and ODD, or beside a folder with one of the other words.
WEAK = ("val", "valid", "dev", "devel", "development", "unseen")
ONE_SET = "take the folder as one set (--split all, split='all')"
MOST_NAMED = 5  # of the folders that an error names


def split_of(name: str) -> str | None:
    """The split that a folder of this name holds: "train", "val", "test", or None."""
    words = [word for word in _words(name) if word not in PLAIN]
    return SPLIT_WORDS.get(words[0]) if len(words) == 1 else None


def looks_held_out(name: str, beside=()) -> bool:
    """Whether a folder's name says that its pictures are not for learning.

    beside: names of the folders next to it.
    """
    words = _words(name)
    telling = [word for word in words if _held_out(word)]
    if "out" in words and {"held", "hold"} & set(words):
        return True
    if not telling or not all(word in WEAK for word in telling):
        return bool(telling)
    rest = [word for word in words if word not in telling]
    plain = all(word.isdigit() or len(word) == 1 or word in (*PLAIN, *ODD) for word in rest)
    return plain or any(_strong(other) for other in beside if other != name)


def looks_like_training(name: str) -> bool:
    """Whether a folder's name is that of training pictures, with or without something added."""
    return any(SPLIT_WORDS.get(word) == "train" for word in _words(name))


def _words(name: str) -> list[str]:
    """The words of a name, in lower case: testA -> test, a; train2017 -> train, 2017."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = re.findall(r"[^\W\d_]+|\d+", name.casefold())
    # trainset, testimages: a split's word and a plain one, run together.
    joined = re.compile(f"({'|'.join(SPLIT_WORDS)})({'|'.join(PLAIN)})")
    parts = [joined.fullmatch(word) for word in words]
    cut = [m.groups() if m else (word,) for word, m in zip(words, parts, strict=True)]
    return [word for group in cut for word in group]


def _held_out(word: str) -> bool:
    return word in HELD_OUT or SPLIT_WORDS.get(word) in ("val", "test")


def _strong(name: str) -> bool:
    return any(
        word not in WEAK and (word in HELD_OUT or word in SPLIT_WORDS) for word in _words(name)
    )


@dataclass
class Layout:
    """What the sub-folders of a folder mean.

    splits: {name of a sub-folder: its split}; empty where they settle nothing.
    lines: what was found, for people. refused: why no split can be told, None where it can.
    """

    splits: dict[str, str]
    lines: list[str]
    refused: str | None

    def split(self, key: str) -> str | None:
        """The split of a picture by its path below the folder; None for one beside them all."""
        return self.splits.get(key.split("/")[0])


def own_splits(folder) -> set[str]:
    """Which splits the sub-folders of a folder are named as; none where they are no layout.

    train/ beside val/ or test/ is one, and so are val/ and test/ with nothing else beside them but
    files. A single train/ is not.
    """
    given = set(_named(Path(folder)).values())
    return set() if given == {"train"} else given


def find(root: Path, keys) -> Layout:
    """The layout of a folder.

    keys: the paths of its pictures below it, with / between the names.
    """
    named, keys = _named(root), list(keys)
    counts = Counter(key.split("/")[0] for key in keys)
    beside = {name: n for name, n in counts.items() if name not in named}
    given = {split for name, split in named.items() if counts[name]}
    if given and "train" not in given and beside:
        return Layout({}, [], _no_train(root, named, beside))
    splits = named if given and set(named.values()) != {"train"} else {}
    folders = {parent for key in keys for parent in _parents(key)}
    lines = _lines(named, counts, beside, folders) if splits else _no_lines(folders)
    return Layout(splits, lines, _refusal(root, splits, folders))


def _named(root: Path) -> dict[str, str]:
    """{name: split} of the sub-folders that are named as splits."""
    names = sorted(child.name for child in os.scandir(root) if child.is_dir())
    found = {name: split_of(name) for name in names if not name.startswith((".", "__"))}
    return {name: split for name, split in found.items() if split}


def _lines(named, counts, beside, folders) -> list[str]:
    """Which folder is which split; what is taken from train; what lies beside and is not used."""
    order = sorted(named, key=lambda name: ("train", "val", "test").index(named[name]))
    words = {"train": "", "val": ": taken as validation", "test": ": taken as test"}
    text = ", ".join(f"{name}/ {counts[name]:,}{words[named[name]]}" for name in order)
    lines, given = [text], set(named.values())
    for split, word in (("val", "validation"), ("test", "test")):
        if "train" in given and split not in given:
            lines.append(f"no folder for {word}: 5 % of {order[0]}/, by a hash of each file")
    if beside:
        places = [f"{name}/ {n:,}" for name, n in beside.items() if name in folders]
        lines.append(f"beside them, not used: {sum(beside.values()):,} pictures")
        lines[-1] += f" ({', '.join(places[:MOST_NAMED])})" if places else ""
    return lines


def _no_lines(folders) -> list[str]:
    lines = ["no folders for splits: 90 % train, 5 % validation, 5 % test by a hash of each file"]
    named = sorted(f"{f}/" for f in folders if looks_like_training(f.rpartition("/")[2]))
    if named:
        lines.append(f"split like the rest, whatever they say: {', '.join(named[:MOST_NAMED])}")
    return lines


def _no_train(root, named, beside) -> str:
    names = "/, ".join(named)
    return (
        f"named as held out: {names}/, with {sum(beside.values()):,} pictures beside, but none in "
        f"train/. Either move those into {root / 'train'}, or move {names}/ elsewhere, or {ONE_SET}"
    )


def _refusal(root, splits, folders) -> str | None:
    """Why a folder's name stands in the way of telling the splits; None where none does."""
    children = {}
    for folder in folders:
        parent, _, name = folder.rpartition("/")
        children.setdefault(parent, []).append(name)
    odd = []
    for folder in sorted(folders):
        parent, _, name = folder.rpartition("/")
        if parent and splits.get(folder.split("/")[0]) in ("val", "test"):
            continue  # within what is held out anyhow
        if name in splits and not parent:
            continue
        held_out = looks_held_out(name, children[parent])
        # Beside a layout it would be passed over; elsewhere it is learnt from like the rest.
        if held_out or (splits and not parent and looks_like_training(name)):
            odd.append(folder)
    return _say(root, splits, odd, children) if odd else None


def _say(root, splits, odd, children) -> str:
    names = ", ".join(f"{folder}/" for folder in odd[:MOST_NAMED])
    names += f" and {len(odd) - MOST_NAMED} more" if len(odd) > MOST_NAMED else ""
    parents = dict.fromkeys(folder.rpartition("/")[0] for folder in odd if not splits)
    within = [
        str(root / parent)
        for parent in parents
        if parent and {split_of(name) for name in children[parent]} - {None, "train"}
    ]
    ways = ["rename it to train/, val/ or test/ beside the others" if splits else
            "name the folders train/, val/ and test/", "move it elsewhere"]  # fmt: skip
    if within:
        shown = " ".join(within[:MOST_NAMED]) + (" ..." if len(within) > MOST_NAMED else "")
        ways = [f"pass {shown}" + (" as sources of their own" if len(within) > 1 else ""), *ways]
    ways += [] if splits else [ONE_SET]
    return f"named like a split and not used as one: {names}. Either {', or '.join(ways)}"


def _parents(key: str):
    """The folders that a path lies in: a/b/c.png -> a, a/b."""
    parts = key.split("/")
    return ("/".join(parts[:n]) for n in range(1, len(parts)))
