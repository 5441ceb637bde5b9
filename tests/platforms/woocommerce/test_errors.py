"""What each answer means: the table of WooCommerce's codes, row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    EcomsyncError,
    MissingPermission,
    NotFound,
    PermanentError,
    RateLimited,
    Rejected,
    RetryableError,
    ShopUnavailable,
)
from ecomsync.common.http import Answer
from platforms.base import Connection
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.errors import error_from_answer, error_of_row
from platforms.woocommerce.options import WooOptions
from tests.platforms.scripted import Say, ScriptedServer, scripted_server

VALIDATION = (
    "rest_invalid_param",
    "rest_missing_callback_param",
    "rest_invalid_json",
    "woocommerce_rest_product_invalid_id",
    "product_invalid_sku",
    "term_exists",
    "woocommerce_rest_shop_order_invalid_id",
    "woocommerce_product_image_upload_error",
    "registration-error-email-exists",
    "a_code_that_nobody_knows",
)
ANONYMOUS = (
    "woocommerce_rest_authentication_error",
    "woocommerce_rest_cannot_view",
    "woocommerce_rest_cannot_create",
    "woocommerce_rest_cannot_edit",
    "woocommerce_rest_cannot_delete",
    "woocommerce_rest_cannot_batch",
)
GONE = (
    "woocommerce_rest_product_invalid_id",
    "woocommerce_rest_product_variation_invalid_id",
    "woocommerce_rest_shop_order_invalid_id",
    "woocommerce_rest_shop_webhook_invalid_id",
    "woocommerce_rest_term_invalid",
)
REFUNDS = (
    "woocommerce_rest_cannot_create_order_refund",
    "woocommerce_rest_invalid_order_refund",
    "woocommerce_rest_invalid_order_id",
)
ROWS: list[tuple[int, str, type[EcomsyncError], bool]] = [
    *((400, code, Rejected, False) for code in VALIDATION),
    *((401, code, BadCredentials, False) for code in ANONYMOUS),
    *((403, code, MissingPermission, False) for code in ANONYMOUS[1:]),
    *((404, code, NotFound, False) for code in GONE),
    (404, "rest_no_route", ConfigurationError, False),
    (401, "rest_forbidden", ConfigurationError, False),
    (404, "woocommerce_rest_invalid_product_id", Rejected, False),
    (410, "woocommerce_rest_already_trashed", Rejected, False),
    (413, "woocommerce_rest_request_entity_too_large", Rejected, False),
    (429, "too_many_requests", RateLimited, True),
    *((status, "server_busy", ShopUnavailable, True) for status in (502, 503, 504, 508, 520, 524)),
    (500, "internal_server_error", ShopUnavailable, True),
    *((500, code, Rejected, False) for code in REFUNDS),
    (501, "woocommerce_rest_trash_not_supported", Rejected, False),
]


def answered(status: int, body: Any, headers: dict[str, str] | None = None) -> EcomsyncError:
    raw = body if isinstance(body, str) else json.dumps(body)
    answer = Answer(status, headers or {}, raw.encode(), "https://shop.test/wp-json/wc/v3/x", 5)
    return error_from_answer(answer, None if isinstance(body, str) else body, site="S1", what="GET x")


@pytest.mark.parametrize(("status", "code", "error", "again"), ROWS)
def test_code_and_status_tell_whether_it_is_tried_again(
    status: int, code: str, error: type[EcomsyncError], again: bool
) -> None:
    # refund refusals carry a bare number where all others have an object
    data: Any = status if code in REFUNDS else {"status": status}
    found = answered(status, {"code": code, "message": "Because.", "data": data})

    assert type(found) is error
    assert isinstance(found, RetryableError) is again
    assert "Because." in found.message
    assert found.cure
    assert (found.status, found.platform, found.site) == (status, "woocommerce", "S1")


@pytest.mark.parametrize("status", [429, 503, 508, 521])
def test_page_of_a_host_is_tried_again_after_the_time_it_names(status: int) -> None:
    found = answered(status, "<html><title>Busy</title></html>", {"retry-after": "17"})

    assert isinstance(found, RetryableError)
    assert found.retry_after == 17
    assert "Busy" in found.message


@pytest.mark.parametrize("status", [401, 403, 404, 405, 406])
def test_page_before_wordpress_is_a_matter_of_set_up(status: int) -> None:
    found = answered(status, "<html><title>No</title></html>")

    assert isinstance(found, ConfigurationError)
    assert found.cure


def test_reasons_per_parameter_are_part_of_the_message() -> None:
    found = answered(
        400,
        {
            "code": "rest_invalid_param",
            "message": "Invalid parameter(s): per_page",
            "data": {"status": 400, "params": {"per_page": "per_page must be between 1 and 100"}},
        },
    )

    assert "per_page must be between 1 and 100" in found.message


def test_error_of_a_row_keeps_the_holder_of_the_sku() -> None:
    error = {
        "code": "product_invalid_sku",
        "message": "Duplicated.",
        "data": {"status": 400, "resource_id": 7},
    }

    found = error_of_row({"id": 0, "error": error}, what="product 'A'")

    assert isinstance(found, PermanentError)
    assert found.details["resource_id"] == 7
    assert error_of_row({"id": 7, "sku": "A"}, what="product 'A'") is None


def test_excerpt_of_a_page_is_short_and_bare_of_keys() -> None:
    found = answered(500, f"<html>consumer_secret=cs_{'b' * 40} {'x' * 2000}")

    assert len(found.excerpt) <= 500
    assert "cs_bbbb" not in found.excerpt


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[WooClient]:
    connection = Connection(
        "S1", server.url, {"username": "ck_a", "password": "cs_b"}, timeout=5, allow_private=True
    )
    made = WooClient(connection, WooOptions.read({}))
    yield made
    made.close()


def refusal(status: int, code: str) -> Callable[[Any], Say]:
    return lambda seen: Say(status, {"code": code, "message": "No.", "data": {"status": status}})


def test_record_that_lies_in_the_trash_already_counts_as_deleted(
    server: ScriptedServer, client: WooClient
) -> None:
    server.script = refusal(410, "woocommerce_rest_already_trashed")

    assert client.delete("products/7", lane="products", force=False).data == {}


def test_other_refusal_of_a_deletion_is_raised(server: ScriptedServer, client: WooClient) -> None:
    server.script = refusal(501, "woocommerce_rest_trash_not_supported")

    with pytest.raises(Rejected):
        client.delete("webhooks/7", lane="orders", force=False)
