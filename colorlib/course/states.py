"""What runs a student's code keeps: how much it printed, and the global random states."""

import io
import random

import numpy as np
import torch


class Bounded(io.TextIOBase):
    """A text stream that keeps the first `most` characters and counts the others."""

    def __init__(self, most):
        self.most, self.text, self.dropped = most, "", 0

    def writable(self):
        """True, as of every stream that takes text."""
        return True

    def write(self, text):
        """Keep what there is room for."""
        kept = text[: self.most - len(self.text)]
        self.text += kept
        self.dropped += len(text) - len(kept)
        return len(text)

    def getvalue(self):
        """What was kept, and how much more there was."""
        return self.text + (f"\n... {self.dropped} characters more" if self.dropped else "")


def random_states():
    """The global random states of torch (CPU), NumPy and random."""
    return torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002


def set_random_states(states):
    """Put states from `random_states` back."""
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])  # noqa: NPY002, a student's code may use it
    random.setstate(states[2])
