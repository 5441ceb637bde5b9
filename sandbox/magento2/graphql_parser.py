"""Enough of GraphQL's grammar to read the queries of a storefront."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"\s+|,|#[^\n]*|(?P<spread>\.\.\.)|(?P<name>[_A-Za-z]\w*)|(?P<number>-?\d+(?:\.\d+)?)"
    r'|(?P<text>"(?:[^"\\]|\\.)*")|(?P<variable>\$\w+)|(?P<sign>[{}()\[\]:!=@])'
)


class SyntaxProblem(Exception):
    """The query cannot be read."""


@dataclass
class Field:
    """A selected field; a fragment on a type has `on` and no name."""

    name: str
    alias: str = ""
    on: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list["Field"] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.alias or self.name


class _Reader:
    def __init__(self, text: str, variables: dict[str, Any]) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.variables = dict(variables)
        self.fragments: dict[str, Field] = {}

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, wanted: str = "") -> str:
        _, text = self.peek()
        if not text or (wanted and text != wanted):
            raise SyntaxProblem(f'Syntax Error: Expected "{wanted}", found "{text or "<EOF>"}"')
        self.at += 1
        return text

    def document(self) -> list[Field]:
        found: list[Field] = []
        while self.peek()[0] != "end":
            word = self.peek()[1]
            if word == "fragment":
                self.take()
                name = self.take()
                self.take("on")
                self.fragments[name] = Field("", on=self.take(), fields=self.selection())
                continue
            if word == "mutation":
                raise SyntaxProblem("Mutations are not part of this shop.")
            if word == "query":
                self.take()
                if self.peek()[0] == "name":
                    self.take()
                if self.peek()[1] == "(":
                    self._definitions()
            found = self.selection()
        return found

    def _definitions(self) -> None:
        self.take("(")
        while self.peek()[1] != ")":
            name = self.take()[1:]
            self.take(":")
            while self.peek()[1] not in (")", "=") and self.peek()[0] != "variable":
                self.take()
            if self.peek()[1] == "=":
                self.take()
                self.variables.setdefault(name, self.value())
        self.take(")")

    def selection(self) -> list[Field]:
        self.take("{")
        rows: list[Field] = []
        while self.peek()[1] != "}":
            if self.peek()[0] == "spread":
                self.take()
                word = self.take()
                rows.append(
                    Field("", on=self.take(), fields=self.selection())
                    if word == "on"
                    else Field("", on=f"...{word}")
                )
                continue
            name = self.take()
            row = Field(name)
            if self.peek()[1] == ":":
                self.take()
                row.alias, row.name = name, self.take()
            if self.peek()[1] == "(":
                row.arguments = self._arguments()
            if self.peek()[1] == "{":
                row.fields = self.selection()
            rows.append(row)
        self.take("}")
        return rows

    def _arguments(self) -> dict[str, Any]:
        self.take("(")
        found: dict[str, Any] = {}
        while self.peek()[1] != ")":
            name = self.take()
            self.take(":")
            found[name] = self.value()
        self.take(")")
        return found

    def value(self) -> Any:
        kind, text = self.peek()
        self.at += 1
        if kind == "text":
            return json.loads(text)
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "variable":
            return self.variables.get(text[1:])
        if text == "[":
            rows = []
            while self.peek()[1] != "]":
                rows.append(self.value())
            self.take("]")
            return rows
        if text == "{":
            found: dict[str, Any] = {}
            while self.peek()[1] != "}":
                name = self.take()
                self.take(":")
                found[name] = self.value()
            self.take("}")
            return found
        if kind == "name":
            return {"true": True, "false": False, "null": None}.get(text, text)
        raise SyntaxProblem(f'Syntax Error: Unexpected "{text or "<EOF>"}"')


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SyntaxProblem(f'Syntax Error: Cannot parse the unexpected character "{text[at]}".')
        at = match.end()
        if match.lastgroup:
            found.append((match.lastgroup, match.group()))
    return found


def parse(text: str, variables: dict[str, Any]) -> list[Field]:
    """The fields of the query's root, named fragments put in their places."""
    reader = _Reader(text, variables)
    fields = reader.document()
    if not fields:
        raise SyntaxProblem("Syntax Error: Unexpected <EOF>")
    return _spread(fields, reader.fragments)


def _spread(fields: list[Field], fragments: dict[str, Field]) -> list[Field]:
    found = []
    for row in fields:
        if row.on.startswith("..."):
            name = row.on[3:]
            if name not in fragments:
                raise SyntaxProblem(f'Unknown fragment "{name}".')
            row = Field("", on=fragments[name].on, fields=list(fragments[name].fields))
        row.fields = _spread(row.fields, fragments)
        found.append(row)
    return found
