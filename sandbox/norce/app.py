"""The client over HTTP: Identity, Connect and Query below one host."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.base import SandboxApp
from sandbox.faults import Fault
from sandbox.messages import Request, Response
from sandbox.norce import jobs, orders
from sandbox.norce.answers import ApiError, Json, answer, decode
from sandbox.norce.auth import TOKEN_PATH, account_of, token_answer
from sandbox.norce.control import ControlDesk
from sandbox.norce.delivery import DeliveryQueue
from sandbox.norce.entities import SETS
from sandbox.norce.imports import IMPORTS
from sandbox.norce.odata import printed, shown
from sandbox.norce.state import Options, Store

CONNECT, QUERY = "/commerce/connect/4.0/", "/commerce/query/2.0/"
_KEYED = re.compile(r"^(?P<set>[A-Za-z]+/[A-Za-z]+)\((?P<key>'(?:[^']|'')*'|-?\d+)\)$")
_JOBS = ("Job/Get", "Job/GetLog", "Job/Ping")


class NorceApp(SandboxApp):
    platform = "norce"

    def __init__(
        self,
        options: Options,
        *,
        time_zone: str,
        seed: int,
        webhook_delay: float | None,
        webhook_timeout: float,
    ) -> None:
        super().__init__(time_zone=time_zone, seed=seed)
        self.options = options
        self.store = Store(options, self.clock, seed)
        self.queue = DeliveryQueue(self.store, self.faults, delay=webhook_delay, timeout=webhook_timeout)
        self.desk = ControlDesk(self)
        self._seed = seed

    def emit(self, event: str, ids: Json) -> None:
        self.queue.emit(event, ids)

    def settle(self) -> None:
        """Jobs whose time has come are done."""
        with self.store.lock:
            jobs.settle(
                self.store,
                self.emit,
                lambda kind: self.faults.fire("JOB", kind, {"batch_fail"}),
            )

    def replace_store(self, store: Store) -> None:
        self.store = self.queue.store = store

    def empty(self) -> None:
        """A new client that keeps its accounts."""
        store = Store(self.options, self.clock, self._seed)
        store.accounts, store.tokens = self.store.accounts, self.store.tokens
        self.replace_store(store)

    def started(self) -> None:
        self.queue.start()

    def stopped(self) -> None:
        self.queue.stop()

    def control(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        return self.desk.handle(method, path, body, query)

    # -- one request --------------------------------------------------------
    def route_name(self, request: Request) -> tuple[str, str]:
        return request.method, re.sub(r"\(('[^)]*'|\d+)\)", "(:key)", request.path)

    def answer(self, request: Request) -> Response:
        try:
            with self.store.lock:
                return self._answered(request)
        except ApiError as error:
            return error.answer()

    def _answered(self, request: Request) -> Response:
        if request.path == TOKEN_PATH:
            if request.method != "POST":
                raise ApiError(405, "Method not allowed")
            return token_answer(self.store, request)
        if not request.path.startswith((CONNECT, QUERY)):
            raise ApiError(404, "Not found")
        account = account_of(self.store, request)
        if request.fault("internal_error"):
            raise ApiError(500, "Internal error")
        if request.path.startswith(QUERY):
            if "query" not in account.rights:
                raise ApiError(403, "Forbidden")
            return self._query(request)
        return self._connect(request, account.rights)

    # -- Connect ------------------------------------------------------------
    def _connect(self, request: Request, rights: tuple[str, ...]) -> Response:
        route = request.path.removeprefix(CONNECT)
        below = route.startswith("api/")
        route = route.removeprefix("api/")
        if route in _JOBS and request.method == "GET":
            if below != self.options.job_below_api:
                raise ApiError(404, "Not found")
            if "connect" not in rights and "orders" not in rights:
                raise ApiError(403, "Forbidden")
            return self._job(route, dict(request.pairs))
        if below or request.method != "POST" or (route not in IMPORTS and route not in orders.CALLS):
            raise ApiError(404, "Not found")
        if ("orders" if route in orders.CALLS else "connect") not in rights:
            raise ApiError(403, "Forbidden")
        if route in IMPORTS:
            self.counters.rows(route, "rows", request.body.count(b'"PartNo"') or 1)
            return jobs.post(self.store, route, request)
        body = decode(request.body)
        if not isinstance(body, dict):
            raise ApiError(400, "An object is expected.")
        try:
            orders.CALLS[route](self.store, body, self.emit)
        except orders.Refused as refused:
            return answer({"StatusCode": "Failed", "Description": str(refused)})
        return answer(orders.OK)

    def _job(self, route: str, query: dict[str, str]) -> Response:
        if route == "Job/Ping":
            return answer("Pong")
        self.settle()
        job = jobs.job_of(self.store, query)
        return answer(jobs.job_json(job) if route == "Job/Get" else job.log)

    # -- Query --------------------------------------------------------------
    def _query(self, request: Request) -> Response:
        """Read only; the application must be named."""
        if request.method != "GET":
            raise ApiError(405, "Method not allowed")
        given = request.headers.get("application-id") or request.headers.get("applicationid", "")
        if given != str(self.options.application):
            raise ApiError(403, "The account has no access to this application.")
        self.settle()
        route, query = request.path.removeprefix(QUERY), dict(request.pairs)
        keyed = _KEYED.match(route)
        name = keyed.group("set") if keyed else route
        if name not in SETS or (name == "Orders/DeliveryNotes" and not self.options.delivery_notes_in_query):
            raise ApiError(404, "Not found")
        source, navigation, key = SETS[name]
        names = self.options.field_names.get(name, {})
        rows = [{names.get(own, own): value for own, value in row.items()} for row in source(self.store)]
        navigation, key = {names.get(own, own) for own in navigation}, names.get(key, key)
        if keyed:
            wanted = keyed.group("key")
            wanted = wanted[1:-1].replace("''", "'") if wanted.startswith("'") else wanted
            row = next((one for one in rows if str(one[key]) == wanted), None)
            if row is None:
                raise ApiError(404, "Not found")
            return answer(printed(row, query, navigation, self._date))
        return answer(self._page(request, rows, query, navigation))

    def _page(self, request: Request, rows: list[Json], query: dict[str, str], navigation: set[str]) -> Json:
        rows = shown(rows, query, navigation=navigation)
        found: Json = {"@odata.context": f"{self.base_url}{QUERY}$metadata"}
        if query.get("$count") == "true":
            found["@odata.count"] = len(rows)
        skip = int(query.get("$skip", "0"))
        top = int(query["$top"]) if query.get("$top") else len(rows)
        size = self.options.page_size
        page = rows[skip : skip + min(size, top)]
        found["value"] = [printed(row, query, navigation, self._date) for row in page]
        if top > size and skip + size < len(rows):
            following = {**query, "$skip": str(skip + size)}
            if query.get("$top"):
                following["$top"] = str(top - size)
            found["@odata.nextLink"] = f"{self.base_url}{request.path}?{urlencode(following)}"
        return found

    @staticmethod
    def _date(moment: int) -> str:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _before(self, fault: Fault, request: Request) -> Response | None:
        """The shared faults in the words of this platform."""
        if fault.kind == "rate_limit":
            seconds = str(fault.params.get("retry_after", 2))
            return ApiError(429, "Too many requests").answer([("Retry-After", seconds)])
        return super()._before(fault, request)
