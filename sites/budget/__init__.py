"""The rate budget of a site: one token bucket that all workers share, with lanes, a cap on parallel calls and a breaker.

With Redis the bucket is a script that runs there; without, it is a row. Orders may use the whole bucket; the lanes
below them leave a rest, so that a long price run never keeps orders waiting. What the platform tells of its own bucket
is taken over, so that other programs that share the quota are allowed for. A shop that fails again and again is left
alone for a while; then one call tries whether it is back.
"""

from sites.budget.figures import BudgetFigures, budget_figures, budget_figures_of
from sites.budget.limits import Limits, limits_of
from sites.budget.site_budget import SiteBudget, store_for
from sites.budget.stores import Grant, Store

__all__ = [
    "BudgetFigures",
    "Grant",
    "Limits",
    "SiteBudget",
    "Store",
    "budget_figures",
    "budget_figures_of",
    "limits_of",
    "store_for",
]
