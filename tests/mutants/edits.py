"""The wrong edits of one file: cosmic-ray's operators, and one more that leaves a keyword argument out.

Left alone are messages and annotations. Left out are edits that only crash (bits of floats) and those that mostly
change nothing (`is` for `==` between short strings); a comparison loses its boundary or is turned round.
"""

import ast
import difflib
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider

COMPARISONS = {
    "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE",
    "GtE_Gt", "GtE_Lt",
}  # fmt: skip
ARITHMETIC = {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow"}
OF_SETS = {"BitOr", "BitAnd", "Sub"}


class DropKeyword(Operator):
    """Leaves one keyword argument out of a call, so that its default holds."""

    def mutation_positions(self, node):
        return [(node.children[place].start_pos, node.children[place].end_pos) for place in self._keywords(node)]

    def mutate(self, node, index):
        first = last = self._keywords(node)[index]
        if node.type == "arglist":  # one of several: its comma goes too
            first, last = (first, last + 1) if last + 1 < len(node.children) else (first - 1, last)
        del node.children[first : last + 1]
        return node

    @staticmethod
    def _keywords(node):
        if node.type not in ("arglist", "trailer"):
            return []
        return [i for i, child in enumerate(node.children) if child.type == "argument" and child.children[1] == "="]

    @classmethod
    def examples(cls):
        return ()


class Edit(NamedTuple):
    """One wrong edit: the operator and its how-manieth place in the file."""

    operator: str
    occurrence: int
    line: int


def _wanted(name):
    if name.startswith("ReplaceBinaryOperator_"):
        before, after = name.split("_")[1:]
        return {before, after} <= ARITHMETIC or {before, after} <= OF_SETS
    if name.startswith("ReplaceComparisonOperator_"):
        return name.split("_", 1)[1] in COMPARISONS
    return "Invert" not in name and name not in ("VariableReplacer", "VariableInserter")


OPERATORS = {name: OperatorProvider()[name]() for name in OperatorProvider() if _wanted(name)}
OPERATORS["DropKeyword"] = DropKeyword()


def _is_message_or_annotation(node):
    while (parent := node.parent) is not None:
        if node.type in ("raise_stmt", "fstring", "import_from"):
            return True
        if node.type in ("atom_expr", "expr_stmt") and node.get_code(False).startswith(("print(", "warnings.warn(")):
            return True
        if parent.type == "tfpdef" or (parent.type == "annassign" and node is parent.children[1]):
            return True
        if parent.type == "funcdef" and node is parent.annotation:
            return True
        node = parent
    return False


def edits(source):
    """Every edit of this source, in order of the operators and places."""
    nodes = [(node, _is_message_or_annotation(node)) for node in ast_nodes(get_ast(source))]
    found = []
    for name, operator in OPERATORS.items():
        occurrence = 0
        for node, spared in nodes:
            for start, _ in operator.mutation_positions(node):
                if not spared:
                    found.append(Edit(name, occurrence, start[0]))
                occurrence += 1
    return found


def apply(source, edit):
    """The source with the edit, or None where that is no Python or says the same."""
    edited = mutate_code(source, OPERATORS[edit.operator], edit.occurrence)
    try:
        same = ast.dump(ast.parse(edited)) == ast.dump(ast.parse(source))
    except SyntaxError:
        return None
    return None if same else edited


def difference(source, edited):
    """(lines before, lines after), each joined to one line without indentation and comment."""
    lines = list(difflib.unified_diff(source.splitlines(), edited.splitlines(), n=0, lineterm=""))[3:]
    return tuple(" ".join(line[1:].split("  #")[0].strip() for line in lines if line[0] == sign) for sign in "-+")
