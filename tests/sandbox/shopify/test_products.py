"""Products, variants, metafields, pictures, collections, languages, prices: chapters 5, 7 and 8."""

from __future__ import annotations

from typing import Any

import pytest
import requests

PRODUCT_SET = """mutation($identifier: ProductSetIdentifiers, $input: ProductSetInput!, $sync: Boolean) {
  productSet(identifier: $identifier, input: $input, synchronous: $sync) {
    product { id handle title tags variants(first: 50) { nodes { id sku price title inventoryItem { id } } }
      metafields(first: 10) { nodes { namespace key value } } collections(first: 10) { nodes { title } }
      media(first: 10) { nodes { id } } options { name values } }
    productSetOperation { id status }
    userErrors { field message code } } }"""

GLOVES: dict[str, Any] = {
    "title": "Gants",
    "status": "ACTIVE",
    "vendor": "Forge",
    "tags": ["epi"],
    "metafields": [{"namespace": "erp", "key": "item_id", "type": "id", "value": "ART-000431"}],
    "productOptions": [
        {"name": "Taille", "position": 1, "values": [{"name": "M"}, {"name": "L"}]},
        {"name": "Couleur", "position": 2, "values": [{"name": "Noir"}]},
    ],
    "variants": [
        {
            "optionValues": [
                {"optionName": "Taille", "name": size},
                {"optionName": "Couleur", "name": "Noir"},
            ],
            "sku": f"GANT-{size}-NOIR",
            "price": "30.50",
            "inventoryItem": {"tracked": True, "cost": "12.10"},
        }
        for size in ("M", "L")
    ],
}
BY_ERP = {"customId": {"namespace": "erp", "key": "item_id", "value": "ART-000431"}}


def product_set(admin, given, identifier=None, sync: bool | None = True):
    return admin(PRODUCT_SET, {"identifier": identifier, "input": given, "sync": sync})["productSet"]


def skus(answer) -> list[str]:
    return [v["sku"] for v in answer["product"]["variants"]["nodes"]]


def test_product_set_makes_and_finds_by_custom_id(shop, admin):
    shop.unique_metafield("erp", "item_id")
    first = product_set(admin, GLOVES, BY_ERP)
    assert first["userErrors"] == []
    assert (first["product"]["handle"], skus(first)) == ("gants", ["GANT-M-NOIR", "GANT-L-NOIR"])
    again = product_set(admin, {"title": "Gants de travail"}, BY_ERP)
    assert again["product"]["id"] == first["product"]["id"]
    assert (again["product"]["title"], skus(again)) == ("Gants de travail", ["GANT-M-NOIR", "GANT-L-NOIR"])
    assert again["product"]["tags"] == ["epi"]


def test_custom_id_needs_a_unique_definition(admin):
    assert product_set(admin, GLOVES, BY_ERP)["userErrors"][0]["code"] == "INVALID_METAFIELD"


def test_lists_are_authoritative_and_omitted_lists_stay(shop, admin):
    made = product_set(admin, GLOVES)["product"]
    shop.add_collection("Sale", ["GANT-M-NOIR"])
    one = {"productOptions": GLOVES["productOptions"], "variants": GLOVES["variants"][:1]}
    answer = product_set(admin, one, {"id": made["id"]})
    assert skus(answer) == ["GANT-M-NOIR"]
    assert answer["product"]["variants"]["nodes"][0]["id"] == made["variants"]["nodes"][0]["id"]
    assert answer["product"]["collections"]["nodes"] == [{"title": "Sale"}]
    assert len(answer["product"]["metafields"]["nodes"]) == 1
    emptied = product_set(admin, {"collections": [], "metafields": [], "tags": ["new"]}, {"id": made["id"]})[
        "product"
    ]
    assert (emptied["collections"]["nodes"], emptied["metafields"]["nodes"], emptied["tags"]) == (
        [],
        [],
        ["new"],
    )


@pytest.mark.parametrize(
    ("left_out", "code"),
    [("productOptions", "PRODUCT_OPTIONS_INPUT_MISSING"), ("variants", "VARIANTS_INPUT_MISSING")],
)
def test_options_and_variants_come_together(admin, left_out, code):
    given = {k: v for k, v in GLOVES.items() if k != left_out}
    assert [e["code"] for e in product_set(admin, given)["userErrors"]] == [code]


def test_id_beside_identifier_is_refused(shop, admin):
    made = product_set(admin, GLOVES)["product"]["id"]
    answer = product_set(admin, {**GLOVES, "id": made}, {"id": made})
    assert answer["userErrors"][0]["code"] == "ID_NOT_ALLOWED"


def test_asynchronous_set_is_polled(shop, admin):
    answer = product_set(admin, GLOVES, sync=False)
    assert answer["product"] is None
    assert answer["productSetOperation"]["status"] == "CREATED"
    poll = """query($id: ID!) { productOperation(id: $id) { status product { title }
      ... on ProductSetOperation { userErrors { code } } } }"""
    ids = {"id": answer["productSetOperation"]["id"]}
    assert admin(poll, ids)["productOperation"] == {"status": "ACTIVE", "product": None, "userErrors": []}
    done = {"status": "COMPLETE", "product": {"title": "Gants"}, "userErrors": []}
    assert admin(poll, ids)["productOperation"] == done


def test_errors_of_an_asynchronous_set_are_told_by_the_operation(admin):
    answer = product_set(admin, {"title": ""}, sync=False)
    assert answer["userErrors"] == []
    poll = "query($id: ID!) { productOperation(id: $id) { status ... on ProductSetOperation { userErrors { field } } } }"
    ids = {"id": answer["productSetOperation"]["id"]}
    admin(poll, ids)
    assert admin(poll, ids)["productOperation"]["userErrors"] == [{"field": ["input", "title"]}]


PRICES = """mutation($id: ID!, $rows: [ProductVariantsBulkInput!]!, $partial: Boolean) {
  productVariantsBulkUpdate(productId: $id, variants: $rows, allowPartialUpdates: $partial) {
    productVariants { id sku price compareAtPrice } userErrors { field message code } } }"""


def test_partial_update_keeps_good_rows(shop, admin):
    made = shop.add_variable("GANT", {"Taille": ["M", "L"]}, price="30.50")
    rows = [
        {"id": made["variants"][0]["variant_id"], "price": "28.90", "compareAtPrice": "30.50"},
        {"id": made["variants"][1]["variant_id"], "price": "-1.00"},
    ]
    answer = admin(PRICES, {"id": made["id"], "rows": rows, "partial": True})["productVariantsBulkUpdate"]
    assert [(v["sku"], v["price"], v["compareAtPrice"]) for v in answer["productVariants"]] == [
        ("GANT-M", "28.90", "30.50"),
        ("GANT-L", "30.50", None),
    ]
    assert answer["userErrors"] == [
        {
            "field": ["variants", "1", "price"],
            "message": "Price must be greater than or equal to 0",
            "code": "GREATER_THAN_OR_EQUAL_TO",
        }
    ]


def test_without_partial_it_is_all_or_nothing(shop, admin):
    made = shop.add_variable("GANT", {"Taille": ["M", "L"]}, price="30.50")
    rows = [
        {"id": made["variants"][0]["variant_id"], "price": "1.00"},
        {"id": made["variants"][1]["variant_id"], "price": "-1.00"},
    ]
    answer = admin(PRICES, {"id": made["id"], "rows": rows, "partial": False})["productVariantsBulkUpdate"]
    assert answer["productVariants"] is None
    assert shop.by_sku("GANT-M")["price"] == "30.50"


def test_bulk_rows_have_no_sku_of_their_own(shop, admin):
    made = shop.add_product(sku="A")
    rows = [{"id": made["variant_id"], "sku": "B"}]
    assert (
        admin.errors(PRICES, {"id": made["id"], "rows": rows})[0]["extensions"]["code"] == "INVALID_VARIABLE"
    )
    rows = [{"id": made["variant_id"], "inventoryItem": {"sku": "B"}}]
    admin(PRICES, {"id": made["id"], "rows": rows})
    assert shop.by_sku("A") is None
    assert shop.by_sku("B")["id"] == made["variant_id"]


def test_variant_of_another_product_is_refused(shop, admin):
    one, two = shop.add_product(sku="A"), shop.add_product(sku="B")
    rows = [{"id": two["variant_id"], "price": "1"}]
    answer = admin(PRICES, {"id": one["id"], "rows": rows, "partial": True})["productVariantsBulkUpdate"]
    assert answer["userErrors"][0]["code"] == "PRODUCT_VARIANT_DOES_NOT_EXIST"


def test_sku_search_is_loose_and_not_unique(shop, admin):
    for sku in ("AB-1", "ab-1", "AB-1-X", "AB-12"):
        shop.add_product(sku=sku)
    found = admin("{ productVariants(first: 10, query: \"sku:'AB-1'\") { nodes { sku } } }")[
        "productVariants"
    ]["nodes"]
    assert [v["sku"] for v in found] == ["AB-1", "ab-1", "AB-1-X"]


def test_publishing_is_apart_from_the_status(shop, admin):
    made = shop.add_product(sku="A")
    channel = admin("{ publications(first: 5) { nodes { id name } } }")["publications"]["nodes"][1]
    publish = """mutation($id: ID!, $p: ID!) { publishablePublish(id: $id, input: [{publicationId: $p}]) {
      publishable { publishedOnPublication(publicationId: $p) } userErrors { field message } } }"""
    answer = admin(publish, {"id": made["id"], "p": channel["id"]})["publishablePublish"]
    assert answer == {"publishable": {"publishedOnPublication": True}, "userErrors": []}
    wrong = admin(publish, {"id": made["id"], "p": "gid://shopify/Publication/1"})["publishablePublish"]
    assert wrong["userErrors"][0]["field"] == ["input", "0", "publicationId"]


METAFIELDS = """mutation($rows: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $rows) {
  metafields { key value compareDigest } userErrors { field message code } } }"""


def test_metafields_are_atomic_compared_and_at_most_25(shop, admin):
    owner = shop.add_product(sku="A")["id"]
    row = {"ownerId": owner, "namespace": "erp", "type": "number_integer"}
    bad = [{**row, "key": "a", "value": "1"}, {**row, "key": "b", "value": "one"}]
    answer = admin(METAFIELDS, {"rows": bad})["metafieldsSet"]
    assert [(e["field"], e["code"]) for e in answer["userErrors"]] == [
        (["metafields", "1", "value"], "INVALID_VALUE")
    ]
    assert shop.store.metafield(owner, "erp", "a") is None
    many = [{**row, "key": f"k{n}", "value": "1"} for n in range(26)]
    (error,) = admin(METAFIELDS, {"rows": many})["metafieldsSet"]["userErrors"]
    assert (error["code"], error["message"]) == (
        "LESS_THAN_OR_EQUAL_TO",
        "Exceeded the maximum metafields input limit of 25.",
    )
    (made,) = admin(METAFIELDS, {"rows": [{**row, "key": "a", "value": "1"}]})["metafieldsSet"]["metafields"]
    good = {**row, "key": "a", "value": "2", "compareDigest": made["compareDigest"]}
    assert admin(METAFIELDS, {"rows": [good]})["metafieldsSet"]["userErrors"] == []
    assert admin(METAFIELDS, {"rows": [good]})["metafieldsSet"]["userErrors"][0]["code"] == "STALE_OBJECT"


def test_pictures_are_processed_for_a_while(shop, admin):
    create = "mutation($f: [FileCreateInput!]!) { fileCreate(files: $f) { files { id fileStatus } userErrors { code } } }"
    files = [
        {"originalSource": "https://cdn.example.com/a.jpg", "contentType": "IMAGE"},
        {"originalSource": "https://cdn.example.invalid/b.jpg", "contentType": "IMAGE"},
    ]
    shop.options.async_polls = 2
    made = admin(create, {"f": files})["fileCreate"]["files"]
    read = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on MediaImage { fileStatus image { url } } } }"
    seen = [admin(read, {"ids": [f["id"] for f in made]})["nodes"] for _ in range(3)]
    assert [row["fileStatus"] for row in seen[0]] == ["PROCESSING", "PROCESSING"]
    assert [row["fileStatus"] for row in seen[-1]] == ["READY", "FAILED"]
    assert seen[-1][0]["image"]["url"].startswith(shop.url)


def test_staged_upload_becomes_a_file(shop, admin):
    stage = """mutation($i: [StagedUploadInput!]!) { stagedUploadsCreate(input: $i) {
      stagedTargets { url resourceUrl parameters { name value } } userErrors { message } } }"""
    given = {
        "resource": "FILE",
        "filename": "invoice.pdf",
        "mimeType": "application/pdf",
        "httpMethod": "POST",
    }
    (target,) = admin(stage, {"i": [given]})["stagedUploadsCreate"]["stagedTargets"]
    fields = [(p["name"], (None, p["value"])) for p in target["parameters"]]
    content = ("file", ("invoice.pdf", b"%PDF-1.7 body", "application/pdf"))
    assert (
        requests.post(target["url"], files=[content, *fields], timeout=10).status_code == 400
    )  # the file must be last
    assert requests.post(target["url"], files=[*fields, content], timeout=10).status_code == 201
    create = """mutation($f: [FileCreateInput!]!) { fileCreate(files: $f) {
      files { id fileStatus ... on GenericFile { url originalFileSize } } userErrors { message } } }"""
    source = {"originalSource": target["resourceUrl"], "contentType": "FILE", "filename": "invoice.pdf"}
    (made,) = admin(create, {"f": [source]})["fileCreate"]["files"]
    read = "query($id: ID!) { node(id: $id) { ... on GenericFile { fileStatus url } } }"
    admin(read, {"id": made["id"]})
    shown = admin(read, {"id": made["id"]})["node"]
    assert requests.get(shown["url"], timeout=10).content == b"%PDF-1.7 body"


def test_translations_need_the_digest_of_today(shop, admin):
    made = shop.add_product(sku="A", title="Mug")
    read = """query($id: ID!) { translatableResource(resourceId: $id) { translatableContent { key value digest locale } } }"""
    content = admin(read, {"id": made["id"]})["translatableResource"]["translatableContent"]
    title = next(c for c in content if c["key"] == "title")
    register = """mutation($id: ID!, $t: [TranslationInput!]!) { translationsRegister(resourceId: $id, translations: $t) {
      translations { key value locale } userErrors { field code } } }"""
    row = {"key": "title", "locale": "ar", "value": "كوب", "translatableContentDigest": title["digest"]}
    answer = admin(register, {"id": made["id"], "t": [row]})["translationsRegister"]
    assert answer == {"translations": [{"key": "title", "value": "كوب", "locale": "ar"}], "userErrors": []}
    admin(
        'mutation($id: ID!) { productUpdate(product: {id: $id, title: "Cup"}) { product { id } } }',
        {"id": made["id"]},
    )
    stale = admin(register, {"id": made["id"], "t": [row]})["translationsRegister"]
    assert stale["userErrors"][0]["code"] == "INVALID_TRANSLATABLE_CONTENT"
    shown = admin(
        'query($id: ID!) { product(id: $id) { translations(locale: "ar") { value outdated } } }',
        {"id": made["id"]},
    )
    assert shown["product"]["translations"] == [{"value": "كوب", "outdated": True}]
    foreign = admin(register, {"id": made["id"], "t": [{**row, "locale": "fi"}]})["translationsRegister"]
    assert foreign["userErrors"][0]["code"] == "INVALID_LOCALE_FOR_SHOP"


def test_collections_by_hand_and_by_rule(shop, admin):
    made = shop.add_product(sku="A", tags=["sale"])
    by_hand = shop.add_collection("Hand")
    rules = {
        "appliedDisjunctively": False,
        "rules": [{"column": "TAG", "relation": "EQUALS", "condition": "sale"}],
    }
    smart = shop.add_collection("Smart", rules=rules)
    add = """mutation($id: ID!, $p: [ID!]!) { collectionAddProductsV2(id: $id, productIds: $p) {
      job { id done } userErrors { field message code } } }"""
    job = admin(add, {"id": by_hand["id"], "p": [made["id"]]})["collectionAddProductsV2"]["job"]
    assert job["done"] is False
    polls = [
        admin("query($id: ID!) { job(id: $id) { done } }", {"id": job["id"]})["job"]["done"] for _ in range(2)
    ]
    assert polls == [False, True]
    refused = admin(add, {"id": smart["id"], "p": [made["id"]]})["collectionAddProductsV2"]
    assert refused["userErrors"][0]["code"] == "CANT_ADD_TO_SMART_COLLECTION"
    read = "query($id: ID!) { product(id: $id) { collections(first: 5) { nodes { title } } } }"
    assert [c["title"] for c in admin(read, {"id": made["id"]})["product"]["collections"]["nodes"]] == [
        "Hand",
        "Smart",
    ]


def test_sources_move_members(shop, admin):
    one, two = shop.add_product(sku="A")["id"], shop.add_product(sku="B")["id"]
    made = shop.add_collection("Hand", ["A"])
    read = """query($id: ID!) { collection(id: $id) { sources { id ... on CollectionConditionsSource {
      inclusion { selections(first: 5) { nodes { product { id } } } } } } } }"""
    (source,) = admin(read, {"id": made["id"]})["collection"]["sources"]
    assert source["inclusion"]["selections"]["nodes"] == [{"product": {"id": one}}]
    update = (
        "mutation($c: CollectionUpdateInput!) { collectionUpdate(collection: $c) { userErrors { message } } }"
    )
    inclusion = {"selectionsToAdd": [{"productId": two}], "selectionsToRemove": [{"productId": one}]}
    given = {
        "id": made["id"],
        "sourcesToUpdate": [{"condition": {"id": source["id"], "inclusion": inclusion}}],
    }
    assert admin(update, {"c": given})["collectionUpdate"]["userErrors"] == []
    assert list(made["_products"]) == [two]


FIXED = """mutation($l: ID!, $p: [PriceListPriceInput!]!) { priceListFixedPricesAdd(priceListId: $l, prices: $p) {
  prices { price { amount currencyCode } originType } userErrors { field message code } } }"""


def test_price_lists_take_their_own_currency_only(shop, admin):
    made = shop.add_product(sku="A", price="100.00")
    company = shop.add_company("Forge")
    prices = shop.add_price_list("B2B", "SAR", company_locations=[company["location"]], percent=-10)
    context = """query($id: ID!, $l: ID!) { productVariant(id: $id) {
      contextualPricing(context: {companyLocationId: $l}) { price { amount currencyCode } } } }"""
    ids = {"id": made["variant_id"], "l": company["location"]["id"]}
    shown = admin(context, ids)["productVariant"]["contextualPricing"]["price"]
    assert shown == {"amount": "90.0", "currencyCode": "SAR"}
    row = {"variantId": made["variant_id"], "price": {"amount": "80.00", "currencyCode": "SAR"}}
    answer = admin(FIXED, {"l": prices["id"], "p": [row]})["priceListFixedPricesAdd"]
    assert answer["prices"] == [{"price": {"amount": "80.0", "currencyCode": "SAR"}, "originType": "FIXED"}]
    wrong = {**row, "price": {"amount": "80.00", "currencyCode": "EUR"}}
    (error,) = admin(FIXED, {"l": prices["id"], "p": [wrong]})["priceListFixedPricesAdd"]["userErrors"]
    assert (error["code"], error["field"]) == (
        "PRICE_LIST_CURRENCY_MISMATCH",
        ["prices", "0", "price", "currencyCode"],
    )
    unknown = {**row, "variantId": "gid://shopify/ProductVariant/1"}
    (error,) = admin(FIXED, {"l": prices["id"], "p": [unknown]})["priceListFixedPricesAdd"]["userErrors"]
    assert error["code"] == "VARIANT_NOT_FOUND"
    (error,) = admin(FIXED, {"l": "gid://shopify/PriceList/1", "p": [row]})["priceListFixedPricesAdd"][
        "userErrors"
    ]
    assert error["code"] == "PRICE_LIST_NOT_FOUND"


def test_changing_the_currency_clears_fixed_prices(shop, admin):
    made = shop.add_product(sku="A", price="100.00")
    prices = shop.add_price_list("B2B", "SAR")
    row = {"variantId": made["variant_id"], "price": {"amount": "80.00", "currencyCode": "SAR"}}
    admin(FIXED, {"l": prices["id"], "p": [row]})
    change = "mutation($id: ID!) { priceListUpdate(id: $id, input: {currency: USD}) { priceList { fixedPricesCount } } }"
    assert admin(change, {"id": prices["id"]})["priceListUpdate"]["priceList"]["fixedPricesCount"] == 0


def test_pages_hold_while_rows_change(shop, admin):
    shop.bulk_simple(30)
    query = """query($c: String) { products(first: 10, after: $c, sortKey: ID) {
      pageInfo { hasNextPage endCursor } nodes { id } } }"""
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        page = admin(query, {"c": cursor})["products"]
        seen += [p["id"] for p in page["nodes"]]
        if len(seen) == 10:
            admin(
                "mutation($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }", {"id": seen[3]}
            )
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 30


def test_customers_are_upserted_by_their_email(shop, admin):
    query = """mutation($i: CustomerSetIdentifiers, $c: CustomerSetInput!) { customerSet(identifier: $i, input: $c) {
      customer { id firstName tags } userErrors { field code } } }"""
    first = admin(
        query, {"i": {"email": "a@example.com"}, "c": {"firstName": "Anna", "email": "a@example.com"}}
    )
    again = admin(query, {"i": {"email": "a@example.com"}, "c": {"email": "a@example.com", "tags": ["vip"]}})
    assert again["customerSet"]["customer"] == {**first["customerSet"]["customer"], "tags": ["vip"]}
    taken = admin(query, {"i": None, "c": {"email": "a@example.com"}})["customerSet"]
    assert taken["userErrors"] == [{"field": ["input", "email"], "code": "TAKEN"}]
