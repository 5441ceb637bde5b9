"""The shop behind the server: which door was knocked at, who may do it, and how the answer is dressed."""

import re
from typing import Any

from sandbox.base import SandboxApp
from sandbox.faults import Fault
from sandbox.magento1 import attributes, oauth, rest, soap, xmlrpc
from sandbox.magento1.calls import Call
from sandbox.magento1.control import ControlDesk
from sandbox.magento1.errors import ApiFault, PhpDied
from sandbox.magento1.handler import Handler
from sandbox.magento1.hints import HintQueue
from sandbox.magento1.methods import is_write
from sandbox.magento1.rows import ApiUser, Options, Order
from sandbox.magento1.state import Store
from sandbox.messages import Request, Response, html_page

XML = [("Content-Type", "text/xml; charset=UTF-8")]
_DOORS = {"api/xmlrpc": "xmlrpc", "api/v2_soap": "soap"}


class MagentoApp(SandboxApp):
    """One shop; `store` holds its tables, `hints` what a module of ours would send."""

    platform = "magento1"

    def __init__(self, options: Options, *, time_zone: str, seed: int, hint_delay: float | None) -> None:
        super().__init__(time_zone=time_zone, seed=seed)
        self.options = options
        self.tokens = oauth.Tokens()
        self.store = self._new_store(seed)
        self.hints = HintQueue(self.clock, self.faults, delay=hint_delay)
        self.control_desk = ControlDesk(self)

    def _new_store(self, seed: int) -> Store:
        store = Store(self.options, self.clock, seed)
        attributes.furnish(store)
        return store

    def empty(self) -> None:
        """A new shop with the same API users."""
        users = self.store.users
        self.store = self._new_store(1)
        self.store.users = users
        self.hints.clear()

    def replace_store(self, store: Store) -> None:
        self.store = store
        self.hints.clear()

    def started(self) -> None:
        self.hints.start()

    def stopped(self) -> None:
        self.hints.stop()

    @property
    def home(self) -> str:
        return f"{self.base_url}{self.options.base_path}"

    def hint(self, topic: str, order: Order) -> None:
        self.hints.emit(topic, order)

    # Which call it is.

    def _path(self, request: Request) -> str:
        return request.path.removeprefix(self.options.base_path).strip("/")

    def _door(self, request: Request) -> str:
        path = self._path(request)
        if path.startswith("index.php/"):
            path = path.removeprefix("index.php/")
        elif not self.options.rewrites:
            return ""
        return _DOORS.get(path, "")

    def route_name(self, request: Request) -> tuple[str, str]:
        """Calls of the API are counted by what they do: POST for such as write, CALL for the others."""
        door = self._door(request)
        request.memo["door"] = door
        if not door or request.method != "POST":
            return request.method, re.sub(r"/\d+(?=/|$)", "/{id}", request.path)
        try:
            calls = self._calls(door, request)
        except ApiFault as err:
            request.memo["error"] = err
            return "CALL", f"/{door}"
        name = request.memo["name"]
        verb = "POST" if any(is_write(path) for path in calls) else "CALL"
        if name == "multiCall":
            for path in set(calls):
                self.counters.rows("multiCall", path, calls.count(path))
            return verb, f"/{door} multiCall"
        return verb, f"/{door} {calls[0] if calls else name}"

    def _calls(self, door: str, request: Request) -> list[str]:
        if door == "soap":
            name, named = soap.read_call(request.body)
            request.memo.update(name=name, named=named)
            return [] if name in ("login", "endSession") else [soap.arguments_of(name, named)[0]]
        name, arguments = xmlrpc.read_call(request.body)
        request.memo.update(name=name, arguments=arguments)
        if name == "call" and len(arguments) > 1:
            return [str(arguments[1])]
        if name == "multiCall" and len(arguments) > 1 and isinstance(arguments[1], list):
            return [str(row[0]) for row in arguments[1] if isinstance(row, list) and row]
        return []

    # Answers.

    def answer(self, request: Request) -> Response:
        door = request.memo["door"]
        path = self._path(request)
        url = f"{self.base_url}{request.path}"
        if path in ("oauth/initiate", "oauth/token"):
            return oauth.endpoint(self.store, self.tokens, request, path, url)
        if path.startswith("api/rest/"):
            call = Call(self.store, ApiUser("rest", ""), self.hint)
            return rest.answer(call, self.tokens, request, path, url)
        if door == "xmlrpc":
            return self._xmlrpc(request)
        if door == "soap":
            return self._soap(request)
        return html_page(404, "404 Not Found", "The page you requested was not found.")

    def _handler(self, request: Request) -> Handler:
        handler = Handler(self.store, self.hint)
        for problem in request.faults:
            if problem.kind == "batch_fail":
                handler.refusals.append(_refusal(self.store, problem))
        return handler

    def _xmlrpc(self, request: Request) -> Response:
        if not self.options.xmlrpc:
            return html_page(403, "403 Forbidden", "Access to xmlrpc is denied.")
        if request.method != "POST":
            return Response(200, xmlrpc.fault_answer(ApiFault(630, "Unable to read request")), XML)
        try:
            value = self._carry_out(request)
        except ApiFault as err:
            return Response(200, xmlrpc.fault_answer(err), XML)
        except PhpDied:
            return _out_of_memory()
        dropped = request.fault("drop_fields")
        if dropped is not None:
            value = _without(value, frozenset(dropped.params.get("fields", ())))
        return Response(200, xmlrpc.answer(value), XML)

    def _carry_out(self, request: Request) -> Any:
        memo = request.memo
        if "error" in memo:
            raise memo["error"]
        if request.fault("internal_error"):
            raise ApiFault(
                1, "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock"
            )
        handler = self._handler(request)
        name, arguments = memo["name"], memo["arguments"]
        with self.store.lock:
            if request.fault("expired_key"):
                self.store.sessions.clear()
            if name == "login":
                return handler.login(*arguments)
            if name == "endSession":
                return handler.end_session(*arguments)
            if name == "call":
                return handler.call(*arguments[:3])
            if name == "multiCall":
                death = request.fault("batch_dies")
                if death is not None:
                    handler.multi_call(arguments[0], arguments[1][: int(death.params.get("after", 1))])
                    raise PhpDied
                return handler.multi_call(*arguments[:3])
        raise ApiFault(620, f"Method '{name}' does not exist")

    def _soap(self, request: Request) -> Response:
        if not self.options.soap_v2:
            return html_page(403, "403 Forbidden", "Access denied.")
        namespace = self.options.namespace
        if request.method != "POST":
            return Response(200, soap.wsdl(namespace, f"{self.home}/index.php/api/v2_soap/"), XML)
        memo = request.memo
        try:
            if "error" in memo:
                raise memo["error"]
            if request.fault("internal_error"):
                raise ApiFault(1, "Internal Error. Please see log for details.")
            handler, name, named = self._handler(request), memo["name"], memo["named"]
            with self.store.lock:
                if request.fault("expired_key"):
                    self.store.sessions.clear()
                if name == "login":
                    value: Any = handler.login(named.get("username"), named.get("apiKey"))
                elif name == "endSession":
                    value = handler.end_session(named.get("sessionId"))
                else:
                    path, arguments = soap.arguments_of(name, named)
                    value = soap.typed(path, handler.call(named.get("sessionId"), path, arguments, v2=True))
        except ApiFault as err:
            return Response(self.options.soap_fault_status, soap.fault_answer(err), XML)
        except PhpDied:
            return _out_of_memory()
        return Response(200, soap.answer(name, value, namespace), XML)

    def control(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        return self.control_desk.handle(method, path, body, query)


def _without(value: Any, fields: frozenset[str]) -> Any:
    """The records of an answer without some members, as a module leaves them out."""
    if isinstance(value, list):
        return [_without(one, fields) for one in value]
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if name not in fields}
    return value


def _refusal(store: Store, problem: Fault) -> tuple[set[str], int, str]:
    """These products by SKU and by id."""
    names = {str(sku) for sku in problem.params.get("skus", ())}
    names |= {str(one) for one in problem.params.get("ids", ())}
    for sku in list(names):
        product = store.by_sku(sku)
        if product is not None:
            names.add(str(product.id))
    return names, int(problem.params.get("code", 102)), str(problem.params.get("message", ""))


def _out_of_memory() -> Response:
    return Response(
        500,
        b"<br />\n<b>Fatal error</b>:  Allowed memory size of 268435456 bytes exhausted (tried to allocate 20480 "
        b"bytes) in <b>/var/www/html/lib/Zend/Db/Statement/Pdo.php</b> on line <b>228</b><br />\n",
        [("Content-Type", "text/html; charset=UTF-8")],
    )
