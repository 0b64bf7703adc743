"""The enhanced U-Net: the paper's second stage (section 3.2, Figure 2).

    input        [L', noised ab' of the base]                        (B, 3, H, W)
    encoder      halves the side and remembers what it saw
    bottleneck   the timestep's and the colour prior's embeddings, fused, scale and shift the
    features decoder      doubles the side, adds what the encoder saw, and attends head         a
    residual, exactly zero before training           (B, 2, H, W)

The head starts at zero, so an untrained refiner returns the base prediction unchanged.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from colorlib.prior import color_prior


def timestep_embedding(t, dim):
    """Sines and cosines of t (B,) at geometric frequencies -> (B, dim) (Vaswani et al. 2017)."""
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
        self.out = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def _project(self, x):
        B, C, H, W = x.shape
        qkv = self.qkv(self.norm(x)).reshape(B, 3, self.heads, C // self.heads, H * W)
        # Contiguous: strided views make attention on a CPU several times slower.
        # three times (B, heads, T, head_dim), T = H W
        return qkv.transpose(-1, -2).contiguous().unbind(1)

    def forward(self, x, return_map=False):
        """x (B, C, H, W) -> the same shape; return_map=True also gives who looks where.

        The map is (B, heads, T, T); row i holds what position i attends to and sums to one.
        """
        q, k, v = self._project(x)
        if return_map:
            q = q / math.sqrt(q.shape[-1])  # before the product: that is T / head_dim times smaller
            attention = (q @ k.transpose(-1, -2)).softmax(dim=-1)
            y = attention @ v
        else:
            # (B, heads, T, head_dim), never builds the T x T map
            y = F.scaled_dot_product_attention(q, k, v)
        y = x + self.out(y.transpose(-1, -2).reshape(x.shape))
        return (y, attention) if return_map else y


class Block(nn.Module):
    """Two 3 x 3 convolutions with a short cut."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(c_in, c_out, 3, padding=1), nn.GroupNorm(8, c_out)
        self.conv2, self.norm2 = nn.Conv2d(c_out, c_out, 3, padding=1), nn.GroupNorm(8, c_out)
        self.short = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
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
    of the whole
    picture: what makes a prior set by hand easy to follow.
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
        levels = len(channels) - 1
        if attention not in ("decoder", "bottleneck", "none"):
            raise ValueError(
                f'attention must be "decoder", "bottleneck" or "none", got {attention!r}'
            )
        if levels < 1 or any(c % 8 for c in channels):
            raise ValueError(f"channels must be two or more multiples of 8, got {channels}")
        if not 1 <= blocks <= levels:
            raise ValueError(f"blocks must be in [1, {levels}], got {blocks}")
        if steer and not prior:
            raise ValueError("steer=True needs prior=True")
        if shrink < 1:
            raise ValueError(f"shrink must be at least 1, got {shrink}")
        self.channels, self.attention, self.shrink = tuple(channels), attention, shrink
        bottom = channels[-1]

        self.stem = nn.Conv2d(3 * shrink**2, channels[0], 3, padding=1)
        self.encoder = nn.ModuleList(
            Block(channels[max(i - 1, 0)], channels[i]) for i in range(levels)
        )
        self.bottleneck = nn.ModuleList([Block(channels[-2], bottom), Block(bottom, bottom)])
        up = list(reversed(range(levels)))  # decoder levels, from the bottleneck up
        self.decoder = nn.ModuleList(Block(channels[i + 1] + channels[i], channels[i]) for i in up)
        self.head = nn.Conv2d(channels[0], 2, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

        def mlp(c_in):
            return nn.Sequential(nn.Linear(c_in, bottom), nn.SiLU(), nn.Linear(bottom, bottom))

        self.time_mlp = mlp(bottom) if time else None
        self.prior_mlp = mlp(8 if steer else 4) if prior else None
        self.tint = nn.Linear(bottom, 2) if steer else None
        if steer:
            nn.init.zeros_(self.tint.weight)
            nn.init.zeros_(self.tint.bias)
        self.fuse = (
            nn.Sequential(nn.SiLU(), nn.Linear(bottom, 2 * bottom)) if time or prior else None
        )
        if attention == "decoder":
            self.attend = nn.ModuleList(SelfAttention(channels[i]) for i in up[:blocks])
        else:
            self.attend = nn.ModuleList(
                [SelfAttention(bottom)] if attention == "bottleneck" else []
            )

    def embed(self, t, prior, ab_noisy):
        """The timestep's and the prior's embeddings, added: (B, C) from t (B,) and prior (B, 4)."""
        e = 0
        if self.time_mlp is not None:
            e = e + self.time_mlp(timestep_embedding(t, self.channels[-1]))
        if self.prior_mlp is not None:
            if self.tint is not None:  # also what has to change
                prior = torch.cat([prior, prior - color_prior(ab_noisy)], dim=1)  # (B, 8)
            e = e + self.prior_mlp(10 * prior)  # times 10: a typical ab' is 0.1
        return e

    def forward(self, L, ab_noisy, t=None, prior=None, attend=True, return_attention=False):
        """L (B, 1, H, W), ab_noisy (B, 2, H, W), t (B,), prior (B, 4) -> residual (B, 2, H, W), any
        H, W.

        t and prior are needed where the network was built with them, and not used elsewhere.
        attend=False skips the attention blocks (the paper's first refining stage).
        return_attention=True also gives the last block's map (B, heads, T, T); see
        `attention_shape`.
        Raises ValueError when something needed is missing.
        """
        for name, module, value in (("t", self.time_mlp, t), ("prior", self.prior_mlp, prior)):
            if module is not None and value is None:
                raise ValueError(f"{name} is needed: this network was built with it")
        if return_attention and not (attend and len(self.attend)):
            raise ValueError(
                "return_attention=True needs attend=True and a network built with attention"
            )
        h, w = L.shape[-2:]
        step = self.shrink * 2 ** (len(self.channels) - 1)
        x = F.pad(torch.cat([L, ab_noisy], dim=1), (0, -w % step, 0, -h % step), mode="replicate")
        blocks = list(self.attend) if attend else []
        attention = None

        def attended(x):
            out = blocks.pop(0)(x, return_attention)
            return out if return_attention else (out, None)

        # (B, channels[0], H, W); H and W are those / shrink from here
        x = self.stem(F.pixel_unshuffle(x, self.shrink))
        seen = []
        for block in self.encoder:
            x = block(x)
            seen.append(x)
            x = F.avg_pool2d(x, 2)
        x = self.bottleneck[0](x)  # (B, channels[-1], H / step, W / step)
        if self.fuse is not None:
            e = self.embed(t, prior, ab_noisy)
            scale, shift = self.fuse(e)[:, :, None, None].chunk(2, dim=1)  # (B, C, 1, 1) each
            x = x * (1 + scale) + shift
        x = self.bottleneck[1](x)
        if self.attention == "bottleneck" and blocks:
            x, attention = attended(x)
        for block in self.decoder:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = block(torch.cat([x, seen.pop()], dim=1))
            if blocks:
                x, attention = attended(x)
        residual = self.head(x)  # (B, 2, H, W)
        if self.tint is not None:
            residual = residual + self.tint(F.silu(e))[:, :, None, None]
        if self.shrink > 1:
            residual = F.interpolate(residual, scale_factor=self.shrink, mode="bilinear")
        residual = residual[..., :h, :w]
        return (residual, attention) if return_attention else residual

    def attention_shape(self, height, width):
        """(rows, columns) of the positions in the returned map, for a picture of height x width."""
        levels = len(self.channels) - 1
        step = self.shrink * 2**levels
        down = (
            step
            if self.attention == "bottleneck"
            else self.shrink * 2 ** (levels - len(self.attend))
        )
        return math.ceil(height / step) * step // down, math.ceil(width / step) * step // down


def received_attention(attention, shape):
    """How much each position is looked at, (B, rows, columns): the map's mean over heads and
    lookers.

    Sums to one over the picture. attention (B, heads, T, T), shape (rows, columns) with rows *
    columns = T.
    """
    return attention.mean(dim=(1, 2)).reshape(-1, *shape)
