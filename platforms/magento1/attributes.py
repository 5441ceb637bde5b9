"""Select attributes: labels -> option numbers, with what is missing made once.

`addOption` tells no number and takes the same label again and again, so a label is looked up before and after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.magento1.client import MagentoClient
from platforms.types import AttributeSheet

LANE = "products"
_SELECTS = frozenset({"select", "multiselect", "boolean"})


class AttributeBook:
    """The attributes of the shop's sets and their options, read once and kept for the life of the adapter."""

    def __init__(self, client: MagentoClient) -> None:
        self._client = client
        self._sets: dict[str, str] | None = None
        self._attributes: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._options: dict[str, dict[str, str]] = {}

    def sets(self) -> dict[str, str]:
        """Number -> name."""
        if self._sets is None:
            rows = self._client.rows("product_attribute_set.list", lane=LANE)
            self._sets = {str(row.get("set_id")): str(row.get("name") or "") for row in rows}
        return self._sets

    def set_id(self) -> str:
        """The attribute set of new products. Raises Rejected."""
        wanted = self._client.options.attribute_set or "Default"
        for number, name in self.sets().items():
            if wanted in (number, name):
                return number
        raise Rejected(
            f"The shop has no attribute set '{wanted}'.",
            code="attribute_set_unknown",
            cure="Choose an attribute set of the shop in the options of the site.",
            platform="magento1",
        )

    def of_set(self, set_id: str) -> dict[str, Mapping[str, Any]]:
        """Code -> attribute of one set."""
        if set_id not in self._attributes:
            rows = self._client.rows("product_attribute.list", set_id, lane=LANE)
            self._attributes[set_id] = {str(row.get("code") or ""): row for row in rows}
        return self._attributes[set_id]

    def options(self, attribute: Mapping[str, Any], *, anew: bool = False) -> dict[str, str]:
        """Label (in lower case) -> number."""
        number = str(attribute.get("attribute_id"))
        if anew or number not in self._options:
            rows = self._client.rows("product_attribute.options", number, lane=LANE)
            found: dict[str, str] = {}
            for row in rows:
                label = str(row.get("label") or "").strip().casefold()
                if label and row.get("value") not in (None, ""):
                    found.setdefault(label, str(row["value"]))
            self._options[number] = found
        return self._options[number]

    def value_of(self, set_id: str, code: str, value: str, *, may_add: bool) -> str:
        """What the shop wants for a value: the option's number for select attributes, else the text itself.

        Raises Rejected for an attribute that the set has not, and for an option that is not there and not to be made.
        """
        attribute = self.of_set(set_id).get(code)
        if attribute is None:
            raise Rejected(
                f"The attribute set {set_id} has no attribute '{code}'.",
                code="unknown_attribute",
                cure="Add the attribute to this set in the shop, or take it off the product's settings.",
                platform="magento1",
            )
        if str(attribute.get("type") or "") not in _SELECTS or value == "":
            return value
        known = self.options(attribute)
        label = value.strip().casefold()
        if label in known:
            return known[label]
        if value.strip().isdigit() and value.strip() in known.values():
            return value.strip()
        if not may_add:
            raise Rejected(
                f"The attribute '{code}' has no option '{value}'.",
                code="bad_value",
                cure=f"Use one of: {', '.join(sorted(known))[:200] or 'none'}.",
                platform="magento1",
            )
        return self._add(attribute, code, value.strip())

    def _add(self, attribute: Mapping[str, Any], code: str, label: str) -> str:
        known = self.options(attribute, anew=True)
        if label.casefold() not in known:
            data = {"label": [{"store_id": ["0"], "value": label}], "order": 0, "is_default": 0}
            self._client.call("product_attribute.addOption", str(attribute["attribute_id"]), data, lane=LANE)
            known = self.options(attribute, anew=True)
        if label.casefold() not in known:
            raise Rejected(
                f"The shop does not show the option '{label}' of '{code}' although it was added.",
                code="option_not_added",
                cure="Add the option in the shop's admin, under Catalog > Attributes.",
                platform="magento1",
            )
        return known[label.casefold()]


def attribute_code(sheet: AttributeSheet) -> str:
    """The code of an attribute: as given, else its name in the letters that codes have."""
    return sheet.code.strip() or re.sub(r"[^a-z0-9_]+", "_", sheet.name.strip().lower()).strip("_")


def attribute_values(sheets: Sequence[AttributeSheet]) -> list[tuple[str, str]]:
    """(code, value) of each attribute that has one value; several values make a list parted by line breaks."""
    return [(attribute_code(sheet), "\n".join(sheet.options)) for sheet in sheets if sheet.options]
