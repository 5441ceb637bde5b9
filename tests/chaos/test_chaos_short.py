"""A short run of `make chaos`: a few kills, servers that crash, a handful of faults. Asked for by its marker."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.worker,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.timeout(400),
]


def test_shop_and_erp_agree_after_kills_crashes_and_faults() -> None:
    # given: servers of its own, since it crashes them; they must not be those of the tests beside it
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "VAR_DIR")
    }
    # when
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--short", "--seed", "11", "--kills", "6"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # then
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "worker_killed" in done.stdout
    assert "WRONG" not in done.stdout
