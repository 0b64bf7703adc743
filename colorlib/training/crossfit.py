"""What a base says about pictures, kept on disk: the input of every second stage.

A base that has learnt from a picture is too good at it: the residuals that a refiner would see
there are smaller than those it will meet on new pictures (catch 13). *Cross-fitting* (stacking,
Wolpert 1992) avoids that: the pictures are cut into folds, each fold gets a base that has learnt
from all the others, and the refiner learns from those answers.

    fold_of(dataset, folds)                     (N,) the fold of each picture, 1, 2, ...
    predictions(bases, dataset, path, which)    ab' of each by the base that is in charge of it
    WithBase(dataset, predicted)                batches of (L, ab, ab_base)
    for_stage(stage, parts, dataset, ...)       which of these a stage learns from
"""

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from colorlib.data import datasets
from colorlib.data.files import read_json, whole, write_json
from colorlib.data.sources import as_bytes


def fold_of(dataset, folds):
    """The fold of each picture, (N,) in 1 ... folds, by a hash of its key: the same everywhere."""
    hashed = (hashlib.sha256(as_bytes(f"fold:{key}")).digest() for key in dataset.keys)
    numbers = [1 + int.from_bytes(digest[:8], "big") % folds for digest in hashed]
    return np.array(numbers, dtype=np.int64)


@torch.no_grad()
def predictions(bases, dataset, path, which=None, device="cpu", batch=64):
    """ab' of every picture, (N, 2, H, W) float16, as a read-only memory map of the file at path.

    bases: a list of networks L' -> ab'; which (N,): the base in charge of each picture, counted
    from 1 (None: the first for all). A file that these very networks have written for these very
    pictures is taken as it is (a mark beside it says so); else a new one appears, whole or not at
    all. Raises OSError where the disk is full.
    """
    path, shape = Path(path), (len(dataset), 2, dataset.size, dataset.size)
    which = np.ones(len(dataset), dtype=np.int64) if which is None else which
    mark = {"sha256": _mark(bases, dataset, which)}
    beside, total = path.with_name(f"{path.name}.json"), 2 * int(np.prod(shape))
    if not (path.exists() and path.stat().st_size == total and read_json(beside) == mark):
        beside.unlink(missing_ok=True)
        with whole(path) as part:
            with open(part, "wb") as file:  # through a map, a full disk would kill the process
                for _ in range(len(dataset)):
                    file.write(bytes(total // len(dataset)))
            array = np.memmap(part, dtype="<f2", mode="r+", shape=shape)
            for number, base in enumerate(bases, start=1):
                base.to(device).eval()
                for indices in torch.from_numpy(np.flatnonzero(which == number)).split(batch):
                    L, _ = dataset.batch(indices)
                    array[indices.numpy()] = base(L.to(device)).float().cpu().numpy()
            array.flush()
            del array
        write_json(beside, mark)
    return np.memmap(path, dtype="<f2", mode="r", shape=shape)


def _mark(bases, dataset, which):
    """A hash of what predictions depend on: weights, pictures, and who answers for which."""
    digest = hashlib.sha256(as_bytes("\n".join(dataset.keys)))
    digest.update(np.asarray(which, dtype=np.int64).tobytes())
    for base in bases:
        for name, value in base.state_dict().items():
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def for_stage(stage, parts, train_set, folds, folder, accelerator):
    """What a stage learns from: single networks the pictures, second stages also what a base says.

    That is the base which has not seen the picture, where there are folds and the stage is not the
    naive one. The predictions are kept in `folder`.
    """
    if not stage.second:
        return train_set
    crossed = folds and not stage.naive
    which = fold_of(train_set, folds) if crossed else None
    bases = [parts[f"fold{k}"] for k in range(1, folds + 1)] if crossed else [parts["base"]]
    path = Path(folder) / f"{'folds' if crossed else 'base'}.float16"
    with accelerator.main_process_first():
        predicted = predictions(bases, train_set, path, which, accelerator.device)
    return WithBase(train_set, predicted)


class WithBase(Dataset):
    """A `LabDataset` with the base's prediction of each picture: dataset[i] -> L, ab, ab_base.

    predicted: (N, 2, H, W) array of float16 or float32 in model units, one row a picture.
    """

    def __init__(self, dataset: datasets.LabDataset, predicted):
        wanted = (len(dataset), 2, dataset.size, dataset.size)
        if predicted.shape != wanted:
            raise ValueError(f"predicted must have shape {wanted}, got {predicted.shape}")
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
        ab_base = torch.from_numpy(np.asarray(self.predicted[rows], dtype=np.float32))
        return *self.dataset.batch(rows), ab_base

    def __getitems__(self, indices):  # what a plain DataLoader asks for
        return list(zip(*self.batch(indices), strict=True))

    def subset(self, indices):
        """A view of the pictures with these indices, in this order."""
        part = WithBase(self.dataset, self.predicted)
        part.rows = self.rows[np.asarray(indices, dtype=np.int64)]
        return part
