"""Units that shops have sold and the ERP does not know yet."""

from __future__ import annotations

from django.contrib import admin

from catalog.models import SoldInShop
from ecomsync.common.admin import ReadOnlyAdmin


@admin.register(SoldInShop)
class SoldInShopAdmin(ReadOnlyAdmin):
    """They are taken off the published stock until the order is in the ERP."""

    list_display = ("item", "quantity", "site", "remote_order_id", "warehouse", "created_at")
    list_filter = ("site", "warehouse")
    search_fields = ("item__code", "item__name1", "item__name2", "=remote_order_id")
    list_select_related = ("item", "site", "warehouse")
    date_hierarchy = "created_at"
