"""Whatever our client sends fits Cal.com's OpenAPI document, where that is at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django_redis import get_redis_connection

from calcom.client import CalcomClient
from calcom.client.bookings import Booker, BookingRequest
from calcom.client.filters import BookingFilter
from calcom.client.webhooks import Level
from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.server import running_sandbox
from calcom.sandbox.state import Schedule
from calcom.sandbox.wire import Answer, Request
from companies.models import Company
from tests.conformance.requests_schema import DOCUMENT, problems

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DOCUMENT.exists(), reason="Cal.com's OpenAPI document is not beside the project"),
]
EVERY_DAY = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ANNA = Booker("Anna Probe", "Europe/Berlin", email="anna@example.com", phone="+4930123456", language="de")
JAN = Booker("Jan Probe", "Europe/Berlin", email="jan@example.com")


class Overheard(Sandbox):
    """Keeps what it was asked, and what the document has against it."""

    def __init__(self) -> None:
        world = sample_world()
        hours = [{"days": EVERY_DAY, "startTime": "00:00", "endTime": "23:59"}]
        world.schedules[1] = Schedule(1, 1, "Always", "UTC", hours, [], is_default=True)
        world.users[1].default_schedule_id = 1
        super().__init__(world)
        self.asked: list[str] = []
        self.problems: list[str] = []

    def handle(self, request: Request) -> Answer:
        answer = super().handle(request)
        address = urlsplit(request.path)
        body = json.loads(request.body) if request.body else None
        found = problems(request.method, address.path, dict(parse_qsl(address.query)), request.headers, body)
        self.asked.append(f"{request.method} {address.path} {answer.status}")
        self.problems += [f"{request.method} {address.path}: {one}" for one in found]
        return answer


@pytest.fixture
def overheard() -> Overheard:
    return Overheard()


@pytest.fixture
def client(company: Company, overheard: Overheard) -> Iterator[CalcomClient]:
    get_redis_connection("default").flushdb()
    with running_sandbox(overheard) as running:
        company.calcom_api_key, company.calcom_base_url = OWNER_KEY, running.url
        company.save()
        yield CalcomClient(company)


@pytest.fixture
def morning() -> datetime:
    """A time that is free, in four days."""
    return datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=4)


def new_type(client: CalcomClient, slug: str, **more: object) -> int:
    return client.create_event_type(title=slug, slug=slug, lengthInMinutes=30, **more).id


def test_event_types_and_profile(client, overheard):
    number = new_type(client, "cut", lengthInMinutesOptions=[15, 30])
    client.update_event_type(number, title="Cut and dry", hidden=True)
    client.event_type(number)
    client.event_types()
    client.me()
    assert (overheard.problems, len(overheard.asked)) == ([], 5)


def test_slots_and_reservations(client, overheard, morning):
    number = new_type(client, "cut", lengthInMinutesOptions=[15, 30])
    day = {"starts_at": morning, "ends_at": morning + timedelta(days=1)}
    client.slots(number, **day, length_min=15, with_ends=True)
    client.slots(number, **day, fresh=True)
    hidden = client.reserve(number, starts_at=morning)
    client.reservation(hidden.uid)
    client.move_reservation(hidden.uid, event_type_id=number, starts_at=morning + timedelta(hours=1))
    client.release(hidden.uid)
    assert (overheard.problems, len(overheard.asked)) == ([], 7)


def test_a_booking_and_all_that_can_be_done_with_it(client, overheard, morning):
    number = new_type(client, "cut")
    metadata = {"request": "r-1", "number": 5}
    asked = BookingRequest(number, morning, ANNA, guests=["guest@example.com"], metadata=metadata)
    (made,) = client.create_booking(asked)
    client.slots(number, starts_at=morning, ends_at=morning + timedelta(hours=3), moving_uid=made.uid)
    moved = client.reschedule_booking(made.uid, starts_at=morning + timedelta(hours=1), reason="late train")
    client.booking(moved.uid)
    client.add_guests(moved.uid, [{"email": "more@example.com", "name": "More"}])
    added = client.add_attendee(moved.uid, name="Third", email="third@example.com", time_zone="Europe/Berlin")
    client.attendees(moved.uid)
    client.remove_attendee(moved.uid, added.id)
    client.change_location(moved.uid, {"type": "link", "link": "https://meet.example.com/x"})
    client.cancel_booking(moved.uid, reason="ill")
    assert (overheard.problems, len(overheard.asked)) == ([], 11)


def test_requests_that_a_host_decides(client, overheard, morning):
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
    number = new_type(client, "color", confirmationPolicy=policy)
    (first,) = client.create_booking(BookingRequest(number, morning, ANNA))
    (second,) = client.create_booking(BookingRequest(number, morning + timedelta(hours=1), JAN))
    client.confirm_booking(first.uid)
    client.decline_booking(second.uid, reason="full")
    assert overheard.problems == []


def test_series_and_seats(client, overheard, morning):
    weekly = new_type(client, "weekly", recurrence={"interval": 1, "occurrences": 3, "frequency": "weekly"})
    seats = {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}
    course = new_type(client, "course", seats=seats)
    series = client.create_booking(BookingRequest(weekly, morning, ANNA, occurrences=2))
    client.cancel_booking(series[0].uid, reason="moved away", following=True)
    (seat,) = client.create_booking(BookingRequest(course, morning + timedelta(hours=2), ANNA))
    client.booking_by_seat(seat.seat_uid)
    client.reschedule_booking(seat.uid, starts_at=morning + timedelta(hours=4), seat_uid=seat.seat_uid)
    (other,) = client.create_booking(BookingRequest(course, morning + timedelta(hours=6), JAN))
    client.cancel_booking(other.uid, reason="ill", seat_uid=other.seat_uid)
    assert overheard.problems == []


def test_absence_after_the_start(client, overheard, morning):
    (made,) = client.create_booking(BookingRequest(new_type(client, "cut"), morning, ANNA))
    overheard.world.clock_shift = timedelta(days=5)
    client.mark_absent(made.uid, attendees={"anna@example.com": True}, host=False)
    assert overheard.problems == []


def test_every_filter_of_the_list(client, overheard, morning):
    number = new_type(client, "cut")
    times = {"starts_after": morning, "ends_before": morning, "created_after": morning, "created_before": morning}
    for sort in ("start", "-end", "created", "-updatedAt"):
        wanted = BookingFilter(
            status=["upcoming", "past"],
            attendee_email="anna+x@example.com",
            attendee_name="Anna",
            booking_uid="abc",
            event_type_ids=[number],
            updated_after=morning,
            updated_before=morning,
            sort=sort,
            **times,
        )
        assert list(client.bookings(wanted)) == []
    assert overheard.problems == []


def test_webhooks_of_a_user_and_of_an_event_type(client, overheard):
    for level in (Level(), Level(event_type_id=new_type(client, "cut"))):
        made = client.create_webhook(
            level, url="https://slots.example.com/hook", triggers=["BOOKING_CREATED"], secret="s" * 32
        )
        client.update_webhook(level, made.id, active=False)
        client.webhooks(level)
        client.delete_webhook(level, made.id)
    assert overheard.problems == []
