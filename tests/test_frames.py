"""Frames of an exported page: a browser draws from them what the widget draws, in every state that is tried."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

import test_browser
from colorlib import losses
from colorlib.colorize import Colorizer
from colorlib.show import frames, offline, plots, pointer
from test_browser import needs_chromium, until
from test_colorize import INFO
from test_placed import all_parts
from test_widgets import make

browser = test_browser.browser
POINTED = {"hint_explorer": pointer.hint_explorer, "sample_explorer": pointer.sample_explorer}
NAMES = ["t_explorer", "prior_mixer", "lab_explorer", "attention_explorer", "loss_mixer", "before_after", *POINTED]
DRAWN = """async ([number, values]) => {
  const figure = document.querySelector("figure"), select = figure.querySelector("select");
  select.value = number;
  select.dispatchEvent(new Event("change"));
  delete figure.dataset.state;
  figure.querySelectorAll("input").forEach((input, k) => (input.value = values[k]));
  figure.querySelector("input").dispatchEvent(new Event("input"));
  while (!figure.dataset.state) await new Promise((resolve) => setTimeout(resolve, 5));
  return [figure.querySelector(".cells").getAttribute("aria-label"),
    [...figure.querySelectorAll("canvas")].map((e) => e.toDataURL())];
}"""


def picture_of(address, side=None):
    image = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB")
    return np.asarray(image if side is None else image.resize(side, Image.Resampling.BICUBIC)).astype(int)


@pytest.fixture(scope="module", params=NAMES)
def panel(request, colorizer, picture):
    if request.param in POINTED:
        return POINTED[request.param](Colorizer(all_parts(), INFO, "able"), picture)
    return make(request.param, colorizer, picture, losses.VGGFeatures(size=16))


@pytest.mark.slow
@needs_chromium
def test_a_page_draws_what_the_widget_draws(browser, panel, tmp_path):
    drawn = list(panel.drawn())
    (tmp_path / "page.html").write_text(offline.player(offline.pack(panel.title, drawn)))
    page = browser.new_page()
    heard = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    for number, (_, start, views) in enumerate(drawn):
        labels = list(views)
        for at in {0, labels.index(start), len(labels) // 3, len(labels) - 1}:
            wanted = views[labels[at]]
            first = len({label[1] for label in labels}) if isinstance(start, tuple) else 0
            text, shown = page.evaluate(DRAWN, [str(number), divmod(at, first) if first else [at]])
            assert text == wanted.text
            assert len(shown) == len(wanted.cells) > 0
            for cell, address in zip(wanted.cells, shown, strict=True):
                seen = picture_of(address, cell.pixels.shape[1::-1])
                most = 8 if isinstance(cell.source, frames.Heat) else 5  # thrice as steep
                assert np.abs(seen - cell.pixels).mean() < most, (number, at, cell.caption)
                if isinstance(cell.source, frames.Marked):  # a line is thin
                    at_mark = slice(round(cell.source.x) - 2, round(cell.source.x) + 3)
                    dark = [x[:, at_mark].mean(axis=(0, 2)).min() for x in (seen, cell.pixels)]
                    assert abs(dark[0] - dark[1]) < 30
    page.close()
    assert not heard


@pytest.mark.slow
@needs_chromium
def test_pointing_at_a_picture_moves_both_sliders(browser, colorizer, picture, tmp_path):
    panel = make("attention_explorer", colorizer, picture)
    (tmp_path / "page.html").write_text(offline.player(offline.pack(panel.title, panel.drawn())))
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    rows = 1 + int(page.locator("input").first.get_attribute("max"))
    until(lambda: page.locator("figure").get_attribute("data-state"))
    box = page.locator("canvas").nth(1).bounding_box()
    page.mouse.click(box["x"] + 0.99 * box["width"], box["y"] + 0.01 * box["height"])
    assert [one.input_value() for one in page.locator("input").all()] == ["0", str(rows - 1)]
    until(lambda: page.locator("figure").get_attribute("data-state") == str(rows - 1))
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 5)  # no button is held
    assert page.locator("input").first.input_value() == "0"
    page.close()


@pytest.mark.parametrize("count", [1, 2, 7, 101])
def test_planes_come_back_from_their_sheet(count):
    stack = np.random.default_rng(0).normal(size=(count, 1, 1)) * np.ones((count, 8, 12))
    pictures = frames.Pictures()
    told = pictures.planes(stack, stack.min(), stack.max(), 95)
    sheet = picture_of(pictures[told["of"]])[..., 0]
    assert sheet.shape == (8 * -(-count // told["columns"]), 12 * told["columns"])
    for i, plane in enumerate(stack):
        y, x = divmod(i, told["columns"])
        got = sheet[8 * y + 2 : 8 * y + 6, 12 * x + 2 : 12 * x + 10].mean() / 255
        wanted = (plane.mean() - told["low"]) / max(told["high"] - told["low"], 1e-12)
        assert got == pytest.approx(wanted, abs=0.03)


def test_a_picture_is_held_once_and_one_that_changes_in_all_its_states():
    pictures = frames.Pictures()
    still, other = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 90, np.uint8)
    same = frames.packed([frames.Cell(still, "a"), frames.Cell(still, "a")], pictures)
    assert (same["stills"], same["captions"], len(pictures)) == ([0], ["a"], 1)
    both = frames.packed([frames.Cell(still, "a"), frames.Cell(other, "b"), frames.Cell(still, "c")], pictures)
    assert (both["captions"], len(set(both["stills"]))) == (["a", "b", "c"], 2)
    ab = torch.zeros(1, 2, 4, 4)
    colours = [frames.Cell(plots.joined(torch.zeros(1, 1, 8, 8), ab + x)[0], "", 0, frames.Colours(still, ab + x))
               for x in (0.0, 0.1)]  # fmt: skip
    assert frames.packed(colours, pictures)["kind"] == "colours"
    mixed = [colours[0], frames.Cell(other, "", 0, frames.Heat(ab[0, 0].numpy(), 1.0))]
    assert frames.packed(mixed, pictures)["kind"] == "plain"
