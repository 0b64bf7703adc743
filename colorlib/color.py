"""RGB to CIE Lab and back, on tensors, and the units that the networks see.

Lab splits a colour into lightness L (0 black ... 100 white) and two opponent axes:
a (green - to red +) and b (blue - to yellow +). A grey photo *is* L; colourising it means
predicting a and b.

Networks learn best with numbers of size one, so inside the kit

    L'  = (L - 50) / 100      in [-0.5, 0.5]
    ab' = ab / 110            about [-1, 1]

("model units", Zhang et al. 2017). Every model takes and gives these.

The constants are those of scikit-image: sRGB primaries, white point D65 for the 2 degree observer.
"""

import numpy as np
import torch

from colorlib.precision import full_precision

WHITE_D65 = (0.95047, 1.0, 1.08883)
RGB_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
L_CENTRE, L_SCALE, AB_SCALE = 50.0, 100.0, 110.0


def require(fits, claim, got):
    """Raise ValueError, "claim, got ...", unless it fits: errors in one grammar."""
    if not fits:
        raise ValueError(f"{claim}, got {got!r}")


def check(x, channels, name):
    """Raise TypeError or ValueError unless x, called `name`, is float (B, channels, H, W)."""
    if not torch.is_tensor(x) or not x.is_floating_point():
        seen = getattr(x, "dtype", type(x).__name__)
        raise TypeError(f"{name} must be a float tensor, got {seen}")
    fits = x.ndim == 4 and x.shape[1] == channels
    require(fits, f"{name} must have shape (B, {channels}, H, W)", tuple(x.shape))


def _mix(matrix, x):
    """Multiply the channel axis of (B, 3, H, W) by a 3 x 3 matrix."""
    with full_precision(x.device):  # autocast would round to bfloat16
        return torch.einsum("ij,bjhw->bihw", matrix, x)


def rgb_to_lab(rgb):
    """sRGB to CIE Lab.

    rgb: float tensor (B, 3, H, W), sRGB in [0, 1] (values outside are converted too).
    Returns Lab of the same shape, dtype and device: L in [0, 100], a and b within about +-110.
    Gradients are finite everywhere, black included. Raises TypeError or ValueError for other input.
    bfloat16 errors reach half a Lab unit: convert in float32.
    """
    check(rgb, 3, "rgb")
    # sRGB -> linear light. The clamp keeps the gradient of the unused branch finite.
    bright = ((rgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    linear = torch.where(rgb > 0.04045, bright, rgb / 12.92)
    xyz = _mix(rgb.new_tensor(RGB_TO_XYZ), linear)
    xyz = xyz / rgb.new_tensor(WHITE_D65).view(1, 3, 1, 1)
    # The cube root of each, straight near black, where the root would be infinitely steep.
    f = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
    fx, fy, fz = f.unbind(1)
    return torch.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], dim=1)


def lab_to_rgb(lab, clip=False):
    """CIE Lab to sRGB, the inverse of `rgb_to_lab`.

    lab: float tensor (B, 3, H, W). Returns sRGB of the same shape.
    Many Lab triples have no sRGB colour: their values leave [0, 1]. `clip=False` keeps them, which
    losses need (clipping has no gradient there); `clip=True` is for display and metrics.
    """
    check(lab, 3, "lab")
    L, a, b = lab.unbind(1)
    fy = (L + 16) / 116
    # As in scikit-image, a negative Z, which no light has, counts as zero.
    f = torch.stack([fy + a / 500, fy, (fy - b / 200).clamp(min=0)], dim=1)
    xyz = torch.where(f > 0.2068966, f**3, (f - 16 / 116) / 7.787)
    xyz = xyz * lab.new_tensor(WHITE_D65).view(1, 3, 1, 1)
    # Inverted in float64, so that the round trip loses nothing in float32 either.
    inverse = torch.linalg.inv(torch.tensor(RGB_TO_XYZ, dtype=torch.float64)).to(lab)
    linear = _mix(inverse, xyz)
    bright = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    rgb = torch.where(linear > 0.0031308, bright, 12.92 * linear)
    return rgb.clamp(0, 1) if clip else rgb


def lab_to_model(lab):
    """Lab (B, 3, H, W) to model units: L' (B, 1, H, W) and ab' (B, 2, H, W)."""
    check(lab, 3, "lab")
    return (lab[:, :1] - L_CENTRE) / L_SCALE, lab[:, 1:] / AB_SCALE


def model_to_lab(L, ab):
    """Model units L' (B, 1, H, W) and ab' (B, 2, H, W) to Lab (B, 3, H, W)."""
    check(L, 1, "L")
    check(ab, 2, "ab")
    return torch.cat([L * L_SCALE + L_CENTRE, ab * AB_SCALE], dim=1)


def rgb_to_model(rgb):
    """sRGB in [0, 1] (B, 3, H, W) to model units (L', ab')."""
    return lab_to_model(rgb_to_lab(rgb))


def model_to_rgb(L, ab):
    """Model units to sRGB (B, 3, H, W) clipped to [0, 1]: for display and metrics, not for losses.

    Raises ValueError for values in other units.
    """
    check_units("L", L)
    check_units("ab", ab, most=10)  # noise, which is shown too, reaches 5
    return lab_to_rgb(model_to_lab(L, ab), clip=True)


def check_units(name, x, most=1.0):
    """x, unless a number in it is further from 0 than `most`: then it is plainly in other units.

    Raises ValueError, naming it and what was seen. L' reaches 0.5, ab' about 1 (most=2), each
    number of a prior 2.
    """
    if x.numel() and (seen := x.abs().max().item()) > most:
        raise ValueError(
            f"{name} must be within {most:g} of 0, got {seen:g}: model units, see color.py"
        )
    return x


def show(L, ab):
    """L' (B, 1, H, W) and ab' (B, 2, H, W) -> the 8-bit pictures (B, H, W, 3) that a viewer gets.

    Clipped to sRGB and rounded: a NumPy array of uint8.
    """
    return to_uint8(model_to_rgb(L, ab))


def from_uint8(pictures):
    """8-bit pictures (H, W, 3) or (N, H, W, 3) to a float32 tensor (N, 3, H, W) in [0, 1]."""
    pictures = np.asarray(pictures)
    require(pictures.dtype == np.uint8, "pictures must be uint8", str(pictures.dtype))
    fits = pictures.ndim in (3, 4) and pictures.shape[-1] == 3
    require(fits, "pictures must have shape (H, W, 3) or (N, H, W, 3)", pictures.shape)
    pictures = pictures if pictures.ndim == 4 else pictures[None]
    return torch.tensor(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255


def to_uint8(rgb):
    """sRGB tensor (N, 3, H, W) to 8-bit pictures (N, H, W, 3), rounded and clipped."""
    check(rgb, 3, "rgb")
    return (rgb.detach().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
