"""One table from Magento's message templates to our classes."""

from __future__ import annotations

from typing import Any

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    Conflict,
    EcomsyncError,
    NotFound,
    RateLimited,
    Rejected,
    ShopUnavailable,
)
from ecomsync.common.http import Answer
from platforms.magento2.errors import (
    error_from_answer,
    error_from_body,
    filled,
    missing_permission,
    sentence,
)

CASES: list[tuple[int, dict[str, Any], type[EcomsyncError], str]] = [
    (
        400,
        {
            "message": '"%fieldName" is required. Enter and try again.',
            "parameters": {"fieldName": "product"},
        },
        Rejected,
        '"product" is required',
    ),
    (400, {"message": "Could not save Source Item"}, Conflict, "Could not save Source Item"),
    (
        400,
        {"message": "SQLSTATE[40001]: 1213 Deadlock found when trying to get lock"},
        Conflict,
        "Deadlock",
    ),
    (400, {"message": "Database lock wait timeout exceeded; try again"}, Conflict, "lock wait"),
    (
        400,
        {
            "message": 'Maximum items of type "%type" is %max',
            "parameters": {"type": "\\Magento\\Item", "max": 20},
        },
        Rejected,
        "is 20",
    ),
    (
        400,
        {"message": "Signature method %1 is not supported", "parameters": ["HMAC-SHA1"]},
        BadCredentials,
        "HMAC-SHA1",
    ),
    (401, {"message": "The signature is invalid. Verify and try again."}, BadCredentials, "signature"),
    (
        401,
        {
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": "Magento_Sales::actions_view"},
        },
        BadCredentials,
        "Magento_Sales::actions_view",
    ),
    (
        400,
        {"message": "Please use the 2fa provider-specific endpoints to obtain a token."},
        BadCredentials,
        "2fa",
    ),
    (404, {"message": "Request does not match any route."}, ConfigurationError, "any route"),
    (
        404,
        {"message": "The product that was requested doesn't exist. Verify the product and try again."},
        NotFound,
        "product",
    ),
    (429, {"message": "Too Many Requests"}, RateLimited, "Too Many Requests"),
    (
        500,
        {"message": "Internal Error. Details are available in Magento log file. Report ID: webapi-65f"},
        ShopUnavailable,
        "webapi-65f",
    ),
    (
        500,
        {"messages": {"error": [{"code": 500, "message": "Server internal error. See details in report"}]}},
        ShopUnavailable,
        "Server internal error",
    ),
    (
        400,
        {
            "message": "Creditmemo Document Validation Error(s):\nYou can't create a creditmemo without products."
        },
        Rejected,
        "without products",
    ),
    (
        400,
        {"message": "Shipment Document Validation Error(s):\nThe order does not allow a shipment."},
        Rejected,
        "does not allow a shipment",
    ),
]


@pytest.mark.parametrize(("status", "body", "kind", "said"), CASES)
def test_answer_is_its_class_and_its_message_is_filled_in(
    status: int, body: dict[str, Any], kind: type[EcomsyncError], said: str
) -> None:
    error = error_from_body(body, status, what="POST products")

    assert type(error) is kind
    assert said in error.message and "%" not in error.message
    assert error.cure or isinstance(error, Rejected | RateLimited)


def test_limit_of_rows_is_read_from_its_parameters() -> None:
    error = error_from_body(
        {"message": 'Maximum items of type "%type" is %max', "parameters": {"type": "x9", "max": 20}},
        400,
        what="POST inventory/source-items",
    )

    assert (error.code, error.details["max"]) == ("too_many_items", 20)


def test_placeholders_of_a_list_go_by_their_place_and_longer_names_first() -> None:
    assert filled("%1 of %10", {"1": "a", "10": "b"}) == "a of b"
    assert filled("%field and %fieldName", {"field": "a", "fieldName": "b"}) == "a and b"


def test_messages_below_the_first_are_told_too() -> None:
    body = {
        "message": "One or more input exceptions have occurred.",
        "errors": [
            {"message": '"%fieldName" is required.', "parameters": {"fieldName": "email"}},
            {"message": "%1 is too long", "parameters": ["name"]},
        ],
    }

    assert sentence(body) == (
        'One or more input exceptions have occurred. "email" is required. name is too long.'
    )


def test_missing_right_names_the_resource_and_where_to_tick_it() -> None:
    refused = error_from_body(
        {
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": "Magento_Sales::ship"},
        },
        401,
        what="POST order/1/ship",
    )

    error = missing_permission(refused)

    assert "Magento_Sales::ship" in error.message and "Magento_Sales::ship" in error.cure
    assert error.status == 401


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (403, "<title>Access Denied</title>", ConfigurationError, "blocked_by_firewall"),
        (404, "<title>404</title>", ConfigurationError, "rest_not_found"),
        (413, "<html>", Rejected, "too_large"),
        (503, "<title>Maintenance</title>", ShopUnavailable, "shop_unavailable"),
        (504, "", ShopUnavailable, "shop_unavailable"),
        (301, "", ConfigurationError, "redirected"),
        (401, "<title>Restricted</title>", BadCredentials, "bad_credentials"),
        (405, "", ConfigurationError, "method_blocked"),
    ],
)
def test_what_stands_before_magento_is_told_apart(
    status: int, body: str, kind: type[EcomsyncError], code: str
) -> None:
    headers = {"content-type": "text/html", "location": "https://www.shop.test/rest/V1/orders?x=1"}
    answer = Answer(status, headers, body.encode(), "https://shop.test/rest/V1/orders", 5)

    error = error_from_answer(answer, None, site="S1", what="GET orders")

    assert (type(error), error.code) == (kind, code)
    assert error.cure
