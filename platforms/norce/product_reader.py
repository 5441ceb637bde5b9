"""Articles of Norce by Query: PartNo is what everything goes by, so it is the id of an article here.

A product with a `Code` other than its article's number is a family of variants; the Code is the id of the parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import InvalidPayload
from platforms.batching import chunks
from platforms.norce.client import NorceClient, any_of
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import field, moment, text
from platforms.types import RemoteProduct

LANE = "products"
NUMBERS_A_CALL = 40
ACTIVE, COMING, EXPIRING = "1", "2", "3"
_EXPAND = ("$expand", "Product")


class ProductReader:
    def __init__(self, client: NorceClient) -> None:
        self._client = client

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """500 articles per call; the parent of a family once, before its first variant."""
        query = [_EXPAND]
        if modified_from is not None:
            query += [("$filter", f"Updated ge {stamp(modified_from)}")]
        query += [("$orderby", "PartNo")]
        yield from self._with_parents(self._client.pages("Products/ProductSkus", query, lane=LANE))

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """40 numbers per call, and for those that no article has one more: they may be codes of families."""
        wanted = [sku for sku in dict.fromkeys(skus) if sku]
        found: list[RemoteProduct] = []
        for part in chunks(wanted, NUMBERS_A_CALL):
            query = [_EXPAND, ("$filter", any_of("PartNo", part))]
            articles = [
                article_of(row) for row in self._client.pages("Products/ProductSkus", query, lane=LANE)
            ]
            found += articles
            known = {article.sku for article in articles}
            found += self.families([sku for sku in part if sku not in known])
        return found

    def families(self, codes: Sequence[str]) -> list[RemoteProduct]:
        if not codes:
            return []
        query = [("$filter", any_of("Code", codes))]
        return [_parent(row) for row in self._client.pages("Products/Products", query, lane=LANE)]

    @staticmethod
    def _with_parents(rows: Iterator[dict[str, Any]]) -> Iterator[RemoteProduct]:
        seen: set[str] = set()
        for row in rows:
            article = article_of(row)
            if article.parent_remote_id and article.parent_remote_id not in seen:
                seen.add(article.parent_remote_id)
                yield _parent(_product(row))
            yield article


def article_of(row: Mapping[str, Any]) -> RemoteProduct:
    """One article of Query. Raises InvalidPayload."""
    part_no = text(row, "PartNo")
    if not part_no:
        raise InvalidPayload(
            "Norce listed an article without PartNo.",
            platform=PLATFORM,
            cure="This is a fault of Norce's answer: send the related request to support.",
        )
    product = _product(row)
    code = text(product, "Code")
    is_variant = bool(code) and code != part_no
    status = text(row, "StatusId", "Status") or ACTIVE
    return RemoteProduct(
        remote_id=part_no,
        sku=part_no,
        name=text(product, "Name", "DefaultName") or text(row, "Name") or part_no,
        kind="variant" if is_variant else "simple",
        parent_remote_id=code if is_variant else "",
        barcode=text(row, "EanCode"),
        active=status in (ACTIVE, COMING, EXPIRING),
        updated_at=_date(row),
        raw=row,
    )


def _product(row: Mapping[str, Any]) -> Mapping[str, Any]:
    product = field(row, "Product")
    return product if isinstance(product, Mapping) else {}


def _parent(row: Mapping[str, Any]) -> RemoteProduct:
    code = text(row, "Code")
    return RemoteProduct(
        remote_id=code,
        sku=code,
        name=text(row, "Name", "DefaultName") or code,
        kind="variable",
        is_sellable=False,
        manages_stock=False,
        updated_at=_date(row),
        raw=row,
    )


def _date(row: Mapping[str, Any]) -> datetime | None:
    try:
        return moment(field(row, "Updated", "Created"))
    except ValueError:
        return None


def stamp(when: datetime) -> str:
    """A moment as a literal of a filter."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
