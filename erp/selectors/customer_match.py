"""Which customer of ours somebody is: found by keys in their order, never by guess.

The rules, in this order:

1. The keys are tried one after the other; the first that leads to anybody decides.
2. Whoever contradicts the buyer is not the buyer, whatever the key: another tax number is another company. A phone
   number alone joins nobody whose e-mail differs where one of both is a guest, nor two accounts of the same shop.
3. Several customers of one key are told apart by the other keys, then a customer with an account goes before guests.
   When several are left the match is ambiguous: nobody is chosen.
4. Inactive customers are found only where no active one is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from erp.customer_keys import TaxNumber
from erp.models import AddressKind, Customer, CustomerAddress, ExternalReference
from erp.selectors.customers import customer_by_reference

EXTERNAL_ID, EMAIL, PHONE, TAX = "external_id", "email", "phone", "tax_reg_no"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of somebody, normalised (erp.customer_keys); empty text means unknown.

    system and external_id: the shop and its id of the account, empty for guests. country: of the address.
    """

    system: str = ""
    external_id: str = ""
    email: str = ""
    mobile: str = ""
    tax_reg_no: str = ""
    country: str = ""
    is_guest: bool = False

    @property
    def tax_number(self) -> TaxNumber:
        return TaxNumber.read(self.tax_reg_no, self.country)


@dataclass(frozen=True, slots=True)
class Match:
    """`customer` is None when nobody was found, or several (`candidates`), by `key`."""

    customer: Customer | None = None
    key: str = ""
    candidates: tuple[Customer, ...] = ()


class KnownCustomers:
    """The customers that buyers may be, read from the database whenever one is asked for."""

    def by_account(self, buyer: Buyer) -> Customer | None:
        """Whom the shop's id of the account leads to."""
        if not (buyer.system and buyer.external_id):
            return None
        return customer_by_reference(system=buyer.system, external_id=buyer.external_id)

    def candidates(self, key: str, buyer: Buyer) -> list[Customer]:
        """All customers with this key of the buyer: accounts first, then the older ones."""
        if key == EXTERNAL_ID:
            found = self.by_account(buyer)
            return [found] if found else []
        if key == EMAIL and buyer.email:
            return self._with("email", [buyer.email])
        if key == PHONE and buyer.mobile:
            return self._with("mobile", [buyer.mobile])
        if key == TAX and buyer.tax_number.number:
            rows = self._with("tax_reg_no", buyer.tax_number.spellings)
            return [row for row in rows if _same_tax_number(row, buyer)]
        return []

    def _with(self, column: str, values: Sequence[str]) -> list[Customer]:
        return _rows(Q(**{f"{column}__in": values}))


class LoadedCustomers(KnownCustomers):
    """The same for a batch of buyers whose keys are locked: all of them are read at once, in three statements."""

    def __init__(self, buyers: Sequence[Buyer]) -> None:
        accounts = {
            (buyer.system, buyer.external_id) for buyer in buyers if buyer.system and buyer.external_id
        }
        references = ExternalReference.objects.filter(
            model_label=Customer._meta.label_lower,
            system__in={system for system, _ in accounts},
            external_id__in={external_id for _, external_id in accounts},
        )
        self._accounts = dict(self._pairs(references)) if accounts else {}
        keys = {
            "email": {buyer.email for buyer in buyers if buyer.email},
            "mobile": {buyer.mobile for buyer in buyers if buyer.mobile},
            "tax_reg_no": {
                text for buyer in buyers if buyer.tax_reg_no for text in buyer.tax_number.spellings
            },
        }
        wanted = Q(pk__in=set(self._accounts.values()))
        for column, values in keys.items():
            if values:
                wanted |= Q(**{f"{column}__in": values})
        self._rows = {row.pk: row for row in _rows(wanted)}

    @staticmethod
    def _pairs(references: QuerySet[ExternalReference]) -> Iterator[tuple[tuple[str, str], int]]:
        for system, external_id, pk in references.values_list("system", "external_id", "object_id"):
            yield (system, external_id), pk

    def add(self, customer: Customer, *, system: str = "", external_id: str = "") -> None:
        """A customer that was made, or an account that was linked, since."""
        self._rows[customer.pk] = customer
        if system and external_id:
            self._accounts[system, external_id] = customer.pk

    def by_account(self, buyer: Buyer) -> Customer | None:
        return self._rows.get(self._accounts.get((buyer.system, buyer.external_id), 0))

    def _with(self, column: str, values: Sequence[str]) -> list[Customer]:
        wanted = set(values)
        found = [row for row in self._rows.values() if getattr(row, column) in wanted]
        return sorted(found, key=lambda row: (row.is_guest, row.pk))


def match_customer(*, match_by: Sequence[str], buyer: Buyer, known: KnownCustomers | None = None) -> Match:
    """Find the customer by the keys "external_id", "email", "phone", "tax_reg_no" in the given order."""
    known = known or KnownCustomers()
    found: dict[str, list[Customer]] = {}
    for active in (True, False):
        for key in match_by:
            if key not in found:
                found[key] = known.candidates(key, buyer)
            rows = [row for row in found[key] if row.active is active and _may_be(row, key, buyer)]
            if len(rows) > 1:
                rows = _tell_apart(rows, [other for other in match_by if other != key], buyer, known)
            if rows:
                return Match(rows[0], key) if len(rows) == 1 else Match(None, key, tuple(rows))
    return Match()


def _rows(condition: Q) -> list[Customer]:
    return list(
        Customer.objects.filter(condition).select_related("customer_group").order_by("is_guest", "id")
    )


def _may_be(row: Customer, key: str, buyer: Buyer) -> bool:
    if key != TAX and buyer.tax_reg_no and row.tax_reg_no and not _same_tax_number(row, buyer):
        return False
    if key != PHONE:
        return True
    other_mail = bool(buyer.email and row.email and buyer.email != row.email)
    if other_mail and (buyer.is_guest or row.is_guest):
        return False
    return not (buyer.external_id and _has_other_account(row, buyer))


def _same_tax_number(row: Customer, buyer: Buyer) -> bool:
    """The country of a customer's number is that of the billing address, where its number does not tell it."""
    theirs = TaxNumber.read(row.tax_reg_no)
    if theirs.number == row.tax_reg_no:
        theirs = TaxNumber.read(row.tax_reg_no, _country_of(row))
    return theirs.is_same(buyer.tax_number)


def _country_of(row: Customer) -> str:
    addresses = CustomerAddress.objects.filter(customer=row).exclude(country="")
    preferred = addresses.filter(kind=AddressKind.BILLING).order_by("-is_default", "id")
    return preferred.values_list("country", flat=True).first() or ""


def _has_other_account(row: Customer, buyer: Buyer) -> bool:
    """The shop knows this customer under another id: two accounts are two people to it."""
    known = ExternalReference.objects.filter(
        model_label=Customer._meta.label_lower, object_id=row.pk, system=buyer.system
    )
    return known.exists() and not known.filter(external_id=buyer.external_id).exists()


def _tell_apart(
    rows: list[Customer], others: Sequence[str], buyer: Buyer, known: KnownCustomers
) -> list[Customer]:
    for key in others:
        among = set(known.candidates(key, buyer)).intersection(rows)
        rows = [row for row in rows if row in among] or rows
    accounts = [row for row in rows if not row.is_guest]
    return accounts if len(accounts) == 1 else rows
