"""The rows of an order: which of them sell something, and what each costs net of tax.

A configurable comes as two rows with the child's SKU: the first has the money, the second the product that leaves the
shelf. A bundle has its money on itself (fixed price) or on its parts (dynamic price).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import ZERO
from platforms.magento1.payloads import ItemShape
from platforms.magento1.php_text import unserialized
from platforms.types import RemoteOrderLine, RemoteTax


@dataclass(frozen=True, slots=True)
class Sold:
    """A row that is a line, with the rows that stand under it."""

    row: ItemShape
    children: tuple[ItemShape, ...] = ()

    @property
    def product(self) -> ItemShape:
        """The row whose product leaves the shelf."""
        if self.row.product_type == "configurable" and len(self.children) == 1:
            return self.children[0]
        return self.row


def sold_rows(items: Sequence[ItemShape]) -> list[Sold]:
    """The lines of an order in their order."""
    tops, children = _placed(items)
    found: list[Sold] = []
    for top in tops:
        under = tuple(children.get(top.item_id, ()))
        if top.product_type == "bundle" and any(child.has_money for child in under):
            found += [Sold(child) for child in under]
        else:
            found.append(Sold(top, under))
    return found


def parents_of(items: Sequence[ItemShape]) -> dict[str, ItemShape]:
    """The row over each row that stands under one, by item id."""
    tops, children = _placed(items)
    known = {top.item_id: top for top in tops}
    return {
        child.item_id: known[parent]
        for parent, under in children.items()
        if parent in known
        for child in under
    }


def _placed(items: Sequence[ItemShape]) -> tuple[list[ItemShape], dict[str, list[ItemShape]]]:
    """The rows at the top, and those under each by its id."""
    children: dict[str, list[ItemShape]] = {}
    tops: list[ItemShape] = []
    for item in items:
        parent = item.parent_item_id or _parent_by_place(item, tops, children)
        if parent:
            children.setdefault(parent, []).append(item)
        else:
            tops.append(item)
    return tops, children


def _parent_by_place(item: ItemShape, tops: Sequence[ItemShape], children: dict[str, list[ItemShape]]) -> str:
    """SOAP v2 does not tell parents: a row without money right after a configurable of the same SKU is its child."""
    last = tops[-1] if tops else None
    if last is None or last.product_type != "configurable" or children.get(last.item_id):
        return ""
    return last.item_id if item.sku == last.sku and not item.has_money else ""


def with_hidden_tax(items: Sequence[ItemShape], missing: Decimal, quantum: Decimal) -> list[ItemShape]:
    """Where no row tells hidden tax (SOAP v2): what the total has beyond the rows, if it is just the tax inside the
    discounts, row by row. missing: that rest."""
    if not missing or any(item.told_hidden_tax is not None for item in items):
        return list(items)
    shares = [
        (item.discount_amount * item.tax_percent / (100 + item.tax_percent)).quantize(
            quantum, rounding=ROUND_HALF_UP
        )
        for item in items
    ]
    rest = missing - sum(shares, ZERO)
    if abs(rest) > quantum * max(1, len(items)):
        return list(items)
    largest = max(range(len(items)), key=lambda n: shares[n])
    shares[largest] += rest
    return [
        item.model_copy(update={"told_hidden_tax": share}) for item, share in zip(items, shares, strict=True)
    ]


def line_of(sold: Sold) -> RemoteOrderLine:
    """Amounts net of tax: what a discount took of the tax comes back as hidden tax."""
    row, product = sold.row, sold.product
    net = row.row_total - row.discount_amount + row.hidden_tax_amount
    full_tax = row.row_total_incl_tax - row.row_total if row.row_total_incl_tax else row.tax_amount
    return RemoteOrderLine(
        remote_id=row.item_id,
        sku=(product.sku or row.sku).strip(),
        name=row.name or product.name,
        quantity=row.qty_ordered,
        subtotal_net=row.row_total,
        subtotal_tax=full_tax,
        net=net,
        tax=row.tax_amount,
        taxes=(tax_row(row.tax_percent, row.tax_amount),),
        product_id=product.product_id,
        attributes=_attributes(row.product_options),
    )


def tax_row(percent: Decimal, tax: Decimal) -> RemoteTax:
    """The API tells a line's percentage and no name of the tax."""
    return RemoteTax(rate_id=f"{percent.normalize():f}", name="", rate_percent=percent, amount=tax)


def _attributes(options: object) -> dict[str, str]:
    """What the buyer chose, from the options that PHP wrote."""
    found: dict[str, str] = {}
    told = unserialized(options) if isinstance(options, str) else options
    if not isinstance(told, dict):
        return found
    for part in ("attributes_info", "options", "additional_options"):
        rows = told.get(part)
        for row in rows.values() if isinstance(rows, dict) else rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and row.get("label"):
                found[str(row["label"])] = str(row.get("print_value") or row.get("value") or "")
    return found
