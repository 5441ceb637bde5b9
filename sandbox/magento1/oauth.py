"""OAuth 1.0a of the REST door: three steps, signatures over parameters in PHP's natural order."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from sandbox.magento1.state import Store
from sandbox.messages import Request, Response

Pairs = list[tuple[str, str]]
_FUTURE = 600
_NEEDED = (
    "oauth_consumer_key",
    "oauth_signature_method",
    "oauth_signature",
    "oauth_timestamp",
    "oauth_nonce",
)


class OauthProblem(Exception):
    """A refusal as `oauth_problem=…`."""

    def __init__(self, problem: str, status: int = 401) -> None:
        super().__init__(problem)
        self.problem = f"oauth_problem={problem}"
        self.status = status


@dataclass
class Tokens:
    """Consumers, request tokens with their verifiers, access tokens, and what was used."""

    consumers: dict[str, str] = field(default_factory=dict)
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    access: dict[str, dict[str, Any]] = field(default_factory=dict)
    nonces: set[tuple[str, str]] = field(default_factory=set)

    def authorize(self, token: str) -> str:
        """What the admin does in the browser; returns the verifier."""
        row = self.requests[token]
        row["verifier"] = hashlib.md5(token.encode(), usedforsecurity=False).hexdigest()
        return str(row["verifier"])


def percent(text: str) -> str:
    return quote(text, safe="-._~")


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which PHP's natural order sorts: digits as numbers, before letters."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text) if part
    ]


def base_string(method: str, url: str, pairs: Pairs) -> str:
    encoded = sorted(
        ((percent(name), percent(value)) for name, value in pairs if name != "oauth_signature"),
        key=lambda pair: (natural(pair[0]), natural(pair[1])),
    )
    joined = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join((method.upper(), percent(url), percent(joined)))


def signature(method: str, url: str, pairs: Pairs, consumer_secret: str, token_secret: str = "") -> str:
    """HMAC-SHA1 in base64."""
    key = f"{percent(consumer_secret)}&{percent(token_secret)}".encode()
    text = base_string(method, url, pairs).encode()
    return base64.b64encode(hmac.new(key, text, hashlib.sha1).digest()).decode()


def header_pairs(request: Request) -> dict[str, str]:
    header = request.headers.get("authorization", "")
    if not header.lower().startswith("oauth "):
        return {}
    found = re.findall(r'([a-z_]+)="([^"]*)"', header)
    return {unquote(name): unquote(value) for name, value in found}


def verify(
    store: Store, tokens: Tokens, request: Request, url: str, *, token_table: dict[str, Any] | None
) -> dict[str, str]:
    """The oauth parameters of a well signed request. token_table: where its token must be; None: it needs none."""
    given = header_pairs(request)
    needed = [*_NEEDED, *(["oauth_token"] if token_table is not None else [])]
    missing = [name for name in needed if not given.get(name)]
    if missing:
        raise OauthProblem(f"parameter_absent&oauth_parameters_absent={'&'.join(missing)}", 400)
    if given.get("oauth_version", "1.0") != "1.0":
        raise OauthProblem("version_rejected", 400)
    if given["oauth_signature_method"] not in ("HMAC-SHA1", "PLAINTEXT"):
        raise OauthProblem("signature_method_rejected", 400)
    secret = tokens.consumers.get(given["oauth_consumer_key"])
    if secret is None:
        raise OauthProblem("consumer_key_rejected")
    stamp = given["oauth_timestamp"]
    if not stamp.isdigit() or int(stamp) > store.clock.now() + _FUTURE:
        raise OauthProblem("timestamp_refused", 400)
    token_secret = ""
    if token_table is not None:
        row = token_table.get(given["oauth_token"])
        if row is None or row.get("consumer") != given["oauth_consumer_key"]:
            raise OauthProblem("token_rejected")
        if row.get("revoked"):
            raise OauthProblem("token_revoked")
        token_secret = str(row["secret"])
    _check_signature(request, url, given, secret, token_secret)
    if (given["oauth_nonce"], stamp) in tokens.nonces:
        raise OauthProblem("nonce_used")
    tokens.nonces.add((given["oauth_nonce"], stamp))
    return given


def _check_signature(
    request: Request, url: str, given: dict[str, str], secret: str, token_secret: str
) -> None:
    if given["oauth_signature_method"] == "PLAINTEXT":
        expected = f"{percent(secret)}&{percent(token_secret)}"
    else:
        pairs = [*given.items(), *request.pairs]
        if "x-www-form-urlencoded" in request.headers.get("content-type", ""):
            pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        expected = signature(request.method, url, pairs, secret, token_secret)
    if not hmac.compare_digest(expected.encode(), given["oauth_signature"].encode()):
        raise OauthProblem("signature_invalid")


def endpoint(store: Store, tokens: Tokens, request: Request, path: str, url: str) -> Response:
    """`/oauth/initiate` and `/oauth/token`; answers and problems are text."""
    try:
        if path == "oauth/initiate":
            given = verify(store, tokens, request, url, token_table=None)
            if not given.get("oauth_callback"):
                raise OauthProblem("parameter_absent&oauth_parameters_absent=oauth_callback", 400)
            token, secret = _issue(store, tokens.requests, given)
            text = f"oauth_token={token}&oauth_token_secret={secret}&oauth_callback_confirmed=true"
        else:
            given = verify(store, tokens, request, url, token_table=tokens.requests)
            row = tokens.requests[given["oauth_token"]]
            if not row.get("verifier") or given.get("oauth_verifier") != row["verifier"]:
                raise OauthProblem("verifier_invalid")
            del tokens.requests[given["oauth_token"]]
            token, secret = _issue(store, tokens.access, given)
            text = f"oauth_token={token}&oauth_token_secret={secret}"
    except OauthProblem as err:
        return Response(err.status, err.problem.encode(), [("Content-Type", "text/plain")])
    return Response(200, text.encode(), [("Content-Type", "application/x-www-form-urlencoded")])


def _issue(store: Store, table: dict[str, dict[str, Any]], given: dict[str, str]) -> tuple[str, str]:
    token, secret = store.session_id(), store.session_id()
    table[token] = {"secret": secret, "consumer": given["oauth_consumer_key"]}
    return token, secret
