"""The pages of a round, as templates: feedback for a student, a summary for the teacher.

A feedback page holds the answers, what they got, what people wrote to them and what earns points:
what students can see anyway, the visible part of each test and what it printed, and the mark
scheme.  Of hidden tests it says only that one failed (nbgrader's own generate_feedback shows them
in full).  All values are escaped.
"""

from __future__ import annotations

import base64
import io
from collections import Counter

import jinja2
import numpy as np
from matplotlib.figure import Figure
from nbgrader import utils

from colorlib.course.grading.assignment import Assignment, grade_id, is_test
from colorlib.course.grading.intake import Submission
from colorlib.course.grading.outputs import error_in, printed_in

PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
       color: #222 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd;
         vertical-align: top }
pre { background: #f6f6f4; padding: .6rem; overflow-x: auto; white-space: pre-wrap;
      overflow-wrap: anywhere }
img { max-width: 100% }
.answer { background: #fff; border-left: 3px solid #ccc }
.comment { border-left: 3px solid #3b6ea5; padding-left: .6rem; white-space: pre-wrap }
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
<p>{{ row.name }}{% if row.group %} ({{ row.group }}){% endif %}: {{ row.file }}</p>
<p><b>{% if row.max %}{{ row.score|g }} of {{ row.max|g }} points by tests{% endif %}
{%- if row.by_hand_max %}{{ "; " if row.max }}
{%- if row.by_hand is none -%}
  {{ row.by_hand_max|g }}{{ " more" if row.max }} are given by a person, and are still open
{%- else -%}
  {{ row.by_hand|g }} of {{ row.by_hand_max|g }} by a person
{%- endif %}{% endif %}</b></p>
{% if row.late %}
<p>{{ row.late }}{% if row.deducted %}: {{ row.deducted|g }} points{% endif %}.</p>
{% endif %}
{% if row.total is not none %}
<p><b>Together {{ row.total|g }}</b></p>
{% endif %}
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
{% if cell.answer is not none %}
<pre class=answer>{{ cell.answer }}</pre>
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
{% if cell.by_hand %}
<p><b>{{ cell.name }}</b>:
{% if cell.given is none %}{{ cell.most|g }} points, still open
{% else %}{{ cell.given|g }} of {{ cell.most|g }} points{% endif %}</p>
{% endif %}
{% if cell.comment %}
<p class=comment>{{ cell.comment }}</p>
{% endif %}
{% if cell.by_hand %}
{% if cell.criteria %}
<ul>{% for words, most in cell.criteria %}<li>{{ words }} ({{ most|g }})</li>{% endfor %}</ul>
{% endif %}
{% if cell.scheme %}<p>{{ cell.scheme }}</p>{% endif %}
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
{{ table("Refused: no grade was given", ["name", "file", "reason"], refused) }}
{{ table("Nobody's work", ["file, and why"], stray) }}
{% if plot %}
<h2>Points</h2>
<img src="data:image/png;base64,{{ plot }}" alt="Distribution of points, share of each task">
{% endif %}
{{ table("Tests", ["test", "task", "points", "passed", "failed only in its hidden part",
                   "failed otherwise"], tests) }}
{{ table("Changed since the last round", ["name", "cell", "before", "now"], changes) }}
{{ table("Given by a person to a cell that is gone", ["student", "cell", "points"], lost) }}
{{ table("Mistakes that the checks named", ["test", "looks like", "students"], mistakes) }}
{{ table("Look at these: nothing was deducted", ["name", "own work"], flags) }}
{% if waiting %}
<h2>For a person</h2><p>{{ waiting }} notebooks hold answers that a person grades: fill the columns
points and comment of <code>sheet.csv</code>, or <code>cd course &amp;&amp; jupyter lab</code> and
open Formgrader in the menu Nbgrader; then grade again, which takes both.</p>
{% endif %}
{{ table("What was put back, and other notes", ["name", "file", "notes"], notes) }}
{{ table("All", ["name", "group", "file", "points by tests", "late", "total", "status"], graded) }}
{{ table("In the gradebook, but not in this round", ["student"], gone) }}
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


def feedback(
    assignment: Assignment, work: Submission, row: dict, cells: list[dict], scores: dict
) -> str:
    """The page for one work.

    row: of results.write, of somebody whose work it is.  cells: the reports of the run.  scores:
    grade_id -> points and comment, see Course.scores.
    """
    pairs = zip(work.notebook.cells, cells, strict=True)
    cells = [_cell(assignment, row, cell, told, scores) for cell, told in pairs]
    return PAGES.get_template("feedback").render(
        title=f"Feedback: {assignment.name}", row=row, cells=cells
    )


def _cell(assignment, row, cell, told, scores):
    name, test = grade_id(cell), is_test(cell)
    by_hand, answer = name in assignment.by_hand, bool(name and utils.is_solution(cell))
    shown = {
        "name": name,
        "title": assignment.titles[name] if test or answer or by_hand else None,
        "test": test,
        "answer": cell.source if answer else None,
        "error": error_in(told["visible" if test else "outputs"]),
        "comment": scores.get(name, {}).get("comment"),
        "by_hand": by_hand,
        "given": row["points"].get(name),
        "most": assignment.most.get(name),
    }
    if test:
        shown |= {"passed": told["passed"], "given": shown["given"] or 0}
        shown["printed"] = printed_in(told["visible"]).strip()[:4000]
    if by_hand:
        criteria = [c for c in assignment.criteria[name] if c[0]]
        shown |= {"criteria": criteria, "scheme": assignment.schemes.get(name)}
    return shown


def summary(assignment: Assignment, data: dict, words: str) -> str:
    """The page for the teacher.  data: of results.write.  words: the round in a few lines."""
    rows = [row for row in data["rows"] if "score" in row]
    return PAGES.get_template("summary").render(
        title=f"Summary: {assignment.name}",
        words=words,
        free=data["free"],
        refused=[[r["name"], r["file"], r["reason"]] for r in data["rows"] if r.get("reason")],
        stray=[[line] for line in data["stray"]],
        plot=_plot(assignment, rows) if rows else None,
        tests=[_test(assignment, name, count) for name, count in data["tests"].items()],
        changes=[
            [c["name"], c["cell"], _points(c["before"]), _points(c["now"])] for c in data["changes"]
        ],
        lost=[[student, cell, _points(points)] for student, cell, points in data["lost"]],
        mistakes=[
            [name, mistake, students]
            for name, count in data["mistakes"].items()
            for mistake, students in count.items()
        ],
        flags=[[row["name"], row["own_work"]] for row in rows if row.get("own_work")],
        waiting=len({row["work"] for row in rows if row["status"] != "graded"}),
        notes=[[r["name"], r["file"], "; ".join(r["notes"])] for r in data["rows"] if r["notes"]],
        graded=list(map(_short, rows)),
        gone=[[student] for student in data["gone"]],
    )


def _short(row):
    who = [row["name"], row["group"], row["file"]]
    return [*who, _points(row["score"]), row["late"], _points(row["total"]), row["status"]]


def _plot(assignment, rows):
    """A picture as base64: how the points are distributed, and the mean share of each cell."""
    totals = [row["total"] for row in rows]
    whole = None not in totals
    scores = totals if whole else [row["score"] for row in rows]
    most = sum(assignment.most.values()) if whole else assignment.max_score
    given = {cell: [row["points"].get(cell) for row in rows] for cell in assignment.most}
    given = {cell: [p for p in values if p is not None] for cell, values in given.items()}
    shares = {
        c: np.mean(v) / assignment.most[c] for c, v in given.items() if v and assignment.most[c]
    }
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.hist(scores, bins=np.linspace(0, most or 1, 11), color="#3b6ea5")
    left.set(xlabel="points" if whole else "points by tests", ylabel="people")
    right.bar(range(len(shares)), list(shares.values()), color="#3b6ea5")
    right.set_xticks(range(len(shares)), list(shares), rotation=90, fontsize=7)
    right.set(ylabel="mean share of its points", ylim=(0, 1))
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return base64.b64encode(file.getvalue()).decode()


def _points(value):
    return "" if value is None else f"{value:g}"


def _test(assignment, name, count):
    others = Counter({kind: k for kind, k in count.items() if kind not in ("passed", "hidden")})
    failed = ", ".join(f"{kind} {k}" for kind, k in others.most_common())
    most = f"{assignment.most[name]:g}"
    return [name, assignment.titles[name], most, count["passed"], count["hidden"], failed]
