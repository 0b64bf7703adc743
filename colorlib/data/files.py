"""Where the kit keeps its files, and files that are whole or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from pathlib import Path


def home() -> Path:
    """The folder for downloads, caches and splits.

    COLORLIB_HOME where set; else data/ of the checkout that this file lies in; else
    ~/.cache/colorlib.
    """
    if os.environ.get("COLORLIB_HOME"):
        return Path(os.environ["COLORLIB_HOME"]).expanduser()
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "data"
    return Path.home() / ".cache" / "colorlib"


def sha256(path) -> str:
    """The hex digest of a file, read in pieces."""
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def whole(path):
    """A path to write to, in the same folder; what was written there becomes `path` at the end.

    Killed at any moment, this leaves the old file or the new one, never half of one; an error
    leaves the old one, and nothing beside it. Folders are made as needed, and the new file is
    flushed to the disk before it takes its name.

        with whole("runs/table.csv") as part:
            table.to_csv(part)
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without path's own name, which may be as long as names can be.
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield part
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_json(path) -> dict:
    """The dict in a JSON file; {} where the file is missing, damaged or something else."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path, value, **options):
    """Write value to path as JSON, whole or not at all. options: of json.dumps."""
    with whole(path) as part:
        part.write_text(json.dumps(value, **{"indent": 0} | options) + "\n", encoding="utf-8")
