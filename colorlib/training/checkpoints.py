"""A training that can be cut off at any moment.

    save(path, content)     whole or not at all; the one before stays as previous.pt
    load(path)              the newest that can be read, or None
    Patience                from Ctrl-C to the end of the step

Accelerate's own save_state writes a folder of files, one after the other: killed between two of
them it leaves a mixture. Here a checkpoint is one file.
"""

import hashlib
import os
import shutil
import signal
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import torch

from colorlib.data.files import whole
from colorlib.data.sources import as_bytes

PREVIOUS = "previous.pt"


def save(path: Path, content: dict) -> None:
    """Write content, tensors and plain data, to path; what was there becomes previous.pt beside it.

    Killed at any moment, it leaves at least one whole checkpoint of the two. Raises OSError, naming
    the path and what is still good, where the folder cannot be written or the disk is full.
    """
    try:
        with whole(path) as part:
            torch.save(content, part)
            if path.exists():
                os.replace(path, path.with_name(PREVIOUS))
    except (OSError, RuntimeError) as error:  # torch says RuntimeError where the disk is full
        good = next((p for p in (path, path.with_name(PREVIOUS)) if p.exists()), None)
        way = f"{good} is whole: make room, then go on with --resume" if good else "nothing is lost"
        raise OSError(f"cannot write the checkpoint {path}: {error}; {way}") from error


def load(path: Path) -> dict | None:
    """The checkpoint at path; where it is missing or broken the one before; None where neither is
    there.

    Warns of a broken one. Read with weights_only=True, so that no code in it runs. Raises
    ValueError where both are broken.
    """
    broken = []
    for candidate in (path, path.with_name(PREVIOUS)):
        if not candidate.exists():
            continue
        try:
            found = torch.load(candidate, weights_only=True, map_location="cpu")
        except Exception as error:
            # A changed byte may be met anywhere in the readers of zip, pickle and tensors.
            broken.append(f"{candidate} ({(str(error) or type(error).__name__).splitlines()[0]})")
            continue
        if broken:
            warnings.warn(f"broken: {broken[0]}; going on from {candidate}", stacklevel=2)
        return found
    if broken:
        raise ValueError(
            f"no checkpoint can be read: {'; '.join(broken)}. Delete them to start again"
        )
    return None


def make_room(folder: Path, needed: int) -> None:
    """Make the folder; OSError where it cannot be written or has less than `needed` bytes left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".trial-{os.getpid()}"
        trial.write_bytes(b"colorlib")
        trial.unlink()
    except OSError as error:
        raise OSError(
            f"cannot write to {folder}: {error.strerror or error}; choose another folder"
        ) from error
    free = shutil.disk_usage(folder).free
    if free < needed:
        left, wanted = f"{free / 1e6:,.0f} MB", f"{needed / 1e6:,.0f} MB"
        raise OSError(f"{folder} has {left} left, and this training needs {wanted}")


def mark(rows) -> str:
    """A short hash of what a training was started with: its schedule, its pictures."""
    return hashlib.sha256(as_bytes("\n".join(map(str, rows)))).hexdigest()[:12]


def random_states(device: torch.device) -> list[torch.Tensor]:
    """The states of torch's generators: the CPU's and, elsewhere, the device's, for dropout."""
    own = [] if device.type == "cpu" else [torch.get_device_module(device).get_rng_state()]
    return [torch.get_rng_state(), *own]


def set_random_states(device: torch.device, states: list[torch.Tensor]) -> None:
    """Go on from what `random_states` gave."""
    torch.set_rng_state(states[0])
    for state in states[1:]:
        torch.get_device_module(device).set_rng_state(state)


@contextmanager
def random_kept(device: torch.device):
    """Whatever is drawn within, afterwards the generators go on as if it had not been."""
    states = random_states(device)
    try:
        yield
    finally:
        set_random_states(device, states)


def differences(saved: dict, wanted: dict) -> str:
    """Which settings differ, as words: "seed 0, now 5; preset 'smoke', now 'lesson'"."""
    keys = [key for key in wanted | saved if saved.get(key) != wanted.get(key)]
    return "; ".join(f"{key} {saved.get(key)!r}, now {wanted.get(key)!r}" for key in keys)


class Patience:
    """Within it, Ctrl-C sets `.asked`, so that a step can end; a second one stops at once.

    Signals reach the main thread alone; in another thread nothing changes.
    """

    def __init__(self):
        self.asked = False

    def __enter__(self):
        self.main = threading.current_thread() is threading.main_thread()
        if self.main:
            self.before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *error):
        if self.main:
            signal.signal(signal.SIGINT, self.before)
