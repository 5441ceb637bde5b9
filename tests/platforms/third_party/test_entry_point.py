"""A package with an entry point is a platform like ours, without a line of ours being changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

INSTALLED = Path(__file__).parent / "site"
ASK = """
from decimal import Decimal
from platforms.base import Connection
from platforms.registry import adapter_class, platform_entries
from platforms.types import QuantityUpdate

entry = platform_entries()["cornershop"]
print(entry.path, "woocommerce" in platform_entries())
with adapter_class("cornershop")(Connection("S1", "https://corner.example.com", {"access_token": "k"})) as adapter:
    print(adapter.check().steps[0].message)
    print([result.outcome.name for result in adapter.push_quantities([QuantityUpdate("k1", "7", Decimal(3))])])
"""
FORM = """
import django
django.setup()
from sites.models import Site
site = Site(site_type="cornershop")
print(site.adapter_class.label_ar, site.capabilities.push_quantities, site.capabilities.read_orders)
"""


def said(program: str) -> list[str]:
    """What another process prints in which that package is installed."""
    path = os.pathsep.join((str(INSTALLED), str(settings.BASE_DIR)))
    environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "ecomsync.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_adapter_is_found_by_its_entry_point_and_works() -> None:
    assert said(ASK) == [
        "cornershop:CornerShopAdapter True",
        "The shop answers at https://corner.example.com.",
        "['OK']",
    ]


def test_a_site_can_be_of_that_platform() -> None:
    assert said(FORM) == ["متجر الزاوية True False"]
