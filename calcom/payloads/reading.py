"""What a stored payload says about its appointment, in the words that live news is told in.

Read by calcom.mapping, like what comes today. A key that cannot be read is left out, and what only identifies the
booking is taken from the appointment that the payload is stored with.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from appointments.backends import AbsenceNews, BookingSnapshot, News, RecordingNews
from calcom import mapping
from calcom.errors import InvalidDelivery
from calcom.mapping import Reading
from calcom.payloads.opened import Opened, UnreadablePayload, opened
from calcom.payloads.shapes import Fields, as_api, as_body, is_of_api
from calcom.schemas.base import in_plausible_years
from calcom.schemas.bookings import BookingRead

_NO_BOOKINGS = ("PING", "FORM_", "OOO_", "AFTER_", "DELEGATION_", "ROUTING_", "CALENDAR_", "EVENT_TYPE", "WRONG_")
_ABSENCES, _RECORDING = "BOOKING_NO_SHOW_UPDATED", "RECORDING_READY"
_MEETING = "MEETING_"
# As webhooks.handlers has it: what is repeated when a booking is off, or over, may be older than what is known.
_OFF = {"CANCELLED", "REJECTED"}
_TWO_KEYS = {"bookingId": ("bookingId", "id")}


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The appointment that a payload is stored with, and who of its company attends nothing as a customer."""

    company_id: int
    uid: str
    starts_at: datetime
    ends_at: datetime
    host_emails: Collection[str] = ()


def told(value: Any, owner: Owner, *, as_of: datetime | None = None) -> list[News]:
    """The news in a stored payload: one piece, or one for each seat; none where nothing is stored.

    `as_of`: when it was told, if that is known; else it is taken from the payload, which may not say. Raises
    UnreadablePayload.
    """
    found = opened(value)
    if found is None:
        return []
    trigger = found.trigger.strip().upper().replace(".", "_")
    if trigger.startswith(_NO_BOOKINGS):
        raise UnreadablePayload("it holds no booking")
    sent_at = as_of or _instant(found.sent_at)
    if trigger == _ABSENCES or _lists_absences(found.fields):
        return _absences(found.fields, owner, sent_at)
    if is_of_api(found.fields):
        return _of_api(as_api(found.fields), owner, as_of)
    return _of_body(found, owner, trigger, sent_at)


def _of_body(found: Opened, owner: Owner, trigger: str, sent_at: datetime | None) -> list[News]:
    fields = as_body(found.fields) | {"uid": owner.uid or "-"}
    is_off = str(fields.get("status") or "").upper() in _OFF
    is_old = trigger.startswith(_MEETING) or trigger == _RECORDING or "organizer" not in found.fields
    reading = Reading(status=None, are_details_weak=is_off or is_old, is_undated=is_old, keeps_payload=False)
    news: list[News] = [_body_read(fields, reading, owner, sent_at)]
    link = fields.get("downloadLink")
    if isinstance(link, str) and link:
        news.append(RecordingNews(uid=owner.uid, url=link[:2000], as_of=sent_at))
    return news


def _body_read(fields: Fields, reading: Reading, owner: Owner, sent_at: datetime | None) -> BookingSnapshot:
    try:
        return mapping.snapshot(fields, reading, sent_at=sent_at, delivery_id=None)
    except InvalidDelivery as error:
        mended = _mended(fields, error.__cause__, ("startTime", "endTime"), owner)
    try:
        return mapping.snapshot(mended, reading, sent_at=sent_at, delivery_id=None)
    except InvalidDelivery as error:
        raise UnreadablePayload(str(error)) from error


def _of_api(fields: Fields, owner: Owner, as_of: datetime | None) -> list[News]:
    fields = {"id": 0} | fields | {"uid": owner.uid or "-"}
    try:
        read = BookingRead.model_validate(fields)
    except ValidationError as error:
        read = _read_again(_mended(fields, error, ("start", "end"), owner))
    whole = mapping.booking_snapshot(read, company_id=owner.company_id, host_emails=owner.host_emails)
    whole = replace(whole, as_of=as_of or whole.as_of)
    seats = mapping.seat_snapshots(read, whole, company_id=owner.company_id)
    return list(seats) if whole.is_seated and seats else [whole]


def _read_again(fields: Fields) -> BookingRead:
    try:
        return BookingRead.model_validate({"id": 0} | fields)
    except ValidationError as error:
        raise UnreadablePayload("its keys cannot be read") from error


def _mended(fields: Fields, error: BaseException | None, times: tuple[str, str], owner: Owner) -> Fields:
    """The same without the keys that cannot be read, and with the appointment's own times."""
    problems = error.errors(include_url=False, include_input=False) if isinstance(error, ValidationError) else []
    broken = {str(problem["loc"][0]) for problem in problems if problem["loc"]}
    dropped = {key for name in broken for key in _TWO_KEYS.get(name, (name,))}
    own = dict(zip(times, (owner.starts_at.isoformat(), owner.ends_at.isoformat()), strict=True))
    return {name: value for name, value in fields.items() if name not in dropped} | own


def _lists_absences(fields: Fields) -> bool:
    return "bookingUid" in fields and "uid" not in fields and "responses" not in fields


def _absences(fields: Fields, owner: Owner, sent_at: datetime | None) -> list[News]:
    try:
        news = mapping.absences(fields | {"bookingUid": owner.uid or "-"}, sent_at=sent_at, delivery_id=None)
    except InvalidDelivery as error:
        raise UnreadablePayload(str(error)) from error
    return [AbsenceNews(uid=owner.uid, absences=news.absences, as_of=sent_at)] if news.absences else []


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text) if text else None
        return in_plausible_years(instant.astimezone(UTC)) if instant and instant.tzinfo else None
    except (ValueError, OverflowError):
        return None
