"""Inventory: chapter 6 of the fact sheet."""

from __future__ import annotations

import pytest

from tests.sandbox.shopify.client import Admin

SET = """mutation Stock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta item { id } location { id } } }
    userErrors { field message code } } }"""


def row(shop, sku: str, quantity: int, believed: int | None = None, location: str = "") -> dict[str, object]:
    place = next(g for g, r in shop.store.tables["Location"].items() if location in ("", r["_code"]))
    item = shop.by_sku(sku)["_item"]
    return {
        "inventoryItemId": item,
        "locationId": place,
        "quantity": quantity,
        "changeFromQuantity": believed,
    }


def given(*rows, name: str = "available", **extra):
    return {"name": name, "reason": "correction", "quantities": list(rows), **extra}


def put(admin: Admin, key: str, *rows, **extra):
    return admin(SET, {"key": key, "input": given(*rows, **extra)})["inventorySetQuantities"]


def codes(answer) -> list[str]:
    return [e["code"] for e in answer["userErrors"]]


def test_setting_available_tells_both_changes(shop, admin):
    shop.add_product(sku="A", stock=14)
    group = put(admin, "k1", row(shop, "A", 12, 14))["inventoryAdjustmentGroup"]
    assert [(c["name"], c["delta"]) for c in group["changes"]] == [("available", -2), ("on_hand", -2)]
    assert shop.stock_of("A") == 12


def test_on_hand_leaves_committed_units_alone(shop, admin):
    shop.add_product(sku="A", stock=10)
    shop.buy("A", 3)
    assert shop.stock_of("A") == 7
    put(admin, "k1", row(shop, "A", 20), name="on_hand")
    assert shop.stock_of("A") == 17


def test_stale_belief_refuses_the_whole_call(shop, admin):
    shop.add_product(sku="A", stock=5)
    shop.add_product(sku="B", stock=5)
    answer = put(admin, "k1", row(shop, "A", 1, 5), row(shop, "B", 1, 4))
    assert answer["inventoryAdjustmentGroup"] is None
    assert answer["userErrors"] == [
        {
            "field": ["input", "quantities", "1", "changeFromQuantity"],
            "message": "The changeFromQuantity value does not match persisted value.",
            "code": "CHANGE_FROM_QUANTITY_STALE",
        }
    ]
    assert (shop.stock_of("A"), shop.stock_of("B")) == (5, 5)


def test_null_skips_the_check_and_leaving_it_out_is_an_error(shop, admin):
    shop.add_product(sku="A", stock=5)
    assert codes(put(admin, "k1", row(shop, "A", 9, None))) == []
    bare = row(shop, "A", 8)
    del bare["changeFromQuantity"]
    (error,) = admin.errors(SET, {"key": "k2", "input": given(bare)})
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"


def test_without_the_directive_nothing_is_done(shop, admin):
    shop.add_product(sku="A", stock=5)
    bare = "mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) { userErrors { code } } }"
    (error,) = admin.errors(bare, {"i": given(row(shop, "A", 1))})
    assert error["message"] == "The @idempotent directive is required for this mutation but was not provided."
    assert (error["extensions"]["code"], error["path"]) == ("BAD_REQUEST", ["inventorySetQuantities"])
    assert shop.stock_of("A") == 5


def test_the_old_field_is_an_invalid_variable(shop, admin):
    shop.add_product(sku="A", stock=5)
    (error,) = admin.errors(SET, {"key": "k", "input": given({**row(shop, "A", 1), "compareQuantity": 5})})
    assert error["extensions"]["code"] == "INVALID_VARIABLE"


def test_a_key_answers_again_once_done(shop, admin):
    shop.add_product(sku="A", stock=5)
    first = put(admin, "same", row(shop, "A", 9, 5))
    assert put(admin, "same", row(shop, "A", 9, 5)) == first
    assert codes(put(admin, "same", row(shop, "A", 8, 9))) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert shop.stock_of("A") == 9


def test_a_failed_key_is_spent_and_forgotten_after_a_day(shop, admin):
    shop.add_product(sku="A", stock=5)
    assert codes(put(admin, "k", row(shop, "A", 9, 4))) == ["CHANGE_FROM_QUANTITY_STALE"]
    assert codes(put(admin, "k", row(shop, "A", 9, 4))) == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    shop.advance(86400)
    assert codes(put(admin, "k", row(shop, "A", 9, 5))) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inventoryItemId": "gid://shopify/InventoryItem/9"}, "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/9"}, "INVALID_LOCATION"),
        ({"quantity": 1_000_000_001}, "INVALID_QUANTITY_TOO_HIGH"),
        ({"quantity": -1_000_000_001}, "INVALID_QUANTITY_TOO_LOW"),
    ],
)
def test_bad_rows_are_named(shop, admin, change, code):
    shop.add_product(sku="A", stock=5)
    answer = put(admin, "k", {**row(shop, "A", 1), **change})
    assert codes(answer) == [code]
    assert answer["userErrors"][0]["field"] == ["input", "quantities", "0", next(iter(change))]


def test_heads_are_checked(shop, admin):
    shop.add_product(sku="A", stock=5)
    answer = admin(
        SET, {"key": "k", "input": {**given(row(shop, "A", 1), name="committed"), "reason": "whim"}}
    )
    assert codes(answer["inventorySetQuantities"]) == ["INVALID_NAME", "INVALID_REASON"]
    answer = put(admin, "l", row(shop, "A", -1), name="on_hand")
    assert codes(answer) == ["INVALID_QUANTITY_NEGATIVE"]
    assert codes(put(admin, "m", row(shop, "A", 1), row(shop, "A", 2))) == [
        "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
    ]


def test_available_may_go_negative(shop, admin):
    shop.add_product(sku="A", stock=5)
    assert codes(put(admin, "k", row(shop, "A", -3, 5))) == []
    assert shop.stock_of("A") == -3


def test_250_rows_over_locations_in_one_call(shop, admin):
    shop.bulk_simple(125)
    rows = [row(shop, f"SIM-{n:05d}", n, None, code) for n in range(1, 126) for code in ("RUH", "JED")]
    assert codes(put(admin, "k", *rows)) == []
    assert shop.stock_of("SIM-00125") == 250
    assert shop.counters.calls("POST /graphql/inventorySetQuantities") == 1
    assert shop.counters.batch_total() == 250
    (error,) = admin.errors(SET, {"key": "l", "input": given(*rows, row(shop, "SIM-00001", 1))})
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


def test_never_stocked_location_depends_on_the_version(shop, admin):
    shop.add_product(sku="A", stock={"RUH": 5})
    old = admin.post(
        SET, {"key": "k", "input": given(row(shop, "A", 3, None, "JED"))}, version="2026-07"
    ).json()
    assert codes(old["data"]["inventorySetQuantities"]) == ["ITEM_NOT_STOCKED_AT_LOCATION"]
    assert codes(put(admin, "l", row(shop, "A", 3, None, "JED"))) == []
    assert shop.by_sku("A")["stock"] == {"Riyadh warehouse": 5, "Jeddah warehouse": 3}


def test_bundles_have_derived_stock_that_nobody_sets(shop, admin):
    shop.add_product(sku="A", stock=10)
    shop.add_product(sku="B", stock=3)
    shop.add_bundle("SET", {"A": 2, "B": 1})
    assert shop.stock_of("SET") == 3
    assert codes(put(admin, "k", row(shop, "SET", 9))) == ["NON_MUTABLE_INVENTORY_ITEM"]
    shop.buy("SET", 2)
    assert (shop.stock_of("A"), shop.stock_of("B"), shop.stock_of("SET")) == (6, 1, 1)


def test_adjusting_adds_and_wants_documents_for_other_names(shop, admin):
    shop.add_product(sku="A", stock=5)
    adjust = """mutation($i: InventoryAdjustQuantitiesInput!, $k: String!) {
      inventoryAdjustQuantities(input: $i) @idempotent(key: $k) { userErrors { field code } } }"""
    change = {k: v for k, v in row(shop, "A", 0, 5).items() if k != "quantity"} | {"delta": 4}
    plain = {"name": "available", "reason": "received", "changes": [change]}
    assert admin(adjust, {"i": plain, "k": "1"})["inventoryAdjustQuantities"]["userErrors"] == []
    assert shop.stock_of("A") == 9
    answer = admin(adjust, {"i": {**plain, "name": "damaged"}, "k": "2"})["inventoryAdjustQuantities"]
    assert codes_of(answer) == ["INVALID_QUANTITY_DOCUMENT"]
    stale = admin(adjust, {"i": plain, "k": "3"})["inventoryAdjustQuantities"]
    assert codes_of(stale) == ["CHANGE_FROM_QUANTITY_STALE"]


def codes_of(answer) -> list[str]:
    return [e["code"] for e in answer["userErrors"]]


def test_activation_stocks_and_deactivation_keeps_quantities(shop, admin):
    shop.add_product(sku="A", stock={"RUH": 5})
    ids = row(shop, "A", 0, None, "JED")
    activate = """mutation($i: ID!, $l: ID!, $k: String!) {
      inventoryActivate(inventoryItemId: $i, locationId: $l, available: 7) @idempotent(key: $k) {
        inventoryLevel { id quantities(names: ["available"]) { quantity } } userErrors { message } } }"""
    made = admin(activate, {"i": ids["inventoryItemId"], "l": ids["locationId"], "k": "1"})[
        "inventoryActivate"
    ]
    assert made["inventoryLevel"]["quantities"] == [{"quantity": 7}]
    off = "mutation($id: ID!) { inventoryDeactivate(inventoryLevelId: $id) { userErrors { message } } }"
    admin(off, {"id": made["inventoryLevel"]["id"]})
    assert shop.by_sku("A")["stock"] == {"Riyadh warehouse": 5}
    read = 'query($i: ID!) { inventoryItem(id: $i) { inventoryLevels(first: 5, includeInactive: true) { nodes { isActive quantities(names: ["available"]) { quantity } } } } }'
    levels = admin(read, {"i": ids["inventoryItemId"]})["inventoryItem"]["inventoryLevels"]["nodes"]
    assert levels[1] == {"isActive": False, "quantities": [{"quantity": 7}]}


def test_fault_refuses_named_rows(shop, admin):
    shop.bulk_simple(2)
    shop.faults.add("batch_fail", path="inventorySetQuantities", skus=["SIM-00002"])
    answer = put(admin, "k", row(shop, "SIM-00001", 1), row(shop, "SIM-00002", 1))
    assert answer["userErrors"][0]["field"] == ["input", "quantities", "1", "inventoryItemId"]
    assert codes(put(admin, "l", row(shop, "SIM-00001", 1))) == []
