"""One sync of a company at a time, and a record of each."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from django.utils import timezone

from calcom.models import SyncRun
from calcom.sync.copies import storable
from companies.locks import Purpose, turn_of_session

if TYPE_CHECKING:
    from companies.models import Company

State = SyncRun.State


class Counted(Protocol):
    """What a run came to."""

    failures: list[str]
    warnings: list[str]

    @property
    def is_good(self) -> bool:
        """Whether everything was asked for and taken over."""
        ...

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        ...


@contextmanager
def alone(company: Company, purpose: Purpose = Purpose.EVENT_TYPES) -> Iterator[bool]:
    """Whether this is the only sync of the company now."""
    with turn_of_session(purpose, company.pk) as is_mine:
        yield is_mine


@contextmanager
def recorded(company: Company, result: Counted, *, kind: SyncRun.Kind, is_forced: bool = False) -> Iterator[SyncRun]:
    """A SyncRun around the work, in which a long one keeps how far it is.

    Only inside `alone`: a run that still counts as running was interrupted.
    """
    runs = SyncRun.objects.for_company(company).filter(kind=kind)
    runs.filter(state=State.RUNNING).update(state=State.INTERRUPTED, finished_at=timezone.now())
    run = SyncRun.objects.create(company=company, kind=kind, is_forced=is_forced, started_at=timezone.now())
    try:
        yield run
        run.counts = result.counts
        state = State.DONE if result.is_good else State.INCOMPLETE
        _finish(run, state, "\n".join([*result.failures, *result.warnings]))
    except Exception as error:
        _finish(run, State.FAILED, "".join(traceback.format_exception_only(error)).strip())
        raise


def _finish(run: SyncRun, state: State, error: str) -> None:
    run.state, run.error, run.finished_at = state, storable(error[:5000]), timezone.now()
    run.save(update_fields=["state", "error", "finished_at", "counts"])
