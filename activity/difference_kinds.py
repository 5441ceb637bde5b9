"""What is known of each kind of difference: who may repair it, how, and how to see whether it worked.

The apps above do the work; the table names their functions by dotted path, so that a broken one breaks only itself.

repair(*, run: RunReporter, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]
    Put the ERP's truth (or the shop's, for orders) in force; what cannot be repaired says why. Never raises for one row.
follow(*, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]
    What became of rows whose repair was asked of a queue; rows about which nothing is known yet are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from activity.models import Difference

Kind = Difference.Kind


@dataclass(frozen=True, slots=True)
class Repair:
    """state: repaired, asked (a queue or another run carries it out) or open (it cannot be done; `message` says why)."""

    state: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceKind:
    """permission: who may repair it."""

    repair: str
    permission: str
    follow: str = ""

    def repairer(self) -> Callable[..., dict[int, Repair]]:
        found: Callable[..., dict[int, Repair]] = import_string(self.repair)
        return found

    def follower(self) -> Callable[..., dict[int, Repair]] | None:
        return import_string(self.follow) if self.follow else None


PUSH = "ecomsites.push_to_shop"

KINDS: Mapping[str, DifferenceKind] = {
    Kind.STOCK: DifferenceKind(
        "catalog.services.repair_differences.repair_stock",
        PUSH,
        "catalog.services.repair_differences.follow_stock",
    ),
    Kind.PRICE: DifferenceKind(
        "pricing.services.repair_differences.repair_prices",
        PUSH,
        "pricing.services.repair_differences.follow_prices",
    ),
    Kind.PRODUCT: DifferenceKind(
        "catalog.services.repair_differences.repair_products",
        PUSH,
        "catalog.services.repair_differences.follow_products",
    ),
    Kind.ORDER: DifferenceKind("orders.services.repair_differences.repair_orders", "ecomsites.read_sales"),
}


def kinds_for(user: Any) -> list[str]:
    """The kinds whose differences this user may have repaired."""
    return [str(kind) for kind, known in KINDS.items() if user.has_perm(known.permission)]
