"""The floor: the rows that an import has written, written once more with the ORM's bulk inserts and nothing else.

The values are at hand; what is measured is making the model instances and inserting them, table by table, so many
orders a transaction. Nothing is looked up, computed, checked, locked, updated or read back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from activity.models import Event
from erp.models import (
    Customer,
    CustomerAddress,
    DocumentCharge,
    ExternalReference,
    InvoiceTax,
    Receipt,
    ReceiptAllocation,
    SalesInvoice,
    SalesInvoiceLine,
    SalesOrder,
    SalesOrderLine,
    StockReservation,
)
from orders.models import (
    Order,
    OrderCharge,
    OrderDiscount,
    OrderDocument,
    OrderLine,
    OrderPayment,
    OrderTax,
)

ORDERS_PER_TRANSACTION = 100
Model = type[models.Model]


@dataclass(frozen=True, slots=True)
class Step:
    """One insert. owner: which order a row belongs to, given the owners of the rows before it."""

    model: Model
    owner: str
    only: Callable[[Any], bool] = lambda row: True


#: Parents before their children.
STEPS = (
    Step(Customer, "customer"),
    Step(ExternalReference, "object_id"),
    Step(CustomerAddress, "customer_id"),
    Step(SalesOrder, "sales_order"),
    Step(SalesOrderLine, "order_id"),
    Step(DocumentCharge, "sales_order_id", lambda row: row.sales_order_id is not None),
    Step(StockReservation, "order_line_id"),
    Step(SalesInvoice, "order_id"),
    Step(SalesInvoiceLine, "invoice_id"),
    Step(DocumentCharge, "invoice_id", lambda row: row.invoice_id is not None),
    Step(InvoiceTax, "invoice_id"),
    Step(Receipt, "receipt"),
    Step(ReceiptAllocation, "order_id"),
    Step(Order, "self"),
    Step(OrderLine, "order_id"),
    Step(OrderCharge, "order_id"),
    Step(OrderDiscount, "order_id"),
    Step(OrderTax, "order_id"),
    Step(OrderPayment, "order_id"),
    Step(OrderDocument, "order_id"),
    Step(Event, "subject_id"),
)
MODELS: tuple[Model, ...] = tuple(dict.fromkeys(step.model for step in STEPS))

#: What must differ from the rows that stand already.
_UNIQUE: dict[Model, tuple[str, ...]] = {
    Customer: ("code",),
    ExternalReference: ("external_id",),
    SalesOrder: ("number", "external_number"),
    SalesInvoice: ("number",),
    Receipt: ("number", "transaction_id"),
    Order: ("remote_id",),
}
#: Keys of rows in columns that are no foreign keys.
_SOFT: dict[Model, str] = {ExternalReference: "object_id", OrderDocument: "object_id", Event: "subject_id"}
_DOCUMENTS: dict[str, Model] = {"sales_order": SalesOrder, "invoice": SalesInvoice, "receipt": Receipt}


@dataclass(slots=True)
class Values:
    """A row to be written: its columns, and those that wait for the key of a row before it."""

    old: int
    columns: dict[str, Any]
    links: list[tuple[str, Model, int]]


@dataclass(slots=True)
class Copy:
    """The rows of an import by step, for one transaction."""

    steps: list[list[Values]] = field(default_factory=lambda: [[] for _ in STEPS])

    @property
    def rows(self) -> int:
        return sum(len(step) for step in self.steps)


def copy_rows(after: dict[Model, int]) -> list[Copy]:
    """What was written since `after` (the highest keys then), ready to be written again, for 100 orders each."""
    rows = {
        model: list(model._default_manager.filter(pk__gt=after[model]).order_by("pk")) for model in MODELS
    }
    owners = _Owners(rows)
    count = len(rows[Order])
    copies = [Copy() for _ in range(-(-count // ORDERS_PER_TRANSACTION))]
    for place, step in enumerate(STEPS):
        for row in rows[step.model]:
            if step.only(row):
                part = owners.of(step, row) // ORDERS_PER_TRANSACTION
                copies[part].steps[place].append(_values(row, after))
    return copies


class _Owners:
    """Model and key of a row -> the place of its order among the new ones."""

    def __init__(self, rows: dict[Model, list[Any]]) -> None:
        self._places: dict[tuple[Model, int], int] = {}
        for place, order in enumerate(rows[Order]):
            self._places[Order, order.pk] = place
            self._places[SalesOrder, order.sales_order_id] = place
            self._places.setdefault((Customer, order.erp_customer_id), place)
        for row in rows[SalesOrderLine]:
            self._places[SalesOrderLine, row.pk] = self._places[SalesOrder, row.order_id]
        for row in rows[SalesInvoice]:
            self._places[SalesInvoice, row.pk] = self._places[SalesOrder, row.order_id]
        for row in rows[ReceiptAllocation]:
            self._places[Receipt, row.receipt_id] = self._places[SalesOrder, row.order_id]

    def of(self, step: Step, row: Any) -> int:
        if step.owner in ("self", "customer", "sales_order", "receipt"):
            return self._places[step.model, row.pk]
        if step.model in (ExternalReference, Event):
            parent: Model = Customer if step.model is ExternalReference else Order
        else:
            parent = step.model._meta.get_field(step.owner.removesuffix("_id")).related_model  # type: ignore[assignment]
        return self._places[parent, int(getattr(row, step.owner))]


def _values(row: Any, after: dict[Model, int]) -> Values:
    model: Model = type(row)
    columns: dict[str, Any] = {}
    links: list[tuple[str, Model, int]] = []
    soft = _soft_link(row)
    for column in model._meta.concrete_fields:
        value = getattr(row, column.attname)
        related = column.related_model
        if column.primary_key:
            continue
        if column.attname == _SOFT.get(model):
            links.append((column.attname, soft, int(value)))
        elif value is not None and related in after and int(value) > after[related]:
            links.append((column.attname, related, int(value)))
        else:
            columns[column.attname] = f"{value}~" if column.name in _UNIQUE.get(model, ()) else value
    return Values(row.pk, columns, links)


def _soft_link(row: Any) -> Model:
    if isinstance(row, OrderDocument):
        return _DOCUMENTS[row.document_type]
    return Order if isinstance(row, Event) else Customer


def write(copies: Sequence[Copy]) -> None:
    """Write them, one transaction each."""
    for copy in copies:
        new: dict[Model, dict[int, int]] = {model: {} for model in MODELS}
        with transaction.atomic():
            for step, rows in zip(STEPS, copy.steps, strict=True):
                made = [_instance(step.model, values, new) for values in rows]
                step.model._default_manager.bulk_create(made)
                keys = new[step.model]
                for values, row in zip(rows, made, strict=True):
                    keys[values.old] = row.pk


def _instance(model: Model, values: Values, new: dict[Model, dict[int, int]]) -> Any:
    row = model(**values.columns)
    for name, parent, old in values.links:
        setattr(row, name, new[parent].get(old, old))
    return row
