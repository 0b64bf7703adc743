"""Several processes that train as one. From a shell, and in a notebook:

    python -m torch.distributed.run --nproc_per_node 2 -m colorlib train --out runs/two
    notebook_launcher(train, ("runs/two", "portraits", "lesson"), num_processes=2)

Each takes its part of every batch and of its random numbers (`steps.StepRandom`), and gradients are
averaged. What is left is BatchNorm, whose mean and variance must be those of the whole batch, not
of one part.
"""

import torch
from torch import distributed, nn
from torch.distributed.nn.functional import all_reduce

from colorlib.precision import full_precision


class SyncBatchNorm(nn.BatchNorm2d):
    """BatchNorm over the batches of all processes; torch's own does this on GPUs alone.

    Same parameters and buffers as BatchNorm2d; every process must hold equally many pictures.
    """

    def forward(self, x):
        """(B, C, H, W), normalised by mean and variance of all processes' batches together."""
        if not self.training:
            return super().forward(x)
        with full_precision(x.device):
            processes = distributed.get_world_size()
            y = x.to(torch.promote_types(x.dtype, torch.float32))
            mean = all_reduce(y.mean(dim=(0, 2, 3))) / processes  # (C,)
            y = y - mean.view(1, -1, 1, 1)
            # E y^2 - (E y)^2 would lose digits.
            var = all_reduce(y.square().mean(dim=(0, 2, 3))) / processes
            with torch.no_grad():
                n = y.numel() / y.shape[1] * processes
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var * n / (n - 1), self.momentum)
                self.num_batches_tracked += 1
            scale = self.weight * (var + self.eps).rsqrt()
            return (y * scale.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)).to(x.dtype)


def share_batchnorm(net, together=True):
    """Make every BatchNorm2d of the network see the batches of all processes.

    together=False: only its own again. Nothing that is learnt or stored changes.
    """
    old, new = (nn.BatchNorm2d, SyncBatchNorm) if together else (SyncBatchNorm, nn.BatchNorm2d)
    for module in net.modules():
        if type(module) is old:
            module.__class__ = new
    return net
