"""Reading orders: the list with lines, addresses and fees folded in, and per order only the calls that it needs.

Lists of V2 have no total and no fixed order while rows change, so what changed is read from the moment last seen on and
never by page number. An order that changes while it is read comes again at the end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ecomsync.common.errors import InvalidPayload, NotFound, PermanentError
from ecomsync.common.money import to_decimal
from platforms.base import OrderOrFailure
from platforms.bigcommerce.client import PAGE_SIZE, BigCommerceClient, is_full
from platforms.bigcommerce.mapping_orders import modified_at, order_from_json
from platforms.bigcommerce.sold_lines import sold_lines
from platforms.types import OrderPhase, OrderReadFailure, RemoteOrder, RemoteReturn

LANE = "orders"
INLINE_LINES = 50  # lines that are folded into an order; /products has the others
_EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
_FOLDED = (
    ("include", "consignments.line_items,fees"),
    ("consignment_structure", "object"),
)
_BY_CHANGE = (("sort", "date_modified:asc"),)
_REFUNDED_STATUSES = (4, 14)

logger = logging.getLogger(__name__)


class OrderReader:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client
        self._options = client.options

    # -- lists --------------------------------------------------------------
    def iterate(
        self, *, modified_from: datetime | None, created_from: datetime | None, limit: int | None
    ) -> Iterator[OrderOrFailure]:
        """Real orders, oldest change first; incomplete ones (status 0) are left until they become real.

        Cost: one call per 250 orders; of an order one for its tax rates, and one each for coupons, refunds, shipments
        and lines beyond the 50th where it has any.
        """
        count = 0
        for row in self._changed_rows(modified_from, created_from):
            if limit is not None and count >= limit:
                return
            if row.get("status_id") == 0:
                continue
            count += 1
            yield self._read(row)

    def _changed_rows(
        self, modified_from: datetime | None, created_from: datetime | None
    ) -> Iterator[dict[str, Any]]:
        """Raw orders by their change, each change once. Each page begins at the moment where the last one ended."""
        bound = (modified_from or _EARLIEST).replace(microsecond=0)
        seen: set[tuple[Any, Any]] = set()
        while True:
            page = self._listed(created_from, [*_BY_CHANGE, ("min_date_modified", wire_time(bound))])
            rows: Iterable[dict[str, Any]] = page
            last = modified_at(page[-1]) if page and is_full(page) else None
            if last is not None and last <= bound:
                # More than a page of one second: that second is read by id, so that no change can move its rows.
                rows = self._second(created_from, bound)
                last = bound + timedelta(seconds=1)
            for row in rows:
                mark = (row.get("id"), row.get("date_modified"))
                if mark not in seen:
                    seen.add(mark)
                    yield row
            if last is None:
                return
            bound = last

    def _second(self, created_from: datetime | None, moment: datetime) -> Iterator[dict[str, Any]]:
        """All orders changed in one second."""
        at = [("min_date_modified", wire_time(moment)), ("max_date_modified", wire_time(moment))]
        number = 0
        while True:
            rows = self._listed(created_from, [*at, ("sort", "id:asc"), ("min_id", str(number + 1))])
            yield from rows
            if not is_full(rows):
                return
            number = int(rows[-1]["id"])

    def _listed(self, created_from: datetime | None, params: list[tuple[str, str]]) -> list[dict[str, Any]]:
        if created_from is not None:
            params = [*params, ("min_date_created", wire_time(created_from))]
        if self._options.channel_id is not None:
            params = [*params, ("channel_id", str(self._options.channel_id))]
        return self._client.get("v2/orders", [*_FOLDED, *params, ("limit", str(PAGE_SIZE))], lane=LANE).rows()

    # -- single orders ------------------------------------------------------
    def get(self, remote_id: str, *, refunds: bool = False) -> RemoteOrder:
        """refunds: read them even where nothing of the order tells of any. Raises NotFound, InvalidPayload."""
        if not remote_id.isdigit():
            raise NotFound(
                f"'{remote_id}' is not the id of an order in this store.",
                code="bad_id",
                cure="Read the order again from the store.",
                platform="bigcommerce",
            )
        row = self._client.get(f"v2/orders/{remote_id}", _FOLDED, lane=LANE).record()
        return order_from_json(self._complete(row, refunds=refunds), self._options)

    def get_many(self, remote_ids: Sequence[str], *, refunds: bool = False) -> Iterator[OrderOrFailure]:
        """One call for ids that lie within 250 of each other, since V2 has no list of ids; one for each that it does
        not show, such as archived ones. Unknown ids are left out."""
        for group in _near([remote_id for remote_id in remote_ids if remote_id.isdigit()]):
            found: dict[str, dict[str, Any]] = {}
            if len(group) > 1:
                params = [*_FOLDED, ("min_id", group[0]), ("max_id", group[-1]), ("limit", str(PAGE_SIZE))]
                rows = self._client.get("v2/orders", params, lane=LANE).rows()
                found = {str(row.get("id")): row for row in rows}
            for remote_id in group:
                row = found.get(remote_id) or self._row(remote_id)
                if row is not None:
                    yield self._read(row, refunds=refunds)

    def _row(self, remote_id: str) -> dict[str, Any] | None:
        try:
            return self._client.get(f"v2/orders/{remote_id}", _FOLDED, lane=LANE).record()
        except NotFound:
            return None

    def _read(self, row: dict[str, Any], *, refunds: bool = False) -> OrderOrFailure:
        payload: Mapping[str, Any] = row
        try:
            payload = self._complete(row, refunds=refunds)
            return order_from_json(payload, self._options)
        except (InvalidPayload, PermanentError) as error:
            logger.info("site %s: order %s cannot be read", self._client.connection.site_code, row.get("id"))
            return OrderReadFailure(
                str(row.get("id", "")), error.code, error.message, error.cure, payload, sold_lines(payload)
            )

    # -- what stands apart --------------------------------------------------
    def _complete(self, row: Mapping[str, Any], *, refunds: bool = False) -> dict[str, Any]:
        """The order with its lists in place of the links to them."""
        number = str(row.get("id", ""))
        if not number.isdigit():
            raise InvalidPayload(
                "The store's answer is not an order: it has no id.",
                platform="bigcommerce",
                cure="Look at the raw payload: the store sent something else.",
            )
        order = dict(row)
        consignments = order.pop("consignments", None)
        order["products"] = self._lines(number, order, consignments)
        order["shipping_addresses"] = self._addresses(number, consignments)
        order["fees"] = self._fees(number, order.get("fees"))
        order["coupons"] = self._apart(number, "coupons", needed=_positive(order.get("coupon_discount")))
        taxed = self._options.tax_details and _positive(order.get("total_tax"))
        order["taxes"] = self._apart(number, "taxes", needed=taxed, details="true")
        order["shipments"] = self._apart(number, "shipments", needed=_positive(order.get("items_shipped")))
        order["refunds"] = self.refund_rows(number) if refunds or _has_refunds(order) else []
        paid = self._options.transactions and bool(order.get("payment_status"))
        order["transactions"] = self._transactions(number) if paid else []
        return order

    def _lines(self, number: str, order: Mapping[str, Any], consignments: Any) -> list[dict[str, Any]]:
        """The folded lines where they are complete; a page has 50, and the others are silently missing there."""
        folded = _folded_lines(consignments)
        pieces = sum(_quantity(line) for line in folded)
        if folded and len(folded) < INLINE_LINES and pieces == _number(order.get("items_total")):
            return sorted(folded, key=lambda line: _number(line.get("id")))
        return list(self._client.pages_v2(f"v2/orders/{number}/products", lane=LANE))

    def _addresses(self, number: str, consignments: Any) -> list[dict[str, Any]]:
        if isinstance(consignments, Mapping) and isinstance(consignments.get("shipping"), list):
            return [
                {key: value for key, value in address.items() if key != "line_items"}
                for address in consignments["shipping"]
                if isinstance(address, Mapping)
            ]
        return list(self._client.pages_v2(f"v2/orders/{number}/shipping_addresses", lane=LANE))

    def _fees(self, number: str, folded: Any) -> list[Any]:
        if isinstance(folded, list):
            return folded
        return self._client.get(f"v2/orders/{number}/fees", lane=LANE).rows()

    def _apart(self, number: str, part: str, *, needed: bool, **params: str) -> list[dict[str, Any]]:
        if not needed:
            return []
        return list(self._client.pages_v2(f"v2/orders/{number}/{part}", tuple(params.items()), lane=LANE))

    def _transactions(self, number: str) -> list[dict[str, Any]]:
        return list(self._client.pages_v3(f"v3/orders/{number}/transactions", lane=LANE))

    def refund_rows(self, number: str) -> list[dict[str, Any]]:
        return self._client.get(f"v3/orders/{number}/payment_actions/refunds", lane=LANE).rows()

    # -- returns ------------------------------------------------------------
    def returns_of(self, remote_id: str) -> list[RemoteReturn]:
        """All refunds of an order, oldest first; two calls or a few more, since a refund tells no money per line."""
        return list(self.get(remote_id, refunds=True).returns)

    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        """Refunds made since. One call per 250 refunds, and of each order that has one what an order costs."""
        params = [("created:min", wire_time(modified_from or _EARLIEST))]
        rows = list(self._client.pages_v3("v3/orders/payment_actions/refunds", params, lane=LANE))
        wanted = {str(row.get("id")) for row in rows}
        numbers = dict.fromkeys(str(row.get("order_id")) for row in rows)
        found: list[RemoteReturn] = []
        for order in self.get_many(list(numbers), refunds=True):
            if isinstance(order, RemoteOrder) and order.phase is not OrderPhase.INCOMPLETE:
                found += [entry for entry in order.returns if entry.remote_id in wanted]
        yield from sorted(found, key=lambda entry: entry.created_at)


def wire_time(moment: datetime) -> str:
    """A moment as filters want it: ISO 8601 in UTC, to the second, since orders show no more."""
    return moment.astimezone(UTC).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def _folded_lines(consignments: Any) -> list[dict[str, Any]]:
    """Lines of all consignments; links in place of lines count as none."""
    if not isinstance(consignments, Mapping):
        return []
    groups: list[Any] = []
    for part in ("shipping", "pickups", "downloads"):
        groups += consignments.get(part) or []
    email = consignments.get("email")
    if isinstance(email, Mapping):
        groups += email.get("gift_certificates") or []
    lines = [
        line
        for group in groups
        if isinstance(group, Mapping)
        for line in group.get("line_items") or ()
        if isinstance(line, dict)
    ]
    return lines if all("total_inc_tax" in line for line in lines) else []


def _has_refunds(order: Mapping[str, Any]) -> bool:
    lines = order.get("products") or ()
    return (
        order.get("status_id") in _REFUNDED_STATUSES
        or "refunded" in str(order.get("payment_status"))
        or any(_positive(line.get("quantity_refunded")) for line in lines)
    )


def _near(remote_ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids in groups that one page of a list by id can show."""
    group: list[str] = []
    for number in sorted({int(remote_id) for remote_id in remote_ids}):
        if group and number - int(group[0]) >= PAGE_SIZE:
            yield group
            group = []
        group.append(str(number))
    if group:
        yield group


def _positive(value: Any) -> bool:
    return bool(_number(value) > 0)


def _number(value: Any) -> Any:
    try:
        return to_decimal(value)
    except ValueError:
        return to_decimal(0)


def _quantity(line: Mapping[str, Any]) -> Any:
    return _number(line.get("quantity"))
