from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from sites.addresses import normalise_url


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://Shop.Example.com/", "https://shop.example.com"),
        ("shop.example.com", "https://shop.example.com"),
        ("  https://shop.example.com:443/store/  ", "https://shop.example.com/store"),
        ("HTTPS://shop.example.com:8443", "https://shop.example.com:8443"),
        ("http://127.0.0.1:8081/", "http://127.0.0.1:8081"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:9000/", "http://[::1]:9000"),
        ("https://متجر.example.com", "https://متجر.example.com"),
    ],
)
def test_url_is_made_uniform(typed: str, expected: str) -> None:
    assert normalise_url(typed) == expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("http://shop.example.com", "https"),
        ("http://127.0.0.1.example.com", "https"),
        ("http://10.0.0.5", "https"),
        ("ftp://shop.example.com", "bad_url"),
        ("https://", "bad_url"),
        ("https://shop.example.com:99999", "bad_url"),
        ("https://sh op.example.com", "bad_url"),
        ("https://user:pw@shop.example.com", "userinfo"),
        ("https://shop.example.com/?a=1", "query"),
        ("https://shop.example.com/#top", "query"),
        ("https://shop..example.com", "bad_host"),
        ("https://-shop.example.com", "bad_host"),
    ],
)
def test_bad_url_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        normalise_url(typed)
    assert caught.value.code == code
