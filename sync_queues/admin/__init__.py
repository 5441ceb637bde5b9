"""The three queues as lists that staff read and act upon."""

from sync_queues.admin.queues import UpdateItemRequestAdmin, UpdatePriceRequestAdmin, UpdateQtyRequestAdmin

__all__ = ["UpdateItemRequestAdmin", "UpdatePriceRequestAdmin", "UpdateQtyRequestAdmin"]
