"""'Test Connection' names what is missing."""

from __future__ import annotations

from platforms.types import CheckReport
from tests.platforms.magento1.bench import MagentoBench


def states(report: CheckReport) -> dict[str, str]:
    return {step.name: step.state for step in report.steps}


def test_healthy_shop(bench: MagentoBench) -> None:
    bench.order()
    with bench.adapter() as adapter:
        report = adapter.check()

    assert report.is_ok
    assert {state for name, state in states(report).items() if name != "tls"} == {"ok"}
    assert report.info is not None
    assert report.info.version == "OpenMage 20.0.20 (1.9.4.5)"
    assert report.info.currency == "SAR"
    assert dict(report.info.payment_methods)["checkmo"]
    assert report.info.extra["store_views"] == [("default", "English"), ("ar", "العربية")]
    assert report.info.price_lists[3] == ("2", "Wholesale", "")
    assert report.info.extra["tax_classes"] == [("0", "None"), ("2", "Taxable Goods"), ("5", "Zero rated")]
    assert bench.writes == 1, "the bundle of harmless writes, which change nothing"
    assert len(bench.shop.store.orders) == 1


def test_missing_rights_are_named_by_their_method(bench: MagentoBench) -> None:
    rights = bench.shop.read_only_rights() | {"catalog_product.update", "sales_order.addComment"}
    bench.shop.add_user("half", "half-key-12345", frozenset(rights))
    with bench.adapter(credentials={"username": "half", "password": "half-key-12345"}) as adapter:
        report = adapter.check()
    found = {step.name: step for step in report.steps}

    assert report.is_ok, "what is missing closes features only"
    assert found["write_products"].state == found["write_orders"].state == found["read_orders"].state == "ok"
    for name, path in (
        ("write_shipments", "order_shipment.create"),
        ("write_invoices", "order_invoice.create"),
        ("write_returns", "order_creditmemo.create"),
        ("cancel_orders", "order.cancel"),
        ("write_pictures", "product_media.create"),
    ):
        assert found[name].state == "warn" and path in found[name].message and found[name].cure


def test_reader_cannot_do_the_main_work(bench: MagentoBench) -> None:
    with bench.adapter(credentials=bench.read_only_credentials()) as adapter:
        report = adapter.check()

    assert not report.is_ok
    assert states(report)["write_products"] == "fail"


def test_wrong_key_stops_at_signing_in(bench: MagentoBench) -> None:
    with bench.adapter(credentials=bench.wrong_credentials()) as adapter:
        report = adapter.check()

    assert states(report) == {"address": "ok", "authenticated": "fail"}
    assert report.steps[1].cure


def test_other_currency_and_blocked_xmlrpc_are_told(bench: MagentoBench) -> None:
    bench.order()
    bench.shop.options.xmlrpc = False
    with bench.adapter(connection={"currency": "EUR"}) as adapter:
        report = adapter.check()

    assert states(report)["currency"] == "fail"
    assert states(report)["door"] == "warn"


def test_shop_without_orders_tells_no_currency(bench: MagentoBench) -> None:
    with bench.adapter() as adapter:
        report = adapter.check()

    assert states(report)["currency"] == "warn" and report.is_ok


def test_old_shop_is_told(bench: MagentoBench) -> None:
    bench.shop.options.version, bench.shop.options.openmage_version = "1.4.1.1", ""
    with bench.adapter() as adapter:
        report = adapter.check()

    assert states(report)["version"] == "warn"
