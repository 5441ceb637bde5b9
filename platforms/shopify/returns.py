"""Returns that were opened in the shop: read beside their orders, and processed when the ERP credits them.

A return without refund is told as announced; what was refunded of it is the refund's. A credit note of the ERP for such a
return processes it, so that Shopify closes it and knows what its refund was for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import MissingPermission
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.ids import gid, number_of
from platforms.types import RemoteReturnLine

LANE = "orders"
NO_RETURN = "NO_RETURN"
#: What the number of an announced return begins with, which tells it from those of refunds.
PREFIX = "return-"
ORDERS_AT_ONCE = 25

_LINES = """
    pageInfo { hasNextPage endCursor }
    nodes {
      id quantity processableQuantity refundedQuantity returnReasonNote
      ... on ReturnLineItem { fulfillmentLineItem { id lineItem { id } } }
    }
"""
_REVERSE = """
    pageInfo { hasNextPage }
    nodes { id totalQuantity dispositions { type quantity } fulfillmentLineItem { id } }
"""
ORDER_RETURNS = document(
    f"""query OrderReturns($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Order {{
      id
      returns(first: 3) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{
          id name status createdAt
          returnLineItems(first: 10) {{ {_LINES} }}
          refunds(first: 5) {{ nodes {{ id }} }}
          reverseFulfillmentOrders(first: 1) {{
            pageInfo {{ hasNextPage }} nodes {{ lineItems(first: 10) {{ {_REVERSE} }} }}
          }}
        }}
      }}
    }}
  }}
}}""",
    cost=100,
)
MORE_RETURNS = document(
    """query MoreReturns($id: ID!, $first: Int!, $after: String) {
  order(id: $id) {
    returns(first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } }
  }
}""",
    cost=30,
)
RETURN = document(
    f"""query WholeReturn($id: ID!) {{
  return(id: $id) {{
    id name status createdAt
    returnLineItems(first: 100) {{ {_LINES} }}
    refunds(first: 20) {{ nodes {{ id note }} }}
    reverseFulfillmentOrders(first: 2) {{
      pageInfo {{ hasNextPage }} nodes {{ lineItems(first: 100) {{ {_REVERSE} }} }}
    }}
  }}
}}""",
    cost=100,
)
RETURN_LINES = document(
    f"""query ReturnLines($id: ID!, $first: Int!, $after: String) {{
  return(id: $id) {{ returnLineItems(first: $first, after: $after) {{ {_LINES} }} }}
}}""",
    cost=50,
)
PROCESS = document(
    """mutation ProcessReturn($input: ReturnProcessInput!) {
  returnProcess(input: $input) {
    return { id status refunds(first: 20, reverse: true) { nodes { id note } } }
    userErrors { field message code }
  }
}""",
    cost=12,
)


class ReturnReader:
    """Returns of orders. Without the scope `read_returns`, which 'Test Connection' names, orders have none."""

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._refused = False

    def add_to(self, rows: Mapping[str, dict[str, Any]]) -> None:
        """Put `returns` into the raw orders that have some. One call per 25 such orders."""
        wanting = [
            str(row["id"]) for row in rows.values() if row.get("returnStatus") not in (None, NO_RETURN)
        ]
        if not wanting or self._refused:
            return
        try:
            found = self._client.nodes(ORDER_RETURNS, wanting, lane=LANE, size=ORDERS_AT_ONCE)
            whole = {
                address: self._whole(address, row.get("returns") or {}) for address, row in found.items()
            }
        except MissingPermission:
            self._refused = True
            return
        for row in rows.values():
            if str(row["id"]) in whole:
                row["returns"] = {"nodes": whole[str(row["id"])]}

    def _whole(self, order: str, connection: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = [self.whole(str(row["id"])) if _is_cut(row) else row for row in nodes_of(connection)]
        info = connection.get("pageInfo") or {}
        after = info.get("endCursor") if info.get("hasNextPage") else None
        while after:
            data = self._client.page(MORE_RETURNS, {"id": order, "after": after}, lane=LANE)
            more = (data.get("order") or {}).get("returns") or {}
            rows += [self.whole(str(row["id"])) for row in nodes_of(more)]
            info = more.get("pageInfo") or {}
            after = info.get("endCursor") if info.get("hasNextPage") else None
        return rows

    def whole(self, address: str) -> dict[str, Any]:
        """One return with all of its lines; empty when the shop does not know it."""
        found = dict(self._client.query(RETURN, {"id": address}, lane=LANE).get("return") or {})
        connection = found.get("returnLineItems") or {}
        lines, info = nodes_of(connection), connection.get("pageInfo") or {}
        after = info.get("endCursor") if info.get("hasNextPage") else None
        while after:
            data = self._client.page(RETURN_LINES, {"id": address, "after": after}, lane=LANE)
            more = (data.get("return") or {}).get("returnLineItems") or {}
            lines += nodes_of(more)
            info = more.get("pageInfo") or {}
            after = info.get("endCursor") if info.get("hasNextPage") else None
        if found:
            found["returnLineItems"] = {"pageInfo": {"hasNextPage": False}, "nodes": lines}
        return found


def _is_cut(row: Mapping[str, Any]) -> bool:
    """Whether a return has more lines than fit."""
    reverse = row.get("reverseFulfillmentOrders") or {}
    shown = [row.get("returnLineItems") or {}, reverse]
    shown += [entry.get("lineItems") or {} for entry in nodes_of(reverse)]
    return any((connection.get("pageInfo") or {}).get("hasNextPage") for connection in shown)


# ---------------------------------------------------------------- processing


def process_input(
    row: Mapping[str, Any], lines: Sequence[RemoteReturnLine], *, restock: bool, location: str
) -> list[dict[str, Any]] | None:
    """The `returnLineItems` that process these goods; None when the return does not hold all of them any more.

    row: the return as it is now. Goods that the shop has put away already are left where they are.
    """
    if row.get("status") != "OPEN":
        return None
    undisposed = _undisposed(row)
    left = {str(entry["id"]): int(entry.get("processableQuantity") or 0) for entry in _lines_of(row)}
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        wanted = int(line.quantity)
        for entry in _lines_of(row):
            address, source = str(entry["id"]), entry.get("fulfillmentLineItem") or {}
            if number_of((source.get("lineItem") or {}).get("id")) != line.order_line_id:
                continue
            taken = min(wanted, left[address])
            if taken <= 0:
                continue
            part = found.setdefault(address, {"id": address, "quantity": 0, "dispositions": []})
            part["quantity"] += taken
            part["dispositions"] += _dispositions(
                undisposed[str(source.get("id"))], taken, restock=restock, location=location
            )
            wanted, left[address] = wanted - taken, left[address] - taken
        if wanted:
            return None
    return list(found.values()) or None


def _lines_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return nodes_of(row.get("returnLineItems"))


def _undisposed(row: Mapping[str, Any]) -> dict[str, list[list[Any]]]:
    """Fulfilment line -> [reverse line, units that nobody has put anywhere yet]."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for head in nodes_of(row.get("reverseFulfillmentOrders")):
        for entry in nodes_of(head.get("lineItems")):
            done = sum(int(part.get("quantity") or 0) for part in entry.get("dispositions") or ())
            source = str((entry.get("fulfillmentLineItem") or {}).get("id"))
            found[source].append([str(entry["id"]), int(entry.get("totalQuantity") or 0) - done])
    return found


def _dispositions(
    parts: list[list[Any]], quantity: int, *, restock: bool, location: str
) -> list[dict[str, Any]]:
    rows = []
    for part in parts:
        taken = min(quantity, part[1])
        if taken <= 0:
            continue
        rows.append(
            {
                "reverseFulfillmentOrderLineItemId": part[0],
                "quantity": taken,
                "dispositionType": "RESTOCKED" if restock else "NOT_RESTOCKED",
                **({"locationId": gid("Location", location)} if restock else {}),
            }
        )
        part[1] -= taken
        quantity -= taken
    return rows


def money(amount: Decimal | str, currency: str) -> dict[str, str]:
    return {"amount": str(amount), "currencyCode": currency}


def return_number(remote_id: str) -> str:
    """Shopify's number of an announced return, or "" for any other."""
    number = remote_id.removeprefix(PREFIX)
    return number if remote_id.startswith(PREFIX) and number.isdigit() else ""
