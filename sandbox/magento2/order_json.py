"""An order as the REST layer prints it."""

from decimal import Decimal

from sandbox.magento2.call import num, shown
from sandbox.magento2.order_rows import Item, Order
from sandbox.magento2.rows import Json
from sandbox.magento2.state import Store
from sandbox.magento2.totals import row_incl_tax


def item_json(store: Store, order: Order, item: Item, *, with_parent: bool = True) -> Json:
    """`row_total` is net of the discount in the REST layer of 2.4, and as stored before."""
    row_total, incl = item.row_total, row_incl_tax(store, order, item)
    if not store.options.rows_gross:
        incl = max(
            Decimal(0), row_total + item.tax_amount + item.compensation + item.weee - item.discount_amount
        )
        row_total = max(Decimal(0), row_total - item.discount_amount)
    money = {
        "price": item.price,
        "price_incl_tax": item.price_incl_tax,
        "original_price": item.original_price,
        "tax_amount": item.tax_amount,
        "discount_amount": item.discount_amount,
        "discount_tax_compensation_amount": item.compensation,
        "row_total": row_total,
        "row_total_incl_tax": incl,
        "weee_tax_applied_row_amount": item.weee if item.weee else None,
    }
    body: Json = {
        "item_id": item.id,
        "order_id": order.id,
        "parent_item_id": item.parent_id,
        "store_id": order.store_id,
        "product_id": item.product_id,
        "product_type": item.product_type,
        "sku": item.sku,
        "name": item.name,
        "created_at": store.moment(order.created),
        "updated_at": store.moment(order.updated),
        "is_virtual": int(item.is_virtual),
        "is_qty_decimal": int(item.is_qty_decimal),
        "free_shipping": 0,
        "no_discount": 0,
        "weight": num(item.weight),
        "row_weight": num(item.weight * item.ordered),
        "quote_item_id": item.id,
        "qty_ordered": num(item.ordered),
        "qty_invoiced": num(item.invoiced),
        "qty_shipped": num(item.shipped),
        "qty_canceled": num(item.canceled),
        "qty_refunded": num(item.refunded),
        "tax_percent": num(item.tax_percent),
        "discount_percent": num(item.discount_percent),
        **doubled(order, money),
    }
    if item.options:
        body["product_option"] = {"extension_attributes": item.options}
    parent = order.item(item.parent_id) if item.parent_id and with_parent else None
    if parent is not None:
        body["parent_item"] = item_json(store, order, parent, with_parent=False)
    return shown(body)


def doubled(order: Order, money: dict[str, Decimal | None]) -> Json:
    """Each amount in the order's and in the base currency."""
    body: Json = {}
    for name, amount in money.items():
        body[name] = None if amount is None else num(amount)
        body[f"base_{name}"] = (
            None if amount is None else num(round(amount / order.rate, 2 if order.rate != 1 else 4))
        )
    return body


def order_json(store: Store, order: Order) -> Json:
    view = store.views[order.store_id]
    website, group = store.websites[view.website_id], store.groups[view.group_id]
    guest = order.customer_id is None
    body: Json = {
        "entity_id": order.id,
        "increment_id": order.increment_id,
        "ext_order_id": order.ext_order_id,
        "state": order.state,
        "status": order.status,
        "hold_before_state": order.hold_before[0] if order.hold_before else None,
        "hold_before_status": order.hold_before[1] if order.hold_before else None,
        "store_id": order.store_id,
        "store_name": f"{website.name}\n{group.name}\n{view.name}",
        "created_at": store.moment(order.created),
        "updated_at": store.moment(order.updated),
        "base_currency_code": order.base_currency,
        "order_currency_code": order.currency,
        "global_currency_code": order.base_currency,
        "store_currency_code": order.base_currency,
        "base_to_order_rate": num(order.rate),
        "base_to_global_rate": 1,
        "store_to_base_rate": 0,
        "store_to_order_rate": 0,
        "customer_is_guest": int(guest),
        "customer_id": order.customer_id,
        "customer_group_id": order.customer_group_id,
        "customer_email": order.email,
        "customer_firstname": None if guest else order.firstname,
        "customer_lastname": None if guest else order.lastname,
        "customer_note_notify": 1,
        "customer_taxvat": order.taxvat,
        "customer_note": order.note,
        "remote_ip": "203.0.113.9",
        "is_virtual": int(order.is_virtual),
        "quote_id": order.quote_id,
        "coupon_code": order.coupon_code,
        "applied_rule_ids": order.rule_ids,
        "discount_description": order.discount_description,
        "shipping_description": order.shipping_description or None,
        "protect_code": "a" * 32,
        "email_sent": 1,
        "billing_address_id": order.billing.get("entity_id"),
        "total_qty_ordered": num(sum((i.ordered for i in order.items if i.parent_id is None), Decimal(0))),
        "total_item_count": sum(1 for i in order.items if i.parent_id is None),
        "weight": num(sum((i.weight * i.ordered for i in order.items if not order.children(i)), Decimal(0))),
        **doubled(order, _money(order)),
        "items": [item_json(store, order, item) for item in order.items],
        "billing_address": shown(order.billing),
        "payment": _payment(order),
        "status_histories": [dict(row) for row in order.histories],
        "extension_attributes": _extensions(store, order),
    }
    return shown(body)


def _money(order: Order) -> dict[str, Decimal | None]:
    """The order's discount is negative, an item's is not."""
    return {
        "subtotal": order.subtotal,
        "subtotal_incl_tax": order.subtotal_incl_tax,
        "discount_amount": -order.discount,
        "shipping_amount": order.shipping_amount,
        "shipping_tax_amount": order.shipping_tax,
        "shipping_incl_tax": order.shipping_amount + order.shipping_tax,
        "shipping_discount_amount": order.shipping_discount,
        "shipping_discount_tax_compensation_amount": order.shipping_compensation,
        "tax_amount": order.tax,
        "discount_tax_compensation_amount": order.compensation,
        "grand_total": order.grand_total,
        "total_paid": order.paid or None,
        "total_due": order.grand_total - order.paid - order.canceled,
        "total_invoiced": order.invoiced or None,
        "total_refunded": order.refunded or None,
        "total_canceled": order.canceled or None,
        **{f"{name}_canceled": amount for name, amount in order.parts_canceled.items()},
        "adjustment_positive": order.adjustment_positive or None,
        "adjustment_negative": order.adjustment_negative or None,
    }


def _payment(order: Order) -> Json:
    row = order.payment
    last = str(row.get("last_trans_id") or "")
    body = {
        "entity_id": order.id,
        "parent_id": order.id,
        "method": row["method"],
        "amount_ordered": num(order.grand_total),
        "base_amount_ordered": num(order.grand_total / order.rate),
        "amount_paid": num(order.paid) if order.paid else None,
        "shipping_amount": num(order.shipping_amount),
        "last_trans_id": last or None,
        "po_number": row.get("po_number"),
        "account_status": None,
        "additional_information": [row["title"]],
        "cc_last4": "1111" if last else None,
    }
    return shown(body, "account_status", "cc_last4")


def _extensions(store: Store, order: Order) -> Json:
    body: Json = {
        "payment_additional_info": [{"key": "method_title", "value": order.payment["title"]}],
        "applied_taxes": _applied_taxes(order),
        "item_applied_taxes": _item_taxes(order),
        "converting_from_quote": True,
    }
    if order.shipping is not None:
        total = {
            "shipping_amount": order.shipping_amount,
            "shipping_tax_amount": order.shipping_tax,
            "shipping_incl_tax": order.shipping_amount + order.shipping_tax,
            "shipping_discount_amount": order.shipping_discount,
        }
        shipping = {
            "address": shown(order.shipping),
            "method": order.method,
            "total": doubled(order, dict(total)),
        }
        goods = [item_json(store, order, i) for i in order.items if not i.is_virtual]
        body["shipping_assignments"] = [{"shipping": shipping, "items": goods}]
    return {**body, **_extras(order)}


def _extras(order: Order) -> Json:
    """What Commerce keeps beside the totals. A surcharge of a third-party module is nowhere."""
    extras: dict[str, Decimal] = order.extras
    body: Json = {}
    if "gift_cards" in extras:
        cards = [
            {
                "id": c["id"],
                "code": c["code"],
                "amount": num(c["amount"]),
                "base_amount": num(c["amount"] / order.rate),
            }
            for c in order.gift_cards
        ]
        body |= {"gift_cards": cards, **doubled(order, {"gift_cards_amount": extras["gift_cards"]})}
    if "customer_balance" in extras:
        body |= doubled(order, {"customer_balance_amount": extras["customer_balance"]})
    if "reward" in extras:
        points = int(extras["reward"] * 10)
        body |= {
            "reward_points_balance": points,
            **doubled(order, {"reward_currency_amount": extras["reward"]}),
        }
    if "gw" in extras:
        body |= {
            "gw_id": "1",
            "gw_price": f"{extras['gw']:.4f}",
            "gw_base_price": f"{extras['gw'] / order.rate:.4f}",
        }
    return body


def _applied_taxes(order: Order) -> list[Json]:
    """By code, over lines and shipping."""
    sums: dict[str, Json] = {}
    for tax in [*(tax for item in order.items for tax in item.taxes), *order.shipping_taxes]:
        row = sums.setdefault(tax["code"], {**tax, "amount": Decimal(0)})
        row["amount"] += tax["amount"]
    return [_tax(order, row) for row in sums.values()]


def _tax(order: Order, row: Json) -> Json:
    return {
        "code": row["code"],
        "title": row["title"],
        "percent": num(row["percent"]),
        "amount": num(row["amount"]),
        "base_amount": num(row["amount"] / order.rate),
        "extension_attributes": {
            "rates": [{"code": row["code"], "title": row["title"], "percent": num(row["percent"])}]
        },
    }


def _item_taxes(order: Order) -> list[Json]:
    rows: list[Json] = [
        {"type": "product", "item_id": item.id, "applied_taxes": [_tax(order, tax) for tax in item.taxes]}
        for item in order.items
        if item.taxes
    ]
    if order.shipping_taxes:
        rows.append({"type": "shipping", "applied_taxes": [_tax(order, tax) for tax in order.shipping_taxes]})
    return rows
