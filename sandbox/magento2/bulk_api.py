"""The asynchronous routes: accepted at once, done when a consumer runs, followed operation by operation."""

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.magento2 import limits, search, typed
from sandbox.magento2.call import Call, as_int
from sandbox.magento2.errors import MageError
from sandbox.magento2.order_rows import Bulk, Operation
from sandbox.magento2.routes import Line, Route
from sandbox.magento2.rows import Grant, Json
from sandbox.messages import Request

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

COMPLETE, RETRIABLE, FAILED, OPEN, REJECTED = 1, 2, 3, 4, 5
BLOB = 65_535
GIVEN_UP = 43_200  # seconds after which open operations are marked as failed
KEPT = 60 * 86_400
_SUCCESS = "Service execution success"
_TOPICS = {
    "/V1/products": "catalog.api.productrepositoryinterface.save",
    "/V1/products/:sku": "catalog.api.productrepositoryinterface.save",
    "/V1/products/:sku/media": "catalog.api.productattributemediagallerymanagementinterface.create",
    "/V1/inventory/source-items": "inventory_api.api.sourceitemssaveinterface.execute",
    "/V1/products/base-prices": "catalog.api.basepricestorageinterface.update",
    "/V1/products/special-price": "catalog.api.specialpricestorageinterface.update",
    "/V1/products/tier-prices": "catalog.api.tierpricestorageinterface.update",
}


def accept(app: "Magento2App", route: Route, rows: Any, scope: int, grant: Grant | None) -> Json:
    """Stores the operations; nothing happens yet. A row that is no object fails the whole call."""
    if not isinstance(rows, list) or not rows:
        raise MageError("Input data is empty" if rows in ([], {}) else "Decoding error.")
    for row in rows:
        if not isinstance(row, dict):
            raise MageError(
                'The "%1" value\'s type is invalid. The "%2" type was expected. Verify and try again.',
                [row, "array"],
            )
        typed.check(row)
    call = Call(app, route.method, route.template, {}, {}, {}, scope, grant, memo={"in_bulk": True})
    limits.check(call, rows, "array")
    app.counters.rows(f"/async/bulk{route.bulk_template}", "operations", len(rows))
    store = app.store
    verb = {"POST": "post", "PUT": "put", "DELETE": "delete"}[route.method]
    topic = f"async.magento.{_TOPICS.get(route.template, 'webapi.' + route.template.strip('/').replace('/', '.'))}.{verb}"
    bulk = Bulk(
        store.uuid(), route.method, route.template, topic, scope, store.clock.now(), grant.id if grant else 0
    )
    items: list[Json] = []
    for number, row in enumerate(rows):
        text = _text(row)
        digest = hashlib.sha256(text.encode()).hexdigest()
        missing = [name for name in _arguments(route) if name not in row]
        operation = Operation(number, OPEN, row, digest)
        item: Json = {"id": number, "data_hash": digest, "status": "accepted"}
        if missing:
            operation.status = REJECTED
            operation.message = f'"{missing[0]}" is required. Enter and try again.'
            item |= {"status": "rejected", "error_message": operation.message, "error_code": 0}
        bulk.operations.append(operation)
        items.append(item)
    store.bulks[bulk.uuid] = bulk
    errors = any(item["status"] == "rejected" for item in items)
    return {"bulk_uuid": bulk.uuid, "request_items": items, "errors": errors}


def _arguments(route: Route) -> list[str]:
    return [part[1:] for part in route.parts if part.startswith(":")]


def _text(row: Json) -> str:
    return json.dumps(row, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


# The consumer.


def work(app: "Magento2App", *, now: bool = False) -> int:
    """Does what is due; returns how many operations. now: the merchant runs the consumers by hand."""
    options, store = app.options, app.store
    done = 0
    for bulk in list(store.bulks.values()):
        age = store.clock.now() - bulk.started
        due = now or (
            options.consumer_delay is not None and age >= options.consumer_delay and not _held(app, bulk)
        )
        waiting = [] if bulk.done else [o for o in bulk.operations if o.status == OPEN]
        if due and options.bulk_shuffles:
            store.random.shuffle(waiting)
        for operation in waiting:
            if due:
                _execute(app, bulk, operation)
                done += 1
            elif age > GIVEN_UP:
                operation.status, operation.message = FAILED, "Operation was not processed in time."
        bulk.done = bulk.done or all(o.status != OPEN for o in waiting)
        if age > KEPT:
            del store.bulks[bulk.uuid]
    return done


def _held(app: "Magento2App", bulk: Bulk) -> bool:
    return bulk.polls < app.options.consumer_polls


def _execute(app: "Magento2App", bulk: Bulk, operation: Operation) -> None:
    if len(_text(operation.body)) > BLOB:
        operation.status, operation.message = FAILED, "Unable to unserialize value. Error: Syntax error"
        return
    route = app.routes.named(bulk.method, bulk.template)
    args = {name: str(operation.body[name]) for name in _arguments(route)}
    body = {k: v for k, v in operation.body.items() if k not in args}
    request = Request(bulk.method, f"/async{bulk.template}", {}, b"")
    request.faults = app.faults.fire(bulk.method, f"consumer{bulk.template}", {"batch_fail"})
    call = Call(app, bulk.method, bulk.template, args, body, {}, bulk.scope, None, request, {"in_bulk": True})
    try:
        result = route.handler(call)
    except MageError as err:
        text = err.filled()
        deadlock = any(word in text for word in ("Deadlock", "Lock wait", "gone away"))
        operation.status = RETRIABLE if deadlock else FAILED
        operation.message = text[:255]
        operation.error_code = 1213 if deadlock else 0
        return
    operation.status, operation.message = COMPLETE, _SUCCESS
    operation.result = json.dumps(result, default=_plain)


# Following.


def _bulk(call: Call) -> Bulk:
    uuid = call.args["bulkUuid"]
    found = call.store.bulks.get(uuid)
    if found is None:
        raise MageError("Bulk uuid %bulkUuid not exist", {"bulkUuid": uuid}, status=404)
    found.polls += 1
    return found


def _shown_status(call: Call, bulk: Bulk, operation: Operation) -> int:
    """A lying shop calls what is still open failed at the first look."""
    if call.options.bulk_lies and bulk.polls == 1:
        return FAILED
    return operation.status


def status_json(call: Call, bulk: Bulk, *, detailed: bool = False) -> Json:
    operations = []
    for o in bulk.operations:
        row: Json = {
            "id": o.id,
            "status": _shown_status(call, bulk, o),
            "result_message": o.message,
            "error_code": o.error_code,
        }
        if detailed:
            meta = {"entity_id": None, "entity_link": "", "meta_information": _text(o.body)}
            row |= {
                "bulk_uuid": bulk.uuid,
                "topic_name": bulk.topic,
                "serialized_data": json.dumps(meta),
                "result_serialized_data": o.result,
            }
        operations.append(row)
    return {
        "operations_list": operations,
        "user_type": 1,
        "bulk_id": bulk.uuid,
        "description": f"Topic {bulk.topic}",
        "start_time": call.store.moment(bulk.started),
        "user_id": bulk.grant_id,
        "operation_count": len(operations),
    }


def status(call: Call) -> Json:
    return status_json(call, _bulk(call))


def detailed_status(call: Call) -> Json:
    return status_json(call, _bulk(call), detailed=True)


def count_status(call: Call) -> int:
    wanted, bulk = as_int(call.args["status"]), _bulk(call)
    return sum(o.status == wanted for o in bulk.operations)


def list_bulks(call: Call) -> Json:
    rows = [(bulk, operation) for bulk in call.store.bulks.values() for operation in bulk.operations]

    def value(row: tuple[Bulk, Operation], name: str) -> Any:
        bulk, operation = row
        known = {
            "start_time": call.store.moment(bulk.started),
            "bulk_uuid": bulk.uuid,
            "topic_name": bulk.topic,
            "status": operation.status,
        }
        return known.get(name)

    def show(row: tuple[Bulk, Operation]) -> Json:
        bulk, operation = row
        return {
            "id": operation.id,
            "bulk_uuid": bulk.uuid,
            "topic_name": bulk.topic,
            "status": operation.status,
            "result_message": operation.message,
            "error_code": operation.error_code,
        }

    return search.answer(
        call, rows, value, show, frozenset({"start_time", "bulk_uuid", "topic_name", "status"})
    )


_ACL = "Magento_Logging::system_magento_logging_bulk_operations"
LINES: list[Line] = [
    ("GET", "/V1/bulk", list_bulks, _ACL),
    ("GET", "/V1/bulk/:bulkUuid/status", status, _ACL),
    ("GET", "/V1/bulk/:bulkUuid/detailed-status", detailed_status, _ACL),
    ("GET", "/V1/bulk/:bulkUuid/operation-status/:status", count_status, _ACL),
]
