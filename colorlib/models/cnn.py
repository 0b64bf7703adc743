"""CNN: the plain regression baseline.

The paper compares against "a standard CNN" without saying more (catch 8). This one is an
encoder-decoder trained with
squared error: the simplest thing that works, and the model that shows why regression greys. Where a
shirt may be red or blue, the squared error is smallest at their mean, which is no colour at all.
"""

import torch.nn.functional as F
from torch import nn


class CNN(nn.Module):
    """L' (B, 1, H, W) to ab' (B, 2, H, W), any H, W, both in model units.

    channels: of the four encoder levels; each but the first halves the side.
    """

    def __init__(self, channels=(16, 32, 64, 64)):
        super().__init__()
        layers, c_in = [], 1
        for level, c in enumerate(channels):
            stride = 1 if level == 0 else 2
            layers += [
                nn.Conv2d(c_in, c, 3, stride=stride, padding=1),
                nn.BatchNorm2d(c),
                nn.ReLU(),
            ]
            c_in = c
        for c in reversed(channels[:-1]):
            layers += [nn.Upsample(scale_factor=2, mode="nearest")]
            layers += [nn.Conv2d(c_in, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU()]
            c_in = c
        self.shrink = 2 ** (len(channels) - 1)
        self.net = nn.Sequential(*layers, nn.Conv2d(c_in, 2, 1))

    def forward(self, L):
        h, w = L.shape[-2:]
        x = F.pad(L, (0, -w % self.shrink, 0, -h % self.shrink), mode="replicate")
        return self.net(x)[..., :h, :w]
