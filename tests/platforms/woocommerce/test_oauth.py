"""OAuth 1.0a: the worked examples of the fact sheet."""

from platforms.woocommerce.client import basic_header
from platforms.woocommerce.oauth import base_string, signature, signed_params

KEY = "ck_1234567890abcdef1234567890abcdef12345678"
SECRET = "cs_abcdefabcdefabcdefabcdefabcdefabcdefabcd"
URL = "http://shop.example.com/wp-json/wc/v3/orders"
QUERY = [("order", "asc"), ("orderby", "id"), ("per_page", "100"), ("status[0]", "processing")]


def _oauth(method: str) -> list[tuple[str, str]]:
    return [
        ("oauth_consumer_key", KEY),
        ("oauth_nonce", "4f3c2b1a09"),
        ("oauth_signature_method", method),
        ("oauth_timestamp", "1714550400"),
    ]


def test_base_string_is_that_of_the_worked_example() -> None:
    assert base_string("GET", URL, [*QUERY, *_oauth("HMAC-SHA256")]) == (
        "GET&http%3A%2F%2Fshop.example.com%2Fwp-json%2Fwc%2Fv3%2Forders&oauth_consumer_key%3D"
        "ck_1234567890abcdef1234567890abcdef12345678%26oauth_nonce%3D4f3c2b1a09%26oauth_signature_method%3D"
        "HMAC-SHA256%26oauth_timestamp%3D1714550400%26order%3Dasc%26orderby%3Did%26per_page%3D100%26"
        "status%255B0%255D%3Dprocessing"
    )


def test_signature_is_that_of_the_worked_example() -> None:
    assert signature("GET", URL, [*QUERY, *_oauth("HMAC-SHA256")], SECRET) == (
        "6j2shSSej+nmzXG66rQVxIZFH2yx8OfzsuCUXadoAoQ="
    )


def test_signature_with_sha1_is_that_of_the_worked_example() -> None:
    assert (
        signature("GET", URL, [*QUERY, *_oauth("HMAC-SHA1")], SECRET, "HMAC-SHA1")
        == "U/ENnJDLAO20KVtDMEENCNDxDsQ="
    )


def test_signed_params_add_the_signature_and_leave_the_query() -> None:
    params = signed_params(
        "get", URL, QUERY, key=KEY, secret=SECRET, nonce="4f3c2b1a09", timestamp=1714550400
    )

    assert params[:4] == QUERY
    assert dict(params)["oauth_signature"] == "6j2shSSej+nmzXG66rQVxIZFH2yx8OfzsuCUXadoAoQ="
    assert "oauth_version" not in dict(params)


def test_signed_params_use_a_new_nonce_each_time() -> None:
    nonces = {dict(signed_params("GET", URL, [], key=KEY, secret=SECRET))["oauth_nonce"] for _ in range(20)}

    assert len(nonces) == 20


def test_basic_header_is_that_of_the_worked_example() -> None:
    assert basic_header(KEY, SECRET) == (
        "Basic Y2tfMTIzNDU2Nzg5MGFiY2RlZjEyMzQ1Njc4OTBhYmNkZWYxMjM0NTY3ODpjc19hYmNkZWZhYmNkZWZhYmNkZWZhYmNkZWZh"
        "YmNkZWZhYmNkZWZhYmNk"
    )
