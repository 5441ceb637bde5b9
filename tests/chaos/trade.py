"""A day of trade: what buyers and the shop's staff do in the shop, and what staff do in the ERP.

Each act draws from its own seed. People get errors while servers are down; they are told so and go on with their day.
"""

from __future__ import annotations

import random
import urllib.error
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import Error as DatabaseError
from django.db import close_old_connections

from ecomsync.common.errors import EcomsyncError
from ecomsync.demo.processes import SandboxControl
from erp.inputs import MovementInput
from erp.models import Item, MovementType, SalesOrder, Warehouse
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.stock import post_movements
from pricing.models import PriceUpdaterDoc, PriceUpdaterLine
from pricing.services.documents import approve, submit
from pricing.services.process import process
from sites.models import Site
from sites.runs import request_run
from tests.chaos.diary import Diary
from tests.chaos.plan import Act

PAYMENTS = ("moyasar", "moyasar", "tabby", "cod", "bacs", "stc_pay")
SHIPPING: tuple[dict[str, Any] | None, ...] = (
    {"method_id": "flat_rate", "title": "Aramex", "total": "25.00", "instance_id": "1"},
    {"method_id": "free_shipping", "title": "Free shipping", "total": "0.00", "instance_id": "2"},
    {"method_id": "local_pickup", "title": "Branch pickup", "total": "0.00", "instance_id": "3"},
    None,
)
RUNS = (
    "update_all_qtys",
    "update_all_prices",
    "read_sales",
    "read_returns",
    "link_items",
    "reconcile_orders",
)
CENT = Decimal("0.01")


class Trade:
    def __init__(self, site: Site, shop: SandboxControl, diary: Diary) -> None:
        self._site, self._shop, self._diary = site, shop, diary
        self._skus: list[str] = sorted(
            sku
            for sku, prices in shop.get("db/prices").items()
            if prices[0] and Item.objects.filter(code=sku)
        )
        self._acts: dict[str, Callable[[random.Random], None]] = {
            "order": self._order,
            "edit": self._edit,
            "cancel": self._cancel,
            "refund": self._refund,
            "status": self._status,
            "stock": self._stock,
            "prices": self._prices,
            "ship": self._ship,
            "invoice": self._invoice,
            "full_run": self._full_run,
        }

    def do(self, act: Act) -> None:
        close_old_connections()
        try:
            self._acts[act.kind](random.Random(act.seed))
        except (DatabaseError, EcomsyncError) as error:
            reason = str(error).strip().splitlines()[0][:100] if str(error) else ""
            self._diary.did(f"{act.kind} refused", f"{type(error).__name__} {reason}")
        except urllib.error.HTTPError as error:
            # The shop's own rules: nothing left to refund, for instance.
            self._diary.did(f"{act.kind} refused by the shop", error.read().decode()[:120])

    # ---------------------------------------------------------------- in the shop

    def _order(self, chance: random.Random) -> None:
        chosen = chance.sample(self._skus, chance.randint(1, 4))
        body: dict[str, Any] = {
            "lines": [{"sku": sku, "quantity": chance.randint(1, 3)} for sku in chosen],
            "payment_method": chance.choice(PAYMENTS),
            "shipping": chance.choice(SHIPPING),
        }
        if chance.random() < 0.2:
            body["coupons"] = [chance.choice(("welcome10", "ramadan50"))]
        if chance.random() < 0.15:
            body["fees"] = [{"name": "Cash handling", "total": "13.04"}]
        if chance.random() < 0.1:
            body["status"] = chance.choice(("pending", "completed", "failed"))
        order = self._shop.post("orders", body)
        self._tell("order", order, *chosen)

    def _edit(self, chance: random.Random) -> None:
        order = self._some_order(chance, ("processing", "on-hold"))
        if order is None:
            return
        change = chance.choice(("add", "remove", "address", "note"))
        body: dict[str, Any] = {}
        sku = chance.choice(self._skus)
        if change == "add":
            product = self._shop.get(f"db/products?sku={sku}")[0]
            body["line_items"] = [{"product_id": product["id"], "quantity": 1}]
        elif change == "remove" and len(order["line_items"]) > 1 and not order["refunds"]:
            # Of a line that was refunded and is then removed the shop itself would give the money back twice.
            line = chance.choice(order["line_items"])
            sku, body["line_items"] = line["sku"], [{"id": line["id"], "quantity": 0}]
        elif change == "address":
            body["billing"] = {"address_1": f"King Fahd Road {chance.randint(1, 900)}"}
        else:
            body["customer_note"] = f"Please call first ({chance.randint(1, 900)})"
        edited = self._rest("PUT", f"/orders/{order['id']}", body)
        self._tell(f"edit ({change})", edited, *([sku] if "line_items" in body else []))

    def _cancel(self, chance: random.Random) -> None:
        self._move(chance, ("processing", "on-hold", "pending"), "cancelled")

    def _status(self, chance: random.Random) -> None:
        self._move(
            chance, ("pending", "on-hold", "failed"), chance.choice(("processing", "processing", "on-hold"))
        )

    def _move(self, chance: random.Random, states: tuple[str, ...], status: str) -> None:
        order = self._some_order(chance, states)
        if order is not None:
            moved = self._shop.post("orders/status", {"id": order["id"], "status": status})
            self._tell(status, moved, *(line["sku"] or "" for line in order["line_items"]))

    def _refund(self, chance: random.Random) -> None:
        order = self._some_order(chance, ("processing", "completed"))
        if order is None or not order["line_items"]:
            return
        refunded = {line["sku"] for row in self._refunds(order) for line in row["line_items"]}
        lines = [line for line in order["line_items"] if line["sku"] not in refunded]
        if not lines:
            return
        line = chance.choice(lines)
        part = 1 if line["quantity"] > 1 else line["quantity"]
        share = Decimal(part) / Decimal(line["quantity"] or 1)
        row = {
            "id": line["id"],
            "quantity": part,
            "refund_total": str(_share(line["total"], share)),
            "refund_tax": [
                {"id": tax["id"], "refund_total": str(_share(tax["total"] or 0, share))}
                for tax in line["taxes"]
            ],
        }
        body = {"line_items": [row], "api_refund": False, "api_restock": chance.random() < 0.6}
        self._rest("POST", f"/orders/{order['id']}/refunds", body)
        self._tell("refund", order, line["sku"] or "")

    def _refunds(self, order: Any) -> Any:
        return self._shop.post("rest", {"method": "GET", "path": f"/orders/{order['id']}/refunds"})

    def _some_order(self, chance: random.Random, states: tuple[str, ...]) -> Any:
        found = [order for order in self._shop.get("db/orders") if order["status"] in states]
        return chance.choice(found[-25:]) if found else None

    def _rest(self, method: str, path: str, body: dict[str, Any]) -> Any:
        return self._shop.post("rest", {"method": method, "path": path, "body": body})

    def _tell(self, kind: str, order: Any, *skus: str) -> None:
        text = f"{order['number']} {order['status']} {order['payment_method']} {' '.join(skus)}"
        self._diary.did(kind, text, f"order {order['id']}", *skus)

    # ---------------------------------------------------------------- in the ERP

    def _stock(self, chance: random.Random) -> None:
        items = list(Item.objects.filter(code__in=chance.sample(self._skus, chance.randint(1, 12))))
        warehouse = Warehouse.objects.get(code=chance.choice(("RUH", "JED")))
        moves = [
            MovementInput(
                item, warehouse, Decimal(chance.randint(1, 9)), MovementType.RECEIPT, source_label="chaos"
            )
            for item in sorted(items, key=lambda item: item.code)
        ]
        post_movements(movements=moves)
        codes = [item.code for item in items]
        self._diary.did("stock", f"received in {warehouse.code}: {' '.join(codes)}", *codes)

    def _prices(self, chance: random.Random) -> None:
        document = PriceUpdaterDoc.objects.create(
            price_list=self._site.price_source_list, currency=self._site.currency
        )
        document.sites.add(self._site)
        codes = sorted(chance.sample(self._skus, chance.randint(1, 10)))
        items = Item.objects.filter(code__in=codes, special_price=None).order_by("code")
        lines = [
            PriceUpdaterLine(
                document=document,
                line_no=number,
                item=item,
                new_price=(item.sales_price * Decimal(chance.randint(101, 120)) / 100).quantize(CENT),
            )
            for number, item in enumerate(items, start=1)
        ]
        if not lines:
            return
        PriceUpdaterLine.objects.bulk_create(lines)
        submit(document=document)
        approve(document=document)
        process(document=document)
        self._diary.did("prices", f"document {document.number}: {' '.join(codes)}", *codes)

    def _ship(self, chance: random.Random) -> None:
        order = self._open_order(chance)
        if order is not None:
            delivery = create_delivery(order=order)
            ship_delivery(delivery=delivery, carrier="Aramex", tracking_numbers=[f"ARX{delivery.pk:08d}"])
            self._diary.did("ship", f"{order.number}", f"order {order.external_number}")

    def _invoice(self, chance: random.Random) -> None:
        order = self._open_order(chance, invoices=None)
        if order is not None:
            issue_invoice(invoice=create_invoice(order=order), post_entries=True)
            self._diary.did("invoice", f"{order.number}", f"order {order.external_number}")

    def _open_order(self, chance: random.Random, **only: Any) -> SalesOrder | None:
        open_orders = SalesOrder.objects.filter(state="confirmed", channel=self._site.code, **only).order_by(
            "-id"
        )[:20]
        return chance.choice(open_orders) if open_orders else None

    def _full_run(self, chance: random.Random) -> None:
        run = request_run(site=self._site, action=chance.choice(RUNS))
        self._diary.did("full run", run.action)


def _share(amount: Any, share: Decimal) -> Decimal:
    return (Decimal(str(amount)) * share).quantize(CENT, ROUND_HALF_UP)
