"""Blanking what a company keeps no longer, as it has decided (companies.retention)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from appointments.models import Hold
from appointments.privacy import retention as appointments
from calcom import privacy as calcom
from companies import kept_answers
from companies.locks import Purpose, turn_of_session
from companies.models import Company, PrivacySettings
from companies.privacy.erasing import erasing
from companies.retention import BODIES_DAYS, before
from config.privacy.parts import OF_APPOINTMENTS, OF_CUSTOMERS
from config.privacy.portal_log import blank_lines_about_what_is_gone
from webhooks import privacy as webhooks

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from appointments.models import Customer

logger = structlog.get_logger(__name__)

NAMES = ("bodies", "payloads", "appointments", "customers", "history")
RUNNING_ELSEWHERE = "another run is at it"
BATCH = 500

Progress = Callable[[int, int | None], None]
_Step = Iterator[dict[str, int]]


@dataclass
class PruneResult:
    """Rows that were blanked (or would be). `is_finished`: not where the time was up before."""

    rows: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    is_finished: bool = True

    @property
    def counts(self) -> dict[str, int]:
        """All numbers by name."""
        return {name: self.rows[name] for name in NAMES}

    @property
    def is_good(self) -> bool:
        """Whether it was this run's turn."""
        return not self.failures


def prune(
    company: Company,
    *,
    is_dry_run: bool = False,
    batch: int = BATCH,
    on_progress: Progress | None = None,
    seconds: float | None = None,
) -> PruneResult:
    """Blank one company's old data, each batch in a transaction of its own, for at most so many seconds.

    It may be killed anywhere: the next run goes on.
    """
    result = PruneResult()
    settings = PrivacySettings.objects.for_company(company).first() or PrivacySettings(company=company)
    if is_dry_run:
        result.rows.update(_due(company, settings))
        return result
    with turn_of_session(Purpose.PRUNE, company.pk) as is_mine:
        if not is_mine:
            result.failures.append(RUNNING_ELSEWHERE)
            return result
        deadline = None if seconds is None else time.monotonic() + seconds
        for step in _steps(company, settings, batch):
            result.rows.update(step)
            if on_progress:
                on_progress(result.rows.total(), None)
            if deadline is not None and time.monotonic() > deadline:
                result.is_finished = False
                break
    logger.info("privacy.pruned", company_id=company.pk, finished=result.is_finished, **result.counts)
    return result


def prune_nobodys(*, is_dry_run: bool = False, batch: int = BATCH) -> dict[str, int]:
    """What belongs to no company: deliveries that nobody could be found for, sessions and log-ins that are over."""
    now = timezone.now()
    old = now - timedelta(days=BODIES_DAYS)
    sessions = Session.objects.filter(expire_date__lt=now)
    attempts = AccessAttempt.objects.filter(attempt_time__lt=old)
    if is_dry_run:
        bodies = webhooks.count_bodies(None, before=old)
        return {"bodies": bodies, "sessions": sessions.count(), "log_in_attempts": attempts.count()}
    bodies = sum(done for done, _reached in webhooks.blank_bodies(None, before=old, batch=batch))
    kept_answers.forget_old()
    Hold.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()  # who asked for a time that is free again
    blank_lines_about_what_is_gone()
    return {"bodies": bodies, "sessions": sessions.delete()[0], "log_in_attempts": attempts.delete()[0]}


def _due(company: Company, settings: PrivacySettings) -> dict[str, int]:
    """The numbers of a dry run."""
    bodies, payloads, past, history = _limits(settings)
    return {
        "bodies": webhooks.count_bodies(company, before=bodies, since=_bodies_since(settings)),
        "payloads": appointments.payloads_due(company, before=payloads).count() if payloads else 0,
        "appointments": appointments.past_due(company, before=past).count() if past else 0,
        "customers": _leaving(company, past).count() if past else 0,
        "history": (
            appointments.history_due(company, before=history, after=settings.history_to).count() if history else 0
        ),
    }


def _limits(settings: PrivacySettings) -> tuple[datetime, datetime | None, datetime | None, datetime | None]:
    bodies = timezone.now() - timedelta(days=settings.bodies_days)
    return bodies, before(settings.payloads_days), before(settings.appointments_days), before(settings.history_days)


def _steps(company: Company, settings: PrivacySettings, batch: int) -> _Step:
    bodies, payloads, past, history = _limits(settings)
    yield from _bodies(company, settings, bodies, batch)
    if payloads:
        yield from _payloads(company, payloads, batch)
    if past:
        yield from _past(company, past, batch)
        yield from _customers(company, past, batch)
    if history:
        yield from _history(company, settings, history, batch)


def _bodies(company: Company, settings: PrivacySettings, limit: datetime, batch: int) -> _Step:
    since = _bodies_since(settings)
    for done, reached in webhooks.blank_bodies(company, before=limit, since=since, batch=batch):
        _note(company, bodies_until=reached)
        yield {"bodies": done}


def _bodies_since(settings: PrivacySettings) -> datetime | None:
    """Where to begin: what was nobody's may have become the company's as long as its body was kept."""
    if settings.bodies_until is None:
        return None
    return min(settings.bodies_until, timezone.now() - timedelta(days=BODIES_DAYS + 1))


def _payloads(company: Company, limit: datetime, batch: int) -> _Step:
    for ids in appointments.payload_ids(company, before=limit, batch=batch):
        with erasing(company):
            done = appointments.blank_payloads(company, ids, before=limit)
            calcom.blank_payloads(company, ids)
        yield {"payloads": done}


def _past(company: Company, limit: datetime, batch: int) -> _Step:
    for ids in appointments.past_ids(company, before=limit, batch=batch):
        with erasing(company):
            person = appointments.people_of(company, ids, before=limit)
            for part in OF_APPOINTMENTS:
                part.blank_own(company, person)
            appointments.close(company, person)
        yield {"appointments": len(person.own_ids)}


def _customers(company: Company, limit: datetime, batch: int) -> _Step:
    for ids in appointments.customer_ids(company, before=limit, batch=batch):
        with erasing(company):
            person = appointments.still_leaving(company, ids, before=limit)
            for part in OF_CUSTOMERS:
                part.blank_own(company, person)
        yield {"customers": len(person.customer_ids)}


def _leaving(company: Company, limit: datetime) -> QuerySet[Customer]:
    """Whom _customers() would come to, behind _past()."""
    return appointments.customers_due(company, before=limit, besides=appointments.past_due(company, before=limit))


def _history(company: Company, settings: PrivacySettings, limit: datetime, batch: int) -> _Step:
    after = settings.history_to
    for done, reached in appointments.blank_history(company, before=limit, after=after, batch=batch):
        _note(company, history_to=reached)
        yield {"history": done}


def _note(company: Company, **reached: datetime | int) -> None:
    """How far it is; a company with the defaults gets its row now."""
    settings, _is_new = PrivacySettings.objects.get_or_create(company=company)
    PrivacySettings.objects.filter(pk=settings.pk).update(**reached)
