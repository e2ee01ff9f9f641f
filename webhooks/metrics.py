"""What is counted of deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.core.cache import cache
from django.utils import timezone

from companies.counting import Tally, Times
from webhooks.backoff import ask

RECEIVED = Tally("slotkeeper_webhooks_received_total", "Requests to a webhook address, by the answer.", "result")
PROCESSED = Tally(
    "slotkeeper_webhooks_processed_total",
    "Deliveries processed, by trigger and by what they came to; once for each attempt.",
    "trigger",
    "result",
)
SECONDS = Times(
    "slotkeeper_webhooks_processing_seconds",
    "From a delivery's arrival, or from when it was processed again, to its being done with.",
    "result",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600, 3600),
)


class Counted(NamedTuple):
    """A delivery that was processed. `begun_at` of one that is done with: its arrival, whatever tries it took.

    One that is replayed arrived long ago, and one that waited for its booking waited for Cal.com: neither was our time,
    so theirs begins with that.
    """

    trigger: str
    result: str
    begun_at: datetime | None


def processed(deliveries: Sequence[Counted]) -> None:
    """A batch was committed."""
    now = timezone.now()
    for (trigger, result), times in Counter((one.trigger, one.result) for one in deliveries).items():
        PROCESSED.add(trigger, result, times=times)
    for one in deliveries:
        if one.begun_at is not None:
            SECONDS.note(max((now - one.begun_at).total_seconds(), 0.0), one.result)


def refusals_key(company_id: int, day: date) -> str:
    """Where webhooks.authentication counts what it refuses on that day (UTC); 0 is the server-wide address."""
    return f"webhooks.refused.{day:%Y%m%d}.{company_id}"


def refusals_on(day: date, company_ids: Iterable[int]) -> dict[int, int] | None:
    """How many deliveries were refused on that day (UTC), by company, if any; None while Redis is away."""
    by_key = {refusals_key(company_id, day): company_id for company_id in company_ids}
    found = ask(lambda: cache.get_many(by_key), otherwise=None)
    return None if found is None else {by_key[key]: int(count) for key, count in found.items()}
