"""Addresses, signing in, and what is found out about a shop."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    MissingPermission,
    RateLimited,
    ShopUnavailable,
)
from ecomsync.common.http import Exchange
from platforms.magento2.addresses import site_address
from platforms.magento2.criteria import Criteria, read_time, short_lists
from platforms.magento2.options import MageOptions
from platforms.magento2.signing_in import OAUTH_FIELDS, forget_tokens, mode_of, one_time_code
from platforms.types import StatusNotice
from sandbox.magento2 import Magento2Shop
from sandbox.magento2.shop import ADMIN, PASSWORD
from tests.platforms.magento2.bench import MageBench

NO_KEYS = dict.fromkeys(OAUTH_FIELDS, "")
USER = {**NO_KEYS, "username": ADMIN, "password": PASSWORD}


def shop_of(**options: Any) -> Magento2Shop:
    forget_tokens()
    return Magento2Shop(webhook_delay=None, **options)


# ---------------------------------------------------------------- OAuth


def test_older_shop_is_signed_by_sha1_and_that_is_learned() -> None:
    with shop_of(version="2.3.5") as shop:
        bench = MageBench(shop)
        order = bench.order()
        with bench.adapter() as adapter:
            assert adapter.get_order(order).remote_id == order
            learned = dict(adapter.learned)
        assert learned["signature_method"] == "HMAC-SHA1"
        assert bench.calls == 2
        with bench.adapter(connection={"learned": learned}) as adapter:
            adapter.get_order(order)
        assert bench.calls == 3


def test_refusal_of_an_older_shop_is_told_and_not_the_signature_that_it_does_not_know() -> None:
    with shop_of(version="2.3.5") as shop:
        bench = MageBench(shop)
        with bench.adapter(credentials=bench.wrong_credentials()) as adapter:
            with pytest.raises(BadCredentials) as caught:
                adapter.get_order("1")
            assert caught.value.status == 401
            assert adapter.client.signature_method == "HMAC-SHA1"
        with (
            bench.adapter(credentials=bench.powerless_credentials()) as adapter,
            pytest.raises(MissingPermission),
        ):
            adapter.get_order("1")


def test_wrong_secret_is_tried_by_both_signatures_and_told_as_the_first_refusal(bench: MageBench) -> None:
    with (
        bench.adapter(credentials={"consumer_secret": "f" * 32}) as adapter,
        pytest.raises(BadCredentials) as caught,
    ):
        adapter.get_order("1")

    assert caught.value.status == 401
    assert "signature" in caught.value.message.lower()
    assert bench.calls == 2
    assert "signature_method" not in adapter.learned


def test_chosen_signature_is_not_given_up(bench: MageBench) -> None:
    with (
        bench.adapter(options={"signature_method": "HMAC-SHA1"}) as adapter,
        pytest.raises(BadCredentials) as caught,
    ):
        adapter.get_order("1")

    assert bench.calls == 1
    assert "HMAC-SHA1" in caught.value.message and caught.value.cure


def test_list_with_twelve_groups_is_signed_right(bench: MageBench) -> None:
    bench.order()
    criteria = Criteria()
    for _ in range(12):
        criteria = criteria.where("entity_id", 0, "gt")

    with bench.adapter() as adapter:
        rows, total, _size = adapter.client.search("orders", criteria, lane="orders")

    assert len(rows) == total == 1


def test_sku_with_every_sign_is_found_over_the_search(bench: MageBench) -> None:
    for sku in ("A/B 1+2", "قميص-أحمر", "50%&=?#", "a,b"):
        bench.shop.add_product(sku=sku)

    with bench.adapter() as adapter:
        found = adapter.find_products(["A/B 1+2", "قميص-أحمر", "50%&=?#", "a,b"])

    assert {product.sku for product in found} == {"A/B 1+2", "قميص-أحمر", "50%&=?#", "a,b"}


# ---------------------------------------------------------------- bearer and admin


def test_integration_token_as_bearer_works_where_the_shop_allows_it() -> None:
    with shop_of(integration_as_bearer=True) as shop:
        bench = MageBench(shop)
        keys = {**NO_KEYS, "access_token": shop.token}
        with bench.adapter(credentials=keys) as adapter:
            assert adapter.client.auth_mode == "bearer"
            assert adapter.shop_info().currency == "SAR"


def test_refused_bearer_tells_of_the_switch(bench: MageBench) -> None:
    keys = {**NO_KEYS, "access_token": bench.shop.token}

    with bench.adapter(credentials=keys) as adapter, pytest.raises(BadCredentials) as caught:
        adapter.get_order("1")

    assert "Allow OAuth Access Tokens" in caught.value.cure


def test_admin_logs_in_once_for_all_adapters_of_a_process() -> None:
    with shop_of(two_factor=False) as shop:
        bench = MageBench(shop)
        order = bench.order()
        for _ in range(3):
            with bench.adapter(credentials=USER) as adapter:
                adapter.get_order(order)
        assert shop.counters.calls("POST /V1/integration/admin/token") == 1


def test_lapsed_admin_token_is_asked_for_anew_once() -> None:
    with shop_of(two_factor=False) as shop:
        bench = MageBench(shop)
        order = bench.order()
        with bench.adapter(credentials=USER) as adapter:
            adapter.get_order(order)
            shop.advance(3 * 24 * 3600)
            assert adapter.get_order(order).remote_id == order
        assert shop.counters.calls("POST /V1/integration/admin/token") == 2


def test_two_factors_are_passed_with_the_secret_and_explained_without_it() -> None:
    with shop_of() as shop:
        bench = MageBench(shop)
        order = bench.order()
        with bench.adapter(credentials=USER) as adapter, pytest.raises(BadCredentials) as caught:
            adapter.get_order(order)
        assert caught.value.code == "two_factor" and "authenticator" in caught.value.cure
        admin = next(grant for grant in shop.store.grants.values() if grant.name == ADMIN)
        secret = _base32(admin.otp_secret)
        with bench.adapter(credentials={**USER, "otp_secret": secret}) as adapter:
            assert adapter.get_order(order).remote_id == order


def test_refused_password_is_not_tried_again_so_that_nobody_is_locked_out() -> None:
    with shop_of(two_factor=False) as shop:
        bench = MageBench(shop)
        for _ in range(10):
            with (
                bench.adapter(credentials={**USER, "password": "wrong"}) as adapter,
                pytest.raises(BadCredentials) as caught,
            ):
                adapter.get_order("1")
        assert "locks the user" in caught.value.cure
        assert shop.counters.calls("POST /V1/integration/admin/token") == 1
        with bench.adapter(credentials={**USER, "password": "wrong"}) as adapter:
            assert not adapter.check().is_ok  # staff ask, so it is tried
        assert shop.counters.calls("POST /V1/integration/admin/token") == 2
        order = bench.order()
        with bench.adapter(credentials=USER) as adapter:
            assert adapter.get_order(order).remote_id == order


def test_token_of_a_login_is_seen_by_no_observer() -> None:
    with shop_of(two_factor=False) as shop:
        bench = MageBench(shop)
        order = bench.order()
        seen: list[Exchange] = []
        with bench.adapter(credentials=USER, observer=seen.append) as adapter:
            adapter.get_order(order)
            token = adapter.client.signer.header("GET", "", ()).removeprefix("Bearer ")
        assert len(token) > 20 and token not in str(seen) and PASSWORD not in str(seen)
        assert len(seen) == 1


def test_codes_of_the_authenticator_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, cut to six digits."""
    secret = _base32(b"12345678901234567890")

    assert one_time_code(secret, at=59) == "287082"
    assert one_time_code(secret.lower(), at=1111111109) == "081804"
    with pytest.raises(ConfigurationError):
        one_time_code("not a secret!")


@pytest.mark.parametrize(
    ("given", "wanted", "mode"),
    [
        (dict.fromkeys(OAUTH_FIELDS, "x"), "auto", "oauth"),
        ({"access_token": "x"}, "auto", "bearer"),
        ({"username": "a", "password": "b"}, "auto", "admin"),
        ({"access_token": "x", "consumer_key": "k"}, "auto", ""),
        ({**dict.fromkeys(OAUTH_FIELDS, "x"), "username": "a", "password": "b"}, "admin", "admin"),
        ({"username": "a"}, "admin", ""),
        ({}, "auto", ""),
    ],
)
def test_way_of_signing_in_goes_by_what_is_filled_in(given: dict[str, str], wanted: str, mode: str) -> None:
    assert mode_of(given, wanted) == mode


def test_half_of_the_keys_is_told_by_name(bench: MageBench) -> None:
    report = bench.adapter(credentials={"consumer_secret": "", "access_token_secret": ""}).check()

    assert not report.is_ok
    assert "consumer secret and no access token secret" in report.steps[0].message


# ---------------------------------------------------------------- rights, addresses, limits


def test_missing_right_is_named_although_the_status_is_that_of_bad_keys(bench: MageBench) -> None:
    order = bench.order()
    keys = bench.read_only_credentials()

    with bench.adapter(credentials=keys) as adapter, pytest.raises(MissingPermission) as caught:
        adapter.push_status(StatusNotice("k", order, "canceled"))

    assert "Magento_Sales::cancel" in caught.value.message
    assert "Magento_Sales::cancel" in caught.value.cure


def test_host_without_rewrites_is_found_behind_index_php() -> None:
    with shop_of(index_php=True) as shop:
        bench = MageBench(shop)
        order = bench.order()
        with bench.adapter() as adapter:
            assert adapter.get_order(order).remote_id == order
            learned = dict(adapter.learned)
        assert learned["prefix"] == "/index.php"
        before = bench.calls
        with bench.adapter(connection={"learned": learned}) as adapter:
            adapter.get_order(order)
        assert bench.calls - before == 1


def test_address_without_a_shop_is_a_matter_of_set_up(bench: MageBench) -> None:
    with (
        bench.adapter(connection={"url": f"{bench.shop.url}/nowhere"}) as adapter,
        pytest.raises(ConfigurationError) as caught,
    ):
        adapter.get_order("1")

    assert caught.value.code in ("rest_not_found", "no_route")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("shop.example.com", "https://shop.example.com"),
        ("https://shop.example.com/rest/V1/", "https://shop.example.com"),
        ("http://shop.test/store/index.php/admin", "http://shop.test/store"),
        ("https://shop.test/admin_x1/", "https://shop.test"),
        ("https://user:secret@shop.test/graphql", "https://shop.test"),
    ],
)
def test_address_is_cleaned(typed: str, address: str) -> None:
    assert site_address(typed) == address


def test_html_with_status_200_is_no_answer(bench: MageBench) -> None:
    order = bench.order()
    bench.fail("html")

    with bench.adapter() as adapter, pytest.raises(ShopUnavailable) as caught:
        adapter.get_order(order)

    assert caught.value.code == "not_json"


def test_limiter_of_the_host_is_obeyed(bench: MageBench) -> None:
    bench.fail("rate_limit", retry_after=11)

    with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
        list(adapter.iter_orders())

    assert caught.value.retry_after == 11


# ---------------------------------------------------------------- criteria and options


def test_criteria_always_have_a_page_size() -> None:
    params = dict(
        Criteria().where("sku", "A", "like").ordered("sku").params(size=50, page=2, fields="items[sku]")
    )

    assert params["searchCriteria[pageSize]"] == "50"
    assert params["searchCriteria[currentPage]"] == "2"
    assert params["searchCriteria[filter_groups][0][filters][0][condition_type]"] == "like"
    assert params["searchCriteria[sortOrders][0][direction]"] == "ASC"
    assert params["fields"] == "items[sku]"


def test_long_lists_are_cut_by_number_and_by_length() -> None:
    assert [len(batch) for batch in short_lists([str(n) for n in range(250)], 100)] == [100, 100, 50]
    arabic = [f"قميص-قطني-أزرق-{n}" for n in range(100)]
    assert all(len(batch) < 60 for batch in short_lists(arabic, 100))
    assert sorted(sku for batch in short_lists(arabic, 100) for sku in batch) == sorted(arabic)


def test_times_are_utc() -> None:
    moment = read_time("2024-05-01 09:12:44")

    assert moment is not None and moment.isoformat() == "2024-05-01T09:12:44+00:00"
    assert read_time("0000-00-00 00:00:00") is None
    assert read_time(None) is read_time("soon") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("auth_mode", "magic"), ("page_size", 5000), ("store_views", "ar"), ("link_visible", "perhaps")],
)
def test_wrong_option_is_named(name: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        MageOptions.read({name: value})

    assert name in caught.value.message and caught.value.cure


def _base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode()
