"""Problem sets: built the same every time, nothing given away, full marks for right answers and none for no answer.

All solutions, stubs and half right answers run in one kernel.
"""

import ast
import builtins
import contextlib
import functools
import importlib
import importlib.util
import io
import itertools
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader import utils

from colorlib.course import checks
from colorlib.course.checks import problems, problems_data, problems_prior, problems_refiner
from colorlib.course.grading.assignment import bound

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks" / "assignments"
SETS = ["ps1", "ps2", "ps3", "ps4", "ps5"]

spec = importlib.util.spec_from_file_location("assignments_build", FOLDER / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)

SOURCES = {name: build.from_source(FOLDER / "src" / f"{name}.py") for name in [*SETS, "project"]}
RELEASES = {name: build.released(nb) for name, nb in SOURCES.items()}
every_set = pytest.mark.parametrize("name", SETS)
every_sheet = pytest.mark.parametrize("name", [*SETS, "project"])


def meta(cell):
    return cell.metadata.get("nbgrader", {})


def task_of(cell):
    return meta(cell)["grade_id"].split("-")[1]


def number(name, task):
    return f"{'6' if name == 'project' else name[2:]}.{task}"


def is_test(cell):
    return utils.is_grade(cell) and not utils.is_solution(cell)


# ---- builds


def test_the_sets_are_there():
    assert sorted(p.stem for p in (FOLDER / "src").glob("*.py")) == sorted(SOURCES)


def test_what_is_stored_equals_a_fresh_build(capsys):
    assert build.main(["check"]) == 0, capsys.readouterr().out


@every_sheet
def test_students_get_no_long_cell(name):
    long = [c.id for c in RELEASES[name].cells if c.cell_type == "code" and len(c.source.splitlines()) > 25]
    assert not long


@every_sheet
def test_a_rebuild_changes_nothing(name):
    again = build.from_source(FOLDER / "src" / f"{name}.py")
    assert build._text(again) == build._text(SOURCES[name])
    assert build._text(build.released(again)) == build._text(RELEASES[name])
    ids = [cell.id for cell in again.cells]
    assert len(set(ids)) == len(ids)


TINY = """\
# %% [markdown]
# # Tiny

# %% nbgrader={"grade_id": "ps1-1", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-1-check", "grade": true, "points": 1}
print(double(21))
### BEGIN HIDDEN TESTS
assert double(0) == SECRET
### END HIDDEN TESTS
"""


@pytest.mark.parametrize(("secret", "failed"), [("0", 0), ("1", 1)])
def test_build_writes_all_copies_and_tells_of_a_solution_that_fails(tmp_path, capsys, secret, failed):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "ps1.py").write_text(TINY.replace("SECRET", secret))
    out = tmp_path / "out"
    assert build.main(["build", "--folder", str(tmp_path), "--out", str(out)]) == failed
    assert ("FAILED" in capsys.readouterr().out) == bool(failed)
    source, release = ((out / kind / "ps1" / "ps1.ipynb").read_text() for kind in ("source", "release"))
    assert "return 2 * x" in source
    assert "HIDDEN" in source
    assert 'raise NotImplementedError(\\"task 1.1\\")' in release
    assert "HIDDEN" not in release
    solution = out / "solution" / "ps1" / "ps1.ipynb"
    assert solution.is_file() == (not failed)
    if not failed:
        nb = nbformat.read(solution, as_version=4)
        assert "42" in nb.cells[2].outputs[0].text
        assert not re.search("HIDDEN|SOLUTION|double\\(0\\)", solution.read_text())

    stored = tmp_path / "colab" / "ps1.ipynb"
    assert build.check(tmp_path, []) == 0
    stored.write_text(stored.read_text().replace("Tiny", "Edited by hand"))
    assert build.check(tmp_path, []) == 1
    stored.unlink()
    assert build.check(tmp_path, []) == 1
    assert "make assignments" in capsys.readouterr().out


@every_sheet
def test_colab_copies_are_the_release_with_the_lessons_set_up_in_front(name):
    nb = nbformat.read(FOLDER / "colab" / f"{name}.ipynb", as_version=4)
    badge, setup, *rest = nb.cells
    wanted = build.lessons.front(build.lessons.repository(), f"assignments/colab/{name}.ipynb")
    assert [badge.source, setup.source] == [cell.source for cell in wanted]
    assert [(c.id, c.source, c.metadata) for c in rest] == [(c.id, c.source, c.metadata) for c in RELEASES[name].cells]


# ---- what students get


@every_sheet
def test_release_gives_nothing_away(name):
    nb = RELEASES[name]
    for cell, source in zip(nb.cells, SOURCES[name].cells, strict=True):
        assert not re.search("BEGIN|END (SOLUTION|HIDDEN)", cell.source), cell.id
        assert not cell.get("outputs")
        hidden = re.findall(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)\n *### END", source.source, re.DOTALL)
        lines = [line.strip() for part in hidden for line in part.split("\n") if len(line.strip()) > 12]
        assert not [line for line in lines if line in cell.source.split("\n")], cell.id
        assert bool(hidden) == (utils.is_solution(cell) or is_test(cell)), (
            f"{cell.id}: nothing hidden, or in given code"
        )


@every_sheet
def test_stubs_name_their_task(name):
    for cell in RELEASES[name].cells:
        if utils.is_solution(cell):
            said = re.findall(r'raise NotImplementedError\("task (.+?)"\)', cell.source)
            wanted = [number(name, task_of(cell))] if cell.cell_type == "code" else []
            assert said == wanted
            assert cell.cell_type == "code" or cell.source == "YOUR ANSWER HERE"


@every_sheet
def test_metadata_is_whole(name):
    for cell in RELEASES[name].cells:
        if meta(cell):
            assert meta(cell)["schema_version"] == 3
            assert meta(cell)["grade_id"].startswith(f"{name}-")
            assert {"grade", "solution", "locked", "task", "checksum"} <= set(meta(cell))
            assert cell.metadata["deletable"] is False
            assert utils.is_solution(cell) == ("editable" not in cell.metadata)


@every_sheet
def test_every_task_says_its_points_and_minutes(name):
    nb = SOURCES[name]
    heading = r"^## (?:Task|Part) (\d\.\d) · (\d+) points · (\d+) minutes"
    said = {task: (int(points), int(minutes)) for task, points, minutes in re.findall(heading, _prose(nb), re.M)}
    earned = {}
    for cell in nb.cells:
        if utils.is_grade(cell):
            task = number(name, task_of(cell))
            earned[task] = earned.get(task, 0) + meta(cell)["points"]
    assert {task: points for task, (points, _) in said.items()} == earned
    assert 5 <= len(said) <= 8
    assert list(said) == [number(name, i + 1) for i in range(len(said))]
    total, minutes = sum(p for p, _ in said.values()), sum(m for _, m in said.values())
    words = re.sub(r"\s+", " ", nb.cells[0].source)
    assert f" {total} points, about " in words
    promised = int(re.search(r"about (\d+) (minutes|hours)", words)[1]) * (60 if "hours" in words else 1)
    assert abs(promised - minutes) <= 0.12 * minutes


def _prose(nb):
    return "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")


@every_set
def test_sets_have_what_they_should(name):
    nb = SOURCES[name]
    tests = [cell for cell in nb.cells if is_test(cell)]
    assert all(meta(cell)["points"] == 1 for cell in tests), "one idea, one point"
    assert all(re.match(r"# [a-z0-9]", cell.source) for cell in tests), "the first line says the idea"
    assert all("assert " in cell.source for cell in tests)
    written = [cell for cell in nb.cells if utils.is_grade(cell) and utils.is_solution(cell)]
    assert [cell.cell_type for cell in written] == ["markdown"]
    assert "Marks:" in written[0].source
    assert "a catch of the paper" in _prose(nb)
    assert sum("assert checks." in cell.source for cell in tests) >= 3


@every_set
def test_tests_stand_on_given_cells_alone(name):
    """So that no test fails because another one did, and none needs names of an earlier answer's making."""
    known, answers = set(dir(builtins)), set()
    locked = [c for c in SOURCES[name].cells if meta(c).get("locked") and not utils.is_grade(c)]
    given = set().union(*(bound(c.source) for c in locked))
    for cell in SOURCES[name].cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        makes = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        makes |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
        makes |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                makes |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        if utils.is_solution(cell):
            (function,) = tree.body
            answers.add(function.name)
        elif is_test(cell):
            needs = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            assert needs <= known | makes | answers, cell.id
            assert not bound(cell.source) & (given | answers) - {"_"}, f"{cell.id} writes over what others stand on"
            assert len(answers & needs) == 1, f"{cell.id} tests {answers & needs}"
        elif meta(cell).get("locked"):
            known |= makes


def test_no_picture_file_comes_along():
    kinds = {p.suffix or p.name for p in FOLDER.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert kinds == {".py", ".ipynb", ".md", "Dockerfile"}


# ---- marks

# A half right answer: (the answer's cell, what it has, what it has instead, the ideas that it loses).
HALF = [
    ("ps1-2", " % 360", "", {"range", "check"}),
    ("ps1-3", "(train, train[:, :, ::-1])", "(train,)", {"mirrored", "check"}),
    ("ps1-4", ".astype(float)", "", {"eight", "check"}),
    ("ps1-5", "train_ab.mean", "test_ab.mean", {"constant"}),
    ("ps1-6-rows", "abs(psnr - 10 * np.log10(255**2 / mse))", "psnr - 10 * np.log10(255**2 / mse)", {"rows-other"}),
    ("ps2-2", "/ weight.sum()", "/ weight.numel()", {"check"}),
    ("ps2-3", "return w / (p * w).sum()", "return w", {"mean", "check"}),
    ("ps2-4", "topk(k,", "topk(len(centres),", {"nearest", "check"}),
    ("ps2-5", "difference.max() - difference.min()", "difference.abs().max()", {"constant", "all"}),
    ("ps3-1", "variance.sqrt()", "variance", {"whole", "spread", "check"}),
    ("ps3-4", "(measure(large) / measure(ab)).mean()", "(measure(large).mean() / measure(ab).mean())", {"other"}),
    ("ps3-6", "others = [torch.zeros_like(ab), -ab, ab + 0.1", "others = [-ab] or [0.1", {"small", "hidden"}),
    ("ps4-1", ".clamp(max=0.999)", "", {"largest", "check"}),
    ("ps4-3", "beta.sqrt() * noise", "beta * noise", {"noise", "check"}),
    ("ps4-5", "dim=0, correction=0", "dim=0", {"spread", "check"}),
    ("ps4-6", "sorted(ts)", "ts", {"order"}),
    ("ps5-1", "scores.masked_fill(~near, -torch.inf)", "(scores * near)", {"unseen", "shares", "check"}),
    ("ps5-2", "(B, T, heads, C // heads).transpose(1, 2)", "(B, heads, T, C // heads)", {"first", "check"}),
    ("ps5-3", "mean(dim=(1, 2))", "mean(dim=(1, 3))", {"star", "check"}),
    ("ps5-4", "4 * heads", "heads", {"heads", "check"}),
    ("ps5-6", "found[0].numel()", "found[0, 0].numel()", {"map"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def marks(tmp_path_factory):
    """{(set, kind): {grade_id: points}} for "solution", "untouched" and the half right answers, from one kernel."""
    nb, places = new_notebook(metadata=build.lessons.METADATA), {}

    def add(key, cells):
        begin = len(nb.cells)
        for cell in cells:
            copied = nbformat.from_dict(dict(cell))
            copied.id = f"cell-{len(nb.cells)}"
            nb.cells.append(copied)
        places[key] = slice(begin, len(nb.cells))

    for name in [*SETS, "project"]:
        source = SOURCES[name]
        add((name, "solution"), source.cells)
        if name != "project":
            stubs = build.released(source, hidden=True)
            add((name, "untouched"), [c for c in stubs.cells if utils.is_solution(c) or is_test(c)])
        for answer, old, new, _ in HALF:
            if answer.split("-")[0] == name:
                (cell,) = [c for c in source.cells if meta(c).get("grade_id") == answer]
                assert cell.source.count(old) == 1, f"{answer}: {old}"
                changed = nbformat.from_dict({**cell, "source": cell.source.replace(old, new)})
                add((name, answer), [changed, *_tests_of(source, answer)])
        add((name, "end"), [new_code_cell("%reset -f")])
    home = tmp_path_factory.mktemp("home")
    env = {**build.lessons.environment("lesson", "portraits"), "COLORLIB_HOME": str(home), "OMP_NUM_THREADS": "1"}
    client = NotebookClient(nb, timeout=120, kernel_name="python3", allow_errors=True, record_timing=False)
    client.execute(env=env)
    return {key: {meta(c)["grade_id"]: c for c in nb.cells[place] if meta(c)} for key, place in places.items()}


def _tests_of(source, answer):
    """The test cells of an answer: those with its name in front, or those of its task."""
    return [c for c in source.cells if is_test(c) and meta(c)["grade_id"].startswith(f"{answer}-")]


def _points(cells):
    return {i: utils.determine_grade(cell)[0] for i, cell in cells.items() if utils.is_grade(cell)}


def _said(cell):
    return "\n".join(o.get("evalue", o.get("text", "")) for o in cell.outputs)


@every_sheet
def test_solutions_earn_all_points(marks, name):
    for i, cell in marks[name, "solution"].items():
        assert not build.lessons.has_error(cell), f"{i}: {_said(cell)}"
        if is_test(cell):
            assert utils.determine_grade(cell)[0] == meta(cell)["points"], f"{i}: {_said(cell)}"


@every_set
def test_no_answer_earns_nothing(marks, name):
    points = _points(marks[name, "untouched"])
    assert len(points) > 15
    assert set(points.values()) == {0}, {i: p for i, p in points.items() if p}


@pytest.mark.parametrize(("answer", "lost"), [(a, lost) for a, _, _, lost in HALF], ids=[a for a, *_ in HALF])
def test_half_right_answers_earn_the_rest(marks, answer, lost):
    name, task = answer.split("-")[:2]
    points = _points(marks[name, answer])
    assert {i for i, p in points.items() if not p} == {f"{name}-{task}-{idea}" for idea in lost}
    assert 0 < sum(points.values()) < len(points)


# ---- other years

TABLE = build.years.table(FOLDER)
YEARS = (1, 2, 3)


def year(seed):
    """{set: its source in that year}"""
    variants = build.years.chosen(TABLE, seed)
    return {name: build.from_source(FOLDER / "src" / f"{name}.py", variants) for name in SETS}


IN_YEAR = {seed: year(seed) for seed in (0, *YEARS)}


def test_two_years_never_ask_a_task_in_the_same_way():
    """Each way is asked in some year, and the next year asks in another."""
    for name, options in TABLE.items():
        ways = [build.years.chosen(TABLE, seed).get(name) for seed in range(12)]
        assert all(one != other for one, other in itertools.pairwise(ways)), name
        assert all(option in ways for option in options), name
    assert {seed for seed in YEARS if build.years.chosen(TABLE, seed)} == set(YEARS)
    assert max(map(len, TABLE.values())) == max(YEARS), "the test below asks in every way"


def test_every_task_but_those_in_words_can_be_asked_in_another_way():
    answers = {meta(c)["grade_id"] for name in SETS for c in SOURCES[name].cells if utils.is_solution(c)}
    assert set(TABLE) == answers - {f"{name}-7" for name in SETS}


@pytest.fixture(scope="module")
def given():
    """{set: the names that its given cells make}"""
    found = {}
    for name in SETS:
        found[name] = {}
        for cell in SOURCES[name].cells:
            if meta(cell).get("locked") and not utils.is_grade(cell):
                exec(cell.source, found[name])
    return found


def earned(given, answer, this, that):
    """Whether the solution of year `this` passes each test of year `that`: {idea: truth}"""
    name = answer.split("-")[0]
    names = dict(given[name])
    exec(next(c.source for c in IN_YEAR[this][name].cells if meta(c).get("grade_id") == answer), names)
    passed = {}
    for cell in _tests_of(IN_YEAR[that][name], answer):
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(cell.source, dict(names))
            passed[meta(cell)["grade_id"]] = True
        except Exception:
            passed[meta(cell)["grade_id"]] = False
    return passed


@pytest.mark.parametrize("answer", list(TABLE))
def test_last_years_answers_fail_and_this_years_earn_all(given, answer):
    for seed in YEARS:
        now = earned(given, answer, seed, seed)
        assert all(now.values()), f"{seed}: {now}"
        last = earned(given, answer, seed - 1, seed)
        assert sum(last.values()) <= len(last) / 2, f"{seed}: {last}"
        assert last.get(f"{answer}-check") is not True, f"{seed}: {last}"


@pytest.mark.parametrize("seed", YEARS)
def test_the_sets_of_a_year_are_whole(seed):
    for name, nb in IN_YEAR[seed].items():
        release = build.released(nb)
        assert [cell.id for cell in nb.cells] == [cell.id for cell in SOURCES[name].cells]
        assert build.points(nb) == build.points(SOURCES[name])
        for cell in release.cells:
            assert not re.search("BEGIN|END (SOLUTION|HIDDEN)", cell.source), cell.id
        for cell in nb.cells:
            if cell.cell_type == "code":
                ast.parse(cell.source)


def test_a_variant_that_does_not_fit_its_set_is_told():
    (variant, *_) = TABLE["ps1-1"]
    nb = build.from_source(FOLDER / "src" / "ps1.py")
    for cell in nb.cells:
        cell.source = cell.source.replace("110 * ab", "ab * 110")
    with pytest.raises(build.years.VariantError, match="ps1-1, a, b, L in the place of L, a, b: the set has no"):
        build.years.applied(nb, {"ps1-1": variant})


def test_calls_are_changed_wherever_they_stand():
    make = functools.partial(build.years.Variant, "", {})
    called = functools.partial(build.years._called, function="f")
    assert called("f(a + 1, f(b, 2))", variant=make("f({0}, 1 - {1})")) == "f((a + 1), 1 - f(b, 1 - 2))"
    assert called("é = [f(x) for x in f(*z)]", variant=make("{call}[::-1]")) == "é = [f(x)[::-1] for x in f(*z)[::-1]]"
    assert called("g(f)\nassert checks.f(f)", variant=make(check="k=1")) == "g(f)\nassert checks.f(f, k=1)"


# ---- checks made for the sets


def test_every_check_of_the_sets_is_tested_with_mistakes_and_used():
    modules = (problems, problems_data, problems_prior, problems_refiner)
    made = [
        n for m in modules for n, f in vars(m).items() if getattr(f, "__module__", "") == m.__name__ and n[0] != "_"
    ]
    assert len(made) == 20
    assert set(made) <= set(checks.__all__)
    everything = "".join(cell.source for nb in SOURCES.values() for cell in nb.cells)
    for name in made:
        answers = importlib.import_module(f"mistakes.{name}")
        assert len(answers.WRONG) >= 5, name
        assert len(answers.RIGHT) >= 2, name
        assert f"checks.{name}({name})" in everything, name
