"""Three headers, two families, 60 calls a minute, tokens of apps, as the fact sheet has them."""

from __future__ import annotations

import pytest
import requests

from sandbox.zid import ZidShop
from sandbox.zid.state import READ_SCOPES
from tests.sandbox.zid.api import Api

PROFILE = "/v1/managers/account/profile"


@pytest.mark.parametrize("missing", ["Authorization", "X-Manager-Token"])
def test_managers_want_bearer_and_manager_token(api: Api, missing: str) -> None:
    del api.session.headers[missing]

    answer = api.get(PROFILE)

    assert answer.status_code == 401
    assert answer.json()["message"] == {
        "type": "error",
        "code": "ERROR_SESSION_MISSING",
        "name": "Session is missing",
        "description": "Session is missing",
    }


def test_bearer_and_manager_token_cannot_be_swapped(shop: ZidShop, api: Api) -> None:
    headers = api.session.headers
    headers["Authorization"] = f"Bearer {shop.key}"
    headers["X-Manager-Token"] = shop.authorization

    assert api.get(PROFILE).json()["message"]["code"] == "ERROR_SESSION_INVALID"


def test_catalogue_wants_its_own_token_and_the_store(api: Api) -> None:
    assert api.get("/v1/products/").status_code == 200
    api.session.headers["Store-Id"] = "1"
    answer = api.get("/v1/products/")
    assert (answer.status_code, answer.json()) == (401, {"detail": "No such user"})
    del api.session.headers["Access-Token"]
    assert api.get("/v1/products/").status_code == 401
    assert api.get(PROFILE).status_code == 200  # managers ask for neither


def test_wrong_slash_redirects_and_unknown_paths_do_not(api: Api) -> None:
    moved = api.get("/v1/products")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{api.root}/v1/products/")
    assert api.get(f"{PROFILE}/").status_code == 301
    assert api.get("/v1/moon/").status_code == 404
    assert api("PUT", "/v1/products/").status_code == 405


def test_the_sixty_first_call_of_a_minute_is_refused(shop: ZidShop, api: Api) -> None:
    shop.options.rate_limit = 60
    shop.app.clock.freeze()
    statuses = [api.get(PROFILE).status_code for _ in range(20)]
    shop.advance(15)
    statuses += [api.get(PROFILE).status_code for _ in range(40)]
    refused = api.get(PROFILE)
    shop.advance(45)

    assert set(statuses) == {200}
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "45")
    assert api.get(PROFILE).status_code == 200


def test_scopes_of_an_app(shop: ZidShop, api: Api) -> None:
    reader = Api(shop, shop.add_key(READ_SCOPES))

    assert reader.get("/v1/products/").status_code == 200
    assert reader.patch("/v1/products/", []).status_code == 403
    assert api.patch("/v1/products/", []).status_code == 200


def test_exchange_and_renewal_give_three_new_tokens(shop: ZidShop) -> None:
    redirect = "https://app.example.test/back"
    address = shop.install_app("4711", "s3cret", redirect, state="xyz")
    code = address.partition("code=")[2].partition("&")[0]
    form = {"client_id": "4711", "client_secret": "s3cret", "redirect_uri": redirect}
    url = f"{shop.url}/oauth/token"

    given = requests.post(
        url, data={**form, "grant_type": "authorization_code", "code": code}, timeout=10
    ).json()
    twice = requests.post(url, data={**form, "grant_type": "authorization_code", "code": code}, timeout=10)
    renewal = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    without = requests.post(url, data={**renewal, "client_id": "4711", "client_secret": "s3cret"}, timeout=10)
    renewed = requests.post(url, json={**form, **renewal}, timeout=10).json()

    assert address.endswith("state=xyz")
    assert given["expires_in"] == 31_536_000 and given["access_token"] != given["authorization"]
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_grant")
    assert "redirect_uri" in without.json()["error_description"]
    assert not set(given.values()) & set(renewed.values()) - {"Bearer", 31_536_000}


def test_uninstalled_app_loses_its_tokens_at_once(shop: ZidShop, api: Api) -> None:
    assert shop.revoke_key(shop.key)

    assert api.get(PROFILE).status_code == 401
