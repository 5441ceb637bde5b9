"""Reading orders and refunds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ecomsync.common.errors import InvalidPayload, NotFound
from platforms.base import OrderOrFailure
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import PAGE_SIZE, ShopifyClient
from platforms.shopify.ids import gid, number_of
from platforms.shopify.mapping_orders import has_more_to_tell, order_from_json
from platforms.shopify.order_documents import ORDER_LINES, ORDERS_BY_ID, ORDERS_PAGE, REFUND_LINES
from platforms.shopify.returns import ReturnReader
from platforms.shopify.sold_lines import sold_lines
from platforms.types import OrderReadFailure, RemoteOrder, RemoteReturn

LANE = "orders"
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: Shopify pages through 25,000 objects of one query and no further; before that the window moves on.
WINDOW = 20_000
BY_ID = 50


class OrderReader:
    """Orders and refunds of one shop."""

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._returns = ReturnReader(client)
        people = client.options.read_customer_data
        self._page, self._by_id = ORDERS_PAGE[people], ORDERS_BY_ID[people]

    def iterate(
        self, *, modified_from: datetime | None, created_from: datetime | None, limit: int | None
    ) -> Iterator[OrderOrFailure]:
        """Orders changed at or after `modified_from`, oldest change first, or created at or after `created_from`.

        One call per 250 orders with up to 100 lines each. An order changed while we read comes again.
        """
        if modified_from is None and created_from is not None:
            rows = self._rows("created_at", created_from, "", limit)
        else:
            term = f"created_at:>='{wire_time(created_from)}'" if created_from is not None else ""
            rows = self._rows("updated_at", modified_from or _EARLIEST, term, limit)
        for row in islice(rows, limit):
            yield self._read(row)

    def _rows(self, by: str, since: datetime, term: str, limit: int | None) -> Iterator[dict[str, Any]]:
        """The index behind the search may lag: callers overlap their windows."""
        stamp = "createdAt" if by == "created_at" else "updatedAt"
        size = min(PAGE_SIZE, limit) if limit else PAGE_SIZE
        seen: set[tuple[Any, Any]] = set()
        bound = since
        while True:
            query = " ".join(part for part in (f"{by}:>='{wire_time(bound)}'", term) if part)
            variables = {"query": query, "sort": by.upper()}
            count, last = 0, bound
            pages = self._client.page_lists(
                self._page, variables, lambda data: data.get("orders"), lane=LANE, size=size
            )
            for page in pages:
                fresh = [row for row in page if (row.get("id"), row.get("updatedAt")) not in seen]
                seen.update((row.get("id"), row.get("updatedAt")) for row in fresh)
                yield from self._with_details(fresh)
                count += len(page)
                last = _moment(page[-1].get(stamp)) or last if page else last
                if count >= WINDOW:
                    break
            if count < WINDOW or last <= bound:
                return
            bound = last

    def _with_details(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of a page; those that have more to tell than a page shows are read by their ids, 50 per call."""
        wanting = [number_of(row.get("id")) for row in rows if has_more_to_tell(row)]
        whole = self.rows_by_id(wanting) if wanting else {}
        return [whole.get(number_of(row.get("id")), row) for row in rows]

    def get(self, remote_id: str) -> RemoteOrder:
        """One order, read by its id. Raises NotFound, InvalidPayload."""
        row = self.rows_by_id([remote_id]).get(remote_id)
        if row is None:
            raise NotFound(
                f"The shop does not know order {remote_id}.",
                code="order_not_found",
                cure="The order was deleted, or is older than 60 days and the app may not read all orders.",
                platform="shopify",
                item=remote_id,
            )
        return self.parse(self._complete(row))

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """One call per 50 ids."""
        for row in self.rows_by_id(remote_ids).values():
            yield self._read(row)

    def rows_by_id(self, remote_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Raw orders by their number; what is no id of this shop is left out."""
        ids = [gid("Order", remote_id) for remote_id in remote_ids if remote_id.isdigit()]
        found = self._client.nodes(self._by_id, ids, lane=LANE, size=BY_ID)
        self._returns.add_to(found)
        return {number_of(address): row for address, row in found.items()}

    def parse(self, payload: Mapping[str, Any]) -> RemoteOrder:
        options = self._client.options
        return order_from_json(
            payload,
            tax_number_keys=options.tax_number_keys,
            import_test_orders=options.import_test_orders,
        )

    def _read(self, row: dict[str, Any]) -> OrderOrFailure:
        try:
            return self.parse(self._complete(row))
        except InvalidPayload as error:
            return OrderReadFailure(
                number_of(row.get("id")), error.code, error.message, error.cure, row, sold_lines(row)
            )

    # -- what did not fit on the page ---------------------------------------
    def _complete(self, row: dict[str, Any]) -> dict[str, Any]:
        """The order with all of its lines and refund lines."""
        whole = dict(row)
        if _has_more(row.get("lineItems")):
            whole["lineItems"] = self._rest(
                row["lineItems"], ORDER_LINES, str(row["id"]), ("order", "lineItems")
            )
        refunds = row.get("refunds")
        if isinstance(refunds, list) and any(_has_more(refund.get("refundLineItems")) for refund in refunds):
            whole["refunds"] = [self._whole_refund(refund) for refund in refunds]
        return whole

    def _whole_refund(self, refund: dict[str, Any]) -> dict[str, Any]:
        rows = refund.get("refundLineItems")
        if not _has_more(rows):
            return refund
        rest = self._rest(rows, REFUND_LINES, str(refund["id"]), ("refund", "refundLineItems"))
        return {**refund, "refundLineItems": rest}

    def _rest(self, connection: Any, document: Any, address: str, path: tuple[str, str]) -> dict[str, Any]:
        rows = nodes_of(connection)
        after = connection["pageInfo"].get("endCursor")
        while after:
            data = self._client.page(document, {"id": address, "after": after}, lane=LANE)
            more = (data.get(path[0]) or {}).get(path[1]) or {}
            rows += nodes_of(more)
            info = more.get("pageInfo") or {}
            after = info.get("endCursor") if info.get("hasNextPage") else None
        return {"pageInfo": {"hasNextPage": False}, "nodes": rows}

    # -- refunds ------------------------------------------------------------
    def returns_of(self, remote_id: str) -> list[RemoteReturn]:
        """All refunds of one order, oldest first, with their lines; then the returns that were not refunded."""
        return list(self.get(remote_id).returns)

    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        """Refunds of the orders changed since; a refund changes its order. No call beyond those of the orders."""
        for order in self.iterate(modified_from=modified_from, created_from=None, limit=None):
            if isinstance(order, RemoteOrder):
                yield from order.returns


def wire_time(moment: datetime) -> str:
    """A moment as search terms want it, between single quotes."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _has_more(connection: Any) -> bool:
    info = connection.get("pageInfo") if isinstance(connection, Mapping) else None
    return bool(info and info.get("hasNextPage") and info.get("endCursor"))


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
