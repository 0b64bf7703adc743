"""pix2pix: a generator that colours, and a discriminator that judges (Isola et al. 2017).

    generator       a U-Net: halves the side `levels` times, doubles it again, and sees at each
                    scale what it saw before
    discriminator   "PatchGAN": says for each patch of 70 x 70 pixels whether picture and colour
                    belong together

How the two learn against each other stands in colorlib/training; only the generator is needed
afterwards.
"""

from itertools import pairwise

import torch
from torch import nn

from colorlib.color import require
from colorlib.models.layers import padded


def _initialize(module):
    """As the paper starts: weights N(0, 0.02), those of BatchNorm N(1, 0.02), biases zero."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)):
        nn.init.normal_(module.weight, 1.0 if isinstance(module, nn.BatchNorm2d) else 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _doubling(channels, levels):
    """The channels of each level: twice as many with each, up to eight times."""
    require(channels >= 1, "channels must be at least 1", channels)
    return [channels * min(2**i, 8) for i in range(levels)]


class Generator(nn.Module):
    """L' (B, 1, H, W) to ab' (B, 2, H, W), any H, W, both in model units.

    channels: of the outermost level; they double with each level inwards, up to eight times.
    levels: how often the side is halved. The paper's network has 64 and 8 at 256 pixels, which
    leaves one pixel in the middle; sides that are no multiple of 2^levels are padded by repeating
    the border and cut again.

    The inner half of the decoder, three levels at most, has dropout. The paper keeps it switched on
    for use, as the network's only source of chance; here eval() switches it off, so that the same
    grey always gets the same colours.
    """

    def __init__(self, channels=64, levels=5):
        super().__init__()
        require(levels >= 2, "levels must be at least 2", levels)
        self.channels, self.levels = channels, levels
        c = _doubling(channels, levels)
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        for i, (c_in, c_out) in enumerate(pairwise([1, *c])):
            # No BatchNorm at either end: the middle may be one pixel, which has no variance.
            norm = [nn.BatchNorm2d(c_out)] if 0 < i < levels - 1 else []
            conv = nn.Conv2d(c_in, c_out, 4, stride=2, padding=1, bias=not norm)
            relu = [nn.LeakyReLU(0.2)] if i > 0 else []
            self.encoder.append(nn.Sequential(*relu, conv, *norm))
        for i, (c_in, c_out) in enumerate(pairwise(reversed(c))):  # from the middle outwards
            c_in = c_in if i == 0 else 2 * c_in  # and what the encoder saw
            conv = nn.ConvTranspose2d(c_in, c_out, 4, stride=2, padding=1, bias=False)
            dropout = [nn.Dropout(0.5)] if i < min(3, levels // 2) else []
            self.decoder.append(nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(c_out), *dropout))
        last = nn.ConvTranspose2d(2 * c[0], 2, 4, stride=2, padding=1)
        self.head = nn.Sequential(nn.ReLU(), last, nn.Tanh())
        self.apply(_initialize)

    def forward(self, L):
        """L' (B, 1, H, W) -> ab' (B, 2, H, W)."""
        h, w = L.shape[2:]
        x, seen = padded(L, 2**self.levels), []
        for block in self.encoder:
            x = block(x)
            seen.append(x)
        x = seen.pop()  # (B, 8 channels, H / 2^levels, W / 2^levels)
        for block in self.decoder:
            x = torch.cat([block(x), seen.pop()], dim=1)
        return self.head(x)[..., :h, :w]


class PatchDiscriminator(nn.Module):
    """[L', ab'] to one logit a patch: positive where it takes the colours for true ones.

    channels: of the first layer; they double with each halving, up to eight times.
    halvings: how often the side is halved. 3 makes patches of 70 x 70 pixels, as in the paper; 1
    and 2 make 16 and 34, for small pictures. Neighbouring patches overlap.
    """

    def __init__(self, channels=64, halvings=3):
        super().__init__()
        require(halvings >= 1, "halvings must be at least 1", halvings)
        self.smallest = 3 * 2**halvings
        c = _doubling(channels, halvings + 1)
        layers = [nn.Conv2d(3, c[0], 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        for i, (c_in, c_out) in enumerate(pairwise(c), start=1):
            stride = 2 if i < halvings else 1
            conv = nn.Conv2d(c_in, c_out, 4, stride=stride, padding=1, bias=False)
            layers += [conv, nn.BatchNorm2d(c_out), nn.LeakyReLU(0.2)]
        self.net = nn.Sequential(*layers, nn.Conv2d(c[-1], 1, 4, padding=1))
        self.apply(_initialize)

    def forward(self, L, ab):
        """L (B, 1, H, W), ab' (B, 2, H, W) -> logits (B, 1, H/8 - 2, W/8 - 2) with three halvings.

        Raises ValueError for pictures too small to hold one logit.
        """
        sides, claim = tuple(L.shape[2:]), f"pictures must have sides of at least {self.smallest}"
        require(min(sides) >= self.smallest, claim, sides)
        return self.net(torch.cat([L, ab], dim=1))
