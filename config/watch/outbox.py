"""Messages on their way. The table is the queue: claimed in one statement, sent without a transaction, recorded.

A process that dies between sending and recording sends again: a receiver of webhooks knows the message by its id.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from companies.fields import EncryptionKeyError
from companies.models import AlertMessage
from companies.tenancy import COMPANY_SECRETS
from config.watch import hook, mail
from config.watch.receivers import receivers_of, told_from
from config.watch.sending import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable

    from companies.models import Incident

logger = structlog.get_logger(__name__)

Channel, Occasion, State = AlertMessage.Channel, AlertMessage.Occasion, AlertMessage.State

WAITS = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 7200, 14_400, 28_800))
"""Between the tries, 9 in all, over 15 hours."""
LEASE = timedelta(minutes=2)
AT_ONCE = 8
MOST = 64


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
    """Send what is due, several at a time: one receiver who does not answer keeps nobody waiting."""
    messages = [message for message in _due(now) if _is_wanted(message) and _is_claimed(message, now=now)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        errors = list(pool.map(_tried, [_way(message) for message in messages]))
    result = Sent()
    for message, error in zip(messages, errors, strict=True):
        _record(message, error, now=now)
        result.sent += not error
        result.failed += bool(error)
    return result


def _due(now: datetime) -> list[AlertMessage]:
    waiting = AlertMessage.objects.filter(state=State.WAITING, next_at__lte=now)
    secrets = (f"incident__company__{name}" for name in COMPANY_SECRETS)
    return list(waiting.select_related("incident__company").defer(*secrets).order_by("next_at", "pk")[:MOST])


def _is_wanted(message: AlertMessage) -> bool:
    """Whether its receiver is one still. Else it is dropped."""
    if (message.channel, message.address) in receivers_of(message.incident):
        return True
    AlertMessage.objects.filter(pk=message.pk).update(state=State.DROPPED)
    return False


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
        return _unreadable


def _unreadable() -> None:
    raise NotSent("the webhook secret cannot be decrypted: FIELD_ENCRYPTION_KEYS lacks its key")


def _tried(send: Callable[[], None]) -> str:
    """What went wrong, in words that name no secret; empty where nothing did."""
    try:
        send()
    except NotSent as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - recorded with the message, and tried again
        return f"{type(error).__name__}"
    return ""


def _record(message: AlertMessage, error: str, *, now: datetime) -> None:
    message.error = error[:200]
    if not error:
        message.state, message.sent_at = State.SENT, now
    elif message.attempts > len(WAITS):
        message.state = State.FAILED
    else:
        message.next_at = now + WAITS[message.attempts - 1]
    message.save(update_fields=["state", "sent_at", "next_at", "error"])
    if error:
        logger.warning(
            "watch.not_sent", message_id=message.pk, channel=message.channel, attempts=message.attempts, reason=error
        )
