"""The demo's further shops: one small sandbox per platform beside the main one, walked through the same doors.

They sell a part of the same catalogue from the same warehouses. The table below is all that the demo knows of a
platform: how its sandbox names the keys that it prints, and where its orders carry their number and total.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from catalog.selectors.stock import figures
from ecomsync.demo.printing import say, step, table
from ecomsync.demo.processes import DemoFailed, Process, SandboxControl, free_port
from ecomsync.demo.story import Demo, document_counts, open_holds, run_together, wait_for_quiet
from erp.models import Customer, DeliveryMethod, Item, PaymentMethod, PriceList, Warehouse
from linking.models import ItemLinkerLine, LinkState
from orders.models import Order
from orders.states import OrderState
from platforms.custom.examples import example_options
from platforms.registry import adapter_class, platform_entries
from sandbox.registry import SANDBOXES
from sites.models import DocumentGenerationLine, PaymentMethodLine, ShippingItemLine, Site, WarehouseLine

ITEMS, ORDERS = 60, 25
WAREHOUSES = ("RUH", "JED")
#: What the demo leaves open on purpose, and buyers who share an address with two customers of the main shop. An order
#: may be held for these and for nothing else.
EXPECTED_HOLDS = frozenset({"unknown_sku", "unmapped_payment", "missing_exchange_rate", "ambiguous_customer"})
Row = Mapping[str, Any]


def _number(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[name])


def _sum(*names: str) -> Callable[[Row], Decimal]:
    """What the buyer owed: gift cards and store credit that paid a part are added to the rest."""
    return lambda row: sum((Decimal(str(row.get(name) or 0)) for name in names), Decimal(0))


def _shopify_total(row: Row) -> Decimal:
    """Edits change what is owed, refunds do not."""
    edited = {"edited", "line_removed"} & set(row["demo"])
    return Decimal(row["current_total_price" if edited else "total_price"])


def _zid_total(row: Row) -> Decimal:
    """Its totals bear the long decimals of its arithmetic."""
    return Decimal(row["order_total"]).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _magento_stock(shop: SandboxControl) -> Mapping[str, Decimal]:
    """Its table of stock is of the default source alone."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in shop.get("db/sources"):
        found[row["sku"]] += Decimal(str(row["quantity"]))
    return found


@dataclass(frozen=True)
class OtherShop:
    """keys: label that the sandbox prints -> credential of the site. number, total: of an order in the shop's table.
    stock: SKU -> pieces over all locations, out of the shop's own tables.
    """

    platform: str
    code: str
    name1: str
    name2: str
    keys: Mapping[str, str]
    number: Callable[[Row], str]
    total: Callable[[Row], Decimal]
    options: Mapping[str, Any] = field(default_factory=dict)
    stock: Callable[[SandboxControl], Mapping[str, Any]] = lambda shop: shop.get("db/stock")


OTHER_SHOPS: Sequence[OtherShop] = (
    OtherShop(
        "shopify",
        "SHOPIFY-DEMO",
        "متجر الأزياء",
        "Fashion store",
        {"access token": "access_token", "client id": "username", "client secret": "password"},
        _number("id"),
        _shopify_total,
    ),
    OtherShop(
        "magento1",
        "MAG1-DEMO",
        "متجر الأثاث",
        "Furniture store",
        {"API user": "username", "API key": "password"},
        _number("increment_id"),
        _sum("grand_total"),
    ),
    OtherShop(
        "magento2",
        "MAG2-DEMO",
        "متجر الإلكترونيات",
        "Electronics store",
        {
            "consumer key": "consumer_key",
            "consumer secret": "consumer_secret",
            "access token": "access_token",
            "token secret": "access_token_secret",
        },
        _number("entity_id"),
        _sum("grand_total"),
        stock=_magento_stock,
    ),
    OtherShop(
        "bigcommerce",
        "BIGC-DEMO",
        "متجر الهدايا",
        "Gift store",
        {"access token": "access_token", "client id": "username", "client secret": "password"},
        _number("id"),
        _sum("total_inc_tax"),
    ),
    OtherShop(
        "norce",
        "NORCE-DEMO",
        "متجر القرطاسية",
        "Stationery store",
        {"client id": "username", "client secret": "password", "application id": "application_id"},
        _number("ClientOrderRef"),
        _sum("total"),
        options={"warehouse_code": "RUH"},
    ),
    OtherShop(
        "zid",
        "ZID-DEMO",
        "متجر العطور",
        "Perfume store",
        {
            "authorization": "authorization_token",
            "manager token": "access_token",
            "refresh token": "refresh_token",
            "client id": "username",
            "client secret": "password",
            "store id": "store_id",
        },
        _number("id"),
        _zid_total,
    ),
    OtherShop(
        "custom",
        "CUSTOM-DEMO",
        "متجر البن",
        "Coffee shop",
        {"access token": "access_token"},
        _number("id"),
        _sum("total"),
        options=example_options("generic_rest"),
    ),
    OtherShop(
        "salla",
        "SALLA-DEMO",
        "متجر القهوة والتمور",
        "Coffee and dates store",
        {
            "access token": "access_token",
            "refresh token": "refresh_token",
            "client id": "username",
            "client secret": "password",
            "merchant": "merchant",
        },
        _number("id"),
        lambda row: Decimal(str(row["amounts"]["total"]["amount"])),
    ),
)


@dataclass
class Visit:
    """One of them while the demo runs."""

    shop: OtherShop
    process: Process
    control: SandboxControl
    demo: Demo | None = None
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> Demo:
        assert self.demo is not None, "open_shops comes first"
        return self.demo


def plan_visits(folder: Path) -> list[Visit]:
    """A sandbox for every platform that is installed, each on a port of its own; none runs yet."""
    visits = []
    for shop in OTHER_SHOPS:
        if shop.platform not in platform_entries() or shop.platform not in SANDBOXES:
            continue
        port = free_port()
        arguments = ["-m", "sandbox", shop.platform, "--port", str(port)]
        arguments += ["--items", str(ITEMS), "--orders", str(ORDERS), "--webhook-delay", "-1"]
        process = Process(f"The {shop.platform} sandbox", arguments, folder / f"{shop.platform}.log")
        visits.append(Visit(shop, process, SandboxControl(f"http://127.0.0.1:{port}")))
    return visits


def open_shops(visits: Sequence[Visit]) -> None:
    """Start them, and make a site for each, with lines that map everything but what the demo leaves open."""
    for visit in visits:
        visit.process.start()
    for visit in visits:
        visit.process.wait_until_up(f"{visit.control.url}/__sandbox__/state")
        visit.demo = Demo(_create_site(visit), visit.control)


def _create_site(visit: Visit) -> Site:
    shop, printed = visit.shop, _printed(visit.process.log)
    site = Site(
        code=shop.code,
        name1=shop.name1,
        name2=shop.name2,
        site_type=shop.platform,
        url=visit.control.get("state")["url"],
        platform_options=dict(shop.options),
        send_items_to_magento=True,
        update_quantities=True,
        update_prices=True,
        read_returns=adapter_class(shop.platform).capabilities.read_returns,
        read_orders_from_date=timezone.now() - timedelta(days=60),
        max_orders_per_read=1000,
        default_warehouse=Warehouse.objects.get(code="RUH"),
        default_customer=Customer.objects.filter(is_guest=True).first(),
        price_list=PriceList.objects.get(code="RETAIL"),
        price_source_list=PriceList.objects.get(code="RETAIL"),
        discount_item=Item.objects.get(code="DISCOUNT"),
        rounding_item=Item.objects.get(code="ROUNDING"),
        fee_item=Item.objects.get(code="COD-FEE"),
        refund_shipping_item=Item.objects.get(code="SHIPPING"),
        return_policy="credit_note",
    )
    columns = {column.name for column in Site._meta.concrete_fields}
    for label, name in shop.keys.items():
        if name in columns:
            setattr(site, name, printed[label])
        else:
            site.set_secret(name, printed[label])
    site.full_clean()
    site.save()
    _map(site)
    return site


def _printed(log: Path) -> dict[str, str]:
    """The lines `  label   value` that a sandbox prints once it listens, as a person would read them."""
    deadline = time.monotonic() + 20
    while "Ctrl-C" not in log.read_text(encoding="utf-8"):
        if time.monotonic() > deadline:
            raise DemoFailed(f"A sandbox did not print its keys; see {log}.")
        time.sleep(0.05)
    return dict(re.findall(r"^ {2}(\S.*?) {2,}(\S.*)$", log.read_text(encoding="utf-8"), re.MULTILINE))


def _map(site: Site) -> None:
    PaymentMethodLine.objects.create(
        site=site, line_no=1, remote_code="*", payment_method=PaymentMethod.objects.get(code="CARD")
    )
    ShippingItemLine.objects.create(
        site=site,
        line_no=1,
        remote_code="*",
        service_item=Item.objects.get(code="SHIPPING"),
        delivery_method=DeliveryMethod.objects.get(code="ARAMEX"),
    )
    DocumentGenerationLine.objects.create(site=site, line_no=1, name="All orders", create_reservation=True)


def map_warehouses(site: Site) -> None:
    """A shop with several locations gets each warehouse into one of its own, any other the sum of both.

    The test of the connection has told the locations, as the choices of the form.
    """
    site.refresh_from_db()
    places = site.shop_info.get("locations") or []
    for number, code in enumerate(WAREHOUSES, start=1):
        place = places[number - 1] if len(places) >= len(WAREHOUSES) else ("", "")
        WarehouseLine.objects.create(
            site=site,
            line_no=number,
            warehouse=Warehouse.objects.get(code=code),
            priority=number,
            remote_location_id=place[0],
            remote_location_name=place[1],
        )


# ---------------------------------------------------------------- the story


def trade_everywhere(visits: Sequence[Visit]) -> None:
    """Connect, read orders, push stock and prices: the same actions for each platform."""
    if not visits:
        return
    step(f"The same for {len(visits)} more platforms, a small shop each")
    open_shops(visits)
    demos = [visit.open for visit in visits]
    run_together(demos, "test_connection")
    for demo in demos:
        map_warehouses(demo.site)
    for action in ("link_items", "read_sales", "update_all_qtys", "update_all_prices"):
        run_together(demos, action)
    for visit in visits:
        wait_for_quiet(visit.open)


def repeat_everywhere(visits: Sequence[Visit]) -> None:
    """Once more: nothing may be written anywhere."""
    for visit in visits:
        visit.numbers["documents"] = document_counts()
        visit.numbers["writes"] = visit.control.get("counters")["writes"]
    for action in ("read_sales", "update_all_qtys", "update_all_prices") if visits else ():
        run_together([visit.open for visit in visits], action)
    for visit in visits:
        wait_for_quiet(visit.open)


def show_everywhere(visits: Sequence[Visit]) -> None:
    rows = []
    for visit in visits:
        orders = Order.objects.filter(site=visit.open.site)
        counters = visit.control.get("counters")
        rows.append(
            (
                visit.shop.platform,
                orders.filter(state=OrderState.IMPORTED).count(),
                orders.filter(proof_ok=True).count(),
                ", ".join(sorted(set(open_holds(visit.open).values_list("code", flat=True)))) or "-",
                ItemLinkerLine.objects.filter(site=visit.open.site, state=LinkState.LINKED).count(),
                counters["requests"],
                counters["writes"],
            )
        )
    if rows:
        say()
        table(("platform", "imported", "proved", "held because of", "linked", "API calls", "writes"), rows)


# ---------------------------------------------------------------- the checks


def check_everywhere(visits: Sequence[Visit]) -> list[str]:
    """What is wrong, one sentence each."""
    wrong: list[str] = []
    for visit in visits:
        found = [f"{visit.shop.platform}: {sentence}" for sentence in _faults(visit)]
        say(f"    {'ok   ' if not found else 'WRONG'} {visit.shop.platform}")
        wrong += found
    return wrong


def _faults(visit: Visit) -> Iterator[str]:
    yield from _wrong_orders(visit)
    yield from _wrong_stock(visit)
    if document_counts() != visit.numbers["documents"]:
        yield "the second round made documents."
    writes = visit.control.get("counters")["writes"] - visit.numbers["writes"]
    if writes:
        yield f"the second round wrote {writes} times to the shop."


def _wrong_orders(visit: Visit) -> Iterator[str]:
    at_shop = {visit.shop.number(row): visit.shop.total(row) for row in visit.control.get("db/orders")}
    orders = Order.objects.filter(site=visit.open.site).select_related("sales_order")
    imported = [order for order in orders if order.state == OrderState.IMPORTED]
    if len(imported) < ORDERS // 2:
        yield f"only {len(imported)} of {len(at_shop)} orders were imported."
    for order in imported:
        total = order.sales_order.grand_total if order.sales_order else None
        if not order.proof_ok:
            yield f"order {order.number} was imported without a proof."
        if at_shop.get(order.remote_id) != total:
            yield f"order {order.number}: the shop says {at_shop.get(order.remote_id)}, the sales order {total}."
    for order in orders.filter(state=OrderState.FAILED):
        yield f"order {order.number} failed."
    for number, code in (
        open_holds(visit.open).exclude(code__in=EXPECTED_HOLDS).values_list("order__number", "code")
    ):
        yield f"order {number} is held for {code}."


def _wrong_stock(visit: Visit) -> Iterator[str]:
    at_shop = visit.shop.stock(visit.control)
    links = ItemLinkerLine.objects.filter(site=visit.open.site, state=LinkState.LINKED, active=True)
    skus = {
        link.item_id: link.remote_sku for link in links if link.item_id and link.remote_kind != "variable"
    }
    if len(skus) < ITEMS * 3 // 4:
        yield f"only {len(skus)} items are linked."
    for item_id, figure in figures(site=visit.open.site, item_ids=list(skus)).items():
        if Decimal(str(at_shop.get(skus[item_id]) or 0)) != figure.published:
            yield f"{skus[item_id]}: the shop shows {at_shop.get(skus[item_id])}, the ERP says {figure.published}."
