"""The settings of a custom site, read into typed values once per adapter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.money import to_decimal
from platforms.custom.formats import JSON, XML
from platforms.custom.operations import (
    NAMES,
    Operation,
    SettingError,
    Success,
    read_map,
    read_operation,
    read_success,
)
from platforms.custom.options import OPTION_FIELDS
from platforms.custom.targets import FLAT, LISTS
from platforms.types import FinancialStatus, OrderPhase

PLATFORM = "custom"
SIGN_IN = ("none", "header", "query", "basic", "bearer", "oauth2", "login", "hmac")
_SECRET_HEADER = re.compile(r"authorization|secret|password|token|api[-_]?key|cookie|signature", re.I)
_SECRET_FIELD = re.compile(
    r"authorization|cookie|(.*[-_.])?(secret|password|passwd|api[-_]?key|access[-_]?token|auth[-_]?token)|apikey|"
    r"clientsecret|accesstoken",
    re.I,
)
_LABELS = {option.name: option.label_en for option in OPTION_FIELDS}


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How deliveries are proved and read.

    scheme: hmac (a signature in `header`), token (the secret itself in `header` or the query's `parameter`), basic.
    signed: template of what is signed, over `body` (the raw text), `headers` and `query`. topic, id, occurred_at,
    delivery_id: expressions over `headers`, `query` and `body`. topics: the shop's topic -> our kind of event.
    """

    scheme: str = "hmac"
    header: str = "x-signature"
    parameter: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    signed: str = "{{ body }}"
    timestamp: str = ""
    max_age: int = 300
    topic: str = "body.topic"
    id: str = "body.id"
    resource: str = ""
    delivery_id: str = ""
    occurred_at: str = ""
    topics: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomSettings:
    api_root: str
    body_format: str
    sign_in: str
    sign_in_settings: Mapping[str, Any]
    headers: Mapping[str, Any]
    operations: Mapping[str, Operation]
    maps: Mapping[str, Mapping[str, Any]]
    phases: Mapping[str, OrderPhase]
    status_titles: tuple[tuple[str, str], ...]
    imported: tuple[str, ...]
    financial: Mapping[str, FinancialStatus]
    errors: Success
    error_kinds: Mapping[str, str]
    webhooks: WebhookSettings
    whole_quantities: bool
    tolerance: Decimal
    has_webhooks: bool = False

    def operation(self, name: str) -> Operation | None:
        return self.operations.get(name)


def read_settings(options: Mapping[str, Any]) -> CustomSettings:
    """Raises ConfigurationError that names the option and what is wrong with it."""
    problems = problems_of(options)
    if problems:
        name, reason = next(iter(problems.items()))
        raise bad_option(name, reason)
    return _read(_key_of(options))


def problems_of(options: Mapping[str, Any]) -> dict[str, str]:
    """option -> what is wrong with it; empty when all can be read."""
    try:
        _read(_key_of(options))
    except _OptionError as error:
        return {error.name: str(error)}
    return {}


class _OptionError(SettingError):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


def bad_option(name: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"The option '{_LABELS.get(name, name)}' cannot be used: {reason}.",
        code="bad_option",
        cure="Correct it in the platform options of the site, or import the settings file of this shop again.",
        platform=PLATFORM,
    )


def _key_of(options: Mapping[str, Any]) -> str:
    """Settings are read once per content, since an adapter is opened for each piece of work."""
    wanted = {name: options[name] for name in _LABELS if name in options}
    return json.dumps(wanted, sort_keys=True, default=str)


@cache
def _read(text: str) -> CustomSettings:
    reader = _Reader(json.loads(text))
    statuses = reader.object("statuses")
    return CustomSettings(
        api_root=reader.text("api_root").strip("/"),
        body_format=reader.choice("body_format", (JSON, XML)),
        sign_in=reader.choice("sign_in", SIGN_IN),
        sign_in_settings=reader.sign_in_settings(),
        headers=reader.headers(),
        operations=reader.operations(),
        maps=reader.maps(),
        phases=reader.phases(statuses),
        status_titles=tuple((str(code), str(entry.get("title") or code)) for code, entry in statuses.items()),
        imported=tuple(str(code) for code, entry in statuses.items() if entry.get("import")),
        financial=reader.financial(),
        errors=reader.success(),
        error_kinds=reader.error_kinds(),
        webhooks=reader.webhooks(),
        whole_quantities=not reader.flag("fractional_quantities"),
        tolerance=reader.amount("rounding_tolerance"),
        has_webhooks=bool(reader.object("webhooks")),
    )


def _refuse_secrets(option: str, raw: Any) -> None:
    """No secret may stand in what a request is made of, since settings travel in files; templates name credentials."""
    steps = raw.get("steps") if isinstance(raw, Mapping) else None
    for step in steps if isinstance(steps, list) else ():
        _refuse_secrets(option, step)
    for part in ("headers", "query", "body", "variables"):
        found = raw.get(part) if isinstance(raw, Mapping) else None
        name = next(_literal_secrets(found), "")
        if name:
            raise _OptionError(
                option,
                f"'{name}' looks like a secret; enter it as a credential and write {{{{ credentials.access_token }}}} here",
            )


def _literal_secrets(template: Any) -> Iterator[str]:
    """Names of secrets whose value is written out."""
    if isinstance(template, Mapping):
        for name, value in template.items():
            if isinstance(value, str) and value and "{{" not in value and _SECRET_FIELD.fullmatch(str(name)):
                yield str(name)
            yield from _literal_secrets(value)
    elif isinstance(template, list):
        for value in template:
            yield from _literal_secrets(value)


class _Reader:
    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options

    def text(self, name: str) -> str:
        return str(self._options.get(name) or "").strip()

    def flag(self, name: str) -> bool:
        return bool(self._options.get(name))

    def amount(self, name: str) -> Decimal:
        try:
            return to_decimal(self._options.get(name) or 0)
        except ValueError as error:
            raise _OptionError(name, "it is not an amount") from error

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        value = self.text(name) or known[0]
        if value not in known:
            raise _OptionError(name, f"'{value}' is none of {', '.join(known)}")
        return value

    def object(self, name: str) -> dict[str, Any]:
        value = self._options.get(name) or {}
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError as error:
                raise _OptionError(name, f"it is not JSON ({error})") from error
        if not isinstance(value, dict):
            raise _OptionError(name, "it is not a JSON object in braces")
        if name == "statuses" and not all(isinstance(entry, dict) for entry in value.values()):
            raise _OptionError(name, 'each status needs an object such as {"phase": "open"}')
        return value

    def operations(self) -> dict[str, Operation]:
        found = {}
        for name, raw in self.object("operations").items():
            if name not in NAMES:
                raise _OptionError("operations", f"'{name}' is no operation; known are {', '.join(NAMES)}")
            _refuse_secrets("operations", raw)
            try:
                found[name] = read_operation(name, raw)
            except SettingError as error:
                raise _OptionError("operations", str(error)) from error
        return found

    def maps(self) -> dict[str, dict[str, Any]]:
        found = {}
        for name, raw in self.object("fields").items():
            if name not in FLAT:
                raise _OptionError("fields", f"'{name}' is no record; known are {', '.join(FLAT)}")
            try:
                found[name] = read_map(name, raw, FLAT[name], LISTS.get(name, {}))
            except SettingError as error:
                raise _OptionError("fields", str(error)) from error
        return found

    def headers(self) -> dict[str, Any]:
        """Constant headers. A secret has no place here, since this travels in settings files."""
        found = self.object("headers")
        for name, value in found.items():
            if _SECRET_HEADER.search(name) and "{{" not in str(value):
                raise _OptionError(
                    "headers",
                    f"'{name}' looks like a secret; enter it as a credential and write "
                    f"{{{{ credentials.access_token }}}} here",
                )
        return found

    def sign_in_settings(self) -> dict[str, Any]:
        found = self.object("sign_in_settings")
        request = found.get("request")
        _refuse_secrets("sign_in_settings", request)
        if request is not None:
            try:
                read_operation("request", request)
            except SettingError as error:
                raise _OptionError("sign_in_settings", str(error)) from error
        sign_in = self.text("sign_in") or SIGN_IN[0]
        if sign_in == "login" and (request is None or not found.get("token")):
            raise _OptionError("sign_in_settings", "'login' needs 'request' and 'token'")
        if sign_in == "oauth2" and not found.get("token_path") and request is None:
            raise _OptionError("sign_in_settings", "'oauth2' needs 'token_path', such as /oauth/token")
        return found

    def phases(self, statuses: Mapping[str, Any]) -> dict[str, OrderPhase]:
        found = {}
        for code, entry in statuses.items():
            try:
                found[str(code)] = OrderPhase(entry.get("phase", "open"))
            except ValueError as error:
                known = ", ".join(OrderPhase)
                raise _OptionError(
                    "statuses", f"the phase of '{code}', '{entry.get('phase')}', is none of {known}"
                ) from error
        return found

    def financial(self) -> dict[str, FinancialStatus]:
        try:
            return {
                str(code): FinancialStatus(value) for code, value in self.object("payment_statuses").items()
            }
        except ValueError as error:
            known = ", ".join(FinancialStatus)
            raise _OptionError("payment_statuses", f"{error}; known are {known}") from error

    def success(self) -> Success:
        raw = {name: value for name, value in self.object("errors").items() if name != "kinds"}
        try:
            return read_success(raw, "errors")
        except SettingError as error:
            raise _OptionError("errors", str(error)) from error

    def error_kinds(self) -> dict[str, str]:
        kinds = self.object("errors").get("kinds", {})
        if not isinstance(kinds, dict) or not set(kinds.values()) <= ERROR_KINDS:
            raise _OptionError("errors", f"'kinds' maps the shop's codes to {', '.join(sorted(ERROR_KINDS))}")
        return kinds

    def webhooks(self) -> WebhookSettings:
        raw = self.object("webhooks")
        known = set(WebhookSettings.__dataclass_fields__)
        if set(raw) - known:
            raise _OptionError(
                "webhooks", f"unknown '{min(set(raw) - known)}'; known are {', '.join(sorted(known))}"
            )
        found = WebhookSettings(**{**raw, "required": tuple(raw.get("required", ()))})
        if found.scheme not in ("hmac", "token", "basic"):
            raise _OptionError("webhooks", f"the scheme '{found.scheme}' is none of hmac, token, basic")
        if found.algorithm not in ("sha1", "sha256", "sha512", "md5") or found.encoding not in (
            "hex",
            "base64",
        ):
            raise _OptionError(
                "webhooks", "'algorithm' is sha1, sha256, sha512 or md5, 'encoding' hex or base64"
            )
        return found


ERROR_KINDS = frozenset(
    {"bad_credentials", "missing_permission", "not_found", "rejected", "rate_limited", "retry"}
)
