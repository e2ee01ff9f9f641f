"""Rolling a run back: what it made is deleted, what it changed gets its former values; newest first.

What somebody has changed since, or joined to something of theirs, is left as it is and reported. Nothing is told to
Cal.com: rows are deleted and updated as such, and no use case runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, Max, OuterRef

from appointments.bulk import update
from appointments.models import AppointmentChange
from calcom.legacy.pretence import OWNED, Pretence
from calcom.legacy.result import RUNNING_ELSEWHERE, LegacyResult
from calcom.legacy.runs import FINGERPRINT, LAST_CHANGE
from calcom.legacy.values import fingerprints, plain, restored
from calcom.models import LegacyChange, LegacyRow, LegacyRun
from calcom.sync.runs import alone
from companies.locks import Purpose, take_turn
from companies.transactions import transactional

if TYPE_CHECKING:
    from companies.models import Company

logger = structlog.get_logger(__name__)

Outcome = LegacyChange.Outcome
OnProgress = Callable[[int, int | None], None]

MADE_BY_ROW = {
    LegacyRow.Kind.BRANCH: "companies.branch",
    LegacyRow.Kind.STAFF: "companies.staff",
    LegacyRow.Kind.SERVICE: "appointments.service",
    LegacyRow.Kind.CUSTOMER: "appointments.customer",
    LegacyRow.Kind.APPOINTMENT: "appointments.appointment",
}
_CHANGED = "was changed since"


def roll_back(
    company: Company,
    run_id: int,
    *,
    is_dry_run: bool = False,
    batch: int = 500,
    on_progress: OnProgress | None = None,
) -> LegacyResult:
    """Undo one run, all that nobody has touched since; what was kept is in `left`, and can be tried again.

    It may be killed anywhere and called again. A dry run does the same batch by batch, and takes each back.
    """
    result = LegacyResult(("undone", "kept"), run_id=run_id)
    with alone(company, Purpose.LEGACY) as is_alone:
        if not is_alone:
            result.failures.append(RUNNING_ELSEWHERE)
            return result
        run = LegacyRun.objects.for_company(company).filter(pk=run_id).first()
        if run is None:
            result.failures.append(f"this company has no run {run_id}; --status lists them")
            return result
        _undo(run, result, Pretence(run) if is_dry_run else None, batch=batch, on_progress=on_progress)
        if not is_dry_run:
            logger.info("calcom.legacy.rolled_back", company_id=company.pk, run_id=run.pk, **result.counts)
    return result


def _undo(
    run: LegacyRun, result: LegacyResult, pretence: Pretence | None, *, batch: int, on_progress: OnProgress | None
) -> None:
    standing = LegacyChange.objects.filter(run=run).exclude(outcome=Outcome.UNDONE)
    total, below = standing.count(), None
    if pretence is None:
        # First of all: were this killed, the next import or search must not go on with what is half undone.
        run.state = LegacyRun.State.ROLLED_BACK
        run.save(update_fields=["state"])
    while below := _undo_below(run, result, below, pretence, batch=batch):
        if on_progress:
            on_progress(result.numbers.total(), total)
    if pretence is None:
        _forget_rows(run)


def _undo_below(
    run: LegacyRun, result: LegacyResult, below: int | None, pretence: Pretence | None, *, batch: int
) -> int | None:
    """The newest changes before that one; returns the oldest of them, None where there is none."""
    standing = LegacyChange.objects.filter(run=run).exclude(outcome=Outcome.UNDONE).order_by("-pk")
    changes = list((standing.filter(pk__lt=below) if below else standing)[:batch])
    if not changes:
        return None
    stand = _undo_these(run, changes, pretence)
    kept = [change for change in changes if change.pk in stand]
    result.numbers["kept"] += len(kept)
    result.numbers["undone"] += len(changes) - len(kept)
    for change in kept:
        result.leave(f"{_named(change)} {stand[change.pk]}")
    return changes[-1].pk


@transactional
def _undo_these(run: LegacyRun, changes: Sequence[LegacyChange], pretence: Pretence | None) -> dict[int, str]:
    """One batch, while no news is applied. Returns which of them stand, and why."""
    take_turn(Purpose.NEWS, run.company_id)
    first = pretence.before(changes) if pretence else []
    stand = {change.pk: reason for change, reason in _undone([*first, *changes], pretence) if reason}
    if pretence is None:
        _note(run, changes, stand)
    else:
        transaction.set_rollback(True)
    return stand


def _note(run: LegacyRun, changes: Sequence[LegacyChange], stand: Collection[int]) -> None:
    """What became of them."""
    LegacyChange.objects.filter(pk__in=[change.pk for change in changes]).update(outcome=Outcome.UNDONE)
    LegacyChange.objects.filter(pk__in=list(stand)).update(outcome=Outcome.KEPT)
    _forget_made(run, [change for change in changes if change.before is None and change.pk not in stand])


def _undone(changes: Sequence[LegacyChange], pretence: Pretence | None) -> Iterator[tuple[LegacyChange, str]]:
    """Each change, and why it stands; empty where it is undone."""
    for group in _groups(changes):
        model = apps.get_model(group[0].model)
        yield from _unmake(model, group, pretence) if group[0].before is None else _restore(model, group)


def _groups(changes: Sequence[LegacyChange]) -> Iterator[list[LegacyChange]]:
    """In their order, as many of one kind together as can be: of one row one change at a time."""
    group: dict[int, LegacyChange] = {}
    last: tuple[str, bool] | None = None
    for change in changes:
        kind = (change.model, change.before is None)
        if group and (kind != last or change.object_id in group):
            yield list(group.values())
            group = {}
        group[change.object_id], last = change, kind
    yield list(group.values())


def _unmake(
    model: type[models.Model], changes: list[LegacyChange], pretence: Pretence | None
) -> Iterator[tuple[LegacyChange, str]]:
    rows = _rows(model, changes)
    prints, last = fingerprints(list(rows.values())), _last_changes(model, rows)
    untouched = [
        change.object_id
        for change in changes
        if change.object_id in rows
        and change.after.get(FINGERPRINT) == prints[change.object_id]
        and change.after.get(LAST_CHANGE) == last.get(change.object_id)
    ]
    joined = _joined_since(model, untouched, pretence, above=changes[0].pk)
    gone = {pk for pk in untouched if pk not in joined}
    if pretence is None:
        model._default_manager.filter(pk__in=gone).delete()
    else:
        pretence.kept[model._meta.label_lower] |= rows.keys() - gone
    for change in changes:
        is_there = change.object_id in rows and change.object_id not in gone
        yield change, joined.get(change.object_id, _CHANGED) if is_there else ""


def _restore(model: type[models.Model], changes: list[LegacyChange]) -> Iterator[tuple[LegacyChange, str]]:
    rows = _rows(model, changes)
    same: dict[tuple[str, ...], list[LegacyChange]] = {}
    for change in changes:
        row = rows.get(change.object_id)
        if row is None:
            yield change, "was deleted since"
        elif plain(row, change.after) != change.after:
            yield change, _CHANGED
        else:
            same.setdefault(tuple(sorted(change.before or {})), []).append(change)
    for names, group in same.items():
        yield from _put_back(rows, names, group)


def _put_back(
    rows: dict[int, models.Model], names: tuple[str, ...], changes: list[LegacyChange]
) -> Iterator[tuple[LegacyChange, str]]:
    """All in one statement; where one of them cannot be, one by one."""
    former = [_former(rows[change.object_id], change.before or {}) for change in changes]
    try:
        with transaction.atomic():
            update(former, names)
    except IntegrityError:
        if len(changes) > 1:
            for change in changes:
                yield from _put_back(rows, names, [change])
            return
        yield changes[0], "has former values that something else has taken since"
        return
    yield from ((change, "") for change in changes)


def _former(row: models.Model, before: dict[str, Any]) -> models.Model:
    for name, value in restored(type(row), before).items():
        setattr(row, name, value)
    return row


def _rows(model: type[models.Model], changes: list[LegacyChange]) -> dict[int, models.Model]:
    """The rows that are still there, of the run's own company, locked."""
    wanted = model._default_manager.filter(company=changes[0].company_id, pk__in=[one.object_id for one in changes])
    return {row.pk: row for row in wanted.order_by("pk").select_for_update()}


def _last_changes(model: type[models.Model], pks: Iterator[int] | dict[int, Any]) -> dict[int, int]:
    if model._meta.label_lower not in OWNED:
        return {}
    lines = AppointmentChange.objects.filter(appointment__in=list(pks))
    return dict(lines.values("appointment").annotate(last=Max("pk")).values_list("appointment", "last"))


def _joined_since(
    model: type[models.Model], pks: list[int], pretence: Pretence | None, *, above: int
) -> dict[int, str]:
    """Rows that others refer to: what the run made itself is newer, and undone by now."""
    owned = OWNED.get(model._meta.label_lower, set())
    found: dict[int, str] = {}
    for relation in model._meta.get_fields(include_hidden=True):
        other: Any = getattr(relation, "related_model", None)
        if not (isinstance(relation, models.ManyToOneRel) and pks):
            continue
        if other._meta.label_lower in owned or other._meta.auto_created is model:
            continue
        column = relation.field.attname
        holders = other._base_manager.filter(**{f"{column}__in": pks}).order_by()
        if pretence is not None:
            holders = pretence.left_of(holders, above=above)
        referred = holders.values_list(column, flat=True).distinct()
        found |= dict.fromkeys(referred, f"is referred to by {other._meta.model_name} rows")
    return found


def _forget_made(run: LegacyRun, changes: Sequence[LegacyChange]) -> None:
    """The old rows whose objects are gone, whichever run knew them, so that they can be brought over again."""
    for kind, label in MADE_BY_ROW.items():
        gone = [change.object_id for change in changes if change.model == label]
        if gone:
            LegacyRow.objects.filter(company=run.company_id, kind=kind, object_id__in=gone).delete()


def _forget_rows(run: LegacyRun) -> None:
    """The run's other old rows: what they were found to be was here before."""
    kept = LegacyChange.objects.filter(run=run, outcome=Outcome.KEPT, object_id=OuterRef("object_id"))
    for kind, label in MADE_BY_ROW.items():
        LegacyRow.objects.filter(run=run, kind=kind).exclude(Exists(kept.filter(model=label))).delete()


def _named(change: LegacyChange) -> str:
    return f"{change.model.partition('.')[2]} {change.object_id}"
