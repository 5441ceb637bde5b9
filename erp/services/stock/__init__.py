"""Stock: ledger, reservations, transfers, counts, and the proof that balances equal the ledger."""

from __future__ import annotations

from erp.services.stock.balances import BalanceBook
from erp.services.stock.counts import cancel_stock_count, post_stock_count
from erp.services.stock.ledger import post_movements, reverse_movements, transfer
from erp.services.stock.rebuild import BalanceDifference, rebuild_balances
from erp.services.stock.reservations import consume, release, reserve, set_balance_terms

__all__ = [
    "BalanceBook",
    "BalanceDifference",
    "cancel_stock_count",
    "consume",
    "post_movements",
    "post_stock_count",
    "rebuild_balances",
    "release",
    "reserve",
    "reverse_movements",
    "set_balance_terms",
    "transfer",
]
