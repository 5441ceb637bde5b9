"""What a process that serves no page does not load, and that the pages are whole once one is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from ecomsync.admin_site import EcomsyncAdminSite
from ecomsync.management.commands.up import is_migrated

LOADED = """
import sys
from ecomsync.wsgi import application
from ecomsync.celery import app
app.loader.import_default_modules()
answers = []
environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/healthz", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
           "wsgi.input": sys.stdin.buffer, "wsgi.url_scheme": "http", "HTTP_HOST": "localhost"}
body = b"".join(application(environ, lambda status, headers, error=None: answers.append(status)))
heavy = ["ecomsync.urls", "sites.admin", "orders.admin", "openpyxl", "import_export.admin", "rest_framework.views", "redis"]
print(answers[0], body.decode(), [name for name in heavy if name in sys.modules])
"""


def test_tasks_and_monitors_load_no_page(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=settings.BASE_DIR,
        env={
            "VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "ecomsync.settings",
            "CELERY_SKIP_CHECKS": "true",  # as in the embedded mode
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == '200 OK {"status": "ok"} []'


@pytest.mark.django_db
def test_all_pages_are_there_for_whoever_asks_first() -> None:
    names = {model._meta.label for model in EcomsyncAdminSite("another")._registry}
    assert names == set(), "modules register at the one site of the product"
    registered = {model._meta.label for model in admin.site._registry}
    assert {"ecomsites.Site", "orders.Order", "webhooks.WebhookEvent", "erp.Item"} <= registered
    assert Client().get("/admin/login/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/healthz/database"])
def test_monitors_are_answered_by_addresses_of_their_own(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 200
    assert response.wsgi_request.urlconf == "ecomsync.monitor_urls"


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_seen_without_loading_it() -> None:
    assert is_migrated()
    MigrationRecorder(connection).record_unapplied("webhooks", "0004_fewer_indexes")
    assert not is_migrated()


def test_an_error_in_a_page_is_told_each_time_and_not_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    site: Any = EcomsyncAdminSite("broken")

    def fail(*_names: str, **_options: Any) -> None:
        raise ImportError("a page that cannot be loaded")

    monkeypatch.setattr("ecomsync.admin_site.autodiscover_modules", fail)
    for _time in range(2):
        with pytest.raises(ImportError, match="cannot be loaded"):
            assert site._registry
