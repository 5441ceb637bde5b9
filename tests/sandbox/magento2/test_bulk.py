from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import requests

from sandbox.magento2 import Magento2Shop
from tests.sandbox.magento2.client import Api, criteria


def send(api: Api, rows: list[Any], method: str = "PUT", path: str = "/products/bySku") -> requests.Response:
    return api(method, path, rows, mode="async/bulk")


def follow(api: Api, uuid: str, kind: str = "status") -> Any:
    return api.get(f"/bulk/{uuid}/{kind}").json()


def source_row(sku: str) -> dict[str, Any]:
    return {"sourceItems": [{"sku": sku, "source_code": "default", "quantity": 8, "status": 1}]}


@pytest.fixture
def stocked(shop: Magento2Shop) -> Magento2Shop:
    shop.bulk_simple(3)
    return shop


def test_accepted_at_once_done_by_the_consumer(stocked: Magento2Shop, api: Api) -> None:
    stocked.options.consumer_delay = None
    rows = [{"sku": f"SIM-0000{n}", "product": {"status": 2}} for n in (1, 2)]
    answer = send(api, rows)
    assert answer.status_code == 202
    body = answer.json()
    digest = hashlib.sha256(json.dumps(rows[0], separators=(",", ":")).encode()).hexdigest()
    assert body["request_items"][0] == {"id": 0, "data_hash": digest, "status": "accepted"}
    assert (body["errors"], len(body["request_items"])) == (False, 2)
    shown = follow(api, body["bulk_uuid"])
    assert [o["status"] for o in shown["operations_list"]] == [4, 4]
    assert (shown["operation_count"], shown["bulk_id"]) == (2, body["bulk_uuid"])
    assert shown["description"].endswith("productrepositoryinterface.save.put")
    assert stocked.by_sku("SIM-00001")["status"] == 1  # type: ignore[index]
    assert stocked.run_consumers() == 2
    done = follow(api, body["bulk_uuid"])["operations_list"]
    assert done[0] == {
        "id": 0,
        "status": 1,
        "result_message": "Service execution success",
        "error_code": None,
    }
    assert api.get("/products/SIM-00001").json()["status"] == 2
    assert stocked.counters.calls("PUT /async/bulk/V1/products/bySku") == 1
    assert stocked.counters.batch_total("/async/bulk/V1/products/bySku*") == 2


def test_failures_are_told_operation_by_operation(stocked: Magento2Shop, api: Api) -> None:
    rows: list[Any] = [
        {"product": {"sku": "NEW", "name": "New", "attribute_set_id": 4, "price": 1, "type_id": "simple"}},
        {"product": {"sku": "BAD"}},
    ]
    uuid = send(api, rows, "POST", "/products").json()["bulk_uuid"]
    operations = follow(api, uuid)["operations_list"]
    assert [o["status"] for o in operations] == [1, 3]
    assert (
        operations[1]["result_message"]
        == 'The "Product Name" attribute value is empty. Set the attribute and try again.'
    )
    detailed = follow(api, uuid, "detailed-status")["operations_list"]
    assert json.loads(json.loads(detailed[1]["serialized_data"])["meta_information"])["product"] == {
        "sku": "BAD"
    }
    assert [follow(api, uuid, f"operation-status/{n}") for n in (1, 3, 4)] == [1, 1, 0]


def test_a_deadlock_may_be_sent_again(stocked: Magento2Shop, api: Api) -> None:
    text = "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock"
    stocked.faults.add("batch_fail", path="consumer", count=1, message=text)
    uuid = send(api, [source_row("SIM-00001")], "POST", "/inventory/source-items").json()["bulk_uuid"]
    operation = follow(api, uuid)["operations_list"][0]
    assert (operation["status"], operation["result_message"]) == (2, text)
    uuid = send(api, [source_row("SIM-00001")], "POST", "/inventory/source-items").json()["bulk_uuid"]
    assert follow(api, uuid)["operations_list"][0]["status"] == 1


def test_an_unknown_sku_succeeds_and_leaves_a_phantom(stocked: Magento2Shop, api: Api) -> None:
    uuid = send(api, [source_row("GHOST")], "POST", "/inventory/source-items").json()["bulk_uuid"]
    operation = follow(api, uuid)["operations_list"][0]
    assert (operation["status"], operation["result_message"]) == (1, "Service execution success")
    assert stocked.phantoms() == ["GHOST"]


def test_price_rows_that_fail_are_a_success_with_a_result(stocked: Magento2Shop, api: Api) -> None:
    rows = [{"prices": [{"sku": "NONE", "store_id": 0, "price": 1}]}]
    uuid = send(api, rows, "POST", "/products/base-prices").json()["bulk_uuid"]
    row = follow(api, uuid, "detailed-status")["operations_list"][0]
    assert row["status"] == 1
    assert json.loads(row["result_serialized_data"])[0]["parameters"] == ["SKU", "NONE"]


def test_a_missing_path_parameter_is_rejected_and_a_wrong_type_fails_all(
    stocked: Magento2Shop, api: Api
) -> None:
    rows: list[Any] = [{"product": {"status": 2}}, {"sku": "SIM-00002", "product": {"status": 2}}]
    body = send(api, rows).json()
    assert [i["status"] for i in body["request_items"]] == ["rejected", "accepted"]
    assert body["errors"] is True
    assert [o["status"] for o in follow(api, body["bulk_uuid"])["operations_list"]] == [5, 1]
    assert send(api, ["SIM-00001"]).status_code == 400
    bad = send(
        api,
        [{"sku": "SIM-00001", "product": {"price": 1}}, {"sku": "SIM-00002", "product": {"price": "cheap"}}],
    )
    assert (bad.status_code, bad.json()["parameters"]) == (400, ["cheap", "float"])
    assert stocked.price_of("SIM-00001") == 10
    assert send(api, []).status_code == 400
    assert api("GET", "/products/bySku", mode="async/bulk").status_code == 404


def test_one_at_a_time_is_answered_alike(stocked: Magento2Shop, api: Api) -> None:
    answer = api("PUT", "/products/SIM-00001", {"product": {"status": 2}}, mode="async")
    assert (answer.status_code, len(answer.json()["request_items"])) == (202, 1)
    assert follow(api, answer.json()["bulk_uuid"])["operations_list"][0]["status"] == 1
    assert stocked.counters.calls("PUT /async/V1/products/:sku") == 1


def test_unknown_bulks_and_the_list(stocked: Magento2Shop, api: Api) -> None:
    lost = api.get("/bulk/no-such/status")
    assert lost.status_code == 404
    assert lost.json() == {"message": "Bulk uuid %bulkUuid not exist", "parameters": {"bulkUuid": "no-such"}}
    uuid = send(api, [{"sku": "SIM-00001", "product": {"status": 2}}]).json()["bulk_uuid"]
    found = api.get("/bulk", criteria(("bulk_uuid", "eq", uuid))).json()
    assert [(row["bulk_uuid"], row["status"]) for row in found["items"]] == [(uuid, 1)]


def test_a_stuck_consumer_gives_up_after_half_a_day_and_rows_go_after_60(
    stocked: Magento2Shop, api: Api
) -> None:
    stocked.options.consumer_delay = None
    uuid = send(api, [{"sku": "SIM-00001", "product": {"status": 2}}]).json()["bulk_uuid"]
    stocked.advance(43_199)
    assert follow(api, uuid)["operations_list"][0]["status"] == 4
    stocked.advance(2)
    assert follow(api, uuid)["operations_list"][0]["status"] == 3
    stocked.advance(60 * 86_400)
    assert api.get(f"/bulk/{uuid}/status").status_code == 404


def test_a_slow_consumer_and_a_lying_status(stocked: Magento2Shop, api: Api) -> None:
    stocked.options.consumer_polls = 2
    stocked.options.bulk_lies = True
    uuid = send(api, [{"sku": "SIM-00001", "product": {"status": 2}}]).json()["bulk_uuid"]
    seen = [follow(api, uuid)["operations_list"][0]["status"] for _ in range(3)]
    assert seen == [3, 4, 1]


def test_operations_above_64_kilobytes_never_work(stocked: Magento2Shop, api: Api) -> None:
    rows = [
        {
            "sku": "SIM-00001",
            "product": {"custom_attributes": [{"attribute_code": "description", "value": "x" * 70_000}]},
        }
    ]
    uuid = send(api, rows).json()["bulk_uuid"]
    assert follow(api, uuid)["operations_list"][0]["status"] == 3


def test_several_consumers_keep_no_order(stocked: Magento2Shop, api: Api) -> None:
    stocked.options.bulk_shuffles = True
    rows = [{"sku": "SIM-00001", "product": {"name": f"Name {n}"}} for n in range(20)]
    uuid = send(api, rows).json()["bulk_uuid"]
    assert {o["status"] for o in follow(api, uuid)["operations_list"]} == {1}
    assert api.get("/products/SIM-00001").json()["name"] != "Name 19"


def test_bulk_has_a_limit_of_its_own(stocked: Magento2Shop, api: Api) -> None:
    stocked.options.input_limits = True
    rows = [{"sku": "SIM-00001", "product": {"status": 1}} for _ in range(30)]
    assert send(api, rows).status_code == 202
    stocked.options.async_array_limit = 25
    assert send(api, rows).json()["parameters"]["max"] == 25
