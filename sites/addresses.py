"""Addresses of shops as staff type them, made uniform so that one shop cannot be entered twice."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def is_loopback(host: str) -> bool:
    """True for this machine itself, where plain http is harmless."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def normalise_url(typed: str) -> str:
    """Scheme and host in small letters, no default port, no final slash. Raises ValidationError."""
    text = typed.strip()
    if not text:
        raise ValidationError(_("Enter the address of the shop."), code="required")
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise ValidationError(
            _("This is not a web address. Enter it like https://shop.example.com."), code="bad_url"
        ) from error
    if parts.scheme.lower() not in ("http", "https") or not host or any(char.isspace() for char in text):
        raise ValidationError(
            _("This is not a web address. Enter it like https://shop.example.com."), code="bad_url"
        )
    if parts.username or parts.password:
        raise ValidationError(
            _("Leave user and password out of the address; they have fields of their own."), code="userinfo"
        )
    if parts.query or parts.fragment:
        raise ValidationError(_("Leave out what follows ‘?’ or ‘#’."), code="query")
    _check_host(host)
    scheme = parts.scheme.lower()
    if scheme == "http" and not is_loopback(host):
        raise ValidationError(
            _("Keys would travel in clear text: use https. Plain http is allowed on this machine only."),
            code="https",
        )
    shown_host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[scheme]
    netloc = shown_host if port in (None, default) else f"{shown_host}:{port}"
    return urlunsplit((scheme, netloc, parts.path.rstrip("/"), "", ""))


def _check_host(host: str) -> None:
    if ":" in host or is_loopback(host):
        return
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError as error:
        raise ValidationError(_("The host name in the address is not valid."), code="bad_host") from error
    labels = ascii_host.rstrip(".").split(".")
    if len(ascii_host) > 253 or any(
        not label or label.startswith("-") or label.endswith("-") for label in labels
    ):
        raise ValidationError(_("The host name in the address is not valid."), code="bad_host")
