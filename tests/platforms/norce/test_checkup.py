"""'Test Connection' and signing in: every refusal names what to do."""

from __future__ import annotations

from typing import Any

import pytest

from ecomsync.common.errors import BadCredentials, ConfigurationError, RateLimited
from platforms.norce.client import root_of
from platforms.norce.query_names import QueryNames
from platforms.norce.tokens import forget_tokens, scope_of
from sandbox.norce import NorceShop
from tests.contracts.bench import LONG_AGO
from tests.platforms.norce.bench import NorceBench


def states(bench: NorceBench, **settings: Any) -> dict[str, str]:
    with bench.adapter(**settings) as adapter:
        return {step.name: step.state for step in adapter.check().steps}


def test_healthy_client_tells_its_lists_and_changes_nothing(bench: NorceBench) -> None:
    bench.shop.add_warehouse("JED", location="A1")
    with bench.adapter() as adapter:
        report = adapter.check()

    assert report.is_ok and report.info is not None
    info = report.info
    assert (info.name, info.currency, info.prices_include_tax) == ("متجر نورس | Norce demo", "SAR", False)
    assert [code for code, _ in info.locations] == ["RUH", "JED/A1"]
    assert ("CARD", "Card") in info.payment_methods and ("HOME", "Home delivery") in info.shipping_methods
    assert [rate for _, _, rate in info.taxes] == [15, 0]
    assert info.languages == ("en", "ar")
    assert bench.shop.jobs == [] and bench.shop.counters.by_status[500] == 0
    hooks = next(step for step in report.steps if step.name == "webhooks")
    assert "https://erp.example.test/webhooks/norce/7f3c/" in hooks.message and "X-Hub-Token" in hooks.message


def test_missing_rights_are_told_apart(bench: NorceBench) -> None:
    found = states(bench, credentials=bench.read_only_credentials())

    assert (found["read_orders"], found["write_connect"], found["write_orders"]) == ("ok", "fail", "fail")


def test_another_application_is_refused_with_a_cure(bench: NorceBench) -> None:
    with bench.adapter(credentials={"application_id": "99"}) as adapter:
        steps = {step.name: step for step in adapter.check().steps}

    assert steps["read_orders"].state == "fail"
    assert "application id" in steps["read_orders"].cure


def test_other_currency_and_unknown_warehouse(bench: NorceBench) -> None:
    found = states(bench, connection={"currency": "EUR"}, options={"warehouse_code": "MED"})

    assert (found["currency"], found["location"]) == ("fail", "warn")


def test_job_path_that_is_not_there_is_told(bench: NorceBench) -> None:
    bench.shop.options.job_below_api = True

    assert states(bench)["jobs"] == "warn"
    assert states(bench, options={"job_path": "commerce/connect/4.0/api"})["jobs"] == "ok"


def test_wrong_secret_and_wrong_scope(bench: NorceBench) -> None:
    with (
        bench.adapter(credentials={"password": "wrong"}) as adapter,
        pytest.raises(BadCredentials) as secret,
    ):
        adapter.request_token()
    with bench.adapter(options={"scope": "prod"}) as adapter, pytest.raises(ConfigurationError) as scope:
        adapter.request_token()

    assert "shown once" in secret.value.cure
    assert scope.value.code == "invalid_scope"


def test_identity_gives_twenty_at_once_and_then_three_a_minute(shop: NorceShop) -> None:
    bench = NorceBench(shop)
    with bench.adapter() as adapter:
        for _ in range(20):
            adapter.request_token()
        with pytest.raises(RateLimited) as caught:
            adapter.request_token()
        shop.advance(21)
        token = adapter.refresh_token()

    assert caught.value.retry_after == 20
    assert token.access_token and token.expires_at is not None and token.scopes == ("playground",)


def test_token_of_the_site_is_used_and_its_refusal_is_left_to_the_house(bench: NorceBench) -> None:
    bench.products(1)
    with bench.adapter() as adapter:
        token = adapter.request_token().access_token
    forget_tokens()
    with bench.adapter(credentials={"access_token": token}) as adapter:
        assert adapter.find_products(["BULK-00001"])
        bench.shop.advance(3700)
        with pytest.raises(BadCredentials):
            adapter.find_products(["BULK-00001"])

    assert bench.shop.counters.calls("POST /identity/*") == 1


def test_environments_have_scopes_and_addresses_of_their_own() -> None:
    assert scope_of("https://acme.api-se.norce.tech") == "prod"
    assert scope_of("https://acme.api-se.stage.norce.tech") == "stage"
    assert scope_of("https://acme.api-se.playground.norce.tech") == "playground"
    assert root_of("acme.api-se.norce.tech/commerce/connect/4.0/") == "https://acme.api-se.norce.tech"
    with pytest.raises(ConfigurationError):
        root_of("ftp://acme.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [("auth_mode", "magic"), ("job_wait", "soon"), ("file_rows", 0), ("capture_with_invoice", "perhaps")],
)
def test_bad_option_is_named(bench: NorceBench, name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        bench.adapter(options={name: value})

    assert name in caught.value.message and caught.value.cure


def test_older_connect_signs_in_by_application_and_secret(bench: NorceBench) -> None:
    bench.shop.options.allows_basic = True
    options = {"auth_mode": "basic"}
    with bench.adapter(options=options) as adapter:
        assert adapter.check().is_ok
    with bench.adapter(options=options, credentials={"password": "wrong"}) as adapter:
        steps = {step.name: step.state for step in adapter.check().steps}

    assert steps["read_orders"] == "fail"
    assert bench.shop.counters.calls("POST /identity/*") == 0


# ---------------------------------------------------------------- names of fields in Query

OTHER_NAMES = {
    "Orders/Orders": {"ClientOrderRef": "OrderReference", "ShipTo": "DeliveryTo"},
    "Application/ClientWarehouses": {"Locations": "WarehouseLocations"},
}
AS_SETTING = (
    "Orders/Orders.ClientOrderRef=OrderReference, Orders/Orders.ShipTo=DeliveryTo,\n"
    "Application/ClientWarehouses.Locations = WarehouseLocations"
)


def test_fields_that_query_does_not_know_are_named_with_the_setting(bench: NorceBench) -> None:
    bench.order()
    bench.shop.options.field_names = OTHER_NAMES
    with bench.adapter() as adapter:
        steps = {step.name: step for step in adapter.check().steps}

    assert steps["read_orders"].state == "fail"
    assert steps["read_orders"].message == "Query does not know ClientOrderRef, ShipTo of Orders/Orders."
    assert "Orders/Orders.ClientOrderRef=…" in steps["read_orders"].cure
    assert (steps["query_fields"].state, steps["read_prices"].state) == ("warn", "ok")
    assert "Locations of Application/ClientWarehouses" in steps["query_fields"].message


def test_named_fields_are_asked_by_and_read_as_ours(bench: NorceBench) -> None:
    bench.shop.add_warehouse("JED", location="A1")
    reference = bench.order(city="جدة")
    bench.shop.options.field_names = OTHER_NAMES
    with bench.adapter(options={"query_names": AS_SETTING}) as adapter:
        report = adapter.check()
        orders = list(adapter.iter_orders(modified_from=LONG_AGO))
        one = adapter.get_order(reference)

    assert report.is_ok, [step.message for step in report.steps if step.state == "fail"]
    assert report.info is not None
    assert [code for code, _ in report.info.locations] == ["RUH", "JED/A1"]
    assert [order.remote_id for order in orders] == [reference] == [one.remote_id]
    assert one.shipping.city == "جدة"


def test_words_in_quotes_are_no_names() -> None:
    names = QueryNames.read("Orders/Orders.ClientOrderRef=Ref")
    asked = names.asked(
        "Orders/Orders", [("$filter", "ClientOrderRef eq 'ClientOrderRef''s'"), ("$top", "1")]
    )

    assert asked == [("$filter", "Ref eq 'ClientOrderRef''s'"), ("$top", "1")]


def test_names_that_cannot_be_read_are_refused_with_an_example(bench: NorceBench) -> None:
    with pytest.raises(ConfigurationError) as caught:
        bench.adapter(options={"query_names": "ClientOrderRef=Ref"})

    assert "Orders/Orders.ClientOrderRef=OrderReference" in caught.value.cure
