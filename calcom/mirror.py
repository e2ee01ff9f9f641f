"""A sandbox's world after our database: the companies whose Cal.com it is to be. For the development stack.

Users, event types and hosts have the ids that we know, every event type tells its company by webhook, and the
bookings to come are there, so that a restart, which loses what the sandbox alone knows, breaks nothing. New numbers
are seconds since 1970: they never meet those that the database has from an earlier start.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from appointments.models import Appointment, Attendee
from appointments.models.appointment import Status
from calcom import conf
from calcom.models import EventType as KnownEventType
from calcom.models import EventTypeMapping, HostMapping
from calcom.sandbox.event_type_defaults import fields_of
from calcom.sandbox.state import ApiKey, Booking, EventType, Json, Schedule, Subscription, Team, User, World
from calcom.sandbox.state import Attendee as Coming
from companies.credentials import webhook_address
from companies.models import Company, Staff
from companies.validators import WEEKDAYS, is_loopback

TRIGGERS = [
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "MEETING_STARTED",
    "MEETING_ENDED",
]
_DAYS = dict(zip(WEEKDAYS, ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], strict=True))
_STATUSES = {Status.PENDING: "pending", Status.CONFIRMED: "accepted"}
_PLACES = {"in_person": "inPerson", "video": "integrations:daily", "phone": "phone", "link": "link"}


def mirrored_world() -> World:
    """A world with every company that has a key and hosts, and whose address leads to this machine."""
    world = World()
    for kind in ("booking", "attendee", "event_type", "user", "schedule"):
        world.count_from(kind, int(time.time()))
    for company in Company.objects.filter(is_active=True):
        if company.calcom_api_key and _is_here(company):
            _add(world, company)
    return world


def _is_here(company: Company) -> bool:
    return is_loopback(urlsplit(company.calcom_base_url or conf.default_base_url()).hostname or "")


def _add(world: World, company: Company) -> None:
    members = _users(world, company)
    if not members:
        return
    owner_id = min(members.values())  # the same after every restart, and nobody whom the company does not know
    world.api_keys[company.calcom_api_key] = ApiKey(company.calcom_api_key, owner_id)
    team = Team(company.calcom_team_id or owner_id, company.name, company.calcom_team_slug or company.slug)
    team.members = {**dict.fromkeys(members.values(), "MEMBER"), owner_id: "OWNER"}
    world.teams[team.id] = team
    known = EventTypeMapping.objects.for_company(company).select_related("event_type", "service", "staff")
    for mapping in known.filter(event_type__is_active=True).prefetch_related("service__staff"):
        staff = [mapping.staff] if mapping.staff else list(mapping.service.staff.all())
        hosts = [members[one.pk] for one in staff if one.pk in members]
        if hosts:
            world.event_types[mapping.event_type.calcom_id] = _event_type(mapping, hosts, team)
            _subscribe(world, company, mapping.event_type)
    _book(world, company)


def _users(world: World, company: Company) -> dict[int, int]:
    """The hosts with their schedules. Returns staff id → user id."""
    found: dict[int, int] = {}
    hosts = HostMapping.objects.for_company(company).filter(state=HostMapping.State.CONFIRMED)
    for host in hosts.select_related("staff__home_branch"):
        if host.staff is None:  # a constraint forbids it, the type does not
            continue
        schedule = Schedule(
            id=world.next_id("schedule"),
            owner_id=host.calcom_user_id,
            name="Arbeitszeit",
            time_zone=str(company.time_zone),
            availability=_hours(host.staff),
            overrides=[],
            is_default=True,
        )
        world.schedules[schedule.id] = schedule
        email = host.calcom_email or f"user{host.calcom_user_id}@example.com"
        name = host.calcom_name or host.staff.name
        user = User(host.calcom_user_id, email.partition("@")[0], name, email, default_schedule_id=schedule.id)
        world.users[user.id] = user
        found.setdefault(host.staff.pk, user.id)
    return found


def _hours(staff: Staff) -> list[Json]:
    """The opening hours of the branch, as Cal.com keeps working hours."""
    hours = staff.home_branch.hours if staff.home_branch else {day: ["09:00-17:00"] for day in WEEKDAYS[:5]}
    spans = ((_DAYS[day], *span.split("-")) for day, listed in hours.items() for span in listed)
    return [{"days": [day], "startTime": start, "endTime": end} for day, start, end in spans]


def _event_type(mapping: EventTypeMapping, hosts: list[int], team: Team) -> EventType:
    known, service = mapping.event_type, mapping.service
    body: Json = {
        "currency": service.currency.lower(),
        "price": int((service.price or 0) * 100),
        "slotInterval": 15,
        "minimumBookingNotice": service.notice_min,
        "beforeEventBuffer": service.buffer_before_min,
        "afterEventBuffer": service.buffer_after_min,
        "locations": _places(mapping),
    }
    if service.requires_confirmation:
        body["confirmationPolicy"] = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
    if known.seats:
        body["seats"] = {"seatsPerTimeSlot": known.seats, "showAttendeeInfo": True, "showAvailabilityCount": True}
    return EventType(
        id=known.calcom_id,
        owner_id=None,
        title=known.title,
        slug=known.slug or f"type-{known.calcom_id}",
        length_min=known.length_min or service.duration_min,
        host_ids=hosts,
        fields=fields_of(body),
        team_id=team.id,
        scheduling_type="roundRobin",
    )


def _places(mapping: EventTypeMapping) -> list[Json]:
    """The address of the branch; where hosts of several branches are booked, their names."""
    branches = {mapping.branch} if mapping.branch else {one.home_branch for one in mapping.service.staff.all()}
    found = sorted((one for one in branches if one is not None and one.street), key=lambda one: one.pk)
    if not found:
        return []
    first, names = found[0], " / ".join(one.name for one in found)
    address = names if found[1:] else f"{first.street}, {first.postal_code} {first.city}"
    return [{"type": "address", "address": address, "public": True}]


def _subscribe(world: World, company: Company, event_type: KnownEventType) -> None:
    """Bookings of teams are told by webhooks of the event types: a user's would stay silent."""
    subscription = Subscription(
        id=world.new_uuid(),
        url=webhook_address(company),
        triggers=list(TRIGGERS),
        secret=company.webhook_secret or None,
        event_type_id=event_type.calcom_id,
    )
    world.subscriptions[subscription.id] = subscription


def _book(world: World, company: Company) -> None:
    """The bookings to come, as we know them."""
    appointments = Appointment.objects.for_company(company).filter(
        status__in=_STATUSES, ends_at__gte=datetime.now(UTC), calcom_host_id__isnull=False
    )
    for one in appointments.exclude(calcom_booking_uid="").prefetch_related("attendees"):
        if one.calcom_event_type_id in world.event_types and one.calcom_host_id in world.users:
            world.bookings[one.calcom_booking_uid] = _booking(world, one, one.attendees.all())


def _booking(world: World, one: Appointment, attendees: Iterable[Attendee]) -> Booking:
    coming = [_coming(world, attendee) for attendee in attendees if attendee.state == Attendee.State.ACTIVE]
    place = {"value": _PLACES.get(one.location_type, ""), "optionValue": one.location_value}
    booker = coming[0] if coming else Coming(0, "", "", "Europe/Berlin")
    return Booking(
        id=one.calcom_booking_id or world.next_id("booking"),
        uid=one.calcom_booking_uid,
        event_type_id=one.calcom_event_type_id,
        host_id=one.calcom_host_id or 0,
        title=one.title,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        status=_STATUSES[Status(one.status)],
        attendees=coming,
        created_at=one.created_at,
        updated_at=one.updated_at,
        responses={"name": booker.name, "email": booker.email, "location": place},
        metadata=dict(one.booking_metadata),
        location=one.meeting_url or one.location_value or None,
        ical_uid=one.ical_uid or f"{one.calcom_booking_uid}@Cal.com",
        ical_sequence=one.ical_sequence or 0,
        is_seated=one.is_seated,
    )


def _coming(world: World, attendee: Attendee) -> Coming:
    return Coming(
        id=world.next_id("attendee"),
        name=attendee.name,
        email=attendee.email,
        time_zone=attendee.time_zone or "Europe/Berlin",
        language=attendee.locale or "de",
        phone=attendee.phone or None,
        seat_uid=attendee.seat_uid,
    )
