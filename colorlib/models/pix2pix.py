"""pix2pix: a generator that colours, and a discriminator that judges (Isola et al. 2017).

    generator       a U-Net: halves the side `levels` times, doubles it again, and sees at each
    scale what it saw before discriminator   "PatchGAN": says for each patch of 70 x 70 pixels
    whether picture and colour belong together

How the two learn against each other stands in `colorlib.training.rivals.Adversary`; only the
generator is needed afterwards.
"""

import torch
import torch.nn.functional as F
from torch import nn


def _initialize(module):
    """Weights from N(0, 0.02), those of BatchNorm from N(1, 0.02), biases zero, as the paper's
    training starts.
    """
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)):
        nn.init.normal_(module.weight, 1.0 if isinstance(module, nn.BatchNorm2d) else 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


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
        if channels < 1:
            raise ValueError(f"channels must be at least 1, got {channels}")
        if levels < 2:
            raise ValueError(f"levels must be at least 2, got {levels}")
        self.channels, self.levels = channels, levels
        c = [channels * min(2**i, 8) for i in range(levels)]
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        for i in range(levels):
            # No BatchNorm at either end: the middle may be one pixel, which has no variance.
            norm = 0 < i < levels - 1
            layers = [nn.LeakyReLU(0.2)] if i > 0 else []
            layers += [
                nn.Conv2d(c[i - 1] if i > 0 else 1, c[i], 4, stride=2, padding=1, bias=not norm)
            ]
            layers += [nn.BatchNorm2d(c[i])] if norm else []
            self.encoder.append(nn.Sequential(*layers))
        for j, i in enumerate(reversed(range(1, levels))):  # from the middle outwards
            c_in = c[i] if j == 0 else 2 * c[i]
            conv = nn.ConvTranspose2d(c_in, c[i - 1], 4, stride=2, padding=1, bias=False)
            dropout = [nn.Dropout(0.5)] if j < min(3, levels // 2) else []
            self.decoder.append(nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(c[i - 1]), *dropout))
        self.head = nn.Sequential(
            nn.ReLU(), nn.ConvTranspose2d(2 * c[0], 2, 4, stride=2, padding=1), nn.Tanh()
        )
        self.apply(_initialize)

    def forward(self, L):
        h, w = L.shape[-2:]
        step = 2**self.levels
        x = F.pad(L, (0, -w % step, 0, -h % step), mode="replicate")
        seen = []
        for block in self.encoder:
            x = block(x)
            seen.append(x)
        x = seen.pop()  # (B, 8 channels, H / step, W / step)
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
        if channels < 1:
            raise ValueError(f"channels must be at least 1, got {channels}")
        if halvings < 1:
            raise ValueError(f"halvings must be at least 1, got {halvings}")
        self.smallest = 3 * 2**halvings
        layers = [nn.Conv2d(3, channels, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        c_in = channels
        for i in range(1, halvings + 1):
            c = channels * min(2**i, 8)
            stride = 2 if i < halvings else 1
            layers += [
                nn.Conv2d(c_in, c, 4, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(c),
            ]
            layers += [nn.LeakyReLU(0.2)]
            c_in = c
        self.net = nn.Sequential(*layers, nn.Conv2d(c_in, 1, 4, padding=1))
        self.apply(_initialize)

    def forward(self, L, ab):
        """L (B, 1, H, W), ab' (B, 2, H, W) -> logits (B, 1, H/8 - 2, W/8 - 2) with three halvings.

        Raises ValueError for pictures too small to hold one logit.
        """
        if min(L.shape[-2:]) < self.smallest:
            raise ValueError(
                f"pictures must have sides of at least {self.smallest}, got {tuple(L.shape[-2:])}"
            )
        return self.net(torch.cat([L, ab], dim=1))
