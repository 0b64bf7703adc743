"""The six-part loss (paper section 3.3, Table 1), each term a function of its own.

    0.35 residual + 0.25 output + 0.10 perceptual + 0.10 diversity + 0.10 style + 0.10 attention

Table 1 prints squared norms without saying whether they are sums or means; here every term is a
mean, so that none depends on the picture's size. ab are in model units, RGB in [0, 1].
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import vgg

from colorlib.color import AB_SCALE, lab_to_rgb, model_to_lab, require
from colorlib.precision import full_precision

WEIGHTS = {
    "residual": 0.35,
    "output": 0.25,
    "perceptual": 0.10,
    "diversity": 0.10,
    "style": 0.10,
    "attention": 0.10,
}
DIVERSITY = ("vibrant", "paper")  # senses of the diversity term
# The squared error of ab, and nothing else.
SQUARED = {name: WEIGHTS[name] for name in ("residual", "output")}
# A square root has an infinite slope at zero; a chroma this far below one ab unit does not show.
EPSILON = (0.01 / AB_SCALE) ** 2


def chroma(ab):
    """Distance from grey, sqrt(a^2 + b^2): (B, 2, H, W) -> (B, 1, H, W)."""
    return (ab.square().sum(dim=1, keepdim=True) + EPSILON).sqrt()


def residual_loss(residual, ab_true, ab_base):
    """|| R - (AB_gt - AB_base) ||^2"""
    return F.mse_loss(residual, ab_true - ab_base)


def output_loss(ab_final, ab_true):
    """|| AB_final - AB_target ||^2: the residual term again, but where clamped (catch 1)."""
    return F.mse_loss(ab_final, ab_true)


def perceptual_loss(features, features_true):
    """|| phi(RGB) - phi(RGB_target) ||^2, the mean over the layers of `VGGFeatures`."""
    terms = [F.mse_loss(f, g) for f, g in zip(features, features_true, strict=True)]
    return sum(terms) / len(terms)


def diversity_loss(ab_final, ab_base, ab_true, mode="vibrant"):
    """How far the output is from being as colourful as it should be.

    mode="paper": || AB_final - AB_base ||^2 as printed, which pulls the output *towards* the base
    (catch 2). mode="vibrant": what the text asks for, a penalty on chroma that the target has and
    the output lacks.
    """
    if mode == "paper":
        return F.mse_loss(ab_final, ab_base)
    if mode == "vibrant":
        return F.relu(chroma(ab_true) - chroma(ab_final)).square().mean()
    raise ValueError(f'mode must be "paper" or "vibrant", got {mode!r}')


def gram(features):
    """G = F F^T / (C H W) of each picture: (B, C, H, W) -> (B, C, C)."""
    B, C, H, W = features.shape
    # Divided before the product: C x C may be more numbers.
    f = features.float().reshape(B, C, H * W) / math.sqrt(C * H * W)
    with full_precision(f.device):
        return f @ f.transpose(1, 2)


def style_loss(features, features_true):
    """|| G(RGB) - G(RGB_target) ||^2: perceptual, of Gram matrices (Gatys et al. 2016)."""
    return perceptual_loss([gram(f) for f in features], [gram(f) for f in features_true])


def attention_loss(received, ab_true):
    """|| AttnMap - ColorMag ||^2: attention should go where colour is strong.

    received (B, rows, columns): how much each position is looked at
    (`enhanced_unet.received_attention`). The target's chroma is averaged to the same grid. Both are
    divided by their largest value, since the paper does not say how probabilities are compared with
    ab units.
    """
    magnitude = F.adaptive_avg_pool2d(chroma(ab_true), received.shape[1:])[:, 0]
    looked, colored = (x / x.amax(dim=(1, 2), keepdim=True) for x in (received, magnitude))
    return F.mse_loss(looked, colored)


class VGGFeatures(nn.Module):
    """RGB in [0, 1] (B, 3, H, W) to the four feature maps relu1_2, 2_2, 3_3, 4_3 of VGG16, frozen.

    state: an ImageNet state dict of torchvision's `vgg16`, or None for seeded random weights.
    Random features still compare textures and styles (He, Wang & Hopcroft 2016) but know nothing of
    objects; `label` says which it is.
    size: pictures are first shrunk to this side (None: not at all), which saves most of the cost.
    """

    LAYERS = (3, 8, 15, 22)

    def __init__(self, state=None, size=None, seed=0):
        super().__init__()
        self.label = "VGG16, ImageNet weights" if state else "VGG16, seeded random weights"
        self.size = size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = vgg.make_layers(vgg.cfgs["D"])[: self.LAYERS[-1] + 1]
            for layer in self.layers:
                if isinstance(layer, nn.Conv2d):
                    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                    nn.init.zeros_(layer.bias)
                elif isinstance(layer, nn.ReLU):
                    layer.inplace = False  # the maps are kept: the next layer must not change them
        if state:
            own = self.layers.state_dict()
            self.layers.load_state_dict({k: state[f"features.{k}"] for k in own})
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    def forward(self, rgb):
        """The list of the four maps, (B, 64, H, W) to (B, 512, H / 8, W / 8)."""
        if self.size and self.size < min(rgb.shape[2:]):
            rgb = F.interpolate(rgb, size=(self.size, self.size), mode="area")
        x = (rgb - self.mean) / self.std
        maps = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.LAYERS:
                maps.append(x)
        return maps


def total_loss(
    L,
    ab_final,
    residual,
    ab_base,
    ab_true,
    received=None,
    vgg=None,
    weights=WEIGHTS,
    diversity="vibrant",
):
    """The weighted sum of the six terms, and the terms themselves.

    L (B, 1, H, W); the ab tensors (B, 2, H, W); received (B, rows, columns) or None, which leaves
    the attention term out (the stages without attention); vgg a `VGGFeatures` or None, which leaves
    perceptual and style out.
    Returns (total, {name: unweighted term}). A missing term is not in the dictionary. Raises
    ValueError for a weight that names no term.
    """
    unknown = sorted(set(weights) - set(WEIGHTS))
    require(not unknown, f"weights must be among {', '.join(WEIGHTS)}", unknown)
    terms = {
        "residual": residual_loss(residual, ab_true, ab_base),
        "output": output_loss(ab_final, ab_true),
        "diversity": diversity_loss(ab_final, ab_base, ab_true, diversity),
    }
    if vgg is not None:
        # Unclipped: a colour out of gamut must still feel which way is back.
        features = vgg(lab_to_rgb(model_to_lab(L, ab_final)))
        with torch.no_grad():
            features_true = vgg(lab_to_rgb(model_to_lab(L, ab_true)))
        terms["perceptual"] = perceptual_loss(features, features_true)
        terms["style"] = style_loss(features, features_true)
    if received is not None:
        terms["attention"] = attention_loss(received, ab_true)
    total = sum(weights.get(name, 0.0) * term for name, term in terms.items())
    return total, terms
