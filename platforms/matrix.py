"""The feature matrix of `platforms/README.md`, made of what the adapters declare.

`python -m platforms.matrix` writes it into the file; `--check` only says whether it is true.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from platforms.base import Capabilities, PlatformAdapter
from platforms.registry import BUILT_IN, adapter_class

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- matrix: made by python -m platforms.matrix -->", "<!-- end of matrix -->"

Cell = Callable[[Capabilities], object]

ROWS: tuple[tuple[str, Cell], ...] = (
    ("Orders", lambda c: c.read_orders),
    ("Orders changed since a moment", lambda c: c.read_orders_modified_since),
    ("New orders handed over whole", lambda c: c.orders_in_events),
    ("Returns and refunds", lambda c: c.read_returns),
    ("Deleted refunds noticed", lambda c: c.returns_in_order),
    ("Customers of their own", lambda c: c.read_customers),
    ("Quantities", lambda c: c.push_quantities),
    ("A published quantity means", lambda c: c.stock_meaning),
    ("Quantities with a fraction", lambda c: c.fractional_quantities),
    ("Several locations", lambda c: c.locations),
    ("Prices", lambda c: c.push_prices),
    ("Special prices with dates", lambda c: c.special_prices),
    ("Complete files (switch off the rest)", lambda c: ", ".join(c.full_files)),
    ("Begins and ends special prices itself", lambda c: c.special_price_windows),
    ("Price lists, groups, quantity breaks", lambda c: c.price_lists),
    ("Lists have a currency of their own", lambda c: c.price_list_currencies),
    ("Special prices beside those of a list", lambda c: c.price_list_specials),
    ("List prices of a product go together", lambda c: c.price_list_whole),
    ("Prices taken out of a list", lambda c: c.price_list_removal),
    ("Products", lambda c: c.push_products),
    ("Variants", lambda c: c.variants),
    ("Bundles of items", lambda c: c.bundles),
    ("Groups of items", lambda c: c.groups),
    ("Pictures", lambda c: c.images),
    ("Several languages", lambda c: c.languages),
    ("Categories", lambda c: c.push_categories),
    ("Customers of the ERP", lambda c: c.push_customers),
    ("Order status back", lambda c: c.push_status),
    ("Tracking numbers", lambda c: c.push_shipments),
    ("Partial shipments", lambda c: c.partial_shipments),
    ("Shipments of the shop read", lambda c: c.read_shipments),
    ("Invoices back", lambda c: c.push_invoices),
    ("Refunds back", lambda c: c.push_refunds),
    ("Webhooks", lambda c: c.webhooks),
    ("Registers its webhooks", lambda c: c.webhook_registration),
    ("Calls by GET too", lambda c: c.webhooks_by_get),
    ("Watches its webhooks", lambda c: c.webhook_health),
    ("Token by request", lambda c: c.request_token),
    ("Minutes before its end a token is renewed", lambda c: c.request_token and c.refresh_ahead),
    ("Days after which a token is renewed anyway", lambda c: c.renew_every or "–"),
    ("Token by an action of its own name", lambda c: c.named_token_action),
    ("Keys by approval in the browser", lambda c: c.connect_by_browser),
    ("Keys posted to an address entered in the shop", lambda c: c.connect_by_address),
    ("Approval brings a code for a token", lambda c: c.connect_with_code),
    ("Token for the app's keys alone", lambda c: c.token_by_keys),
    ("GraphQL", lambda c: c.graphql),
    ("REST", lambda c: c.rest),
    ("Compare-and-set", lambda c: c.compare_and_set),
    ("Idempotency keys", lambda c: c.idempotency_keys),
    ("One write at a time", lambda c: c.sequential_writes),
    ("Rows per call: quantities", lambda c: c.quantity_batch),
    ("Rows per call: prices", lambda c: c.price_batch),
    ("Rows per call: products", lambda c: c.product_batch),
    ("Orders per page", lambda c: c.order_page),
    ("Calls at a time", lambda c: c.max_parallel_calls),
    ("Calls per second", lambda c: c.calls_per_second or "as told by the shop"),
    ("Tested with", lambda c: c.tested_versions),
)


def matrix(adapters: Sequence[type[PlatformAdapter]]) -> str:
    """A Markdown table: a row per feature, a column per platform."""
    head = ["Feature", *(adapter.label_en for adapter in adapters)]
    table = [head, ["---"] * len(head)]
    table += [[label, *(_shown(cell(adapter.capabilities)) for adapter in adapters)] for label, cell in ROWS]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "no"


def with_matrix(text: str) -> str:
    """The README's text with the table between the marks replaced."""
    table = matrix([adapter_class(entry.name) for entry in BUILT_IN])
    pattern = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.S)
    if not pattern.search(text):
        raise ValueError(f"{README} has no marks for the matrix: {BEGIN} … {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n\n{table}\n\n{END}", text)


def main(arguments: Sequence[str]) -> int:
    text = README.read_text(encoding="utf-8")
    made = with_matrix(text)
    if "--check" in arguments:
        if made != text:
            sys.stderr.write("platforms/README.md is not true: run `python -m platforms.matrix`.\n")
        return int(made != text)
    README.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
