"""Who the run is about: some companies, each with staff members who offer a cut, and a colour to be confirmed."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appointments.models import Service
from calcom.models import EventType, EventTypeMapping, HostMapping
from companies.models import Branch, Company, Staff
from companies.validators import WEEKDAYS

COMPANIES = 4
STYLISTS = 4
MINUTES = 30
_SERVICES = ("Cut", "Colour")


@dataclass(frozen=True)
class Chair:
    """One staff member's service, as both sides name it."""

    company: Company
    key: str
    staff: Staff
    service: Service
    event_type_id: int


@dataclass(frozen=True)
class Salons:
    """All of them."""

    companies: list[Company]
    chairs: list[Chair]

    def chair_of(self, event_type_id: int) -> Chair:
        """The one that Cal.com calls so."""
        return next(chair for chair in self.chairs if chair.event_type_id == event_type_id)


class Times:
    """Starts, each given to one change only: whoever asks for it is not in anybody's way. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self._first = midnight + timedelta(days=2)
        self._numbers: dict[int, Iterator[int]] = {}

    def next(self, staff_id: int) -> datetime:
        """One more of a staff member's times."""
        with self._lock:
            number = next(self._numbers.setdefault(staff_id, itertools.count()))
        return self._first + timedelta(minutes=MINUTES * number)


def open_salons(calcom_url: str) -> Salons:
    """Make the rows, connected to the server at this address."""
    companies = [_open(number, calcom_url) for number in range(1, COMPANIES + 1)]
    return Salons(companies, [chair for company in companies for chair in _furnish(company)])


def _open(number: int, calcom_url: str) -> Company:
    return Company.objects.create(
        name=f"Salon {number}",
        slug=f"salon-{number}",
        time_zone="UTC",
        calcom_api_key=f"cal_chaos_{secrets.token_hex(12)}",
        calcom_base_url=calcom_url,
        webhook_secret=secrets.token_urlsafe(32),
        requests_per_minute=10_000,
    )


def _furnish(company: Company) -> Iterator[Chair]:
    open_always = {day: ["00:00-24:00"] for day in WEEKDAYS}
    branch = Branch.objects.create(company=company, name="Zentrale", time_zone="UTC", hours=open_always)
    services = [
        Service.objects.create(company=company, name=name, duration_min=MINUTES, requires_confirmation=name == "Colour")
        for name in _SERVICES
    ]
    for number in range(1, STYLISTS + 1):
        staff = Staff.objects.create(company=company, name=f"Stylist {number}", home_branch=branch)
        host_id = company.pk * 100 + number
        email = f"stylist{host_id}@example.com"
        HostMapping.objects.create(company=company, calcom_user_id=host_id, calcom_email=email, staff=staff)
        for index, service in enumerate(services):
            event_type = EventType.objects.create(
                company=company,
                calcom_id=host_id * 10 + index,
                title=service.name,
                length_min=MINUTES,
                host_ids=[host_id],
                requires_confirmation=service.requires_confirmation,
            )
            EventTypeMapping.objects.create(company=company, event_type=event_type, service=service, staff=staff)
            yield Chair(company, company.calcom_api_key, staff, service, event_type.calcom_id)
