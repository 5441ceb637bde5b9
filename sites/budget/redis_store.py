"""The bucket in Redis, shared by all machines. Times are those of Redis, so clocks of workers do not matter."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from functools import lru_cache
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from platforms.types import Quota
from sites.budget.limits import BREAKS_AT, FIRST_REST, LONGEST_REST, PROBE_SECONDS, Limits
from sites.budget.stores import CALL_LEASE, Grant

#: Everything of a site that nobody calls any more goes by itself.
KEEP_SECONDS = 86_400

_NOW = "local now = redis.call('TIME'); local t = now[1] + now[2] / 1000000\n"
_CLOSED = (
    _NOW
    + f"""
local h = redis.call('HMGET', KEYS[1], 'blocked', 'rest', 'probe', 'faults', 'tokens', 'at', 'rate', 'capacity')
local blocked, rest, probe = tonumber(h[1] or '0'), tonumber(h[2] or '0'), tonumber(h[3] or '0')
local faults, breaks = tonumber(h[4] or '0'), {BREAKS_AT}
local closed = math.max(blocked, rest) - t
if faults >= breaks then closed = math.max(closed, probe - t) end
if closed > 0 then return {{tostring(closed), tostring(faults)}} end
"""
)
_EFFECTIVE = """
local function effective(told_rate, told_capacity, rate, cap)
  local r = tonumber(told_rate or '0'); if r <= 0 then r = rate end
  if cap > 0 then r = math.min(r, cap) end
  local c = tonumber(told_capacity or '0'); if c <= 0 then c = math.max(1, r * 2) end
  return r, c
end
"""
# KEYS: calls, used; ARGV from {first} on: parallel, place, lease. Counts the call in the bucket of its minute.
# Whoever asks again for a place that he has, since the answer was lost, is given it again.
_PLACE = """
redis.call('ZREMRANGEBYSCORE', KEYS[{calls}], '-inf', t)
local has = redis.call('ZSCORE', KEYS[{calls}], ARGV[{first} + 1])
if not has and redis.call('ZCARD', KEYS[{calls}]) >= tonumber(ARGV[{first}]) then return {full} end
redis.call('ZADD', KEYS[{calls}], t + tonumber(ARGV[{first} + 2]), ARGV[{first} + 1])
redis.call('EXPIRE', KEYS[{calls}], 3600)
local minute = KEYS[{calls} + 1] .. math.floor(t / 60)
redis.call('INCR', minute)
redis.call('EXPIRE', minute, 180)
"""
# rate, cap, cost, reserve
_TAKE = (
    _CLOSED
    + _EFFECTIVE
    + f"""
local rate, capacity = effective(h[7], h[8], tonumber(ARGV[1]), tonumber(ARGV[2]))
local cost, reserve = tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens, at = tonumber(h[5] or tostring(capacity)), tonumber(h[6] or tostring(t))
tokens = math.min(capacity, tokens + math.max(0, t - at) * rate)
local short = math.min(capacity, cost + capacity * reserve) - tokens
if short <= 0 then
  tokens = tokens - cost
  if faults >= breaks then redis.call('HSET', KEYS[1], 'probe', tostring(t + {PROBE_SECONDS})) end
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(t))
redis.call('EXPIRE', KEYS[1], {KEEP_SECONDS})
if short > 0 then return {{tostring(math.max(0.01, short / rate)), tostring(faults)}} end
"""
)
_TAKEN = "return {'0', tostring(faults)}"
_BEGUN = "return {'0', tostring(faults), '1'}"
_GATE = (
    _CLOSED
    + f"""
if faults >= breaks then redis.call('HSET', KEYS[1], 'probe', tostring(t + {PROBE_SECONDS})) end
return {{'0', tostring(faults)}}
"""
)
_BLOCK = (
    _NOW
    + f"""
local till = t + tonumber(ARGV[1])
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
if till > blocked then redis.call('HSET', KEYS[1], 'blocked', tostring(till)) end
redis.call('EXPIRE', KEYS[1], {KEEP_SECONDS})
return 1
"""
)
# rate, cap, left ('' = not told), told capacity, told rate, tokens to give back
_TEACH = (
    _NOW
    + _EFFECTIVE
    + f"""
local is_larger = tonumber(ARGV[4]) > tonumber(redis.call('HGET', KEYS[1], 'capacity') or '0')
if tonumber(ARGV[4]) > 0 then redis.call('HSET', KEYS[1], 'capacity', ARGV[4]) end
if tonumber(ARGV[5]) > 0 then redis.call('HSET', KEYS[1], 'rate', ARGV[5]) end
local h = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'rate', 'capacity')
local rate, capacity = effective(h[3], h[4], tonumber(ARGV[1]), tonumber(ARGV[2]))
local own = math.min(capacity, math.max(1, tonumber(ARGV[1]) * 2))
local tokens, at = tonumber(h[1] or tostring(own)), tonumber(h[2] or tostring(t))
tokens = math.min(capacity, tokens + math.max(0, t - at) * rate + tonumber(ARGV[6]))
if ARGV[3] ~= '' then
  -- What was counted in a bucket taken for a smaller one says nothing of this one.
  if is_larger then tokens = math.min(capacity, tonumber(ARGV[3])) else tokens = math.min(tokens, tonumber(ARGV[3])) end
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(t))
redis.call('EXPIRE', KEYS[1], {KEEP_SECONDS})
return 1
"""
)
_FAULT = (
    _NOW
    + f"""
local faults = redis.call('HINCRBY', KEYS[1], 'faults', 1)
redis.call('HDEL', KEYS[1], 'probe')
if faults >= {BREAKS_AT} then
  local rest = math.min({LONGEST_REST}, {FIRST_REST} * 2 ^ math.min(faults - {BREAKS_AT}, 10))
  redis.call('HSET', KEYS[1], 'rest', tostring(t + rest))
end
redis.call('EXPIRE', KEYS[1], {KEEP_SECONDS})
return faults
"""
)
_WELL = """
local faults = tonumber(redis.call('HGET', KEYS[1], 'faults') or '0')
redis.call('HDEL', KEYS[1], 'faults', 'probe', 'rest')
return faults
"""
_ENTER = _NOW + _PLACE.replace("{calls}", "1").replace("{first}", "1").replace("{full}", "0") + "return 1"
_TAKE_AND_ENTER = (
    _TAKE
    + _PLACE.replace("{calls}", "2").replace("{first}", "5").replace("{full}", "{'0', tostring(faults)}")
    + _BEGUN
)
_WAITS = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t)
if tonumber(ARGV[2]) > 0 then
  redis.call('ZADD', KEYS[1], t + tonumber(ARGV[2]), ARGV[1])
  redis.call('EXPIRE', KEYS[1], 3600)
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
return 1
"""
)


@lru_cache(maxsize=2)
def client_for(url: str) -> redis.Redis:
    """Answers or fails quickly: a budget must not hold a worker up for long."""
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1))


class _Kept(threading.local):
    """The connections of a thread, one per address. A process that was forked off does not use those of its parent."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.clients: dict[str, Any] = {}


_kept = _Kept()


def _own_client(url: str) -> Any:
    """As `client_for`, without a look at the pool and at the connection before each of the calls that are so many."""
    if _kept.process != os.getpid():
        _kept.__init__()  # type: ignore[misc]
    if url not in _kept.clients:
        _kept.clients[url] = redis.Redis(
            connection_pool=client_for(url).connection_pool, single_connection_client=True
        )
    return _kept.clients[url]


@lru_cache(maxsize=16)
def _sha_of(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


class RedisStore:
    """Places of calls are leases, so a killed worker gives its own back."""

    def __init__(self, site_id: int, url: str) -> None:
        self._url = url
        self.bucket = f"ecomsync:budget:{site_id}"
        self.calls = f"ecomsync:calls:{site_id}"
        self.used = f"ecomsync:used:{site_id}:"
        self.waiting = f"ecomsync:waiting:{site_id}"

    def take(self, cost: float, limits: Limits, reserve: float) -> Grant:
        return self._grant(_TAKE + _TAKEN, limits.rate or 1.0, limits.cap or 0, cost, reserve)

    def begin(self, cost: float, limits: Limits, reserve: float) -> tuple[Grant, str]:
        place = uuid.uuid4().hex
        wait, faults, *entered = self._run(
            _TAKE_AND_ENTER,
            [self.bucket, self.calls, self.used],
            limits.rate or 1.0,
            limits.cap or 0,
            cost,
            reserve,
            limits.parallel,
            place,
            CALL_LEASE,
        )
        return Grant(float(wait), int(float(faults))), place if entered else ""

    def gate(self) -> Grant:
        return self._grant(_GATE)

    def block(self, seconds: float) -> None:
        self._run(_BLOCK, [self.bucket], seconds)

    def teach(self, quota: Quota, limits: Limits) -> None:
        left = "" if quota.left is None else quota.left
        self._teach(limits, left, quota.limit or 0, quota.per_second or 0, 0)

    def give(self, tokens: float, limits: Limits) -> None:
        self._teach(limits, "", 0, 0, tokens)

    def _teach(self, limits: Limits, *values: object) -> None:
        self._run(_TEACH, [self.bucket], limits.rate or 1.0, limits.cap or 0, *values)

    def fault(self) -> int:
        return int(self._run(_FAULT, [self.bucket]))

    def well(self) -> int:
        return int(self._run(_WELL, [self.bucket]))

    def enter(self, limits: Limits) -> str:
        place = uuid.uuid4().hex
        entered = self._run(_ENTER, [self.calls, self.used], limits.parallel, place, CALL_LEASE)
        return place if entered else ""

    def leave(self, place: str) -> None:
        _own_client(self._url).execute_command("ZREM", self.calls, place)

    def waits(self, name: str, seconds: float) -> None:
        self._run(_WAITS, [self.waiting], name, seconds)

    def _grant(self, script: str, *values: object) -> Grant:
        wait, faults = self._run(script, [self.bucket], *values)
        return Grant(float(wait), int(float(faults)))

    def _run(self, script: str, keys: list[str], *values: object) -> Any:
        client, sent = _own_client(self._url), (len(keys), *keys, *map(str, values))
        try:
            return client.execute_command("EVALSHA", _sha_of(script), *sent)
        except NoScriptError:  # Redis was started anew
            return client.execute_command("EVAL", script, *sent)
