"""Where the kit keeps its files, and downloads that can be trusted.

Nothing is downloaded unless a function here is called.
"""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder for downloads, caches and splits.

    COLORLIB_HOME where set; else data/ of the checkout that this file lies in; else ~/.cache/colorlib.
    """
    if os.environ.get("COLORLIB_HOME"):
        return Path(os.environ["COLORLIB_HOME"]).expanduser()
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout / "data"
    return Path.home() / ".cache" / "colorlib"
