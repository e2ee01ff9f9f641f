"""Pushes in the background. Every task may run twice; the table is the queue, messages only wake."""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError
from structlog.contextvars import unbind_contextvars

from appointments import completeness, deal, reservations
from appointments import push as pushes
from appointments.models import Hold
from companies import meanwhile
from companies.locks import waiting_at_most

logger = structlog.get_logger(__name__)

# Longer waits are left to beat.
_LONGEST_COUNTDOWN_S = 60.0
_WORK_FOR_S = 5.0
# For as long as somebody else holds an appointment, a change that is on its way may have to wait with its answer.
_LOCKS_S = 10.0
_WAKE_AT_MOST = 16
# Beat finds again what nobody has taken by then: messages do not pile up while workers are busy.
_BEAT_MESSAGE_S = 5
# What a change or a countdown sends may wait for as long as a flood of changes takes.
_MESSAGE_S = 3600


@shared_task(name="appointments.tasks.push")
def push(push_id: int) -> None:
    """Send one Push and those that wait behind it, then whatever else is due; after some seconds another goes on."""
    with waiting_at_most(_LOCKS_S):  # without a database it ends here, and wakes nobody
        todo = deque([push_id])
        try:
            with meanwhile.keeping():
                _push_all(todo, until=time.monotonic() + _WORK_FOR_S)
        finally:
            for left in todo:
                _hand_over(left)


def _push_all(todo: deque[int], *, until: float) -> None:
    """What stands there, what that brings, and what is dealt, until the time is up; then the rest stands there."""
    while todo and time.monotonic() < until:
        pushes.push(todo.popleft(), follow=partial(_follow, todo))
        if not todo and (drawn := deal.draw(unless=todo)) is not None:
            todo.append(drawn)
            unbind_contextvars("request_id", "delivery_id", "batch")  # what is drawn, others have asked for


def _follow(todo: deque[int], after: pushes.After) -> None:
    """What waits behind a Push is sent at once, or by whoever gets the message when it is due."""
    if after.wait_s <= 0:
        todo.append(after.push_id)
    elif after.wait_s <= _LONGEST_COUNTDOWN_S:
        _hand_over(after.push_id, countdown_s=after.wait_s)


@shared_task(name="appointments.tasks.push_due")
def push_due() -> int:
    """What no message told of: waits that are over, workers that died, connections that are back. Returns how many."""
    released = pushes.release_stuck()
    if released:
        logger.warning("push.released", count=released)
    pushes.revive()
    ids = pushes.due(limit=_WAKE_AT_MOST)
    for push_id in ids:
        _hand_over(push_id, lasts_s=_BEAT_MESSAGE_S)
    return len(ids)


def push_soon(push_id: int) -> None:
    """Send a Push once the transaction is committed."""
    transaction.on_commit(partial(_hand_over, push_id), robust=True)


@shared_task(name="appointments.tasks.recount_wanted")
def recount_wanted() -> int:
    """Count how complete appointments are, for the companies of which old numbers were read. Returns how many."""
    return completeness.recount_wanted()


@shared_task(name="appointments.tasks.reserve")
def reserve(hold_id: int) -> None:
    """Let the backend hide a hold's time as well."""
    reservations.reserve(hold_id)


@shared_task(name="appointments.tasks.show_again")
def show_again(company_id: int, uid: str, event_type_id: int) -> None:
    """Let the backend show a time that is not held any more."""
    reservations.show_again(company_id, uid, event_type_id)


def reserve_soon(hold_id: int) -> None:
    """reserve() once the transaction is committed."""
    transaction.on_commit(partial(_ask_for, reserve, hold_id), robust=True)


def show_again_soon(hold: Hold) -> None:
    """show_again() once the transaction is committed; nothing to do where the backend hides nothing."""
    if hold.remote_uid and hold.event_type_id is not None:
        work = partial(_ask_for, show_again, hold.company_id, hold.remote_uid, hold.event_type_id)
        transaction.on_commit(work, robust=True)


def _ask_for(task: Any, *args: object) -> None:
    try:
        task.apply_async(args, retry=False)
    except OperationalError:  # the broker is away: the hold here is what counts
        logger.warning("hold.not_handed_over", task=task.name)


def _hand_over(push_id: int, *, countdown_s: float = 0.0, lasts_s: float = _MESSAGE_S) -> None:
    if not countdown_s and deal.is_somebody_coming():
        return
    try:
        push.apply_async((push_id,), countdown=countdown_s, expires=lasts_s, retry=False)
    except OperationalError:  # the broker is away: beat finds the Push in the table
        logger.warning("push.not_handed_over", push_id=push_id)
