"""The inbox: deliveries as rows, which are the queue as well."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from companies.locks import Purpose, try_turn
from webhooks.models import WebhookEvent

State = WebhookEvent.State

BATCH_SIZE = 100
MAX_ATTEMPTS = 5
WAITS_AT_MOST = timedelta(days=1)
# As in _FINISH: doubling.
_RETRY_AFTER = timedelta(seconds=30)
_NAMESPACE = uuid.UUID("5f0bb1f2-52f3-5d4c-9a52-0d9b1a5b5b6e")
_INSERT = """
    INSERT INTO webhooks_webhookevent
        (delivery_id, company_id, body, trigger, booking_uid, state, reason, reason_data, waits_for, attempts)
    VALUES (%s, %s, %s, '', '', 'pending', '', '{}', '', 0) ON CONFLICT (delivery_id) DO NOTHING
"""
_FINISH = """
    UPDATE webhooks_webhookevent AS event
    SET state = done.state, reason = done.reason, reason_data = done.reason_data::jsonb, waits_for = done.waits_for,
        trigger = done.trigger, booking_uid = done.booking_uid, company_id = done.company_id,
        attempts = event.attempts + done.failures,
        next_at = statement_timestamp() + CASE
            WHEN done.failures > 0 THEN interval '30 seconds' * 2 ^ event.attempts
            WHEN done.state = 'waiting' THEN greatest(
                interval '30 seconds', least(statement_timestamp() - event.received_at, interval '1 hour'))
            ELSE interval '0' END,
        finished_at = CASE WHEN done.state IN ('pending', 'waiting') THEN NULL ELSE statement_timestamp() END
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],
                %s::int[])
         AS done(id, state, reason, reason_data, waits_for, trigger, booking_uid, company_id, failures)
    WHERE event.id = done.id
"""
_FIRST_DUE = """
    SELECT event.next_at FROM webhooks_webhookevent event
    WHERE {whose} AND event.state IN ('pending', 'waiting') AND event.next_at <= statement_timestamp()
    ORDER BY event.next_at LIMIT 1
"""
_DUE = f"""
    SELECT company.id, first.next_at FROM companies_company company
    CROSS JOIN LATERAL ({_FIRST_DUE.format(whose="event.company_id = company.id")}) first
    UNION ALL
    SELECT NULL, first.next_at FROM ({_FIRST_DUE.format(whose="event.company_id IS NULL")}) first
    ORDER BY 2
"""  # noqa: S608 - no input
_RELEASE = """
    UPDATE webhooks_webhookevent SET state = 'pending', next_at = statement_timestamp()
    WHERE waits_for = ANY(%s) AND state IN ('waiting', 'refused') AND (company_id = %s OR company_id IS NULL)
"""


@dataclass(kw_only=True)
class Verdict:
    """What a delivery has come to, to be written by finish().

    One that failed is tried again in 30 s, doubling; a waiting one after as long as it has waited already.
    """

    event: WebhookEvent
    state: str
    reason: str = ""
    reason_data: dict[str, str] = field(default_factory=dict)
    waits_for: str = ""
    trigger: str = ""
    booking_uid: str = ""
    has_failed: bool = False

    @property
    def begun_at(self) -> datetime:
        """When it came, or somebody had it processed again: without the waits of the tries that failed."""
        waited: timedelta = _RETRY_AFTER * (2**self.event.attempts - 1)
        return self.event.next_at - waited

    @property
    def is_final(self) -> bool:
        """Whether the delivery is done with, unless somebody has it processed again."""
        return self.state not in {State.PENDING, State.WAITING}


def store(company_id: int | None, token: str, body: bytes) -> tuple[uuid.UUID, bool]:
    """Keep a delivery: one statement, committed by itself. Returns its id and whether it is new.

    The same bytes to the same address have the same id, so a repeated delivery is kept once. A connection that died
    since its last use is replaced once, instead of being asked before every insert whether it lives.
    """
    delivery_id = uuid.uuid5(_NAMESPACE, f"{token}:{hashlib.sha256(body).hexdigest()}")
    try:
        connection.health_check_done = True  # type: ignore[attr-defined]  # missing in django-stubs
        return delivery_id, _insert(delivery_id, company_id, body)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return delivery_id, _insert(delivery_id, company_id, body)


def _insert(delivery_id: uuid.UUID, company_id: int | None, body: bytes) -> bool:
    """Django's own cursors write the body into the statement as hex digits; this one sends its bytes."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_INSERT, [delivery_id, company_id, body])
        return bool(cursor.rowcount)


def due_companies() -> list[int | None]:
    """Companies with deliveries to process now, longest waiting first; None for the server-wide address."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        return [company_id for company_id, _ in cursor.fetchall()]


@contextmanager
def claim(company_id: int | None) -> Iterator[list[WebhookEvent]]:
    """The oldest due deliveries of one company, in a transaction that nobody else works for this company in.

    First come, first served; an empty list where another worker has the company. A booking changes its uid with
    every move, so the company is the unit of order.
    """
    with transaction.atomic():
        if not try_turn(Purpose.NEWS, company_id):
            yield []
            return
        ours = Q(company_id__isnull=True) if company_id is None else Q(company_id=company_id)
        due = WebhookEvent.objects.filter(ours, state__in=[State.PENDING, State.WAITING], next_at__lte=Now())
        yield list(due.order_by("next_at", "id").select_for_update(skip_locked=True)[:BATCH_SIZE])


def finish(verdicts: Sequence[Verdict]) -> None:
    """Write what the deliveries have come to, in one statement."""
    for verdict in verdicts:
        _give_up(verdict)
    rows = [
        (
            verdict.event.pk,
            verdict.state,
            verdict.reason,
            json.dumps(verdict.reason_data),
            verdict.waits_for,
            verdict.trigger,
            verdict.booking_uid,
            verdict.event.company_id,
            int(verdict.has_failed),
        )
        for verdict in verdicts
    ]
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [list(column) for column in zip(*rows, strict=True)])


def _give_up(verdict: Verdict) -> None:
    """Turn a delivery that failed too often, or waited too long, into one that is finished."""
    if verdict.has_failed and verdict.event.attempts + 1 >= MAX_ATTEMPTS:
        verdict.state = State.FAILED
    if verdict.state == State.WAITING and timezone.now() - verdict.event.received_at > WAITS_AT_MOST:
        verdict.state, verdict.waits_for = State.IGNORED, ""


def release(company_id: int, awaited: Iterable[str]) -> None:
    """Make deliveries due that wait for something that has come ("booking:…", "event_type:…").

    Also those whose company is not known yet, and those refused because the event type seemed to be another's.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [list(awaited), company_id])


def replay(events: QuerySet[WebhookEvent]) -> int:
    """Let deliveries be processed again, whatever they came to, as far as their bodies are kept. Returns how many."""
    return events.exclude(body=b"").update(
        state=State.PENDING, next_at=Now(), attempts=0, reason="", reason_data={}, waits_for="", finished_at=None
    )
