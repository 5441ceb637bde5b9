"""The production shape, as far as it can be looked at without a Docker engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from ecomsync.celery import app

ROOT = Path(settings.BASE_DIR)


def test_web_command_of_the_image_is_one_gunicorn_understands() -> None:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    command = re.findall(r'"([^"]+)"', text[text.rindex("CMD [") :])

    result = subprocess.run(
        [sys.executable, "-m", *command, "--check-config"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr


def test_celery_commands_of_the_services_are_ones_celery_understands() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    commands = re.findall(r'command: \["celery", (.+)\]', text)
    kinds = {re.findall(r'"([^"]+)"', line)[2] for line in commands}

    assert kinds == {"worker", "beat", "flower"}
    for kind in ("worker", "beat"):
        line = next(line for line in commands if f'"{kind}"' in line)
        flags = re.findall(r'"(--[^"=]+)', line)
        helped = subprocess.run(
            [sys.executable, "-m", "celery", "-A", "ecomsync", kind, "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert all(flag in helped for flag in flags)


def test_every_tick_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
