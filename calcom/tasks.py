"""The sync in the background."""

from __future__ import annotations

import structlog
from celery import shared_task

from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.guard import Lane
from calcom.sync.event_types import sync_event_types
from companies.fields import EncryptionKeyError
from companies.models import Company
from companies.tenancy import COMPANY_SECRETS

logger = structlog.get_logger(__name__)

# A run that could not begin before the next one is due is no use.
EXPIRES_S = 1500
# A worker that waits for its turn does nothing else meanwhile; the next run comes soon enough.
PATIENCE_S = 5


@shared_task(name="calcom.tasks.sync_all")
def sync_all() -> int:
    """Send each active company with a key to a sync of its own; returns how many."""
    companies = Company.objects.filter(is_active=True).exclude(calcom_api_key="").order_by("pk")
    ids = list(companies.values_list("pk", flat=True))
    for company_id in ids:
        sync_company.apply_async((company_id,), expires=EXPIRES_S)
    return len(ids)


@shared_task(name="calcom.tasks.sync_company")
def sync_company(company_id: int) -> bool | None:
    """Take over one company's event types and hosts; None where the company is gone or switched off.

    Its failures are in its SyncRun and in the log; the next turn tries again.
    """
    company = Company.objects.defer(*COMPANY_SECRETS).filter(pk=company_id, is_active=True).first()
    if company is None:
        return None
    try:
        client = CalcomClient(company, lane=Lane.BACKGROUND, patience_s=PATIENCE_S)
    except (CalcomError, EncryptionKeyError) as error:  # no usable key or address
        logger.warning("calcom.sync.not_possible", company_id=company_id, reason=str(error))
        return False
    return sync_event_types(company, client=client).is_good
