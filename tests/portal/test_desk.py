"""The buttons of an appointment's page: each posts through its use case, and is closed to whoever may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from appointments.models import Appointment, Push
from appointments.models.appointment import Status, SyncStatus
from companies.models import Company
from tests.conftest import LogIn
from tests.factories import BranchFactory, MembershipFactory
from tests.portal.conftest import As
from tests.portal.desk import address, appointment, buttons, form, page, pushed, said
from tests.portal.factories import AttendeeFactory

AN_HOUR_AGO = -timedelta(minutes=30)
IN_A_WEEK = timezone.now() + timedelta(days=7)
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("move", {}, {"day": f"{IN_A_WEEK:%Y-%m-%d}", "clock": "10:30"}, Status.CONFIRMED),
    ("cancel", {}, {"reason": "ill"}, Status.CANCELLED),
    ("confirm", {"status": Status.PENDING}, {}, Status.CONFIRMED),
    ("decline", {"status": Status.PENDING}, {"reason": "closed"}, Status.REJECTED),
    ("complete", {"begins": AN_HOUR_AGO}, {}, Status.COMPLETED),
]


@pytest.mark.parametrize(("action", "row", "values", "status"), CASES)
@pytest.mark.parametrize("role", ["owner", "manager"])
def test_owners_and_managers_change_appointments(
    as_role: As, company: Company, role: str, action: str, row: dict[str, Any], values: dict[str, Any], status: str
) -> None:
    changed = appointment(company, **row)
    answer = as_role(role).post(address(changed, action), form(changed, **values))
    changed.refresh_from_db()
    assert (answer.headers["HX-Redirect"], changed.status) == (page(changed), status)
    assert changed.changes.get().side == "portal"


@pytest.mark.parametrize(("action", "row", "values", "_status"), CASES)
@pytest.mark.parametrize("who", ["auditor", "staff", "stranger"])
def test_nobody_else_does(
    as_role: As,
    stranger: Client,
    company: Company,
    who: str,
    action: str,
    row: dict[str, Any],
    values: dict[str, Any],
    _status: str,
) -> None:
    kept = appointment(company, **row)
    client = stranger if who == "stranger" else as_role(who)
    assert client.post(address(kept, action), form(kept, **values)).status_code == 403
    assert client.get(address(kept, action)).status_code == 403
    assert Appointment.objects.get(pk=kept.pk).version == kept.version


@pytest.mark.parametrize("action", ["absent", "send", "try-again", "drop", "conflict"])
@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_nobody_else_decides(as_role: As, stranger: Client, company: Company, who: str, action: str) -> None:
    row = appointment(company, begins=AN_HOUR_AGO)
    push = pushed(row, Push.State.NEEDS_STAFF)
    client = stranger if who == "stranger" else as_role(who)
    assert client.post(address(row, action), form(row, side="ours")).status_code == 403
    push.refresh_from_db()
    assert push.state == Push.State.NEEDS_STAFF


def test_an_owner_of_another_company_who_is_an_auditor_here_only_reads(log_in: LogIn, company: Company) -> None:
    user = MembershipFactory.create().user
    MembershipFactory.create(user=user, company=company, role="auditor")
    row = appointment(company)
    client = log_in(user)
    assert client.get(page(row)).status_code == 200
    assert client.post(address(row, "cancel"), form(row, reason="ill")).status_code == 403


def test_a_form_of_another_site_is_refused(company: Company) -> None:
    row = appointment(company)
    client = Client(enforce_csrf_checks=True)
    client.force_login(MembershipFactory.create(company=company).user, backend="companies.roles.RoleBackend")
    assert client.post(address(row, "cancel"), form(row, reason="ill")).status_code == 403
    assert Appointment.objects.get(pk=row.pk).status == Status.CONFIRMED


def test_a_stale_page_changes_nothing_and_is_shown_anew(owner: Client, company: Company) -> None:
    row = appointment(company)
    stale = form(row, reason="ill")
    Appointment.objects.filter(pk=row.pk).update(version=row.version + 1)
    answer = owner.post(address(row, "cancel"), stale)
    assert answer.headers["HX-Redirect"] == page(row)
    assert said(answer) == ["Somebody has changed this appointment meanwhile. Look at it again before changing it."]
    assert Appointment.objects.get(pk=row.pk).status == Status.CONFIRMED


def test_a_stale_page_is_told_so_also_where_nothing_is_possible_any_more(owner: Client, company: Company) -> None:
    row = appointment(company)
    stale = form(row, day="2026-12-08", clock="10:00")
    Appointment.objects.filter(pk=row.pk).update(version=row.version + 1, status="cancelled", told_status="cancelled")
    assert "Somebody has changed" in said(owner.post(address(row, "move"), stale))[0]


@pytest.mark.parametrize("version", ["", "x", "-1"])
def test_a_form_without_its_version_is_not_taken(owner: Client, company: Company, version: str) -> None:
    row = appointment(company)
    answer = owner.post(address(row, "cancel"), form(row, reason="ill") | {"version": version})
    assert "HX-Redirect" not in answer.headers
    assert Appointment.objects.get(pk=row.pk).status == Status.CONFIRMED


def test_a_dialog_is_about_the_version_on_the_page(owner: Client, company: Company) -> None:
    row = appointment(company)
    path = next(one["path"] for one in owner.get(page(row)).context["actions_detail"] if "cancel" in one["path"])
    Appointment.objects.filter(pk=row.pk).update(version=row.version + 5)
    assert f'name="version" value="{row.version}"' in owner.get(path).text


def test_a_refusal_is_said_in_the_dialog(owner: Client, company: Company) -> None:
    row = appointment(company)
    answer = owner.post(address(row, "move"), form(row, day="2020-01-07", clock="10:00"))
    assert "That time is past. Possible from" in answer.text
    assert 'id="dialog-form"' in answer.text


def test_a_taken_time_is_refused(owner: Client, company: Company) -> None:
    first = appointment(company)
    owner.post(address(first, "move"), form(first, day=f"{IN_A_WEEK:%Y-%m-%d}", clock="10:30"))
    second = appointment(company, staff=first.staff, branch=first.branch)
    answer = owner.post(address(second, "move"), form(second, day=f"{IN_A_WEEK:%Y-%m-%d}", clock="10:45"))
    assert "HX-Redirect" not in answer.headers
    assert Appointment.objects.get(pk=second.pk).starts_at == second.starts_at


def test_times_are_meant_in_the_branchs_zone(owner: Client, company: Company) -> None:
    branch = BranchFactory.create(company=company, time_zone="Europe/Lisbon")
    row = appointment(company, branch=branch)
    owner.post(address(row, "move"), form(row, day=f"{IN_A_WEEK:%Y-%m-%d}", clock="10:30"))
    row.refresh_from_db()
    assert f"{row.starts_at.astimezone(branch.time_zone):%H:%M}" == "10:30"


@pytest.mark.parametrize(
    ("day", "clock", "sentence"),
    [
        ("2027-03-28", "02:30", "clocks in Europe/Berlin go forward"),
        ("2027-10-31", "02:30", "Clocks show 02:30 twice on Sun 31 Oct 2027"),
        ("0001-01-01", "00:00", "Ensure this value is"),
        ("9999-12-31", "23:59", "Ensure this value is"),
    ],
)
def test_a_time_that_never_comes_or_comes_twice_is_refused(
    owner: Client, company: Company, day: str, clock: str, sentence: str
) -> None:
    row = appointment(company)
    assert sentence in owner.post(address(row, "move"), form(row, day=day, clock=clock)).text
    assert Appointment.objects.get(pk=row.pk).starts_at == row.starts_at


def test_a_cancellation_needs_a_reason(owner: Client, company: Company) -> None:
    row = appointment(company)
    assert "This field is required." in owner.post(address(row, "cancel"), form(row, reason=" ")).text


def test_who_did_not_come_is_marked_and_unmarked(owner: Client, company: Company) -> None:
    row = appointment(company, begins=AN_HOUR_AGO)
    bo = AttendeeFactory.create(appointment=row, name="Bo")
    owner.post(address(row, "absent"), form(row, absent=[bo.pk]))
    assert [one.no_show for one in row.attendees.order_by("pk")] == [False, True]
    owner.post(address(row, "absent"), form(row))
    assert not row.attendees.filter(no_show=True).exists()


def test_somebody_has_to_be_absent(owner: Client, company: Company) -> None:
    row = appointment(company, begins=AN_HOUR_AGO)
    assert "Choose who did not come." in owner.post(address(row, "absent"), form(row)).text


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, {"move", "cancel"}),
        ({"begins": AN_HOUR_AGO}, {"move", "cancel", "absent", "complete"}),
        ({"begins": -timedelta(days=1)}, {"absent", "complete"}),
        ({"status": Status.PENDING}, {"confirm", "decline", "move", "cancel"}),
        ({"status": Status.REJECTED}, {"confirm"}),
        ({"status": Status.CANCELLED}, set()),
        ({"status": Status.COMPLETED, "begins": AN_HOUR_AGO}, {"absent"}),
    ],
)
def test_the_page_offers_what_is_possible(
    owner: Client, company: Company, row: dict[str, Any], expected: set[str]
) -> None:
    assert buttons(owner, appointment(company, **row)) == expected


def test_staff_and_auditors_are_offered_nothing(as_role: As, company: Company) -> None:
    row = appointment(company)
    assert buttons(as_role("staff"), row) == buttons(as_role("auditor"), row) == set()


@pytest.mark.parametrize(
    ("state", "operation", "expected"),
    [
        (Push.State.PENDING, Push.Operation.MOVE, {"send"}),
        (Push.State.UNCLEAR, Push.Operation.MOVE, {"send"}),
        (Push.State.IN_FLIGHT, Push.Operation.MOVE, set()),
        (Push.State.NEEDS_STAFF, Push.Operation.MOVE, {"try-again", "drop"}),
        (Push.State.NEEDS_STAFF, Push.Operation.CREATE, {"try-again"}),
    ],
)
def test_what_was_not_sent_can_be_sent(
    owner: Client, company: Company, state: str, operation: str, expected: set[str]
) -> None:
    row = appointment(company)
    pushed(row, state, operation)
    assert buttons(owner, row) - {"move", "cancel"} == expected


@pytest.mark.parametrize(("action", "state"), [("send", Push.State.PENDING), ("try-again", Push.State.NEEDS_STAFF)])
def test_sending_makes_it_due_at_once(owner: Client, company: Company, action: str, state: str) -> None:
    row = appointment(company)
    push = pushed(row, state, next_at=None, attempts=12, trouble=Push.Trouble.REFUSED, error="no")
    assert said(owner.post(address(row, action), form(row))) == ["It is being sent."]
    push.refresh_from_db()
    row.refresh_from_db()
    assert (push.state, push.attempts, row.sync_status) == (Push.State.PENDING, 0, SyncStatus.PENDING)


def test_a_refused_change_is_dropped(owner: Client, company: Company) -> None:
    row = appointment(company, calcom_booking_uid="b1")
    push = pushed(row, Push.State.NEEDS_STAFF, trouble=Push.Trouble.REFUSED)
    owner.post(address(row, "drop"), form(row))
    push.refresh_from_db()
    row.refresh_from_db()
    assert (push.state, row.sync_status) == (Push.State.FOLDED, SyncStatus.SYNCED)
    assert f"{row.starts_at:%H:%M}" == "09:00"


def test_what_was_never_booked_there_and_has_begun_is_dropped(owner: Client, company: Company) -> None:
    row = appointment(company, begins=AN_HOUR_AGO, calcom_booking_uid="")
    pushed(row, Push.State.NEEDS_STAFF, Push.Operation.CREATE, trouble=Push.Trouble.REFUSED, wanted={})
    assert "it cannot be booked there any more: drop the change" in owner.get(page(row)).text
    owner.post(address(row, "drop"), form(row))
    row.refresh_from_db()
    assert (row.status, row.sync_status) == (Status.CONFIRMED, SyncStatus.NOT_APPLICABLE)


def test_the_page_says_what_is_the_matter_and_what_is_on_its_way(as_role: As, company: Company) -> None:
    row = appointment(company)
    pushed(row, Push.State.NEEDS_STAFF, trouble=Push.Trouble.TAKEN, error="User is <b>busy</b> then")
    text = as_role("staff").get(page(row)).text
    assert "the time is taken there" in text
    assert "Choose another time, or drop the change." in text
    assert "User is &lt;b&gt;busy&lt;/b&gt; then" in text
    assert "Not yet at Cal.com" in text


def test_a_page_takes_few_queries(owner: Client, company: Company, django_assert_max_num_queries: Any) -> None:
    row = appointment(company)
    pushed(row, Push.State.NEEDS_STAFF)
    with django_assert_max_num_queries(20):
        owner.get(page(row))
