"""The widgets without a browser: controls that are moved from Python, and what is displayed without a kernel."""

import base64
import io
import json
import time
from datetime import datetime, timezone

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from colorlib import losses, portraits
from colorlib.colorize import Colorizer
from colorlib.show import offline, panels, tiles, widgets
from colorlib.training import schedule


@pytest.fixture(scope="module")
def vgg():
    return losses.VGGFeatures(size=16)


def make(name, colorizer, picture, vgg=None):
    """Each widget by its name."""
    return {
        "lab_explorer": lambda: widgets.lab_explorer(picture),
        "t_explorer": lambda: widgets.t_explorer(colorizer, [picture, picture[::-1].copy()]),
        "prior_mixer": lambda: widgets.prior_mixer(colorizer, picture),
        "attention_explorer": lambda: widgets.attention_explorer(colorizer, picture),
        "loss_mixer": lambda: widgets.loss_mixer(colorizer, picture, vgg),
        "before_after": lambda: widgets.before_after(255 - picture, picture),
        "your_photo": lambda: widgets.your_photo(colorizer, picture),
    }[name]()


NAMES = ["lab_explorer", "t_explorer", "prior_mixer", "attention_explorer", "loss_mixer", "before_after", "your_photo"]


@pytest.fixture(scope="module", params=NAMES)
def panel(request, colorizer, picture, vgg):
    """Each widget in turn, made once for all tests that leave it as it was."""
    return make(request.param, colorizer, picture, vgg)


def shown(panel):
    """The pixels of a panel's image."""
    return np.asarray(Image.open(io.BytesIO(panel.image.value)))


def leaves(widget):
    """All widgets inside, without boxes."""
    children = getattr(widget, "children", None)
    return [widget] if children is None else [leaf for child in children for leaf in leaves(child)]


def another(control):
    """A value that the control does not have."""
    if hasattr(control, "options"):
        return next(value for value in control.options if value != control.value)
    return control.max if control.value != control.max else control.min


def test_every_control_changes_the_one_image_and_its_words(panel):
    image, start = panel.image, (panel.image.value, panel.spoken.value)
    for key, control in panel.controls.items():
        if key == "upload":
            continue
        before = control.value
        control.value = another(control)
        assert panel.image.value != start[0], key
        control.value = before
        assert (panel.image.value, panel.spoken.value) == start, key
    assert panel.image is image
    assert [leaf for leaf in leaves(panel) if hasattr(leaf, "format")] == [image]  # nothing has stacked up
    assert (int(image.height), int(image.width)) == shown(panel).shape[:2]


def test_every_control_can_be_reached_and_says_what_it_is(panel):
    there = leaves(panel)
    for control in [*panel.controls.values(), *panel.buttons]:
        assert control in there
        assert control.description
        assert not getattr(control, "disabled", False)
        assert getattr(control, "tabbable", None) is not False
    for key, control in panel.controls.items():
        assert key == "upload" or len(control.tooltip) > 8, key
    assert 'role="status"' in panel.spoken.value
    assert len(panel.spoken.value) > 120


@pytest.mark.parametrize("name", NAMES)
def test_a_drag_answers_in_time(name):
    """150 ms at lesson size on two free cores; process time on one, so that other programs do not count."""
    size = schedule.preset("lesson").size
    colorizer = Colorizer.load("portraits", device="cpu")
    assert colorizer.size >= size
    panel = make(name, colorizer, portraits.draw(5, size=size).rgb)
    spent = []
    for control in panel.controls.values():
        if hasattr(control, "step"):
            begun = time.process_time()
            control.value = control.min + 3 * control.step
            spent.append(time.process_time() - begun)
    assert np.median(spent) < 0.15, f"{1e3 * np.median(spent):.0f} ms"


def test_buttons_set_all_and_draw_once(colorizer, picture, monkeypatch):
    panel = make("prior_mixer", colorizer, picture)
    prepared = panels.prepare(colorizer, picture)
    start, drawn = panel.image.value, []
    monkeypatch.setattr(panel, "draw", lambda draw=panel.draw, **values: drawn.append(1) or draw(**values))
    own, truth = panel.buttons
    assert [own.description, truth.description] == ["the base's own", "the truth's (oracle)"]
    truth.click()
    values = [panel.controls[name].value for name in panel.controls]
    assert values == pytest.approx(panels.own_prior(prepared.ab))
    assert panel.image.value != start
    own.click()
    assert [panel.controls[name].value for name in panel.controls] == pytest.approx(panels.own_prior(prepared.base))
    assert panel.image.value == start
    assert len(drawn) == 2


def test_a_button_that_fails_leaves_the_sliders_alive(colorizer, picture, monkeypatch):
    panel = make("prior_mixer", colorizer, picture)
    with pytest.raises(KeyError):
        panel.set(no_such_number=1)
    start = panel.image.value
    panel.controls["mean a"].value = 60
    assert panel.image.value != start


def test_loss_mixer_takes_one_term_alone(colorizer, picture, vgg):
    panel = make("loss_mixer", colorizer, picture, vgg)
    assert [name for name in panel.controls if name != "mode"] == list(losses.WEIGHTS)
    next(b for b in panel.buttons if b.description == "diversity alone").click()
    assert "diversity 100% and 100%" in panel.spoken.value
    panel.buttons[0].click()
    assert [panel.controls[name].value for name in losses.WEIGHTS] == list(losses.WEIGHTS.values())


def test_an_exception_in_a_callback_is_not_swallowed(picture, monkeypatch):
    panel = widgets.before_after(picture, picture)
    monkeypatch.setattr(widgets.tiles, "split_view", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        panel.controls["share"].value = 10


# Your photo --------------------------------------------------------------------------------------------------------


def upload(panel, data):
    content = {"name": "x", "type": "image/png", "size": len(data), "content": memoryview(data)}
    content["last_modified"] = datetime.now(timezone.utc)
    panel.controls["upload"].set_trait("value", (content,))


def answer(panel):
    return panel.below[0].value


def test_your_photo_colours_and_offers_the_result(colorizer, picture):
    panel = make("your_photo", colorizer, picture)
    assert "An example." in answer(panel)
    before = panel.image.value
    upload(panel, tiles.array_to_png(255 - picture))
    link = answer(panel)
    data = base64.b64decode(link.split("base64,")[1].split('"')[0])
    assert 'download="coloured.png"' in link
    assert "300 x 300 pixels" in link
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), colorizer(255 - picture))
    assert panel.image.value != before
    panel.controls["stage"].value = "base"
    assert answer(panel) != link


def test_a_large_photo_is_handed_over_as_jpeg(picture, monkeypatch):
    monkeypatch.setattr(widgets, "LARGE", 1000)
    link = widgets._download(picture)
    assert 'download="coloured.jpg"' in link
    data = base64.b64decode(link.split("base64,")[1].split('"')[0])
    assert np.abs(np.asarray(Image.open(io.BytesIO(data))).astype(int) - picture).mean() < 4


def test_your_photo_says_what_is_wrong_with_a_file(colorizer, picture):
    panel = make("your_photo", colorizer, picture)
    before = panel.image.value
    upload(panel, b"<b>no picture</b>" * 10)
    assert "cannot be coloured" in answer(panel)
    assert "<b>" not in answer(panel)
    assert panel.image.value == before
    panel.controls["share"].value = 10  # the picture before is still there to look at
    assert panel.image.value != before


def test_uploads_of_ipywidgets_7_and_8_are_read():
    assert widgets.uploaded(()) is None
    assert widgets.uploaded({}) is None
    assert widgets.uploaded(({"content": memoryview(b"8")},)) == b"8"
    assert widgets.uploaded({"x.png": {"content": b"7"}}) == b"7"


# Without a kernel --------------------------------------------------------------------------------------------------


def test_stills_stand_beside_the_control(panel, monkeypatch):
    monkeypatch.delenv(offline.SWITCH, raising=False)
    data, metadata = DisplayFormatter().format(panel)
    assert set(data) == {"text/plain", "image/png", widgets.VIEW}
    assert data[widgets.VIEW]["model_id"] == panel.model_id
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert data["text/plain"].startswith(panel.title)
    stills = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))
    assert stills.shape[1] <= 960  # fits a code host's page
    assert len(data["image/png"]) < 1_000_000  # before it is stored as JPEG, a fifth of that


def test_frames_start_as_the_widget_and_differ(panel, monkeypatch):
    monkeypatch.setenv(offline.SWITCH, "1")
    data, _ = DisplayFormatter().format(panel)
    packed = json.loads(json.dumps(data[offline.MIME]))
    for one in packed["series"]:
        assert all(axis["start"] < len(axis["labels"]) == len(set(axis["labels"])) for axis in one["axes"])
        states = int(np.prod([len(axis["labels"]) for axis in one["axes"]]))
        assert len(one["texts"]) == states
        assert len(set(one["texts"])) >= min(2, states), one["axes"]
        assert all(len(cell["captions"]) in (1, states) for cell in one["cells"])
    still = Image.open(io.BytesIO(base64.b64decode(packed["still"]["picture"].split(",")[1])))
    assert np.abs(np.asarray(still.convert("RGB")).astype(int) - shown(panel)).mean() < 6


def test_a_player_holds_what_it_was_given_and_no_address():
    views = {str(i): tiles.View(np.full((4, 6, 3), 50 * i, np.uint8), f"</script> {i} & more") for i in range(3)}
    page = offline.player(offline.pack("A <title>", [("t", "1", views), ("s", "0", views)]))
    assert "A &lt;title&gt;" in page
    assert page.count("</script>") == 2  # of its own
    assert "http" not in page
    data = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert data["series"][0]["texts"] == [f"</script> {i} & more" for i in range(3)]
    assert [one["axes"][0]["start"] for one in data["series"]] == [1, 0]
    assert len(data["pictures"]) == 3  # each once
    with pytest.raises(ValueError, match="start must be one of 0, 1, 2, got '7'"):
        offline.pack("x", [("t", "7", views)])
    pairs = {(i, j): views["0"] for i in "ab" for j in "cd"}
    (crossed,) = offline.pack("x", [(("row", "column"), ("b", "c"), pairs)])["series"]
    assert [(axis["name"], axis["labels"], axis["start"]) for axis in crossed["axes"]] == [
        ("row", ["a", "b"], 1),
        ("column", ["c", "d"], 0),
    ]
    del pairs["b", "d"]
    with pytest.raises(ValueError, match="views must hold 4 pairs, row by row, got 3"):
        offline.pack("x", [(("row", "column"), ("b", "c"), pairs)])
    with pytest.raises(ValueError, match="series must hold at least one"):
        offline.pack("x", [])
