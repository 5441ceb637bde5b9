"""A Magento 2 shop (REST V1, Open Source and Commerce) written from its fact sheet."""

from sandbox.magento2.shop import (
    ADMIN,
    DEMO_KEY,
    DEMO_SECRET,
    DEMO_TOKEN,
    DEMO_TOKEN_SECRET,
    PASSWORD,
    Magento2Shop,
)

__all__ = [
    "ADMIN",
    "DEMO_KEY",
    "DEMO_SECRET",
    "DEMO_TOKEN",
    "DEMO_TOKEN_SECRET",
    "PASSWORD",
    "Magento2Shop",
]
