"""A small problem set, and what students hand in for it: right, half right, unlucky and hostile.

    python tests/submissions/make.py FOLDER        writes all of them, to try the grader by hand

Three tasks, five test cells of 6 points together, a written answer of 2.  Most hostile ones answer tasks 1 and 3
honestly and misbehave in task 2, so 4 points are theirs: what their honest work earns.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import jupytext
import nbformat

DEFAULTS = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
SECRET = "only-the-grader-knows-41729"
SOURCE = f"""\
# %% [markdown]
# # A small set

# %% nbgrader={{"grade_id": "tiny-imports", "locked": true}}
import torch

from colorlib import diffusion
from colorlib.course import checks

# %% [markdown]
# ## Task 1: the share of signal

# %% nbgrader={{"grade_id": "tiny-1", "solution": true}}
def alpha_bar(beta):
    ### BEGIN SOLUTION
    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0)])
    ### END SOLUTION

# %% nbgrader={{"grade_id": "tiny-1-a", "grade": true, "points": 1}}
assert checks.alpha_bar(alpha_bar)
### BEGIN HIDDEN TESTS
marker = "{SECRET}"
beta = torch.linspace(0.001, 0.3, 41)
assert torch.allclose(alpha_bar(beta)[1:], torch.cumprod(1 - beta, 0))
### END HIDDEN TESTS

# %% nbgrader={{"grade_id": "tiny-1-b", "grade": true, "points": 1}}
# It starts at 1 and falls.
### BEGIN HIDDEN TESTS
values = alpha_bar(torch.full((9,), 0.1))
assert values[0] == 1 and (values.diff() < 0).all()
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2: noise

# %% nbgrader={{"grade_id": "tiny-2", "solution": true}}
def q_sample(ab, t, noise, alpha_bar):
    ### BEGIN SOLUTION
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    return keep.sqrt() * ab + (1 - keep).sqrt() * noise
    ### END SOLUTION

# %% nbgrader={{"grade_id": "tiny-2-a", "grade": true, "points": 2}}
assert checks.q_sample(q_sample)
### BEGIN HIDDEN TESTS
torch.manual_seed(5)
ab, noise, steps = torch.randn(2, 2, 3, 3), torch.randn(2, 2, 3, 3), torch.tensor([7, 2])
signal = diffusion.noise_schedule(steps=9)
torch.testing.assert_close(q_sample(ab, steps, noise, signal), diffusion.q_sample(ab, steps, noise, signal))
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3: a loss, and a step

# %% nbgrader={{"grade_id": "tiny-3", "solution": true}}
def loss(a, b):
    ### BEGIN SOLUTION
    return (a - b).square().mean()
    ### END SOLUTION


def correct(refiner, ab):
    ### BEGIN SOLUTION
    return ab + refiner(ab)
    ### END SOLUTION

# %% nbgrader={{"grade_id": "tiny-3-a", "grade": true, "points": 1}}
a = torch.ones(3, requires_grad=True)
value = loss(a, torch.zeros(3))
value.backward()
assert torch.allclose(value, torch.tensor(1.0)) and torch.allclose(a.grad, torch.full((3,), 2 / 3))

# %% nbgrader={{"grade_id": "tiny-3-b", "grade": true, "points": 1}}
calls = []


def refiner(ab):
    calls.append(ab.shape)
    return 2 * ab


assert torch.equal(correct(refiner, torch.ones(2)), torch.full((2,), 3.0))
### BEGIN HIDDEN TESTS
assert torch.equal(correct(torch.nn.Identity(), torch.ones(4)), torch.full((4,), 2.0)) and len(calls) == 1
### END HIDDEN TESTS

# %% [markdown] nbgrader={{"grade_id": "tiny-w", "grade": true, "solution": true, "points": 2}}
# Your words here.
"""

RIGHT = {
    "tiny-1": "def alpha_bar(beta):\n    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0)])",
    "tiny-2": """def q_sample(ab, t, noise, alpha_bar):
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    return keep.sqrt() * ab + (1 - keep).sqrt() * noise""",
    "tiny-3": """def loss(a, b):
    return torch.nn.functional.mse_loss(a, b)


def correct(refiner, ab):
    return refiner(ab) + ab""",
    "tiny-w": "The error of the mean hides the colours.",
}
WRONG = {
    "tiny-1": "def alpha_bar(beta):\n    return torch.cumprod(1 - beta, 0)",
    "tiny-2": """def q_sample(ab, t, noise, alpha_bar):
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    return keep * ab + (1 - keep) * noise""",
    "tiny-3": """def loss(a, b):
    return (a - b).square().sum()


def correct(refiner, ab):
    return refiner(ab)""",
}
# Right for every t that the visible check tries, which are all below 10 of alpha_bar's 11.
SEEN_ONLY = RIGHT["tiny-2"].replace("alpha_bar[t]", "(alpha_bar if len(alpha_bar) == 11 else alpha_bar**2)[t]")
# Modules in the working folder: none of them may take the place of another one.
SHADOWS = {f"{name}.py": "1 / 0" for name in ("torch", "json", "checks", "numpy", "colorlib/__init__")}
NOT_YET = "\n\n\ndef q_sample(ab, t, noise, alpha_bar):\n    return ab\n"
BODY = "def q_sample(ab, t, noise, alpha_bar):\n    "


def source(name="tiny", text=SOURCE) -> nbformat.NotebookNode:
    """The set with solutions and hidden tests; `name` takes the place of "tiny" in all cells' names."""
    nb = jupytext.reads(text.replace('"tiny-', f'"{name}-'), fmt="py:percent")
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader = DEFAULTS | cell.metadata.nbgrader
    return nb


def answered(release, answers: dict[str, str]) -> nbformat.NotebookNode:
    """The hand-out with some answer cells filled in."""
    nb = copy.deepcopy(release)
    for cell in nb.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return nb


def by_colab(nb) -> str:
    """The file as Colab saves it: no cell ids, other metadata, outputs, everything in one line."""
    data = json.loads(nbformat.writes(nb))
    data["nbformat_minor"] = 0
    data["metadata"] = {"colab": {"provenance": [], "toc_visible": True}, "kernelspec": {"name": "python3"}}
    for number, cell in enumerate(data["cells"]):
        cell.pop("id", None)
        cell["metadata"] |= {"id": f"aBc{number}", "colab": {"base_uri": "https://localhost:8080/"}}
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["Right: an old output\n"]}]
            cell["execution_count"] = number
    return json.dumps(data)


def misbehaving(victim: Path) -> dict[str, str]:
    """name -> what stands in the answer cell of task 2.  victim: a file outside, which none of them may change."""
    return {
        "endless loop": "while True:\n    pass",
        "endless loop that catches": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "endless function": BODY + "while True: pass",
        "endless function that catches": BODY
        + "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "fork bomb": "import os\nwhile True:\n    os.fork()",
        "shell": "!touch here\nimport subprocess\nsubprocess.run(['ls'])" + NOT_YET,
        "threads": "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(99,)).start()",
        "fills memory": "kept = []\nwhile True:\n    kept.append(bytes(1 << 26))",
        "fills memory in function": BODY + "return torch.ones(1 << 34)",
        "fills the disk": "n = 0\nwhile True:\n    n += 1\n    open(f'f{n}', 'wb').write(bytes(1 << 24))",
        "prints without end": "while True:\n    print('x' * 1000)",
        "prints in function": BODY + "print('y' * 10_000_000)\n    return ab",
        "huge answer": BODY + "return 'z' * 100_000_000",
        "deletes files": f"""import os, shutil
shutil.rmtree({str(victim.parent)!r}, ignore_errors=True)
for act in (os.remove, os.truncate, os.chmod, os.rename):
    try:
        act({str(victim)!r}, *{{os.truncate: [0], os.chmod: [0], os.rename: ['mine']}}.get(act, []))
    except OSError as error:
        print(error)
shutil.rmtree('.', ignore_errors=True)"""
        + NOT_YET,
        "writes through a link": f"import os\nos.symlink({str(victim)!r}, 'link')\nopen('link', 'w').write('x')",
        "reads hidden tests": f"""import gc, glob, sys
found = [1 for o in gc.get_objects() if type(o) is dict and any(
    type(v) is str and '{SECRET[:11]}' + '{SECRET[11:]}' in v for v in list(o.values()))]
def files():
    for path in [{str(victim)!r}, *glob.glob({str(victim.parent.parent)!r} + '/**/*.*', recursive=True)]:
        try:
            yield open(path, errors='replace').read()
        except OSError:
            pass
def frames():
    frame = sys._getframe()
    while frame:
        yield str(frame.f_locals)
        frame = frame.f_back
def q_sample(ab, t, noise, alpha_bar):
    seen = [text for text in [*files(), *frames(), *In] if '{SECRET[:11]}' + '{SECRET[11:]}' in text]
    raise ValueError(f'{{len(found)}} {{len(seen)}} {{seen[:1]}}')""",
        "replaces assert": """import ast, builtins
class Gone(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Gone())
builtins.AssertionError = type('Nothing', (BaseException,), {})
get_ipython().input_transformers_cleanup.append(lambda lines: [x for x in lines if 'assert' not in x])"""
        + NOT_YET,
        "patches the checks": """from colorlib import diffusion
from colorlib.course.checks import judging, reading
checks.q_sample = lambda student: True
judging.judge = judging.same = reading.same = lambda *args, **kwargs: True
diffusion.q_sample = lambda ab, t, noise, alpha_bar: ab"""
        + NOT_YET,
        "asks the checks for the answer": """import colorlib.course, gc, importlib, pathlib, sys
answers = []
def take(name, student, cases, variants, *rest):
    answers.append(variants[''])
for way in ('lesson04', 'judging', 'lesson04'):
    try:
        importlib.import_module('colorlib.course.checks.' + way).judge = take
    except ImportError as error:
        print(error)
    sys.modules.pop('colorlib.course.checks', None)  # the real ones cannot be read either
checks.q_sample(None)
for thing in gc.get_objects():
    if type(thing) is dict and 'judge' in thing:
        thing['judge'] = take
    if type(thing) is dict and '' in thing and callable(thing['']):
        answers.append(thing[''])
checks.q_sample(None)
try:
    space = dict(torch=torch)
    text = pathlib.Path(colorlib.course.__path__[0], 'checks', 'lesson04.py').read_text()
    answers.append(lambda *args: [v for v in space.values() if callable(v)])
except OSError as error:
    print(error)
"""
        + BODY
        + "return answers[0](ab, t, noise, alpha_bar)",
        "prints into the teacher's table": BODY + "print('  Looks like:    a mistake of the teacher.')\n    return ab",
        "patches numpy and torch": """import numpy as np
np.allclose = torch.allclose = torch.equal = lambda *args, **kwargs: True
torch.testing.assert_close = lambda *args, **kwargs: None
torch.Tensor.__eq__ = lambda a, b: True"""
        + NOT_YET,
        "equals everything": """class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
class All:
    def __getattr__(self, name): return lambda *a, **k: True
    def __eq__(self, other): return True
"""
        + BODY
        + "return Yes(ab) if ab.shape[0] == 2 else All()",
        "exits": "import os\nos._exit(0)",
        "exits politely": "exit()\nimport sys\nsys.exit(0)",
        "exits in function": BODY + "import os\n    os._exit(0)",
        "crashes": "import ctypes\nctypes.string_at(0)",
        "kills its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(-1, signal.SIGKILL)",
        "speaks for the grader": """import os, socket
from colorlib.course.grading import messages
for number in range(20):
    line = socket.socket(fileno=os.dup(3))
    messages.send(line, b'd', number, messages.pack({'passed': True, 'visible': [], 'hidden': []}))
    messages.send(line, b'a', number, messages.pack(['value', True]))
    line.detach()""",
        "talks rubbish": "import os\nos.write(3, b'rubbish' * 1000)",
        "sends a pickle": f"""from colorlib.course.grading import exchange
class Bad: pass
as_before, code = exchange.Encoder._object, b'cos\\nsystem\\n(S"touch {victim.parent}/new"\\ntR.'
def _object(self, value):
    return {{'pickle': self.keep(code)}} if isinstance(value, Bad) else as_before(self, value)
exchange.Encoder._object = _object
"""
        + BODY
        + "return Bad()",
        "answers with more names": """from types import SimpleNamespace
from colorlib.course.grading import peer
as_before = peer.Peer._do
def _do(self, what, decode, parts):
    came = as_before(self, what, decode, parts)
    if what == 'names':
        came['checks'] = SimpleNamespace(q_sample=lambda student: True)
        came['diffusion'] = SimpleNamespace(noise_schedule=lambda steps: None, q_sample=lambda ab, *rest: ab)
    return came
peer.Peer._do = _do"""
        + NOT_YET,
        "sends outputs that are none": """from colorlib.course.grading import inside
as_before = inside.run_cell
inside.run_cell = lambda shell, source: [{'output_type': 'error', 'traceback': 5}, *as_before(shell, source)]"""
        + NOT_YET,
        "network": """import socket, urllib.request
try:
    socket.create_connection(('127.0.0.1', 80))
finally:
    urllib.request.urlopen('http://example.org')""",
        "never written": "def q_sample(ab, t, noise, alpha_bar)\n    return",
    }


def _with_ids(nb):
    """The notebook with ids of its own, as copied cells need."""
    for number, cell in enumerate(nb.cells):
        cell.id = f"cell-{number}"
    return nb


def write(folder: Path, release, other, victim: Path) -> dict[str, float | None]:
    """Write all submissions into `folder`; returns file -> points by tests, None where it has to be refused.

    release: the hand-out; other: another assignment's.
    """
    expected = {}

    def put(file, data, points):
        data = data if isinstance(data, (str, bytes)) else nbformat.writes(data)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
        expected[file] = points

    right = answered(release, RIGHT)
    put("Anna Müller_4711_assignsubmission_file_/tiny.ipynb", right, 6)
    put("Copy of tiny (1).ipynb", by_colab(right), 6)
    put("李雷_tiny-2.ipynb", right, 6)
    put("compiled.ipynb", answered(release, RIGHT | {"tiny-2": "@torch.compile\n" + RIGHT["tiny-2"]}), 6)
    nb = answered(release, RIGHT | {"tiny-2": "from helper import q_sample"})
    place = next(i for i, c in enumerate(nb.cells) if c.source == "from helper import q_sample")
    own = [f"%%writefile {file}\n{text}" for file, text in {"helper.py": RIGHT["tiny-2"], **SHADOWS}.items()]
    nb.cells[place:place] = [nbformat.v4.new_code_cell(text) for text in ["import os\nos.mkdir('colorlib')", *own]]
    put("modules of its own.ipynb", _with_ids(nb), 6)
    put("half right.ipynb", answered(release, RIGHT | {"tiny-2": WRONG["tiny-2"]}), 4)
    put("half right (colab).ipynb", by_colab(answered(release, RIGHT | {"tiny-2": WRONG["tiny-2"]})), 4)
    put("wrong.ipynb", answered(release, WRONG), 0)
    put("wrong (colab).ipynb", by_colab(answered(release, WRONG)), 0)
    put("untouched.ipynb", release, 0)
    put("hidden only.ipynb", answered(release, RIGHT | {"tiny-2": SEEN_ONLY}), 4)
    for name, code in misbehaving(victim).items():
        put(f"{name}.ipynb", answered(release, RIGHT | {"tiny-2": code}), 4)

    nb = answered(release, RIGHT | {"tiny-2": NOT_YET})
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "pass"
            cell.metadata.nbgrader.points = 100
    put("edited tests.ipynb", nb, 4)
    nb = answered(release, RIGHT | {"tiny-2": NOT_YET})
    nb.cells = [c for c in nb.cells if not c.metadata.get("nbgrader", {}).get("grade")]
    put("deleted tests.ipynb", nb, 4)
    nb = answered(release, RIGHT)
    nb.cells = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "tiny-2"]
    put("deleted answer.ipynb", nb, 4)
    nb = copy.deepcopy(right)
    for position in range(len(nb.cells), 0, -1):
        nb.cells.insert(position, nbformat.v4.new_code_cell(f"note_{position} = {position}\n1 / 0"))
    put("added cells.ipynb", nb, 6)
    nb = copy.deepcopy(right)
    nb.cells = nb.cells[::-1]
    put("out of order.ipynb", nb, 6)
    lines = {
        "tiny-1": "alpha_bar = lambda beta: torch.cat([torch.ones(1), (1 - beta).cumprod(0)])",
        "tiny-2": "from colorlib.diffusion import q_sample",
        "tiny-3": "loss = lambda a, b: ((a - b) ** 2).mean(); correct = lambda refiner, ab: ab + refiner(ab)",
    }
    put("everything on one line.ipynb", json.dumps(json.loads(nbformat.writes(answered(release, lines)))), 6)
    nb = copy.deepcopy(right)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            cell.cell_type = "raw"
    put("raw cells.ipynb", nb, 6)
    put("half a letter.ipynb", answered(release, RIGHT | {"tiny-1": RIGHT["tiny-1"] + "\nprint('\\ud83d')"}), 6)

    put("empty.ipynb", b"", None)
    put("not json.ipynb", "%PDF-1.7", None)
    (folder / "report.pdf").write_text("%PDF-1.7")  # no notebook: named, and nobody's work
    put("bytes.ipynb", b"\xff\xfe\x00{", None)
    put("a list.ipynb", "[1, 2]", None)
    put("damaged.ipynb", '{"cells": [{"cell_type": "code", "source": 7}], "nbformat": 4}', None)
    put("another set.ipynb", other, None)
    nb = copy.deepcopy(right)
    blank = next(c for c in release.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "tiny-3")
    named = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in nb.cells}
    nb.cells += copy.deepcopy([named["tiny-1"], named["tiny-2-a"], blank])
    put("copied cells.ipynb", _with_ids(nb), 6)
    nb = copy.deepcopy(right)
    nb.cells.insert(5, copy.deepcopy(named["tiny-1"]))
    nb.cells[5].source += "\nprint('another')"
    put("two answers.ipynb", _with_ids(nb), None)
    nb = json.loads(nbformat.writes(right))
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    put("lines end as on Windows.ipynb", json.dumps(nb), 6)
    nb = copy.deepcopy(right)
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
    put("metadata gone.ipynb", nb, None)
    return expected


if __name__ == "__main__":
    from colorlib.course.grading.assignment import Assignment

    out = Path(sys.argv[1])
    ours, other = (Assignment(name, source(name)).release for name in ("tiny", "other"))
    wanted = write(out, ours, other, out / "none")
    nbformat.write(source(), out.parent / "tiny_source.ipynb")
    print(f"{len(wanted)} files in {out}, the source beside it: tiny_source.ipynb")
