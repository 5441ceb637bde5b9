"""Customers of the ERP as sheets for a shop, and which of them it is to be told of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from erp.models import AddressKind, Customer, CustomerAddress, CustomerType, ExternalReference
from erp.models.parties import Blocked
from linking.models import SentCustomer
from platforms.types import CustomerSheet, RemoteAddress
from sites.models import Site


@dataclass(frozen=True, slots=True)
class CustomerEntry:
    """A sheet and what it was made from. sent: what the shop was told before."""

    customer: Customer
    sheet: CustomerSheet
    fingerprint: str
    newest_address: int
    looked_at: datetime
    sent: SentCustomer | None

    @property
    def is_known(self) -> bool:
        """Whether the shop has accepted this very sheet last."""
        return self.sent is not None and self.sent.fingerprint == self.fingerprint

    @property
    def is_new(self) -> bool:
        return self.sent is None or not self.sent.fingerprint


def customers_for(site: Site, *, changed: bool) -> QuerySet[Customer]:
    """Those that the shop is told of: no guests, nobody whose data are erased, and of the inactive ones only whom it
    knows as active. changed: only what changed since it was looked at last, addresses that came later included."""
    sent = SentCustomer.objects.filter(site=site, customer=OuterRef("pk"))
    customers = Customer.objects.filter(is_guest=False, erased_at=None)
    if site.default_customer_id is not None:
        customers = customers.exclude(pk=site.default_customer_id)
    customers = customers.filter(Q(active=True) | Exists(sent.exclude(fingerprint="")))
    if not changed:
        return customers
    newer = CustomerAddress.objects.filter(customer=OuterRef("customer"), pk__gt=OuterRef("newest_address"))
    stands = sent.filter(looked_at__gt=OuterRef("updated_at")).exclude(Exists(newer))
    return customers.exclude(Exists(stands))


def entries_of(site: Site, ids: Sequence[int]) -> list[CustomerEntry]:
    """The sheets of these customers, in this order; four statements."""
    looked_at = timezone.now()
    customers = Customer.objects.prefetch_related("addresses").in_bulk(ids)
    sent = {row.customer_id: row for row in SentCustomer.objects.filter(site=site, customer__in=ids)}
    known = _known_ids(site, ids)
    return [
        _entry(customers[pk], known.get(pk, ""), looked_at, sent.get(pk)) for pk in ids if pk in customers
    ]


def _known_ids(site: Site, ids: Collection[int]) -> Mapping[int, str]:
    """Under which id the shop knows them; of several the newest."""
    rows = ExternalReference.objects.filter(
        system=site.code, model_label=Customer._meta.label_lower, object_id__in=ids
    )
    return dict(rows.order_by("pk").values_list("object_id", "external_id"))


def _entry(
    customer: Customer, remote_id: str, looked_at: datetime, sent: SentCustomer | None
) -> CustomerEntry:
    addresses = sorted(customer.addresses.all(), key=lambda row: row.pk)
    sheet = _sheet(customer, addresses, remote_id)
    content = asdict(replace(sheet, key="", remote_id=""))
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    newest = addresses[-1].pk if addresses else 0
    return CustomerEntry(customer, sheet, fingerprint, newest, looked_at, sent)


def _sheet(customer: Customer, addresses: Sequence[CustomerAddress], remote_id: str) -> CustomerSheet:
    is_company = customer.customer_type == CustomerType.COMPANY
    return CustomerSheet(
        key=str(customer.pk),
        code=customer.code,
        email=customer.email,
        first_name="" if is_company else customer.name1,
        last_name="" if is_company else customer.name2,
        company=customer.name1 if is_company else "",
        tax_number=customer.tax_reg_no,
        phone=customer.phone,
        mobile=customer.mobile,
        active=customer.active and customer.blocked != Blocked.ALL,
        address=_invoices_go_to(addresses),
        remote_id=remote_id,
    )


def _invoices_go_to(addresses: Sequence[CustomerAddress]) -> RemoteAddress | None:
    """The default address of invoices, else one of them, else the default of shipments."""
    if not addresses:
        return None
    row = min(addresses, key=lambda one: (one.kind != AddressKind.BILLING, not one.is_default, one.pk))
    return RemoteAddress(
        first_name=row.name,
        company=row.company,
        line1=row.line1,
        line2=row.line2,
        city=row.city,
        region=row.region,
        postal_code=row.postal_code,
        country=row.country,
        phone=row.phone,
        email=row.email,
    )


def keep_looked_at(site: Site, entries: Sequence[tuple[CustomerEntry, str]]) -> None:
    """What the shop has of each now: the entry and the fingerprint that it took, empty when it took none."""
    SentCustomer.objects.bulk_create(
        [
            SentCustomer(
                site=site,
                customer=entry.customer,
                fingerprint=fingerprint,
                looked_at=entry.looked_at,
                newest_address=entry.newest_address,
            )
            for entry, fingerprint in entries
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["site", "customer"],
        update_fields=["fingerprint", "looked_at", "newest_address"],
    )
