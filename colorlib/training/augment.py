"""What a training does to its pictures so that little data goes further.

    augment(random, L, ab, ...)    moves all alike: mirrored, turned, scaled, shifted
    vary_lightness(random, L)      another camera, print or scan of the same scene

Both keep the colours, which are what is learnt. Zoom and lightness are for networks that will meet
other collections than the one they learnt from: other crops, other scanners.
"""

import math

import torch
import torch.nn.functional as F

from colorlib.models.layers import padded

# JPEG's table for lightness at quality 50 (ITU-T T.81, annex K.1), rows from low frequency down.
JPEG_TABLE = torch.tensor([
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56], [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
], dtype=torch.float32)  # fmt: skip


def augment(random, L, *others, zoom=0.0):
    """Mirror half of the pictures; turn, scale and shift another half a little. Colours stay.

    random: a `StepRandom` for this batch. L (B, 1, H, W) and whatever lies on the same pixels (ab,
    ab_base, ...), each (B, C, H, W), move alike. Returns them as a list. Turned by up to 5 degrees,
    scaled by up to 8 %, shifted by up to 4 %; what comes in over the border is mirrored. The other
    half stays where it was, and so as sharp as it was.

    zoom: the share of the pictures that is moved further, to show what the crops of one collection
    do not: a face at 0.5 to 1.7 times its size, a quarter of the side away, turned by 15 degrees.
    """
    moved = random.uniform(0, 1).lt(0.5).float()  # 0 or 1
    degrees = moved * random.uniform(-5, 5)
    size = 1 + moved * random.uniform(-0.08, 0.08)  # of what is seen: above 1 things get smaller
    mirror = random.uniform(0, 1).lt(0.5) * -2.0 + 1.0  # -1 or 1
    shift = 2 * moved[:, None] * random.uniform(-0.04, 0.04, 2)  # the grid runs from -1 to 1
    if zoom:
        far = random.uniform(0, 1) < zoom
        degrees = torch.where(far, random.uniform(-15, 15), degrees)
        size = torch.where(far, random.uniform(math.log(0.6), math.log(2)).exp(), size)
        shift = torch.where(far[:, None], 2 * random.uniform(-0.25, 0.25, 2), shift)
    radians = degrees * math.pi / 180
    cos, sin = size * torch.cos(radians), size * torch.sin(radians)
    across = torch.stack([mirror * cos, -sin, shift[:, 0]], dim=1)
    down = torch.stack([mirror * sin, cos, shift[:, 1]], dim=1)
    x = torch.cat([L, *others], dim=1)
    matrix = torch.stack([across, down], dim=1)  # (B, 2, 3)
    grid = F.affine_grid(matrix, x.shape, align_corners=False).to(x)
    y = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    if zoom:  # what becomes much smaller is averaged first, or fine detail would turn to grain
        half = F.avg_pool2d(x, 2)
        half = F.grid_sample(half, grid, padding_mode="reflection", align_corners=False)
        y = torch.where((size > 1.4)[:, None, None, None], half, y)
    return list(y.split([1, *(o.shape[1] for o in others)], dim=1))


def vary_lightness(random, L, share=0.5):
    """L' (B, 1, H, W) as another camera, print or scan would show it, in [-0.5, 0.5].

    random: a `StepRandom`. share of the pictures get another contrast, brightness and gamma; half
    as many each are blurred, get grain, or go through JPEG.
    """

    def some(changed, x, share):
        return torch.where(random.uniform(0, 1)[:, None, None, None] < share, changed, x)

    def number(low, high):
        return random.uniform(low, high)[:, None, None, None]

    toned = (L + 0.5).clamp(1e-3, 1) ** number(-0.5, 0.5).exp() - 0.5
    middle = toned.mean(dim=(2, 3), keepdim=True)
    toned = middle + (toned - middle) * number(0.6, 1.2) + number(-0.08, 0.08)
    L = some(toned, L, share).clamp(-0.5, 0.5)
    L = some(blurred(L, random.uniform(0.3, 1.5)), L, share / 2)
    grain = random.normal(*L.shape[1:]) * number(0.005, 0.05)
    L = some(L + grain, L, share / 2).clamp(-0.5, 0.5)
    return some(as_jpeg(L, random.uniform(20, 90)), L, share / 2).clamp(-0.5, 0.5)


def blurred(x, sigma):
    """x (B, 1, H, W), each picture through a Gaussian of its own sigma (B,), in pixels."""
    place = torch.arange(-4.0, 5, device=x.device)
    kernel = torch.exp(-0.5 * (place / sigma[:, None]) ** 2)  # (B, 9)
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).to(x)
    y = F.pad(x, (4, 4, 4, 4), mode="replicate").transpose(0, 1)  # (1, B, H + 8, W + 8)
    y = F.conv2d(y, kernel[:, None, :, None], groups=len(x))
    return F.conv2d(y, kernel[:, None, None, :], groups=len(x)).transpose(0, 1)


def as_jpeg(L, quality):
    """L' (B, 1, H, W) after JPEG's quantisation, each picture at a quality (B,) of 1 to 100.

    The cosine transform of each 8 x 8 block is rounded to multiples of `JPEG_TABLE`, which is
    scaled as the Independent JPEG Group's library does. Colours and entropy coding are left out.
    """
    k = torch.arange(8.0, device=L.device)
    cosines = torch.cos(math.pi / 8 * (k + 0.5) * k[:, None]) / 2  # (frequency, place)
    cosines[0] /= math.sqrt(2)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality).floor()[:, None, None]
    step = ((JPEG_TABLE.to(L.device) * scale + 50) / 100).floor().clamp(1, 255)  # (B, 8, 8)
    x = padded(255 * L.float(), 8)
    B, _, H, W = x.shape
    blocks = x.reshape(B, H // 8, 8, W // 8, 8).transpose(2, 3)  # (B, H / 8, W / 8, 8, 8)
    step = step[:, None, None]
    coded = (cosines @ blocks @ cosines.T / step).round() * step
    x = (cosines.T @ coded @ cosines).transpose(2, 3).reshape(B, 1, H, W) / 255
    return x[..., : L.shape[2], : L.shape[3]].to(L)
