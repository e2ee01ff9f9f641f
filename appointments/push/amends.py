"""Making good: what the backend has and this side cannot keep is cancelled there, by a Push with tries of its own.

Such a Push is a compensation. It belongs to the appointment that ordered the booking; if it fails for good, staff see
it there with its reason. The booking itself is a stray: news of it makes no appointment.
"""

from __future__ import annotations

import structlog

from appointments import occupancy
from appointments.backends import BookingSnapshot
from appointments.inbound.entry import Entry
from appointments.models import Appointment, FormerUid, Push
from appointments.models.appointment import Status
from appointments.models.history import Side
from appointments.wishes import Wish, wish_of

logger = structlog.get_logger(__name__)


def take_back(appointment: Appointment, *, uid: str, reason: str) -> None:
    """Have a booking cancelled that nobody ordered. The appointment is locked by the caller."""
    if FormerUid.objects.filter(company_id=appointment.company_id, uid=uid).exists():
        return  # taken back already; or moved meanwhile, by somebody who wants it
    if _is_forgotten(appointment, uid):
        FormerUid.objects.create(company_id=appointment.company_id, appointment=appointment, **Entry.stray(uid))
    _compensate(appointment, Wish(uid=uid), reason=reason)


def take_back_wrong(appointment: Appointment, snapshot: BookingSnapshot, *, reason: str) -> None:
    """The same for what was booked instead of an order: of a booking of several people only the seat is given up."""
    if snapshot.status == Status.CANCELLED:
        return
    if not snapshot.is_seated:
        take_back(appointment, uid=snapshot.uid, reason=reason)
    elif snapshot.seat_uid:
        _give_up(appointment, Wish(uid=snapshot.uid, seat_uid=snapshot.seat_uid), reason=reason)


def _give_up(appointment: Appointment, seat: Wish, *, reason: str) -> None:
    """Once, though the answer that says so may be recorded twice."""
    ordered = appointment.pushes.filter(is_compensation=True, reason=reason)
    if all(wish_of(push) != seat for push in ordered):
        _compensate(appointment, seat, reason=reason)


def _compensate(appointment: Appointment, wish: Wish, *, reason: str) -> None:
    appointment.version += 1
    Appointment.objects.filter(pk=appointment.pk).update(version=appointment.version)
    push = Push.objects.create(
        company_id=appointment.company_id,
        appointment=appointment,
        operation=Push.Operation.CANCEL,
        version=appointment.version,
        wanted=wish.as_json(),
        is_compensation=True,
        reason=reason,
        side=Side.SYSTEM,
    )
    logger.warning("push.compensation", push_id=push.pk, appointment_id=appointment.pk)


def _is_forgotten(appointment: Appointment, uid: str) -> bool:
    """Its webhook may have come first, and made an appointment: that goes, unless somebody works with it already."""
    mirrored = Appointment.objects.filter(company_id=appointment.company_id, calcom_booking_uid=uid)
    other = mirrored.select_for_update().first()
    if other is None:
        return True
    if other.pk == appointment.pk or other.pushes.exists():
        return False
    other.status = other.told_status = Status.CANCELLED
    occupancy.occupy(appointment.company, known=[other], new=[])  # its time is somebody else's now
    other.delete()
    return True
