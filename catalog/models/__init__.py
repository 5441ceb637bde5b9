from catalog.models.categories import CategoryConfig, CategoryConfigLine, CategoryText
from catalog.models.products import (
    AttributeType,
    CategoryLine,
    CustomAttributeLine,
    GalleryLine,
    ProductAttributeLine,
    ProductConfig,
    ProductStatus,
    ProductText,
    ProductType,
    RequestStatus,
    ShopImage,
    Visibility,
)
from catalog.models.stock import SoldInShop, StockMark

__all__ = [
    "AttributeType",
    "CategoryConfig",
    "CategoryConfigLine",
    "CategoryLine",
    "CategoryText",
    "CustomAttributeLine",
    "GalleryLine",
    "ProductAttributeLine",
    "ProductConfig",
    "ProductStatus",
    "ProductText",
    "ProductType",
    "RequestStatus",
    "ShopImage",
    "SoldInShop",
    "StockMark",
    "Visibility",
]
