"""One of the processes of `budget_take`: takes whatever it is granted until the window is over, and tells how much."""

from __future__ import annotations

import json
import sys
import time


def main(name: str, site_id: int, rate: float, seconds: float) -> None:
    import django

    django.setup()
    from django.conf import settings

    from sites.budget.database_store import DatabaseStore
    from sites.budget.limits import Limits
    from sites.budget.redis_store import RedisStore
    from sites.budget.stores import Store

    store: Store = DatabaseStore(site_id) if name == "database" else RedisStore(site_id, settings.REDIS_URL)
    limits, granted = Limits(rate=rate, parallel=10), 0
    store.take(0, limits, 0.0)  # connected
    print("ready", flush=True)
    start = float(sys.stdin.readline())
    while (left := start + seconds - time.time()) > 0:
        grant = store.take(1, limits, 0.0)
        granted += grant.granted
        time.sleep(min(grant.wait, left))
    print(json.dumps({"granted": granted}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
