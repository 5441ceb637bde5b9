from __future__ import annotations

from decimal import Decimal

import pytest

from ecomsync.common.errors import BadCredentials, ConfigurationError, ShopUnavailable
from platforms.types import CheckReport, CheckStep
from platforms.woocommerce.checkup import version_step
from platforms.woocommerce.shop import zone_name
from sandbox.woocommerce import WooShop
from tests.platforms.scripted import Say, scripted_server
from tests.platforms.woocommerce.bench import WooBench


def step(report: CheckReport, name: str) -> CheckStep:
    found = [entry for entry in report.steps if entry.name == name]
    assert len(found) == 1, [entry.name for entry in report.steps]
    return found[0]


def states(report: CheckReport) -> dict[str, str]:
    return {entry.name: entry.state for entry in report.steps}


def test_healthy_shop_passes_every_step_in_order(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.updated"])
        report = adapter.check()

    assert list(states(report).items()) == [
        ("address", "ok"),
        ("tls", "warn"),
        ("clock", "ok"),
        ("permalinks", "ok"),
        ("authenticated", "ok"),
        ("read_products", "ok"),
        ("read_categories", "ok"),
        ("write_orders", "ok"),
        ("write_products", "ok"),
        ("write_webhooks", "ok"),
        ("cache", "ok"),
        ("settings", "ok"),
        ("version", "ok"),
        ("currency", "ok"),
        ("tax", "ok"),
        ("manage_stock", "ok"),
        ("webhooks", "ok"),
    ]
    assert report.is_ok


def test_check_changes_nothing(bench: WooBench) -> None:
    bench.products(3)
    before = [dict(row) for row in bench.shop.rest("GET", "/products")]

    with bench.adapter() as adapter:
        adapter.check()

    assert [dict(row) for row in bench.shop.rest("GET", "/products")] == before


def test_wrong_key_fails_the_sign_in_and_the_rest_is_not_tried(bench: WooBench) -> None:
    with bench.adapter(credentials={"username": "ck_wrong", "password": "cs_wrong"}) as adapter:
        report = adapter.check()

    assert not report.is_ok
    assert step(report, "address").state == "ok"
    assert step(report, "authenticated").state == "fail"
    assert step(report, "authenticated").cure
    assert "version" not in states(report)


def test_read_only_key_fails_the_writing_steps_with_the_setting_named(bench: WooBench) -> None:
    with bench.adapter(credentials=bench.read_only_credentials()) as adapter:
        report = adapter.check()

    assert step(report, "authenticated").state == "ok"
    for name in ("write_orders", "write_products", "write_webhooks"):
        assert step(report, name).state == "fail"
        assert "Read/Write" in step(report, name).cure


def test_shop_that_is_not_there_fails_the_address(bench: WooBench) -> None:
    with bench.adapter(connection={"url": "http://127.0.0.1:9"}) as adapter:
        report = adapter.check()

    assert [(entry.name, entry.state) for entry in report.steps] == [("address", "fail")]
    assert report.steps[0].cure


def test_site_without_wordpress_fails_the_address_with_security_plugins_named() -> None:
    with scripted_server() as server, WooShop(webhook_delay=None) as shop:
        server.script = lambda seen: Say(404, "<html><title>Not Found</title></html>")
        with WooBench(shop).adapter(connection={"url": server.url}) as adapter:
            report = adapter.check()

    assert report.steps[-1].state == "fail"
    assert "security plugin" in report.steps[-1].cure
    assert "permalinks" in report.steps[-1].cure


def test_wordpress_without_woocommerce_says_so() -> None:
    with scripted_server() as server, WooShop(webhook_delay=None) as shop:
        server.script = lambda seen: Say(200, {"name": "Blog", "namespaces": ["wp/v2"]})
        with WooBench(shop).adapter(connection={"url": server.url}) as adapter:
            report = adapter.check()

    assert report.steps[0].state == "fail"
    assert "WooCommerce is not part of it" in report.steps[0].message


def test_clock_far_off_fails_where_signatures_depend_on_it() -> None:
    with scripted_server() as server, WooShop(webhook_delay=None) as shop:
        server.script = lambda seen: Say(200, {"namespaces": ["wc/v3"]})
        server.date = "Mon, 01 Jan 2001 00:00:00 GMT"
        with WooBench(shop).adapter(connection={"url": server.url}) as adapter:
            report = adapter.check()

    assert step(report, "clock").state == "fail"
    assert "time server" in step(report, "clock").cure


def test_clock_far_off_is_named_when_the_shop_refuses_the_signature() -> None:
    with scripted_server() as server, WooShop(webhook_delay=None) as shop:
        body = {
            "code": "woocommerce_rest_authentication_error",
            "message": "Invalid timestamp.",
            "data": {"status": 401},
        }
        server.script = lambda seen: Say(401, body)
        server.date = "Mon, 01 Jan 2001 00:00:00 GMT"
        with (
            WooBench(shop).adapter(connection={"url": server.url}) as adapter,
            pytest.raises(BadCredentials, match="clocks differ"),
        ):
            adapter.get_order("1")


def test_stock_management_switched_off_is_warned_of(bench: WooBench) -> None:
    bench.shop.options.manage_stock = False

    with bench.adapter() as adapter:
        report = adapter.check()

    assert step(report, "manage_stock").state == "warn"


def test_currency_that_differs_fails(bench: WooBench) -> None:
    with bench.adapter(connection={"currency": "EUR"}) as adapter:
        report = adapter.check()

    assert step(report, "currency").state == "fail"
    assert "SAR" in step(report, "currency").cure


def test_disabled_hooks_are_warned_of(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.updated", "order.created"])
        next(iter(bench.shop.store.webhooks.values())).status = "disabled"
        report = adapter.check()

    assert step(report, "webhooks").state == "warn"
    assert "1 of 2" in step(report, "webhooks").message


def test_keys_in_clear_up_to_a_proxy_are_warned_of(bench: WooBench) -> None:
    bench.shop.options.treat_as_https = True

    with bench.adapter(options={"treat_as_https": True}) as adapter:
        report = adapter.check()

    assert (step(report, "tls").state, "in clear" in step(report, "tls").message) == ("warn", True)
    assert "Authorization header" in step(report, "authenticated").message


def test_plain_permalinks_are_warned_of() -> None:
    with WooShop(webhook_delay=None, pretty_permalinks=False) as shop, WooBench(shop).adapter() as adapter:
        report = adapter.check()

    assert step(report, "permalinks").state == "warn"
    assert report.is_ok


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("9.9.5", "ok"),
        ("11.0.1", "ok"),
        ("12.1", "warn"),
        ("5.7.2", "warn"),
        ("3.9.1", "warn"),
        ("3.5.0", "warn"),
        ("", "warn"),
    ],
)
def test_version_is_compared_with_what_was_tested(version: str, state: str) -> None:
    assert version_step(version)[0] == state


def test_shop_tells_of_itself(bench: WooBench) -> None:
    bench.shop.options.prices_include_tax = True

    with bench.adapter() as adapter:
        info = adapter.shop_info()

    assert (info.version, info.currency, info.currency_decimals) == ("9.9.5", "SAR", 2)
    assert (info.time_zone, info.prices_include_tax, info.weight_unit) == ("Asia/Riyadh", True, "kg")
    assert ("processing", "Processing") in info.statuses
    assert ("cod", "Cash on delivery") in info.payment_methods
    assert ("flat_rate", "Flat rate") in info.shipping_methods
    assert [rate for _, name, rate in info.taxes if name == "VAT"] == [Decimal("15.0000")]
    assert info.extra["auth_mode"] == "oauth1"
    assert info.extra["manage_stock"] is True
    assert info.extra["dimension_unit"] == "cm"
    assert any(code.startswith("flat_rate:") for code, _ in info.extra["shipping_zones"])
    assert info.extra["multilingual"] == ""


@pytest.mark.parametrize(("fault", "error"), [("html_200", ShopUnavailable), ("waf_403", ConfigurationError)])
def test_a_garbled_answer_is_not_taken_for_one_that_tells_nothing(
    bench: WooBench, fault: str, error: type[Exception]
) -> None:
    """Whether prices include tax would be forgotten, and all prices sent without."""
    bench.shop.faults.add(fault, path=r"/settings/tax/")
    with bench.adapter() as adapter, pytest.raises(error):
        adapter.shop_info()
    bench.shop.faults.clear()
    with bench.adapter() as adapter:
        assert adapter.shop_info().prices_include_tax is False


def test_shop_tells_its_shipping_classes_and_attributes(bench: WooBench) -> None:
    bench.shop.rest("POST", "/products/shipping_classes", {"name": "Bulky", "slug": "bulky"})
    bench.shop.rest("POST", "/products/attributes", {"name": "Colour &amp; shade", "slug": "colour"})

    with bench.adapter() as adapter:
        info = adapter.shop_info()

    assert info.extra["shipping_classes"] == [("bulky", "Bulky")]
    assert info.extra["attributes"] == [("pa_colour", "Colour & shade")]


def test_currency_is_known_without_the_system_status(
    bench: WooBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platforms.woocommerce.shop.ShopReader.system_status", lambda self: {})
    bench.shop.options.currency = "KWD"

    with bench.adapter() as adapter:
        assert adapter.shop_info().currency == "KWD"


def test_shop_with_products_per_language_is_warned_of_until_one_is_chosen(bench: WooBench) -> None:
    bench.shop.options.languages = ("en", "ar")

    with bench.adapter() as adapter:
        warned = step(adapter.check(), "languages")
    with bench.adapter(options={"language": "ar"}) as adapter:
        chosen = states(adapter.check())

    assert (warned.state, "WPML" in warned.message) == ("warn", True)
    assert "languages" not in chosen


@pytest.mark.parametrize(
    ("index", "zone"),
    [
        ({"timezone_string": "Asia/Riyadh", "gmt_offset": "3"}, "Asia/Riyadh"),
        ({"timezone_string": "", "gmt_offset": "3"}, "Etc/GMT-3"),
        ({"timezone_string": "", "gmt_offset": -5}, "Etc/GMT+5"),
        ({"timezone_string": "", "gmt_offset": 0}, "UTC"),
        ({"timezone_string": "", "gmt_offset": "5.5"}, ""),
        ({}, ""),
    ],
)
def test_zone_of_the_shop_is_a_name_that_python_knows(index: dict[str, object], zone: str) -> None:
    assert zone_name(index) == zone
