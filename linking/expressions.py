"""The language of expression rules: `{code} = {sku|after:ERP-}`.

The left side is filled from the item, the right side from the product of the shop; they match when both give the
same text, ignoring case and outer blanks, and the text is not empty. No code, no loops, bounded length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

ITEM_FIELDS = ("code", "barcode", "name1", "name2", "brand", "group")
PRODUCT_FIELDS = ("sku", "barcode", "name", "remote_id", "parent_sku")
MAX_LENGTH = 300

_PLACE = re.compile(r"\{([^{}]*)\}")


class ExpressionError(ValueError):
    """The rule cannot be read; the text says where and how to mend it."""


def _after(text: str, mark: str) -> str:
    return text.split(mark, 1)[1] if mark in text else ""


def _before(text: str, mark: str) -> str:
    return text.split(mark, 1)[0] if mark in text else ""


FILTERS: Mapping[str, Callable[[str, str], str]] = {
    "after": _after,
    "before": _before,
    "without": lambda text, piece: text.replace(piece, ""),
    "first": lambda text, count: text[: int(count)],
    "last": lambda text, count: text[-int(count) :],
    "digits": lambda text, _none: "".join(sign for sign in text if sign.isdigit()),
    "letters_digits": lambda text, _none: "".join(sign for sign in text if sign.isalnum()),
    "strip_zeros": lambda text, _none: text.lstrip("0"),
}
_NUMBERED = ("first", "last")
_PLAIN = ("digits", "letters_digits", "strip_zeros")


@dataclass(frozen=True, slots=True)
class Place:
    """One `{field|filter:argument}`."""

    field: str
    filters: tuple[tuple[str, str], ...]

    def fill(self, values: Mapping[str, str]) -> str:
        text = values.get(self.field, "")
        for name, argument in self.filters:
            text = FILTERS[name](text, argument)
        return text


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed texts and places in turn."""

    pieces: tuple[str | Place, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text for these values, folded for comparison; empty as soon as a place is empty."""
        parts: list[str] = []
        for piece in self.pieces:
            part = piece if isinstance(piece, str) else piece.fill(values)
            if not part and isinstance(piece, Place):
                return ""
            parts.append(part)
        return fold("".join(parts))


@dataclass(frozen=True, slots=True)
class Rule:
    item: Template
    product: Template


def fold(text: str) -> str:
    """How identities are compared: trimmed, case ignored, for every alphabet."""
    return text.strip().casefold()


def parse_rule(text: str) -> Rule:
    """Read `item side = shop side`; without an equals sign the shop side is `{sku}`. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            _("The expression is longer than %(count)s characters.") % {"count": MAX_LENGTH}
        )
    left, sign, right = _split(text)
    rule = Rule(_template(left, ITEM_FIELDS), _template(right if sign else "{sku}", PRODUCT_FIELDS))
    for side in (rule.item, rule.product):
        if not any(isinstance(piece, Place) for piece in side.pieces):
            raise ExpressionError(_("Each side needs at least one field in braces, such as {code} = {sku}."))
    return rule


def _split(text: str) -> tuple[str, str, str]:
    """At the first equals sign outside braces."""
    depth = 0
    for position, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if sign == "=" and depth == 0:
            return text[:position].strip(), "=", text[position + 1 :].strip()
    return text.strip(), "", ""


def _template(text: str, fields: Sequence[str]) -> Template:
    pieces: list[str | Place] = []
    end = 0
    for match in _PLACE.finditer(text):
        pieces += [text[end : match.start()], _place(match[1], fields)]
        end = match.end()
    pieces.append(text[end:])
    if any(isinstance(piece, str) and ("{" in piece or "}" in piece) for piece in pieces):
        raise ExpressionError(_("A brace is not closed in: %(text)s") % {"text": text})
    return Template(tuple(piece for piece in pieces if piece != ""))


def _place(text: str, fields: Sequence[str]) -> Place:
    name, *steps = (part.strip() for part in text.split("|"))
    attribute = name.split(".", 1)[1].strip() if name.startswith("attribute.") else ""
    if name not in fields and not attribute:
        raise ExpressionError(
            _("Unknown field {%(name)s}. Known here: %(fields)s, attribute.<name>.")
            % {"name": name, "fields": ", ".join(fields)}
        )
    field = f"attribute.{fold(attribute)}" if attribute else name
    return Place(field, tuple(_filter(step) for step in steps))


def _filter(step: str) -> tuple[str, str]:
    name, _colon, argument = step.partition(":")
    if name not in FILTERS:
        raise ExpressionError(
            _("Unknown filter '%(name)s'. Known: %(filters)s.")
            % {"name": name, "filters": ", ".join(FILTERS)}
        )
    if name in _NUMBERED and not (argument.isdigit() and int(argument) > 0):
        raise ExpressionError(_("The filter '%(name)s' needs a number, such as %(name)s:4.") % {"name": name})
    if name not in _PLAIN and not argument:
        raise ExpressionError(_("The filter '%(name)s' needs a text, such as %(name)s:-.") % {"name": name})
    return name, argument
