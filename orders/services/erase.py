"""Taking a person out of the orders of the shops: what was sold stays, who bought it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Q, QuerySet

from activity.masking import mask_personal, mask_text
from activity.models import Event
from activity.services.erase import empty_calls, mask_records
from erp.errors import CustomerBusy
from erp.models import Customer
from erp.services.erase import place_only
from orders.models import (
    Order,
    OrderComparison,
    OrderHold,
    OrderLine,
    OrderOutbox,
    OrderVersion,
    ReturnOrder,
)
from orders.signals import orders_erased
from orders.states import OPEN_OUTBOX_STATES, OrderState

_WAITING = (OrderState.NEW, OrderState.READY, OrderState.HELD, OrderState.FAILED)
BATCH = 200


def orders_of(customer: Customer, accounts: Sequence[tuple[str, str]]) -> QuerySet[Order]:
    """The customer's orders: with documents, of the accounts in the shops, and guests' of the same e-mail."""
    found = Q(erp_customer=customer) | Q(sales_order__customer=customer)
    for system, external_id in accounts:
        found |= Q(site__code=system, remote_customer_id=external_id[:100])
    if customer.email:
        found |= Q(erp_customer=None, sales_order=None, customer_email=customer.email)
    return Order.objects.filter(found)


def erase_orders(*, customer: Customer, accounts: Sequence[tuple[str, str]]) -> int:
    """Erase the person in orders, returns, versions and the records of them. Returns how many orders.

    Raises CustomerBusy while one of them waits to be imported, or has something to tell the shop.
    """
    orders = list(orders_of(customer, accounts).select_related("site").order_by("pk"))
    sites = {system for system, _id in accounts}
    words = {customer.email, customer.phone, customer.mobile}
    return erase_these(orders, who=customer.code, sites=sites, words=words)


def erase_these(
    orders: Sequence[Order], *, who: str, sites: Collection[str] = (), words: Collection[str] = ()
) -> int:
    """The same for orders that are given, of a buyer who is no customer of ours.

    who: how a refusal names the buyer; sites: codes of further sites whose calls may name him; words: further e-mails and
    phone numbers of his.
    """
    _refuse_waiting(who, orders)
    words = _words(words, orders)
    for order in orders:
        _erase(order)
    Order.objects.bulk_update(orders, [*_TEXTS, *_ADDRESSES, "raw", "decisions"], batch_size=BATCH)
    keys = [order.pk for order in orders]
    returns = list(ReturnOrder.objects.filter(order__in=keys))
    ReturnOrder.objects.filter(order__in=keys).update(raw={}, reason="")
    OrderVersion.objects.filter(order__in=keys).delete()
    OrderComparison.objects.filter(order__in=keys).delete()
    OrderLine.objects.filter(order__in=keys).exclude(attributes={}).update(attributes={})
    _mask_details(keys)
    events = Event.objects.filter(subject_type="orders.order", subject_id__in=[str(key) for key in keys])
    traces = set(events.values_list("trace_id", flat=True)) | {order.trace_id for order in orders}
    mask_records([*orders, *returns], drop=("decisions", "reason"))
    empty_calls(traces=traces, site_codes={order.site.code for order in orders} | set(sites), words=words)
    by_site: dict[int, list[str]] = defaultdict(list)
    for order in orders:
        by_site[order.site_id].append(order.remote_id)
    for site_id, remote_ids in by_site.items():
        orders_erased.send(sender=Order, site_id=site_id, remote_ids=remote_ids)
    return len(orders)


_TEXTS = (
    "remote_customer_id",
    "customer_email",
    "customer_name",
    "customer_phone",
    "customer_company",
    "customer_tax_number",
    "note",
)
_ADDRESSES = ("billing_address", "shipping_address")


def _refuse_waiting(who: str, orders: Sequence[Order]) -> None:
    waiting = next((order for order in orders if order.state in _WAITING and not order.is_imported), None)
    if waiting is None:
        unsent = OrderOutbox.objects.filter(order__in=orders, state__in=OPEN_OUTBOX_STATES).first()
        waiting = unsent.order if unsent else None
    if waiting is not None:
        raise CustomerBusy(
            f"Order {waiting} of customer {who} still waits.",
            item=who,
            site=waiting.site.code,
        )


def _words(known: Collection[str], orders: Sequence[Order]) -> set[str]:
    """What tells the person in a stored answer of a shop: e-mails and phone numbers as they were written."""
    found = set(known)
    for order in orders:
        found |= {order.customer_email, order.customer_phone}
        for address in (order.billing_address, order.shipping_address):
            found |= {str(address.get("email") or ""), str(address.get("phone") or "")}
    return {word for word in found if len(word) >= 6}


def _erase(order: Order) -> None:
    for name in _TEXTS:
        setattr(order, name, "")
    for name in _ADDRESSES:
        setattr(order, name, place_only(getattr(order, name)))
    order.raw = {}
    order.decisions = [
        {**entry, "source": ""} if entry.get("what") == "customer" else entry for entry in order.decisions
    ]


def _mask_details(keys: Sequence[int]) -> None:
    holds = list(OrderHold.objects.filter(order__in=keys))
    for hold in holds:
        hold.subject, hold.params = mask_text(hold.subject), mask_personal(hold.params)
    OrderHold.objects.bulk_update(holds, ["subject", "params"], batch_size=BATCH)
    messages = list(OrderOutbox.objects.filter(order__in=keys))
    for message in messages:
        message.payload = mask_personal(message.payload)
    OrderOutbox.objects.bulk_update(messages, ["payload"], batch_size=BATCH)
