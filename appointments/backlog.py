"""How far the appointment book and the booking backend are apart, at a cost that does not grow with the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from appointments.models import Push
from appointments.models.appointment import SyncStatus

if TYPE_CHECKING:
    from companies.models import Company

State = Push.State

MOST_COUNTED = 10_000
"""Counts over all companies end here."""
MOST_OF_ONE = 100_000
"""Counts of one company end here."""

OPEN = (State.PENDING, State.IN_FLIGHT, State.UNCLEAR, State.CONFLICT, State.NEEDS_STAFF)
_UNSENT = (State.PENDING, State.IN_FLIGHT, State.UNCLEAR)

# Nobody is to be told of changes of companies without a connection, or of those that are switched off. Of the latter
# there are few, and push_open, whose condition this is, knows the company: they are passed over within the index.
_OPEN = """
    FROM appointments_push WHERE finished_at IS NULL AND trouble <> 'not_connected' AND state = wanted.state
        AND company_id NOT IN (SELECT id FROM companies_company WHERE NOT is_active)
"""
_PUSHES = f"""
    SELECT wanted.state,
           (SELECT count(*) FROM (SELECT {_OPEN} LIMIT %s) AS few),
           (SELECT extract(epoch FROM statement_timestamp() - created_at) FROM (
                SELECT created_at {_OPEN} ORDER BY created_at LIMIT 1) AS first)
    FROM unnest(%s::text[]) AS wanted(state)
"""  # noqa: S608 - no input
# Orphans are few, and so are companies that are switched off.
_ORPHANED = """
    SELECT count(*) FROM (
        SELECT FROM appointments_appointment WHERE sync_status = 'orphaned'
            AND company_id NOT IN (SELECT id FROM companies_company WHERE NOT is_active) LIMIT %s) AS few
"""
_STANDING = """
    SELECT wanted.status, (
        SELECT count(*) FROM (
            SELECT FROM appointments_appointment
            WHERE company_id = %s AND sync_status <> 'synced' AND sync_status = wanted.status LIMIT %s) AS few)
    FROM unnest(%s::text[]) AS wanted(status)
    UNION ALL
    SELECT 'all', (SELECT count(*) FROM (
        SELECT FROM appointments_appointment WHERE company_id = %s LIMIT %s) AS few)
"""


@dataclass(frozen=True)
class Unsent:
    """Changes that are not settled with the backend: how many by state, and the ages of the oldest of each state.

    A count of MOST_COUNTED means that, or more.
    """

    counts: dict[str, int]
    oldest_s: dict[str, float]
    orphaned: int

    @property
    def oldest_unsent_s(self) -> float:
        """How long the backend has not been told of something that it is to be told; 0 where it knows all."""
        return max((self.oldest_s[state] for state in _UNSENT), default=0.0)


def unsent() -> Unsent:
    """As it is now; two queries over indexes. What belongs to companies that are switched off does not count."""
    with connection.cursor() as cursor:
        cursor.execute(_PUSHES, [MOST_COUNTED, [state.value for state in OPEN]])
        rows = cursor.fetchall()
        cursor.execute(_ORPHANED, [MOST_COUNTED])
        (orphaned,) = cursor.fetchone() or (0,)
    return Unsent(
        counts={state: count for state, count, _ in rows},
        oldest_s={state: max(float(oldest_s or 0), 0.0) for state, _, oldest_s in rows},
        orphaned=orphaned,
    )


def by_sync_status(company: Company) -> dict[str, int]:
    """How many of the company's appointments stand how with the backend; each number ends at MOST_OF_ONE.

    What is synchronised is nearly all, and what the others leave of the whole.
    """
    others = [status.value for status in SyncStatus if status != SyncStatus.SYNCED]
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [company.pk, MOST_OF_ONE, others, company.pk, MOST_OF_ONE])
        counts: dict[str, int] = dict(cursor.fetchall())
    known = counts.pop("all")
    synced = max(known - sum(counts.values()), 0)
    return {status.value: counts.get(status.value, synced) for status in SyncStatus}
