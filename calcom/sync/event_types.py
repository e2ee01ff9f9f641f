"""The sync of event types and hosts.

    ask         what Cal.com lists, family by family; no transaction is open meanwhile
    take over   one transaction: copies, missing ones, hosts, proposed mappings, drift

The number of queries grows with the pages of 500 event types, not with the event types. A dry run does all of this and
rolls the transaction back. What Cal.com lists no longer, twice in a row, is remembered as missing, never deleted; a
listing that failed or is empty says nothing about what is gone, and one in which much is gone at once is believed with
`force` only (L-85).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from calcom.models import EventType, SyncRun
from calcom.reach import proof
from calcom.signals import event_types_entered
from calcom.sync import drift, hosts, missing, proposals
from calcom.sync.copies import COPIED, copy_of
from calcom.sync.listing import Source, ask
from calcom.sync.missing import Known
from calcom.sync.pages import pages
from calcom.sync.result import SyncResult
from calcom.sync.runs import alone, recorded

if TYPE_CHECKING:
    from datetime import datetime

    from calcom.reach import Reached
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company

logger = structlog.get_logger(__name__)

MOST_WARNINGS = 20

_SEEN = (
    "is_listed",
    "verified_by",
    "last_listed_at",
    "first_absent_at",
    "missing_since",
    "last_synced_at",
    "fingerprint",
)


def sync_event_types(company: Company, *, client: Source, force: bool = False, dry_run: bool = False) -> SyncResult:
    """Take over the company's event types and hosts. `force` believes at once what is gone, be it much.

    Cal.com's errors are in the result's `failures`; anything else is raised, after it was recorded.
    """
    result = SyncResult(company.pk, company.name, is_dry_run=dry_run)
    with alone(company) as is_alone:
        if not is_alone:
            result.is_running_elsewhere = True
        elif dry_run:
            _sync(company, client, result, force=force)
        else:
            with recorded(company, result, kind=SyncRun.Kind.EVENT_TYPES, is_forced=force):
                _sync(company, client, result, force=force)
    log = logger.info if result.is_good else logger.warning
    log("calcom.sync.event_types", company_id=company.pk, dry_run=dry_run, ok=result.is_good, **result.counts)
    return result


def _sync(company: Company, client: Source, result: SyncResult, *, force: bool) -> None:
    reached, people = ask(company, client)
    result.is_unanswered = reached.is_nothing
    result.failures += reached.failures
    result.warnings += reached.warnings
    now = timezone.now()
    with transaction.atomic():
        _take_over(company, reached, result, force=force, now=now)
        result.hosts_confirmed, result.hosts_waiting = hosts.sync_hosts(company, people, now=now)
        result.mapped, result.proposed = proposals.tally(proposals.propose(company, now=now))
        result.drifted = drift.detect(company, now=now)
        if result.is_dry_run:
            transaction.set_rollback(True)


def _take_over(company: Company, reached: Reached, result: SyncResult, *, force: bool, now: datetime) -> None:
    known = _known(company)
    entered: list[int] = []
    for page in pages(reached.types()):
        entered += _write(company, page, known, result, now=now)
    gone, doubts = missing.gone(reached, known.values(), force=force)
    result.failures += doubts
    certain = {row.calcom_id for row in gone if missing.is_certain(row, force=force)}
    rows = EventType.objects.for_company(company)
    if certain:
        rows.filter(calcom_id__in=certain).update(is_listed=False, missing_since=now)
    if absent := {row.calcom_id for row in gone} - certain:
        rows.filter(calcom_id__in=absent).update(first_absent_at=now)
        result.warnings.append(missing.absent_once(len(absent)))
    result.missing = len(certain)
    if entered:
        event_types_entered.send(sender=EventType, company_id=company.pk, calcom_ids=entered)


def _known(company: Company) -> dict[int, Known]:
    fields = ("calcom_id", "fingerprint", "price", "currency", "is_listed", "listed_by", "first_absent_at")
    rows = EventType.objects.for_company(company).order_by().values_list(*fields)
    return {row[0]: Known(*row) for row in rows}


def _write(
    company: Company,
    page: Sequence[tuple[str, EventTypeRead]],
    known: dict[int, Known],
    result: SyncResult,
    *,
    now: datetime,
) -> list[int]:
    """Upsert what is new or changed, touch the rest. Returns the ids of the new ones."""
    verified_by = proof(company)
    entered, changed, same = [], [], []
    for family, read in page:
        before = known.get(read.id)
        price, currency = (before.price, before.currency) if before else (None, "")
        row = copy_of(company.pk, read, family=family, price=price, currency=currency)
        if before and before.fingerprint == row.fingerprint:
            same.append(read.id)
            continue
        row.is_listed, row.verified_by, row.last_listed_at, row.last_synced_at = True, verified_by, now, now
        changed.append(row)
        _warn(row, result)
        if before is None:
            entered.append(read.id)
    EventType.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["company", "calcom_id"], update_fields=[*COPIED, *_SEEN]
    )
    rows = EventType.objects.for_company(company).filter(calcom_id__in=same)
    if same:
        rows.update(
            is_listed=True, verified_by=verified_by, first_absent_at=None, missing_since=None, last_listed_at=now
        )
    result.created += len(entered)
    result.updated += len(changed) - len(entered)
    result.unchanged += len(same)
    return entered


def _warn(row: EventType, result: SyncResult) -> None:
    """Say once, when it is new or changed, that something will go wrong with it."""
    if row.warnings and len(result.warnings) < MOST_WARNINGS:
        result.warnings.append(f"{row}: {' '.join(str(text) for text in row.warning_texts)}")
