"""Free slots and reservations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from calcom.schemas.base import Id, Instant, OptionalUid, Uid, Wire


class Slot(Wire):
    """A free slot. The end is told in the format "range" only; seats where the event type has them."""

    starts_at: Annotated[Instant, Field(validation_alias="start")]
    ends_at: Annotated[Instant | None, Field(validation_alias="end")] = None
    seats_booked: int | None = None
    seats_remaining: int | None = None
    seats_total: int | None = None
    booking_uid: OptionalUid = ""


class ReservationRead(Wire):
    """A slot that is hidden from others until `until`. Cal.com does not keep it from being booked."""

    uid: Annotated[Uid, Field(validation_alias="reservationUid")]
    event_type_id: Id
    starts_at: Annotated[Instant, Field(validation_alias="slotStart")]
    ends_at: Annotated[Instant, Field(validation_alias="slotEnd")]
    until: Annotated[Instant, Field(validation_alias="reservationUntil")]
