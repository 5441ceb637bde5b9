"""One call of the API: whose it is, and what the shop does afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.magento1.errors import PhpDied
from sandbox.magento1.rows import ApiUser
from sandbox.magento1.state import Store

Hint = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class Call:
    """v2: asked through the typed door, which differs in places."""

    store: Store
    user: ApiUser
    hint: Hint  # (topic, order): what a shop-side module would tell
    v2: bool = False


Handler = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Method:
    handler: Handler
    writes: bool = False
    whole: bool = False  # takes all arguments as one list


def flag(value: Any) -> bool:
    """A truth value as PHP reads it."""
    return str(value if value is not None else "").lower() not in ("", "0", "false", "no", "[]")


def limited(store: Store, rows: list[Any]) -> list[Any]:
    """Lists have no pages: what does not fit into PHP's memory ends it."""
    if len(rows) > store.options.memory_rows:
        raise PhpDied
    return rows
