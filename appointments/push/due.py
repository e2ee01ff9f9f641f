"""Which pushes are due, fair between companies."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from appointments.models import Push
from appointments.push import answers
from appointments.push.waits import LONGEST_CALL, ROOM_IN_TROUBLE

if TYPE_CHECKING:
    from companies.models import Company

# Of each company a few, those first whose company has least in flight: an outage or a bulk import starves nobody. What
# would be refused for want of room is left out (see appointments.push.claim), except that looking needs none.
# Only the first of an appointment's open pushes can go out; a compensation goes before the others, or is waited for.
_DUE = """
    SELECT first.id FROM companies_company company
    CROSS JOIN LATERAL (
        SELECT push.id, push.next_at, push.state, row_number() OVER (ORDER BY push.next_at, push.id) AS place
        FROM appointments_push push
        WHERE push.company_id = company.id AND push.state IN ('pending', 'unclear') AND push.next_at <= %(now)s
          AND push.id <> ALL(%(but_not)s)
          AND (push.state = 'unclear' OR NOT EXISTS (
              SELECT 1 FROM appointments_push earlier
              WHERE earlier.appointment_id = push.appointment_id AND earlier.finished_at IS NULL
                AND CASE WHEN earlier.is_compensation
                         THEN earlier.state = 'pending' AND (NOT push.is_compensation OR earlier.version < push.version)
                         ELSE NOT push.is_compensation AND earlier.version < push.version END))
          AND NOT EXISTS (
              SELECT 1 FROM appointments_push flight
              WHERE flight.appointment_id = push.appointment_id AND flight.id <> push.id
                AND flight.state IN ('in_flight', 'unclear'))
        ORDER BY push.next_at, push.id LIMIT %(each)s
    ) first
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (
                   WHERE push.state = 'in_flight' AND push.claimed_at > %(since)s AND push.id <> ALL(%(answered)s)
               ) AS count,
               count(*) FILTER (WHERE push.state = 'unclear') > 0 OR EXISTS (
                   SELECT 1 FROM appointments_push trouble
                   WHERE trouble.company_id = company.id AND trouble.state = 'pending'
                     AND trouble.trouble IN ('unavailable', 'busy')) AS is_in_trouble
        FROM appointments_push push
        WHERE push.company_id = company.id AND push.state IN ('in_flight', 'unclear')
    ) flying
    WHERE company.is_active AND (first.state = 'unclear' OR CASE
        WHEN flying.is_in_trouble THEN flying.count + first.place <= %(room_in_trouble)s
        ELSE flying.count < %(room)s END)
    ORDER BY first.place + flying.count, first.next_at LIMIT %(limit)s
"""

# Without a key nothing is tried. Once there is one, what was kept meanwhile is due.
_REVIVE = """
    UPDATE appointments_push push SET next_at = %(now)s FROM companies_company company
    WHERE company.id = push.company_id AND company.calcom_api_key <> '' AND company.is_active
      AND push.state = 'pending' AND push.trouble = 'not_connected' AND push.next_at IS NULL
"""


def due(*, limit: int = 64, but_not: Collection[int] = ()) -> list[int]:
    """The ids of pushes that can be sent or looked for now, the company with least in flight first."""
    now = timezone.now()
    values = {
        "now": now,
        "since": now - LONGEST_CALL,
        "answered": answers.kept(),
        "but_not": list(but_not),
        "each": max(limit // 2, 1),
        "limit": limit,
        "room": settings.PUSHES_AT_ONCE_PER_COMPANY,
        "room_in_trouble": ROOM_IN_TROUBLE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        return [pk for (pk,) in cursor.fetchall()]


def revive() -> int:
    """Make due what waits for a connection in companies that have a key by now. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_REVIVE, {"now": timezone.now()})
        return int(cursor.rowcount)


def hasten(company: Company) -> int:
    """The backend is back: make due now what waits because it was not reached. Returns how many.

    What has to be looked for first waits on: it is too early to look, not too late. What somebody has just locked is
    left to them: to wait for several of them could be in vain for both sides.
    """
    now = timezone.now()
    waiting = Push.objects.for_company(company).filter(state=Push.State.PENDING, trouble=Push.Trouble.UNAVAILABLE)
    free = waiting.filter(next_at__gt=now).select_for_update(skip_locked=True)
    with transaction.atomic():
        return Push.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(next_at=now)
