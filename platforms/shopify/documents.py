"""GraphQL documents: every text that is sent stands in one, so that a test can hold them all against the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: name -> document; filled as the modules are loaded.
REGISTRY: dict[str, Document] = {}

_HEAD = re.compile(r"\s*(query|mutation)\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Document:
    """One operation. `cost` is what it is taken for before Shopify has told what it asks."""

    name: str
    text: str
    is_write: bool
    cost: float
    is_named: bool = True  # an operation of a site's own may go without a name


def document(text: str, *, cost: float = 10.0) -> Document:
    """Register an operation; its name must be its own, since call statistics go by it."""
    head = _HEAD.match(text)
    if head is None:
        raise ValueError("A document begins with 'query Name' or 'mutation Name'.")
    made = Document(head.group(2), text.strip(), head.group(1) == "mutation", cost)
    if REGISTRY.setdefault(made.name, made).text != made.text:
        raise ValueError(f"Two documents are named {made.name}.")
    return made
