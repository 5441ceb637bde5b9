"""Doors, sessions, faults and pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    MissingPermission,
    Rejected,
    ShopUnavailable,
    UncertainOutcome,
    UnsupportedFeature,
)
from ecomsync.common.http import Exchange
from platforms.magento1.faults import RemoteFault, error_from_fault
from platforms.types import Outcome
from sandbox.magento1 import Magento1Shop
from tests.contracts.bench import LONG_AGO, quantities
from tests.platforms.magento1.bench import MagentoBench
from tests.platforms.scripted import Say, ScriptedServer, Seen, scripted_server


def test_shop_without_rewrites_is_found_behind_index_php_and_remembered(bench: MagentoBench) -> None:
    bench.shop.options.rewrites = False
    number = bench.order()
    with bench.adapter() as adapter:
        assert adapter.get_order(number).number == number
        learned = dict(adapter.learned)
    bench.shop.counters.reset()
    with bench.adapter(connection={"learned": learned}) as adapter:
        adapter.get_order(number)

    assert learned == {"door": "xmlrpc", "prefix": "/index.php"}
    assert bench.calls == 1


def test_shop_whose_host_blocks_xmlrpc_is_entered_by_soap_and_staff_are_told(bench: MagentoBench) -> None:
    bench.shop.options.xmlrpc = False
    number = bench.order()
    with bench.adapter() as adapter:
        order = adapter.get_order(number)
        findings = [finding.code for finding in adapter.findings]
        learned = dict(adapter.learned)

    assert order.number == number
    assert findings == ["soap_fallback"]
    assert learned == {"door": "soap_v2", "prefix": ""}


def test_address_without_an_api_is_a_matter_of_set_up(bench: MagentoBench) -> None:
    adapter = bench.adapter(connection={"url": f"{bench.shop.url}/elsewhere"})
    with adapter, pytest.raises(ConfigurationError) as caught:
        adapter.get_order("1")

    assert caught.value.code == "api_not_found"


@pytest.mark.parametrize("typed", ["{}/", "{}/index.php/", "{}/api/xmlrpc/", "{}/index.php/admin"])
def test_address_is_taken_as_staff_type_it(bench: MagentoBench, typed: str) -> None:
    number = bench.order()
    with bench.adapter(connection={"url": typed.format(bench.shop.url)}) as adapter:
        assert adapter.get_order(number).number == number


def test_session_that_is_over_is_renewed_once(bench: MagentoBench) -> None:
    number = bench.order()
    with bench.adapter() as adapter:
        adapter.get_order(number)
        bench.shop.advance(3601)
        adapter.get_order(number)

    assert bench.shop.counters.snapshot()["by_route"] == {
        "CALL /xmlrpc login": 2,
        "CALL /xmlrpc order.info": 3,
    }


def test_session_in_use_slides(bench: MagentoBench) -> None:
    number = bench.order()
    with bench.adapter() as adapter:
        for _ in range(4):
            adapter.get_order(number)
            bench.shop.advance(3000)

    assert bench.shop.counters.calls("CALL /xmlrpc login") == 1


def test_shop_that_keeps_no_session_is_left_after_one_renewal(bench: MagentoBench) -> None:
    number = bench.order()
    bench.shop.faults.add("expired_key", path="/api/", method="CALL")
    with bench.adapter() as adapter, pytest.raises(ShopUnavailable) as caught:
        adapter.get_order(number)

    assert caught.value.code == "session_lost"
    assert bench.shop.counters.calls("CALL /xmlrpc login") == 2


def test_key_that_was_changed_meanwhile_is_bad_credentials(bench: MagentoBench) -> None:
    number = bench.order()
    with bench.adapter() as adapter:
        adapter.get_order(number)
        bench.shop.store.users[bench.shop.key].active = False
        with pytest.raises(BadCredentials):
            adapter.get_order(number)


def test_read_that_met_a_deadlock_is_repeated(bench: MagentoBench) -> None:
    number = bench.order()
    with bench.adapter() as adapter:
        adapter.get_order(number)
        bench.shop.faults.add("internal_error", path="/api/", count=2)
        assert adapter.get_order(number).number == number
        bench.shop.faults.add("internal_error", path="/api/", count=3)
        with pytest.raises(ShopUnavailable) as caught:
            adapter.get_order(number)

    assert caught.value.code == "internal_fault"


def test_write_that_met_a_deadlock_is_left_to_the_queue(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    with bench.adapter() as adapter:
        bench.shop.faults.add("internal_error", path="/api/", method="POST")
        (result,) = adapter.push_quantities(quantities([product], 3))

    assert (result.outcome, result.code) == (Outcome.RETRY, "internal_fault")
    assert bench.shop.counters.calls("POST *") == 1


@pytest.mark.parametrize(
    ("code", "message", "path", "kind", "ours"),
    [
        (0, "Unknown Error", "product.list", Rejected, "unknown_fault"),
        (1, "SQLSTATE[42S22]: Column not found: 1054 Unknown column 'x', query was: SELECT secret", "order.list", Rejected,
         "unknown_fault"),
        (1, "SQLSTATE[40001]: Deadlock found", "product.update", ShopUnavailable, "internal_fault"),
        (1, "Internal Error. Please see log for details.", "product.update", ShopUnavailable, "internal_fault"),
        (2, "Access denied.", "order.info", MissingPermission, "missing_permission"),
        (3, "Invalid api path.", "order_creditmemo.list", UnsupportedFeature, "method_missing"),
        (6, "Required parameter is missing", "order.info", Rejected, "unknown_fault"),
        (102, "x", "order_shipment.create", Rejected, "cannot_ship"),
        (102, "x", "catalog_product.update", Rejected, "data_invalid"),
        (102, "The value of attribute \"SKU\" must be unique", "product.create", Rejected, "duplicate_sku"),
        (101, "x", "product_tier_price.update", Rejected, "data_invalid"),
        (177, "x", "product.update", Rejected, "fault_177"),
    ],
)  # fmt: skip
def test_faults_mean_something_with_their_resource(
    code: int, message: str, path: str, kind: type[Exception], ours: str
) -> None:
    error = error_from_fault(RemoteFault(code, message), path)

    assert isinstance(error, kind) and error.code == ours
    assert error.cure
    assert "SELECT" not in error.message


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def connected(server: ScriptedServer, **connection: Any) -> Any:
    with Magento1Shop(webhook_delay=None) as shop:
        return MagentoBench(shop).adapter(connection={"url": server.url, **connection})


def test_notices_of_php_before_the_answer_are_the_shop_being_unavailable(scripted: ScriptedServer) -> None:
    page = b"<br />\n<b>Notice</b>: Undefined index in /var/www/x.php<br /><?xml version='1.0'?><methodResponse/>"
    scripted.script = lambda seen: Say(200, page)
    with connected(scripted) as adapter, pytest.raises(ShopUnavailable) as caught:
        adapter.get_order("1")

    assert caught.value.code == "not_xml"
    assert "Notice" in caught.value.excerpt


def test_gateway_that_gave_up_leaves_the_outcome_uncertain(scripted: ScriptedServer) -> None:
    scripted.script = lambda seen: Say(504, "<html><title>504 Gateway Time-out</title></html>")
    with connected(scripted) as adapter, pytest.raises(UncertainOutcome):
        adapter.get_order("1")


def test_redirect_and_password_of_the_server_are_matters_of_set_up(scripted: ScriptedServer) -> None:
    scripted.script = lambda seen: Say(301, "", {"Location": "https://www.shop.test/api/xmlrpc/"})
    with connected(scripted) as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.get_order("1")
    assert caught.value.code == "redirected"

    scripted.script = lambda seen: Say(401, "<html><title>Authorization Required</title></html>")
    with connected(scripted) as adapter, pytest.raises(BadCredentials, match="password of its own"):
        adapter.get_order("1")


def test_document_type_in_an_answer_is_refused(scripted: ScriptedServer) -> None:
    def script(seen: Seen) -> Say:
        return Say(200, b'<!DOCTYPE x [<!ENTITY a "aaaa">]><methodResponse><params/></methodResponse>')

    scripted.script = script
    with connected(scripted) as adapter, pytest.raises(ShopUnavailable, match="document type"):
        adapter.get_order("1")


def test_bundle_with_another_number_of_answers_is_not_believed(scripted: ScriptedServer) -> None:
    def script(seen: Seen) -> Say:
        value = (
            b"<string>" + b"a" * 32 + b"</string>"
            if b"<methodName>login" in seen.body
            else b"<array><data/></array>"
        )
        return Say(
            200,
            b"<methodResponse><params><param><value>" + value + b"</value></param></params></methodResponse>",
        )

    scripted.script = script
    with connected(scripted) as adapter, pytest.raises(ShopUnavailable) as caught:
        list(adapter.get_orders(["1", "2"]))

    assert caught.value.code == "unexpected_answer"


def test_records_show_neither_key_nor_session_nor_password_hash(bench: MagentoBench) -> None:
    seen: list[Exchange] = []
    bench.order()
    with bench.adapter(observer=seen.append) as adapter:
        list(adapter.iter_orders(modified_from=LONG_AGO))
    (session,) = bench.shop.store.sessions
    shown = repr(seen)

    assert len(seen) >= 3 and "order.list" in shown
    assert bench.shop.secret not in shown and session not in shown


def test_option_that_cannot_be_is_named(bench: MagentoBench) -> None:
    for options in (
        {"door": "window"},
        {"price_decimals": "two"},
        {"language_views": ":x"},
        {"root_category": "top"},
    ):
        with pytest.raises(ConfigurationError) as caught:
            bench.adapter(options=options)
        assert caught.value.code == "bad_option" and next(iter(options)) in caught.value.message
