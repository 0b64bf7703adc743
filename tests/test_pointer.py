"""The controls for the pointer, without a browser: what the front end sets, and what follows."""

import base64
import io
import json
import re
import shutil
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image
from playwright.sync_api import expect

import test_browser
from colorlib import color, framing, models
from colorlib.colorize import Colorizer
from colorlib.show import offline, pointer, saving
from colorlib.show.panels import prepare
from test_browser import build, cell_with, move, needs_chromium, open_page, settled, until
from test_colorize import INFO, tiny_parts
from test_placed import BUILT, all_parts


@pytest.fixture(scope="module")
def able():
    return Colorizer(all_parts(), INFO, "able")


@pytest.fixture
def hints(able, picture):
    return pointer.hint_explorer(able, picture)


@pytest.fixture
def samples(able, picture):
    return pointer.sample_explorer(able, picture, 5)


def front_end(widget, **state):
    """What a page sends when a control was moved: all at once."""
    widget.set_state(state)


def point(panel, x, y):
    """A click on the picture of dabs."""
    new = {**panel.dab.fresh, "x": x, "y": y}
    front_end(panel.dab, chosen=len(panel.dab.dabs), dabs=[*panel.dab.dabs, new])


@pytest.mark.parametrize(("kind", "file"), [("Plane", "plane"), ("Picture", "picture"), ("Dab", "dab")])
def test_a_widget_is_the_file_and_has_what_it_asks_for(kind, file):
    source = (Path(pointer.__file__).parent / f"{file}.js").read_text("utf-8")
    made = getattr(pointer, kind)()
    assert str(made._esm) == source
    asked = set(re.findall(r'model\.[gs]et\("(\w+)"', source)) | set(re.findall(r'"change:(\w+)"', source))
    assert asked <= set(made.keys)
    assert {"colorlib-plane", "colorlib-dabs", pointer.SPARE} <= set(re.findall(r"[.]([\w-]+)", made._css))


def test_a_colour_is_brought_into_srgb_at_its_lightness_and_hue():
    for L, a, b in ((60, 30, 20), (50, 80, -80), (30, -70, 60), (99, 40, 0)):
        seen = color.rgb_to_lab(color.from_uint8(np.array([[color_of(pointer.css_of(L, a, b))]], dtype=np.uint8)))
        got_L, got_a, got_b = seen.flatten().tolist()
        assert got_L == pytest.approx(L, abs=1)
        chroma = np.hypot(got_a, got_b)
        assert got_a * b - got_b * a == pytest.approx(0, abs=0.05 * np.hypot(a, b) * max(chroma, 10))
        assert 0 < chroma <= np.hypot(a, b) + 1
    assert pointer.ab_of(pointer.css_of(60, 30, 20)) == pytest.approx((30, 20), abs=0.6)
    plane = pointer.gamut(60, 80, 161)
    assert color_of(pointer.css_of(60, 30, 20)) == pytest.approx(plane[80 - 20, 80 + 30].tolist(), abs=3)
    assert (plane[0, 0] == 222).all()


def color_of(css):
    return [int(css[i : i + 2], 16) for i in (1, 3, 5)]


# Hints -------------------------------------------------------------------------------------------------------------


def test_a_click_places_a_dab_that_reaches_network_and_picture(hints, able):
    before = hints.image.value, hints.dab.src
    point(hints, 0.25, 0.75)
    assert hints.dab.chosen == 1
    new = hints.dab.dabs[1]
    assert set(new) == {"x", "y", "a", "b", "css"}
    assert np.hypot(new["a"], new["b"]) > 0
    assert hints.image.value != before[0]
    assert hints.dab.src != before[1]
    assert hints.text.startswith("with 2 dabs, MSE ")
    p = prepare(able, np.asarray(hints.prepared.rgb))
    placed = [framing.parse_hint((32 * d["x"], 32 * d["y"], d["css"]), 32, 32) for d in hints.dab.dabs]
    given = framing.place_hints(placed, framing.Crop(0, 32, 0, 32), (32, 32), 32 * framing.DAB)
    assert np.array_equal(hints.hinted(hints.dab.dabs), able.predict(p.L, "hints", hints=given)["ab"])
    assert [hints.controls[k].value for k in ("x", "y", "css")] == [25, 75, new["css"]]


def test_drag_keeps_the_colour_and_the_plane_gives_another(hints):
    colour = hints.dab.dabs[0]["css"]
    front_end(hints.dab, dabs=[{**hints.dab.dabs[0], "x": 0.1}])
    assert (hints.dab.dabs[0]["x"], hints.dab.dabs[0]["css"]) == (0.1, colour)
    assert hints.controls["x"].value == pytest.approx(10)
    drawn = hints.image.value
    front_end(hints.plane, a=-20.0, b=75.0)
    assert (hints.plane.a, hints.plane.b) == (-20, 75)  # under the pointer, in sRGB or not
    dab = hints.dab.dabs[0]
    assert dab["css"] == hints.controls["css"].value != colour
    assert pointer.ab_of(dab["css"]) == pytest.approx((dab["a"], dab["b"]))
    assert dab["a"] < 0 < dab["b"]
    assert hints.image.value != drawn
    hints.swatches.children[-1].click()
    assert hints.dab.dabs[0]["css"] == hints.swatches.children[-1].style.button_color
    assert hints.plane.a == pytest.approx(hints.dab.dabs[0]["a"])


def test_likely_colours_are_those_of_network_and_samples_most_often_first(hints):
    dab = {"x": 0.5, "y": 0.5}
    hints.drawn_ab = hints.drawn_ab.clone()
    hints.drawn_ab[:, :, 16, 16] = hints.drawn_ab.new_tensor([20.0, 10.0])
    hints.drawn_ab[:3, :, 16, 16] = hints.drawn_ab.new_tensor([-10.0, 0.0])
    L = hints.lightness(dab)
    likely = [(20, 10), (-10, 0), (34, 17), (-20, -10)]
    assert hints.likely(dab) == [pointer.css_of(L, *ab) for ab in likely]
    assert hints.coloured(dab)["css"] == pointer.css_of(L, 20, 10)


def test_plain_shift_meets_the_dabs_in_the_mean(hints):
    dabs = [hints.in_css({"x": x, "y": 0.5}, css) for x, css in ((0.2, "#a05030"), (0.7, "#3050a0"))]
    shifted = hints.shifted(dabs)
    away = [color.AB_SCALE * shifted.numpy()[(0, ..., *hints.pixel(d))] - np.array([d["a"], d["b"]]) for d in dabs]
    np.testing.assert_allclose(sum(away), 0, atol=1e-3)
    assert np.ptp((shifted - hints.free).numpy(), axis=(2, 3)) == pytest.approx(0, abs=1e-6)
    assert np.array_equal(hints.shifted([]), hints.free)


def test_without_the_modules_sliders_and_buttons_do_the_same(hints, able, picture):
    """What stays where a module cannot load, and that it is hidden by the module's own sign alone."""
    by_pointer = pointer.hint_explorer(able, picture)
    point(by_pointer, 0.7, 0.3)
    front_end(by_pointer.dab, dabs=[by_pointer.dab.dabs[0], by_pointer.in_css({"x": 0.7, "y": 0.3}, "#a05030")])
    more, _, clear = hints.tools.children
    more.click()
    hints.controls["x"].value = 70
    hints.controls["y"].value = 30
    hints.controls["css"].value = "#a05030"
    assert hints.dab.dabs == by_pointer.dab.dabs
    assert hints.image.value == by_pointer.image.value
    assert hints.plane.a == pytest.approx(hints.dab.dabs[1]["a"])
    for spare in (hints.tools, hints.controls["x"], hints.controls["y"]):
        assert pointer.SPARE in spare._dom_classes
    assert pointer.SPARE not in hints.controls["css"]._dom_classes
    assert re.search(rf"{pointer.OWN}:has\(.*dabs\) \.{pointer.SPARE} {{ display: none", pointer.CSS)
    clear.click()
    assert hints.dab.dabs == []
    assert hints.text.startswith("with 0 dabs")
    hints.controls["x"].value = 10  # moves nothing
    assert hints.dab.dabs == []
    assert "Click the picture" in hints.words.value


def test_undo_goes_back_step_by_step(hints):
    more, undo, clear = hints.tools.children
    seen = [hints.image.value]
    more.click()
    seen.append(hints.image.value)
    hints.controls["x"].value = 10
    hints.controls["x"].value = 20  # one step
    seen.append(hints.image.value)
    front_end(hints.dab, chosen=0)
    point(hints, 0.9, 0.9)
    seen.append(hints.image.value)
    clear.click()
    for before in reversed(seen):
        undo.click()
        assert hints.image.value == before
    undo.click()
    assert hints.image.value == seen[0]
    assert len(hints.dab.dabs) == 1


# Samples -----------------------------------------------------------------------------------------------------------


def test_the_colourings_are_those_of_the_colorizer(samples, able):
    p = samples.prepared
    wanted = able.samples(p.rgb, 5, faces=None)
    for ab, rgb in zip(samples.drawn_ab(0), wanted, strict=True):
        # `Colorizer` lets colours fade at black and white
        painted = framing.paint(p.rgb, [framing.Patch(ab, framing.Crop(0, 32, 0, 32))])
        assert np.abs(painted.astype(int) - rgb).max() <= 1


def test_a_click_chooses_and_the_plane_goes_on_from_there(samples):
    front_end(samples.sheet, row=1, col=0)
    prior = samples.priors(0)[3]
    assert samples.controls["sample"].value == 4
    assert [samples.controls[k].value for k in "ab"] == pytest.approx(prior[:2])
    assert (samples.plane.a, samples.plane.b) == pytest.approx(tuple(prior[:2]))
    assert "number 4 as drawn" in samples.text
    assert "number 4 is chosen" in samples.sheet.alt
    drawn = samples.image.value
    front_end(samples.plane, a=35.0, b=-10.0)
    assert [samples.controls[k].value for k in "ab"] == [35, -10]
    assert samples.image.value != drawn
    moved = samples.image.value
    front_end(samples.sheet, row=1, col=2)  # an empty cell
    assert samples.image.value == moved
    front_end(samples.sheet, row=0, col=0)
    samples.controls["sample"].value = 4
    assert samples.image.value == drawn  # its own prior again
    assert (samples.sheet.row, samples.sheet.col) == (1, 0)
    samples.controls["a"].value, samples.controls["b"].value = 35, -10
    assert samples.image.value == moved
    assert (samples.plane.a, samples.plane.b) == (35, -10)
    sheet = samples.sheet.src
    samples.controls["seed"].value = 1
    assert samples.sheet.src != sheet
    assert [m["text"] for m in samples.plane.marks] == ["1", "2", "3", "4", "5", "B", "T"]


def test_weights_without_the_networks_say_so(picture):
    parts = all_parts()
    for make, missing in ((pointer.hint_explorer, "hints"), (pointer.hint_explorer, "tints"),
                          (pointer.sample_explorer, "tints")):  # fmt: skip
        some = Colorizer({k: v for k, v in parts.items() if k != missing}, INFO, "some")
        with pytest.raises(ValueError, match=rf"^stage .* needs {missing}, which the weights 'some' do not hold"):
            make(some, picture)
    with pytest.raises(ValueError, match=r"^stage 'hints' needs hints"):
        pointer.hint_explorer(Colorizer(tiny_parts(), INFO, "tiny"), picture)
    with pytest.raises(ValueError, match=r"^count must be a whole number, 1 or more, got 0"):
        pointer.sample_explorer(Colorizer(parts, INFO, "able"), picture, 0)


# Without a kernel --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hints", "samples"])
def test_stills_and_frames_remain(name, request, monkeypatch):
    panel = request.getfixturevalue(name)
    monkeypatch.setenv(offline.SWITCH, "1")
    start = panel.image.value
    data, metadata = DisplayFormatter().format(panel)
    assert metadata["image/png"]["alt"].startswith(panel.title)
    still = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))
    assert 300 < still.shape[1] <= 960
    assert len(data["image/png"]) < 600_000
    for one in data[offline.MIME]["series"]:
        assert len(set(one["texts"])) >= min(3, len(one["texts"])), one["axes"]
    assert len(offline.player(data[offline.MIME])) < 400_000
    assert panel.image.value == start


# In a browser ------------------------------------------------------------------------------------------------------

browser, lab = test_browser.browser, test_browser.lab
CELLS = (
    "from colorlib.colorize import Colorizer\n"
    "from colorlib.show import pointer\n"
    "from skimage.data import astronaut\n"
    "colorizer, face = Colorizer.load({!r}, device='cpu'), astronaut()[:300, 80:380]",
    "pointer.hint_explorer(colorizer, face)",
    "pointer.sample_explorer(colorizer, face)",
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pointer")
    models.save(folder / "able.safetensors", all_parts(), BUILT, INFO)
    cells = [build.new_code_cell(cell.format(str(folder / "able.safetensors"))) for cell in CELLS]
    build.write(build.new_notebook(cells=cells, metadata=build.METADATA), folder / "pointer.ipynb")
    return folder / "pointer.ipynb"


def at(page, control, x, y):
    """The place on the screen at these shares of a control's width and height."""
    control.scroll_into_view_if_needed()
    box = control.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


@pytest.mark.slow
@needs_chromium
def test_click_drag_choose_and_undo_in_jupyterlab(browser, lab, notebook):
    with open_page(browser, [lab.address]) as page:
        lab.run_all(page, notebook)
        cell = cell_with(page, CELLS[1])
        ground, dabs, image = (cell.locator(x) for x in (".colorlib-dabs .ground", ".dab", ".widget-image"))
        expect(dabs).to_have_count(1)
        for spare in cell.locator(f".{pointer.SPARE}").all():
            expect(spare).to_be_hidden()
        start = settled(page, lab, image)
        page.mouse.move(*at(page, ground, 0.3, 0.8))
        page.mouse.down()
        page.mouse.move(*at(page, ground, 0.4, 0.7), steps=5)
        page.mouse.up()
        placed = settled(page, lab, image)
        expect(dabs).to_have_count(2)
        assert placed != start
        assert "with 2 dabs" in cell.locator("[role=status]").text_content()
        words = dabs.nth(1).get_attribute("aria-label")
        assert words.startswith("dab 2, 40 % from the left, 70 % down, a ")
        assert not words.endswith("a 0, b 0")  # the kernel has given it a colour
        page.wait_for_timeout(800)  # a gesture of its own
        page.mouse.click(*at(page, cell.locator(".colorlib-plane"), 0.6, 0.4))
        settled(page, lab, image)
        assert dabs.nth(1).get_attribute("aria-label") != words
        undone = []
        while dabs.count() > 1 and len(undone) < 6:  # a busy kernel's answer may be a step of its own
            cell.locator(".undo").click()
            settled(page, lab, image)
            undone.append(dabs.last.get_attribute("aria-label"))
        assert words in undone
        expect(dabs).to_have_count(1)
        assert "with 1 dab," in cell.locator("[role=status]").text_content()
        cell = cell_with(page, CELLS[2])
        page.mouse.click(*at(page, cell.locator(".colorlib-picture"), 0.5, 0.7))
        expect(cell.locator("[role=status]")).to_contain_text("number 5 as drawn")
        drawn = settled(page, lab, cell.locator(".widget-image"))
        cell.locator(".colorlib-plane .point").press("Shift+ArrowRight")
        assert settled(page, lab, cell.locator(".widget-image")) != drawn
        lab.check(page)


@pytest.mark.slow
@needs_chromium
def test_sliders_remain_in_jupyterlab_where_the_modules_do_not_load(browser, lab, notebook, tmp_path):
    notebook = shutil.copy(notebook, tmp_path / "without.ipynb")  # with a kernel of its own
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.route("**/anywidget/**", lambda route: route.abort())
    lab.run_all(page, notebook)
    for code in CELLS[1:]:
        cell = cell_with(page, code)
        expect(cell.locator(f".{pointer.SPARE}")).to_have_count(3)
        for spare in cell.locator(f".{pointer.SPARE}").all():
            expect(spare).to_be_visible()
        move(page, lab, cell)
    page.close()


def asked(lab, method, what, **content):
    """A request to the server's own API."""
    data = json.dumps(content).encode() if content else None
    headers = {"Authorization": f"token {lab.token}"}
    urllib.request.urlopen(urllib.request.Request(f"{lab.address}/{what}", data, headers, method=method)).close()


@pytest.mark.slow
@needs_chromium
def test_a_dead_control_says_so_and_a_saved_one_shows_its_stills(browser, lab, notebook, tmp_path):
    notebook = shutil.copy(notebook, tmp_path / "restarted.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    lab.run_all(page, notebook)
    said = ".colorlib-panel >> nth=0"
    content = "e => getComputedStyle(e, '::after').content"
    assert page.locator(said).evaluate(content) in ("none", "normal")
    page.keyboard.press("Control+s")
    saved = lab.root / "restarted.ipynb"
    until(lambda: "image/png" in saved.read_text())
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text="Restart Kernel…").first.click()
    page.locator(".jp-Dialog button", has_text="Restart").click()
    until(lambda: "run this cell again" in page.locator(said).evaluate(content))
    expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle", timeout=60_000
    )
    page.goto(f"{lab.address}/lab/tree/restarted.ipynb?token={lab.token}&reset")
    stills = page.locator(".jp-OutputArea-output img")
    expect(stills).to_have_count(2, timeout=60_000)
    expect(page.locator(".jp-OutputArea").first).not_to_contain_text("model not found")
    assert stills.first.evaluate("e => e.naturalWidth") > 300
    page.close()


NARROW = """panel => {
  const area = panel.closest(".jp-OutputArea-output").getBoundingClientRect();  // ipywidgets has margins of 2
  return [...panel.querySelectorAll("*")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.right > area.right + 4 && getComputedStyle(e).position !== "absolute";
  }).map((e) => e.className || e.tagName);
}"""
CONTRAST = """e => {
  const parts = (css) => css.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((x) => x / 255)
    .map((x) => (x > 0.04045 ? ((x + 0.055) / 1.055) ** 2.4 : x / 12.92))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0.05);
  let under = e;
  while (/rgba\\(.*, 0\\)/.test(getComputedStyle(under).backgroundColor)) under = under.parentElement;
  const [ink, paper] = [parts(getComputedStyle(e).color), parts(getComputedStyle(under).backgroundColor)];
  const share = ink[3] ?? 1;
  const two = [light(paper.map((x, i) => x + share * (ink[i] - x))), light(paper)];
  return Math.max(...two) / Math.min(...two);
}"""


@pytest.mark.slow
@needs_chromium
def test_in_the_dark_theme_words_are_read_and_at_390_pixels_nothing_sticks_out(browser, lab, notebook, tmp_path):
    notebook = shutil.copy(notebook, tmp_path / "dark.ipynb")
    theme = "lab/api/settings/@jupyterlab/apputils-extension:themes"
    asked(lab, "PUT", theme, raw='{"theme": "JupyterLab Dark"}')
    try:
        with open_page(browser, [lab.address]) as page:
            lab.run_all(page, notebook)
            assert page.evaluate("document.body.dataset.jpThemeLight") == "false"
            page.set_viewport_size({"width": 390, "height": 844})
            page.keyboard.press("Control+b")  # the side bar leaves no room
            for code in CELLS[1:]:
                panel = cell_with(page, code).locator(".colorlib-panel")
                expect(panel.locator(".colorlib-plane")).to_be_visible()
                assert panel.evaluate(NARROW) == []
                words = panel.locator(".widget-label, .widget-html-content span, .widget-html-content")
                for one in words.filter(has_text=re.compile(r"\w")).all():
                    assert one.evaluate(CONTRAST) >= 4.5, one.text_content()
    finally:
        asked(lab, "PUT", theme, raw="{}")


def test_what_is_saved_keeps_a_view_that_has_no_stills():
    kept = {"output_type": "display_data", "data": {saving.VIEW: {}, "text/plain": "a bar"}}
    still = {"output_type": "display_data", "data": {saving.VIEW: {}, "image/png": "x", "text/plain": "a panel"}}
    cells = [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": [kept, still, {"output_type": "stream"}]}]
    model = {"type": "notebook", "content": {"cells": cells}}
    saving.keep_stills(model=model, path="x.ipynb", contents_manager=None)
    assert set(kept["data"]) == {saving.VIEW, "text/plain"}
    assert set(still["data"]) == {"image/png", "text/plain"}
    saving.keep_stills(model={"type": "directory", "content": None})
    saving.keep_stills(model={"type": "notebook"})
