"""The package as a reader meets it: short modules, no import circles, light to import, every public name explained."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "colorlib"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def imports(path):
    """The colorlib modules that this file imports when it is loaded (not inside functions)."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found & set(MODULES) - {"colorlib"}


def circles(graph):
    """Modules that import themselves over others."""

    def reach(start):
        seen, todo = set(), list(graph[start])
        while todo:
            module = todo.pop()
            if module not in seen:
                seen.add(module)
                todo += graph[module]
        return seen

    return [module for module in graph if module in reach(module)]


def test_no_import_circles():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c"], "the finder itself"
    assert not circles({name: imports(path) for name, path in MODULES.items()})


def test_importing_the_package_is_light():
    code = "import sys, colorlib; print(sorted({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_public_functions_say_what_they_do(name):
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    assert ast.get_docstring(tree), f"{name} has no docstring"
    kinds = (ast.FunctionDef, ast.ClassDef)
    silent = [n.name for n in tree.body if isinstance(n, kinds) and n.name[0] != "_" and not ast.get_docstring(n)]
    assert not silent, f"no docstring: {silent}"
