"""`manage.py sync_historical` is nobody's hurry: it leaves people their share of the requests."""

from __future__ import annotations

import pytest

from appointments.models import Appointment
from calcom import guard
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.guard import Lane, Outcome, Reported
from companies.models import Company
from tests.calcom.remote import Remote
from tests.command_line import Shell

SYNC = ("sync_historical", "--company", "salon-nord")
PEOPLES_SHARE = 30
AN_HOUR_S = 3600  # longer than any call waits for its turn


def left_of_a_hundred(company: Company, left: int) -> None:
    """Cal.com has said so of the requests of this hour."""
    permit = guard.admit(access_of(company).account, lane=Lane.INTERACTIVE)
    guard.record(permit, Outcome.SUCCESS, Reported(limit=100, remaining=left, reset_s=AN_HOUR_S))


@pytest.mark.parametrize("kind", ["all", "bookings", "event-types", "hosts"])
def test_what_is_left_for_people_is_not_touched(shell: Shell, remote: Remote, cut: int, kind: str) -> None:
    remote.book(cut)
    left_of_a_hundred(remote.company, PEOPLES_SHARE)
    calls = guard.status(access_of(remote.company).account).counters["calls"]
    assert shell(*SYNC, "--type", kind).status == 1
    assert guard.status(access_of(remote.company).account).counters["calls"] == calls
    assert not Appointment.objects.exists()
    assert CalcomClient(remote.company).me(fresh=True).username == "olga"


def test_what_is_left_beyond_that_is_used(shell: Shell, remote: Remote, cut: int) -> None:
    remote.book(cut)
    left_of_a_hundred(remote.company, PEOPLES_SHARE + 20)
    assert shell(*SYNC, "--type", "bookings").status == 0
    assert Appointment.objects.count() == 1
