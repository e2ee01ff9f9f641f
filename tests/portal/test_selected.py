"""Several appointments of the list at once: asked twice, each by itself, and what became of each is said."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.models import Appointment, Push
from appointments.models.appointment import Status, SyncStatus
from companies.models import Company
from tests.conftest import LogIn
from tests.factories import MembershipFactory
from tests.portal.conftest import As
from tests.portal.desk import LIST, appointment, pushed, said
from tests.portal.factories import AppointmentFactory


def chosen(action: str, *rows: Appointment, **more: Any) -> dict[str, Any]:
    """What the list sends."""
    return {"action": action, "_selected_action": [row.pk for row in rows], **more}


def sure(action: str, *rows: Appointment, **more: Any) -> dict[str, Any]:
    """What the page that asks once more sends."""
    return chosen(action, *rows, sure="yes", **{f"version-{row.pk}": row.version for row in rows}, **more)


def statuses() -> list[str]:
    return list(Appointment.objects.order_by("pk").values_list("status", flat=True))


def test_nothing_is_cancelled_before_somebody_says_why(owner: Client, company: Company) -> None:
    rows = [appointment(company), appointment(company)]
    answer = owner.post(LIST, chosen("cancel_selected", *rows))
    assert "Cancel these appointments?" in answer.text
    assert statuses() == [Status.CONFIRMED, Status.CONFIRMED]
    assert "This field is required." in owner.post(LIST, sure("cancel_selected", *rows)).text


def test_each_is_cancelled_and_each_says_so(owner: Client, company: Company) -> None:
    rows = [appointment(company), appointment(company, begins=-timedelta(days=1))]
    told = said(owner.post(LIST, sure("cancel_selected", *rows, reason="closed")))
    assert statuses() == [Status.CANCELLED, Status.CONFIRMED]
    assert any(text.endswith(": done.") for text in told)
    assert any("It is over." in text for text in told)


def test_requests_are_confirmed(owner: Client, company: Company) -> None:
    rows = [appointment(company, status=Status.PENDING), appointment(company)]
    assert "Confirm these appointments?" in owner.post(LIST, chosen("confirm_selected", *rows)).text
    told = said(owner.post(LIST, sure("confirm_selected", *rows)))
    assert statuses() == [Status.CONFIRMED, Status.CONFIRMED]
    assert any("“confirm” is not possible" in text for text in told)


def test_what_changed_meanwhile_is_left_alone(owner: Client, company: Company) -> None:
    row = appointment(company, status=Status.PENDING)
    stale = sure("confirm_selected", row)
    Appointment.objects.update(version=row.version + 1)
    assert "Somebody has changed this appointment meanwhile." in said(owner.post(LIST, stale))[0]
    without_version = {name: value for name, value in stale.items() if not name.startswith("version")}
    owner.post(LIST, without_version)
    assert statuses() == [Status.PENDING]


def test_what_waits_is_sent_at_once(owner: Client, company: Company) -> None:
    row = appointment(company)
    pushed(row, Push.State.NEEDS_STAFF, next_at=None)
    calm = appointment(company)
    told = said(owner.post(LIST, chosen("send_selected", row, calm)))
    row.refresh_from_db()
    assert row.sync_status == SyncStatus.PENDING
    assert any("Nothing waits to be sent." in text for text in told)


@pytest.mark.parametrize("action", ["confirm_selected", "cancel_selected", "send_selected"])
@pytest.mark.parametrize("who", ["auditor", "staff", "stranger"])
def test_nobody_else_does_any_of_it(as_role: As, stranger: Client, company: Company, who: str, action: str) -> None:
    row = appointment(company, status=Status.PENDING)
    pushed(row, Push.State.NEEDS_STAFF)
    client = stranger if who == "stranger" else as_role(who)
    client.post(LIST, sure(action, row, reason="ill"))
    assert (statuses(), Push.objects.get().state) == ([Status.PENDING], Push.State.NEEDS_STAFF)


def test_only_rows_of_companies_where_the_role_allows_it(log_in: LogIn, company: Company) -> None:
    user = MembershipFactory.create(company=company).user
    audited = MembershipFactory.create(user=user, role="auditor").company
    rows = [appointment(company, status=Status.PENDING), appointment(audited, status=Status.PENDING)]
    log_in(user).post(LIST, sure("confirm_selected", *rows))
    assert statuses() == [Status.CONFIRMED, Status.PENDING]


def test_auditors_have_nothing_to_choose(as_role: As, company: Company) -> None:
    appointment(company)
    assert 'name="_selected_action"' not in as_role("auditor").get(LIST).text
    assert 'name="_selected_action"' in as_role("manager").get(LIST).text


def test_at_most_a_hundred_at_once(owner: Client, company: Company) -> None:
    nobody = {"branch": None, "staff": None, "service": None, "customer": None}
    rows = AppointmentFactory.create_batch(101, company=company, sync_status=SyncStatus.PENDING, **nobody)
    assert said(owner.post(LIST, chosen("send_selected", *rows))) == ["At most 100 appointments at once."]
