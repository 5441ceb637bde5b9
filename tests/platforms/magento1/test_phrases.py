"""What staff read of this adapter is Arabic for Arabic readers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from ecomsync.common.remedies import known_codes, remedy_for
from ecomsync.common.stored_text import in_reader_language
from platforms.magento1.faults import NAMES, RemoteFault, error_from_fault, login_error
from platforms.magento1.phrases import PHRASES
from platforms.types import CheckStep
from tests.platforms.magento1.bench import MagentoBench

_ARABIC = re.compile("[\u0600-\u06ff]")
_PLACE = re.compile(r"%\((\w+)\)s")


@pytest.fixture(autouse=True)
def _arabic() -> Iterator[None]:
    with translation.override("ar"):
        yield


def untranslated(texts: list[str]) -> list[str]:
    return [text for text in texts if text and not _ARABIC.search(in_reader_language(text))]


def test_every_phrase_has_its_arabic() -> None:
    filled = [_PLACE.sub(lambda match: f"<{match[1]}>", phrase) for phrase in PHRASES]

    assert untranslated(filled) == []


def test_faults_of_the_shop_speak_arabic() -> None:
    paths = {
        "catalog_product": "product.update",
        "sales_order": "order.info",
        "sales_order_shipment": "order_shipment.create",
        "sales_order_invoice": "order_invoice.create",
        "sales_order_creditmemo": "order_creditmemo.create",
        "cataloginventory_stock_item": "product_stock.update",
        "catalog_product_attribute_media": "product_media.create",
        "catalog_category": "category.update",
    }
    errors = [
        error_from_fault(RemoteFault(code, "Not so."), paths[resource])
        for resource, code in NAMES
        if resource in paths
    ]
    errors += [error_from_fault(RemoteFault(code, "Not so."), "order.info") for code in range(7)]
    errors.append(login_error(RemoteFault(2, "Access denied."), site="S1"))

    assert untranslated([error.message for error in errors]) == []
    assert untranslated([error.cure for error in errors]) == []


#: The table of the fact sheet.
FAULTS = {
    "catalog_product": range(100, 109),
    "catalog_category": range(100, 107),
    "catalog_product_attribute": range(100, 110),
    "catalog_product_attribute_media": range(100, 108),
    "catalog_product_attribute_tier_price": range(100, 103),
    "catalog_product_link": (100, 101, 102, 104),
    "cataloginventory_stock_item": range(101, 104),
    "sales_order": range(100, 104),
    "sales_order_shipment": range(100, 106),
    "sales_order_invoice": range(100, 105),
    "sales_order_creditmemo": range(100, 107),
    "customer": range(100, 104),
    "customer_address": range(100, 104),
    "core_store": (100,),
}


@pytest.mark.parametrize(
    ("resource", "code"), [(name, code) for name, codes in FAULTS.items() for code in codes]
)
def test_every_fault_of_the_sheet_has_cause_and_cure_of_its_own(resource: str, code: int) -> None:
    error = error_from_fault(RemoteFault(code, "Not so."), f"{resource}.update")
    remedy = remedy_for(error.code)

    assert f"fault {code}" in error.message
    assert error.code in known_codes() and not error.code.startswith("fault")
    assert _ARABIC.search(str(remedy.title)) and _ARABIC.search(str(remedy.cure))


def test_test_connection_speaks_arabic(bench: MagentoBench) -> None:
    bench.order()
    steps: list[CheckStep] = []
    with bench.adapter() as adapter:
        steps += adapter.check().steps
    with bench.adapter(credentials=bench.read_only_credentials(), connection={"currency": "EUR"}) as adapter:
        steps += adapter.check().steps
    with bench.adapter(credentials=bench.wrong_credentials()) as adapter:
        steps += adapter.check().steps
    bench.shop.options.xmlrpc = False
    with bench.adapter() as adapter:
        steps += adapter.check().steps

    assert untranslated([step.message for step in steps]) == []
    assert untranslated([step.cure for step in steps]) == []
