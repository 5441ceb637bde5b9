"""Invoices and refunds: both may move money at the payment provider, so both look before they write.

CreateInvoice captures what is reserved, unless that is suppressed; CreditPayment gives back against an invoice. After a
lost answer Query is asked for the number before anything is repeated. Source: fact sheet §11, §12, §14.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from ecomsync.common.money import ZERO
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import json_number, number, text
from platforms.norce.mapping_orders import order_from_json
from platforms.norce.order_desk import OrderDesk, connect_number, done, refused
from platforms.types import (
    InvoiceKind,
    InvoiceNotice,
    PushResult,
    RefundNotice,
    RemoteCharge,
    RemoteOrder,
    RemoteOrderLine,
)


class InvoiceWriter:
    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk

    def push(self, notice: InvoiceNotice) -> PushResult:
        """The whole order as one invoice; three calls, a repetition two. Credit notes go by refunds."""
        reference = notice.order_remote_id
        try:
            if notice.kind is InvoiceKind.CREDIT_NOTE:
                return done(notice.key, reference, False, warning="Credit notes reach Norce as refunds.")
            order = self._desk.order(reference)
            present = self._desk.invoices(reference)
            if any(text(row, "InvoiceNo") == notice.number for row in present):
                return done(notice.key, reference, False)
            if any(not text(row, "CreditedInvoiceNo") for row in present):
                raise Rejected(
                    f"Order {reference} has an invoice in Norce already, and this one would charge it again.",
                    code="already_invoiced",
                    cure="Compare the invoices of the order in Norce Admin and in the ERP.",
                    platform=PLATFORM,
                )
            remote = order_from_json(order, self._desk.client.options)
            self._desk.client.post_order(
                "Order/CreateInvoice", self._body(notice, remote, text(order, "ErpOrderNo"))
            )
        except PermanentError as error:
            return refused(notice.key, reference, error)
        return done(notice.key, reference, True)

    def _body(self, notice: InvoiceNotice, order: RemoteOrder, erp_number: str) -> dict[str, Any]:
        items: list[dict[str, Any]] = []
        rows_of_order: list[RemoteOrderLine | RemoteCharge] = [*order.lines, *order.charges]
        for row in rows_of_order:
            if row.net or row.tax:
                items.append(_item(len(items) + 1, row))
        today = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00")
        return {
            "InvoiceNo": notice.number,
            "ClientOrderRef": connect_number(order.remote_id),
            "ErpOrderNo": erp_number,
            "InvoiceDate": today,
            "InvoiceDueDate": today,
            "CurrencyCode": order.currency,
            "TotalAmount": json_number(order.totals.grand_total),
            "Vat": json_number(order.totals.tax_total),
            "InvoiceRoundOff": json_number(order.totals.rounding),
            "PaymentMethodCode": next((payment.code for payment in order.payments), ""),
            "Items": items,
            "IsLastInvoiceForOrder": True,
            "SuppressPspCall": not self._desk.client.options.capture_with_invoice,
        }


class RefundWriter:
    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk

    def push(self, notice: RefundNotice) -> PushResult:
        """A credit against the invoice of the order, once by its number; three calls, a repetition two."""
        reference = notice.order_remote_id
        try:
            order = self._desk.order(reference)
            present = self._desk.invoices(reference)
            number_of_credit = notice.key[-50:]
            if any(text(row, "InvoiceNo") == number_of_credit for row in present):
                return done(notice.key, reference, False)
            invoice = _creditable(reference, present, notice.amount)
            remote = order_from_json(order, self._desk.client.options)
            self._desk.client.post_order(
                "Order/CreditPayment", self._body(notice, remote, invoice, number_of_credit)
            )
        except PermanentError as error:
            return refused(notice.key, reference, error)
        return done(notice.key, reference, True)

    def _body(
        self, notice: RefundNotice, order: RemoteOrder, invoice: Mapping[str, Any], number_of_credit: str
    ) -> dict[str, Any]:
        """Positive amounts, as on the credit note."""
        items: list[dict[str, Any]] = [
            {
                "LineNo": place,
                "PartNo": line.sku,
                "Description": line.name,
                "Quantity": int(line.quantity) or 1,
                "UnitPrice": json_number(_per_unit(line.net, line.quantity)),
                "UnitVat": json_number(_per_unit(line.tax, line.quantity)),
                "LineAmount": json_number(line.net + line.tax),
                "Discount": 0,
            }
            for place, line in enumerate(notice.lines, 1)
        ]
        if not items:
            amount = json_number(notice.amount)
            words = notice.reason or "Refund"
            items = [
                {"LineNo": 1, "PartNo": "", "Description": words, "Quantity": 1, "UnitPrice": amount}
                | {"UnitVat": 0, "LineAmount": amount, "Discount": 0}
            ]
        vat = sum((line.tax for line in notice.lines), ZERO)
        return {
            "InvoiceNo": number_of_credit,
            "CreditedInvoiceNo": text(invoice, "InvoiceNo"),
            "ClientOrderRef": connect_number(order.remote_id),
            "InvoiceDate": datetime.now(UTC).strftime("%Y-%m-%dT00:00:00"),
            "CurrencyCode": order.currency,
            "TotalAmount": json_number(notice.amount),
            "Vat": json_number(vat),
            "Items": items,
            "SuppressPspCall": not notice.pay_back,
        }


def _creditable(reference: str, present: list[dict[str, Any]], amount: Decimal) -> Mapping[str, Any]:
    """The invoice that still bears this amount. Raises Rejected."""
    invoices = [row for row in present if not text(row, "CreditedInvoiceNo")]
    if not invoices:
        raise Rejected(
            f"Order {reference} has no invoice in Norce, and money is given back against an invoice.",
            code="no_invoice",
            cure="Send the invoice of the order first; an order without one is cancelled instead.",
            platform=PLATFORM,
        )
    for invoice in invoices:
        given = sum(
            (
                abs(number(row, "TotalAmount"))
                for row in present
                if text(row, "CreditedInvoiceNo") == text(invoice, "InvoiceNo")
            ),
            ZERO,
        )
        if given + amount <= number(invoice, "TotalAmount"):
            return invoice
    raise Rejected(
        f"The refund of {amount} is above what the invoices of order {reference} still bear.",
        code="above_invoice",
        cure="Lower the amount, or look at the credits of the order in Norce Admin.",
        platform=PLATFORM,
    )


def _item(place: int, row: RemoteOrderLine | RemoteCharge) -> dict[str, Any]:
    is_line = isinstance(row, RemoteOrderLine)
    quantity = row.quantity if isinstance(row, RemoteOrderLine) else Decimal(1)
    whole = int(quantity) if quantity == quantity.to_integral_value() and quantity else 1
    rate = next((tax.rate_percent for tax in row.taxes if tax.rate_percent is not None), ZERO)
    return {
        "LineNo": int(row.remote_id) if row.remote_id.isdigit() else place,
        "PartNo": row.sku if isinstance(row, RemoteOrderLine) else row.code,
        "Description": row.name if isinstance(row, RemoteOrderLine) else row.title,
        "Quantity": whole if is_line else 1,
        "UnitPrice": json_number(_per_unit(row.net, Decimal(whole))),
        "UnitVat": json_number(_per_unit(row.tax, Decimal(whole))),
        "VatRate": json_number(rate),
        "LineAmount": json_number(row.net + row.tax),
        "Discount": 0,
    }


def _per_unit(amount: Decimal, quantity: Decimal) -> Decimal:
    return (amount / quantity if quantity else amount).quantize(Decimal("0.0001"))
