"""Pages without a kernel and without a network: pictures in many states behind sliders.

    series = [("t, linear", "20", {"0": view, "20": view, ...})]
    html = player(pack("The noise step", series))

A page that `notebooks/build.py run` writes holds a player for each widget: what its pictures are
drawn from (`frames.py`), computed when the lesson ran, and some JavaScript, nothing from outside.
"""

import html
import json
import re
from functools import lru_cache
from pathlib import Path

from colorlib.show import frames
from colorlib.show.frames import picture_address

# of the frames in a notebook's output, until they become a player
MIME = "application/vnd.colorlib.frames+json"
SWITCH = "COLORLIB_FRAMES"  # environment variable: widgets add their frames to what they display
HERE = Path(__file__).parent


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
