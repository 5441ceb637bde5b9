"""Tasks of the installation itself."""

from __future__ import annotations

from celery import shared_task

from ecomsync.models import Heartbeat

BEAT = "beat"


@shared_task(name="ecomsync.tasks.note_heartbeat")
def note_heartbeat() -> None:
    """Published by beat, carried by the broker, carried out by a worker: a fresh row proves all three."""
    Heartbeat.note(BEAT)
