"""A student's own code as a tree: found, and run again with one part of it replaced.

Nothing here knows any exercise.  Only code is taken that computes and does nothing else: no files,
no processes, no modules but those of SAFE.  The student's functions themselves stay as they are.
"""

import ast
import builtins
import copy
import functools
import inspect
import linecache
import types

SAFE = {  # modules whose functions may be called with other arguments than the student's
    "torch", "numpy", "math", "cmath", "hashlib", "zlib", "scipy", "itertools", "functools",
    "operator", "statistics", "random", "collections", "skimage", "colorlib", "re", "string",
}  # fmt: skip
UNSAFE = {  # of Python itself
    "open", "exec", "eval", "compile", "input", "exit", "quit", "breakpoint", "globals", "vars",
    "setattr", "delattr", "help", "__import__", "get_ipython",
}  # fmt: skip
TO_DISK = ("save", "load", "tofile", "fromfile", "memmap", "hub", "download", "write", "__")
OWN = "_the_student_s_own"  # what a function without a name is called here
HELPERS = 4  # so many functions that the student's calls are looked into


class Unit:
    """One function: its tree, and what it needs besides."""

    def __init__(self, name, function, tree):
        self.name, self.function, self.tree = name, function, tree

    def build(self, space):
        """Make the function anew in this namespace, as its tree stands."""
        if isinstance(self.tree, ast.Lambda):
            node = ast.Assign([ast.Name(self.name, ast.Store())], self.tree)
        else:
            node = self.tree
        ast.fix_missing_locations(module := ast.Module([node], []))
        exec(compile(module, "own code", "exec"), space)
        space[self.name].__defaults__ = self.function.__defaults__
        space[self.name].__kwdefaults__ = self.function.__kwdefaults__


class Code:
    """The student's function and those of the student's that it calls.  space: their names."""

    def __init__(self, units, space):
        self.units, self.space = units, space
        for unit in units:
            unit.build(space)

    def __call__(self, *given):
        """What the function gives as its tree stands."""
        return self.space[self.units[0].name](*given)


def found(student):
    """The Code of a function, or None where it cannot be read or may do more than compute."""
    student = inspect.unwrap(student) if callable(student) else student
    if not isinstance(student, types.FunctionType) or _is_the_kit_s(student):
        return None
    space, units = dict(student.__globals__), []
    todo = [(student.__name__ if student.__name__.isidentifier() else OWN, student)]
    for name, function in todo:
        tree = _tree(function)
        if tree is None:
            if function is student:
                return None
            continue
        names = _closure(function)
        space |= names
        if not _harmless(tree, space):
            return None
        units.append(Unit(name, function, tree))
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        for other in sorted(used & space.keys()):
            if _is_helper(space[other], student) and other not in dict(todo):
                todo.append((other, space[other]))
        del todo[1 + HELPERS :]
    return Code(units, space)


def _is_the_kit_s(function):
    return (function.__module__ or "").startswith("colorlib")


def _is_helper(value, student):
    return isinstance(value, types.FunctionType) and value.__globals__ is student.__globals__


def _closure(function):
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells if _filled(cell)}


def _filled(cell):
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _harmless(tree, space):
    for node in ast.walk(tree):
        if isinstance(node, (ast.Global, ast.Nonlocal, ast.Import, ast.Await, ast.Yield)):
            return False
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in SAFE:
            return False
        if isinstance(node, ast.Attribute) and node.attr.startswith(TO_DISK):
            return False
        if isinstance(node, ast.Name):
            value = space.get(node.id, getattr(builtins, node.id, None))
            if node.id in UNSAFE or node.id.startswith("__"):
                return False
            if isinstance(value, types.ModuleType) and value.__name__.split(".")[0] not in SAFE:
                return False
    return True


@functools.lru_cache(8)
def _parsed(text):
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _tree(function):
    """A copy of the function's tree without decorators; None where it is not to be found."""
    code = function.__code__
    linecache.checkcache(code.co_filename)
    module = _parsed("".join(linecache.getlines(code.co_filename)))
    kinds = ast.Lambda if code.co_name == "<lambda>" else ast.FunctionDef
    nodes = [n for n in ast.walk(module) if isinstance(n, kinds)] if module else []
    nodes = [n for n in nodes if _begins(n) == code.co_firstlineno]
    if len(nodes) > 1:
        nodes = _of_same_code(nodes, code)
    if len(nodes) != 1:
        return None
    tree = copy.deepcopy(nodes[0])
    if isinstance(tree, ast.FunctionDef):
        tree.decorator_list = []
    return tree


def _begins(node):
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


def _of_same_code(nodes, code):
    """Those of several functions in one line that have this code."""
    if hasattr(code, "co_positions"):
        spots = [(p[0], p[2]) for p in code.co_positions() if None not in p and p[2] != p[3]]
        around = [n for n in nodes if all(_start(n) <= s <= _stop(n) for s in spots)]
        return sorted(around, key=_start)[-1:]
    return [n for n in nodes if [a.arg for a in n.args.args] == list(_arguments(code))][:1]


def _start(node):
    return node.lineno, node.col_offset


def _stop(node):
    return node.end_lineno, node.end_col_offset


def _arguments(code):
    return code.co_varnames[: code.co_argcount]
