"""Headers, both families, which store, limits, and what errors mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    MissingPermission,
    NotFound,
    RateLimited,
    Rejected,
    ShopUnavailable,
)
from ecomsync.common.http import Answer
from platforms.zid.client import api_root, login_root
from platforms.zid.errors import error_from_answer, error_in_good_answer, sentence_of, wait_of
from tests.contracts.bench import LONG_AGO, quantities
from tests.contracts.failure_cases import BudgetOfTest
from tests.platforms.zid.bench import ZidBench


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://api.zid.sa", "https://api.zid.sa"),
        ("api.zid.sa/v1", "https://api.zid.sa"),
        ("https://demo.zid.store/ar", "https://api.zid.sa"),
        ("http://127.0.0.1:8801", "http://127.0.0.1:8801"),
    ],
)
def test_address_of_the_api(url: str, root: str) -> None:
    assert api_root(url) == root


def test_address_that_is_none_is_told() -> None:
    with pytest.raises(ConfigurationError) as caught:
        api_root("ftp://x")

    assert "https://api.zid.sa" in caught.value.cure
    assert login_root("https://api.zid.sa") == "https://oauth.zid.sa"
    assert login_root("http://127.0.0.1:8801") == "http://127.0.0.1:8801"


def test_every_call_bears_all_headers_and_the_bearer_is_not_the_manager_token(bench: ZidBench) -> None:
    seen: list[dict[str, str]] = []
    inner = bench.shop.app.serve

    def serve(request: Any) -> Any:
        seen.append(dict(request.headers))
        return inner(request)

    bench.shop.app.serve = serve  # type: ignore[method-assign]
    order, product = bench.order(), bench.products(1)[0]
    with bench.adapter() as adapter:
        adapter.get_order(order)
        adapter.push_quantities(quantities([product], 3))
        list(adapter.iter_products())

    for headers in seen:
        assert headers["authorization"] == f"Bearer {bench.shop.authorization}"
        assert headers["x-manager-token"] == headers["access-token"] == bench.shop.key
        assert headers["store-id"] == str(bench.shop.options.store_id)
        assert (headers["role"], headers["accept-language"]) == ("Manager", "en")
    assert len(seen) == 3 and bench.shop.key != bench.shop.authorization


def test_store_id_that_is_unknown_is_read_from_the_profile_once(bench: ZidBench) -> None:
    bench.products(1)

    with bench.adapter(credentials={"store_id": ""}) as adapter:
        assert len(list(adapter.iter_products())) == 1
        learned = dict(adapter.learned)
    bench.shop.counters.reset()
    with bench.adapter(credentials={"store_id": ""}, connection={"learned": learned}) as adapter:
        assert len(list(adapter.iter_products())) == 1

    assert learned["store_id"] == "90210"
    assert bench.calls == 1


@pytest.mark.parametrize(("header", "given"), [("id", "4711"), ("uuid", "90210"), ("uuid", "4711")])
def test_wrong_store_id_is_corrected_by_number_then_by_uuid(bench: ZidBench, header: str, given: str) -> None:
    """The docs call it a UUID in one place and show a number everywhere."""
    bench.shop.options.store_header = header
    bench.products(1)

    with bench.adapter(credentials={"store_id": given}) as adapter:
        found = list(adapter.iter_products())
        learned = adapter.learned["store_id"]

    assert len(found) == 1
    assert learned == ("90210" if header == "id" else bench.shop.store.uuid)


def test_store_id_that_nothing_corrects_is_no_matter_of_tokens(bench: ZidBench) -> None:
    bench.shop.options.store_header = "uuid"
    bench.shop.store.uuid = "0" * 8
    inner = bench.shop.app.answer

    def answer(request: Any) -> Any:
        response = inner(request)
        if request.path.endswith("/profile"):
            response.body = response.body.replace(b'"uuid":"00000000"', b'"uuid":"1"')
        return response

    bench.shop.app.answer = answer  # type: ignore[method-assign]
    with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
        list(adapter.iter_products())

    assert caught.value.code == "wrong_store_id"
    assert not isinstance(caught.value, BadCredentials)


def test_more_than_sixty_calls_a_minute_are_refused_with_the_wait(bench: ZidBench) -> None:
    bench.shop.options.rate_limit = 60
    bench.shop.app.clock.freeze()
    order = bench.order()

    with bench.adapter() as adapter:
        for _ in range(60):
            adapter.get_order(order)
        with pytest.raises(RateLimited) as caught:
            adapter.get_order(order)
        bench.shop.advance(60)
        assert adapter.get_order(order).remote_id == order

    assert caught.value.retry_after == 60


def test_limit_without_a_wait_is_a_minute_and_none_is_longer_than_two(bench: ZidBench) -> None:
    budget = BudgetOfTest()
    bench.fail("rate_limit", unmarked=True)

    with bench.adapter(budget=budget) as adapter, pytest.raises(RateLimited) as caught:
        adapter.get_order("1")

    assert caught.value.retry_after == 60 and budget.waits == [60.0]
    assert wait_of({"retry-after": "900"}) == 120


def test_path_of_the_wrong_family_would_redirect_and_redirects_are_not_followed(bench: ZidBench) -> None:
    with bench.adapter() as adapter, pytest.raises(BadCredentials) as caught:
        adapter._parts.client.get("/v1/products", lane="products")

    assert caught.value.status == 401
    assert bench.calls == 1


def test_broken_json_of_a_read_is_a_fault_of_the_shop(bench: ZidBench) -> None:
    order = bench.order()
    bench.shop.faults.add("broken_json", path="/v1/")

    with bench.adapter() as adapter, pytest.raises(ShopUnavailable):
        adapter.get_order(order)


def test_revoked_app_and_missing_scope_are_told_apart(bench: ZidBench) -> None:
    with (
        bench.adapter(credentials=bench.powerless_credentials()) as adapter,
        pytest.raises(MissingPermission),
    ):
        list(adapter.iter_orders(modified_from=LONG_AGO))
    bench.shop.revoke_key(bench.shop.key)
    with bench.adapter() as adapter, pytest.raises(BadCredentials):
        list(adapter.iter_orders(modified_from=LONG_AGO))


# ---------------------------------------------------------------- the shapes of refusals


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (
            422,
            {"status": 422, "success": False, "error": {"code": "validation_failed", "message": "No.", "fields": {"sku": ["taken"]}}},
            Rejected,
            "No; sku: taken.",
        ),
        (
            401,
            {"status": "error", "message": {"type": "error", "code": "ERROR_SESSION_INVALID", "name": "Bad", "description": "Session"}},
            BadCredentials,
            "Bad; Session.",
        ),
        (401, {"detail": "No such user"}, ConfigurationError, "No such user."),
        (400, {"detail": [{"loc": ["body", 0, "price"], "msg": "not a number"}]}, Rejected, "body.0.price: not a number."),
        (400, {"sku": ["exists"], "price": ["too low"]}, Rejected, "sku: exists; price: too low."),
        (400, [{}, {"sale_price": ["must be lower than price"]}], Rejected, "sale_price: must be lower than price."),
        (400, {"error": "invalid_grant", "error_description": "Gone"}, Rejected, "Gone."),
        (403, {"detail": "Forbidden"}, MissingPermission, "Forbidden."),
        (404, {"detail": "Not found."}, NotFound, "Not found."),
        (409, {"message": "exists"}, Rejected, "exists."),
        (500, {}, ShopUnavailable, "no reason given."),
        (302, None, BadCredentials, "no reason given."),
    ],
)  # fmt: skip
def test_each_shape_is_read(status: int, body: Any, error: type[Exception], said: str) -> None:
    answer = Answer(status, {}, b"", "https://api.zid.sa/v1/products/", 1)

    found = error_from_answer(answer, body, site="S1", what="GET /v1/products/")

    assert type(found) is error
    assert found.cure
    assert sentence_of(body) == said


def test_good_status_may_carry_an_error() -> None:
    body = {
        "status": "error",
        "message": {"type": "error", "code": "X", "name": "Refused", "description": ""},
    }
    lapsed = {"message": {"type": "error", "code": "ERROR_SESSION_EXPIRED", "name": "Over"}}
    fine = {"status": "object", "message": {"type": "object", "code": None}}

    assert isinstance(error_in_good_answer(body, site="S1", what="GET x"), Rejected)
    assert isinstance(error_in_good_answer(lapsed, site="S1", what="GET x"), BadCredentials)
    assert error_in_good_answer(fine, site="S1", what="GET x") is None


def test_html_of_another_server_is_a_matter_of_set_up() -> None:
    answer = Answer(404, {}, b"<html>", "https://example.com", 1)

    found = error_from_answer(answer, None, site="S1", what="GET /v1/products/")

    assert (type(found), found.code) == (ConfigurationError, "rest_not_found")
    blocked = error_from_answer(replace(answer, status=403), None, site="S1", what="GET x")
    assert blocked.code == "blocked_by_firewall"
