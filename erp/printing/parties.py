"""Who sold and who bought, as it was when the document was issued: what is printed later says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from erp.models import LegalEntity, SalesInvoice

#: What the law asks of the seller; the layout (colours, logo, footers) is the present one.
SELLER_COLUMNS = (
    "code", "name1", "name2", "tax_reg_no", "commercial_reg_no", "phone", "email", "address", "address2",
)  # fmt: skip


def keep_parties(invoices: Sequence[SalesInvoice]) -> None:
    """Write both parties down on invoices that are being issued (not saved). One statement for all legal entities."""
    entities = LegalEntity.objects.in_bulk(_ids(invoices))
    for invoice in invoices:
        entity = entities.get(invoice.legal_entity_id) if invoice.legal_entity_id is not None else None
        invoice.parties = {
            "buyer": _buyer(invoice),
            **({"seller": {name: getattr(entity, name) for name in SELLER_COLUMNS}} if entity else {}),
        }


def _ids(invoices: Iterable[SalesInvoice]) -> set[int]:
    return {invoice.legal_entity_id for invoice in invoices if invoice.legal_entity_id is not None}


def _buyer(invoice: SalesInvoice) -> dict[str, Any]:
    """The name stands in the billing address; only where it does not is the customer's kept."""
    customer, address = invoice.customer, invoice.billing_address or {}
    named = address.get("company") or address.get("name")
    kept = {"tax_reg_no": customer.tax_reg_no, "language": customer.language}
    return kept if named else {**kept, "name": customer.display_name}


def seller_of(invoice: SalesInvoice, entity: LegalEntity) -> Mapping[str, str]:
    """The seller as issued; for documents that are older than this, the present legal entity."""
    kept = invoice.parties.get("seller")
    return kept or {name: getattr(entity, name) for name in SELLER_COLUMNS}


def buyer_of(invoice: SalesInvoice) -> Mapping[str, str]:
    """tax_reg_no, language and name of the buyer as issued."""
    now = {
        "tax_reg_no": invoice.customer.tax_reg_no,
        "language": invoice.customer.language,
        "name": invoice.customer.display_name,
    }
    return {**now, **invoice.parties.get("buyer", {})}
