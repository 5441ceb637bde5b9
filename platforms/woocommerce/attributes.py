"""Attributes of products: shared ones are looked up by name and made when missing, with their values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.batching import chunks
from platforms.types import AttributeSheet
from platforms.woocommerce.client import BATCH_LIMIT, WooClient
from platforms.woocommerce.errors import TERM_EXISTS, error_of_row, plain_text

LANE = "products"


class AttributeBook:
    """The shop's shared attributes, read once per adapter."""

    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._ids: dict[str, int] | None = None
        self._terms: dict[int, set[str]] = {}

    def prepare(self, attributes: Iterable[AttributeSheet]) -> None:
        """See that shared attributes and their values exist before products use them."""
        if not self._client.options.global_attributes:
            return
        wanted: dict[str, tuple[str, dict[str, None]]] = {}
        for attribute in attributes:
            code, options = wanted.setdefault(attribute.name, (attribute.code, {}))
            options.update(dict.fromkeys(attribute.options))
        for name, (code, options) in wanted.items():
            self._ensure_terms(self._attribute_id(name, code), list(options))

    def parent_rows(self, attributes: Sequence[AttributeSheet]) -> list[dict[str, Any]]:
        """The `attributes` member of a simple product or of a variable parent."""
        return [
            {
                **self._reference(attribute),
                "position": position,
                "visible": attribute.visible,
                "variation": attribute.for_variants,
                "options": list(attribute.options),
            }
            for position, attribute in enumerate(attributes)
        ]

    def variation_rows(self, attributes: Sequence[AttributeSheet]) -> list[dict[str, Any]]:
        """The `attributes` member of a variation: one option each."""
        return [
            {**self._reference(attribute), "option": attribute.options[0]}
            for attribute in attributes
            if attribute.options
        ]

    def _reference(self, attribute: AttributeSheet) -> dict[str, Any]:
        if self._client.options.global_attributes:
            return {"id": self._attribute_id(attribute.name, attribute.code)}
        return {"name": attribute.name}

    def _attribute_id(self, name: str, code: str) -> int:
        ids = self._known_ids()
        found = ids.get(name.casefold()) or ids.get(f"pa_{code}".casefold())
        if found is None:
            found = self._create(name, code)
            ids[name.casefold()] = found
        return found

    def _known_ids(self) -> dict[str, int]:
        if self._ids is None:
            self._ids = {}
            for row in self._client.get("products/attributes", lane=LANE).rows():
                self._ids[str(row.get("slug", "")).casefold()] = int(row["id"])
                self._ids[plain_text(str(row.get("name", ""))).casefold()] = int(row["id"])
        return self._ids

    def _create(self, name: str, code: str) -> int:
        body = {"name": name, "type": "select", "order_by": "menu_order", "has_archives": False}
        if code:
            body["slug"] = code
        return int(self._client.post("products/attributes", body, lane=LANE).record()["id"])

    def _ensure_terms(self, attribute_id: int, options: Sequence[str]) -> None:
        known = self._terms.get(attribute_id)
        route = f"products/attributes/{attribute_id}/terms"
        if known is None:
            rows = self._client.pages(route, [("orderby", "id"), ("order", "asc")], lane=LANE)
            known = self._terms[attribute_id] = {
                plain_text(str(row.get("name", ""))).casefold() for row in rows
            }
        missing = [option for option in options if option.casefold() not in known]
        for batch in chunks(missing, BATCH_LIMIT):
            answers = self._client.batch(
                route, {"create": [{"name": option} for option in batch]}, lane=LANE
            )["create"]
            for option, answer in zip(batch, answers, strict=True):
                error = error_of_row(answer, what=f"the attribute value '{option}'")
                if error is not None and error.code != TERM_EXISTS:
                    raise Rejected(error.message, code=error.code, cure=error.cure, platform="woocommerce")
                known.add(option.casefold())
