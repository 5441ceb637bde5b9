"""Metafields, their definitions, translations and tags."""

import hashlib
import json
from typing import Any

from sandbox.shopify.calls import Call, Refused, Row, mutates, refuse, resolves, user_error
from sandbox.shopify.connections import connection
from sandbox.shopify.fields_metafields import app_namespace
from sandbox.shopify.fields_shop import node_of
from sandbox.shopify.state import number_of

MOST_AT_ONCE = 25
_NUMBERS = {"number_integer": int, "number_decimal": float}


def digest_of(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _type_of(call: Call, owner_type: str, place: tuple[str, str]) -> str | None:
    for row in call.store.rows("MetafieldDefinition"):
        if (row["namespace"], row["key"]) == place and row["ownerType"] == owner_type:
            return str(row["type"]["name"])
    return None


def _unique(call: Call, owner_type: str, place: tuple[str, str]) -> bool:
    return any(
        (r["namespace"], r["key"]) == place
        and r["ownerType"] == owner_type
        and r["capabilities"]["uniqueValues"]["enabled"]
        for r in call.store.rows("MetafieldDefinition")
    )


def _bad_value(kind: str, value: str) -> str | None:
    """Why a value does not fit its type."""
    try:
        if kind in _NUMBERS:
            _NUMBERS[kind](value)
        elif kind == "boolean" and value not in ("true", "false"):
            return "must be true or false."
        elif kind == "json" or kind.startswith("list."):
            json.loads(value)
    except ValueError:
        return f"Value must be a valid {kind.replace('_', ' ')}."
    if kind == "single_line_text_field" and "\n" in value:
        return "must be a single line text string."
    if kind == "url" and "://" not in value:
        return "Value must be one of the following URL schemes: http, https, mailto, sms, tel."
    if kind.endswith("_reference") and not value.startswith("gid://shopify/"):
        return "Value must be a valid GID."
    return None


def check_metafield(call: Call, owner: str, owner_type: str, given: Row, path: list[str]) -> Row:
    """(namespace, key, type, value) of a row, or Refused."""
    place = (app_namespace(given.get("namespace")), given.get("key") or "")
    before = call.store.metafield(owner, *place)
    kind = given.get("type") or _type_of(call, owner_type, place) or (before["type"] if before else None)
    if not place[1]:
        raise refuse([*path, "key"], "Key can't be blank", "BLANK")
    if kind is None:
        raise refuse([*path, "type"], "Type can't be blank", "BLANK")
    value = str(given.get("value") if given.get("value") is not None else "")
    if value == "":
        raise refuse([*path, "value"], "Value can't be blank.", "BLANK")
    problem = _bad_value(kind, value)
    if problem:
        raise refuse([*path, "value"], problem, "INVALID_VALUE")
    wanted = given.get("compareDigest")
    if "compareDigest" in given and wanted != (before["compareDigest"] if before else None):
        raise refuse(
            path,
            "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.",
            "STALE_OBJECT",
        )
    if _unique(call, owner_type, place):
        for other, fields in call.store.metafields.items():
            if other != owner and place in fields and fields[place]["value"] == value:
                raise refuse([*path, "value"], "Value has already been taken", "TAKEN")
    return {"place": place, "type": kind, "value": value}


def put_metafield(call: Call, owner: str, owner_type: str, checked: Row) -> Row:
    place = checked["place"]
    mine = call.store.metafields.setdefault(owner, {})
    row = mine.get(place)
    if row is None:
        number = call.store.number()
        row = mine[place] = {
            "id": f"gid://shopify/Metafield/{number}",
            "legacyResourceId": str(number),
            "namespace": place[0],
            "key": place[1],
            "createdAt": call.now(),
            "ownerType": owner_type,
            "description": None,
            "_owner": owner,
        }
    row.update(type=checked["type"], value=checked["value"], updatedAt=call.now())
    row["compareDigest"] = digest_of(checked["value"])
    return row


def write_metafields(call: Call, owner: str, owner_type: str, rows: list[Row], path: list[str]) -> None:
    """Metafields that came along with a product, variant, order …"""
    for index, given in enumerate(rows):
        at = [*path, str(index)]
        known = next(
            (m for m in call.store.metafields.get(owner, {}).values() if m["id"] == given.get("id")), None
        )
        if known is not None:
            given = {"namespace": known["namespace"], "key": known["key"], "type": known["type"], **given}
        put_metafield(call, owner, owner_type, check_metafield(call, owner, owner_type, given, at))


def owner_type_of(gid: str) -> str:
    return {
        "ProductVariant": "PRODUCTVARIANT",
        "CompanyLocation": "COMPANY_LOCATION",
        "MediaImage": "MEDIA_IMAGE",
        "AppInstallation": "API_PERMISSION",
    }.get(gid.split("/")[3], gid.split("/")[3].upper())


@mutates("metafieldsSet", scope="")
def metafields_set(call: Call, args: Row) -> Row:
    rows = args["metafields"]
    if len(rows) > MOST_AT_ONCE:
        raise refuse(
            ["metafields"],
            f"Exceeded the maximum metafields input limit of {MOST_AT_ONCE}.",
            "LESS_THAN_OR_EQUAL_TO",
        )
    errors: list[Row] = []
    work = []
    for index, given in enumerate(rows):
        path = ["metafields", str(index)]
        owner = given["ownerId"]
        if node_of(call, owner) is None and not owner.startswith("gid://shopify/AppInstallation/"):
            errors.append(
                {**user_error([*path, "ownerId"], "Owner does not exist.", "INVALID"), "elementIndex": index}
            )
            continue
        try:
            work.append((owner, check_metafield(call, owner, owner_type_of(owner), given, path)))
        except Refused as refusal:
            errors += [{**e, "elementIndex": index} for e in refusal.errors]
    if errors:
        raise Refused(*errors)
    made = [put_metafield(call, owner, owner_type_of(owner), checked) for owner, checked in work]
    for owner in dict.fromkeys(owner for owner, _ in work):
        found = node_of(call, owner)
        if found is not None and "updatedAt" in found:
            call.store.touch(found)
            if "/Product/" in owner:
                call.app.emit("products/update", found)
    return {"metafields": made}


@mutates("metafieldsDelete", scope="")
def metafields_delete(call: Call, args: Row) -> Row:
    gone: list[Row | None] = []
    for given in args["metafields"]:
        place = (app_namespace(given["namespace"]), given["key"])
        found = call.store.metafields.get(given["ownerId"], {}).pop(place, None)
        gone.append(
            {"ownerId": given["ownerId"], "namespace": place[0], "key": place[1]}
            if found is not None
            else None
        )
    return {"deletedMetafields": gone}


@mutates("metafieldDefinitionCreate", scope="")
def define(call: Call, args: Row) -> Row:
    given = args["definition"]
    place = (app_namespace(given.get("namespace")), given["key"])
    if _type_of(call, given["ownerType"], place):
        raise refuse(
            ["definition", "key"],
            "Key is in use for " + given["ownerType"].capitalize() + " metafields",
            "TAKEN",
        )
    unique = (
        bool(((given.get("capabilities") or {}).get("uniqueValues") or {}).get("enabled"))
        or given["type"] == "id"
    )
    row = call.store.add(
        "MetafieldDefinition",
        name=given["name"],
        namespace=place[0],
        key=place[1],
        ownerType=given["ownerType"],
        description=given.get("description"),
        type={"name": given["type"], "category": "TEXT"},
        capabilities={"uniqueValues": {"eligible": True, "enabled": unique}},
    )
    return {"createdDefinition": row}


# Translations.

_TEXTS = {
    "Product": (
        ("title", "title"),
        ("body_html", "descriptionHtml"),
        ("handle", "handle"),
        ("product_type", "productType"),
    ),
    "Collection": (("title", "title"), ("body_html", "descriptionHtml"), ("handle", "handle")),
    "ProductOption": (("name", "name"),),
}


def translatable(call: Call, gid: str) -> list[Row] | None:
    """Keys of a resource with the digest of their present text; None when there is no such resource."""
    found = call.store.find(gid)
    if found is None:
        return None
    locale = call.options.locales[0]
    rows = []
    for key, field in _TEXTS.get(gid.split("/")[3], ()):
        value = found[field] or ""
        rows.append(_content(key, value, locale, "HTML" if key == "body_html" else "SINGLE_LINE_TEXT_FIELD"))
    for key, field in (("meta_title", "title"), ("meta_description", "description")):
        if "seo" in found:
            rows.append(_content(key, found["seo"].get(field) or "", locale, "SINGLE_LINE_TEXT_FIELD"))
    return rows


def _content(key: str, value: str, locale: str, kind: str) -> Row:
    return {
        "key": key,
        "value": value or None,
        "locale": locale,
        "type": kind,
        "digest": digest_of(value) if value else None,
    }


def _resource(call: Call, gid: str) -> Row:
    return {"resourceId": gid}


@resolves("QueryRoot.translatableResource", scope="read_translations")
def resource(call: Call, row: Row, args: Row) -> Row | None:
    return _resource(call, args["resourceId"]) if translatable(call, args["resourceId"]) is not None else None


@resolves("QueryRoot.translatableResourcesByIds", scope="read_translations")
def resources_by_ids(call: Call, row: Row, args: Row) -> Row:
    ids = [gid for gid in args["resourceIds"] if translatable(call, gid) is not None]
    return connection([_resource(call, gid) for gid in ids], args)


@resolves("QueryRoot.translatableResources", scope="read_translations")
def resources(call: Call, row: Row, args: Row) -> Row:
    kind = {"PRODUCT": "Product", "COLLECTION": "Collection", "PRODUCT_OPTION": "ProductOption"}.get(
        args["resourceType"]
    )
    rows = [_resource(call, r["id"]) for r in call.store.rows(kind)] if kind else []
    return connection(
        rows, args, key=lambda r: number_of(r["resourceId"]), number=lambda r: number_of(r["resourceId"])
    )


@resolves("TranslatableResource.translatableContent")
def content(call: Call, row: Row, args: Row) -> list[Row]:
    return [r for r in translatable(call, row["resourceId"]) or [] if r["value"] is not None]


def translations_of(call: Call, gid: str, args: Row) -> list[Row]:
    digests = {r["key"]: r["digest"] for r in translatable(call, gid) or []}
    rows = []
    for (locale, key, market), row in call.store.translations.get(gid, {}).items():
        if locale != args["locale"] or market != (args.get("marketId") or ""):
            continue
        outdated = row["digest"] != digests.get(key)
        if args.get("outdated") is None or args["outdated"] == outdated:
            rows.append({**row, "outdated": outdated, "market": call.store.find(market)})
    return rows


@resolves("TranslatableResource.translations")
def resource_translations(call: Call, row: Row, args: Row) -> list[Row]:
    return translations_of(call, row["resourceId"], args)


@resolves(
    "Product.translations",
    "ProductVariant.translations",
    "Collection.translations",
    "ProductOption.translations",
    "ProductOptionValue.translations",
)
def row_translations(call: Call, row: Row, args: Row) -> list[Row]:
    return translations_of(call, row["id"], args)


@mutates("translationsRegister", scope="write_translations")
def register(call: Call, args: Row) -> Row:
    gid = args["resourceId"]
    known = translatable(call, gid)
    if known is None:
        raise refuse(["resourceId"], f"Resource {gid} does not exist", "RESOURCE_NOT_FOUND")
    rows = args["translations"]
    if len(rows) > call.options.translation_keys:
        raise refuse(
            ["translations"], f"Too many keys for the resource: {len(rows)}", "TOO_MANY_KEYS_FOR_RESOURCE"
        )
    digests = {r["key"]: r["digest"] for r in known}
    errors = [
        e
        for i, row in enumerate(rows)
        for e in _check_translation(call, row, digests, ["translations", str(i)])
    ]
    if errors:
        raise Refused(*errors)
    mine = call.store.translations.setdefault(gid, {})
    made = []
    for row in rows:
        market = row.get("marketId") or ""
        entry = mine[row["locale"], row["key"], market] = {
            "key": row["key"],
            "locale": row["locale"],
            "value": row["value"],
            "digest": row["translatableContentDigest"],
            "updatedAt": call.now(),
        }
        made.append({**entry, "outdated": False, "market": call.store.find(market)})
    return {"translations": made}


def _check_translation(call: Call, row: Row, digests: dict[str, Any], path: list[str]) -> list[Row]:
    errors = []
    locales = {r["locale"]: r for r in call.store.rows("ShopLocale")}
    if row["locale"] not in locales:
        errors.append(
            user_error(
                [*path, "locale"], "Locale is not a valid locale for the shop", "INVALID_LOCALE_FOR_SHOP"
            )
        )
    elif locales[row["locale"]]["primary"] and not row.get("marketId"):
        errors.append(
            user_error(
                [*path, "locale"],
                "Locale cannot be the same as the shop's primary locale",
                "INVALID_LOCALE_FOR_SHOP",
            )
        )
    if row["key"] not in digests:
        errors.append(
            user_error(
                [*path, "key"], f"Key {row['key']} is not a valid translatable field", "INVALID_KEY_FOR_MODEL"
            )
        )
    elif row["translatableContentDigest"] != digests[row["key"]]:
        errors.append(
            user_error(
                [*path, "translatableContentDigest"],
                "Translatable content hash is invalid",
                "INVALID_TRANSLATABLE_CONTENT",
            )
        )
    if row["value"].strip() == "":
        errors.append(user_error([*path, "value"], "Value can't be blank", "FAILS_RESOURCE_VALIDATION"))
    return errors


@mutates("translationsRemove", scope="write_translations")
def remove_translations(call: Call, args: Row) -> Row:
    mine = call.store.translations.get(args["resourceId"], {})
    places = [p for p in mine if p[0] in args["locales"] and p[1] in args["translationKeys"]]
    return {"translations": [{**mine.pop(p), "outdated": False, "market": None} for p in places]}


@mutates("shopLocaleEnable", scope="write_locales")
def enable_locale(call: Call, args: Row) -> Row:
    code = args["locale"]
    found = next((r for r in call.store.rows("ShopLocale") if r["locale"] == code), None)
    if found is not None:
        raise refuse(["locale"], "Locale has already been taken")
    row = call.store.add("ShopLocale", locale=code, name=code, primary=False, published=False)
    return {"shopLocale": row}


# Tags: adding and removing leaves the others alone.


def _tagged(call: Call, gid: str) -> Row:
    found = call.store.find(gid)
    if found is None or "tags" not in found:
        raise refuse(["id"], f"{gid.split('/')[3] if gid.count('/') > 3 else 'Resource'} does not exist")
    return found


def _announce(call: Call, row: Row) -> None:
    call.store.touch(row)
    topic = {"Order": "orders/updated", "Product": "products/update", "Customer": "customers/update"}
    name = topic.get(row["id"].split("/")[3])
    if name:
        call.app.emit(name, row)


@mutates("tagsAdd", scope="")
def tags_add(call: Call, args: Row) -> Row:
    row = _tagged(call, args["id"])
    have = {t.lower() for t in row["tags"]}
    row["tags"] = sorted(
        [*row["tags"], *(t for t in dict.fromkeys(args["tags"]) if t.lower() not in have)], key=str.lower
    )
    _announce(call, row)
    return {"node": row}


@mutates("tagsRemove", scope="")
def tags_remove(call: Call, args: Row) -> Row:
    row = _tagged(call, args["id"])
    gone = {t.lower() for t in args["tags"]}
    row["tags"] = [t for t in row["tags"] if t.lower() not in gone]
    _announce(call, row)
    return {"node": row}
