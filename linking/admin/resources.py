"""Import and export of link lines as CSV or XLSX."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.widgets import ForeignKeyWidget

from erp.models import Item, UnitOfMeasure
from linking.models import ItemLinkerLine, LinkState, MatchSource
from linking.services.announce import announce_linked
from linking.services.link_line import forget_sent
from linking.services.linkers import linker_for
from sites.models import Site


class CodeWidget(ForeignKeyWidget):  # type: ignore[misc]
    """Finds a record by its code, whatever its case; an unknown code is named."""

    def __init__(self, model: type[Any], *, required: bool = False) -> None:
        super().__init__(model, field="code")
        self.required = required

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        code = str(value or "").strip()
        if not code:
            if self.required:
                raise ValueError(_("The %(what)s is missing.") % {"what": self.model._meta.verbose_name})
            return None
        found = (
            self.model.objects.filter(code=code.upper()).first()
            or self.model.objects.filter(code=code).first()
        )
        if found is None:
            raise ValueError(
                _("There is no %(what)s with the code %(code)s.")
                % {"what": self.model._meta.verbose_name, "code": code}
            )
        return found


class ItemLinkerLineResource(resources.ModelResource):  # type: ignore[misc]
    """One row per product or variant; recognised by site, product id and variant id.

    On import the item column links by hand; an empty item column leaves the link as it is.
    """

    site = fields.Field(attribute="site", column_name="site", widget=CodeWidget(Site, required=True))
    item = fields.Field(attribute="item", column_name="item", widget=CodeWidget(Item))
    unit = fields.Field(attribute="unit", column_name="unit", widget=CodeWidget(UnitOfMeasure))

    class Meta:
        model = ItemLinkerLine
        import_id_fields = ("site", "remote_product_id", "remote_variant_id")
        skip_unchanged = True
        report_skipped = False
        use_bulk = False
        clean_model_instances = True
        fields = (
            "site", "remote_product_id", "remote_variant_id", "item", "unit", "variant_text", "remote_sku",
            "remote_name", "parent_remote_id", "remote_inventory_id", "state", "match_source", "active",
            "last_seen_at", "last_sent_quantity", "last_sent_price",
        )  # fmt: skip
        export_order = fields

    #: Written by runs and by the queues; a file cannot change them.
    machine_columns = ("state", "match_source", "last_seen_at", "last_sent_quantity", "last_sent_price")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("site", "item", "unit")

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        name = field.column_name
        if name in self.machine_columns or (
            name in ("item", "unit") and not str(row.get("item") or "").strip()
        ):
            return
        if name in ("item", "unit", "remote_variant_id") or name in row:
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Fill the row, then say what follows from it, so that it is validated as in its form."""
        super().import_instance(instance, row, **kwargs)
        if instance.linker_id is None:
            instance.linker = linker_for(instance.site)
        before = ItemLinkerLine.objects.filter(pk=instance.pk).values_list("item_id", "unit_id").first()
        if instance.item_id is not None and before != (instance.item_id, instance.unit_id):
            instance.state, instance.match_source, instance.candidates = (
                LinkState.LINKED,
                MatchSource.MANUAL,
                [],
            )
            forget_sent(instance)
            instance.freshly_linked = True
        elif instance.item_id is None and instance.pk is None:
            instance.state = LinkState.ITEM_MISSING

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if getattr(instance, "freshly_linked", False) and not kwargs.get("dry_run"):
            announce_linked(site_id=instance.site_id, item_ids=[instance.item_id], skus=[instance.remote_sku])
