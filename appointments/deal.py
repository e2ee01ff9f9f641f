"""Dealing out what is due: to each worker another Push, over all processes, fair between companies.

The table is the queue. Yet asking it takes long beside claiming, and workers that ask at the same moment get the same
answer. So one asks for a few and lays their ids on a list in Redis, from which all draw; when they are gone, somebody
asks again. What is drawn is claimed in the table before it counts: the list may be old, or lost.
"""

from __future__ import annotations

from typing import Any

from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from appointments import push

_DEALT = "slotkeeper.pushes.dealt"
_DEALING = "slotkeeper.pushes.dealing"
_HAND = 64
# Ids that nobody has drawn by then are asked for anew.
_LAST_MS = 2000
# Those of the last hand may have been drawn just now, and not be claimed yet.
_LAST_HAND = "slotkeeper.pushes.last_hand"
_NOT_AGAIN_MS = 1000
# Another worker is asking just now; if it dies meanwhile, its turn ends with this.
_TURN_MS = 1000
_WAIT_S = 0.2
# So many messages are enough: each of their workers draws until nothing is left.
_ENOUGH = 16
_QUEUE = "pushes"


def draw() -> int | None:
    """The id of a Push to be sent now; None where none is due, or Redis is away."""
    try:
        redis = get_redis_connection("default")
        drawn = redis.lpop(_DEALT)
        return _dealt(redis) if drawn is None else int(drawn)
    except (RedisError, ConnectionInterrupted, OSError):
        return None


def is_somebody_coming() -> bool:
    """Whether so many messages wait that one more is no use: whoever gets one of them will see what is due by now."""
    try:
        return int(get_redis_connection("default").llen(_QUEUE)) >= _ENOUGH
    except (RedisError, ConnectionInterrupted, OSError):
        return False


def _dealt(redis: Any) -> int | None:
    """Deal anew, and draw the first; or wait a moment for whoever is dealing."""
    if not redis.set(_DEALING, 1, nx=True, px=_TURN_MS):
        drawn = redis.blpop(_DEALT, timeout=_WAIT_S)
        return None if drawn is None else int(drawn[1])
    ids = push.due(limit=_HAND, but_not=[int(pk) for pk in redis.lrange(_LAST_HAND, 0, -1)])
    with redis.pipeline() as pipeline:
        if ids:
            pipeline.delete(_LAST_HAND)
            pipeline.rpush(_LAST_HAND, *ids)
            pipeline.pexpire(_LAST_HAND, _NOT_AGAIN_MS)
        if ids[1:]:
            pipeline.rpush(_DEALT, *ids[1:])
            pipeline.pexpire(_DEALT, _LAST_MS)
        pipeline.delete(_DEALING)
        pipeline.execute()
    return next(iter(ids), None)
