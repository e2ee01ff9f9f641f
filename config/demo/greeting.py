"""What a developer reads when the demo runs: how to log in, what to try, and a delivery to post."""

from __future__ import annotations

import os
import shlex
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from appointments.models import Appointment
from companies.credentials import webhook_address
from companies.models import Company, User
from config.demo import bodies
from config.demo.booking import Booking, Host, Offer, Person
from config.demo.cast import PRACTICE, SALON
from config.demo.story import ZONE


def lines() -> list[str]:
    """Lines to print; none where the demo's companies are gone. Writes the delivery that its last line posts."""
    salon = Company.objects.filter(slug=SALON.slug).first()
    if salon is None or not salon.webhook_secret:
        return []
    portal = f"{settings.PUBLIC_BASE_URL}/admin/"
    password = _password()
    return [
        f"Portal: {portal}",
        f"  {SALON.owner_email:<22} owner of {SALON.name}",
        f"  {SALON.team_email:<22} staff member of {SALON.name}",
        f"  {PRACTICE.owner_email:<22} owner of {PRACTICE.name}, another company: neither sees the other",
        f"  Password of all three: {password}",
        "",
        "Post a delivery as Cal.com signs it, and see the appointment of Zoë O'Neill-Größe on the first page:",
        f"  {_curl(salon)}",
    ]


def _password() -> str:
    """The one from the environment, as long as it is still right."""
    password = os.environ.get("DEMO_PASSWORD", "")
    owner = User.objects.by_email(SALON.owner_email).first()
    if password and owner is not None and owner.check_password(password):
        return password
    return f"as you set it (python3 start.py changepassword {SALON.owner_email})"


def _curl(company: Company) -> str:
    """A line for a shell. The body stands in a file: the signature is over its bytes, which no quoting may change."""
    file = _directory() / "demo-delivery.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    raw = bodies.encode(_fresh_booking(company))
    file.write_bytes(raw)
    words = [
        "curl",
        webhook_address(company),
        "-H",
        "Content-Type: application/json",
        "-H",
        f"X-Cal-Signature-256: {bodies.sign(raw, company.webhook_secret)}",
        "--data-binary",
        f"@{file}",
    ]
    return shlex.join(words)


def _directory() -> Path:
    """Where the developer's stack keeps its things; `reset` throws it away."""
    return Path(os.environ.get("SLOTKEEPER_VAR") or settings.BASE_DIR / "var").resolve() / "dev"


def _fresh_booking(company: Company) -> bodies.Body:
    """A new booking at the next free time of the second stylist."""
    member, service = SALON.staff[1], SALON.service("Waschen & Styling")
    now = datetime.now(ZONE)
    starts_at = datetime.combine(now.date() + timedelta(days=1), time(10), ZONE)
    taken = Appointment.objects.for_company(company).filter(staff__name=member.name)
    length = timedelta(minutes=service.minutes)
    while (
        starts_at.weekday() not in member.weekdays
        or not member.opens <= starts_at.time() < (starts_at + length).time() <= member.closes
        or taken.filter(starts_at__lt=starts_at + length, ends_at__gt=starts_at).exists()
    ):
        starts_at += length
    booking = Booking(
        uid=uuid4().hex[:22],
        number=company.calcom_team_id * 100 if company.calcom_team_id else 1,
        offer=Offer(id=service.event_type_id, title=service.name, minutes=service.minutes),
        host=Host(id=member.calcom_user_id, name=member.name, email=member.email),
        starts_at=starts_at,
        people=(Person(name="Zoë O'Neill-Größe", email="zoe.oneill@example.com", phone="+493023125900"),),
        place=SALON.branch_of(member).place,
        note="Schönes Wetter, wär's recht?",
    )
    return bodies.created(booking, sent_at=now)
