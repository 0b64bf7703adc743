"""Colours from noise: the network of a flow between noise and ab', seeing L and the base.

It predicts the velocity of `diffusion.flow_path`, on a grid of 1/`fold` of the picture's side:
colour is coarse, and so a step costs a ninth. From noise to colours is many steps of this network,
and each noise ends in another colouring: `walk`.
"""

import torch
import torch.nn.functional as F
from torch import nn

from colorlib.diffusion import COARSE, flow_sample
from colorlib.models.enhanced_unet import SelfAttention, timestep_embedding
from colorlib.models.layers import padded, zeroed


class TimedBlock(nn.Module):
    """Two 3 x 3 convolutions with a short cut, scaled and shifted in between as e (B, dim) says."""

    def __init__(self, c_in, c_out, dim):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(c_in, c_out, 3, padding=1), nn.GroupNorm(8, c_out)
        self.conv2, self.norm2 = nn.Conv2d(c_out, c_out, 3, padding=1), nn.GroupNorm(8, c_out)
        self.tell = nn.Linear(dim, 2 * c_out)
        self.short = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x, e):
        """x (B, c_in, H, W), e (B, dim) -> (B, c_out, H, W)."""
        scale, shift = self.tell(F.silu(e))[:, :, None, None].chunk(2, dim=1)
        y = F.silu(self.norm1(self.conv1(x)) * (1 + scale) + shift)
        return F.silu(self.short(x) + self.norm2(self.conv2(y)))


class ColorFlow(nn.Module):
    """The velocity of coarse colours x_t on their way from noise to the picture's.

    channels: of the levels, each half the side of the one before; each a multiple of 8.
    fold: how many times smaller than the picture's the side of x is.
    """

    def __init__(self, channels=(64, 96, 128), fold=3):
        super().__init__()
        self.channels, self.fold, dim = tuple(channels), fold, 2 * channels[-1]
        self.time = nn.Sequential(
            nn.Linear(channels[-1], dim), nn.SiLU(), nn.Linear(dim, dim)
        )  # fmt: skip
        self.stem = nn.Conv2d(2 + 2 + fold**2, channels[0], 3, padding=1)
        pairs = list(zip((channels[0], *channels), channels, strict=False))
        self.encoder = nn.ModuleList(TimedBlock(a, b, dim) for a, b in pairs)
        self.attend = SelfAttention(channels[-1])
        self.bottleneck = TimedBlock(channels[-1], channels[-1], dim)
        self.decoder = nn.ModuleList(TimedBlock(2 * b, a, dim) for a, b in reversed(pairs))
        self.head = zeroed(nn.Conv2d(channels[0], 2, 3, padding=1))

    def forward(self, x, t, L, ab_base):
        """x_t (B, 2, h, w), t (B,) integers, L (B, 1, H, W), ab_base (B, 2, H, W) -> like x.

        h, w: H and W over fold, rounded up; see `coarse`.
        """
        e = self.time(timestep_embedding(t, self.channels[-1]))  # (B, dim)
        h, w = x.shape[2:]
        seen = F.pixel_unshuffle(padded(L, self.fold), self.fold)  # (B, fold^2, h, w)
        x = torch.cat([x, 8 * coarse(ab_base, self.fold), seen], dim=1)
        x = self.stem(padded(x, 2 ** (len(self.channels) - 1)))
        remembered = []
        for level, block in enumerate(self.encoder):
            x = block(F.avg_pool2d(x, 2) if level else x, e)
            remembered.append(x)
        x = self.bottleneck(self.attend(x), e)
        for level, block in enumerate(self.decoder):
            x = F.interpolate(x, scale_factor=2) if level else x
            x = block(torch.cat([x, remembered.pop()], dim=1), e)
        return self.head(x)[..., :h, :w]


def coarse(ab, fold):
    """The mean of each fold x fold pixels of ab (B, 2, H, W): (B, 2, H / fold, W / fold), up."""
    return F.avg_pool2d(padded(ab, fold), fold)


def enlarged(x, fold, height, width):
    """Coarse x (B, 2, h, w) as (B, 2, height, width): bilinear, pixel centres at halves."""
    return F.interpolate(x, scale_factor=fold, mode="bilinear")[..., :height, :width]


def walk(net, fold, L, ab_base, noise, steps):
    """ab' (B, 2, H, W) that so many steps of a `ColorFlow` lead to from noise (B, 2, h, w).

    net: the network, or a function that calls it.
    """

    def velocity(x, t):
        return net(x, torch.full((len(x),), t, device=x.device), L, ab_base)

    return enlarged(flow_sample(velocity, noise, steps) / COARSE, fold, *L.shape[2:])
