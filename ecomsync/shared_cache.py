"""Redis as a cache that may be gone: what is in it only spares work, so its loss must not break a page or a webhook."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

# While it is gone, calls are not even tried for this long: each may cost a timeout.
LOOK_AGAIN_AFTER = 5.0


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, empty while Redis does not answer."""

    _gone_until = 0.0

    @property
    def is_gone(self) -> bool:
        """Whether the last call failed a moment ago."""
        return time.monotonic() < type(self)._gone_until

    def _or(self, call: Callable[[], Value], otherwise: Value) -> Value:
        if self.is_gone:
            return otherwise
        try:
            return call()
        except (RedisError, OSError) as err:
            type(self)._gone_until = time.monotonic() + LOOK_AGAIN_AFTER
            logger.warning("The cache does not answer, work goes on without it: %s", type(err).__name__)
            return otherwise

    def add(self, key: Any, value: Any, timeout: Any = ..., version: Any = None) -> Any:
        """True while Redis is gone: better to do something twice than not at all."""
        options = {} if timeout is ... else {"timeout": timeout}
        return self._or(
            lambda: super(ForgivingRedisCache, self).add(key, value, version=version, **options), True
        )

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._or(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = ..., version: Any = None) -> None:
        options = {} if timeout is ... else {"timeout": timeout}
        self._or(lambda: super(ForgivingRedisCache, self).set(key, value, version=version, **options), None)

    def touch(self, key: Any, timeout: Any = ..., version: Any = None) -> Any:
        options = {} if timeout is ... else {"timeout": timeout}
        return self._or(
            lambda: super(ForgivingRedisCache, self).touch(key, version=version, **options), False
        )

    def incr(self, key: Any, delta: Any = 1, version: Any = None) -> Any:
        return self._or(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta)

    def delete(self, key: Any, version: Any = None) -> Any:
        return self._or(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def get_many(self, keys: Any, version: Any = None) -> Any:
        return self._or(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def has_key(self, key: Any, version: Any = None) -> Any:
        return self._or(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def set_many(self, data: Any, timeout: Any = ..., version: Any = None) -> Any:
        options = {} if timeout is ... else {"timeout": timeout}
        return self._or(
            lambda: super(ForgivingRedisCache, self).set_many(data, version=version, **options), list(data)
        )

    def delete_many(self, keys: Any, version: Any = None) -> None:
        self._or(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def clear(self) -> None:
        self._or(lambda: super(ForgivingRedisCache, self).clear(), None)
