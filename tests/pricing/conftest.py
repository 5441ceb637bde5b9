from __future__ import annotations

from tests.catalog.conftest import shop, site

__all__ = ["shop", "site"]
