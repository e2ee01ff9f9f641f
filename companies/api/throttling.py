"""So many requests a minute for each caller, counted in Redis for all processes together.

One script, one round trip: a bucket that holds a minute's worth and refills evenly, kept as the one moment at which it
will be full again. With Redis away nobody counts, and requests go through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from companies.api import shared

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from companies.api.callers import Caller

# In milliseconds; returns how long to wait, 0 where the request may go.
_TAKE = """
local each, minute = tonumber(ARGV[1]), 60000
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local full_at = tonumber(redis.call('GET', KEYS[1]) or now) or now
if full_at < now or full_at > now + 2 * minute then full_at = now end
local wait = full_at + each - minute - now
if wait > 0.5 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.1f', full_at + each), 'PX', 2 * minute)
return 0
"""


class CallerThrottle(BaseThrottle):
    """The limit of the key, or of the server."""

    _wait_ms = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether the caller may ask once more."""
        caller: Caller | None = getattr(view, "caller", None)
        self._wait_ms = take(caller) if caller else 0
        return not self._wait_ms

    def wait(self) -> float:
        """Seconds until the next request may go, whole ones."""
        return float(-(-self._wait_ms // 1000))


def take(caller: Caller) -> int:
    """Count one request. Returns how many milliseconds too early it comes."""
    per_minute = (caller.key and caller.key.requests_per_minute) or settings.API_REQUESTS_PER_MINUTE
    place = shared.name("requests", caller.identity)

    def counted(connection: Any) -> int:
        return int(connection.eval(_TAKE, 1, place, 60_000 / per_minute))

    return shared.ask(counted, otherwise=0)
