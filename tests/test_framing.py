"""framing.py: what the networks see of a photo, and how colours of its parts come together."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from skimage.color import rgb2lab
from skimage.data import astronaut

from colorlib import color, framing
from colorlib.framing import Crop, Patch


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(astronaut()[:101, 150:217])  # 101 x 67


def flat(a, b, height=4, width=4):
    """One colour, in Lab units, as a network gives it."""
    return torch.tensor([a, b]).view(1, 2, 1, 1).expand(1, 2, height, width) / 110


def grey(height, width, level=128):
    return np.full((height, width, 3), level, np.uint8)


def ab_of(rgb):
    return rgb2lab(rgb)[..., 1:]


@pytest.mark.parametrize(
    ("photo_sides", "expected"),
    [((300, 300), (32, 32)), ((400, 300), (40, 32)), ((3000, 4000), (32, 40)), ((20, 2000), (32, 128))],
)
def test_what_the_networks_see(photo_sides, expected):
    assert framing.network_sides(*photo_sides, 32) == expected


@pytest.mark.parametrize("sides", [(32, 24), (200, 160), (101, 67)])  # smaller, larger, as it is
def test_shrinking_in_bands_equals_shrinking_the_whole(photo, monkeypatch, sides):
    L = color.rgb_to_model(color.from_uint8(photo))[0]
    whole = F.interpolate(L, size=sides, mode="bicubic", antialias=True).clamp(-0.5, 0.5)
    part = F.interpolate(L[:, :, 20:90, 5:60], size=sides, mode="bicubic", antialias=True).clamp(-0.5, 0.5)
    monkeypatch.setattr(framing, "BAND_PIXELS", 67 * 7)
    assert torch.allclose(framing.lightness(photo), L, atol=1e-6)
    assert torch.allclose(framing.shrink(photo, sides), whole, atol=1e-5)
    assert torch.allclose(framing.shrink(photo, sides, Crop(20, 90, 5, 60)), part, atol=1e-5)


def test_painting_in_bands_equals_painting_the_whole(photo, monkeypatch):
    ab, face = torch.rand(2, 1, 2, 16, 24, generator=torch.Generator().manual_seed(0)) * 0.4 - 0.2
    crop, square = framing.place((20, 30, 30, 30), 101, 67)
    patches = [Patch(ab, Crop(0, 101, 0, 67)), Patch(face, crop, square)]
    whole = framing.paint(photo, patches)
    L = framing.lightness(photo)
    outside = color.model_to_rgb(L, F.interpolate(ab, size=(101, 67), mode="bilinear") * framing.fade(L))
    difference = np.abs(color.to_uint8(outside)[0].astype(int) - whole)
    assert difference[: crop.top].max() <= 1  # float rounding at the edge between two 8-bit values
    assert difference[crop.top : crop.bottom, crop.left : crop.right].max() > 10
    monkeypatch.setattr(framing, "BAND_PIXELS", 67 * 5)
    assert np.abs(framing.paint(photo, patches).astype(int) - whole).max() <= 1


def test_a_face_has_its_own_colours_and_fades_into_the_others():
    photo, box = grey(200, 300), (100, 50, 80, 80)
    crop, square = framing.place(box, 200, 300)
    whole = Patch(flat(0, 0), Crop(0, 200, 0, 300))
    ab = ab_of(framing.paint(photo, [whole, Patch(flat(30, 20), crop, square)]))
    full = round(framing.FULL * 80)
    assert np.abs(ab[90 - full : 90 + full, 140] - (30, 20)).max() < 0.6
    assert np.abs(ab[90, 140 - full : 140 + full] - (30, 20)).max() < 0.6
    outside = np.ones((200, 300), bool)
    outside[42:138, 92:188] = False  # a tenth of 80 more, all around
    assert np.abs(ab[outside]).max() < 0.6
    for across in (ab[90, 140:192, 0], ab[90:140, 140, 0], np.diagonal(ab[90:150, 140:200, 0])):
        assert (np.diff(across) <= 0.3).all()  # ever less, with no step
        assert np.abs(np.diff(across)).max() < 5
        assert across[-1] < 0.6
    np.testing.assert_allclose(ab[90, 139 - np.arange(60)], ab[90, 140 + np.arange(60)], atol=0.3)


def test_of_two_faces_each_keeps_its_colours():
    photo = grey(100, 200)
    patches = [Patch(flat(0, 0), Crop(0, 100, 0, 200))]
    for x, colour in ((20, (30, 20)), (100, (-20, 10))):
        patches.append(Patch(flat(*colour), *framing.place((x, 20, 60, 60), 100, 200)))
    ab = ab_of(framing.paint(photo, patches))
    np.testing.assert_allclose(ab[50, 50], (30, 20), atol=0.6)
    np.testing.assert_allclose(ab[50, 130], (-20, 10), atol=0.6)


@pytest.mark.parametrize("corner", [(0, 0), (-20, -10), (250, 160)])
def test_faces_at_the_edge_are_cut_to_the_picture(corner):
    crop, square = framing.place((*corner, 60, 60), 200, 300)
    assert 0 <= crop.top < crop.bottom <= 200
    assert 0 <= crop.left < crop.right <= 300
    whole = Patch(flat(0, 0), Crop(0, 200, 0, 300))
    ab = ab_of(framing.paint(grey(200, 300), [whole, Patch(flat(30, 20), crop, square)]))
    x, y = np.clip(corner[0] + 30, 0, 299), np.clip(corner[1] + 30, 0, 199)
    np.testing.assert_allclose(ab[y, x], (30, 20), atol=0.6)
    edge = np.clip(corner[1], 0, 199) if corner[1] <= 0 else 199, np.clip(corner[0], 0, 299) if corner[0] <= 0 else 299
    np.testing.assert_allclose(ab[edge], (30, 20), atol=0.6)  # nothing fades towards the picture's corner
    assert np.abs(ab[100, 150]).max() < 0.6


def test_a_long_box_becomes_the_square_about_it():
    crop, square = framing.place((100, 50, 40, 80), 200, 300)
    assert square == (80, 50, 80)
    assert crop == Crop(42, 138, 72, 168)


@pytest.mark.parametrize(
    "box",
    [(1, 2, 3), 7, None, "1,2", (0, 0, -5, 20), (0, 0, 20, 7), (400, 0, 50, 50), (0, -90, 50, 50),
     (float("nan"), 0, 50, 50), (0, 0, float("inf"), 50)],
)  # fmt: skip
def test_wrong_places_are_refused(box):
    with pytest.raises(ValueError, match=r"a face must be \(x, y, width, height\) in pixels of 300 x 200.*, got"):
        framing.place(box, 200, 300)


def test_colours_fade_to_none_at_black_and_white():
    levels = torch.tensor([0, 4, 10, framing.DARK, 50, framing.BRIGHT, 95, 98, 100]).view(1, 1, 1, -1)
    factors = framing.fade((levels - 50) / 100).flatten()
    assert (factors[[0, -1]] == 0).all()
    assert torch.allclose(factors[3:6], torch.ones(3), atol=1e-5)
    assert (factors[:4].diff() > 0).all()
    assert (factors[5:].diff() < 0).all()
    for level in (0, 255):
        out = framing.paint(grey(8, 8, level), [Patch(flat(20, -40), Crop(0, 8, 0, 8))])
        assert (out == level).all()


def test_sixteen_bits_stay():
    rgb = np.random.default_rng(0).integers(0, 2**16, (40, 50, 1), dtype=np.uint16).repeat(3, axis=2)
    out = framing.paint(rgb, [])
    assert out.dtype == np.uint16
    assert np.abs(out.astype(int) - rgb).max() <= 2  # of 65,535: float32's rounding
    patches = [Patch(flat(5, 8), Crop(0, 40, 0, 50))]
    colored, same = framing.paint(rgb, patches), framing.paint((rgb // 257).astype(np.uint8), patches)
    assert np.abs(colored / 257 - same).max() < 4
    L = (rgb2lab(colored / 65535) - rgb2lab(rgb / 65535))[..., 0]
    inside = ((colored > 0) & (colored < 65535)).all(axis=2)
    assert np.abs(L[inside]).max() < 0.01


def test_where_there_is_nothing_to_see_there_is_no_colour():
    def spread(by):
        return torch.tensor([-by, by]).repeat(8, 4).view(1, 1, 8, 8) / 100  # its standard deviation is `by`

    factors = [framing.content(spread(by)) for by in (0, framing.PLAIN, 3, framing.TOLD, 20)]
    assert factors == pytest.approx([0, 0, (3 - framing.PLAIN) / (framing.TOLD - framing.PLAIN), 1, 1], abs=1e-5)
