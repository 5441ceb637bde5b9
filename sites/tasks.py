"""Doors for Celery. Each is a wake-up; the tables say what is due."""

from __future__ import annotations

from celery import shared_task

from sites.services import execute_runs, probe, reading_windows, tokens


@shared_task(name="sites.tasks.execute_waiting_runs", ignore_result=True)
def execute_waiting_runs() -> None:
    execute_runs.execute_waiting_runs()


@shared_task(name="sites.tasks.refresh_tokens", ignore_result=True)
def refresh_tokens() -> None:
    tokens.refresh_due_tokens()


@shared_task(name="sites.tasks.probe_paused_sites", ignore_result=True)
def probe_paused_sites() -> None:
    probe.probe_paused_sites()


@shared_task(name="sites.tasks.prune", ignore_result=True)
def prune() -> None:
    reading_windows.prune_windows()
