"""What was asked of the shop, counted by method and route template."""

import threading
from collections import Counter, deque
from fnmatch import fnmatchcase
from typing import Any

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Counters:
    """Thread-safe counts; `calls("POST /products/batch")` answers tests, `snapshot()` the control API."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.by_route: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()
        self.batch_rows: Counter[str] = Counter()
        self.log: deque[dict[str, Any]] = deque(maxlen=2000)

    def arrived(self, method: str, route: str) -> None:
        with self._lock:
            self.by_route[f"{method} {route}"] += 1

    def answered(self, method: str, route: str, target: str, status: int, millis: float) -> None:
        with self._lock:
            self.by_status[status] += 1
            self.log.append(
                {"method": method, "route": route, "target": target, "status": status, "ms": round(millis, 1)}
            )

    def rows(self, route: str, action: str, count: int) -> None:
        with self._lock:
            self.batch_rows[f"{route} {action}"] += count

    @property
    def requests(self) -> int:
        with self._lock:
            return sum(self.by_route.values())

    @property
    def writes(self) -> int:
        """Calls that may change the shop: POST, PUT, PATCH and DELETE, whatever they answered."""
        with self._lock:
            return sum(n for name, n in self.by_route.items() if name.partition(" ")[0] in WRITES)

    def calls(self, pattern: str) -> int:
        """Calls whose `METHOD /route` matches a shell pattern, for instance `* /products/*batch`."""
        with self._lock:
            return sum(n for name, n in self.by_route.items() if fnmatchcase(name, pattern))

    def batch_total(self, pattern: str = "*") -> int:
        with self._lock:
            return sum(n for name, n in self.batch_rows.items() if fnmatchcase(name, pattern))

    def reset(self) -> None:
        with self._lock:
            self.by_route.clear()
            self.by_status.clear()
            self.batch_rows.clear()
            self.log.clear()

    def snapshot(self) -> dict[str, Any]:
        with self._lock:
            routes = dict(sorted(self.by_route.items()))
            return {
                "requests": sum(routes.values()),
                "writes": sum(n for name, n in routes.items() if name.partition(" ")[0] in WRITES),
                "by_route": routes,
                "by_status": {str(k): v for k, v in sorted(self.by_status.items())},
                "batch_rows": dict(sorted(self.batch_rows.items())),
            }
