"""What a base says about pictures, kept on disk: the input of every second stage.

A base that has learnt from a picture is too good at it: the residuals that a refiner would see
there are smaller than those it will meet on new pictures (catch 13). *Cross-fitting* (stacking,
Wolpert 1992) avoids that: the pictures are cut into folds, each fold gets a base that has learnt
from all the others, and the refiner learns from those answers.

    fold_of(dataset, folds)                  (N,) which fold each picture is in, 1, 2, ...
    predictions(bases, dataset, path, which) ab' of every picture by the base that is in charge of
    it WithBase(dataset, predicted)             batches of (L, ab, ab_base)
"""

import hashlib
import os
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from colorlib.data import datasets


def fold_of(dataset, folds):
    """The fold of each picture, (N,) in 1 ... folds, by a hash of its key: the same on every
    machine and run.
    """
    hashed = (hashlib.sha256(f"fold:{key}".encode()).digest() for key in dataset.keys)
    return np.array(
        [1 + int.from_bytes(digest[:8], "big") % folds for digest in hashed], dtype=np.int64
    )


@torch.no_grad()
def predictions(bases, dataset, path, which=None, device="cpu", batch=64):
    """ab' of every picture, (N, 2, H, W) float16, as a read-only memory map of the file at path.

    bases: a list of networks L' -> ab'; which (N,): the base in charge of each picture, counted
    from 1 (None: the first for all). A whole file of the right size is taken as it is; a new one is
    written beside it and renamed. Raises OSError where the disk is full.
    """
    path, shape = Path(path), (len(dataset), 2, dataset.size, dataset.size)
    if not (path.exists() and path.stat().st_size == 2 * int(np.prod(shape))):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        which = np.ones(len(dataset), dtype=np.int64) if which is None else which
        try:
            # to write to a map kills the process where the disk is full
            with open(temporary, "wb") as file:
                for _ in range(len(dataset)):
                    file.write(bytes(2 * int(np.prod(shape[1:]))))
            array = np.memmap(temporary, dtype="<f2", mode="r+", shape=shape)
            for number, base in enumerate(bases, start=1):
                base.to(device).eval()
                for indices in torch.from_numpy(np.flatnonzero(which == number)).split(batch):
                    L, _ = dataset.batch(indices)
                    array[indices.numpy()] = base(L.to(device)).float().cpu().numpy()
            array.flush()
            del array
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return np.memmap(path, dtype="<f2", mode="r", shape=shape)


class WithBase(Dataset):
    """A `datasets.LabDataset` with the base's prediction of each picture: dataset[i] -> L, ab,
    ab_base.

    predicted: (N, 2, H, W) array of float16 or float32 in model units, one row a picture.
    """

    def __init__(self, dataset: datasets.LabDataset, predicted):
        if predicted.shape != (len(dataset), 2, dataset.size, dataset.size):
            raise ValueError(f"predicted must have shape {(len(dataset), 2, dataset.size, dataset.size)}, "
                             f"got {predicted.shape}")  # fmt: skip
        self.dataset, self.predicted, self.rows = dataset, predicted, np.arange(len(dataset))

    def __len__(self):
        return len(self.rows)

    @property
    def keys(self):
        """The names of the pictures, in this order."""
        return [self.dataset.keys[row] for row in self.rows]

    def __getitem__(self, index: int):
        L, ab, ab_base = self.batch([index])
        return L[0], ab[0], ab_base[0]

    def batch(self, indices):
        """(L, ab, ab_base) of these pictures, float32."""
        rows = self.rows[np.asarray(indices, dtype=np.int64)]
        return *self.dataset.batch(rows), torch.from_numpy(
            np.asarray(self.predicted[rows], dtype=np.float32)
        )

    __getitems__ = batch

    def subset(self, indices):
        """A view of the pictures with these indices, in this order."""
        part = WithBase(self.dataset, self.predicted)
        part.rows = self.rows[np.asarray(indices, dtype=np.int64)]
        return part
