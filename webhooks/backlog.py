"""What has come in and is not processed yet, over all companies, at a cost that does not grow with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

MOST_COUNTED = 10_000

# A delivery is due when it arrives, and anew when somebody has it processed again; a try that failed puts that off by
# 30 s, doubling (webhooks.inbox). Without the waits of its tries it tells from when on it was ours to process.
_BACKLOG = """
    SELECT count(*),
           extract(epoch FROM statement_timestamp() - min(next_at - interval '30 seconds' * (2 ^ attempts - 1)))
    FROM (SELECT next_at, attempts FROM webhooks_webhookevent
          WHERE state = 'pending' ORDER BY received_at LIMIT %s) AS few
"""


@dataclass(frozen=True)
class Backlog:
    """Deliveries to be processed: how many (MOST_COUNTED: that, or more), and how old the oldest is; 0 of none.

    One that is processed again counts from then. Of more than MOST_COUNTED, those that came first are looked at.
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
