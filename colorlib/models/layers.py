"""What several of the networks share."""

import torch.nn.functional as F
from torch import nn

from colorlib.color import require


def scaled(width):
    """Channels at full, half, quarter and eighth side of Zhang et al.'s networks, times `width`."""
    require(0 < width <= 1, "width must be in (0, 1]", width)
    return [max(8, round(channels * width)) for channels in (64, 128, 256, 512)]


def conv_block(c_in, c_out, convs, stride=1, dilation=1):
    """`convs` times (3 x 3 convolution, ReLU), then one BatchNorm; the last convolution strides."""
    layers = []
    for i in range(convs):
        step = stride if i == convs - 1 else 1
        layers += [
            nn.Conv2d(c_out if i else c_in, c_out, 3, step, padding=dilation, dilation=dilation),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.BatchNorm2d(c_out))


def padded(x, step):
    """x (B, C, H, W), its last row and column repeated until both sides are multiples of step.

    What a network makes of it is cut again to [..., :H, :W].
    """
    h, w = x.shape[2:]
    return F.pad(x, (0, -w % step, 0, -h % step), mode="replicate")


def zeroed(layer):
    """The layer, with an output of zero until it has learnt."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
