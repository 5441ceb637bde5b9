"""Reading orders, where the shop cannot list what changed.

Lists are filtered by creation and tell when each order changed: each reading looks through the orders of the last days and
reads only those that changed; once a day it looks through a month, and at older orders that are still open.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload, NotFound, PermanentError
from ecomsync.common.money import ZERO, to_decimal
from platforms.base import OrderOrFailure
from platforms.salla.client import SallaClient
from platforms.salla.mapping_orders import order_from_json
from platforms.salla.mapping_returns import RESTORED, untold_return
from platforms.salla.payloads import RIYADH, moment_of
from platforms.salla.refunds import our_refunds
from platforms.salla.sold_lines import sold_lines
from platforms.types import Finding, OrderPhase, OrderReadFailure, RemoteOrder, RemoteReturn

LANE = "orders"
_LIGHT = (("format", "light"),)
_EARLIEST = datetime(2016, 1, 1, tzinfo=UTC)
DAILY = timedelta(hours=24)

logger = logging.getLogger(__name__)


class OrderReader:
    """last_wide: when the daily sweep was last made; it is kept with the site."""

    def __init__(self, client: SallaClient, *, last_wide: datetime | None) -> None:
        self._client = client
        self._options = client.options
        self.last_wide = last_wide
        self.findings: list[Finding] = []
        self._original: frozenset[str] | None = None

    # -- lists --------------------------------------------------------------
    def iterate(
        self,
        *,
        modified_from: datetime | None,
        created_from: datetime | None,
        limit: int | None,
        open_orders: Callable[[], Sequence[str]] | None,
    ) -> Iterator[OrderOrFailure]:
        """Orders that changed at or after `modified_from`, oldest change first.

        Cost: one call per 50 orders of the days that are looked through, and two for each that changed.
        """
        now = self._client.http.server_time or datetime.now(UTC)
        bound = None if modified_from is None else modified_from.replace(microsecond=0)
        wide = bound is not None and (self.last_wide is None or now - self.last_wide >= DAILY)
        first = self._first_day(bound, created_from, wide=wide, now=now)
        changed = self._changed(first, bound, created_from)
        if wide and open_orders is not None and limit is None:
            known = {row_id for _, row_id in changed}
            changed += self._older(open_orders(), known, bound)
        changed.sort()
        for _, remote_id in changed if limit is None else changed[:limit]:
            found = self._read(remote_id)
            if found is not None:
                yield found
        if wide and limit is None:
            self.last_wide = now

    def _first_day(
        self, bound: datetime | None, created_from: datetime | None, *, wide: bool, now: datetime
    ) -> datetime:
        """From which creation on to look."""
        if bound is None:
            return created_from or _EARLIEST
        days = self._options.wide_sweep_days if wide else self._options.sweep_days
        first = min(bound - timedelta(days=self._options.sweep_days), now - timedelta(days=days))
        return max(first, created_from or _EARLIEST, _EARLIEST)

    def _changed(
        self, first: datetime, bound: datetime | None, created_from: datetime | None
    ) -> list[tuple[datetime, str]]:
        """(change, id), each order once. Newest first, so that new orders move no row out of sight."""
        params = [("from_date", first.astimezone(RIYADH).date().isoformat()), ("sort_by", "created_at-desc")]
        found: dict[str, datetime] = {}
        for row in self._client.pages("orders", params, lane=LANE):
            remote_id = str(row.get("id") or "")
            created, changed = _moment(row.get("date")), _moment(row.get("updated_at"))
            if created_from is not None and created is not None and created < created_from:
                continue
            if changed is None:  # a list that does not tell: the order itself does
                changed = self._change_of(remote_id) or created or _EARLIEST
            if bound is None or changed >= bound:
                found.setdefault(remote_id, changed)
        return [(changed, remote_id) for remote_id, changed in found.items()]

    def _change_of(self, remote_id: str) -> datetime | None:
        try:
            row = self._client.get(f"orders/{remote_id}", _LIGHT, lane=LANE).record()
        except NotFound:
            return None
        return _moment(row.get("updated_at"))

    def _older(
        self, open_orders: Sequence[str], known: set[str], bound: datetime | None
    ) -> list[tuple[datetime, str]]:
        """Open orders that no list showed, however old: one call each."""
        found = []
        for remote_id in open_orders:
            if remote_id in known or not remote_id.isdigit():
                continue
            changed = self._change_of(remote_id)
            if changed is not None and (bound is None or changed >= bound):
                found.append((changed, remote_id))
        return found

    # -- single orders ------------------------------------------------------
    def get(self, remote_id: str) -> RemoteOrder:
        """Two calls, and for a restored one up to four more. Raises NotFound, InvalidPayload."""
        if not remote_id.isdigit():
            raise NotFound(
                f"'{remote_id}' is not the id of an order in this store.",
                code="bad_id",
                cure="Read the order again from the store.",
                platform="salla",
            )
        return order_from_json(self._payload(remote_id), self._options)

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """Two calls each; unknown ids are left out."""
        for remote_id in dict.fromkeys(remote_ids):
            found = self._read(remote_id) if remote_id.isdigit() else None
            if found is not None:
                yield found

    def _read(self, remote_id: str) -> OrderOrFailure | None:
        payload: Mapping[str, Any] = {"id": remote_id}
        try:
            payload = self._payload(remote_id)
            return order_from_json(payload, self._options)
        except NotFound:
            return None
        except (InvalidPayload, PermanentError) as error:
            logger.info("site %s: order %s cannot be read", self._client.connection.site_code, remote_id)
            return OrderReadFailure(
                remote_id, error.code, error.message, error.cure, payload, sold_lines(payload)
            )

    def _payload(self, remote_id: str, *, refunds: bool = False) -> dict[str, Any]:
        """The light order with its lines put in. refunds: with our refunds also where nothing was restored."""
        order = dict(self._client.get(f"orders/{remote_id}", _LIGHT, lane=LANE).record())
        of_order = [("order_id", remote_id)]
        order["items"] = self._client.get("orders/items", of_order, lane=LANE).rows()
        status = order.get("status")
        if isinstance(status, Mapping) and status.get("slug") == RESTORED:
            self._add_refunded(order, status, of_order)
        elif refunds:
            order["our_refunds"] = self._own_refunds(remote_id)
        return order

    def _own_refunds(self, remote_id: str) -> list[dict[str, Any]]:
        return our_refunds(list(self._client.pages(f"orders/{remote_id}/histories", lane=LANE)))

    def _add_refunded(
        self, order: dict[str, Any], status: Mapping[str, Any], of_order: list[tuple[str, str]]
    ) -> None:
        """A part is a custom status below 'restored'. What was restored is named without quantities; return shipments have
        them."""
        custom = status.get("customized")
        number = str(custom.get("id") or "") if isinstance(custom, Mapping) else ""
        order["restored_in_part"] = bool(number) and number not in self._originals()
        order["our_refunds"] = self._own_refunds(str(order["id"]))
        if not order["restored_in_part"]:
            return
        order["refunded_items"] = self._client.get("orders/items/refunded", of_order, lane=LANE).rows()
        order["return_pieces"] = _pieces(self._client.pages("shipments", of_order, lane=LANE))
        if untold_return(order):
            self.findings.append(
                Finding(
                    "return_not_told",
                    f"Order {order.get('reference_id')} was restored in part, and Salla does not tell how many pieces.",
                    "Enter the return by hand in the ERP.",
                )
            )

    def _originals(self) -> frozenset[str]:
        """Numbers of the store's own built-in statuses; one call per adapter."""
        if self._original is None:
            rows = self._client.get("orders/statuses", lane=LANE).rows()
            self._original = frozenset(str(row.get("id")) for row in rows if row.get("type") == "original")
        return self._original

    # -- returns ------------------------------------------------------------
    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        found = self.iterate(
            modified_from=modified_from or _EARLIEST, created_from=None, limit=None, open_orders=None
        )
        for order in found:
            if isinstance(order, RemoteOrder) and order.phase is not OrderPhase.CANCELLED:
                yield from order.returns

    def returns_of(self, order_remote_id: str) -> list[RemoteReturn]:
        """Also our own refunds of an order that was not restored. Up to six calls."""
        if not order_remote_id.isdigit():
            return list(self.get(order_remote_id).returns)
        return list(order_from_json(self._payload(order_remote_id, refunds=True), self._options).returns)


def _pieces(shipments: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Pieces per line of the order that return shipments brought back."""
    found: dict[str, Decimal] = {}
    for row in shipments:
        if row.get("type") != "return" or row.get("status") in ("cancelled", "lost"):
            continue
        packages = row.get("packages")
        for package in packages if isinstance(packages, list) else ():
            line = str(package.get("item_id") or "") if isinstance(package, Mapping) else ""
            try:
                pieces = to_decimal(package.get("quantity")) if line else ZERO
            except ValueError:
                continue
            if pieces > 0:
                found[line] = found.get(line, ZERO) + pieces
    return {line: f"{pieces:f}" for line, pieces in found.items()}


def _moment(value: Any) -> datetime | None:
    try:
        return moment_of(value)
    except ValueError:
        return None
