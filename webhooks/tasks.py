"""Waking a worker and draining the inbox. Redis only wakes: with it away, deliveries wait in the table."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from celery import shared_task
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from webhooks import inbox
from webhooks.drain import drain_batch

logger = structlog.get_logger(__name__)

WAKE_KEY = "slotkeeper.webhooks.awake"
WAKE_EVERY_MS = 200
LINGER_S = 0.05
DRAIN_FOR_S = 60.0
_RETRY_BROKER_AFTER_S = 2.0


@dataclass
class _Broker:
    quiet_until: float = 0.0


_broker = _Broker()


def wake() -> None:
    """Send a worker to the inbox, at most once in 200 ms over all processes.

    A process that has just seen the flag does not look again for LINGER_S; a drain lingers as long before its last
    look, and so still sees what was kept meanwhile. With the broker away nothing is sent, and for two seconds nothing
    is tried: beat's drain finds the deliveries.
    """
    now = time.monotonic()
    if now < _broker.quiet_until:
        return
    _broker.quiet_until = now + LINGER_S
    try:
        if get_redis_connection("default").set(WAKE_KEY, 1, nx=True, px=WAKE_EVERY_MS):
            drain.apply_async(expires=30, retry=False)
    except (RedisError, OperationalError, OSError) as error:
        _broker.quiet_until = time.monotonic() + _RETRY_BROKER_AFTER_S
        logger.warning("webhooks.broker_away", error=type(error).__name__)


@shared_task(name="webhooks.tasks.drain")
def drain() -> int:
    """Process what is due, for a minute at most; returns how many deliveries were processed."""
    until = time.monotonic() + DRAIN_FOR_S
    done = drain_all(until=until, linger_s=LINGER_S)
    if time.monotonic() >= until:
        wake()
    if done:
        logger.info("webhooks.drained", deliveries=done)
    return done


def drain_all(*, until: float = float("inf"), linger_s: float = 0.0) -> int:
    """Process all that is due; returns how many deliveries were processed.

    The wake flag goes before the last look, so that a delivery kept meanwhile is either seen or wakes somebody. For
    `linger_s` see wake().
    """
    done, is_last_look = 0, False
    while time.monotonic() < until:
        processed = _round()
        done += processed
        if not processed:
            if is_last_look:
                break
            _allow_wake()
            time.sleep(linger_s)
        is_last_look = not processed
    return done


def _round() -> int:
    """One batch of each company that has something due; one that another worker is at is passed over."""
    return sum(drain_batch(company_id) for company_id in inbox.due_companies())


def _allow_wake() -> None:
    try:
        get_redis_connection("default").delete(WAKE_KEY)
    except (RedisError, OSError) as error:
        logger.warning("webhooks.broker_away", error=type(error).__name__)
