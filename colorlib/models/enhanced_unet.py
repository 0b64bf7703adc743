"""The enhanced U-Net: the paper's second stage (section 3.2, Figure 2).

    input        [L', noised ab' of the base]                        (B, 3, H, W)
    encoder      halves the side and remembers what it saw
    bottleneck   the timestep's and the colour prior's embeddings, fused, scale and shift the
                 features
    decoder      doubles the side, adds what the encoder saw, and attends
    head         a residual, exactly zero before training            (B, 2, H, W)

The head starts at zero, so an untrained refiner returns the base prediction unchanged.
"""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from colorlib.color import require
from colorlib.diffusion import whole_steps
from colorlib.models.layers import padded, zeroed
from colorlib.prior import color_prior


def timestep_embedding(t, dim):
    """Sines and cosines of t (B,) at geometric frequencies -> (B, dim) (Vaswani et al. 2017).

    t: an integer or integers (B,); a float raises TypeError. dim: even.
    """
    t = whole_steps(t, torch.as_tensor(t).reshape(-1))
    half = dim // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=t.device) / half)
    angles = t.float()[:, None] * frequencies[None]  # (B, dim / 2)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class SelfAttention(nn.Module):
    """Every position looks at every other: softmax(Q K^T / sqrt(d)) V, added to the input.

    The output projection starts at zero, so the block starts as the identity.
    """

    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def _project(self, x):
        """Q, K and V of x (B, C, H, W), each (B, heads, T, head_dim) with T = H W."""
        B, C, H, W = x.shape
        qkv = self.qkv(self.norm(x)).reshape(B, 3, self.heads, C // self.heads, H * W)
        # Contiguous: strided views make attention on a CPU several times slower.
        return qkv.transpose(3, 4).contiguous().unbind(1)

    def forward(self, x, return_map=False):
        """x (B, C, H, W) -> the same shape; return_map=True also gives who looks where.

        The map is (B, heads, T, T); row i holds what position i attends to and sums to one.
        """
        q, k, v = self._project(x)
        if return_map:
            q = q / math.sqrt(q.shape[-1])  # before the product: that is T / head_dim times smaller
            attention = (q @ k.transpose(2, 3)).softmax(dim=-1)  # (B, heads, T, T)
            y = attention @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v)  # the same, without building the map
        y = x + self.out(y.transpose(2, 3).reshape(x.shape))  # (B, C, H, W)
        return (y, attention) if return_map else y


class Block(nn.Module):
    """Two 3 x 3 convolutions with a short cut."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(c_in, c_out, 3, padding=1), nn.GroupNorm(8, c_out)
        self.conv2, self.norm2 = nn.Conv2d(c_out, c_out, 3, padding=1), nn.GroupNorm(8, c_out)
        self.short = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
        """x (B, c_in, H, W) -> (B, c_out, H, W)."""
        y = F.silu(self.norm1(self.conv1(x)))
        return F.silu(self.short(x) + self.norm2(self.conv2(y)))


class EnhancedUNet(nn.Module):
    """[L', noised ab'], t and the colour prior to a residual in ab', all in model units.

    channels: of the levels from full size down; the last is the bottleneck. Each a multiple of 8.
    attention: "decoder" (the paper's choice), "bottleneck" (what it says works worse) or "none".
    blocks: how many decoder levels attend, counted from the bottleneck up; more cost more (T = H W
        grows).
    prior, time: whether the bottleneck sees the colour prior and the timestep.
    steer: whether it also sees how far the prior is from the input's own, and may shift the colour
        of the whole picture: what makes a prior set by hand easy to follow.
    shrink: 2 folds each 2 x 2 pixels into channels before the first level and enlarges the
        residual, a quarter of the cost; colour is low-frequency, and the base's own detail stays.
    """

    def __init__(
        self,
        channels=(32, 48, 96, 128),
        attention="decoder",
        blocks=1,
        prior=True,
        time=True,
        steer=False,
        shrink=1,
    ):
        super().__init__()
        # Behind which blocks attention comes, on the way up: 0 the bottleneck, 1 the first decoder.
        places = {"decoder": range(1, blocks + 1), "bottleneck": (0,), "none": ()}
        levels = len(channels) - 1
        choices = 'attention must be "decoder", "bottleneck" or "none"'
        require(attention in places, choices, attention)
        multiples = all(c > 0 and c % 8 == 0 for c in channels)
        require(levels > 0 and multiples, "channels must be two or more multiples of 8", channels)
        require(1 <= blocks <= levels, f"blocks must be in [1, {levels}]", blocks)
        require(prior or not steer, "prior must be True where steer is", prior)
        require(shrink >= 1, "shrink must be at least 1", shrink)
        self.channels, self.attention, self.shrink = tuple(channels), attention, shrink
        self.places, self.step = tuple(places[attention]), shrink * 2**levels
        up, first, bottom = self.channels[::-1], channels[0], channels[-1]

        self.stem = nn.Conv2d(3 * shrink**2, first, 3, padding=1)
        self.encoder = nn.ModuleList(Block(*pair) for pair in pairwise((first, *channels[:-1])))
        self.bottleneck = nn.ModuleList([Block(channels[-2], bottom), Block(bottom, bottom)])
        self.decoder = nn.ModuleList(Block(below + c, c) for below, c in pairwise(up))
        self.head = zeroed(nn.Conv2d(first, 2, 3, padding=1))

        self.time_mlp = _mlp(bottom, bottom) if time else None
        self.prior_mlp = _mlp(8 if steer else 4, bottom) if prior else None
        self.tint = zeroed(nn.Linear(bottom, 2)) if steer else None
        told = time or prior
        self.fuse = nn.Sequential(nn.SiLU(), nn.Linear(bottom, 2 * bottom)) if told else None
        self.attend = nn.ModuleList(SelfAttention(up[place]) for place in self.places)

    def forward(self, L, ab_noisy, t=None, prior=None, attend=True, return_attention=False):
        """L (B, 1, H, W), ab_noisy (B, 2, H, W), t, prior (B, 4) -> residual (B, 2, H, W).

        Any H, W. t (an integer or integers (B,)) and prior are needed where the network was built
        with them, and not used elsewhere. attend=False skips the attention blocks (the paper's
        first refining stage). return_attention=True also gives the last block's map
        (B, heads, T, T); see `attention_shape`. Raises ValueError when something needed is missing,
        TypeError for a float t.
        """
        looks = dict(zip(self.places, self.attend, strict=True)) if attend else {}
        if return_attention and not looks:
            raise ValueError("return_attention=True needs attend=True and a network with attention")
        e = self.embed(t, prior, ab_noisy)  # (B, channels[-1])
        x = padded(torch.cat([L, ab_noisy], dim=1), self.step)
        x = self.stem(F.pixel_unshuffle(x, self.shrink))  # (B, channels[0], H / shrink, W / shrink)
        seen = []
        for block in self.encoder:
            seen.append(block(x))
            x = F.avg_pool2d(seen[-1], 2)
        x = self.modulate(self.bottleneck[0](x), e)  # (B, channels[-1], H / step, W / step)
        for place, block in enumerate([self.bottleneck[1], *self.decoder]):
            if place > 0:  # the decoder
                x = torch.cat([F.interpolate(x, scale_factor=2), seen.pop()], dim=1)
            x = block(x)
            if place in looks:
                x = looks[place](x, return_attention)
                x, attention = x if return_attention else (x, None)
        residual = self.enlarge(self.head(x), e)[..., : L.shape[2], : L.shape[3]]
        return (residual, attention) if return_attention else residual

    def embed(self, t, prior, ab_noisy):
        """The timestep's and the prior's embeddings, added: (B, channels[-1]); 0 without both."""
        for name, module, value in (("t", self.time_mlp, t), ("prior", self.prior_mlp, prior)):
            if module is not None and value is None:
                raise ValueError(f"{name} is needed: this network was built with it")
        e = 0
        if self.time_mlp is not None:
            e = e + self.time_mlp(timestep_embedding(whole_steps(t, ab_noisy), self.channels[-1]))
        if self.prior_mlp is not None:
            if self.tint is not None:  # also what has to change
                prior = torch.cat([prior, prior - color_prior(ab_noisy)], dim=1)  # (B, 8)
            e = e + self.prior_mlp(10 * prior)  # times 10: a typical ab' is 0.1
        return e

    def modulate(self, x, e):
        """x (B, C, H, W), each channel scaled and shifted as the embedding e (B, C) says."""
        if self.fuse is None:
            return x
        scale, shift = self.fuse(e)[:, :, None, None].chunk(2, dim=1)  # (B, C, 1, 1) each
        return x * (1 + scale) + shift

    def enlarge(self, residual, e):
        """The head's output in full size, (B, 2, H, W), tinted as the embedding says."""
        if self.tint is not None:
            residual = residual + self.tint(F.silu(e))[:, :, None, None]
        return F.interpolate(residual, scale_factor=self.shrink, mode="bilinear")

    def attention_shape(self, height, width):
        """(rows, columns) of the positions in the returned map, for a picture of height x width."""
        cell = self.step // 2 ** max(self.places, default=0)
        return tuple(math.ceil(side / self.step) * self.step // cell for side in (height, width))


def received_attention(attention, shape):
    """How much each position is looked at: the map's mean over heads and lookers.

    attention (B, heads, T, T), shape (rows, columns) with rows * columns = T -> (B, rows, columns),
    which sums to one over the picture.
    """
    return attention.mean(dim=(1, 2)).reshape(-1, *shape)


def _mlp(c_in, c_out):
    return nn.Sequential(nn.Linear(c_in, c_out), nn.SiLU(), nn.Linear(c_out, c_out))
