"""What every lesson has, read from the sources' text: no kernel runs here.

Conventions that the tests rely on: cells tagged "derive" rebuild a block of colorlib, cells tagged "expected" draw what
an exercise should give; "**Catch 3**" marks a catch of the paper, "counterpart of the paper's Figure 4" a figure.
"""

import ast
import hashlib
import inspect
import io
import re
import shlex
from itertools import takewhile
from pathlib import Path

import jupytext
import numpy as np
import pytest
import torch
from PIL import Image

from colorlib import cli
from colorlib.course import checks
from colorlib.data import grey
from colorlib.show import plots

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SOURCES = sorted((NOTEBOOKS / "src").glob("*.py"))
LESSONS = {path.stem: jupytext.reads(path.read_text("utf-8"), fmt="py:percent").cells for path in SOURCES}
CELL_WORDS, RUN_WORDS = 190, 250  # of prose in a cell, and between two code cells: about half a screen, most of one
DERIVED_LINES = 15
QUESTION = "**Before you run this:**"
GREYS = re.compile(r"black|white|none|0\.\d+")

every_lesson = pytest.mark.parametrize("name", LESSONS)


def prose(name):
    """All markdown of a lesson with every run of white space as one space, quotes' and list's marks left out."""
    text = "\n".join(c.source for c in LESSONS[name] if c.cell_type == "markdown")
    return re.sub(r"\s+", " ", re.sub(r"(?m)^> ?", "", text))


def tagged(name, tag):
    return [i for i, c in enumerate(LESSONS[name]) if tag in c.metadata.get("tags", [])]


def code_after(name, position, count):
    """The next code cells' text."""
    return [c.source for c in LESSONS[name][position + 1 :] if c.cell_type == "code"][:count]


def headings(name):
    """The headings of a lesson, as the anchors that JupyterLab makes of them."""
    cells = [c.source for c in LESSONS[name] if c.cell_type == "markdown"]
    return {m.strip().replace(" ", "-") for text in cells for m in re.findall(r"(?m)^#+ (.*)$", text)}


def calls(name):
    """(text of what is called, call) of each call in a lesson's code."""
    for cell in LESSONS[name]:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call):
                    yield ast.unparse(node.func), node


def readable(markdown):
    """What a reader sees as prose: without folded answers, code and tables."""
    open_text = re.sub(r"<details><summary>(.*?)</summary>.*?</details>", r"\1", markdown, flags=re.DOTALL)
    open_text = re.sub(r"```.*?```", "", open_text, flags=re.DOTALL)
    return re.sub(r"(?m)^\|.*$", "", open_text)


# ---- the frame of a lesson


@every_lesson
def test_first_screen(name):
    title, *rest = LESSONS[name]
    assert re.match(rf"# {name[:2]} · \S", title.source)
    _, aims = title.source.split("**After this lesson you can**")
    assert len(re.findall(r"(?m)^- ", aims)) >= 3
    for words in ("**Time and memory:**", "**Read before:**", "(glossary.md)"):
        assert words in aims
    first = list(takewhile(lambda cell: cell.cell_type == "code", rest))  # imports may stand in a cell of their own
    assert 1 <= len(first) <= 2
    assert re.match(r"plots\.\w+\(", first[-1].source.splitlines()[-1]), "the finished picture comes before any text"


@every_lesson
def test_last_screen(name):
    _, questions = LESSONS[name][-1].source.split("## Three questions")
    both = "\n".join(c.source for c in LESSONS[name][-2:])
    remember = re.search(r"## What to remember\n(.*?)(?=\n## |\Z)", both, re.DOTALL)[1]
    assert len(re.findall(r"(?m)^- ", remember)) >= 4
    assert len(re.findall(r"<details>\s*<summary>[^<]+</summary>\s*\S[^<]*</details>", questions)) == 3


@every_lesson
def test_claims_of_the_paper_are_checked(name):
    text = prose(name)
    assert re.search(r"paper says / we found", text)
    assert any("verdicts.claims(" in source for source in code_after(name, claims_at(name), 99))


def claims_at(name):
    cells = LESSONS[name]
    return next(i for i, c in enumerate(cells) if c.cell_type == "markdown" and "paper says / we found" in c.source)


@every_lesson
def test_a_question_is_followed_by_an_answer_that_stays_folded(name):
    """Nothing is shown between the question and its answer, and the answer is behind a fold."""
    cells = LESSONS[name]
    asked = [i for i, c in enumerate(cells) if c.cell_type == "markdown" and QUESTION in c.source]
    assert len(asked) >= 2
    for start, stop in zip(asked, [*asked[1:], len(cells)], strict=True):
        code = [c.source for c in cells[start + 1 : stop] if c.cell_type == "code"]
        before = list(takewhile(lambda source: "with answer(" not in source, code))
        assert len(before) < len(code), f"no answer: {cells[start].source}"
        assert not [source for source in before if shows(source)], cells[start].source
        outside = code[len(before)].split("with answer(")[0]
        assert not shows(outside), cells[start].source


SHOWN = {
    "plots",
    "verdicts",
    "widgets",
    "Markdown",
    "gallery",
    "two_columns",
    "versus",
}  # calls of these give a picture or words


def shows(source):
    """Whether code shows something but progress: it prints or displays, or ends in a name or in a call that shows."""
    tree = ast.parse(source)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    last = tree.body[-1].value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    ends = isinstance(last, ast.Name) or (isinstance(last, ast.Call) and ast.unparse(last.func).split(".")[0] in SHOWN)
    return bool(called & {"print", "display"}) or ends


def test_what_shows_is_told_from_what_does_not():
    assert shows("print(1)")
    assert shows("x = 1\nplot")
    assert shows("for x in (1, 2):\n    display(x)")
    assert shows("plots.bars(1)")
    assert not shows("x = plots.bars(1)\naxes.legend()")
    assert not shows("")


@every_lesson
def test_verdicts_are_made_from_numbers_and_no_measured_number_is_typed(name):
    """No lesson words its own verdict, and no percentage with a sign stands in prose, but where the paper is quoted."""
    code = "\n".join(c.source for c in LESSONS[name] if c.cell_type == "code")
    assert not re.search(r'"(includes|excludes) zero', code)
    text = re.sub(r"<details>.*?</details>", "", prose(name))
    text = re.sub(r'"[^"]*"|“[^”]*”|`[^`]*`', "", text)
    typed = [n for n in re.findall(r"[-+−]\d+(?:\.\d+)? %", text) if n not in ("−19.03 %",)]
    assert typed in ([], ["+0.101 %"]), typed


@every_lesson
def test_claims_are_quoted(name):
    """Each row of a table of claims begins with the paper's own words, and they are no more than a sentence."""
    for cell in (c.source for c in LESSONS[name] if c.cell_type == "code" and "verdicts.claims" in c.source):
        quoted = re.findall(r'\(\n?\s*"([^"]{6,})"', cell)
        assert quoted
        assert all(len(words.split()) <= 20 for words in quoted)


@every_lesson
def test_blocks_are_derived_in_few_lines_and_compared(name):
    found = tagged(name, "derive")
    assert found
    for i in found:
        source = LESSONS[name][i].source
        lines = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
        assert len(lines) < DERIVED_LINES, source
        assert re.search(r"\bassert_(close|allclose|array_equal)\(", "\n".join([source, *code_after(name, i, 2)])), (
            source
        )


@every_lesson
def test_no_wall_of_text(name):
    run = 0
    for cell in LESSONS[name]:
        words = len(readable(cell.source).split())
        run = run + words if cell.cell_type == "markdown" else 0
        assert cell.cell_type == "code" or words <= CELL_WORDS, cell.source
        assert run <= RUN_WORDS, f"{run} words without a cell that runs, up to: {cell.source}"


def lists_by_accident(markdown):
    """Lines that a wrapped sentence begins with a sign, such as "- green": Markdown makes a list of them."""
    text = re.sub(r"(?ms)^ *```.*?```|^\$\$.*?\$\$", "", re.sub(r"(?m)^> ?", "", markdown))
    blocks = [block.strip("\n").split("\n") for block in re.split(r"\n\s*\n", text)]
    sign = re.compile(r"(?:[-+*]|\d+\.) ")
    return [line for first, *rest in blocks if not sign.match(first) for line in rest if sign.match(line)]


@every_lesson
def test_no_sentence_becomes_a_list(name):
    assert not [line for c in LESSONS[name] if c.cell_type == "markdown" for line in lists_by_accident(c.source)]


def test_a_sentence_that_becomes_a_list_is_noticed():
    assert lists_by_accident("the colours red\n- green and blue") == ["- green and blue"]
    assert lists_by_accident("Text\n\n> - one\n>   more\n> - two\n\n1. first\n2. second") == []


def test_what_lessons_and_problem_sets_take_from_the_package_is_there():
    """Imports, and each attribute of an imported module: a renamed function is found before any kernel runs."""
    looked_up = 0
    for source in [*SOURCES, *(NOTEBOOKS / "assignments" / "src").glob("*.py")]:
        nodes = list(ast.walk(ast.parse(re.sub(r"(?m)^%.*$", "", source.read_text("utf-8")))))
        found = {}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "colorlib":
                exec(ast.unparse(node), found)
        modules = {name: value for name, value in found.items() if inspect.ismodule(value)}
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                assert hasattr(modules[node.value.id], node.attr), f"{source.name}: {ast.unparse(node)}"
                looked_up += 1
    assert looked_up > 400


# ---- exercises


def exercises(name):
    """[(position of its text, number, name of the function, source of the stub)]"""
    found = []
    for i, cell in enumerate(LESSONS[name]):
        if cell.cell_type == "markdown" and (head := re.search(r"\*\*Exercise (\d\.\d)\*\*", cell.source)):
            stub = next(c for c in LESSONS[name][i:] if c.cell_type == "code" and "NotImplementedError(" in c.source)
            (function,) = re.findall(r"def (\w+)\([^)]*\):\n    raise NotImplementedError", stub.source)
            found.append((i, head[1], function, stub.source))
    return found


@every_lesson
def test_exercises_have_all_their_parts(name):
    found = exercises(name)
    assert [number for _, number, *_ in found] == [f"{int(name[:2])}.{i + 1}" for i in range(len(found))]
    assert 2 <= len(found) <= 4
    for i, number, function, stub in found:
        text, expected, _, solution = LESSONS[name][i : i + 4]
        head = r"\*\*Exercise \d\.\d\*\* · difficulty [●○]{3} · importance [●○]{3} · \d+ minutes"
        assert re.search(head, text.source)
        assert "<details><summary>Hint</summary>" in text.source
        assert "expected" in expected.metadata["tags"]
        assert "hide-input" in expected.metadata["tags"]
        assert expected.metadata["jupyter"] == {"source_hidden": True}
        assert re.search(r"(?m)^(plots\.)?\w+\(.*\)$", expected.source.splitlines()[-1]), "a picture"
        assert f'raise NotImplementedError("exercise {number}")' in stub
        assert re.search(r"\bchecks\.", stub)
        assert "display(" in stub, "with a right answer the picture is the student's"
        assert "<details><summary>Solution</summary>" in solution.source
        assert f"def {function}(" in solution_of(solution.source)


def solution_of(markdown):
    (code,) = re.findall(r"```python\n(.*?)```", markdown, re.DOTALL)
    ast.parse(code)
    return code


@pytest.mark.parametrize("name", [n for n in LESSONS if n[:2] in ("01", "02", "03")])
def test_what_an_exercise_builds_is_used_further_on(name):
    """A right answer takes the place of colorlib's own function in the cells that follow; one a lesson may not."""
    left = []
    for i, number, function, stub in exercises(name):
        taken = re.search(rf"(?m)^ +(\w+) = {function}$", stub)
        later = code_after(name, i + 2, 99)
        if not (taken and any(re.search(rf"\b{taken[1]}\(", source) for source in later)):
            left.append(number)
    assert len(left) <= 1, left


SOLVED = [
    (function, *re.findall(rf"checks\.(\w+)\({function}", stub), solution_of(LESSONS[name][i + 3].source))
    for name in LESSONS
    for i, _, function, stub in exercises(name)
    if re.search(rf"checks\.\w+\({function}", stub)
]


def test_folded_solutions_are_right(capsys):
    assert len(SOLVED) > 12
    for function, check, code in SOLVED:
        given = {"np": np, "torch": torch, "grey": grey, "hashlib": hashlib}
        exec(code, given)
        answer = given[function]
        right = getattr(checks, check)(answer() if check == "effective_weight" else answer)
        assert right, f"{check}: {capsys.readouterr().out}"


# ---- the paper: catches and figures


def test_all_thirteen_catches_stand_once_and_are_listed():
    placed = {int(n): name for name in LESSONS for n in re.findall(r"\*\*Catch (\d+)\*\*", prose(name))}
    assert sum(len(re.findall(r"\*\*Catch \d+\*\*", prose(name))) for name in LESSONS) == 13
    assert sorted(placed) == list(range(1, 14))
    last = list(LESSONS)[-1]
    (table,) = [c.source for c in LESSONS[last] if c.source.startswith("## Thirteen catches")]
    listed = {int(n): links for n, links in re.findall(r"(?m)^\| (\d+) \|.*\|(.*)\|$", table)}
    assert sorted(listed) == list(range(1, 14))
    for number, name in placed.items():
        assert f"({name}.ipynb)" in listed[number], number


def test_a_catch_says_what_the_kit_does():
    quotes = [
        q for name in LESSONS for q in re.findall(r"(?m)(?:^>.*\n?)+", "\n".join(c.source for c in LESSONS[name]))
    ]
    catches = [re.sub(r"\s+", " ", q.replace("\n>", " ")) for q in quotes if "**Catch" in q]
    assert len(catches) == 13
    assert all(re.search(r"\*The kit", catch) for catch in catches)


def test_every_figure_of_the_paper_has_a_counterpart():
    text = " ".join(prose(name) for name in LESSONS)
    assert set(re.findall(r"counterpart of the paper's Figure (\d)", text)) == set("123456789")


# ---- pictures


@every_lesson
def test_every_picture_has_alternative_text(name):
    for function, call in calls(name):
        words = {k.arg: k.value for k in call.keywords}
        if function in ("plots.Plot", "plots.describe", "Image"):
            told = words.get("alt") or call.args[{"plots.Plot": 2, "plots.describe": 1}.get(function, 99) :][0]
            assert not isinstance(told, ast.Constant) or len(told.value) > 15, ast.unparse(call)
        assert not function.startswith(("plt.", "pyplot.")), "pyplot shows pictures without alternative text"


@every_lesson
def test_colour_is_never_the_only_carrier(name):
    """Lines carry a style or a marker; what is coloured by hand is black, white or grey."""
    for function, call in calls(name):
        words = {k.arg: k.value for k in call.keywords}
        shades = [words[k].value for k in ("color", "ec") if isinstance(words.get(k), ast.Constant)]
        assert all(GREYS.fullmatch(shade) for shade in shades), ast.unparse(call)
        if function.endswith(".plot"):
            styled = "ls" in words or "marker" in words or shades
            assert styled or any(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in call.args)


# ---- words and links


def glossary():
    """[(terms, lesson, anchor)]"""
    lines = (NOTEBOOKS / "glossary.md").read_text("utf-8").splitlines()[4:]
    found = [re.fullmatch(r"- \*\*(.+?)\*\*: .+ \[Lesson (\d\d)\]\((\w+)\.ipynb#(\S+)\)", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    assert all(m[3].startswith(m[2]) for m in found)
    return [(m[1], m[3], m[4]) for m in found]


def test_glossary_is_in_order():
    terms = [term.lower() for term, *_ in glossary()]
    assert len(terms) >= 50
    assert terms == sorted(terms)


def sections(name):
    """{anchor: text} of a lesson, code included: a word may also be explained in words that a cell prints."""
    text = "\n".join(c.source for c in LESSONS[name])
    parts = re.split(r"(?m)^#+ (.*)$", text)  # before, heading, text, heading, text, ...
    return {heading.strip().replace(" ", "-"): body for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_glossary_links_back_to_where_a_word_is_explained():
    texts = {name: sections(name) for name in LESSONS}
    for terms, name, anchor in glossary():
        text = texts[name].get(anchor, "")
        said = any(re.search(rf"(?i)\*{re.escape(term)}(s|es)?\*", text) for term in terms.split(", "))
        assert said, f"{terms}: not explained at {name}.ipynb#{anchor}"


def test_links_between_the_pages_lead_somewhere():
    pages = {f"{name}.ipynb": "\n".join(c.source for c in LESSONS[name]) for name in LESSONS}
    pages |= {page: (NOTEBOOKS / page).read_text("utf-8") for page in ("glossary.md", "index.md")}
    links = [
        (page, *link) for page, text in pages.items() for link in re.findall(r"\]\(([\w.]+\.\w+)(?:#([^)]*))?\)", text)
    ]
    assert len(links) > 60
    for page, file, anchor in links:
        assert file in pages, f"{page}: {file}"
        assert not anchor or anchor in headings(file.removesuffix(".ipynb")), f"{page}: {file}#{anchor}"


# ---- commands and drawings


def known(command):
    """Whether the command line takes this, without running it."""
    try:
        return bool(cli.parser().parse_args(shlex.split(command)))
    except SystemExit:
        return False


def commands(text):
    """What stands behind `python -m colorlib` in code within a line, which may be wrapped, and on lines of its own."""
    text = re.sub(r"(?m)^# ?(?!#)", "", text)  # of a lesson's source
    within = re.findall(r"`python -m colorlib ([^`]+)`", text.replace("\n", " "))
    alone = re.findall(r"(?m)^python -m colorlib (.+?)(?:\s+#\s.*)?$", text)
    return [re.sub(r"\s+", " ", found) for found in within + alone]


@pytest.mark.parametrize("file", [*SOURCES, *sorted(NOTEBOOKS.glob("site/*.md"))], ids=lambda file: file.stem)
def test_every_command_that_is_shown_exists(file):
    assert not [command for command in commands(file.read_text("utf-8")) if not known(command)]


def test_a_command_that_does_not_exist_is_noticed():
    shown = "# Both: `python -m colorlib train\n# --rivals gan`, or\n# python -m colorlib fetch vgg16  # 528 MB\n"
    assert commands(shown) == ["train --rivals gan", "fetch vgg16"]
    assert [known(command) for command in commands(shown)] == [False, True]


def drawn(plot):
    return np.asarray(Image.open(io.BytesIO(plots.figure_to_png(plot))).convert("L"))


def test_wide_drawings_are_not_cut():
    """As the widest of the lessons: a U of eleven blocks with an arc across, and a bar whose name is a sentence."""
    sides = (256, 128, 64, 32, 32, 32, 32, 64, 128, 256, 256)
    blocks = [(f"model{i}", 64, side, "") for i, side in enumerate(sides)]
    network = drawn(plots.architecture(blocks, [("model0", "model9"), ("model1", "model8")]))
    name = "base, two shifts, learnt with true tags, used with guesses"
    rows = [{"method": word, "mse": 600.0, "mse_ci": (500.0, 700.0)} for word in ("constant", name)]
    bars = drawn(plots.score_bars(rows, label="MSE (8-bit RGB, L kept); whiskers: 95 % interval"))
    for shown in (network, bars):
        edge = np.concatenate([shown[:2].ravel(), shown[-2:].ravel(), shown[:, :2].ravel(), shown[:, -2:].ravel()])
        assert edge.min() > 200


@every_lesson
def test_drawings_in_letters_fit_a_phone(name):
    """A page at 390 pixels holds some thirty letters of code; where it wraps, lines no longer meet."""
    fences = re.findall(r"(?m)^```\w*\n([\s\S]*?)^```", "\n".join(c.source for c in LESSONS[name]))
    drawings = [fence for fence in fences if re.search("[│─└┌]", fence)]
    assert drawings or name != "04_diffusion_step"
    assert all(len(line) <= 30 for drawing in drawings for line in drawing.splitlines())
