"""A small language in which staff write criteria: `total > 100 and (country in (SA, AE) or not is_guest)`.

Tests compare a field with literals; `and`, `or`, `not` and parentheses join them. There is no code in it, no
loop and no pattern that could run away: text, depth and lists are bounded. Words without quotes are text, so
`payment_method = cod` needs none; text with spaces does: `city = "Al Khobar"`. Text is compared without regard
to capital letters. A field that the context lacks is empty. An empty text is always true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NoReturn, Protocol

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 2000
MAX_DEPTH = 20
MAX_LIST = 200

Literal = Decimal | str | bool
Text = str | Promise


class Kind(StrEnum):
    """What a field holds. ANY compares numbers as numbers and everything else as text."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    LIST = "list"
    ANY = "any"


Fields = Mapping[str, Kind] | Iterable[str]

EQUALITY = ("=", "!=", "in", "not in")
ORDERING = ("<", "<=", ">", ">=")
OPERATORS: tuple[str, ...] = (
    *EQUALITY,
    *ORDERING,
    "contains",
    "not contains",
    "starts with",
    "is empty",
    "is not empty",
)
_ALLOWED: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (*EQUALITY, "contains", "not contains", "starts with", "is empty", "is not empty"),
    Kind.NUMBER: (*EQUALITY, *ORDERING, "is empty", "is not empty"),
    Kind.BOOL: ("=", "!=", "is empty", "is not empty"),
    Kind.LIST: (*EQUALITY, "contains", "not contains", "is empty", "is not empty"),
    Kind.ANY: OPERATORS,
}
_KEYWORDS = frozenset(
    {"and", "or", "not", "in", "is", "empty", "contains", "starts", "with", "true", "false"}
)
_SYMBOLS = ("!=", "<>", "<=", ">=", "==", "=", "<", ">", "(", ")", "[", "]", ",", "\u060c", "-")
_SAME = {"==": "=", "<>": "!=", "[": "(", "]": ")", "\u060c": ","}


class Condition(Protocol):
    """A parsed criterion."""

    def matches(self, context: Mapping[str, Any]) -> bool: ...

    def explain(self, context: Mapping[str, Any]) -> list[tuple[str, bool]]: ...

    @property
    def depth(self) -> int: ...


# ---------------------------------------------------------------- what a parsed text is made of


@dataclass(frozen=True, slots=True)
class Always:
    """The empty criterion."""

    depth: int = 1

    def matches(self, context: Mapping[str, Any]) -> bool:
        return True

    def explain(self, context: Mapping[str, Any]) -> list[tuple[str, bool]]:
        return []

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test: a field, an operator and the values it is held against."""

    field: str
    operator: str
    values: tuple[Literal, ...] = ()
    depth: int = 1

    def matches(self, context: Mapping[str, Any]) -> bool:
        actual = resolve(context, self.field)
        test = _TESTS[self.operator]
        return test(actual, self.values)

    def explain(self, context: Mapping[str, Any]) -> list[tuple[str, bool]]:
        actual = resolve(context, self.field)
        shown = str(_("empty")) if _is_empty(actual) else _shown(actual)
        text = _("%(test)s — the value is %(value)s") % {"test": str(self), "value": shown}
        return [(str(text), self.matches(context))]

    def __str__(self) -> str:
        if self.operator in ("is empty", "is not empty"):
            return f"{self.field} {self.operator}"
        if self.operator in ("in", "not in"):
            return f"{self.field} {self.operator} ({', '.join(_quoted(value) for value in self.values)})"
        return f"{self.field} {self.operator} {_quoted(self.values[0])}"


@dataclass(frozen=True, slots=True)
class Not:
    inner: Condition
    depth: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", self.inner.depth + 1)

    def matches(self, context: Mapping[str, Any]) -> bool:
        return not self.inner.matches(context)

    def explain(self, context: Mapping[str, Any]) -> list[tuple[str, bool]]:
        return self.inner.explain(context)

    def __str__(self) -> str:
        return f"not ({self.inner})"


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions of which all (`and`) or one (`or`) must hold."""

    word: str
    parts: tuple[Condition, ...]
    depth: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((part.depth for part in self.parts), default=0))

    def matches(self, context: Mapping[str, Any]) -> bool:
        outcomes = (part.matches(context) for part in self.parts)
        return all(outcomes) if self.word == "and" else any(outcomes)

    def explain(self, context: Mapping[str, Any]) -> list[tuple[str, bool]]:
        return [row for part in self.parts for row in part.explain(context)]

    def __str__(self) -> str:
        texts = (f"({part})" if isinstance(part, Group) else str(part) for part in self.parts)
        return f" {self.word} ".join(texts)


def all_of(parts: Sequence[Condition]) -> Condition:
    """True when every part is; no part at all is always true."""
    return _joined("and", parts)


def any_of(parts: Sequence[Condition]) -> Condition:
    """True when one part is; no part at all is always true."""
    return _joined("or", parts)


def _joined(word: str, parts: Sequence[Condition]) -> Condition:
    if not parts:
        return Always()
    return parts[0] if len(parts) == 1 else Group(word, tuple(parts))


# ---------------------------------------------------------------- reading and comparing values


def resolve(context: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path: the whole path as a key first, then step by step through mappings."""
    if path in context:
        return context[path]
    value: Any = context
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return None
        value = value[step]
    return value


def _is_empty(value: Any) -> bool:
    return (
        value is None
        or value == ""
        or (isinstance(value, list | tuple | set | frozenset | dict) and not value)
    )


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
        str(value).strip().casefold()
    )


def _equal(actual: Any, wanted: Literal) -> bool:
    if isinstance(actual, list | tuple | set | frozenset):
        return any(_equal(one, wanted) for one in actual)
    if actual is None:
        return wanted == ""
    if isinstance(wanted, bool):
        return _truth(actual) is wanted
    if isinstance(actual, bool):
        return _truth(wanted) is actual
    left, right = _number(actual), _number(wanted)
    if left is not None and right is not None:
        return left == right
    return str(actual).strip().casefold() == str(wanted).strip().casefold()


def _ordered(actual: Any, wanted: Literal, test: Callable[[Any, Any], bool]) -> bool:
    if _is_empty(actual):
        return False
    left, right = _number(actual), _number(wanted)
    if left is not None and right is not None:
        return test(left, right)
    if left is not None or right is not None or isinstance(actual, list | tuple | set | frozenset | dict):
        return False
    return test(str(actual).casefold(), str(wanted).casefold())


def _contains(actual: Any, wanted: Literal) -> bool:
    if isinstance(actual, list | tuple | set | frozenset):
        return _equal(actual, wanted)
    return not _is_empty(actual) and _text(wanted).casefold() in str(actual).casefold()


def _starts(actual: Any, wanted: Literal) -> bool:
    return not _is_empty(actual) and str(actual).casefold().startswith(_text(wanted).casefold())


_TESTS: dict[str, Callable[[Any, tuple[Literal, ...]], bool]] = {
    "=": lambda actual, values: _equal(actual, values[0]),
    "!=": lambda actual, values: not _equal(actual, values[0]),
    "in": lambda actual, values: any(_equal(actual, value) for value in values),
    "not in": lambda actual, values: not any(_equal(actual, value) for value in values),
    "<": lambda actual, values: _ordered(actual, values[0], lambda a, b: bool(a < b)),
    "<=": lambda actual, values: _ordered(actual, values[0], lambda a, b: bool(a <= b)),
    ">": lambda actual, values: _ordered(actual, values[0], lambda a, b: bool(a > b)),
    ">=": lambda actual, values: _ordered(actual, values[0], lambda a, b: bool(a >= b)),
    "contains": lambda actual, values: _contains(actual, values[0]),
    "not contains": lambda actual, values: not _contains(actual, values[0]),
    "starts with": lambda actual, values: _starts(actual, values[0]),
    "is empty": lambda actual, values: _is_empty(actual),
    "is not empty": lambda actual, values: not _is_empty(actual),
}


def _text(value: Literal) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _quoted(value: Literal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(value) if value.adjusted() > 40 or value.adjusted() < -40 else format(value, "f")
    mark = "'" if '"' in value else '"'
    return mark + value.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(one) for one in value)[:200]
    return str(value)[:200]


# ---------------------------------------------------------------- reading the text


@dataclass(frozen=True, slots=True)
class Token:
    """kind: word | number | string | symbol | end. position counts from 1."""

    kind: str
    text: str
    position: int

    @property
    def keyword(self) -> str:
        lowered = self.text.lower()
        return lowered if self.kind == "word" and lowered in _KEYWORDS else ""


def _fail(token: Token, problem: Text, cure: Text) -> NoReturn:
    near = token.text[:30] if token.kind != "end" else _("the end")
    raise ValidationError(
        _("Position %(position)d, at “%(near)s”: %(problem)s %(cure)s"),
        code="condition",
        params={"position": token.position, "near": near, "problem": problem, "cure": cure},
    )


def tokenise(text: str) -> list[Token]:
    """Words, numbers, quoted texts and symbols with their positions. Raises ValidationError."""
    tokens: list[Token] = []
    index = 0
    while index < len(text):
        char = text[index]
        if char.isspace():
            index += 1
            continue
        if char in "\"'“”":
            token, index = _read_string(text, index)
        elif char.isdecimal() or (char == "." and text[index + 1 : index + 2].isdecimal()):
            token, index = _read_number(text, index)
        elif char.isalpha() or char in "_*":
            token, index = _read_word(text, index)
        else:
            token, index = _read_symbol(text, index)
        tokens.append(token)
    tokens.append(Token("end", "", len(text) + 1))
    return tokens


def _read_string(text: str, start: int) -> tuple[Token, int]:
    closing = "\u201d" if text[start] in "“”" else text[start]
    found: list[str] = []
    index = start + 1
    while index < len(text):
        char = text[index]
        if char == "\\" and index + 1 < len(text):
            found.append(text[index + 1])
            index += 2
            continue
        if char == closing:
            return Token("string", "".join(found), start + 1), index + 1
        found.append(char)
        index += 1
    _fail(
        Token("string", text[start:], start + 1),
        _("the text is not closed."),
        _("Add the closing quotation mark."),
    )


def _read_number(text: str, start: int) -> tuple[Token, int]:
    """A number; digits that run on into letters are a word, such as a code `12ab`."""
    index = start
    while index < len(text) and (text[index].isdecimal() or text[index] == "."):
        index += 1
    if index < len(text) and (text[index].isalpha() or text[index] in "_-:/"):
        return _read_word(text, start)
    found = text[start:index]
    if _number(found) is None:
        return Token("word", found, start + 1), index
    return Token("number", found, start + 1), index


def _read_word(text: str, start: int) -> tuple[Token, int]:
    index = start
    while index < len(text) and (text[index].isalnum() or text[index] in "_.*:/@-" or _is_mark(text[index])):
        index += 1
    return Token("word", text[start:index], start + 1), index


def _is_mark(char: str) -> bool:
    """Arabic vowel signs and joiners stand inside words."""
    return "\u064b" <= char <= "\u065f" or char in "\u0640\u0670\u200c\u200d"


def _read_symbol(text: str, start: int) -> tuple[Token, int]:
    for symbol in _SYMBOLS:
        if text.startswith(symbol, start):
            return Token("symbol", _SAME.get(symbol, symbol), start + 1), start + len(symbol)
    _fail(
        Token("symbol", text[start], start + 1),
        _("this character has no meaning here."),
        _("Put text into quotation marks."),
    )


class _Parser:
    """Recursive descent: or → and → not → test. Depth is bounded, so nesting cannot exhaust the stack."""

    def __init__(self, text: str, fields: Fields) -> None:
        self._tokens = tokenise(text)
        self._index = 0
        self._depth = 0
        self._fields = fields_of(fields)

    @property
    def _now(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._now
        if token.kind != "end":
            self._index += 1
        return token

    def _is_symbol(self, symbol: str) -> bool:
        return self._now.kind == "symbol" and self._now.text == symbol

    def parse(self) -> Condition:
        found = self._any()
        if self._now.kind != "end":
            _fail(self._now, _("the criterion should end here."), _("Join two tests with ‘and’ or ‘or’."))
        return found

    def _any(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _fail(self._now, _("the criterion is nested too deeply."), _("Use fewer parentheses."))
        parts = [self._all()]
        while self._now.keyword == "or":
            self._take()
            parts.append(self._all())
        self._depth -= 1
        return any_of(parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._now.keyword == "and":
            self._take()
            parts.append(self._one())
        return all_of(parts)

    def _one(self) -> Condition:
        if self._now.keyword == "not":
            self._depth += 1
            if self._depth > MAX_DEPTH:
                _fail(self._now, _("the criterion is nested too deeply."), _("Use ‘not’ once."))
            self._take()
            inner = self._one()
            self._depth -= 1
            return Not(inner)
        if self._is_symbol("("):
            self._take()
            inner = self._any()
            if not self._is_symbol(")"):
                _fail(self._now, _("a parenthesis is not closed."), _("Add ‘)’."))
            self._take()
            return inner
        return self._test()

    def _test(self) -> Condition:
        name = self._take()
        if name.kind != "word" or name.keyword:
            _fail(name, _("a field name is expected."), _known(self._fields))
        kind = self._fields.get(name.text)
        if kind is None:
            _fail(name, _("there is no such field."), _known(self._fields))
        at = self._now
        operator = self._operator()
        if not operator:
            if kind in (Kind.BOOL, Kind.ANY):
                return Comparison(name.text, "=", (True,))
            _fail(at, _("an operator is expected."), _operators(kind))
        if operator not in _ALLOWED[kind]:
            _fail(at, _("this operator does not suit the field."), _operators(kind))
        if operator in ("is empty", "is not empty"):
            return Comparison(name.text, operator)
        if operator in ("in", "not in"):
            return Comparison(name.text, operator, self._list(kind))
        return Comparison(name.text, operator, (self._value(kind),))

    def _operator(self) -> str:
        """The operator at this place, or "" when there is none."""
        token = self._now
        if token.kind == "symbol" and token.text in (*ORDERING, "=", "!="):
            return self._take().text
        if token.keyword in ("in", "contains"):
            self._take()
            return token.keyword
        if token.keyword == "not" and self._tokens[self._index + 1].keyword in ("in", "contains"):
            self._take()
            return f"not {self._take().keyword}"
        if token.keyword == "starts":
            self._take()
            self._expect("with", _("Write ‘starts with’."))
            return "starts with"
        if token.keyword == "is":
            self._take()
            negated = self._now.keyword == "not"
            if negated:
                self._take()
            self._expect("empty", _("Write ‘is empty’ or ‘is not empty’."))
            return "is not empty" if negated else "is empty"
        return ""

    def _expect(self, keyword: str, cure: Text) -> None:
        token = self._take()
        if token.keyword != keyword:
            _fail(token, _("the operator is not complete."), cure)

    def _list(self, kind: Kind) -> tuple[Literal, ...]:
        if not self._is_symbol("("):
            return (self._value(kind),)
        self._take()
        values = [self._value(kind)]
        while self._is_symbol(","):
            self._take()
            values.append(self._value(kind))
            if len(values) > MAX_LIST:
                _fail(self._now, _("the list is too long."), _("Use a group or category instead."))
        if not self._is_symbol(")"):
            _fail(self._now, _("the list is not closed."), _("Separate values with commas and end with ‘)’."))
        self._take()
        return tuple(values)

    def _value(self, kind: Kind) -> Literal:
        negative = self._is_symbol("-")
        if negative:
            self._take()
        token = self._take()
        if negative and token.kind != "number":
            _fail(token, _("a number is expected after ‘-’."), _("Put text into quotation marks."))
        if token.kind == "end" or token.kind == "symbol" or token.keyword in ("and", "or", "not", "in", "is"):
            _fail(token, _("a value is expected."), _("Write a number, a word or a text in quotation marks."))
        return _literal(token, kind, negative=negative)


def _literal(token: Token, kind: Kind, *, negative: bool = False) -> Literal:
    number = _number(token.text)
    if kind is Kind.NUMBER:
        if number is None:
            _fail(token, _("a number is expected."), _("Write it with a point, such as 99.50."))
        return -number if negative else number
    if kind is Kind.BOOL:
        truth = _truth(token.text)
        if truth is None:
            _fail(token, _("this field is yes or no."), _("Write true or false."))
        return truth
    if token.kind == "number" and number is not None and kind is Kind.ANY:
        return -number if negative else number
    if token.kind == "word" and kind is Kind.ANY and token.keyword in ("true", "false"):
        return token.keyword == "true"
    return f"-{token.text}" if negative else token.text


def _known(fields: Mapping[str, Kind]) -> Promise | str:
    return _("Known fields: %(fields)s.") % {"fields": ", ".join(sorted(fields))}


def _operators(kind: Kind) -> Promise | str:
    return _("Possible: %(operators)s.") % {"operators": ", ".join(_ALLOWED[kind])}


def fields_of(fields: Fields) -> Mapping[str, Kind]:
    """Names alone are fields of any kind."""
    return fields if isinstance(fields, Mapping) else dict.fromkeys(fields, Kind.ANY)


def parse(text: str, fields: Fields) -> Condition:
    """Read a criterion. Raises ValidationError that names position, cause and cure.

    fields: name -> Kind, or only the names.
    """
    if len(text) > MAX_LENGTH:
        raise ValidationError(
            _(
                "The criterion has %(length)d characters; at most %(limit)d are allowed. Split it into several lines."
            ),
            code="condition",
            params={"length": len(text), "limit": MAX_LENGTH},
        )
    return _Parser(text, fields).parse() if text.strip() else Always()


def comparison(name: str, operator: str, value: str, fields: Fields) -> Condition:
    """One test from the three columns of a criteria row. `in` takes values with commas between them."""
    known = fields_of(fields)
    kind = known.get(name)
    at = Token("word", name, 1)
    if kind is None:
        _fail(at, _("there is no such field."), _known(known))
    if operator not in _ALLOWED[kind]:
        _fail(Token("word", operator, 1), _("this operator does not suit the field."), _operators(kind))
    if operator in ("is empty", "is not empty"):
        return Comparison(name, operator)
    texts = value.replace("\u060c", ",").split(",") if operator in ("in", "not in") else [value]
    if len(texts) > MAX_LIST:
        _fail(at, _("the list is too long."), _("Use a group or category instead."))
    return Comparison(name, operator, tuple(_literal(_value_token(text.strip()), kind) for text in texts))


def _value_token(text: str) -> Token:
    return Token("number" if _number(text) is not None else "word", text, 1)
