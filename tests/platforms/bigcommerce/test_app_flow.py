"""The app: from the code of an installation to a token, and callbacks that prove themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from ecomsync.common.errors import BadCredentials, ConfigurationError, InvalidSignature
from platforms.bigcommerce.app_flow import callback_of, read_signed_payload
from platforms.bigcommerce.client import login_root
from platforms.types import EventKind, WebhookDelivery
from sandbox.bigcommerce.app_flow import jwt
from tests.platforms.bigcommerce.bench import BigCommerceBench

CLIENT, SECRET = "q0x7w2m9n4", "example-client-secret-bigcommerce-0001"
#: Payload and signature of the fact sheet, section 2 (computed).
CLAIMS = {
    "aud": CLIENT,
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
NOW = datetime.fromtimestamp(1793613310, UTC)


def read(token: str, **other: str) -> dict[str, object]:
    wanted = {"client_id": CLIENT, "client_secret": SECRET, "store_hash": "z9k2q7m1ab", **other}
    return read_signed_payload(token, now=NOW, **wanted)


def test_signed_payload_of_the_fact_sheet() -> None:
    token = jwt(CLAIMS, SECRET)

    assert token.rpartition(".")[2] == "VDP15S7Wn8c48lqX6iTmFcEA6GJAaFMHbSfBELBkP0c"
    assert read(token)["user"] == CLAIMS["user"]


@pytest.mark.parametrize(
    "token",
    [
        jwt(CLAIMS, "another secret"),
        jwt({**CLAIMS, "aud": "another app"}, SECRET),
        jwt({**CLAIMS, "sub": "stores/other"}, SECRET),
        jwt({**CLAIMS, "iss": "me"}, SECRET),
        jwt({**CLAIMS, "exp": 1793613309}, SECRET),
        jwt({**CLAIMS, "nbf": 1793613611}, SECRET),
        jwt({k: v for k, v in CLAIMS.items() if k != "exp"}, SECRET),
        "eyJhbGciOiJub25lIn0.e30.",
        "not a token",
        "a.b.c",
        "",
    ],
)
def test_payload_that_proves_nothing_is_refused(token: str) -> None:
    with pytest.raises(InvalidSignature):
        read(token)


def test_unsigned_algorithm_and_missing_secret_are_refused() -> None:
    head = jwt(CLAIMS, SECRET).split(".")
    with pytest.raises(InvalidSignature):
        read(f"eyJhbGciOiJub25lIn0.{head[1]}.{head[2]}")
    with pytest.raises(InvalidSignature):
        read(jwt(CLAIMS, ""), client_secret="")


@pytest.mark.parametrize(
    ("event", "kind"),
    [("load", EventKind.PING), ("uninstall", EventKind.APP_REMOVED), ("remove_user", EventKind.UNKNOWN)],
)
def test_callbacks_of_the_app_are_told_apart_by_their_address(
    bench: BigCommerceBench, event: str, kind: EventKind
) -> None:
    query = {"event": event, "signed_payload_jwt": bench.shop.signed_payload()}

    notice = bench.adapter().read_webhook(WebhookDelivery({}, b"", query))

    assert (notice.kind, notice.topic) == (kind, f"app/{event}")
    with pytest.raises(InvalidSignature):
        bench.adapter(credentials={"password": "another"}).read_webhook(WebhookDelivery({}, b"", query))


def test_code_of_an_installation_becomes_a_token_that_works(bench: BigCommerceBench) -> None:
    given = bench.shop.install_app(CLIENT, SECRET, scopes=("store_v2_orders", "store_v2_information"))
    pasted = f"https://erp.example.test/auth?{urlencode(given)}"
    app = {"username": CLIENT, "password": SECRET, "access_token": ""}

    with bench.adapter(credentials=app) as adapter:
        token = adapter.request_token(code=pasted)

    assert token.scopes == ("store_v2_orders", "store_v2_information")
    assert token.extra == {"store_hash": bench.shop.options.store_hash} and token.expires_at is None
    order = bench.order()
    with bench.adapter(credentials={**app, "access_token": token.access_token}) as adapter:
        assert adapter.get_order(order).remote_id == order


def test_code_works_once_and_the_old_token_dies_with_the_new_one(bench: BigCommerceBench) -> None:
    app = {"username": CLIENT, "password": SECRET}
    first = f"https://erp.example.test/auth?{urlencode(bench.shop.install_app(CLIENT, SECRET))}"
    second = f"https://erp.example.test/auth?{urlencode(bench.shop.install_app(CLIENT, SECRET))}"

    with bench.adapter(credentials=app) as adapter:
        old = adapter.request_token(code=first)
        with pytest.raises(BadCredentials) as caught:
            adapter.request_token(code=first)
        new = adapter.request_token(code=second)

    assert "once" in caught.value.cure
    assert old.access_token not in bench.shop.store.accounts
    assert new.access_token in bench.shop.store.accounts


@pytest.mark.parametrize("code", ["", "https://erp.example.test/auth?scope=x"])
def test_nothing_to_exchange_is_told(bench: BigCommerceBench, code: str) -> None:
    with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.request_token(code=code)

    assert caught.value.code == "no_code"


def test_code_of_another_store_is_not_sent(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.request_token(code="https://erp.example.test/auth?code=1&scope=a&context=stores%2Fother")

    assert caught.value.code == "other_store" and bench.calls == 0


def test_bare_code_lacks_scope_and_callback_and_that_is_told(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.request_token(code="abc")

    assert "scope" in caught.value.message and "callback" in caught.value.message


def test_scopes_with_plus_signs_are_read() -> None:
    found = callback_of(
        "https://erp.example.test/auth?code=c&scope=store_v2_orders+store_v2_products&context=stores%2Fabc",
        store_hash="abc",
    )

    assert found.scope == "store_v2_orders store_v2_products"
    assert found.redirect_uri == "https://erp.example.test/auth"


def test_codes_are_exchanged_at_the_sign_in_host_of_the_platform() -> None:
    assert login_root("https://api.bigcommerce.com") == "https://login.bigcommerce.com"
    assert login_root("http://127.0.0.1:8801") == "http://127.0.0.1:8801"


def test_tokens_are_never_refreshed(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.refresh_token()

    assert "open the app again" in caught.value.cure
