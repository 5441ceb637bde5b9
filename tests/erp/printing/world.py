"""Invoices to print, and a reader of what was printed."""

from __future__ import annotations

from typing import Any

import pypdfium2

from erp.models import Item, LegalEntity, SalesInvoice
from erp.services.invoices import create_invoice, issue_invoice
from tests.erp.factories import (
    D,
    line,
    make_confirmed,
    make_customer,
    make_entity,
    make_item,
    make_warehouse,
    shipping,
)

ADDRESS = {
    "name": "سارة العلي",
    "line1": "شارع التحلية 12",
    "city": "الرياض",
    "postal_code": "12211",
    "country": "SA",
    "phone": "+966501234567",
    "email": "sara@example.com",
}
TAX_NUMBER = "310122393500003"


def make_seller(**values: Any) -> LegalEntity:
    known: dict[str, Any] = {
        "name1": "شركة النخبة للتجارة",
        "name2": "Elite Trading Co.",
        "tax_reg_no": TAX_NUMBER,
        "commercial_reg_no": "1010123456",
        "address": "طريق الملك فهد\nالرياض 12211",
        "address2": "King Fahd Road\nRiyadh 12211",
        "invoice_footer1": "تُقبل الإعادة خلال 14 يومًا.",
        "invoice_footer2": "Returns within 14 days.",
    }
    return make_entity(**{**known, **values})


def make_invoice(
    entity: LegalEntity | None, lines: int = 1, *, customer: dict[str, Any] | None = None, **order: Any
) -> SalesInvoice:
    """Issued: per line 2 × 100 less 20, 15 % tax; shipping 20 + 3."""
    make_warehouse("RUH", is_default=True)
    rows = []
    for number in range(lines):
        code = f"SKU-{number}"
        item = Item.objects.filter(code=code).first() or make_item(code)
        item.name1, item.name2 = f"قميص قطني {number}", f"Cotton shirt {number}"
        item.save()
        rows.append(line(item, 2, "180", "27", subtotal_net=D(200), discount_net=D(20), unit_price=D(100)))
    values = {"charges": (shipping(),), "billing_address": ADDRESS, **order}
    sale = make_confirmed(*rows, legal_entity=entity, customer=make_customer(**(customer or {})), **values)
    return issue_invoice(invoice=create_invoice(order=sale))


def read_pages(pdf: bytes) -> list[str]:
    """The text of each page, in the order in which it was written."""
    document = pypdfium2.PdfDocument(pdf)
    return [document[index].get_textpage().get_text_bounded() for index in range(len(document))]
