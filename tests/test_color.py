"""The conversion against scikit-image, its inverse, its gradients and its units."""

import numpy as np
import pytest
import skimage
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from colorlib import color

EXTREMES = [
    (0, 0, 0),
    (1, 1, 1),
    (1, 0, 0),
    (0, 1, 0),
    (0, 0, 1),
    (1, 1, 0),
    (0, 1, 1),
    (1, 0, 1),
    (0.04045,) * 3,
]


def picture(pixels):
    """Pixels (N, 3) as a tensor (1, 3, 1, N)."""
    return torch.as_tensor(np.asarray(pixels)).T[None, :, None, :]


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float64, 1e-9), (torch.float32, 2e-4)])
def test_lab_equals_scikit_image_on_random_and_extreme_colours(dtype, atol):
    rgb = np.concatenate([np.random.default_rng(0).random((5000, 3)), EXTREMES])
    ours = color.rgb_to_lab(picture(rgb).to(dtype))[0, :, 0].T.double().numpy()
    np.testing.assert_allclose(ours, skimage.color.rgb2lab(rgb), atol=atol)


def test_rgb_equals_scikit_image_also_out_of_gamut():
    lab = np.random.default_rng(0).uniform((0, -110, -110), (100, 110, 110), (5000, 3))
    ours = color.lab_to_rgb(picture(lab), clip=True)[0, :, 0].T.numpy()
    with pytest.warns(UserWarning, match="negative Z"):
        theirs = skimage.color.lab2rgb(lab)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_photos_equal_scikit_image_and_come_back(name):
    photo = getattr(skimage.data, name)()[::4, ::4]
    lab = color.rgb_to_lab(color.from_uint8(photo))
    np.testing.assert_allclose(lab[0].permute(1, 2, 0).numpy(), skimage.color.rgb2lab(photo), atol=2e-4)
    assert (color.to_uint8(color.lab_to_rgb(lab))[0] == photo).all()


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=20))
@settings(deadline=None, max_examples=50)
def test_round_trip_property(pixels):
    rgb = picture(pixels).double()
    torch.testing.assert_close(color.lab_to_rgb(color.rgb_to_lab(rgb)), rgb, atol=1e-6, rtol=0)


@pytest.mark.parametrize("value", [0.0, 0.04045, 0.5, 1.0, 1.2, -0.1])
def test_gradients_are_finite_everywhere(value):
    rgb = torch.full((1, 3, 2, 2), value, requires_grad=True)
    lab = color.rgb_to_lab(rgb)
    (lab.sum() + color.lab_to_rgb(lab).sum()).backward()
    assert torch.isfinite(rgb.grad).all()


def test_gradient_of_lab_to_rgb_out_of_gamut():
    lab = torch.tensor([0.0, 110.0, -110.0]).view(1, 3, 1, 1).requires_grad_()
    color.lab_to_rgb(lab).sum().backward()
    assert torch.isfinite(lab.grad).all()


def test_clip_only_clips():
    lab = torch.tensor([50.0, 110.0, -110.0]).view(1, 3, 1, 1)
    free, clipped = color.lab_to_rgb(lab), color.lab_to_rgb(lab, clip=True)
    assert free.min() < 0 or free.max() > 1
    torch.testing.assert_close(clipped, free.clamp(0, 1))
    assert torch.equal(color.model_to_rgb(*color.lab_to_model(lab)), clipped)


def test_model_units():
    lab = torch.tensor([[0.0, 110.0, -110.0], [100.0, 0.0, 55.0]]).view(2, 3, 1, 1)
    L, ab = color.lab_to_model(lab)
    assert L.flatten().tolist() == [-0.5, 0.5]
    assert ab[:, :, 0, 0].tolist() == [[1.0, -1.0], [0.0, 0.5]]
    torch.testing.assert_close(color.model_to_lab(L, ab), lab)


def test_uint8_round_trip_is_exact():
    photo = np.random.default_rng(0).integers(0, 256, (2, 7, 5, 3), dtype=np.uint8)
    assert (color.to_uint8(color.from_uint8(photo)) == photo).all()
    assert color.from_uint8(photo[0]).shape == (1, 3, 7, 5)
    assert (color.to_uint8(color.from_uint8(photo[:, ::-1])) == photo[:, ::-1]).all(), "a mirrored view"


def test_other_units_are_refused():
    """Lab values where model units belong gave a white picture, or one of wild colours."""
    L, ab = torch.full((1, 1, 2, 2), 0.5), torch.full((1, 2, 2, 2), 0.9)
    noised = torch.full((1, 2, 2, 2), -10.0)  # more than t = 1000 makes of ab', and shown, too
    for right in (ab, noised):
        assert color.show(L, right).shape == (1, 2, 2, 3)
    for wrong in ((100 * L, ab), (-100 * L, ab), (L, 110 * ab), (L, -110 * ab), (L, 1.01 * noised)):
        with pytest.raises(ValueError, match=r"must be within .* of 0, got .*: model units, see color.py$"):
            color.show(*wrong)
    at_most, beyond = torch.tensor([0.0, -1.0, 1.0]), torch.tensor([0.0, -1.001])
    assert color.check_units("L", at_most) is at_most
    with pytest.raises(ValueError, match=r"^L must be within 1 of 0, got 1\.001: model units, see color\.py$"):
        color.check_units("L", beyond)
    assert color.check_units("ab", ab[:0]).shape == (0, 2, 2, 2)  # no picture, nothing wrong


def test_show_is_the_picture_that_a_viewer_gets():
    photo = np.random.default_rng(0).integers(0, 256, (2, 7, 5, 3), dtype=np.uint8)
    shown = color.show(*color.rgb_to_model(color.from_uint8(photo)))
    assert (shown.shape, shown.dtype) == (photo.shape, np.uint8)
    assert np.abs(shown.astype(int) - photo).max() <= 1


def test_what_leaves_the_range_is_clipped_and_the_rest_rounded():
    rgb = torch.tensor([-0.2, 0.0, 0.4 / 255, 0.6 / 255, 254.4 / 255, 1.0, 1.3]).view(1, 1, 1, 7).expand(1, 3, 1, 7)
    assert color.to_uint8(rgb.requires_grad_())[0, 0, :, 1].tolist() == [0, 0, 0, 1, 254, 255, 255]


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match=r"rgb must have shape \(B, 3, H, W\), got \(3, 4, 4\)"):
        color.rgb_to_lab(torch.rand(3, 4, 4))
    with pytest.raises(TypeError, match="uint8"):
        color.rgb_to_lab(torch.zeros(1, 3, 4, 4, dtype=torch.uint8))
    with pytest.raises(ValueError, match="ab must have shape"):
        color.model_to_lab(torch.zeros(1, 1, 2, 2), torch.zeros(1, 3, 2, 2))
    with pytest.raises(ValueError, match="pictures must be uint8, got 'float64'"):
        color.from_uint8(np.zeros((4, 4, 3)))
    for shape in ((4, 4), (4, 4, 4), (2, 4, 4, 1), (1, 2, 4, 4, 3)):
        with pytest.raises(ValueError, match=r"pictures must have shape \(H, W, 3\) or \(N, H, W, 3\), got"):
            color.from_uint8(np.zeros(shape, dtype=np.uint8))
