"""From what is seen to incidents: opened once, ended once, and not because of a moment's pause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import InterfaceError, OperationalError, transaction

from companies.alerts import Kind
from companies.models import AlertMessage, Company, Incident
from companies.tenancy import COMPANY_SECRETS
from config.watch import outbox

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from config.watch.checks import Check, Findings

logger = structlog.get_logger(__name__)

Occasion = AlertMessage.Occasion

ENDS_AFTER = timedelta(minutes=5)
"""So long nothing must have been seen of it: a circuit that opens every minute is one incident."""
TEST_EVERY = timedelta(minutes=1)
TESTS_A_DAY = 10  # nobody has confirmed the addresses


@dataclass
class Turn:
    """What a round came to."""

    opened: int = 0
    ended: int = 0


@transaction.atomic
def note(check: Check, findings: Findings, *, now: datetime) -> Turn:
    """Open, keep up and end the incidents of one kind, with the messages that follow."""
    turn = Turn()
    present = {one.company_id: one for one in _without_secrets().filter(kind=check.kind, ended_at=None)}
    for company_id, facts in findings.items():
        known = present.pop(company_id, None)
        with _costs_others_nothing(check, company_id):
            incident = known or _new(check, company_id, now=now)
            if incident.opened_at is None and known and now - known.last_seen_at >= ENDS_AFTER:
                incident.first_seen_at = now  # nobody watched in between
            incident.facts, incident.last_seen_at = facts, now
            if incident.opened_at is None and now - incident.first_seen_at >= check.certain_after:
                _open(incident, now=now)
                turn.opened += 1
            else:
                incident.save()
    for incident in present.values():
        with _costs_others_nothing(check, incident.company_id):
            turn.ended += _end_if_over(incident, now=now)
    return turn


@contextmanager
def _costs_others_nothing(check: Check, company_id: int | None) -> Iterator[None]:
    """What goes wrong with one company's incident must not keep the others' from being told."""
    try:
        with transaction.atomic():
            yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("watch.incident_failed", kind=check.kind, company_id=company_id)


def test(company: Company, *, now: datetime) -> Incident | None:
    """An incident that is none, told to everybody who would be told of one.

    None within a minute of the last, and after ten in a day.
    """
    tests = Incident.objects.for_company(company).filter(kind=Kind.TEST)
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).only("pk").get(pk=company.pk)  # who clicks twice sends one
        is_soon = tests.filter(opened_at__gt=now - TEST_EVERY).exists()
        if is_soon or tests.filter(opened_at__gt=now - timedelta(days=1)).count() >= TESTS_A_DAY:
            return None
        incident = Incident(company=company, kind=Kind.TEST, first_seen_at=now, opened_at=now, last_seen_at=now)
        incident.ended_at = now
        incident.save()
        outbox.put(incident, Occasion.TEST, now=now)
    return incident


def _without_secrets() -> QuerySet[Incident]:
    """With their companies; a secret that cannot be decrypted must not keep anybody from being told so."""
    return Incident.objects.select_related("company").defer(*(f"company__{name}" for name in COMPANY_SECRETS))


def _new(check: Check, company_id: int | None, *, now: datetime) -> Incident:
    company = Company.objects.defer(*COMPANY_SECRETS).get(pk=company_id) if company_id else None
    return Incident(company=company, kind=check.kind, first_seen_at=now)


def _open(incident: Incident, *, now: datetime) -> None:
    incident.opened_at = now
    incident.save()
    outbox.put(incident, Occasion.BEGIN, now=now)
    logger.warning("watch.opened", kind=incident.kind, company_id=incident.company_id, **incident.facts)


def _end_if_over(incident: Incident, *, now: datetime) -> bool:
    if incident.opened_at is None:  # it passed before anybody heard of it
        incident.delete()
        return False
    if now - incident.last_seen_at < ENDS_AFTER and _is_company_on(incident):
        return False
    incident.ended_at = now
    incident.save()
    outbox.put(incident, Occasion.END, now=now)
    logger.info("watch.ended", kind=incident.kind, company_id=incident.company_id)
    return True


def _is_company_on(incident: Incident) -> bool:
    company = incident.company
    return company is None or company.is_active
