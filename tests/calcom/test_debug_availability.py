"""`manage.py debug_availability` over a real socket."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from calcom.models import EventType, EventTypeMapping
from tests.calcom.remote import OLGA, Remote, monday
from tests.factories import BranchFactory, CompanyFactory, StaffFactory
from tests.portal.factories import EventTypeFactory, EventTypeMappingFactory, ServiceFactory


@pytest.fixture
def remote(connected, cal, settings):
    settings.CALCOM_READ_TIMEOUT_S = 1
    return Remote(cal, connected)


@pytest.fixture
def number(remote):
    """An event type of Olga's, which means a service by a staff member of her name."""
    branch = BranchFactory.create(company=remote.company, hours={"mon": ["10:00-12:00"]})
    staff = StaffFactory.create(company=remote.company, name="Olga", home_branch=branch)
    service = ServiceFactory.create(company=remote.company, name="Cut", duration_min=30)
    number = remote.offer("Cut")
    row = EventType.objects.create(
        company=remote.company, calcom_id=number, title="Cut", length_min=30, host_ids=[OLGA]
    )
    EventTypeMapping.objects.create(company=remote.company, event_type=row, service=service, staff=staff)
    return number


def debug(*arguments: str) -> str:
    out = StringIO()
    call_command("debug_availability", *arguments, stdout=out)
    return out.getvalue()


def test_a_table_says_of_every_time_why(number, remote):
    remote.book(number, monday(9, 30))
    told = debug(str(number), "--date", str(monday().date()))
    lines = {line.split("│")[1].strip(): line for line in told.splitlines() if line.count("│") == 6}
    day = str(monday().date())
    assert "free" in lines[f"{day} 10:00"]
    assert "outside_hours" in lines[f"{day} 12:00"]
    assert "not_free_there" in lines[f"{day} 10:30"]
    assert "Nearest that day: 10:00, 11:00" in lines[f"{day} 10:30"]


def test_of_a_closed_day_it_says_that_there_are_no_times(number):
    closed = monday().date() + timedelta(days=6)
    assert "No times: Cal.com offers none that day" in debug(str(number), "--date", str(closed))


def test_without_an_answer_it_fails_and_says_so(number, remote):
    remote.fault("status", status=503)
    with pytest.raises(CommandError, match="did not answer"):
        debug(str(number))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--date", "tomorrow"], "is no day"),
        (["--date", "9999-12-31"], "within the next 365"),
        (["--staff", "Nobody"], "Known: Olga"),
        (["--company", "elsewhere"], "not mapped"),
    ],
)
def test_wrong_usage_says_what_would_be_right(number, arguments, sentence):
    with pytest.raises(CommandError, match=sentence) as refusal:
        debug(str(number), *arguments)
    assert refusal.value.returncode == 2


def test_an_unknown_event_type_and_one_of_several_companies(number):
    with pytest.raises(CommandError, match="not known here"):
        debug("1")
    stranger = CompanyFactory.create(slug="salon-sued")
    row = EventTypeFactory.create(company=stranger, calcom_id=number)
    EventTypeMappingFactory.create(company=stranger, event_type=row, service=ServiceFactory.create(company=stranger))
    with pytest.raises(CommandError, match=r"--company .salon-nord, salon-sued"):
        debug(str(number))
    assert "Cut" in debug(str(number), "--company", "salon-nord", "--staff", "olga")
