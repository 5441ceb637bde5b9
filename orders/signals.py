"""What the orders announce to those above them."""

from __future__ import annotations

from django.dispatch import Signal

#: site_id: int, remote_ids: list[str]. Personal data of these orders is erased; within the transaction.
orders_erased = Signal()
