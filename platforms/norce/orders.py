"""Reading orders from Query: by their reference, or all that changed since a moment. Source: fact sheet §4, §10."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import InvalidPayload, NotFound
from platforms.base import OrderOrFailure
from platforms.batching import chunks
from platforms.norce.client import NorceClient, any_of, quoted
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import field, text
from platforms.norce.mapping_orders import order_from_json, updated_at
from platforms.norce.product_reader import stamp
from platforms.norce.sold_lines import sold_lines
from platforms.types import OrderReadFailure, RemoteOrder

LANE = "orders"
PAGE = 500
NUMBERS_A_CALL = 40
ROUTE = "Orders/Orders"
EXPAND = ("$expand", "Items,Payer,Buyer,ShipTo,Infos")


class OrderReader:
    def __init__(self, client: NorceClient) -> None:
        self._client = client

    def payload(self, reference: str) -> dict[str, Any]:
        """The order as Query has it. Raises NotFound."""
        query = [EXPAND, ("$filter", f"ClientOrderRef eq {quoted(reference)}")]
        found = self._client.one_page(ROUTE, query, lane=LANE)
        if not found:
            raise NotFound(
                f"Norce has no order {reference}.",
                cure="See in Norce Admin whether the order is there; Query may show it a little later.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        return found[0]

    def get(self, reference: str) -> RemoteOrder:
        return order_from_json(self.payload(reference), self._client.options)

    def get_many(self, references: Sequence[str]) -> Iterator[OrderOrFailure]:
        """40 orders per call; unknown ones are left out."""
        for part in chunks(list(dict.fromkeys(references)), NUMBERS_A_CALL):
            query = [EXPAND, ("$filter", any_of("ClientOrderRef", part))]
            for row in self._client.pages(ROUTE, query, lane=LANE):
                yield self._read(row)

    def iterate(
        self, *, modified_from: datetime | None, created_from: datetime | None, limit: int | None
    ) -> Iterator[OrderOrFailure]:
        """Oldest change first, 500 per call. Each page begins after the last row of the one before, so that an order
        that changes meanwhile moves to the end and pushes none out of sight."""
        bounds = []
        if modified_from is not None:
            bounds.append(f"Updated ge {stamp(modified_from)}")
        if created_from is not None:
            bounds.append(f"Created ge {stamp(created_from)}")
        after, left = "", limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            conditions = [*bounds, f"({after})"] if after else bounds
            query = [EXPAND, ("$orderby", "Updated,ClientOrderRef"), ("$top", str(size))]
            if conditions:
                query.append(("$filter", " and ".join(conditions)))
            rows = self._client.one_page(ROUTE, query, lane=LANE)
            for row in rows:
                yield self._read(row)
            if len(rows) < size:
                return
            left = None if left is None else left - len(rows)
            last, reference = moment_literal(rows[-1]), quoted(text(rows[-1], "ClientOrderRef"))
            after = f"Updated gt {last} or (Updated eq {last} and ClientOrderRef gt {reference})"

    def _read(self, row: Mapping[str, Any]) -> OrderOrFailure:
        try:
            return order_from_json(row, self._client.options)
        except InvalidPayload as error:
            return OrderReadFailure(
                remote_id=text(row, "ClientOrderRef") or f"id-{field(row, 'Id')}",
                code=error.code,
                message=error.message,
                cure=error.cure,
                raw=row,
                sold=sold_lines(row),
            )


def moment_literal(row: Mapping[str, Any]) -> str:
    """When a row was changed, as it stands: .NET writes more decimals than a moment of ours keeps."""
    written = text(row, "Updated")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?", written):
        return stamp(updated_at(row))
    return written if re.search(r"(Z|[+-]\d\d:\d\d)$", written) else f"{written}Z"
