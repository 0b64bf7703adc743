"""Predict, then see: what a cell shows stays folded until the reader opens it.

    with answer():
        print("the error falls")
        display(plot)

Nothing waits for input, so a lesson still runs from top to bottom. The fold is a `<details>`
element in Markdown, which JupyterLab, Colab, code hosts and exported pages all know.

In a notebook that has imported this, a cell run out of order also says what to run first.
"""

import html
import sys

from IPython import get_ipython
from IPython.display import Markdown, display
from IPython.utils.capture import capture_output

SUMMARY = "Show the answer"
ABOVE = """`{}` is made by a cell further up that was not run yet, or it is a typing error.
To run all cells above: in JupyterLab "Run All Above Selected Cell" of the menu Run, on Colab \
"Run before" of the menu Runtime."""


class answer:
    """Folds what is printed and displayed inside; progress bars, on stderr, stay outside.

    summary: what stands on the fold. Where the cell raises, what it had shown is shown unfolded.
    """

    def __init__(self, summary=SUMMARY):
        self.summary, self._capture = summary, capture_output(stderr=False)

    def __enter__(self):
        self._caught = self._capture.__enter__()

    def __exit__(self, kind, error, trace):
        self._capture.__exit__(kind, error, trace)
        text, outputs = self._caught.stdout, self._caught.outputs
        if kind is None:
            shown = [output for output in (folded_part(o) for o in outputs) if output]
            parts = [f"```text\n{text.rstrip()}\n```"] * bool(text.strip()) + shown
            display(Markdown(fold(self.summary, parts)))
        else:
            sys.stdout.write(text)
            for output in outputs:
                output.display()


def fold(summary, parts):
    """Markdown parts behind a summary, closed."""
    head = f"<details><summary>{html.escape(summary)}</summary>"
    return "\n\n".join([head, *parts, "</details>"])


def folded_part(output):
    """A captured output as Markdown: a picture with its alternative text, Markdown, or text."""
    data = output.data
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            told = (output.metadata or {}).get(kind, {})
            alt = html.escape(" ".join((told.get("alt") or data.get("text/plain", "")).split()))
            cuts = " ".join(map(str, told.get("cuts", ())))
            return (  # what is in data- is for pages, see `offline.figures`
                f'<img src="data:{kind};base64,{data[kind].strip()}" alt="{alt}"'
                f' data-cuts="{cuts}" data-letters="{told.get("letters", "")}"'
                ' style="max-width:100%">'
            )
    if "text/markdown" in data:
        return data["text/markdown"]
    return f"```text\n{data['text/plain']}\n```" if data.get("text/plain") else ""


def what_to_run(result):
    """Called by IPython after each cell: where a name was missing, print how to come by it."""
    if type(result.error_in_exec) is NameError:
        print(ABOVE.format(result.error_in_exec.name))


if shell := get_ipython():
    shell.events.register("post_run_cell", what_to_run)
