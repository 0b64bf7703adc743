"""Hints in steps, and a record of what is solved, for the learner alone.

    checks.color_prior.hint()     the next hint for this exercise, from a nudge to nearly the code
    checks.progress()             what is solved, after how many tries and hints

The record is one small file, RECORD, in the folder of the notebook.  It is written where checks run
in a notebook, is never sent anywhere, and no grade is made of it; delete it to begin afresh.
"""

import contextlib
import datetime
import functools
import json
import os
import sys
from pathlib import Path

from colorlib.course.checks.hints import HINTS

RECORD = ".colorlib-progress.json"  # in the working folder
TRACKED = {}  # name of the check -> where it belongs, in order


def tracked(check):
    """The check with its hints, counting its tries in the record."""
    name = check.__name__
    place = check.__module__.rpartition(".")[2]
    TRACKED[name] = f"lesson {place[-2:]}" if place.startswith("lesson") else "problem sets"

    @functools.wraps(check)
    def counting(*given, **options):
        verdict = check(*given, **options)
        if verdict is not None and in_notebook():
            _note(name, "tries", verdict.right)
        return verdict

    counting.hint = functools.partial(hint, name)
    return counting


def in_notebook():
    """Whether this process is the kernel of a notebook."""
    shell = sys.modules.get("IPython")
    return shell is not None and hasattr(shell.get_ipython(), "kernel")


def hint(name):
    """Print the next hint for an exercise; the last one stays."""
    shown = _read().get(name, {}).get("hints", _SHOWN.get(name, 0))
    steps = HINTS[name]
    number = min(shown, len(steps) - 1)
    last = number == len(steps) - 1
    print(f"Hint {number + 1} of {len(steps)}{' (the last)' if last else ''}: {steps[number]}")
    _SHOWN[name] = number + 1
    if in_notebook() and shown < len(steps):
        _note(name, "hints")


_SHOWN = {}  # outside notebooks, where nothing is recorded: name -> hints shown


def progress():
    """Print what is solved, of the record in this folder."""
    record = _read()
    solved = [name for name in TRACKED if record.get(name, {}).get("solved")]
    where = Path.cwd() / RECORD
    print(f"{len(solved)} of {len(TRACKED)} solved (kept in {where}, and nowhere else)")
    for place in dict.fromkeys(TRACKED.values()):
        for name in (name for name in record if TRACKED.get(name) == place):
            entry = record[name]
            state = f"solved {entry['solved']}" if entry.get("solved") else "not yet"
            counts = ", ".join(
                f"{entry[what]} {what if entry[what] > 1 else one}"
                for what, one in (("tries", "try"), ("hints", "hint"))
                if entry.get(what)
            )
            print(f"  {place:<13} {name:<17} {state:<18} {counts}")


def _read():
    """The record; empty where there is none, or none that can be read."""
    try:
        record = json.loads(Path(RECORD).read_text("utf-8"))
        return {name: dict(entry) for name, entry in record.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        print(f"{RECORD} cannot be read: delete it, and a new one begins.")
        return {}


def _note(name, what, right=False):
    """One more try or hint; where the folder cannot be written, `progress` shows nothing new."""
    record = _read()
    entry = record.setdefault(name, {})
    if entry.get("solved") and what == "tries":
        return
    entry[what] = entry.get(what, 0) + 1
    if right:
        entry["solved"] = datetime.date.today().isoformat()
    with contextlib.suppress(OSError):
        new = Path(f"{RECORD}.new")
        new.write_text(json.dumps(record, indent=1), "utf-8")
        os.replace(new, RECORD)
