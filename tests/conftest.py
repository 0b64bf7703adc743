"""Settings shared by all tests: few threads, no network habits, a cache of their own."""

import os

import pytest
import torch

# Small tensors on a busy machine: more threads than cores made the suite five times slower.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Caches of the tests go to a folder of their own, shared by one run."""
    home = tmp_path_factory.getbasetemp() / "colorlib-home"
    monkeypatch.setenv("COLORLIB_HOME", str(home))
    for name in ("COLORLIB_PRESET", "COLORLIB_DATA"):
        if name in os.environ:
            monkeypatch.delenv(name)
