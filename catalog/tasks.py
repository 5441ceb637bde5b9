"""Wake-ups of the catalogue app."""

from __future__ import annotations

from celery import shared_task

from catalog.services.schedule import request_due_full_runs, request_due_quantity_deltas


@shared_task(name="catalog.tasks.start_due_full_runs", ignore_result=True)
def start_due_full_runs() -> None:
    """Ask for the full runs whose time has come."""
    request_due_full_runs()


@shared_task(name="catalog.tasks.find_changed_stock", ignore_result=True)
def find_changed_stock() -> None:
    """Look for stock that changed behind our back, at the sites whose interval has passed."""
    request_due_quantity_deltas()
