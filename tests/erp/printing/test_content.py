"""What a printed invoice says, before it is placed on pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from ecomsync.common.errors import ConfigurationError
from erp.errors import IllegalState
from erp.models import SalesInvoice, TaxPlan, TaxPlanLine
from erp.printing.content import entity_of, invoice_print, languages_for
from erp.printing.figures import amount_text
from erp.printing.parties import keep_parties
from erp.services.credit_notes import credit_whole_invoice
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.receipts import create_receipt
from tests.erp.factories import D, line, make_confirmed, make_entity, make_item, make_method, make_warehouse
from tests.erp.printing.test_zatca import read_tlv
from tests.erp.printing.world import TAX_NUMBER, make_invoice, make_seller

pytestmark = pytest.mark.django_db


def sums(content):
    return {row.label.main: row.amount for row in content.sums}


def number(text):
    return Decimal(text.split()[0].replace(",", ""))


def test_arabic_entity_prints_both_languages_side_by_side():
    content = invoice_print(make_invoice(make_seller()))
    assert (content.languages, content.direction) == (("ar", "en"), "rtl")
    assert (content.title.main, content.title.second) == ("فاتورة ضريبية مبسطة", "Simplified tax invoice")
    assert content.seller.names == ("شركة النخبة للتجارة", "Elite Trading Co.")
    assert content.lines[0].names == ("قميص قطني 0", "Cotton shirt 0")
    assert content.footers == ("تُقبل الإعادة خلال 14 يومًا.", "Returns within 14 days.")


@pytest.mark.parametrize(
    ("setting", "name", "customer", "languages"),
    [
        ("auto", "Acme", "ar", ("ar",)),
        ("auto", "Acme", "", ("en",)),
        ("auto", "شركة", "en", ("ar", "en")),
        ("customer", "شركة", "ar-SA", ("ar",)),
        ("customer", "شركة", "fr", ("en",)),
        ("bilingual", "Acme", "en", ("ar", "en")),
        ("ar", "Acme", "en", ("ar",)),
        ("en", "شركة", "ar", ("en",)),
    ],
)
def test_language_follows_the_setting_the_entity_and_the_customer(setting, name, customer, languages):
    entity = make_entity(name1=name, invoice_language=setting)
    assert languages_for(entity, customer) == languages


def test_printed_parts_add_up_to_the_printed_total():
    invoice = make_invoice(make_seller(invoice_language="en"), lines=3)
    content = invoice_print(invoice)
    shown = sums(content)
    assert shown["Items before discounts"] == "600.00"
    assert shown["Discounts on items"] == "-60.00"
    assert shown["shipping"] == "20.00"
    assert number(shown["Total without VAT"]) == D(560)
    assert number(shown["Total with VAT"]) == D(560) + number(shown["VAT total"]) == invoice.grand_total
    assert [(row.rate, row.taxable, row.tax) for row in content.taxes] == [("15 %", "560.00", "84.00")]
    assert [number(row.net) + number(row.tax) for row in content.lines] == [
        number(row.gross) for row in content.lines
    ]


def test_header_discount_rounding_and_several_rates_are_shown():
    make_warehouse("RUH", is_default=True)
    plan = TaxPlan.objects.create(code="ZERO")
    TaxPlanLine.objects.create(tax_plan=plan, tax_code="Z", rate=0, exemption_text="Exported goods")
    order = make_confirmed(
        line(make_item(), 1, "100", "15"),
        line(make_item(), 1, "50", "0", tax_code="Z", tax_rate=D(0)),
        legal_entity=make_seller(invoice_language="en"),
        header_discount_net=D("10"),
        header_discount_tax=D("1.50"),
        rounding=D("0.05"),
    )
    content = invoice_print(issue_invoice(invoice=create_invoice(order=order)))
    shown = sums(content)
    assert (shown["Discount on the order"], shown["Rounding"]) == ("-10.00", "0.05")
    assert shown["Total with VAT"] == "153.55 SAR"
    assert sum(number(row.taxable) for row in content.taxes) == number(shown["Total without VAT"])
    assert sum(number(row.tax) for row in content.taxes) == number(shown["VAT total"])
    assert "Exported goods" in [row.note for row in content.taxes]


def test_payment_is_shown_with_the_providers_reference():
    invoice = make_invoice(make_seller(invoice_language="en"))
    create_receipt(
        customer=invoice.customer,
        payment_method=make_method(),
        amount=D(100),
        currency="SAR",
        paid_at=timezone.now(),
        transaction_id="ch_77",
        allocations=[(invoice, D(100))],
    )
    invoice.refresh_from_db()
    content = invoice_print(invoice)
    assert [(row.method, row.reference, row.amount) for row in content.payments] == [
        ("CARD", "ch_77", "100.00")
    ]
    assert (sums(content)["Paid"], sums(content)["Amount due"]) == ("-100.00", "130.00 SAR")


def test_qr_carries_seller_tax_number_time_and_totals():
    invoice = make_invoice(make_seller())
    found = read_tlv(invoice_print(invoice).qr)
    assert found == {
        1: "شركة النخبة للتجارة",
        2: TAX_NUMBER,
        3: invoice.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        4: "230.00",
        5: "30.00",
    }


def test_foreign_currency_is_told_in_riyals_in_qr_and_sum():
    invoice = make_invoice(make_seller(invoice_language="en"), currency="USD", exchange_rate=D("3.75"))
    content = invoice_print(invoice)
    assert (read_tlv(content.qr)[4], read_tlv(content.qr)[5]) == ("862.50", "112.50")
    assert sums(content)["VAT total in SAR"] == "112.50 SAR"


def test_qr_only_where_the_entity_wants_and_can():
    assert invoice_print(make_invoice(make_seller(tax_reg_no="DE123456789"))).qr == ""
    assert invoice_print(make_invoice(make_seller(invoice_qr="no"))).qr == ""
    stale = make_seller(tax_reg_no="123", invoice_qr="yes")
    with pytest.raises(ConfigurationError) as caught:
        invoice_print(make_invoice(stale))
    assert caught.value.code == "no_tax_number"
    with pytest.raises(ValidationError, match="fifteen digits"):
        stale.full_clean()


def test_titles_follow_kind_and_tax_numbers():
    entity = make_seller(invoice_language="en")
    business = make_invoice(entity, customer={"tax_reg_no": "300000000000003"})
    assert invoice_print(business).title.main == "Tax invoice"
    plain = make_invoice(make_seller(tax_reg_no="", invoice_language="en"))
    assert invoice_print(plain).title.main == "Invoice"
    note = invoice_print(issue_invoice(invoice=credit_whole_invoice(invoice=business, reason="damaged")))
    facts = {fact.label.main: fact.value for fact in note.facts}
    assert note.title.main == "Tax credit note"
    assert facts["Original invoice"].startswith(business.number) and facts["Reason"] == "damaged"
    assert "Due date" not in facts


def test_draft_has_nothing_to_print():
    make_warehouse("RUH", is_default=True)
    draft = create_invoice(order=make_confirmed(line(make_item()), legal_entity=make_seller()))
    with pytest.raises(IllegalState, match="draft"):
        invoice_print(draft)


def test_document_without_entity_takes_the_only_one_and_never_guesses():
    invoice = make_invoice(None)
    with pytest.raises(ConfigurationError) as caught:
        entity_of(invoice)
    assert caught.value.code == "no_legal_entity"
    only = make_seller()
    assert entity_of(invoice) == only
    make_seller(name1="Other")
    with pytest.raises(ConfigurationError):
        entity_of(invoice)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "SAR", "1,234.50"),
        ("1234.5000", "JPY", "1,234.5"),
        ("1000", "JPY", "1,000"),
        ("0.1", "KWD", "0.100"),
        ("-7.0625", "SAR", "-7.0625"),
        ("100", "SAR", "100.00"),
    ],
)
def test_amounts_have_the_decimals_they_need(amount, currency, text):
    assert amount_text(Decimal(amount), currency) == text


def test_what_is_printed_later_says_what_was_issued() -> None:
    seller = make_seller()
    invoice = make_invoice(seller, customer={"tax_reg_no": "300000000000003", "language": "en"})
    before = invoice_print(invoice)

    seller.name1, seller.name2, seller.tax_reg_no = "شركة أخرى", "Another Company", "311111111111113"
    seller.address, seller.address2 = "جدة", "Jeddah"
    seller.save()
    invoice.customer.tax_reg_no, invoice.customer.language, invoice.customer.name1 = "", "ar", "Somebody else"
    invoice.customer.save()
    after = invoice_print(SalesInvoice.objects.get(pk=invoice.pk))

    assert (after.title, after.seller, after.buyer) == (before.title, before.seller, before.buyer)
    assert (after.languages, after.qr) == (before.languages, before.qr)


def test_an_invoice_of_an_earlier_release_is_printed_with_the_present_parties() -> None:
    invoice = make_invoice(make_seller())
    SalesInvoice.objects.update(parties={})

    content = invoice_print(SalesInvoice.objects.get(pk=invoice.pk))

    assert content.seller == invoice_print(invoice).seller
    assert content.qr


def test_the_parties_of_many_invoices_are_kept_with_one_statement(django_assert_num_queries: Any) -> None:
    invoices = [make_invoice(make_seller()), make_invoice(make_seller())]
    rows = list(SalesInvoice.objects.select_related("customer").filter(pk__in=[row.pk for row in invoices]))

    with django_assert_num_queries(1):
        keep_parties(rows)
