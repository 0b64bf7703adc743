"""How far the data path reaches: drawn portraits through cache and split, then one epoch of the base.

    python tests/benchmarks/scale.py                           60,000 at 128 px: about half an hour on two cores
    python tests/benchmarks/scale.py --count 2000 --side 64    a minute or two

Says how long each part takes, what lies on the disk, and whether memory grows with the number of pictures; then
what 70,000 pictures of 256 px would take on this machine.  --folder keeps the cache, and a second run finds it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

WHOLE = 70_000, 256  # FFHQ at the paper's size


def memory_gb(what="RssAnon"):
    """This process's memory, without the pages of mapped files; None where the system does not tell."""
    if sys.platform != "linux":
        return None
    return int(re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1e6


def load(count, side):
    """The training pictures, and a row about how they came to be: converted, or found converted."""
    from colorlib.data import datasets

    begun = time.perf_counter()
    train = datasets.load("portraits", "train", size=side, count=count)
    seconds = time.perf_counter() - begun
    part = "draw, convert, split" if train.report.converted else "found in the cache, each row checked"
    return train, {"part": part, "pictures": len(train), "seconds": seconds, "memory": [memory_gb()]}


def epoch(train, width, batch):
    """A row about one epoch of the base, with the memory at several moments of it."""
    from colorlib import models
    from colorlib.methods import Stage
    from colorlib.training.fit import fit

    net, seen, begun = models.build("siggraph17", width=width), [memory_gb()], time.perf_counter()
    history = fit(Stage("base", "base", 1), {"base": net}, train, batch=batch, every=30,
                  keep=lambda state, row: seen.append(memory_gb()))  # fmt: skip
    seconds = time.perf_counter() - begun
    return {"part": f"one epoch of the base, width {width:g}", "pictures": len(train), "seconds": seconds,
            "memory": seen, "loss": history[0]["loss"]}  # fmt: skip


def on_disk(folder):
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def main(arguments=None):
    """Run it; returns what is printed, as numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--width", type=float, default=1 / 8, help="of SIGGRAPH17")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--folder", type=Path, help="where the cache is kept, instead of a temporary place")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        home = args.folder or Path(place)
        before, os.environ["COLORLIB_HOME"] = os.environ.get("COLORLIB_HOME"), str(home)
        try:
            train, first = load(args.count, args.side)
            again = load(args.count, args.side)[1]
            rows = [first, again, epoch(train, args.width, args.batch)]
            found = {"side": args.side, "rows": rows, "bytes": on_disk(home)}
        finally:
            os.environ.pop("COLORLIB_HOME")
            if before is not None:
                os.environ["COLORLIB_HOME"] = before
    show(found)
    if args.json:
        args.json.write_text(json.dumps(found), encoding="utf-8")
    return found


def show(found):
    """Print the rows, and the sum for `WHOLE`."""
    count, side = WHOLE
    factor = (side / found["side"]) ** 2
    for row in found["rows"]:
        rate = row["pictures"] / row["seconds"]
        seen = [x for x in row["memory"] if x is not None]
        held = f"memory {min(seen):.2f} to {max(seen):.2f} GB" if seen else "memory not known here"
        print(f"{row['part']:38} {row['pictures']:6} pictures {row['seconds']:7.0f} s {rate:7.1f} a second, {held}")
        hours = count * factor / rate / 3600
        print(f"{'':38} {count} of {side} px, by the number of pixels: {hours:.1f} h")
    each = found["bytes"] / found["rows"][0]["pictures"]
    whole = f"of {count} of {side} px {count * each * factor / 1e9:.1f} GB"
    print(f"on disk {found['bytes'] / 1e9:.2f} GB, {each / 1e3:.1f} kB a picture; {whole}")


if __name__ == "__main__":
    main()
