"""The diffusion-inspired step: noise the base, look once, correct once (paper section 3.2.2).

Diffusion models (Ho et al. 2020) mix a picture with noise,

    x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps,      eps ~ N(0, 1),

and learn to undo it in many small steps. The paper borrows the mixing alone: it noises the *base
prediction*, and one pass of the refiner gives one residual. It names no schedule, number of steps
or range of t; here both common schedules are offered, and t = 0 means no noise at all.

In model units colours are small (a typical ab' is 0.1 to 0.2), so with these schedules the
interesting t are small too: at t = 50 of the linear schedule the noise is as large as the colour.

What the paper does not do stands at the end: a path from noise to *colours* that is walked in
several steps, and ends in another colouring for each noise (`flow_path`, `flow_sample`).
"""

import math
from itertools import pairwise

import torch

from colorlib.color import check_units, require

T = 1000  # steps of the whole way from picture to noise


def noise_schedule(name="linear", steps=T):
    """alpha_bar (steps + 1,): the share of signal (as variance) left after t steps, 1 at t = 0.

    "linear": beta from 1e-4 to 0.02 (Ho et al. 2020, for 1000 steps).
    "cosine": alpha_bar follows cos^2 with s = 0.008 and beta <= 0.999 (Nichol & Dhariwal 2021).
    """
    require(steps >= 1, "steps must be at least 1", steps)
    if name == "linear":
        beta = torch.linspace(1e-4, 0.02, steps, dtype=torch.float64)
    elif name == "cosine":
        angle = (torch.arange(steps + 1, dtype=torch.float64) / steps + 0.008) / 1.008 * math.pi / 2
        f = torch.cos(angle) ** 2
        beta = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    else:
        raise ValueError(f'name must be "linear" or "cosine", got {name!r}')
    alpha_bar = torch.cumprod(1 - beta, dim=0)
    return torch.cat([torch.ones(1), alpha_bar]).float()


LINEAR = noise_schedule()


def whole_steps(t, pictures):
    """t as a tensor (B,), one step for each of the B pictures, on their device.

    t: an integer or (B,) integers. Raises TypeError for anything else, a float above all, which
    would be cut to an integer unseen; ValueError for another shape.
    """
    steps, count = torch.as_tensor(t, device=pictures.device), pictures.shape[0]
    if steps.is_floating_point() or steps.dtype == torch.bool:
        raise TypeError(f"t must be an integer or a tensor of integers, got {t}")
    shape = tuple(steps.shape)
    claim = f"t must have shape ({count},), one step for each picture"
    require(shape in ((), (1,), (count,)), claim, shape)
    return steps.long().expand(count)  # bytes as indices would be a mask


def q_sample(ab, t, noise, alpha_bar):
    """x_t of ab (B, 2, H, W): some of each picture's signal is kept, the rest becomes noise.

    t: an integer or (B,) in [0, steps]; noise like ab; alpha_bar from `noise_schedule`.
    t = 0 returns ab unchanged. Raises ValueError where a shape or a t does not fit, TypeError for
    a t that is no integer.
    """
    shape, last = tuple(ab.shape), len(alpha_bar) - 1
    require(noise.shape == ab.shape, f"noise must have ab's shape {shape}", tuple(noise.shape))
    t = whole_steps(t, ab)
    require(t.min() >= 0 and t.max() <= last, f"t must lie in [0, {last}]", t.tolist())
    keep = alpha_bar.to(ab)[t].view(-1, 1, 1, 1)  # alpha_bar_t of each picture
    return keep.sqrt() * ab + (1 - keep).sqrt() * noise


def correct_once(refiner, L, ab_base, t, prior, noise=None, alpha_bar=None, **options):
    """The one-step correction: AB_final = AB_base + R, with R = refiner([L, x_t], t, P).

    AB_final is kept within [-1, 1] (110 ab units, where every model's output lives).

    L (B, 1, H, W), ab_base (B, 2, H, W), t an integer or (B,), prior (B, 4) or None, noise like
    ab_base (drawn from torch's generator when missing), alpha_bar (default: linear schedule).
    Options go to the refiner. Raises ValueError for values that are plainly not in model units.
    Returns (ab_final, residual), with the attention map as a third where `return_attention=True` is
    given.
    """
    check_units("L", L)
    check_units("ab_base", ab_base, most=2)
    if prior is not None:
        check_units("prior", prior, most=2)
    t = whole_steps(t, L)
    noise = torch.randn_like(ab_base) if noise is None else noise
    ab_noisy = q_sample(ab_base, t, noise, LINEAR if alpha_bar is None else alpha_bar)
    out = refiner(L, ab_noisy, t, prior, **options)
    residual, *maps = out if isinstance(out, tuple) else (out,)
    return (ab_base + residual).clamp(-1, 1), residual, *maps


COARSE = 8  # ab' times this is about as large as the noise


def flow_path(x0, t, noise):
    """(x_t, velocity) on the straight line from colours x0, t = 0, to noise, t = T.

    x_t = (1 - s) x0 + s noise with s = t / T, so dx/ds = noise - x0 everywhere (Lipman et al. 2023,
    Liu et al. 2023). x0 and noise (B, C, H, W), x0 of the size of the noise; t an integer or (B,).
    """
    s = (whole_steps(t, x0) / T).view(-1, 1, 1, 1)
    return (1 - s) * x0 + s * noise, noise - x0


def offset_noise(noise, shift, strength=1.0):
    """Noise (B, C, H, W) to which each picture and channel adds one number, shift (B, C).

    The mean of a picture's noise is 1/side of a pixel's, so plain noise says next to nothing of a
    picture's tint, which is then settled at the very start of the path, where hardly any training
    falls; with the shift it is as uncertain as all else (Guttenberg 2023, "Diffusion with Offset
    Noise"). Both standard normal, the sum of variance 1.
    """
    shift = strength * shift[:, :, None, None]
    return (noise + shift) / math.sqrt(1 + strength**2)


def flow_sample(velocity, noise, steps=10, fresh=None):
    """Walk from noise (B, C, H, W) to colours x_0 in so many steps.

    velocity(x, t): what the network says at (B, C, H, W) and an integer t.
    fresh: None walks straight, by Heun's rule (each step looks twice, the last once). A function
    () -> noise walks at random, as Ho et al. 2020 do: see `flow_step_back`.
    Steps are short at the start, where the tint is settled.
    """
    require(steps >= 1, "steps must be at least 1", steps)
    places = {round(T * (1 - (i / steps) ** 2)) for i in range(steps + 1)}  # T ... 0
    x = noise
    for t, below in pairwise(sorted(places, reverse=True)):
        v = velocity(x, t)
        if fresh is not None:
            x = flow_step_back(x, v, t / T, below / T, fresh())
            continue
        if below > 0:
            ahead = x + (below - t) / T * v
            v = (v + velocity(ahead, below)) / 2
        x = x + (below - t) / T * v
    return x


def flow_step_back(x, velocity, s, below, noise):
    """From x_s to x_below, 0 <= below < s <= 1: what of the noise has to stay stays.

    The network's guess of x_0 and of the noise in x_s are mixed anew for `below`, the noise partly
    exchanged for a fresh one, in the share rho^2 that q(x_below | x_s, x_0) asks for. All fresh
    ("guess, and noise again") would end too near the mean.
    """
    clean, old = x - s * velocity, x + (1 - s) * velocity
    rho = (1 - s) * below / ((1 - below) * s)  # 0 at the start and at the end
    mixed = rho * old + math.sqrt(1 - rho**2) * noise
    return (1 - below) * clean + below * mixed
