"""The routes of attributes, their options, and attribute sets."""

from typing import Any

from sandbox.magento2 import search
from sandbox.magento2.call import Call, as_int
from sandbox.magento2.errors import MageError, no_such, required
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Attribute, AttributeSet, Json

_INPUTS = ("text", "textarea", "date", "boolean", "multiselect", "select", "price", "media_image", "weight")


def attribute_json(row: Attribute, scope: int = 0, *, reach: str = "") -> Json:
    """reach: global, website or store, where the shop's settings say otherwise than the attribute."""
    return {
        "attribute_id": row.id,
        "attribute_code": row.code,
        "frontend_input": row.input,
        "entity_type_id": "4",
        "is_required": row.code in ("name", "sku"),
        "is_user_defined": row.user_defined,
        "scope": reach or row.scope,
        "default_frontend_label": row.label,
        "frontend_labels": [],
        "options": option_rows(row, scope),
        "backend_type": {"price": "decimal", "weight": "decimal", "select": "int", "boolean": "int"}.get(
            row.input, "varchar"
        ),
        "is_unique": "1" if row.code == "sku" else "0",
        "apply_to": [],
    }


def option_rows(row: Attribute, scope: int = 0) -> list[Json]:
    """With the empty choice in front, labels as the store view says them."""
    if row.input not in ("select", "multiselect"):
        return []
    rows = sorted(row.options, key=lambda o: o["sort_order"])
    shown = [{"label": o["store_labels"].get(scope, o["label"]), "value": o["value"]} for o in rows]
    return [{"label": " ", "value": ""}, *shown]


def _value(row: Attribute, name: str) -> Any:
    return attribute_json(row).get(name)


def list_attributes(call: Call) -> Json:
    rows = list(call.store.attributes.values())
    return search.answer(call, rows, _value, lambda row: attribute_json(row, call.scope))


def _find(call: Call) -> Attribute:
    found = call.store.attribute(call.args["attributeCode"])
    if found is None:
        raise MageError(
            'The attribute with a "%1" attributeCode doesn\'t exist. Verify the attribute and try again.',
            [call.args["attributeCode"]],
            status=404,
        )
    return found


def get_attribute(call: Call) -> Json:
    row = _find(call)
    return attribute_json(row, call.scope, reach=call.store.scope_of(row.code))


def create_attribute(call: Call) -> Json:
    body = call.object("attribute")
    code = str(body.get("attribute_code") or "")
    if not code:
        raise required("attribute_code")
    if code in call.store.attributes:
        raise MageError("Attribute with the same code (%1) already exists.", [code])
    kind = str(body.get("frontend_input") or "text")
    if kind not in _INPUTS:
        raise MageError("Invalid frontend_input value: %1", [kind])
    label = str(body.get("default_frontend_label") or code)
    row = Attribute(
        call.store.next_id("attribute"), code, label, kind, str(body.get("scope") or "store"), True
    )
    call.store.attributes[code] = row
    for option in body.get("options") or []:
        if str(option.get("label") or "").strip():
            _add_option(call, row, option)
    return attribute_json(row)


def list_options(call: Call) -> list[Json]:
    return option_rows(_find(call), call.scope)


def add_option(call: Call) -> str:
    """The new option's number as text; on some older releases its label instead."""
    row, body = _find(call), call.object("option")
    label = str(body.get("label") or "").strip()
    if not label:
        raise MageError("The attribute option label is empty. Enter the value and try again.")
    if row.input not in ("select", "multiselect"):
        raise MageError('The "%1" attribute doesn\'t work with options.', [row.code])
    if any(o["label"].lower() == label.lower() for o in row.options):
        raise MageError('Admin store attribute option label "%1" is already exists.', [label])
    value = _add_option(call, row, body)
    return label if call.options.option_answers_text else value


def _add_option(call: Call, row: Attribute, body: Json) -> str:
    value = str(call.store.next_id("option"))
    labels = {as_int(r["store_id"]): str(r["label"]) for r in body.get("store_labels") or []}
    row.options.append(
        {
            "value": value,
            "label": str(body["label"]).strip(),
            "sort_order": as_int(body.get("sort_order") or 0),
            "store_labels": labels,
        }
    )
    return value


def update_option(call: Call) -> bool:
    row, body = _find(call), call.object("option")
    option = next((o for o in row.options if o["value"] == call.args["optionId"]), None)
    if option is None:
        raise MageError(
            'The "%1" attribute doesn\'t include an option with "%2" ID.',
            [row.code, call.args["optionId"]],
            status=404,
        )
    if body.get("label"):
        option["label"] = str(body["label"])
    for label in body.get("store_labels") or []:
        option["store_labels"][as_int(label["store_id"])] = str(label["label"])
    return True


def delete_option(call: Call) -> bool:
    row = _find(call)
    before = len(row.options)
    row.options = [o for o in row.options if o["value"] != call.args["optionId"]]
    if len(row.options) == before:
        raise MageError(
            'The "%1" attribute doesn\'t include an option with "%2" ID.',
            [row.code, call.args["optionId"]],
            status=404,
        )
    return True


# Sets.


def set_json(row: AttributeSet) -> Json:
    return {
        "attribute_set_id": row.id,
        "attribute_set_name": row.name,
        "sort_order": row.sort_order,
        "entity_type_id": 4,
    }


def list_sets(call: Call) -> Json:
    rows = list(call.store.sets.values())
    return search.answer(call, rows, lambda row, name: set_json(row).get(name), set_json)


def _set(call: Call) -> AttributeSet:
    found = call.store.sets.get(as_int(call.args["attributeSetId"]))
    if found is None:
        raise no_such("id", call.args["attributeSetId"])
    return found


def get_set(call: Call) -> Json:
    return set_json(_set(call))


def set_attributes(call: Call) -> list[Json]:
    wanted = set(_set(call).attribute_ids)
    return [attribute_json(a, call.scope) for a in call.store.attributes.values() if a.id in wanted]


def create_set(call: Call) -> Json:
    body = call.object("attributeSet")
    name = str(body.get("attribute_set_name") or "").strip()
    if not name:
        raise required("attribute_set_name")
    if call.body.get("skeletonId") is None:
        raise required("skeletonId")
    skeleton = call.store.sets.get(as_int(call.body["skeletonId"]))
    if skeleton is None:
        raise no_such("id", call.body["skeletonId"])
    if any(s.name.lower() == name.lower() for s in call.store.sets.values()):
        raise MageError('A "%1" attribute set name already exists. Create a new name and try again.', [name])
    row = AttributeSet(call.store.next_id("attribute_set"), name, as_int(body.get("sort_order") or 0))
    row.attribute_ids = list(skeleton.attribute_ids)
    call.store.sets[row.id] = row
    return set_json(row)


def list_groups(call: Call) -> Json:
    """Each set has one group, numbered like the set times ten."""
    rows = [
        {
            "attribute_group_id": str(s.id * 10),
            "attribute_group_name": "Product Details",
            "attribute_set_id": s.id,
        }
        for s in call.store.sets.values()
    ]
    return search.answer(call, rows, lambda row, name: row.get(name), lambda row: row)


def assign_attribute(call: Call) -> int:
    number = as_int(call.body.get("attributeSetId") or 0)
    row = call.store.sets.get(number)
    attribute = call.store.attribute(str(call.body.get("attributeCode") or ""))
    if row is None:
        raise no_such("id", number)
    if attribute is None:
        raise MageError(
            'The attribute with a "%1" attributeCode doesn\'t exist.',
            [call.body.get("attributeCode")],
            status=404,
        )
    if call.body.get("attributeGroupId") is None:
        raise required("attributeGroupId")
    if attribute.id not in row.attribute_ids:
        row.attribute_ids.append(attribute.id)
    return attribute.id


_ATTRIBUTES, _SETS = "Magento_Catalog::attributes_attributes", "Magento_Catalog::sets"
_ONE = "/V1/products/attributes/:attributeCode"
LINES: list[Line] = [
    ("GET", "/V1/products/attributes", list_attributes, _ATTRIBUTES),
    ("POST", "/V1/products/attributes", create_attribute, _ATTRIBUTES),
    ("GET", _ONE, get_attribute, _ATTRIBUTES),
    ("GET", f"{_ONE}/options", list_options, _ATTRIBUTES),
    ("POST", f"{_ONE}/options", add_option, _ATTRIBUTES),
    ("PUT", f"{_ONE}/options/:optionId", update_option, _ATTRIBUTES),
    ("DELETE", f"{_ONE}/options/:optionId", delete_option, _ATTRIBUTES),
    ("GET", "/V1/products/attribute-sets/sets/list", list_sets, _SETS),
    ("GET", "/V1/products/attribute-sets/groups/list", list_groups, _SETS),
    ("GET", "/V1/products/attribute-sets/:attributeSetId", get_set, _SETS),
    ("GET", "/V1/products/attribute-sets/:attributeSetId/attributes", set_attributes, _SETS),
    ("POST", "/V1/products/attribute-sets", create_set, _SETS),
    ("POST", "/V1/products/attribute-sets/attributes", assign_attribute, _SETS),
]
