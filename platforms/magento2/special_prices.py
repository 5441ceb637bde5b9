"""Special prices: at most one per product, set with its window and taken away as it is read.

In Adobe Commerce they are scheduled updates, which need both ends and may not overlap; an open end is then a day far
away, and the beginning the next minute. Source: fact sheet §7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from platforms.batching import chunks
from platforms.magento2.answers import as_rows
from platforms.magento2.arrays import send_array
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.mapping_prices import (
    attributes_of,
    read_amount,
    shop_zone,
    shows_special,
    window_begin,
)
from platforms.magento2.price_rows import LANE, Row, post_rows
from platforms.magento2.wire_numbers import json_number

#: The last day of a special price without end, where the shop wants one; databases of 32 bits end a month later.
FAR_END = "2037-12-01 00:00:00"
_NEEDS_WINDOW = re.compile(r"Price (From|To) = \.")

Present = dict[str, list[dict[str, Any]]]


class SpecialPrices:
    def __init__(self, client: MageClient) -> None:
        self._client = client

    def write(self, rows: Sequence[tuple[Row, dict[str, Any]]]) -> tuple[dict[str, str], set[str]]:
        """Set or take away. Messages by key of what failed, and the keys of what was sent."""
        if not rows:
            return {}, set()
        present = self._present(rows)
        wanted = [row for row, _product in rows if not self._shows(present.get(_key(row), []), row)]
        self._delete([row.sku for row in wanted if present.get(_key(row))])
        new = [row for row in wanted if row.special is not None]
        messages = self._post(new)
        messages |= self._not_kept([row for row in new if row.key not in messages])
        return messages, {row.key for row in wanted}

    def _shows(self, present: Sequence[dict[str, Any]], row: Row) -> bool:
        if row.special is None:
            return not present
        row = self._with_window(row)
        return len(present) == 1 and shows_special(present[0], row.special, row.begins, row.ends)

    def _present(self, rows: Sequence[tuple[Row, dict[str, Any]]]) -> Present:
        """What the shop has, by SKU: as the product tells it, or where prices are scheduled as its own route does."""
        if self._client.staging:
            return self._read([row.sku for row, _product in rows])
        found: Present = {}
        for row, product in rows:
            attributes = attributes_of(product)
            if read_amount(attributes.get("special_price")) is not None:
                found[_key(row)] = [attributes]
        return found

    def _post(self, rows: Sequence[Row]) -> dict[str, str]:
        """Send them; a shop that needs both ends says so once, and is sent them from now on."""
        begins = self._begin() if self._client.staging else ""
        body = [_body(self._with_window(row), begins) for row in rows]
        messages, _sent = post_rows(self._client, "products/special-price", body, rows)
        again = [row for row in rows if _NEEDS_WINDOW.search(messages.get(row.key, ""))]
        if again and not self._client.staging:
            self._client.staging = True
            return {
                **{key: text for key, text in messages.items() if key not in {row.key for row in again}},
                **self._post(again),
            }
        return messages

    def _with_window(self, row: Row) -> Row:
        if not self._client.staging or row.special is None:
            return row
        return replace(row, ends=row.ends or FAR_END)

    def _begin(self) -> str:
        zone = shop_zone(self._client.connection.time_zone)
        return window_begin(datetime.now(UTC) + timedelta(minutes=1), zone)

    def _delete(self, skus: Sequence[str]) -> None:
        """Only what is deleted with all four fields as they stand is deleted."""
        rows = [_as_sent(row) for rows in self._read(skus).values() for row in rows]
        if rows:
            send_array(self._client, "products/special-price-delete", "prices", rows, lane=LANE)

    def _read(self, skus: Sequence[str]) -> Present:
        """The special prices at store 0 by SKU, in the words of the product's attributes."""
        found: Present = {}
        for batch in chunks(skus, self._client.array_rows):
            answer = self._client.post(
                "products/special-price-information", {"skus": list(batch)}, lane=LANE, scope=ALL
            )
            for row in as_rows(answer):
                if not row.get("store_id"):
                    told = {
                        "sku": row.get("sku"),
                        "special_price": row.get("price"),
                        "special_from_date": row.get("price_from"),
                        "special_to_date": row.get("price_to"),
                    }
                    found.setdefault(str(row.get("sku", "")).casefold(), []).append(told)
        return found

    def _not_kept(self, rows: Sequence[Row]) -> dict[str, str]:
        """Borders of special prices went wrong in several versions, so they are read back."""
        kept = self._read([row.sku for row in rows])
        found: dict[str, str] = {}
        for row in rows:
            entries = kept.get(_key(row), [])
            if not self._shows(entries, row):
                told = ", ".join(
                    f"{one['special_price']} ({one['special_from_date']} - {one['special_to_date']})"
                    for one in entries
                )
                found[row.key] = f"The shop keeps another special price than was sent: {told or 'none'}."
        return found


def _key(row: Row) -> str:
    return row.sku.casefold()


def _as_sent(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "price": row["special_price"],
        "store_id": 0,
        "sku": row["sku"],
        "price_from": row["special_from_date"],
        "price_to": row["special_to_date"],
    }


def _body(row: Row, begins: str) -> dict[str, Any]:
    """begins: where the row names no beginning and the shop wants one."""
    body: dict[str, Any] = {"price": json_number(row.special or Decimal(0)), "store_id": 0, "sku": row.sku}
    if row.begins or begins:
        body["price_from"] = row.begins or begins
    if row.ends:
        body["price_to"] = row.ends
    return body
