"""SIGGRAPH17: the base model (Zhang et al. 2017, "Real-Time User-Guided Image Colorization").

An encoder goes down to 1/8 of the side, two dilated blocks look further around, a decoder comes
back up and adds what the encoder saw at each scale. Besides the grey picture it takes *hints*:
colours that a person placed, and a mask that says where. Trained with random hints, it also works
with none.

The layers carry the names of the released weights, so that the authors' file loads with
`strict=True`; `width` scales every block's channels for small machines.
"""

import torch
import torch.nn.functional as F
from torch import nn

from colorlib.color import check, require
from colorlib.models.layers import conv_block, padded, scaled
from colorlib.precision import full_precision


def _up(c_in, c_out):
    """Transposed convolution that doubles the side."""
    return nn.Sequential(nn.ConvTranspose2d(c_in, c_out, 4, stride=2, padding=1))


def _short(c_in, c_out):
    """What the encoder saw at this scale, made fit for adding."""
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1))


def _exactly(module, x):
    """module(x) in the precision of its weights, under autocast too."""
    with full_precision(x.device):
        return module(x.to(next(module.parameters()).dtype))


class SIGGRAPH17(nn.Module):
    """L' to ab', both in model units.

    width: factor on every block's channels, in (0, 1]; 1 is the released network (34.2 million
    parameters), 0.25 has 2.1 million.
    dropout: share of the channels at 1/8 of the side that each training step leaves out, against
    overfitting; 0 in the released network.
    classes: outputs of `model_class`, which the authors used while they trained and the regression
    that gives ab never reads; 529 in the released network, 0 leaves it out.
    """

    def __init__(self, width=1.0, dropout=0.0, classes=529):
        super().__init__()
        require(0 <= dropout < 1, "dropout must be in [0, 1)", dropout)
        c64, c128, c256, c512 = scaled(width)
        self.width, self.dropout = width, dropout
        self.model1 = conv_block(4, c64, 2)
        self.model2 = conv_block(c64, c128, 2)
        self.model3 = conv_block(c128, c256, 3)
        self.model4 = conv_block(c256, c512, 3)
        self.model5 = conv_block(c512, c512, 3, dilation=2)
        self.model6 = conv_block(c512, c512, 3, dilation=2)
        self.model7 = conv_block(c512, c512, 3)

        self.model8up, self.model3short8 = _up(c512, c256), _short(c256, c256)
        self.model8 = nn.Sequential(nn.ReLU(inplace=True), *conv_block(c256, c256, 2))
        self.model9up, self.model2short9 = _up(c256, c128), _short(c128, c128)
        self.model9 = nn.Sequential(nn.ReLU(inplace=True), *conv_block(c128, c128, 1))
        self.model10up, self.model1short10 = _up(c128, c128), _short(c64, c128)
        self.model10 = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.Conv2d(c128, c128, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        )

        if classes:
            self.model_class = nn.Sequential(nn.Conv2d(c256, classes, 1))
        self.model_out = nn.Sequential(nn.Conv2d(c128, 2, 1), nn.Tanh())

    def forward(self, L, hints=None, mask=None):
        """L (B, 1, H, W), hints ab' (B, 2, H, W), mask 0/1 (B, 1, H, W) -> ab' (B, 2, H, W).

        Without hints both are zero. Any H, W: sides that are no multiple of 8 are padded by
        repeating the border and cut again. Raises ValueError for other shapes.
        """
        h, w = L.shape[2:]
        x = self.features(padded(self._inputs(L, hints, mask), 8))
        return _exactly(self.model_out, x)[..., :h, :w]

    def features(self, x):
        """The four input channels (B, 4, H, W), H and W multiples of 8 -> (B, 128 width, H, W)."""
        # bfloat16 has three digits: of the lightness too few, of what the network makes of it
        # enough. See `models.fast`.
        conv1 = _exactly(self.model1, x)  # (B, 64, H, W); all channel counts are times width
        conv2 = self.model2(conv1[:, :, ::2, ::2])  # (B, 128, H/2, W/2)
        conv3 = self.model3(conv2[:, :, ::2, ::2])  # (B, 256, H/4, W/4)
        x = conv3[:, :, ::2, ::2]
        for block in (self.model4, self.model5, self.model6, self.model7):
            x = F.dropout2d(block(x), self.dropout, self.training)  # (B, 512, H/8, W/8)
        conv7 = x
        conv8 = self.model8(self.model8up(conv7) + self.model3short8(conv3))  # (B, 256, H/4, W/4)
        conv9 = self.model9(self.model9up(conv8) + self.model2short9(conv2))  # (B, 128, H/2, W/2)
        return self.model10(self.model10up(conv9) + self.model1short10(conv1))  # (B, 128, H, W)

    @staticmethod
    def _inputs(L, hints, mask):
        """Stack the four input channels: L', hints, mask."""
        check(L, 1, "L")
        if (hints is None) != (mask is None):
            raise ValueError("hints and mask belong together: give both or neither")
        if hints is None:
            return F.pad(L, (0, 0, 0, 0, 0, 3))  # three more channels of zeros
        for name, x, channels in (("hints", hints, 2), ("mask", mask, 1)):
            shape, wanted = tuple(x.shape), (len(L), channels, *L.shape[2:])
            require(shape == wanted, f"{name} must have shape {wanted}", shape)
        return torch.cat([L, hints, mask], dim=1)
