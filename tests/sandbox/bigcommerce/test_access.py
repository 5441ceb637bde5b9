"""Signing in, scopes, quota and concurrency as the fact sheet has them."""

from __future__ import annotations

import threading

import requests

from sandbox.bigcommerce import BigCommerceShop
from sandbox.bigcommerce.app_flow import jwt
from tests.sandbox.bigcommerce.api import Api


def test_token_and_scopes(shop: BigCommerceShop, api: Api) -> None:
    reader = Api(shop, shop.add_key(("store_v2_orders_read_only",)).token)

    assert Api(shop, "wrong").get("v2/orders").status_code == 401
    assert reader.get("v2/orders").status_code == 204
    assert reader.put("v2/orders/1", {"status_id": 2}).status_code == 403
    assert reader.get("v3/catalog/products").status_code == 403
    assert api.get("v3/catalog/products").status_code == 200


def test_accept_and_content_type_are_asked_for(shop: BigCommerceShop) -> None:
    headers = {"X-Auth-Token": shop.key, "Accept": "text/html"}
    assert requests.get(f"{shop.url}/v2/store", headers=headers, timeout=20).status_code == 406
    headers = {"X-Auth-Token": shop.key, "Accept": "application/json", "Content-Type": "text/plain"}
    assert requests.put(f"{shop.url}/v2/orders/1", "x", headers=headers, timeout=20).status_code == 415


def test_unknown_paths_and_methods(api: Api) -> None:
    assert api.get("v3/moon").status_code == 404
    assert api("PATCH", "v2/orders").status_code == 405
    assert api.get("v2/orders/1").json() == [
        {"status": 404, "message": "The requested resource was not found."}
    ]
    assert api.get("v3/catalog/products/1").json()["title"] == "The resource was not found."


def test_quota_counts_down_and_begins_anew(shop: BigCommerceShop, api: Api) -> None:
    shop.options.quota = 3
    shop.app.clock.set_to(1_793_613_310)
    shop.app.clock.freeze()

    answers = [api.get("v2/store") for _ in range(4)]
    shop.advance(20)
    answers.append(api.get("v2/store"))

    assert [a.status_code for a in answers] == [200, 200, 200, 429, 200]
    left = [a.headers["X-Rate-Limit-Requests-Left"] for a in answers]
    assert left == ["2", "1", "0", "0", "2"]
    assert answers[3].headers["X-Rate-Limit-Time-Reset-Ms"] == "20000"
    assert answers[0].headers["X-Rate-Limit-Time-Window-Ms"] == "30000"


def test_calls_under_way_are_capped_per_endpoint(shop: BigCommerceShop, api: Api) -> None:
    wholesale = shop.add_price_list("W")["id"]
    shop.options.concurrency["PUT /v3/pricelists/{id}/records"] = 1
    shop.options.unmarked_overload = True
    shop.faults.add("slow", ms=500, count=1)
    slow = threading.Thread(target=lambda: Api(shop).put(f"v3/pricelists/{wholesale}/records", []))
    slow.start()
    while not shop.counters.requests:
        threading.Event().wait(0.01)

    crowded = api.put(f"v3/pricelists/{wholesale}/records", [])
    slow.join()

    assert crowded.status_code == 429
    assert "X-Rate-Limit-Time-Reset-Ms" not in crowded.headers
    assert api.put(f"v3/pricelists/{wholesale}/records", []).status_code == 422


def test_code_of_an_installation_works_once(shop: BigCommerceShop) -> None:
    given = shop.install_app("client", "secret")
    body = {
        "client_id": "client",
        "client_secret": "secret",
        "code": given["code"],
        "context": given["context"],
        "scope": given["scope"],
        "grant_type": "authorization_code",
        "redirect_uri": "https://erp.test/auth",
    }
    first = requests.post(f"{shop.server.url}/oauth2/token", json=body, timeout=20)
    second = requests.post(f"{shop.server.url}/oauth2/token", json=body, timeout=20)

    assert first.status_code == 200 and second.status_code == 401
    assert first.json()["context"] == f"stores/{shop.options.store_hash}"
    assert Api(shop, first.json()["access_token"]).get("v2/store").status_code == 200


def test_jwt_of_the_fact_sheet() -> None:
    claims = {
        "aud": "q0x7w2m9n4",
        "iss": "bc",
        "iat": 1793613300,
        "nbf": 1793613295,
        "exp": 1793699700,
        "jti": "5d2f4a52-7d70-4a0e-9f0e-1f7a1d9f5a11",
        "sub": "stores/z9k2q7m1ab",
        "user": {"id": 9128371, "email": "staff@example.test", "locale": "fr-FR"},
        "owner": {"id": 9128000, "email": "owner@example.test"},
        "url": "/",
        "channel_id": None,
    }
    signed = jwt(claims, "example-client-secret-bigcommerce-0001")

    assert signed.rpartition(".")[2] == "VDP15S7Wn8c48lqX6iTmFcEA6GJAaFMHbSfBELBkP0c"
