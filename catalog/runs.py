"""Long actions of a site: full runs, sending, fetching, previews. Each may be repeated from the start."""

from __future__ import annotations

from catalog.full_runs import send_items, update_all_quantities
from catalog.previews import preview_categories, preview_items, preview_quantities
from catalog.tree_runs import fetch_categories, send_categories

__all__ = [
    "fetch_categories",
    "preview_categories",
    "preview_items",
    "preview_quantities",
    "send_categories",
    "send_items",
    "update_all_quantities",
]
