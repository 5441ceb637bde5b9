from __future__ import annotations

from typing import Any

from celery.signals import task_postrun
from django.apps import AppConfig
from django.core.signals import request_finished
from django.utils.translation import gettext_lazy as _


class ActivityConfig(AppConfig):
    name = "activity"
    label = "activity"
    verbose_name = _("Events")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        request_finished.connect(_flush_calls, dispatch_uid="activity.flush_calls.request")
        task_postrun.connect(_flush_calls, dispatch_uid="activity.flush_calls.task", weak=False)


def _flush_calls(**kwargs: Any) -> None:
    """Calls kept back by a transaction that was rolled back are stored when the work ends."""
    from activity.services.calls import flush_all

    flush_all()
