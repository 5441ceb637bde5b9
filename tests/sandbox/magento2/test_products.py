from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.magento2 import Magento2Shop
from tests.sandbox.magento2.client import Api, criteria

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()


def body(sku: str = "SHIRT-RED-M", **changes: Any) -> dict[str, Any]:
    row = {
        "sku": sku,
        "name": f"Product {sku}",
        "attribute_set_id": 4,
        "price": 25,
        "status": 1,
        "visibility": 1,
        "type_id": "simple",
        "weight": 0.3,
        "extension_attributes": {"website_ids": [1], "category_links": [{"position": 0, "category_id": "2"}]},
        "custom_attributes": [
            {"attribute_code": "url_key", "value": sku.lower()},
            {"attribute_code": "tax_class_id", "value": "2"},
        ],
        **changes,
    }
    return {"product": row}


def attribute(product: dict[str, Any], code: str) -> Any:
    return next((a["value"] for a in product["custom_attributes"] if a["attribute_code"] == code), None)


def test_post_is_an_upsert_by_sku(shop: Magento2Shop, api: Api) -> None:
    made = api.post("/products", body())
    assert made.status_code == 200
    product = made.json()
    assert (product["id"], product["price"], product["weight"]) == (1, 25, 0.3)
    assert product["extension_attributes"] == {
        "website_ids": [1],
        "category_links": [{"position": 0, "category_id": "2"}],
    }
    assert attribute(product, "category_ids") == ["2"]
    shop.advance(5)
    again = api.post("/products", {"product": {"sku": "shirt-red-m", "price": 26}}).json()
    assert (again["id"], again["sku"], again["price"], again["name"]) == (
        1,
        "SHIRT-RED-M",
        26,
        "Product SHIRT-RED-M",
    )
    assert again["updated_at"] > product["updated_at"]
    assert shop.stock_of("SHIRT-RED-M") == 0


@pytest.mark.parametrize(
    ("missing", "named"),
    [("name", "Product Name"), ("price", "Price"), ("attribute_set_id", None), ("sku", "SKU")],
)
def test_what_is_needed_at_creation_is_named(api: Api, missing: str, named: str | None) -> None:
    row = body()
    del row["product"][missing]
    answer = api.post("/products", row)
    assert answer.status_code == 400
    if named:
        assert answer.json() == {
            "message": 'The "%1" attribute value is empty. Set the attribute and try again.',
            "parameters": [named],
        }


def test_wrong_bodies(shop: Magento2Shop, api: Api) -> None:
    assert api.post("/products", {}).json()["parameters"] == {"fieldName": "product"}
    unknown = api.post("/products", body(qty=5))
    assert (unknown.status_code, 'Property "Qty"' in unknown.json()["message"]) == (400, True)
    broken = api("POST", "/products", data=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()) == (400, {"message": "Decoding error."})
    plain = api("POST", "/products", data=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 400
    assert api.get("/modules", headers={"Accept": "text/html"}).status_code == 406
    assert api("PATCH", "/products/X", {}).status_code == 405
    assert api.get("/nothing").json() == {"message": "Request does not match any route."}
    typed = api.post("/products", body(price="cheap"))
    assert (typed.status_code, typed.json()["parameters"]) == (400, ["cheap", "float"])


def test_put_renames_nothing_and_unknown_ones_are_404(shop: Magento2Shop, api: Api) -> None:
    api.post("/products", body())
    put = api.put("/products/SHIRT-RED-M", {"product": {"sku": "OTHER", "status": 2}}).json()
    assert (put["sku"], put["status"]) == ("SHIRT-RED-M", 2)
    lost = api.get("/products/OTHER")
    assert lost.status_code == 404
    assert (
        lost.json()["message"]
        == "The product that was requested doesn't exist. Verify the product and try again."
    )
    assert api.delete("/products/SHIRT-RED-M").json() is True
    assert api.delete("/products/SHIRT-RED-M").status_code == 404
    assert shop.phantoms() == ["SHIRT-RED-M"]


def test_empty_lists_empty_and_absent_keys_leave_alone(shop: Magento2Shop, api: Api) -> None:
    api.post("/products", body())
    shop.set_tier("SHIRT-RED-M", "20.00")
    api.post("/products/SHIRT-RED-M/media", picture())
    kept = api.put("/products/SHIRT-RED-M", {"product": {"name": "Shirt"}}).json()
    assert (len(kept["tier_prices"]), len(kept["media_gallery_entries"])) == (1, 1)
    empty = {"tier_prices": [], "media_gallery_entries": [], "extension_attributes": {"category_links": []}}
    bare = api.put("/products/SHIRT-RED-M", {"product": empty}).json()
    assert (bare["tier_prices"], bare["media_gallery_entries"], bare["extension_attributes"]) == (
        [],
        [],
        {"website_ids": [1]},
    )


def test_store_views_hold_their_own_values(shop: Magento2Shop, api: Api) -> None:
    api.post("/products", body())
    named = {"product": {"name": "قميص", "price": 30}}
    assert api.put("/products/SHIRT-RED-M", named, store="ar").json()["name"] == "قميص"
    assert api.get("/products/SHIRT-RED-M").json()["name"] == "Product SHIRT-RED-M"
    assert api.get("/products/SHIRT-RED-M", store="default").json()["name"] == "Product SHIRT-RED-M"
    assert shop.price_of("SHIRT-RED-M") == 30  # a global attribute, whichever view it was sent to
    api.put("/products/SHIRT-RED-M", {"product": {"name": "Shirt"}})
    assert api.get("/products/SHIRT-RED-M", store="ar").json()["name"] == "قميص"
    api.put("/products/SHIRT-RED-M", {"product": {"name": None}}, store="ar")
    assert api.get("/products/SHIRT-RED-M", store="ar").json()["name"] == "Shirt"


def test_a_status_reaches_the_whole_website_and_unknown_attributes_go_unheard(
    shop: Magento2Shop, api: Api
) -> None:
    api.post("/products", body())
    extra = [{"attribute_code": "no_such_thing", "value": "1"}]
    api.put("/products/SHIRT-RED-M", {"product": {"status": 2, "custom_attributes": extra}}, store="ar")
    assert [
        api.get("/products/SHIRT-RED-M", store=code).json()["status"] for code in ("all", "default", "ar")
    ] == [1, 2, 2]
    assert attribute(api.get("/products/SHIRT-RED-M").json(), "no_such_thing") is None
    shop.options.price_scope = "website"
    assert api.get("/products/attributes/price").json()["scope"] == "website"
    api.put("/products/SHIRT-RED-M", {"product": {"price": 31}}, store="ar")
    assert [int(shop.price_of("SHIRT-RED-M", n)) for n in (0, 1, 2)] == [25, 31, 31]


def test_some_versions_override_everything_in_a_view(shop: Magento2Shop, api: Api) -> None:
    shop.options.overrides_everything = True
    api.post("/products", body())
    api.put("/products/SHIRT-RED-M", {"product": {"name": "قميص"}}, store="ar")
    api.put("/products/SHIRT-RED-M", {"product": {"status": 2}})
    assert api.get("/products/SHIRT-RED-M").json()["status"] == 2
    assert api.get("/products/SHIRT-RED-M", store="ar").json()["status"] == 1


def test_url_keys_are_unique_and_made_of_the_name(api: Api) -> None:
    row = body("A", custom_attributes=[], name="Same name")
    assert attribute(api.post("/products", row).json(), "url_key") == "same-name"
    clash = api.post("/products", body("B", custom_attributes=[], name="Same name"))
    assert (clash.status_code, clash.json()) == (
        400,
        {"message": "URL key for specified store already exists."},
    )
    assert api.post("/products", body("B", name="Same name")).status_code == 200


def test_skus_with_slash_plus_and_space(api: Api) -> None:
    api.post("/products", body("A/B +1", custom_attributes=[]))
    assert api.get("/products/A%2FB%20%2B1").json()["sku"] == "A/B +1"
    found = api.get("/products", criteria(("sku", "eq", "A/B +1"))).json()
    assert found["total_count"] == 1


@pytest.mark.parametrize(
    ("field", "condition", "value", "skus"),
    [
        ("sku", "eq", "a-1", ["A-1"]),
        ("sku", "neq", "A-1", ["A-2", "B_1"]),
        ("sku", "like", "A-%", ["A-1", "A-2"]),
        ("sku", "nlike", "A-%", ["B_1"]),
        ("sku", "in", "A-1,B_1", ["A-1", "B_1"]),
        ("sku", "nin", "A-1,B_1", ["A-2"]),
        ("price", "gt", "10", ["A-2", "B_1"]),
        ("price", "gteq", "20", ["A-2", "B_1"]),
        ("price", "lt", "20", ["A-1"]),
        ("price", "lteq", "20", ["A-1", "A-2"]),
        ("price", "from", "15", ["A-2", "B_1"]),
        ("price", "to", "15", ["A-1"]),
        ("special_price", "notnull", "", ["B_1"]),
        ("special_price", "null", "", ["A-1", "A-2"]),
        ("category_id", "finset", "3", ["A-2"]),
        ("category_id", "eq", "3", ["A-2"]),
    ],
)
def test_conditions(
    shop: Magento2Shop, api: Api, field: str, condition: str, value: str, skus: list[str]
) -> None:
    for sku, price in (("A-1", "10.00"), ("A-2", "20.00"), ("B_1", "30.00")):
        shop.add_product(sku=sku, price=price)
    shop.set_special("B_1", "25.00")
    shop.add_category("Cups")
    api.post("/categories/3/products", {"productLink": {"sku": "A-2", "position": 1, "category_id": "3"}})
    found = api.get("/products", criteria((field, condition, value))).json()
    assert [p["sku"] for p in found["items"]] == skus


def test_updated_at_is_blind_to_stock_images_prices_and_categories(shop: Magento2Shop, api: Api) -> None:
    before = api.post("/products", body()).json()["updated_at"]
    shop.advance(60)
    shop.set_stock("SHIRT-RED-M", 9)
    api.post("/products/SHIRT-RED-M/media", picture())
    api.post("/products/base-prices", {"prices": [{"sku": "SHIRT-RED-M", "store_id": 0, "price": 3}]})
    shop.add_category("Cups")
    api.post("/categories/3/products", {"productLink": {"sku": "SHIRT-RED-M", "category_id": "3"}})
    assert api.get("/products/SHIRT-RED-M").json()["updated_at"] == before


def test_websites_are_linked_and_unlinked(shop: Magento2Shop, api: Api) -> None:
    api.post("/products", body())
    assert api.delete("/products/SHIRT-RED-M/websites/1").json() is True
    assert api.get("/products", criteria(), store="default").json()["total_count"] == 0
    link = {"productWebsiteLink": {"sku": "SHIRT-RED-M", "website_id": 1}}
    assert api.post("/products/SHIRT-RED-M/websites", link).json() is True
    assert api.get("/products", criteria(), store="default").json()["total_count"] == 1
    wrong = body(extension_attributes={"website_ids": [7]})
    assert api.post("/products", wrong).status_code == 400


# Images.


def picture(**changes: Any) -> dict[str, Any]:
    content = {"base64_encoded_data": PNG, "type": "image/png", "name": "shirt.png"}
    entry = {
        "media_type": "image",
        "label": "Front",
        "position": 1,
        "disabled": False,
        "types": ["image", "thumbnail"],
    }
    return {"entry": {**entry, "content": content, **changes}}


def test_the_same_picture_again_is_another_copy(shop: Magento2Shop, api: Api) -> None:
    api.post("/products", body())
    first = api.post("/products/SHIRT-RED-M/media", picture()).json()
    second = api.post("/products/SHIRT-RED-M/media", picture()).json()
    assert (first, second) == ("1", "2")
    entries = api.get("/products/SHIRT-RED-M/media").json()
    assert [e["file"] for e in entries] == ["/s/h/shirt.png", "/s/h/shirt_1.png"]
    assert [e["types"] for e in entries] == [[], ["image", "thumbnail"]]
    changed = api.put(
        "/products/SHIRT-RED-M/media/1", {"entry": {"id": 1, "label": "Back", "types": ["image"]}}
    )
    assert changed.json() is True
    assert attribute(api.get("/products/SHIRT-RED-M").json(), "image") == "/s/h/shirt.png"
    assert api.put("/products/SHIRT-RED-M/media/1", {"entry": {"label": "x"}}).status_code == 400
    assert api.delete("/products/SHIRT-RED-M/media/1").json() is True
    assert api.delete("/products/SHIRT-RED-M/media/1").status_code == 404


def test_bad_pictures_are_refused(api: Api) -> None:
    api.post("/products", body())

    def refusal(**content: str) -> str:
        good = {"base64_encoded_data": PNG, "type": "image/png", "name": "x.png"}
        answer = api.post("/products/SHIRT-RED-M/media", picture(content={**good, **content}))
        assert answer.status_code == 400
        return str(answer.json()["message"])

    assert refusal(base64_encoded_data="!!") == "The image content must be valid base64 encoded data."
    assert refusal(type="image/jpeg") == "The image MIME type is not valid or not supported."
    assert refusal(name="a/b.png") == "Provided image name contains forbidden characters."


# Configurables.


def options(shop: Magento2Shop, api: Api) -> list[str]:
    return [
        api.post("/products/attributes/size/options", {"option": {"label": label}}).json()
        for label in ("M", "L")
    ]


def child(api: Api, sku: str, value: str | None) -> dict[str, Any]:
    extra = [{"attribute_code": "size", "value": value}] if value else []
    made: dict[str, Any] = api.post("/products", body(sku, custom_attributes=extra)).json()
    return made


def test_a_configurable_is_built_step_by_step(shop: Magento2Shop, api: Api) -> None:
    m, large = options(shop, api)
    child(api, "S-M", m)
    child(api, "S-L", large)
    child(api, "S-X", None)
    child(api, "S-M2", m)
    api.post("/products", body("S", type_id="configurable", price=None))
    early = api.post("/configurable-products/S/child", {"childSku": "S-M"})
    assert early.json() == {"message": "The parent product doesn't have configurable product options."}
    option = {
        "attribute_id": "144",
        "label": "Size",
        "position": 0,
        "is_use_default": True,
        "values": [{"value_index": int(m)}],
    }
    assert isinstance(api.post("/configurable-products/S/options", {"option": option}).json(), int)
    assert api.post("/configurable-products/S/child", {"childSku": "S-M"}).json() is True
    again = api.post("/configurable-products/S/child", {"childSku": "S-M"})
    assert (again.status_code, again.json()) == (400, {"message": "The product is already attached."})
    bare = api.post("/configurable-products/S/child", {"childSku": "S-X"})
    assert bare.json()["parameters"] == ["size"]
    same = api.post("/configurable-products/S/child", {"childSku": "S-M2"})
    assert "same set of attribute values" in same.json()["message"]
    api.post("/configurable-products/S/child", {"childSku": "S-L"})
    assert [c["sku"] for c in api.get("/configurable-products/S/children").json()] == ["S-M", "S-L"]
    assert api.delete("/configurable-products/S/children/S-M").json() is True
    assert api.get("/configurable-products/S/options/all").json()[0]["attribute_id"] == "144"


def test_a_configurable_in_one_call_replaces_its_links(shop: Magento2Shop, api: Api) -> None:
    m, large = options(shop, api)
    ids = [child(api, "S-M", m)["id"], child(api, "S-L", large)["id"]]
    extension = {
        "configurable_product_options": [
            {
                "attribute_id": "144",
                "label": "Size",
                "values": [{"value_index": int(m)}, {"value_index": int(large)}],
            }
        ],
        "configurable_product_links": ids,
    }
    row = body("S", type_id="configurable", visibility=4, extension_attributes=extension)
    made = api.post("/products", row).json()
    assert (made["price"], made["extension_attributes"]["configurable_product_links"]) == (0, ids)
    fewer = {"product": {"extension_attributes": {"configurable_product_links": ids[:1]}}}
    assert (
        api.put("/products/S", fewer).json()["extension_attributes"]["configurable_product_links"] == ids[:1]
    )


def test_bundles_and_groups(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(2)
    link = {"sku": "SIM-00001", "qty": 2, "position": 1, "is_default": True, "price": 0, "price_type": 0}
    option = {"title": "Cup", "required": True, "type": "select", "position": 1, "product_links": [link]}
    row = body("B", type_id="bundle", extension_attributes={"bundle_product_options": [option]})
    row["product"]["custom_attributes"].append({"attribute_code": "price_type", "value": "0"})
    del row["product"]["price"]
    made = api.post("/products", row).json()
    shown = made["extension_attributes"]["bundle_product_options"][0]
    assert (shown["title"], shown["product_links"][0]["sku"], shown["product_links"][0]["qty"]) == (
        "Cup",
        "SIM-00001",
        2,
    )
    number = shown["option_id"]
    more = {"linkedProduct": {**link, "sku": "SIM-00002"}}
    assert isinstance(api.post(f"/bundle-products/B/links/{number}", more).json(), int)
    assert api.post(f"/bundle-products/B/links/{number}", more).status_code == 400
    assert [c["sku"] for c in api.get("/bundle-products/B/children").json()] == ["SIM-00001", "SIM-00002"]
    second = api.post(
        "/bundle-products/options/add", {"option": {**option, "sku": "B", "title": "Two"}}
    ).json()
    assert len(api.get("/bundle-products/B/options/all").json()) == 2
    assert api.delete(f"/bundle-products/B/options/{second}").json() is True
    member = {
        "link_type": "associated",
        "linked_product_sku": "SIM-00001",
        "extension_attributes": {"qty": 3},
    }
    group = api.post("/products", body("G", type_id="grouped", product_links=[member])).json()
    assert group["product_links"][0]["extension_attributes"] == {"qty": 3}


# Attributes and sets.


def test_options_are_made_and_doubles_refused(shop: Magento2Shop, api: Api) -> None:
    row = {"option": {"label": "Red", "sort_order": 0, "store_labels": [{"store_id": 2, "label": "أحمر"}]}}
    made = api.post("/products/attributes/color/options", row)
    assert made.json().isdigit()
    again = api.post("/products/attributes/color/options", row)
    assert again.json() == {
        "message": 'Admin store attribute option label "%1" is already exists.',
        "parameters": ["Red"],
    }
    assert api.post("/products/attributes/color/options", {"option": {"label": " "}}).status_code == 400
    listed = api.get("/products/attributes/color/options").json()
    assert listed == [{"label": " ", "value": ""}, {"label": "Red", "value": made.json()}]
    assert api.get("/products/attributes/color/options", store="ar").json()[1]["label"] == "أحمر"
    shop.options.option_answers_text = True
    assert api.post("/products/attributes/color/options", {"option": {"label": "Blue"}}).json() == "Blue"
    assert api.get("/products/attributes/nothing").status_code == 404


def test_attributes_and_sets(shop: Magento2Shop, api: Api) -> None:
    row = {
        "attribute_code": "fabric",
        "frontend_input": "select",
        "default_frontend_label": "Fabric",
        "scope": "global",
    }
    made = api.post("/products/attributes", {"attribute": row}).json()
    assert (made["attribute_code"], made["is_user_defined"]) == ("fabric", True)
    assert api.post("/products/attributes", {"attribute": row}).status_code == 400
    new_set = {"attributeSet": {"attribute_set_name": "Clothes", "sort_order": 2}, "skeletonId": 4}
    number = api.post("/products/attribute-sets", new_set).json()["attribute_set_id"]
    assert api.post("/products/attribute-sets", new_set).status_code == 400
    link = {
        "attributeSetId": number,
        "attributeGroupId": number * 10,
        "attributeCode": "fabric",
        "sortOrder": 1,
    }
    assert api.post("/products/attribute-sets/attributes", link).json() == made["attribute_id"]
    codes = {a["attribute_code"] for a in api.get(f"/products/attribute-sets/{number}/attributes").json()}
    assert {"fabric", "color", "name"} <= codes
    names = [
        s["attribute_set_name"]
        for s in api.get("/products/attribute-sets/sets/list", criteria()).json()["items"]
    ]
    assert names == ["Default", "Clothes"]
    found = api.get(
        "/products/attributes", criteria(("is_user_defined", "eq", "1"), ("frontend_input", "eq", "select"))
    )
    assert {a["attribute_code"] for a in found.json()["items"]} == {"manufacturer", "color", "size", "fabric"}
