"""Wake-ups of the pricing app."""

from __future__ import annotations

from celery import shared_task

from pricing.services import due


@shared_task(name="pricing.tasks.apply_due_documents", ignore_result=True)
def apply_due_documents() -> None:
    """Process documents that take effect now and follow those under way."""
    due.apply_due_documents()
