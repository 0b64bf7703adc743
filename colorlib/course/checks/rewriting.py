"""A formula as it is written, and the ways in which it is often miswritten.

Nothing here knows any exercise.  A formula is a few lines of Python; each part of it is replaced by
what often stands in its place: a root or a bracket is missing, another axis, another operator, one
of its neighbours, a number that is nearly right.  Where one such slip gives what the student's
function gave, the words show both.
"""

import ast
import copy
import functools
import math
import re
from itertools import combinations

import torch

# ---- what formulas are written with: torch in double precision, axes of reductions kept as 1


def _reducer(reduce):
    def over(x, axes=None):
        axes = tuple(range(x.ndim)) if axes is None else axes
        axes = [axes] if isinstance(axes, int) else sorted({a % x.ndim for a in axes})
        rest = [a for a in range(x.ndim) if a not in axes]
        flat = x.permute(*rest, *axes).flatten(len(rest)) if axes else x[..., None]
        shape = [1 if a in axes else n for a, n in enumerate(x.shape)]
        return reduce(flat).reshape(shape)

    return over


def _float(x):
    return x if torch.is_tensor(x) else torch.as_tensor(x, dtype=torch.float64)


REDUCERS = {
    "sum": _reducer(lambda x: x.sum(-1)),
    "mean": _reducer(lambda x: x.mean(-1)),
    "max": _reducer(lambda x: x.amax(-1)),
    "min": _reducer(lambda x: x.amin(-1)),
    "median": _reducer(lambda x: x.median(-1).values),
    "std": _reducer(lambda x: x.std(-1, correction=0)),
    "prod": _reducer(lambda x: x.prod(-1)),
    "norm": _reducer(lambda x: x.norm(dim=-1)),
}
TRUTHS = {"any": _reducer(lambda x: x.any(-1)), "all": _reducer(lambda x: x.all(-1))}
ALONG = {
    "softmax": lambda x, axis=-1: x.softmax(axis),
    "log_softmax": lambda x, axis=-1: x.log_softmax(axis),
    "cumprod": lambda x, axis=0: x.cumprod(axis),
    "cumsum": lambda x, axis=0: x.cumsum(axis),
    "flip": lambda x, axis=0: x.flip(axis),
}


def _single(name):
    return lambda x: getattr(torch, name)(_float(x))


SINGLE = {
    name: _single(name)
    for name in ("sqrt", "exp", "log", "log2", "log10", "abs", "cos", "sin", "tan", "sigmoid",
                 "tanh", "sign", "floor", "round", "relu")
} | {"degrees": torch.rad2deg, "radians": torch.deg2rad}  # fmt: skip
PAIRS = {
    "atan2": torch.atan2,
    "minimum": lambda x, y: torch.minimum(_float(x), _float(y)),
    "maximum": lambda x, y: torch.maximum(_float(x), _float(y)),
}
OTHERS = {
    "clamp": lambda x, low, high: _float(x).clamp(low, high),
    "arange": lambda *ends: torch.arange(*ends, dtype=torch.float64),
    "lead": lambda first, x: torch.cat([x.new_tensor([first]), x]),
    "join": lambda *parts: torch.cat(parts, 1),
    "transpose": lambda x: x.transpose(-1, -2),
    "where": torch.where,
    "first": lambda x: int(x.nonzero()[0]),
    "pi": math.pi,
    "inf": torch.inf,
}
WORDS = REDUCERS | TRUTHS | ALONG | SINGLE | PAIRS | OTHERS
KIN = (  # functions that are taken for each other
    (*REDUCERS,),
    ("any", "all"),
    ("softmax", "log_softmax", "sigmoid", "exp"),
    ("cumprod", "cumsum"),
    ("exp", "log"),
    ("log", "log2", "log10"),
    ("cos", "sin"),
    ("minimum", "maximum"),
)
OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult, ast.Div),
    ast.Mult: (ast.Div, ast.Add, ast.Sub),
    ast.Div: (ast.Mult, ast.Sub, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv, ast.Div),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd,),
}
COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
NUMBERS = {110: (100, 127, 128, 255, 220, 1), 255: (256, 254, 1, 100), 0: (1, 0.5, -1), 1: (2,)}
ONCE_MORE = (  # what is often done to a part of a formula; x: that part
    "-x", "abs(x)", "sqrt(x)", "x ** 2", "x - 1", "1 - x", "1 / x", "x / 2", "2 * x", "1 + x",
    "x - 0.5", "x + 0.5", "x * mean(x)", "exp(x)", "log(x)", "110 * x", "x / 110", "x / 255",
    "relu(x)",
    "clamp(x, 0, 1)", "clamp(x, -1, 1)", "floor(x)", "round(x)", "sign(x)", "tanh(x)", "sigmoid(x)",
    "x - mean(x)", "x / sum(x)", "x / max(x)", "mean(x)", "x ** 3", "10 * x", "x / 10", "100 * x",
    "x / 100", "radians(x)", "degrees(x)", "0 * x", "0 * x + 1", "x[:1]", "x[-1:]", "flip(x, 0)",
    "flip(x, 1)", "x - mean(x, (2, 3))", "x - mean(x, 1)", "mean(x, 0)", "mean(x, 1)",
    "mean(x, (2, 3))", "mean(x, (1, 2, 3))", "softmax(x, 1)", "clamp(x, 0.1, None)",
    "clamp(x, 0.5, None)", "clamp(x, None, 0.5)", "x / sum(x, 1)", "x / max(x, 1)",
    "x / norm(x, 1)", "x / std(x)", "cumsum(x, 0)", "cumprod(x, 0)",
)  # fmt: skip


# ---- nodes


def _call(name, *arguments):
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _number(value):
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def _named(node):
    return node.func.id if isinstance(node, ast.Call) else None


def places(tree):
    """(holder, field, index) of every part of the formula that may be replaced.

    Not the axes of a reduction, nor the names of functions.
    """
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if field in ("func", "target", "targets", "slice", "keywords", "args") and (
                field != "args" or not isinstance(node, ast.Call)
            ):
                continue
            if isinstance(value, list):
                reduces = field == "args" and _named(node) in REDUCERS | TRUTHS | ALONG
                parts = value[:1] if reduces else value
                yield from ((node, field, n) for n, x in enumerate(parts) if _plain(x))
            elif isinstance(value, ast.expr) and _plain(value):
                yield node, field, None


def _plain(node):
    return isinstance(node, ast.expr) and not isinstance(node, (ast.Tuple, ast.Slice))


# ---- what stands in the place of a part


def slips(node, names, size):
    """What may stand in the place of `node` by one slip, the likeliest first.

    names: of the formula; size: how many axes it speaks of.
    """
    yield from _of_call(node, size)
    yield from _of_brackets(node)
    yield from _of_operation(node)
    yield from _of_index(node)
    yield from _of_atom(node, names)
    if isinstance(node, ast.Compare):
        for other in COMPARED:
            yield ast.Compare(node.left, [other()], node.comparators)
        yield ast.Compare(node.comparators[0], node.ops, [node.left])
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse


def _of_atom(node, names):
    """A number that is nearly right, or another name."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
        n = node.value
        near = (*NUMBERS.get(n, ()), n + 1, n - 1, 2 * n, n / 2, n**2, 10 * n, n / 10, -n)
        yield from (_number(value) for value in near if value != n)
    if isinstance(node, ast.Name) and node.id == "pi":
        yield from (ast.Constant(3.14), ast.Constant(180))
    elif isinstance(node, (ast.Name, ast.Subscript)):
        own = node.id if isinstance(node, ast.Name) else None
        yield from (ast.Name(name, ast.Load()) for name in names if name != own)


def _of_call(node, size):
    """A function is missing, or a related one stands there, or the axes are others."""
    name = _named(node)
    if name is None:
        return
    first, *rest = node.args
    if name in REDUCERS | ALONG | SINGLE or name not in WORDS:
        yield first
    elif name in PAIRS or name in ("join", "lead"):
        yield from node.args
        yield _call(name, *node.args[::-1])
    if name in REDUCERS | TRUTHS | ALONG:
        for other in [a for k in (1, 2, 3) for a in combinations(range(size), k)]:
            axes = ast.Constant(other[0]) if len(other) == 1 else ast.Tuple(
                [ast.Constant(a) for a in other], ast.Load()
            )  # fmt: skip
            yield _call(name, first, axes)
        yield _call(name, first)
    for family in KIN:
        if name in family:
            yield from (_call(other, first, *rest) for other in family if other != name)
            yield from (_call(other, first) for other in ("sigmoid", "exp") if name == "softmax")
    if name == "where":
        yield from (_call("where", first, rest[0], ast.Constant(0.0)), rest[0])


def _of_brackets(node):
    """Brackets in another place: of a function's, or of an operation in an operation."""
    name, op = _named(node), getattr(node, "op", None)
    if name and node.args and (name in SINGLE | REDUCERS or name not in WORDS):
        inner, *rest = node.args
        if isinstance(inner, ast.BinOp):
            left, right = (_call(name, x, *rest) for x in (inner.left, inner.right))
            yield ast.BinOp(left, inner.op, right)
            yield ast.BinOp(left, inner.op, inner.right)
            yield ast.BinOp(inner.left, inner.op, right)
        if isinstance(inner, ast.Call) and inner.args:
            turned = _call(name, inner.args[0], *rest)
            yield ast.Call(inner.func, [turned, *inner.args[1:]], [])
            swapped = _call(name, *inner.args)
            yield ast.Call(inner.func, [swapped, *rest], [])
    if isinstance(node, ast.BinOp):
        for one, other, side in ((node.left, node.right, 0), (node.right, node.left, 1)):
            if isinstance(one, ast.BinOp):  # (a . b) . c and a . (b . c)
                if side:
                    yield ast.BinOp(ast.BinOp(other, op, one.left), one.op, one.right)
                else:
                    yield ast.BinOp(one.left, one.op, ast.BinOp(one.right, op, other))
                    yield ast.BinOp(ast.BinOp(one.left, op, other), one.op, one.right)
                    yield ast.BinOp(one.left, one.op, ast.BinOp(one.right, ast.Mult(), other))
            called = _named(one)
            if called in SINGLE | REDUCERS or (called and called not in WORDS):
                first, *rest = one.args
                pair = (other, first) if side else (first, other)
                yield ast.Call(one.func, [ast.BinOp(pair[0], op, pair[1]), *rest], [])
            if isinstance(op, ast.Pow) and isinstance(one, ast.BinOp) and not side:
                yield ast.BinOp(
                    ast.BinOp(one.left, op, other), one.op, ast.BinOp(one.right, op, other)
                )


def _of_operation(node):
    if not isinstance(node, ast.BinOp):
        return
    yield from (node.left, node.right)
    yield ast.BinOp(node.right, node.op, node.left)
    yield from (ast.BinOp(node.left, op(), node.right) for op in OPERATORS.get(type(node.op), ()))
    if isinstance(node.left, ast.BinOp):  # a middle one is missing: a . b . c
        yield ast.BinOp(node.left.left, node.op, node.right)
        yield ast.BinOp(node.left.right, node.op, node.right)


def _of_index(node):
    """Neighbours, the first, the last."""
    if not isinstance(node, ast.Subscript) or isinstance(node.slice, (ast.Slice, ast.Tuple)):
        return
    one = ast.Constant(1)
    others = [ast.BinOp(node.slice, op(), one) for op in (ast.Sub, ast.Add)]
    if isinstance(node.slice, ast.BinOp):
        others.append(node.slice.left)
    others += [ast.Constant(0), _number(-1), ast.parse("t[:1]", mode="eval").body]
    yield from (ast.Subscript(node.value, other, ast.Load()) for other in others)
    yield ast.Subscript(_call("flip", node.value), node.slice, ast.Load())
    yield ast.Subscript(_call("cumprod", node.value), node.slice, ast.Load())
    yield _call("mean", node)


def more(node, names):
    """What is often done to a part besides, with itself or with another part."""
    if isinstance(node, ast.Name):
        for name in (name for name in names if name != node.id):
            for op in (ast.Mult, ast.Div, ast.Add, ast.Sub):
                yield ast.BinOp(node, op(), ast.Name(name, ast.Load()))
    if not isinstance(node, (ast.Constant, ast.Compare, ast.IfExp)):
        part = f"({ast.unparse(node)})"
        for text in ONCE_MORE:
            yield ast.parse(re.sub(r"\bx\b", lambda _: part, text), mode="eval").body


# ---- a whole formula


class Written:
    """A formula: lines of Python, of which the last is the answer.

    bind(**case) -> {name: value} of what its names mean in a case, besides the case's arguments.
    Tensors and arrays come in double precision.
    """

    def __init__(self, text, bind=None, plain=False):
        """plain: the formula is what the task asks for, and is not to be shown."""
        self.tree = _with_answer(ast.parse(text))
        self.bind, self.plain = bind, plain
        self._last = None, ()

    def names(self, case):
        """{name: value} in a case."""
        doubled = {
            name: torch.as_tensor(x, dtype=torch.float64) if _has_decimals(x) else x
            for name, x in case.items()
        }
        return doubled | (self.bind(**doubled) if self.bind else {})

    def slips(self, often):
        """(Slip, names -> answer) for each.  often: those in the formula, else those of `more`."""
        nodes = [n for n in ast.walk(self.tree) if isinstance(n, (ast.Name, ast.Constant))]
        names = sorted({n.id for n in nodes if isinstance(n, ast.Name)} - WORDS.keys() - {"answer"})
        size = 1 + max((n.value for n in nodes if _is_axis(n)), default=0)
        for place in list(places(self.tree)):
            part = _part(*place)
            for other in slips(part, names, size) if often else more(part, names):
                slip = Slip(self.tree, place, other)
                yield slip, slip.answer

    def answer(self, names):
        """The formula as it is written."""
        return _run(self.tree, names)

    def constants(self):
        """The numbers in it."""
        return [n.value for n in ast.walk(self.tree) if isinstance(n, ast.Constant)]

    @functools.cached_property
    def _watched(self):
        """(texts of its parts but for the answer, a tree that hands their values to `seen`)."""
        tree = copy.deepcopy(self.tree)
        whole, known = tree.body[-1].value, {}
        for place in reversed(list(places(tree))):
            part = _part(*place)
            text = ast.unparse(part)
            if not isinstance(part, (ast.Constant, ast.Name)) and part is not whole:
                if text not in known:
                    _put(*place, _call("seen", ast.Constant(text), part))
                known[text] = None
        return list(known), ast.fix_missing_locations(tree)

    def values(self, case):
        """{part: what it gives in a case}, where it is read just once; of channels, each, too."""
        kept, values = self._last
        if kept is not case:
            given = {text: [] for text in self._watched[0]}
            watch = {"seen": lambda text, x: given[text].append(x) or x}
            _run(self._watched[1], self.names(case) | watch)
            values = {t: x[0] for t, x in given.items() if len(x) == 1 and _is_number(x[0])}
            for text, x in list(values.items()):
                if torch.is_tensor(x) and x.ndim == 4 and x.shape[1] == 2:
                    values |= {f"{text}[:, {n}]": x[:, n : n + 1] for n in range(2)}
            self._last = case, values
        return values


def _is_number(x):
    return torch.is_tensor(x) or isinstance(x, (int, float))


class Slip:
    """Another part in one place of a formula; as text, both."""

    def __init__(self, tree, place, other):
        self.tree, self.place, self.other = tree, place, ast.fix_missing_locations(other)

    def answer(self, names):
        """What the formula gives with it."""
        part = _part(*self.place)
        _put(*self.place, self.other)
        try:
            return _run(self.tree, names)
        finally:
            _put(*self.place, part)

    def hint(self):
        """What kind of slip it is, without the formula."""
        kinds = {ast.Constant: "a number in it is another", ast.Name: "a name in it is another"}
        kind = kinds.get(
            type(_part(*self.place)), "an operation or brackets are missing, or others"
        )
        return f"the right formula but for one slip: {kind}"

    def __str__(self):
        holder, part = self.place[0], _part(*self.place)
        shown = isinstance(holder, ast.expr) and not isinstance(holder, ast.Tuple)
        small = isinstance(part, (ast.Constant, ast.Name))
        around = holder if shown and small and len(ast.unparse(holder)) < LONG else None
        before = ast.unparse(around or part)
        _put(*self.place, self.other)
        after = ast.unparse(around or self.other)
        _put(*self.place, part)
        return f"`{after}` stands where `{before}` belongs"


LONG = 60  # so many characters of a formula are shown


def _run(tree, names):
    space = {"__builtins__": {}, **WORDS, **names}
    exec(compile(tree, "formula", "exec"), space)
    return space["answer"]


def _with_answer(tree):
    """The last line of the formula as `answer = ...`."""
    last = tree.body[-1]
    tree.body[-1] = ast.Assign([ast.Name("answer", ast.Store())], last.value)
    return ast.fix_missing_locations(tree)


def _has_decimals(x):
    kind = str(getattr(x, "dtype", ""))
    return "float" in kind or "uint8" in kind


def _is_axis(node):
    return isinstance(node, ast.Constant) and node.value in (1, 2, 3, 4, 5)


def _part(holder, field, index):
    value = getattr(holder, field)
    return value if index is None else value[index]


def _put(holder, field, index, node):
    if index is None:
        setattr(holder, field, node)
    else:
        getattr(holder, field)[index] = node
