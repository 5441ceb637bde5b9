"""WooCommerce, REST wc/v3."""
