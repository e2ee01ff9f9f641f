"""A Cal.com account with some stylists who work around the clock, and the company here that has it."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from appointments.models import Service
from calcom.models import EventType, EventTypeMapping, HostMapping
from calcom.sandbox.app import Sandbox
from calcom.sandbox.event_type_defaults import fields_of
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.server import running_sandbox
from calcom.sandbox.state import EventType as Offered
from calcom.sandbox.state import Schedule, User, World
from companies.models import Branch, Company, Staff

KEY = OWNER_KEY
STYLISTS = 40
LENGTH = timedelta(minutes=30)
_FIRST_EVENT_TYPE = 700
_FIRST_USER = 100
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_HOURS = {"days": _DAYS, "startTime": "00:00", "endTime": "23:59"}
_FIRST_DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=14)
_START_PATIENCE_S = 30.0


def slot(index: int) -> tuple[int, datetime]:
    """The stylist and the start of one of many bookings, none of which overlap."""
    return index % STYLISTS, _FIRST_DAY + index // STYLISTS * LENGTH


def event_type_of(stylist: int) -> int:
    """The id of what is booked for a stylist."""
    return _FIRST_EVENT_TYPE + stylist


def make_world() -> World:
    """The account: an event type for each stylist, and a key that is never used up."""
    world = sample_world()
    world.api_keys[KEY].limit = 10**9
    owner = world.api_keys[KEY].user_id
    for stylist in range(STYLISTS):
        number = _FIRST_USER + stylist
        email = f"stylist{stylist}@example.com"
        world.users[number] = User(number, f"stylist{stylist}", f"Stylist {stylist}", email, default_schedule_id=number)
        world.schedules[number] = Schedule(number, number, "Hours", "UTC", [_HOURS], [], is_default=True)
        fields = fields_of({}) | {"minimumBookingNotice": 0}
        title, slug = f"Haircut {stylist}", f"haircut-{stylist}"
        made = Offered(event_type_of(stylist), owner, title, slug, 30, [number], fields)
        world.event_types[made.id] = made
    return world


def make_company(base_url: str) -> list[Service]:
    """The company, its budget never used up, with everything mapped. Returns the stylists' services, in order."""
    company = Company.objects.create(
        name="Bench", slug="bench", calcom_api_key=KEY, calcom_base_url=base_url, requests_per_minute=10_000_000
    )
    branch = Branch.objects.create(company=company, name="Zentrale")
    services = []
    for stylist in range(STYLISTS):
        staff = Staff.objects.create(company=company, name=f"Stylist {stylist}", home_branch=branch)
        HostMapping.objects.create(
            company=company,
            calcom_user_id=_FIRST_USER + stylist,
            calcom_email=f"stylist{stylist}@example.com",
            staff=staff,
            state=HostMapping.State.CONFIRMED,
        )
        service = Service.objects.create(company=company, name=f"Haircut {stylist}", duration_min=30, price="25.00")
        event_type = EventType.objects.create(
            company=company,
            calcom_id=event_type_of(stylist),
            title=service.name,
            length_min=30,
            host_ids=[_FIRST_USER + stylist],
        )
        EventTypeMapping.objects.create(
            company=company, event_type=event_type, service=service, branch=branch, staff=staff
        )
        services.append(service)
    return services


@contextlib.contextmanager
def running_account(prepare: Callable[[Sandbox], None]) -> Iterator[str]:
    """The account's server, in a process of its own, for as long as the block lasts. Yields its base URL."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, prepare), daemon=True)
    process.start()
    try:
        if not ours.poll(_START_PATIENCE_S):
            raise RuntimeError("The small Cal.com does not start.")
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Any, prepare: Callable[[Sandbox], None]) -> None:
    sandbox = Sandbox(make_world())
    prepare(sandbox)
    with running_sandbox(sandbox) as running:
        pipe.send(running.url)
        pipe.recv()
