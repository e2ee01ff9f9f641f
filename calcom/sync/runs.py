"""One sync of a company at a time, and a record of each."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from calcom.models import SyncRun
from calcom.sync.copies import storable

if TYPE_CHECKING:
    from calcom.sync.result import SyncResult
    from companies.models import Company

State = SyncRun.State

_LOCK_CLASS = 7202  # the first key of our advisory locks; the second is the company. webhooks.inbox has 7201.


@contextmanager
def alone(company: Company) -> Iterator[bool]:
    """Whether this is the only sync of the company now.

    A lock of the session, not of a transaction: Cal.com is asked meanwhile, and no transaction may wait for that. It
    goes with the connection when the process dies.
    """
    keys = [_LOCK_CLASS, company.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", keys)
        (is_mine,) = cursor.fetchone() or (False,)
    try:
        yield bool(is_mine)
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", keys)


@contextmanager
def recorded(company: Company, result: SyncResult, *, kind: SyncRun.Kind, is_forced: bool) -> Iterator[None]:
    """A SyncRun around the work. Only inside `alone`: a run that still counts as running was interrupted."""
    runs = SyncRun.objects.for_company(company).filter(kind=kind)
    runs.filter(state=State.RUNNING).update(state=State.INTERRUPTED, finished_at=timezone.now())
    run = SyncRun.objects.create(company=company, kind=kind, is_forced=is_forced, started_at=timezone.now())
    try:
        yield
        run.counts = result.counts
        state = State.DONE if result.is_good else State.INCOMPLETE
        _finish(run, state, "\n".join([*result.failures, *result.warnings]))
    except Exception as error:
        _finish(run, State.FAILED, "".join(traceback.format_exception_only(error)).strip())
        raise


def _finish(run: SyncRun, state: State, error: str) -> None:
    run.state, run.error, run.finished_at = state, storable(error[:5000]), timezone.now()
    run.save(update_fields=["state", "error", "finished_at", "counts"])
