"""Where float32 is needed: colours and Gram matrices lose what matters in half precision."""

from contextlib import nullcontext

import torch


def full_precision(device):
    """A context in which autocast is off, for the few steps that need float32.

    device: a torch.device or its type's name.
    """
    kind = torch.device(device).type
    return (
        torch.autocast(kind, enabled=False)
        if torch.amp.is_autocast_available(kind)
        else nullcontext()
    )
