"""What leaves the shop when something happens. Open Source itself sends nothing."""

from collections import deque
from typing import TYPE_CHECKING

from sandbox.magento2.rows import Json

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App


class EventDesk:
    def __init__(self, app: "Magento2App", *, delay: float | None, timeout: float) -> None:
        self.app = app
        self.delay = delay
        self.timeout = timeout
        self.sent: deque[Json] = deque(maxlen=5000)
        self.waiting = 0

    def emit(self, event: str, row_id: int) -> None:
        if not self.app.store.hooks:
            return

    def flush(self) -> list[Json]:
        return []

    def clear(self) -> None:
        self.sent.clear()

    def register(self, **fields: object) -> Json:
        return dict(fields)
