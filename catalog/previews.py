"""Dry runs: exactly what would be sent, line by line; nothing is written, neither in the shop nor here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from activity.services import RunReporter
from catalog.handlers.items import is_known
from catalog.handlers.quantities import QuantityHandler
from catalog.selectors.admission import admitted, item_condition, load_items, quantity_condition
from catalog.services.categories import category_sheets, fingerprint
from catalog.sheets import BuiltSheet, SheetBuilder
from catalog.sheets.sources import load_sources
from ecomsync.common.errors import ConfigurationError
from linking.selectors import linked_item_ids
from sites.models import Site
from sites.services.adapters import connection_for
from sync_queues.models import UpdateQtyRequest

CHUNK = 500


def preview_quantities(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Each figure that would change, with the sum it comes from."""
    condition = quantity_condition(site)
    ids = _chosen(site, params)
    with site.adapter_class(connection_for(site)) as adapter:
        handler = QuantityHandler(site, adapter)
        for done, part in parts(ids):
            run.check_cancelled()
            items = load_items(part)
            inside = admitted(condition, items.values())
            requests = [UpdateQtyRequest(pk=pk, site=site, item_id=pk) for pk in part if pk in inside]
            planned = handler.plan(requests)
            run.found(len(planned))
            for row in planned:
                if row.is_known:
                    run.unchanged()
                    continue
                run.updated()
                old = "–" if row.last_sent is None else f"{row.last_sent.normalize():f}"
                where = f" @ {row.place}" if row.place else ""
                text = f"{row.line.remote_sku}{where}: {old} → {row.quantity.normalize():f}  [{' '.join(row.figure.explain())}]"
                run.note(text, subject=items.get(row.line.item_id or 0))
            run.progress(done, len(ids))


def preview_items(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Each sheet that would be created or changed, with its members."""
    condition = item_condition(site)
    ids = _chosen(site, params)
    for done, part in parts(ids):
        run.check_cancelled()
        sources = load_sources(site, part)
        builder = SheetBuilder(sources, site.capabilities)
        inside = admitted(condition, sources.items.values())
        for pk in part:
            item = sources.items.get(pk)
            if item is None or pk not in inside:
                continue
            run.found()
            try:
                built = builder.build(item)
            except ConfigurationError as error:
                run.failed(1, str(error), subject=item, code=error.code)
                continue
            if is_known(built):
                run.unchanged()
            else:
                (run.updated if built.link else run.created)()
                run.note(" · ".join(describe_sheet(built)), subject=item)
        run.progress(done, len(ids))


def preview_categories(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Each category that would be created or changed."""
    for row, sheet in category_sheets(site):
        run.found()
        if row.remote_id and row.content_hash == fingerprint(sheet):
            run.unchanged()
        else:
            (run.updated if row.remote_id else run.created)()
            run.note(_("would send “%(name)s”") % {"name": sheet.name}, subject=row)


def describe_sheet(built: BuiltSheet) -> list[str]:
    """The members of a sheet that say something, as `name: value`."""
    sheet = built.sheet
    verb = _("would update %(sku)s") if built.link else _("would create %(sku)s")
    lines = [verb % {"sku": sheet.sku}]
    for name in ("kind", "name", "active", "visible", "weight", "barcode", "tax_class", "category_ids"):
        value = getattr(sheet, name)
        if value is not None:
            lines.append(f"{name}: {_plain(value)}")
    lines += [f"{attribute.name}: {', '.join(attribute.options)}" for attribute in sheet.attributes or ()]
    lines += [f"part: {part.quantity.normalize():f} × {part.sku}" for part in sheet.components or ()]
    lines += [f"{name}: {value}" for name, value in {**sheet.fields, **sheet.metadata}.items()]
    lines += [f"image: {image.url or image.filename}" for image in sheet.images or () if not image.remote_id]
    return [*lines, *built.notes]


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _chosen(site: Site, params: dict[str, Any]) -> Sequence[int]:
    """params["items"]: only these; else every linked item."""
    asked = params.get("items")
    return [int(pk) for pk in asked] if asked else [pk for pk in linked_item_ids(site=site) if pk is not None]


def parts(ids: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """Chunks with how many are done after each."""
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        yield start + len(part), part
