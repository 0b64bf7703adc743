"""Pages without a kernel and without a network: frames behind a slider.

    series = [("t, linear", "20", {"0": view, "20": view, ...})]
    html = player(pack("The noise step", series))

A page that `notebooks/build.py run` writes holds a player for each widget: pictures that were
computed when the lesson ran, a few lines of JavaScript, nothing from outside.
"""

import base64
import html
import io
import json

from PIL import Image

# of the frames in a notebook's output, until they become a player
MIME = "application/vnd.colorlib.frames+json"
SWITCH = "COLORLIB_FRAMES"  # environment variable: widgets add their frames to what they display


def pack(title, series):
    """Title and series as plain JSON data, pictures as WebP in base64.

    series: one (name, start, views) for each slider of a player: what it moves, the label where it
    starts, and {label: `tiles.View`} for its stops. ValueError where there is none, or no start.
    """
    packed = []
    for name, start, views in series:
        if start not in views:
            raise ValueError(f"start must be one of {', '.join(views)}, got {start!r}")
        stops = [
            {"label": label, "text": view.text, "picture": picture_address(view.pixels)}
            for label, view in views.items()
        ]
        packed.append({"name": name, "start": list(views).index(start), "stops": stops})
    if not packed:
        raise ValueError("series must hold at least one, got none")
    return {"title": title, "series": packed}


def picture_address(pixels):
    """uint8 (H, W, 3) as a data: address, WebP."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", quality=82, method=2)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()


def player(packed):
    """HTML of a player for what `pack` gave: a slider, and a list of several series."""
    series = packed["series"]
    stop = series[0]["stops"][series[0]["start"]]
    options = [
        f'<option value="{i}">{html.escape(one["name"])}</option>' for i, one in enumerate(series)
    ]
    return PLAYER.format(
        title=html.escape(packed["title"]),
        choose="" if len(series) > 1 else " hidden",
        named=" hidden" if len(series) > 1 else "",
        options="".join(options),
        last=len(series[0]["stops"]) - 1,
        start=series[0]["start"],
        label=html.escape(stop["label"]),
        name=html.escape(series[0]["name"]),
        picture=stop["picture"],
        text=html.escape(stop["text"]),
        data=json.dumps(series).replace("<", "\\u003c"),  # no text may end the script
    )


PLAYER = """\
<figure class="colorlib-player"
 style="margin:0.5em 0;padding:0.6em;border:1px solid #bbb;border-radius:4px">
<figcaption style="margin:0 0 0.5em"><strong>{title}.</strong>
A few states, computed in advance; the notebook has all of them.</figcaption>
<div style="display:flex;flex-wrap:wrap;gap:0.4em 1em;align-items:center;margin:0 0 0.5em">
<label{choose}>move <select>{options}</select></label>
<span{named}>{name}</span>
<input type="range" min="0" max="{last}" value="{start}" step="1" style="width:16em"
 aria-label="{name}" aria-valuetext="{label}">
<output>{label}</output>
</div>
<img src="{picture}" alt="{text}" style="max-width:100%;height:auto;display:block">
<script type="application/json">{data}</script>
<script>
(function (figure) {{
  const series = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const [select, slider, output, image] =
    ["select", "input", "output", "img"].map((one) => figure.querySelector(one));
  function show() {{
    const stop = series[select.value].stops[slider.value];
    image.src = stop.picture;
    image.alt = stop.text;
    output.textContent = stop.label;
    slider.setAttribute("aria-valuetext", stop.label);
  }}
  select.addEventListener("change", () => {{
    const chosen = series[select.value];
    slider.setAttribute("aria-label", chosen.name);
    slider.max = chosen.stops.length - 1;
    slider.value = chosen.start;
    show();
  }});
  slider.addEventListener("input", show);
  select.value = "0";
  slider.value = series[0].start;
}})(document.currentScript.closest("figure"));
</script>
</figure>
"""
