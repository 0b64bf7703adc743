"""The lessons as a static site, from the stored notebooks: `make site`.  Nothing is executed, nothing is fetched.

Sphinx reads this; the pages come from notebooks/.  Searching runs in the reader's browser.  Formulas
become MathML as a lesson is read, so no page needs MathJax.  The live page, live.html, is made by live/build.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import reader

project = "colorlib"
project_copyright = "the colorlib authors, MIT licence"
html_title = "colorlib"
extensions = ["myst_nb"]
root_doc = "index"
exclude_patterns = ["src", "assignments", "site/live/node_modules", "**.ipynb_checkpoints"]

nb_execution_mode = "off"
nb_custom_formats = {".ipynb": "reader.lesson"}
nb_ipywidgets_js = {}  # by default scripts from elsewhere; what is stored holds no widget
nb_merge_streams = True
nb_render_markdown_format = "gfm"  # what cells make may hold tables

myst_heading_anchors = 4
myst_heading_slug_func = "reader.anchor"

html_theme = "furo"
html_copy_source = False
html_use_index = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]


def setup(app):
    app.connect("source-read", reader.front)
