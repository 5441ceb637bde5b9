"""Who bought: matched in the site's order of keys under a lock, created or updated by its switches."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import connection

from erp.inputs import CustomerInput
from erp.models import Customer, CustomerType
from erp.selectors.customers import customer_by_reference, find_customer
from erp.services.customers import create_customer, link_customer, normalise_phone, update_customer
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.intake import address_json, clean_text
from orders.services.plan import OrderPlan
from platforms.types import RemoteOrder
from sites.choices import CustomerMatch

_KEYS = {
    CustomerMatch.PLATFORM_ID: "external_id",
    CustomerMatch.EMAIL: "email",
    CustomerMatch.PHONE: "phone",
    CustomerMatch.TAX_NUMBER: "tax_reg_no",
}


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """What was decided; nothing is written yet. `customer` is None when one must be created from `data`."""

    customer: Customer | None
    data: CustomerInput
    is_default: bool = False
    is_linked: bool = False

    @property
    def group_code(self) -> str:
        group = self.customer.customer_group if self.customer else None
        return group.code if group else ""


def choose_customer(plan: OrderPlan, context: ImportContext) -> CustomerChoice | None:
    """Find the customer, or decide to create one. None with a hold when neither is allowed.

    Takes the lock on the customer's keys, held until the transaction ends: two first orders of one new customer
    come one after the other, and the second finds what the first made.
    """
    site, remote = context.site, plan.remote
    data = customer_data(remote, context)
    anonymous = remote.customer.is_guest and not data.tax_reg_no
    if anonymous and site.default_customer is not None:
        plan.decide("customer", data.email, site.default_customer.code, "guest")
        return CustomerChoice(site.default_customer, data, is_default=True)
    keys = [_KEYS[CustomerMatch(key)] for key in site.customer_match_by]
    system, external_id = site.code, remote.customer.remote_id[:150]
    lock_keys([f"{site.code}:{external_id}" if external_id else "", data.email, data.mobile, data.tax_reg_no])
    known = customer_by_reference(system=system, external_id=external_id) if external_id else None
    found, key = _first_match(keys, data, known)
    if found is not None:
        plan.decide("customer", data.email or data.mobile, found.code, key)
        return CustomerChoice(found, data, is_linked=known is not None)
    if site.create_customer_if_not_exist:
        plan.decide("customer", data.email or data.mobile, "", "created")
        return CustomerChoice(None, data)
    if site.default_customer is not None:
        plan.decide("customer", data.email or data.mobile, site.default_customer.code, "default")
        return CustomerChoice(site.default_customer, data, is_default=True)
    code = HoldCode.MISSING_DEFAULT_CUSTOMER if anonymous else HoldCode.UNKNOWN_CUSTOMER
    plan.hold(code, subject=data.email or data.mobile or data.name1)
    return None


def _first_match(keys: list[str], data: CustomerInput, known: Customer | None) -> tuple[Customer | None, str]:
    """The customer that the first fitting key leads to, and which key that was."""
    for key in keys:
        found = known
        if key != "external_id":
            found = find_customer(
                match_by=[key], email=data.email, mobile=data.mobile, tax_reg_no=data.tax_reg_no
            )
        if found is not None:
            return found, key
    return None, ""


def settle_customer(choice: CustomerChoice, remote: RemoteOrder, context: ImportContext) -> Customer:
    """The customer of the documents: created or updated as the site's switches say."""
    site = context.site
    billing, shipping = address_json(remote.billing), address_json(remote.shipping)
    external_id = remote.customer.remote_id[:150]
    if choice.customer is None:
        return create_customer(
            data=choice.data,
            billing_address=billing,
            shipping_address=shipping,
            system=site.code if external_id else "",
            external_id=external_id,
        )
    if choice.is_default:
        return choice.customer
    if external_id and not choice.is_linked:
        link_customer(customer=choice.customer, system=site.code, external_id=external_id)
    if site.update_customer_if_exist:
        update_customer(
            customer=choice.customer, data=choice.data, billing_address=billing, shipping_address=shipping
        )
    return choice.customer


def customer_data(remote: RemoteOrder, context: ImportContext) -> CustomerInput:
    """The buyer as the ERP keeps customers: a company stands in name 1, a person has first and last name."""
    buyer, site = remote.customer, context.site
    country = remote.billing.country or remote.shipping.country
    company = clean_text(buyer.company or remote.billing.company, 255).strip()
    tax_number = clean_text(buyer.tax_number, 40).strip()
    first = clean_text(buyer.first_name or remote.billing.first_name, 255).strip()
    last = clean_text(buyer.last_name or remote.billing.last_name, 255).strip()
    email = clean_text(buyer.email or remote.billing.email, 254).strip().lower()
    phone = clean_text(buyer.phone or remote.billing.phone or remote.shipping.phone, 40).strip()
    is_company = bool(company)
    name1, name2 = (company, "") if is_company else (first, last)
    return CustomerInput(
        name1=name1 or (email or phone or f"{site.code} {remote.number}" if not name2 else ""),
        name2=name2,
        customer_type=CustomerType.COMPANY if is_company else CustomerType.INDIVIDUAL,
        email=email,
        phone=phone,
        mobile=normalise_phone(phone, country) if phone else "",
        country=country,
        tax_reg_no=tax_number,
        currency=remote.currency,
        language=clean_text(buyer.language, 10),
        is_guest=buyer.is_guest,
        legal_entity=site.legal_entity,
        branch=site.branch,
    )


def lock_keys(keys: list[str]) -> None:
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
