"""Having deliveries processed again, many at a time.

News that is known already changes nothing, so this does no harm. What stays as it is: deliveries whose body is not kept
any more, for there is nothing left in them that could be processed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from webhooks import inbox, reasons
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from companies.models import Company

logger = structlog.get_logger(__name__)
State = WebhookEvent.State

BATCH = 1000


@dataclass
class ReplayResult:
    """replayed: due again. without_body: chosen, but nothing is kept of them. `failures`: what could not be found."""

    replayed: int = 0
    without_body: int = 0
    states: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {"replayed": self.replayed, "without_body": self.without_body}

    @property
    def is_good(self) -> bool:
        """Whether all that was named is there."""
        return not self.failures


def chosen(company: Company, *, only_failed: bool, since: datetime | None = None) -> QuerySet[WebhookEvent]:
    """Deliveries that came since then; `only_failed`: those that ended as failed, for whatever reason."""
    events = WebhookEvent.objects.for_company(company)
    if only_failed:
        events = events.filter(state=State.FAILED)
    return events if since is None else events.filter(received_at__gte=since)


def failed_in_passing(company: Company) -> QuerySet[WebhookEvent]:
    """Those that failed for a reason that may be over: nothing is wrong with what they say."""
    return chosen(company, only_failed=True).filter(reason=reasons.NOT_APPLIED)


def replay(
    company: Company,
    wanted: QuerySet[WebhookEvent],
    *,
    is_dry_run: bool = False,
    batch: int = BATCH,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> ReplayResult:
    """Make deliveries of the company due again, a batch at a time, oldest first. Whoever calls this wakes a worker.

    May be interrupted and repeated: what is due already is due again, and nothing is applied twice.
    """
    result = ReplayResult()
    rows = wanted.filter(company=company).order_by("pk")
    result.without_body = rows.filter(body=b"").count()
    rows = rows.exclude(body=b"")
    total, last = rows.count(), 0
    while page := list(rows.filter(pk__gt=last).values_list("pk", "state")[:batch]):
        last = page[-1][0]
        result.states.update(state for _pk, state in page)
        result.replayed += len(page)
        if not is_dry_run:
            inbox.replay(WebhookEvent.objects.for_company(company).filter(pk__in=[pk for pk, _state in page]))
        if on_progress:
            on_progress(result.replayed, total)
    if not is_dry_run:
        logger.info("webhooks.replayed", company_id=company.pk, **result.counts)
    return result


def replay_named(
    company: Company, ids: Collection[UUID], *, is_dry_run: bool = False, batch: int = BATCH
) -> ReplayResult:
    """The same for deliveries by their ids. Those that the company does not have are in `failures`."""
    own = WebhookEvent.objects.for_company(company).filter(delivery_id__in=list(ids))
    known = set(own.values_list("delivery_id", flat=True))
    result = replay(company, own, is_dry_run=is_dry_run, batch=batch)
    result.failures += [f"there is no delivery {one}" for one in ids if one not in known]
    return result
