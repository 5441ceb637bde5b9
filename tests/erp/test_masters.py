"""Master files: checks with clear messages, barcodes, taxes, announcements of edits."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from erp import signals
from erp.barcodes import check_digit, guess_type, is_valid
from erp.models import (
    DeliveryMethod,
    Item,
    ItemAttributeValue,
    ItemBarcode,
    ItemGroup,
    KitComponent,
    TaxPlan,
    TaxPlanLine,
    Warehouse,
)
from erp.selectors.taxes import resolve_tax
from erp.states import STATES_BY_TYPE, TRANSITIONS
from tests.erp.factories import D, make_item, stock_up


@pytest.mark.parametrize(
    ("barcode", "kind", "valid"),
    [
        ("6280000000017", "ean13", True),
        ("6280000000018", "ean13", False),
        ("96385074", "ean8", True),
        ("036000291452", "upca", True),
        ("10012345678902", "itf14", True),
        ("628000000001", "ean13", False),
        ("٦٢٨٠٠٠٠٠٠٠٠١٧", "ean13", False),
        ("ANY-THING", "code128", True),
        ("", "other", False),
    ],
)
def test_barcodes_are_checked_by_length_and_last_digit(barcode, kind, valid):
    assert is_valid(barcode, kind) is valid


def test_barcode_type_is_guessed():
    assert [guess_type(code) for code in ("6280000000017", "96385074", "ABC")] == ["ean13", "ean8", "other"]
    assert check_digit("628000000001") == "7"


@pytest.mark.django_db
def test_barcode_is_unique_while_active():
    item = make_item()
    old = ItemBarcode.objects.create(item=item, barcode="6280000000017")
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemBarcode.objects.create(item=make_item(), barcode="6280000000017")
    old.active = False
    old.save()
    ItemBarcode.objects.create(item=make_item(), barcode="6280000000017")
    with pytest.raises(ValidationError, match="last digit"):
        ItemBarcode(item=item, barcode="6280000000018", barcode_type="ean13").full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {
                "special_price_from": dt.datetime(2026, 2, 1, tzinfo=dt.UTC),
                "special_price_to": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            },
            "must end after",
        ),
        ({"sales_price": -1}, "greater than or equal to 0"),
        ({"country_of_origin": "sa1"}, "two capital letters"),
        ({"code": "?!"}, "Use letters"),
    ],
)
def test_items_are_checked_with_clear_messages(values, message):
    with pytest.raises(ValidationError, match=message):
        Item(**{"code": "A", **values}).full_clean()


@pytest.mark.django_db
def test_variant_needs_a_template_and_kit_needs_stock_items():
    plain, service = make_item(), make_item(item_type="service")
    with pytest.raises(ValidationError, match="is not a template"):
        Item(code="V", variant_of=plain).full_clean()
    with pytest.raises(ValidationError, match="Only stock items"):
        KitComponent(kit=make_item(item_type="kit"), component=service, quantity=1).full_clean()


@pytest.mark.django_db
def test_groups_make_no_circle_and_tracking_needs_its_place():
    top = ItemGroup.objects.create(code="TOP")
    top.parent = ItemGroup.objects.create(code="SUB", parent=top)
    with pytest.raises(ValidationError, match="circle"):
        top.full_clean()
    with pytest.raises(ValidationError, match="tracking number"):
        DeliveryMethod(code="X", tracking_url_template="https://x.example/").full_clean()
    method = DeliveryMethod(tracking_url_template="https://x.example/{number}")
    assert method.tracking_url("A1") == "https://x.example/A1"


@pytest.mark.django_db
def test_first_fitting_tax_line_applies():
    plan = TaxPlan.objects.create(code="P")
    rows = (
        {"tax_code": "EXPORT", "rate": 0, "country": "KW"},
        {"tax_code": "OLD", "rate": 5, "valid_to": dt.date(2020, 6, 30)},
        {"tax_code": "SHIP", "rate": 10, "applies_to": "shipping"},
        {"tax_code": "B2B", "rate": 1, "customer_kind": "b2b_with_tax_no"},
        {"tax_code": "VAT", "rate": 15},
    )
    for line_no, row in enumerate(rows, start=1):
        TaxPlanLine.objects.create(tax_plan=plan, line_no=line_no, **{"applies_to": "goods", **row})

    def code(**values):
        found = resolve_tax(tax_plan=plan, **values)
        return found.tax_code if found else None

    assert code() == "VAT"
    assert code(country="kw") == "EXPORT"
    assert code(on=dt.date(2020, 1, 1)) == "OLD"
    assert code(applies_to="shipping") == "SHIP"
    assert code(customer_kind="b2b_with_tax_no") == "B2B"
    assert code(applies_to="shipping", country="KW") == "SHIP"


@pytest.mark.django_db
def test_item_edits_announce_only_what_they_change(riyadh, heard):
    group = ItemGroup.objects.create(code="G", name2="Group")
    item = make_item(item_group=group)
    stock_up(item, riyadh, 1)
    changed, priced, stocked = (
        heard(signal) for signal in (signals.item_changed, signals.price_changed, signals.stock_changed)
    )

    def counts():
        found = (len(changed), len(priced), len(stocked))
        for messages in (changed, priced, stocked):
            messages.clear()
        return found

    item.remarks = "nothing of interest"
    item.save()
    assert counts() == (0, 0, 0)
    item.name2 = "New name"
    item.save()
    assert counts() == (1, 0, 0)
    item.sales_price = D(5)
    item.save()
    assert counts() == (0, 1, 0)
    item.safety_stock = D(5)
    item.save()
    assert counts() == (0, 0, 1)
    item.active = False
    item.save()
    assert counts() == (1, 0, 1)
    ItemAttributeValue.objects.create(item=item, attribute="Size", value="M")
    ItemBarcode.objects.create(item=item, barcode="X", barcode_type="other").delete()
    assert counts() == (3, 0, 0)
    group.name2 = "Other"
    group.save()
    assert counts() == (1, 0, 0)
    warehouse = Warehouse.objects.get(pk=riyadh.pk)
    warehouse.sellable = False
    warehouse.save()
    assert counts() == (0, 0, 1)


def test_transition_tables_name_only_known_states():
    for document_type, table in TRANSITIONS.items():
        states = set(STATES_BY_TYPE[document_type].values)
        assert set(table) == states
        assert set().union(*table.values()) <= states
