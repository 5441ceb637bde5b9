"""What a resolver gets, what it may raise, and the table of resolvers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp
    from sandbox.shopify.options import Options
    from sandbox.shopify.state import Store

Row = dict[str, Any]


class FieldError(Exception):
    """A top-level error of the answer: the field becomes null, the rest is answered."""

    def __init__(self, message: str, code: str, **extensions: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extensions: Row = {"code": code, **extensions}


class TooMany(Exception):
    """HTTP 429 for the whole request; nothing was done."""


class Refused(Exception):
    """A mutation that ends with user errors and nothing else: rows of (field path, message, code)."""

    def __init__(self, *errors: Row) -> None:
        super().__init__(str(errors))
        self.errors = list(errors)


def user_error(path: list[str] | None, message: str, code: str | None = None) -> Row:
    """One row of userErrors; indexes in the path are strings."""
    return {"field": path, "message": message, "code": code}


def refuse(path: list[str] | None, message: str, code: str | None = None) -> Refused:
    return Refused(user_error(path, message, code))


@dataclass
class Call:
    """One GraphQL request while it is answered."""

    app: "ShopifyApp"
    version: str
    scopes: frozenset[str]
    variables: Row = field(default_factory=dict)
    idempotency_key: str | None = None
    in_bulk: bool = False
    cost_debug: bool = False
    search_warnings: list[Row] = field(default_factory=list)

    @property
    def store(self) -> "Store":
        return self.app.store

    @property
    def options(self) -> "Options":
        return self.app.options

    def now(self) -> str:
        return self.app.store.now()


Resolver = Callable[[Call, Row, Row], Any]
RESOLVERS: dict[str, Resolver] = {}
#: Scope that a field needs: "QueryRoot.orders" -> "read_orders".
SCOPES: dict[str, str] = {}


def resolves(*names: str, scope: str = "") -> Callable[[Resolver], Resolver]:
    """`@resolves("Order.lineItems")`; the resolver gets the call, the parent row and the arguments."""

    def keep(function: Resolver) -> Resolver:
        for name in names:
            RESOLVERS[name] = function
            if scope:
                SCOPES[name] = scope
        return function

    return keep


Mutator = Callable[[Call, Row], Row]


def mutates(name: str, *, scope: str, errors: str = "userErrors") -> Callable[[Mutator], Mutator]:
    """`@mutates("productSet", scope="write_products")`; `Refused` becomes the rows of `errors`."""

    def keep(function: Mutator) -> Mutator:
        def run(call: Call, row: Row, args: Row) -> Any:
            try:
                return {errors: [], **function(call, args)}
            except Refused as refusal:
                return {errors: refusal.errors}

        RESOLVERS[f"Mutation.{name}"] = run
        SCOPES[f"Mutation.{name}"] = scope
        return function

    return keep
