"""Booking: one appointment, a seat of one, or a series of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack, cast
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from appointments import occupancy, rules, tasks
from appointments.backends import AttendeeSnapshot, Location, Offer
from appointments.booking.actor import Actor
from appointments.booking.desk import Desk
from appointments.booking.place import offer_of, place_of
from appointments.booking.seats import open_booking, take_seat
from appointments.customers import Person, find_or_create, normal_email, normal_phone
from appointments.errors import NotBookable
from appointments.inbound.entry import Entry
from appointments.metrics import counting_refusals
from appointments.models import Appointment, AppointmentChange, Attendee, Customer, Hold, Service
from appointments.models.appointment import Source, Status
from appointments.wall_time import instant, zone_of
from appointments.wishes import Wish
from companies.models import Branch, Company, Staff
from companies.transactions import transactional


class Details(TypedDict, total=False):
    """What a booking may say besides. Who comes is `attendees`, the first of them books; or the `customer`."""

    customer: Customer | None
    attendees: Sequence[AttendeeSnapshot]
    staff: Staff | None
    branch: Branch | None
    length_min: int | None
    guests: Sequence[str]
    location: Location | None
    answers: Mapping[str, Any] | None
    notes: str
    time_zone: str
    source: str


@counting_refusals
@transactional
def book(
    company: Company,
    *,
    service: Service,
    starts_at: datetime,
    actor: Actor,
    hold: Hold | None = None,
    **details: Unpack[Details],
) -> Appointment:
    """Book an appointment here; the backend is told after the commit.

    A `hold` becomes the appointment: nobody can come between. One that is over is none, and the time may still be free.
    Staff member, branch and length are the hold's unless others are named.

    `starts_at` is aware (see wall_time.instant). Without `staff` the backend chooses somebody, and nobody's time is
    taken before it has. Where the service is seated and somebody has booked the same time, it is a seat of that
    appointment. Raises SlotTaken, UnknownService, NotBookable, NotYours.
    """
    if hold is None:
        return _book(company, service, starts_at, actor, details)
    if hold.company_id != company.pk:
        raise NotBookable(_("This company holds no such time."))
    hold = Hold.objects.for_company(company).filter(pk=hold.pk).first() or hold
    row = _book(company, service, starts_at, actor, _as_held(hold, details), hold=hold)
    tasks.show_again_soon(hold)
    return row


@counting_refusals
@transactional
def book_series(
    company: Company, *, service: Service, dates: Sequence[datetime], actor: Actor, **details: Unpack[Details]
) -> list[Appointment]:
    """Book one appointment for each date, all or none, under one series_id: never the backend's own recurrence.

    weekly() gives the dates. Raises what book() raises; the text names the time.

    All or none holds here, not at the backend, which books them one by one. An occurrence that it refuses for good
    waits for staff with the reason, and the others stay booked: nine of ten appointments are what the customer came
    for, they may have been told of already, and a cancellation cannot be taken back. Who wants none of them without the
    one calls off the series (see change.cancel_series).
    """
    if not dates:
        raise NotBookable(_("A series needs at least one date."))
    series_id = uuid4()
    return [_book(company, service, starts_at, actor, details, series_id=series_id) for starts_at in sorted(set(dates))]


def weekly(
    first: datetime, *, count: int, zone: str, every_weeks: int = 1, is_second: bool | None = None
) -> list[datetime]:
    """`count` instants at the same time on the clock, some weeks apart; `first` without a zone is meant in `zone`.

    `is_second` says which is meant where clocks show that time twice. Raises NotBookable where nobody said, and where
    one of them falls into the hour that is left out.
    """
    start = first.astimezone(zone_of(zone)).replace(tzinfo=None) if first.tzinfo else first
    walls = [start + timedelta(weeks=every_weeks * index) for index in range(count)]
    return [instant(wall, zone, is_second=is_second) for wall in walls]


def _book(
    company: Company,
    service: Service,
    starts_at: datetime,
    actor: Actor,
    details: Details,
    *,
    series_id: UUID | None = None,
    hold: Hold | None = None,
) -> Appointment:
    actor.check(company)
    staff, customer = details.get("staff"), details.get("customer")
    rules.check_service(company, service)
    rules.check_staff(company, service, staff)
    branch = details.get("branch") or place_of(company, staff)
    rules.check_branch(company, branch)
    rules.check_customer(company, customer)
    rules.check_start(company, service, starts_at)
    offer = offer_of(company, service=service, branch=branch, staff=staff)
    wish = _wish(service, starts_at, details, zone=branch.time_zone if branch else company.time_zone, offer=offer)
    if offer is not None and offer.seats is not None:
        seated = open_booking(company, event_type_id=offer.event_type_id, starts_at=starts_at, staff=staff)
        if seated is not None:
            return take_seat(seated, wish=wish, seats=offer.seats, customer=customer, actor=actor)
    row = _row(company, service, staff, branch, wish)
    row.starts_at, row.ends_at = starts_at, starts_at + timedelta(minutes=wish.length_min or 0)
    needs_confirmation = service.requires_confirmation or bool(offer and offer.needs_confirmation)
    row.told_status = row.status = Status.PENDING if needs_confirmation else Status.CONFIRMED
    row.source, row.sync_origin = details.get("source", Source.PORTAL), actor.side
    row.series_id, row.is_seated = series_id, bool(offer and offer.seats is not None)
    return _save(row, wish=wish, customer=customer, actor=actor, hold=hold)


def _as_held(hold: Hold, details: Details) -> Details:
    """The details, with what the hold says where they say nothing."""
    held = Details(staff=hold.staff, branch=hold.branch, length_min=hold.length_min)
    named = {name: value for name, value in details.items() if value is not None or name not in held}
    return cast("Details", {**held, **named})


def _wish(service: Service, starts_at: datetime, details: Details, *, zone: Any, offer: Offer | None) -> Wish:
    """What the backend is to be told. Raises NotBookable for an impossible length, zone, person or guest."""
    length_min = details.get("length_min")
    length_min = service.duration_min if length_min is None else length_min
    rules.check_length(service, length_min, offer)
    zone = str(zone_of(details.get("time_zone") or str(zone)))
    people = details.get("attendees") or _of(details.get("customer"))
    people = tuple(_normal(person, zone) for person in people)
    guests = tuple(normal_email(guest) for guest in details.get("guests", ()))
    rules.check_people(people, guests, offer)
    rules.check_seats(people, offer)
    return Wish(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=length_min),
        length_min=length_min,
        event_type_id=offer.event_type_id if offer else None,
        attendees=people,
        guests=guests,
        location=details.get("location"),
        answers=details.get("answers") or {},
        notes=details.get("notes", ""),
        time_zone=zone,
    )


def _row(company: Company, service: Service, staff: Staff | None, branch: Branch | None, wish: Wish) -> Appointment:
    """The new appointment, with the names and the price as they are now."""
    place = wish.location or Location()
    return Appointment(
        company=company,
        service=service,
        staff=staff,
        branch=branch,
        booking_time_zone=wish.time_zone,
        calcom_event_type_id=wish.event_type_id,
        location_type=place.type,
        location_value=place.value,
        responses=_responses(wish),
        booked_service_name=service.name,
        booked_staff_name=staff.name if staff else "",
        booked_price=service.price,
        booked_currency=service.currency if service.price is not None else "",
        version=0,
    )


def _responses(wish: Wish) -> dict[str, Any]:
    told = {**wish.answers, **({"notes": wish.notes} if wish.notes else {})}
    return {slug: {"label": slug, "value": value} for slug, value in told.items()}


def _save(
    row: Appointment, *, wish: Wish, customer: Customer | None, actor: Actor, hold: Hold | None = None
) -> Appointment:
    desk = Desk(Entry(row, attendees=attendees_of(row.company, wish, customer=customer)), actor=actor)
    row.customer_id = desk.entry.attendees[0].customer_id
    desk.order(wish)
    if row.is_seated:
        for attendee in desk.entry.attendees:
            attendee.as_of = desk.now
    desk.save(AppointmentChange.Action.CREATED)
    if hold is not None:
        occupancy.convert(hold, row)
    else:
        occupancy.take(row.company, [row])
    return row


def attendees_of(company: Company, wish: Wish, *, customer: Customer | None) -> list[Attendee]:
    """A row for everybody who comes; whoever books is a customer, guests are none."""
    persons = [Person(one.name, one.email, one.phone, one.locale) for one in wish.attendees]
    to_find = persons[1:] if customer is not None else persons
    known = find_or_create(company, to_find)
    rows = [
        Attendee(
            company=company,
            customer_id=known.get(person, customer.pk if customer else None),
            position=position,
            name=one.name,
            email=one.email,
            phone=one.phone,
            time_zone=one.time_zone,
            locale=one.locale,
        )
        for position, (one, person) in enumerate(zip(wish.attendees, persons, strict=True))
    ]
    if customer is not None:
        rows[0].customer_id = customer.pk
    guests = [
        Attendee(company=company, position=len(rows) + index, email=guest, is_guest=True)
        for index, guest in enumerate(wish.guests)
    ]
    return rows + guests


def _of(customer: Customer | None) -> tuple[AttendeeSnapshot, ...]:
    if customer is None:
        return ()
    phone = str(customer.phone)
    return (AttendeeSnapshot(name=customer.name, email=customer.email, phone=phone, locale=customer.language),)


def _normal(person: AttendeeSnapshot, zone: str) -> AttendeeSnapshot:
    return AttendeeSnapshot(
        name=person.name.strip(),
        email=normal_email(person.email),
        phone=normal_phone(person.phone),
        time_zone=person.time_zone or zone,
        locale=person.locale,
    )
