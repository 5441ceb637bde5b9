"""'Test Connection' and what the shop tells of itself."""

from __future__ import annotations

from decimal import Decimal

from platforms.magento2.signing_in import OAUTH_FIELDS
from platforms.types import CheckReport, CheckStep
from sandbox.magento2 import Magento2Shop
from tests.platforms.magento2.bench import MageBench


def step(report: CheckReport, name: str) -> CheckStep:
    return next(entry for entry in report.steps if entry.name == name)


def test_every_missing_right_is_named_with_its_resource(bench: MageBench) -> None:
    grant = bench.shop.add_integration(
        "Magento_Backend::store", "Magento_Sales::actions_view", "Magento_Catalog::products"
    )
    keys = dict(zip(OAUTH_FIELDS, (grant.key, grant.secret, grant.token, grant.token_secret), strict=True))

    with bench.adapter(credentials=keys) as adapter:
        report = adapter.check()

    failed = {entry.name: entry for entry in report.steps if entry.state == "fail"}
    assert not report.is_ok
    assert step(report, "read_orders").state == "ok"
    assert "Magento_Sales::ship" in failed["write_shipments"].message
    assert "Magento_Sales::ship" in failed["write_shipments"].cure
    assert "Magento_Sales::comment" in failed["write_comments"].message
    assert "Magento_Inventory" in failed["write_quantities"].message


def test_test_of_the_connection_changes_nothing(bench: MageBench) -> None:
    order = bench.order()
    before = bench.shop.order(int(order)), bench.shop.store.ids.copy()

    with bench.adapter() as adapter:
        assert adapter.check().is_ok

    assert (bench.shop.order(int(order)), bench.shop.store.ids.copy()) == before


def test_wrong_keys_end_the_test_at_its_first_step(bench: MageBench) -> None:
    with bench.adapter(credentials=bench.wrong_credentials()) as adapter:
        report = adapter.check()

    assert [entry.state for entry in report.steps] == ["fail"]
    assert report.info is None and report.steps[0].cure


def test_currency_and_source_that_do_not_fit_are_told(bench: MageBench) -> None:
    with bench.adapter(connection={"currency": "EUR"}, options={"source_code": "MARS"}) as adapter:
        report = adapter.check()

    assert step(report, "currency").state == step(report, "stock").state == "fail"
    assert "SAR" in step(report, "currency").cure
    assert "default" in step(report, "stock").cure


def test_key_of_webhooks_that_cannot_be_read_is_told(bench: MageBench) -> None:
    with bench.adapter(options={"webhook_public_key": "nonsense"}) as adapter:
        report = adapter.check()

    assert step(report, "webhook_key").state == "fail" and step(report, "webhook_key").cure


def test_lost_header_is_thought_of_where_nothing_has_worked_yet(bench: MageBench) -> None:
    bench.shop.faults.add("strip_authorization", path="/rest/")

    with bench.adapter() as adapter:
        first = adapter.check().steps[0]

    assert first.state == "fail" and "drops the Authorization header" in first.cure


def test_shop_without_sources_is_told_apart() -> None:
    with Magento2Shop(webhook_delay=None, msi=False) as shop:
        bench = MageBench(shop)
        with bench.adapter(options={"webhook_variant": "module"}) as adapter:
            report = adapter.check()
            assert adapter.learned["msi"] is False
        assert report.is_ok
        assert "one figure per product" in step(report, "stock").message


def test_lists_for_the_mappings_are_read_from_the_shop(bench: MageBench) -> None:
    bench.shop.add_source("JED", "Jeddah")
    bench.shop.add_product(sku="MUG", price="10.00", stock_quantity=5)
    bench.shop.place_order(
        [{"sku": "MUG", "quantity": 1}], payment_method="banktransfer", payment_method_title="Bank Transfer"
    )

    with bench.adapter(options={"statuses": "packed"}) as adapter:
        info = adapter.shop_info()

    assert (info.currency, info.time_zone, info.weight_unit) == ("SAR", "Asia/Riyadh", "kgs")
    assert info.languages == ("en", "ar")
    assert ("banktransfer", "Bank Transfer") in info.payment_methods
    assert info.shipping_methods and info.shipping_methods[0][0]
    assert {code for code, _name in info.locations} == {"default", "JED"}
    assert ("packed", "Packed") in info.statuses
    assert [percent for _code, _title, percent in info.taxes] == [Decimal(15)]
    assert info.extra["msi"] is True
