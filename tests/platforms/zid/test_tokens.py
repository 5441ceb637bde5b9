"""Approval in the browser, exchange of the code, renewal of all three tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ecomsync.common.errors import BadCredentials, ConfigurationError, InvalidSignature, MissingPermission
from platforms.zid.tokens import code_of, expiry_of
from tests.contracts.bench import LONG_AGO
from tests.platforms.zid.bench import ZidBench

REDIRECT = "https://erp.example.test/connect/zid/"


def test_approval_brings_a_code_and_the_code_three_tokens_and_the_store(bench: ZidBench) -> None:
    with bench.adapter(
        credentials={"authorization_token": "", "access_token": "", "store_id": ""}
    ) as adapter:
        address = adapter.connect_url(
            app_name="ecomsync", token="st4te", return_url=REDIRECT, callback_url=""
        )
        answer = requests.get(address, allow_redirects=False, timeout=10)
        query = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
        grant = adapter.read_connect_code(query)
        token = adapter.request_token(code=grant.code)

    assert grant.token == "st4te"
    account = bench.shop.store.accounts[-1]
    assert (token.access_token, token.refresh_token) == (account.manager_token, account.refresh_token)
    assert token.extra == {"authorization_token": account.authorization, "store_id": "90210"}
    assert token.expires_at is not None
    assert (token.expires_at - datetime.now(UTC)).days in (364, 365)
    assert adapter.capabilities.refresh_ahead == 60 * 24 * 60
    renewed = {"access_token": token.access_token, **token.extra}
    with bench.adapter(credentials=renewed) as adapter:
        assert list(adapter.iter_orders(modified_from=LONG_AGO)) == []


def test_whole_address_will_do_as_code_and_a_code_works_once(bench: ZidBench) -> None:
    account = bench.shop.account
    address = bench.shop.install_app(account.client_id, account.client_secret, account.redirect_uri)

    with bench.adapter() as adapter:
        assert adapter.request_token(code=address).access_token
        with pytest.raises(BadCredentials) as caught:
            adapter.request_token(code=address)

    assert "callback URL" in caught.value.cure
    assert code_of(" abc ") == "abc" and code_of("?state=1&code=xyz") == "xyz"


def test_renewal_changes_all_three_and_the_old_ones_are_void(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        token = adapter.refresh_token()
        with pytest.raises(BadCredentials):
            list(adapter.iter_orders(modified_from=LONG_AGO))
    new = {"access_token": token.access_token, "refresh_token": token.refresh_token, **token.extra}
    with bench.adapter(credentials=new) as adapter:
        assert list(adapter.iter_orders(modified_from=LONG_AGO)) == []
        assert adapter.refresh_token().refresh_token != token.refresh_token


def test_lapsed_token_is_renewed_by_its_refresh_token(bench: ZidBench) -> None:
    bench.shop.account.expires_at = 0

    with bench.adapter() as adapter:
        with pytest.raises(BadCredentials):
            list(adapter.iter_orders(modified_from=LONG_AGO))
        assert adapter.refresh_token().access_token == bench.shop.key


@pytest.mark.parametrize(
    ("options", "credentials", "code"),
    [
        ({"redirect_uri": ""}, {}, "missing_credentials"),
        ({}, {"password": ""}, "missing_credentials"),
        ({}, {"refresh_token": ""}, "no_refresh"),
    ],
)
def test_what_renewal_lacks_is_named(
    bench: ZidBench, options: dict[str, str], credentials: dict[str, str], code: str
) -> None:
    with (
        bench.adapter(options=options, credentials=credentials) as adapter,
        pytest.raises(ConfigurationError) as caught,
    ):
        adapter.refresh_token()

    assert caught.value.code == code and caught.value.cure


def test_exchange_without_a_code_is_told(bench: ZidBench) -> None:
    with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.request_token()

    assert caught.value.code == "no_code"


def test_callback_url_that_is_missing_is_named_with_the_one_to_enter(bench: ZidBench) -> None:
    with bench.adapter(options={"redirect_uri": ""}) as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.connect_url(app_name="e", token="t", return_url=REDIRECT, callback_url="")

    assert REDIRECT in caught.value.message


def test_return_of_the_browser_without_code_or_with_a_refusal(bench: ZidBench) -> None:
    adapter = bench.adapter()

    with pytest.raises(InvalidSignature):
        adapter.read_connect_code({"code": "abc"})
    with pytest.raises(MissingPermission):
        adapter.read_connect_code({"error": "access_denied", "state": "x"})


def test_end_of_a_token() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert expiry_of({"expires_in": 31_536_000}, now=now) == now + timedelta(days=365)
    assert expiry_of({}, now=now) is None
