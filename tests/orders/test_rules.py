"""Document generation lines: first match or continue, and what each line says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from erp.models import (
    Delivery,
    NumberSeries,
    PaymentTerms,
    PriceList,
    Receipt,
    SalesInvoice,
    SalesOrder,
    SalesPerson,
    StockBalance,
)
from orders.services.import_order import import_order
from sites.models import DocumentGenerationLine, Site
from tests.erp.factories import make_warehouse
from tests.orders.factories import make_item, make_remote, make_shop_site, one

pytestmark = pytest.mark.django_db
NOTHING = dict.fromkeys(
    ("create_reservation", "create_sales_order", "create_delivery", "create_invoice", "create_receipt"), False
)


@pytest.fixture
def site() -> Site:
    made = make_shop_site()
    made.document_generation_info_lines.all().delete()
    make_item("A1", stock=9)
    return made


def line(site: Site, number: int, *ticked: str, **values: Any) -> DocumentGenerationLine:
    wanted = {**NOTHING, **{f"create_{name}": True for name in ticked}}
    return DocumentGenerationLine.objects.create(
        site=site, line_no=number, name=f"L{number}", **wanted, **values
    )


def states() -> dict[str, list[str]]:
    models = (SalesOrder, Delivery, SalesInvoice, Receipt)
    return {model.__name__: [row.state for row in model.objects.order_by("id")] for model in models}


def test_the_first_line_that_fits_decides_and_later_ones_are_not_asked(site):
    line(site, 1, "invoice", criteria="total > 1000")
    line(site, 2, "sales_order")
    line(site, 3, "invoice")
    import_order(site=site, remote=make_remote())
    assert not SalesInvoice.objects.exists()


def test_lines_that_do_not_stop_collect_their_documents_until_one_stops(site):
    line(site, 1, "sales_order", stop_after_match=False)
    line(site, 2, "invoice", criteria="country = SA", stop_after_match=False)
    line(site, 3, "delivery", criteria="country = DE", stop_after_match=False)
    line(site, 4, "receipt")
    line(site, 5, "delivery")
    import_order(site=site, remote=make_remote())
    assert states() == {
        "SalesOrder": ["confirmed"],
        "Delivery": [],
        "SalesInvoice": ["paid"],
        "Receipt": ["posted"],
    }


def test_each_document_is_confirmed_or_draft_as_the_last_line_says_that_ticks_it(site):
    line(site, 1, "sales_order", "delivery", "invoice", "receipt", stop_after_match=False)
    line(site, 2, "delivery", "receipt", auto_confirm=False)
    import_order(site=site, remote=make_remote())
    assert states() == {
        "SalesOrder": ["confirmed"],
        "Delivery": ["draft"],
        "SalesInvoice": ["issued"],
        "Receipt": ["draft"],
    }


def test_drafts_everywhere_where_the_site_confirms_nothing(site):
    site.auto_confirm_documents = False
    site.save()
    line(site, 1, "sales_order", "receipt")
    import_order(site=site, remote=make_remote())
    assert (one(SalesOrder).state, one(Receipt).state) == ("draft", "draft")


def test_terms_of_a_later_line_replace_those_of_an_earlier_one_field_by_field(site):
    terms = [PaymentTerms.objects.create(code=f"T{n}", days=n) for n in (10, 30)]
    lists = [PriceList.objects.create(code=f"P{n}", currency="SAR") for n in (1, 2)]
    person = SalesPerson.objects.create(code="ALI")
    north, south = make_warehouse("NORTH"), make_warehouse("SOUTH")
    line(
        site, 1, "sales_order", stop_after_match=False, payment_terms=terms[0], price_list=lists[0],
        salesperson=person, warehouse=north,
    )  # fmt: skip
    line(site, 2, "sales_order", payment_terms=terms[1], price_list=lists[1], warehouse=south)
    import_order(site=site, remote=make_remote())
    document = one(SalesOrder)
    assert (document.payment_terms, document.price_list) == (terms[1], lists[1])
    assert (document.salesperson, document.warehouse) == (person, south)


def test_number_series_go_by_their_document_type(site):
    orders, invoices = (
        NumberSeries.objects.create(code=f"WEB-{kind}", document_type=kind, prefix=prefix)
        for kind, prefix in (("sales_order", "WO-"), ("invoice", "WI-"))
    )
    line(site, 1, "sales_order", stop_after_match=False, number_series=orders)
    line(site, 2, "invoice", number_series=invoices)
    import_order(site=site, remote=make_remote())
    assert one(SalesOrder).number == "WO-000001" and one(SalesInvoice).number == "WI-000001"


def test_reservation_alone_confirms_the_order_and_holds_its_stock(site):
    site.reserve_stock = "no"
    site.save()
    line(site, 1, "reservation", auto_confirm=False)
    import_order(site=site, remote=make_remote())
    assert one(SalesOrder).state == "confirmed"
    assert StockBalance.objects.get().reserved == Decimal(1)


def test_line_that_ticks_only_a_follower_makes_the_sales_order_too(site):
    line(site, 1, "invoice")
    import_order(site=site, remote=make_remote())
    assert states()["SalesOrder"] == ["confirmed"] and states()["SalesInvoice"] == ["issued"]
