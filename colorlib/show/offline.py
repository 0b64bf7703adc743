"""Pages without a kernel and without a network: pictures, and their many states behind sliders.

    series = [("t, linear", "20", {"0": view, "20": view, ...})]
    html = player(pack("The noise step", series))

A page that `notebooks/build.py run` writes holds a player for each widget: what its pictures are
drawn from (`frames.py`), computed when the lesson ran, and some JavaScript, nothing from outside.
"""

import base64
import html
import io
import json
import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from colorlib.show import frames, tiles
from colorlib.show.frames import picture_address

# of the frames in a notebook's output, until they become a player
MIME = "application/vnd.colorlib.frames+json"
SWITCH = "COLORLIB_FRAMES"  # environment variable: widgets add their frames to what they display
HERE = Path(__file__).parent
READABLE = 9.5  # pixels: the smallest letters of a picture are shown no smaller, however narrow


# Pictures on a page
# --------------------------------------------------------------------------------------------------


def figure(kind, data, told):
    """HTML of a picture that can be read on a phone.

    Where it is made of others side by side, these stand in as many lines as they need. What
    cannot be cut scrolls in a box of its own, where its letters would become too small.
    kind, data: "image/png" or "image/jpeg", and base64. told: as a notebook's output holds it,
    "alt", "cuts" (pixels from the left), "letters" (the height of the smallest, in pixels) and
    "top", the height of what stands above all parts.
    """
    alt, letters = " ".join(told.get("alt", "").split()), told.get("letters") or tiles.LETTERS
    try:
        image = Image.open(io.BytesIO(base64.b64decode(data)))
    except UnidentifiedImageError:  # left to the browser
        return f'<img src="data:{kind};base64,{data.strip()}" alt="{html.escape(alt)}">'
    share, named = min(1, READABLE / letters), f'class="figure" data-letters="{letters}"'
    if not told.get("cuts"):
        least = f"min({image.width}px,max(100%,{round(share * image.width)}px))"
        shown = _img(kind, data, alt, image.size, f"width:{least};max-width:none")
        return f'<div {named} style="overflow-x:auto">{shown}</div>'
    top, ends = told.get("top", 0), [0, *told["cuts"], image.width]
    head = f"<div>{_part(image, kind, _line(image, top), share)}</div>" if top else ""
    boxes = [(x, top, x_end, image.height) for x, x_end in pairwise(ends)]
    parts = "".join(_part(image, kind, box, share) for box in boxes)
    return (
        f'<div {named} role="img" aria-label="{html.escape(alt)}" style="overflow-x:auto">{head}'
        f'<div style="{_lines(np.diff(ends), share)}">{parts}</div></div>'
    )


def _lines(widths, share):
    """The style of a box that lays parts of these widths in lines; alike ones stay alike."""
    style = f"align-items:flex-start;max-width:{sum(widths)}px;"
    if np.ptp(widths) > 4:
        return f"{style}display:flex;flex-wrap:wrap"
    least = f"minmax({int(share * max(widths))}px,1fr)"
    return f"{style}display:grid;grid-template-columns:repeat(auto-fit,{least})"


def _line(image, top):
    """The box of a line of text at the top of a picture, as wide as the text."""
    dark = np.asarray(image.convert("L"))[:top].min(axis=0) < 128
    return 0, 0, min(image.width, 8 + int(np.flatnonzero(dark).max(initial=0))), top


def _part(image, kind, box, share):
    """A part of a picture, shown no smaller than this share of itself, as HTML."""
    part, file = image.crop(box), io.BytesIO()
    part.save(file, kind.partition("/")[2], **{"quality": 90} if kind == "image/jpeg" else {})
    data = base64.b64encode(file.getvalue()).decode()
    shown = _img(kind, data, "", part.size, "width:100%")
    least = int(share * part.width)
    style = f"display:block;flex:{part.width} 1 {least}px;min-width:{least}px"
    return f'<span style="{style};max-width:{part.width}px">{shown}</span>'


def _img(kind, data, alt, size, style):
    return (
        f'<img src="data:{kind};base64,{data.strip()}" alt="{html.escape(alt)}" width="{size[0]}"'
        f' height="{size[1]}" style="display:block;{style};height:auto">'
    )


def figures(markdown):
    """Markdown with the pictures of folded answers as `figure` gives them."""

    def shown(found):
        kind, data, alt, cuts, letters = found.groups()
        told = {"cuts": [int(x) for x in cuts.split()], "letters": float(letters or 0)}
        return figure(kind, data, told | {"alt": html.unescape(alt)})

    folded = (
        r'<img src="data:(image/\w+);base64,([\w+/=]+)" alt="([^"]*)"'
        r' data-cuts="([^"]*)" data-letters="([^"]*)"[^>]*>'
    )
    return re.sub(folded, shown, markdown)


def for_page(output):
    """Change a notebook's output: its pictures, folded ones too, become what `figure` gives."""
    if "text/markdown" in output.get("data", {}):
        output.data["text/markdown"] = figures(output.data["text/markdown"])
    for kind in ("image/png", "image/jpeg"):
        if picture := output.get("data", {}).get(kind):
            alt = output.data.get("text/plain", "a picture")
            told = {"alt": alt} | output.metadata.get(kind, {})
            output.data = {"text/html": figure(kind, picture, told)}
            return


# States behind sliders
# --------------------------------------------------------------------------------------------------


def pack(title, series):
    """Title and series as plain JSON data, pictures as WebP in base64.

    series: one (name, start, views) for each list of states: what its slider moves, the label where
    it starts, and {label: `tiles.View`} for its stops. Two sliders stand for a pair of names, a
    pair as start, and pairs as labels, all of one with all of the other. ValueError where there is
    none, no such start, or a pair is missing.
    """
    pictures, out, still = frames.Pictures(), [], None
    for name, start, views in series:
        if start not in views:
            raise ValueError(f"start must be one of {', '.join(map(str, views))}, got {start!r}")
        axes = _axes(_pair(name), _pair(start), [_pair(label) for label in views])
        shown = [view.cells or (frames.Cell(view.pixels),) for view in views.values()]
        cells = [frames.packed(states, pictures) for states in zip(*shown, strict=True)]
        over = len(axes) == 2 and any({"points", "dots"} & set(cell) for cell in cells)
        texts = [view.text for view in views.values()]
        out.append({"axes": axes, "cells": cells, "texts": texts, "over": over})
        still = still or {
            "picture": picture_address(views[start].pixels),
            "text": views[start].text,
        }
    if not out:
        raise ValueError("series must hold at least one, got none")
    return {"title": title, "series": out, "pictures": list(pictures), "still": still}


def _pair(x):
    """What stands for one slider as a tuple; pairs, for two, are tuples already."""
    return x if isinstance(x, tuple) else (x,)


def _axes(names, starts, labels):
    """The axes of a series: what each moves, its labels in order, where it starts."""
    columns = [list(dict.fromkeys(column)) for column in zip(*labels, strict=True)]
    wanted = [(x,) for x in columns[0]]
    if len(columns) == 2:
        wanted = [(x, y) for x in columns[0] for y in columns[1]]
    if labels != wanted:
        raise ValueError(f"views must hold {len(wanted)} pairs, row by row, got {len(labels)}")
    return [
        {"name": name, "labels": list(map(str, column)), "start": column.index(start)}
        for name, column, start in zip(names, columns, starts, strict=True)
    ]


def player(packed):
    """HTML of a player for what `pack` gave: its sliders, and a list of several series."""
    series, still = packed["series"], packed["still"]
    names = [" and ".join(axis["name"] for axis in one["axes"]) for one in series]
    options = [f'<option value="{i}">{html.escape(name)}</option>' for i, name in enumerate(names)]
    data = {"pictures": packed["pictures"], "series": series}
    return PLAYER.format(
        title=html.escape(packed["title"]),
        choose="" if len(series) > 1 else " hidden",
        options="".join(options),
        picture=still["picture"],
        text=html.escape(still["text"]),
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),  # ends no script
        program=program(),
    )


@lru_cache
def program():
    """What a player runs: the conversion of colours that the live page has, too, and player.js."""
    files = [(HERE / name).read_text("utf-8") for name in ("color.js", "player.js")]
    return re.sub(r"^export (?=const|function)", "", "\n".join(files), flags=re.M)


PLAYER = """\
<figure class="colorlib-player">
<style>
.colorlib-player {{ margin: 0.5em 0; padding: 0.6em; border: 1px solid #bbb; border-radius: 4px; }}
.colorlib-player figcaption {{ margin: 0 0 0.5em; }}
.colorlib-player .axes {{ display: flex; flex-wrap: wrap; gap: 0.2em 1.5em; margin: 0 0 0.5em; }}
.colorlib-player .axes label {{ display: flex; flex-wrap: wrap; gap: 0.5em; align-items: center; }}
.colorlib-player input {{ width: 20em; max-width: 100%; height: 2em; }}
.colorlib-player select {{ min-height: 2em; max-width: 100%; }}
.colorlib-player .cells {{ display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: flex-start; }}
.colorlib-player .cells > div {{ flex: 0 1 auto; min-width: 0; font-size: 0.9em; }}
.colorlib-player .cells > div > div {{ white-space: pre-line; }}
.colorlib-player canvas {{ display: block; width: 100%; height: auto; border-radius: 3px; }}
.colorlib-player .wide {{ flex-basis: 100% !important; }}
.colorlib-player .coarse {{ image-rendering: pixelated; }}
.colorlib-player .over canvas {{ cursor: crosshair; touch-action: pan-y; }}
@media (max-width: 45rem) {{
  .colorlib-player .cells > div {{ max-width: calc(50% - 0.3rem); }}
  .colorlib-player .cells > div:only-child, .colorlib-player .cells > .wide {{ max-width: 100%; }}
}}
</style>
<figcaption><strong>{title}.</strong>
Computed in advance; in a notebook the networks answer, and all controls are there.</figcaption>
<label{choose}>move <select>{options}</select></label>
<div class="axes"></div>
<div class="cells" role="img" aria-label="{text}"></div>
<noscript><img src="{picture}" alt="{text}" style="max-width:100%;height:auto"></noscript>
<script type="application/json">{data}</script>
<script>
(() => {{
{program}
play(document.currentScript.closest("figure"));
}})();
</script>
</figure>
"""
