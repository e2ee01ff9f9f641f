"""The record of a run: begun or gone on with, its checkpoint, and every row that it makes or changes.

    run = begin(company, Kind.DUMP, source=…)        the last unfinished one of that source, or a new one
    with transaction.atomic():                       a batch: the rows, what was done to them, and the checkpoint,
        …                                            all or nothing; so a run may be killed anywhere
        record_created(run, rows)
        note(run, checkpoint={…}, counts={…})
    finish(run, is_good=True)

Only inside `calcom.sync.runs.alone(company, Purpose.LEGACY)`. `calcom.legacy.undo` rolls a run back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from django.db import models
from django.db.models import Max
from django.utils import timezone

from appointments.models import Appointment, AppointmentChange
from calcom.legacy.values import fingerprints, plain, plain_value
from calcom.models import LegacyChange, LegacyRun
from calcom.sync.copies import storable

if TYPE_CHECKING:
    from companies.models import Company

logger = structlog.get_logger(__name__)

Kind, State = LegacyRun.Kind, LegacyRun.State

UNFINISHED = (State.RUNNING, State.INCOMPLETE, State.FAILED)
FINGERPRINT, LAST_CHANGE = "fingerprint", "last_change"
_SEEN_BY = {"appointments.appointment": ("version",)}


def begin(company: Company, kind: LegacyRun.Kind, *, source: str = "") -> LegacyRun:
    """The company's newest run of this kind and source where it is unfinished, with its checkpoint; else a new one."""
    runs = LegacyRun.objects.for_company(company).filter(kind=kind, source=source)
    last = runs.order_by("-started_at", "-pk").first()
    if last is None or last.state not in UNFINISHED:
        return LegacyRun.objects.create(company=company, kind=kind, source=source)
    last.state, last.error, last.finished_at = State.RUNNING, "", None
    last.save(update_fields=["state", "error", "finished_at"])
    logger.info("calcom.legacy.resumed", company_id=company.pk, run_id=last.pk)
    return last


def note(run: LegacyRun, *, checkpoint: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Where to go on, and the numbers so far; in the transaction of the batch that came before."""
    run.checkpoint, run.counts = dict(checkpoint), dict(counts)
    run.save(update_fields=["checkpoint", "counts"])


def finish(run: LegacyRun, *, is_good: bool, error: str = "") -> None:
    """Done, or incomplete: then the next call of the same kind and source goes on at the checkpoint."""
    run.state, run.error, run.finished_at = (
        State.DONE if is_good else State.INCOMPLETE,
        storable(error[:5000]),
        timezone.now(),
    )
    run.save(update_fields=["state", "error", "finished_at"])
    logger.info("calcom.legacy.finished", company_id=run.company_id, run_id=run.pk, state=run.state, **run.counts)


@contextmanager
def marked_failed(run: LegacyRun) -> Iterator[None]:
    """Around the work: what nobody foresaw leaves the run failed, and is raised. It can be gone on with."""
    try:
        yield
    except Exception as error:
        run.state, run.error, run.finished_at = State.FAILED, type(error).__name__, timezone.now()
        run.save(update_fields=["state", "error", "finished_at"])
        raise


def record_created(run: LegacyRun, rows: Sequence[models.Model]) -> None:
    """Rows of one model that the run has just inserted, and joined with others where it does that.

    Not needed for what goes with its appointment: attendees, taken time, history. So record an appointment after its
    history is written: what is added to that later shows that somebody was at it.
    """
    if not rows:
        return
    last = _last_changes(rows)
    label, model = rows[0]._meta.label_lower, type(rows[0])
    # As the database gives them back: what is in memory may be written differently.
    prints = fingerprints(list(model._default_manager.filter(pk__in=[row.pk for row in rows])))
    LegacyChange.objects.bulk_create(
        LegacyChange(
            company_id=run.company_id,
            run=run,
            model=label,
            object_id=row.pk,
            after={FINGERPRINT: prints[row.pk]} | ({LAST_CHANGE: last[row.pk]} if row.pk in last else {}),
        )
        for row in rows
    )


def record_changed(run: LegacyRun, changed: Iterable[tuple[models.Model, Mapping[str, Any]]]) -> None:
    """Rows as they are now, saved already, each with what the fields that were changed held before.

    `after` also holds by what it is seen that somebody was at the row later, in whatever field.
    """
    LegacyChange.objects.bulk_create(
        LegacyChange(
            company_id=run.company_id,
            run=run,
            model=row._meta.label_lower,
            object_id=row.pk,
            before={name: plain_value(row._meta.get_field(name), value) for name, value in before.items()},
            after=plain(row, [*before, *_SEEN_BY.get(row._meta.label_lower, ())]),
        )
        for row, before in changed
    )


def _last_changes(rows: Sequence[models.Model]) -> dict[int, int]:
    """The newest line of history of each appointment."""
    if not isinstance(rows[0], Appointment):
        return {}
    lines = AppointmentChange.objects.filter(appointment__in=[row.pk for row in rows])
    return dict(lines.values("appointment").annotate(last=Max("pk")).values_list("appointment", "last"))
