"""Dealing out what is due: to each worker another Push, over all processes, fair between companies.

The table is the queue. Yet asking it takes long beside claiming, and workers that ask at the same moment get the same
answer. So one asks for a few and lays their ids on a list in Redis, from which all draw. Whoever draws the card that
lies shortly before the end of a whole hand deals on, while the others draw the rest; where all are gone, somebody asks
again. What is drawn is claimed in the table before it counts: the list may be old, or lost.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, cast

from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from appointments import push
from companies import meanwhile, redis_line

_DEALT = "slotkeeper.pushes.dealt"
_DEALING = "slotkeeper.pushes.dealing"
_HAND = 64
# No Push has this id. So many come after it, where there are twice as many at least.
_DEAL_ON = 0
_REST = 8
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


def draw(*, unless: Sized = ()) -> int | None:
    """The id of a Push to be sent now; None where none is due, or Redis is away.

    Before a new hand is waited for, what is kept is done (see companies.meanwhile). Where that has put something into
    `unless`, nothing is drawn.
    """
    try:
        drawn = redis_line.ask("LPOP", _DEALT)
        if drawn is None or int(drawn) == _DEAL_ON:
            meanwhile.catch_up()
            if unless:
                return None
            drawn = _dealt(get_redis_connection("default"))
    except (RedisError, ConnectionInterrupted, OSError):
        return None
    return None if drawn is None else int(drawn)


def is_somebody_coming() -> bool:
    """Whether so many messages wait that one more is no use: whoever gets one of them will see what is due by now."""
    try:
        return int(get_redis_connection("default").llen(_QUEUE)) >= _ENOUGH
    except (RedisError, ConnectionInterrupted, OSError):
        return False


def _dealt(redis: Any) -> bytes | None:
    """Deal anew, and draw; or draw what is left, or what another one lays down in a moment."""
    if redis.set(_DEALING, 1, nx=True, px=_TURN_MS):
        _deal(redis)
        drawn = redis.lpop(_DEALT)
    else:
        drawn = (redis.blpop(_DEALT, timeout=_WAIT_S) or (None, None))[1]
    # Whoever deals at this moment has seen what that card asks for.
    if drawn is not None and int(drawn) == _DEAL_ON:
        drawn = redis.lpop(_DEALT)
    return cast("bytes | None", drawn)


def _deal(redis: Any) -> None:
    known = {int(pk) for cards in (_LAST_HAND, _DEALT) for pk in redis.lrange(cards, 0, -1)}
    ids = push.due(limit=_HAND, but_not=known)
    cards = [*ids[:-_REST], _DEAL_ON, *ids[-_REST:]] if len(ids) >= 2 * _REST else ids
    with redis.pipeline() as pipeline:
        if ids:
            pipeline.delete(_LAST_HAND)
            pipeline.rpush(_LAST_HAND, *ids)
            pipeline.pexpire(_LAST_HAND, _NOT_AGAIN_MS)
            pipeline.rpush(_DEALT, *cards)
            pipeline.pexpire(_DEALT, _LAST_MS)
        pipeline.delete(_DEALING)
        pipeline.execute()
