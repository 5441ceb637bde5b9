"""Calls to one shop: address, token, version, budget in points, reading errors.

A query or mutation is one call; what to do when it fails is decided above, by the class of the error. A throttled call
was not carried out, and leaves as RateLimited with the seconds that the bucket needs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ecomsync.common.errors import Rejected, ShopUnavailable
from ecomsync.common.http import Answer, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.shopify.address import shop_address
from platforms.shopify.answers import (
    Json,
    cost_of,
    decode,
    is_throttled,
    json_lines,
    nodes_of,
    user_errors,
    wait_of,
)
from platforms.shopify.documents import Document
from platforms.shopify.errors import (
    PLATFORM,
    TOO_COSTLY,
    code_of,
    error_of_errors,
    error_of_status,
    error_of_user_errors,
    seconds_of,
)
from platforms.shopify.forms import form_of, refused_upload
from platforms.shopify.options import ShopifyOptions
from platforms.shopify.versions import NEWEST
from platforms.types import Finding, Quota

# https://shopify.dev/docs/api/admin-graphql read 2026-11-20.
API_VERSION = NEWEST
PAGE_SIZE = 250
SMALLEST_PAGE = 5
FILE_TIMEOUT = 120.0

logger = logging.getLogger(__name__)

Variables = Mapping[str, Any]


class ShopifyClient:
    """One shop. Remembers for its life what each operation was asked for and which page sizes pass."""

    def __init__(
        self,
        connection: Connection,
        options: ShopifyOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self.options = options
        self.base_url = shop_address(connection.url)
        self.version = connection.api_version.strip() or API_VERSION
        self.answered_version = ""
        #: Shopify's own number of the last call, by which its support finds it.
        self.request_id = ""
        self._token = connection.credentials.get("access_token", "").strip()
        self._budget = budget
        self._costs: dict[str, float] = {}
        self._sizes: dict[str, int] = {
            str(name): int(size)
            for name, size in dict(connection.learned.get("page_sizes") or {}).items()
            if isinstance(size, int) and 1 <= size <= PAGE_SIZE
        }
        self._findings: dict[str, Finding] = {}
        #: Digests of bulk operations that were started and whose result was not read yet.
        self.bulk_pending: set[str] = {str(digest) for digest in connection.learned.get("bulk_pending") or ()}
        #: Stores what was learned at once; an operation that Shopify goes on with must be found again after our end.
        self.keep: Callable[[], None] = lambda: None
        self.pause = pause
        self.http = HttpClient(
            timeout=connection.timeout,
            pool_size=connection.pool_size,
            verify_tls=connection.verify_tls,
            allow_private=connection.allow_private,
            observer=observer,
            user_agent_suffix=connection.user_agent_suffix,
            trace_id=current_trace_id,
        )

    def close(self) -> None:
        self.http.close()

    @property
    def learned(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._sizes:
            found["page_sizes"] = dict(self._sizes)
        if self.bulk_pending:
            found["bulk_pending"] = sorted(self.bulk_pending)
        return found

    @property
    def findings(self) -> list[Finding]:
        return list(self._findings.values())

    def note(self, finding: Finding) -> None:
        self._findings.setdefault(finding.code, finding)

    # -- operations ---------------------------------------------------------
    def query(self, document: Document, variables: Variables | None = None, *, lane: str) -> Json:
        """The `data` of a reading operation. Fields that the app may not see come as null and leave a finding; a root
        field that it may not see raises MissingPermission."""
        body = self._exchange(document, variables or {}, lane)
        data = body.get("data")
        errors = body.get("errors")
        if errors and not self._is_partial(data, errors):
            raise self._errors(body, document)
        if not isinstance(data, dict):
            raise self._unexpected(document, body)
        return data

    def mutate(self, document: Document, variables: Variables, *, lane: str) -> Json:
        """The payload of a mutation's one root field, with its `userErrors` as they are. Raises what stands at the top."""
        payload = next(iter(self.mutate_all(document, variables, lane=lane).values()))
        if not isinstance(payload, dict):
            raise self._unexpected(document, payload)
        return payload

    def mutate_all(self, document: Document, variables: Variables, *, lane: str) -> Json:
        """The payloads of all root fields of a mutation. Raises what stands at the top level."""
        body = self._exchange(document, variables, lane)
        if body.get("errors"):
            raise self._errors(body, document)
        data = body.get("data")
        if not isinstance(data, dict) or not data:
            raise self._unexpected(document, body)
        return data

    def change(self, document: Document, variables: Variables, *, lane: str, what: str) -> Json:
        """The payload of a mutation that must have no user errors. Raises the error that the first of them stands for."""
        payload = self.mutate(document, variables, lane=lane)
        errors = user_errors(payload)
        if errors:
            raise error_of_user_errors(errors, what=what)
        return payload

    def pages(
        self,
        document: Document,
        variables: Variables,
        pick: Callable[[Json], Any],
        *,
        lane: str,
        size: int = PAGE_SIZE,
    ) -> Iterator[Json]:
        """All nodes of a connection, page by page; see `page_lists`."""
        for nodes in self.page_lists(document, variables, pick, lane=lane, size=size):
            yield from nodes

    def page_lists(
        self,
        document: Document,
        variables: Variables,
        pick: Callable[[Json], Any],
        *,
        lane: str,
        size: int = PAGE_SIZE,
    ) -> Iterator[list[Json]]:
        """The nodes of a connection, a list per page. pick: finds the connection in the data; None ends the reading.

        The document takes `$first` and `$after`. A page that asks for too many points is asked for again in half the
        size, and the size that passes is kept.
        """
        after: str | None = None
        while True:
            connection = pick(self.page(document, {**variables, "after": after}, lane=lane, size=size))
            if connection is None:
                return
            yield nodes_of(connection)
            info = connection.get("pageInfo") or {}
            following = info.get("endCursor")
            if not info.get("hasNextPage") or not following or following == after:
                return
            after = str(following)

    def page(self, document: Document, variables: Variables, *, lane: str, size: int = PAGE_SIZE) -> Json:
        """One page in the largest size that the shop allows."""
        first = min(size, self._sizes.get(document.name, PAGE_SIZE))
        while True:
            try:
                return self.query(document, {**variables, "first": first}, lane=lane)
            except Rejected as error:
                if error.code != TOO_COSTLY or first <= SMALLEST_PAGE:
                    raise
                first = max(SMALLEST_PAGE, first // 2)
                self._sizes[document.name] = first

    def nodes(
        self, document: Document, kind_ids: Sequence[str], *, lane: str, size: int = PAGE_SIZE
    ) -> dict[str, Json]:
        """Objects by their address, `size` per call; what the shop does not know is left out. The document takes `$ids`."""
        found: dict[str, Json] = {}
        ids = list(dict.fromkeys(kind_ids))
        at, step = 0, min(size, self._sizes.get(document.name, PAGE_SIZE))
        while at < len(ids):
            try:
                data = self.query(document, {"ids": ids[at : at + step]}, lane=lane)
            except Rejected as error:
                if error.code != TOO_COSTLY or step <= 1:
                    raise
                step = max(1, step // 2)
                self._sizes[document.name] = step
                continue
            for row in data.get("nodes") or ():
                if isinstance(row, dict) and row.get("id"):
                    found[str(row["id"])] = row
            at += step
        return found

    # -- files --------------------------------------------------------------
    def send_file(
        self,
        url: str,
        fields: Sequence[tuple[str, str]],
        *,
        filename: str,
        mime_type: str,
        content: bytes,
        lane: str,
    ) -> None:
        """POST a file to the place that Shopify named. It is another host's, so it gets no token and costs no points."""
        body, content_type = form_of(fields, filename=filename, mime_type=mime_type, content=content)
        answer = self.http.request(
            "POST",
            url,
            data=body,
            headers={"Content-Type": content_type},
            timeout=FILE_TIMEOUT,
            route="/staged-upload",
        )
        if not 200 <= answer.status < 300:
            raise refused_upload(answer.status, answer.excerpt(500))

    def fetch_lines(self, url: str) -> list[Json]:
        """The objects of a JSONL file of Shopify's."""
        answer = self.http.request(
            "GET", url, headers={"Accept": "*/*"}, timeout=FILE_TIMEOUT, route="/bulk-result"
        )
        if answer.status != 200:
            raise ShopUnavailable(
                f"The result of a bulk operation cannot be fetched: status {answer.status}.",
                code="bulk_result",
                status=answer.status,
                platform=PLATFORM,
                excerpt=answer.excerpt(500),
            )
        return json_lines(answer.text)

    # -- one exchange -------------------------------------------------------
    def _exchange(self, document: Document, variables: Variables, lane: str) -> Json:
        cost = self._costs.get(document.name, document.cost)
        body: Json = {"query": document.text, "variables": dict(variables)}
        if document.is_named:
            body["operationName"] = document.name
        with self._permission(lane, cost):
            answer = self.http.request(
                "POST",
                f"{self.base_url}/admin/api/{self.version}/graphql.json",
                json_body=body,
                headers={"X-Shopify-Access-Token": self._token},
                route=f"/graphql/{document.name}",
                repeatable=not document.is_write,
            )
        self.request_id = answer.headers.get("x-request-id", "")
        decoded = decode(answer)
        self._learn(document, answer, decoded)
        self._look_at_version(answer)
        if not 200 <= answer.status < 300:
            raise error_of_status(answer, decoded, site=self.connection.site_code, what=document.name)
        if not isinstance(decoded, dict):
            raise self._not_json(answer, document.name)
        return decoded

    def _permission(self, lane: str, cost: float) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane, cost=cost)

    def _learn(self, document: Document, answer: Answer, body: Any) -> None:
        """Teach the budget. A throttled call is HTTP 200 here and asks for a pause like any other's 429."""
        cost = cost_of(body)
        if cost.get("requested") is not None:
            self._costs[document.name] = cost["requested"] or 1.0
        if self._budget is None:
            return
        throttled = is_throttled(body)
        quota = Quota(
            left=cost.get("available"),
            limit=cost.get("maximum"),
            per_second=cost.get("rate"),
            asked=cost.get("requested"),
            cost=cost.get("actual"),
        )
        self._budget.learn(
            status=429 if throttled else answer.status,
            headers=answer.headers,
            retry_after=wait_of(body) if throttled else seconds_of(answer.headers),
            quota=quota if cost else None,
        )

    def _look_at_version(self, answer: Answer) -> None:
        answered = answer.headers.get("x-shopify-api-version", "")
        if not answered:
            return
        self.answered_version = answered
        if answered != self.version:
            self.note(
                Finding(
                    "api_version_mismatch",
                    f"The shop answered with version {answered} of its interface although {self.version} was asked for.",
                    "The version that was asked for is gone. Update ecomsync, or choose a version that Shopify still serves.",
                )
            )

    def _is_partial(self, data: Any, errors: Any) -> bool:
        """Whether the errors only hide fields below root fields that did come."""
        if not isinstance(data, dict) or not isinstance(errors, list):
            return False
        for error in errors:
            path = error.get("path") if isinstance(error, dict) else None
            if not isinstance(path, list) or len(path) < 2 or data.get(str(path[0])) is None:
                return False
            if code_of(error) != "ACCESS_DENIED":
                return False
        names = sorted(
            {".".join(str(part) for part in error["path"] if not str(part).isdigit()) for error in errors}
        )
        self.note(
            Finding(
                "protected_data",
                f"Shopify keeps fields from the app: {', '.join(names[:6])}.",
                "Give the app the missing access scopes, and ask Shopify for access to protected customer data.",
            )
        )
        return True

    def _errors(self, body: Json, document: Document) -> Exception:
        errors = body.get("errors")
        rows = errors if isinstance(errors, list) else [{"message": str(errors)}]
        return error_of_errors(
            rows,
            what=document.name,
            site=self.connection.site_code,
            wait=wait_of(body),
            request_id=self.request_id,
        )

    def _unexpected(self, document: Document, body: Any) -> ShopUnavailable:
        return ShopUnavailable(
            f"Shopify's answer to {document.name} holds no data.",
            code="unexpected_answer",
            site=self.connection.site_code,
            platform=PLATFORM,
            excerpt=str(body)[:500],
        )

    def _not_json(self, answer: Answer, what: str) -> ShopUnavailable:
        return ShopUnavailable(
            f"The shop answered {what} with something that is not JSON.",
            code="not_json",
            cure="Look at the related request: something between this server and Shopify changes the answers; it is "
            "tried again by itself.",
            site=self.connection.site_code,
            platform=PLATFORM,
            status=answer.status,
            excerpt=answer.excerpt(500),
        )
