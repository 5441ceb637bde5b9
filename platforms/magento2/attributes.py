"""Attributes, their options and attribute sets, read once and made where they are missing.

Values of select attributes are ids of options. An attribute itself is never made: its kind, scope and set are for the
shop's staff to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.magento2.addresses import in_path
from platforms.magento2.answers import as_record, as_rows
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.criteria import Criteria, short_lists
from platforms.magento2.errors import OPTION_EXISTS
from platforms.magento2.mapping_products import slug
from platforms.types import AttributeSheet

LANE = "products"
_CHOICES = ("select", "multiselect", "swatch_visual", "swatch_text")
_FIELDS = "items[attribute_id,attribute_code,frontend_input,default_frontend_label,options[label,value]],total_count"


@dataclass(slots=True)
class Attribute:
    """options: label in small letters -> id."""

    id: str
    code: str
    kind: str
    label: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_choice(self) -> bool:
        return self.kind in _CHOICES


class AttributeBook:
    """The attributes that products of this push name."""

    def __init__(self, client: MageClient) -> None:
        self._client = client
        self._known: dict[str, Attribute | None] = {}
        self._sets: dict[str, int] = {}

    def code_of(self, sheet: AttributeSheet) -> str:
        """The attribute's code in Magento: as the sheet or the site says, else made of its name; "" when the name has
        no Latin letter."""
        named = self._client.options.attribute_codes.get(sheet.name.strip().casefold(), "")
        return sheet.code or named or slug(sheet.name).replace("-", "_")

    def prepare(self, codes: Iterable[str]) -> None:
        """Read attributes by code, 100 per call."""
        missing = [code for code in dict.fromkeys(codes) if code and code not in self._known]
        for batch in short_lists(missing, 100):
            self._known |= dict.fromkeys(batch)
            rows, _total, _size = self._client.search(
                "products/attributes",
                Criteria().among("attribute_code", batch),
                lane=LANE,
                size=len(batch),
                fields=_FIELDS,
            )
            for row in rows:
                attribute = _attribute(row)
                self._known[attribute.code] = attribute

    def get(self, code: str) -> Attribute | None:
        """The attribute, if it was prepared and the shop has it."""
        return self._known.get(code)

    def needed(self, sheet: AttributeSheet) -> Attribute:
        """The attribute that tells variants apart. Raises Rejected when the shop does not have it, or not as a choice."""
        code = self.code_of(sheet)
        attribute = self._known.get(code)
        if attribute is None:
            raise Rejected(
                f"The shop has no attribute '{code or sheet.name}'.",
                code="unknown_attribute",
                cure="Make the attribute in Magento (Stores > Attributes > Product, input 'Dropdown', scope 'Global') and "
                "add it to the attribute set, or name its code in 'Codes of attributes' on the site.",
            )
        if not attribute.is_choice:
            raise Rejected(
                f"The attribute '{code}' is no choice (its input is '{attribute.kind}'), so it tells no variants apart.",
                code="attribute_not_choice",
                cure="Use an attribute with the input 'Dropdown' or a swatch, and the scope 'Global'.",
            )
        return attribute

    def value(self, attribute: Attribute, texts: Sequence[str]) -> str:
        """The value as Magento stores it; options that are missing are made. Raises Rejected."""
        filled = [text.strip() for text in texts if text.strip()]
        if attribute.is_choice:
            return ",".join(self.option(attribute, text) for text in filled)
        if attribute.kind == "boolean":
            return "1" if filled and filled[0].casefold() in ("1", "true", "yes", "نعم") else "0"
        return ", ".join(filled)

    def option(self, attribute: Attribute, label: str) -> str:
        """The id of an option, made when there is none."""
        known = attribute.options.get(label.casefold())
        if known is None:
            known = self._make_option(attribute, label)
            attribute.options[label.casefold()] = known
        return known

    def _make_option(self, attribute: Attribute, label: str) -> str:
        """Some releases answer with something else than the id; then, and when somebody was quicker, it is read."""
        route = f"products/attributes/{in_path(attribute.code)}/options"
        body = {"option": {"label": label, "sort_order": 0, "store_labels": []}}
        answer: Any = ""
        try:
            answer = self._client.post(route, body, lane=LANE, scope=ALL)
        except Rejected as error:
            if error.code != OPTION_EXISTS:
                raise
        text = str(answer)
        if text.isdigit():
            return text
        found = _options(as_rows(self._client.get(route, lane=LANE, scope=ALL))).get(label.casefold())
        if found is None:
            raise Rejected(
                f"The option '{label}' of the attribute '{attribute.code}' was made and is not there.",
                code="option_not_kept",
                cure="Make the option in Magento by hand, then send the product again.",
            )
        return found

    # -- sets -----------------------------------------------------------------
    def set_id(self, name: str) -> int:
        """The id of an attribute set, named or already its id; made from 'Default' when there is none."""
        if not self._sets:
            self._read_sets()
        known = self._sets.get(name.casefold())
        if known is None and name.isdigit() and int(name) in self._sets.values():
            known = int(name)
        if known is None:
            skeleton = self._sets.get("default") or min(self._sets.values(), default=4)
            body = {"attributeSet": {"attribute_set_name": name, "sort_order": 0}, "skeletonId": skeleton}
            made = as_record(self._client.post("products/attribute-sets", body, lane=LANE))
            known = self._sets[name.casefold()] = int(made["attribute_set_id"])
        return known

    def _read_sets(self) -> None:
        rows = self._client.pages(
            "products/attribute-sets/sets/list",
            Criteria(),
            lane=LANE,
            key="attribute_set_id",
        )
        for row in rows:
            name = str(row.get("attribute_set_name") or "").casefold()
            self._sets.setdefault(name, int(row["attribute_set_id"]))


def _attribute(row: dict[str, Any]) -> Attribute:
    return Attribute(
        str(row.get("attribute_id", "")),
        str(row.get("attribute_code", "")),
        str(row.get("frontend_input") or ""),
        str(row.get("default_frontend_label") or row.get("attribute_code", "")),
        _options(row.get("options") or ()),
    )


def _options(rows: Iterable[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        label = str(row.get("label") or "").strip() if isinstance(row, dict) else ""
        if label and str(row.get("value") or ""):
            found.setdefault(label.casefold(), str(row["value"]))
    return found
