"""A round of grading: who gets what, who is refused, and what hostile notebooks cannot do."""

import contextlib
import csv
import importlib.util
import json
import operator
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections import UserDict
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import torch

pytest.importorskip("nbgrader")

from nbgrader.api import Gradebook

from colorlib import cli
from colorlib.course.grading import exchange, inside, intake, marks, messages, outputs, peer, rounds, sandbox
from colorlib.course.grading.assignment import ROOT, SETS, Assignment, load
from colorlib.course.grading.nursery import NurseryEnded
from colorlib.course.grading.session import Limits

spec = importlib.util.spec_from_file_location("make_submissions", Path(__file__).parent / "submissions" / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)

LIMITS = Limits(seconds=4, total=40, memory=1 << 30)
locked_in = pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing())


@pytest.fixture(scope="module")
def assignment():
    return Assignment("tiny", make.source())


@pytest.fixture(scope="module")
def graded(nursery, assignment, tmp_path_factory):
    """All submissions, graded in one round: folder, what was expected, what came out."""
    folder = tmp_path_factory.mktemp("grading")
    victim = folder / "outside" / "victim.txt"
    victim.parent.mkdir()
    victim.write_text(f"as it was, with {make.SECRET}")
    expected = make.write(
        folder / "handed-in", assignment.release, Assignment("other", make.source("other")).release, victim
    )
    data = rounds.grade(folder / "handed-in", assignment, out=folder / "out", jobs=2, limits=LIMITS, say=lambda _: None)
    return folder, expected, {row["file"]: row for row in data["rows"]}, data


# ---- the whole round


def test_each_gets_what_its_honest_work_earns(graded):
    _, expected, rows, _ = graded
    assert rows.keys() == expected.keys()
    assert {file: row.get("score") for file, row in rows.items()} == expected


def test_files_that_are_no_submission_are_named_and_no_students(graded):
    assert graded[3]["stray"] == ["report.pdf: not a notebook, its name ends in '.pdf'"]


def test_at_least_twenty_hostile_or_unlucky_submissions(graded):
    assert len(graded[1]) >= 50
    assert len(make.misbehaving(Path("v"))) >= 20


def test_attacks_aim_at_what_is_there():
    """After a renaming, an attack on the old name would fail by itself and prove nothing."""
    aims = []
    for code in make.misbehaving(Path("v")).values():
        for module, names in re.findall(r"^from (colorlib[\w.]*) import (.+)$", code, re.M):
            for name in names.split(", "):
                target = operator.attrgetter(name)(importlib.import_module(module))
                for path in re.findall(rf"^{name}\.([\w.]+) = ", code, re.M):
                    aims.append(operator.attrgetter(path)(target))
    assert len(aims) >= 5


def test_refused_ones_have_a_reason_and_no_grade(graded):
    folder, expected, rows, _ = graded
    refused = {file: row for file, row in rows.items() if expected[file] is None}
    assert all(row["status"] == "refused" and len(row["reason"]) > 10 for row in refused.values())
    with (folder / "out" / "grades.csv").open(encoding="utf-8-sig") as file:
        table = {row["file"]: row for row in csv.DictReader(file)}
    assert all(table[file]["score"] == table[file]["total"] == "" and table[file]["reason"] for file in refused)
    reasons = {file: row["reason"] for file, row in refused.items()}
    assert "empty" in reasons["empty.ipynb"]
    assert "not JSON" in reasons["not json.ipynb"]
    assert "other-1" in reasons["another set.ipynb"]
    assert "2 times, with different answers" in reasons["two answers.ipynb"]
    assert "metadata" in reasons["metadata gone.ipynb"]


def test_nothing_outside_a_submission_changed(graded):
    folder, expected, _, _ = graded
    assert (folder / "outside" / "victim.txt").read_text() == f"as it was, with {make.SECRET}"
    assert sorted(p.relative_to(folder / "handed-in").as_posix() for p in (folder / "handed-in").rglob("*.*")
                  if p.is_file()) == sorted([*expected, "report.pdf"])  # fmt: skip
    assert [p.name for p in (folder / "outside").iterdir()] == ["victim.txt"]


def test_feedback_shows_no_hidden_test(graded):
    folder, expected, rows, _ = graded
    pages = {p.stem: p.read_text("utf-8") for p in (folder / "out" / "feedback").glob("*.html")}
    assert len(pages) == sum(points is not None for points in expected.values())
    for page in pages.values():
        assert make.SECRET not in page
        assert "0.001, 0.3, 41" not in page
        assert "BEGIN HIDDEN" not in page
    assert "hidden one does not" in pages[rows["hidden only.ipynb"]["student"]]
    wrong = pages[rows["wrong.ipynb"]["student"]]
    assert "Looks like:" in wrong
    assert "square roots" in wrong


def test_hidden_tests_are_where_no_answer_looks(graded):
    """The submission that searches memory, frames, history and files raises what it found: nothing."""
    folder, _, rows, _ = graded
    run = (folder / "out" / "runs" / f"{rows['reads hidden tests.ipynb']['student']}.json").read_text()
    assert re.search(r"ValueError: 0 0 \[\]", run), run[-1500:]


def test_what_was_put_back_is_told(graded):
    rows = graded[2]
    assert sum("was edited" in note for note in rows["edited tests.ipynb"]["notes"]) == 5
    assert sum("put back" in note for note in rows["deleted tests.ipynb"]["notes"]) == 5
    assert any("another order" in note for note in rows["out of order.ipynb"]["notes"])
    assert rows["deleted answer.ipynb"]["notes"] == ["answer cell 'tiny-2' was deleted"]
    assert rows["half right.ipynb"]["notes"] == rows["lines end as on Windows.ipynb"]["notes"] == []
    assert rows["copied cells.ipynb"]["notes"] == [
        f"{kind} was there 2 times, one of them counts"
        for kind in ("answer cell 'tiny-1'", "test cell 'tiny-2-a'", "answer cell 'tiny-3'")
    ]


def test_summary_says_what_failed_and_how(graded):
    folder, _, _, data = graded
    assert data["free"] == []
    assert data["mistakes"]["tiny-2-a"]
    assert data["tests"]["tiny-2-a"]["hidden"] == 1
    assert data["tests"]["tiny-2-a"]["AssertionError"] >= 3
    page = (folder / "out" / "summary.html").read_text("utf-8")
    for words in ("Refused", "Mistakes that the checks named", "Task 2: noise", "Formgrader", "李雷"):
        assert words in page
    assert "<script" not in page


def test_gradebook_and_table_agree(graded):
    folder, expected, rows, _ = graded
    with Gradebook(f"sqlite:///{folder / 'out' / 'course' / 'gradebook.db'}") as book:
        scores = {s.student.id: s.score for s in book.assignment_submissions("tiny")}
    assert scores == {rows[file]["student"]: points for file, points in expected.items() if points is not None}


def test_a_process_that_died_is_called_so_and_no_student_fills_the_table_of_mistakes(graded):
    folder, _, rows, data = graded
    page = (folder / "out" / "feedback" / f"{rows['exits in function.ipynb']['student']}.html").read_text("utf-8")
    assert "the process of the answers ended" in page
    assert "shapes" not in page
    assert not [words for found in data["mistakes"].values() for words in found if "of the teacher" in words]


def test_second_round_grades_only_what_changed(graded, assignment, tmp_path, capsys):
    folder, _, rows, _ = graded
    shutil.copytree(folder / "handed-in", tmp_path / "in")
    shutil.copytree(folder / "out", tmp_path / "out")
    said = []
    again = [tmp_path / "in", assignment, None, tmp_path / "out", 2, LIMITS, said.append]
    with Gradebook(f"sqlite:///{tmp_path / 'out' / 'course' / 'gradebook.db'}") as book:
        one = rows["half right.ipynb"]["student"]
        grade = book.find_grade("tiny-w", "tiny", "tiny", one)  # as nbgrader's formgrader does it
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    nbformat.write(make.source(), tmp_path / "tiny.ipynb")
    places = [str(tmp_path / "in"), "--source", str(tmp_path / "tiny.ipynb"), "--out", str(tmp_path / "out")]
    asked = ["grade", *places, "--assignment", "tiny", "-j", "2", "--timeout", "4", "--memory", "1"]
    assert cli.main(asked) == 1  # some are refused
    told = capsys.readouterr().out
    assert "55 graded before, 0 to grade" in told
    assert "55 graded, 8 refused, 49 with answers for a person" in told
    data = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    row = {r["file"]: r for r in data["rows"]}["half right.ipynb"]
    assert (row["score"], row["by_hand"], row["total"], row["status"]) == (4, 1.5, 5.5, "graded")

    nbformat.write(make.answered(assignment.release, make.RIGHT), tmp_path / "in" / "wrong.ipynb")
    (tmp_path / "in" / "untouched.ipynb").write_text("")
    data = rounds.grade(*again)
    assert "1 to grade" in said[1]
    assert said[2] == "1 of 1  wrong.ipynb"
    rows = {r["file"]: r for r in data["rows"]}
    assert rows["wrong.ipynb"]["score"] == 6
    assert rows["half right.ipynb"]["total"] == 5.5
    assert rows["untouched.ipynb"]["status"] == "refused"


class Failing(rounds.Session):
    """A session with defects that some notebooks strike."""

    def run(self, cells, keep_cache=False):
        for source, kind in {"strike = 'one'": TypeError, "strike = 'all'": NurseryEnded}.items():
            if source in [cell.source for cell in cells]:
                raise kind("struck")
        return super().run(cells, keep_cache)


def test_one_that_the_grader_cannot_run_leaves_the_others_their_grades(nursery, assignment, tmp_path, monkeypatch):
    """Also: what a person gave it before is kept."""
    handed_in, out = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    for name in ("one", "two"):
        nbformat.write(make.answered(assignment.release, make.RIGHT), handed_in / f"{name}.ipynb")
    rounds.grade(handed_in, assignment, out=out, jobs=1, limits=LIMITS, say=lambda _: None)
    striking = make.RIGHT | {"tiny-2": "strike = 'one'"}
    nbformat.write(make.answered(assignment.release, striking), handed_in / "one.ipynb")
    monkeypatch.setattr(rounds, "Session", Failing)
    data = rounds.grade(handed_in, assignment, out=out, jobs=1, limits=Limits(30, 300, 1 << 30), say=lambda _: None)
    one, two = data["rows"]
    assert (one["status"], one["reason"]) == ("refused", "the grader could not run it: TypeError: struck")
    assert two["score"] == 6
    with Gradebook(f"sqlite:///{out / 'course' / 'gradebook.db'}") as book:
        assert {s.student.id for s in book.assignment_submissions("tiny")} == {"one", "two"}


@pytest.mark.parametrize(("name", "source"), [(rounds.RELEASE, "strike = 'one'"), ("anna", "strike = 'all'")])
def test_trouble_of_nobody_in_particular_ends_the_round(name, source, monkeypatch):
    monkeypatch.setattr(rounds, "Session", Failing)
    stopped = []
    ours = SimpleNamespace(home=Path(), process=SimpleNamespace(kill=lambda: stopped.append(True)))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    handed_in = [intake.Submission("a file", name, notebook=notebook)]
    with pytest.raises((TypeError, NurseryEnded), match="struck"):
        list(rounds._reports(ours, None, LIMITS, 1, handed_in))
    assert stopped


# ---- before anybody is graded


def test_solution_that_fails_its_tests_stops_the_round(nursery, tmp_path):
    """Also: where a check's own clock stops an endless function, the tests after it go on."""
    nb = make.source()
    cell = next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "tiny-2")
    cell.source = make.BODY + "while True: pass"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").write_text("{}")
    with pytest.raises(ValueError, match=r"solution in the source fails tiny-2-a; .*AssertionError.*Nobody was graded"):
        rounds.grade(tmp_path / "in", Assignment("tiny", nb), out=tmp_path / "out", limits=Limits(20), say=print)
    assert "a loop that does not end" in (tmp_path / "out" / "runs" / "_solution.json").read_text()


def test_no_grading_where_code_cannot_be_locked_in(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sandbox, "missing", lambda: "Landlock 3 is needed")
    nbformat.write(make.source(), tmp_path / "s.ipynb")
    asked = ["grade", str(tmp_path), "--assignment", "tiny", "--source", str(tmp_path / "s.ipynb")]
    assert cli.main(asked) == 2
    assert "Landlock 3 is needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["SUB", "--assignment", "../ps1"], "plain name"),
        (["SUB", "--assignment", "nothing"], "problem sets here"),
        (["SUB", "--assignment", "tiny", "--source", "SRC", "--timeout", "0"], "--timeout must be more than 0"),
        (["MISSING", "--assignment", "tiny", "--source", "SRC"], "must be a folder"),
        (["SUB", "--assignment", "tiny", "--source", "SRC"], "holds no file"),
        (["SUB", "--assignment", "tiny", "--source", "SRC", "--out", "SUB/out"], "outside SUBMISSIONS"),
        (["SUB", "--assignment", "tiny", "--source", "REL"], "no graded cell"),
    ],
)
def test_errors_name_the_argument(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sandbox, "missing", lambda: "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "SUB").mkdir()
    nbformat.write(make.source(), tmp_path / "SRC.ipynb")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "REL.ipynb")
    places = {name: str(tmp_path / f"{name}.ipynb") for name in ("SRC", "REL")}
    assert cli.main(["grade", *(places.get(a, a) for a in arguments)]) == 2
    assert words in capsys.readouterr().err


def test_source_in_percent_format(tmp_path, assignment):
    (tmp_path / "tiny.py").write_text(make.SOURCE, encoding="utf-8")
    read = load("tiny", tmp_path / "tiny.py")
    assert list(read.tests) == list(assignment.tests)
    assert read.max_score == 6
    assert read.by_hand == {"tiny-w": 2}


def test_release_holds_no_solution_and_no_hidden_test(assignment):
    text = nbformat.writes(assignment.release)
    assert make.SECRET not in text
    assert "square()" not in text
    assert "NotImplementedError" in text


def test_names_that_tests_ask_for(assignment):
    assert assignment.answers == {"alpha_bar", "q_sample", "loss", "correct"}
    assert [code.split("\n")[0] for code in assignment.given("tiny-2-a")] == ["import torch"]
    assert assignment.titles["tiny-2-a"] == "Task 2: noise"


# ---- intake


def test_student_names_are_plain_and_depend_on_the_file_alone():
    files = [
        "Mü ller (1).ipynb",
        "a/b.ipynb",
        "李雷.ipynb",
        "李雷 .ipynb",
        "x.ipynb",
        "A b.ipynb",
        "a b.ipynb",
        "../+^.ipynb",
    ]
    names = [intake.student_name(f) for f in files]
    assert names[0].startswith("mu-ller-1-")
    assert len(set(names)) == len(files)
    assert all(re.fullmatch(r"[\w-]{3,80}", n) for n in names)
    assert names[2].startswith("李雷-")
    assert intake.student_name("anna-4711.ipynb") == "anna-4711"


@pytest.mark.parametrize("file", ["Anna Meier.ipynb", "李雷.ipynb", "anna-4711.ipynb"])
def test_no_file_takes_the_name_of_another(file):
    name = intake.student_name(file)
    others = {name, f"{name}.ipynb"} - {file}
    assert name not in {intake.student_name(other) for other in others}


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "empty"), (b" \n", "empty"), (b"\xff\xfe", "UTF-8"), (b"[" * 100_000, "JSON"), (b"{}", "without cells"),
     (b'{"cells": 3}', "damaged"), (b'{"cells": [[]]}', "damaged"), (b'{"cells": [], "nbformat": "x"}', "damaged"),
     (b'{"cells": [{"cell_type": "code", "source": [1]}]}', "damaged")],
)  # fmt: skip
def test_what_is_no_notebook(data, words):
    with pytest.raises(intake.Refused, match=words):
        intake.parse(data)


def test_old_formats_and_byte_order_marks_are_read(assignment):
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [
        {"cell_type": "code", "input": "x = 1", "metadata": {}, "outputs": [], "language": "python"}]}]}  # fmt: skip
    assert intake.parse(b"\xef\xbb\xbf" + json.dumps(old).encode()).cells[0].source == "x = 1"


def test_own_cells_stay_behind_the_cell_they_followed(assignment):
    nb = make.answered(assignment.release, make.RIGHT)
    place = next(i for i, c in enumerate(nb.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == "tiny-2")
    nb.cells.insert(place + 1, nbformat.v4.new_code_cell("helper = 1"))
    laid, notes = intake.lay_out(nb, assignment)
    assert [c.source for c in laid.cells] == [c.source for c in nb.cells]
    assert notes == []


def test_spreadsheets_take_no_name_for_a_formula():
    assert marks.safe("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert marks.safe("Anna") == "Anna"


# ---- the sandbox


@locked_in
def test_sandbox_refuses(tmp_path):
    """Each line is tried in a locked-in process; every one has to fail, the last ones have to work."""
    tries = ["open('/etc/passwd').read()", f"open({str(tmp_path / 'out')!r}, 'w')", "os.listdir('/')", "os.fork()",
             "os.posix_spawn('/bin/true', ['true'], {})", "os.execv('/bin/true', ['true'])", "socket.socket()",
             "socket.socket(socket.AF_UNIX)", "os.kill(os.getppid(), 0)", "os.kill(-1, 0)", "os.memfd_create('x')",
             "bytearray(1 << 31)", "open('big', 'wb').write(bytes(80 << 20))",
             "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "open(f'/proc/{os.getppid()}/environ')",
             "os.mkfifo('/tmp/colorlib-fifo')", "os.link('/etc/passwd', 'mine')",
             "resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0))",
             "fcntl.fcntl(socket.socketpair()[0], fcntl.F_SETOWN, os.getppid())",
             "fcntl.ioctl(socket.socketpair()[0], 0x8901, struct.pack('i', os.getppid()))",
             "1 / (libc.unshare(0) + 1)", "1 / (libc.ptrace(16, os.getppid(), 0, 0) + 1)"]  # fmt: skip
    works = ["open('mine', 'w').write('x')", "threading.Thread(target=dict).start()", "os.kill(os.getpid(), 0)",
             "resource.prlimit(os.getpid(), resource.RLIMIT_CORE, (0, 0))", "resource.getrlimit(resource.RLIMIT_AS)",
             "fcntl.fcntl(socket.socketpair()[0], fcntl.F_GETFL)", "open('/dev/null', 'w')",
             "os.chmod('mine', 0)", "import wave"]  # fmt: skip
    (tmp_path / "own").mkdir()
    program = f"""
import ctypes, fcntl, os, resource, socket, struct, threading
from pathlib import Path
from colorlib.course.grading import sandbox
os.chdir({str(tmp_path / "own")!r})
libc = ctypes.CDLL(None)
sandbox.enter(Path.cwd(), 1 << 30)
for code in {tries + works!r}:
    try:
        exec(code)
        print("worked", code)
    except (OSError, MemoryError, ValueError, ZeroDivisionError) as error:
        print("failed", code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split("\n")[:-1] == [f"failed {t}" for t in tries] + [f"worked {t}" for t in works], done.stderr


def test_what_answers_can_read_holds_no_tests():
    hidden = [ROOT, SETS / "src" / "ps1.py", Path(__file__)]
    assert not [(path, file) for path in sandbox.readable() for file in hidden if file.is_relative_to(path)]
    assert Path(sandbox.__file__).is_relative_to(next(p for p in sandbox.readable() if p.name == "colorlib"))


@pytest.mark.parametrize("role", ["judge", "student"])
def test_answers_that_come_too_late_end_no_process(role, monkeypatch):
    """A check's clock may run out just when the session answers in the student's stead."""
    ours, its = socket.socketpair()
    monkeypatch.setattr(inside, "_test", lambda shell, peer, **task: inside._report([]))
    monkeypatch.setattr(inside, "run_cell", lambda shell, source: [])
    monkeypatch.setattr(inside, "_interruptible", contextlib.nullcontext)
    monkeypatch.setattr(inside.InteractiveShell, "instance", lambda: SimpleNamespace(user_ns={}))
    messages.send(ours, b"a", 3, messages.pack(["error", ["TimeoutError", "no answer"]]))
    task = {"names": [], "visible": "", "full": ""} if role == "judge" else "x = 1"
    messages.send(ours, b"t" if role == "judge" else b"x", 7, messages.pack(task))
    ours.shutdown(socket.SHUT_WR)
    with pytest.raises(messages.Gone):
        inside.ROLES[role](its)
    assert messages.receive(ours)[:2] == (b"d", 7)


# ---- what a process says that was taken over


@pytest.mark.parametrize("came", [5, ["loss"], "loss", UserDict(checks=1)], ids=repr)
def test_names_that_are_none_are_refused(came):
    shell, student = SimpleNamespace(user_ns={}), SimpleNamespace(ask=lambda *_: came)
    report = inside._test(shell, student, names=["loss"], visible="", full="")
    assert (report["passed"], report["visible"][0]["ename"], shell.user_ns) == (False, "Broken", {})


@pytest.mark.parametrize("rubbish", [5, None, "word", [[1]], {"name": [1]}], ids=repr)
def test_outputs_hold_nothing_but_text(rubbish):
    kinds = ("stream", "error", "display_data", rubbish)
    keys = ("name", "text", "ename", "evalue", "traceback", "data")
    sent = [{"output_type": kind, **dict.fromkeys(keys, rubbish)} for kind in kinds]
    sent += [rubbish, {}, {"output_type": "error"}, {"output_type": "display_data", "data": {"text/plain": rubbish}}]
    kept = [outputs.checked(rubbish), *(outputs.checked([output]) for output in sent)]
    texts = [t for outputs in kept for o in outputs for t in (*o.get("traceback", []), *o.get("data", {}).values())]
    assert all(isinstance(t, str) for t in texts)
    assert all(isinstance(o[key], str) for outputs in kept for o in outputs for key in {"ename", "evalue"} & o.keys())
    honest = [{"output_type": "error", "ename": "ValueError", "evalue": "words", "traceback": ["a line"]}]
    assert outputs.checked(honest) == honest


# ---- values between processes


@pytest.fixture
def peers():
    """A judge's end and a student's, the latter answering in a thread."""
    one, two = socket.socketpair()
    judge, student = peer.Peer(one, trusted=True), peer.Peer(two, trusted=False)

    def serve():
        try:
            while True:
                _, number, body = messages.receive(two)
                student.answer(number, body)
        except messages.Gone:
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    yield judge, student
    one.close()
    thread.join()
    two.close()


def given(peers, **names):
    judge, student = peers
    student.names = names
    return judge.ask("names", list(names))


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -(10**40), 2.5, float("inf"), "ä\n", (1, [2, {"k": {3}}]), b"\x00\xff", 1j, Path("a/b"),
     torch.zeros(0, 3), torch.tensor(3), torch.arange(6.0).view(2, 3).bfloat16(), torch.arange(6.0).view(2, 3).T,
     torch.tensor([True]), np.arange(6).reshape(2, 3), np.float32(2), np.array(1 + 2j), torch.float16,
     torch.device("cpu")],
    ids=repr,
)  # fmt: skip
def test_plain_values_arrive_as_they_were(peers, value):
    came = given(peers, value=value)["value"]
    assert type(came) is type(value)
    if isinstance(value, (torch.Tensor, np.ndarray)):
        assert came.dtype == value.dtype
        assert came.shape == value.shape
        assert (came == value).all()
    else:
        assert came == value


def test_functions_are_called_where_they_live(peers):
    def change(x, twice, rows=()):
        print("hello")
        x += 1
        rows.append(2)
        return twice(x), np.float64(x.sum())

    x, rows = torch.ones(3), [1]
    value, total = given(peers, change=change)["change"](x, lambda v: 2 * v, rows=rows)
    assert torch.equal(value, torch.full((3,), 4.0))
    assert total == 6
    assert torch.equal(x, torch.full((3,), 2.0))
    assert rows == [1, 2]


def test_gradients_cross(peers):
    weight = torch.tensor(3.0, requires_grad=True)
    f = given(peers, f=lambda x, y: {"out": [weight * x**2 + y, "word"]})["f"]
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor(1.0)
    out = f(x, y)["out"][0]
    (2 * out).sum().backward()
    assert torch.equal(x.grad, torch.tensor([12.0, 24.0]))
    assert weight.grad == 10
    with torch.no_grad():
        assert not f(x, y)["out"][0].requires_grad


def test_seeds_hold_for_answers_and_draws_move_on(peers):
    draw = given(peers, draw=lambda: torch.rand(2))["draw"]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first = draw()
        second = draw()
        torch.manual_seed(3)
        assert torch.equal(first, torch.rand(2))
        assert not torch.equal(first, second)


def test_objects_answer_but_never_compare(peers):
    class Yes:
        items = (1, 2)

        def __eq__(self, other):
            return True

        def __len__(self):
            return 2

        def __iter__(self):
            return iter(self.items)

    class Number(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    came = given(peers, yes=Yes(), number=Number(3))
    assert came["yes"] != 5
    assert came["yes"].items == (1, 2)
    assert len(came["yes"]) == 2
    assert list(came["yes"]) == [1, 2]
    assert type(came["number"]) is int
    assert came["number"] != 5


def test_modules_of_a_student_can_be_called(peers):
    model = given(peers, model=torch.nn.Linear(2, 1))["model"]
    assert model(torch.ones(1, 2)).shape == (1, 1)
    assert sum(p.numel() for p in model.parameters()) == 3


def test_errors_keep_their_kind(peers):
    class Own(KeyError):
        pass

    def fail(kind):
        raise kind("because")

    fail_there = given(peers, fail=fail)["fail"]
    for kind, wanted in ((ValueError, ValueError), (SystemExit, SystemExit), (KeyboardInterrupt, RuntimeError)):
        with pytest.raises(wanted, match="because"):
            fail_there(kind)
    given(peers, fail=lambda: fail(Own))
    with pytest.raises(KeyError, match="Own"):
        given(peers, fail=lambda: fail(Own))["fail"]()


def test_a_student_asks_the_judge_nothing_but_to_call(peers):
    judge, _ = peers
    judge.hold(open)
    for what in ("attribute", "names", "items"):
        with pytest.raises(PermissionError):
            judge._do(what, exchange.Decoder(judge, []), [0, "__globals__"])


@pytest.mark.parametrize(
    "tree",
    [{"pickle": 0}, {"tensor": 0, "dtype": "torch.float32", "shape": [1 << 40], "grad": False}, {"tensor": 9}, {},
     {"array": 0, "dtype": "O", "shape": [1], "scalar": False}, {"_init__": 1}, {"peer": 1}, {"yours": 7}, {"dict": 3},
     {"tensor": 0, "dtype": "torch.int64", "shape": [-1], "grad": True}, {"dtype": "os"}, [1]],
    ids=str,
)  # fmt: skip
def test_what_is_no_value_is_refused(tree):
    judge = peer.Peer(None, trusted=True)
    with pytest.raises(messages.Broken):
        exchange.Decoder(judge, [b"cos\nsystem\n", b""])(tree)


@pytest.mark.parametrize("body", [b"", b"[1]\n", b"[1, [5]]\n", b"[1, [-1, 1]]\n", b"\xff\n", b"[" * 10_000])
def test_what_is_no_message_is_refused(body):
    with pytest.raises(messages.Broken):
        messages.unpack(body)
