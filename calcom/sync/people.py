"""The sync of hosts alone: who has to do with the event types that Cal.com lists, and who of them is staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from calcom.models import SyncRun
from calcom.sync import hosts
from calcom.sync.listing import Source, ask
from calcom.sync.result import SyncResult
from calcom.sync.runs import alone, recorded

if TYPE_CHECKING:
    from companies.models import Company

logger = structlog.get_logger(__name__)


def sync_people(company: Company, *, client: Source, dry_run: bool = False) -> SyncResult:
    """Take over the company's hosts; event types and what they mean stay as they are.

    Cal.com's errors are in the result's `failures`; anything else is raised, after it was recorded.
    """
    result = SyncResult(company.pk, company.name, is_dry_run=dry_run)
    with alone(company) as is_alone:
        if not is_alone:
            result.is_running_elsewhere = True
        elif dry_run:
            _sync(company, client, result)
        else:
            with recorded(company, result, kind=SyncRun.Kind.EVENT_TYPES):
                _sync(company, client, result)
    return result


def _sync(company: Company, client: Source, result: SyncResult) -> None:
    reached, people = ask(company, client)
    result.is_unanswered = reached.is_nothing
    result.failures += reached.failures
    with transaction.atomic():
        result.hosts_confirmed, result.hosts_waiting = hosts.sync_hosts(company, people, now=timezone.now())
        if result.is_dry_run:
            transaction.set_rollback(True)
