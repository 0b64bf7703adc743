"""A training that can be cut off at any moment: checkpoints whole or not at all, and Ctrl-C that
waits for a good one.

save(path, content)     a temporary file, flushed to the disk, then renamed; the one before stays as
previous.pt load(path)              the newest that can be read, or None Patience
from Ctrl-C to the end of the step
"""

import hashlib
import os
import shutil
import signal
import threading
import warnings
from pathlib import Path

import torch

PREVIOUS = "previous.pt"


def save(path: Path, content: dict) -> None:
    """Write content, tensors and plain data, to path; what was there becomes previous.pt beside it.

    Killed at any moment, it leaves at least one whole checkpoint of the two. Raises OSError, naming
    the path and what is still good, where the folder cannot be written or the disk is full.
    """
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.replace(path, path.with_name(PREVIOUS))
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except (OSError, RuntimeError) as error:
        # torch says RuntimeError where its writer meets a full disk
        temporary.unlink(missing_ok=True)
        good = next((p for p in (path, path.with_name(PREVIOUS)) if p.exists()), None)
        kept = (
            f"{good} is whole: make room, then go on with --resume"
            if good
            else "nothing was lost yet"
        )
        raise OSError(f"cannot write the checkpoint {path}: {error}; {kept}") from error


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
            # a changed byte may be met anywhere in the readers of zip, pickle and tensors
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
    """Make the folder; OSError where it cannot be written, or where the disk has less than `needed`
    bytes left.
    """
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
        raise OSError(
            f"{folder} has {free / 1e6:,.0f} MB left, and this training needs {needed / 1e6:,.0f} MB"
        )


def mark(rows) -> str:
    """A short hash of what a training was started with, to tell another schedule or other pictures."""
    return hashlib.sha256("\n".join(map(str, rows)).encode("utf-8", "surrogatepass")).hexdigest()[
        :12
    ]


def random_states(device: torch.device) -> list[torch.Tensor]:
    """The states of torch's random generators: the CPU's and, elsewhere, the device's, from which
    dropout draws.
    """
    own = [] if device.type == "cpu" else [torch.get_device_module(device).get_rng_state()]
    return [torch.get_rng_state(), *own]


def set_random_states(device: torch.device, states: list[torch.Tensor]) -> None:
    """Go on from what `random_states` gave."""
    torch.set_rng_state(states[0])
    for state in states[1:]:
        torch.get_device_module(device).set_rng_state(state)


def differences(saved: dict, wanted: dict) -> str:
    """Which settings differ, as words: "seed 0, now 5; preset 'smoke', now 'lesson'"."""
    keys = [key for key in wanted | saved if saved.get(key) != wanted.get(key)]
    return "; ".join(f"{key} {saved.get(key)!r}, now {wanted.get(key)!r}" for key in keys)


class Patience:
    """Within it, Ctrl-C sets `.asked` in place of stopping at once, so that a step can end; a
    second one stops at once.

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


def _sync_folder(folder):
    """So that the new names survive a power cut, too; Windows cannot open folders and does not need
    it.
    """
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
