"""What cures held orders beside the site's own tables: the ERP's masters and its stock.

Changes of one transaction are gathered and looked up once, after its commit. Imports announce much that cures
nobody (they take stock and create customers), so what happens inside them is not listened to.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from typing import Any

from django.db import models, transaction
from django.db.models.signals import post_delete, post_save

from erp.models import (
    AccountingRule,
    Currency,
    ExchangeRate,
    Item,
    LegalEntity,
    NumberSeries,
    PeriodLock,
    SalesOrder,
    TaxPlanLine,
    Warehouse,
)
from erp.signals import document_state_changed, item_changed, stock_changed
from erp.states import SalesOrderState
from orders.importing import is_importing
from orders.reasons import HoldCode
from orders.services.due import due_for_codes

logger = logging.getLogger(__name__)

_TAX = (HoldCode.TAX_MISMATCH, HoldCode.MISSING_TAX_PLAN)
_ITEM = (
    HoldCode.UNKNOWN_SKU,
    "not_sellable",
    "not_stocked",
    "unknown_unit",
    "empty_kit",
    "bad_quantity",
    *_TAX,
)
_STOCK = ("stock_shortage",)
#: A record of these saved or deleted cures these reasons, whatever they concern.
_MASTERS: dict[type[models.Model], tuple[str, ...]] = {
    Warehouse: ("no_warehouse",),
    PeriodLock: ("period_locked",),
    AccountingRule: ("missing_accounting_rule", "entry_unbalanced"),
    LegalEntity: (HoldCode.MISSING_EXCHANGE_RATE, "no_currency"),
    NumberSeries: ("permanent", "configuration"),
    TaxPlanLine: _TAX,
}


class _Pending(threading.local):
    def __init__(self) -> None:
        self.ids: dict[tuple[str, ...], set[int]] = {}
        self.names: dict[tuple[str, ...], set[str] | None] = {}


_pending = _Pending()


def _gather(codes: tuple[str, ...], *, ids: Collection[int] = (), names: Collection[str] | None = ()) -> None:
    """names None: whatever the reasons concern."""
    if is_importing():
        return
    if ids:
        _pending.ids.setdefault(codes, set()).update(ids)
    if names is None:
        _pending.names[codes] = None
    elif names:
        known = _pending.names.setdefault(codes, set())
        if known is not None:
            known.update(names)
    transaction.on_commit(flush, robust=True)


def flush() -> None:
    """Mark what was gathered; the second of two calls in one commit finds nothing left."""
    ids, _pending.ids = _pending.ids, {}
    names, _pending.names = _pending.names, {}
    for codes, keys in ids.items():
        due_for_codes(codes, _item_names(keys), fresh=codes != _STOCK)
    for codes, subjects in names.items():
        due_for_codes(codes, subjects)


def _item_names(keys: Collection[int]) -> list[str]:
    """Codes and barcodes of items, as an order line may call them."""
    rows = Item.objects.filter(pk__in=list(keys)).values_list("code", "barcodes__barcode")
    return [name for pair in rows for name in pair if name]


def on_item_changed(sender: object, item_ids: Collection[int], **kwargs: Any) -> None:
    _gather(_ITEM, ids=item_ids)


def on_stock_changed(sender: object, item_ids: Collection[int], **kwargs: Any) -> None:
    _gather(_STOCK, ids=item_ids)


def on_document_state(
    sender: object, document: models.Model, document_type: str, new_state: str, **kwargs: Any
) -> None:
    """An order that goes makes room within a credit limit; receipts and credit notes do so at once (`receivers`)."""
    if isinstance(document, SalesOrder) and new_state == SalesOrderState.CANCELLED:
        _gather(("credit_limit",), names=[document.customer.code])


def on_rate_saved(sender: object, instance: ExchangeRate, **kwargs: Any) -> None:
    _gather((HoldCode.MISSING_EXCHANGE_RATE,), names=[instance.currency.code])


def on_currency_saved(sender: object, instance: Currency, **kwargs: Any) -> None:
    _gather((HoldCode.MISSING_EXCHANGE_RATE, "no_currency"), names=[instance.code])


def on_master_changed(sender: type[models.Model], **kwargs: Any) -> None:
    _gather(_MASTERS[sender], names=None)


def connect() -> None:
    """Called once when the app is ready."""
    item_changed.connect(on_item_changed, dispatch_uid="orders.cures.item")
    stock_changed.connect(on_stock_changed, dispatch_uid="orders.cures.stock")
    document_state_changed.connect(on_document_state, dispatch_uid="orders.cures.document")
    post_save.connect(on_rate_saved, sender=ExchangeRate, dispatch_uid="orders.cures.rate")
    post_save.connect(on_currency_saved, sender=Currency, dispatch_uid="orders.cures.currency")
    for model in _MASTERS:
        name = model.__name__
        post_save.connect(on_master_changed, sender=model, dispatch_uid=f"orders.cures.saved.{name}")
        post_delete.connect(on_master_changed, sender=model, dispatch_uid=f"orders.cures.deleted.{name}")
