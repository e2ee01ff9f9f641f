"""What has come in and is not processed yet, over all companies, at a cost that does not grow with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

MOST_COUNTED = 10_000

_BACKLOG = """
    SELECT (SELECT count(*) FROM (
                SELECT FROM webhooks_webhookevent WHERE state = 'pending' LIMIT %s) AS few),
           (SELECT extract(epoch FROM statement_timestamp() - min(received_at))
            FROM webhooks_webhookevent WHERE state = 'pending')
"""


@dataclass(frozen=True)
class Backlog:
    """Deliveries to be processed: how many (MOST_COUNTED: that, or more), and how old the oldest is; 0 of none.

    Not among them: those that wait for a booking or an event type to appear, which may take a day.
    """

    count: int
    oldest_s: float


def backlog() -> Backlog:
    """As it is now; one query over the index webhook_event_unprocessed."""
    with connection.cursor() as cursor:
        cursor.execute(_BACKLOG, [MOST_COUNTED])
        count, oldest_s = cursor.fetchone()
    return Backlog(count=count, oldest_s=max(float(oldest_s or 0), 0.0))
