"""Messages on their way. The table is the queue: claimed in one statement, sent without a transaction, recorded.

Each is sent by a thread of its own, a few at a time by each way. A round waits 20 seconds for them, however slowly a
server talks. What is late then counts as failed, is tried again later, and takes no place from those of later rounds.
But it may succeed yet: so this process begins it again only after it has ended, and notes its success whenever that
comes. A mail server that takes half a minute for each mail sends one, not nine. One that goes on trickling is left
after 100 seconds (config.watch.smtp), so that there are never many threads.

A process that dies between sending and recording sends again, and so may a second watcher what is late by two minutes:
a receiver of webhooks knows the message by its id.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

import structlog
from django.db import InterfaceError, OperationalError

from companies.fields import EncryptionKeyError
from companies.models import AlertMessage, Company
from companies.tenancy import COMPANY_SECRETS
from config.watch import hook, mail
from config.watch.receivers import URGENT, quiet_end, receivers_of, told_from
from config.watch.sending import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable

    from companies.models import Incident

logger = structlog.get_logger(__name__)

Channel, Occasion, State = AlertMessage.Channel, AlertMessage.Occasion, AlertMessage.State

WAITS = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 7200, 14_400, 28_800))
"""Between the tries, 9 in all, over 15 hours."""
LEASE = timedelta(minutes=2)
ROUND_S = 20.0
# Of each channel, so that no webhook waits for mails: of a round, and with what is late of the five before it. What was
# begun before those has been left.
AT_ONCE = 8
WITH_LATE = 48
MOST = 64

# Of this process, by id; and what has ended, each with what went wrong.
_under_way: dict[int, AlertMessage] = {}
_ended: SimpleQueue[tuple[AlertMessage, str]] = SimpleQueue()


@dataclass
class Sent:
    """What came of the messages that were due."""

    sent: int = 0
    failed: int = 0


def put(incident: Incident, occasion: AlertMessage.Occasion, *, now: datetime) -> None:
    """Queue a message for everybody concerned. In the transaction of what it tells.

    Where the beginning has not been told by the end, the end tells both.
    """
    incident.messages.filter(state=State.WAITING).update(state=State.DROPPED)
    next_at = told_from(incident, now=now)
    AlertMessage.objects.bulk_create(
        [
            AlertMessage(incident=incident, occasion=occasion, channel=channel, address=address, next_at=next_at)
            for channel, address in receivers_of(incident)
        ],
        ignore_conflicts=True,
    )


def send_due(*, now: datetime) -> Sent:
    """Send what is due, several at a time: one receiver who does not answer keeps nobody waiting, nor the round."""
    _follow_quiet_hours(now)
    until = time.monotonic() + ROUND_S
    late, due, result = set(_under_way), [*_due(Channel.MAIL, now), *_due(Channel.WEBHOOK, now)], Sent()
    while True:
        if time.monotonic() < until:
            due = _started(due, late, now=now)
        patience_s = until - time.monotonic() if _under_way.keys() - late else 0.0
        try:
            message, error = _ended.get(timeout=max(patience_s, 0.0))
        except Empty:
            break
        del _under_way[message.pk]
        _record(message, error, now=now)
        result.sent += not error
        result.failed += bool(error)
    for pk in _under_way.keys() - late:
        _record(_under_way[pk], f"no answer within {ROUND_S:.0f} s", now=now)
        result.failed += 1
    return result


def _follow_quiet_hours(now: datetime) -> None:
    """They, or the company's clocks, may have been changed since a message began to wait for their end."""
    later = AlertMessage.objects.filter(state=State.WAITING, attempts=0, next_at__gt=now)
    held = later.exclude(incident__kind__in=URGENT)  # what is urgent waits for nothing: its clock is ahead of ours
    for company in Company.objects.filter(pk__in=held.values("incident__company")).defer(*COMPANY_SECRETS):
        next_at = quiet_end(company, now=now) or now
        held.filter(incident__company=company).exclude(next_at=next_at).update(next_at=next_at)


def _due(channel: AlertMessage.Channel, now: datetime) -> list[AlertMessage]:
    waiting = AlertMessage.objects.filter(channel=channel, state=State.WAITING, next_at__lte=now)
    secrets = (f"incident__company__{name}" for name in COMPANY_SECRETS)
    rows = waiting.exclude(pk__in=list(_under_way)).select_related("incident__company").defer(*secrets)
    return list(rows.order_by("next_at", "pk")[:MOST])


def _started(due: list[AlertMessage], late: set[int], *, now: datetime) -> list[AlertMessage]:
    """Start as many as there is room for. Returns the others."""
    others = []
    for message in due:
        if not _has_room(message.channel, late):
            others.append(message)
        elif _is_wanted(message, now=now) and _is_claimed(message, now=now):
            send = _way(message)
            # Threads of a pool would be waited for when the process is told to end.
            Thread(target=_send, args=(message, send), daemon=True).start()
            _under_way[message.pk] = message
    return others


def _has_room(channel: str, late: set[int]) -> bool:
    own = {pk for pk, one in _under_way.items() if one.channel == channel}
    return len(own - late) < AT_ONCE and len(own) < WITH_LATE


def _is_wanted(message: AlertMessage, *, now: datetime) -> bool:
    """Whether its receiver is one still, and may be told now. Else it is dropped, or waits for the quiet hours' end."""
    row = AlertMessage.objects.filter(pk=message.pk)
    if (message.channel, message.address) not in receivers_of(message.incident):
        row.update(state=State.DROPPED)
        return False
    next_at = told_from(message.incident, now=now)
    if next_at > now:
        row.update(next_at=next_at)
        return False
    return True


def _is_claimed(message: AlertMessage, *, now: datetime) -> bool:
    """Whether it is ours to send. Should we die, it is due again after two minutes."""
    mine = AlertMessage.objects.filter(pk=message.pk, state=State.WAITING, attempts=message.attempts)
    message.attempts += 1
    return bool(mine.update(attempts=message.attempts, next_at=now + LEASE))


def _way(message: AlertMessage) -> Callable[[], None]:
    """How to send it. All that is read from the database is read here: the threads only send."""
    try:
        return mail.prepared(message) if message.channel == Channel.MAIL else hook.prepared(message)
    except EncryptionKeyError:
        return partial(_refuse, "the webhook secret cannot be decrypted: FIELD_ENCRYPTION_KEYS lacks its key")
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("watch.not_written", message_id=message.pk)
        return partial(_refuse, f"it could not be written ({type(error).__name__})")


def _refuse(reason: str) -> None:
    raise NotSent(reason)


def _send(message: AlertMessage, send: Callable[[], None]) -> None:
    """In a thread. What went wrong is put in words that name no secret; empty where nothing did."""
    error = ""
    try:
        send()
    except NotSent as refusal:
        error = str(refusal)
    except Exception as failure:  # noqa: BLE001 - recorded with the message, and tried again
        error = type(failure).__name__
    _ended.put((message, error))


def _record(message: AlertMessage, error: str, *, now: datetime) -> None:
    """What went out is sent, even if it had been given up; what did not is tried again, unless that is settled."""
    row = AlertMessage.objects.filter(pk=message.pk)
    if not error:
        row.update(state=State.SENT, sent_at=now, error="")
        return
    row = row.filter(state=State.WAITING, attempts=message.attempts)
    if message.attempts > len(WAITS):
        row.update(state=State.FAILED, error=error[:200])
    else:
        wait = WAITS[message.attempts - 1]
        row.update(next_at=now + (max(wait, LEASE) if message.pk in _under_way else wait), error=error[:200])
    logger.warning(
        "watch.not_sent", message_id=message.pk, channel=message.channel, attempts=message.attempts, reason=error
    )
