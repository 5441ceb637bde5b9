"""The proof of a return: what the shop gave back against the documents as saved, component by component."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Sum

from ecomsync.common.money import ZERO
from erp.inputs import TaxPart
from erp.models import DocumentCharge, SalesInvoice, SalesReturn
from erp.models.sales import ChargeKind
from erp.models.sales_amounts import AmountLine
from erp.services.tax_parts import parts_of
from erp.services.waived import waived_share
from orders.models import ReturnOrder
from orders.services.figures import RATE
from orders.services.return_plan import told_taxes
from orders.services.saved_documents import rate_name
from orders.services.shares import shares_of
from orders.services.totals import ProofRow

Figures = dict[str, Decimal]

#: Stands for tax that the shop tells in one sum only.
_UNTOLD = f"{RATE}?"


def prove_return(
    *, row: ReturnOrder, sales_return: SalesReturn, notes: Sequence[SalesInvoice]
) -> list[ProofRow]:
    """Every component of the refund on both sides, read anew from the database.

    Money that no line explains is one component with its tax, since the shop tells no tax of it. Credit notes are
    compared with the return they credit, less what was taken off the order before it was invoiced.
    """
    shop, erp = _shop_figures(row), _saved_figures(sales_return)
    rows = [ProofRow(name, shop.get(name, ZERO), erp.get(name, ZERO)) for name in _names(shop, erp)]
    rows.append(ProofRow("grand_total", row.total, sales_return.grand_total))
    if notes:
        rows += _credited(sales_return, notes)
    return rows


def _names(shop: Figures, erp: Figures) -> list[str]:
    known = ("goods_net", "goods_tax", "shipping", "shipping_tax", "fees", "fees_tax", "amounts")
    rates = sorted(name for name in {*shop, *erp} if name.startswith(RATE))
    if _UNTOLD in shop:
        rates = []
    return [name for name in (*known, *rates) if shop.get(name) or erp.get(name)]


def _shop_figures(row: ReturnOrder) -> Figures:
    figures: Figures = {}
    entries = list(row.lines.all())
    for entry in entries:
        net, tax = _places(entry.kind if entry.kind != "line" or entry.quantity > 0 else "amount")
        _add(figures, net, entry.net)
        _add(figures, tax, entry.tax)
        if net != "amounts" and entry.tax:
            told = shares_of(told_taxes(entry), entry.tax, row.currency)
            for (_code, rate), amount in told.items():
                _add(figures, _UNTOLD if rate is None else RATE + rate_name(rate), amount)
    _add(figures, "amounts", row.total - sum((entry.net + entry.tax for entry in entries), ZERO))
    return figures


def _saved_figures(sales_return: SalesReturn) -> Figures:
    figures: Figures = {}
    parts: list[tuple[str, AmountLine | DocumentCharge]] = [
        ("line", line) for line in sales_return.lines.all()
    ]
    parts += [(_kind_of(charge), charge) for charge in sales_return.charges.all()]
    for kind, part in parts:
        net, tax = _places(kind)
        _add(figures, net, part.net_amount)
        _add(figures, tax, part.tax_amount)
        if net != "amounts" and part.tax_amount:
            whole = [TaxPart(part.tax_code, part.tax_rate, part.tax_amount)]
            for share in parts_of(part.tax_parts) or whole:
                _add(figures, RATE + rate_name(share.rate), share.amount)
    _add(figures, "amounts", sales_return.rounding)
    return figures


def _kind_of(charge: DocumentCharge) -> str:
    """A fee without a line of the shop that takes money off is one that the shop kept."""
    if charge.kind == ChargeKind.SHIPPING:
        return "shipping"
    is_fee = charge.kind == ChargeKind.FEE and (charge.external_line_id or charge.net_amount > 0)
    return "fee" if is_fee else "amount"


def _places(kind: str) -> tuple[str, str]:
    places = {
        "line": ("goods_net", "goods_tax"),
        "shipping": ("shipping", "shipping_tax"),
        "fee": ("fees", "fees_tax"),
    }
    return places.get(kind, ("amounts", "amounts"))


def _add(figures: Figures, name: str, amount: Decimal) -> None:
    figures[name] = figures.get(name, ZERO) + amount


def _credited(sales_return: SalesReturn, notes: Sequence[SalesInvoice]) -> list[ProofRow]:
    sums = SalesInvoice.objects.filter(pk__in=[note.pk for note in notes]).aggregate(
        tax=Sum("tax_total"), total=Sum("grand_total")
    )
    shares = [waived_share(line, sales_return.currency) for line in sales_return.lines.all()]
    waived_net, waived_tax = sum((net for net, _ in shares), ZERO), sum((tax for _, tax in shares), ZERO)
    return [
        ProofRow("credited_tax", sales_return.tax_total - waived_tax, sums["tax"]),
        ProofRow("credited_total", sales_return.grand_total - waived_net - waived_tax, sums["total"]),
    ]
