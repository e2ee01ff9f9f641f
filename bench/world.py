"""What is benchmarked with: eight invented companies, and as many distinct deliveries as are wanted."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection
from django_redis import get_redis_connection

from appointments.models import Service
from calcom.models import EventType, EventTypeMapping, HostMapping
from companies.models import Branch, Company, Staff
from config.demo import bodies
from config.demo.booking import Booking, Host, Offer, Person, Place
from webhooks import inbox

COMPANIES = 8
HOSTS = 5
_REGULARS = 0.3  # of the deliveries are from customers who have booked before
_FIRST_DAY = datetime(2030, 1, 7, 0, 0, tzinfo=UTC)
_SENT_AT = datetime(2029, 12, 1, 8, 0, tzinfo=UTC)
_TABLES = (
    "webhooks_webhookevent",
    "appointments_push",
    "appointments_appointmentchange",
    "appointments_attendee",
    "appointments_formeruid",
    "appointments_stafftime",
    "appointments_erasedappointment",
    "appointments_appointment",
    "appointments_customer",
)


@dataclass(frozen=True)
class Tenant:
    """A company as the bench needs it."""

    id: int
    token: str
    secret: str

    @property
    def path(self) -> str:
        """Its webhook address."""
        return f"/api/webhooks/calcom/{self.token}"


def found_companies() -> list[Tenant]:
    """Make the companies, each with a branch, staff, services and mappings."""
    return [_found(number) for number in range(1, COMPANIES + 1)]


def announce(tenants: list[Tenant], directory: Path) -> Path:
    """Write a file with the secrets and the INSERT, for the bare server, which knows no Django."""
    file = directory / "tenants.json"
    file.touch(mode=0o600)
    told = {tenant.path: [tenant.id, tenant.secret] for tenant in tenants}
    file.write_text(json.dumps({"tenants": told, "insert": inbox._INSERT}))
    return file


def deliveries(tenant: Tenant, count: int, *, run: str = "run") -> list[bytes]:
    """Distinct BOOKING_CREATED bodies of about 2.1 kB: no two of one host overlap, some bookers come again."""
    newcomers = max(1, round(count * (1 - _REGULARS)))
    return [bodies.encode(_body(tenant, index, newcomers, run)) for index in range(count)]


def empty() -> None:
    """Throw away all deliveries and what became of them, and every message and cached value."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_TABLES)} RESTART IDENTITY")
        cursor.execute("CHECKPOINT")
    get_redis_connection("default").flushdb()


def _found(number: int) -> Tenant:
    company = Company.objects.create(
        name=f"Bench {number}", slug=f"bench-{number}", webhook_secret=secrets.token_urlsafe(32)
    )
    branch = Branch.objects.create(company=company, name="Zentrale")
    for host in range(1, HOSTS + 1):
        staff = Staff.objects.create(company=company, name=f"Stylist {host}", home_branch=branch)
        HostMapping.objects.create(company=company, calcom_user_id=_host_id(company.pk, host), staff=staff)
        service = Service.objects.create(company=company, name=f"Service {host}", duration_min=30, price="25.00")
        event_type = EventType.objects.create(
            company=company, calcom_id=_event_type_id(company.pk, host), title=f"Service {host}"
        )
        EventTypeMapping.objects.create(company=company, event_type=event_type, service=service, branch=branch)
    return Tenant(company.pk, company.webhook_token, company.webhook_secret)


def _body(tenant: Tenant, index: int, newcomers: int, run: str) -> bodies.Body:
    host, slot = index % HOSTS + 1, index // HOSTS
    person = index % newcomers
    booker = Person(name=f"Karla Kundin {person}", email=f"karla.{tenant.id}.{person}@example.com", phone="+4930901820")
    booking = Booking(
        uid=f"{run}{tenant.id:02d}x{index:08d}bookinguid"[:22],
        number=tenant.id * 1_000_000 + index,
        offer=Offer(id=_event_type_id(tenant.id, host), title=f"Service {host}", minutes=30),
        host=Host(id=_host_id(tenant.id, host), name=f"Stylist {host}", email=f"host{host}@example.com"),
        starts_at=_FIRST_DAY + timedelta(minutes=30 * slot),
        people=(booker,),
        place=Place(kind="inPerson", text="Musterstraße 1, 10115 Berlin"),
        answers={"wunsch": ("Wünsche", "kurz & „glatt“")},
    )
    return bodies.created(booking, sent_at=_SENT_AT + timedelta(seconds=index))


def _host_id(company_id: int, host: int) -> int:
    return company_id * 100 + host


def _event_type_id(company_id: int, host: int) -> int:
    return 700_000 + company_id * 100 + host
