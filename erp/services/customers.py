"""Customers: made, filled in, found again; phone numbers in one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import phonenumbers
from django.db import IntegrityError, models, transaction

from erp.errors import DuplicateMismatch
from erp.inputs import ADDRESS_KEYS, CustomerInput
from erp.models import AddressKind, Customer, CustomerAddress, ExternalReference
from erp.services import numbering
from erp.states import DocumentType


def normalise_phone(phone: str, country: str = "") -> str:
    """E.164 (+966501234567) when the number is valid in `country` or has its country code; else "" ."""
    try:
        number = phonenumbers.parse(phone, country.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _values(data: CustomerInput) -> dict[str, Any]:
    return {
        "name1": data.name1.strip()[:255],
        "name2": data.name2.strip()[:255],
        "customer_type": data.customer_type,
        "email": data.email.strip().lower()[:254],
        "phone": data.phone.strip()[:40],
        "mobile": normalise_phone(data.mobile or data.phone, data.country),
        "tax_reg_no": data.tax_reg_no.strip()[:40],
        "customer_group": data.customer_group,
        "price_list": data.price_list,
        "currency": data.currency,
        "language": data.language,
        "marketing_consent": data.marketing_consent,
        "payment_terms_days": data.payment_terms_days,
        "legal_entity": data.legal_entity,
        "branch": data.branch,
        "remarks": data.remarks,
    }


@transaction.atomic
def create_customer(
    *,
    data: CustomerInput,
    billing_address: Mapping[str, str] | None = None,
    shipping_address: Mapping[str, str] | None = None,
    system: str = "",
    external_id: str = "",
) -> Customer:
    """A customer with a code of its own (series C-), addresses, and its id in the shop (`system`).

    When another worker has just made the customer with this external id, that one is answered.
    """
    if system and external_id:
        known = _referenced(system, external_id)
        if known is not None:
            return known
    try:
        with transaction.atomic():
            customer = Customer.objects.create(
                code=data.code or numbering.next_number(document_type=DocumentType.CUSTOMER),
                is_guest=data.is_guest,
                credit_limit=data.credit_limit,
                credit_check=data.credit_check,
                **_values(data),
            )
            if system and external_id:
                ExternalReference.objects.create(
                    model_label=Customer._meta.label_lower,
                    object_id=customer.pk,
                    system=system,
                    external_id=external_id,
                )
    except IntegrityError:
        known = _referenced(system, external_id) if system and external_id else None
        if known is None:
            raise
        return known
    save_addresses(customer=customer, billing=billing_address, shipping=shipping_address)
    return customer


def _referenced(system: str, external_id: str) -> Customer | None:
    reference = ExternalReference.objects.filter(
        system=system, model_label=Customer._meta.label_lower, external_id=external_id
    ).first()
    return Customer.objects.filter(pk=reference.object_id).first() if reference else None


@transaction.atomic
def update_customer(
    *,
    customer: Customer,
    data: CustomerInput,
    billing_address: Mapping[str, str] | None = None,
    shipping_address: Mapping[str, str] | None = None,
) -> bool:
    """Take over what the shop knows (empty values change nothing); True when something changed.

    Terms that staff keep (group, price list, credit, payment terms, block, remarks) are left alone.
    """
    kept = {
        "customer_group",
        "price_list",
        "payment_terms_days",
        "remarks",
        "legal_entity",
        "branch",
        "currency",
        "marketing_consent",
    }
    changed = []
    for name, value in _values(data).items():
        if name not in kept and value and getattr(customer, name) != value:
            setattr(customer, name, value)
            changed.append(name)
    if changed:
        customer.save(update_fields=[*changed, "updated_at"])
    added = save_addresses(customer=customer, billing=billing_address, shipping=shipping_address)
    return bool(changed) or bool(added)


@transaction.atomic
def save_addresses(
    *, customer: Customer, billing: Mapping[str, str] | None = None, shipping: Mapping[str, str] | None = None
) -> list[CustomerAddress]:
    """Add addresses the customer does not have yet; the newest of a kind becomes its default."""
    wanted = [
        (kind, _address_values(address))
        for kind, address in ((AddressKind.BILLING, billing), (AddressKind.SHIPPING, shipping))
        if address and any(address.values())
    ]
    if not wanted:
        return []
    present = list(customer.addresses.all())
    added: list[CustomerAddress] = []
    for kind, values in wanted:
        if any(
            row.kind == kind and all(getattr(row, key) == values[key] for key in values) for row in present
        ):
            continue
        row = CustomerAddress(
            customer=customer, kind=kind, is_default=True, line_no=len(present) + 1, **values
        )
        present.append(row)
        added.append(row)
    if added:
        kinds = [row.kind for row in added]
        CustomerAddress.objects.filter(customer=customer, kind__in=kinds, is_default=True).update(
            is_default=False
        )
        CustomerAddress.objects.bulk_create(added)
    return added


def _address_values(address: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for key in ADDRESS_KEYS:
        field = CustomerAddress._meta.get_field(key)
        text = str(address.get(key) or "").strip()
        values[key] = text[: field.max_length] if isinstance(field, models.CharField) else text
    values["country"] = values["country"].upper()
    return values


@transaction.atomic
def link_customer(*, customer: Customer, system: str, external_id: str) -> None:
    """Remember under which id a shop knows the customer. Raises DuplicateMismatch when it is another's."""
    reference, _ = ExternalReference.objects.get_or_create(
        system=system,
        model_label=Customer._meta.label_lower,
        external_id=external_id,
        defaults={"object_id": customer.pk},
    )
    if reference.object_id != customer.pk:
        raise DuplicateMismatch(
            f"Customer id {external_id} of {system} belongs to customer row {reference.object_id}.",
            cure="Merge the two customers, or remove the wrong external reference.",
            site=system,
            item=external_id,
        )
