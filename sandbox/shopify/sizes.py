"""Input arrays: at most 250 rows, unless the platform says otherwise for one of them."""

from typing import Any

from sandbox.shopify.calls import FieldError
from sandbox.shopify.execution import FieldPlan

MOST = 250
#: (mutation, path without indexes) -> another limit; 0 is checked by the mutation itself.
OTHERS = {
    ("productSet", "input.variants"): 2048,
    ("productVariantsBulkUpdate", "variants"): MOST,
    ("fulfillmentCreate", "fulfillment.lineItemsByFulfillmentOrder.fulfillmentOrderLineItems"): 512,
}


def check_sizes(plan: FieldPlan) -> None:
    """Raises FieldError MAX_INPUT_SIZE_EXCEEDED, before anything is done."""
    for name, value in plan.args.items():
        _walk(plan.name, [name], value)


def _walk(field: str, path: list[str], value: Any) -> None:
    if isinstance(value, list):
        plain = ".".join(p for p in path if not p.isdigit())
        most = OTHERS.get((field, plain), MOST)
        if most and len(value) > most:
            raise FieldError(
                f"The input array size of {len(value)} is greater than the maximum allowed of {most}.",
                "MAX_INPUT_SIZE_EXCEEDED",
                path=[field, *path],
            )
        for index, item in enumerate(value):
            if isinstance(item, (dict, list)):
                _walk(field, [*path, str(index)], item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, (dict, list)):
                _walk(field, [*path, name], item)
