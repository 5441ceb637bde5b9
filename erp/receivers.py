"""Turns saved rows into announcements, for edits in the admin and elsewhere outside the services."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save, pre_save

from erp import signals
from erp.models import (
    Item,
    ItemAttributeValue,
    ItemBarcode,
    ItemGroup,
    ItemImage,
    ItemPrice,
    ItemUnit,
    KitComponent,
    StockBalance,
    Warehouse,
)
from erp.services.stock.balances import announce_stock

PRICE_FIELDS = frozenset({"sales_price", "special_price", "special_price_from", "special_price_to"})
STOCK_FIELDS = frozenset({"safety_stock", "allow_negative", "active", "sellable", "item_type"})
#: Columns that say nothing about the item itself.
SILENT_FIELDS = frozenset(
    {"id", "created_at", "updated_at", "created_by", "updated_by", "remarks", "standard_cost"}
)

_BEFORE = "_values_before_save"


def connect() -> None:
    """Connect the receivers; called once when the app is ready."""
    pre_save.connect(remember_values, sender=Item, dispatch_uid="erp.before.item")
    pre_save.connect(remember_values, sender=ItemGroup, dispatch_uid="erp.before.group")
    post_save.connect(announce_item, sender=Item, dispatch_uid="erp.item")
    post_save.connect(announce_group, sender=ItemGroup, dispatch_uid="erp.group")
    for model in (ItemBarcode, ItemAttributeValue, ItemImage, ItemUnit):
        for signal in (post_save, post_delete):
            signal.connect(announce_detail, sender=model, dispatch_uid=f"erp.detail.{model.__name__}")
    for signal in (post_save, post_delete):
        signal.connect(announce_component, sender=KitComponent, dispatch_uid="erp.component")
        signal.connect(announce_price, sender=ItemPrice, dispatch_uid="erp.price")
    post_save.connect(announce_warehouse, sender=Warehouse, dispatch_uid="erp.warehouse")


def _values(instance: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}


def remember_values(sender: type[models.Model], instance: models.Model, raw: bool, **kwargs: Any) -> None:
    """Keep what is stored now, to see afterwards what changed."""
    if raw:
        return
    row = sender._default_manager.filter(pk=instance.pk).values().first() if instance.pk else None
    setattr(instance, _BEFORE, row)


def _changed(instance: models.Model) -> set[str] | None:
    """Names of changed columns; None for a new row."""
    before = instance.__dict__.pop(_BEFORE, None)
    if before is None:
        return None
    return {name for name, value in _values(instance).items() if before.get(name) != value}


def announce_item(sender: type[Item], instance: Item, raw: bool, **kwargs: Any) -> None:
    """item_changed, price_changed and stock_changed, each only if its columns changed."""
    if raw:
        return
    changed = _changed(instance)
    ids = {instance.pk}
    if changed is None or changed - PRICE_FIELDS - SILENT_FIELDS - {"safety_stock", "allow_negative"}:
        signals.item_changed.send(sender=Item, item_ids=ids)
    if changed is None or changed & PRICE_FIELDS:
        signals.price_changed.send(sender=Item, item_ids=ids, price_list_id=None)
    if changed and changed & STOCK_FIELDS:
        announce_stock(ids, set(Warehouse.objects.filter(active=True).values_list("pk", flat=True)))


def announce_group(sender: type[ItemGroup], instance: ItemGroup, raw: bool, **kwargs: Any) -> None:
    """A renamed or moved group changes the sheet of its items."""
    if raw:
        return
    changed = _changed(instance)
    if changed and changed - SILENT_FIELDS:
        ids = set(Item.objects.filter(item_group=instance).values_list("pk", flat=True))
        if ids:
            signals.item_changed.send(sender=ItemGroup, item_ids=ids)


def announce_detail(
    sender: type[models.Model],
    instance: ItemBarcode | ItemAttributeValue | ItemImage | ItemUnit,
    raw: bool = False,
    **kwargs: Any,
) -> None:
    """Barcodes, attributes, images and units are part of the sheet."""
    if not raw:
        signals.item_changed.send(sender=sender, item_ids={instance.item_id})


def announce_component(
    sender: type[KitComponent], instance: KitComponent, raw: bool = False, **kwargs: Any
) -> None:
    """Another component, another number of kits."""
    if not raw:
        signals.item_changed.send(sender=KitComponent, item_ids={instance.kit_id})
        places = set(Warehouse.objects.filter(active=True).values_list("pk", flat=True))
        signals.stock_changed.send(sender=KitComponent, item_ids={instance.kit_id}, warehouse_ids=places)


def announce_price(sender: type[ItemPrice], instance: ItemPrice, raw: bool = False, **kwargs: Any) -> None:
    """A price of a list, saved or deleted on its own."""
    if not raw:
        signals.price_changed.send(
            sender=ItemPrice, item_ids={instance.item_id}, price_list_id=instance.price_list_id
        )


def announce_warehouse(
    sender: type[Warehouse], instance: Warehouse, raw: bool, created: bool, **kwargs: Any
) -> None:
    """A warehouse that opens or closes for sale changes every figure it holds."""
    if raw or created:
        return
    ids = set(StockBalance.objects.filter(warehouse=instance).values_list("item_id", flat=True))
    if ids:
        announce_stock(ids, {instance.pk})
