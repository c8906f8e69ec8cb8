"""The mutations of one source text: which operators and constants can be changed, and the tree with one change.

Left alone: annotations, docstrings, imports, decorators, `__all__`, blocks for type checkers, the words of raised
errors, and what decides about copying alone (`copy=False`): with a copy the numbers are the same.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ONLY_SPEED = {"copy"}
"""Keywords that change how long something takes and never what comes out."""
TYPING_CALLS = {"cast", "TypeVar", "NewType", "NamedTuple"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """The number of a mutation in its source (from 0), its line, and what becomes of what."""

    index: int
    line: int
    text: str


TYPE_CHECKING_NAMES = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _says_nothing(node: ast.AST) -> bool:
    """Whether a node has no part in any result."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in TYPE_CHECKING_NAMES
    if isinstance(node, ast.Assign):
        return any(isinstance(at, ast.Name) and at.id == "__all__" for at in node.targets)
    if isinstance(node, ast.keyword):
        return node.arg in ONLY_SPEED
    return isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"


def _mutable(node: ast.AST, in_raise: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Every node that may change, parents first, and whether it stands in a raise statement."""
    if isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node):
        return
    if _says_nothing(node):
        return
    yield node, in_raise
    in_raise = in_raise or isinstance(node, ast.Raise)
    skipped = {"annotation", "returns", "decorator_list", "format_spec", "type_params"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TYPING_CALLS:
        skipped |= {"func"}
        node = ast.Call(node.func, node.args[1:], node.keywords)
    for name, value in ast.iter_fields(node):
        if name in skipped:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _mutable(child, in_raise)


def _constant(node: ast.Constant, in_raise: bool) -> object:
    """What a constant becomes, or the constant itself where it stays."""
    value = node.value
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and value.strip() and not in_raise:
        return f"{value}~"
    return value


def _change(node: ast.AST, in_raise: bool) -> tuple[str, Callable[[], None]] | None:
    """What becomes of a node, as words and as a function that does it; None where nothing can."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in BINARY:
        before, other = ast.unparse(node), BINARY[type(node.op)]()
        return f"{before}  ->  {type(other).__name__}", lambda: setattr(node, "op", other)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        ops = [COMPARISONS[type(node.ops[0])](), *node.ops[1:]]
        return f"{ast.unparse(node)}  ->  {type(ops[0]).__name__}", lambda: setattr(node, "ops", ops)
    if isinstance(node, ast.BoolOp):
        either = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        return f"{ast.unparse(node)}  ->  {type(either).__name__}", lambda: setattr(node, "op", either)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        # + leaves a number as it is, and of a truth value `not not` does
        if isinstance(node.op, ast.USub):
            return f"{ast.unparse(node)}  ->  no minus", lambda: setattr(node, "op", ast.UAdd())
        negated = ast.UnaryOp(ast.Not(), node.operand)
        return f"{ast.unparse(node)}  ->  no not", lambda: setattr(node, "operand", negated)
    if isinstance(node, ast.If | ast.IfExp | ast.While) and isinstance(node.test, ast.Name | ast.Attribute | ast.Call):
        test = ast.UnaryOp(ast.Not(), node.test)
        return f"if {ast.unparse(node.test)}  ->  if not", lambda: setattr(node, "test", test)
    if isinstance(node, ast.Constant) and (new := _constant(node, in_raise)) is not node.value:
        return f"{node.value!r}  ->  {new!r}", lambda: setattr(node, "value", new)
    return None


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, str, Callable[[], None]]]:
    for node, in_raise in _mutable(tree):
        if change := _change(node, in_raise):
            yield node, *change


def mutations(source: str) -> list[Mutation]:
    """All mutations of a source text, in the order of the tree."""
    return [
        Mutation(index, getattr(node, "lineno", 0), " ".join(text.split())[:110])
        for index, (node, text, _) in enumerate(_changes(ast.parse(source)))
    ]


def apply(source: str, mutation: Mutation | None) -> ast.Module:
    """The tree of a source text with one of its mutations done, or as it is."""
    tree = ast.parse(source)
    if mutation is not None:
        _, _, change = list(_changes(tree))[mutation.index]
        change()
        ast.fix_missing_locations(tree)
    return tree
