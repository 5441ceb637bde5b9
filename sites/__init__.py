"""Shops as staff set them up: the Site, its detail tables, credentials, cursors, rate budget and runs."""
