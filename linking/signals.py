"""What the linker announces to those above it, after the commit."""

from __future__ import annotations

from django.dispatch import Signal

#: site_id: int, item_ids: set[int], skus: set[str]. Items that have just been linked to products of the site.
items_linked = Signal()
