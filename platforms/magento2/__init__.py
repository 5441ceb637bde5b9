"""Magento 2: Open Source and Adobe Commerce, REST, with multi source inventory and without."""
