"""What a round leaves: grades.csv, a feedback page a student, and a summary for the teacher.

A feedback page is made from what students can see anyway: the visible part of each test and what it
printed.  Of hidden tests it says only that one failed.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from html import escape
from pathlib import Path

from colorlib.course.grading.assignment import Assignment, grade_id, is_answer, is_test, points
from colorlib.course.grading.intake import Submission

LOOKS_LIKE = re.compile(r"^  Looks like:\s+(.{1,200}?)\.?$", re.M)
PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }}
pre {{ background: #f6f6f4; padding: .6rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }}
.bar {{ background: #3b6ea5; height: .9rem; display: inline-block }}
.no {{ color: #a03020 }}
.yes {{ color: #2b7a3d }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def write(
    out: Path, assignment: Assignment, submissions: list[Submission], scores, run_of, free
) -> dict:
    """Write all reports; returns {"rows", "tests", "mistakes", "free"}, which summary.json keeps
    too.

    scores: see Course.scores.  run_of: student -> the stored run.  free: tests that the hand-out
    passes as it is.
    """
    rows, tests = [], {name: Counter() for name in assignment.tests}
    mistakes = {name: Counter() for name in assignment.tests}
    (out / "feedback").mkdir(parents=True, exist_ok=True)
    for old in (out / "feedback").glob("*.html"):
        old.unlink()
    for submission in submissions:
        row = {"student": submission.student, "file": submission.file, "notes": submission.notes}
        if submission.refused:
            rows.append(row | {"status": "refused", "reason": submission.refused})
            continue
        cells = run_of(submission.student)["cells"]
        points_of = scores[submission.student]
        verdicts = {}
        for cell, told in zip(submission.notebook.cells, cells, strict=True):
            if is_test(cell):
                name = grade_id(cell)
                verdicts[name] = verdict(told)
                tests[name][verdicts[name]] += 1
                mistakes[name].update(_mistakes(told))
        rows.append(row | _score(assignment, points_of) | {"tests": verdicts, "points": _points(points_of),
                    "seconds": round(sum(c["seconds"] for c in cells), 1)})  # fmt: skip
        page = feedback(assignment, submission, rows[-1], cells)
        _write(out / "feedback" / f"{submission.student}.html", page)
    data = {
        "assignment": assignment.name,
        "rows": rows,
        "tests": {name: dict(count) for name, count in tests.items()},
        "mistakes": {name: dict(count.most_common()) for name, count in mistakes.items() if count},
        "free": free,
    }
    _csv(out / "grades.csv", assignment, rows)
    _write(out / "summary.json", json.dumps(data, indent=1) + "\n")
    _write(out / "summary.html", summary(assignment, data))
    return data


def verdict(told: dict) -> str:
    """What became of a test: passed, hidden (only its hidden part failed), or the kind of the
    visible failure.
    """
    if told["passed"]:
        return "passed"
    error = next((o for o in told["visible"] if o["output_type"] == "error"), None)
    return error["ename"] if error else "hidden"


def _mistakes(told):
    printed = "".join(o["text"] for o in told["visible"] if o.get("name") == "stdout")
    return LOOKS_LIKE.findall(printed)


def _points(points_of):
    """grade_id -> points given, None where a person still has to look (again, where the answer has
    changed).
    """
    given = {
        name: g["auto"] if g["manual"] is None else g["manual"] for name, g in points_of.items()
    }
    return {name: None if points_of[name]["waits"] else value for name, value in given.items()}


def _score(assignment, points_of):
    """The sums: by tests, by hand, and whether something waits for a person."""
    given = _points(points_of)
    tests = sum(given[name] or 0 for name in assignment.tests if name in given)
    hand = [given.get(name) for name in assignment.by_hand]
    waits = any(value is None for value in hand)
    return {
        "status": "to grade by hand" if waits else "graded",
        "score": tests,
        "max": assignment.max_score,
        "by_hand": None if waits else sum(hand),
        "by_hand_max": sum(assignment.by_hand.values()),
        "total": None if waits else tests + sum(hand),
    }


# ---- grades.csv


def _csv(path: Path, assignment: Assignment, rows) -> None:
    """One row a file.  With a byte order mark, without which spreadsheets misread names."""
    sums = ["score", "max", "by_hand", "by_hand_max", "total"]
    graded = [*assignment.tests, *assignment.by_hand]
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "file", "status", *sums, *graded, "reason", "notes"])
        for row in rows:
            numbers = [_number(row.get(name)) for name in sums]
            numbers += [_number(row.get("points", {}).get(name)) for name in graded]
            words = [row.get("reason", ""), "; ".join(row["notes"])]
            writer.writerow(
                [row["student"], _text(row["file"]), row["status"], *numbers, *map(_text, words)]
            )
    os.replace(part, path)


def _number(value):
    return "" if value is None else f"{value:g}"


def _text(value):
    """A text that a spreadsheet will not take for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t")) else value


# ---- pages


def feedback(assignment: Assignment, submission: Submission, row: dict, cells: list[dict]) -> str:
    """The page for one student."""
    parts = [f"<p>{escape(submission.file)}</p>"]
    parts.append(f"<p><b>{row['score']:g} of {row['max']:g} points by tests</b>{_hand(row)}</p>")
    parts += [f"<p>Note: {escape(note)}.</p>" for note in submission.notes]
    heading = None
    for cell, told in zip(submission.notebook.cells, cells, strict=True):
        failed = next((o for o in told["outputs"] if o["output_type"] == "error"), None)
        name = grade_id(cell)
        if name and assignment.titles[name] != heading and (is_test(cell) or is_answer(cell)):
            heading = assignment.titles[name]
            parts.append(f"<h2>{escape(heading)}</h2>")
        if is_test(cell):
            parts.append(_test_feedback(name, told, row["points"].get(name), points(cell)))
        elif failed:
            what = "Your answer" if name else "A cell of your own"
            parts.append(f"<p class=no>{what} stopped:</p><pre>{escape(_line(failed))}</pre>")
    return PAGE.format(title=f"Feedback: {escape(assignment.name)}", body="\n".join(parts))


def _hand(row):
    if not row["by_hand_max"]:
        return ""
    if row["by_hand"] is None:
        return f"; {row['by_hand_max']:g} more are given by a person, and are still open"
    return f", {row['by_hand']:g} of {row['by_hand_max']:g} by a person"


def _test_feedback(name, told, given, most):
    head = f"<b>{escape(name)}</b>: {given or 0:g} of {most:g} points"
    if told["passed"]:
        return f"<p class=yes>{head}</p>"
    printed = "".join(o["text"] for o in told["visible"] if o["output_type"] == "stream").strip()
    error = next((o for o in told["visible"] if o["output_type"] == "error"), None)
    if error is None:
        words = "The visible test passes, a hidden one does not: the answer fails for other inputs."
        return f"<p class=no>{head}</p><p>{words}</p>"
    said = "\n".join(filter(None, [printed[:4000], _line(error)]))
    return f"<p class=no>{head}</p><pre>{escape(said)}</pre>"


def _line(error):
    return f"{error['ename']}: {error['evalue'][:1000]}" if error["evalue"] else error["ename"]


def summary(assignment: Assignment, data: dict) -> str:
    """The page for the teacher."""
    rows = data["rows"]
    graded = [r for r in rows if r["status"] != "refused"]
    refused = [r for r in rows if r["status"] == "refused"]
    parts = [f"<p>{escape(words(data))}</p>"]
    if data["free"]:
        parts.append(
            f"<p class=no>Tests that the hand-out passes as it is: {escape(', '.join(data['free']))}.</p>"
        )
    if refused:
        parts.append("<h2>Refused: no grade was given</h2>")
        parts.append(_table(["file", "reason"], [[r["file"], r["reason"]] for r in refused]))
    if graded:
        parts.append("<h2>Points by tests</h2>")
        parts.append(_histogram([r["score"] for r in graded], assignment.max_score))
        parts.append("<h2>Tests</h2>")
        head = [
            "test",
            "task",
            "points",
            "passed",
            "failed only in its hidden part",
            "failed otherwise",
        ]
        parts.append(
            _table(
                head, [_test_row(assignment, name, count) for name, count in data["tests"].items()]
            )
        )
    if data["mistakes"]:
        parts.append("<h2>Mistakes that the checks named</h2>")
        named = [
            [n, words, k] for n, count in data["mistakes"].items() for words, k in count.items()
        ]
        parts.append(_table(["test", "looks like", "students"], named))
    if waiting := [r for r in graded if r["status"] != "graded"]:
        parts.append(f"<h2>For a person</h2><p>{len(waiting)} notebooks hold answers that a person grades: "
                     "<code>cd course &amp;&amp; nbgrader formgrader</code>, then grade again; only the sums change."
                     "</p>")  # fmt: skip
    if noted := [[r["file"], "; ".join(r["notes"])] for r in rows if r["notes"]]:
        parts += ["<h2>What was put back</h2>", _table(["file", "notes"], noted)]
    if graded:
        parts.append("<h2>All</h2>")
        lines = [
            [r["file"], f"{r['score']:g}", _number(r["total"]), r["status"], r["seconds"]]
            for r in graded
        ]
        parts.append(_table(["file", "points by tests", "total", "status", "seconds"], lines))
    return PAGE.format(title=f"Summary: {escape(assignment.name)}", body="\n".join(parts))


def words(data: dict) -> str:
    """The round in a line or two."""
    rows = data["rows"]
    scores = sorted(r["score"] for r in rows if r["status"] != "refused")
    refused = sum(r["status"] == "refused" for r in rows)
    waiting = sum(r["status"] == "to grade by hand" for r in rows)
    told = f"{len(scores)} graded, {refused} refused, {waiting} with answers for a person."
    if scores:
        most = next(r["max"] for r in rows if r["status"] != "refused")
        middle = (
            scores[len(scores) // 2]
            if len(scores) % 2
            else sum(scores[len(scores) // 2 - 1 :][:2]) / 2
        )
        told += f" Points by tests: median {middle:g} of {most:g}, from {scores[0]:g} to {scores[-1]:g}."
    return told


def _test_row(assignment, name, count):
    others = Counter({k: v for k, v in count.items() if k not in ("passed", "hidden")})
    failed = ", ".join(f"{kind} {k}" for kind, k in others.most_common())
    test = assignment.tests[name]
    return [
        name,
        assignment.titles[name],
        f"{points(test):g}",
        count.get("passed", 0),
        count.get("hidden", 0),
        failed,
    ]


def _histogram(scores, most):
    """Ten bars, from 0 to all points; the last holds full marks too."""
    counts = Counter(min(9, int(10 * s / most)) if most else 0 for s in scores)
    highest = max(counts.values())
    rows = [
        f"<tr><td>{most * i / 10:g} to {most * (i + 1) / 10:g}</td><td><span class=bar "
        f'style="width: {24 * counts[i] / highest:.1f}rem"></span> {counts[i]}</td></tr>'
        for i in range(10)
    ]
    return f"<table>{''.join(rows)}</table>"


def _table(head, rows):
    top = "".join(f"<th>{escape(h)}</th>" for h in head)
    lines = ("<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{''.join(lines)}</table>"


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8", errors="replace")
    os.replace(part, path)
