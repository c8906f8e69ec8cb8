"""Mutations: what is changed, what is left alone, and that exactly one thing changes."""

from __future__ import annotations

import ast

import pytest

from scripts.mutations import apply, mutations


@pytest.mark.parametrize(
    ("source", "mutants"),
    [
        ("a + b", ["a - b"]),
        ("a // b", ["a * b"]),
        ("a < b", ["a <= b"]),
        ("a is None", ["a is not None"]),
        ("a and b", ["a or b"]),
        ("-a", ["+a"]),
        ("not a", ["not not a"]),
        ("x = f(a) if a else b", ["x = f(a) if not a else b"]),
        ("a += 2", ["a -= 2", "a += 3"]),
        ("f'{n} maps'", ["f'{n} maps~'"]),
        ("f(True, 'word')", ["f(False, 'word')", "f(True, 'word~')"]),
    ],
)
def test_each_mutation_changes_one_thing(source: str, mutants: list[str]) -> None:
    assert [ast.unparse(apply(source, mutation)) for mutation in mutations(source)] == mutants


@pytest.mark.parametrize(
    "source",
    [
        "'''Docstring.'''\nx: 'int'\n",
        "from __future__ import annotations",
        "__all__ = ['a', 'b']",
        "if TYPE_CHECKING:\n    LIMIT = 3",
        "@cache(size=3)\ndef f(x: Literal[1]) -> Literal['a']:\n    '''Text.'''\n    return x",
        "raise ValueError('expected a number')",
        "cast('int', x)",
        "x.astype(y, copy=False)",
        "Name = Literal['one', 'two']",
    ],
)
def test_what_computes_nothing_is_left_alone(source: str) -> None:
    assert mutations(source) == []


def test_a_mutation_knows_its_line_and_none_leaves_the_source_alone() -> None:
    source = "x = 1\ny = x * 2\n"
    assert [(mutation.line, mutation.text) for mutation in mutations(source)] == [
        (1, "1 -> 2"),
        (2, "x * 2 -> Div"),
        (2, "2 -> 3"),
    ]
    assert ast.unparse(apply(source, None)) == source.strip()
