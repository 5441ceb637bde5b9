"""Comments for the buyer with placeholders: which there are, and what is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLACEHOLDERS: Mapping[str, str | Promise] = {
    "number": _("number of the ERP document"),
    "order": _("number of the order in the shop"),
    "state": _("state of the document"),
    "carrier": _("carrier of the delivery"),
    "tracking": _("tracking numbers, with commas between"),
    "tracking_url": _("tracking addresses, one a line"),
    "items": _("what is delivered, such as 2 × Shirt"),
    "customer": _("name of the customer"),
}
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


def clean_template(text: str, field: str) -> None:
    """For `clean()` of a row: raises a ValidationError at the form field for a placeholder that is not known."""
    unknown = [name for name in _IN_BRACES.findall(text) if name not in PLACEHOLDERS]
    left_over = _IN_BRACES.sub("", text)
    if unknown:
        raise ValidationError(
            {
                field: ValidationError(
                    _("There is no placeholder {%(name)s}. Known are: %(known)s."),
                    params={"name": unknown[0], "known": ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)},
                )
            }
        )
    if "{" in left_over or "}" in left_over:
        raise ValidationError({field: _("A brace stands alone. Write placeholders like {number}.")})


def fill_template(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled; anything else in braces stays as it is. What is filled in is not read again."""
    return _IN_BRACES.sub(lambda found: values.get(found[1], found[0]), text)
