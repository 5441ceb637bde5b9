"""Product settings, category settings, and what the shop has sold beyond the ERP."""

from catalog.admin.categories import CategoryConfigAdmin
from catalog.admin.products import ProductConfigAdmin
from catalog.admin.sold import SoldInShopAdmin

__all__ = ["CategoryConfigAdmin", "ProductConfigAdmin", "SoldInShopAdmin"]
