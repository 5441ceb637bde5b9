"""`python -m tests.chaos`: trade goes on while workers are killed, servers crash and the shop misbehaves.

At the end the shop and the ERP must agree to the last piece and cent. The seed draws the whole schedule before
anything starts; the same seed repeats it.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.installation import Servers, running_servers
from tests.chaos.plan import make_plan


def main() -> int:
    options = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    options.add_argument("--seed", type=int, default=0, help="repeats a run; 0 draws one")
    options.add_argument("--kills", type=int, default=200, help="how many workers are killed (200)")
    options.add_argument("--short", action="store_true", help="a small shop and a handful of faults")
    options.add_argument("--keep", action="store_true", help="keep the logs also when all is well")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = chosen.seed or secrets.randbelow(100_000) + 1
    print(f"SEED={seed} KILLS={chosen.kills}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="ecomsync-chaos-"))
    code = 1
    try:
        with running_servers(folder) as servers:
            for name in ("STATIC_ROOT", "MEDIA_ROOT", "ROLE", "FIELD_ENCRYPTION_KEYS"):
                os.environ.pop(name, None)
            os.environ.update(servers.environment())
            code = _run(servers, seed, kills=chosen.kills, short=chosen.short)
    finally:
        if code or chosen.keep:
            print(f"Logs are in {folder / 'logs'}.", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\nSEED={seed}: {'all passed' if not code else 'FAILED; repeat with this seed'}.", flush=True)
    return code


def _run(servers: Servers, seed: int, *, kills: int, short: bool) -> int:
    import django

    django.setup()
    from ecomsync.demo.processes import DemoFailed
    from tests.chaos.processes import WORKERS, Installation
    from tests.chaos.run import Chaos

    items, orders = (60, 20) if short else (120, 60)
    house = Installation(servers, items=items, orders=orders, seed=seed)
    try:
        chaos = Chaos.set_up(house)
        chaos.disturb(make_plan(seed, kills=kills, workers=WORKERS, short=short))
        chaos.settle()
        wrong = chaos.compare()
        chaos.report(wrong, servers.folder / "logs" / "diary.txt")
    except DemoFailed as error:
        print(f"\nStopped: {error}", file=sys.stderr)
        return 1
    finally:
        house.stop()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
