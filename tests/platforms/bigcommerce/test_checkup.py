"""'Test Connection' and what the store tells of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from platforms.types import CheckReport
from tests.platforms.bigcommerce.bench import BigCommerceBench


def states(report: CheckReport) -> dict[str, str]:
    return {step.name: step.state for step in report.steps}


def test_every_step_of_a_healthy_store_is_ok(bench: BigCommerceBench) -> None:
    bench.shop.options.quota = 150
    with bench.adapter() as adapter:
        adapter.register_webhooks(adapter.capabilities.required_webhook_topics)
        writes = bench.writes
        report = adapter.check()

    found = states(report)
    assert found.pop("tls") == "warn"  # the sandbox has no certificate
    assert set(found.values()) == {"ok"}, report.steps
    assert "150 calls" in next(step.message for step in report.steps if step.name == "quota")
    assert bench.writes == writes + 3  # calls about nothing, which ask for the right to write
    assert not bench.shop.store.archived_all and bench.shop.store.pending == []


@pytest.mark.parametrize(
    ("scopes", "lacking"),
    [
        (
            ("store_v2_information", "store_v2_products", "store_inventory", "store_v2_orders_read_only"),
            {"write_orders": "Orders"},
        ),
        (
            ("store_v2_information", "store_v2_orders", "store_inventory"),
            {"read_products": "Products", "write_products": "Products"},
        ),
        (
            ("store_v2_information", "store_v2_orders", "store_v2_products"),
            {"read_stock": "Store Inventory", "write_stock": "Store Inventory"},
        ),
    ],
)
def test_missing_scopes_are_named_as_the_control_panel_writes_them(
    bench: BigCommerceBench, scopes: tuple[str, ...], lacking: dict[str, str]
) -> None:
    key = bench.shop.add_key(scopes)
    with bench.adapter(credentials={"access_token": key.token}) as adapter:
        report = adapter.check()

    failed = {step.name: step for step in report.steps if step.state == "fail"}
    assert not report.is_ok and set(failed) == set(lacking)
    for name, scope in lacking.items():
        assert f"'{scope}'" in failed[name].message and "new store-level API account" in failed[name].cure


def test_wrong_token_ends_the_test_at_once(bench: BigCommerceBench) -> None:
    with bench.adapter(credentials=bench.wrong_credentials()) as adapter:
        report = adapter.check()

    assert states(report) == {"authenticated": "fail"} and report.info is None


def test_currency_location_and_webhooks_are_looked_at(bench: BigCommerceBench) -> None:
    with bench.adapter(options={"location_id": 9}, credentials={"password": ""}) as adapter:
        adapter.connection = replace(adapter.connection, currency="EUR")
        adapter.register_webhooks(["store/order/created"])
        bench.switch_webhooks_off()
        report = adapter.check()

    found = states(report)
    assert (found["currency"], found["location"]) == ("fail", "fail")
    assert (found["webhooks"], found["client_secret"]) == ("warn", "warn")


def test_store_tells_what_staff_map(bench: BigCommerceBench) -> None:
    bench.shop.add_location("JED", "جدة")
    bench.shop.add_price_list("Wholesale")
    bench.shop.store.custom_labels[11] = "قيد التجهيز"

    with bench.adapter() as adapter:
        info = adapter.shop_info()

    assert (info.currency, info.currency_decimals, info.time_zone) == ("SAR", 2, "Asia/Riyadh")
    assert info.languages == ("ar",) and info.prices_include_tax is False and info.weight_unit == "kg"
    assert ("11", "قيد التجهيز") in list(info.statuses) and ("0", "Incomplete") in list(info.statuses)
    assert ("Cash on Delivery", "Cash on Delivery") in list(info.payment_methods)
    assert [name for name, _ in info.shipping_methods] == ["Aramex", "Free Shipping", "SMSA"]
    assert list(info.locations) == [("1", "Default location"), ("2", "جدة")]
    assert list(info.price_lists) == [("4", "Wholesale", "")] and info.extra["channels"] == [
        ["1", "Storefront"]
    ]


def test_what_may_not_be_read_is_left_empty(bench: BigCommerceBench) -> None:
    key = bench.shop.add_key(("store_v2_information_read_only",))
    with bench.adapter(credentials={"access_token": key.token}) as adapter:
        info = adapter.shop_info()

    assert info.currency == "SAR" and list(info.price_lists) == [] and list(info.locations) == []
    assert ("10", "Completed") in list(info.statuses)  # the platform's own
