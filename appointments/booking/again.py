"""Booking again what the backend does not know any more."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import occupancy, rules, standing
from appointments.backends import AttendeeSnapshot, Location
from appointments.booking.actor import Actor
from appointments.booking.desk import Desk, take_up
from appointments.booking.place import offer_of
from appointments.errors import InvalidTransition, NotBookable
from appointments.inbound.registers import demote
from appointments.metrics import counting_refusals
from appointments.models import Appointment, AppointmentChange, Attendee, Push, Service
from appointments.models.appointment import Status
from appointments.wishes import Wish
from appointments.wording import kept
from companies.transactions import transactional

# What was true of the lost booking only.
_GONE_WITH_IT = (
    standing.ORPHAN,
    "ical",
    "meeting_url",
    "recurring",
    "series",
    "series_doubt",
    "fork_doubt",
    "seat_doubt",
)


@counting_refusals
@transactional
def book_again(appointment: Appointment, *, actor: Actor, version: int | None = None) -> Appointment:
    """Book an orphaned appointment anew, at its present time: the other way out is cancel().

    The old booking is forgotten, not remembered as a former one: should it turn up again, it gets an appointment of
    its own, and both are seen. Right before the new one is made, it is looked for once more. Raises InvalidTransition
    where the booking is not lost, NotBookable, UnknownService, SlotTaken, StaleVersion.
    """
    desk = take_up(appointment, actor=actor, version=version)
    service = _checked(desk)
    row = desk.row
    offer = offer_of(row.company, service=service, branch=row.branch, staff=row.staff)
    length_min = round((row.ends_at - row.starts_at).total_seconds() / 60)
    rules.check_length(service, length_min, offer)
    wish = Wish(
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        length_min=length_min,
        event_type_id=offer.event_type_id if offer else None,
        guests=tuple(one.email for one in _coming(desk) if one.is_guest and one.email),
        location=Location(type=row.location_type, value=row.location_value) if row.location_type else None,
        answers=row.responses,
        time_zone=str(row.booking_time_zone),
        from_uid=row.calcom_booking_uid,
    )
    people = tuple(_person(one) for one in _coming(desk) if not one.is_guest)
    rules.check_people(people, wish.guests, offer)
    _forget_the_lost(desk)
    row.calcom_event_type_id = wish.event_type_id
    needs_confirmation = service.requires_confirmation or bool(offer and offer.needs_confirmation)
    row.told_status = Status.PENDING if needs_confirmation else Status.CONFIRMED
    _order(desk, wish, people)
    desk.save(AppointmentChange.Action.UPDATED, reason=kept(gettext_lazy("Booked again.")))
    occupancy.take(row.company, [row])
    return row


def _checked(desk: Desk) -> Service:
    """The service, where all that is needed to book it is there."""
    row = desk.row
    if not standing.is_orphaned(row) or row.status not in {Status.PENDING, Status.CONFIRMED}:
        raise InvalidTransition(_("Only what is not known there any more can be booked again."))
    if any(push.is_on_its_way for push in desk.entry.waiting):
        raise InvalidTransition(_("A change of it is just being sent. Wait a moment."))
    if row.starts_at <= desk.now:
        raise NotBookable(_("It has begun already. What is past cannot be booked again; it can be completed."))
    if row.service is None:
        raise NotBookable(_("It is not known which service this is. Cancel it, and book it anew."))
    rules.check_service(row.company, row.service)
    rules.check_staff(row.company, row.service, row.staff)
    rules.check_branch(row.company, row.branch)
    return row.service


def _forget_the_lost(desk: Desk) -> None:
    row = desk.row
    for push in desk.entry.waiting:
        push.finish(Push.State.FOLDED)
    standing.regain(row)
    for name in _GONE_WITH_IT:
        row.news.pop(name, None)
    demote(row)
    row.calcom_booking_uid, row.calcom_booking_id = "", None
    row.ical_uid, row.ical_sequence, row.meeting_url = "", None, ""
    row.is_recurring, row.recurring_event_id = False, ""


def _order(desk: Desk, wish: Wish, people: tuple[AttendeeSnapshot, ...]) -> None:
    """One booking; where seats are sold, one order for each of them."""
    orders = [(person,) for person in people] if desk.row.is_seated else [people]
    desk.row.reference = uuid4()
    desk.order(replace(wish, attendees=orders[0]))
    for attendees in orders[1:]:
        desk.row.version += 1
        desk.wish(Push.Operation.CREATE, replace(wish, attendees=attendees, from_uid=""), reference=uuid4())
    for attendee in desk.entry.attendees:
        attendee.seat_uid = ""
        attendee.as_of = desk.now if desk.row.is_seated else attendee.as_of


def _coming(desk: Desk) -> list[Attendee]:
    return [one for one in desk.entry.attendees if one.state == Attendee.State.ACTIVE]


def _person(one: Attendee) -> AttendeeSnapshot:
    return AttendeeSnapshot(
        name=one.name, email=one.email, phone=str(one.phone), time_zone=one.time_zone, locale=one.locale
    )
