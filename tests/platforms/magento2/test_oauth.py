"""Signatures as Magento verifies them."""

from __future__ import annotations

import pytest

from platforms.magento2.oauth import SHA1, authorization, base_string, natural_compare

QUERY = [
    ("searchCriteria[filter_groups][0][filters][0][field]", "updated_at"),
    ("searchCriteria[filter_groups][0][filters][0][value]", "2024-05-01 00:00:00"),
    ("searchCriteria[filter_groups][0][filters][0][condition_type]", "gteq"),
    ("searchCriteria[pageSize]", "100"),
]
KEYS = {
    "consumer_key": "abcd1234efgh5678ijkl9012mnop3456",
    "consumer_secret": "8m2k1x9v3q7w5e0r4t6y8u1i3o5p7a9s",
    "token": "wxyz9876vuts5432rqpo1098nmlk7654",
    "token_secret": "2f4g6h8j0k1l3z5x7c9v1b3n5m7q9w1e",
    "nonce": "n0nce4b7c2d9e1f3",
}
URL = "https://shop.example.com/rest/V1/orders"


def test_worked_example_has_its_signature() -> None:
    header = authorization("GET", URL, QUERY, timestamp=1714550400, **KEYS)

    assert header.startswith("OAuth oauth_consumer_key=")
    assert 'oauth_signature="Ha6Uo1nNuqB1Y5pzP4PHfO6g3ukrEYQg8IDn78jX1QY%3D"' in header
    assert 'oauth_signature_method="HMAC-SHA256"' in header


def test_worked_example_has_its_base_string() -> None:
    oauth = [
        ("oauth_consumer_key", KEYS["consumer_key"]),
        ("oauth_nonce", KEYS["nonce"]),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", "1714550400"),
        ("oauth_token", KEYS["token"]),
        ("oauth_version", "1.0"),
    ]

    text = base_string("get", URL, [*reversed(QUERY), *oauth])

    assert text.startswith("GET&https%3A%2F%2Fshop.example.com%2Frest%2FV1%2Forders&oauth_consumer_key%3D")
    assert text.endswith(
        "searchCriteria%255Bfilter_groups%255D%255B0%255D%255Bfilters%255D%255B0%255D%255Bvalue%255D%3D"
        "2024-05-01%252000%253A00%253A00%26searchCriteria%255BpageSize%255D%3D100"
    )


def test_older_shops_are_signed_by_sha1() -> None:
    header = authorization("GET", URL, [], timestamp=1, signature_method=SHA1, **KEYS)

    assert 'oauth_signature_method="HMAC-SHA1"' in header


def test_twelve_groups_are_signed_in_natural_order() -> None:
    """`[2]` stands before `[10]`, which in the order of bytes it does not."""
    pairs = [(f"searchCriteria[filter_groups][{n}][filters][0][field]", "sku") for n in range(12)]

    text = base_string("GET", URL, list(reversed(pairs)))

    places = [text.index(f"filter_groups%255D%255B{n}%255D") for n in range(12)]
    assert places == sorted(places)


def test_standard_port_is_left_out_and_another_one_is_kept() -> None:
    assert base_string("GET", "https://Shop.example.com:443/rest", []).startswith(
        "GET&https%3A%2F%2Fshop.example.com%2Frest&"
    )
    assert "example.com%3A8443%2Frest" in base_string("GET", "https://shop.example.com:8443/rest", [])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a2", "a10", -1),
        ("a10", "a2", 1),
        ("a10", "a10", 0),
        ("a", "b", -1),
        ("a", "a1", -1),
        ("", "a", -1),
        ("x9y", "x9z", -1),
        ("%5B0%5D", "%5B10%5D", -1),
        ("img12", "img12b", -1),
        ("1.01", "1.001", 1),  # behind a zero digits compare like fractions
        ("007", "7", 0),
    ],
)
def test_natural_order_is_that_of_php(first: str, second: str, expected: int) -> None:
    assert natural_compare(first, second) == expected
