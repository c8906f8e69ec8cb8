"""Formulas become functions: the LaTeX that learners see, read as Python, so that a test can work it out with numbers.

Only what the formulas of app/ use: sums, largest values, fractions, powers of e, logarithms, [conditions], indices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any

TOKEN = re.compile(r"\\[a-z]+|\\[;,]|dz|[A-Za-z]|\d+|[][{}()_^+=>,-]")
SPACES = {r"\;", r"\,", r"\qquad"}


@dataclass(frozen=True)
class Formula:
    """`letter_{indices} = value`, or the same for a derivative of L by it; value: a Python expression."""

    letter: str
    indices: tuple[str, ...]
    value: str

    def __call__(
        self,
        at: Sequence[int],
        arrays: Mapping[str, Callable[..., Any]],
        ranges: Mapping[str, Sequence[int]],
        **free: int,
    ) -> float:
        """The value at one place.

        arrays: what a letter stands for, asked with its indices, or with none. ranges: where an index of a sum runs.
        free: indices that the left side does not name.
        """
        names: dict[str, Any] = {f"{letter}_": array for letter, array in arrays.items()}
        names |= {"R": ranges, "exp": exp, "log": log, "max": max, "sum": sum, "float": float, "__builtins__": {}}
        return float(eval(self.value, names | free | dict(zip(self.indices, at, strict=True))))  # noqa: S307


def read(latex: str) -> Formula:
    r"""Read a formula; after \qquad stand conditions on the indices of its sums."""
    tokens = [token for token in TOKEN.findall(latex.split(r"\qquad")[0]) if token not in SPACES]
    unread = TOKEN.sub("", latex).strip()
    if unread:
        raise ValueError(f"cannot read {unread!r} in {latex}")
    if r"\qquad" in latex:
        tokens.pop()  # the comma before the conditions
    parser = Parser(tokens)
    letter, indices = parser.left()
    parser.known |= set(indices)
    if r"\qquad" in latex:
        parser.conditions = [_condition(text) for text in latex.split(r"\qquad")[1].split(r",\;")]
        parser.known |= {left for left, _ in parser.conditions}
        indices = tuple(dict.fromkeys((*indices, *(left for left, _ in parser.conditions))))
    value = parser.expression()
    if parser.peek():
        raise ValueError(f"cannot read {parser.tokens[parser.at :]} in {latex}")
    return Formula(letter, indices, value)


def both_sides(latex: str) -> tuple[Formula, ...]:
    """Every value in a chain `y = one = another` as a formula of its own."""
    left, *values = latex.split(" = ")
    return tuple(read(f"{left} = {value}") for value in values)


def _condition(text: str) -> tuple[str, str]:
    left, right = text.split("=")
    parser = Parser([token for token in TOKEN.findall(right) if token not in SPACES])
    parser.known |= set(re.findall("[a-z]", right))
    return left.strip(), parser.expression()


@dataclass
class Parser:
    """One pass over the tokens; known: the letters that are indices here."""

    tokens: list[str]
    at: int = 0
    known: set[str] = field(default_factory=set)
    conditions: list[tuple[str, str]] = field(default_factory=list)

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if wanted and token != wanted:
            raise ValueError(f"expected {wanted} at {self.tokens[self.at :]}")
        self.at += 1
        return token

    def left(self) -> tuple[str, tuple[str, ...]]:
        r"""`y_{f,i,j} =` or `\frac{\partial L}{\partial x_{c,r,s}} =`."""
        derivative = self.peek() == r"\frac"
        if derivative:
            for token in (r"\frac", "{", r"\partial", "L", "}", "{", r"\partial"):
                self.take(token)
        letter = self.take()
        indices = tuple(re.findall("[a-z]", "".join(self.subscript()))) if self.peek() == "_" else ()
        if derivative:
            self.take("}")
        self.take("=")
        return letter, indices

    def subscript(self) -> list[str]:
        """The tokens of an index without its braces."""
        self.take("_")
        if self.peek() != "{":
            return [self.take()]
        self.take("{")
        start = self.at
        while self.peek() != "}":
            self.take()
        self.take("}")
        return self.tokens[start : self.at - 1]

    def expression(self) -> str:
        text = self.product()
        while self.peek() in ("+", "-"):
            text = f"{text} {self.take()} {self.product()}"
        return text

    def product(self) -> str:
        text = self.factor()
        while self.peek() in (r"\cdot", r"\sum", r"\frac") or (text.isdigit() and self.peek().isalpha()):
            if self.peek() == r"\cdot":
                self.take()
            text = f"{text} * {self.factor()}"
        return text

    def group(self, opening: str, closing: str) -> str:
        self.take(opening)
        text = self.expression()
        self.take(closing)
        return f"({text})"

    def factor(self) -> str:
        token = self.peek()
        simple = {"(": ")", "{": "}"}
        if token in simple:
            return self.group(token, simple[token])
        self.take()
        if token == "-":
            return f"-{self.product()}"
        if token == r"\sum":
            return self.over("sum")
        if token == r"\frac":
            return f"({self.group('{', '}')} / {self.group('{', '}')})"
        if token == r"\log":
            return f"log({self.factor()})"
        if token == r"\max":
            return self.largest()
        if token == "[":
            return self.truth()
        if token == "e" and self.peek() == "^":
            self.take("^")
            return f"exp{self.group('{', '}')}"
        return self.named(token)

    def truth(self) -> str:
        """`[x > 0]`: 1 where it holds, else 0."""
        first, sign, second = self.expression(), self.take(), self.expression()
        self.take("]")
        return f"float({first} {'==' if sign == '=' else sign} {second})"

    def named(self, token: str) -> str:
        """A number, an index, or an array with or without indices."""
        if self.peek() == "_":
            inner = Parser(self.subscript(), known=self.known | set("abcfijkmorst"))
            places = [inner.expression()]
            while inner.peek() == ",":
                inner.take(",")
                places.append(inner.expression())
            return f"{token}_({', '.join(places)})"
        if token == "n":  # how many cells of window (i, j) count
            return "n_(i, j)"
        return token if token.isdigit() or token in self.known else f"{token}_()"

    def over(self, function: str) -> str:
        r"""`\sum_{a,b} body`, or the largest body."""
        names = [token for token in self.subscript() if token != ","]
        outer = self.known
        self.known = outer | set(names)
        body = self.product() if function == "sum" else self.factor()
        clause = " ".join(f"for {name} in R['{name}']" for name in names)
        if self.conditions and "sum(" not in body:
            free = sorted({name for _, right in self.conditions for name in re.findall("[a-z]", right)} - self.known)
            clause += "".join(f" for {name} in R['{name}']" for name in free)
            clause += " if " + " and ".join(f"{left} == {right}" for left, right in self.conditions)
        self.known = outer
        return f"{function}({body} {clause})"

    def largest(self) -> str:
        if self.peek() == "_":
            return self.over("max")
        if self.peek() == "(":
            self.take("(")
            places = [self.expression()]
            while self.peek() == ",":
                self.take(",")
                places.append(self.expression())
            self.take(")")
            return f"max({', '.join(places)})"
        return f"max({self.take()}_())"
