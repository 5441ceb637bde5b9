"""A Vendure in a process of its own: set up by its admin API, bought from by its shop API."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import urllib3

HERE = Path(__file__).parent
HOME = Path(os.environ.get("VENDURE_HOME", HERE.parent.parent / "var" / "vendure"))
START_SECONDS = 90.0
BUYER = {
    "fullName": "سلمى العمري",
    "streetLine1": "شارع الأمير سلطان 7",
    "city": "جدة",
    "postalCode": "21577",
    "countryCode": "SA",
    "phoneNumber": "+966500000000",
}


def missing() -> str:
    """What is not there to start a Vendure; empty when all is."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (HOME / "node_modules" / "@vendure" / "core").exists():
        return f"{HOME} has no Vendure: `make vendure` installs it from npm"
    return ""


class Vendure:
    """SAR, 15 % VAT, shipping by Aramex for 25.00 net, cards by the dummy payment handler."""

    def __init__(self) -> None:
        self.password = secrets.token_hex(12)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._http = urllib3.PoolManager()
        self._tokens: dict[str, str] = {}
        self._log = HOME / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        script = HOME / "server.cjs"
        shutil.copyfile(HERE / "server.cjs", script)  # beside its modules, where node looks for them
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["node", str(script), str(self.port), self.password], cwd=HOME, stdout=log, stderr=log
            )
        try:
            self._wait()
            self._set_up()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(timeout=10)
        self._http.clear()

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_SECONDS
        while "READY" not in self._log.read_text(errors="replace"):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Vendure did not start:\n{self._log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    # -- calls --------------------------------------------------------------
    def _call(self, api: str, document: str, variables: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        if api in self._tokens:
            headers["Authorization"] = f"Bearer {self._tokens[api]}"
        body = json.dumps({"query": document, "variables": variables}).encode()
        reply = self._http.request("POST", f"{self.url}/{api}", body=body, headers=headers)
        token = reply.headers.get("vendure-auth-token")
        if token:
            self._tokens[api] = token
        answer = json.loads(reply.data)
        if answer.get("errors"):
            raise AssertionError(answer["errors"])
        (found,) = answer["data"].values()
        if isinstance(found, dict) and found.get("errorCode"):
            raise AssertionError(found)
        return found

    def admin(self, document: str, **variables: Any) -> Any:
        return self._call("admin-api", document, variables)

    def storefront(self, document: str, **variables: Any) -> Any:
        return self._call("shop-api", document, variables)

    # -- the merchant's hand ------------------------------------------------
    def _set_up(self) -> None:
        self.admin(
            'mutation($p: String!) { login(username: "superadmin", password: $p) { __typename } }',
            p=self.password,
        )
        zone = self.admin('mutation { createZone(input: {name: "SA"}) { id } }')["id"]
        country = self.admin(
            'mutation { createCountry(input: {code: "SA", enabled: true, translations: '
            '[{languageCode: en, name: "Saudi Arabia"}]}) { id } }'
        )["id"]
        self.admin(
            "mutation($z: ID!, $c: ID!) { addMembersToZone(zoneId: $z, memberIds: [$c]) { id } }",
            z=zone,
            c=country,
        )
        tax = self.admin('mutation { createTaxCategory(input: {name: "Standard", isDefault: true}) { id } }')[
            "id"
        ]
        self.admin(
            'mutation($z: ID!, $t: ID!) { createTaxRate(input: {name: "VAT", enabled: true, value: 15, '
            "categoryId: $t, zoneId: $z}) { id } }",
            z=zone,
            t=tax,
        )
        self.admin(
            'mutation($z: ID!) { updateChannel(input: {id: "1", defaultCurrencyCode: SAR, availableCurrencyCodes: [SAR], '
            "defaultTaxZoneId: $z, defaultShippingZoneId: $z, pricesIncludeTax: false}) "
            "{ ... on Channel { id } ... on ErrorResult { errorCode } } }",
            z=zone,
        )
        self.admin(
            'mutation { createShippingMethod(input: {code: "aramex", fulfillmentHandler: "manual-fulfillment", checker: '
            '{code: "default-shipping-eligibility-checker", arguments: [{name: "orderMinimum", value: "0"}]}, calculator: '
            '{code: "default-shipping-calculator", arguments: [{name: "rate", value: "2500"}, '
            '{name: "includesTax", value: "exclude"}, {name: "taxRate", value: "15"}]}, '
            'translations: [{languageCode: en, name: "Aramex", description: ""}]}) { id } }'
        )
        self.admin(
            'mutation { createPaymentMethod(input: {code: "card", enabled: true, handler: {code: "dummy-payment-handler", '
            'arguments: [{name: "automaticSettle", value: "true"}]}, '
            'translations: [{languageCode: en, name: "Card", description: ""}]}) { id } }'
        )

    def add_product(self, sku: str, *, price: int, stock: int) -> str:
        """price: in halalas, net. Returns the id of its variant."""
        product = self.admin(
            "mutation($n: String!) { createProduct(input: {enabled: true, translations: "
            '[{languageCode: en, name: $n, slug: $n, description: ""}]}) { id } }',
            n=sku.lower(),
        )["id"]
        made = self.admin(
            "mutation($p: ID!, $s: String!, $price: Money!, $stock: Int!) { createProductVariants(input: [{productId: $p, "
            "sku: $s, price: $price, stockOnHand: $stock, trackInventory: TRUE, "
            "translations: [{languageCode: en, name: $s}]}]) { id } }",
            p=product,
            s=sku,
            price=price,
            stock=stock,
        )
        return str(made[0]["id"])

    def variant(self, variant_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.admin(
            "query($id: ID!) { productVariant(id: $id) { sku price stockOnHand stockAllocated updatedAt } }",
            id=variant_id,
        )
        return found

    def add_coupon(self, code: str, percent: int) -> None:
        self.admin(
            "mutation($c: String!, $a: String!) { createPromotion(input: {enabled: true, couponCode: $c, conditions: [], "
            'actions: [{code: "order_percentage_discount", arguments: [{name: "discount", value: $a}]}], '
            'translations: [{languageCode: en, name: $c, description: ""}]}) '
            "{ ... on Promotion { id } ... on ErrorResult { errorCode message } } }",
            c=code,
            a=str(percent),
        )

    def order(self, code: str) -> dict[str, Any]:
        """As the admin API shows it."""
        found = self.admin(
            "query($c: String!) { orders(options: {filter: {code: {eq: $c}}}) { items { id code state totalWithTax "
            "lines { quantity } fulfillments { state method trackingCode lines { quantity } } } } }",
            c=code,
        )
        (order,) = found["items"]
        return dict(order)

    # -- the buyer's hand ---------------------------------------------------
    def buy(self, lines: dict[str, int], *, coupon: str = "") -> dict[str, Any]:
        """variant id -> pieces. Returns the placed order: code, totalWithTax."""
        self._tokens.pop("shop-api", None)
        fault = "... on ErrorResult { errorCode message }"
        for variant, quantity in lines.items():
            self.storefront(
                "mutation($v: ID!, $q: Int!) { addItemToOrder(productVariantId: $v, quantity: $q) "
                f"{{ ... on Order {{ id }} {fault} }} }}",
                v=variant,
                q=quantity,
            )
        if coupon:
            self.storefront(
                f"mutation($c: String!) {{ applyCouponCode(couponCode: $c) {{ ... on Order {{ id }} {fault} }} }}",
                c=coupon,
            )
        self.storefront(
            'mutation { setCustomerForOrder(input: {emailAddress: "salma@example.com", firstName: "سلمى", '
            f'lastName: "العمري"}}) {{ ... on Order {{ id }} {fault} }} }}'
        )
        self.storefront(
            f"mutation($a: CreateAddressInput!) {{ setOrderShippingAddress(input: $a) {{ ... on Order {{ id }} {fault} }} }}",
            a=BUYER,
        )
        method = self.storefront("{ eligibleShippingMethods { id } }")[0]["id"]
        self.storefront(
            f"mutation($m: [ID!]!) {{ setOrderShippingMethod(shippingMethodId: $m) {{ ... on Order {{ id }} {fault} }} }}",
            m=[method],
        )
        self.storefront(
            'mutation { transitionOrderToState(state: "ArrangingPayment") '
            "{ ... on Order { id } ... on OrderStateTransitionError { errorCode message } } }"
        )
        placed = self.storefront(
            'mutation { addPaymentToOrder(input: {method: "card", metadata: {}}) '
            f"{{ ... on Order {{ code state totalWithTax }} {fault} }} }}"
        )
        return dict(placed)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
