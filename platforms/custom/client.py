"""Calls to a custom shop: the operation's template filled in, signed, budgeted, and its answer judged by the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from ecomsync.common.errors import BadCredentials, ConfigurationError, EcomsyncError, ShopUnavailable
from ecomsync.common.http import Answer, Exchange, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from ecomsync.common.masking import MASK
from platforms.base import Connection, RateBudget
from platforms.custom.errors import PLATFORM, error_of, not_readable, retry_after
from platforms.custom.expressions import ExpressionError, Scope, compiled
from platforms.custom.formats import JSON, decode, encode
from platforms.custom.operations import Operation, Success
from platforms.custom.settings import CustomSettings, bad_option
from platforms.custom.signing_in import SignIn
from platforms.custom.templates import as_text, holds, render, render_path

BATCH_TIMEOUT = 120.0
TESTED_VERSIONS = "Vendure 3.7"


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer. `body` is plain values, `headers` have lower-case names."""

    body: Any
    status: int
    headers: Mapping[str, str]

    @property
    def context(self) -> dict[str, Any]:
        return {"body": self.body, "status": self.status, "headers": dict(self.headers)}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request before it leaves."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    route: str
    what: str


class CustomClient:
    """One shop. A token that a login gave is kept for the life of the client and asked for once more when refused."""

    def __init__(
        self,
        connection: Connection,
        settings: CustomSettings,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.settings = settings
        self._budget = budget
        self.scope = Scope(connection.currency, connection.time_zone or "UTC")
        self.base = _base(connection.url)
        self.http = HttpClient(
            timeout=connection.timeout,
            pool_size=connection.pool_size,
            verify_tls=connection.verify_tls,
            allow_private=connection.allow_private,
            observer=self._masking(observer) if observer is not None else None,
            user_agent_suffix=connection.user_agent_suffix,
            trace_id=current_trace_id,
        )
        self.sign_in = SignIn(self)

    def close(self) -> None:
        self.http.close()

    # -- calls --------------------------------------------------------------
    def run(self, operation: Operation, context: Mapping[str, Any], *, lane: str) -> Reply:
        """One operation: its call, or its steps one after the other, each of which sees the answers of those before."""
        if not operation.steps:
            return self.call(operation, context, lane=lane)
        reply = Reply(None, 200, {})
        answers: list[Any] = []
        for step in operation.steps:
            seen = {**context, "answers": answers, "answer": reply.body}
            if step.when and not self._holds(step.when, seen):
                continue
            reply = self.run(step, seen, lane=lane)
            answers.append(reply.body)
        return reply

    def call(self, operation: Operation, context: Mapping[str, Any], *, lane: str, url: str = "") -> Reply:
        """url: a whole address that the shop itself told, of the next page. Raises what the answer stands for."""
        try:
            return self._signed(operation, context, lane=lane, url=url)
        except BadCredentials:
            if not self.sign_in.forget():
                raise
            return self._signed(operation, context, lane=lane, url=url)

    def _signed(self, operation: Operation, context: Mapping[str, Any], *, lane: str, url: str) -> Reply:
        self.sign_in.prepare(lane)
        request = self.prepare(operation, context, url=url)
        request = self.sign_in.sign(request)
        return self.send(request, operation, context, lane=lane)

    def send(
        self, request: Prepared, operation: Operation, context: Mapping[str, Any], *, lane: str
    ) -> Reply:
        with self._permission(lane):
            answer = self.http.request(
                request.method,
                request.url,
                data=request.body,
                headers=request.headers,
                timeout=max(BATCH_TIMEOUT, self.connection.timeout)
                if operation.batch > 1 and self.connection.timeout >= 5
                else None,
                route=request.route,
                repeatable=operation.is_read,
            )
        if self._budget is not None:
            slow = answer.status in (429, 503)
            self._budget.learn(
                status=answer.status,
                headers=answer.headers,
                retry_after=retry_after(answer) if slow else None,
            )
        return self._judge(answer, operation, context, request.what)

    def prepare(self, operation: Operation, context: Mapping[str, Any], *, url: str = "") -> Prepared:
        """The request of an operation, not signed yet. Raises ConfigurationError for a template that cannot be filled."""
        whole = {**self._constants(), **context}
        try:
            address = self._address(operation, whole) if not url else self._own(url)
            headers = {name: as_text(v) for name, v in self._rendered(self.settings.headers, whole).items()}
            headers |= {name: as_text(v) for name, v in self._rendered(operation.headers, whole).items()}
            body: bytes | None = None
            if operation.graphql:
                sent = {"query": operation.graphql, "variables": self._rendered(operation.variables, whole)}
                body, kind = encode(sent, JSON)
                headers.setdefault("Content-Type", kind)
            elif operation.body is not None:
                form = operation.body_format or self.settings.body_format
                body, kind = encode(self._rendered(operation.body, whole), form)
                headers.setdefault("Content-Type", kind)
            headers.setdefault(
                "Accept", "application/json" if self._expects(operation) == JSON else "application/xml"
            )
        except ExpressionError as error:
            raise bad_option("operations", f"{operation.name}: {error}") from error
        except ValueError as error:
            raise bad_option("operations", f"{operation.name}: {error}") from error
        route = f"/{self.settings.api_root}/{operation.path.lstrip('/')}".replace("//", "/")
        return Prepared(
            operation.method,
            address,
            headers,
            body,
            _route_name(route),
            f"{operation.method} {operation.name}",
        )

    def value(self, expression: str, data: Any, *, where: str = "operations") -> Any:
        """What an expression of the settings finds. Raises ConfigurationError when it cannot be computed."""
        try:
            return compiled(expression).value(data, self.scope)
        except ExpressionError as error:
            raise bad_option(where, str(error)) from error

    # -- parts --------------------------------------------------------------
    def _constants(self) -> dict[str, Any]:
        return {
            "site": {
                "code": self.connection.site_code,
                "currency": self.connection.currency,
                "languages": list(self.connection.languages),
                "url": self.connection.url,
            },
            "credentials": dict(self.connection.credentials),
            "token": self.sign_in.token,
        }

    def _rendered(self, template: Any, context: Mapping[str, Any]) -> Any:
        return render(template, context, self.scope)

    def _address(self, operation: Operation, context: Mapping[str, Any]) -> str:
        path = render_path(operation.path, context, self.scope).lstrip("/")
        parts = [self.base, "" if operation.root else self.settings.api_root, path]
        address = "/".join(part for part in parts if part)
        pairs = [(name, as_text(value)) for name, value in self._rendered(operation.query, context).items()]
        if not pairs:
            return address
        return f"{address}{'&' if '?' in address else '?'}{urlencode(pairs)}"

    def _own(self, url: str) -> str:
        """An address that the shop told, only when it is the shop's own: our keys go nowhere else."""
        if url.startswith("/"):
            parts = urlsplit(self.base)
            return f"{parts.scheme}://{parts.netloc}{url}"
        if url.startswith("?"):
            raise bad_option(
                "operations", "the next page is told as a bare query; use the style 'cursor' instead"
            )
        if urlsplit(url).netloc != urlsplit(self.base).netloc:
            raise ConfigurationError(
                f"The shop's next page lies on another host ({urlsplit(url).netloc}).",
                code="foreign_host",
                cure="Enter the host of the API as the URL of the site; keys are never sent to another one.",
                site=self.connection.site_code,
                platform=PLATFORM,
            )
        return url

    def _expects(self, operation: Operation) -> str:
        return JSON if operation.graphql else self.settings.body_format

    def _judge(self, answer: Answer, operation: Operation, context: Mapping[str, Any], what: str) -> Reply:
        expected = self._expects(operation)
        body, readable = _decoded(answer, expected)
        told = {"body": body, "status": answer.status, "headers": dict(answer.headers)}
        good = 200 <= answer.status < 300 or answer.status in operation.success.status
        if good and not readable:
            raise not_readable(answer, what=what, expected=expected, site=self.connection.site_code)
        rules = [self.settings.errors, operation.success]
        graphql_fault = bool(operation.graphql) and isinstance(body, Mapping) and bool(body.get("errors"))
        if good and not graphql_fault:
            whole = {**context, **told}
            broken = next((rule for rule in rules if rule.when and not self._holds(rule.when, whole)), None)
            if broken is None:
                return Reply(body, answer.status, answer.headers)
            rules = [broken, *rules]
        raise self._error(
            answer, told, rules, readable=readable, graphql=bool(operation.graphql), good=good, what=what
        )

    def _error(
        self,
        answer: Answer,
        told: Mapping[str, Any],
        rules: Iterable[Success],
        *,
        readable: bool,
        graphql: bool,
        good: bool,
        what: str,
    ) -> EcomsyncError:
        rules = list(rules)
        if graphql:
            rules.append(Success(message="body.errors[0].message", code="body.errors[0].extensions.code"))
        rules.append(
            Success(message="body.message || body.error_description || body.error.message || body.error")
        )
        text = code = ""
        if readable:
            text = next((found for rule in rules if (found := self._told(rule.message, told))), "")
            code = next((found for rule in rules if (found := self._told(rule.code, told))), "")
        kind = self.settings.error_kinds.get(code, "")
        if good and not kind:
            kind = "rejected"
        return error_of(
            answer,
            kind=kind,
            code=code,
            text=text,
            is_api=readable,
            what=what,
            site=self.connection.site_code,
        )

    def _told(self, expression: str, told: Mapping[str, Any]) -> str:
        if not expression:
            return ""
        found = self.value(expression, told, where="errors")
        return as_text(found) if not isinstance(found, Mapping) else ""

    def _holds(self, expression: str, context: Mapping[str, Any]) -> bool:
        try:
            return holds(expression, context, self.scope)
        except ExpressionError as error:
            raise bad_option("operations", str(error)) from error

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)

    def _masking(self, observer: Observer) -> Observer:
        """Secrets stand wherever the settings put them, so they are sought by their value and not by a name."""

        def tell(exchange: Exchange) -> None:
            for secret in self.secrets():
                exchange.url = exchange.url.replace(secret, MASK)
                exchange.request_body = exchange.request_body.replace(secret, MASK)
                exchange.response_body = exchange.response_body.replace(secret, MASK)
                exchange.error = exchange.error.replace(secret, MASK)
                for headers in (exchange.request_headers, exchange.response_headers):
                    headers.update({name: value.replace(secret, MASK) for name, value in headers.items()})
            observer(exchange)

        return tell

    def secrets(self) -> list[str]:
        """What must never be shown: every credential but the user's name, and the token in use."""
        values = [
            value
            for name, value in self.connection.credentials.items()
            if name not in ("username", "gateway_client_id")
        ]
        return [
            value
            for value in (*values, self.sign_in.token, self.connection.webhook_secret)
            if len(value) >= 4
        ]


def _decoded(answer: Answer, expected: str) -> tuple[Any, bool]:
    try:
        return decode(answer.body, answer.headers.get("content-type", ""), expected), True
    except ValueError:
        return None, False


def _base(url: str) -> str:
    text = url.strip().rstrip("/")
    if text and "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"'{url}' is not a valid web address.",
            code="bad_url",
            cure="Correct the URL of the site.",
            platform=PLATFORM,
        )
    return text


def _route_name(path: str) -> str:
    return re.sub(r"\{\{.*?\}\}", "{…}", path)


def wrong_type(what: str, expected: str, found: Any, site: str) -> ShopUnavailable:
    return ShopUnavailable(
        f"{what} should have found {expected} in the answer and found {type(found).__name__}.",
        code="unexpected_answer",
        site=site,
        platform=PLATFORM,
        cure="Look at 'rows' and 'record' of this operation in the platform options of the site.",
        excerpt=str(found)[:500],
    )


def with_headers(request: Prepared, **headers: str) -> Prepared:
    return replace(request, headers={**request.headers, **headers})
