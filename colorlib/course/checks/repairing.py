"""Which edit of the student's own code makes it right.

Nothing here knows any exercise.  Each part of the student's function is replaced by what often
belongs in its place, and the function is tried again.  Where one edit gives the right answers to
every input, and to others, the words show the place.  Where none does, a part may be all that is
wrong: with a right intermediate value in its place, the rest gives what is right.
"""

import ast
import contextlib
import re
import time
from itertools import combinations

import numpy as np
import torch

from colorlib.course.checks import own_code, rewriting, running
from colorlib.course.checks.reading import numbers, same

SECONDS = (0.8, 0.4, 0.4)  # of the processor's time: for edits, for right values, for the rest
ONE = 0.3  # of it for one try: an edit may make a loop endless
SHOWN = 64  # so many characters of the student's code
HOOK = "_changed_here"
REDUCERS = ("sum", "mean", "amax", "amin", "max", "min", "median", "std", "var", "prod", "norm")
KIN = (  # functions that are taken for each other
    REDUCERS,
    ("any", "all"),
    ("softmax", "log_softmax", "softmin", "sigmoid"),
    ("cumprod", "cumsum"),
    ("exp", "log"),
    ("log", "log2", "log10", "log1p"),
    ("cos", "sin"),
    ("argmax", "argmin"),
    ("minimum", "maximum"),
    ("floor", "ceil", "round"),
    ("sqrt", "square"),
    ("rad2deg", "deg2rad"),
    ("degrees", "radians"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("cat", "stack"),
    ("concatenate", "stack"),
    ("md5", "sha1", "sha256"),
    ("view", "transpose"),
    ("reshape", "transpose"),
)
ALONG = {  # functions with an axis
    *REDUCERS, "any", "all", "softmax", "log_softmax", "cumprod", "cumsum", "argmax", "argmin",
    "cat", "stack", "concatenate", "flip", "roll", "sort", "argsort", "diff", "unsqueeze",
    "squeeze", "chunk", "split", "expand_dims", "topk", "repeat_interleave",
}  # fmt: skip
AXES = (*range(4), -1, -2, *(a for k in (2, 3) for a in combinations(range(4), k)), (2, 4, 5))
WRAPS = (
    *rewriting.ONCE_MORE, "x % 360", "transpose(x)", "~x", "x[:, None]", "x[..., None]", "sum(x)",
    "x[:, None, None, None]", "sum(x, 1)", "sum(x, (2, 3))", "x.mean(1)", "x.sum(1)", "x[1:]",
    "x[:-1]", "255 * x", "x // 2", "sqrt(1 - x)", "10 * log10(x)", "max(x)", "any(x)",
)  # fmt: skip


# ---- what may stand in the place of a part: (node, words that tell where, those that tell what)


def edits(node, names, constants, space):
    """What may belong in the place of one part of a student's code, the likeliest first."""
    for kind, of_kind in OF.items():
        if isinstance(node, kind):
            for new, words, *told in of_kind(node, names, constants, space):
                yield new, words, told[0] if told else words


def _instead(old, what, new):
    words = f"another {what} belongs in the place of `{old}`"
    return words, f"`{_short(str(new))}` belongs there, not `{old}`"


def _much(text):
    return f"`{_short(text)}` is too much"


def _call(node, args=None, keywords=None, func=None):
    """The same call with other arguments, or of another function."""
    args = node.args if args is None else args
    return ast.Call(func or node.func, args, node.keywords if keywords is None else keywords)


def _without(few, n):
    return [x for m, x in enumerate(few) if m != n]


def _exchanged(few):
    """Every way to exchange two: (the exchanged list, words)."""
    for m, n in combinations(range(len(few)), 2):
        turned = list(few)
        turned[m], turned[n] = turned[n], turned[m]
        one, other = (_short(ast.unparse(few[k])) for k in (m, n))
        yield turned, f"`{one}` and `{other}` are to be exchanged"


def _of_call(node, names, constants, space):
    func, subject = node.func, _subject(node, space)
    name = getattr(func, "attr", None) or getattr(func, "id", None)
    for part in dict.fromkeys([subject, *node.args[:2]]):
        if part is not None and not isinstance(part, ast.Starred) and not _is_axis(part):
            yield part, _much(name)
    for n in (0, 1):
        yield _constant(n), *_instead(_short(ast.unparse(node)), "number", n)
    for other in dict.fromkeys(x for kin in KIN if name in kin for x in kin if x != name):
        new = ast.Attribute(func.value, other, ast.Load()) if isinstance(func, ast.Attribute) else (
            ast.Name(other, ast.Load())
        )  # fmt: skip
        yield _call(node, func=new), *_instead(name, "function", other)
    if name in ALONG:
        yield from _of_axes(node, name)
    if name == "range" and len(node.args) < 3:
        one, high = ast.Constant(1), node.args[-1]
        for ends in ((one, high), (one, ast.BinOp(high, ast.Add(), one)), (ast.Constant(0), high)):
            new = _call(node, list(ends))
            yield new, "it starts, or ends, one off", f"`{ast.unparse(new)}` belongs there"
    for n, part in enumerate(node.args):
        yield _call(node, _without(node.args, n)), _much(ast.unparse(part))
    for n, part in enumerate(node.keywords):
        if not isinstance(part.value, ast.Lambda):  # what stands in it is looked at by itself
            yield _call(node, keywords=_without(node.keywords, n)), _much(ast.unparse(part))
    for args, words in _exchanged(node.args):
        yield _call(node, args), words
    for n in constants:
        yield _constant(n), *_instead(_short(ast.unparse(node)), "number", n)
    for new in _of_order_around(node, subject):
        yield new, *_order(new)


def _of_axes(node, name):
    """Another axis, all axes, axes of 1 kept, N - 1."""
    known = next((k.value for k in node.keywords if k.arg in ("dim", "axis")), None)
    place = None if known else next((n for n, x in enumerate(node.args) if _is_axis(x)), None)
    known = node.args[place] if place is not None else known
    args = _without(node.args, place)
    rest = [k for k in node.keywords if k.arg not in ("dim", "axis")]
    old = ast.unparse(known) if known else "none"
    for axis in AXES:
        if str(axis) != old:
            new = _call(node, args, [*rest, ast.keyword("axis", _constant(axis))])
            yield new, f"another axis than {old}", f"axis {axis} belongs there, not {old}"
    if known:
        yield _call(node, args, rest), f"axis {old} is too much: all belong together"
    kept = [k for k in node.keywords if k.arg not in ("keepdim", "keepdims")]
    if len(kept) == len(node.keywords):
        yield _with(node, kept, "keepdims", True), "`keepdim=True` is missing"
    if name in ("std", "var"):
        left = [k for k in kept if k.arg not in ("correction", "ddof", "unbiased")]
        for n, much in ((0, "N, not N - 1"), (1, "N - 1, not N")):
            for key in ("correction", "ddof"):
                yield _with(node, left, key, n), f"it is to divide by {much}"


def _with(node, keywords, key, value):
    return _call(node, keywords=[*keywords, ast.keyword(key, ast.Constant(value))])


def _is_axis(node):
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    if isinstance(node, (ast.Tuple, ast.List)):
        return bool(node.elts) and all(map(_is_axis, node.elts))
    return isinstance(node, ast.Constant) and type(node.value) is int


def _constant(value):
    if isinstance(value, tuple):
        return ast.Tuple([_constant(v) for v in value], ast.Load())
    below = isinstance(value, (int, float)) and value < 0
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if below else ast.Constant(value)


# ---- the order of what is done


def _order(new):
    words = "another order, or other brackets"
    return f"{words}, are wanted", f"{words}: `{_short(ast.unparse(new))}`"


def _subject(call, space):
    """What a call is about: what stands before its dot, or its first argument."""
    root = call.func
    while isinstance(root, ast.Attribute):
        root = root.value
    of_module = isinstance(root, ast.Name) and type(space.get(root.id)).__name__ == "module"
    if isinstance(call.func, ast.Attribute) and not of_module:
        return call.func.value
    return call.args[0] if call.args else None


def _about(call, old, new):
    """The same call about something else."""
    if old is getattr(call.func, "value", None):
        return _call(call, func=ast.Attribute(new, call.func.attr, ast.Load()))
    return _call(call, [new if x is old else x for x in call.args])


def _of_order_around(call, inner, space=()):
    """f(a . b) as f(a) . b, and f(g(a)) as g(f(a))."""
    if isinstance(inner, ast.BinOp):
        left, right = (_about(call, inner, x) for x in (inner.left, inner.right))
        for pair in ((left, right), (left, inner.right), (inner.left, right)):
            yield ast.BinOp(pair[0], inner.op, pair[1])
    if isinstance(inner, ast.Call):
        for part in [getattr(inner.func, "value", None), *inner.args[:1]]:
            if part is not None:
                yield _about(inner, part, _about(call, inner, part))


def _of_order(node):
    """(a . b) . c and a . (b . c); f(a) . b as f(a . b); (a . b) ** 2 as a ** 2 . b ** 2."""
    op, one = node.op, node.right
    if isinstance(one, ast.BinOp):
        yield ast.BinOp(ast.BinOp(node.left, op, one.left), one.op, one.right)
    if isinstance(one := node.left, ast.BinOp):
        yield ast.BinOp(one.left, one.op, ast.BinOp(one.right, op, node.right))
        yield ast.BinOp(ast.BinOp(one.left, op, node.right), one.op, one.right)
        yield ast.BinOp(one.left, one.op, ast.BinOp(one.right, ast.Mult(), node.right))
        if isinstance(op, ast.Pow):
            left, right = (ast.BinOp(x, op, node.right) for x in (one.left, one.right))
            yield ast.BinOp(left, one.op, right)
    for one, other, turned in ((node.left, node.right, False), (node.right, node.left, True)):
        if isinstance(one, ast.Call):
            for x in [getattr(one.func, "value", None), *one.args[:1]]:
                if x is not None:
                    pair = (other, x) if turned else (x, other)
                    yield _about(one, x, ast.BinOp(pair[0], op, pair[1]))


# ---- operations, names, numbers


def _sign(node):
    """An operator as it is written."""
    x = ast.Name("x")
    if isinstance(node, ast.BinOp):
        return ast.unparse(ast.BinOp(x, node.op, x))[1:-1].strip()
    return ast.unparse(ast.Compare(x, node.ops[:1], [x]))[1:-1].strip()


def _of_operation(node, *_):
    sign = _sign(node)
    yield node.left, _much(f"{sign} {_bracketed(node.right)}")
    yield node.right, _much(f"{_bracketed(node.left)} {sign}")
    for op in rewriting.OPERATORS.get(type(node.op), ()):
        new = ast.BinOp(node.left, op(), node.right)
        yield new, *_instead(sign, "sign", _sign(new))
    turned = ast.BinOp(node.right, node.op, node.left)
    yield turned, f"the two sides of `{sign}` are to be exchanged"
    for new in _of_order(node):
        yield new, *_order(new)


def _of_comparison(node, *_):
    for op in rewriting.COMPARED if len(node.ops) == 1 else ():
        new = ast.Compare(node.left, [op()], node.comparators)
        yield new, *_instead(_sign(node), "sign", _sign(new))


def _of_truths(node, *_):
    words, other = ("or", ast.And) if isinstance(node.op, ast.Or) else ("and", ast.Or)
    new = ast.BoolOp(other(), node.values)
    yield new, *_instead(words, "word", "and" if words == "or" else "or")
    for n, x in enumerate(node.values):
        yield ast.BoolOp(node.op, [*_without(node.values, n)] * 2), _much(ast.unparse(x))


def _of_sign(node, *_):
    yield node.operand, _much(ast.unparse(node).replace(ast.unparse(node.operand), "").strip(" ()"))


def _of_choice(node, *_):
    for part in (node.body, node.orelse):
        yield part, f"`{_short(ast.unparse(part))}` belongs there always"
    yield ast.IfExp(node.test, node.orelse, node.body), "the two cases are to be exchanged"


def _of_constant(node, names, constants, space):
    n = node.value
    if isinstance(n, bool):
        yield ast.Constant(not n), *_instead(n, "truth", not n)
    elif isinstance(n, (int, float)):
        near = (n + 1, n - 1, 2 * n, n / 2, -n, n**2 if 0.01 < abs(n) < 1e6 else n, 10 * n, n / 10)
        for value in dict.fromkeys((*rewriting.NUMBERS.get(n, ()), *constants, *near)):
            if value != n:
                yield _constant(value), *_instead(n, "number", value)
    elif isinstance(n, str):
        yield ast.Constant(""), _much(repr(n))


def _of_name(node, names, *_):
    for other in names:
        if other != node.id:
            yield ast.Name(other, ast.Load()), *_instead(node.id, "name", other)


def _of_index(node, *_):
    index = node.slice
    shown = _in_brackets(index)
    yield node.value, _much(shown)
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for n, part in enumerate(parts):
        for other in _indices(part):
            put = [other if m == n else x for m, x in enumerate(parts)]
            whole = ast.Tuple(put, ast.Load()) if isinstance(index, ast.Tuple) else other
            new = ast.Subscript(node.value, whole, ast.Load())
            yield new, *_instead(shown, "index", _in_brackets(whole))
    for turned, words in _exchanged(parts):
        yield ast.Subscript(node.value, ast.Tuple(turned, ast.Load()), ast.Load()), words


def _in_brackets(index):
    return ast.unparse(ast.Subscript(ast.Name("x"), index))[1:]


def _indices(part):
    if isinstance(part, ast.Slice):
        for low, high in ((None, None), (1, None), (None, -1), (1, -1)):
            ends = (x if x is None else _constant(x) for x in (low, high))
            yield ast.Slice(*ends, part.step)
        yield ast.Slice(part.upper, part.lower, part.step)
        yield ast.Slice(part.lower, part.upper, None)
    elif isinstance(part, (ast.Constant, ast.Name, ast.BinOp)):
        for op in (ast.Add(), ast.Sub()):
            yield ast.BinOp(part, op, ast.Constant(1))


def _of_attribute(node, *_):
    yield node.value, _much(f".{node.attr}")
    if other := {"values": "indices", "indices": "values"}.get(node.attr):
        yield ast.Attribute(node.value, other, ast.Load()), *_instead(node.attr, "part", other)


def _of_list(node, *_):
    for turned, words in _exchanged(node.elts):
        yield type(node)(turned, ast.Load()), words
    for n, part in enumerate(node.elts):
        yield type(node)(_without(node.elts, n), ast.Load()), _much(ast.unparse(part))


def _of_statement(node, *_):
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        yield ast.Pass(), "this line is too much"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass(), "this line is too much"
    if isinstance(node, ast.AugAssign):
        for op in (ast.Add, ast.Sub, ast.Mult, ast.Div):
            if not isinstance(node.op, op):
                new = ast.AugAssign(node.target, op(), node.value)
                yield new, *_instead(ast.unparse(node), "sign", ast.unparse(new))
    if isinstance(node, ast.If):
        yield _block(node.body), _much(f"if {ast.unparse(node.test)}")
        yield _block(node.orelse), "what stands under this condition is too much"
    if isinstance(node, ast.For) and isinstance(node.body[-1], ast.Return):
        loop = ast.For(node.target, node.iter, node.body[:-1] or [ast.Pass()], [])
        yield _block([loop, node.body[-1]]), "the return stands within the loop"


def _block(statements):
    return ast.If(ast.Constant(True), statements or [ast.Pass()], [])


OF = {
    ast.Call: _of_call,
    ast.BinOp: _of_operation,
    ast.Compare: _of_comparison,
    ast.BoolOp: _of_truths,
    ast.UnaryOp: _of_sign,
    ast.IfExp: _of_choice,
    ast.Constant: _of_constant,
    ast.Name: _of_name,
    ast.Subscript: _of_index,
    ast.Attribute: _of_attribute,
    (ast.Tuple, ast.List): _of_list,
    ast.stmt: _of_statement,
}


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} … {text[-SHOWN // 3 :]}"


# ---- places


class Place:
    """A part of a function that may be replaced."""

    def __init__(self, unit, holder, field, index):
        self.unit, self.holder, self.field, self.index = unit, holder, field, index
        self.part = (
            self._slot()[0][self._slot()[1]] if index is not None else getattr(holder, field)
        )

    def _slot(self):
        return getattr(self.holder, self.field), self.index

    def put(self, node):
        """Put a node in its place."""
        if self.index is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.index] = node

    def order(self):
        """By which the smallest part of the first line comes first."""
        return getattr(self.part, "lineno", 0), len(ast.unparse(self.part))

    def has_value(self):
        """Whether it is an expression with a value of its own, such as no slice is."""
        if not isinstance(self.part, ast.expr) or isinstance(self.part, ast.Constant):
            return False
        bits = ast.iter_child_nodes(self.part)
        return isinstance(self.part, ast.Call) or not any(
            isinstance(n, (ast.Slice, ast.Starred)) for n in bits
        )


SKIPPED = ("func", "target", "targets", "ctx", "annotation", "format_spec", "decorator_list")
NO_PARTS = (ast.Slice, ast.Starred, ast.Lambda, ast.FunctionDef, ast.JoinedStr)


def places(unit):
    """Every Place of a function, statements last."""
    root = ast.Module(unit.tree.body, []) if isinstance(unit.tree.body, list) else unit.tree
    found = []
    for node in ast.walk(root):
        if isinstance(node, ast.arguments):
            continue
        for field, value in ast.iter_fields(node):
            if field in SKIPPED or (field == "args" and not isinstance(node, ast.Call)):
                continue
            for index, part in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(part, (ast.expr, ast.stmt)) and not isinstance(part, NO_PARTS):
                    found.append(Place(unit, node, field, index))
    return sorted(found, key=lambda place: isinstance(place.part, ast.stmt))


def whole_answers(unit):
    """The parts that are a function's answer, or one of several."""
    nodes = [unit.tree.body] if isinstance(unit.tree, ast.Lambda) else [
        n.value for n in ast.walk(unit.tree) if isinstance(n, ast.Return)
    ]  # fmt: skip
    return {id(x) for n in nodes for x in (n, *getattr(n, "elts", ()))}


# ---- what is often missing around a part: changes of its value


def _lifted(change):
    """A change of tensors, for arrays and numbers, too."""

    def of(value):
        if torch.is_tensor(value):
            return change(value)
        new = change(torch.from_numpy(np.array(value, dtype=np.float64)))
        new = new.numpy() if torch.is_tensor(new) else new
        if isinstance(value, np.ndarray) or np.ndim(new):
            return new
        return int(new) if isinstance(value, int) and float(new).is_integer() else float(new)

    return of


def _wrap(text):
    space = {"__builtins__": {}, **rewriting.WORDS}
    return text, _lifted(eval(f"lambda x: {text}", space))


AROUND = [_wrap(text) for text in dict.fromkeys(WRAPS)]
AROUND.append(("x.astype(float)", _lifted(lambda x: x.double())))


def _with_constants(constants):
    for c in constants:
        if isinstance(c, (int, float)) and c not in (0, 1):
            for text in (f"{c} * x", f"x / {c}", f"x + {c}", f"x - {c}", f"{c} - x", f"x ** {c}"):
                yield _wrap(text)


def _numeric(value):
    if torch.is_tensor(value):
        return True
    return isinstance(value, (int, float, np.number)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    )


def _like(stage, value, turn):
    """A right value in the form of the student's; turn: which picture's, None for all at once."""
    stage = torch.as_tensor(stage)
    stage = stage if turn is None else stage[turn]
    shape, size = tuple(np.shape(value)), int(np.prod(np.shape(value)))
    small, own = ([n for n in s if n != 1] for s in (stage.shape, shape))
    if stage.numel() == size:
        if own != small and sorted(own) == sorted(small) and len(set(own)) == len(own):
            stage = stage.squeeze().permute([small.index(n) for n in own])
        stage = stage.reshape(shape)
    elif stage.ndim != len(shape) and len(small) == len(shape):
        stage = stage.squeeze()
    if torch.is_tensor(value):
        return stage.to(value.dtype)
    return stage.numpy() if isinstance(value, np.ndarray) else type(value)(stage.item())


# ---- the search


class Search:
    """Edits of one student's code, tried on one case first, then on all.

    variants: with what is right, formulas and other cases; see stages.Table.
    """

    def __init__(self, code, outcomes, variants, tolerance):
        self.code, self.tolerance, self.right = code, tolerance, variants[""]
        self.known = [(outcome.case, outcome.wanted) for outcome in outcomes]
        wrong = [o for o in outcomes if o.error or not same(o.value, o.wanted, tolerance)]
        self.first = min(wrong, key=lambda o: _size(o.case))
        self.wanted, self.others = numbers(self.first.wanted), getattr(variants, "others", None)
        self.formulas = getattr(variants, "formulas", ())
        self.plain = any(formula.plain for formula in self.formulas)
        self.constants = list(dict.fromkeys(c for f in self.formulas for c in f.constants()))
        self.places = [place for unit in code.units for place in places(unit)]
        self.prepare = lambda case: None  # what is done before each try
        self.part = self.last = None  # what is all that is wrong, and where that is a whole answer
        self.until = 0

    def words(self):
        """The words for the first edit that makes all right."""
        ways = zip(SECONDS, (self.by_edits, self.by_stages, self.by_more), strict=True)
        with running.brief(ONE) as self.start:
            for seconds, way in ways:
                self.until = time.process_time() + seconds
                if (words := way()) or self.part:
                    return words
        return None

    # ---- trying

    def over(self):
        """Whether enough was tried."""
        return time.process_time() > self.until

    def run(self, case):
        """What the code gives as it stands; None for an error."""
        try:
            self.start()
            self.prepare(case)
            return self.code(*map(running.copied, case.values()))
        except (Exception, SystemExit):
            return None
        finally:
            self.start(0)

    def fits(self):
        """Whether the code as it stands is right."""
        mine = numbers(self.run(self.first.case))
        if mine is None or [x.shape for x in mine] != [y.shape for y in self.wanted]:
            return False
        if not all(_near(x, y, self.tolerance) for x, y in zip(mine, self.wanted, strict=True)):
            return False
        return self._all_right(self.known) and self._all_right(self.more())

    def _all_right(self, cases):
        return all(same(self.run(case), wanted, self.tolerance) for case, wanted in cases)

    def more(self):
        """Other cases, [(case, the right answer)]."""
        if callable(self.others):
            self.others = [(case, self.right(*case.values())) for case in self.others()]
        return self.others or []

    def with_parts(self, parts):
        """Whether all is right with these (place, node) of one function."""
        try:
            for place, node in parts:
                place.put(node)
            parts[0][0].unit.build(self.code.space)
            return self.fits()
        except (Exception, SystemExit):
            return False
        finally:
            for place, _ in parts:
                place.put(place.part)

    def hook(self, place, change):
        """Let `change` have the value of a part from now on, and return its values in one case."""
        values = []
        self.code.space[HOOK] = lambda x: values.append(x) or x
        place.put(ast.Call(ast.Name(HOOK, ast.Load()), [place.part], []))
        try:
            place.unit.build(self.code.space)
            self.run(self.first.case)
        finally:
            place.put(place.part)
        self.code.space[HOOK] = change
        return values if all(map(_numeric, values)) else []

    # ---- the ways

    def by_edits(self):
        """An edit of one part, or the same edit wherever it can be made."""
        for unit in self.code.units:
            alike, names = {}, _names(unit)
            for place in (place for place in self.places if place.unit is unit):
                for node, *words in edits(place.part, names, self.constants, self.code.space):
                    if self.over():
                        return None
                    if self.with_parts([(place, node)]):
                        return self.said(place, *words)
                    if not isinstance(place.part, ast.IfExp):
                        alike.setdefault(tuple(words), {}).setdefault(place, node)
            for words, few in alike.items():
                if 1 < len(few) and not self.over() and self.with_parts(list(few.items())):
                    return f"{len(few)} times: {self.said(next(iter(few)), *words)}"
            unit.build(self.code.space)
        return None

    def by_stages(self):
        """What is missing around a part that is all that is wrong; else, that part is noted."""
        found, whole = [], set().union(*map(whole_answers, self.code.units))
        for place in self.places:
            if place.has_value() and not isinstance(place.part, ast.Name):
                values = self.hook(place, None)
                if values and (stage := self.stage_for()):
                    right = self.right_already(values)
                    found.append((*place.order(), len(found), place, stage, right))
            place.unit.build(self.code.space)
        found = [one[-3:] for one in sorted(found)]
        for place, *_ in found:
            if words := self.around(place, AROUND):
                return words
        for place, stage, right in found:
            if right:
                continue
            told = f": `{stage}` belongs there" if len(stage) <= 24 else ""
            said = self.said(place, "", told, whole=True)
            if id(place.part) not in whole:
                self.part = f"{said}; with the right numbers there, the rest is right"
                return None
            self.last = f"{said}; all else is right"
        return None

    def right_already(self, values):
        """Whether a part gives what one of a formula does, in the first case."""
        mine = values[0]
        if len(values) > 1 or _count(mine) < 2:
            return False
        for formula in self.formulas:
            for stage in formula.values(self.first.case).values():
                if _count(stage) == _count(mine):
                    with contextlib.suppress(Exception):
                        if same(mine, _like(stage, mine, None), self.tolerance):
                            return True
        return False

    def stage_for(self):
        """The text of the right value that makes all right in the place of the hooked part."""
        for formula in self.formulas:
            for text in formula.values(self.first.case):
                for by_turns in (False, True):
                    if self.over():
                        return None

                    def prepare(case, formula=formula, text=text, by_turns=by_turns):
                        turns, stage = iter(range(1000)), formula.values(case).get(text)
                        self.code.space[HOOK] = lambda value: _like(
                            stage, value, next(turns) if by_turns else None
                        )

                    self.prepare = prepare
                    fits = self.fits()
                    self.prepare = lambda case: None
                    if fits:
                        return text
        return None

    def by_more(self):
        """What is missing around a part."""
        changes = [*AROUND, *_with_constants(self.constants)]
        found = (self.around(place, changes) for place in self.places if place.has_value())
        return next(filter(None, found), None) or self.by_names()

    def around(self, place, changes):
        """Which of the changes of a part's value makes all right."""
        values = () if self.over() else self.hook(place, None)
        for text, change in changes if values else ():
            if self.over():
                break
            self.code.space[HOOK] = change
            if self.fits():
                told = re.sub(r"\bx\b", lambda _: _bracketed(place.part), text)
                return self.said(place, "something is missing", f"`{_short(told)}` belongs there")
        place.unit.build(self.code.space)
        return None

    def by_names(self):
        """Another name is missing beside a part."""
        for place in (place for place in self.places if place.has_value()):
            for name in _names(place.unit):
                for op in (ast.Mult, ast.Div, ast.Add, ast.Sub):
                    if self.over():
                        return None
                    new = ast.BinOp(place.part, op(), ast.Name(name, ast.Load()))
                    if self.with_parts([(place, new)]):
                        told = f"`{_short(ast.unparse(new))}` belongs there"
                        return self.said(place, "something is missing", told)
            place.unit.build(self.code.space)
        return None

    def said(self, place, words, told, whole=False):
        """The place in the student's code, and the words for it."""
        part, holder = place.part, place.holder
        shown = ast.unparse(part)
        if isinstance(holder, (ast.expr, ast.keyword)) and len(shown) < 12 and not whole:
            around = ast.unparse(holder) + "(…)" * isinstance(holder, ast.Attribute)
            shown = around if len(around) <= SHOWN else shown
        line = getattr(part, "lineno", None)
        where = f" in line {line}" if line and isinstance(place.unit.tree, ast.FunctionDef) else ""
        words = words if self.plain else told
        if whole:
            return f"`{_short(shown)}`{where} is all that is wrong{words}"
        return f"`{_short(shown)}`{where}: {words} (tried: then all is right)"


def _names(unit):
    """The names that stand for values in a function."""
    nodes = list(ast.walk(unit.tree))
    found = {n.arg for n in nodes if isinstance(n, ast.arg)}
    stored = (n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return sorted(found | {n.id for n in stored})


def _bracketed(part):
    atom = (ast.Name, ast.Call, ast.Subscript, ast.Attribute, ast.Constant)
    return ast.unparse(part) if isinstance(part, atom) else f"({ast.unparse(part)})"


def _count(value):
    return int(np.prod(np.shape(value)))


def _size(case):
    return sum(_count(value) for value in case.values() if _numeric(value))


def _near(x, y, tolerance):
    """`close` for all, in haste."""
    if np.isnan(y).any():
        return same(x, y, tolerance)
    return bool((np.abs(x - y) <= tolerance * (1 + np.abs(y))).all())


def repaired(student, outcomes, variants, tolerance):
    """(which edit of the student's code makes it right, part, last), see Search; words or None."""
    said = []

    def search():
        code = own_code.found(student)
        if code is not None:
            tried = Search(code, outcomes, variants, tolerance)
            said.append((tried.words(), tried.part, tried.last))

    running.observe(search, {}, seconds=30 * sum(SECONDS))
    return said[0] if said else (None, None, None)
