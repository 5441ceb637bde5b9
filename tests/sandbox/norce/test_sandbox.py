"""The sandbox against the fact sheet: signing in, jobs and their log, headers, full files, OData, orders, events."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sandbox.norce import NorceShop
from tests.sandbox.norce.client import Caller

D = Decimal
ONHANDS, PRICES, PRODUCTS = "Product/ImportOnhands", "Product/ImportSkuPriceLists", "Product/ImportProducts"


def row(sku: str, value: int, warehouse: str = "RUH") -> dict[str, Any]:
    return {"PartNo": sku, "WarehouseCode": warehouse, "LocationCode": warehouse, "OnhandValue": value}


# ---------------------------------------------------------------- signing in


def test_token_has_the_fields_of_the_sheet_and_lapses_after_an_hour(shop: NorceShop) -> None:
    caller = Caller(shop)
    caller.sign_in()
    assert caller.query("Products/ProductSkus")[0] == 200
    shop.advance(3601)

    assert caller.query("Products/ProductSkus")[0] == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "no"}, "invalid_client"),
        ({"client_id": "no"}, "invalid_client"),
        ({"scope": "moon"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_identity_refuses_by_name(shop: NorceShop, changes: dict[str, str], error: str) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": shop.key,
        "client_secret": shop.secret,
        "scope": "playground",
    }

    assert Caller(shop).token({**form, **changes}) == (400, {"error": error})


def test_identity_answers_429_above_twenty_at_once(shop: NorceShop) -> None:
    caller = Caller(shop)

    assert [caller.token({})[0] for _ in range(21)] == [400] * 20 + [429]


def test_query_needs_the_application_and_the_right(shop: NorceShop, caller: Caller) -> None:
    caller.headers["application-id"] = "1"
    assert caller.query("Products/ProductSkus")[0] == 403
    caller.headers.pop("Authorization")
    assert caller.query("Products/ProductSkus")[0] == 401


# ---------------------------------------------------------------- jobs


def test_import_is_accepted_then_done(shop: NorceShop, caller: Caller) -> None:
    shop.options.job_seconds = 30
    shop.add_product("TSH-BLK-M", stock_quantity=1)
    rows = [row("TSH-BLK-M", 14), row("CAP-RED", 0)]
    status, told = caller.post_import(ONHANDS, rows, AccountId=4713, SkuOnhandFieldsThatAreSet=[3])

    assert status == 200
    assert told == {
        "StatusCode": "OK",
        "Description": "Queued",
        "JobId": "778120",
        "ValidationSummary": {"NrOfItemsInTotal": 2, "NrOfValidationFailures": 0, "Messages": []},
    }
    assert caller.job("778120")["StatusId"] in (1, 6)
    assert shop.stock_of("TSH-BLK-M") == 1
    shop.advance(30)
    job = caller.job("778120")
    assert (job["StatusId"], job["IsFinished"], job["Totals"], job["Updates"], job["Fail"]) == (
        2,
        True,
        2,
        1,
        1,
    )
    assert job["RunTime"] == "00:00:30"
    (entry,) = caller.log("778120")
    assert (entry["SeverityId"], entry["Message"]) == (2, "PartNo not found")
    assert json.loads(entry["ImportedRow"])["PartNo"] == "CAP-RED"
    assert shop.stock_of("TSH-BLK-M") == 14


def test_jobs_wait_for_each_other(shop: NorceShop, caller: Caller) -> None:
    shop.options.job_seconds = 10
    shop.add_product("A", stock_quantity=0)
    for value in (1, 2, 3):
        caller.post_import(ONHANDS, [row("A", value)], SkuOnhandFieldsThatAreSet=[3])
    seen = []
    for _ in range(3):
        shop.advance(10)
        seen.append(int(shop.stock_of("A")))

    assert seen == [1, 2, 3]
    assert shop.most_at_once(ONHANDS) == 3


def test_file_with_a_row_without_its_key_is_not_taken(shop: NorceShop, caller: Caller) -> None:
    bad = {"PartNo": "A", "OnhandValue": 3}
    status, told = caller.post_import(ONHANDS, [bad], SkuOnhandFieldsThatAreSet=[3])

    assert (status, told["StatusCode"], told["JobId"]) == (200, "Failed", None)
    assert told["ValidationSummary"]["NrOfValidationFailures"] == 2
    assert shop.jobs == []


def test_only_listed_fields_are_read_and_empty_ones_are_emptied(shop: NorceShop, caller: Caller) -> None:
    shop.add_product("A", EanCode="111", ActualWeight=2)
    body = [
        {
            "ManufacturerCode": "ACME",
            "Variants": [{"ManufacturerPartNo": "A", "Skus": [{"PartNo": "A", "Status": 5}]}],
        }
    ]
    lists = {"ProductFieldsThatAreSet": [4], "VariantFieldsThatAreSet": [5]}
    caller.post_import(PRODUCTS, body, **lists, SkuFieldsThatAreSet=[5])
    caller.job("778120")

    sku = shop.by_sku("A")
    assert (sku["EanCode"], sku["ActualWeight"], sku["Status"]) == (None, 2, 1)


def test_prices_of_nothing_are_ignored_and_inactive_ones_are_gone(shop: NorceShop, caller: Caller) -> None:
    shop.add_product("A", price="10.00")
    base = {"PartNo": "A", "PriceListCode": "B2C", "QuantityBreak": 1}
    caller.post_import(PRICES, [{**base, "PriceSale": 0}], SkuPriceListFieldsThatAreSet=[3])
    assert shop.price_of("A") == 10
    caller.post_import(PRICES, [{**base, "IsActive": False}], SkuPriceListFieldsThatAreSet=[10])
    assert shop.price_of("A") is None


def test_full_file_of_stock_reaches_its_own_warehouses_alone(shop: NorceShop, caller: Caller) -> None:
    shop.add_warehouse("JED")
    for sku in ("A", "B"):
        shop.add_product(sku)
        shop.store.set_on_hand(sku, 9, "JED")
    caller.post_import(ONHANDS, [row("A", 1)], FullFile=True, SkuOnhandFieldsThatAreSet=[3])

    assert [shop.stock_of(sku, place) for sku in "AB" for place in ("RUH", "JED")] == [1, 9, 0, 9]


def test_price_list_is_made_with_its_warehouses(shop: NorceShop, caller: Caller) -> None:
    body = {
        "Code": "B2B",
        "Name": "B2B",
        "CurrencyCode": "EUR",
        "Warehouses": [{"Code": "LON", "Locations": [{"Code": "L1"}]}],
    }
    caller.post_import("Product/ImportPriceLists", [body], PriceListFieldsThatAreSet=[0, 1, 7])
    caller.job("778120")

    assert shop.store.price_lists["B2B"]["CurrencyCode"] == "EUR"
    assert shop.store.warehouses["LON"]["Locations"] == ["L1"]


def test_customers_are_matched_by_code_then_by_mail(shop: NorceShop, caller: Caller) -> None:
    fields = [2, 3, 6, 8]
    body = {"Code": "C-1", "EmailAddress": "a@x.test", "FirstName": "Anna", "LastName": "Berg"}
    caller.post_import("Customer/ImportCustomers", [body], CustomerFieldsThatAreSet=fields)
    other = {**body, "Code": "C-2", "FirstName": "Anne"}
    caller.post_import("Customer/ImportCustomers", [other, {"Code": "C-3"}], CustomerFieldsThatAreSet=fields)

    assert caller.job("778121")["Updates"] == 1
    assert {code: row["FirstName"] for code, row in shop.store.customers.items()} == {"C-1": "Anne"}
    assert caller.log("778121")[0]["SeverityId"] == 3


# ---------------------------------------------------------------- Query


def test_pages_of_five_hundred_with_a_link(shop: NorceShop, caller: Caller) -> None:
    shop.bulk_simple(501)
    _, first = caller.query("Products/ProductSkus", count="true", select="PartNo", orderby="PartNo")
    _, second = caller.get(first["@odata.nextLink"].removeprefix(shop.url))

    assert (first["@odata.count"], len(first["value"])) == (501, 500)
    assert second["value"] == [{"PartNo": "BULK-00501"}] and "@odata.nextLink" not in second


def test_filter_expand_and_key(shop: NorceShop, caller: Caller) -> None:
    shop.add_product("O'NEIL-1", price="140.00")
    shop.add_product("B", price="5.00")
    _, one = caller.query(
        "Products/ProductSkus('O''NEIL-1')", expand="PriceLists($filter=IsActive eq true;$select=PriceSale)"
    )
    assert one["PriceLists"] == [{"PriceSale": 140}]
    asked = (
        "PriceListId eq 12 and IsActive eq true and (PartNo eq 'B' or PriceSale gt 139.5) and QtyBreak eq 1"
    )
    _, rows = caller.query("Products/ProductSkuPriceLists", filter=asked, select="PartNo")
    assert [found["PartNo"] for found in rows["value"]] == ["O'NEIL-1", "B"]


@pytest.mark.parametrize(
    "params", [{"filter": "Nope eq 1"}, {"filter": "PartNo eq"}, {"expand": "Nope"}, {"select": "Nope"}]
)
def test_bad_query_is_400_with_an_odata_error(
    shop: NorceShop, caller: Caller, params: dict[str, str]
) -> None:
    shop.add_product("A")
    status, body = caller.query("Products/ProductSkus", **params)

    assert status == 400
    assert set(body["error"]) == {"code", "message"}


def test_unknown_set_is_404_and_writing_is_405(shop: NorceShop, caller: Caller) -> None:
    assert caller.query("Products/Nothing")[0] == 404
    assert caller._send("POST", "/commerce/query/2.0/Products/ProductSkus", b"{}", caller.headers)[0] == 405


# ---------------------------------------------------------------- orders


def test_order_of_the_sheet_sums_up(shop: NorceShop) -> None:
    shop.options.vat = "25"
    shop.add_product("TSH-BLK-M", price="100.00")
    order = shop.place_order([{"sku": "TSH-BLK-M", "quantity": 2}], freight="49.00")

    assert order["Payments"][0]["Amount"] == D("311.25")
    assert [(item["UnitPrice"], item["UnitVat"], item["TypeGroup"]) for item in order["Items"]] == [
        (D(100), D(25), "Physical"),
        (D(49), D("12.25"), "Fee"),
    ]


def test_calls_back_want_the_reference_as_a_number(shop: NorceShop, caller: Caller) -> None:
    shop.add_product("A")
    reference = shop.buy("A")["ClientOrderRef"]
    _, text = caller.post_order("SendOrderStatus", {"ClientOrderRef": reference, "OrderStatus": "Confirmed"})
    _, number = caller.post_order("SendOrderStatus", {"ClientOrderRef": int(reference), "OrderStatus": 2})

    assert (text["StatusCode"], number["StatusCode"]) == ("Failed", "OK")
    assert shop.status_of(reference) == "Confirmed"


def test_invoice_without_last_mark_closes_and_captures(shop: NorceShop, caller: Caller) -> None:
    shop.add_product("A", price="10.00")
    reference = shop.buy("A")["ClientOrderRef"]
    body = {
        "InvoiceNo": "I1",
        "ClientOrderRef": int(reference),
        "TotalAmount": 11.5,
        "Items": [{"LineNo": 1}],
    }
    part = {**body, "InvoiceNo": "I0", "IsLastInvoiceForOrder": False, "SuppressPspCall": True}
    caller.post_order("CreateInvoice", part)
    assert (shop.status_of(reference), shop.captured_of(reference)) == ("Created", D(0))
    caller.post_order("CreateInvoice", body)
    assert (shop.status_of(reference), shop.captured_of(reference)) == ("Invoiced", D("11.5"))
    assert caller.post_order("CreateInvoice", body)[1]["StatusCode"] == "Failed"


# ---------------------------------------------------------------- events and the receiver


class Erp:
    """An order receiver that fails at first."""

    def __init__(self, answers: list[bytes]) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        erp = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                erp.seen.append(({k.lower(): v for k, v in self.headers.items()}, body))
                told = answers.pop(0) if answers else b""
                self.send_response(200 if told else 503)
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/erp"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()


def test_order_is_handed_over_until_the_receiver_says_ok(shop: NorceShop) -> None:
    taken = b'{"StatusCode":"OK","HasErpOrderNo":true,"ErpOrderNo":"SO-1"}'
    erp = Erp([b"", b'{"StatusCode":"Failed"}', taken])
    shop.set_receiver(erp.url, "norce-erp", "Order!Recv-2026")
    shop.add_product("A")
    reference = shop.buy("A")["ClientOrderRef"]
    for _ in range(5):
        shop.flush_webhooks()
        shop.advance(60)
    erp.server.shutdown()
    erp.server.server_close()

    assert [row["tries"] for row in shop.deliveries] == [1, 2, 2]
    assert erp.seen[0][0]["authorization"] == "Basic bm9yY2UtZXJwOk9yZGVyIVJlY3YtMjAyNg=="
    assert json.loads(erp.seen[2][1])["ClientOrderRef"] == reference
    assert shop.order(reference)["ErpOrderNo"] == "SO-1"


def test_event_of_the_sheet_is_ids_only_with_its_own_digest(shop: NorceShop) -> None:
    erp = Erp([b"ok"])
    shop.announce("JobCompletedEvent", JobId=1, StatusId=2)  # it is OFF: nothing is collected
    shop.subscribe("JobCompletedEvent", erp.url, X_Hub_Token="n0rce-static-9c41")
    shop.announce("JobCompletedEvent", JobId=778120, StatusId=2)
    (sent,) = shop.flush_webhooks()
    erp.server.shutdown()
    erp.server.server_close()
    headers, body = erp.seen[0]

    assert body == b'{"ClientId":1042,"ApplicationId":1588,"JobId":778120,"StatusId":2}'
    assert sent["sha256"] == "bcf2c7621006cee6443bdd14cf74672df75314d426e27ea96e2d33a4e30e7175"
    assert (headers["x-norce-event-type"], headers["x-hub-token"]) == (
        "JobCompletedEvent",
        "n0rce-static-9c41",
    )


def test_failed_event_is_tried_sixteen_times_more_and_dropped(shop: NorceShop) -> None:
    shop.subscribe("JobCompletedEvent", f"{shop.url}/nowhere")
    shop.announce("JobCompletedEvent", JobId=1, StatusId=2)
    for _ in range(30):
        shop.flush_webhooks()
        shop.advance(21_600)

    assert len(shop.deliveries) == 17 and shop.app.queue.waiting == 0


# ---------------------------------------------------------------- the demo and the file


def test_demo_has_each_kind_and_survives_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "norce.state")
    with NorceShop("demo", items=40, orders=60, webhook_delay=None, state_file=file) as shop:
        marks = {tag for tags in shop.store.demo_tags.values() for tag in tags}
        amounts = {ref: order["Payments"] for ref, order in shop.store.orders.items()}
    with NorceShop(webhook_delay=None, state_file=file) as again:
        assert {ref: order["Payments"] for ref, order in again.store.orders.items()} == amounts
        assert (len(again.store.skus), len(amounts)) == (40, 60)

    assert {"unknown_sku", "unmapped_payment", "bundle", "b2b", "template", "zero_rate", "guest"} <= marks
