"""Uids that are here already: in the payloads and old rows of the appointments, and in what other apps have kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Func, Q, TextField

from appointments.models import Appointment
from calcom.legacy.shapes import Told, as_kept_today, is_old, told_in
from calcom.legacy.sources import Source
from calcom.legacy.uids.work import Match, Moves, Work
from calcom.models import LegacyRow

PAYLOADS = "payloads"
_COLUMNS = ("pk", "calcom_booking_uid", "calcom_booking_id", "starts_at", "previous_starts_at", "payload")
_OPEN = Q(calcom_booking_uid="", calcom_booking_id__isnull=False)
_KIND = Func(F("payload"), function="jsonb_typeof", output_field=TextField())
# Narrower in Python (shapes.is_old); here only so that not every row has to travel.
_OLD = (
    Q(kind="string")
    | (Q(payload__has_key="startTime") & Q(payload__has_any_keys=["user", "userId"]))
    | (Q(payload__has_any_keys=["booking", "data", "payload"]) & ~Q(payload__has_key="uid"))
)


def from_payloads(work: Work, after: int) -> Iterator[Moves]:
    """Look into the payloads of all appointments, and convert old ones; yields the moves found, batch by batch."""
    last: int | None = after
    while last is not None:
        last, moves = _batch(work, last)
        yield moves


def _batch(work: Work, after: int) -> tuple[int | None, Moves]:
    rows = Appointment.objects.for_company(work.company).annotate(kind=_KIND).filter(_OPEN | _OLD, pk__gt=after)
    batch = list(rows.order_by("pk").values(*_COLUMNS)[: work.batch])
    if not batch:
        return None, []
    last = batch[-1]["pk"]
    old = _old_rows(work, [row["pk"] for row in batch if _is_open(row)])
    matches = [match for row in batch if (match := _match(row, old.get(row["pk"])))]
    return last, work.write(matches, checkpoint={"phase": PAYLOADS, "after": last}).moves


def from_source(work: Work, name: str, source: Source, after: int) -> Iterator[Moves]:
    """Go through what another app has kept; yields the moves found, batch by batch."""
    last: int | None = after
    while last is not None:
        told, last = source(work.company, last, work.batch)
        if last is not None:
            yield work.write(_fitting(work, told), checkpoint={"phase": name, "after": last}).moves


def _is_open(row: dict[str, Any]) -> bool:
    return not row["calcom_booking_uid"] and row["calcom_booking_id"] is not None


def _old_rows(work: Work, pks: Sequence[int]) -> dict[int, Any]:
    kept = LegacyRow.objects.for_company(work.company).filter(kind=LegacyRow.Kind.APPOINTMENT, object_id__in=pks)
    return {pk: data for pk, data in kept.values_list("object_id", "data") if pk is not None}


def _match(row: dict[str, Any], old: Any) -> Match | None:
    """What the appointment's own payload says of its uid, and how it would be stored today."""
    payload = as_kept_today(row["payload"]) if is_old(row["payload"]) else None
    told = _own(row, [*told_in(row["payload"]), *told_in(old)]) if _is_open(row) else None
    if told is not None:
        return _matched(row["pk"], told, how="stored", payload=payload)
    return None if payload is None else Match(pk=row["pk"], how="stored", payload=payload)


def _own(row: dict[str, Any], told: Iterable[Told]) -> Told | None:
    return next((one for one in told if fits(one.booking_id, one.starts_at, row)), None)


def fits(booking_id: int, starts_at: datetime, row: dict[str, Any]) -> bool:
    """Whether number and start are the appointment's: equal numbers of two servers are no proof.

    The predecessor kept the number of a booking that it had moved: then the former start is the booking's.
    """
    return booking_id == row["calcom_booking_id"] and starts_at in {row["starts_at"], row["previous_starts_at"]}


def _fitting(work: Work, told: Sequence[Told]) -> list[Match]:
    by_number = {one.booking_id: one for one in told}
    rows = work.open().filter(calcom_booking_id__in=list(by_number)).order_by("pk").values(*_COLUMNS[:-1])
    found = [(row["pk"], by_number[row["calcom_booking_id"]], row) for row in rows if row["pk"] not in work.claimed]
    return [_matched(pk, one, how="deliveries") for pk, one, row in found if fits(one.booking_id, one.starts_at, row)]


def _matched(pk: int, told: Told, *, how: str, payload: dict[str, Any] | None = None) -> Match:
    return Match(
        pk=pk, how=how, uid=told.uid, booking_id=told.booking_id, successor_uid=told.successor_uid, payload=payload
    )
