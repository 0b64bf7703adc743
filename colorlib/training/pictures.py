"""The pictures of a training: to learn from and to check with, however few there are."""

from colorlib.data import datasets
from colorlib.training import crossfit

FEW_STEPS = 50  # in an epoch, where there are fewer pictures than a batch to be learnt by heart


def load(data, split, size, count=None, val_count=None):
    """(train_set, val_set), two `LabDataset`s.

    split: "train", with the validation pictures beside it, or "all": everything is learnt from, and
    the check is on the same pictures, which shows whether a network can learn at all.

    Raises `datasets.NoPictures`, a ValueError, with what to do, unless there is at least one of
    each; what else `datasets.load` raises. The check's pictures are read first: they are few, and
    what is missing there is told before thousands are converted.
    """
    try:
        check = "val" if split == "train" else split
        val_set = datasets.load(data, check, size=size, count=val_count)
        return datasets.load(data, split, size=size, count=count), val_set
    except datasets.NoPictures as error:
        raise datasets.NoPictures(
            "data must hold at least 1 picture to learn from and 1 for validation: "
            f"{error}. To see whether a few pictures can be learnt by heart, pass --split all "
            '(split="all"), which checks on the pictures that it learns from'
        ) from error


def by_heart(train_set, batch, processes=1):
    """(train_set, batch) for fewer pictures than a batch: all in one step, FEW_STEPS an epoch.

    A batch is a multiple of the processes, among which it is split.
    """
    if len(train_set) >= batch:
        return train_set, batch
    rows = list(range(len(train_set)))
    return train_set.subset(rows * FEW_STEPS * processes), len(rows) * processes


def can_cross_fit(train_set, folds):
    """Whether each fold's base has something to learn from: not if all pictures lie in one."""
    return bool(folds) and len(set(crossfit.fold_of(train_set, folds))) > 1
