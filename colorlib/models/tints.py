"""The tint, as a distribution: which four numbers a picture's colour prior may have.

Lightness hardly tells the tint of a picture, so there is no one right prior, but a distribution
p(P | L, base). Here it is a mixture of Gaussians whose weights, means and covariances a small
network predicts (a mixture density network, Bishop 1994). Each draw is a prior, and a refiner that
can be steered renders it in one step.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from colorlib.models.layers import padded
from colorlib.prior import color_prior

LEAST = 1e-3  # model units; the logarithm of a smaller spread or magnitude is not taken


class TintMixture(nn.Module):
    """(L', ab' of the base) to a mixture over the four numbers of `prior.color_prior`.

    channels: of the encoder, which halves the side after each level and then averages over the
        picture; each a multiple of 8. kernels: Gaussians in the mixture. dropout: share of what
        the encoder found that a training step leaves out.
    """

    def __init__(self, channels=(24, 48, 96, 128), kernels=6, dropout=0.3):
        super().__init__()
        self.kernels, self.step = kernels, 2 ** len(channels)
        levels, c_in = [], 3
        for c in channels:
            levels += [nn.Conv2d(c_in, c, 3, padding=1), nn.GroupNorm(8, c), nn.SiLU()]
            levels += [nn.AvgPool2d(2)]
            c_in = c
        self.encoder = nn.Sequential(*levels)
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(c_in + 4, c_in),
            nn.SiLU(),
            nn.Linear(c_in, kernels * (1 + 4 + 10)),
        )

    def forward(self, L, ab_base):
        """L (B, 1, H, W), ab_base (B, 2, H, W), any H, W -> (B, kernels, 15), see `mixture`."""
        x = padded(torch.cat([L, ab_base], dim=1), self.step)
        x = self.encoder(x).mean(dim=(2, 3))  # (B, channels[-1])
        x = torch.cat([x, 10 * color_prior(ab_base)], dim=1)  # a typical ab' is 0.1
        return self.head(x).view(-1, self.kernels, 15)

    @torch.no_grad()
    def ask(self, factor):
        """From now on, draw a `factor` times larger spread.

        A refiner gives less spread than it is asked for: this asks for more, and leaves means and
        magnitude alone. In `relative` a factor is a shift, so it goes into the last layer's biases.
        """
        spread = self.head[-1].bias.view(self.kernels, 15)[:, 3]  # its mean in each kernel
        spread += 3 * math.log(factor)
        return self


def kernels(numbers):
    """(log weights (B, K), means (B, K, 4), triangles R (B, K, 4, 4)) of K Gaussians over z.

    numbers (B, K, 15): of each kernel the logarithm of its weight, four means, and the ten numbers
    of the triangle R, whose covariance is R R^T and whose diagonal goes through softplus.
    """
    weight, mean, triangle = numbers.float().split([1, 4, 10], dim=-1)
    R = torch.zeros(*mean.shape, 4, device=mean.device)  # (B, kernels, 4, 4)
    row, column = torch.tril_indices(4, 4)
    R[..., row, column] = torch.where((row == column).to(R.device), F.softplus(triangle), triangle)
    R = R + 0.02 * torch.eye(4, device=R.device)  # no direction is ever certain
    return weight[..., 0], mean, R


def mixture(numbers):
    """The distribution of z (B, 4), see `relative`, that the network's numbers stand for."""
    weight, mean, R = kernels(numbers)
    gaussians = MultivariateNormal(mean, scale_tril=R, validate_args=False)
    return MixtureSameFamily(Categorical(logits=weight), gaussians)


def draw(numbers, choice, normal):
    """One z (B, 4) of each mixture: the same random numbers give the same z everywhere.

    choice (B,), in [0, 1), picks the kernel; normal (B, 4), standard normal, the place in it.
    """
    weight, mean, R = kernels(numbers)
    reached = weight.softmax(dim=1).cumsum(dim=1)  # (B, K)
    k = (reached < choice[:, None]).sum(dim=1).clamp(max=weight.shape[1] - 1)
    row = torch.arange(len(k), device=k.device)
    return mean[row, k] + (R[row, k] @ normal[:, :, None])[..., 0]


def relative(prior, own):
    """A prior (B, 4) as seen from the base's own: z (B, 4), numbers of about 1.

    Differences of mean a and mean b, times 10, and ratios of spread and magnitude as 3 times their
    logarithm. `absolute` undoes it.
    """
    means = 10 * (prior[:, :2] - own[:, :2])
    sizes = 3 * (prior[:, 2:].clamp(min=LEAST) / own[:, 2:].clamp(min=LEAST)).log()
    return torch.cat([means, sizes], dim=1)


def absolute(z, own):
    """The prior (B, 4) that z (B, 4) stands for, beside the base's own (B, 4).

    A colour is never smaller than its mean, so a magnitude below that becomes that.
    """
    means = own[:, :2] + z[:, :2] / 10
    spread, magnitude = (own[:, 2:].clamp(min=LEAST) * (z[:, 2:] / 3).exp()).unbind(dim=1)
    magnitude = torch.maximum(magnitude, means.norm(dim=1))
    return torch.cat([means, spread[:, None], magnitude[:, None]], dim=1)
