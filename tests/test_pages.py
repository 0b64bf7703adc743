"""Lessons as pages, exported and on the site: what is folded stays folded, tables are tables, nothing is cut or broken.

Each kind of fault over all pages, made from the stored notebooks; nothing is executed.
"""

import base64
import functools
import http.server
import io
import re
import threading
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import jupytext
import nbformat
import numpy as np
import pytest
from PIL import Image

from colorlib.show import answers, offline, plots
from test_browser import CHROMIUM, FLAGS, build, needs_chromium
from test_site import (
    Pictures,
    site,  # noqa: F401 (a fixture)
)
from test_site import pages as site_pages  # noqa: F401 (a fixture)

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
LESSONS = sorted(p.stem for p in (NOTEBOOKS / "src").glob("*.py"))
WIDE, NARROW = 1280, 390

every_lesson = pytest.mark.parametrize("name", LESSONS)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder that `build.py run` would write, of the stored notebooks."""
    out = tmp_path_factory.mktemp("pages")
    for name in LESSONS:
        nb = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        (out / f"{name}.html").write_text(build.to_html(nb, name), encoding="utf-8")
    build.write_glossary(NOTEBOOKS, out)
    return out


@pytest.fixture(scope="module")
def pages(exported):
    return {p.stem: p.read_text("utf-8") for p in exported.glob("*.html")}


def stored(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def markdown_of(name):
    """All Markdown of a stored notebook: its cells', and what its code cells showed."""
    nb = stored(name)
    shown = [
        o.data["text/markdown"] for c in nb.cells for o in c.get("outputs", []) if "text/markdown" in o.get("data", {})
    ]
    return [c.source for c in nb.cells if c.cell_type == "markdown"] + shown


def folds(page):
    """What stands in each <details> of a page, behind its summary."""
    return re.findall(r"<details(?![^>]*class)[^>]*>\s*<summary>.*?</summary>(.*?)</details>", page, re.DOTALL)


@every_lesson
def test_folds_are_closed_and_hold_what_they_fold(pages, site_pages, name):  # noqa: F811
    wanted = sum(text.count("<details>") for text in markdown_of(name))
    assert wanted >= 5
    for page in (pages[name], site_pages[f"{name}.html"]):
        found = folds(page)
        assert len(found) == wanted
        assert not re.search(r"<details[^>]*\bopen\b", page)
        assert all(len(re.sub(r"<[^>]*>|\s", "", inside)) > 8 or "<img" in inside for inside in found)


@every_lesson
def test_hidden_code_is_folded_in_exported_pages(pages, name):
    """Long plotting code, and what draws the expected picture of an exercise."""
    hidden = [c for c in stored(name).cells if "hide-input" in c.metadata.get("tags", [])]
    folded = re.findall(
        r'<details class="jp-InputArea-editor"><summary>Code</summary>(.*?)</details>', pages[name], re.DOTALL
    )
    assert hidden
    assert len(folded) == len(hidden)
    for cell, code in zip(hidden, folded, strict=True):
        words = re.findall(r"\w+", unescape(re.sub(r"<[^>]+>", "", code)))
        assert words == re.findall(r"\w+", cell.source)


@every_lesson
def test_tables_are_tables(pages, site_pages, name):  # noqa: F811
    wanted = sum(len(re.findall(r"(?m)^\|(?:-+\|)+$", text)) for text in markdown_of(name))
    for page in (pages[name], site_pages[f"{name}.html"]):
        assert len(re.findall(r"<table", page)) == wanted
        assert "|---|" not in re.sub(r"<(pre|script)\b.*?</\1>", "", page, flags=re.DOTALL)


@every_lesson
def test_formulas_are_set_and_need_nothing(pages, site_pages, name):  # noqa: F811
    pattern = r"\$\$.+?\$\$|\$(?!\s)[^$\n`]+?(?<!\s)\$"
    texts = [re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL) for text in markdown_of(name)]
    wanted = sum(len(re.findall(pattern, text, re.DOTALL)) for text in texts)
    for page in (pages[name], site_pages[f"{name}.html"]):
        assert len(re.findall(r"<math\b", page)) == wanted
        assert "mathjax" not in page.lower()


def test_markdown_sees_no_sign_of_its_own_in_a_formula():
    made = build.with_formulas(r"$a * b_{i} * c \_ [x] \sim y$")
    assert made.count("<math") == 1
    assert not re.search(r">[^<]*[*_\[\]~][^<]*<", made)


@every_lesson
def test_links_between_exported_pages_lead_somewhere(pages, name):
    names = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in pages.items()}
    links = [unescape(link) for link in re.findall(r'<a[^>]*\bhref="([^"]*)"', pages[name])]
    inside = [link for link in links if not re.match(r"[a-z]+:", link) and not link.startswith("#")]
    assert any(link.startswith("glossary.html") for link in inside)
    for link in inside:
        file, _, fragment = link.partition("#")
        assert file.removesuffix(".html") in names, link
        assert not fragment or unquote(fragment) in names[file.removesuffix(".html")], link


@every_lesson
def test_every_figure_of_an_exported_page_has_alternative_text(pages, name):
    told = Pictures(pages[name]).told
    assert len(told) >= 5
    assert all(alt and len(alt) > 3 and "No description" not in alt for alt in told)


@every_lesson
def test_code_within_a_line_ends_on_it(name):
    """A wrapped `a - b` may begin a line with "- b", which Markdown reads as a list."""
    cells = jupytext.reads((NOTEBOOKS / "src" / f"{name}.py").read_text("utf-8"), fmt="py:percent").cells
    for cell in (c for c in cells if c.cell_type == "markdown"):
        text = re.sub(r"(?ms)^ *```.*?```|^\$\$.*?\$\$", "", cell.source)
        assert not [line for line in text.splitlines() if line.count("`") % 2 or line.count("$") % 2], cell.source


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


SIZES = """() => ({
  page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  cut: [...document.querySelectorAll("pre, code")].filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1
    && getComputedStyle(e).display !== "inline").map((e) => e.textContent.slice(0, 60)),
  wide: [...document.querySelectorAll("img")].filter((e) => e.offsetParent && (e.closest(".figure") || e)
    .getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((e) => e.alt.slice(0, 60)),
  letters: [...document.querySelectorAll(".figure img")].filter((e) => e.offsetParent)
    .map((e) => e.closest(".figure").dataset.letters * e.getBoundingClientRect().width / e.naturalWidth),
  formulas: [...document.querySelectorAll("math")].filter((e) => e.getBoundingClientRect().width && !e.closest("table")
    && e.getBoundingClientRect().right > document.documentElement.clientWidth).map((e) => e.getAttribute("alttext")),
  small: Math.min(...[...document.querySelectorAll("p, li, pre, td, th")].filter((e) => e.offsetParent)
    .map((e) => parseFloat(getComputedStyle(e).fontSize))),
  folded: [...document.querySelectorAll("details")].every((e) => !e.open),
})"""


NOISE = np.random.default_rng(0).integers(0, 250, (192, 192, 3), dtype=np.uint8)


def two_charts(**settings):
    plot = plots.Plot(9, 3, "Two charts side by side")
    for axes in plot.subplots(1, 2, **settings):
        axes.plot([0, 1], [0, 1], ls="-", label="a line")
        axes.set(xlabel="x", ylabel="y")
    return plot


def told_of(shown):
    """(picture, what its output tells of it, the PNG in base64)."""
    data, metadata = shown._repr_mimebundle_()
    png = data["image/png"]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")), metadata["image/png"], png


def test_what_is_made_of_parts_side_by_side_is_cut_between_them():
    row = plots.captioned_row([NOISE] * 4, ["a", "b", "two\nlines", ""], side=192)
    shown = {
        "captioned row": (plots.describe(row, "Four"), 4),
        "two such rows": (plots.describe(np.concatenate([row, row]), "Eight"), 4),
        "sheet": (plots.describe(plots.sheet([NOISE] * 12, columns=6), "Twelve"), 6),
        "picture row": (plots.picture_row([NOISE] * 5, ["one", "two\nlines", "", "", ""]), 5),
        "a map with its scale": (plots.error_map(NOISE, NOISE[::-1].copy()), 3),
        "two charts": (two_charts(), 2),
    }
    for name, (picture, count) in shown.items():
        pixels, told, _ = told_of(picture)
        assert len(told["cuts"]) == count - 1, name
        assert all((pixels[:, x] == 255).all() for x in told["cuts"]), name
        assert min(np.diff([0, *told["cuts"], pixels.shape[1]])) > 100, name


def test_what_has_something_in_common_is_not_cut():
    with_legend = two_charts()
    with_legend.legend(handles=with_legend.axes[0].lines, loc="outside upper center")
    beside = plots.describe(plots.captioned_row([NOISE] * 4, [""] * 4), "Four", whole=True)
    for shown in (two_charts(sharey=True), with_legend, plots.quality_curve([0, 1], [2.0, 1.0], 2.0), beside):
        assert told_of(shown)[1]["cuts"] == []
    assert told_of(plots.describe(NOISE, "One"))[1]["cuts"] == []


def test_the_smallest_letters_are_known():
    assert told_of(two_charts())[1]["letters"] == pytest.approx(10 * 100 / 72, abs=0.1)
    small = two_charts()
    small.axes[0].text(0, 0, "small", fontsize=6)
    assert told_of(small)[1]["letters"] == pytest.approx(6 * 100 / 72, abs=0.1)


def test_parts_on_a_page_are_the_whole_picture():
    row = plots.captioned_row([NOISE] * 3, ["a", "b", "c"], side=192)
    pixels, told, _ = told_of(plots.describe(np.concatenate([np.full((25, 600, 3), 255, np.uint8), row]), 'A "b"'))
    pixels = pixels.copy()
    pixels[8:16, 10:300] = 0  # a line of text
    page = offline.figure("image/png", png_of(pixels), told | {"top": 25})
    head, *parts = (decoded(data) for data in re.findall(r"base64,([^\"]+)", page))
    assert head.shape[1] == 299 + 8
    assert np.array_equal(head, pixels[:25, : 299 + 8])
    assert np.array_equal(np.concatenate(parts, axis=1), pixels[25:])
    assert 'aria-label="A &quot;b&quot;"' in page


def test_a_folded_picture_is_cut_as_another_is():
    _, told, png = told_of(plots.picture_row([NOISE] * 3, ["a", "b", "c"]))
    data = nbformat.v4.new_output("display_data", {"image/png": png}, metadata={"image/png": told})
    folded = f"before {answers.folded_part(data)} after"
    assert offline.figures(folded) == f"before {offline.figure('image/png', png, told)} after"
    assert offline.figures('<img src="x.png" alt="y">') == '<img src="x.png" alt="y">'


def png_of(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


@every_lesson
def test_every_picture_of_a_page_is_a_figure_that_fits_a_phone(pages, site_pages, name):  # noqa: F811
    nb = stored(name)
    outputs = [o.get("data", {}) for c in nb.cells for o in c.get("outputs", [])]
    wanted = sum(any(kind.startswith("image/") for kind in data) for data in outputs)
    wanted += sum(data.get("text/markdown", "").count("<img src=") for data in outputs)
    for page in (pages[name], site_pages[f"{name}.html"]):
        seen = Pictures(page)
        assert seen.figures == wanted
        assert not seen.beside


@needs_chromium
@pytest.mark.slow
@every_lesson
def test_letters_in_figures_can_be_read_on_a_phone(browser, site, name):  # noqa: F811
    page = browser.new_page(viewport={"width": NARROW, "height": 900})
    with served(site) as address:
        page.goto(f"{address}/{name}.html", wait_until="load")
        page.evaluate("for (const e of document.querySelectorAll('details:not(.live)')) e.open = true")
        found = page.evaluate(SIZES)["letters"]
    page.close()
    assert len(found) >= 5
    assert min(found) >= 9


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
@every_lesson
def test_nothing_is_cut_and_all_can_be_read(browser, exported, site, name, width):  # noqa: F811
    for folder in (exported, site):
        with served(folder) as address:
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(f"{address}/{name}.html", wait_until="domcontentloaded")
            found = page.evaluate(SIZES)
            assert found["folded"]
            page.evaluate("for (const e of document.querySelectorAll('details:not(.live)')) e.open = true")
            found = page.evaluate(SIZES)
            page.close()
        assert found["page"] <= 0, f"sticks out by {found['page']} px"
        assert not found["cut"]
        assert not found["wide"]
        assert not found["formulas"]
        assert found["small"] >= 12


# What `getComputedStyle` says would move, by itself or when the state changes.
MOVES = """() => [...document.querySelectorAll("*")].filter((e) => {
  const s = getComputedStyle(e);
  return parseFloat(s.transitionDuration) > 0 || s.animationName !== "none" || s.scrollBehavior === "smooth";
}).map((e) => `${e.tagName}.${e.getAttribute("class")}`)"""
# Words whose contrast is below what WCAG 2 asks for (AA: 4.5, for large ones 3); of controls, those that are in use.
FAINT = """() => {
  const parsed = (css) => (css.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, below) => [0, 1, 2].map((i) => (top[3] ?? 1) * top[i] + (1 - (top[3] ?? 1)) * below[i]);
  const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const ground = (e) => {
    const layers = [];
    for (let at = e; at && (layers.at(-1)?.[3] ?? (layers.length ? 1 : 0)) < 1; at = at.parentElement) {
      const colour = parsed(getComputedStyle(at).backgroundColor);
      if (colour[3] !== 0) layers.push(colour);
    }
    return layers.reduceRight((below, top) => over(top, below), [255, 255, 255]);
  };
  const words = [...document.querySelectorAll("body *")].filter((e) => e.offsetParent
    && !e.closest("svg, math, :disabled, .off") && getComputedStyle(e).visibility !== "hidden"
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
  return words.filter((e) => {
    const [style, below] = [getComputedStyle(e), ground(e)];
    const [low, high] = [below, over(parsed(style.color), below)].map(light).sort((a, b) => a - b);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) > 18.6 && style.fontWeight >= 700);
    return (high + 0.05) / (low + 0.05) < (large ? 3 : 4.5);
  }).map((e) => `${e.tagName}.${e.className} ${getComputedStyle(e).color}: ${e.textContent.trim().slice(0, 30)}`);
}"""
OTHERS = ("index", "glossary", "search", "site/photos", "site/training", "site/export", "site/working")


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_site_is_readable_and_still_in_both_schemes(browser, site, scheme):  # noqa: F811
    """Words stand out from what is behind them; nothing slides or glides for whoever asked for less motion."""
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", viewport={"width": WIDE, "height": 900})
    page = context.new_page()
    with served(site) as address:
        for name in (*OTHERS, *LESSONS):
            page.goto(f"{address}/{name}.html", wait_until="domcontentloaded")
            page.evaluate("for (const e of document.querySelectorAll('details:not(.live)')) e.open = true")
            assert not page.evaluate(MOVES), name
            assert not page.evaluate(FAINT), name
    page.add_style_tag(content="p { color: #888 !important; background: #aaa; transition: color 1s !important; }")
    assert page.evaluate(MOVES)
    assert page.evaluate(FAINT)  # both can be seen
    context.close()


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("width", [NARROW, 768, WIDE, 1920])
def test_pages_beside_the_lessons_fit_any_screen(browser, site, width):  # noqa: F811
    page = browser.new_page(viewport={"width": width, "height": 900})
    with served(site) as address:
        for name in OTHERS:
            page.goto(f"{address}/{name}.html", wait_until="domcontentloaded")
            found = page.evaluate(SIZES)
            assert found["page"] <= 0, name
            assert not found["cut"] + found["wide"] + found["formulas"], name
            assert found["small"] >= 12, name
    page.close()


@needs_chromium
@pytest.mark.slow
def test_the_front_page_is_walked_by_keyboard(browser, site):  # noqa: F811
    """Each card is reached by Tab, in order, with something round it that shows where one is; Enter opens it."""
    page = browser.new_page(viewport={"width": WIDE, "height": 900})
    with served(site) as address:
        page.goto(f"{address}/index.html")
        page.locator(".card").first.focus()
        seen = []
        for _ in range(1 + len(LESSONS)):
            here = page.locator(":focus")
            seen.append(here.get_attribute("href"))
            assert here.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
            page.keyboard.press("Tab")
        assert seen == ["live.html", *(f"{name}.html" for name in LESSONS)]
        page.locator(".card").nth(1).press("Enter")
        page.wait_for_url(f"**/{LESSONS[0]}.html")
    page.close()


class served:
    """A folder under an address of its own."""

    def __init__(self, folder):
        quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        handler = functools.partial(quiet, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
