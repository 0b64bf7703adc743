"""What the shipped networks compute, written to golden.safetensors once and compared in test_golden.py ever after.

    python tests/reference/make_golden.py

Run it where new weights ship, or where a change of the arithmetic is meant; the difference is what reviewers look at.
Inputs are the same on every platform: drawn portraits, and noise from a formula instead of a random stream.
"""

from pathlib import Path

import torch
from safetensors.torch import save

from colorlib import color, models, portraits, weights
from colorlib.diffusion import correct_once
from colorlib.models import SIGGRAPH17, ColorFlow, EnhancedUNet
from colorlib.models.color_flow import coarse, walk
from colorlib.models.tints import TintMixture

FILE = Path(__file__).with_name("golden.safetensors")
KEPT = 1500  # numbers of each result that are stored, about


def inputs():
    """Four portraits as L', a pale ab' as a base might say it, t, four priors and noise: what `correct_once` takes."""
    L, ab = color.rgb_to_model(color.from_uint8(portraits.draw_batch(range(4), seed=7, size=64)))
    prior = torch.linspace(-0.1, 0.4, 16).reshape(4, 4)
    noise = 1.5 * torch.sin(torch.arange(ab.numel(), dtype=torch.float64) ** 1.5).float().reshape(ab.shape)
    return L, 0.7 * ab, torch.tensor([0, 5, 20, 50]), prior, noise


@torch.no_grad()
def results(net, L, ab_base, t, prior, noise):
    """{what: tensor} of one network."""
    if isinstance(net, TintMixture):
        return {"numbers": net(L, ab_base)}
    if isinstance(net, ColorFlow):
        x = coarse(noise, net.fold)
        return {"velocity": net(x, 20 * t, L, ab_base), "walked": walk(net, net.fold, L, ab_base, x, 2)}
    if isinstance(net, SIGGRAPH17):
        mask = (L > 0.1).float()  # hints where it is light
        return {"ab": net(L), "hinted": net(L, mask * ab_base, mask)}
    if not isinstance(net, EnhancedUNet):
        return {"ab": net(L)}
    looking = net.attention != "none"
    found = correct_once(net, L, ab_base, t, prior, noise, return_attention=looking)
    return dict(zip(("ab", "residual", "attention"), found, strict=False))


def digest(x):
    """About KEPT numbers of a result, evenly spread, then its mean and mean square."""
    step = max(1, x.numel() // KEPT) | 1  # odd, so that every row and column has its turn
    return torch.cat([x.flatten()[::step], torch.stack([x.mean(), x.square().mean()])])


def golden(name, change=lambda net: net):
    """{"part/size/what": numbers} of the shipped file of that name, for whole pictures and for odd sides.

    change: a function that gives the network to call in place of one.
    """
    given, found = inputs(), {}
    odd = [x[..., :51, :61] if x.ndim == 4 else x for x in given]
    for part, net in models.load(weights.find(name))[0].items():
        for size, batch in (("even", given), ("odd", odd)):
            for what, value in results(change(net), *batch).items():
                found[f"{part}/{size}/{what}"] = digest(value)
    return found


if __name__ == "__main__":
    tensors = {f"{name}/{key}": value for name in weights.SHIPPED for key, value in golden(name).items()}
    FILE.write_bytes(save(tensors))
    print(f"{FILE}: {len(tensors)} results, {FILE.stat().st_size / 1000:.0f} kB")
