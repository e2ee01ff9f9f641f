"""How free time is shown. By hand: a week has hundreds of cells, and serializers take longer than all the rest.

What comes out is described for OpenAPI in free_schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from appointments.api.moments import shown
from appointments.availability import (
    Alternatives,
    Answer,
    Availability,
    Available,
    Cell,
    Column,
    DayView,
    Explanation,
    NextFree,
    Query,
    Slot,
    Unavailable,
    Verdict,
    Week,
)
from companies.models import Branch

Json = dict[str, Any]


def zone_of(query: Query) -> ZoneInfo:
    """Whose clocks local times are shown by: the branch's, else the company's."""
    branch = query.branch or (query.staff.home_branch if query.staff else None)
    if branch is None:
        branches = list(Branch.objects.for_company(query.company).filter(is_active=True)[:2])
        branch = branches[0] if len(branches) == 1 else None
    zone: ZoneInfo = (branch or query.company).time_zone
    return zone


def slots(found: Availability, zone: ZoneInfo) -> Json:
    """Free times."""
    return {"time_zone": zone.key, **_answer(found), "slots": [_slot(slot, zone) for slot in found.slots]}


def week(found: Week) -> Json:
    """Monday to Sunday."""
    zone = ZoneInfo(found.time_zone)
    days = [{"date": day.on.isoformat(), "cells": [_cell(cell, zone) for cell in day.cells]} for day in found.days]
    return {"time_zone": found.time_zone, **_answer(found), "days": days}


def day(found: DayView) -> Json:
    """One day, a column for everybody."""
    zone = ZoneInfo(found.time_zone)
    columns = [_column(column, zone) for column in found.columns]
    return {"date": found.on.isoformat(), "time_zone": found.time_zone, "columns": columns}


def next_free(found: NextFree, zone: ZoneInfo) -> Json:
    """The first free time."""
    slot = _slot(found.slot, zone) if found.slot else None
    return {"time_zone": zone.key, **_answer(found), "slot": slot, "searched_until": shown(found.searched_until)}


def alternatives(found: Alternatives, zone: ZoneInfo) -> Json:
    """Other times, and why there may be more of them."""
    return {
        "alternatives": [
            {
                "kind": one.kind.value,
                "sentence": one.sentence,
                "is_same_clock_time": one.is_same_clock_time,
                **_slot(one.slot, zone),
            }
            for one in found.alternatives
        ],
        "alternatives_unknown": found.unknown,
    }


def explanation(found: Explanation, zone: ZoneInfo) -> Json:
    """All steps, and what follows."""
    steps = [{"name": step.name, "passed": step.passed, "sentence": step.sentence} for step in found.steps]
    return {"time_zone": zone.key, "steps": steps, **verdict(found.verdict, zone)}


def verdict(found: Verdict, zone: ZoneInfo) -> Json:
    """One of the three answers."""
    if isinstance(found, Available):
        return _verdict("available", slot=_slot(found.slot, zone))
    if isinstance(found, Unavailable):
        return _verdict("unavailable", reason=found.reason.value, sentence=found.sentence)
    return _verdict("unknown", sentence=found.sentence, retry_at=_when(found.retry_at))


def _verdict(availability: str, **told: Any) -> Json:
    nothing: Mapping[str, Any] = {"reason": "", "sentence": "", "retry_at": None, "slot": None}
    return {"availability": availability, **nothing, **told}


def _answer(found: Answer) -> Json:
    refused = found.refused
    return {
        "unknown": found.unknown,
        "retry_at": _when(found.retry_at),
        "refused": {"reason": refused.reason.value, "sentence": refused.sentence} if refused else None,
        "is_stale": found.is_stale,
        "as_of": _when(found.as_of),
    }


def _slot(slot: Slot, zone: ZoneInfo) -> Json:
    return {
        **_times(slot.starts_at, slot.ends_at, zone),
        "staff": slot.staff_id,
        "also_free": list(slot.also),
        "is_stale": slot.is_stale,
        "is_doubtful": slot.is_doubtful,
    }


def _cell(cell: Cell, zone: ZoneInfo) -> Json:
    told = cell.verdict
    free = told.slot if isinstance(told, Available) else None
    return {
        **_times(cell.starts_at, cell.ends_at, zone),
        "duration_ok": free is not None,
        "is_free": cell.is_free,
        "reason": told.reason.value if isinstance(told, Unavailable) else "",
        "sentence": told.sentence if isinstance(told, Unavailable) else "",
        "staff": free.staff_id if free else None,
        "also_free": list(free.also) if free else [],
        "is_doubtful": free is not None and free.is_doubtful,
    }


def _column(column: Column, zone: ZoneInfo) -> Json:
    staff = {"id": column.staff_id, "name": column.staff_name}
    return {"staff": staff, **_answer(column), "cells": [_cell(cell, zone) for cell in column.cells]}


def _times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Json:
    return {
        "starts_at": shown(starts_at),
        "ends_at": shown(ends_at),
        "starts_at_local": starts_at.astimezone(zone).isoformat(),
        "ends_at_local": ends_at.astimezone(zone).isoformat(),
    }


def _when(moment: datetime | None) -> str | None:
    return shown(moment) if moment else None
