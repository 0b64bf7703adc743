"""FusionNet: residual blocks inside a U-Net whose long skips are sums (Quan et al. 2016).

    level     convolution, residual block of three convolutions, convolution
    encoder   level, then max pooling, four times; the channels double with each
    decoder   up by a transposed convolution, plus what the encoder saw at that scale, then level

U-Net sets the encoder's channels beside the decoder's; here they are added, so that the network is
residual as a whole. Quan, Hildebrand & Jeong made it for the cells in electron micrographs (arXiv
1612.05360); Jwa & Kang (2021) took it over for colourisation.

The paper's are levels, doubling and sums. BatchNorm and ReLU follow each convolution but the last
of a residual block, which has no ReLU. The kit's are the width, and the loss: Jwa & Kang classify,
but bins at full side, where a U-Net answers, take longer than the network itself. By regression the
row differs from the CNN's in its architecture alone; what classification does, ECCV16 shows.
"""

from itertools import pairwise

import torch.nn.functional as F
from torch import nn

from colorlib.color import require
from colorlib.models.layers import padded


def _conv(c_in, c_out):
    return [nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU()]


class Level(nn.Module):
    """What stands at each scale: (B, c_in, H, W) -> (B, c_out, H, W)."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.first = nn.Sequential(*_conv(c_in, c_out))
        self.residual = nn.Sequential(
            *_conv(c_out, c_out), *_conv(c_out, c_out), *_conv(c_out, c_out)[:-1]
        )
        self.last = nn.Sequential(*_conv(c_out, c_out))

    def forward(self, x):
        """(B, c_in, H, W) -> (B, c_out, H, W)."""
        x = self.first(x)
        return self.last(x + self.residual(x))


class FusionNet(nn.Module):
    """L' (B, 1, H, W) to ab' (B, 2, H, W), any H, W, both in model units.

    channels: of the outermost level; they double with each inwards. levels: how often the side is
    halved. The paper's network has 64 and 4.
    Sides that are no multiple of 2^levels are padded by repeating the border and cut again. Raises
    ValueError where channels or levels are below 1.
    """

    def __init__(self, channels=64, levels=4):
        super().__init__()
        require(channels >= 1, "channels must be at least 1", channels)
        require(levels >= 1, "levels must be at least 1", levels)
        self.channels, self.levels = channels, levels
        *c, middle = [channels * 2**i for i in range(levels + 1)]
        self.encoder = nn.ModuleList(Level(*pair) for pair in pairwise([1, *c]))
        self.middle = Level(c[-1], middle)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * n, n, 2, stride=2) for n in reversed(c))
        self.decoder = nn.ModuleList(Level(n, n) for n in reversed(c))
        self.head = nn.Conv2d(channels, 2, 1)

    def forward(self, L):
        """L' (B, 1, H, W) -> ab' (B, 2, H, W)."""
        h, w = L.shape[2:]
        x, seen = padded(L, 2**self.levels), []
        for level in self.encoder:
            x = level(x)
            seen.append(x)
            x = F.max_pool2d(x, 2)
        x = self.middle(x)  # (B, 2^levels channels, H / 2^levels, W / 2^levels)
        for up, level in zip(self.up, self.decoder, strict=True):
            x = level(up(x) + seen.pop())
        return self.head(x)[..., :h, :w]
