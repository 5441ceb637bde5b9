"""What the orders listen to: mappings that come, items that are linked, documents that change their state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import models

from erp.models import Customer
from erp.signals import customer_erasing, customers_changed, document_state_changed
from erp.states import DocumentType, ReturnState, SalesOrderState
from linking.signals import items_linked, items_linking
from orders.models import Order
from orders.services.context import ImportContext
from orders.services.due import (
    due_for_buyers,
    due_for_customers,
    due_for_mapping,
    due_for_order,
    due_for_skus,
)
from orders.services.edits import flag_waiting
from orders.services.erase import erase_orders
from orders.services.outbox import StateChange, enqueue_changes, note_change, order_of_document
from orders.services.sold import clear_sold, restate_sold
from orders.services.timeline import note_steps
from sites.models import Site
from sites.signals import mapping_changed

#: What a customer owes sinks when one of these is posted.
_LOWER_DEBT = (DocumentType.RECEIPT, DocumentType.CREDIT_NOTE)
_RETURNED = (ReturnState.RECEIVED, ReturnState.CREDITED, ReturnState.REJECTED)
_SETTLED = (SalesOrderState.CONFIRMED, SalesOrderState.CANCELLED)


def on_document_state(
    sender: type[models.Model], document: models.Model, document_type: str, new_state: str, **kwargs: Any
) -> None:
    """Queue what the shop must be told. Changes made by an import are told at its end."""
    change = StateChange(document, str(document_type), str(new_state))
    if note_change(change):
        return
    if change.document_type in _LOWER_DEBT:
        due_for_customers([document.customer.code], holds=["credit_limit"])  # type: ignore[attr-defined]
    order = order_of_document(document)
    if order is None:
        return
    if change.document_type == DocumentType.SALES_ORDER and change.new_state in _SETTLED:
        clear_sold(order)
    _follow(order, change)
    if change.document_type == DocumentType.RETURN and change.new_state in _RETURNED and order.sales_order:
        flag_waiting(order, order.sales_order)
    due_for_order(order)
    note_steps(order, [change])
    enqueue_changes(order=order, changes=[change], context=ImportContext(order.site))


def _follow(order: Order, change: StateChange) -> None:
    """Documents that staff make later belong to the order's page too; numbers come at confirmation."""
    number = str(getattr(change.document, "number", ""))[:60]
    order.documents.update_or_create(
        document_type=change.document_type, object_id=change.document.pk, defaults={"number": number}
    )


def on_mapping_changed(
    sender: object, site_id: int, kind: str, codes: Collection[str], **kwargs: Any
) -> None:
    """Orders and returns that wait for this mapping go again."""
    due_for_mapping(site_id=site_id, kind=kind, codes=codes)


def on_items_linking(sender: object, site_id: int, skus: Collection[str], **kwargs: Any) -> None:
    """Before the shop is told a stock of these products: what waiting orders sold of them is no longer for sale."""
    site = Site.objects.filter(pk=site_id).first()
    if site is not None:
        restate_sold(site=site, skus=skus)


def on_items_linked(sender: object, site_id: int, skus: Collection[str], **kwargs: Any) -> None:
    """Orders and returns that wait for these products go again."""
    due_for_skus(site_id=site_id, skus=skus)


def on_customers_changed(sender: object, customer_ids: Collection[int], **kwargs: Any) -> None:
    """Orders whose buyer was not found, or that were refused for their customer, go again."""
    codes = Customer.objects.filter(pk__in=customer_ids).values_list("code", flat=True)
    due_for_customers(list(codes))
    due_for_buyers()


def on_customer_erasing(
    sender: object, customer: Customer, accounts: Sequence[tuple[str, str]], **kwargs: Any
) -> None:
    """The customer's orders forget who he is, or refuse while one of them waits."""
    erase_orders(customer=customer, accounts=accounts)


def connect() -> None:
    """Called once when the app is ready."""
    document_state_changed.connect(on_document_state, dispatch_uid="orders.document_state")
    mapping_changed.connect(on_mapping_changed, dispatch_uid="orders.mapping_changed")
    customers_changed.connect(on_customers_changed, dispatch_uid="orders.customers_changed")
    customer_erasing.connect(on_customer_erasing, dispatch_uid="orders.customer_erasing")
    items_linking.connect(on_items_linking, dispatch_uid="orders.items_linking")
    items_linked.connect(on_items_linked, dispatch_uid="orders.items_linked")
