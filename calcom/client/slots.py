"""Free slots and reservations. Version 2024-09-04."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from calcom.client.base import Caller, Listing, utc
from calcom.schemas.slots import ReservationRead, Slot
from calcom.transport import Call
from calcom.versions import Group

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESERVATIONS = "/slots/reservations"


@dataclass(frozen=True)
class SlotQuery:
    """Which slots: of an event type, in [starts_at, ends_at), aware times. Lengths are minutes.

    `length_min` is needed where the event type offers several. `moving_uid` shows the time of a booking as free that is
    about to be moved. `with_ends` asks for the format "range".
    """

    event_type_id: int
    starts_at: datetime
    ends_at: datetime
    length_min: int | None = None
    moving_uid: str = ""
    with_ends: bool = False

    def query(self) -> dict[str, str | int]:
        """What is sent. An end at midnight would be widened to the whole day, so the last instant before is sent."""
        query: dict[str, str | int] = {
            "eventTypeId": self.event_type_id,
            "start": utc(self.starts_at),
            "end": utc(self.ends_at - timedelta(milliseconds=1)),
            "format": "range" if self.with_ends else "time",
        }
        if self.length_min is not None:
            query["duration"] = self.length_min
        if self.moving_uid:
            query["bookingUidToReschedule"] = self.moving_uid
        return query


class Slots(Caller):
    """What is free. No free slot is an empty list, and not the same as an unknown event type."""

    def slots(
        self,
        event_type_id: int,
        *,
        starts_at: datetime,
        ends_at: datetime,
        length_min: int | None = None,
        moving_uid: str = "",
        with_ends: bool = False,
        fresh: bool = False,
        allow_stale: bool = True,
    ) -> Listing[Slot]:
        """Free slots that start in [starts_at, ends_at), soonest first, in UTC; kept for 60 s.

        Raises CalcomNotFound for an unknown event type, and CalcomUnavailable when there is no answer and none that is
        at most an hour old. Cal.com itself keeps its answer for a second or two. Ask for 31 days at most.
        """
        asked = SlotQuery(event_type_id, starts_at, ends_at, length_min, moving_uid, with_ends)
        call = Call("GET", "/slots", "/slots", Group.SLOTS, query=asked.query())
        parse = partial(self._free, asked=asked, call=call)
        kept = self.cached("slots", asked.query(), call, parse=parse, allow_stale=allow_stale, fresh=fresh)
        return Listing(kept.value, is_stale=kept.is_stale, age_s=kept.age_s)

    def _free(self, data: Any, asked: SlotQuery, call: Call) -> tuple[Slot, ...]:
        """Flattened from days; what lies outside of what was asked is dropped."""
        if not isinstance(data, dict):
            raise self.unexpected(call, None)
        slots = [self.parse(Slot, item, call) for item in self._items(data, call)]
        wanted = [slot for slot in slots if asked.starts_at <= slot.starts_at < asked.ends_at]
        return tuple(sorted((_in_utc(slot) for slot in wanted), key=lambda slot: slot.starts_at))

    def _items(self, data: dict[str, Any], call: Call) -> Iterator[Any]:
        for day in data.values():
            if not isinstance(day, list):
                raise self.unexpected(call, None)
            yield from day

    def reserve(
        self,
        event_type_id: int,
        *,
        starts_at: datetime,
        length_min: int | None = None,
        minutes: int = 5,
    ) -> ReservationRead:
        """Hide a slot from others for some minutes. Raises CalcomSlotTaken. It neither checks nor keeps the time."""
        body = _reservation(event_type_id, starts_at, length_min, minutes)
        call = Call("POST", _RESERVATIONS, _RESERVATIONS, Group.SLOTS, body=body)
        return self._reserved(call, event_type_id)

    def reservation(self, uid: str) -> ReservationRead | None:
        """The reservation, or None once it is gone. An expired one may still be told: compare `until`."""
        call = Call("GET", f"{_RESERVATIONS}/{{uid}}", _one(uid), Group.SLOTS)
        data = self.call(call)
        return self.parse(ReservationRead, data, call) if data else None

    def move_reservation(
        self, uid: str, *, event_type_id: int, starts_at: datetime, length_min: int | None = None, minutes: int = 5
    ) -> ReservationRead:
        """Hide another slot instead. The same slot cannot be prolonged: release it and reserve it again."""
        body = _reservation(event_type_id, starts_at, length_min, minutes)
        return self._reserved(
            Call("PATCH", f"{_RESERVATIONS}/{{uid}}", _one(uid), Group.SLOTS, body=body), event_type_id
        )

    def release(self, uid: str, *, event_type_id: int | None = None) -> None:
        """Show the slot again; also where the reservation is gone already."""
        try:
            self.call(Call("DELETE", f"{_RESERVATIONS}/{{uid}}", _one(uid), Group.SLOTS))
        finally:
            self.forget_slots(event_type_id)

    def _reserved(self, call: Call, event_type_id: int) -> ReservationRead:
        try:
            return self.parse(ReservationRead, self.call(call), call)
        finally:
            self.forget_slots(event_type_id)


def _one(uid: str) -> str:
    return f"{_RESERVATIONS}/{quote(uid, safe='')}"


def _reservation(event_type_id: int, starts_at: datetime, length_min: int | None, minutes: int) -> dict[str, Any]:
    body = {"eventTypeId": event_type_id, "slotStart": utc(starts_at), "reservationDuration": minutes}
    return body if length_min is None else body | {"slotDuration": length_min}


def _in_utc(slot: Slot) -> Slot:
    ends_at = slot.ends_at.astimezone(UTC) if slot.ends_at else None
    return slot.model_copy(update={"starts_at": slot.starts_at.astimezone(UTC), "ends_at": ends_at})
