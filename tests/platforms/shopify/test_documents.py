"""Every GraphQL document that we send is valid by Shopify's published schemas, of each version that can be chosen."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import pkgutil
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import platforms.shopify
from ecomsync.common.http import MAX_STORED_BODY, Exchange
from platforms.shopify.adapter import ShopifyAdapter
from platforms.shopify.bulk import BulkOperation
from platforms.shopify.documents import REGISTRY
from platforms.shopify.ids import number_of
from platforms.shopify.versions import TESTED
from platforms.types import (
    AttributeSheet,
    CategorySheet,
    ImageSheet,
    InvoiceNotice,
    Parcel,
    ProductSheet,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from tests.contracts.bench import LONG_AGO, prices, quantities
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal
ROOT = Path(__file__).parents[3]
#: Beside the project, or where CONTRACTS_DIR says.
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR") or ROOT.parent / "shared" / "contracts") / "shopify"

#: Documents that may name a deprecated field, with the reason.
DEPRECATED = {
    "Publications": "catalog.title stands in for name, and is empty for channels without a catalogue"
}

graphql = pytest.importorskip("graphql", reason="graphql-core is not installed (extra 'dev')")

for module in pkgutil.iter_modules(platforms.shopify.__path__, "platforms.shopify."):
    importlib.import_module(module.name)


def bulk_operations() -> list[BulkOperation]:
    found = []
    for module in pkgutil.iter_modules(platforms.shopify.__path__, "platforms.shopify."):
        values = vars(importlib.import_module(module.name)).values()
        found += [value for value in values if isinstance(value, BulkOperation)]
    return list(dict.fromkeys(found))


TEXTS = {
    **{name: document.text for name, document in REGISTRY.items()},
    **{operation.name: operation.named("0123456789abcdef") for operation in bulk_operations()},
}


@cache
def schema(version: str) -> Any:
    path = CONTRACTS / f"admin_{version}.json.gz"
    if not path.exists():
        pytest.skip(f"the published schema is not here: {path.name} (set CONTRACTS_DIR)")
    with gzip.open(path) as file:
        answer = json.load(file)
    return graphql.build_client_schema(answer.get("data", answer), assume_valid=True)


@cache
def type_info(version: str) -> Any:
    return graphql.TypeInfo(schema(version))


@pytest.mark.parametrize("version", TESTED)
def test_documents_are_valid_by_the_published_schema(version: str) -> None:
    faults = {
        name: [error.message for error in graphql.validate(schema(version), graphql.parse(text))]
        for name, text in TEXTS.items()
    }

    assert {name: errors for name, errors in faults.items() if errors} == {}
    assert len(TEXTS) >= 25


@pytest.mark.parametrize("version", TESTED)
def test_no_document_names_a_deprecated_field(version: str) -> None:
    """What is deprecated goes with a later version; the few names without another way to say it stand here."""
    rule = graphql.NoDeprecatedCustomRule
    faults = {
        name: [error.message for error in graphql.validate(schema(version), graphql.parse(text), [rule])]
        for name, text in TEXTS.items()
    }

    assert {name: errors for name, errors in faults.items() if errors and name not in DEPRECATED} == {}


@pytest.mark.parametrize("version", TESTED)
def test_the_schema_has_what_the_adapter_takes_for_granted(version: str) -> None:
    """Codes and topics that stand in our tables exist, so that none of them is a slip of the pen."""
    from platforms.shopify.webhooks import REGISTRABLE_TOPICS

    topics = set(schema(version).type_map["WebhookSubscriptionTopic"].values)
    stale = set(schema(version).type_map["InventorySetQuantitiesUserErrorCode"].values)

    assert {topic.replace("/", "_").upper() for topic in REGISTRABLE_TOPICS} <= topics
    assert "CHANGE_FROM_QUANTITY_STALE" in stale


@pytest.mark.parametrize("version", TESTED)
def test_what_is_sent_with_the_documents_is_valid_too(bench: ShopifyBench, version: str) -> None:
    """A day's work at the sandbox, with its variables held against the published schema."""
    published = schema(version)
    seen: list[Exchange] = []
    with bench.adapter(observer=seen.append, connection={"api_version": version}) as adapter:
        a_days_work(bench, adapter)
    names, faults = set(), {}
    for exchange in seen:
        if not exchange.route.startswith("/graphql/") or len(exchange.request_body) >= MAX_STORED_BODY:
            continue
        sent = json.loads(exchange.request_body)
        (operation,) = graphql.parse(sent["query"]).definitions
        found = graphql.execution.values.get_variable_values(
            published, operation.variable_definitions or [], sent["variables"]
        )
        names.add(sent["operationName"])
        if isinstance(found, list):
            faults[sent["operationName"]] = [error.message for error in found]

    assert faults == {}
    assert len(names) >= 35, sorted(names)


def a_days_work(bench: ShopifyBench, adapter: ShopifyAdapter) -> None:
    assert adapter.check().is_ok
    adapter.register_webhooks(["orders/create", "products/update"])
    adapter.register_webhooks(["orders/create"])
    _catalogue(bench, adapter)
    _orders(bench, adapter)


def _catalogue(bench: ShopifyBench, adapter: ShopifyAdapter) -> None:
    (category,) = adapter.push_categories([CategorySheet("c", "Kitchen", description="<p>x</p>")])
    adapter.push_categories([CategorySheet("c", "Cooking", remote_id=category.remote_id)])
    size = AttributeSheet("Size", ("S", "M"), True)
    shirt = ProductSheet("s", "SHIRT", "variable", name="Shirt", active=True, attributes=(size,))
    small = ProductSheet(
        "v", "SHIRT-S", "variant", parent_sku="SHIRT", price=D("20.00"), quantity=D(3), barcode="1",
        attributes=(AttributeSheet("Size", ("S",), True),),
        images=(ImageSheet("https://cdn.test/s.jpg", "s", "S"),),
    )  # fmt: skip
    mug = ProductSheet(
        "m", "MUG", "simple", name="Mug", description="<p>x</p>", price=D("10.00"), special_price=D("8.00"),
        weight=D("0.35"), active=True, category_ids=(category.remote_id,), tax_class="standard",
        images=(ImageSheet("", "d", "D", filename="d.png", content=b"png"),),
        translations={"ar": {"name": "كوب"}},
        fields={
            "vendor": "Forge", "tags": "a,b", "seo_title": "Mugs", "handle": "mug", "product_type": "Cups",
            "inventory_policy": "deny", "country_of_origin": "SA", "hs_code": "691200", "cost": "4.10",
            "requires_shipping": True, "meta:specs.material": "clay",
        },
    )  # fmt: skip
    results = adapter.push_products([shirt, small, mug])
    assert all(result.is_ok for result in results), results
    adapter.push_products([replace(mug, remote_id=results[2].remote_id, name="Big mug", visible=False)])
    products = bench.products(3)
    assert all(result.is_ok for result in adapter.push_quantities(quantities(products, 4)))
    assert all(result.is_ok for result in adapter.push_prices(prices(products, "11.00", bench.currency)))
    made = bench.shop.add_price_list("B2B", bench.currency)
    row = replace(prices(products, "9.00", bench.currency)[0], price_list=number_of(made["id"]))
    ten = replace(row, key="ten", min_quantity=D(10), price=D("8.00"))
    adapter.push_prices([row, ten])
    adapter.push_prices([replace(row, remove=True), replace(ten, remove=True)])
    assert list(adapter.iter_products()) and adapter.find_products(["MUG"])
    with bench.adapter(
        observer=adapter.observer,
        options={"bulk_threshold": 2, "bulk_catalogue": 1},
        connection={"api_version": adapter.connection.api_version},
    ) as bulk:
        assert all(result.is_ok for result in bulk.push_prices(prices(products, "12.00", bench.currency)))
        assert list(bulk.iter_products())


def _orders(bench: ShopifyBench, adapter: ShopifyAdapter) -> None:
    order, cancelled, owed = bench.order(), bench.order(), bench.order()
    line = adapter.get_order(order).lines[0]
    back = RemoteReturnLine(line.remote_id, line.sku, line.name, D(1), line.net, line.tax)
    adapter.push_invoice(InvoiceNotice("k", order, "INV-7", url="https://erp.test/i/7"))
    shipment = ShipmentNotice("k", order, carrier="DHL", parcels=(Parcel("N1", "https://x.test/1"),))
    assert adapter.push_shipment(shipment).is_ok
    adapter.push_shipment(replace(shipment, parcels=(Parcel("N1"), Parcel("N2"))))
    assert adapter.push_refund(
        RefundNotice("r", order, line.net + line.tax, "x", (back,), restock=True, pay_back=True)
    ).is_ok
    for status in ("closed", "partially_refunded", "refunded"):
        adapter.push_status(StatusNotice("k", order, status))
    assert adapter.push_status(StatusNotice("k", cancelled, "cancelled", comment="no stock")).is_ok
    adapter.push_status(StatusNotice("k", owed, "paid", metadata={"erp": "1"}))
    assert len(list(adapter.iter_orders(modified_from=LONG_AGO))) == 3
    assert adapter.get_returns(order)


def test_documents_say_by_name_what_they_are() -> None:
    assert all(name.isidentifier() for name in TEXTS)
    assert all(document.cost > 0 for document in REGISTRY.values())
