"""`make site` gives pages that need nothing from elsewhere, with every link inside them leading somewhere."""

import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

pytest.importorskip("sphinx", reason="the site needs the extra `site`")
pytest.importorskip("myst_nb", reason="the site needs the extra `site`")
pytest.importorskip("furo", reason="the site needs the extra `site`")

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(p.stem for p in (ROOT / "notebooks" / "src").glob("*.py"))


def sphinx(source, out):
    """What `make site` runs, into a folder of its own."""
    (line,) = re.findall(r"-m (sphinx .*)", (ROOT / "Makefile").read_text())
    arguments = line.replace("build/doctrees", str(out.parent / "doctrees")).split()
    assert arguments[-2:] == ["notebooks", "build/site"]
    command = [sys.executable, "-m", *arguments[:-2], str(source), str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / "html"
    done = sphinx(ROOT / "notebooks", out)
    assert done.returncode == 0, done.stdout + done.stderr
    # What the Makefile makes afterwards, and test_live.py tests; its parts are opened by their names.
    program = (ROOT / "notebooks/site/live/src/main.js").read_text("utf-8")
    parts = re.search(r"const PARTS = {(.*?)}", program)[1].replace(" ", "").split(",")
    (out / "live.html").write_text("".join(f'<i id="{part}"></i>' for part in parts))
    return out


@pytest.fixture(scope="module")
def pages(site):
    return {p.name: p.read_text("utf-8") for p in site.glob("*.html")}


def test_every_lesson_is_a_page_and_can_be_searched(site, pages):
    assert {f"{name}.html" for name in LESSONS} | {"index.html", "glossary.html", "search.html"} <= set(pages)
    assert all(f"{name}.html" in pages["index.html"] for name in LESSONS)
    index = (site / "searchindex.js").read_text("utf-8")
    assert '"bootstrap"' in index or "bootstrap:" in index


def test_every_link_inside_leads_somewhere(site, pages):
    broken, ids = [], {name: set(re.findall(r'\bid="([^"]+)"', page)) for name, page in pages.items()}
    for name, page in pages.items():
        for link in map(unescape, re.findall(r'(?:href|src)="([^"]*)"', page)):
            file, _, fragment = link.partition("#")
            file = unquote(file.partition("?")[0]) or name
            if re.match(r"[a-z]+:", link) or not link.strip("#"):
                continue
            if not (site / file).is_file() or (fragment and file in ids and unquote(fragment) not in ids[file]):
                broken.append(f"{name}: {link}")
    assert not broken


def test_pages_need_nothing_from_other_addresses(site, pages):
    loads = r"""<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=\s*["']?(?:https?:)?//[^>]*>"""
    assert not [found for page in pages.values() for found in re.findall(loads, page)]
    styles = [p.read_text("utf-8") for p in (site / "_static").rglob("*.css")]
    assert styles
    assert not [
        found for style in styles for found in re.findall(r"""(?:url\(|@import )["']?(?:https?:)?//\S+""", style)
    ]
    # A page with formulas would need MathJax, which nobody has put beside it.
    assert not any("mathjax" in page.lower() for page in pages.values())


def test_the_front_page_shows_the_live_page_first_and_each_lesson_as_a_card(pages):
    front = pages["index.html"]
    cards = re.findall(r'<a class="card" href="([^"]+)"><img src="data:image/jpeg;base64,[^"]{1000,}"', front)
    assert cards == ["live.html", *(f"{name}.html" for name in LESSONS)]
    assert "glossary.html" in front
    assert "notebooks/site/live/build.py --out build/site" in (ROOT / "Makefile").read_text()


def test_lessons_open_the_part_that_they_teach(pages):
    frames = {name: re.findall(r'<iframe src="live.html\?embedded#(\w+)"', page) for name, page in pages.items()}
    assert frames["04_diffusion_step.html"] == ["t"]
    assert frames["03_color_prior.html"] == ["prior"]
    assert frames["05_attention.html"] == ["attention"]
    assert not frames["01_data_prep.html"]


class Pictures(HTMLParser):
    """The pictures of a page: `told`, what it says of each (of one that is cut into parts, of all of them together);
    `figures`, how many fit any screen; `beside`, how many do not."""

    def __init__(self, page):
        super().__init__()
        self.depth, self.named, self.told, self.figures, self.beside = 0, False, [], 0, 0
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "div" and self.depth:
            self.depth += 1
        elif tag == "div" and attributes.get("class") == "figure":
            self.depth, self.named, self.figures = 1, attributes.get("role") == "img", self.figures + 1
            self.told += [attributes["aria-label"]] if self.named else []
        elif tag == "img":
            self.beside += not self.depth
            self.told += [] if self.depth and self.named else [attributes.get("alt")]

    def handle_endtag(self, tag):
        self.depth -= tag == "div" and self.depth > 0


def test_every_picture_has_alternative_text(pages):
    told = [text for name in LESSONS for text in Pictures(pages[f"{name}.html"]).told]
    assert len(told) >= 5 * len(LESSONS)
    assert all(alt and len(alt) > 3 and not alt.startswith(("_images", "..")) for alt in told)


def test_a_broken_link_stops_the_build(tmp_path):
    source = tmp_path / "notebooks"
    source.mkdir()
    (source / "index.md").write_text("# One\n\n[away](nowhere.md)\n")
    done = sphinx(source, tmp_path / "html")
    assert done.returncode != 0
    assert "nowhere" in done.stdout + done.stderr
