"""One look for each kind of trouble, over all companies. What they return holds numbers only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from appointments.admin.filters import AttentionFilter
from appointments.models import Appointment, Push
from appointments.push import due
from calcom import conf
from calcom.guard import CircuitState, GuardAway
from calcom.scripts import RedisAway
from companies.alerts import Kind
from config.celery import heartbeat_age_s
from config.watch.view import NOBODY, NotKnown, View

LATE = timedelta(minutes=2)
SILENT_S = 90
PUSHES_LATE = timedelta(minutes=5)
REFUSED_WITHIN = timedelta(minutes=10)
# Whoever scans the internet finds the address without a company; the others are known to Cal.com only.
REFUSED_OF_NOBODY = 10
RATE_OVER = timedelta(minutes=15)
RATE = 0.05
FEWEST = 20
"""Of fewer calls or deliveries five per cent mean nothing."""

Findings = dict[int | None, dict[str, Any]]
"""What is the matter, by company; None: nobody's, so the operators'."""

_LATE = """
    SELECT company.id, first.next_at FROM companies_company company
    CROSS JOIN LATERAL (
        SELECT next_at FROM webhooks_webhookevent event
        WHERE event.company_id = company.id AND state IN ('pending', 'waiting') AND next_at <= %(limit)s
        ORDER BY next_at LIMIT 1
    ) first WHERE company.is_active
    UNION ALL (
        SELECT NULL, next_at FROM webhooks_webhookevent
        WHERE company_id IS NULL AND state IN ('pending', 'waiting') AND next_at <= %(limit)s
        ORDER BY next_at LIMIT 1)
"""
# Few companies have failures at all: only of these everything is counted.
_FAILING = """
    SELECT company.id, every.count, failed.count FROM companies_company company
    CROSS JOIN LATERAL (
        SELECT count(*) AS count FROM webhooks_webhookevent event
        WHERE event.company_id = company.id AND state IN ('failed', 'refused') AND state = 'failed'
          AND received_at >= %(since)s
    ) failed
    CROSS JOIN LATERAL (
        SELECT count(*) AS count FROM webhooks_webhookevent event
        WHERE event.company_id = company.id AND failed.count > 0 AND received_at >= %(since)s
    ) every
    WHERE company.is_active AND failed.count > 0
"""


@dataclass(frozen=True)
class Check:
    """A kind of trouble, how to look for it, and for how long it has to be seen before it counts."""

    kind: Kind
    look: Callable[[View], Findings]
    certain_after: timedelta = timedelta()


def deliveries_late(view: View) -> Findings:
    """Deliveries that should have been processed, or tried again, two minutes ago."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, {"limit": view.now - LATE})
        return {company_id: {"seconds": int((view.now - at).total_seconds())} for company_id, at in cursor.fetchall()}


def needs_staff(view: View) -> Findings:
    """Appointments that wait for somebody's decision."""
    active = Appointment.objects.filter(company__is_active=True)
    waiting = AttentionFilter.narrowed(active, "decide").order_by().values_list("company")
    return {company_id: {"count": count} for company_id, count in waiting.annotate(Count("pk"))}


def signatures(view: View) -> Findings:
    """Deliveries turned away within ten minutes. They are lost: Cal.com does not send again."""
    refused = view.refused_within(REFUSED_WITHIN)
    return {
        company_id or None: {"count": count}
        for company_id, count in refused.items()
        if count >= (REFUSED_OF_NOBODY if company_id == NOBODY else 1)
    }


def breakers(view: View) -> Findings:
    """Circuits that are not closed: Cal.com is not asked, or only tried. None where the breaker is switched off."""
    if not conf.breaker_enabled():
        return {}
    return {
        company_id: {"failures": status.failures}
        for company_id, status in view.connections.items()
        if status is not None and status.state is not CircuitState.CLOSED
    }


def keys_refused(view: View) -> Findings:
    """Keys that Cal.com refuses, and keys that cannot be decrypted here."""
    found: Findings = {}
    for company_id, status in view.connections.items():
        if status is None:
            found[company_id] = {"unreadable": True}
        elif status.key_refused_since is not None:
            found[company_id] = {"unreadable": False}
    return found


def error_rates(view: View) -> Findings:
    """Over 5 % of a quarter of an hour's calls, or of its deliveries, failed."""
    found: Findings = {}
    before = view.before(RATE_OVER).calls
    for company_id, (calls, failed) in view.present.calls.items():
        calls_then, failed_then = before.get(company_id, (calls, failed))
        _note_rate(found, company_id, "calls", calls - calls_then, failed - failed_then)
    with connection.cursor() as cursor:
        cursor.execute(_FAILING, {"since": view.now - RATE_OVER})
        for company_id, every, failed in cursor.fetchall():
            _note_rate(found, company_id, "deliveries", every, failed)
    return found


def worker_silent(_view: View) -> Findings:
    """No task of beat's has run for a minute and a half; or nobody can tell, because Redis is away."""
    try:
        age_s = heartbeat_age_s()
    except (RedisError, ConnectionInterrupted, OSError):
        return {None: {"redis": False}}
    if age_s is not None and age_s <= SILENT_S:
        return {}
    return {None: {"redis": True, "seconds": None if age_s is None else int(age_s)}}


def pusher_silent(view: View) -> Findings:
    """Changes could have been sent five minutes ago, and nothing is being sent: nobody serves that queue."""
    ids = due()
    if not ids or Push.objects.filter(state=Push.State.IN_FLIGHT).exists():
        return {}
    overdue = Push.objects.filter(pk__in=ids, next_at__lte=view.now - PUSHES_LATE)
    seen = overdue.aggregate(count=Count("pk"), oldest=Min("next_at"))
    if not seen["count"]:
        return {}
    return {None: {"count": seen["count"], "seconds": int((view.now - seen["oldest"]).total_seconds())}}


CHECKS = (
    Check(Kind.DELIVERIES_LATE, deliveries_late),
    Check(Kind.NEEDS_STAFF, needs_staff),
    Check(Kind.SIGNATURE, signatures),
    Check(Kind.BREAKER_OPEN, breakers),
    Check(Kind.KEY_REFUSED, keys_refused),
    Check(Kind.ERROR_RATE, error_rates),
    Check(Kind.WORKER_SILENT, worker_silent, certain_after=timedelta(minutes=1)),
    Check(Kind.PUSHER_SILENT, pusher_silent, certain_after=timedelta(minutes=1)),
)


def looked(check: Check, view: View) -> Findings:
    """What a check sees. Raises NotKnown where Redis keeps it from seeing anything."""
    try:
        return check.look(view)
    except (GuardAway, RedisAway, RedisError, ConnectionInterrupted) as error:
        raise NotKnown("Redis does not answer") from error


def _note_rate(found: Findings, company_id: int, what: str, every: int, failed: int) -> None:
    if every >= FEWEST and failed > every * RATE:
        found.setdefault(company_id, {})[what] = {"all": every, "failed": failed}
