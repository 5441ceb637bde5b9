"""Every request of ours against the platform's own OpenAPI files.

The files are data of the vendor and not part of this project: `CONTRACTS_DIR` names the folder that has
`bigcommerce/orders.v2.oas2.yml` and the others in it, else `../shared/contracts` beside the project is looked at.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from platforms.types import (
    AttributeSheet,
    CategorySheet,
    ImageSheet,
    InvoiceNotice,
    Parcel,
    ProductSheet,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from sandbox.messages import Request
from tests.contracts.bench import LONG_AGO, prices, quantities
from tests.platforms.bigcommerce.bench import BigCommerceBench

D = Decimal
_HERE = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("CONTRACTS_DIR", _HERE.parent / "shared" / "contracts")) / "bigcommerce"
#: Routes of ours that none of the files describes; the fact sheet does.
NOT_DESCRIBED = frozenset(
    {
        ("GET", "/v2/payments/methods"),
        ("GET", "/v2/tax_classes"),
        ("GET", "/v2/customer_groups"),
        ("GET", "/v3/channels"),
    }
)
#: Where the files ask for what only the store can give, and the vendor's own examples leave it out.
NOT_ASKED = re.compile(
    r"POST /v3/catalog/products \['variants', \d+\]: '(id|product_id)' is a required property"
)
_KEYWORDS = {
    "nullable",
    "example",
    "x-nullable",
    "readOnly",
    "writeOnly",
    "discriminator",
    "xml",
    "externalDocs",
}


@dataclass(frozen=True, slots=True)
class Sent:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Any


class Contract:
    """The operations of all files: (method, path pattern) -> (file, operation)."""

    def __init__(self, folder: Path) -> None:
        yaml = pytest.importorskip("yaml")
        self._documents: dict[str, Any] = {}
        self.operations: list[tuple[str, re.Pattern[str], str, Any, Any]] = []
        for file in sorted(folder.rglob("*.yml")):
            document = yaml.load(
                file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            )
            self._documents[file.name] = document
            root = re.sub(r".*/(v[23])$", r"/\1", document["servers"][0]["url"])
            for path, item in document["paths"].items():
                pattern = re.compile(re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(root + path)))
                for method, operation in item.items():
                    if method in ("get", "put", "post", "delete"):
                        self.operations.append((method.upper(), pattern, file.name, operation, item))

    def find(self, sent: Sent) -> tuple[str, Any, Any] | None:
        """The most literal path wins: /orders/count is no /orders/{id}."""
        fitting = [
            (pattern.pattern.count("[^/]+"), file, operation, item)
            for method, pattern, file, operation, item in self.operations
            if method == sent.method and pattern.fullmatch(sent.path)
        ]
        if not fitting:
            return None
        _, file, operation, item = min(fitting, key=lambda entry: entry[0])
        return file, operation, item

    def resolve(self, file: str, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            reference = node["$ref"]
            assert reference.startswith("#/"), reference
            found = self._documents[file]
            for part in reference[2:].split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def schema(self, file: str, node: Any, depth: int = 0) -> Any:
        """A schema of OpenAPI 3.0 as JSON Schema: references in place, `nullable` as a type, read-only parts unasked."""
        node = self.resolve(file, node)
        if not isinstance(node, dict) or depth > 12:
            return {}
        made: dict[str, Any] = {}
        for key, value in node.items():
            if key == "properties":
                made[key] = {name: self.schema(file, part, depth + 1) for name, part in value.items()}
            elif key in ("items", "additionalProperties", "not") and isinstance(value, dict):
                made[key] = self.schema(file, value, depth + 1)
            elif key in ("allOf", "anyOf", "oneOf"):
                # The vendor's alternatives overlap, so `oneOf` would refuse what fits two of them.
                made["anyOf" if key == "oneOf" else key] = [
                    self.schema(file, part, depth + 1) for part in value
                ]
            elif key == "required" and isinstance(value, list):
                made[key] = [name for name in value if not self._read_only(file, node, name)]
            elif key == "format" or key in _KEYWORDS or key.startswith("x-"):
                continue
            else:
                made[key] = value
        if node.get("nullable") and "type" in made:
            made["type"] = [made["type"], "null"]
        return made

    def _read_only(self, file: str, node: Any, name: str) -> bool:
        part = self.resolve(file, (node.get("properties") or {}).get(name, {}))
        return isinstance(part, dict) and bool(part.get("readOnly"))


@cache
def contract() -> Contract:
    if not FOLDER.is_dir():
        pytest.skip(
            f"The vendor's OpenAPI files are not at {FOLDER}; set CONTRACTS_DIR to the folder that has them."
        )
    return Contract(FOLDER)


@pytest.fixture
def sent(bench: BigCommerceBench) -> Iterator[list[Sent]]:
    """All requests that arrive at the sandbox."""
    found: list[Sent] = []
    inner = bench.shop.app.serve
    root = f"/stores/{bench.shop.options.store_hash}"

    def serve(request: Request) -> Any:
        body = json.loads(request.body) if request.body.strip() else None
        path = request.path.removeprefix(root)
        found.append(Sent(request.method, path, tuple(parse_qsl(request.raw_query)), body))
        return inner(request)

    bench.shop.app.serve = serve  # type: ignore[method-assign]
    yield found


def faults_of(sent: Sent) -> list[str]:
    """What of a request the vendor's files do not allow."""
    jsonschema = pytest.importorskip("jsonschema")
    known = contract().find(sent)
    if known is None:
        template = re.sub(r"/\d+(?=/|$)", "/{id}", sent.path)
        return (
            []
            if (sent.method, template) in NOT_DESCRIBED
            else [f"{sent.method} {sent.path} is not described"]
        )
    file, operation, item = known
    faults = [
        f"{sent.method} {sent.path}: {name} is no parameter"
        for name in _unknown_parameters(sent, file, operation, item)
    ]
    content = contract().resolve(file, operation.get("requestBody") or {}).get("content", {})
    if sent.body is None or "application/json" not in content:
        return faults
    schema = contract().schema(file, content["application/json"].get("schema", {}))
    validator = jsonschema.Draft202012Validator(schema)
    faults += [
        f"{sent.method} {sent.path} {list(e.path)}: {e.message[:300]}"
        for e in validator.iter_errors(sent.body)
    ]
    return [fault for fault in faults if not NOT_ASKED.fullmatch(fault)]


def _unknown_parameters(sent: Sent, file: str, operation: Any, item: Any) -> list[str]:
    rows = [*(operation.get("parameters") or ()), *(item.get("parameters") or ())]
    names = {contract().resolve(file, row)["name"] for row in rows}
    # Paging is described in prose for lists of V2 and some of V3; `date_modified:min` stands as an operator of its field.
    names |= {"page", "limit", "namespace"}
    return [name for name, _ in sent.query if name not in names and name.partition(":")[0] not in names]


def proved(sent: list[Sent]) -> set[tuple[str, str]]:
    """The operations that were called, all of them as the vendor's files want them."""
    faults = sorted({fault for row in sent for fault in faults_of(row)})
    assert not faults, "\n".join(faults)
    return {(row.method, re.sub(r"/\d+(?=/|$)", "/{id}", row.path)) for row in sent}


def test_reading_is_described(bench: BigCommerceBench, sent: list[Sent]) -> None:
    contract()
    bench.shop.add_product(sku="MUG", price="10.00", inventory_level=9)
    bench.shop.add_coupon("TEN", "10")
    made = bench.shop.place_order([{"sku": "MUG", "quantity": 2}], coupons=["TEN"], shipping="5.00")
    with bench.adapter(options={"transactions": True, "channel_id": 1}) as adapter:
        line = adapter.get_order(str(made["id"])).lines[0]
        bench.shop.refund(made["id"], {int(line.remote_id): 1})
        list(adapter.iter_orders(modified_from=LONG_AGO, created_from=LONG_AGO))
        list(adapter.get_orders([str(made["id"]), str(made["id"] + 1)]))
        list(adapter.iter_returns(modified_from=LONG_AGO))
        list(adapter.iter_products(modified_from=LONG_AGO))
        adapter.find_products(["MUG", "nowhere"])
        list(adapter.iter_categories())
        assert adapter.check().is_ok

    called = proved([row for row in sent if row.body not in ([], {"items": []})])
    assert {
        ("GET", "/v2/orders"),
        ("GET", "/v3/inventory/items"),
        ("GET", "/v3/orders/payment_actions/refunds"),
    } <= called


def test_stock_and_prices_are_described(bench: BigCommerceBench, sent: list[Sent]) -> None:
    contract()
    bench.shop.add_price_list("Wholesale")
    products = [*bench.products(3), *bench.variants(1, 2)]
    with bench.adapter() as adapter:
        adapter.push_quantities(quantities(products, 4))
        plain = prices(products, "8.00", bench.currency)
        adapter.push_prices([replace(row, special=D("7.00")) for row in plain])
        listed = [replace(row, price_list="Wholesale") for row in plain]
        adapter.push_prices([*listed, *(replace(row, min_quantity=D(10), price=D("6.00")) for row in listed)])
        going = [replace(row, remove=True) for row in listed]
        adapter.push_prices([*going, *(replace(row, min_quantity=D(10)) for row in going)])

    assert {
        ("PUT", "/v3/inventory/adjustments/absolute"),
        ("PUT", "/v3/catalog/variants"),
        ("PUT", "/v3/pricelists/{id}/records"),
        ("DELETE", "/v3/pricelists/{id}/records"),
    } <= proved(sent)


def test_products_and_categories_are_described(bench: BigCommerceBench, sent: list[Sent]) -> None:
    contract()
    size = AttributeSheet("Size", ("M",), for_variants=True)
    image = ImageSheet("https://cdn.example.test/a.jpg", "a" * 64)
    parent = ProductSheet("p", "S", "variable", name="قميص", price=D(50), attributes=(size,), weight=D("0.2"))
    child = ProductSheet(
        "c", "S-M", "variant", parent_sku="S", price=D(55), quantity=D(2), attributes=(size,)
    )
    large = replace(child, key="l", sku="S-L", attributes=(replace(size, options=("L",)),), images=(image,))
    fields = {"mpn": "X", "custom:Norm": "EN388", "condition": "New", "cost_price": "3.50"}
    mug = ProductSheet(
        "m", "MUG", "simple", name="Mug", price=D(5), special_price=D(4), fields=fields, images=(image,)
    )
    bench.shop.add_channel("Second")
    with bench.adapter(options={"channel_id": 2}) as adapter:
        first = adapter.push_categories(
            [CategorySheet("a", "Clothes"), CategorySheet("b", "قمصان", parent_key="a")]
        )
        adapter.push_categories(
            [CategorySheet("a", "Clothing", remote_id=first[0].remote_id, description="New")]
        )
        mug = replace(mug, category_ids=(first[0].remote_id,))
        assert all(result.is_ok for result in adapter.push_products([parent, child, mug]))
        changed = [
            replace(parent, description="Cotton"),
            replace(child, barcode="628000000001", active=False),
            large,
            replace(mug, name="Mug 2", images=()),
        ]
        assert all(result.is_ok for result in adapter.push_products(changed))

    assert {
        ("POST", "/v3/catalog/products"),
        ("PUT", "/v3/catalog/products"),
        ("POST", "/v3/catalog/products/{id}/variants"),
        ("POST", "/v3/catalog/products/{id}/options/{id}/values"),
        ("POST", "/v3/catalog/products/{id}/images"),
        ("POST", "/v3/catalog/products/{id}/variants/{id}/image"),
        ("PUT", "/v3/catalog/products/channel-assignments"),
        ("POST", "/v3/catalog/trees/categories"),
        ("PUT", "/v3/catalog/trees/categories"),
    } <= proved(sent)


def test_order_updates_and_hooks_are_described(bench: BigCommerceBench, sent: list[Sent]) -> None:
    contract()
    bench.shop.add_product(sku="MUG", price="10.00", inventory_level=9)
    made = str(
        bench.shop.place_order([{"sku": "MUG", "quantity": 3}], shipping="5.00", payment_method="Tabby")["id"]
    )
    paid = str(bench.shop.place_order([{"sku": "MUG", "quantity": 3}], shipping="5.00")["id"])
    with bench.adapter(options={"capture_on_shipment": True}) as adapter:
        order = adapter.get_order(paid)
        line, shipping = order.lines[0], order.charges[0]
        adapter.push_status(
            StatusNotice("s", made, "11", comment="Hello", metadata={"_erp_order_no": "SO-1", "lot": "7"})
        )
        adapter.push_status(StatusNotice("s", made, "9", metadata={"lot": "8"}))
        adapter.push_shipment(
            ShipmentNotice("d", made, (), "DHL", (Parcel("1", "https://dhl.test/1"),), comment="Box")
        )
        adapter.push_invoice(InvoiceNotice("i", made, "INV-1", url="https://erp.test/i/1"))
        rows = (
            RemoteReturnLine(line.remote_id, line.sku, line.name, D(1), D("9.00"), D("1.35")),
            RemoteReturnLine(shipping.remote_id, "", "", D(0), D("5.00"), D("0.75"), kind="shipping"),
        )
        assert adapter.push_refund(RefundNotice("r", paid, D("16.10"), "late", rows, pay_back=True)).is_ok
        assert adapter.push_refund(RefundNotice("r2", paid, D("1.00"), "goodwill")).is_ok
        adapter.register_webhooks(adapter.capabilities.webhook_topics)
        bench.switch_webhooks_off()
        adapter.register_webhooks(adapter.capabilities.required_webhook_topics)

    assert {
        ("PUT", "/v2/orders/{id}"),
        ("POST", "/v2/orders/{id}/shipments"),
        ("POST", "/v3/orders/{id}/payment_actions/refund_quotes"),
        ("POST", "/v3/orders/{id}/payment_actions/refunds"),
        ("POST", "/v3/orders/{id}/payment_actions/capture"),
        ("POST", "/v3/orders/{id}/metafields"),
        ("PUT", "/v3/orders/{id}/metafields/{id}"),
        ("POST", "/v3/hooks"),
        ("PUT", "/v3/hooks/{id}"),
        ("DELETE", "/v3/hooks/{id}"),
    } <= proved(sent)


def test_a_wrong_request_would_be_noticed(bench: BigCommerceBench) -> None:
    contract()
    wrong = [
        Sent(
            "PUT", "/v3/inventory/adjustments/absolute", (), {"items": [{"location_id": 1, "quantity": "3"}]}
        ),
        Sent("POST", "/v3/hooks", (), {"scope": "store/order/created"}),
        Sent("GET", "/v2/orders", (("modified_after", "x"),), None),
        Sent("GET", "/v2/nowhere", (), None),
    ]

    assert all(faults_of(row) for row in wrong)
