"""Seats: somebody joins an appointment that others have booked."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.utils.translation import gettext as _

from appointments.booking.actor import Actor
from appointments.booking.desk import refuse_in_conflict, take_up
from appointments.customers import Person, find_or_create
from appointments.errors import NotBookable, SlotTaken
from appointments.models import Appointment, AppointmentChange, Attendee, Customer, Push
from appointments.models.appointment import Status
from appointments.wishes import Wish
from companies.models import Company, Staff

ACTIVE = Attendee.State.ACTIVE
_OPEN = (Status.PENDING, Status.CONFIRMED)


def open_booking(
    company: Company, *, event_type_id: int, starts_at: datetime, staff: Staff | None
) -> Appointment | None:
    """The seated appointment at just this time that can still be joined."""
    rows = Appointment.objects.for_company(company).filter(
        is_seated=True,
        calcom_event_type_id=event_type_id,
        starts_at=starts_at,
        status__in=_OPEN,
    )
    return (rows.filter(staff=staff) if staff else rows).order_by("pk").first()


def take_seat(
    appointment: Appointment, *, wish: Wish, seats: int, customer: Customer | None, actor: Actor
) -> Appointment:
    """Let one more person attend. Raises SlotTaken where all seats are taken, or it is not there any more."""
    desk = take_up(appointment, actor=actor)
    if desk.row.status not in _OPEN or desk.row.starts_at != wish.starts_at:
        raise SlotTaken(_("That appointment has just been cancelled or moved. Try again, or choose another time."))
    refuse_in_conflict(desk)
    person = wish.attendees[0]
    if not person.email:
        raise NotBookable(_("A seat needs an e-mail address: by that it is known again."))
    active = [seat for seat in desk.entry.attendees if seat.state == ACTIVE]
    if any(seat.email == person.email for seat in active):
        raise NotBookable(_("%(email)s has a seat already.") % {"email": person.email})
    if len(active) >= seats:
        raise SlotTaken(_("All %(seats)s seats are taken. Choose another time.") % {"seats": seats})
    seat = next((one for one in desk.entry.attendees if one.email == person.email), None)
    if seat is None:
        seat = Attendee(company=desk.row.company, email=person.email, position=len(desk.entry.attendees))
        desk.entry.attendees.append(seat)
    seat.name, seat.phone, seat.locale, seat.time_zone = person.name, person.phone, person.locale, person.time_zone
    seat.state, seat.as_of, seat.leaving_reason, seat.seat_uid = ACTIVE, desk.now, "", ""
    who = Person(person.name, person.email, person.phone, person.locale)
    seat.customer_id = customer.pk if customer else find_or_create(desk.row.company, [who])[who]
    desk.wish(Push.Operation.CREATE, wish, reference=uuid4())
    return desk.save(AppointmentChange.Action.ATTENDEES)
