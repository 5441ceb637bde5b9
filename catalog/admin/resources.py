"""Import and export of product and category settings as CSV or XLSX."""

from __future__ import annotations

from typing import Any

from import_export import fields, resources

from catalog.models import CategoryConfig, ProductConfig
from erp.models import Item
from linking.admin.resources import CodeWidget
from sites.models import Site


class ProductConfigResource(resources.ModelResource):  # type: ignore[misc]
    """One row per product of a site; recognised by site and SKU."""

    site = fields.Field(attribute="site", column_name="site", widget=CodeWidget(Site, required=True))
    item = fields.Field(attribute="item", column_name="item", widget=CodeWidget(Item, required=True))
    parent_product = fields.Field(
        attribute="parent_product", column_name="parent_product", widget=CodeWidget(ProductConfig)
    )

    class Meta:
        model = ProductConfig
        import_id_fields = ("site", "sku")
        skip_unchanged = True
        report_skipped = False
        clean_model_instances = True
        fields = (
            "site", "sku", "code", "item", "name1", "name2", "product_type", "parent_product", "attribute_set_id",
            "status", "visibility", "weight", "tax_class", "description1", "description2", "description3", "remarks",
            "active", "remote_id", "request_status", "last_request_sent",
        )  # fmt: skip
        export_order = fields

    #: Written by the queue; a file cannot change them.
    machine_columns = ("remote_id", "request_status", "last_request_sent")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("site", "item", "parent_product")

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        if field.column_name not in self.machine_columns and field.column_name in row:
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """An empty code follows the SKU, as in the form."""
        super().import_instance(instance, row, **kwargs)
        instance.fill_keys()


class CategoryConfigResource(resources.ModelResource):  # type: ignore[misc]
    """One row per category; recognised by its code. Parents stand before their children."""

    site = fields.Field(attribute="site", column_name="site", widget=CodeWidget(Site, required=True))
    parent = fields.Field(attribute="parent", column_name="parent", widget=CodeWidget(CategoryConfig))

    class Meta:
        model = CategoryConfig
        import_id_fields = ("code",)
        skip_unchanged = True
        report_skipped = False
        clean_model_instances = True
        fields = (
            "code", "site", "parent", "name1", "name2", "description1", "description2", "description3", "position",
            "include_in_menu", "image_url", "remote_id", "active",
        )  # fmt: skip
        export_order = fields

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("site", "parent")

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        if field.column_name in row:
            super().import_field(field, instance, row, is_m2m, **kwargs)
