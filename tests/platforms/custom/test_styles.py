"""Every way of signing in, of going on over pages, of refusing and of writing bodies, each at a shop that has it."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import BadCredentials, ConfigurationError, InvalidSignature, NotFound, Rejected
from ecomsync.common.http import Exchange
from platforms.custom.adapter import CustomAdapter
from platforms.custom.examples import example_options
from platforms.types import EventKind, Outcome, RemoteOrder
from sandbox.custom import CustomShop
from tests.contracts.bench import LONG_AGO, prices, quantities
from tests.platforms.custom.bench import CustomBench

D = Decimal
SIGN_IN: dict[str, dict[str, Any]] = {
    "bearer": {},
    "header": {"header": "X-Api-Key"},
    "query": {"parameter": "key"},
    "basic": {},
    "oauth2": {"token_path": "/oauth/token"},
    "login": {
        "request": {
            "method": "POST",
            "path": "/login",
            "body": {"user": "{{ credentials.username }}", "password": "{{ credentials.password }}"},
        },
        "token": "body.session.token",
    },
    "hmac": {"signed": "{{ method }}{{ path }}{{ timestamp }}{{ body }}"},
}


def _at_hand(way: str) -> dict[str, str]:
    """Where a token is asked for there is none yet."""
    return {"access_token": ""} if way in ("oauth2", "login") else {}


@pytest.mark.parametrize("way", SIGN_IN)
def test_every_way_of_signing_in_reads_and_writes(way: str) -> None:
    with CustomShop(auth=way, webhook_delay=None) as shop:
        bench = CustomBench(shop)
        order, product = bench.order(), bench.products(1)[0]
        options = {"sign_in": way, "sign_in_settings": SIGN_IN[way]}
        with bench.adapter(options=options, credentials=_at_hand(way)) as adapter:
            assert adapter.get_order(order).remote_id == order
            assert adapter.push_quantities(quantities([product], 9))[0].outcome is Outcome.OK
        assert bench.quantity_of(product) == D(9)
        asked = 1 if way in ("oauth2", "login") else 0
        assert bench.calls == 2 + asked


@pytest.mark.parametrize("way", SIGN_IN)
def test_every_way_of_signing_in_tells_wrong_keys_and_shows_no_secret(way: str) -> None:
    seen: list[Exchange] = []
    with CustomShop(auth=way, webhook_delay=None) as shop:
        bench = CustomBench(shop)
        order = bench.order()
        options = {"sign_in": way, "sign_in_settings": SIGN_IN[way]}
        with bench.adapter(options=options, observer=seen.append) as adapter:
            adapter.get_order(order)
        wrong = bench.wrong_credentials()
        with (
            bench.adapter(options=options, credentials=wrong, observer=seen.append) as adapter,
            pytest.raises(BadCredentials),
        ):
            adapter.get_order(order)
        shown = str(seen)
        secrets = [shop.key, shop.secret, *shop.store.sessions, *wrong.values()]
        assert [secret for secret in secrets if secret and secret in shown] == []


def test_token_that_the_shop_forgot_is_asked_for_once_more() -> None:
    with CustomShop(auth="oauth2", webhook_delay=None) as shop:
        bench = CustomBench(shop)
        order = bench.order()
        options = {"sign_in": "oauth2", "sign_in_settings": SIGN_IN["oauth2"]}
        with bench.adapter(options=options, credentials={"access_token": "lapsed-token"}) as adapter:
            assert adapter.get_order(order).remote_id == order
        assert bench.calls == 3  # refused, a new token, read


def test_refresh_token_is_exchanged() -> None:
    with CustomShop(auth="oauth2", webhook_delay=None) as shop:
        bench = CustomBench(shop)
        options = {"sign_in": "oauth2", "sign_in_settings": SIGN_IN["oauth2"]}
        with bench.adapter(options=options, credentials={"refresh_token": "refresh-shop"}) as adapter:
            token = adapter.refresh_token()
            assert token.refresh_token == "refresh-shop"
            assert token.access_token in shop.store.sessions
            assert token.expires_at is not None
        other = {"refresh_token": "refresh-other"}
        with bench.adapter(options=options, credentials=other) as adapter, pytest.raises(BadCredentials):
            adapter.refresh_token()


# ---------------------------------------------------------------- pages

PAGING: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "page": ({"style": "page", "size": 10}, {"page": "{{ paging.page }}", "limit": "{{ paging.size }}"}),
    "offset": (
        {"style": "offset", "size": 10, "total": "body.count"},
        {"offset": "{{ paging.offset }}", "limit": "{{ paging.size }}"},
    ),
    "cursor": (
        {"style": "cursor", "size": 10, "next": "body.next_cursor"},
        {"cursor": "{{? paging.cursor }}", "limit": "{{ paging.size }}"},
    ),
    "link": ({"style": "link", "size": 10}, {"limit": "{{ paging.size }}"}),
    "next_url": ({"style": "next_url", "size": 10, "next": "body.next"}, {"limit": "{{ paging.size }}"}),
    "since_id": (
        {"style": "since_id", "size": 10, "id": "id"},
        {"since_id": "{{? paging.last_id }}", "limit": "{{ paging.size }}"},
    ),
}


@pytest.mark.parametrize("style", PAGING)
def test_every_style_of_pages_is_read_to_the_last_row(style: str) -> None:
    with CustomShop(paging=style, webhook_delay=None) as shop:
        bench = CustomBench(shop)
        made = [product.remote_id for product in bench.products(30)]
        operations = example_options("generic_rest")["operations"]
        paging, query = PAGING[style]
        operations["list_products"] = {
            "path": "/products",
            "rows": "body.items",
            "paging": paging,
            "query": query,
        }
        with bench.adapter(options={"operations": operations}) as adapter:
            found = [product.remote_id for product in adapter.iter_products()]
        assert found == made
        # Where the shop does not tell that a full page was the last, one empty page does.
        assert bench.calls == (4 if style in ("page", "since_id") else 3)


def test_next_page_on_another_host_is_not_followed() -> None:
    with CustomShop(paging="next_url", webhook_delay=None) as shop:
        bench = CustomBench(shop)
        bench.products(30)
        shop.app.base_url = "http://evil.example.com"
        operations = example_options("generic_rest")["operations"]
        paging, query = PAGING["next_url"]
        operations["list_products"] = {
            "path": "/products",
            "rows": "body.items",
            "paging": paging,
            "query": query,
        }
        with (
            bench.adapter(options={"operations": operations}) as adapter,
            pytest.raises(ConfigurationError) as caught,
        ):
            list(adapter.iter_products())
        assert caught.value.code == "foreign_host"


# ---------------------------------------------------------------- refusals and bodies


def test_refusal_with_status_200_is_seen_by_the_success_rule() -> None:
    with CustomShop(envelope=True, webhook_delay=None) as shop:
        bench = CustomBench(shop)
        order = bench.order()
        errors = {**example_options("generic_rest")["errors"], "when": "body.ok"}
        with bench.adapter(options={"errors": errors}) as adapter:
            assert adapter.get_order(order).remote_id == order
            with pytest.raises(NotFound):
                adapter.get_order("99999999")
            wrong = copy.deepcopy(example_options("generic_rest")["operations"])
            wrong["list_orders"]["path"] = "/nowhere"
            with (
                bench.adapter(options={"errors": errors, "operations": wrong}) as other,
                pytest.raises(Rejected) as caught,
            ):
                list(other.iter_orders(modified_from=LONG_AGO))
            assert "NO_ROUTE" in caught.value.code
        with (
            bench.adapter(options={"errors": errors}, credentials={"access_token": "wrong-token"}) as adapter,
            pytest.raises(BadCredentials),
        ):
            adapter.get_order(order)


def xml_options() -> dict[str, Any]:
    """The example in XML: a root element around bodies, and a `row` in each list."""
    options = copy.deepcopy(example_options("generic_rest"))
    options["body_format"] = "xml"
    options["errors"] = {
        "message": "body.response.error.message",
        "code": "body.response.error.code",
        "kinds": options["errors"]["kinds"],
    }
    for operation in options["operations"].values():
        if "rows" in operation:
            operation["rows"] = "body.response.items.row"
        else:
            operation.setdefault("record", "body.response")
        if operation.get("id"):
            operation["id"] = "body.response.id"
        if "total" in operation.get("paging", {}):
            operation["paging"]["total"] = "body.response.count"
        if "results" in operation:
            operation["results"] |= {"rows": "body.response.results.row -> list", "ok": "ok == 'true'"}
        body = operation.get("body")
        if isinstance(body, dict):
            for name in ("rows", "lines"):
                if name in body:
                    body[name] = {"row": body[name]}
            operation["body"] = {"request": body}
    order = options["fields"]["order"]
    for name in ("lines", "payments", "shipments"):
        order[name]["rows"] = f"{order[name]['rows']}.row"
    order["shipments"]["fields"] |= {
        "line_ids": "lines.row -> list",
        "quantities": "lines.row.quantity -> list",
    }
    for charge in order["charges"]:
        charge["rows"] += ".row"
    order["returns"] = "refunds.row"
    options["fields"]["return"]["lines"]["rows"] = "lines.row"
    for name in ("statuses", "payment_methods", "shipping_methods"):
        options["fields"]["shop"][name]["rows"] += ".row"
    return options


def test_a_shop_that_speaks_xml() -> None:
    with CustomShop(body="xml", webhook_delay=None) as shop:
        bench = CustomBench(shop)
        order, products = bench.order(first_name="عبد الله & <أبناؤه>"), bench.products(12)
        with bench.adapter(options=xml_options()) as adapter:
            report = adapter.check()
            assert report.is_ok, report.steps
            found = adapter.get_order(order)
            (listed,) = adapter.iter_orders(modified_from=LONG_AGO)
            assert isinstance(listed, RemoteOrder)
            assert (found.remote_id, found.totals.grand_total) == (order, D("11.50"))
            assert found.billing.first_name == "عبد الله & <أبناؤه>"
            assert [line.sku for line in found.lines] == ["BENCH"]
            assert {result.outcome for result in adapter.push_quantities(quantities(products, 8))} == {
                Outcome.OK
            }
            assert adapter.push_prices(prices(products[:1], "12.50", "SAR"))[0].outcome is Outcome.OK
            with pytest.raises(NotFound):
                adapter.get_order("99999999")
        assert {bench.quantity_of(product) for product in products} == {D(8)}


# ---------------------------------------------------------------- deliveries

SIGNATURES: dict[str, dict[str, Any]] = {
    "hmac": {},
    "base64": {"encoding": "base64", "prefix": ""},
    "timestamped": {
        "prefix": "v1=",
        "signed": '{{ headers."x-shop-timestamp" }}.{{ body }}',
        "timestamp": "x-shop-timestamp",
    },
    "token": {"scheme": "token", "header": "x-shop-token", "prefix": ""},
    "basic": {"scheme": "basic", "prefix": ""},
}


@pytest.mark.parametrize("style", SIGNATURES)
def test_every_scheme_of_proof_is_verified_and_fails_closed(style: str) -> None:
    with CustomShop(signature=style, webhook_delay=None) as shop:
        bench = CustomBench(shop)
        rule = {**example_options("generic_rest")["webhooks"], **SIGNATURES[style]}
        adapter = bench.adapter(options={"webhooks": rule})
        delivery = bench.delivery("order.updated", '{"id": 4711, "note": "شكرًا"}'.encode())

        notice = adapter.read_webhook(delivery)
        assert (notice.kind, notice.remote_id) == (EventKind.ORDER_UPDATED, "4711")

        wrong = bench.delivery("order.updated", delivery.body, secret="another secret")
        bare = replace(
            delivery, headers={"content-type": "application/json", "x-shop-topic": "order.updated"}
        )
        for refused in (wrong, bare):
            with pytest.raises(InvalidSignature):
                adapter.read_webhook(refused)


def test_an_old_signed_delivery_is_refused() -> None:
    with CustomShop(signature="timestamped", webhook_delay=None) as shop:
        bench = CustomBench(shop)
        rule = {**example_options("generic_rest")["webhooks"], **SIGNATURES["timestamped"]}
        shop.advance(-3600)
        with pytest.raises(InvalidSignature) as caught:
            bench.adapter(options={"webhooks": rule}).read_webhook(
                bench.delivery("order.updated", b'{"id": 1}')
            )
        assert caught.value.code == "stale_delivery"


def test_deliveries_of_the_shop_itself_are_proved() -> None:
    """What the shop sends is what the adapter verifies: registered by us, signed by it."""
    with CustomShop(webhook_delay=None) as shop:
        bench = CustomBench(shop)
        with bench.adapter() as adapter:
            assert all(
                result.is_ok for result in adapter.register_webhooks(["order.created", "order.updated"])
            )
            assert sorted(hook.topic for hook in adapter.webhook_health()) == [
                "order.created",
                "order.updated",
            ]
        order = bench.order()
        (sent,) = shop.flush_webhooks()
        assert (sent["topic"], str(sent["resource_id"])) == ("order.created", order)


@pytest.mark.parametrize("example", ["generic_rest", "generic_graphql"])
def test_rows_of_one_product_at_several_locations_are_answered_each_for_itself(example: str) -> None:
    with CustomShop(webhook_delay=None) as shop:
        bench = CustomBench(shop)
        (product,) = bench.products(1)
        rows = [
            replace(quantities([product], figure)[0], key=place, location_id=place)
            for place, figure in (("1", 4), ("9", 5), ("2", 3))
        ]
        options = example_options(example)
        with bench.adapter(options=options) as adapter:
            assert adapter.capabilities.locations
            assert [code for code, _title in adapter.shop_info().locations] == ["1", "2"]
            results = adapter.push_quantities(rows)
        assert [(row.key, row.outcome) for row in results] == [
            ("1", Outcome.OK),
            ("9", Outcome.REJECTED),
            ("2", Outcome.OK),
        ]
        assert "location 9" in results[1].message
        assert bench.quantity_of(product) == D(7)


def test_locations_are_offered_only_where_a_row_names_one() -> None:
    options = example_options("generic_rest")
    del options["operations"]["push_quantities"]["body"]["rows"]["$do"]["location_id"]
    assert not CustomAdapter.capabilities_of(options).locations
    assert not CustomAdapter.capabilities_of(example_options("vendure")).locations
