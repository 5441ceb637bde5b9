"""A shop in memory behind a real adapter class: what it lists and what it was told can be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from ecomsync.common.errors import EcomsyncError, InvalidPayload, NotFound
from platforms.base import Capabilities, OrderOrFailure, PlatformAdapter
from platforms.types import (
    CheckReport,
    InvoiceNotice,
    OrderReadFailure,
    Outcome,
    PushResult,
    RemoteOrder,
    RemoteReturn,
    ShipmentNotice,
    ShopInfo,
    StatusNotice,
)


@dataclass
class Shop:
    """The state of the shop, shared by all adapters of a test."""

    orders: dict[str, RemoteOrder] = field(default_factory=dict)
    unreadable: list[OrderReadFailure] = field(default_factory=list)
    returns: list[RemoteReturn] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    answers: list[PushResult | EcomsyncError | Exception] = field(default_factory=list)
    fault_after: int | None = None
    fault: Exception | None = None

    def put(self, *orders: RemoteOrder) -> None:
        self.orders |= {order.remote_id: order for order in orders}


class ShopAdapter(PlatformAdapter):
    name = "memory"
    label_en = "Memory"
    label_ar = "ذاكرة"
    capabilities = Capabilities(
        read_orders=True,
        read_returns=True,
        push_status=True,
        push_shipments=True,
        partial_shipments=True,
        push_invoices="link",
        order_page=100,
    )
    shop: ClassVar[Shop] = Shop()

    def close(self) -> None:
        return None

    def check(self) -> CheckReport:
        return CheckReport(())

    def shop_info(self) -> ShopInfo:
        return ShopInfo()

    def iter_orders(
        self,
        *,
        modified_from: datetime | None = None,
        created_from: datetime | None = None,
        limit: int | None = None,
        open_orders: Callable[[], Sequence[str]] | None = None,
    ) -> Iterator[OrderOrFailure]:
        self.shop.asked.append(("orders", modified_from, created_from))
        found = sorted(self.shop.orders.values(), key=lambda order: order.updated_at)
        rows: list[OrderOrFailure] = [
            order
            for order in found
            if (modified_from is None or order.updated_at >= modified_from)
            and (created_from is None or order.created_at >= created_from)
        ]
        for index, row in enumerate([*self.shop.unreadable, *rows]):
            if self.shop.fault is not None and index == self.shop.fault_after:
                raise self.shop.fault
            if limit is not None and index >= limit:
                return
            yield row

    def get_order(self, remote_id: str) -> RemoteOrder:
        try:
            return self.shop.orders[remote_id]
        except KeyError:
            raise NotFound(f"No order {remote_id}.") from None

    def get_orders(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        yield from (self.shop.orders[key] for key in remote_ids if key in self.shop.orders)

    def parse_order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        found = self.shop.orders.get(str(payload.get("id", "")))
        if found is None:
            raise InvalidPayload("The order cannot be read: 'id' is missing.", cure="Read it again.")
        return found

    def iter_returns(self, *, modified_from: datetime | None = None) -> Iterator[RemoteReturn]:
        self.shop.asked.append(("returns", modified_from))
        yield from self.shop.returns

    def get_returns(self, order_remote_id: str) -> list[RemoteReturn]:
        return [entry for entry in self.shop.returns if entry.order_remote_id == order_remote_id]

    def _tell(self, notice: StatusNotice | ShipmentNotice | InvoiceNotice) -> PushResult:
        self.shop.told.append(notice)
        if self.shop.answers:
            answer = self.shop.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return PushResult(notice.key, Outcome.OK)

    def push_status(self, notice: StatusNotice) -> PushResult:
        return self._tell(notice)

    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        return self._tell(notice)

    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        return self._tell(notice)
