"""How the site reads a stored lesson: nothing from elsewhere, alternative texts where Sphinx looks for them."""

import re

import nbformat


def lesson(text):
    """The notebook in `text`: its title first, its badge as a link, no set-up cell, alternative texts passed on."""
    nb = nbformat.reads(text, as_version=4)
    badge, _setup, title, *cells = nb.cells
    badge.source = re.sub(r"\[!\[(.*?)\]\(.*?\)\]", r"[\1]", badge.source)
    nb.cells = [title, badge, *cells]
    for cell in cells:
        pictures = [o for o in cell.get("outputs", []) if any(k.startswith("image/") for k in o.get("data", {}))]
        if pictures:
            cell.metadata["mystnb"] = {"image": {"alt": alternative_text(pictures[0])}}
    return nb


def alternative_text(output):
    """What stands for a picture: its own text, else the plain text stored beside it."""
    told = [values["alt"] for values in output.metadata.values() if isinstance(values, dict) and values.get("alt")]
    return told[0] if told else "".join(output.data.get("text/plain", "a picture"))


def anchor(title):
    """The name of a heading in a link, as JupyterLab makes it."""
    return title.replace(" ", "-")
