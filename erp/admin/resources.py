"""Import and export of items, prices, stock and customers (CSV, XLSX): dry run, errors per row, upsert by code."""

from __future__ import annotations

from collections.abc import MutableMapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets

from ecomsync.common.errors import EcomsyncError
from ecomsync.common.money import ZERO
from erp.barcodes import guess_type
from erp.inputs import MovementInput
from erp.models import (
    Brand,
    Customer,
    CustomerGroup,
    Item,
    ItemBarcode,
    ItemGroup,
    ItemPrice,
    MovementType,
    PriceList,
    StockBalance,
    StockMovement,
    TaxPlan,
    UnitOfMeasure,
    Warehouse,
)
from erp.services.stock import post_movements
from erp.signals import customers_changed

Row = MutableMapping[str, Any]


class CodeWidget(widgets.ForeignKeyWidget):  # type: ignore[misc]
    """A row by its code, whatever the case; the error names the code."""

    def __init__(self, model: type[Any]) -> None:
        super().__init__(model, field="code")

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> Any:
        if value in (None, ""):
            return None
        code = str(value).strip().upper()
        found = self.model.objects.filter(code=code).first()
        if found is None:
            raise ValueError(
                _("There is no %(model)s with code %(code)s.")
                % {"model": self.model._meta.verbose_name, "code": code}
            )
        return found


def by_code(name: str, model: type[Any]) -> fields.Field:
    return fields.Field(column_name=name, attribute=name, widget=CodeWidget(model))


class UpsertResource(resources.ModelResource):  # type: ignore[misc]
    """Rows are found by code; unchanged rows are skipped; each row is validated as in its form."""

    def before_import_row(self, row: Row, **kwargs: Any) -> None:
        if "code" in row:
            row["code"] = str(row["code"] or "").strip().upper()
            if not row["code"]:
                raise ValidationError(_("The code is empty."))


class ItemResource(UpsertResource):
    item_group = by_code("item_group", ItemGroup)
    brand = by_code("brand", Brand)
    base_unit = by_code("base_unit", UnitOfMeasure)
    tax_plan = by_code("tax_plan", TaxPlan)
    variant_of = by_code("variant_of", Item)
    barcode = fields.Field(column_name="barcode")

    class Meta:
        model = Item
        import_id_fields = ("code",)
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        fields = (
            "code",
            "name1",
            "name2",
            "item_type",
            "variant_of",
            "item_group",
            "brand",
            "base_unit",
            "barcode",
            "sales_price",
            "special_price",
            "special_price_from",
            "special_price_to",
            "standard_cost",
            "safety_stock",
            "weight",
            "weight_unit",
            "tax_plan",
            "short_description",
            "short_description_ar",
            "country_of_origin",
            "customs_code",
            "sellable",
            "active",
        )

    def dehydrate_barcode(self, item: Item) -> str:
        first = next((row for row in item.barcodes.all() if row.active), None) if item.pk else None
        return first.barcode if first else ""

    def skip_row(
        self, instance: Item, original: Item, row: Row, import_validation_errors: Any = None
    ) -> bool:
        barcode = str(row.get("barcode") or "").strip()
        if barcode and barcode != self.dehydrate_barcode(original):
            return False
        return bool(super().skip_row(instance, original, row, import_validation_errors))

    def after_save_instance(self, instance: Item, row: Row, **kwargs: Any) -> None:
        barcode = str(row.get("barcode") or "").strip()
        if not barcode or instance.barcodes.filter(barcode=barcode, active=True).exists():
            return
        first = ItemBarcode(item=instance, barcode=barcode, barcode_type=guess_type(barcode))
        first.full_clean()
        first.save()


class ItemPriceResource(resources.ModelResource):  # type: ignore[misc]
    price_list = by_code("price_list", PriceList)
    item = by_code("item", Item)
    unit = by_code("unit", UnitOfMeasure)
    customer = by_code("customer", Customer)

    class Meta:
        model = ItemPrice
        import_id_fields = ("price_list", "item", "unit", "customer", "min_quantity", "valid_from")
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        fields = (
            "price_list",
            "item",
            "unit",
            "customer",
            "min_quantity",
            "price",
            "discount_percent",
            "special_price",
            "special_price_from",
            "special_price_to",
            "valid_from",
            "valid_to",
        )

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Columns of the key that a file leaves out are empty, and the minimum quantity is one."""
        for name in ("unit", "customer", "min_quantity", "valid_from"):
            if name not in (dataset.headers or ()):
                dataset.append_col(["" for _row in range(len(dataset))], header=name)

    def before_import_row(self, row: Row, **kwargs: Any) -> None:
        if row.get("min_quantity") in (None, ""):
            row["min_quantity"] = "1"
        for name in ("price_list", "item"):
            if not row.get(name):
                raise ValidationError(_("The column %(name)s is empty.") % {"name": name})


class StockResource(resources.ModelResource):  # type: ignore[misc]
    """Counted stock: the difference to the present figure becomes a movement, the first one is the opening."""

    item = by_code("item", Item)
    warehouse = by_code("warehouse", Warehouse)

    class Meta:
        model = StockBalance
        import_id_fields = ("item", "warehouse")
        skip_unchanged = True
        report_skipped = True
        fields = ("item", "warehouse", "on_hand", "reserved", "safety_stock")

    def import_field(
        self, field: fields.Field, instance: Any, row: Row, is_m2m: bool = False, **kwargs: Any
    ) -> None:
        """What is reserved is ours to know: that column is only exported."""
        if field.column_name != "reserved":
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def do_instance_save(self, instance: StockBalance, is_create: bool) -> None:
        wanted = Decimal(instance.on_hand)
        if wanted < 0:
            raise ValidationError(_("A counted quantity cannot be below zero."))
        stored = StockBalance.objects.filter(item=instance.item, warehouse=instance.warehouse).first()
        moved = StockMovement.objects.filter(item=instance.item, warehouse=instance.warehouse).exists()
        difference = wanted - (stored.on_hand if stored else ZERO)
        try:
            post_movements(
                movements=[
                    MovementInput(
                        item=instance.item,
                        warehouse=instance.warehouse,
                        quantity=difference,
                        movement_type=MovementType.COUNT_ADJUSTMENT if moved else MovementType.OPENING,
                        source_type="import",
                        source_label=_("import"),
                    )
                ]
            )
        except EcomsyncError as error:
            raise ValidationError(str(error)) from error
        balance = StockBalance.objects.get(item=instance.item, warehouse=instance.warehouse)
        if balance.safety_stock != instance.safety_stock:
            balance.safety_stock = instance.safety_stock
            balance.save(update_fields=["safety_stock", "updated_at"])
        instance.pk = balance.pk


class StockMovementResource(resources.ModelResource):  # type: ignore[misc]
    item = by_code("item", Item)
    warehouse = by_code("warehouse", Warehouse)

    class Meta:
        model = StockMovement
        fields = (
            "id",
            "posted_at",
            "item",
            "warehouse",
            "movement_type",
            "quantity",
            "balance_after",
            "unit_cost",
            "source_label",
        )


class CustomerResource(UpsertResource):
    customer_group = by_code("customer_group", CustomerGroup)
    price_list = by_code("price_list", PriceList)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        ids = {row.object_id for row in result.rows if row.import_type in ("new", "update")}
        if ids:
            customers_changed.send(sender=Customer, customer_ids=ids)

    class Meta:
        model = Customer
        import_id_fields = ("code",)
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        fields = (
            "code",
            "name1",
            "name2",
            "customer_type",
            "email",
            "phone",
            "mobile",
            "tax_reg_no",
            "customer_group",
            "price_list",
            "currency",
            "language",
            "credit_limit",
            "credit_check",
            "payment_terms_days",
            "blocked",
            "active",
        )
