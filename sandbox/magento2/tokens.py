"""The routes of signing in."""

from sandbox.magento2 import auth
from sandbox.magento2.routes import Line

_TFA = "/V1/tfa/provider"
LINES: list[Line] = [
    ("POST", "/V1/integration/admin/token", auth.admin_token, "anonymous"),
    ("POST", f"{_TFA}/google/authenticate", auth.otp_token, "anonymous"),
    ("POST", f"{_TFA}/authy/authenticate", auth.other_provider, "anonymous"),
    ("POST", f"{_TFA}/duo_security/authenticate", auth.other_provider, "anonymous"),
    ("POST", f"{_TFA}/u2fkey/verify", auth.other_provider, "anonymous"),
]
