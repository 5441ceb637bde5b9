"""Wiring of the project: settings, addresses, Celery application, dashboard."""

from ecomsync.celery import app as celery_app

__all__ = ["celery_app"]
