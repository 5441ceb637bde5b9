"""Bulk operations: JSONL by download, staged uploads, mutations by the line."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

RUN = """mutation($q: String!) { bulkOperationRunQuery(query: $q) {
  bulkOperation { id status } userErrors { field message code } } }"""
POLL = """query($id: ID!) { bulkOperation(id: $id) {
  status errorCode objectCount rootObjectCount fileSize url partialDataUrl } }"""
ORDERS = "{ orders { edges { node { id name lineItems { edges { node { id sku } } } } } } }"


def run(admin, query: str) -> Any:
    return admin(RUN, {"q": query})["bulkOperationRunQuery"]


def finished(admin, gid: str) -> Any:
    states = []
    for _ in range(5):
        row = admin(POLL, {"id": gid})["bulkOperation"]
        states.append(row["status"])
        if row["status"] not in ("CREATED", "RUNNING"):
            return {**row, "states": states}
    raise AssertionError(states)


def lines_of(url: str) -> list[Any]:
    return [json.loads(line) for line in requests.get(url, timeout=10).content.splitlines()]


def test_query_writes_children_on_lines_of_their_own(shop, admin):
    shop.add_product(sku="A", stock=9)
    orders = [shop.place_order([{"sku": "A"}, {"title": "Other", "price": "1.00"}])["id"] for _ in range(3)]
    started = run(admin, ORDERS)
    assert started["bulkOperation"]["status"] == "CREATED"
    done = finished(admin, started["bulkOperation"]["id"])
    assert (done["states"], done["objectCount"], done["rootObjectCount"]) == (
        ["RUNNING", "COMPLETED"],
        "9",
        "3",
    )
    rows = lines_of(done["url"])
    assert [r["id"] for r in rows if "__parentId" not in r] == orders
    assert rows[0] == {"id": orders[0], "name": "#1001"}
    assert [r["__parentId"] for r in rows if "sku" in r] == [o for o in orders for _ in range(2)]


def test_parents_are_named_though_their_id_was_not_asked_for(shop, admin):
    order = shop.place_order([{"title": "Thing", "price": "1.00"}])["id"]
    done = finished(
        admin,
        run(admin, "{ orders { nodes { name lineItems { nodes { title } } } } }")["bulkOperation"]["id"],
    )
    assert lines_of(done["url"]) == [{"name": "#1001"}, {"title": "Thing", "__parentId": order}]


def test_nothing_found_has_no_file(admin):
    done = finished(admin, run(admin, ORDERS)["bulkOperation"]["id"])
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


def test_download_goes_on_where_it_broke_off(shop, admin):
    for _ in range(20):
        shop.place_order([{"title": "Thing", "price": "1.00"}])
    url = finished(admin, run(admin, ORDERS)["bulkOperation"]["id"])["url"]
    whole = requests.get(url, timeout=10).content
    rest = requests.get(url, headers={"Range": "bytes=100-"}, timeout=10)
    assert (rest.status_code, rest.content) == (206, whole[100:])
    shop.advance(7 * 86400)
    assert requests.get(url, timeout=10).status_code == 403


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("{ shop { name } }", "must contain at least one connection"),
        ('{ nodes(ids: ["gid://shopify/Order/1"]) { id } }', "top level `node` or `nodes`"),
        (
            "{ orders { nodes { id fulfillments { fulfillmentLineItems { nodes { lineItem { product { variants { nodes { id } } } } } } } } } }",
            "nesting depth",
        ),
        ("{ orders { nodes { id nmae } } }", "doesn't exist on type 'Order'"),
    ],
)
def test_queries_that_are_refused(admin, query, text):
    (error,) = run(admin, query)["userErrors"]
    assert (error["field"], error["code"]) == (["query"], "INVALID")
    assert text in error["message"]


def test_sixth_at_once_is_refused(admin):
    for _ in range(5):
        assert run(admin, ORDERS)["userErrors"] == []
    assert run(admin, ORDERS)["userErrors"][0]["code"] == "OPERATION_IN_PROGRESS"


def test_cancelled_operation_ends_so(admin):
    gid = run(admin, ORDERS)["bulkOperation"]["id"]
    cancel = "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
    assert admin(cancel, {"id": gid})["bulkOperationCancel"]["bulkOperation"]["status"] == "CANCELING"
    assert admin(POLL, {"id": gid})["bulkOperation"]["status"] == "CANCELED"


def test_bulk_work_costs_no_points(shop, admin):
    shop.bulk_simple(400)
    shop.options.bucket = 100
    done = finished(
        admin,
        run(admin, "{ productVariants { nodes { id sku inventoryItem { id } } } }")["bulkOperation"]["id"],
    )
    assert done["objectCount"] == "400"


# Mutations.

MUTATE = """mutation($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) {
  bulkOperation { id status } userErrors { field message code } } }"""
PRICES = """mutation($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants) { product { id } userErrors { field message } } }"""
STAGE = """mutation { stagedUploadsCreate(input: [{resource: BULK_MUTATION_VARIABLES, filename: "vars.jsonl",
  mimeType: "text/jsonl", httpMethod: POST}]) { stagedTargets { url parameters { name value } } } }"""


def upload(admin, content: bytes) -> str:
    (target,) = admin(STAGE)["stagedUploadsCreate"]["stagedTargets"]
    fields: list[Any] = [(p["name"], (None, p["value"])) for p in target["parameters"]]
    fields.append(("file", ("vars.jsonl", content, "text/jsonl")))
    assert requests.post(target["url"], files=fields, timeout=10).status_code == 201
    return str(next(p["value"] for p in target["parameters"] if p["name"] == "key"))


def price_lines(rows) -> bytes:
    return b"\n".join(
        json.dumps(
            {"productId": r["id"], "variants": [{"id": r["variant_id"], "price": str(20 + n)}]}
        ).encode()
        for n, r in enumerate(rows)
    )


def test_mutation_runs_line_by_line_in_any_order(shop, admin):
    rows = shop.bulk_simple(300)
    content = price_lines(rows) + b'\n{"productId": 1}\nnot json\n'
    started = admin(MUTATE, {"m": PRICES, "p": upload(admin, content)})["bulkOperationRunMutation"]
    done = finished(admin, started["bulkOperation"]["id"])
    assert (done["status"], done["objectCount"]) == ("COMPLETED", "302")
    results = lines_of(done["url"])
    assert sorted(r["__lineNumber"] for r in results) == list(range(302))
    assert [r["__lineNumber"] for r in results] != list(range(302))
    by_line = {r["__lineNumber"]: r for r in results}
    assert by_line[0]["data"]["productVariantsBulkUpdate"]["userErrors"] == []
    assert "errors" in by_line[300]
    assert "errors" in by_line[301]
    assert shop.by_sku("SIM-00300")["price"] == "319.00"


def test_a_machine_that_dies_leaves_a_part(shop, admin):
    rows = shop.bulk_simple(10)
    path = upload(admin, price_lines(rows))
    shop.faults.add("batch_dies", path="bulkOperationRunMutation", after=4, count=1)
    started = admin(MUTATE, {"m": PRICES, "p": path})["bulkOperationRunMutation"]
    done = finished(admin, started["bulkOperation"]["id"])
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    told = [r["__lineNumber"] for r in lines_of(done["partialDataUrl"])]
    assert len(told) == 4
    assert sum(shop.by_sku(r["sku"])["price"] != "10.00" for r in rows) == 4


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (
            "mutation($q: String!) { bulkOperationRunQuery(query: $q) { userErrors { field } } }",
            "You must use an allowed mutation name.",
        ),
        ("{ shop { name } }", "You must specify a single top level mutation."),
    ],
)
def test_mutations_that_are_refused(admin, mutation, message):
    (error,) = admin(MUTATE, {"m": mutation, "p": "x"})["bulkOperationRunMutation"]["userErrors"]
    assert (error["field"], error["message"]) == (["mutation"], message)


def test_missing_upload_is_told(admin):
    (error,) = admin(MUTATE, {"m": PRICES, "p": "tmp/none"})["bulkOperationRunMutation"]["userErrors"]
    assert error["code"] == "NO_SUCH_FILE"


def test_end_is_announced(shop, admin, receiver):
    subscribe = """mutation($w: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: BULK_OPERATIONS_FINISH, webhookSubscription: $w) { userErrors { message } } }"""
    admin(subscribe, {"w": {"uri": receiver.url}})
    gid = run(admin, ORDERS)["bulkOperation"]["id"]
    shop.flush_webhooks()
    body = json.loads(receiver.got[0].body)
    assert (body["admin_graphql_api_id"], body["status"], body["type"]) == (gid, "completed", "query")
