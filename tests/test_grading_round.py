"""A course's whole round: names of platforms, late ones, groups, people's points, a repaired test, what goes back."""

import contextlib
import csv
import importlib.util
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

pytest.importorskip("nbgrader")

from nbgrader.api import Gradebook

from colorlib import cli, doctor
from colorlib.course.grading import inside, late, marks, own_work, people, rounds, sandbox
from colorlib.course.grading.assignment import Assignment, load
from colorlib.course.grading.session import Limits, Session

spec = importlib.util.spec_from_file_location("make_submissions", Path(__file__).parent / "submissions" / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)
place = Path(__file__).parents[1] / "notebooks" / "assignments" / "build.py"
spec = importlib.util.spec_from_file_location("assignments_builder", place)
builder = importlib.util.module_from_spec(spec)
spec.loader.exec_module(builder)

LIMITS = Limits(seconds=30, total=300, memory=1 << 30)
HALF = make.RIGHT | {"tiny-2": make.WRONG["tiny-2"]}
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def assignment():
    return Assignment("tiny", make.source())


def hand_in(folder, assignment, works):
    """Write notebooks: file -> answers."""
    for file, answers in works.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(make.answered(assignment.release, answers), folder / file)


def grade(folder, assignment, **options):
    said = []
    place = {"out": folder / "out", "jobs": 2, "limits": LIMITS, "say": said.append}
    data = rounds.grade(folder / "in", assignment, **place, **options)
    return {row["student"]: row for row in data["rows"]}, data, said


def fill(path, cell_of):
    """Type into a CSV as a spreadsheet does: cell_of(row) -> {column: text}."""
    rows = marks.rows(path)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")  # as in many countries
        writer.writeheader()
        writer.writerows(row | cell_of(row) for row in rows)


# ---- people's points


@pytest.mark.slow
def test_what_people_gave_survives_a_repaired_test(nursery, assignment, tmp_path):
    hand_in(tmp_path / "in", assignment, {"anna.ipynb": make.RIGHT, "bert.ipynb": HALF, "cleo.ipynb": HALF})
    grade(tmp_path, assignment)
    out = tmp_path / "out"
    fill(out / "sheet.csv", lambda row: {"points": "1,5", "comment": "Well\nsaid"} if row["student"] == "anna" else {})
    fill(out / "grades.csv", lambda row: {"tiny-w": "0.5", "tiny-2-a": "1"} if row["student"] == "cleo" else {})
    with Gradebook(f"sqlite:///{out / 'course' / 'gradebook.db'}") as book:  # as the formgrader does it
        mark = book.find_grade("tiny-w", "tiny", "tiny", "bert")
        mark.manual_score, mark.needs_manual_grade = 2, False
        book.find_comment("tiny-2", "tiny", "tiny", "bert").manual_comment = "Roots!"
        book.db.commit()
    for _ in range(2):  # the second round undoes nothing
        rows, data, _ = grade(tmp_path, assignment)
        assert {k: (r["score"], r["by_hand"], r["total"]) for k, r in rows.items()} == {
            "anna": (6, 1.5, 7.5), "bert": (4, 2, 6), "cleo": (5, 0.5, 5.5)}  # fmt: skip
    assert data["changes"] == []

    changed = Assignment("tiny", make.source(text=REPAIRED))
    with pytest.raises(ValueError, match="--only must go with the assignment as it was"):
        grade(tmp_path, changed, only="anna")
    hand_in(tmp_path / "in", assignment, {"anna.ipynb": make.RIGHT | {"tiny-w": "Other words."}})
    rows, data, _ = grade(tmp_path, changed)
    assert {k: (r["score"], r["by_hand"]) for k, r in rows.items()} == {
        "anna": (5, None),
        "bert": (5, 2),
        "cleo": (4, 0.5),
    }
    assert rows["anna"]["status"] == "to grade by hand"  # the words are others: somebody has to look again
    assert {(c["student"], c["cell"], c["before"], c["now"]) for c in data["changes"]} == {
        ("anna", "tiny-1-b", 1, 0), ("anna", "tiny-w", 1.5, None), ("bert", "tiny-1-b", 1, 0),
        ("cleo", "tiny-1-b", 1, 0), ("bert", "tiny-2-a", 0, 2)}  # fmt: skip
    listed = [row["cell"] for row in marks.rows(out / "changes.csv")]
    assert listed == ["tiny-2-a", *(c["cell"] for c in data["changes"])]  # cleo's point by hand stands before
    assert (out / "course-before-1" / "gradebook.db").is_file()
    assert not (out / "carried-over.json").exists()
    sheet = {row["student"]: row for row in marks.rows(out / "sheet.csv")}
    assert (sheet["anna"]["counts"], sheet["anna"]["points"]) == ("was 1.5: the answer has changed", "")
    assert sheet["anna"]["comment"] == "Well\nsaid"
    assert "Roots!" in (out / "feedback" / "bert.html").read_text("utf-8")
    fill(out / "sheet.csv", lambda row: {"points": "1"} if row["student"] == "anna" else {})
    assert grade(tmp_path, changed)[0]["anna"]["total"] == 6

    (tmp_path / "in" / "anna.ipynb").write_text("damaged")  # refused, and handed in again
    assert grade(tmp_path, changed)[0]["anna"]["status"] == "refused"
    hand_in(tmp_path / "in", assignment, {"anna.ipynb": make.RIGHT | {"tiny-w": "Other words."}})
    assert grade(tmp_path, changed)[0]["anna"]["total"] == 6
    _, _, said = grade(tmp_path, changed, only="bert")
    assert said[1:] == ["1 of 1  bert.ipynb"]  # and nobody has to look at it again


# The small set, with one test that asks less than before, and one that asks more.
REPAIRED = make.SOURCE
for old, new in {
    "assert checks.q_sample(q_sample)": "assert callable(q_sample)",
    "torch.testing.assert_close(q_sample": "(lambda *_: None)(q_sample",
    "values = alpha_bar(torch.full((9,), 0.1))": "values = alpha_bar([0.1] * 9)",
    "torch.cumprod(1 - beta, 0)])": "torch.cumprod(1 - torch.as_tensor(beta), 0)])",
}.items():
    assert old in REPAIRED
    REPAIRED = REPAIRED.replace(old, new)


# ---- platforms

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Small (901),Final Score
    Points Possible,,,,,8,(read only)
"Müller, Anna",41,S41,anna@uni.example,A,,90
"Berg, Bert",42,S42,bert@uni.example,A,,80
"Cruz, Cleo",43,S43,cleo@uni.example,B,5,70
"Student, Test",99,,,A,,
"""
MOODLE = """\
Identifier,Full name,Email address,Status,Group,\
Grade,Maximum Grade,Grade can be changed,\
"Last modified (submission)","Last modified (grade)",Feedback comments
Participant 41,Anna Müller,anna@uni.example,Submitted for grading - 1 day 2 hours late,Red,,8.00,\
Yes,"Wednesday, 10 June 2026, 2:14 PM",-,
Participant 42,Bert Berg,bert@uni.example,Submitted for grading,Blue,,8.00,Yes,"Monday, 8 June 2026, 2:14 PM",-,
Participant 43,Cleo Cruz,cleo@uni.example,No submission,Blue,,8.00,Yes,-,-,
"""


DORA = 'Participant 44,Dora Diaz,dora@uni.example,Submitted for grading,Green,,8.00,Yes,"Monday, 8 June 2026",-,\n'
# How this year asks task 1; last year's answers run from step 0 up.
THIS_YEAR = {
    "words": "from step T down",
    "text": {
        "Task 1: the share of signal": "Task 1: the share of signal, from step T down",
        "0)])\n    ### END": "0)]).flip(0)\n    ### END",
        "checks.alpha_bar(alpha_bar)": "checks.alpha_bar(lambda beta: alpha_bar(beta))",
    },
    "call": "{call}.flip(0)",
}
UNKNOWN = "late, nobody knows how much: give the time in the roster, and --due"


@pytest.mark.slow
def test_canvas(nursery, assignment, tmp_path):
    hand_in(tmp_path / "in", assignment, {
        "mülleranna_41_7001_tiny.ipynb": make.WRONG, "mülleranna_LATE_41_7002_tiny-1.ipynb": make.RIGHT,
        "bergbert_42_7003_tiny.ipynb": HALF, "tiny.ipynb": make.RIGHT})  # fmt: skip
    (tmp_path / "in" / "cruzcleo_43_7004_notes.pdf").write_text("%PDF")
    (tmp_path / "in" / "cruzcleo_43_text.html").write_text("<p>")
    (tmp_path / "roster.csv").write_text(CANVAS, "utf-8")
    how = people.How("canvas", tmp_path / "roster.csv", late=late.rule("percent=10"), column="Small")
    rows, data, _ = grade(tmp_path, assignment, how=how)
    assert {k: (r["status"], r.get("score"), r.get("late")) for k, r in rows.items()} == {
        "muller-anna-41": ("to grade by hand", 6, UNKNOWN),
        "berg-bert-42": ("to grade by hand", 4, ""), "cruz-cleo-43": ("refused", None, None),
        "student-test-99": ("nothing handed in", None, None)}  # fmt: skip
    assert "no notebook, only cruzcleo_43_7004_notes.pdf" in rows["cruz-cleo-43"]["reason"]
    assert rows["muller-anna-41"]["notes"] == [
        "'mülleranna_41_7001_tiny.ipynb' is another upload, which does not count"
    ]
    assert [line.split(":")[0] for line in data["stray"]] == [
        "tiny.ipynb", "cruzcleo_43_7004_notes.pdf", "cruzcleo_43_text.html"]  # fmt: skip
    fill(tmp_path / "out" / "sheet.csv", lambda row: {"points": "2"})
    grade(tmp_path, assignment, how=people.How("canvas", tmp_path / "roster.csv", column="Small"))
    upload = (tmp_path / "out" / "upload-canvas.csv").read_text("utf-8-sig").splitlines()
    assert upload == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Small (901)", "    Points Possible,,,,,8",
        '"Müller, Anna",41,S41,anna@uni.example,A,8', '"Berg, Bert",42,S42,bert@uni.example,A,6',
        '"Cruz, Cleo",43,S43,cleo@uni.example,B,5', '"Student, Test",99,,,A,']  # fmt: skip
    with zipfile.ZipFile(tmp_path / "out" / "feedback-canvas.zip") as archive:
        assert archive.namelist() == ["mülleranna_LATE_41_7002_tiny-1.html", "bergbert_42_7003_tiny.html"]
        assert "Müller, Anna" in archive.read(archive.namelist()[0]).decode()


@pytest.mark.slow
def test_the_whole_round(nursery, tmp_path):
    """A variant, Moodle's names, a group, a late one, last year's answers, the sheet, a repaired test, an upload."""
    (tmp_path / "src").mkdir()
    (tmp_path / "variants.py").write_text(f"TASKS = {{'tiny-1': [{THIS_YEAR!r}]}}", "utf-8")
    (tmp_path / "roster.csv").write_text(MOODLE + DORA, "utf-8")
    built, out = tmp_path / "built", tmp_path / "out"
    source = built / "source" / "tiny" / "tiny.ipynb"
    command = ["grade", str(tmp_path / "in"), "--assignment", "tiny", "--source", str(source), "--out", str(out)]
    command += ["--names", "moodle", "--roster", str(tmp_path / "roster.csv"), "--group", "Group"]
    command += ["--late", "percent=10,days=3,grace=30", "-j", "2"]

    def build(text):
        (tmp_path / "src" / "tiny.py").write_text(text, "utf-8")
        assert (
            builder.main(["build", "--folder", str(tmp_path), "--out", str(built), "--no-execute", "--variant", "1"])
            == 0
        )
        return nbformat.read(built / "release" / "tiny" / "tiny.ipynb", as_version=4)

    release = SimpleNamespace(release=build(make.SOURCE))
    folder, now = "{}_assignsubmission_file", make.RIGHT["tiny-1"] + ".flip(0)"
    assert "from step T down" in str(release.release)
    hand_in(tmp_path / "in", release, {
        folder.format("Anna Müller_41") + "/mine.ipynb": make.RIGHT | {"tiny-1": now},
        folder.format("Bert Berg_42") + "_/tiny.ipynb": HALF | {"tiny-1": now},
        folder.format("Dora Diaz_44") + "_/tiny.ipynb": make.RIGHT})  # fmt: skip
    assert cli.main(command) == 0
    fill(out / "sheet.csv", lambda row: {"points": "2", "comment": "-1 for style"})
    build(REPAIRED)
    assert cli.main(command) == 0
    rows = {row["student"]: row for row in json.loads((out / "summary.json").read_text("utf-8"))["rows"]}
    anna, bert, cleo, dora = rows.values()
    assert (anna["score"], anna["by_hand"], anna["deducted"], anna["total"]) == (5, 2, 1.4, 5.6)
    assert anna["late"] == "late by 1 day, 2:00:00, 20 % off"
    assert bert["total"] == cleo["total"] == 7
    assert bert["work"] == cleo["work"] == "group-blue"
    assert (dora["score"], dora["total"]) == (4, 6), "last year's answer to task 1 earns nothing this year"
    changed = {(c["name"], c["cell"], c["now"]) for c in marks.rows(out / "changes.csv")}
    assert changed == {("Anna Müller", "tiny-1-b", "0"), ("Bert Berg", "tiny-1-b", "0"), ("Cleo Cruz", "tiny-1-b", "0"),
                       ("Bert Berg", "tiny-2-a", "2"), ("Cleo Cruz", "tiny-2-a", "2")}  # fmt: skip
    lines = list(csv.DictReader((out / "upload-moodle.csv").open(encoding="utf-8-sig")))
    assert list(lines[0]) == next(csv.reader([MOODLE.split("\n")[0]]))
    assert [(x["Identifier"], x["Grade"], x["Last modified (grade)"]) for x in lines] == [
        ("Participant 41", "5.6", "-"), ("Participant 42", "7", "-"), ("Participant 43", "7", "-"),
        ("Participant 44", "6", "-")]  # fmt: skip
    assert lines[0]["Feedback comments"].startswith("5 of 6 by tests, 2 of 2 by a person; late by 1 day")
    with zipfile.ZipFile(out / "feedback-moodle.zip") as archive:
        assert archive.namelist() == [
            f"{name}_assignsubmission_file/feedback-tiny.html"
            for name in ("Anna Müller_41", "Bert Berg_42", "Cleo Cruz_43", "Dora Diaz_44")
        ]
    page = (out / "feedback" / "group-blue.html").read_text("utf-8")
    assert "-1 for style" in page
    assert make.SECRET not in page


def test_any_roster_finds_people_by_name_login_or_number(tmp_path):
    (tmp_path / "r.csv").write_text(
        "Name;Login;ID number\nAnn Lee;alee;s100\nAnn Lee-Fox;afox;s101\nLi Lei;lilei;s102\n"
    )
    files = {"ps1_alee.ipynb": "ann-lee-s100", "Ann Lee-Fox (2).ipynb": "ann-lee-fox-s101"}
    files |= {"x-s102.ipynb": "li-lei-s102", "nobody.ipynb": None}
    found = [people.Submission(file, "") for file in files]
    rows, stray = people.assign(found, {}, people.How(roster=tmp_path / "r.csv"))
    assert {row.work.file: row.key for row in rows} == {file: key for file, key in files.items() if key}
    assert stray == ["nobody.ipynb: its name fits nobody in the roster"]


@pytest.mark.parametrize(
    ("file", "names", "wanted"),
    [("meieranna_4711_99_ps1.ipynb", "canvas", ("meieranna", "4711", False, 99)),
     ("meier_anna_late_4711_99_ps1-2.ipynb", "canvas", ("meier_anna", "4711", True, 99)),
     ("LATE_anon_ab1Cd_99_ps1.ipynb", "canvas", ("anon_ab1Cd", "anon_ab1Cd", True, 99)),
     ("meieranna_4711_link.html", "canvas", None), ("ps1.ipynb", "canvas", None),
     ("all/Anna M. Meier_4711_assignsubmission_file_/a/ps1.ipynb", "moodle", ("Anna M. Meier", "4711", False, 0)),
     ("Anna_4711_assignsubmission_file_ps1.ipynb", "moodle", ("Anna", "4711", False, 0)),
     ("ps1.ipynb", "moodle", None)],
)  # fmt: skip
def test_names_of_platforms(file, names, wanted):
    named = people.read_name(file, names)
    assert (named and (named.name, named.ident, named.late, named.order)) == wanted


@pytest.mark.parametrize(
    ("time", "said", "flagged", "words", "percent"),
    [("2026-11-20T23:58", "", False, "", 0),
     ("2026-11-21T00:20", "", False, "late by 0:20:00, within the grace", 0),
     ("2026-11-21T01:00", "", True, "late by 1:00:00, 10 % off", 10),
     ("2026-11-25T00:00", "", False, "late by 4 days, 0:00:00, 100 % off", 100),
     (None, "Submitted - 2 days 1 hour late", False, "late by 2 days, 1:00:00, 30 % off", 30),
     (None, "Submitted", False, "", 0)],
)  # fmt: skip
def test_what_lateness_costs(time, said, flagged, words, percent):
    rule, due = late.rule("percent=10,days=3,grace=30"), datetime(2026, 11, 21)
    found = late.lateness(rule, due, time and datetime.fromisoformat(time), said, flagged)
    assert (found.words, found.percent) == (words, percent)


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--late", "ten"], "--late must be percent"), (["--due", "noon"], "--due must be a time"),
     (["--roster", "none.csv"], "--roster must be a CSV file"), (["--only", "zoe"], "--only must be one student"),
     (["--roster", "r.csv", "--group", "Team"], "--group must be a column"),
     (["--roster", "two.csv"], "tell people apart"),
     (["--roster", "tiny.ipynb"], "--roster must have a row of titles")],
)  # fmt: skip
def test_errors_name_the_option(options, words, tmp_path, monkeypatch, capsys, assignment):
    monkeypatch.setattr(sandbox, "missing", lambda: "")
    monkeypatch.chdir(tmp_path)
    hand_in(tmp_path / "in", assignment, {"a.ipynb": {}})
    nbformat.write(make.source(), "tiny.ipynb")
    Path("r.csv").write_text("name,id\nAnn,1\n")
    Path("two.csv").write_text("name\nAnn\nAnn\n")
    assert cli.main(["grade", "in", "--assignment", "tiny", "--source", "tiny.ipynb", *options]) == 2
    assert words in capsys.readouterr().err


# ---- own work


def works(assignment, answers):
    """Submissions that are not run: name -> answers."""
    found = {}
    for name, cells in answers.items():
        found[name] = people.Submission(f"{name}.ipynb", name, name=name.title())
        found[name].notebook = make.answered(assignment.release, cells)
    return found


BODY = "def q_sample(ab, t, noise, alpha_bar):\n    "


@pytest.mark.parametrize(
    ("answer", "words"),
    [("from colorlib.diffusion import q_sample", "tiny-2: calls colorlib.diffusion.q_sample"),
     ("q_sample = diffusion.q_sample", "tiny-2: calls colorlib.diffusion.q_sample"),
     ("import colorlib.diffusion as d\n" + BODY + "return d.q_sample(ab, t, noise, alpha_bar)",
      "tiny-2: calls colorlib.diffusion.q_sample"),
     (BODY + "checks.q_sample(None)", "tiny-2: calls colorlib.course.checks.q_sample"),
     ("from colorlib.course.checks import judging\njudging.judge = print\n" + make.RIGHT["tiny-2"],
      "tiny-2: changes colorlib.course.checks.judging.judge; tiny-2: calls colorlib.course.checks.judging.judge"),
     ("setattr(torch, 'allclose', print)\n" + make.RIGHT["tiny-2"], "tiny-2: changes torch"),
     ("import gc\n" + make.RIGHT["tiny-2"] + "\nq_sample.__globals__", "tiny-2: uses __globals__; tiny-2: uses gc"),
     (make.RIGHT["tiny-2"], ""), ("def broken(:", "")],
)  # fmt: skip
def test_what_is_hardly_own_work_is_flagged(assignment, answer, words):
    flags = own_work.look(works(assignment, {"anna": make.RIGHT | {"tiny-2": answer}}), assignment)
    assert flags.get("anna", "") == words


@pytest.mark.parametrize("name", ["ps1", "ps2", "ps3", "ps4", "ps5"])
def test_solutions_and_the_hand_out_are_own_work(name):
    one = load(name)
    solved = {c.metadata.nbgrader.grade_id: c.source for c in one.source.cells if "nbgrader" in c.metadata}
    assert own_work.look(works(one, {"anna": solved, "bert": {}, "cleo": {}}), one) == {}


def test_what_a_task_forbids(assignment):
    ps5 = load("ps5")
    hidden = "import torch.nn.functional as F\n\n\ndef near_attention(q, k, v, columns, reach):\n"
    hidden += "    return getattr(F, 'scaled_dot_product_attention')(q, k, v, keep[:, None])"
    flags = own_work.look(works(ps5, {"anna": {"ps5-1": hidden}}), ps5)
    assert flags == {"anna": "ps5-1: uses scaled_dot_product_attention, which the task forbids"}


def test_answers_that_are_equal_but_for_names_and_comments(assignment):
    loop = (
        "def loss(a, b):\n    total = 0\n    for x, y in zip(a.flatten(), b.flatten()):\n"
        "        total += (x - y) ** 2\n    return total / a.numel()\n\n\n"
        "def correct(refiner, ab):\n    return ab + refiner(ab)"
    )
    other = "# my own\n" + loop.replace("total", "summe").replace("(x - y)", "(x-y)")
    third = loop.replace("total / a.numel()", "total / (1.0 * a.numel())")
    handed_in = works(assignment, {"anna": {"tiny-3": loop}, "bert": {"tiny-3": other}, "cleo": {"tiny-3": third}})
    flags = own_work.look(handed_in, assignment)
    assert flags == {"anna": "tiny-3: the same answer as Bert", "bert": "tiny-3: the same answer as Anna"}


# ---- a sheet that a person reads in whole


def test_the_project_is_collected_and_its_rubric_becomes_a_sheet(tmp_path, monkeypatch):
    """Nothing runs, so it needs no locked-in processes; what the cells put out is kept for who reads them."""
    monkeypatch.setattr(sandbox, "missing", lambda: "Landlock 3 is needed")
    project = load("project")
    hand_in(tmp_path / "in", project, {"anna.ipynb": {"project-1": "A claim.", "project-4": "print('a ledger')"}})
    nb = nbformat.read(tmp_path / "in" / "anna.ipynb", as_version=4)
    place = next(c for c in nb.cells if c.source == "print('a ledger')")
    place.outputs = [nbformat.v4.new_output("stream", name="stdout", text="a ledger\n")]
    nbformat.write(nb, tmp_path / "in" / "anna.ipynb")
    rows, _, _ = grade(tmp_path, project)
    assert rows["anna"]["by_hand"] is None
    sheet = marks.rows(tmp_path / "out" / "sheet.csv")
    assert sum(float(row["most"]) for row in sheet) == 40
    assert "a claim with a direction and a measure, which could turn out wrong" in [row["criterion"] for row in sheet]
    written = (tmp_path / "out" / "course" / "autograded" / "anna" / "project" / "project.ipynb").read_text("utf-8")
    assert "a ledger\\n" in written
    fill(
        tmp_path / "out" / "sheet.csv", lambda row: {"points": row["most"], "comment": "" if row["answer"] else "Good."}
    )
    rows, _, _ = grade(tmp_path, project)
    assert (rows["anna"]["total"], rows["anna"]["status"]) == (40, "graded")
    page = (tmp_path / "out" / "feedback" / "anna.html").read_text("utf-8")
    for words in ("A claim.", "its source, quoted or named: Good.", "8 of 8 points", "Together 40"):
        assert words in page


def test_feedback_holds_the_mark_scheme():
    ps1 = load("ps1")
    assert ps1.criteria["ps1-7"][0] == ("the rows are set against the yardsticks, with numbers", 1.0)
    assert ps1.schemes["ps1-7"].startswith("Marks: 1 for a comparison with numbers")
    assert "END SOLUTION" not in ps1.schemes["ps1-7"]


# ---- speed


@pytest.mark.parametrize(
    ("visible", "full", "rest"),
    [("a = 1", "a = 1\nb = 2", "\nb = 2"), ("if x:\n    y()", "if x:\n    y()\n    z()", None),
     ("a = 1\nb = 3", "a = 1\nc = 2\nb = 3", None), ("def f(:", "def f(:\nx", None), ("a = (1", "a = (1\n)", None)],
)  # fmt: skip
def test_a_test_goes_on_behind_its_visible_part_where_that_is_all_the_same(visible, full, rest):
    assert inside.remainder(visible, full) == (full if rest is None else rest)


def test_given_cells_that_have_run_already_are_not_run_again():
    ps1 = load("ps1")
    assert [code.split("\n")[0] for code in ps1.lead] == ["import warnings", "def numbers(*shape, seed):"]
    setup = nbformat.v4.new_code_cell(builder.lessons.SETUP.format(address="https://x.example/y").rstrip())
    own = nbformat.v4.new_code_cell("train = 5")
    stem = SimpleNamespace(outputs=[["one"], ["two"]])
    nursery = SimpleNamespace(stem=lambda role, sources: stem)
    cells = [c for c in ps1.release.cells if c.cell_type == "code"]
    fronts = [([], {0: ["one"], 1: ["two"]}), ([setup], {0: [], 1: ["one"], 2: ["two"]}), ([own], {})]
    for front, places in fronts:
        assert Session(nursery, ps1, LIMITS)._born_with([*front, *cells]) == places


# ---- anywhere


@pytest.mark.slow
def test_the_recipe_for_a_container_takes_all_that_grading_needs(nursery, assignment, tmp_path):
    """Its lines, one by one, but for the packages, which are here already."""
    recipe = (ROOT / "notebooks" / "assignments" / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (.+)$", recipe, re.M):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / "opt" / (target if len(sources) == 1 else source)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            place.parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / source, place)
    assert '".[grade]"' in recipe
    program = json.loads(re.search(r"^ENTRYPOINT (.+)$", recipe, re.M)[1])
    run = [sys.executable, *program[1:]]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "opt")}
    hand_in(tmp_path / "work" / "in", load("project"), {"anna.ipynb": {}})
    for command in (["doctor"], ["grade", "in", "--assignment", "project"]):
        done = subprocess.run(run + command, cwd=tmp_path / "work", env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert command != ["doctor"] or "students' code can be locked in" in done.stdout
    assert (tmp_path / "work" / "graded" / "project" / "grades.csv").is_file()
    code = "import colorlib; print(colorlib.__file__)"
    where = subprocess.run([run[0], "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert str(tmp_path) in where.stdout


@pytest.mark.parametrize(("why", "words"), [("", "can be locked in"), ("Landlock 3 is needed", "not here")])
def test_doctor_says_whether_this_kernel_can_grade(why, words, monkeypatch):
    monkeypatch.setattr(sandbox, "missing", lambda: why)
    assert words in doctor.grading().detail


# ---- the page for teachers


@pytest.mark.slow
def test_the_teachers_page_to_the_letter(tmp_path):
    """Build, hand out, collect, grade, fill the sheet, open the formgrader, grade again: the page's own lines."""
    if sandbox.missing():
        pytest.skip(sandbox.missing())
    page = (ROOT / "notebooks" / "assignments" / "README.md").read_text("utf-8")
    command = re.search(r"`(python -m colorlib grade handed_in/ps3 --assignment ps3)`", page)[1]
    formgrader = re.search(r"`cd (graded/ps3/course) && (jupyter lab)`", page)
    build = [sys.executable, ROOT / "notebooks" / "assignments" / "build.py", "build", "ps3", "--no-execute"]
    subprocess.run([*build, "--out", tmp_path], check=True, capture_output=True)
    (tmp_path / "handed_in").mkdir()
    shutil.copytree(tmp_path / "release" / "ps3", tmp_path / "handed_in" / "ps3")
    nb = nbformat.read(tmp_path / "handed_in" / "ps3" / "ps3.ipynb", as_version=4)
    nb.cells[-1].source = "It was the truth."
    nbformat.write(nb, tmp_path / "handed_in" / "ps3" / "ps3.ipynb")
    run = shlex.split(command.replace("python", sys.executable, 1))
    assert subprocess.run(run, cwd=tmp_path, capture_output=True).returncode == 0
    out = tmp_path / "graded" / "ps3"
    written = re.findall(r"`(\S+(?:\.csv|\.html|\.zip|/))`", page.split("4. **Grade**")[1].split("The feedback")[0])
    assert [name for name in written if not (tmp_path / name).exists() and not (out / name).exists()] == []
    listed = ask_formgrader(tmp_path / formgrader[1], formgrader[2])
    assert [(a["name"], a["num_submissions"]) for a in listed] == [("ps3", 1)]
    fill(out / "sheet.csv", lambda row: {"points": "1"})
    assert subprocess.run(run, cwd=tmp_path, capture_output=True).returncode == 0
    assert [row["by_hand"] for row in marks.rows(out / "grades.csv")] == ["4"]


def ask_formgrader(folder, command):
    """What nbgrader's view lists when a server is started there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [str(Path(sys.executable).with_name(command.split()[0])), *command.split()[1:]]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.token=secret"]
    server = subprocess.Popen(program + options, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/formgrader/api/assignments?token=secret"
    try:
        for _ in range(240):
            with contextlib.suppress(OSError), urllib.request.urlopen(address) as answer:
                return json.load(answer)
            time.sleep(0.25)
    finally:
        server.terminate()
        server.wait()
    raise AssertionError("no answer")
