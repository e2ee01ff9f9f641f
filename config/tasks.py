"""Tasks that span all apps: blanking what is kept no longer."""

from __future__ import annotations

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

from companies.models import Company
from config.privacy import retention

logger = structlog.get_logger(__name__)

# Well below the time limit of a task; what is left goes on in a task of its own.
AT_A_TIME_S = 150.0


@shared_task
def prune_all() -> None:
    """Every night: each company by itself, and what belongs to none."""
    for company_id in Company.objects.order_by("pk").values_list("pk", flat=True):
        prune_company.delay(company_id)
    counts = retention.prune_nobodys()
    logger.info("privacy.pruned_nobodys", **counts)


@shared_task
def prune_company(company_id: int) -> None:
    """Blank what one company keeps no longer, and go on in another task where there is more."""
    company = Company.objects.only("name").filter(pk=company_id).first()
    if company is None:
        return
    result = retention.prune(company, seconds=AT_A_TIME_S)
    if not result.is_finished:
        _go_on(company_id)


def _go_on(company_id: int) -> None:
    try:
        prune_company.delay(company_id)
    except OperationalError:  # the broker is away; the next night goes on
        logger.warning("privacy.prune_not_handed_over", company_id=company_id)
