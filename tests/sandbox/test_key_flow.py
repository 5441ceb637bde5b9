"""The one-click key issuing flow under /wc-auth/v1/."""

from __future__ import annotations

import json

import pytest
import requests

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api, Receiver


def question(receiver: Receiver, **changes: str) -> dict[str, str]:
    return {
        "app_name": "ecom <sync>",
        "scope": "read_write",
        "user_id": "token-1",
        "return_url": "http://127.0.0.1:9/back",
        "callback_url": f"{receiver.url}/keys",
        **changes,
    }


def test_approval_posts_a_key_and_returns_the_browser(shop: WooShop, receiver: Receiver) -> None:
    page = requests.get(f"{shop.url}/wc-auth/v1/authorize", params=question(receiver), timeout=10)
    assert "ecom &lt;sync&gt;" in page.text
    granted = requests.post(
        f"{shop.url}/wc-auth/v1/access_granted", params=question(receiver), timeout=10, allow_redirects=False
    )
    assert granted.status_code == 302
    assert granted.headers["Location"] == "http://127.0.0.1:9/back?success=1&user_id=token-1"
    sent = json.loads(receiver.got[0].body)
    assert list(sent) == ["key_id", "user_id", "consumer_key", "consumer_secret", "key_permissions"]
    api = Api(shop, (sent["consumer_key"], sent["consumer_secret"]))
    assert api.get("/orders").status_code == 200


def test_refusal_returns_without_a_key(shop: WooShop, receiver: Receiver) -> None:
    answer = requests.get(
        f"{shop.url}/wc-auth/v1/access_granted", params=question(receiver), timeout=10, allow_redirects=False
    )
    assert "success=0" in answer.headers["Location"]
    assert receiver.got == []
    assert len(shop.store.keys) == 1


@pytest.mark.parametrize("status", [201, 302, 500])
def test_callback_that_is_not_200_loses_the_key(shop: WooShop, receiver: Receiver, status: int) -> None:
    receiver.status = status
    answer = requests.post(
        f"{shop.url}/wc-auth/v1/access_granted", params=question(receiver), timeout=10, allow_redirects=False
    )
    assert answer.status_code == 401
    assert len(shop.store.keys) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"app_name": ""}, "Missing parameter app_name"),
        ({"scope": "everything"}, "Invalid scope everything"),
        ({"callback_url": "http://shop.example.com/x"}, "needs to be over SSL"),
        ({"return_url": "nowhere"}, "return_url is not a valid URL"),
    ],
)
def test_bad_questions_are_refused(
    shop: WooShop, receiver: Receiver, changes: dict[str, str], message: str
) -> None:
    answer = requests.get(
        f"{shop.url}/wc-auth/v1/authorize", params=question(receiver, **changes), timeout=10
    )
    assert (answer.status_code, message in answer.text) == (401, True)
