"""'Test Connection': every missing scope by its name, the version and how long it lives, the location, the hooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ecomsync.common.errors import (
    ConfigurationError,
    MissingPermission,
    RateLimited,
    Rejected,
    ShopUnavailable,
)
from platforms.shopify.adapter import ShopifyAdapter
from platforms.shopify.address import shop_address
from platforms.shopify.client import ShopifyClient
from platforms.shopify.options import ShopifyOptions
from platforms.shopify.scopes import ESSENTIAL, FURTHER, missing
from platforms.shopify.versions import NEWEST, TESTED, days_left
from platforms.types import CheckReport, CheckStep
from tests.contracts.bench import LONG_AGO, quantities
from tests.platforms.shopify.bench import ShopifyBench


def step(report: CheckReport, name: str) -> CheckStep:
    return next(entry for entry in report.steps if entry.name == name)


def test_end_of_a_version_is_known_for_the_page_of_the_site() -> None:
    assert ShopifyAdapter.served_until("") == ("2026-10", date(2027, 10, 1))
    assert ShopifyAdapter.served_until("2026-07") == ("2026-07", date(2027, 7, 1))
    assert ShopifyAdapter.served_until("unstable") is None


class TestScopes:
    def test_each_missing_scope_is_named_with_what_it_is_for(self, bench: ShopifyBench) -> None:
        lost = {"write_inventory", "read_inventory", "write_orders", "read_all_orders"}
        token = bench.shop.add_token(tuple(s for s in bench.shop.options.scopes if s not in lost))

        with bench.adapter(credentials={"access_token": token}) as adapter:
            report = adapter.check()

        essential, further = step(report, "scopes"), step(report, "further_scopes")
        assert (essential.state, further.state) == ("fail", "warn")
        assert (
            "read_inventory (reading quantities), write_inventory (pushing quantities)" in essential.message
        )
        assert "write_orders" in further.message and "read_customers" not in further.message
        assert essential.cure and further.cure
        assert step(report, "old_orders").state == "warn"
        assert not report.is_ok

    def test_right_to_write_holds_the_right_to_read(self) -> None:
        granted = [scope for scope, _ in (*ESSENTIAL, *FURTHER) if scope.startswith("write_")]

        assert [scope for scope, _ in missing(granted, ESSENTIAL)] == ["read_locations", "read_orders"][:1]

    def test_missing_scope_on_a_call_is_named(self, bench: ShopifyBench) -> None:
        token = bench.shop.add_token(("read_products", "read_inventory", "read_locations"))

        with (
            bench.adapter(credentials={"access_token": token}) as adapter,
            pytest.raises(MissingPermission) as caught,
        ):
            adapter.push_quantities(quantities(bench.products(1), 3))

        assert "write_inventory" in caught.value.message


class TestReport:
    def test_all_is_well(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            report = adapter.check()

        assert {entry.name: entry.state for entry in report.steps} == {
            "tls": "warn",
            "authenticated": "ok",
            "scopes": "ok",
            "further_scopes": "ok",
            "old_orders": "ok",
            "version": "ok",
            "settings": "ok",
            "currency": "ok",
            "location": "ok",
            "webhooks": "ok",
        }
        assert report.info is not None

    def test_what_staff_map_is_read(self, bench: ShopifyBench) -> None:
        bench.shop.add_product(sku="A", price="10.00", stock=5)
        bench.shop.place_order(
            [{"sku": "A", "quantity": 1}],
            payment="tabby",
            shipping={"title": "Aramex", "code": "ARX", "price": "5.00"},
        )
        made = bench.shop.add_price_list("UAE", "AED")

        with bench.adapter() as adapter:
            info = adapter.shop_info()

        assert (info.currency, info.currency_decimals, info.time_zone) == ("SAR", 2, "Asia/Riyadh")
        assert info.languages == ("en", "ar")
        assert ("tabby", "tabby") in info.payment_methods
        assert ("ARX", "Aramex") in info.shipping_methods
        assert bench.location in {number for number, _ in info.locations}
        assert {name for _, name in info.extra["publications"]} >= {"Online Store"}
        assert (made["id"].rpartition("/")[2], "UAE", "AED") in list(info.price_lists)

    def test_wrong_currency_and_unknown_location_are_told(self, bench: ShopifyBench) -> None:
        with bench.adapter(options={"location_id": "99999"}, connection={"currency": "USD"}) as adapter:
            report = adapter.check()

        assert step(report, "currency").state == "fail"
        assert step(report, "location").state == "fail"
        assert bench.location in step(report, "location").cure

    def test_removed_webhooks_are_told(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            adapter.register_webhooks(["orders/create"])
            bench.switch_webhooks_off()
            report = adapter.check()

        assert step(report, "webhooks").state == "warn"
        assert "orders/create" in step(report, "webhooks").message

    def test_webhooks_in_a_version_that_ends_are_told(self, bench: ShopifyBench) -> None:
        bench.shop.options.webhook_version = "2025-10"
        with bench.adapter() as adapter:
            adapter.register_webhooks(["orders/create"])
            report = adapter.check()

        assert step(report, "webhook_version").state == "warn"
        assert "2025-10" in step(report, "webhook_version").message

    @pytest.mark.parametrize("status", [402, 403, 423])
    def test_shop_that_is_closed_says_why(self, bench: ShopifyBench, status: int) -> None:
        bench.shop.options.frozen = status

        with bench.adapter() as adapter:
            report = adapter.check()

        assert step(report, "authenticated").state == "fail"
        assert step(report, "authenticated").cure


class TestVersions:
    def test_version_that_is_gone_falls_forward_and_staff_are_told(self, bench: ShopifyBench) -> None:
        with bench.adapter(connection={"api_version": "2024-01"}) as adapter:
            list(adapter.iter_orders(modified_from=LONG_AGO))
            findings = adapter.findings
            report = adapter.check()

        assert [finding.code for finding in findings] == ["api_version_mismatch"]
        assert "2024-01" in findings[0].message
        assert step(report, "version").state == "warn"

    def test_older_tested_version_works_and_counts_down(self, bench: ShopifyBench) -> None:
        for version in TESTED:
            bench.order()
            with bench.adapter(connection={"api_version": version}) as adapter:
                assert len(list(adapter.iter_orders(modified_from=LONG_AGO))) >= 1
                assert step(adapter.check(), "version").state == "ok"
                assert adapter.findings == []

    def test_version_that_shopify_lists_no_more_is_told(
        self, bench: ShopifyBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "platforms.shopify.shop.ShopReader.served_versions", lambda self: ["2027-01", "2027-04"]
        )

        with bench.adapter() as adapter:
            found = step(adapter.check(), "version")

        assert found.state == "warn" and "2026-10" in found.message

    def test_shopify_lists_what_we_use(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            assert set(TESTED) <= set(adapter._open().shop.served_versions())

    def test_days_until_a_version_ends(self) -> None:
        assert days_left("2026-10", now=datetime(2027, 9, 1, tzinfo=UTC)) == 30
        assert days_left("unstable") is None
        assert NEWEST == "2026-10"

    def test_version_that_ends_soon_is_told(
        self, bench: ShopifyBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("platforms.shopify.checkup.days_left", lambda version: 20)

        with bench.adapter() as adapter:
            found = step(adapter.check(), "version")

        assert (found.state, found.message) == ("warn", "Version 2026-10 of the interface ends in 20 days.")


class TestBudget:
    def test_throttled_call_says_how_long_the_bucket_needs(self, bench: ShopifyBench) -> None:
        bench.shop.empty_bucket()

        with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
            adapter.push_quantities(quantities(bench.products(1), 3))

        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after < 1

    def test_page_that_is_too_dear_is_asked_for_in_half_and_remembered(
        self, bench: ShopifyBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(30):
            bench.order()
        monkeypatch.setattr("sandbox.shopify.executor.MOST_FOR_ONE", 500)
        with bench.adapter() as adapter:
            assert len(list(adapter.iter_orders(modified_from=LONG_AGO))) == 30
            learned = adapter.learned
        first = bench.calls
        with bench.adapter(connection={"learned": learned}) as adapter:
            list(adapter.iter_orders(modified_from=LONG_AGO))

        assert learned["page_sizes"]["OrdersPage"] < 250
        assert bench.calls - first < first

    def test_orders_by_id_that_are_too_dear_come_one_by_one(
        self, bench: ShopifyBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ids = [bench.order() for _ in range(6)]
        client_nodes = ShopifyClient.query
        asked: list[int] = []

        def dear(self: ShopifyClient, document: Any, variables: Any = None, *, lane: str) -> Any:
            if document.name == "OrdersById":
                asked.append(len(variables["ids"]))
                if len(variables["ids"]) > 1:
                    raise Rejected("too dear", code="max_cost_exceeded")
            return client_nodes(self, document, variables, lane=lane)

        monkeypatch.setattr(ShopifyClient, "query", dear)
        with bench.adapter() as adapter:
            assert len(list(adapter.get_orders(ids))) == 6
            learned = adapter.learned
        asked.clear()
        with bench.adapter(connection={"learned": learned}) as adapter:
            assert len(list(adapter.get_orders(ids))) == 6

        assert asked == [1] * 6


class TestSettings:
    @pytest.mark.parametrize(
        ("typed", "address"),
        [
            ("demo", "https://demo.myshopify.com"),
            ("demo.myshopify.com", "https://demo.myshopify.com"),
            ("https://demo.myshopify.com/admin", "https://demo.myshopify.com"),
            ("https://admin.shopify.com/store/demo/orders", "https://demo.myshopify.com"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ],
    )
    def test_address_however_staff_typed_it(self, typed: str, address: str) -> None:
        assert shop_address(typed) == address

    def test_nonsense_is_no_address(self) -> None:
        with pytest.raises(ConfigurationError):
            shop_address("http://")

    def test_options_are_read_with_their_types(self) -> None:
        options = ShopifyOptions.read(
            {"location_id": "gid://shopify/Location/11", "publish_to": "", "bulk_wait": "5"}
        )

        assert (options.location_id, options.publish_to, options.bulk_wait) == ("11", (), 5)

    @pytest.mark.parametrize(
        "given",
        [
            {"quantity_name": "committed"},
            {"bulk_wait": "x"},
            {"location_id": "main"},
            {"compare_quantities": "maybe"},
        ],
    )
    def test_bad_option_is_named(self, given: dict[str, Any]) -> None:
        with pytest.raises(ConfigurationError) as caught:
            ShopifyOptions.read(given)

        assert next(iter(given)) in caught.value.message


def test_internal_error_of_shopify_is_tried_again(bench: ShopifyBench) -> None:
    bench.shop.faults.add("internal_error", path="/admin/api/")

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities(quantities(bench.products(1), 3))

    assert result.outcome.value == "retry"
    assert "Request ID" in result.message


def test_number_of_the_call_is_kept_for_shopifys_support(bench: ShopifyBench) -> None:
    bench.shop.faults.add("internal_error", path="/admin/api/")

    with bench.adapter() as adapter, pytest.raises(ShopUnavailable) as caught:
        adapter.get_order("1")

    assert caught.value.details["request_id"]


def test_malformed_call_is_a_refusal_that_tells_whose_fault_it_is(bench: ShopifyBench) -> None:
    with bench.adapter() as adapter, pytest.raises(Rejected) as caught:
        adapter._open().client.query(
            replace(
                __import__("platforms.shopify.shop", fromlist=["SHOP"]).SHOP,
                text="query X { shop { nothing } }",
                name="X",
            ),
            lane="products",
        )

    assert "fault of ecomsync" in caught.value.cure
