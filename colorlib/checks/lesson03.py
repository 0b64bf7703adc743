"""Check of lesson 03, the colour prior."""

import torch

from colorlib import prior
from colorlib.checks.engine import judge, uniform


def color_prior(student):
    """student(ab (B, 2, H, W)) -> (B, 4): [mean a, mean b, std a + std b, mean over pixels of sqrt(a² + b²)]."""
    tinted = uniform(2, 2, 5, 7, seed=1) + torch.tensor([0.1, 0.3]).view(2, 1, 1)
    cases = [{"ab": tinted}, {"ab": uniform(3, 2, 4, 4)}, {"ab": uniform(2, 2, 1, 1)}]

    def spread(ab, correction=0):
        return ab.flatten(2).std(2, correction=correction)  # (B, 2)

    def put(ab, third=None, fourth=None):
        """The prior with its third or fourth number (B,) replaced."""
        columns = list(prior.color_prior(ab).unbind(1))
        columns[2] = columns[2] if third is None else third
        columns[3] = columns[3] if fourth is None else fourth
        return torch.stack(columns, dim=1)

    def over_batch(ab):
        together = ab.transpose(0, 1).flatten(1)[None, :, :, None]  # (1, 2, B*H*W, 1)
        return prior.color_prior(together)

    mistakes = {
        "the variance, not its square root": lambda ab: put(ab, ab.flatten(2).var(2, correction=0).sum(1)),
        "the standard deviation divides by N - 1, which fails for one pixel: torch.std(..., correction=0)": (
            lambda ab: put(ab, spread(ab, 1).sum(1))
        ),
        "the mean of the two standard deviations; their sum is wanted": lambda ab: put(ab, spread(ab).mean(1)),
        "one standard deviation over a and b together; each has its own": lambda ab: put(
            ab, ab.flatten(1).std(1, correction=0)
        ),
        "the standard deviation of a alone": lambda ab: put(ab, spread(ab)[:, 0]),
        "the standard deviation of b alone": lambda ab: put(ab, spread(ab)[:, 1]),
        "the root of the summed variances; the sum of the two roots is wanted": lambda ab: put(
            ab, spread(ab).norm(dim=1)
        ),
        "one norm over all pixels divided by H·W, as the paper prints it: it shrinks with the resolution": (
            lambda ab: prior.color_prior(ab, magnitude="paper")
        ),
        "a² + b² without the square root": lambda ab: put(ab, fourth=ab.pow(2).sum(1).mean((1, 2))),
        "|a| + |b| instead of sqrt(a² + b²)": lambda ab: put(ab, fourth=ab.abs().sum(1).mean((1, 2))),
        "the sum over pixels, not the mean": lambda ab: put(ab, fourth=ab.norm(dim=1).sum((1, 2))),
        "the root of the mean square; first the root, then the mean": lambda ab: put(
            ab, fourth=ab.pow(2).sum(1).mean((1, 2)).sqrt()
        ),
        "the length of the mean colour; the mean length is wanted": lambda ab: put(
            ab, fourth=ab.mean((2, 3)).norm(dim=1)
        ),
        "a and b are swapped": lambda ab: put(ab)[:, [1, 0, 2, 3]],
        "the last two numbers are swapped": lambda ab: put(ab)[:, [0, 1, 3, 2]],
        "over the whole batch instead of each picture": over_batch,
        "over the whole batch instead of each picture (then repeated)": lambda ab: over_batch(ab).expand(len(ab), 4),
        "over the whole batch instead of each picture (one row)": lambda ab: over_batch(ab)[0],
        "stacked along the wrong axis: dim=1 gives (B, 4)": lambda ab: prior.color_prior(ab).T,
    }
    return judge("color_prior", student, cases, prior.color_prior, mistakes)
