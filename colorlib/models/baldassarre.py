"""Baldassarre: an encoder and decoder that are told what the whole picture shows (2017).

    encoder      eight convolutions, to an eighth of the side
    classifier   frozen, learnt elsewhere: 1,000 scores of what the picture as a whole shows
    fusion       the same scores beside the encoder's channels at every place, and a 1 x 1
                 convolution that mixes both
    decoder      five convolutions, three doublings of the side

Baldassarre, González Morín & Rodés-Guirao 2017, "Deep Koalarization" (arXiv 1712.03400); layers,
channels and the squared error are theirs, as in their code. The kit's are the width and the
classifier: SqueezeNet 1.1 in place of Inception-ResNet-v2, as it is small (1.2 million numbers, not
56) and, without BatchNorm, gives features that differ between pictures with random weights, too.

Its weights are ImageNet's where torchvision's file is here (`python -m colorlib fetch squeezenet`),
else seeded random numbers, a stand-in that knows nothing of objects: `label` says which. No file of
weights holds them, only which of the two it was, so that a network goes on with the one that it
learnt with.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import squeezenet1_1

from colorlib import weights
from colorlib.color import lab_to_rgb, model_to_lab, require
from colorlib.models.layers import padded

CLASSES = 1000
SEED = 0


def classifier(imagenet):
    """SqueezeNet 1.1, frozen, on the CPU: RGB as `normalised` gives it to (B, 1000).

    imagenet: with torchvision's weights, else with seeded random ones (He et al. 2015), the same on
    every machine. Numbers are such as float16 holds, so that exporting it changes none. Raises
    FileNotFoundError where its file is wanted and not here.
    """
    with torch.device("cpu"), torch.random.fork_rng(devices=[]):
        net = squeezenet1_1()
    if imagenet:
        net.load_state_dict(weights.load_state(weights.verified("squeezenet")))
    else:
        random = np.random.RandomState(SEED)  # whose stream no version of numpy changes
        for value in net.parameters():
            spread = (2 / value[0].numel()) ** 0.5 if value.ndim > 1 else 0.0  # biases zero
            value.data = torch.from_numpy(spread * random.standard_normal(value.shape))
    for value in net.parameters():
        value.data = value.half().float()
    return net.eval().requires_grad_(False)


def normalised(L, side):
    """L' (B, 1, H, W) as grey RGB (B, 3, side, side), less ImageNet's mean and over its spread."""
    small = F.interpolate(L, size=(side, side), mode="bilinear")
    grey = lab_to_rgb(model_to_lab(small, torch.zeros_like(small).repeat(1, 2, 1, 1)))
    mean, std = (
        grey.new_tensor(x).view(3, 1, 1) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    return (grey - mean) / std


def _convs(c_in, *layers):
    """3 x 3 convolutions, each with ReLU: a pair (channels, stride) or "up", a doubled side."""
    made = []
    for layer in layers:
        if layer == "up":
            made.append(nn.Upsample(scale_factor=2, mode="nearest"))
            continue
        c_out, stride = layer
        made += [nn.Conv2d(c_in, c_out, 3, stride, padding=1), nn.ReLU()]
        c_in = c_out
    return made


class Baldassarre(nn.Module):
    """L' (B, 1, H, W) to ab' (B, 2, H, W), any H, W, both in model units.

    width: factor on the channels, in (0, 1]; 1 is the paper's network (6.5 million numbers that
        learn). side: at which the classifier sees the picture, in pixels (the paper's 299).
    Sides that are no multiple of 8 are padded by repeating the border and cut again.
    """

    def __init__(self, width=1.0, side=128):
        super().__init__()
        require(0 < width <= 1, "width must be in (0, 1]", width)
        require(side >= 32, "side must be at least 32 pixels", side)
        c32, c64, c128, c256, c512 = (max(8, round(n * width)) for n in (32, 64, 128, 256, 512))
        self.side = side
        self.encoder = nn.Sequential(
            *_convs(1, (c64, 2), (c128, 1), (c128, 2), (c256, 1), (c256, 2)),
            *_convs(c256, (c512, 1), (c512, 1), (c256, 1)),
        )
        self.fusion = nn.Sequential(nn.Conv2d(c256 + CLASSES, c256, 1), nn.ReLU())
        self.decoder = nn.Sequential(
            *_convs(c256, (c128, 1), "up", (c64, 1), (c64, 1), "up", (c32, 1)),
            nn.Conv2d(c32, 2, 3, padding=1),
            nn.Tanh(),
            nn.Upsample(scale_factor=2, mode="nearest"),
        )
        imagenet = weights.find("squeezenet") is not None
        self.register_buffer("imagenet", torch.tensor(int(imagenet)))
        self._take(imagenet)

    def _take(self, imagenet):
        # In a tuple, so that it is no part of what learns and is stored.
        self.frozen = (classifier(imagenet),)
        kind = "ImageNet weights" if imagenet else "seeded random weights"
        self.label = f"SqueezeNet 1.1, {kind}"

    def _apply(self, fn, *args):
        for net in self.frozen:
            net._apply(fn)  # goes where the network goes
        return super()._apply(fn, *args)

    def _load_from_state_dict(self, state, prefix, *args):
        super()._load_from_state_dict(state, prefix, *args)
        told = state.get(f"{prefix}imagenet")
        if told is not None and bool(told) != self.label.endswith("ImageNet weights"):
            self._take(bool(told))
            self.frozen[0].to(self.fusion[0].weight.device)

    def forward(self, L):
        """L' (B, 1, H, W) -> ab' (B, 2, H, W)."""
        h, w = L.shape[2:]
        scores = self.frozen[0](normalised(L, self.side))  # (B, 1000), of the whole picture
        x = self.encoder(padded(L, 8))  # (B, 256 width, H/8, W/8)
        everywhere = scores[:, :, None, None].expand(-1, -1, *x.shape[2:])
        x = self.fusion(torch.cat([x, everywhere], dim=1))
        return self.decoder(x)[..., :h, :w]
