"""A salon that offers two services of one stylist at Cal.com: a cut, and a colour that has to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appointments.models import Service
from calcom.models import EventType, EventTypeMapping, HostMapping
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.state import EventType as Offered
from calcom.sandbox.state import Schedule, Subscription, World
from companies.models import Company, Staff
from tests.factories import BranchFactory, CompanyFactory, StaffFactory
from tests.model.wire import ORIGIN

# Before the day on which this runs, as the database's own clock is not virtual: all deliveries are due at once.
NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30)
SLOTS = (SOON, *(datetime(2026, 3, 9, hour, tzinfo=UTC) for hour in (9, 10, 11, 12, 13)))
OLGA = 1
CUT, COLOUR = 71, 72
TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
)
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


@dataclass(frozen=True)
class Salon:
    """The company's rows, the same for every sequence."""

    company: Company
    stylist: Staff
    services: dict[int, Service]


def make_salon() -> Salon:
    """The rows here."""
    company = CompanyFactory.create(calcom_api_key=OWNER_KEY, calcom_base_url=f"{ORIGIN}/v2", webhook_secret="s")
    stylist = StaffFactory.create(company=company, name="Olga", home_branch=BranchFactory.create(company=company))
    HostMapping.objects.create(company=company, calcom_user_id=OLGA, calcom_email="olga@example.test", staff=stylist)
    services = {CUT: _service(company, CUT, "Cut"), COLOUR: _service(company, COLOUR, "Colour")}
    for number, service in services.items():
        event_type = EventType.objects.create(
            company=company,
            calcom_id=number,
            title=service.name,
            length_min=60,
            host_ids=[OLGA],
            requires_confirmation=number == COLOUR,
        )
        EventTypeMapping.objects.create(company=company, event_type=event_type, service=service, staff=stylist)
    return Salon(company, stylist, services)


def make_world(company: Company) -> World:
    """The account at Cal.com, with its webhook."""
    world = sample_world()
    hours = [{"days": _WEEKDAYS, "startTime": "09:00", "endTime": "17:00"}]
    world.schedules[1] = Schedule(1, OLGA, "Weekdays", "UTC", hours, [], is_default=True)
    world.users[OLGA].default_schedule_id = 1
    for number, title in ((CUT, "Cut"), (COLOUR, "Colour")):
        fields = {"minimumBookingNotice": 0}
        if number == COLOUR:
            fields["confirmationPolicy"] = {"type": "always"}  # type: ignore[assignment]  # values of several types
        world.event_types[number] = Offered(number, OLGA, title, title.lower(), 60, [OLGA], fields=fields)
    url = f"http://127.0.0.1:1/api/webhooks/calcom/{company.webhook_token}"
    world.subscriptions["hook"] = Subscription("hook", url, list(TRIGGERS), secret="s", user_id=OLGA)
    return world


def _service(company: Company, number: int, name: str) -> Service:
    return Service.objects.create(company=company, name=name, duration_min=60, requires_confirmation=number == COLOUR)


DAY = timedelta(days=1)
