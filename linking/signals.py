"""What the linker announces to those above it."""

from __future__ import annotations

from django.dispatch import Signal

#: The same within the transaction that links, for what must be true with the link; receivers only write rows.
items_linking = Signal()
#: After the commit. site_id: int, item_ids: set[int], skus: set[str]. Items that have just been linked to products of the site.
items_linked = Signal()
