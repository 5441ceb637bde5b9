"""Lines of a price document from and to CSV or XLSX."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.widgets import ForeignKeyWidget

from erp.models import Item
from linking.admin.resources import CodeWidget
from pricing.models import PriceUpdaterDoc, PriceUpdaterLine


class PriceUpdaterDocResource(resources.ModelResource):  # type: ignore[misc]
    """Documents for export: one row per line, so that a file can be changed and read back."""

    document = fields.Field(
        attribute="document", column_name="document", widget=ForeignKeyWidget(PriceUpdaterDoc, field="pk")
    )
    item = fields.Field(attribute="item", column_name="item", widget=CodeWidget(Item, required=True))

    class Meta:
        model = PriceUpdaterLine
        import_id_fields = ("document", "item", "min_quantity")
        skip_unchanged = True
        report_skipped = False
        clean_model_instances = True
        fields = (
            "document", "item", "min_quantity", "new_price", "special_price", "special_from", "special_to", "currency",
            "confirmed", "old_price", "shop_price", "difference_percent", "status", "error", "sent_at",
        )  # fmt: skip
        export_order = fields

    #: Written by the document itself; a file cannot change them.
    machine_columns = ("old_price", "shop_price", "difference_percent", "status", "error", "sent_at")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("document", "item")

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        if field.column_name not in self.machine_columns and field.column_name in row:
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        row.setdefault("min_quantity", "1")
        row["min_quantity"] = row["min_quantity"] or "1"

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if not instance.document.is_editable:
            raise ValidationError(
                _("Document %(document)s is %(state)s; only the lines of a draft can be imported.")
                % {"document": instance.document, "state": instance.document.get_state_display()}
            )
        instance.sku = instance.item.code
