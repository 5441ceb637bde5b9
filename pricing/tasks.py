"""Wake-ups of the pricing app."""

from __future__ import annotations

from celery import shared_task

from pricing.services import borders, due


@shared_task(name="pricing.tasks.apply_due_documents", ignore_result=True)
def apply_due_documents() -> None:
    """Process documents that take effect now and follow those under way."""
    due.apply_due_documents()


@shared_task(name="pricing.tasks.request_due_borders", ignore_result=True)
def request_due_borders() -> None:
    """Ask for prices that have begun or ended by themselves since the last look."""
    borders.request_due_borders()
