"""Orders and returns of a custom shop, by the field maps of the site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, InvalidPayload
from platforms.custom.expressions import Scope
from platforms.custom.records import CURE, ZERO, Record
from platforms.custom.settings import CustomSettings
from platforms.custom.targets import ADDRESS
from platforms.custom.templates import as_text
from platforms.types import (
    ChargeKind,
    DiscountKind,
    FinancialStatus,
    OrderPhase,
    PaymentKind,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteDiscount,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteReturn,
    RemoteReturnLine,
    RemoteShipment,
    RemoteTax,
    RemoteTotals,
    SoldLine,
)


class OrderMapper:
    """Pure functions between the shop's records and our values, with the site's maps at hand."""

    def __init__(self, settings: CustomSettings, scope: Scope) -> None:
        self._settings = settings
        self._scope = scope

    def order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        """Raises InvalidPayload."""
        record = self._record("order", payload)
        currency = record.text("currency").upper() or self._scope.currency
        scope = Scope(currency, self._scope.time_zone)
        record = Record("order", payload, self._map("order"), scope)
        remote_id = as_text(record.needed("remote_id"))
        created = record.moment("created_at")
        if created is None:
            record.needed("created_at")
            raise InvalidPayload("The order has no date.", platform="custom", cure=CURE)
        lines = tuple(_line(row, currency) for row in record.rows("lines"))
        charges = tuple(_charge(row, currency) for row in record.rows("charges"))
        discounts = tuple(_discount(row, currency) for row in record.rows("discounts"))
        status = record.text("status")
        financial = self._financial(record)
        return RemoteOrder(
            remote_id=remote_id,
            number=record.text("number") or remote_id,
            created_at=created,
            updated_at=record.moment("updated_at") or created,
            status=status,
            phase=self._settings.phases.get(status, OrderPhase.OPEN),
            financial_status=financial,
            currency=currency,
            prices_include_tax=record.flag("prices_include_tax", False),
            customer=_customer(record),
            billing=_address(record, "billing"),
            shipping=_address(record, "shipping"),
            lines=lines,
            charges=charges,
            discounts=discounts,
            taxes=_taxes(lines, charges),
            payments=tuple(_payment(row, currency, financial) for row in record.rows("payments")),
            totals=self._totals(record, lines, charges, discounts),
            returns=self._returns(record, remote_id, currency),
            note=record.text("note"),
            raw=payload,
            location_id=record.text("location_id"),
            shipments=tuple(_shipment(row) for row in record.rows("shipments")),
        )

    def updated_at(self, payload: Mapping[str, Any]) -> datetime | None:
        try:
            record = self._record("order", payload)
            return record.moment("updated_at") or record.moment("created_at")
        except EcomsyncError:
            return None

    def id_of(self, payload: Mapping[str, Any]) -> str:
        try:
            return self._record("order", payload).text("remote_id")
        except EcomsyncError:
            return ""

    def sold_lines(self, payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
        """What an order sells that cannot be read whole."""
        try:
            record = self._record("order", payload)
            phase = self._settings.phases.get(record.text("status"), OrderPhase.OPEN)
            if phase in (OrderPhase.CANCELLED, OrderPhase.INCOMPLETE):
                return ()
            return tuple(
                SoldLine(
                    row.text("sku"), row.text("product_id"), row.text("variant_id"), row.amount("quantity")
                )
                for row in record.rows("lines")
            )
        except EcomsyncError:
            return None

    def returned(self, payload: Mapping[str, Any], *, order_remote_id: str, currency: str) -> RemoteReturn:
        return self._return(
            Record("return", payload, self._map("return"), self._scope), order_remote_id, currency
        )

    # -- parts --------------------------------------------------------------
    def _map(self, kind: str) -> Mapping[str, Any]:
        return self._settings.maps.get(kind, {})

    def _record(self, kind: str, payload: Mapping[str, Any]) -> Record:
        return Record(kind, payload, self._map(kind), self._scope)

    def _financial(self, record: Record) -> FinancialStatus:
        found = record.text("payment_status")
        known = self._settings.financial.get(found)
        if known is not None:
            return known
        return FinancialStatus(found) if found in set(FinancialStatus) else FinancialStatus.UNPAID

    def _totals(
        self,
        record: Record,
        lines: tuple[RemoteOrderLine, ...],
        charges: tuple[RemoteCharge, ...],
        discounts: tuple[RemoteDiscount, ...],
    ) -> RemoteTotals:
        record.needed("total")
        total = record.amount("total")
        outside = [row for row in discounts if not row.in_lines]
        rows: list[RemoteOrderLine | RemoteCharge] = [*lines, *charges]
        net = sum((row.net for row in rows), ZERO) - sum((row.net for row in outside), ZERO)
        tax = sum((row.tax for row in rows), ZERO) - sum((row.tax for row in outside), ZERO)
        told = record.number("tax_total")
        # The shop may round its tax once over the order: what its own total of tax says is rounding then.
        taxes = told if told is not None and abs(told - tax) <= self._settings.tolerance else tax
        rest = total - net - taxes
        shipping = [row for row in charges if row.kind is ChargeKind.SHIPPING]
        fees = [row for row in charges if row.kind is not ChargeKind.SHIPPING]
        return RemoteTotals(
            lines_net=sum((row.net for row in lines), ZERO),
            lines_tax=sum((row.tax for row in lines), ZERO),
            discount_net=sum((row.discount_net for row in lines), ZERO)
            + sum((row.net for row in outside), ZERO),
            discount_tax=sum((row.discount_tax for row in lines), ZERO)
            + sum((row.tax for row in outside), ZERO),
            shipping_net=sum((row.net for row in shipping), ZERO),
            shipping_tax=sum((row.tax for row in shipping), ZERO),
            fees_net=sum((row.net for row in fees), ZERO),
            fees_tax=sum((row.tax for row in fees), ZERO),
            tax_total=taxes,
            grand_total=total,
            refunded_total=record.amount("refunded_total"),
            rounding=rest if abs(rest) <= self._settings.tolerance else ZERO,
        )

    def _returns(self, record: Record, order_id: str, currency: str) -> tuple[RemoteReturn, ...]:
        rows = record.value("returns") or []
        rows = rows if isinstance(rows, list) else [rows]
        fields = self._map("return")
        return tuple(
            self._return(
                Record(
                    "return", {**row, "_order": record.data}, fields, Scope(currency, self._scope.time_zone)
                ),
                order_id,
                currency,
            )
            for row in rows
            if isinstance(row, Mapping)
        )

    def _return(self, record: Record, order_id: str, currency: str) -> RemoteReturn:
        created = record.moment("created_at")
        if created is None:
            record.needed("created_at")
            raise InvalidPayload("The return has no date.", platform="custom", cure=CURE)
        data = record.data
        return RemoteReturn(
            remote_id=as_text(record.needed("remote_id")),
            order_remote_id=record.text("order_remote_id") or order_id,
            created_at=created,
            currency=currency,
            total=record.amount("total"),
            lines=tuple(_return_line(row, currency) for row in record.rows("lines")),
            reason=record.text("reason"),
            number=record.text("number"),
            restock=record.maybe_flag("restock"),
            raw={name: value for name, value in data.items() if name != "_order"},
            paid_back=record.maybe_flag("paid_back"),
            our_key=record.text("our_key"),
        )


def _line(row: Record, currency: str) -> RemoteOrderLine:
    net, tax = row.money(currency)
    has_subtotal = row.has("subtotal_net") or row.has("subtotal_gross")
    before_net, before_tax = row.money(currency, "subtotal_") if has_subtotal else (net, tax)
    row.needed("quantity")
    return RemoteOrderLine(
        remote_id=row.text("remote_id"),
        sku=row.text("sku"),
        name=row.text("name"),
        quantity=row.amount("quantity"),
        subtotal_net=before_net,
        subtotal_tax=before_tax,
        net=net,
        tax=tax,
        taxes=_row_taxes(row, tax),
        product_id=row.text("product_id"),
        variant_id=row.text("variant_id"),
    )


def _charge(row: Record, currency: str) -> RemoteCharge:
    net, tax = row.money(currency)
    kind = row.text("kind") or ChargeKind.SHIPPING
    return RemoteCharge(
        remote_id=row.text("remote_id"),
        kind=ChargeKind(kind) if kind in set(ChargeKind) else ChargeKind.FEE,
        code=row.text("code"),
        title=row.text("title") or row.text("code"),
        net=net,
        tax=tax,
        taxes=_row_taxes(row, tax),
    )


def _discount(row: Record, currency: str) -> RemoteDiscount:
    net, tax = row.money(currency)
    kind = row.text("kind") or DiscountKind.HEADER
    return RemoteDiscount(
        code=row.text("code"),
        kind=DiscountKind(kind) if kind in set(DiscountKind) else DiscountKind.HEADER,
        net=abs(net),
        tax=abs(tax),
        in_lines=row.flag("in_lines", True),
        title=row.text("title"),
    )


def _payment(row: Record, currency: str, financial: FinancialStatus) -> RemotePayment:
    kind = row.text("kind") or PaymentKind.PAYMENT
    paid = financial in (FinancialStatus.PAID, FinancialStatus.PARTLY_REFUNDED, FinancialStatus.REFUNDED)
    return RemotePayment(
        code=row.text("code"),
        title=row.text("title") or row.text("code"),
        amount=row.amount("amount"),
        currency=row.text("currency").upper() or currency,
        paid_at=row.moment("paid_at"),
        transaction_id=row.text("transaction_id"),
        kind=PaymentKind(kind) if kind in set(PaymentKind) else PaymentKind.PAYMENT,
        is_paid=row.flag("is_paid", paid),
        is_authorised=row.flag("is_authorised", financial is FinancialStatus.AUTHORISED),
    )


def _shipment(row: Record) -> RemoteShipment:
    ids, quantities = row.value("line_ids") or [], row.value("quantities") or []
    numbers = row.value("tracking_number")
    numbers = numbers if isinstance(numbers, list) else [numbers]
    return RemoteShipment(
        remote_id=row.text("remote_id"),
        lines=tuple(
            (as_text(one), Decimal(as_text(number))) for one, number in zip(ids, quantities, strict=False)
        ),
        carrier=row.text("carrier"),
        tracking_numbers=tuple(as_text(number) for number in numbers if number),
        shipped_at=row.moment("shipped_at"),
    )


def _return_line(row: Record, currency: str) -> RemoteReturnLine:
    net, tax = row.money(currency)
    return RemoteReturnLine(
        order_line_id=row.text("order_line_id"),
        sku=row.text("sku"),
        name=row.text("name"),
        quantity=row.amount("quantity"),
        net=net,
        tax=tax,
        kind=row.text("kind") or "line",
    )


def _row_taxes(row: Record, tax: Decimal) -> tuple[RemoteTax, ...]:
    percent = row.number("tax_percent")
    if percent is None and not tax:
        return ()
    return (RemoteTax(row.text("tax_code"), row.text("tax_name"), percent, tax),)


def _taxes(lines: tuple[RemoteOrderLine, ...], charges: tuple[RemoteCharge, ...]) -> tuple[RemoteTax, ...]:
    """The rows' taxes together, one per rate."""
    found: dict[tuple[str, str, Decimal | None], Decimal] = {}
    rows: list[RemoteOrderLine | RemoteCharge] = [*lines, *charges]
    for row in rows:
        for tax in row.taxes:
            key = (tax.rate_id, tax.name, tax.rate_percent)
            found[key] = found.get(key, ZERO) + tax.amount
    return tuple(RemoteTax(*key, amount) for key, amount in found.items())


def _customer(record: Record) -> RemoteCustomer:
    values = {
        name: record.text(f"customer.{name}")
        for name in (
            "remote_id",
            "email",
            "first_name",
            "last_name",
            "company",
            "phone",
            "tax_number",
            "language",
        )
    }
    return RemoteCustomer(**values, is_guest=not values["remote_id"])


def _address(record: Record, part: str) -> RemoteAddress:
    return RemoteAddress(**{name: record.text(f"{part}.{name}") for name in ADDRESS})
