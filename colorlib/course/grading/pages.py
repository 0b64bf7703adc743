"""The pages of a round, as templates: feedback for a student, a summary for the teacher.

A feedback page is made from what students can see anyway: the visible part of each test and what it
printed.  Of hidden tests it says only that one failed.  All values are escaped.
"""

from __future__ import annotations

from collections import Counter

import jinja2
import numpy as np

from colorlib.course.grading.assignment import Assignment, grade_id, is_answer, is_test, points
from colorlib.course.grading.intake import Submission
from colorlib.course.grading.outputs import error_in, printed_in

PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
       color: #222 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd;
         vertical-align: top }
pre { background: #f6f6f4; padding: .6rem; overflow-x: auto; white-space: pre-wrap;
      overflow-wrap: anywhere }
.bar { background: #3b6ea5; height: .9rem; display: inline-block }
.no { color: #a03020 }
.yes { color: #2b7a3d }
</style></head><body>
<h1>{{ title }}</h1>
{% block body %}{% endblock %}
</body></html>
"""
FEEDBACK = """\
{% extends "page" %}
{% block body %}
<p>{{ row.file }}</p>
<p><b>{{ row.score|g }} of {{ row.max|g }} points by tests</b>
{%- if row.by_hand_max and row.by_hand is none -%}
  ; {{ row.by_hand_max|g }} more are given by a person, and are still open
{%- elif row.by_hand_max -%}
  , {{ row.by_hand|g }} of {{ row.by_hand_max|g }} by a person
{%- endif %}</p>
{% for note in row.notes %}
<p>Note: {{ note }}.</p>
{% endfor %}
{% macro words_of(error) %}
  {{- error.ename }}{% if error.evalue %}: {{ error.evalue[:1000] }}{% endif -%}
{% endmacro %}
{% for cell in cells %}
{% if cell.title and loop.changed(cell.title) %}
<h2>{{ cell.title }}</h2>
{% endif %}
{% if cell.test %}
<p class={{ "yes" if cell.passed else "no" }}><b>{{ cell.name }}</b>: {{ cell.given|g }} of
{{ cell.most|g }} points</p>
{% if cell.error %}
<pre>{% if cell.printed %}{{ cell.printed }}
{% endif %}{{ words_of(cell.error) }}</pre>
{% elif not cell.passed %}
<p>The visible test passes, a hidden one does not: the answer fails for other inputs.</p>
{% endif %}
{% elif cell.error %}
<p class=no>{{ "Your answer" if cell.name else "A cell of your own" }} stopped:</p>
<pre>{{ words_of(cell.error) }}</pre>
{% endif %}
{% endfor %}
{% endblock %}
"""
SUMMARY = """\
{% extends "page" %}
{% macro table(heading, head, rows) %}
{% if rows %}
<h2>{{ heading }}</h2>
<table><tr>{% for name in head %}<th>{{ name }}</th>{% endfor %}</tr>
{% for row in rows %}
<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}
</table>
{% endif %}
{% endmacro %}
{% block body %}
<p>{{ words }}</p>
{% if free %}
<p class=no>Tests that the hand-out passes as it is: {{ free|join(", ") }}.</p>
{% endif %}
{{ table("Refused: no grade was given", ["file", "reason"], refused) }}
{% if graded %}
<h2>Points by tests</h2>
<table>
{% for low, high, count, width in bars %}
<tr><td>{{ low|g }} to {{ high|g }}</td>
<td><span class=bar style="width: {{ width }}rem"></span> {{ count }}</td></tr>
{% endfor %}
</table>
{{ table("Tests", ["test", "task", "points", "passed", "failed only in its hidden part",
                   "failed otherwise"], tests) }}
{% endif %}
{{ table("Mistakes that the checks named", ["test", "looks like", "students"], mistakes) }}
{% if waiting %}
<h2>For a person</h2><p>{{ waiting }} notebooks hold answers that a person grades:
<code>cd course &amp;&amp; nbgrader formgrader</code>, then grade again; only the sums change.</p>
{% endif %}
{{ table("What was put back", ["file", "notes"], notes) }}
{{ table("All", ["file", "points by tests", "total", "status", "seconds"], graded) }}
{% endblock %}
"""
PAGES = jinja2.Environment(
    loader=jinja2.DictLoader({"page": PAGE, "feedback": FEEDBACK, "summary": SUMMARY}),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters["g"] = "{:g}".format


def feedback(assignment: Assignment, submission: Submission, row: dict, cells: list[dict]) -> str:
    """The page for one student.  row: of results.write.  cells: the reports of the run."""
    pairs = zip(submission.notebook.cells, cells, strict=True)
    cells = [_cell(assignment, row, cell, told) for cell, told in pairs]
    return PAGES.get_template("feedback").render(
        title=f"Feedback: {assignment.name}", row=row, cells=cells
    )


def _cell(assignment, row, cell, told):
    name, test = grade_id(cell), is_test(cell)
    shown = {
        "name": name,
        "title": assignment.titles[name] if test or (name and is_answer(cell)) else None,
        "test": test,
        "error": error_in(told["visible" if test else "outputs"]),
    }
    if test:
        shown["passed"] = told["passed"]
        shown["given"] = row["points"].get(name) or 0
        shown["most"] = points(cell)
        shown["printed"] = printed_in(told["visible"]).strip()[:4000]
    return shown


def summary(assignment: Assignment, data: dict, words: str) -> str:
    """The page for the teacher.  data: of results.write.  words: the round in a line or two."""
    rows = [row for row in data["rows"] if row["status"] != "refused"]
    counts, edges = np.histogram(
        [row["score"] for row in rows], bins=10, range=(0, assignment.max_score or 1)
    )
    widths = 24 * counts / max(1, counts.max())
    return PAGES.get_template("summary").render(
        title=f"Summary: {assignment.name}",
        words=words,
        free=data["free"],
        refused=[[r["file"], r["reason"]] for r in data["rows"] if r["status"] == "refused"],
        bars=list(zip(edges[:-1], edges[1:], counts, widths.round(1), strict=True)),
        tests=[_test(assignment, name, count) for name, count in data["tests"].items()],
        mistakes=[
            [name, mistake, students]
            for name, count in data["mistakes"].items()
            for mistake, students in count.items()
        ],
        waiting=sum(row["status"] != "graded" for row in rows),
        notes=[[r["file"], "; ".join(r["notes"])] for r in data["rows"] if r["notes"]],
        graded=[
            [r["file"], f"{r['score']:g}", _total(r["total"]), r["status"], r["seconds"]]
            for r in rows
        ],
    )


def _total(value):
    return "" if value is None else f"{value:g}"


def _test(assignment, name, count):
    others = Counter({kind: k for kind, k in count.items() if kind not in ("passed", "hidden")})
    failed = ", ".join(f"{kind} {k}" for kind, k in others.most_common())
    most = f"{points(assignment.tests[name]):g}"
    return [name, assignment.titles[name], most, count["passed"], count["hidden"], failed]
