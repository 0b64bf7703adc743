"""How the site reads a stored lesson: nothing from elsewhere, pictures with alternative texts that fit any screen.

And what it adds: on the front page each lesson as a card with its picture, in some lessons a part of the live page.
"""

import base64
import html
import io
import re
import sys
from functools import cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell
from PIL import Image

from colorlib import models, portraits, weights
from colorlib.show import offline

NOTEBOOKS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(NOTEBOOKS))
from formulas import with_formulas

CARD = (320, 200)  # pixels of a card's picture
LIVE = {  # lesson: the part of live.html that it teaches, the network that part needs, what is said of it
    "02": ("hints", "hints", "Place a dab of colour on a portrait"),
    "03": ("prior", "refiner", "Drag the prior of a portrait"),
    "04": ("t", "refiner", "Drag t, and see what the refiner sees"),
    "05": ("attention", "refiner", "Point at a portrait, and see where the refiner looks"),
    "07": ("samples", "tints", "See nine colourings of one portrait"),
}


def lesson(text):
    """The notebook in `text`: its title first, its badge as a link, no set-up cell, alternative texts passed on."""
    nb = nbformat.reads(text, as_version=4)
    badge, _setup, title, *cells = nb.cells
    badge.source = re.sub(r"\[!\[(.*?)\]\(.*?\)\]", r"[\1]", badge.source)
    nb.cells = [title, badge, *(new_markdown_cell(part) for part in live(title.source)), *cells]
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = with_formulas(cell.source)
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):
                output.data["text/markdown"] = with_formulas(output.data["text/markdown"])
            offline.for_page(output)
    return nb


def anchor(title):
    """The name of a heading in a link, as JupyterLab makes it."""
    return title.replace(" ", "-")


@cache
def networks():
    """The networks of the weights that the live page shows first."""
    return set(models.architecture(weights.path("portraits")))


def live(title):
    """HTML that opens the part of the live page that belongs to a lesson of this title, in a list; or none."""
    part, network, words = LIVE.get(title[2:4], ("", "", ""))
    if network not in networks():
        return []
    frame = f'<iframe src="live.html?embedded#{part}" title="{words}" loading="lazy"></iframe>'
    return [f'<details class="live"><summary>{words}: here, in this page</summary>{frame}</details>']


def front(app, docname, source):
    """Sphinx's event source-read: the table of lessons on the front page becomes cards, the live page first."""
    if docname == "index":
        rows = re.findall(r"^\| \[(.*?)\]\((.*?)\.ipynb\) \| (.*?) \|\n", source[0], re.M)
        first = card("live.html", "Colour a portrait in this page", "Drag, dab and choose: what changes?", strip())
        cards = [card(f"{file}.html", name, asks, picture(file)) for name, file, asks in rows]
        without = re.sub(r"^\| \[[^]]*\]\([^)]*\.ipynb\).*\n", "", source[0], flags=re.M)
        grid = f'<div class="cards">{"".join([first, *cards])}</div>\n\n'
        source[0] = without.replace("| lesson | asks |", f"{grid}| more | asks |")


def card(address, name, asks, shown):
    """A link with a picture (320 x 200), a name and a question."""
    file = io.BytesIO()
    shown.convert("RGB").save(file, "JPEG", quality=85)
    source = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
    words = f"<b>{html.escape(name)}</b><span>{html.escape(asks)}</span>"
    return f'<a class="card" href="{address}"><img src="{source}" alt="" width="320" height="200">{words}</a>'


def picture(file):
    """The first picture stored in a lesson, filling a card from its upper left corner."""
    nb = nbformat.read(NOTEBOOKS / f"{file}.ipynb", as_version=4)
    stored = (o.data for cell in nb.cells for o in cell.get("outputs", []) if "data" in o)
    data = next(d[k] for d in stored for k in d if k in ("image/png", "image/jpeg"))
    shown = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    scale = max(CARD[0] / shown.width, CARD[1] / shown.height)
    shown = shown.resize([round(scale * side) for side in shown.size], Image.Resampling.LANCZOS)
    return shown.crop((0, 0, *CARD))


def strip():
    """Two drawn portraits, their left halves grey."""
    out = Image.new("RGB", CARD)
    for i, number in enumerate((19, 3)):
        face = Image.fromarray(portraits.draw(number, size=CARD[1]).rgb).crop((20, 0, 180, CARD[1]))
        grey = face.convert("L").convert("RGB")
        out.paste(face, (160 * i, 0))
        out.paste(grey.crop((0, 0, 80, CARD[1])), (160 * i, 0))
    return out
