"""States of every document, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SalesOrderState(TextChoices):
    DRAFT = "draft", _("draft")
    ON_HOLD = "on_hold", _("on hold")
    CONFIRMED = "confirmed", _("confirmed")
    PARTIALLY_DELIVERED = "partially_delivered", _("partially delivered")
    DELIVERED = "delivered", _("delivered")
    INVOICED = "invoiced", _("invoiced")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


class DeliveryState(TextChoices):
    DRAFT = "draft", _("draft")
    SHIPPED = "shipped", _("shipped")
    CANCELLED = "cancelled", _("cancelled")


class InvoiceState(TextChoices):
    DRAFT = "draft", _("draft")
    ISSUED = "issued", _("issued")
    PARTIALLY_PAID = "partially_paid", _("partially paid")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")


class ReturnState(TextChoices):
    REQUESTED = "requested", _("requested")
    RECEIVED = "received", _("received")
    CREDITED = "credited", _("credited")
    REJECTED = "rejected", _("rejected")
    REVERSED = "reversed", _("reversed")


class ReceiptState(TextChoices):
    DRAFT = "draft", _("draft")
    POSTED = "posted", _("posted")
    REVERSED = "reversed", _("reversed")


class StockCountState(TextChoices):
    DRAFT = "draft", _("draft")
    POSTED = "posted", _("posted")
    CANCELLED = "cancelled", _("cancelled")


class DocumentType(TextChoices):
    """Document types as signals, number series and status tables name them."""

    SALES_ORDER = "sales_order", _("sales order")
    DELIVERY = "delivery", _("delivery")
    INVOICE = "invoice", _("invoice")
    CREDIT_NOTE = "credit_note", _("credit note")
    RETURN = "return", _("sales return")
    RECEIPT = "receipt", _("receipt")
    STOCK_COUNT = "stock_count", _("stock count")
    PRICE_UPDATE = "price_update", _("price update")
    CUSTOMER = "customer", _("customer")
    ACCOUNTING_ENTRY = "accounting_entry", _("accounting entry")


_ORDER = SalesOrderState
#: After confirmation the state follows the quantities delivered, invoiced and paid, in both directions:
#: a cancelled delivery opens the order again.
_PROGRESS = frozenset(
    {_ORDER.CONFIRMED, _ORDER.PARTIALLY_DELIVERED, _ORDER.DELIVERED, _ORDER.INVOICED, _ORDER.COMPLETED}
)

Transitions = Mapping[str, frozenset[str]]

SALES_ORDER_TRANSITIONS: Transitions = {
    _ORDER.DRAFT: frozenset({_ORDER.CONFIRMED, _ORDER.ON_HOLD, _ORDER.CANCELLED}),
    _ORDER.ON_HOLD: frozenset({_ORDER.DRAFT, _ORDER.CONFIRMED, _ORDER.CANCELLED}),
    _ORDER.CONFIRMED: (_PROGRESS - {_ORDER.CONFIRMED}) | {_ORDER.CANCELLED},
    _ORDER.PARTIALLY_DELIVERED: _PROGRESS - {_ORDER.PARTIALLY_DELIVERED},
    _ORDER.DELIVERED: _PROGRESS - {_ORDER.DELIVERED},
    # Services only: nothing was delivered, and what was invoiced is credited.
    _ORDER.INVOICED: (_PROGRESS - {_ORDER.INVOICED}) | {_ORDER.CANCELLED},
    _ORDER.COMPLETED: (_PROGRESS - {_ORDER.COMPLETED}) | {_ORDER.CANCELLED},
    _ORDER.CANCELLED: frozenset(),
}
DELIVERY_TRANSITIONS: Transitions = {
    DeliveryState.DRAFT: frozenset({DeliveryState.SHIPPED, DeliveryState.CANCELLED}),
    DeliveryState.SHIPPED: frozenset({DeliveryState.CANCELLED}),
    DeliveryState.CANCELLED: frozenset(),
}
#: A draft may be cancelled; what was issued is only taken back by a credit note.
INVOICE_TRANSITIONS: Transitions = {
    InvoiceState.DRAFT: frozenset({InvoiceState.ISSUED, InvoiceState.CANCELLED}),
    InvoiceState.ISSUED: frozenset({InvoiceState.PARTIALLY_PAID, InvoiceState.PAID}),
    InvoiceState.PARTIALLY_PAID: frozenset({InvoiceState.ISSUED, InvoiceState.PAID}),
    InvoiceState.PAID: frozenset({InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID}),
    InvoiceState.CANCELLED: frozenset(),
}
RETURN_TRANSITIONS: Transitions = {
    ReturnState.REQUESTED: frozenset({ReturnState.RECEIVED, ReturnState.CREDITED, ReturnState.REJECTED}),
    ReturnState.RECEIVED: frozenset({ReturnState.CREDITED, ReturnState.REVERSED}),
    ReturnState.CREDITED: frozenset({ReturnState.REVERSED}),
    ReturnState.REJECTED: frozenset(),
    ReturnState.REVERSED: frozenset(),
}
RECEIPT_TRANSITIONS: Transitions = {
    ReceiptState.DRAFT: frozenset({ReceiptState.POSTED}),
    ReceiptState.POSTED: frozenset({ReceiptState.REVERSED}),
    ReceiptState.REVERSED: frozenset(),
}
STOCK_COUNT_TRANSITIONS: Transitions = {
    StockCountState.DRAFT: frozenset({StockCountState.POSTED, StockCountState.CANCELLED}),
    StockCountState.POSTED: frozenset(),
    StockCountState.CANCELLED: frozenset(),
}

TRANSITIONS: Mapping[str, Transitions] = {
    DocumentType.SALES_ORDER: SALES_ORDER_TRANSITIONS,
    DocumentType.DELIVERY: DELIVERY_TRANSITIONS,
    DocumentType.INVOICE: INVOICE_TRANSITIONS,
    DocumentType.CREDIT_NOTE: INVOICE_TRANSITIONS,
    DocumentType.RETURN: RETURN_TRANSITIONS,
    DocumentType.RECEIPT: RECEIPT_TRANSITIONS,
    DocumentType.STOCK_COUNT: STOCK_COUNT_TRANSITIONS,
}

STATES_BY_TYPE: Mapping[str, type[TextChoices]] = {
    DocumentType.SALES_ORDER: SalesOrderState,
    DocumentType.DELIVERY: DeliveryState,
    DocumentType.INVOICE: InvoiceState,
    DocumentType.CREDIT_NOTE: InvoiceState,
    DocumentType.RETURN: ReturnState,
    DocumentType.RECEIPT: ReceiptState,
    DocumentType.STOCK_COUNT: StockCountState,
}

#: Invoices and credit notes that count in the customer's account.
ISSUED_STATES = (InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID, InvoiceState.PAID)
#: Orders that bind stock and credit.
OPEN_ORDER_STATES = (
    SalesOrderState.CONFIRMED,
    SalesOrderState.PARTIALLY_DELIVERED,
    SalesOrderState.DELIVERED,
)
