"""Calls to a Magento 2 shop: addresses, signing in, paging, budget, limits that the shop tells, reading errors.

Reads and writes are single calls; what to do when one fails is decided above, by the class of the error.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    EcomsyncError,
    Rejected,
    ShopUnavailable,
)
from ecomsync.common.http import Answer, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.magento2 import oauth
from platforms.magento2.addresses import route_name, site_address
from platforms.magento2.answers import NO_JSON, as_record, decode, page_of
from platforms.magento2.criteria import Criteria
from platforms.magento2.errors import (
    OAUTH_METHOD,
    PAGE_TOO_LARGE,
    PLATFORM,
    TOO_MANY_ITEMS,
    clock_skew,
    error_from_answer,
    is_magento_error,
    missing_permission,
    retry_after,
)
from platforms.magento2.options import MageOptions
from platforms.magento2.signing_in import (
    OAUTH_FIELDS,
    AdminSigner,
    BearerSigner,
    OAuthSigner,
    Signer,
    missing_fields,
    mode_of,
)
from platforms.types import Finding

# https://developer.adobe.com/commerce/webapi/rest/ read 2026-11-20. V1 is the only one since 2.0.
API_VERSION = "V1"
TESTED_VERSIONS = "2.3 - 2.4.8"
ALL = "all"  # the admin's scope: global values
WRITE_TIMEOUT = 120.0
MAX_PAGES = 10_000
#: Rows of one synchronous array where the shop has no limit of its own.
ARRAY_ROWS = 250
INDEX = "/index.php"

logger = logging.getLogger(__name__)

Params = Sequence[tuple[str, str]]


class MageClient:
    """One shop. Remembers which address, signature and sizes work, for its life."""

    def __init__(
        self,
        connection: Connection,
        options: MageOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.options = options
        self._budget = budget
        self.base_url = site_address(connection.url)
        self._prefix = ""
        self._prefix_proven = False
        self._signature = oauth.SHA256
        self._auth_proven = False
        self._array_limit: int | None = None
        self._page_limit: int | None = None
        self.has_msi: bool | None = None
        #: Whether special prices are scheduled updates, as in Adobe Commerce; None as long as nothing told.
        self.staging: bool | None = None
        #: Seconds by which the shop's clock was ahead of ours at its last answer.
        self.skew: float | None = None
        self._take_learned(connection.learned)
        shared: dict[str, Any] = {
            "timeout": connection.timeout,
            "verify_tls": connection.verify_tls,
            "allow_private": connection.allow_private,
            "user_agent_suffix": connection.user_agent_suffix,
            "trace_id": current_trace_id,
        }
        self.http = HttpClient(pool_size=connection.pool_size, observer=observer, **shared)
        # The answer to a login is a token and nothing else: no record may keep it.
        self._unseen = HttpClient(pool_size=1, **shared)
        self.signer = self._make_signer()
        self.findings: list[Finding] = []
        #: Waits between two looks at a bulk.
        self.pause: Callable[[float], None] = time.sleep

    def met(self, finding: Finding) -> None:
        """Something that staff should know although the work goes on; once."""
        if finding not in self.findings:
            self.findings.append(finding)

    def close(self) -> None:
        self.http.close()
        self._unseen.close()

    # -- what was found out -------------------------------------------------
    @property
    def learned(self) -> dict[str, Any]:
        """What differs from the first try, for the next client of this shop: it begins with it and may unlearn it."""
        found: dict[str, Any] = {}
        if self._prefix:
            found["prefix"] = self._prefix
        if self._signature != oauth.SHA256:
            found["signature_method"] = self._signature
        if self._array_limit is not None:
            found["array_limit"] = self._array_limit
        if self._page_limit is not None:
            found["page_limit"] = self._page_limit
        if self.has_msi is not None:
            found["msi"] = self.has_msi
        if self.staging:
            found["staging"] = True
        return found

    def _take_learned(self, learned: Mapping[str, Any]) -> None:
        if learned.get("prefix") == INDEX:
            self._prefix = INDEX
        if self.options.signature_method != "auto":
            self._signature = self.options.signature_method
        elif learned.get("signature_method") == oauth.SHA1:
            self._signature = oauth.SHA1
        self._array_limit = _positive(learned.get("array_limit"))
        self._page_limit = _positive(learned.get("page_limit"))
        self.has_msi = learned["msi"] if isinstance(learned.get("msi"), bool) else None
        self.staging = True if learned.get("staging") else None
        if self.options.stock_mode != "auto":
            self.has_msi = self.options.stock_mode == "msi"

    @property
    def array_rows(self) -> int:
        """How many rows one synchronous call may have."""
        return min(self._array_limit or ARRAY_ROWS, self.options.array_limit or ARRAY_ROWS)

    @property
    def page_rows(self) -> int:
        return min(self._page_limit or self.options.page_size, self.options.page_size)

    @property
    def api_root(self) -> str:
        return f"{self.base_url}{self._prefix}/rest"

    @property
    def auth_mode(self) -> str:
        return self.signer.mode

    @property
    def signature_method(self) -> str:
        return self._signature

    # -- calls --------------------------------------------------------------
    def get(
        self, route: str, params: Params = (), *, lane: str, scope: str = "", timeout: float | None = None
    ) -> Any:
        return self.call("GET", route, params=params, lane=lane, scope=scope, timeout=timeout)

    def post(self, route: str, body: Any, *, lane: str, scope: str = "", timeout: float | None = None) -> Any:
        return self.call(
            "POST", route, body=body, lane=lane, scope=scope, timeout=timeout or self._write_timeout
        )

    def put(self, route: str, body: Any, *, lane: str, scope: str = "") -> Any:
        return self.call("PUT", route, body=body, lane=lane, scope=scope, timeout=self._write_timeout)

    def record(self, route: str, params: Params = (), *, lane: str, scope: str = "") -> dict[str, Any]:
        """GET one object. Raises ShopUnavailable when it is something else."""
        return as_record(self.get(route, params, lane=lane, scope=scope))

    @property
    def _write_timeout(self) -> float:
        """A save takes a second or two, a list of 250 rows some more; the site's own timeout counts when it is tight."""
        tight = self.connection.timeout
        return tight if tight < 10 else max(WRITE_TIMEOUT, tight)

    def search(
        self,
        route: str,
        criteria: Criteria,
        *,
        lane: str,
        size: int | None = None,
        scope: str = "",
        fields: str = "",
    ) -> tuple[list[dict[str, Any]], int, int]:
        """The first page of a list: its rows, how many there are in all, and the size that the page had.

        A shop with a limit on pages tells it; the page is then asked for again with that size.
        """
        while True:
            rows = min(size or self.page_rows, self.page_rows)
            try:
                answer = self.get(route, criteria.params(size=rows, fields=fields), lane=lane, scope=scope)
                break
            except Rejected as error:
                if error.code != PAGE_TOO_LARGE or not self._learn_page(error):
                    raise
        items, total = page_of(answer)
        return items, total, rows

    def pages(
        self,
        route: str,
        criteria: Criteria,
        *,
        lane: str,
        key: str = "entity_id",
        column: str = "",
        scope: str = "",
        fields: str = "",
    ) -> Iterator[dict[str, Any]]:
        """All rows of a list, each once, by a moving window over its id: page numbers would skip rows while they
        change, and deep pages are slow. key: the id in the answer; column: its name in filters."""
        name = column or key
        last = 0
        for _ in range(MAX_PAGES):
            window = criteria.where(name, last, "gt").ordered(name)
            rows, total, size = self.search(route, window, lane=lane, scope=scope, fields=fields)
            yield from rows
            ids = [int(row[key]) for row in rows if str(row.get(key, "")).isdigit()]
            if total <= size or not ids or max(ids) <= last:
                return
            last = max(ids)

    def call(
        self,
        method: str,
        route: str,
        *,
        params: Params = (),
        body: Any = None,
        lane: str,
        scope: str = "",
        timeout: float | None = None,
        api: str = API_VERSION,
    ) -> Any:
        """One call, its JSON. Raises the error that the answer stands for.

        As long as nothing has worked yet, a refused signature makes it try the older way of signing once, and a page
        instead of an answer makes it try the address with index.php. A refused call did nothing, so this is safe for
        writes too. A lapsed token of an admin is asked for anew, once.
        """
        what = f"{method} {route}"
        renewed = False
        refused: BadCredentials | None = None
        while True:
            answer, data = self._exchange(method, route, params, body, lane, scope, timeout, api)
            if answer.status == 404 and data is NO_JSON and self._try_index():
                continue
            if 200 <= answer.status < 300:
                break
            error = error_from_answer(
                answer, None if data is NO_JSON else data, site=self.connection.site_code, what=what
            )
            if isinstance(error, BadCredentials):
                if refused is None and self._sign_otherwise(error):
                    refused = error
                    continue
                if refused is not None and refused.code != OAUTH_METHOD and _is_about_signature(error):
                    self._sign_as_before()
                    error = refused
                if isinstance(self.signer, AdminSigner) and not renewed and "resource" in error.details:
                    self.signer.renew()
                    renewed = True
                    continue
                raise self._explain(error, renewed)
            if isinstance(error, Rejected) and error.code == TOO_MANY_ITEMS:
                self._learn_array(error)
            if is_magento_error(data):
                self._prefix_proven = True
            raise error
        if data is NO_JSON:
            raise self._not_json(answer, what)
        self._auth_proven = self._prefix_proven = True
        return data

    # -- one exchange -------------------------------------------------------
    def _exchange(
        self,
        method: str,
        route: str,
        params: Params,
        body: Any,
        lane: str,
        scope: str,
        timeout: float | None,
        api: str,
    ) -> tuple[Answer, Any]:
        url = "/".join(part for part in (self.api_root, scope, api, route) if part)
        headers = {"Authorization": self.signer.header(method, url, params)}
        with self._permission(lane):
            answer = self.http.request(
                method,
                url,
                params=params,
                json_body=body,
                headers=headers,
                timeout=timeout,
                route=route_name(api, route),
            )
        self.skew = clock_skew(answer.headers)
        if self._budget is not None:
            self._budget.learn(
                status=answer.status, headers=answer.headers, retry_after=retry_after(answer.headers)
            )
        return answer, decode(answer)

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)

    # -- signing in ---------------------------------------------------------
    def _make_signer(self) -> Signer:
        given = {name: value.strip() for name, value in self.connection.credentials.items()}
        mode = mode_of(given, self.options.auth_mode)
        if mode == "oauth":
            key, secret, token, token_secret = (given[name] for name in OAUTH_FIELDS)
            return OAuthSigner(key, secret, token, token_secret, self._signature)
        if mode == "bearer":
            return BearerSigner(given["access_token"])
        if mode == "admin":
            return AdminSigner(
                self.base_url, given["username"], given["password"], given.get("otp_secret", ""), self._login
            )
        missing = missing_fields(given, self.options.auth_mode)
        raise ConfigurationError(
            f"The site has no {' and no '.join(_LABELS[name] for name in missing)}.",
            code="missing_credentials",
            cure="Enter the four keys of an integration on the site (Magento admin > System > Integrations), then run "
            "'Test Connection'.",
            site=self.connection.site_code,
            platform=PLATFORM,
        )

    def _login(self, username: str, password: str, code: str) -> str:
        """A token of an admin user. Raises BadCredentials, and says when two factors are needed."""
        route = "tfa/provider/google/authenticate" if code else "integration/admin/token"
        body = {"username": username, "password": password, **({"otp": code} if code else {})}
        with self._permission("orders"):
            answer = self._unseen.request("POST", f"{self.api_root}/{API_VERSION}/{route}", json_body=body)
        data = decode(answer)
        if answer.status == 404 and data is NO_JSON and self._try_index():
            return self._login(username, password, code)
        if 200 <= answer.status < 300 and isinstance(data, str):
            return data
        known = None if data is NO_JSON else data
        error = error_from_answer(
            answer, known, site=self.connection.site_code, what=f"the login of {username}"
        )
        if answer.status == 401 and is_magento_error(known):
            raise BadCredentials(
                error.message,
                cure="Enter the right user and password on the site, then run 'Test Connection'. After six refusals "
                "Magento locks the user for half an hour and refuses the right password with the same words.",
                site=error.site,
                platform=PLATFORM,
                status=401,
            )
        raise error

    def _sign_otherwise(self, error: BadCredentials) -> bool:
        """Take the other signature when this one is refused and nothing has worked yet: shops before 2.4.4 know SHA-1
        only, and newer ones no longer know it."""
        signer = self.signer
        if (
            not isinstance(signer, OAuthSigner)
            or self.options.signature_method != "auto"
            or self._auth_proven
        ):
            return False
        if not _is_about_signature(error):
            return False
        self._swap_signature(signer)
        return True

    def _sign_as_before(self) -> None:
        """The other signature was refused as such too: it is not the reason, and the first try stands."""
        if isinstance(self.signer, OAuthSigner):
            self._swap_signature(self.signer)

    def _swap_signature(self, signer: OAuthSigner) -> None:
        other = oauth.SHA1 if signer.signature_method == oauth.SHA256 else oauth.SHA256
        self._signature = signer.signature_method = other

    def _explain(self, error: BadCredentials, renewed: bool) -> EcomsyncError:
        """'Not authorised' is said of bad keys and of missing rights alike; which it is shows in what worked before.

        A signature that was accepted proves the keys, and so does a login of a moment ago.
        """
        if "resource" in error.details and (self.auth_mode == "oauth" or self._auth_proven or renewed):
            missing = missing_permission(error)
            if not self._auth_proven and not renewed:
                missing.cure = f"{missing.cure} {_HEADER_MAY_BE_LOST}"
            return missing
        if self.auth_mode == "bearer":
            error.cure = (
                "Enter a valid access token of an integration. From Magento 2.4.4 on it is taken as bearer only when "
                "Stores > Configuration > Services > OAuth > 'Allow OAuth Access Tokens to be used as standalone Bearer "
                "tokens' is Yes; signing by OAuth with the four keys works without it."
            )
        return error

    # -- finding out --------------------------------------------------------
    def _try_index(self) -> bool:
        """Hosts without rewrites need index.php in the address; tried once, as long as nothing has answered."""
        if self._prefix_proven:
            return False
        self._prefix_proven = True
        self._prefix = "" if self._prefix else INDEX
        return True

    def _learn_array(self, error: Rejected) -> None:
        told = _positive(error.details.get("max"))
        if told is not None and (self._array_limit is None or told < self._array_limit):
            logger.info("site %s: the shop takes %d rows per call", self.connection.site_code, told)
            self._array_limit = told

    def _learn_page(self, error: Rejected) -> bool:
        told = _positive(error.details.get("max"))
        if told is None or told >= self.page_rows:
            return False
        self._page_limit = told
        return True

    def _not_json(self, answer: Answer, what: str) -> ShopUnavailable:
        return ShopUnavailable(
            f"The shop answered {what} with something that is not JSON.",
            code="not_json",
            cure="Look at the related request: a page of the host stands before the data, or a module prints into it; it "
            "is tried again by itself.",
            site=self.connection.site_code,
            platform=PLATFORM,
            status=answer.status,
            excerpt=answer.excerpt(500),
        )


#: Without the header a call is anonymous, and is refused with the same words.
_HEADER_MAY_BE_LOST = (
    "If every right is there, the shop's web server drops the Authorization header: let it pass to PHP."
)


def _is_about_signature(error: BadCredentials) -> bool:
    """Whether the signature is refused, and not the keys or the right."""
    return error.code == OAUTH_METHOD or "signature" in str(error.details.get("template", "")).lower()


_LABELS = {
    "consumer_key": "consumer key",
    "consumer_secret": "consumer secret",
    "access_token": "access token",
    "access_token_secret": "access token secret",
    "username": "user name",
    "password": "password",
}


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
