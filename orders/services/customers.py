"""Who bought: matched in the site's order of keys under a lock, created or updated by its switches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from erp.customer_keys import TaxNumber, clean_tax_number, normalise_email, normalise_phone
from erp.inputs import CustomerInput
from erp.models import Customer, CustomerType
from erp.selectors.customer_match import (
    EMAIL,
    EXTERNAL_ID,
    PHONE,
    TAX,
    Buyer,
    KnownCustomers,
    Match,
    match_customer,
)
from erp.services.customers import NewCustomer, create_customer, link_customer, update_customer
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.intake import address_json, clean_text
from orders.services.plan import OrderPlan
from platforms.types import RemoteOrder
from sites.choices import CustomerMatch
from sites.models import Site

_KEYS = {
    CustomerMatch.PLATFORM_ID: EXTERNAL_ID,
    CustomerMatch.EMAIL: EMAIL,
    CustomerMatch.PHONE: PHONE,
    CustomerMatch.TAX_NUMBER: TAX,
}


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """What was decided; nothing is written yet. `customer` is None when one must be created from `data`.

    link: whether the shop's id of the account is to lead to the customer from now on. is_settled: all of that is done.
    """

    customer: Customer | None
    data: CustomerInput
    is_default: bool = False
    link: bool = False
    is_settled: bool = False

    @property
    def group_code(self) -> str:
        group = self.customer.customer_group if self.customer else None
        return group.code if group else ""


@dataclass(frozen=True, slots=True)
class Purchaser:
    """Who bought, read from the order: the customer to be made of it, and the keys it is found by."""

    data: CustomerInput
    buyer: Buyer
    is_anonymous: bool

    @property
    def name(self) -> str:
        data = self.data
        return data.email or data.mobile or data.tax_reg_no or data.name1


def purchaser_of(remote: RemoteOrder, context: ImportContext) -> Purchaser:
    """Read the buyer of an order; nothing is looked for yet."""
    data = customer_data(remote, context)
    anonymous = remote.customer.is_guest and not data.tax_reg_no
    return Purchaser(data, _buyer(remote, data, context.site), anonymous)


def locked_keys_of(purchaser: Purchaser, site: Site) -> list[str]:
    """The keys to be locked before the customer is looked for; none for guests on the default customer."""
    if purchaser.is_anonymous and site.default_customer is not None:
        return []
    return keys_of(purchaser.buyer)


def choose_customer(plan: OrderPlan, context: ImportContext) -> CustomerChoice | None:
    """Find the customer, or decide to create one. None with a hold when neither is allowed, or several fit.

    Takes the lock on the customer's keys, held until the transaction ends: two first orders of one new customer
    come one after the other, and the second finds what the first made.
    """
    purchaser = purchaser_of(plan.remote, context)
    lock_keys(locked_keys_of(purchaser, context.site))
    return decide_customer(plan, context, purchaser, KnownCustomers())


def decide_customer(
    plan: OrderPlan, context: ImportContext, purchaser: Purchaser, known: KnownCustomers
) -> CustomerChoice | None:
    """`choose_customer` for a buyer whose keys are locked."""
    site, data, buyer = context.site, purchaser.data, purchaser.buyer
    if purchaser.is_anonymous and site.default_customer is not None:
        plan.decide("customer", data.email, site.default_customer.code, "guest")
        return CustomerChoice(site.default_customer, data, is_default=True)
    match_by = [_KEYS[CustomerMatch(key)] for key in site.customer_match_by]
    match = match_customer(match_by=match_by, buyer=buyer, known=known)
    if match.candidates:
        _hold_ambiguous(plan, match, buyer)
        return None
    link = _may_link(buyer, match, known)
    if match.customer is not None:
        plan.decide("customer", purchaser.name, match.customer.code, match.key)
        return CustomerChoice(match.customer, data, link=link)
    if site.create_customer_if_not_exist:
        plan.decide("customer", purchaser.name, "", "created")
        return CustomerChoice(None, data, link=link)
    if site.default_customer is not None:
        plan.decide("customer", purchaser.name, site.default_customer.code, "default")
        return CustomerChoice(site.default_customer, data, is_default=True)
    code = HoldCode.MISSING_DEFAULT_CUSTOMER if purchaser.is_anonymous else HoldCode.UNKNOWN_CUSTOMER
    plan.hold(code, subject=purchaser.name)
    return None


def _buyer(remote: RemoteOrder, data: CustomerInput, site: Site) -> Buyer:
    return Buyer(
        system=site.code,
        external_id=clean_text(remote.customer.remote_id, 150),
        email=data.email,
        mobile=data.mobile,
        tax_reg_no=data.tax_reg_no,
        country=data.country,
        is_guest=data.is_guest,
    )


def _may_link(buyer: Buyer, match: Match, known: KnownCustomers) -> bool:
    """The account leads to nobody yet, or to somebody who was set aside."""
    if not buyer.external_id:
        return False
    if match.key == EXTERNAL_ID:
        return False
    linked = known.by_account(buyer)
    return linked is None or not linked.active


def _hold_ambiguous(plan: OrderPlan, match: Match, buyer: Buyer) -> None:
    subject = {EMAIL: buyer.email, PHONE: buyer.mobile, TAX: buyer.tax_reg_no}[match.key]
    codes = ", ".join(row.code for row in match.candidates[:10])
    plan.hold(HoldCode.AMBIGUOUS_CUSTOMER, subject=subject, message=f"Customers: {codes}.")


def settle_customer(choice: CustomerChoice, remote: RemoteOrder, context: ImportContext) -> Customer:
    """The customer of the documents: created or updated as the site's switches say."""
    site = context.site
    billing, shipping = address_json(remote.billing), address_json(remote.shipping)
    external_id = clean_text(remote.customer.remote_id, 150)
    if choice.customer is None:
        return create_customer(
            data=choice.data,
            billing_address=billing,
            shipping_address=shipping,
            system=site.code if choice.link else "",
            external_id=external_id,
        )
    if choice.is_default or choice.is_settled:
        return choice.customer
    if choice.link:
        link_customer(customer=choice.customer, system=site.code, external_id=external_id)
    if site.update_customer_if_exist:
        update_customer(
            customer=choice.customer, data=choice.data, billing_address=billing, shipping_address=shipping
        )
    return choice.customer


def new_customer_of(choice: CustomerChoice, remote: RemoteOrder, context: ImportContext) -> NewCustomer:
    """The customer to be made for a choice that found none, for `create_customers`."""
    return NewCustomer(
        choice.data,
        address_json(remote.billing),
        address_json(remote.shipping),
        context.site.code if choice.link else "",
        clean_text(remote.customer.remote_id, 150),
    )


def customer_data(remote: RemoteOrder, context: ImportContext) -> CustomerInput:
    """The buyer as the ERP keeps customers: a company stands in name 1, a person has first and last name."""
    buyer, site = remote.customer, context.site
    company = _text(buyer.company or remote.billing.company)
    first = _text(buyer.first_name or remote.billing.first_name)
    last = _text(buyer.last_name or remote.billing.last_name)
    email = normalise_email(clean_text(buyer.email)) or normalise_email(clean_text(remote.billing.email))
    phone, mobile = _phone(remote)
    name1, name2 = (company, "") if company else (first, last)
    if not (name1 or name2):
        name1 = email or phone or f"{site.code} {remote.number}"
    return CustomerInput(
        name1=name1,
        name2=name2,
        customer_type=CustomerType.COMPANY if company else CustomerType.INDIVIDUAL,
        email=email,
        phone=phone,
        mobile=mobile,
        country=remote.billing.country or remote.shipping.country,
        tax_reg_no=clean_tax_number(clean_text(buyer.tax_number)),
        currency=remote.currency,
        language=clean_text(buyer.language, 10),
        is_guest=buyer.is_guest,
        legal_entity=site.legal_entity,
        branch=site.branch,
    )


def _text(text: str) -> str:
    return " ".join(clean_text(text, 255).split())


def _phone(remote: RemoteOrder) -> tuple[str, str]:
    """The number as written and in international form, read by the country of its own address first.

    The first that is a number at all; what is none is kept as text and finds nobody.
    """
    billing, shipping = remote.billing, remote.shipping
    written = [
        (remote.customer.phone, (billing.country, shipping.country)),
        (billing.phone, (billing.country, shipping.country)),
        (shipping.phone, (shipping.country, billing.country)),
    ]
    texts = [(clean_text(text, 40).strip(), countries) for text, countries in written]
    for text, countries in texts:
        mobile = normalise_phone(text, *countries) if text else ""
        if mobile:
            return text, mobile
    return next((text for text, _countries in texts if text), ""), ""


def keys_of(buyer: Buyer) -> list[str]:
    """What two orders of one customer have in common, to be locked before anybody is looked for."""
    account = f"{buyer.system}:{buyer.external_id}" if buyer.external_id else ""
    tax = TaxNumber.read(buyer.tax_reg_no, buyer.country).number
    return [key for key in (account, buyer.email, buyer.mobile, f"tax:{tax}" if tax else "") if key]


def lock_keys(keys: Iterable[str]) -> None:
    """Wait for other transactions that work on one of these keys; always in one order, so never in a circle.

    SQLite has one writer at a time, so a transaction that may write holds this lock already.
    """
    numbers = sorted({_number(key) for key in keys if key})
    if not numbers or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(k) FROM (SELECT unnest(%s::bigint[]) AS k ORDER BY 1 OFFSET 0) keys",
            [numbers],
        )


def _number(key: str) -> int:
    digest = hashlib.blake2b(key.strip().lower().encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
