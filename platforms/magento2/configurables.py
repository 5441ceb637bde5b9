"""Joins variants to their configurable products.

A configurable without variants gets its options and variants in one save. Afterwards variants are added one by one: a
save with options would have to repeat what the shop has, and its list of variants replaces the shop's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from platforms.base import result_from_error
from platforms.magento2.addresses import in_path
from platforms.magento2.answers import as_record, as_rows
from platforms.magento2.attributes import Attribute, AttributeBook
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.errors import ALREADY_ATTACHED
from platforms.magento2.mapping_prices import attributes_of
from platforms.magento2.mapping_products import child_ids, option_attribute_ids
from platforms.magento2.product_plans import Plan

LANE = "products"


class ConfigurableLinker:
    def __init__(self, client: MageClient, attributes: AttributeBook) -> None:
        self._client = client
        self._attributes = attributes

    def link(self, parent: Mapping[str, Any], variants: Sequence[Plan]) -> None:
        """Attach variants that the parent lacks; what is attached already takes no call. Sets the results of those that
        fail."""
        known = self._children(parent)
        new = [plan for plan in variants if plan.remote_id not in known]
        if not new:
            return
        try:
            axes = self._axes(new)
            options = self._options(parent)
            if not known and not options:
                self._link_at_once(parent, axes, new)
            else:
                for place, axis in enumerate(axes):
                    if axis.id not in options:
                        self._add_option(parent, axis, len(options) + place, new)
                for plan in new:
                    self._add_child(parent, plan)
        except PermanentError as error:
            for plan in new:
                if plan.result is None:
                    plan.result = result_from_error(plan.sheet.key, error)

    # -- what is there --------------------------------------------------------
    def _children(self, parent: Mapping[str, Any]) -> set[str]:
        told = child_ids(parent)
        if told is None:
            route = f"configurable-products/{in_path(str(parent.get('sku')))}/children"
            told = [str(row.get("id", "")) for row in as_rows(self._client.get(route, lane=LANE, scope=ALL))]
        return set(told)

    def _options(self, parent: Mapping[str, Any]) -> list[str]:
        told = option_attribute_ids(parent)
        if told is None:
            route = f"configurable-products/{in_path(str(parent.get('sku')))}/options/all"
            rows = as_rows(self._client.get(route, lane=LANE, scope=ALL))
            told = [str(row.get("attribute_id", "")) for row in rows]
        return told

    def _axes(self, variants: Sequence[Plan]) -> list[Attribute]:
        """The attributes that tell these variants apart. Raises Rejected."""
        found: dict[str, Attribute] = {}
        for plan in variants:
            for sheet in plan.sheet.attributes or ():
                if sheet.for_variants:
                    attribute = self._attributes.needed(sheet)
                    found.setdefault(attribute.code, attribute)
        if not found:
            raise Rejected(
                "The variants have no attribute that tells them apart.",
                code="variant_without_value",
                cure="Give the variants a colour, size or the like in the ERP.",
            )
        return list(found.values())

    # -- writing --------------------------------------------------------------
    def _link_at_once(
        self, parent: Mapping[str, Any], axes: Sequence[Attribute], variants: Sequence[Plan]
    ) -> None:
        options = [
            {**self._option(axis, place, variants), "attribute_id": axis.id}
            for place, axis in enumerate(axes)
        ]
        product = {
            "sku": parent.get("sku"),
            "extension_attributes": {
                "configurable_product_options": options,
                "configurable_product_links": [int(plan.remote_id) for plan in variants],
            },
        }
        as_record(self._client.post("products", {"product": product}, lane=LANE, scope=ALL))
        for plan in variants:
            plan.changed = True

    def _add_option(
        self, parent: Mapping[str, Any], axis: Attribute, place: int, variants: Sequence[Plan]
    ) -> None:
        route = f"configurable-products/{in_path(str(parent.get('sku')))}/options"
        self._client.post(route, {"option": self._option(axis, place, variants)}, lane=LANE, scope=ALL)

    @staticmethod
    def _option(axis: Attribute, place: int, variants: Sequence[Plan]) -> dict[str, Any]:
        values = dict.fromkeys(str(attributes_of(plan.record).get(axis.code) or "") for plan in variants)
        return {
            "attribute_id": axis.id,
            "label": axis.label,
            "position": place,
            "is_use_default": True,
            "values": [{"value_index": int(value)} for value in values if value.isdigit()],
        }

    def _add_child(self, parent: Mapping[str, Any], plan: Plan) -> None:
        route = f"configurable-products/{in_path(str(parent.get('sku')))}/child"
        try:
            self._client.post(route, {"childSku": plan.sku}, lane=LANE, scope=ALL)
        except PermanentError as error:
            if error.code == ALREADY_ATTACHED:
                return
            plan.result = result_from_error(plan.sheet.key, error)
            return
        plan.changed = True
