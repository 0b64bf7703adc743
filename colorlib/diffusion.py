"""The diffusion-inspired step: noise the base prediction, look once, correct once (paper section
3.2.2).

Diffusion models (Ho et al. 2020) mix a picture with noise,

    x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps,      eps ~ N(0, 1),

and learn to undo it in many small steps. The paper borrows the mixing alone: it noises the *base
prediction*, and one pass of the refiner gives one residual. It names no schedule, number of steps
or range of t; here both common schedules are offered, and t = 0 means no noise at all.

In model units colours are small (a typical ab' is 0.1 to 0.2), so with these schedules the
interesting t are small
too: at t = 50 of the linear schedule the noise is as large as the colour.
"""

import math

import torch

STEPS = 1000


def noise_schedule(name="linear", steps=STEPS):
    """alpha_bar (steps + 1,): the share of signal (as variance) left after t steps; alpha_bar[0] =
    1.

    "linear": beta from 1e-4 to 0.02 (Ho et al. 2020, for 1000 steps).
    "cosine": alpha_bar follows cos^2 with s = 0.008 and beta <= 0.999 (Nichol & Dhariwal 2021).
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if name == "linear":
        beta = torch.linspace(1e-4, 0.02, steps, dtype=torch.float64)
    elif name == "cosine":
        angle = (torch.arange(steps + 1, dtype=torch.float64) / steps + 0.008) / 1.008 * math.pi / 2
        f = torch.cos(angle) ** 2
        beta = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    else:
        raise ValueError(f'name must be "linear" or "cosine", got {name!r}')
    alpha_bar = torch.cumprod(1 - beta, dim=0)
    return torch.cat([torch.ones(1, dtype=torch.float64), alpha_bar]).float()


def q_sample(ab, t, noise, alpha_bar):
    """x_t of ab (B, 2, H, W): t (B,) integers in [0, steps], noise like ab, alpha_bar from
    `noise_schedule`.

    t = 0 returns ab unchanged. Raises ValueError where a shape or a t does not fit.
    """
    if noise.shape != ab.shape:
        raise ValueError(
            f"noise must have the shape of ab, {tuple(ab.shape)}, got {tuple(noise.shape)}"
        )
    if t.shape != (ab.shape[0],):
        raise ValueError(
            f"t must have shape ({ab.shape[0]},), one step for each picture, got {tuple(t.shape)}"
        )
    if t.min() < 0 or t.max() >= len(alpha_bar):
        raise ValueError(
            f"t must lie in [0, {len(alpha_bar) - 1}], got {t.min().item()} to {t.max().item()}"
        )
    keep = alpha_bar.to(ab)[t.to(ab.device)].view(-1, 1, 1, 1)  # alpha_bar_t of each picture
    return keep.sqrt() * ab + (1 - keep).sqrt() * noise


def correct_once(refiner, L, ab_base, t, prior, noise=None, alpha_bar=None, **options):
    """The one-step correction: AB_final = AB_base + R, with R = refiner([L, x_t], t, P).

    AB_final is kept within [-1, 1] (110 ab units, where every model's output lives).

    L (B, 1, H, W), ab_base (B, 2, H, W), t an integer or (B,), prior (B, 4) or None, noise like
    ab_base (drawn from torch's generator when missing), alpha_bar (default: linear schedule).
    Options go to the refiner.
    Returns (ab_final, residual), with the attention map as a third where `return_attention=True` is
    given.
    """
    alpha_bar = noise_schedule() if alpha_bar is None else alpha_bar
    t = torch.as_tensor(t, device=L.device).expand(len(L))
    noise = torch.randn_like(ab_base) if noise is None else noise
    ab_noisy = q_sample(ab_base, t, noise, alpha_bar)
    out = refiner(L, ab_noisy, t, prior, **options)
    residual, *rest = out if isinstance(out, tuple) else (out,)
    return (ab_base + residual).clamp(-1, 1), residual, *rest
