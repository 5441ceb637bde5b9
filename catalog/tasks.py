"""Wake-ups of the catalogue app."""

from __future__ import annotations

from celery import shared_task

from catalog.services.schedule import request_due_full_runs


@shared_task(name="catalog.tasks.start_due_full_runs", ignore_result=True)
def start_due_full_runs() -> None:
    """Ask for the full runs whose time has come."""
    request_due_full_runs()
