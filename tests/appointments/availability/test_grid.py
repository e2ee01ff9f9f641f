"""The week slot by slot, the day over all staff, the next free time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from appointments.availability import Available, Query, Reason, Unavailable, day_view, next_free, slots, week
from appointments.backends import BackendUnavailable
from appointments.errors import NotBookable
from tests.appointments.availability.conftest import at
from tests.appointments.conftest import EVENT_TYPE, NINE
from tests.factories import StaffFactory

TUESDAY = date(2026, 12, 8)


def test_a_week_runs_from_monday_to_sunday_on_the_branchs_clocks(query, offered):
    sunday_night = datetime(2026, 12, 6, 23, tzinfo=UTC)  # it is Monday in Berlin
    offered(sunday_night - timedelta(minutes=30), sunday_night, at(22, 30, days=5), at(23, days=5))
    grid = week(query, TUESDAY)
    assert ([day.on.day for day in grid.days], grid.time_zone) == (list(range(7, 14)), "Europe/Berlin")
    assert [[cell.starts_at for cell in day.cells] for day in grid.days] == [
        [sunday_night],
        *([[]] * 5),
        [at(22, 30, days=5)],
    ]


def test_a_branch_elsewhere_has_its_own_week(query, offered, branch):
    branch.time_zone = "America/New_York"
    branch.save()
    branch.refresh_from_db()
    late = datetime(2026, 12, 14, 4, 30, tzinfo=UTC)  # half past eleven on Sunday evening
    offered(late)
    assert week(query, TUESDAY).days[6].cells[0].starts_at == late


def test_what_cannot_be_had_says_why(query, offered, order):
    offered(at(9), at(9, 30), at(9, 45))
    order()
    cells = week(query, TUESDAY).days[1].cells
    reasons = [cell.verdict.reason for cell in cells if isinstance(cell.verdict, Unavailable)]
    assert reasons == [Reason.BOOKED, Reason.BUFFER]
    assert [cell.duration_ok for cell in cells] == [False, False, True]


def test_where_only_less_than_asked_for_has_room_it_is_marked(salon, cut, staff, offered, server):
    offered(at(9), at(9, 30))
    offered(at(9), length=60)
    cells = week(Query(company=salon, service=cut, staff=staff, length_min=60), TUESDAY).days[1].cells
    assert [(cell.is_free, cell.duration_ok) for cell in cells] == [(True, True), (True, False)]
    assert isinstance(cells[1].verdict, Unavailable)
    assert "time for 30 minutes, but not for 60" in cells[1].verdict.sentence
    assert sorted(server.asked) == [(EVENT_TYPE, 30, False), (EVENT_TYPE, 60, False)]


def test_a_week_that_nobody_answered_for_is_not_an_empty_week(query, server):
    server.away[EVENT_TYPE] = BackendUnavailable("gone")
    grid = week(query, TUESDAY)
    assert "gone" in grid.unknown
    assert not any(day.cells for day in grid.days)


def test_an_old_week_says_so(query, offered, server):
    offered(NINE)
    server.old_answer_of = at(8)
    grid = week(query, TUESDAY)
    verdict = grid.days[1].cells[0].verdict
    assert isinstance(verdict, Available)
    assert (grid.is_stale, grid.as_of, verdict.slot.is_stale) == (True, at(8), True)


def test_a_day_shows_everybody_by_name_and_why_somebody_cannot(salon, cut, team, offered):
    StaffFactory.create(company=salon, name="Ada who sweeps")
    cut.staff.set(team)
    offered(at(9))
    offered(at(10), event_type=EVENT_TYPE + 2)
    columns = day_view(Query(company=salon, service=cut), TUESDAY).columns
    assert [column.staff_name for column in columns] == ["Ada who sweeps", "Ben", "Cara", "Stylist One"]
    assert [len(column.cells) for column in columns] == [0, 0, 1, 1]
    assert columns[0].refused is not None
    assert columns[0].refused.reason == Reason.STAFF_CANNOT


def test_a_day_says_of_whom_nothing_is_known(salon, cut, team, server, offered):
    server.away[EVENT_TYPE] = BackendUnavailable("gone")
    columns = day_view(Query(company=salon, service=cut), TUESDAY).columns
    assert [bool(column.unknown) for column in columns] == [False, False, True]


def test_the_next_free_time_is_found_with_one_call_for_each_event_type(salon, cut, team, offered, server, clock):
    offered(at(8), at(11))
    offered(at(9, days=-3), at(10, days=1), event_type=EVENT_TYPE + 1)
    found = next_free(Query(company=salon, service=cut), at(7))
    assert found.slot is not None
    assert (found.slot.starts_at, found.searched_until) == (at(8), at(7, days=14))
    assert len(server.asked) == 3


def test_nothing_free_is_told_apart_from_nothing_known(query, offered, server):
    offered(at(9, days=15))
    found = next_free(query, NINE)
    assert (found.slot, found.unknown) == (None, "")
    server.away[EVENT_TYPE] = BackendUnavailable("gone")
    assert "gone" in next_free(query, NINE).unknown


def test_the_past_is_not_searched(query, offered, clock):
    offered(datetime(2026, 11, 20, 11, tzinfo=UTC), NINE)
    found = next_free(query, datetime(2026, 11, 1, tzinfo=UTC), days=28)
    assert found.slot is not None
    assert found.slot.starts_at == NINE


@pytest.mark.parametrize("days", [0, -1, 29, 10**9])
def test_an_impossible_number_of_days_is_refused(query, days):
    with pytest.raises(NotBookable, match="28 days"):
        next_free(query, NINE, days=days)


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [(at(9), at(9)), (at(9), at(8)), (at(9), at(10, days=30)), (datetime(2026, 12, 8), at(9)), (at(9), datetime.max)],
)
def test_an_impossible_range_is_refused(query, starts_at, ends_at):
    with pytest.raises(NotBookable):
        slots(query, starts_at, ends_at)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_an_impossible_day_is_refused(query, day):
    with pytest.raises(NotBookable):
        week(query, day)
    with pytest.raises(NotBookable):
        day_view(query, day)
