"""The demo: two invented companies, made by the deliveries that Cal.com would have sent."""

import hashlib
import hmac
import io
import shlex
from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from appointments.models import Appointment, Attendee, Customer, Service, StaffTime
from appointments.models.appointment import LocationType, Status
from companies.models import Company, Membership, Staff, User
from config import demo
from config.demo.cast import PRACTICE, SALON
from config.demo.highlights import tell_highlights
from config.demo.story import ZONE, Story
from tests.factories import PASSWORD
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

pytestmark = pytest.mark.django_db


def seed(**options: Any) -> str:
    out = io.StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def seeded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Company:
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    monkeypatch.setenv("SLOTKEEPER_VAR", str(tmp_path))
    seed(force=True)
    return Company.objects.get(slug=SALON.slug)


def test_it_refuses_where_debug_is_off() -> None:
    with pytest.raises(CommandError, match="DEBUG is off"):
        seed()
    assert not Company.objects.exists()


def test_a_weak_password_is_refused_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "1234")
    with pytest.raises(CommandError, match="No demo data were made"):
        seed(force=True)
    assert not Company.objects.exists()


def test_a_second_run_changes_nothing_and_says_so(seeded: Company) -> None:
    before = list(Appointment.objects.order_by("pk").values())
    assert "nothing was changed" in seed(force=True)
    assert list(Appointment.objects.order_by("pk").values()) == before


def test_without_a_password_a_random_one_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    password = seed(force=True).splitlines()[-1].rpartition(" ")[2]
    assert User.objects.get(email=SALON.owner_email).check_password(password)


def test_the_salon_has_its_services_staff_and_branches(seeded: Company) -> None:
    assert Service.objects.for_company(seeded).count() == 17
    balayage = Service.objects.get(name="Strähnentechnik Balayage")
    assert (balayage.duration_min, str(balayage.price), balayage.currency) == (180, "255.00", "EUR")
    assert [member.name for member in balayage.staff.all()] == ["Coloristin Clara"]
    assert set(Staff.objects.for_company(seeded).values_list("home_branch__name", flat=True)) == {
        "Zentrale",
        "Zweigstelle",
    }


def test_every_delivery_is_processed_but_the_one_of_an_unknown_event_type(seeded: Company) -> None:
    rest = WebhookEvent.objects.exclude(state=WebhookEvent.State.DONE)
    assert [(event.state, event.waits_for) for event in rest] == [("waiting", "event_type:3719799")]


def test_the_calendar_shows_everything_that_can_happen(seeded: Company) -> None:
    rows = Appointment.objects.for_company(seeded)
    assert 80 <= rows.count() <= 120
    assert set(rows.values_list("status", flat=True)) == set(Status)
    assert {LocationType.IN_PERSON, LocationType.PHONE, LocationType.VIDEO} <= set(
        rows.values_list("location_type", flat=True)
    )
    assert rows.filter(is_recurring=True).count() == 4
    assert rows.get(is_seated=True).requires_manual_review
    assert rows.filter(reschedule_count=1, previous_starts_at__isnull=False).exists()
    assert rows.exclude(cancellation_reason="").exists()
    assert Attendee.objects.for_company(seeded).filter(is_guest=True).exists()
    assert any(row.has_custom_responses for row in rows)


def test_appointments_have_service_branch_staff_and_customer(seeded: Company) -> None:
    assert not Appointment.objects.filter(service=None).exists()
    assert not Appointment.objects.filter(branch=None).exists()
    assert not Appointment.objects.filter(staff=None).exists()
    assert not Appointment.objects.filter(customer=None).exists()
    assert not Customer.objects.exclude(email__endswith="@example.com").exists()


def test_only_the_deliberate_double_booking_overlaps(seeded: Company) -> None:
    assert Appointment.objects.filter(is_double_booked=True).count() == 1
    live = Appointment.objects.exclude(status__in=[Status.CANCELLED, Status.REJECTED])
    assert StaffTime.objects.count() == live.count() - 1


def test_nothing_happens_on_sundays_or_outside_of_working_hours(seeded: Company) -> None:
    members = {member.name: member for company in (SALON, PRACTICE) for member in company.staff}
    for row in Appointment.objects.select_related("staff"):
        member = members[row.booked_staff_name]
        start, end = row.starts_at.astimezone(ZONE), row.ends_at.astimezone(ZONE)
        assert start.weekday() in member.weekdays
        assert member.opens <= start.time() < end.time() <= member.closes


def test_each_owner_sees_one_company(seeded: Company) -> None:
    practice = User.objects.get(email=PRACTICE.owner_email)
    seen = Appointment.objects.visible_to(practice)
    assert seen.exists()
    assert not seen.filter(company=seeded).exists()
    assert Membership.objects.get(user__email=SALON.team_email).role == Membership.Role.STAFF


@pytest.mark.parametrize("weekday", range(7))
def test_on_every_weekday_the_story_is_of_the_same_size_and_as_colourful(weekday: int) -> None:
    story = Story(SALON, date(2026, 12, 21) + timedelta(days=weekday), busyness=3)
    tell_highlights(story)
    told = Counter(delivery.body["triggerEvent"] for delivery in story.deliveries())
    assert 80 <= told["BOOKING_CREATED"] <= 120
    assert min(told[f"BOOKING_{news}"] for news in ("RESCHEDULED", "CANCELLED", "REJECTED", "NO_SHOW_UPDATED")) > 0
    assert told["BOOKING_REQUESTED"] > told["BOOKING_REJECTED"]


def test_the_same_day_tells_the_same_story() -> None:
    one, other = (Story(PRACTICE, date(2026, 11, 19), busyness=1).deliveries() for _ in range(2))
    assert [delivery.body for delivery in one] == [delivery.body for delivery in other]


def test_the_welcome_names_the_logins(seeded: Company) -> None:
    text = "\n".join(demo.welcome())
    assert f"Password of all three: {PASSWORD}" in text
    assert all(email in text for email in (SALON.owner_email, SALON.team_email, PRACTICE.owner_email))


def test_the_welcome_forgets_a_password_that_was_changed(seeded: Company) -> None:
    owner = User.objects.get(email=SALON.owner_email)
    owner.set_password("another-one-entirely")
    owner.save()
    assert PASSWORD not in "\n".join(demo.welcome())


def test_the_curl_line_posts_a_delivery_that_becomes_an_appointment(seeded: Company, client: Client) -> None:
    words = shlex.split(demo.welcome()[-1])
    body = Path(words[-1].removeprefix("@")).read_bytes()
    signature = next(word for word in words if word.startswith("X-Cal-Signature-256: ")).partition(": ")[2]
    assert signature == hmac.new(seeded.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    address = reverse("company_webhook", args=[seeded.webhook_token])
    assert words[1] == f"http://testserver{address}"
    client.post(address, body, content_type="application/json", headers={"X-Cal-Signature-256": signature})
    drain_all()
    made = Appointment.objects.get(booked_customer_name="Zoë O'Neill-Größe")
    assert not made.is_double_booked
    assert time(10) <= made.starts_at.astimezone(ZONE).time() < made.ends_at.astimezone(ZONE).time() <= time(19)


def test_without_the_demo_there_is_no_welcome() -> None:
    assert demo.welcome() == []
