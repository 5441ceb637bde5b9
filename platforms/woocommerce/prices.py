"""Pushing prices without erasing a promotion of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecomsync.common.errors import ConfigurationError, EcomsyncError, Rejected
from platforms.base import result_from_error
from platforms.types import Outcome, PriceUpdate, PushResult
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.mapping_prices import price_body, promotion_ends, read_price, shows
from platforms.woocommerce.rows import Row, RowSender, accepted, not_linked, rejected

LANE = "prices"
_FIELDS = "id,sku,type,parent_id,regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt"


class PricePusher:
    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._sender = RowSender(client, lane=LANE)

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Set regular prices, and sale prices where the update has one.

        Cost: one call per 100 rows for reading the present prices (by SKU; rows without SKU: by id, variations by
        parent), one per 100 changed products and one per parent of changed variations. Rows that already show the
        price are not sent. With 'overwrite' nothing is read and every row is sent.
        """
        now = datetime.now(UTC)
        results: dict[int, PushResult] = {}
        rows: dict[int, Row] = {}
        for n, update in enumerate(updates):
            prepared = self._prepare(update, now)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows[n] = prepared
        present = (
            {}
            if self._client.options.overwrite_promotions
            else self._sender.read(list(rows.values()), _FIELDS)
        )
        for n, row in list(rows.items()):
            found = self._settled(row, present.get(row.remote_id), now)
            if found is not None:
                results[n] = found
                del rows[n]
        sent = self._sender.send(list(rows.values()), _judge)
        results.update(zip(rows, sent, strict=True))
        ordered = [results[n] for n in range(len(updates))]
        self._touch_parents(ordered)
        return ordered

    def _prepare(self, update: PriceUpdate, now: datetime) -> PushResult | Row:
        if not update.remote_id.isdigit():
            return not_linked(update.key, update.remote_id)
        try:
            self._refuse_unsupported(update)
            body = price_body(
                update,
                decimals=self._client.options.price_decimals,
                currency=self._client.connection.currency,
                zone=shop_zone(self._client.connection.time_zone),
                now=now,
            )
        except Rejected as error:
            return result_from_error(update.key, error)
        return Row(update.key, update.remote_id, body, update.sku, update.parent_remote_id)

    def _refuse_unsupported(self, update: PriceUpdate) -> None:
        shop_currency = self._client.connection.currency
        if shop_currency and update.currency and update.currency.upper() != shop_currency.upper():
            raise Rejected(
                f"The price is in {update.currency} and the shop sells in {shop_currency}.",
                code="currency_mismatch",
                cure="Choose a price list in the shop's currency on the site.",
            )
        if update.price_list or update.min_quantity > 1:
            raise Rejected(
                "WooCommerce has no prices per group or quantity.",
                code="unsupported",
                cure="Take price lists and quantity breaks off this site's price update.",
            )
        if update.price < 0 or (update.special is not None and update.special < 0):
            raise Rejected("A price is below zero.", code="negative_price", cure="Correct the price list.")

    def _settled(self, row: Row, record: dict[str, Any] | None, now: datetime) -> PushResult | None:
        """The result of a row that need not or must not be sent."""
        if record is None:
            return None
        if record.get("type") in ("variable", "grouped"):
            return _no_own_price(row, str(record["type"]))
        if shows(record, dict(row.body), now):
            return accepted(row, unchanged=True)
        sale = read_price(record.get("sale_price"))
        if "sale_price" in row.body or sale is None or promotion_ends(record, now):
            return None
        if Decimal(row.body["regular_price"]) > sale:
            return None
        return rejected(
            row,
            "price_below_promotion",
            f"The new price {row.body['regular_price']} is not above the shop's own promotion price {sale}; WooCommerce "
            "would erase the promotion.",
            "End the promotion in the shop, raise the price, or set 'New price at or below the shop's own promotion' of "
            "the site to overwrite.",
            sale_price=str(sale),
        )

    def _touch_parents(self, results: Sequence[PushResult]) -> None:
        """Save the parents of changed variations, so that the shop computes their price range anew."""
        parents = sorted(
            {result.parent_remote_id for result in results if result.outcome is Outcome.OK} - {""}
        )
        if self._client.options.touch_parents and parents:
            try:
                self._sender.send([Row(parent, parent) for parent in parents], lambda row, _: accepted(row))
            except EcomsyncError:
                return  # the prices are in; the shop's own nightly job will do the rest


def _judge(row: Row, answer: Mapping[str, Any]) -> PushResult:
    """Read back what was kept: WooCommerce drops prices it does not like without an error."""
    if answer.get("type") in ("variable", "grouped"):
        return _no_own_price(row, str(answer["type"]))
    kept, kept_sale = answer.get("regular_price"), answer.get("sale_price")
    if read_price(kept) != read_price(row.body["regular_price"]):
        return rejected(
            row,
            "price_not_kept",
            f"The shop keeps the price {kept or 'empty'} although {row.body['regular_price']} was sent.",
            "A plugin of the shop (wholesale, currency, dynamic prices) sets prices: settle which of the two is to rule.",
        )
    if "sale_price" in row.body and read_price(kept_sale) != read_price(row.body["sale_price"]):
        return rejected(
            row,
            "special_not_kept",
            f"The shop keeps the special price {kept_sale or 'empty'} although {row.body['sale_price'] or 'none'} was sent.",
            "See that the special price is below the price and that no plugin of the shop sets prices.",
        )
    return accepted(row, price=kept, special_price=kept_sale)


def _no_own_price(row: Row, kind: str) -> PushResult:
    return rejected(
        row,
        "price_on_variable" if kind == "variable" else "no_own_price",
        f"A product of type '{kind}' has no price of its own.",
        "Price its variations: link the ERP variants to the shop's variations and leave the parent out.",
    )


def shop_zone(name: str) -> ZoneInfo:
    """The shop's time zone. Raises ConfigurationError."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise ConfigurationError(
            f"'{name}' is not a time zone.",
            code="bad_time_zone",
            cure="Choose the shop's time zone on the site, such as Asia/Riyadh.",
            platform="woocommerce",
        ) from err
