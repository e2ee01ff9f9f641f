"""What each trigger means: a body becomes news for the appointment book, or is ignored with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from appointments.backends import News
from appointments.models.appointment import Status
from calcom import mapping
from calcom.envelope import Envelope
from calcom.mapping import Reading
from webhooks import reasons


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Which delivery it is, and whose secret signed it, as far as that is known."""

    delivery_id: UUID
    company_id: int | None = None


Handler = Callable[[Envelope, Parcel], News | None]


class IgnoredTrigger(Exception):
    """The trigger is kept, and nothing follows from it. The text is one of webhooks.reasons."""


def _booking(reading: Reading) -> Handler:
    def handle(envelope: Envelope, parcel: Parcel) -> News:
        return mapping.snapshot(
            envelope.payload,
            reading,
            sent_at=envelope.sent_at,
            delivery_id=parcel.delivery_id,
            company_id=parcel.company_id,
        )

    return handle


def _paid(envelope: Envelope, parcel: Parcel) -> News | None:
    """Payment says nothing about confirmation: a paid booking may still wait for it, and BOOKING_CREATED tells."""
    status = Status.PENDING if envelope.payload.get("requiresConfirmation") is True else Status.CONFIRMED
    return _booking(Reading(status=status, is_status_weak=True))(envelope, parcel)


def _absence(envelope: Envelope, parcel: Parcel) -> News | None:
    news = mapping.absences(envelope.payload, sent_at=envelope.sent_at, delivery_id=parcel.delivery_id)
    return news if news.absences else None


def _recording(envelope: Envelope, parcel: Parcel) -> News | None:
    news = mapping.recording(envelope.payload, sent_at=envelope.sent_at, delivery_id=parcel.delivery_id)
    return news if news.url else None


def _ping(_envelope: Envelope, _parcel: Parcel) -> None:
    """Cal.com tests the connection; the answer was all it wanted."""


# MEETING_* bodies are the booking as it was when it was made, sent at its start and end: they only fill gaps.
_OLD = Reading(status=None, is_status_weak=True, are_details_weak=True, is_undated=True)
_ENDED = Reading(status=None, is_status_weak=True, are_details_weak=True, is_undated=True, has_ended=True)

HANDLERS: dict[str, Handler] = {
    "BOOKING_CREATED": _booking(Reading(status=Status.CONFIRMED)),
    "BOOKING_REQUESTED": _booking(Reading(status=Status.PENDING)),
    "BOOKING_RESCHEDULED": _booking(Reading(status=Status.CONFIRMED)),
    "BOOKING_REJECTED": _booking(Reading(status=Status.REJECTED, are_details_weak=True)),
    "BOOKING_CANCELLED": _booking(Reading(status=Status.CANCELLED, are_details_weak=True)),
    "BOOKING_PAYMENT_INITIATED": _booking(Reading(status=Status.PENDING, is_status_weak=True)),
    "BOOKING_PAID": _paid,
    "BOOKING_LOCATION_UPDATED": _booking(Reading(status=Status.CONFIRMED, is_status_weak=True)),
    "BOOKING_REASSIGNED": _booking(Reading(status=Status.CONFIRMED, is_status_weak=True)),
    "BOOKING_NO_SHOW_UPDATED": _absence,
    "MEETING_STARTED": _booking(_OLD),
    "MEETING_ENDED": _booking(_ENDED),
    "RECORDING_READY": _recording,
    "PING": _ping,
}

# Known to the contract, and of no consequence for an appointment.
WITHOUT_EFFECT = frozenset(
    {
        "RECORDING_TRANSCRIPTION_GENERATED",
        "INSTANT_MEETING",
        "INSTANT_MEETING_ACCEPTED",
        "OOO_CREATED",
        "FORM_SUBMITTED",
        "FORM_SUBMITTED_NO_EVENT",
        "ROUTING_FORM_FALLBACK_HIT",
        "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
        "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
        "WRONG_ASSIGNMENT_REPORT",
        "DELEGATION_CREDENTIAL_ERROR",
        "DELEGATION_CREDENTIAL_SECRET_ROTATED",
        "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED",
        "DELEGATION_CREDENTIAL_ROTATION_REQUIRED",
        "CALENDAR_ENTRY_REJECTED",
    }
)


def news_of(envelope: Envelope, parcel: Parcel) -> News | None:
    """The news in a delivery, or None where it has none (a ping). Raises IgnoredTrigger and InvalidDelivery."""
    handler = HANDLERS.get(envelope.trigger)
    if handler is not None:
        return handler(envelope, parcel)
    if envelope.trigger in WITHOUT_EFFECT:
        raise IgnoredTrigger(reasons.NO_EFFECT)
    raise IgnoredTrigger(reasons.UNKNOWN_TRIGGER)
