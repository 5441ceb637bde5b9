"""Invoices, shipments and credit memos as the REST layer prints them."""

from decimal import Decimal

from sandbox.magento2.call import num, shown
from sandbox.magento2.order_json import doubled
from sandbox.magento2.order_rows import Document, DocumentItem, Order
from sandbox.magento2.rows import Json
from sandbox.magento2.state import Store


def document_json(store: Store, document: Document) -> Json:
    order = store.orders[document.order_id]
    show = {"invoice": _invoice, "shipment": _shipment, "creditmemo": _creditmemo}[document.kind]
    body: Json = {
        "entity_id": document.id,
        "increment_id": document.increment_id,
        "order_id": document.order_id,
        "store_id": document.store_id,
        "created_at": store.moment(document.created),
        "updated_at": store.moment(document.updated),
        "billing_address_id": order.billing.get("entity_id"),
        "shipping_address_id": (order.shipping or {}).get("entity_id"),
        "email_sent": 1 if document.emails else None,
        "comments": [dict(row) for row in document.comments],
        **show(order, document),
    }
    return shown(body)


def _money(document: Document) -> dict[str, Decimal | None]:
    return {
        "subtotal": document.subtotal,
        "tax_amount": document.tax,
        "discount_amount": -document.discount,
        "discount_tax_compensation_amount": document.compensation,
        "shipping_amount": document.shipping_amount,
        "shipping_tax_amount": document.shipping_tax,
        "shipping_incl_tax": document.shipping_amount + document.shipping_tax,
        "grand_total": document.grand_total,
    }


def _currencies(order: Order) -> Json:
    return {
        "base_currency_code": order.base_currency,
        "order_currency_code": order.currency,
        "base_to_order_rate": num(order.rate),
    }


def _priced(order: Order, row: DocumentItem) -> Json:
    money: dict[str, Decimal | None] = {
        "price": row.price,
        "price_incl_tax": row.price_incl_tax,
        "row_total": row.row_total,
        "tax_amount": row.tax_amount,
        "discount_amount": row.discount_amount,
        "discount_tax_compensation_amount": row.compensation,
    }
    return {**_item(row), **doubled(order, money)}


def _item(row: DocumentItem) -> Json:
    return {
        "entity_id": row.id,
        "order_item_id": row.order_item_id,
        "product_id": row.product_id,
        "sku": row.sku,
        "name": row.name,
        "qty": num(row.quantity),
    }


def _invoice(order: Order, document: Document) -> Json:
    return {
        "state": document.state,
        "transaction_id": order.payment.get("last_trans_id") if document.online else None,
        "total_qty": num(sum((i.quantity for i in document.items), Decimal(0))),
        **_currencies(order),
        **doubled(order, _money(document)),
        "items": [{**_priced(order, row), "parent_id": document.id} for row in document.items],
    }


def _creditmemo(order: Order, document: Document) -> Json:
    extra: dict[str, Decimal | None] = {
        "adjustment": document.adjustment_positive - document.adjustment_negative,
        "adjustment_positive": document.adjustment_positive,
        "adjustment_negative": document.adjustment_negative,
    }
    return {
        "state": document.state,
        "invoice_id": document.invoice_id,
        **_currencies(order),
        **doubled(order, {**_money(document), **extra}),
        "items": [{**_priced(order, row), "parent_id": document.id} for row in document.items],
    }


def _shipment(order: Order, document: Document) -> Json:
    return {
        "customer_id": order.customer_id,
        "total_qty": num(sum((i.quantity for i in document.items), Decimal(0))),
        "packages": [],
        "items": [
            {**_item(row), "price": num(row.price), "parent_id": document.id} for row in document.items
        ],
        "tracks": [shown(track) for track in document.tracks],
        "extension_attributes": shown({"source_code": document.source_code or None}),
    }
