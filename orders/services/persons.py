"""A buyer as a shop names him: what we hold of him, told or erased when the shop asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict

from activity.services import record_event
from ecomsync.common.errors import PermanentError
from erp.models import Customer, ExternalReference, SalesInvoice
from erp.services.erase import erase_customer, erase_documents
from orders.models import Order, ReturnOrder
from orders.services.erase import erase_these
from platforms.types import PersonNamed
from sites.models import Site

_CUSTOMER_FIELDS = (
    "code",
    "name1",
    "name2",
    "customer_type",
    "tax_reg_no",
    "email",
    "phone",
    "mobile",
    "language",
    "description1",
    "description2",
    "description3",
    "remarks",
    "marketing_consent",
)
_ORDER_FIELDS = (
    "number",
    "remote_id",
    "created_remote",
    "remote_customer_id",
    "customer_name",
    "customer_email",
    "customer_phone",
    "customer_company",
    "customer_tax_number",
    "billing_address",
    "shipping_address",
    "note",
    "grand_total",
    "currency",
)


@dataclass(frozen=True, slots=True)
class Held:
    """What we hold of a person: `own` are customers that are nobody else, `orders` all of the shop's orders."""

    own: Sequence[Customer]
    orders: Sequence[Order]

    def __bool__(self) -> bool:
        return bool(self.own or self.orders)


@dataclass(slots=True)
class Erased:
    customers: list[str] = field(default_factory=list)
    orders: int = 0


def held_of(*, site: Site, person: PersonNamed) -> Held:
    """By the shop's number of the account, by the orders that it names, and by the e-mail address.

    A customer that buyers share, as guests may, is nobody's own.
    """
    orders = list(_orders_of(site, person).select_related("site", "erp_customer", "sales_order__customer"))
    accounts = ExternalReference.objects.filter(
        model_label=Customer._meta.label_lower, system=site.code, external_id=person.customer_id
    )
    linked = set(accounts.values_list("object_id", flat=True)) if person.customer_id else set()
    known: dict[int, Customer] = {}
    for order in orders:
        for customer in (order.erp_customer, order.sales_order.customer if order.sales_order else None):
            if customer is not None:
                known[customer.pk] = customer
    wanted = _fold(person.email)
    own = {key for key, customer in known.items() if wanted and _fold(customer.email) == wanted} | linked
    own.discard(site.default_customer_id or 0)
    rows = Customer.objects.filter(pk__in=own, erased_at=None).order_by("pk")
    return Held(list(rows.prefetch_related("addresses")), orders)


@transaction.atomic
def erase_person(*, site: Site, person: PersonNamed, actor: object = None) -> Erased:
    """Erase the buyer's customer and whatever orders of this shop are left, with their documents. All or nothing.

    Raises CustomerBusy; PermanentError for a customer that is one of another shop too, which staff must judge.
    """
    held = held_of(site=site, person=person)
    done = Erased()
    for customer in held.own:
        _refuse_shared(customer, site)
        erase_customer(customer=customer, actor=actor)
        done.customers.append(customer.code)
    keys = [order.pk for order in held.orders]
    left = [order for order in _present(keys) if order.customer_email or order.customer_name or order.raw]
    shared = {order.sales_order_id for order in left if order.sales_order_id}
    if shared:
        erase_documents(sales_orders=shared, who=_named(person))
    erase_these(left, who=_named(person), sites={site.code}, words={person.email})
    for order in left:
        record_event(kind="customer.erased", site_code=site.code, subject=order, level="warning", actor=actor)
    done.orders = len(keys)
    return done


def erase_buyers(*, site: Site, actor: object = None) -> tuple[int, dict[str, str]]:
    """Erase every buyer of the shop, each on its own. How many were erased, and buyer -> why not."""
    rows = Order.objects.filter(site=site).exclude(customer_email="", remote_customer_id="", customer_name="")
    named = rows.order_by("remote_customer_id", "customer_email").values_list(
        "remote_customer_id", "customer_email"
    )
    accounts = ExternalReference.objects.filter(
        model_label=Customer._meta.label_lower, system=site.code
    ).values_list("external_id", flat=True)
    persons = {PersonNamed(customer_id=account) for account in accounts}
    persons |= {
        PersonNamed(customer_id=account, email=email)
        for account, email in named.distinct()
        if account or email
    }
    persons |= {
        PersonNamed(order_ids=(remote_id,))
        for remote_id in rows.filter(remote_customer_id="", customer_email="").values_list(
            "remote_id", flat=True
        )
    }
    count, refused = 0, dict[str, str]()
    for person in sorted(persons, key=lambda one: (one.customer_id, one.email, one.order_ids)):
        try:
            erased = erase_person(site=site, person=person, actor=actor)
        except PermanentError as error:
            refused[_named(person)] = str(error)
            continue
        count += bool(erased.customers or erased.orders)
    return count, refused


def personal_data(*, site: Site, person: PersonNamed) -> dict[str, Any]:
    """All that we hold of a buyer, for the copy that he may ask for: customers, orders and the invoices' addresses."""
    held = held_of(site=site, person=person)
    sales_orders = [order.sales_order_id for order in held.orders if order.sales_order_id]
    invoices = SalesInvoice.objects.filter(Q(customer__in=held.own) | Q(order__in=sales_orders)).order_by(
        "pk"
    )
    return {
        "shop": site.code,
        "customer_id": person.customer_id,
        "customers": [
            {
                **{name: getattr(customer, name) for name in _CUSTOMER_FIELDS},
                "addresses": [
                    model_to_dict(address, exclude=("id", "customer", "line_no"))
                    for address in customer.addresses.all()
                ],
            }
            for customer in held.own
        ],
        "orders": [
            {
                **{name: getattr(order, name) for name in _ORDER_FIELDS},
                "lines": list(order.lines.values("sku", "name", "quantity", "net", "tax", "attributes")),
            }
            for order in held.orders
        ],
        "returns": list(
            ReturnOrder.objects.filter(order__in=held.orders)
            .order_by("pk")
            .values("number", "total", "reason")
        ),
        "invoices": list(invoices.values("number", "kind", "grand_total", "currency", "billing_address")),
    }


def _orders_of(site: Site, person: PersonNamed) -> QuerySet[Order]:
    found = Q(pk__in=())
    if person.customer_id:
        found |= Q(remote_customer_id=person.customer_id)
    if person.order_ids:
        found |= Q(remote_id__in=person.order_ids)
    if person.email:
        found |= Q(customer_email__iexact=person.email)
    return Order.objects.filter(found, site=site).order_by("pk")


def _present(keys: Sequence[int]) -> list[Order]:
    return list(Order.objects.filter(pk__in=keys).select_related("site").order_by("pk"))


def _refuse_shared(customer: Customer, site: Site) -> None:
    elsewhere = (
        ExternalReference.objects.filter(model_label=Customer._meta.label_lower, object_id=customer.pk)
        .exclude(system=site.code)
        .values_list("system", flat=True)
        .first()
    )
    if elsewhere is not None:
        raise PermanentError(
            f"Customer {customer.code} is known to {elsewhere} too.",
            code="customer_of_others",
            cure="If he is to be forgotten everywhere, press 'Erase personal data' on his page; then replay the event.",
            item=customer.code,
            site=site.code,
        )


def _named(person: PersonNamed) -> str:
    """Whom a sentence is about, without saying who he is."""
    return person.customer_id or (
        f"of order {person.order_ids[0]}" if person.order_ids else "without account"
    )


def _fold(email: str) -> str:
    return email.strip().casefold()
