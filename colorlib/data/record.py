"""What was made in a folder, from what and how: so that a second run goes on, and replaces nothing.

One hidden file, a line for each picture in JSON.  Lines are only added, so that a cut off run or a
full disk spoils one line at most; the last line about a file counts, and what is no such line is
passed over.  Hashes tell files apart: what was moved is known again, what was edited is not.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from colorlib.data import files

NAME = ".colorlib-made.jsonl"
ABOUT = "# what `colorlib colorize` made here, from what and how; safe to delete\n"


class Record:
    """The record of one folder. rows: {name below the folder: {"input", "how", "output"}}."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / NAME
        self.rows = {}
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError:  # none yet, or none that can be read
            lines = []
        for line in lines:
            row = _row(line)
            if row:
                self.rows[row.pop("file")] = row

    def made(self, path, digest: str | None = None, how: dict | None = None) -> bool:
        """Whether the file is one that was made here and not changed since.

        digest, how: the sha256 of the input, and the options as plain data; None takes any.
        """
        row = self.rows.get(self._name(path))
        if row is None or digest not in (None, row["input"]) or how not in (None, row["how"]):
            return False
        try:
            return os.path.isfile(path) and files.sha256(path) == row["output"]
        except OSError:
            return False

    def add(self, path, written, digest: str, how: dict):
        """Note that `path` was made so; `written` is the file as it will stand there.

        To be called before the file takes its name: a name without a file does no harm, a file
        without a line would count as somebody else's. Raises OSError where it cannot be noted.
        """
        row = {"input": digest, "how": how, "output": files.sha256(written)}
        new = not self.path.exists()
        # On a line of its own, whatever a run that was killed may have left.
        line = "\n" + json.dumps({"file": self._name(path)} | row) + "\n"
        with open(self.path, "a", encoding="ascii") as file:
            file.write((ABOUT if new else "") + line)
            file.flush()
            os.fsync(file.fileno())
        self.rows[self._name(path)] = row

    def _name(self, path) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()


def _row(line: bytes) -> dict | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kinds = {"file": str, "input": str, "how": dict, "output": str}
    if not isinstance(row, dict) or row.keys() != kinds.keys():
        return None
    return row if all(isinstance(row[key], kind) for key, kind in kinds.items()) else None
