"""Small changes of a module's syntax tree, each of which a test should notice."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
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
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}


class Mutant(NamedTuple):
    """A changed module: its whole text, the line that changed, and that line before and after."""

    text: str
    line: int
    before: str
    after: str


def mutants_of(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of the places that are changed.

    Annotations, docstrings and what a `raise` says are left alone: no test should hold them.
    """
    return [_mutant(source, number) for number in range(sum(1 for _ in _sites(ast.parse(source))))]


def _mutant(source: str, number: int) -> Mutant:
    tree = ast.parse(source)
    node = list(_sites(tree))[number]
    statement = _statement_of(tree, node)
    before = ast.unparse(statement)
    _change(node)
    return Mutant(
        ast.unparse(tree), node.lineno, *_first_difference(before, ast.unparse(statement))
    )


def _first_difference(before: str, after: str) -> tuple[str, str]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next((old.strip(), new.strip()) for old, new in pairs if old != new)


def _statement_of(tree: ast.AST, node: ast.expr) -> ast.stmt:
    """The innermost statement around an expression."""
    holders = [each for each in ast.walk(tree) if isinstance(each, ast.stmt) and _is_in(node, each)]
    return holders[-1]


def _is_in(node: ast.AST, holder: ast.AST) -> bool:
    return any(each is node for each in ast.walk(holder))


def _sites(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions below a node that can be changed."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
                continue
            if isinstance(child, ast.expr) and _can_change(child):
                yield child
            if isinstance(child, ast.AST):
                yield from _sites(child)


def _can_change(node: ast.expr) -> bool:
    match node:
        case ast.Compare(ops=[single]):
            return type(single) in _COMPARISONS
        case ast.BoolOp():
            return True
        case ast.BinOp(op=op):
            return type(op) in _OPERATORS
        case ast.Constant(value=value):
            return isinstance(value, int)  # bool is an int here
    return False


def _change(node: ast.expr) -> None:
    match node:
        case ast.Compare(ops=[single]):
            node.ops = [_COMPARISONS[type(single)]()]
        case ast.BoolOp(op=op):
            node.op = ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.BinOp(op=op):
            node.op = _OPERATORS[type(op)]()
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.Constant(value=int() as value):
            node.value = value + 1
