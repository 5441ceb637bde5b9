"""Customers: made, filled in, linked to the shops that know them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, models, transaction

from ecomsync.common.sql import insert_rows
from erp.customer_keys import clean_tax_number, normalise_email, normalise_phone, plain_text
from erp.errors import DuplicateMismatch
from erp.inputs import ADDRESS_KEYS, CustomerInput
from erp.models import AddressKind, Customer, CustomerAddress, CustomerType, ExternalReference
from erp.services import numbering
from erp.states import DocumentType

#: What staff keep; a shop never changes it.
_KEPT = frozenset(
    {
        "customer_group",
        "price_list",
        "payment_terms_days",
        "remarks",
        "legal_entity",
        "branch",
        "currency",
        "marketing_consent",
    }
)
_NAMES = ("name1", "name2", "customer_type")


def _values(data: CustomerInput) -> dict[str, Any]:
    return {
        "name1": data.name1.strip()[:255],
        "name2": data.name2.strip()[:255],
        "customer_type": data.customer_type,
        "email": normalise_email(data.email),
        "phone": data.phone.strip()[:40],
        "mobile": normalise_phone(data.mobile or data.phone, data.country),
        "tax_reg_no": clean_tax_number(data.tax_reg_no),
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
    wanted = NewCustomer(data, billing_address or {}, shipping_address or {}, system, external_id)
    try:
        with transaction.atomic():
            [customer] = create_customers(wanted=[wanted])
    except IntegrityError:
        known = _referenced(system, external_id) if system and external_id else None
        if known is None:
            raise
        return known
    return customer


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What `create_customers` is told of one customer: see `create_customer`."""

    data: CustomerInput
    billing_address: Mapping[str, str]
    shipping_address: Mapping[str, str]
    system: str = ""
    external_id: str = ""


@transaction.atomic(savepoint=False)
def create_customers(*, wanted: Sequence[NewCustomer]) -> list[Customer]:
    """New customers with their codes in this order, in a handful of statements, all or none.

    Raises IntegrityError when another worker has just made one of them.
    """
    uncoded = [entry for entry in wanted if not entry.data.code]
    numbers = numbering.next_numbers([numbering.NumberWish(DocumentType.CUSTOMER)] * len(uncoded))
    codes = iter(numbers)
    made = [_new(entry.data, entry.data.code or next(codes)) for entry in wanted]
    insert_rows(made)
    insert_rows(
        [
            ExternalReference(
                model_label=Customer._meta.label_lower,
                object_id=customer.pk,
                system=entry.system,
                external_id=entry.external_id,
            )
            for customer, entry in zip(made, wanted, strict=True)
            if entry.system and entry.external_id
        ]
    )
    addresses = [
        _new_addresses(
            customer,
            _wanted_addresses(entry.billing_address, entry.shipping_address),
            present=(),
            defaults=(),
        )
        for customer, entry in zip(made, wanted, strict=True)
    ]
    insert_rows([row for rows in addresses for row in rows])
    return made


def _new(data: CustomerInput, code: str) -> Customer:
    customer = Customer(
        code=code.strip().upper(),
        is_guest=data.is_guest,
        credit_limit=data.credit_limit,
        credit_check=data.credit_check,
        **_values(data),
    )
    customer.normalise()
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

    Terms that staff keep (group, price list, credit, payment terms, block, remarks) are left alone. Somebody who buys
    for a company does not rename it, and a guest, whom nobody has verified, fills in no more than what is missing.
    """
    changed = []
    for name, value in _changes(customer, data).items():
        if getattr(customer, name) != value:
            setattr(customer, name, value)
            changed.append(name)
    if changed:
        customer.save(update_fields=[*changed, "updated_at"])
    added = save_addresses(customer=customer, billing=billing_address, shipping=shipping_address)
    return bool(changed) or bool(added)


def _changes(customer: Customer, data: CustomerInput) -> dict[str, Any]:
    values = {name: value for name, value in _values(data).items() if value and name not in _KEPT}
    was_company = customer.customer_type == CustomerType.COMPANY
    is_company = data.customer_type == CustomerType.COMPANY
    only_missing = (was_company and not is_company) or (data.is_guest and not customer.is_guest)
    if only_missing:
        names_stand = bool(customer.name1 or customer.name2)
        return {
            name: value
            for name, value in values.items()
            if not getattr(customer, name) and not (name in _NAMES and names_stand)
        }
    if is_company and values.get("name1"):
        values["name2"] = ""  # a company stands in name 1 alone; the person's name stays on the addresses
    return values


@transaction.atomic
def save_addresses(
    *, customer: Customer, billing: Mapping[str, str] | None = None, shipping: Mapping[str, str] | None = None
) -> list[CustomerAddress]:
    """Add addresses that the customer does not have yet; the first of a kind is its default until staff choose another.

    Two spellings of one address (capitals, spaces, punctuation, Arabic or Latin digits) are one.
    """
    wanted = _wanted_addresses(billing, shipping)
    if not _missing(customer, wanted):
        return []
    # Two orders of one customer may bring the same new address at once: the second finds what the first added.
    Customer.objects.select_for_update().only("pk").get(pk=customer.pk)
    present = list(customer.addresses.all())
    defaults = {row.kind for row in present if row.is_default}
    return CustomerAddress.objects.bulk_create(
        _new_addresses(customer, _missing(customer, wanted), present=present, defaults=defaults)
    )


def _wanted_addresses(
    billing: Mapping[str, str] | None, shipping: Mapping[str, str] | None
) -> list[tuple[str, dict[str, str]]]:
    return [
        (kind, _address_values(address))
        for kind, address in ((AddressKind.BILLING, billing), (AddressKind.SHIPPING, shipping))
        if address and any(address.values())
    ]


def _new_addresses(
    customer: Customer,
    wanted: Sequence[tuple[str, dict[str, str]]],
    *,
    present: Sequence[CustomerAddress],
    defaults: Collection[str],
) -> list[CustomerAddress]:
    return [
        CustomerAddress(
            customer=customer,
            kind=kind,
            is_default=kind not in defaults,
            line_no=len(present) + number,
            **values,
        )
        for number, (kind, values) in enumerate(wanted, start=1)
    ]


def _missing(
    customer: Customer, wanted: Sequence[tuple[str, dict[str, str]]]
) -> list[tuple[str, dict[str, str]]]:
    if not wanted:
        return []
    rows = CustomerAddress.objects.filter(customer=customer).values_list("kind", *ADDRESS_KEYS)
    known = {(kind, address_fingerprint(dict(zip(ADDRESS_KEYS, row, strict=True)))) for kind, *row in rows}
    return [(kind, values) for kind, values in wanted if (kind, address_fingerprint(values)) not in known]


def address_fingerprint(address: Mapping[str, str]) -> str:
    """The same for all spellings of one address: letters and digits only, no capitals, Latin digits, E.164."""
    phone = str(address.get("phone") or "")
    values = {**address, "phone": normalise_phone(phone, str(address.get("country") or "")) or phone}
    parts = []
    for key in ADDRESS_KEYS:
        text = plain_text(str(values.get(key) or "")).casefold()
        parts.append("".join(_digit(char) for char in text if char.isalnum()))
    return "|".join(parts)


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


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
    """Remember under which id a shop knows the customer, who is no guest then.

    An id whose customer is inactive or gone moves on. Raises DuplicateMismatch when it is another active customer's.
    """
    label = Customer._meta.label_lower
    reference, _ = ExternalReference.objects.get_or_create(
        system=system, model_label=label, external_id=external_id, defaults={"object_id": customer.pk}
    )
    if reference.object_id != customer.pk:
        if Customer.objects.filter(pk=reference.object_id, active=True).exists():
            raise DuplicateMismatch(
                f"Customer id {external_id} of {system} belongs to customer row {reference.object_id}.",
                cure="Merge the two customers, or remove the wrong external reference.",
                site=system,
                item=external_id,
            )
        reference.object_id = customer.pk
        reference.save(update_fields=["object_id", "updated_at"])
    if customer.is_guest:
        customer.is_guest = False
        customer.save(update_fields=["is_guest", "updated_at"])
