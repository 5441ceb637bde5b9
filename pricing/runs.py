"""Long actions of a site: all prices, and their preview."""

from __future__ import annotations

from typing import Any

from activity.services import RunReporter
from ecomsync.common.errors import ConfigurationError
from linking.selectors import lines_in_shop, sellable_item_ids
from pricing.handlers import PriceHandler
from pricing.list_handler import ListPriceHandler
from pricing.price_file import PriceFile
from pricing.selectors.shop_prices import PriceProblem
from pricing.services.list_requests import list_requests
from sites.models import Site
from sites.services.adapters import connection_for
from sync_queues.inputs import RequestInput
from sync_queues.models import UpdatePriceRequest
from sync_queues.services.enqueue import enqueue
from sync_queues.services.full_file import FullFile, report_file, send_full_file, takes_full_file
from sync_queues.services.full_run import ask_for_all

CHUNK = 500


def update_all_prices(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Update All Prices': a price request for every linked item, and for each of its prices in lists that the site maps;
    what failed or waited before is set aside.

    Prices that the shop has already are not sent again, unless params["force"]. With 'full run deactivates missing items'
    and a platform that takes complete files, all base prices go out as one such file instead.
    """
    if not site.update_prices:
        raise ConfigurationError(
            f"'update prices' is switched off on site {site.code}.",
            code="configuration",
            site=site.code,
            cure="Switch it on in the capabilities of the site, then start the action again.",
        )
    forced = bool(params.get("force"))
    ids = sellable_item_ids(site=site).filter(item_id__isnull=False)
    if takes_full_file(site, "price"):
        file = FullFile("price", ids, "item_id", lines_in_shop, PriceFile)
        taken = send_full_file(run=run, site=site, file=file)
        if taken is not None:
            report_file(run, site, "price", taken)
            _ask_for_lists(run, site, taken.items)
            return
    ask_for_all(
        run=run,
        site=site,
        kind="price",
        ids=ids,
        key="item_id",
        requests_of=lambda part: [
            *(RequestInput(item_id=pk, forced=forced) for pk in part),
            *list_requests(site=site, item_ids=part, forced=forced),
        ],
    )


def _ask_for_lists(run: RunReporter, site: Site, item_ids: list[int]) -> None:
    """The file holds base prices alone, and of the list that they stand in it has switched off whatever else was there:
    so the prices of lists are looked at even if they should be right."""
    asked = 0
    for start in range(0, len(item_ids), CHUNK):
        run.check_cancelled()
        rows = list_requests(site=site, item_ids=item_ids[start : start + CHUNK], forced=True)
        asked += enqueue("price", site=site, rows=rows, supersede=True).total
    if asked:
        run.count("list_prices", asked)


def preview_prices(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Each price that would change, and where it comes from; nothing is written."""
    asked = params.get("items")
    ids = (
        [int(pk) for pk in asked] if asked else [pk for pk in sellable_item_ids(site=site) if pk is not None]
    )
    with site.adapter_class(connection_for(site)) as adapter:
        handler = PriceHandler(site, adapter)
        for start in range(0, len(ids), CHUNK):
            run.check_cancelled()
            part = ids[start : start + CHUNK]
            _preview(
                run, handler, [UpdatePriceRequest(pk=pk, site=site, item_id=pk, version=0) for pk in part]
            )
            _preview_lists(run, ListPriceHandler(site, adapter), site, part)
            run.progress(start + len(part), len(ids))


def _preview(run: RunReporter, handler: PriceHandler, requests: list[UpdatePriceRequest]) -> None:
    for row, told in handler.compare(requests):
        run.found()
        if isinstance(row.answer, PriceProblem):
            run.failed(
                1, f"{row.line.remote_sku}: {row.answer.message}", subject=row.line, code=row.answer.code
            )
        elif told is not None:
            run.unchanged()
        else:
            run.updated()
            old = "–" if row.line.last_sent_price is None else f"{row.line.last_sent_price.normalize():f}"
            special = f", special {row.answer.special}" if row.answer.special is not None else ""
            text = f"{row.line.remote_sku}: {old} → {row.answer.price} {row.answer.currency}{special} ({row.answer.rule})"
            run.note(text, subject=row.line)


def _preview_lists(run: RunReporter, handler: ListPriceHandler, site: Site, item_ids: list[int]) -> None:
    asked = [
        UpdatePriceRequest(
            pk=number,
            site=site,
            item_id=row.item_id,
            price_list_id=row.price_list_id,
            min_quantity=row.min_quantity,
            version=0,
        )
        for number, row in enumerate(list_requests(site=site, item_ids=item_ids), start=1)
    ]
    for row, told in handler.compare(asked) if asked else ():
        run.found()
        where = f"{row.line.remote_sku} @ {row.mapping.remote_code}, from {row.quantity.normalize():f}"
        if isinstance(row.answer, PriceProblem):
            run.failed(1, f"{where}: {row.answer.message}", subject=row.line, code=row.answer.code)
        elif told is not None:
            run.unchanged()
        else:
            run.updated()
            text = "taken out" if row.answer is None else f"{row.answer.shown} ({row.answer.rule})"
            run.note(f"{where}: {text}", subject=row.line)
