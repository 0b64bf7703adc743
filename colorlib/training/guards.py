"""What can go wrong within a step, said so that it can be mended: no numbers, too little memory."""

from contextlib import contextmanager

import torch
from accelerate.utils import find_executable_batch_size
from accelerate.utils.memory import should_reduce_batch_size


def check_finite(where, loss, terms, files):
    """FloatingPointError unless the loss is a finite number.

    where: stage, epoch and step in words; terms: {name: value} of the loss's parts; files(): the
    pictures of the batch.
    """
    if torch.isfinite(loss):
        return
    bad = [f"{name} {value.item():g}" for name, value in terms.items() if not torch.isfinite(value)]
    raise FloatingPointError(
        f"{where}: the loss is {loss.item():g} ({', '.join(bad) or 'every term is finite'}); "
        f"pictures of this batch: {_few(files())}"
    )


def check_gradient(where, norm, files):
    """FloatingPointError unless the gradient's norm is finite; called before the weights move."""
    if norm is not None and not torch.isfinite(norm):
        raise FloatingPointError(
            f"{where}: the loss is finite, its gradient is not; "
            f"pictures of this batch: {_few(files())}"
        )


@contextmanager
def memory_guard(where, batch, trial):
    """MemoryError where memory runs out within it, on a GPU or on a CPU, naming a batch that fits.

    trial(n): the same work with n pictures; n is the batch shrunk by a tenth at a time.
    """
    try:
        yield
    except RuntimeError as error:
        if not should_reduce_batch_size(error):
            raise
        fits = _largest(trial, batch * 9 // 10)
        hint = f"{fits} fit" if fits else "not even one fits, take a smaller preset"
        raise MemoryError(
            f"{where}: {batch} pictures at once are too many for the memory; {hint}"
        ) from error


def _largest(trial, start):
    @find_executable_batch_size(starting_batch_size=start)
    def search(n):
        trial(n)
        return n

    try:
        return search()
    except RuntimeError as error:
        if "No executable batch size" in str(error):
            return 0
        raise


def _few(names, most=8):
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
