"""Writes the edges of an order's money into the README: `python -m tests.orders.write_money_table`."""

from __future__ import annotations

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecomsync.settings")
    django.setup()
    from tests.orders.money_edges import write_table

    write_table()


if __name__ == "__main__":
    main()
