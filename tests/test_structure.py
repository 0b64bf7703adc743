"""The package as a reader meets it: which way imports point, short bodies, light to import, every name explained."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "colorlib"
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}
IDEAS = {"color", "prior", "diffusion", "losses", "metrics"}
# What each part of the package may import of the others; the ideas know nobody. A part may import itself.
KNOWS = {
    "__init__": set(),
    "precision": set(),
    "methods": set(),
    **{idea: IDEAS | {"precision"} for idea in IDEAS},
    "portraits": IDEAS,
    "data": IDEAS | {"portraits"},
    "weights": {"methods", "data"},
    "models": IDEAS | {"precision", "methods", "weights", "data"},
    "framing": {"color"},
    "colorize": IDEAS | {"framing", "methods", "weights", "data", "models"},
    "export": IDEAS | {"methods", "weights", "data", "models", "colorize"},
    "album": {"__init__", "methods", "weights", "data", "colorize"},
    "training": IDEAS | {"precision", "methods", "weights", "data", "models", "colorize"},
    "evaluation": IDEAS | {"framing", "portraits", "methods", "weights", "data", "models", "colorize", "training"},
    "show": IDEAS | {"framing", "methods", "data", "models", "colorize"},
    "course": IDEAS | {"__init__", "methods", "data", "models", "training"},
    "doctor": {"weights", "data", "training", "course"},
    "cli": {"__init__", "methods", "data", "weights", "album", "export", "training", "evaluation", "course", "doctor"},
    "__main__": {"cli"},
}
MOST_LINES = 40  # of a function's body, its docstring left out
LONG = {}  # "file:function": why it is longer


def imports(tree):
    """The parts of the package that a file imports, anywhere in it, and the modules by their full names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "colorlib"}


def part(name):
    """The entry of the package's root that a file or a module belongs to."""
    return re.split(r"[/.]", name)[0]


def breaches(trees, knows):
    """ "file imports part" for each import that points the wrong way."""
    wrong = []
    for name, tree in trees.items():
        own = part(name)
        for module in imports(tree):
            other = part(module.removeprefix("colorlib.")) if "." in module else "__init__"
            other = {"Colorizer": "colorize", "__version__": "__init__"}.get(other, other)
            if other != own and other not in knows[own]:
                wrong.append(f"{name} imports {other}")
    return wrong


def test_imports_point_one_way():
    bad = {"color.py": ast.parse("from colorlib.show import plots"), "prior.py": ast.parse("import colorlib.color")}
    bad["data/x.py"] = ast.parse("def f():\n    from colorlib import models")
    assert breaches(bad, KNOWS) == ["color.py imports show", "data/x.py imports models"], "the finder itself"
    assert set(KNOWS) == {part(name) for name in FILES}
    assert not breaches(TREES, KNOWS)


def test_no_part_knows_another_that_knows_it():
    """Where the parts have an order, no file can import itself over others of another part."""
    known = set(IDEAS) | {"__init__"}
    left = {name: knows - known for name, knows in KNOWS.items() if name not in known}
    while ready := [name for name, knows in left.items() if not knows - known]:
        known |= set(ready)
        left = {name: knows for name, knows in left.items() if name not in known}
    assert not left


def test_no_file_imports_itself_over_others():
    modules = {f"colorlib.{name[:-3].replace('/', '.')}".removesuffix(".__init__"): name for name in FILES}
    graph = {}
    for module, name in modules.items():
        loaded = ast.Module([n for n in TREES[name].body if isinstance(n, (ast.Import, ast.ImportFrom))], [])
        named = {n if n in modules else n.rpartition(".")[0] for n in imports(loaded)}
        graph[module] = named & modules.keys() - {"colorlib"}

    def reaches(start, goal, seen):
        new = graph.get(start, set()) - seen
        return goal in graph.get(start, ()) or any(reaches(other, goal, seen | new) for other in new)

    assert not [module for module in graph if reaches(module, module, set())]


def bodies(trees):
    """{"file:function": lines of its body without the docstring}."""
    found = {}
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                found[f"{name}:{node.name}"] = body[-1].end_lineno - body[0].lineno + 1 if body else 0
    return found


def test_bodies_are_short():
    long = {name: lines for name, lines in bodies(TREES).items() if lines > MOST_LINES}
    assert long.keys() == LONG.keys(), f"over {MOST_LINES} lines: {long}"


def test_the_ideas_are_read_in_an_hour():
    lines = {name: len(FILES[f"{name}.py"].read_text("utf-8").splitlines()) for name in IDEAS | {"precision"}}
    assert sum(lines.values()) < 900, lines


def test_the_readme_lists_what_is_there():
    """The root of the package has few entries, and each stands in the README's layout, with nothing else."""
    entries = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    entries = {name + "/" * (PACKAGE / name).is_dir() for name in entries}
    assert len(entries) <= 24
    layout = re.search(r"## Layout\n+```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)[1]
    block = re.search(r"^colorlib/.*?(?=^\S)", layout, re.S | re.M)[0]
    named = re.findall(r"^  (\S.*?)(?:   |$)", block, re.M)
    assert {word for line in named for word in line.split()} == entries
    for folder in (name for name in entries if name.endswith("/") and name != "weights/"):
        said = re.search(rf"^  {folder}(.*?)(?=^  \S)", block + "  .", re.S | re.M)[1]
        for name in re.findall(r"\b(\w+)\.py\b", said):
            assert (PACKAGE / folder / f"{name}.py").is_file(), f"{folder}{name}.py"


def test_importing_the_package_is_light():
    code = (
        "import sys, colorlib; from colorlib import methods; "
        "print(sorted({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_package_gives_its_modules_and_colorizer_on_first_use():
    code = (
        "import colorlib; print(colorlib.color.show, colorlib.data.datasets if 0 else '', colorlib.Colorizer.__name__)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "function show" in out.stdout
    assert out.stdout.strip().endswith("Colorizer")
    wrong = subprocess.run([sys.executable, "-c", "import colorlib; colorlib.colour"], capture_output=True, text=True)
    assert "module 'colorlib' has no attribute 'colour'" in wrong.stderr
