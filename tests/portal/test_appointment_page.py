"""An appointment's page: tabs, who sees which, and that nothing on it can do harm."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from appointments.models import Appointment, AppointmentChange, Attendee, FormerUid
from companies.models import Company
from tests.factories import BranchFactory
from tests.portal.conftest import As
from tests.portal.factories import AppointmentFactory, AttendeeFactory, ChangeFactory, CustomerFactory


def page(appointment: Appointment) -> str:
    return f"/admin/appointments/appointment/{appointment.pk}/change/"


def tab(client: Client, appointment: Appointment, slug: str) -> str:
    """The HTML of one tab; empty where it is not there."""
    parts = client.get(page(appointment)).text.split(f'<section id="{slug}-group"')
    return parts[1].split("</section>")[0] if len(parts) == 2 else ""


@pytest.fixture
def row(company: Company) -> Appointment:
    return AppointmentFactory.create(
        company=company,
        booked_service_name="Cut",
        calcom_booking_uid="hK3mVq8ZtL2x",
        ical_uid="hK3mVq8ZtL2x@cal.com",
        payload={"uid": "hK3mVq8ZtL2x", "oneTimePassword": "8a1d7c0e"},
        recording_url="https://app.cal.com/api/video/recording?token=t0ken",
    )


def test_every_matter_has_its_tab(owner: Client, row: Appointment) -> None:
    tabs = [one.slug for one in owner.get(page(row)).context["record_tabs"]]
    assert tabs == [
        "general",
        "attendees",
        "answers",
        "location",
        "hosts",
        "recurrence",
        "cancellation",
        "history",
        "payload",
    ]


def test_an_empty_tab_has_a_sentence(owner: Client, company: Company) -> None:
    bare = AppointmentFactory.create(company=company, branch=None, staff=None, service=None, customer=None)
    for one in owner.get(page(bare)).context["record_tabs"]:
        assert one.shown or str(one.empty)


def test_staff_see_neither_history_nor_payload_nor_uid(as_role: As, row: Appointment) -> None:
    FormerUid.objects.create(company=row.company, appointment=row, uid="qR7nPwYcD4a")
    answer = as_role("staff").get(page(row))
    assert {"history", "payload"}.isdisjoint(one.slug for one in answer.context["record_tabs"])
    assert all(secret not in answer.text for secret in ("hK3mVq8ZtL2x", "qR7nPwYcD4a", "t0ken"))


@pytest.mark.parametrize("role", ["owner", "manager", "auditor"])
def test_those_who_may_read_the_payload_see_the_uid(as_role: As, row: Appointment, role: str) -> None:
    FormerUid.objects.create(company=row.company, appointment=row, uid="qR7nPwYcD4a")
    client = as_role(role)
    assert "hK3mVq8ZtL2x" in tab(client, row, "general")
    assert "qR7nPwYcD4a" in tab(client, row, "general")
    assert "hK3mVq8ZtL2x" in tab(client, row, "payload")


def test_the_payload_is_folded_and_without_passwords(owner: Client, row: Appointment) -> None:
    shown = tab(owner, row, "payload")
    assert "<details" in shown
    assert "<details open" not in shown
    assert "8a1d7c0e" not in shown


def test_times_are_the_branchs(owner: Client, company: Company) -> None:
    branch = BranchFactory.create(company=company, time_zone="Europe/Lisbon")
    row = AppointmentFactory.create(company=company, branch=branch, starts_at=datetime(2026, 12, 8, 9, 30, tzinfo=UTC))
    assert "Tue 8 Dec 2026, 09:30 – 10:15 (Europe/Lisbon)" in tab(owner, row, "general")


def test_answers_are_shown_by_their_question(owner: Client, row: Appointment) -> None:
    answers(
        row,
        name={"label": "your_name", "value": "Tomas Vogel", "isHidden": False},
        attendeePhoneNumber={"label": "phone_number", "isHidden": True, "value": "+491510000001"},
        notes={"label": "additional_notes", "isHidden": False},
        location={"label": "location", "value": {"optionValue": "", "value": "integrations:daily"}},
        guests={"label": "additional_guests", "value": ["ada@example.com", "bo@example.com"]},
        branche={"label": "Branche", "value": "Handwerk"},
        newsletter={"label": "", "value": True},
    )
    shown = tab(owner, row, "answers")
    assert "<dt>Name</dt><dd>Tomas Vogel</dd>" in shown
    assert "<dt>Location</dt><dd>Cal Video</dd>" in shown
    assert "<dt>Guests</dt><dd>ada@example.com, bo@example.com</dd>" in shown
    assert "<dt>Branche</dt><dd>Handwerk</dd>" in shown
    assert "<dt>Newsletter</dt><dd>Yes</dd>" in shown
    assert "+491510000001" not in shown
    assert "Notes" not in shown


def test_standard_questions_are_asked_in_german(owner: Client, row: Appointment) -> None:
    answers(row, notes={"label": "additional_notes", "value": "Bitte pünktlich"})
    owner.cookies["django_language"] = "de"
    assert "<dt>Notizen</dt><dd>Bitte pünktlich</dd>" in tab(owner, row, "answers")


@pytest.mark.parametrize("responses", [[], "text", {"name": "plain"}, {"x": {"value": {"a": {"b": [1, None]}}}}, None])
def test_answers_of_any_shape_break_nothing(owner: Client, row: Appointment, responses: Any) -> None:
    if responses is not None:
        Appointment.objects.filter(pk=row.pk).update(responses=responses, hosts=responses, payload=responses)
    assert owner.get(page(row)).status_code == 200


def test_each_seat_has_its_state_and_its_own_answers(owner: Client, row: Appointment) -> None:
    Appointment.objects.filter(pk=row.pk).update(is_seated=True)
    AttendeeFactory.create(appointment=row, name="Ada", responses={"notes": {"label": "notes", "value": "Yoga"}})
    AttendeeFactory.create(appointment=row, name="Bo", state=Attendee.State.GONE, leaving_reason="ill")
    assert "Yoga" in tab(owner, row, "answers")
    attendees = tab(owner, row, "attendees")
    assert all(text in attendees for text in ("Ada", "attends", "Bo", "left", "ill"))


def test_a_seat_uid_is_for_those_who_may_read_the_payload(as_role: As, row: Appointment) -> None:
    Appointment.objects.filter(pk=row.pk).update(is_seated=True)
    AttendeeFactory.create(appointment=row, seat_uid="5eat-uid")
    assert "5eat-uid" in tab(as_role("manager"), row, "attendees")
    assert "5eat-uid" not in tab(as_role("staff"), row, "attendees")


def test_only_addresses_of_the_web_become_links(owner: Client, row: Appointment) -> None:
    fields = {"meeting_url": "javascript:alert(1)", "location_value": "https://meet.example.com/a?b=1&c=<2>"}
    Appointment.objects.filter(pk=row.pk).update(location_type="video", **fields)
    shown = tab(owner, row, "location")
    assert 'href="javascript' not in shown
    assert "javascript:alert(1)" in shown
    assert 'href="https://meet.example.com/a?b=1&amp;c=&lt;2&gt;" target="_blank" rel="noopener noreferrer"' in shown


def test_nothing_on_the_page_is_markup(owner: Client, company: Company) -> None:
    evil = "<script>alert(1)</script>"
    customer = CustomerFactory.create(company=company, name=evil)
    row = AppointmentFactory.create(
        company=company,
        customer=customer,
        title=evil,
        cancellation_reason=evil,
        cancelled_by=evil,
        sync_error=evil,
        location_type="other",
        location_value=evil,
        hosts=[{"id": evil, "name": evil, "email": evil}],
        responses={evil: {"label": evil, "value": evil}},
        payload={evil: evil},
    )
    AttendeeFactory.create(appointment=row, name=evil, time_zone=evil, leaving_reason=evil)
    ChangeFactory.create(appointment=row, actor_name=evil, reason=evil, details={"title": [evil, evil]})
    assert "<script>alert(1)" not in owner.get(page(row)).text


def test_history_tells_what_was_and_what_became_of_it(owner: Client, row: Appointment) -> None:
    north, south = (BranchFactory.create(company=row.company, name=name) for name in ("North", "South"))
    ChangeFactory.create(
        appointment=row,
        action=AppointmentChange.Action.MOVED,
        actor_name="ada@example.com",
        reason="ill",
        details={
            "starts_at": ["2026-12-08T09:30:00+00:00", "2026-12-09T09:30:00+00:00"],
            "status": ["pending", "confirmed"],
            "branch": [north.pk, south.pk],
            "attendees": [[["Ada", "active", False]], [["Ada", "gone", False], ["Bo", "active", True]]],
            "answers": [{}, {"notes": {"label": "notes", "value": "late"}}],
            "uid": ["former", "present"],
        },
    )
    shown = tab(owner, row, "history")
    assert "start: Tue 8 Dec 2026, 10:30 → Wed 9 Dec 2026, 10:30" in shown
    assert "status: pending → confirmed" in shown
    assert "branch: North → South" in shown
    assert "attendees: Ada → Ada (left), Bo (did not come)" in shown
    assert "Notes: – → late" in shown
    assert "reason: ill" in shown
    assert "former" not in shown


@pytest.mark.parametrize("details", [{"starts_at": ["soon", None]}, {"branch": ["x", 99]}, {"attendees": ["a", [1]]}])
def test_odd_details_break_nothing(owner: Client, row: Appointment, details: dict[str, Any]) -> None:
    ChangeFactory.create(appointment=row, details=details)
    assert owner.get(page(row)).status_code == 200


def test_a_series_links_its_other_appointments(owner: Client, company: Company) -> None:
    one, other = AppointmentFactory.create_batch(2, company=company, is_recurring=True, recurring_event_id="rec1")
    foreign = AppointmentFactory.create(is_recurring=True, recurring_event_id="rec1")
    shown = tab(owner, one, "recurrence")
    assert page(other) in shown
    assert page(foreign) not in shown


def test_moves_and_cancellation_have_a_tab(owner: Client, row: Appointment) -> None:
    moved_from = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    changes = {"reschedule_count": 2, "previous_starts_at": moved_from, "cancellation_reason": "flu\nagain"}
    Appointment.objects.filter(pk=row.pk).update(**changes)
    shown = tab(owner, row, "cancellation")
    assert "Tue 1 Dec 2026, 09:00" in shown
    assert "<dt>Moves</dt><dd>2</dd>" in shown
    assert "flu\nagain" in shown


@pytest.mark.parametrize("role", ["owner", "manager", "staff", "auditor"])
def test_nobody_writes_columns_here(as_role: As, row: Appointment, role: str) -> None:
    client = as_role(role)
    assert client.post(page(row), {"title": "mine"}).status_code == 403
    assert client.post(page(row).replace("change", "delete"), {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.title == ""


def answers(row: Appointment, **responses: dict[str, Any]) -> None:
    Appointment.objects.filter(pk=row.pk).update(responses=responses)
