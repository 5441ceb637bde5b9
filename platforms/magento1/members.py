"""The members of grouped products, by the API's product links.

Members are named by their numbers. What the shop shows already is not sent; a member that the ERP names no more is taken
away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import RemoteFault
from platforms.magento1.payloads import amount
from platforms.types import ComponentSheet

LANE = "products"
KIND = "grouped"
#: What may be a member.
MEMBER_TYPES = frozenset({"simple", "virtual", "downloadable"})
_LIST, _ASSIGN, _REMOVE = (f"catalog_product_link.{name}" for name in ("list", "assign", "remove"))


class MemberPusher:
    def __init__(self, client: MagentoClient) -> None:
        self._client = client

    def push(self, remote_id: str, members: Sequence[ComponentSheet], numbers: Mapping[str, str]) -> bool:
        """Make these the members of a grouped product; whether anything had to be changed. One call to look, and one bundle
        to write where something differs. Raises what the first refusal stands for.

        numbers: SKU -> number of the product.
        """
        rows = self._client.rows(_LIST, KIND, remote_id, "id", lane=LANE)
        present = {str(row.get("product_id")): _shown(row) for row in rows}
        wanted = {numbers[one.sku]: _wanted(one, place) for place, one in enumerate(members, start=1)}
        calls: list[tuple[str, list[Any]]] = [
            (_ASSIGN, [KIND, remote_id, number, {"qty": f"{qty:f}", "position": str(place)}, "id"])
            for number, (qty, place) in wanted.items()
            if present.get(number) != (qty, place)
        ]
        calls += [(_REMOVE, [KIND, remote_id, number, "id"]) for number in present if number not in wanted]
        for (path, _arguments), answer in zip(calls, self._client.bundle(calls, lane=LANE), strict=True):
            if isinstance(answer, RemoteFault | EcomsyncError):
                raise self._client.error(answer, path, "the members of a grouped product")
        return bool(calls)


def _shown(row: Mapping[str, Any]) -> tuple[Decimal, int]:
    return amount(row.get("qty") or "0"), int(amount(row.get("position") or "0"))


def _wanted(member: ComponentSheet, place: int) -> tuple[Decimal, int]:
    """A member that the buyer may leave out is proposed with nothing."""
    return (Decimal(0) if member.optional else member.quantity), place
