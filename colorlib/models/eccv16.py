"""ECCV16: colourising as classification (Zhang, Isola & Efros 2016, "Colorful Image Colorization").

The ab plane is cut into Q bins, and the network says for each pixel, at a quarter of the side, how
likely each bin is. Where a shirt may be red or blue, the answer keeps both peaks, which a
regression would average to grey. One colour is taken from the peaks at the end, by the annealed
mean. How it learns stands in colorlib/training.

The layers carry the names of the released weights, so that the authors' file loads with
`strict=True`:

    net = models.load_released(ECCV16(bins=313, temperature=1), weights.load_state(file))
"""

import torch
import torch.nn.functional as F
from torch import nn

from colorlib.color import AB_SCALE, check, lab_to_rgb, require
from colorlib.models.layers import conv_block, padded, scaled
from colorlib.precision import full_precision


def gamut_bins(step=10):
    """The kit's own bins: points of the ab grid that are sRGB colours at some L: (Q, 2), ab units.

    step: distance of the grid's points in ab units; 10 gives Q = 225. Lightness is tried in steps
    of 1. Raises ValueError where step is not positive. The 313 bins of the released network cannot
    be rebuilt by such arithmetic: they come with its weights.
    """
    require(step > 0, "step must be positive", step)
    reach = int(AB_SCALE // step)
    grid = step * torch.arange(-reach, reach + 1, dtype=torch.float64)
    ab = torch.cartesian_prod(grid, grid)  # (N, 2)
    L = torch.arange(101, dtype=torch.float64).reshape(-1, 1, 1).expand(-1, 1, len(ab))
    lab = torch.cat([L, ab.T.expand(len(L), -1, -1)], dim=1)  # (101, 3, N)
    rgb = lab_to_rgb(lab[..., None])[..., 0]
    return ab[((rgb >= 0) & (rgb <= 1)).all(dim=1).any(dim=0)].float()


def annealed_mean(logits, centres, T=0.38):
    """One colour from many (equation 5): the mean of the bin centres, weighted by softmax(logits /
    T).

    logits (B, Q, H, W), centres (Q, 2) in any unit -> ab (B, 2, H, W) in the same unit. T = 1 is
    the plain mean, which is greyish; T -> 0 the likeliest bin, which jumps from pixel to pixel.
    Raises ValueError where T is not positive.
    """
    require(T > 0, "T must be positive", T)
    q = (logits / T).softmax(dim=1)
    return torch.einsum("bqhw,qc->bchw", q, centres)


class ECCV16(nn.Module):
    """L' to ab', both in model units, over the probabilities of Q colour bins.

    width: factor on every block's channels, in (0, 1]; with bins=313, 1 is the released network
    (32.2 million parameters).
    bins: None for `gamut_bins()`; a number where the centres come with weights that are loaded next
    (313 for the released ones). Until then they are not a number, and so is every colour.
    temperature: T of the annealed mean; the paper chose 0.38, the released code has none, which is
    T = 1.
    """

    def __init__(self, width=1.0, bins=None, temperature=0.38):
        super().__init__()
        require(bins is None or bins >= 1, "bins must be None or at least 1", bins)
        require(temperature > 0, "temperature must be positive", temperature)
        c64, c128, c256, c512 = scaled(width)
        # also where a network without memory is built, to see which shapes it has
        with torch.device("cpu"):
            centres = gamut_bins() if bins is None else torch.full((bins, 2), torch.nan)
        self.width, self.temperature = width, temperature
        self.model1 = conv_block(1, c64, 2, stride=2)
        self.model2 = conv_block(c64, c128, 2, stride=2)
        self.model3 = conv_block(c128, c256, 3, stride=2)
        self.model4 = conv_block(c256, c512, 3)
        self.model5 = conv_block(c512, c512, 3, dilation=2)
        self.model6 = conv_block(c512, c512, 3, dilation=2)
        self.model7 = conv_block(c512, c512, 3)
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(c512, c256, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(c256, c256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(c256, c256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(c256, len(centres), 1),
        )
        # The bin centres as a 1 x 1 convolution, in model units; nothing to learn.
        self.model_out = nn.Conv2d(len(centres), 2, 1, bias=False).requires_grad_(False)
        self.model_out.weight.copy_(centres.T[:, :, None, None] / AB_SCALE)

    @property
    def centres(self):
        """The colours of the bins, (Q, 2) in ab units."""
        # Detached, so that even who unfreezes the whole network leaves the centres alone.
        return AB_SCALE * self.model_out.weight.detach()[:, :, 0, 0].T

    def forward(self, L, logits=False):
        """L (B, 1, H, W) -> ab' (B, 2, H, W), any H, W.

        logits=True gives `logits(L)` instead, as training needs.
        """
        z = self.logits(L)
        if logits:
            return z
        h, w = L.shape[2:]
        with full_precision(L.device):  # in bfloat16 a centre may be off by a quarter of a unit
            ab = annealed_mean(z.float(), self.centres, self.temperature) / AB_SCALE
            return F.interpolate(ab, scale_factor=4, mode="bilinear")[..., :h, :w]

    def logits(self, L):
        """How likely each bin is, before the softmax: L (B, 1, H, W) -> (B, Q, H/4, W/4).

        H/4 and W/4 are rounded up. Sides that are no multiple of 8 are padded by repeating the
        border and cut again. Raises ValueError for other shapes.
        """
        check(L, 1, "L")
        h, w = L.shape[2:]
        # (B, 256, H/8, W/8); all channel counts are times width
        x = self.model3(self.model2(self.model1(padded(L, 8))))
        x = self.model7(self.model6(self.model5(self.model4(x))))  # (B, 512, H/8, W/8)
        return self.model8(x)[..., : (h + 3) // 4, : (w + 3) // 4]
