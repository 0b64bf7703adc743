"""CNN: the plain regression baseline.

The paper compares against "a standard CNN" without saying more (catch 8). This one is an
encoder-decoder trained with squared error: the simplest thing that works, and the model that shows
why regression greys. Where a shirt may be red or blue, the squared error is smallest at their mean,
which is no colour at all.
"""

from itertools import pairwise

from torch import nn

from colorlib.models.layers import padded


def _stage(c_in, c_out, stride=1):
    conv = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1)
    return [conv, nn.BatchNorm2d(c_out), nn.ReLU()]


class CNN(nn.Module):
    """L' (B, 1, H, W) to ab' (B, 2, H, W), any H, W, both in model units.

    channels: of the four encoder levels; each but the first halves the side.
    """

    def __init__(self, channels=(16, 32, 64, 64)):
        super().__init__()
        layers = _stage(1, channels[0])
        for c_in, c_out in pairwise(channels):
            layers += _stage(c_in, c_out, stride=2)
        for c_in, c_out in pairwise(reversed(channels)):
            layers += [nn.Upsample(scale_factor=2, mode="nearest"), *_stage(c_in, c_out)]
        self.shrink = 2 ** (len(channels) - 1)
        self.net = nn.Sequential(*layers, nn.Conv2d(channels[0], 2, 1))

    def forward(self, L):
        """L' (B, 1, H, W) -> ab' (B, 2, H, W)."""
        h, w = L.shape[2:]
        return self.net(padded(L, self.shrink))[..., :h, :w]
