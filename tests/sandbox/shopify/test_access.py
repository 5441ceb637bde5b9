"""Versions, tokens, OAuth, scopes, cost: chapters 1 to 3 of the fact sheet."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from sandbox.shopify import ShopifyShop
from sandbox.shopify.oauth import EXCHANGE, OFFLINE, callback_hmac
from tests.sandbox.shopify.client import Admin

SHOP = "{ shop { name } }"
DAY = 86400


def header(answer: requests.Response) -> str:
    return answer.headers["X-Shopify-API-Version"]


def test_each_version_answers_as_itself(admin):
    for version in ("2026-07", "2026-10", "2027-01", "unstable"):
        assert header(admin.post(SHOP, version=version)) == version


def test_retired_version_falls_forward_to_the_oldest(admin):
    assert header(admin.post(SHOP, version="2024-01")) == "2026-07"
    assert header(admin.post(SHOP, version="2031-04")) == "2026-07"


def test_a_path_without_a_version_is_not_found(admin):
    answer = admin.post(SHOP, version="v3")
    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})


def test_version_ends_with_its_year(shop, admin):
    shop.app.clock.set_to(shop.app.clock.parse("2027-08-01T00:00:00", gmt=True))
    assert header(admin.post(SHOP, version="2026-07")) == "2026-10"
    shown = admin("{ publicApiVersions { handle supported } }")["publicApiVersions"]
    assert [v["handle"] for v in shown if v["supported"]] == ["2026-10", "2027-01"]


def test_wrong_token_is_401_in_the_platforms_words(shop):
    answer = Admin(shop, "shpat_wrong").post(SHOP)
    assert answer.status_code == 401
    assert answer.json() == {
        "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
    }


@pytest.mark.parametrize("status", [402, 403, 423])
def test_frozen_shop_answers_its_status(shop, admin, status):
    shop.options.frozen = status
    assert admin.post(SHOP).status_code == status


def test_missing_scope_denies_the_field_and_answers_the_rest(shop):
    token = shop.add_token(("read_products",))
    answer = Admin(shop, token).post("{ shop { name } orders(first: 1) { nodes { id } } }")
    assert answer.status_code == 200
    assert answer.json()["data"] is None  # `orders` may not be null, so that the whole is
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["extensions"]["requiredAccess"] == "`read_orders` access scope."
    assert error["path"] == ["orders"]


def test_scope_of_a_nullable_field_leaves_the_others(shop):
    order = shop.place_order([{"title": "Thing", "price": "10.00"}])
    token = shop.add_token(("read_orders",))
    answer = Admin(shop, token).post(
        "query($id: ID!) { order(id: $id) { name customer { id } } }", {"id": order["id"]}
    )
    assert answer.json()["data"]["order"] == {"name": order["name"], "customer": None}
    assert answer.json()["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_granted_scopes_are_told(shop):
    token = shop.add_token(("read_orders", "read_products"))
    shown = Admin(shop, token)("{ currentAppInstallation { accessScopes { handle } } }")
    assert shown["currentAppInstallation"]["accessScopes"] == [
        {"handle": "read_orders"},
        {"handle": "read_products"},
    ]


def test_customer_data_is_hidden_from_unapproved_apps(shop, admin):
    order = shop.place_order([{"title": "Thing", "price": "10.00"}])
    shop.options.protected_customer_data = False
    answer = admin.post(
        "query($id: ID!) { order(id: $id) { email customer { firstName } shippingAddress { firstName city } } }",
        {"id": order["id"]},
    ).json()
    assert answer["data"]["order"] == {
        "email": None,
        "customer": None,
        "shippingAddress": {"firstName": None, "city": "Riyadh"},
    }
    assert "not approved to access the Customer object" in answer["errors"][0]["message"]


def test_old_orders_need_their_scope(shop):
    old = shop.place_order([{"title": "Thing", "price": "10.00"}], created="2026-06-01T00:00:00")
    new = shop.place_order([{"title": "Thing", "price": "10.00"}])
    admin = Admin(shop, shop.add_token(("read_orders",)))
    assert admin("{ orders(first: 5) { nodes { id } } }")["orders"]["nodes"] == [{"id": new["id"]}]
    assert admin("query($id: ID!) { order(id: $id) { id } }", {"id": old["id"]})["order"] is None


# OAuth.


def token_call(shop: ShopifyShop, **body: str) -> requests.Response:
    given = {"client_id": shop.client_id, "client_secret": shop.secret, **body}
    return requests.post(f"{shop.url}/admin/oauth/access_token", json=given, timeout=10)


def test_callback_hmac_is_the_worked_example():
    query = (
        "code=c0de5a1f77&host=YWRtaW4vc3RvcmUvZGVtbw&shop=demo-outillage.myshopify.com"
        "&state=n-4821&timestamp=1793613331"
    )
    made = callback_hmac("example-client-secret-shopify-0001", parse_qsl(query))
    assert made == "4291a6fe1efc16f68cbb96df86fa1e5e4d37bb9230599aa68f621c6c15662515"


def test_authorization_sends_a_signed_code_that_works_once(shop):
    answer = requests.get(
        f"{shop.url}/admin/oauth/authorize",
        params={
            "client_id": shop.client_id,
            "scope": "read_orders,read_products",
            "redirect_uri": "http://127.0.0.1:9/callback?site=1",
            "state": "nonce-1",
        },
        allow_redirects=False,
        timeout=10,
    )
    pairs = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert (answer.status_code, pairs["state"], pairs["shop"], pairs["site"]) == (
        302,
        "nonce-1",
        shop.domain,
        "1",
    )
    signed = [(k, v) for k, v in pairs.items() if k != "site"]
    assert pairs["hmac"] == callback_hmac(shop.secret, signed)
    first = token_call(shop, code=pairs["code"]).json()
    assert set(first) == {"access_token", "scope"}
    assert first["scope"] == "read_orders,read_products"
    assert token_call(shop, code=pairs["code"]).status_code == 400
    assert Admin(shop, first["access_token"])(SHOP)["shop"]["name"] == "Sandbox shop"


def test_expiring_token_dies_after_an_hour_and_both_rotate(shop):
    first = token_call(shop, code=shop.authorization_code(), expiring="1").json()
    assert (first["expires_in"], first["refresh_token_expires_in"]) == (3600, 7776000)
    shop.advance(3601)
    assert Admin(shop, first["access_token"]).post(SHOP).status_code == 401
    second = token_call(shop, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert Admin(shop, second["access_token"]).post(SHOP).status_code == 200
    # A lost answer may be asked for again with the old token, until the new one is used.
    again = token_call(shop, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    token_call(shop, grant_type="refresh_token", refresh_token=again["refresh_token"])
    gone = token_call(shop, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (gone.status_code, gone.json()["error"]) == (400, "invalid_grant")


def test_refresh_token_dies_after_ninety_days(shop):
    first = shop.expiring_pair()
    shop.advance(90 * DAY)
    assert (
        token_call(shop, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400
    )


def test_lasting_token_is_exchanged_for_good(shop):
    made = token_call(
        shop,
        grant_type=EXCHANGE,
        subject_token=shop.token,
        subject_token_type=OFFLINE,
        requested_token_type=OFFLINE,
        expiring="1",
    ).json()
    assert made["expires_in"] == 3600
    assert Admin(shop).post(SHOP).status_code == 401
    assert Admin(shop, made["access_token"]).post(SHOP).status_code == 200


def test_client_credentials_give_a_day(shop):
    made = token_call(shop, grant_type="client_credentials").json()
    assert (made["expires_in"], "refresh_token" in made) == (86399, False)
    shop.options.same_organization = False
    assert token_call(shop, grant_type="client_credentials").status_code == 400


def test_wrong_client_secret_gets_no_token(shop):
    assert token_call(shop, client_secret="no", code=shop.authorization_code()).status_code == 401


def test_uninstalling_kills_every_token(shop, admin):
    shop.uninstall()
    assert admin.post(SHOP).status_code == 401


# Cost.


def cost_of(answer: requests.Response) -> tuple[int, int]:
    cost = answer.json()["extensions"]["cost"]
    return cost["requestedQueryCost"], cost["actualQueryCost"]


def test_costs_are_the_measured_ones(shop, admin):
    for _ in range(250):
        shop.place_order([{"title": "Thing", "price": "1.00"}], shipping=None)
    assert cost_of(admin.post("{ orders(first: 250) { nodes { id } } }")) == (13, 13)
    nested = "{ orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } } } }"
    assert cost_of(admin.post(nested)) == (156, 35)
    shop.bulk_simple(250)
    products = (
        "{ products(first: 250) { nodes { id options { id } variants(first: 250) { nodes { id } } } } }"
    )
    assert cost_of(admin.post(products)) == (167, 46)


def test_empty_bucket_throttles_with_status_200_and_fills_again(shop, admin):
    shop.app.clock.freeze()
    shop.empty_bucket(4)
    answer = admin.post("{ orders(first: 250) { nodes { id } } }")
    assert answer.status_code == 200
    assert "Retry-After" not in answer.headers
    body = answer.json()
    assert set(body) == {"errors", "extensions"}
    assert body["errors"][0]["message"] == "Throttled"
    assert body["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert body["extensions"]["cost"] == {
        "requestedQueryCost": 13,
        "actualQueryCost": None,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 4, "restoreRate": 100.0},
    }
    shop.advance(1)
    assert admin.post("{ orders(first: 250) { nodes { id } } }").json()["data"]["orders"]["nodes"] == []


def test_throttled_mutation_was_not_done(shop, admin):
    made = shop.add_product(sku="A")
    shop.app.clock.freeze()
    shop.empty_bucket(0)
    change = "mutation($p: ProductUpdateInput!) { productUpdate(product: $p) { product { id } userErrors { message } } }"
    assert "errors" in admin.post(change, {"p": {"id": made["id"], "title": "New"}}).json()
    assert shop.product(made["id"])["title"] == "Product A"


@pytest.mark.parametrize(
    ("plan", "size", "rate"), [("standard", 2000, 100), ("advanced", 4000, 200), ("plus", 20000, 1000)]
)
def test_bucket_follows_the_plan(shop, admin, plan, size, rate):
    shop.options.plan = plan
    status = admin.post(SHOP).json()["extensions"]["cost"]["throttleStatus"]
    assert (status["maximumAvailable"], status["restoreRate"]) == (size, rate)


def test_too_costly_query_is_refused_without_extensions(admin):
    lines = "lineItems(first: 250) { nodes { id taxLines { title } variant { id product { id } } } }"
    again = lines.replace("lineItems", "more: lineItems")
    answer = admin.post(f"{{ orders(first: 250) {{ nodes {{ id {lines} {again} }} }} }}").json()
    assert set(answer) == {"errors"}
    extensions = answer["errors"][0]["extensions"]
    assert (extensions["code"], extensions["maxCost"]) == ("MAX_COST_EXCEEDED", 1000)
    assert answer["errors"][0]["message"].startswith(f"Query cost is {extensions['cost']}, which exceeds")


def test_input_arrays_end_at_250(shop, admin):
    ids = [f"gid://shopify/Product/{n}" for n in range(251)]
    (error,) = admin.errors("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert error["message"] == "The input array size of 251 is greater than the maximum allowed of 250."


# Documents.


def test_unknown_field_is_named_with_its_path(admin):
    (error,) = admin.errors("{ shop { nmae } }")
    assert error["message"] == "Field 'nmae' doesn't exist on type 'Shop'"
    assert error["path"] == ["query", "shop", "nmae"]
    assert error["extensions"] == {"code": "undefinedField", "typeName": "Shop", "fieldName": "nmae"}


def test_connection_needs_first_or_last(admin):
    (error,) = admin.errors("{ products { nodes { id } } }")
    assert error["message"] == "you must provide one of first or last"


def test_wrong_variable_is_named(admin):
    query = "mutation($p: ProductUpdateInput!) { productUpdate(product: $p) { product { id } } }"
    (error,) = admin.errors(query, {"p": {"titel": "x"}})
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["problems"] == [
        {"path": ["titel"], "explanation": "Field is not defined on ProductUpdateInput"}
    ]


def test_counters_name_the_root_field(shop, admin):
    admin.post("query Q($n: Int) { products(first: $n) { nodes { id } } }", {"n": 1})
    admin.post('mutation { productCreate(product: {title: "A"}) { product { id } } }')
    assert shop.counters.snapshot()["by_route"] == {
        "POST /graphql/productCreate": 1,
        "QUERY /graphql/products": 1,
    }
    assert shop.counters.writes == 1


def test_faults_speak_the_platforms_language(shop, admin):
    shop.faults.add("rate_limit", path="products", count=1, retry_after=3)
    body = admin.post("{ products(first: 1) { nodes { id } } }").json()
    cost = body["extensions"]["cost"]
    status = cost["throttleStatus"]
    assert (cost["requestedQueryCost"] - status["currentlyAvailable"]) / status["restoreRate"] == 3
    shop.faults.add("internal_error", count=1)
    assert admin.errors(SHOP)[0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    shop.faults.add("expired_key", count=1)
    assert admin.post(SHOP).status_code == 401
    assert admin(SHOP)["shop"]["name"] == "Sandbox shop"
