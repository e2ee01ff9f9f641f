"""Where Cal.com and we come to differ, people see it; what they decide is kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from calcom.models import CalcomSettings, Drift, EventType, EventTypeMapping
from calcom.sync import drift
from tests.factories import UserFactory
from tests.portal.factories import ServiceFactory

State = Drift.State
Changes = CalcomSettings.Changes
NUMBER = 4711


@pytest.fixture
def cut(company):
    return ServiceFactory.create(company=company, name="Cut", duration_min=30, price=Decimal("20.00"))


@pytest.fixture
def mapped(company, account, sync, cut):
    """An event type that means the service, in agreement with it."""
    account.offer("Cut", 30, id=NUMBER)
    sync()
    event_type = EventType.objects.get()
    EventTypeMapping.objects.create(company=company, event_type=event_type, service=cut)
    sync()
    return event_type


@pytest.fixture
def policy(company):
    return lambda chosen: CalcomSettings.objects.create(company=company, external_changes=chosen)


def current() -> Drift:
    return Drift.objects.get(state__in=drift.CURRENT)


def test_in_agreement_there_is_none(mapped, sync):
    assert sync().drifted == 0
    assert not Drift.objects.exists()


@pytest.mark.parametrize(
    ("changed", "differences", "severity"),
    [
        ({"minutes": 45}, {"length_min": {"ours": 30, "theirs": 45}}, "medium"),
        ({"title": "Trim"}, {"title": {"ours": "Cut", "theirs": "Trim"}}, "medium"),
        ({"hidden": True}, {"is_hidden": {"ours": False, "theirs": True}}, "high"),
        ({"disableGuests": True}, {"disable_guests": {"ours": False, "theirs": True}}, "high"),
        (
            {"price": 2500, "currency": "eur"},
            {"price": {"ours": "20.00 EUR", "theirs": "25.00 EUR"}},
            "low",
        ),
    ],
)
def test_what_changes_is_noticed(mapped, account, sync, changed, differences, severity):
    account.offer(**{"title": "Cut", "minutes": 30, "id": NUMBER} | changed)
    assert sync().drifted == 1
    assert (current().differences, current().severity, current().state) == (differences, severity, State.OPEN)


def test_one_that_is_gone_is_grave(mapped, account, sync):
    account.offer("Colour")
    sync()
    account.remove(NUMBER)
    sync(force=True)
    assert current().differences == {"is_listed": {"ours": True, "theirs": False}}
    assert current().severity == "high"


def test_a_length_among_several_is_agreement(mapped, account, sync):
    account.offer("Cut", 60, id=NUMBER, lengthInMinutesOptions=[30, 60])
    assert sync().drifted == 0


def test_our_own_change_is_noticed_too(mapped, cut, sync, policy):
    policy(Changes.ACCEPT)
    cut.duration_min = 50
    cut.save()
    assert sync().drifted == 1
    cut.refresh_from_db()
    assert cut.duration_min == 50


def test_without_a_meaning_nothing_can_differ(account, sync):
    account.offer("Cut", 30, id=NUMBER)
    sync()
    account.offer("Cut", 45, id=NUMBER)
    assert sync().drifted == 0


def test_it_is_noticed_once_and_dated_by_the_latest_change(mapped, account, sync):
    account.offer("Cut", 45, id=NUMBER)
    sync()
    first = current()
    sync()
    assert current().detected_at == first.detected_at
    account.offer("Cut", 60, id=NUMBER)
    sync()
    assert current().pk == first.pk
    assert current().detected_at > first.detected_at


def test_what_differs_no_longer_is_settled(mapped, account, sync):
    account.offer("Cut", 45, id=NUMBER)
    sync()
    account.offer("Cut", 30, id=NUMBER)
    assert sync().drifted == 0
    assert Drift.objects.get().state == State.SETTLED


@pytest.mark.parametrize("chosen", [Changes.WARN, Changes.REJECT])
def test_warning_and_rejecting_keep_ours(mapped, account, sync, cut, policy, chosen):
    policy(chosen)
    account.offer("Cut", 45, id=NUMBER)
    assert sync().drifted == 1
    cut.refresh_from_db()
    assert cut.duration_min == 30


def test_accepting_takes_theirs_and_writes_it_down(mapped, account, sync, cut, policy):
    policy(Changes.ACCEPT)
    account.offer("Trim", 45, id=NUMBER, price=2500, currency="eur")
    assert sync().drifted == 0
    cut.refresh_from_db()
    assert (cut.name, cut.duration_min, cut.price, cut.currency) == ("Cut", 45, Decimal("25.00"), "EUR")
    assert set(Drift.objects.get(state=State.ACCEPTED).differences) == {"title", "length_min", "price"}
    assert sync().drifted == 0


def test_two_event_types_of_a_service_do_not_overwrite_each_other(company, mapped, account, sync, cut, policy):
    policy(Changes.ACCEPT)
    account.offer("Cut by Mira", 30, id=NUMBER + 1)
    sync()
    other = EventType.objects.get(calcom_id=NUMBER + 1)
    EventTypeMapping.objects.create(company=company, event_type=other, service=cut)
    sync()
    account.offer("Cut", 45, id=NUMBER)
    assert [sync().drifted for _ in range(3)] == [1, 1, 1]
    cut.refresh_from_db()
    assert cut.duration_min == 30
    account.offer("Cut by Mira", 45, id=NUMBER + 1)
    assert sync().drifted == 0
    cut.refresh_from_db()
    assert cut.duration_min == 45


def test_a_length_that_no_service_can_have_is_not_taken(mapped, account, sync, cut, policy):
    policy(Changes.ACCEPT)
    account.offer("Cut", 2000, id=NUMBER)
    assert sync().drifted == 1
    cut.refresh_from_db()
    assert cut.duration_min == 30


def test_first_sight_is_no_change(company, account, sync, cut, policy):
    policy(Changes.ACCEPT)
    account.offer("Cut", 45, id=NUMBER)
    sync()
    EventTypeMapping.objects.create(company=company, event_type=EventType.objects.get(), service=cut)
    assert sync().drifted == 1
    cut.refresh_from_db()
    assert cut.duration_min == 30


def test_a_person_accepts(mapped, account, sync, cut):
    account.offer("Trim", 45, id=NUMBER)
    sync()
    user, found = UserFactory.create(), current()
    assert drift.accept(found, by=user)
    cut.refresh_from_db()
    found.refresh_from_db()
    assert (cut.duration_min, found.state, found.resolved_by) == (45, State.ACCEPTED, user)
    assert not drift.accept(found, by=user)
    assert sync().drifted == 0


def test_that_it_is_gone_cannot_be_accepted(mapped, account, sync, cut):
    account.offer("Colour")
    account.offer("Cut", 45, id=NUMBER)
    sync()
    account.remove(NUMBER)
    sync(force=True)
    assert not drift.accept(current(), by=UserFactory.create())
    assert set(current().differences) == {"is_listed"}
    cut.refresh_from_db()
    assert cut.duration_min == 45


def test_ignored_it_keeps_quiet_until_something_else_differs(mapped, account, sync):
    account.offer("Cut", 45, id=NUMBER)
    sync()
    assert drift.ignore(current(), by=UserFactory.create())
    assert sync().drifted == 0
    assert current().state == State.IGNORED
    account.offer("Cut", 60, id=NUMBER)
    assert sync().drifted == 1
    assert (current().state, current().resolved_by) == (State.OPEN, None)


def test_without_its_meaning_it_is_settled(mapped, account, sync):
    account.offer("Cut", 45, id=NUMBER)
    sync()
    EventTypeMapping.objects.all().delete()
    assert sync().drifted == 0
    assert Drift.objects.get().state == State.SETTLED


def test_anothers_services_stay_as_they_are(mapped, account, sync, policy):
    stranger = ServiceFactory.create(name="Cut", duration_min=30)
    theirs = EventType.objects.create(company=stranger.company, calcom_id=NUMBER, title="Cut", length_min=99)
    EventTypeMapping.objects.create(company=stranger.company, event_type=theirs, service=stranger)
    policy(Changes.ACCEPT)
    account.offer("Cut", 45, id=NUMBER)
    sync()
    stranger.refresh_from_db()
    assert stranger.duration_min == 30
    assert not Drift.objects.filter(company=stranger.company).exists()
