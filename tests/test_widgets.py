"""The widgets without a browser: the pure pictures, and controls that are moved from Python."""

import base64
import io
import time
from datetime import datetime, timezone

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from colorlib import color, models, plots, widgets
from colorlib.colorize import Colorizer


@pytest.fixture(scope="module")
def colorizer():
    torch.manual_seed(0)
    base = models.build("siggraph17", width=0.125)
    refiner = models.build("enhanced_unet", channels=[8, 16, 24])
    torch.nn.init.normal_(refiner.head.weight, std=0.02)
    torch.nn.init.normal_(refiner.attend[0].out.weight, std=0.1)
    return Colorizer({"base": base, "refiner": refiner}, {"size": 32, "t": 20}, "tiny")


@pytest.fixture(scope="module")
def picture():
    return astronaut()[:300, 80:380]


@pytest.fixture
def prepared(colorizer, picture):
    return widgets.prepare(colorizer, picture)


def shown(box):
    """The pixels of a widget's image."""
    return np.asarray(Image.open(io.BytesIO(box.children[-1].value)))


def tile(row, number, side=220):
    """The number-th picture of a captioned row of squares, captions cut off."""
    return row[4 : 4 + side, 4 + number * (side + 8) : 4 + number * (side + 8) + side]


def test_prepare_holds_truth_and_base(colorizer, prepared):
    assert prepared.rgb.shape == (32, 32, 3)
    back = color.to_uint8(color.model_to_rgb(prepared.L, prepared.ab))[0]
    assert np.abs(back.astype(int) - prepared.rgb).max() <= 1
    assert torch.equal(prepared.base, colorizer.predict(prepared.L, stage="base")["ab"])


def test_lab_picture_changes_what_it_is_told_to(picture):
    small = widgets.pictures.square(picture, 60)
    plain = widgets.lab_picture(small)
    together = tile(plain, 4, 180)[::3, ::3]
    assert np.abs(together.astype(int) - small).max() <= 1
    grey = tile(widgets.lab_picture(small, scale=(1, 0, 0)), 4, 180)
    assert np.ptp(grey.astype(int), axis=2).max() <= 1
    redder = tile(widgets.lab_picture(small, offset=(0, 30, 0)), 4, 180)
    assert redder[..., 0].mean() > tile(plain, 4, 180)[..., 0].mean() + 5


def test_one_step_is_what_the_colorizer_predicts(colorizer, prepared):
    _, result, residual = widgets.one_step(colorizer, prepared, 20, seed=3)
    wanted = colorizer.predict(prepared.L, t=20, seed=3)
    torch.testing.assert_close(result, wanted["ab"])
    torch.testing.assert_close(residual, wanted["residual"])
    noised, _, _ = widgets.one_step(colorizer, prepared, 0)
    assert torch.equal(noised, prepared.base)
    linear, cosine = (widgets.one_step(colorizer, prepared, 100, schedule=s)[0] for s in ("linear", "cosine"))
    assert (linear - prepared.base).std() > 1.5 * (cosine - prepared.base).std()


def test_t_picture_shows_more_noise_at_larger_t(colorizer, prepared):
    def roughness(t):
        return np.abs(np.diff(tile(widgets.t_picture(colorizer, prepared, t), 0).astype(float), axis=0)).mean()

    assert roughness(0) < roughness(50) < roughness(200)


def test_t_quality_agrees_with_a_picture_by_hand(colorizer, prepared):
    scores, base = widgets.t_quality(colorizer, [prepared], ts=(0, 50))
    result = colorizer.predict(prepared.L, t=50)["ab"]
    rgb = color.to_uint8(color.model_to_rgb(prepared.L, result))[0].astype(float)
    assert scores[1] == pytest.approx(((rgb - prepared.rgb) ** 2).mean())
    base_rgb = color.to_uint8(color.model_to_rgb(prepared.L, prepared.base))[0].astype(float)
    assert base == pytest.approx(((base_rgb - prepared.rgb) ** 2).mean())


def test_t_explorer_follows_every_control(colorizer, picture):
    box = widgets.t_explorer(colorizer, [picture, picture[::-1].copy()])
    t, schedule, seed, which, _, image = box.children
    assert t.value == colorizer.t
    seen = [image.value]
    for control, value in ((t, 150), (schedule, "cosine"), (seed, 2), (which, 1)):
        control.value = value
        assert image.value != seen[-1]
        seen.append(image.value)
    assert box.children[-1] is image  # one image, updated in place
    t.value, schedule.value, seed.value, which.value = 20, "linear", 0, 0
    assert image.value == seen[0]


def test_the_curve_marks_t_where_the_axis_has_it(colorizer, prepared):
    curve = widgets._Curve(*widgets.t_quality(colorizer, [prepared]))
    plain, left, right = np.asarray(curve.image), curve.marked(0), curve.marked(200)
    columns = [np.argwhere((marked != plain).any(axis=(0, 2))).mean() for marked in (left, right)]
    width = plain.shape[1]
    assert columns[0] < 0.25 * width
    assert columns[1] > 0.85 * width


def test_a_drag_answers_in_time(colorizer, picture):
    """150 ms at lesson size on two free cores; process time, so that other programs do not count."""
    box = widgets.t_explorer(colorizer, [picture])
    spent = []
    for t in range(30, 90, 10):
        begun = time.process_time()
        box.children[0].value = t
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.15


def test_prior_mixer_buttons_put_back_what_they_say(colorizer, picture, prepared):
    box = widgets.prior_mixer(colorizer, picture)
    *sliders, buttons, image = box.children
    start = image.value
    own = [slider.value for slider in sliders]
    assert own == pytest.approx(widgets.own_prior(prepared.base))
    assert own[0] == pytest.approx(110 * prepared.base[0, 0].mean().item(), abs=1e-3)
    sliders[1].value = 60
    moved = image.value
    assert moved != start
    buttons.children[1].click()
    assert [slider.value for slider in sliders] == pytest.approx(widgets.own_prior(prepared.ab))
    assert image.value not in (start, moved)
    buttons.children[0].click()
    assert image.value == start


def test_prior_picture_steers_with_the_given_prior(colorizer, prepared):
    given = [30.0, -20.0, 25.0, 40.0]
    wanted = colorizer.predict(prepared.L, prior=[x / 110 for x in given])["ab"]
    rgb = color.to_uint8(color.model_to_rgb(prepared.L, wanted))[0]
    drawn = plots.captioned_row([rgb], [""])
    assert np.array_equal(tile(widgets.prior_picture(colorizer, prepared, given), 1), tile(drawn, 0))


def test_attention_map_is_the_refiners(colorizer, prepared):
    attention = widgets.attention_of(colorizer, prepared)
    assert attention.shape == (16, 16, 16, 16)
    assert attention.sum(axis=(2, 3)) == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match="point must lie in 16 x 16"):
        widgets.attention_picture(prepared.rgb, attention, (16, 0))


def test_attention_picture_is_bright_where_the_point_looks(prepared):
    attention = np.zeros((4, 4, 4, 4), np.float32)
    attention[..., 3, 0] = 1  # every point looks at the lower left
    row = widgets.attention_picture(np.full((32, 32, 3), 200, np.uint8), attention, (0, 3))
    for number in (1, 2):
        overlay = tile(row, number, 256)
        assert overlay[235:, :20].mean() > 190
        assert overlay[:20, :20].mean() < 80


def test_attention_explorer_follows_its_sliders(colorizer, picture):
    box = widgets.attention_explorer(colorizer, picture)
    first = box.children[-1].value
    box.children[0].value = 0
    second = box.children[-1].value
    box.children[1].value = 15
    assert len({first, second, box.children[-1].value}) == 3


def test_split_picture_has_before_left_and_after_right():
    before, after = np.zeros((40, 60, 3), np.uint8), np.full((40, 60, 3), 200, np.uint8)
    half = widgets.split_picture(before, after, 50, side=80)
    assert half.shape == (80, 120, 3)
    assert (half[:, :57] == 0).all()
    assert (half[:, 63:] == 200).all()
    assert (half[:, 59:61] == 255).all()
    assert (widgets.split_picture(before, after, 0)[:, 3:] == 200).all()
    assert (widgets.split_picture(before, after, 100)[:, :-3] == 0).all()
    with pytest.raises(ValueError, match="one shape"):
        widgets.split_picture(before, after[:-1], 50)


def test_before_after_moves_the_line(picture):
    box = widgets.before_after(picture, 255 - picture)
    box.children[0].value = 100
    assert np.abs(shown(box)[:, :300].astype(int).mean() - picture[:, :234].mean()) < 5


def test_lab_explorer_follows_its_sliders(picture):
    box = widgets.lab_explorer(picture)
    first = box.children[-1].value
    for slider in box.children[:6]:
        before = box.children[-1].value
        slider.value = slider.value + 1
        assert box.children[-1].value != before
        slider.value = slider.value - 1
    assert box.children[-1].value == first


def upload(box, data):
    field = box.children[0].children[0]
    content = {"name": "x", "type": "image/png", "size": len(data), "content": memoryview(data)}
    content["last_modified"] = datetime.now(timezone.utc)
    field.set_trait("value", (content,))


def test_your_photo_colours_and_offers_the_result(colorizer, picture):
    box = widgets.your_photo(colorizer)
    upload(box, plots.array_to_png(picture))
    link = box.children[1].value
    data = base64.b64decode(link.split("base64,")[1].split('"')[0])
    assert 'download="coloured.png"' in link
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), colorizer(picture))
    box.children[0].children[1].value = "base"
    assert box.children[1].value != link
    assert len(box.children[2].children) == 1


def test_your_photo_says_what_is_wrong_with_a_file(colorizer):
    box = widgets.your_photo(colorizer)
    upload(box, b"<b>no picture</b>" * 10)
    assert "cannot be coloured" in box.children[1].value
    assert "<b>" not in box.children[1].value
    assert box.children[2].children == ()


def test_uploads_of_ipywidgets_7_and_8_are_read():
    assert widgets.uploaded(()) is None
    assert widgets.uploaded({}) is None
    assert widgets.uploaded(({"content": memoryview(b"8")},)) == b"8"
    assert widgets.uploaded({"x.png": {"content": b"7"}}) == b"7"


def test_an_exception_in_a_callback_is_not_swallowed(picture, monkeypatch):
    box = widgets.before_after(picture, picture)
    monkeypatch.setattr(widgets, "split_picture", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        box.children[0].value = 10


@pytest.mark.parametrize(
    ("strip", "tiles"),
    [(widgets.t_strip, 6), (widgets.prior_strip, 5), (widgets.attention_strip, 4)],
)
def test_strips_show_every_state(colorizer, picture, strip, tiles):
    out = strip(colorizer, picture)
    assert out.dtype == np.uint8
    assert out.shape[1] < 1000
    side = 200 if strip is widgets.attention_strip else 150
    shown = {tile(out, number, side).tobytes() for number in range(tiles)}
    assert len(shown) == tiles
