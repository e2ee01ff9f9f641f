"""The sync in the background. What a run could not do, the next one does: nothing here is lost with Redis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from celery import Task, shared_task
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.guard import Lane
from calcom.signals import event_types_entered
from calcom.sync.bookings import AHEAD, look_again, reconcile, sweep
from calcom.sync.event_types import sync_event_types
from companies.fields import EncryptionKeyError
from companies.models import Company
from companies.tenancy import COMPANY_SECRETS

logger = structlog.get_logger(__name__)

# A run that could not begin before the next one is due is no use.
EXPIRES_S = 1500
RECONCILE_EXPIRES_S = 280
# After a long outage there is much to read, and Cal.com allows a hundred pages a minute.
READ_FOR_S = 1800

# News that does not say enough: Cal.com has written by then what it told before.
LOOK_AFTER_S = 20
_LOOKS = 3
# A worker that waits for its turn does nothing else meanwhile; the next run comes soon enough.
PATIENCE_S = 5


@shared_task(name="calcom.tasks.sync_all")
def sync_all() -> int:
    """Send each active company with a key to a sync of its own; returns how many."""
    return _send_all(sync_company, expires_s=EXPIRES_S)


@shared_task(name="calcom.tasks.sync_company")
def sync_company(company_id: int) -> bool | None:
    """Take over one company's event types and hosts; None where the company is gone or switched off."""
    return _with_client(company_id, lambda client: sync_event_types(client.company, client=client).is_good)


@shared_task(name="calcom.tasks.reconcile_all")
def reconcile_all() -> int:
    """Send each active company with a key to a reconciliation of its own; returns how many."""
    return _send_all(reconcile_company, expires_s=RECONCILE_EXPIRES_S)


@shared_task(name="calcom.tasks.reconcile_company", soft_time_limit=READ_FOR_S, time_limit=READ_FOR_S + 60)
def reconcile_company(company_id: int) -> bool | None:
    """Take over one company's bookings that changed since the last good run."""
    return _with_client(company_id, lambda client: reconcile(client.company, client=client).is_good)


@shared_task(name="calcom.tasks.sweep_all")
def sweep_all() -> int:
    """Send each active company with a key to a sweep of the next sixty days; returns how many."""
    return _send_all(sweep_company, expires_s=READ_FOR_S)


@shared_task(name="calcom.tasks.sweep_company", soft_time_limit=READ_FOR_S, time_limit=READ_FOR_S + 60)
def sweep_company(company_id: int) -> bool | None:
    """Take over all of one company's bookings from yesterday on, sixty days ahead."""
    now = timezone.now()

    def read(client: CalcomClient) -> bool:
        starts_after, ends_before = now - timedelta(days=1), now + AHEAD
        return sweep(client.company, client=client, starts_after=starts_after, ends_before=ends_before).is_good

    return _with_client(company_id, read)


@shared_task(name="calcom.tasks.read_again", bind=True, max_retries=_LOOKS)
def read_again(self: Task[[int, str], bool | None], company_id: int, uid: str) -> bool | None:
    """Read one booking of which a webhook did not say enough. Where that fails for good, reconciliation does it."""

    def look(client: CalcomClient) -> bool:
        try:
            look_again(client.company, client=client, uid=uid)
        except CalcomError as error:
            if not error.may_retry:
                logger.warning("calcom.read_again.failed", company_id=company_id, reason=str(error))
                return False
            raise self.retry(exc=error, countdown=LOOK_AFTER_S * 2 ** (self.request.retries + 1)) from error
        return True

    return _with_client(company_id, look)


def look_soon(company_id: int, uids: set[str]) -> None:
    """Have bookings read again once Cal.com has written what it told."""
    for uid in sorted(uids):
        read_again.apply_async((company_id, uid), countdown=LOOK_AFTER_S, retry=False)


@receiver(event_types_entered, dispatch_uid="calcom.sweep_for_event_types")
def sweep_for_event_types(company_id: int, **_kwargs: Any) -> None:
    """Bookings of an event type that was unknown so far were passed over: they are ours now."""
    transaction.on_commit(partial(sweep_company.apply_async, (company_id,), retry=False), robust=True)


def _send_all(task: Task[[int], bool | None], *, expires_s: int) -> int:
    companies = Company.objects.filter(is_active=True).exclude(calcom_api_key="").order_by("pk")
    ids = list(companies.values_list("pk", flat=True))
    for company_id in ids:
        task.apply_async((company_id,), expires=expires_s)
    return len(ids)


def _with_client(company_id: int, work: Callable[[CalcomClient], bool]) -> bool | None:
    """The work's result; None where the company is gone or switched off, False where it cannot be asked.

    Failures of a run itself are in its SyncRun and in the log; the next turn tries again.
    """
    company = Company.objects.defer(*COMPANY_SECRETS).filter(pk=company_id, is_active=True).first()
    if company is None:
        return None
    try:
        client = CalcomClient(company, lane=Lane.BACKGROUND, patience_s=PATIENCE_S)
    except (CalcomError, EncryptionKeyError) as error:  # no usable key or address
        logger.warning("calcom.sync.not_possible", company_id=company_id, reason=str(error))
        return False
    return work(client)
