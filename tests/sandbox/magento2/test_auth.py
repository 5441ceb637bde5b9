from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from sandbox.magento2 import ADMIN, PASSWORD, Magento2Shop, oauth
from tests.sandbox.magento2.client import Api, criteria, encoded, oauth_header

#: The worked figures of the fact sheet.
SHEET_PAIRS = [
    ("searchCriteria[filter_groups][0][filters][0][field]", "updated_at"),
    ("searchCriteria[filter_groups][0][filters][0][value]", "2024-05-01 00:00:00"),
    ("searchCriteria[filter_groups][0][filters][0][condition_type]", "gteq"),
    ("searchCriteria[pageSize]", "100"),
]
SHEET_SIGNATURE = "Ha6Uo1nNuqB1Y5pzP4PHfO6g3ukrEYQg8IDn78jX1QY="
UNSIGNED = "The consumer isn't authorized to access %resources."


def test_signature_is_the_worked_one_of_the_sheet() -> None:
    params = {
        "oauth_consumer_key": "abcd1234efgh5678ijkl9012mnop3456",
        "oauth_nonce": "n0nce4b7c2d9e1f3",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": "1714550400",
        "oauth_token": "wxyz9876vuts5432rqpo1098nmlk7654",
        "oauth_version": "1.0",
    }
    text = oauth.base_string("GET", "https://shop.example.com/rest/V1/orders", encoded(SHEET_PAIRS), params)
    made = oauth.sign(text, "8m2k1x9v3q7w5e0r4t6y8u1i3o5p7a9s", "2f4g6h8j0k1l3z5x7c9v1b3n5m7q9w1e")
    assert made == SHEET_SIGNATURE


@pytest.mark.parametrize(
    ("left", "right", "sign"),
    [
        ("a%5B2%5D", "a%5B10%5D", -1),
        ("a%5B10%5D", "a%5B2%5D", 1),
        ("img12", "img10", 1),
        ("a", "a", 0),
        ("a", "ab", -1),
        ("pic01", "pic1", -1),
        ("oauth_token", "searchCriteria", -1),
    ],
)
def test_natural_order_is_that_of_php(left: str, right: str, sign: int) -> None:
    assert oauth.natural(left, right) == sign


def test_twelve_groups_must_be_signed_in_natural_order(shop: Magento2Shop, api: Api) -> None:
    pairs = criteria(*[("sku", "neq", f"x {n}") for n in range(12)])
    assert api.get("/products", pairs).status_code == 200
    url = f"{shop.url}/rest/all/V1/products"
    header = oauth_header("GET", url, pairs, shop.auth, natural=False)
    answer = requests.get(f"{url}?{encoded(pairs)}", headers={"Authorization": header}, timeout=5)
    assert answer.status_code == 401
    assert answer.json() == {"message": "The signature is invalid. Verify and try again."}


def test_a_space_sent_as_plus_breaks_the_signature(shop: Magento2Shop) -> None:
    pairs = criteria(("name", "eq", "two words"))
    url = f"{shop.url}/rest/V1/products"
    header = oauth_header("GET", url, pairs, shop.auth)
    plus = encoded(pairs).replace("%20", "+")
    assert requests.get(f"{url}?{plus}", headers={"Authorization": header}, timeout=5).status_code == 401
    header = oauth_header("GET", url, pairs, shop.auth)
    assert (
        requests.get(f"{url}?{encoded(pairs)}", headers={"Authorization": header}, timeout=5).status_code
        == 200
    )


def test_a_json_body_is_not_signed_and_a_nonce_is_good_once(shop: Magento2Shop) -> None:
    url = f"{shop.url}/rest/all/V1/products/base-prices"
    header = {"Authorization": oauth_header("POST", url, [], shop.auth)}
    assert requests.post(url, json={"prices": []}, headers=header, timeout=5).json() == []
    again = requests.post(url, json={"prices": []}, headers=header, timeout=5)
    assert (again.status_code, "nonce is already being used" in again.text) == (401, True)


def test_time_may_lie_far_back_but_not_ahead(shop: Magento2Shop) -> None:
    url = f"{shop.url}/rest/V1/modules"
    for stamp, status in ((time.time() - 86_400, 200), (time.time() + 500, 200), (time.time() + 700, 401)):
        header = oauth_header("GET", url, [], shop.auth, oauth_timestamp=str(int(stamp)))
        assert requests.get(url, headers={"Authorization": header}, timeout=5).status_code == status


def test_sha1_is_refused_from_2_4_4_and_taken_before(shop: Magento2Shop) -> None:
    def call(method: str) -> requests.Response:
        url = f"{shop.url}/rest/V1/modules"
        header = oauth_header("GET", url, [], shop.auth, signature_method=method)
        return requests.get(url, headers={"Authorization": header}, timeout=5)

    refused = call("HMAC-SHA1")
    assert refused.status_code == 400
    assert refused.json() == {"message": "Signature method %1 is not supported", "parameters": ["HMAC-SHA1"]}
    shop.options.version = "2.4.3"
    assert call("HMAC-SHA1").status_code == 200
    assert call("HMAC-SHA256").status_code == 400
    shop.options.old_sha256 = True
    assert call("HMAC-SHA256").status_code == 200


def test_missing_and_unknown_parameters_are_named(shop: Magento2Shop) -> None:
    url = f"{shop.url}/rest/V1/modules"
    key, secret, token, token_secret = shop.auth

    def call(keys: tuple[str, str, str, str], **changes: Any) -> requests.Response:
        header = oauth_header("GET", url, [], keys, **changes)
        return requests.get(url, headers={"Authorization": header}, timeout=5)

    missing = call(shop.auth, oauth_nonce="")
    assert (missing.status_code, missing.json()["parameters"]) == (400, {"fieldName": "oauth_nonce"})
    assert call(("nobody", secret, token, token_secret)).status_code == 401
    assert call((key, secret, "nothing", token_secret)).status_code == 401
    assert call((key, "wrong", token, token_secret)).status_code == 401


def test_anonymous_and_wrong_tokens_get_the_name_of_the_resource(shop: Magento2Shop) -> None:
    url = f"{shop.url}/rest/V1/orders?searchCriteria[pageSize]=1"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "nonsense"}):
        answer = requests.get(url, headers=headers, timeout=5)
        assert answer.status_code == 401
        assert answer.json() == {
            "message": UNSIGNED,
            "parameters": {"resources": "Magento_Sales::actions_view"},
        }


def test_integration_token_is_a_bearer_before_2_4_4_or_by_the_switch(shop: Magento2Shop) -> None:
    api = Api(shop, bearer=shop.token)
    assert api.get("/modules").status_code == 401
    shop.options.integration_as_bearer = True
    assert api.get("/modules").status_code == 200
    shop.options.integration_as_bearer = None
    shop.options.version = "2.4.3"
    assert api.get("/modules").status_code == 200


def test_acl_decides_route_by_route(shop: Magento2Shop) -> None:
    grant = shop.add_integration("Magento_Sales::*", "Magento_Backend::store")
    api = Api(shop, keys=(grant.key, grant.secret, grant.token, grant.token_secret))
    assert api.get("/orders", criteria()).status_code == 200
    refused = api.get("/products", criteria())
    assert refused.status_code == 401
    assert refused.json()["parameters"] == {"resources": "Magento_Catalog::products"}
    assert api.get("/modules").status_code == 200
    powerless = shop.add_integration("none")
    other = Api(shop, keys=(powerless.key, powerless.secret, powerless.token, powerless.token_secret))
    assert other.get("/modules").status_code == 200
    assert other.get("/store/websites").json()["parameters"] == {"resources": "Magento_Backend::store"}
    shop.revoke(grant.token)
    assert api.get("/orders", criteria()).status_code == 401
    assert api.get("/modules").status_code == 401


def sign_in(
    shop: Magento2Shop, password: str = PASSWORD, route: str = "/integration/admin/token", **more: str
) -> requests.Response:
    body = {"username": ADMIN, "password": password, **more}
    return requests.post(f"{shop.url}/rest/V1{route}", json=body, timeout=5)


def test_two_factor_is_on_by_default_in_2_4(shop: Magento2Shop) -> None:
    refused = sign_in(shop)
    assert refused.status_code == 400
    assert refused.json()["message"] == "Please use the 2fa provider-specific endpoints to obtain a token."
    route = "/tfa/provider/google/authenticate"
    assert sign_in(shop, route=route, otp="000000").status_code == 400
    token = sign_in(shop, route=route, otp=shop.otp())
    assert token.status_code == 200
    assert Api(shop, bearer=token.json()).get("/orders", criteria()).status_code == 200


def test_admin_token_is_a_jwt_of_one_hour_and_four_hours_before(shop: Magento2Shop) -> None:
    shop.options.two_factor = False
    token = sign_in(shop).json()
    assert token.count(".") == 2
    shop.advance(3599)
    assert Api(shop, bearer=token).get("/modules").status_code == 200
    shop.advance(2)
    assert Api(shop, bearer=token).get("/modules").status_code == 401
    shop.options.version = "2.3.7"
    token = sign_in(shop).json()
    assert len(token) == 32
    shop.advance(4 * 3600 - 1)
    assert Api(shop, bearer=token).get("/modules").status_code == 200
    shop.advance(2)
    assert Api(shop, bearer=token).get("/modules").status_code == 401


def test_six_bad_logins_lock_the_account_and_the_right_one_gets_the_same_words(shop: Magento2Shop) -> None:
    shop.options.two_factor = False
    before = sign_in(shop).json()
    wrong = [sign_in(shop, "wrong") for _ in range(6)]
    assert {a.status_code for a in wrong} == {401}
    right = sign_in(shop)
    assert (right.status_code, right.json()) == (401, wrong[0].json())
    assert Api(shop, bearer=before).get("/modules").status_code == 200
    shop.advance(1801)
    assert sign_in(shop).status_code == 200


def test_faults_strip_the_header_and_expire_the_key(shop: Magento2Shop, api: Api) -> None:
    shop.faults.add("strip_authorization", count=1)
    assert api.get("/modules").status_code == 401
    shop.faults.add("expired_key", count=1)
    answer = api.get("/modules")
    assert (answer.status_code, answer.json()["message"]) == (401, UNSIGNED)
    assert api.get("/modules").status_code == 200


def test_special_characters_in_a_path_break_signatures_where_the_version_does(
    shop: Magento2Shop, api: Api
) -> None:
    shop.add_product(sku="A/B 1")
    assert api.get("/products/A%2FB%201").json()["sku"] == "A/B 1"
    shop.options.breaks_special_signatures = True
    assert api.get("/products/A%2FB%201").status_code == 401
    shop.options.breaks_special_signatures = False
    shop.options.encoded_slash = False
    assert api.get("/products/A%2FB%201").headers["Content-Type"].startswith("text/html")
