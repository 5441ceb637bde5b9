from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.magento2 import DEMO_KEY, DEMO_SECRET, DEMO_TOKEN, DEMO_TOKEN_SECRET, Magento2Shop
from tests.sandbox.magento2.client import Api, criteria, oauth_header

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def demo_shop() -> Iterator[Magento2Shop]:
    with Magento2Shop("demo", webhook_delay=None) as running:
        yield running


def money(order: dict[str, Any], name: str) -> Decimal:
    return Decimal(str(order.get(name, 0)))


def test_demo_shop_holds_the_catalogue_in_two_languages(demo_shop: Magento2Shop) -> None:
    api = Api(demo_shop)
    assert api.get("/products", criteria(("sku", "like", "DEMO-%"), size=1)).json()["total_count"] == 523
    child = api.get("/products/DEMO-V010-RED-M").json()
    arabic = api.get("/products/DEMO-V010-RED-M", store="ar").json()
    assert (child["visibility"], child["name"] != arabic["name"]) == (1, True)
    codes = {a["attribute_code"] for a in child["custom_attributes"]}
    assert {"color", "size", "barcode", "tax_class_id", "url_key", "category_ids"} <= codes
    parent = api.get("/products/DEMO-V010").json()
    assert child["id"] in parent["extension_attributes"]["configurable_product_links"]


def test_demo_orders_are_of_every_kind(demo_shop: Magento2Shop) -> None:
    summary = requests.get(f"{demo_shop.control_url}/demo", timeout=20).json()
    assert sum(summary["statuses"].values()) == 200
    assert set(summary["statuses"]) == {
        "pending",
        "processing",
        "complete",
        "closed",
        "canceled",
        "holded",
        "pending_payment",
        "payment_review",
    }
    five = "unknown_sku unmapped_payment refund_partial refund_full surcharge rewards gift_wrap bundle_dynamic bundle_fixed"
    five += " grouped foreign_currency arabic_view partly_shipped holded adjustment_refund canceled payment_review cancelled_in_part"
    assert {kind: summary["kinds"][kind] for kind in five.split()} == dict.fromkeys(five.split(), 5)
    assert (summary["kinds"]["gift_card"], summary["kinds"]["store_credit"], summary["kinds"]["b2b"]) == (
        10,
        10,
        15,
    )
    assert summary["kinds"]["tax_included"] == summary["kinds"]["tax_excluded"] == 100


def test_demo_totals_add_up_with_the_named_extras(demo_shop: Magento2Shop) -> None:
    names = (
        "subtotal",
        "shipping_amount",
        "tax_amount",
        "discount_amount",
        "discount_tax_compensation_amount",
    )
    for number, marks in demo_shop.store.demo_tags.items():
        order = demo_shop.order(number)
        extra = order["extension_attributes"]
        known = sum((money(order, name) for name in names), Decimal(0))
        for name, sign in (
            ("gift_cards_amount", -1),
            ("customer_balance_amount", -1),
            ("reward_currency_amount", -1),
            ("gw_price", 1),
        ):
            known += sign * money(extra, name)
        known += sum((money(item, "weee_tax_applied_row_amount") for item in order["items"]), Decimal(0))
        left = money(order, "grand_total") - known
        assert left == (Decimal(15) if "surcharge" in marks else 0), (number, marks)


def test_demo_documents_match_their_orders(demo_shop: Magento2Shop) -> None:
    for number, marks in demo_shop.store.demo_tags.items():
        order = demo_shop.order(number)
        invoiced = sum((money(i, "grand_total") for i in demo_shop.invoices(number)), Decimal(0))
        assert invoiced == money(order, "total_invoiced"), (number, marks)
        refunded = sum((money(m, "grand_total") for m in demo_shop.creditmemos(number)), Decimal(0))
        assert refunded == money(order, "total_refunded"), (number, marks)
        if "refund_full" in marks:
            assert (refunded, order["state"]) == (money(order, "grand_total"), "closed")


def test_orders_lie_in_the_last_two_weeks(demo_shop: Magento2Shop) -> None:
    api = Api(demo_shop)
    now = demo_shop.app.clock.now()
    since = demo_shop.store.moment(now - 15 * 86_400) or ""
    assert api.get("/orders", criteria(("created_at", "gteq", since), size=1)).json()["total_count"] == 200
    assert all(o.created <= o.updated <= now for o in demo_shop.store.orders.values())


def test_same_seed_number_gives_the_same_shop() -> None:
    shops = [Magento2Shop("demo", items=60, orders=45, seed_number=3) for _ in range(2)]
    try:
        totals = [[o.grand_total for o in shop.store.orders.values()] for shop in shops]
        assert len(totals[0]) == 45
        assert totals[0] == totals[1]
    finally:
        for shop in shops:
            shop.stop()


def test_state_file_keeps_the_shop_between_runs(tmp_path: Path) -> None:
    file = str(tmp_path / "shop.state")
    with Magento2Shop(state_file=file, webhook_delay=None) as shop:
        shop.add_product(sku="KEPT", price="1.00", stock_quantity=3)
        shop.place_order([{"sku": "KEPT"}])
    with Magento2Shop(state_file=file, webhook_delay=None) as shop:
        assert shop.salable_of("KEPT") == 2
        assert Api(shop).get("/orders", criteria()).json()["total_count"] == 1
        assert shop.add_product(sku="NEXT")["id"] == 2


def test_command_line_runs_until_terminated(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "magento2", "--port", "0", "--items", "30", "--orders", "4"]
    fault = json.dumps({"kind": "http_503", "count": 1})
    extra = ["--shop-version", "2.4.8", "--state", str(tmp_path / "s"), "--fault", fault]
    with subprocess.Popen([*command, *extra], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        url = child.stdout.readline().split()[-1]
        first = requests.get(f"{url}/rest/V1/modules", timeout=10)
        keys = (DEMO_KEY, DEMO_SECRET, DEMO_TOKEN, DEMO_TOKEN_SECRET)
        header = oauth_header("GET", f"{url}/rest/V1/orders", [("searchCriteria[pageSize]", "9")], keys)
        query = "searchCriteria%5BpageSize%5D=9"
        found = requests.get(f"{url}/rest/V1/orders?{query}", headers={"Authorization": header}, timeout=10)
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait(10) == 0
    assert first.status_code == 503
    assert found.json()["total_count"] == 4
    assert (tmp_path / "s").exists()


def test_options_that_the_shop_does_not_have_are_refused() -> None:
    command = [sys.executable, "-m", "sandbox", "magento2", "--tracking-plugin", "ast", "--port", "0"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, "magento2 has no option tracking_plugin" in refused.stderr) == (2, True)
    with pytest.raises(TypeError, match="Unknown shop option: colour"):
        Magento2Shop(colour="red")
    with pytest.raises(ValueError, match="empty or demo"):
        Magento2Shop("full")
