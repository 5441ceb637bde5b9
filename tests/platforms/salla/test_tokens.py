"""Tokens: codes, the event of an installation, refresh tokens that are good once, approval in the browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest

from ecomsync.common.errors import BadCredentials, ConfigurationError, InvalidPayload, InvalidSignature
from platforms.salla.tokens import token_of
from tests.platforms.salla.bench import SallaBench

RETURN = "https://erp.example.test/sites/7/connect/return/"


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def approve(address: str) -> dict[str, str]:
    """What the browser comes back with."""
    opener = build_opener(_Stay)
    try:
        opener.open(address)
    except Exception as answer:
        target = answer.headers["Location"]  # type: ignore[attr-defined]
        return {"_address": target, **dict(parse_qsl(urlsplit(target).query))}
    raise AssertionError("the approval leads nowhere")


def connect_url(bench: SallaBench, token: str) -> str:
    return bench.adapter().connect_url(app_name="ecomsync", token=token, return_url=RETURN, callback_url="")


def test_approval_brings_a_code_and_our_token_survives_the_loss_of_hyphens(bench: SallaBench) -> None:
    back = approve(connect_url(bench, "a-token_with-hyphens"))
    address = back.pop("_address")

    found = bench.adapter().read_connect_code(back)
    token = bench.adapter().request_token(code=found.code)

    assert found.token == "a-token_with-hyphens"
    assert address.startswith(RETURN) and back["state"].isalnum()
    assert token.access_token.startswith("ory_at_") and token.refresh_token.startswith("ory_rt_")
    assert "orders.read_write" in token.scopes
    assert token.extra == {"merchant": str(bench.shop.merchant)}
    assert token.expires_at is not None and token.expires_at > datetime.now(UTC) + timedelta(days=13)


def test_code_is_good_once(bench: SallaBench) -> None:
    back = approve(connect_url(bench, "t"))
    back.pop("_address")
    code = bench.adapter().read_connect_code(back).code
    bench.adapter().request_token(code=code)

    with pytest.raises(BadCredentials) as caught:
        bench.adapter().request_token(code=code)
    assert caught.value.cure


def test_whole_address_of_the_return_is_taken_for_a_code(bench: SallaBench) -> None:
    address = approve(connect_url(bench, "t"))["_address"]

    assert bench.adapter().request_token(code=address).access_token.startswith("ory_at_")


def test_return_without_our_state_is_refused(bench: SallaBench) -> None:
    for query in ({"code": "x", "state": "of-salla"}, {"state": b"t r".hex()}, {}):
        with pytest.raises(InvalidSignature):
            bench.adapter().read_connect_code(query)


def test_token_of_the_event_is_read_from_its_text(bench: SallaBench) -> None:
    text = json.dumps({"event": "app.store.authorize", "merchant": 77, "data": {
        "access_token": "ory_at_x", "refresh_token": "ory_rt_x", "expires": 1_795_000_000, "scope": "orders.read offline_access"}})  # fmt: skip

    token = bench.adapter().request_token(code=text)

    assert (token.access_token, token.refresh_token, dict(token.extra)) == (
        "ory_at_x",
        "ory_rt_x",
        {"merchant": "77"},
    )
    assert token.expires_at == datetime.fromtimestamp(1_795_000_000, UTC)
    with pytest.raises(InvalidPayload):
        bench.adapter().request_token(code='{"event": "order.created"}')


def test_refresh_gives_a_new_pair_and_its_second_use_revokes_all(bench: SallaBench) -> None:
    old = bench.shop.add_key()
    adapter = bench.adapter(
        credentials={"access_token": old.access_token, "refresh_token": old.refresh_token}
    )

    new = adapter.refresh_token()

    assert new.refresh_token != old.refresh_token
    with bench.adapter(credentials={"access_token": new.access_token}) as renewed:
        assert renewed.shop_info().currency == "SAR"
    with pytest.raises(BadCredentials) as caught:
        adapter.refresh_token()
    assert "install the app again" in caught.value.cure
    with bench.adapter(credentials={"access_token": new.access_token}) as dead, pytest.raises(BadCredentials):
        dead.shop_info()


def test_empty_request_renews_and_needs_a_refresh_token(bench: SallaBench) -> None:
    old = bench.shop.add_key()
    good = {"access_token": old.access_token, "refresh_token": old.refresh_token}

    assert bench.adapter(credentials=good).request_token().access_token not in ("", old.access_token)
    with pytest.raises(ConfigurationError) as caught:
        bench.adapter(credentials={"refresh_token": ""}).request_token()
    assert "app.store.authorize" in caught.value.cure


def test_life_is_an_instant_or_seconds() -> None:
    now = datetime(2026, 11, 8, tzinfo=UTC)

    assert token_of(
        {"access_token": "a", "expires": 1_795_000_000}, now=now
    ).expires_at == datetime.fromtimestamp(1_795_000_000, UTC)
    assert token_of({"access_token": "a", "expires_in": 3600}, now=now).expires_at == now + timedelta(hours=1)
    assert token_of({"access_token": "a"}, now=now).expires_at is None


def test_user_info_with_and_without_data(bench: SallaBench) -> None:
    for bare in (False, True):
        bench.shop.options.bare_user_info = bare
        address = approve(connect_url(bench, "t"))["_address"]
        assert bench.adapter().request_token(code=address).extra == {"merchant": str(bench.shop.merchant)}
