"""The widgets as a reader meets them: JupyterLab and an exported page in a headless Chromium, moved by keyboard.

Skipped, with a warning, where no Chromium is found (Debian: apt install chromium; or name one in COLORLIB_CHROMIUM).
With CI_BROWSER=1, as .ci/run has it, a missing Chromium is a failure.
"""

import importlib.util
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
FLAGS += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # no network but this machine
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # keeps cells that are out of sight in the page
}
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"  # the one address that a lesson shows
# A folded cell shows no number; those after it do.
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
ALL_RAN = PROMPTS + ".every(e => /^$|\\[\\d+\\]/.test(e.textContent))"
# What the server says, now and then, of a page that closed while a kernel was answering it.
GONE = re.compile(
    r"Traceback \(most recent call last\):\n(?:(?!.*Traceback)[^\n]*\n)*?"
    r"\s*tornado\.(?:websocket\.WebSocketClosedError|iostream\.StreamClosedError)"
)
# Small, but with each widget once.
WIDGETS = """\
# %% [markdown]
# # Every widget, and $\\bar\\alpha_t$

# %%
from colorlib import losses, portraits
from colorlib.show import widgets
from colorlib.colorize import Colorizer

colorizer = Colorizer.load("portraits", device="cpu")
face = portraits.draw(3, seed=5, size=colorizer.size).rgb

# %%
widgets.prior_mixer(colorizer, face)

# %%
widgets.t_explorer(colorizer, [face])

# %%
widgets.lab_explorer(face)

# %%
widgets.attention_explorer(colorizer, face)

# %%
widgets.loss_mixer(colorizer, face, losses.VGGFeatures(size=16))

# %%
widgets.before_after(colorizer(face), face)

# %%
widgets.your_photo(colorizer, face)
""".replace("\\\\", "\\")

spec = importlib.util.spec_from_file_location("notebooks_build", NOTEBOOKS / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


def find_chromium(environ=os.environ, which=shutil.which):
    """The path of a Chromium, or None."""
    named = environ.get("COLORLIB_CHROMIUM")
    return named or next(filter(None, map(which, NAMES)), None)


CHROMIUM = find_chromium()
if CHROMIUM is None and os.environ.get("CI_BROWSER") != "1":
    warnings.warn("browser tests are skipped: no Chromium (Debian: apt install chromium)", stacklevel=1)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI_BROWSER") != "1", reason="no Chromium (Debian: apt install chromium)"
)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.fail("CI_BROWSER=1, and no Chromium is installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def open_page(browser, allowed):
    """A page that may ask only for addresses that begin with one of `allowed` and must leave its console clean."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    wrong, outside = [], []

    def asked(request):
        if not request.url.startswith((*allowed, "data:", "blob:")):
            outside.append(request.url)

    def heard(message):
        if message.type == "error" and message.location.get("url") != BADGE:
            wrong.append(f"{message.text} ({message.location.get('url')})")

    page.on("request", asked)
    page.on("console", heard)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        yield page
        assert set(outside) <= {BADGE}, outside
        assert not wrong, wrong
    finally:
        page.close()


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"not so within {seconds} s: {condition}")


class Lab:
    """A running JupyterLab with a folder, settings and state of its own."""

    def __init__(self, folder):
        self.root, self.log = folder / "root", folder / "log"
        self.root.mkdir()
        for name, setting in SETTINGS.items():
            file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(setting))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address, self.token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": port,
            "ServerApp.root_dir": self.root,
            "IdentityProvider.token": self.token,
            "ContentsManager.pre_save_hook": "colorlib.show.saving.keep_stills",  # as `make lab`
        }
        env = {"COLORLIB_PRESET": "smoke", "COLORLIB_DATA": "portraits", "OMP_NUM_THREADS": "1"}
        env |= {"JUPYTER_CONFIG_DIR": folder / "config", "JUPYTERLAB_SETTINGS_DIR": folder / "settings"}
        env |= {"JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces", "IPYTHONDIR": folder / "ipython"}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command + [f"--{name}={value}" for name, value in options.items()],
                env=os.environ | {name: str(value) for name, value in env.items()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(lambda: self.ask("status"))

    def ask(self, what):
        with urllib.request.urlopen(f"{self.address}/api/{what}?token={self.token}", timeout=5) as answer:
            return json.load(answer)

    def idle(self):
        """Whether there is a kernel with a page connected, and it has nothing to do. Not to be asked while one starts:
        jupyter_server answers that with a traceback in the log that `check` reads."""
        return any(k["connections"] and k["execution_state"] == "idle" for k in self.ask("kernels"))

    def started(self):
        """How many kernels have started so far."""
        return self.log.read_text().count("Kernel started: ")

    def run_all(self, page, notebook):
        """Open a notebook, run all of its cells and wait for the end; no cell may show an error."""
        shutil.copy(notebook, self.root)  # Lab saves by itself
        started = self.started()
        page.goto(f"{self.address}/lab/tree/{notebook.name}?token={self.token}&reset")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
        until(lambda: self.started() > started)
        until(self.idle)  # without a kernel Run All asks which one
        expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute("data-status", "idle")
        for item in ("Run", "Run All Cells"):
            page.get_by_role("menuitem", name=item, exact=True).click()
        page.wait_for_function(ALL_RAN, timeout=240_000)  # a whole lesson, with a browser beside it
        until(self.idle)
        self.check(page)

    def check(self, page):
        """No cell shows an error, and no callback has written a traceback into the server's log."""
        shown = page.locator("[data-mime-type='application/vnd.jupyter.stderr']")  # errors, and streams
        errors = shown.filter(has_text="Traceback (most recent call last)").all_text_contents()
        assert not errors, errors
        assert "Traceback" not in GONE.sub("", self.log.read_text())

    def close(self):
        """End the server, and with it its kernels."""
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The small notebook with every widget, executed: folder with widgets.ipynb and widgets.html."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "src").mkdir()
    (folder / "src" / "widgets.py").write_text(WIDGETS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        assert build.run(folder, [], folder / "out", "smoke") == 0
    return folder / "out"


def move(page, lab, cell, key="ArrowRight", times=3):
    """Move the first slider of a cell by keyboard; the cell's one picture must change, settle and be there once."""
    image, handle = cell.locator(".widget-image"), cell.locator("[role=slider]").first
    expect(image).to_have_count(1)
    image.scroll_into_view_if_needed()
    before, number = settled(page, lab, image), handle.get_attribute("aria-valuenow")
    handle.focus()
    for _ in range(times):
        page.keyboard.press(key)
    until(lambda: image.get_attribute("src") != before)
    assert handle.get_attribute("aria-valuenow") != number
    after = settled(page, lab, image)
    expect(image).to_have_count(1)
    assert image.evaluate("e => e.complete && e.naturalWidth > 100")
    return before, after


def settled(page, lab, image):
    """The picture's address once the kernel is idle and it no longer changes: the first change is not the last."""
    until(lab.idle)
    last, since = image.get_attribute("src"), time.monotonic()
    while time.monotonic() - since < 0.4:
        page.wait_for_timeout(50)
        if image.get_attribute("src") != last:
            last, since = image.get_attribute("src"), time.monotonic()
    return last


def cell_with(page, text):
    return page.locator(".jp-CodeCell", has=page.locator(".widget-vbox")).filter(has_text=text).first


@pytest.mark.slow
@needs_chromium
def test_lesson_04_t_slider_in_jupyterlab(browser, lab):
    with open_page(browser, [lab.address]) as page:
        lab.run_all(page, NOTEBOOKS / "04_diffusion_step.ipynb")
        cell = cell_with(page, "widgets.t_explorer(")
        before = int(cell.locator(".widget-readout").first.text_content())
        move(page, lab, cell)
        expect(cell.locator(".widget-readout").first).to_have_text(f"{before + 3}")
        assert f"t = {before + 3}, linear" in cell.locator("[role=status]").text_content()
        lab.check(page)


@pytest.mark.slow
@needs_chromium
def test_prior_mixer_and_every_other_widget_in_jupyterlab(browser, lab, exported, tmp_path):
    build.Image.linear_gradient("L").save(tmp_path / "photo.png")
    with open_page(browser, [lab.address]) as page:
        lab.run_all(page, exported / "widgets.ipynb")
        mixer = cell_with(page, "widgets.prior_mixer(")
        start, moved = move(page, lab, mixer, times=20)
        words = mixer.locator("[role=status]")
        steered = words.text_content()
        mixer.get_by_role("button", name="the base's own").focus()
        page.keyboard.press("Enter")
        until(lambda: words.text_content() != steered)
        assert settled(page, lab, mixer.locator(".widget-image")) not in (start, moved)  # the bytes came anew
        for name in ("t_explorer", "lab_explorer", "attention_explorer", "loss_mixer", "before_after", "your_photo"):
            cell = cell_with(page, f"widgets.{name}(")
            move(page, lab, cell)
        with page.expect_file_chooser() as chooser:
            cell.get_by_role("button", name="Choose a photo").press("Enter")
        chooser.value.set_files(tmp_path / "photo.png")
        with page.expect_download() as download:
            cell.get_by_role("link", name="Download coloured.png").click()
        with build.Image.open(download.value.path()) as saved:
            assert saved.size == (256, 256)
        lab.check(page)


def canvases(player):
    """What a player shows."""
    return player.locator("canvas").evaluate_all("all => all.map((e) => e.toDataURL())")


@needs_chromium
def test_exported_page_without_kernel_and_network(browser, exported):
    page_file = exported / "widgets.html"
    with open_page(browser, [page_file.as_uri()]) as page:
        page.goto(page_file.as_uri())
        assert page.locator("math").first.evaluate("e => e.getBoundingClientRect().width > 5")
        players = page.locator("figure.colorlib-player")
        expect(players).to_have_count(7)
        for number in range(7):
            player = players.nth(number)
            cells, slider, select = player.locator(".cells"), player.locator("input").first, player.locator("select")
            until(lambda: player.get_attribute("data-state"))  # noqa: B023
            before, words = canvases(player), cells.get_attribute("aria-label")
            slider.focus()
            page.keyboard.press("End")
            if cells.get_attribute("aria-label") == words:
                page.keyboard.press("Home")
            until(lambda: canvases(player) != before)  # noqa: B023
            assert cells.get_attribute("aria-label") != words
            assert slider.get_attribute("aria-valuetext") == player.locator("output").first.text_content()
            last = select.locator("option").count() - 1
            if last:
                select.select_option(str(last))
                asked = select.locator("option").nth(last).text_content()
                assert asked.startswith(player.locator("input").first.get_attribute("aria-label"))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0  # nothing sticks out


def test_tex_becomes_mathml_outside_code_alone():
    out = build.with_formulas("Costs 5 $ and 6 $. Code `$x$`; $a^2$, and\n$$b\n+ c$$\n```\n$d$ $$e$$\n```\n")
    assert [part.split('"')[0] for part in out.split('alttext="')[1:]] == ["a^2", "b + c"]
    assert "Costs 5 $ and 6 $. Code `$x$`; <math " in out
    assert out.endswith("```\n$d$ $$e$$\n```\n")


def test_an_exported_notebook_keeps_stills_and_no_frames(exported):
    """Small enough for a code host, without dead controls; the page beside it has the frames."""
    text = (exported / "widgets.ipynb").read_text()
    assert build.offline.MIME not in text
    assert build.WIDGET_VIEW not in text
    assert len(text) < build.MAX_BYTES
    nb = build.nbformat.reads(text, as_version=4)
    stills = [o for cell in nb.cells[4:] for o in cell.get("outputs", []) if {"image/png", "image/jpeg"} & set(o.data)]
    assert len(stills) == 7
    for output in stills:
        (described,) = output.metadata.values()
        assert described["alt"] == output.data["text/plain"]
    assert (exported / "widgets.html").read_text().count('<figure class="colorlib-player"') == 7


def test_chromium_is_searched_and_may_be_named():
    assert find_chromium({}, lambda name: None) is None
    assert find_chromium({}, lambda name: f"/usr/bin/{name}" if "google" in name else None) == "/usr/bin/google-chrome"
    assert find_chromium({"COLORLIB_CHROMIUM": "/opt/c"}, lambda name: None) == "/opt/c"


@needs_chromium
@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("<script>nothing.here()</script>", "nothing is not defined"),
        ("<script>console.error('oh')</script>", "oh"),
        ("<img src='http://example.invalid/x.png'>", "example.invalid"),
    ],
)
def test_the_page_check_notices_errors_and_outside_addresses(browser, tmp_path, body, word):
    (tmp_path / "page.html").write_text(body)
    with pytest.raises(AssertionError, match=word):  # noqa: PT012
        with open_page(browser, [tmp_path.as_uri()]) as page:
            page.goto((tmp_path / "page.html").as_uri(), wait_until="load")
            page.wait_for_timeout(100)


@pytest.mark.slow
@needs_chromium
def test_the_check_of_a_notebook_notices_an_error(browser, lab, tmp_path):
    nb = build.new_notebook(cells=[build.new_code_cell("1 / 0")], metadata=build.METADATA)
    build.write(nb, tmp_path / "wrong.ipynb")
    with open_page(browser, [lab.address]) as page, pytest.raises(AssertionError, match="ZeroDivisionError"):
        lab.run_all(page, tmp_path / "wrong.ipynb")
