from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from sandbox.data import make_demo_catalogue
from sandbox.registry import shop_class
from sandbox.woocommerce import DEMO_KEY, DEMO_SECRET, WooShop, demo
from tests.sandbox.client import Api, signed_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo_shop():
    with WooShop("demo", treat_as_https=True, webhook_delay=None) as running:
        yield running


def test_catalogue_file_is_what_its_script_makes() -> None:
    assert demo.catalogue() == make_demo_catalogue.make()


def test_catalogue_has_500_sellable_items_with_valid_barcodes() -> None:
    rows = demo.catalogue()
    kinds = [row["type"] for row in rows]
    assert (kinds.count("simple"), kinds.count("variable"), kinds.count("variation")) == (380, 20, 120)
    assert len({row["sku"] for row in rows}) == 520
    assert "DEMO-V010-RED-M" in {row["sku"] for row in rows}
    codes = [row["barcode"] for row in rows if row["barcode"]]
    assert len(set(codes)) == 500
    for code in codes:
        assert sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(code)) % 10 == 0
    for row in rows:
        if row["type"] != "variable":
            assert set(row["stock"]) == {"RUH", "JED"}
            assert Decimal(row["price"]) > 0
            assert row["name_ar"]


def test_smaller_catalogue_keeps_parents_with_their_children() -> None:
    rows = demo.catalogue(30)
    assert sum(row["type"] != "variable" for row in rows) == 30
    parents = {row["sku"] for row in rows if row["type"] == "variable"}
    assert {row["parent_sku"] for row in rows if row["type"] == "variation"} <= parents


def test_demo_shop_holds_the_catalogue(demo_shop: WooShop) -> None:
    api = Api(demo_shop)
    assert api.get("/products").headers["X-WP-Total"] == "400"
    row = demo_shop.by_sku("DEMO-V010-RED-M")
    assert row is not None
    assert [a["option"] for a in row["attributes"]] == ["Red", "M"]
    assert {c["name"] for c in api.get("/products/categories", per_page=100).json()} >= {"Grocery", "Coffee"}


def test_demo_orders_are_of_every_kind_and_add_up(demo_shop: WooShop) -> None:
    summary = requests.get(f"{demo_shop.control_url}/demo", timeout=20).json()
    assert sum(summary["statuses"].values()) == 200
    assert summary["kinds"]["unknown_sku"] == 5
    assert summary["kinds"]["unmapped_payment"] == 5
    assert summary["kinds"]["deleted_product"] == 3
    assert summary["kinds"]["tax_included"] == summary["kinds"]["tax_excluded"] == 100
    for order_id in demo_shop.store.orders:
        order = demo_shop.order(order_id)
        net = [x["total"] for n in ("line_items", "shipping_lines", "fee_lines") for x in order[n]]
        assert sum(map(Decimal, net), Decimal(order["total_tax"])) == Decimal(order["total"]), order_id
    lengths = [len(o.lines) for o in demo_shop.store.orders.values()]
    assert max(lengths) >= 8


def test_refunded_demo_orders_have_nothing_left(demo_shop: WooShop) -> None:
    refunded = [o for o in demo_shop.store.orders.values() if o.status == "refunded"]
    assert len(refunded) == 5
    for order in refunded:
        assert sum(r.amount for r in order.refunds) == order.total


def test_deleted_product_leaves_lines_without_sku(demo_shop: WooShop) -> None:
    marked = [i for i, tags in demo_shop.store.demo_tags.items() if "deleted_product" in tags]
    lines = demo_shop.order(marked[0])["line_items"]
    assert [line["sku"] for line in lines].count(None) == 1
    assert all(line["product_id"] for line in lines)


def test_same_seed_number_gives_the_same_shop() -> None:
    shops = [WooShop("demo", items=60, orders=45, seed_number=3) for _ in range(2)]
    try:
        totals = [[o.total for o in shop.store.orders.values()] for shop in shops]
        assert totals[0] == totals[1]
    finally:
        for shop in shops:
            shop.stop()


def test_state_file_keeps_the_shop_between_runs(tmp_path: Path) -> None:
    file = str(tmp_path / "shop.state")
    with WooShop(treat_as_https=True, state_file=file, webhook_delay=None) as shop:
        shop.add_product(sku="KEPT", regular_price="1.00", stock_quantity=3)
        shop.place_order([{"sku": "KEPT"}])
    with WooShop(treat_as_https=True, state_file=file, webhook_delay=None) as shop:
        assert shop.stock_of("KEPT") == 2
        assert len(Api(shop).get("/orders").json()) == 1
        again = shop.add_product(sku="NEXT", regular_price="1.00")
        assert again["id"] > max(shop.store.orders)


def test_command_line_runs_until_terminated(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "woocommerce",
        "--port",
        "0",
        "--items",
        "30",
        "--orders",
        "4",
    ]
    fault = json.dumps({"kind": "http_503", "count": 1})
    with subprocess.Popen(
        [*command, "--state", str(tmp_path / "s"), "--fault", fault],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        url = child.stdout.readline().split()[-1]
        first = requests.get(f"{url}/wp-json/", timeout=10)
        orders = signed_url("GET", f"{url}/wp-json/wc/v3/orders", DEMO_KEY, DEMO_SECRET)
        found = requests.get(orders, timeout=10)
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait(10) == 0
    assert first.status_code == 503
    assert len(found.json()) == 4
    assert (tmp_path / "s").exists()


def test_taken_port_and_bad_fault_are_explained() -> None:
    with WooShop() as shop:
        command = [sys.executable, "-m", "sandbox", "woocommerce", "--items", "1", "--orders", "0"]
        taken = subprocess.run(
            [*command, "--port", str(shop.server.port)], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert taken.returncode == 2
    assert "give another --port" in taken.stderr
    bad = subprocess.run([*command, "--fault", "x"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "is not JSON" in bad.stderr


def test_registry_and_options_refuse_unknown_names() -> None:
    with pytest.raises(ValueError, match=r"Known: .*woocommerce"):
        shop_class("ebay")
    with pytest.raises(ValueError, match="empty or demo"):
        WooShop("full")
    with pytest.raises(TypeError, match="Unknown shop option: colour"):
        WooShop(colour="red")
    with pytest.raises(ValueError, match="Unknown time zone"):
        WooShop(time_zone="Mars/Base")
