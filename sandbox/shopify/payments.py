"""How an order is paid: at once, later, by gift card, by hand, in parts."""

from decimal import Decimal
from typing import Any

from sandbox.shopify.calls import Row
from sandbox.shopify.figures import Figures
from sandbox.shopify.money import ZERO, decimal_of, rounded
from sandbox.shopify.state import Store

#: Payments by hand: nothing is received until somebody says so.
MANUAL = {"Cash on Delivery (COD)", "Bank Deposit", "Money Order", "manual"}


def set_terms(store: Store, order: Row, terms: str) -> None:
    """`NET 30`, `RECEIPT`, `FULFILLMENT`: paid later."""
    if not terms:
        return
    kind, _, days = terms.partition(" ")
    created = store.clock.parse(order["createdAt"])
    due = store.stamp(created + int(days or 0) * 86400)
    order["_terms"] = {
        "id": store.gid("PaymentTerms"),
        "paymentTermsName": f"Net {days}" if days else terms.capitalize(),
        "translatedName": f"Net {days}" if days else terms.capitalize(),
        "paymentTermsType": kind,
        "dueInDays": int(days) if days else None,
        "_due": due,
        "_issued": order["createdAt"],
        "_schedule": store.gid("PaymentSchedule"),
    }


def add_transaction(
    store: Store,
    order: Row,
    kind: str,
    amount: Decimal,
    gateway: str,
    *,
    status: str = "SUCCESS",
    **fields: Any,
) -> Row:
    row = store.add(
        "OrderTransaction",
        kind=kind,
        status=status,
        gateway=gateway,
        formattedGateway=FORMATTED.get(gateway, gateway),
        paymentId=f"{order['name']}.{len(order['_transactions']) + 1}",
        processedAt=order["createdAt"] if not order["_transactions"] else store.now(),
        errorCode=None if status != "FAILURE" else "CARD_DECLINED",
        manualPaymentGateway=gateway in MANUAL,
        test=order["test"],
        receiptJson=None,
        authorizationExpiresAt=None,
        settlementCurrency=None,
        settlementCurrencyRate=None,
        accountNumber=None,
        fees=[],
        _order=order["id"],
        _amount=amount,
        _parent=None,
        _final=False,
    )
    row.update(fields)
    order["_transactions"].append(row["id"])
    return row


FORMATTED = {
    "shopify_payments": "Shopify Payments",
    "gift_card": "Gift Card",
    "manual": "Manual",
    "mada": "mada",
}


def pay_order(store: Store, order: Row, payment: str | list[Row], paid: str) -> None:
    total = Figures(store, order).total()
    rows = [{"gateway": payment}] if isinstance(payment, str) else payment
    order["_gateways"] = list(dict.fromkeys(str(r["gateway"]) for r in rows)) if total or rows[1:] else []
    left = total
    for row in rows:
        amount = min(left, decimal_of(row["amount"])) if row.get("amount") is not None else left
        if not amount and total:
            continue
        if not total:
            return
        _pay_one(store, order, row, amount, paid)
        left -= amount if row.get("status", "SUCCESS") == "SUCCESS" else ZERO


def _pay_one(store: Store, order: Row, row: Row, amount: Decimal, paid: str) -> None:
    gateway = str(row["gateway"])
    if gateway == "gift_card":
        add_transaction(store, order, "SALE", amount, gateway)
        return
    state = paid or ("pending" if gateway in MANUAL or order["_terms"] else "paid")
    if order["_terms"] and not paid:
        return
    status = str(row.get("status", "PENDING" if state == "pending" else "SUCCESS"))
    if state in ("authorized", "expired"):
        made = add_transaction(store, order, "AUTHORIZATION", amount, gateway, status=status)
        days = -1 if state == "expired" else 7
        made["authorizationExpiresAt"] = store.stamp(store.clock.now() + days * 86400)
        return
    if state == "partially":
        amount = rounded(amount / 2, store.options.zeros(order["_currency"]))
    add_transaction(store, order, str(row.get("kind", "SALE")), amount, gateway, status=status)
