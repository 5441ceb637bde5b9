"""Who is calling: OAuth 1.0a, an integration's token as bearer, an admin's token; and who may what."""

import base64
import hashlib
import hmac
import json
import struct
import time
from fnmatch import fnmatchcase

from sandbox.magento2 import oauth
from sandbox.magento2.call import Call
from sandbox.magento2.errors import MageError, forbidden
from sandbox.magento2.rows import AdminToken, Grant, Json
from sandbox.magento2.state import Store
from sandbox.messages import Request

_SIGN_IN = (
    "The account sign-in was incorrect or your account is disabled temporarily. "
    "Please wait and try again later."
)
_OTP_ELSEWHERE = "Please use the 2fa provider-specific endpoints to obtain a token."


def authorise(store: Store, request: Request, home: str, resource: str) -> Grant | None:
    """The caller, checked against the resource of the route. `anonymous` routes need nobody."""
    if resource == "anonymous":
        return None
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "oauth":
        grant = oauth.caller(store, request, home, resource)
    elif scheme.lower() == "bearer" and not request.fault("expired_key"):
        found = _bearer(store, token.strip())
        if found is None:
            raise forbidden(resource)
        grant = found
    else:
        raise forbidden(resource)
    if not may(grant, resource):
        raise forbidden(resource)
    return grant


def may(grant: Grant, resource: str) -> bool:
    if grant.resources is None or resource == "Magento_Backend::admin":
        return True  # whoever may sign in at all has that one
    return any(fnmatchcase(resource, pattern) for pattern in grant.resources)


def _bearer(store: Store, token: str) -> Grant | None:
    admin = store.admin_tokens.get(token)
    if admin is not None:
        grant = store.grants.get(admin.grant_id)
        return grant if admin.ends > store.clock.now() and grant and not grant.revoked else None
    if not store.options.bearer_allowed:
        return None
    return next((g for g in store.grants.values() if g.token and g.token == token and not g.revoked), None)


# Admin tokens.


def admin_token(call: Call) -> str:
    """`POST /V1/integration/admin/token`."""
    if call.options.needs_otp:
        raise MageError(_OTP_ELSEWHERE)
    grant = _sign_in(call.store, str(call.body.get("username", "")), str(call.body.get("password", "")))
    return issue(call.store, grant)


def otp_token(call: Call) -> str:
    """`POST /V1/tfa/provider/google/authenticate`."""
    if not call.options.needs_otp:
        raise MageError("Request does not match any route.", status=404)
    grant = _sign_in(call.store, str(call.body.get("username", "")), str(call.body.get("password", "")))
    if str(call.body.get("otp", "")) not in {otp_of(grant, step) for step in (-1, 0, 1)}:
        raise MageError("Invalid code.")
    return issue(call.store, grant)


def other_provider(call: Call) -> str:
    raise MageError("Provider is not configured.")


def otp_of(grant: Grant, step: int = 0) -> str:
    """The six figures that the admin's phone shows (the machine's clock, as a phone has its own)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + step)
    digest = hmac.new(grant.otp_secret, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    code = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{code % 1_000_000:06d}"


def _sign_in(store: Store, username: str, password: str) -> Grant:
    """Six bad ones lock the account; then the right password gets the same words. Tokens given before stay good."""
    for name, value in (("username", username), ("password", password)):
        if not value:
            raise MageError('"%fieldName" is required. Enter and try again.', {"fieldName": name})
    grant = next((g for g in store.grants.values() if g.kind == "admin" and g.name == username), None)
    if grant is None or grant.revoked or grant.locked_until > store.clock.now():
        raise MageError(_SIGN_IN, status=401)
    if not hmac.compare_digest(grant.password.encode(), password.encode()):
        grant.failures += 1
        if grant.failures >= store.options.failed_logins:
            grant.locked_until = store.clock.now() + store.options.lock_seconds
            grant.failures = 0
        raise MageError(_SIGN_IN, status=401)
    grant.failures = 0
    return grant


def issue(store: Store, grant: Grant) -> str:
    """Opaque and four hours long before 2.4.4, a JWT of one hour since."""
    now = store.clock.now()
    modern = store.options.at_least(2, 4, 4)
    token = _jwt(store, grant, now) if modern else store.token()
    store.admin_tokens[token] = AdminToken(token, grant.id, now + (3600 if modern else 4 * 3600))
    return token


def _jwt(store: Store, grant: Grant, now: int) -> str:
    head = _b64({"kid": "1", "alg": "HS256"})
    body = _b64({"uid": grant.id, "utypid": 2, "iat": now, "exp": now + 3600, "jti": store.token(8)})
    mark = hmac.new(b"sandbox-crypt-key", f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def _b64(value: Json) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
