"""Tokens: by approval, by the app's keys, by a refresh token; each answer of Shopify's is read to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ecomsync.common.errors import BadCredentials, ConfigurationError, InvalidSignature, MissingPermission
from ecomsync.common.http import Exchange
from platforms.base import Connection
from platforms.shopify.adapter import ShopifyAdapter
from platforms.shopify.scopes import ASKED_FOR
from platforms.shopify.tokens import query_hmac
from tests.platforms.shopify.bench import ShopifyBench

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class TestExchange:
    def test_code_becomes_a_pair_that_lapses(self, bench: ShopifyBench) -> None:
        with bench.adapter(credentials={"access_token": ""}) as adapter:
            token = adapter.request_token(code=bench.shop.authorization_code())

        assert token.access_token and token.refresh_token
        assert token.expires_at is not None
        assert timedelta(minutes=59) < token.expires_at - datetime.now(UTC) <= timedelta(minutes=60)
        assert "read_orders" in token.scopes
        with bench.adapter(credentials={"access_token": token.access_token}) as adapter:
            assert adapter.check().is_ok

    def test_code_is_good_once(self, bench: ShopifyBench) -> None:
        code = bench.shop.authorization_code()
        with bench.adapter() as adapter:
            adapter.request_token(code=code)
            with pytest.raises(BadCredentials) as caught:
                adapter.request_token(code=code)

        assert caught.value.cure

    def test_keys_alone_give_a_token_for_a_day(self, bench: ShopifyBench) -> None:
        with bench.adapter(credentials={"access_token": ""}) as adapter:
            token = adapter.request_token()

        assert token.refresh_token == ""
        assert token.expires_at is not None
        assert timedelta(hours=23) < token.expires_at - datetime.now(UTC) <= timedelta(hours=24)

    def test_both_tokens_change_with_each_renewal(self, bench: ShopifyBench) -> None:
        pair = bench.shop.expiring_pair()
        keys = {"access_token": pair["access_token"], "refresh_token": pair["refresh_token"]}
        with bench.adapter(credentials=keys) as adapter:
            token = adapter.refresh_token()

        assert token.access_token != pair["access_token"]
        assert token.refresh_token != pair["refresh_token"]

    def test_without_a_refresh_token_the_keys_are_asked_again(self, bench: ShopifyBench) -> None:
        with bench.adapter(credentials={"access_token": "old"}) as adapter:
            assert adapter.refresh_token().access_token

    def test_lasting_token_is_exchanged_once_and_for_good(self, bench: ShopifyBench) -> None:
        lasting = bench.shop.add_token(bench.shop.options.scopes)
        options = {"lasting_token": "exchange"}
        with bench.adapter(credentials={"access_token": lasting}, options=options) as adapter:
            token = adapter.request_token()

        assert token.refresh_token and token.access_token != lasting
        assert token.expires_at is not None and token.expires_at - datetime.now(UTC) <= timedelta(minutes=60)
        with bench.adapter(credentials={"access_token": lasting}) as adapter:
            assert not adapter.check().is_ok  # it is spent
        pair = {"access_token": token.access_token, "refresh_token": token.refresh_token}
        with bench.adapter(credentials=pair, options=options) as adapter:
            assert adapter.check().is_ok
            assert adapter.refresh_token().refresh_token != token.refresh_token

    def test_lasting_token_stays_unless_the_site_gives_it_back(self, bench: ShopifyBench) -> None:
        lasting = bench.shop.add_token(bench.shop.options.scopes)
        with bench.adapter(credentials={"access_token": lasting}) as adapter:
            assert adapter.request_token().refresh_token == ""
            assert adapter.check().is_ok

    def test_what_lapses_is_not_exchanged(self, bench: ShopifyBench) -> None:
        """A token for a day that is put in place of a lasting one: Shopify says no, and staff read why."""
        options = {"lasting_token": "exchange"}
        with bench.adapter(credentials={"access_token": ""}, options=options) as adapter:
            day = adapter.request_token()
        with bench.adapter(credentials={"access_token": day.access_token}, options=options) as adapter:
            assert adapter.refresh_token().access_token
            with pytest.raises(BadCredentials, match="lasting token"):
                adapter.request_token()

    def test_wrong_client_secret_is_bad_credentials(self, bench: ShopifyBench) -> None:
        with bench.adapter(credentials={"password": "shpss_wrong"}) as adapter, pytest.raises(BadCredentials):
            adapter.request_token()

    def test_keys_that_are_missing_are_named(self, bench: ShopifyBench) -> None:
        with (
            bench.adapter(credentials={"username": ""}) as adapter,
            pytest.raises(ConfigurationError) as caught,
        ):
            adapter.request_token()

        assert caught.value.code == "missing_credentials"
        assert bench.calls == 0

    def test_no_secret_is_seen_by_the_observer(self, bench: ShopifyBench) -> None:
        seen: list[Exchange] = []
        pair = bench.shop.expiring_pair()
        with bench.adapter(
            observer=seen.append, credentials={"refresh_token": pair["refresh_token"]}
        ) as adapter:
            token = adapter.refresh_token()

        shown = str(seen)
        for secret in (bench.shop.secret, pair["refresh_token"], token.access_token, token.refresh_token):
            assert secret not in shown

    def test_token_that_has_lapsed_is_bad_credentials(self, bench: ShopifyBench) -> None:
        token = bench.shop.add_token(expires=60)
        bench.shop.advance(61)

        with (
            bench.adapter(credentials={"access_token": token}) as adapter,
            pytest.raises(BadCredentials) as caught,
        ):
            adapter.get_order("1")

        assert caught.value.status == 401


class TestApproval:
    SECRET = "example-client-secret-shopify-0001"

    def adapter(self, url: str = "https://demo-outillage.myshopify.com") -> ShopifyAdapter:
        keys = {"username": "client-1", "password": self.SECRET}
        return ShopifyAdapter(Connection("S1", url, keys))

    def query(self, **more: str) -> dict[str, str]:
        found = {
            "code": "c0de5a1f77",
            "host": "YWRtaW4vc3RvcmUvZGVtbw",
            "shop": "demo-outillage.myshopify.com",
            "state": "n-4821",
            "timestamp": str(int(datetime.now(UTC).timestamp())),
            **more,
        }
        return {**found, "hmac": query_hmac(found, self.SECRET)}

    def test_signature_is_that_of_the_fact_sheet(self) -> None:
        query = {
            "code": "c0de5a1f77",
            "host": "YWRtaW4vc3RvcmUvZGVtbw",
            "shop": "demo-outillage.myshopify.com",
            "state": "n-4821",
            "timestamp": "1793613331",
        }

        assert query_hmac(query, self.SECRET) == (
            "4291a6fe1efc16f68cbb96df86fa1e5e4d37bb9230599aa68f621c6c15662515"
        )

    def test_staff_are_sent_to_the_shop_with_all_scopes(self) -> None:
        address = self.adapter().connect_url(
            app_name="ecomsync", token="n-4821", return_url="https://erp.test/back/", callback_url=""
        )
        parts = urlsplit(address)
        query = parse_qs(parts.query)

        assert (parts.netloc, parts.path) == ("demo-outillage.myshopify.com", "/admin/oauth/authorize")
        assert query["scope"] == [",".join(ASKED_FOR)]
        assert (query["state"], query["redirect_uri"]) == (["n-4821"], ["https://erp.test/back/"])

    def test_the_way_back_is_proved(self) -> None:
        found = self.adapter().read_connect_code(self.query())

        assert (found.token, found.code) == ("n-4821", "c0de5a1f77")
        assert "c0de5a1f77" not in repr(found)

    @pytest.mark.parametrize(
        "change",
        [
            {"hmac": "0" * 64},
            {"code": "another"},
            {"shop": "evil.example.com"},
            {"shop": "other.myshopify.com"},
        ],
    )
    def test_what_was_changed_on_the_way_is_refused(self, change: dict[str, str]) -> None:
        query = {**self.query(), **change}
        if "shop" in change:
            query["hmac"] = query_hmac(query, self.SECRET)

        with pytest.raises(InvalidSignature):
            self.adapter().read_connect_code(query)

    def test_old_address_is_refused(self) -> None:
        stale = str(int((datetime.now(UTC) - timedelta(hours=1)).timestamp()))

        with pytest.raises(InvalidSignature):
            self.adapter().read_connect_code(self.query(timestamp=stale))

    def test_refusal_in_the_shop_is_missing_permission(self) -> None:
        with pytest.raises(MissingPermission):
            self.adapter().read_connect_code({"error": "access_denied", "state": "n"})

    def test_return_without_a_code_is_not_approved(self) -> None:
        assert ShopifyAdapter.read_connect_return({"state": "n"}) == ("n", False)
        assert ShopifyAdapter.read_connect_return({"state": "n", "code": "c"}) == ("n", True)


def test_renewal_is_of_the_site_that_asks(bench: ShopifyBench, monkeypatch: Any) -> None:
    """A refresh token of another installation gives nothing."""
    with (
        bench.adapter(credentials={"refresh_token": "shprt_unknown"}) as adapter,
        pytest.raises(BadCredentials),
    ):
        adapter.refresh_token()
