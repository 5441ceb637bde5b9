"""Bulk operations: started, watched, finished behind the scenes, their result fetched over HTTP."""

from typing import TYPE_CHECKING

from sandbox.shopify import bulk_lines
from sandbox.shopify.calls import Call, Row, mutates, refuse, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.state import number_of

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

RUNNING = ("CREATED", "RUNNING", "CANCELING")
QUERY_SECONDS = 10 * 86400
MUTATION_SECONDS = 86400


def _guard(call: Call) -> None:
    running = [r for r in call.store.rows("BulkOperation") if r["status"] in RUNNING]
    if len(running) >= call.options.max_bulk:
        raise refuse(
            None,
            f"A bulk operation for this app and shop is already in progress: {running[0]['id']}.",
            "OPERATION_IN_PROGRESS",
        )


def _start(call: Call, kind: str, text: str, **work: object) -> Row:
    row = call.store.add(
        "BulkOperation",
        type=kind,
        status="CREATED",
        errorCode=None,
        query=text,
        objectCount="0",
        rootObjectCount="0",
        fileSize=None,
        url=None,
        partialDataUrl=None,
        completedAt=None,
        _version=call.version,
        _scopes=call.scopes,
        **work,
    )
    call.app.queue.nudge()
    return row


@mutates("bulkOperationRunQuery", scope="")
def run_query(call: Call, args: Row) -> Row:
    problem = bulk_lines.check_query(_bulk_call(call), args["query"])
    if problem:
        raise refuse(["query"], problem, "INVALID")
    _guard(call)
    row = _start(call, "QUERY", args["query"], _grouped=bool(args.get("groupObjects")))
    return {"bulkOperation": dict(row)}


def _bulk_call(call: Call) -> Call:
    return Call(call.app, call.version, call.scopes, in_bulk=True)


@mutates("bulkOperationRunMutation", scope="")
def run_mutation(call: Call, args: Row) -> Row:
    problem = bulk_lines.check_mutation(call, args["mutation"])
    if problem:
        code = None if "allowed mutation name" in problem else "INVALID_MUTATION"
        raise refuse(["mutation"], problem, code)
    target = call.store.uploads.get(args["stagedUploadPath"])
    if target is None or target.get("content") is None:
        raise refuse(
            ["stagedUploadPath"],
            "The JSONL file could not be found. Try uploading the file again.",
            "NO_SUCH_FILE",
        )
    if (
        len(target["content"]) > call.options.bulk_file_limit
        or target["resource"] != "BULK_MUTATION_VARIABLES"
    ):
        raise refuse(
            ["stagedUploadPath"],
            "The staged upload file is invalid or too large.",
            "INVALID_STAGED_UPLOAD_FILE",
        )
    _guard(call)
    dies = next((f for f in call.app.spoiling if f.kind == "batch_dies"), None)
    after = None if dies is None else int(dies.params.get("after", 1))
    row = _start(call, "MUTATION", args["mutation"], _key=args["stagedUploadPath"], _dies=after)
    return {"bulkOperation": dict(row)}


@mutates("bulkOperationCancel", scope="")
def cancel(call: Call, args: Row) -> Row:
    row = call.store.find(args["id"], "BulkOperation")
    if row is None:
        raise refuse(["id"], "Bulk operation does not exist", "INVALID")
    if row["status"] not in RUNNING:
        raise refuse(None, "A bulk operation cannot be canceled when it is completed", "INVALID")
    row["status"] = "CANCELING"
    return {"bulkOperation": dict(row)}


@resolves("QueryRoot.bulkOperation")
def operation(call: Call, row: Row, args: Row) -> Row | None:
    found = call.store.find(args["id"], "BulkOperation")
    return None if found is None else look(call.app, found)


@resolves("QueryRoot.bulkOperations")
def operations(call: Call, row: Row, args: Row) -> Row:
    rows = [look(call.app, r) for r in call.store.rows("BulkOperation")]
    text = args.get("query") or ""
    for name in ("status", "type", "operation_type"):
        wanted = next((p.partition(":")[2] for p in text.split() if p.startswith(f"{name}:")), "").strip(
            "'\""
        )
        if wanted:
            rows = [r for r in rows if r["type" if "type" in name else "status"].lower() == wanted.lower()]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


def look(app: "ShopifyApp", row: Row) -> Row:
    """Every look moves it on; after `async_polls` looks at a running operation it is done."""
    if row["status"] not in RUNNING:
        return row
    row["_looks"] = row.get("_looks", 0) + 1
    if row["_looks"] > app.options.async_polls or row["status"] == "CANCELING":
        finish(app, row)
    else:
        row["status"] = "RUNNING"
    return row


def settle(app: "ShopifyApp") -> None:
    """What runs behind the scenes comes to its end."""
    with app.store.lock:
        for row in app.store.rows("BulkOperation"):
            if row["status"] in RUNNING:
                finish(app, row)


def finish(app: "ShopifyApp", row: Row) -> None:
    store = app.store
    age = app.clock.now() - store.clock.parse(row["createdAt"])
    limit = QUERY_SECONDS if row["type"] == "QUERY" else MUTATION_SECONDS
    row["completedAt"] = store.now()
    if row["status"] == "CANCELING":
        row["status"] = "CANCELED"
    elif age > limit:
        row["status"], row["errorCode"] = "FAILED", "TIMEOUT"
    else:
        _work(app, row)
    app.emit("bulk_operations/finish", row)


def _work(app: "ShopifyApp", row: Row) -> None:
    call = Call(app, row["_version"], row["_scopes"], in_bulk=True)
    dies = row.get("_dies")
    if row["type"] == "QUERY":
        lines, roots = bulk_lines.query_lines(call, row["query"], grouped=row["_grouped"])
    else:
        content = app.store.uploads[row["_key"]]["content"]
        lines = bulk_lines.mutation_lines(call, row["query"], content, most=dies)
        roots = len(lines)
    row["objectCount"], row["rootObjectCount"] = str(len(lines)), str(roots)
    row["status"], row["errorCode"] = (
        ("COMPLETED", None) if dies is None else ("FAILED", "INTERNAL_SERVER_ERROR")
    )
    if not lines:
        return
    path = f"/bulk/{app.store.token(32)}.jsonl"
    content = b"".join(lines)
    app.store.files[path] = content
    app.store.uploads[f"result:{path}"] = {"at": app.clock.now()}
    row["fileSize"] = str(len(content))
    row["url" if dies is None else "partialDataUrl"] = f"{app.home}{path}"
