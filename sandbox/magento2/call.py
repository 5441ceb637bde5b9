"""One call of a route, as its handler sees it, and how values of a body are read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sandbox.magento2.errors import required, wrong_type
from sandbox.magento2.rows import Grant, Json, Options
from sandbox.messages import Request
from sandbox.php import number

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App
    from sandbox.magento2.state import Store

Handler = Callable[["Call"], Any]


@dataclass
class Call:
    """scope: the store id that the address names; 0 is `all`. grant None: the merchant's own hand."""

    app: "Magento2App"
    method: str
    template: str
    args: dict[str, str]
    body: Json
    query: Json
    scope: int
    grant: Grant | None = None
    request: Request | None = None
    memo: Json = field(default_factory=dict)

    @property
    def store(self) -> "Store":
        return self.app.store

    @property
    def options(self) -> Options:
        return self.app.options

    def object(self, name: str) -> Json:
        """The wrapped argument of the body."""
        value = self.body.get(name)
        if value is None:
            raise required(name)
        if not isinstance(value, dict):
            raise wrong_type(value, "object")
        return value

    def rows(self, name: str) -> list[Json]:
        value = self.body.get(name)
        if value is None:
            raise required(name)
        if not isinstance(value, list):
            raise wrong_type(value, "array")
        return value


def as_int(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    try:
        return int(str(value))
    except ValueError as err:
        raise wrong_type(value, "int") from err


def as_decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    try:
        found = Decimal(str(value))
    except InvalidOperation as err:
        raise wrong_type(value, "float") from err
    if not found.is_finite():
        raise wrong_type(value, "float")
    return found


def as_bool(value: Any) -> bool:
    if isinstance(value, str):
        return value.lower() not in ("", "0", "false")
    return bool(value)


def num(value: Decimal | int) -> int | float:
    """An amount as it is printed: a JSON number of at most four places."""
    return number(round(Decimal(value), 4))


def shown(fields: Json, *keep: str) -> Json:
    """Null fields are left out of answers, but for those that the interface requires."""
    return {name: value for name, value in fields.items() if value is not None or name in keep}
