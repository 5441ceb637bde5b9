"""The command line, the control API, state between runs, and small things."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import requests

from sandbox.registry import shop_class
from sandbox.shopify import ShopifyShop
from sandbox.shopify.connections import cursor_of
from tests.sandbox.client import Receiver
from tests.sandbox.shopify.client import Admin


def control(shop: ShopifyShop, method: str, path: str, body=None):
    answer = requests.request(method, f"{shop.control_url}/{path}", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_registry_and_options_of_the_command_line():
    kind = shop_class("shopify")
    assert kind is ShopifyShop
    assert {"currency", "prices_include_tax", "webhook_hosts", "version"} <= kind.option_names()
    assert set(kind().sign_in) == {"access token", "client id", "client secret"}


def test_control_acts_as_merchant_and_buyer(shop):
    made = control(shop, "POST", "products", {"sku": "A", "price": "10.00", "stock": 5})
    assert made["sku"] == "A"
    sold = control(shop, "POST", "sale", {"sku": "A", "quantity": 2})
    assert sold["totals"]["total"] == "23.00"
    order = control(shop, "POST", "orders", {"lines": [{"sku": "A"}], "shipping": {"price": "25"}})
    assert control(shop, "POST", "orders/fulfill", {"id": order["id"]})["id"].startswith(
        "gid://shopify/Fulfillment/"
    )
    assert control(shop, "POST", "orders/cancel", {"id": sold["id"]})["financial_status"] == "REFUNDED"
    assert control(shop, "GET", "db/stock") == {"A": 4}
    assert control(shop, "POST", "stock", {"sku": "A", "quantity": 50})["stock"] == 50
    control(shop, "POST", "prices", {"sku": "A", "price": "8", "compare_at": "10"})
    assert control(shop, "GET", "db/prices") == {"A": ["8.00", "10.00"]}
    (shown,) = [o for o in control(shop, "GET", "db/orders") if o["admin_graphql_api_id"] == order["id"]]
    assert shown["fulfillment_status"] == "fulfilled"
    assert control(shop, "POST", "options", {"plan": "plus"})["plan"] == "plus"
    assert control(shop, "GET", "state")["bucket"]["restoreRate"] == 1000.0
    assert shop.counters.requests == 0
    control(shop, "POST", "reset")
    assert control(shop, "GET", "db/orders") == []


def test_demo_is_told_by_its_marks():
    with ShopifyShop("demo", webhook_delay=None) as shop:
        shown = control(shop, "GET", "demo")
        assert shown["kinds"]["b2b"] == 8
        assert shown["kinds"]["tax_included"] + shown["kinds"]["tax_excluded"] == 200
        assert sum(shown["statuses"].values()) == 200
        assert len(shop.store.tables["ProductVariant"]) >= 500


def test_same_seed_makes_the_same_shop():
    one, two = (ShopifyShop("demo", items=40, orders=60, seed_number=3) for _ in range(2))
    shown = [
        [
            (o["name"], [line["sku"] for line in shop.order(o["id"])["lines"]])
            for o in shop.store.rows("Order")
        ]
        for shop in (one, two)
    ]
    assert shown[0] == shown[1]


def test_state_is_kept_between_runs(tmp_path):
    file = str(tmp_path / "shop.state")
    with ShopifyShop(state_file=file, webhook_delay=None) as shop:
        shop.add_product(sku="A", stock=5)
        order = shop.buy("A", 2)
        gid = Admin(shop)(
            'mutation { bulkOperationRunQuery(query: "{ orders { nodes { id } } }") { bulkOperation { id } } }'
        )
        assert gid
    with ShopifyShop(state_file=file, webhook_delay=None) as again:
        assert again.stock_of("A") == 3
        assert again.order(order["id"])["totals"]["total"] == order["totals"]["total"]
        assert Admin(again)("{ ordersCount { count } }") == {"ordersCount": {"count": 1}}


def test_filters_of_subscriptions(shop, admin, receiver):
    create = """mutation($w: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: $w) { userErrors { message } } }"""
    admin(create, {"w": {"uri": receiver.url, "filter": "id:* AND total_price:>=100"}})
    shop.place_order([{"title": "Thing", "price": "10.00"}])
    dear = shop.place_order([{"title": "Thing", "price": "1000.00"}])
    shop.flush_webhooks()
    assert [json.loads(d.body)["id"] for d in receiver.got] == [dear["number"]]


def test_cost_is_told_field_by_field_when_asked(shop, admin):
    admin.session.headers["Shopify-GraphQL-Cost-Debug"] = "1"
    cost = admin.post("{ orders(first: 250) { nodes { id } } }").json()["extensions"]["cost"]
    assert cost["fields"][0] == {
        "path": ["orders"],
        "definedCost": None,
        "requestedTotalCost": 13,
        "requestedChildrenCost": 1,
    }


def test_refused_product_set_leaves_no_half_product(shop, admin):
    shop.add_product(sku="A", handle="taken")
    query = "mutation($i: ProductSetInput!) { productSet(input: $i) { product { id } userErrors { field code } } }"
    given = {
        "title": "New",
        "handle": "taken",
        "metafields": [{"namespace": "erp", "key": "n", "type": "number_integer", "value": "x"}],
    }
    answer = admin(query, {"i": given})["productSet"]
    assert [e["code"] for e in answer["userErrors"]] == ["HANDLE_NOT_UNIQUE", "INVALID_METAFIELD"]
    assert len(shop.store.tables["Product"]) == 1


def test_gift_cards_alone_need_no_parcel(shop, admin):
    placed = shop.place_order([{"title": "Card", "price": "50.00", "gift_card": True}])
    query = "query($id: ID!) { order(id: $id) { displayFulfillmentStatus } }"
    assert (
        admin(query, {"id": placed["id"]})["order"]["displayFulfillmentStatus"] == "FULFILLMENT_NOT_REQUIRED"
    )
    old = admin(query, {"id": placed["id"]}, version="2026-07")
    assert old["order"]["displayFulfillmentStatus"] == "UNFULFILLED"


def test_shop_fields_need_no_scope(shop):
    admin = Admin(shop, shop.add_token(()))
    assert admin("{ shop { currencyCode taxesIncluded ianaTimezone } }") == {
        "shop": {"currencyCode": "SAR", "taxesIncluded": False, "ianaTimezone": "Asia/Riyadh"}
    }


def test_older_api_has_a_bucket_of_requests(shop, admin):
    shop.app.clock.freeze()
    url = f"{shop.url}/admin/api/2026-10/shop.json"
    answers = [admin.session.get(url, timeout=10) for _ in range(41)]
    assert answers[31].headers["X-Shopify-Shop-Api-Call-Limit"] == "32/40"
    last = answers[-1]
    assert last.status_code == 429
    assert last.json() == {
        "errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
    }
    assert last.headers["Retry-After"] == "1.0"
    assert "X-Shopify-Shop-Api-Call-Limit" not in last.headers
    shop.advance(1)
    assert admin.session.get(url, timeout=10).status_code == 200


def test_subscriptions_that_no_api_lists(shop, admin, receiver):
    shop.add_other_subscription("orders/create", f"{receiver.url}/config")
    shop.add_other_subscription("orders/create", f"{receiver.url}/admin", secret="made-by-hand")
    assert admin("{ webhookSubscriptionsCount { count } }")["webhookSubscriptionsCount"]["count"] == 0
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    signed = {d.path: d.headers["X-Shopify-Hmac-Sha256"] for d in receiver.got}
    bodies = {d.path: d.body for d in receiver.got}

    def mac(secret: str, path: str) -> str:
        return base64.b64encode(hmac.new(secret.encode(), bodies[path], hashlib.sha256).digest()).decode()

    assert signed == {"/config": mac(shop.secret, "/config"), "/admin": mac("made-by-hand", "/admin")}


def test_newer_deliveries_have_other_header_names(shop, admin, receiver):
    shop.options.events_delivery = True
    shop.add_other_subscription("orders/create", receiver.url)
    order = shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    head = receiver.got[0].headers
    assert (head["shopify-topic"], head["shopify-action"]) == ("orders/create", "create")
    assert head["shopify-resource-id"] == order["id"]
    assert not any(name.startswith("X-Shopify") for name in head)


def test_chosen_fields_that_do_not_change_are_debounced(shop, admin, receiver):
    create = """mutation($w: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: ORDERS_UPDATED, webhookSubscription: $w) { userErrors { message } } }"""
    admin(create, {"w": {"uri": f"{receiver.url}/still", "includeFields": ["id"]}})
    admin(create, {"w": {"uri": f"{receiver.url}/moving", "includeFields": ["id", "updated_at"]}})
    order = shop.place_order([{"title": "Thing", "price": "1.00"}])
    for _ in range(3):
        shop.advance(1)
        shop.touch_order(order["id"])
    shop.flush_webhooks()
    assert sorted(d.path for d in receiver.got) == ["/moving", "/moving", "/moving", "/still"]


def test_key_that_is_still_at_work(shop, admin):
    made = shop.add_product(sku="A", stock=5)
    shop.hold_key("busy")
    place = next(iter(shop.store.tables["Location"]))
    query = """mutation($i: InventorySetQuantitiesInput!) {
      inventorySetQuantities(input: $i) @idempotent(key: "busy") { userErrors { code } } }"""
    row = {
        "inventoryItemId": made["inventory_item_id"],
        "locationId": place,
        "quantity": 1,
        "changeFromQuantity": None,
    }
    given = {"name": "available", "reason": "correction", "quantities": [row]}
    answer = admin(query, {"i": given})["inventorySetQuantities"]
    assert answer["userErrors"] == [{"code": "IDEMPOTENCY_CONCURRENT_REQUEST"}]


def test_paging_ends_at_25000_objects(shop, admin):
    shop.add_product(sku="A")
    cursor = cursor_of(1, 1, 25_000)
    query = "query($c: String) { products(first: 1, after: $c) { nodes { id } } }"
    (error,) = admin.errors(query, {"c": cursor})
    assert "25000" in error["message"]


def test_daily_cap_of_variants_is_429(shop, admin):
    shop.options.variant_day_cap = 2
    options = [{"name": "Size", "values": [{"name": n} for n in "SML"]}]
    variants = [{"optionValues": [{"optionName": "Size", "name": n}], "sku": n} for n in "SML"]
    query = "mutation($i: ProductSetInput!) { productSet(input: $i) { product { id } userErrors { code } } }"
    given = {"title": "Shirt", "productOptions": options, "variants": variants}
    answer = admin.post(query, {"i": given})
    assert answer.status_code == 429
    assert shop.store.tables["Product"] == {}


def test_product_set_costs_by_its_rows(shop, admin):
    options = [{"name": "Size", "values": [{"name": str(n)} for n in range(10)]}]
    variants = [{"optionValues": [{"optionName": "Size", "name": str(n)}]} for n in range(10)]
    query = "mutation($i: ProductSetInput!) { productSet(input: $i) { userErrors { code } } }"
    given = {"title": "Shirt", "productOptions": options, "variants": variants, "files": []}
    cost = admin.post(query, {"i": given}).json()["extensions"]["cost"]
    assert (
        cost["requestedQueryCost"] == 13
    )  # 10 for the mutation, 1 for its errors, 10 x 0.2 for the variants


def test_older_shop_serves_the_newer_version_as_a_candidate(shop, admin):
    shop.options.version = "2026-07"
    shown = admin("{ publicApiVersions { handle supported } }", version="2026-07")["publicApiVersions"]
    assert shown == [
        {"handle": "2026-07", "supported": True},
        {"handle": "2026-10", "supported": False},
        {"handle": "unstable", "supported": False},
    ]
    assert admin.post("{ shop { name } }", version="2026-10").headers["X-Shopify-API-Version"] == "2026-10"


def test_who_is_told_may_ask_back_before_he_answers(shop, admin):
    asked: list[int] = []

    with Receiver() as receiver:
        create = """mutation($w: WebhookSubscriptionInput!) {
          webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: $w) { userErrors { message } } }"""
        admin(create, {"w": {"uri": receiver.url}})
        shop.place_order([{"title": "Thing", "price": "1.00"}])

        class Counting(list):  # the delivery is put down while the shop still waits for the answer
            def append(self, delivery) -> None:
                asked.append(Admin(shop)("{ ordersCount { count } }")["ordersCount"]["count"])
                super().append(delivery)

        receiver.got = Counting()
        (sent,) = control(shop, "POST", "webhooks/flush")
    assert (sent["status"], asked) == (200, [1])


def test_options_over_http_keep_their_kind(shop):
    shown = control(
        shop,
        "POST",
        "options",
        {"tax_rate": "0.05", "presentment": {"EUR": "0.25"}, "scopes": ["read_orders"]},
    )
    assert (shown["tax_rate"], shown["presentment"], shown["scopes"]) == (
        "0.05",
        {"EUR": "0.25"},
        ["read_orders"],
    )
    order = control(
        shop, "POST", "orders", {"lines": [{"title": "Thing", "price": "100"}], "currency": "EUR"}
    )
    assert order["totals"]["total"] == "105.00"


def test_bundles_share_their_group(shop, admin):
    lines = [{"title": "A", "price": "1.00", "group": "Set"}, {"title": "B", "price": "1.00", "group": "Set"}]
    placed = shop.place_order([*lines, {"title": "C", "price": "1.00", "group": "Kit"}])
    query = (
        "query($id: ID!) { order(id: $id) { lineItems(first: 5) { nodes { lineItemGroup { id title } } } } }"
    )
    groups = [n["lineItemGroup"] for n in admin(query, {"id": placed["id"]})["order"]["lineItems"]["nodes"]]
    assert groups[0] == groups[1] != groups[2]
    assert [g["title"] for g in groups] == ["Set", "Set", "Kit"]
