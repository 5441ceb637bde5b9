"""The handshake of an integration at the sandbox: what it posts, and the token that comes of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from ecomsync.common.errors import BadCredentials, InvalidPayload, ShopUnavailable
from platforms.magento2.adapter import Magento2Adapter
from platforms.magento2.signing_in import OAUTH_FIELDS
from platforms.types import ConnectGrant
from sandbox.magento2 import Magento2Shop
from tests.platforms.magento2.bench import MageBench
from tests.platforms.scripted import Say, scripted_server


def activated(shop: Magento2Shop) -> ConnectGrant:
    """Staff activate an integration with our address in it."""
    with scripted_server() as server:
        server.script = lambda seen: Say(200, {})
        shop.activate(f"{server.url}/callback")
        (seen,) = server.seen
    form = dict(parse_qsl(seen.body.decode()))
    return Magento2Adapter.read_connect_callback({**form, "token": "ours"})


def keys_of(grant: ConnectGrant) -> dict[str, str]:
    return {**dict.fromkeys(OAUTH_FIELDS, ""), **grant.credentials}


@pytest.mark.parametrize(
    "options", [{}, {"version": "2.4.3"}, {"index_php": True}], ids=["new", "old", "index"]
)
def test_keys_become_a_token_that_works(options: dict[str, Any]) -> None:
    with Magento2Shop(webhook_delay=None, **options) as shop:
        bench = MageBench(shop)
        grant = activated(shop)
        with bench.adapter(credentials=keys_of(grant)) as adapter:
            token = adapter.finish_grant(grant.code)
        keys = {
            **grant.credentials,
            "access_token": token.access_token,
            "access_token_secret": token.extra["access_token_secret"],
        }
        with bench.adapter(credentials=keys) as adapter:
            assert adapter.shop_info().currency == shop.options.currency

    assert grant.token == "ours"


def test_token_is_not_told_by_records_of_calls(bench: MageBench) -> None:
    seen: list[Any] = []
    grant = activated(bench.shop)
    with bench.adapter(credentials=keys_of(grant), observer=seen.append) as adapter:
        adapter.finish_grant(grant.code)

    assert seen == []


def test_wrong_verifier_and_late_handshake_are_told(bench: MageBench) -> None:
    grant = activated(bench.shop)
    with bench.adapter(credentials=keys_of(grant)) as adapter:
        with pytest.raises(BadCredentials, match="verifier is invalid") as wrong:
            adapter.finish_grant("0" * 32)
        bench.shop.advance(301)
        with pytest.raises(BadCredentials, match="expired") as late:
            adapter.finish_grant(grant.code)

    assert "activate" in wrong.value.cure and "activate" in late.value.cure


def test_shop_out_of_reach_may_be_asked_again(bench: MageBench) -> None:
    grant = activated(bench.shop)
    bench.shop.faults.add("http_503", path="/oauth/", count=1)
    with bench.adapter(credentials=keys_of(grant)) as adapter:
        with pytest.raises(ShopUnavailable):
            adapter.finish_grant(grant.code)
        assert adapter.finish_grant(grant.code).access_token


@pytest.mark.parametrize("payload", [None, [], {"oauth_consumer_key": "a" * 32}, {"oauth_verifier": ["x"]}])
def test_what_is_no_activation_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidPayload) as caught:
        Magento2Adapter.read_connect_callback(payload)

    assert caught.value.cure


def test_address_to_which_the_browser_comes_back() -> None:
    read = Magento2Adapter.read_connect_return
    assert read({"token": "t?oauth_consumer_key=k", "success_call_back": "x"}) == ("t", True)
    assert read({}) == ("", False)
