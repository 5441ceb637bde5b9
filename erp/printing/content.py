"""What a printed invoice says, gathered from the document and its legal entity; the template only places it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.money import round_money
from erp.errors import IllegalState
from erp.models import InvoiceKind, InvoiceLanguage, LegalEntity, SalesInvoice
from erp.models.invoice_layout import SAUDI_TAX_NUMBER, logo_type
from erp.printing import labels
from erp.printing.figures import (
    LineRow,
    PaymentRow,
    SumRow,
    TaxRow,
    line_rows,
    payment_rows,
    sum_rows,
    tax_rows,
)
from erp.printing.labels import Label, Labeller, labeller
from erp.printing.parties import buyer_of, seller_of
from erp.printing.zatca import QrFields, qr_payload

RIYAL = "SAR"


@dataclass(frozen=True, slots=True)
class Fact:
    label: Label
    value: str


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer. `names` and `addresses`: one entry per language, the first being the main one."""

    names: tuple[str, ...]
    addresses: tuple[tuple[str, ...], ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoicePrint:
    """One document, ready to be placed. `qr`: what the code carries, empty for none."""

    title: Label
    number: str
    languages: tuple[str, ...]
    words: Mapping[str, Label]
    facts: tuple[Fact, ...]
    seller: Party
    buyer: Party
    lines: tuple[LineRow, ...]
    sums: tuple[SumRow, ...]
    taxes: tuple[TaxRow, ...]
    payments: tuple[PaymentRow, ...]
    footers: tuple[str, ...]
    colour: str
    logo: str
    qr: str
    has_discounts: bool
    is_sample: bool = False

    @property
    def language(self) -> str:
        return self.languages[0]

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "ar" else "ltr"


def entity_of(invoice: SalesInvoice) -> LegalEntity:
    """Whose invoice it is: the one it names, else the only active one. Raises ConfigurationError."""
    if invoice.legal_entity is not None:
        return invoice.legal_entity
    found = list(LegalEntity.objects.filter(active=True)[:2])
    if len(found) == 1:
        return found[0]
    raise ConfigurationError(
        f"Invoice {invoice} names no legal entity.",
        code="no_legal_entity",
        cure="Choose the legal entity on the site, so that its documents carry it, and on this invoice.",
        item=str(invoice),
    )


def languages_for(entity: LegalEntity, customer_language: str) -> tuple[str, ...]:
    """The language of the document; two for a bilingual one, Arabic first."""
    wanted = entity.invoice_language
    if wanted == InvoiceLanguage.AUTO:
        wanted = InvoiceLanguage.BILINGUAL if entity.is_arabic else InvoiceLanguage.CUSTOMER
    if wanted == InvoiceLanguage.BILINGUAL:
        return ("ar", "en")
    if wanted == InvoiceLanguage.CUSTOMER:
        return ("ar",) if customer_language.lower().startswith("ar") else ("en",)
    return (str(wanted),)


def invoice_print(invoice: SalesInvoice) -> InvoicePrint:
    """Gather what the document says. Raises IllegalState for a draft, ConfigurationError without legal entity."""
    if not invoice.number or invoice.issued_at is None:
        raise IllegalState(
            f"Invoice {invoice} is a draft: it has no number yet.",
            cure="Issue it first; only what is issued can be printed.",
            item=str(invoice),
        )
    entity = entity_of(invoice)
    seller, buyer = seller_of(invoice, entity), buyer_of(invoice)
    languages = languages_for(entity, buyer["language"])
    label = labeller(languages)
    lines = list(invoice.lines.select_related("item__base_unit", "unit").order_by("line_no", "id"))
    charges = list(invoice.charges.order_by("line_no", "id"))
    zone = _zone(entity)
    rows = line_rows(lines, invoice.currency, languages)
    return InvoicePrint(
        title=label(_title(invoice, seller, buyer)),
        number=invoice.number,
        languages=languages,
        words={name: label(text) for name, text in labels.WORDS.items()},
        facts=_facts(invoice, label, zone),
        seller=_seller(seller, languages, label),
        buyer=_buyer(invoice, buyer, languages[0], label),
        lines=rows,
        sums=sum_rows(invoice, lines, charges, label, entity.base_currency),
        taxes=tax_rows(invoice),
        payments=payment_rows(invoice, languages[0], zone),
        footers=_by_language(languages, entity.invoice_footer1, entity.invoice_footer2),
        colour=entity.invoice_colour,
        logo=_logo(entity),
        qr=_qr(invoice, entity, seller, invoice.issued_at),
        has_discounts=any(line.subtotal_net and line.subtotal_net != line.net_amount for line in lines),
    )


def as_sample(printed: InvoicePrint) -> InvoicePrint:
    """The same, marked as no valid document."""
    return replace(printed, is_sample=True)


def _title(invoice: SalesInvoice, seller: Mapping[str, str], buyer: Mapping[str, str]) -> labels.Text:
    taxed = bool(seller["tax_reg_no"])
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return labels.TAX_CREDIT_NOTE if taxed else labels.CREDIT_NOTE
    if not taxed:
        return labels.INVOICE
    return labels.TAX_INVOICE if buyer["tax_reg_no"] else labels.SIMPLIFIED_TAX_INVOICE


def _facts(invoice: SalesInvoice, label: Labeller, zone: ZoneInfo) -> tuple[Fact, ...]:
    issued, order, original = invoice.issued_at, invoice.order, invoice.original_invoice
    delivery = invoice.delivery
    pairs: list[tuple[labels.Text, str]] = [
        (labels.NUMBER, invoice.number),
        (labels.ISSUED, f"{issued.astimezone(zone):%Y-%m-%d %H:%M}" if issued else ""),
        (labels.SUPPLIED, _day(invoice.supply_date)),
        (labels.DUE, _day(invoice.due_date) if invoice.kind == InvoiceKind.INVOICE else ""),
        (labels.ORDER, order.number if order else ""),
        (labels.SHOP_ORDER, order.external_number if order else ""),
        (labels.DELIVERY, delivery.number if delivery else ""),
        (labels.ORIGINAL, f"{original.number} · {_day(original.issue_date)}" if original else ""),
        (labels.REASON, invoice.reason),
        (labels.CURRENCY, invoice.currency),
    ]
    return tuple(Fact(label(text), value) for text, value in pairs if value)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _seller(seller: Mapping[str, str], languages: tuple[str, ...], label: Labeller) -> Party:
    facts = [
        (labels.WORDS["tax_number"], seller["tax_reg_no"]),
        (labels.WORDS["registration"], seller["commercial_reg_no"]),
        (labels.WORDS["phone"], seller["phone"]),
        (labels.WORDS["email"], seller["email"]),
    ]
    return Party(
        names=_by_language(languages, seller["name1"], seller["name2"]) or (seller["code"],),
        addresses=tuple(
            tuple(text.splitlines())
            for text in _by_language(languages, seller["address"], seller["address2"])
        ),
        facts=tuple(Fact(label(text), value) for text, value in facts if value),
    )


def _buyer(invoice: SalesInvoice, buyer: Mapping[str, str], language: str, label: Labeller) -> Party:
    address: Mapping[str, Any] = invoice.billing_address or {}
    name = str(address.get("company") or address.get("name") or buyer["name"])
    person = str(address.get("name") or "")
    city = " ".join(str(address.get(key) or "") for key in ("postal_code", "city")).strip()
    parts = [
        person if person != name else "",
        *(str(address.get(key) or "") for key in ("line1", "line2")),
        city,
        str(address.get("region") or ""),
        _country(str(address.get("country") or ""), language),
    ]
    facts = [
        (labels.WORDS["tax_number"], buyer["tax_reg_no"]),
        (labels.WORDS["phone"], str(address.get("phone") or "")),
        (labels.WORDS["email"], str(address.get("email") or "")),
    ]
    return Party(
        names=(name,),
        addresses=(tuple(part for part in parts if part),),
        facts=tuple(Fact(label(text), value) for text, value in facts if value),
    )


def _country(code: str, language: str) -> str:
    return str(Locale(language).territories.get(code.upper(), code))


def _by_language(languages: Sequence[str], arabic: str, english: str) -> tuple[str, ...]:
    """The texts in the languages of the document; where only the other language has one, that one."""
    own = {"ar": arabic.strip(), "en": english.strip()}
    found = tuple(dict.fromkeys(own[language] for language in languages if own[language]))
    return found or tuple(text for text in own.values() if text)[:1]


def _zone(entity: LegalEntity) -> ZoneInfo:
    try:
        return ZoneInfo(entity.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _logo(entity: LegalEntity) -> str:
    content = bytes(entity.invoice_logo or b"")
    kind = logo_type(content)
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}" if kind else ""


def _qr(invoice: SalesInvoice, entity: LegalEntity, seller: Mapping[str, str], issued_at: datetime) -> str:
    """Amounts in riyals, as the authority wants them. Raises ConfigurationError without a Saudi tax number."""
    if not entity.prints_qr:
        return ""
    if not SAUDI_TAX_NUMBER.fullmatch(seller["tax_reg_no"].strip()):
        raise ConfigurationError(
            f"Legal entity {entity.code} prints the QR code but has no Saudi tax registration number.",
            code="no_tax_number",
            cure="Enter the tax registration number on the legal entity, or switch its QR code off.",
            item=str(invoice),
        )
    rate = invoice.exchange_rate if entity.base_currency == RIYAL and invoice.currency != RIYAL else 1
    return qr_payload(
        QrFields(
            seller=seller["name1"] or seller["name2"] or seller["code"],
            tax_number=seller["tax_reg_no"].strip(),
            issued_at=issued_at,
            total=round_money(invoice.grand_total * rate, RIYAL),
            tax=round_money(invoice.tax_total * rate, RIYAL),
        )
    )
