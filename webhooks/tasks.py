"""Waking a worker and draining the inbox. Redis only wakes: with it away, deliveries wait in the table."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from celery import shared_task
from django_redis import get_redis_connection
from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars

from webhooks import inbox
from webhooks.backoff import ask
from webhooks.drain import cause_of, drain_batch

logger = structlog.get_logger(__name__)

WAKE_KEY = "slotkeeper.webhooks.awake"
WAKE_EVERY_MS = 200
LINGER_S = 0.05
DRAIN_FOR_S = 10.0
# A wake that waited this long for a worker found all of them draining: they see what it was sent for.
WAKE_EXPIRES_S = 2


@dataclass
class _Wakes:
    quiet_until: float = 0.0


_wakes = _Wakes()


def wake() -> None:
    """Send a worker to the inbox, at most once in 200 ms over all processes.

    A process that has just seen the flag does not look again for LINGER_S; a drain lingers as long before its last
    look, and so still sees what was kept meanwhile. With Redis away nothing is sent: beat's drain finds the deliveries.
    """
    now = time.monotonic()
    if now < _wakes.quiet_until:
        return
    _wakes.quiet_until = now + LINGER_S
    ask(_send, otherwise=None)


def _send() -> None:
    if get_redis_connection("default").set(WAKE_KEY, 1, nx=True, px=WAKE_EVERY_MS):
        drain.apply_async(expires=WAKE_EXPIRES_S, retry=False)


@shared_task(name="webhooks.tasks.drain")
def drain() -> int:
    """Process what is due, for ten seconds at most; returns how many deliveries were processed."""
    if woken_by := get_contextvars().get("request_id"):  # one of those whose deliveries are processed
        unbind_contextvars("request_id")
        bind_contextvars(woken_by=woken_by)
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
        processed = sum(_drain_one(company_id) for company_id in inbox.due_companies())
        done += processed
        if not processed:
            if is_last_look:
                break
            ask(lambda: get_redis_connection("default").delete(WAKE_KEY), otherwise=0)
            time.sleep(linger_s)
        is_last_look = not processed
    return done


def _drain_one(company_id: int | None) -> int:
    """One batch of one company. What goes wrong there must not keep the others waiting."""
    try:
        return drain_batch(company_id)
    except Exception as error:  # noqa: BLE001 - logged; beat's next drain tries again
        logger.error("webhooks.drain_failed", company_id=company_id, **cause_of(error))  # noqa: TRY400 - see there
        return 0
