"""One price on its way, and the lists in which prices go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.magento2.arrays import send_array
from platforms.magento2.client import MageClient
from platforms.magento2.mapping_prices import ALL_GROUPS, failures_by_sku
from platforms.types import PriceUpdate

LANE = "prices"
CURE = "Correct the price, or what the shop's message names; then run 'Update All Prices'."


@dataclass(frozen=True, slots=True)
class Row:
    """One price on its way. special: None leaves it alone; `clears` takes it away. begins, ends: as they are sent."""

    update: PriceUpdate
    price: Decimal
    special: Decimal | None = None
    clears: bool = False
    begins: str = ""
    ends: str = ""
    sku: str = ""

    @property
    def key(self) -> str:
        return self.update.key

    @property
    def is_tier(self) -> bool:
        return bool(self.update.price_list) or self.update.min_quantity > 1

    @property
    def minds_special(self) -> bool:
        return self.special is not None or self.clears

    @property
    def group(self) -> str:
        return self.update.price_list or ALL_GROUPS


def post_rows(
    client: MageClient, route: str, body: Sequence[dict[str, Any]], rows: Sequence[Row]
) -> tuple[dict[str, str], set[str]]:
    """Send rows; good ones are kept although others fail. Raises Rejected when a failure names no row, so that
    the batch is halved until it does."""
    if not body:
        return {}, set()
    answers = send_array(client, route, "prices", body, lane=LANE)
    by_sku, nameless = failures_by_sku(answers, {row.sku for row in rows})
    if nameless and len({row.sku for row in rows}) > 1:
        raise Rejected(nameless[0], code="price_refused", platform="magento2", cure=CURE)
    if nameless:
        by_sku.setdefault(rows[0].sku, nameless[0])
    return {row.key: by_sku[row.sku] for row in rows if row.sku in by_sku}, {row.key for row in rows}
