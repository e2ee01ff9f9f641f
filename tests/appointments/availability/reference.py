"""A random salon as plain values, and what is free in it, found out slowly: minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Ordinary days, days on which clocks change by an hour or half of one, and zones where they never do.
PLACES = (
    ("Europe/Berlin", date(2027, 3, 27)),
    ("Europe/Berlin", date(2027, 10, 30)),
    ("Europe/Berlin", date(2027, 6, 8)),
    ("America/New_York", date(2027, 3, 13)),
    ("America/New_York", date(2027, 11, 6)),
    ("Australia/Lord_Howe", date(2027, 4, 3)),
    ("Asia/Kathmandu", date(2027, 3, 27)),
    ("Africa/Cairo", date(2027, 4, 29)),
)


@dataclass(frozen=True)
class Taken:
    """An appointment or a hold: when, how long, with which buffers; `fate` is a status, "held" or "over"."""

    at_min: int
    length_min: int
    before_min: int
    after_min: int
    fate: str


@dataclass(frozen=True)
class Salon:
    """All times are minutes since the evening before the day in question, UTC."""

    zone: str
    day: date
    now_min: int
    hours: dict[str, list[str]]
    length_min: int
    before_min: int
    after_min: int
    notice_min: int
    offered: list[int]
    taken: list[Taken]
    away: list[tuple[int, int, bool]]
    customer: list[tuple[int, int]]

    @property
    def origin(self) -> datetime:
        return datetime.combine(self.day, datetime.min.time(), UTC) - timedelta(hours=6)

    def at(self, minute: int) -> datetime:
        return self.origin + minute * MINUTE


def _spans(day: st.DrawFn) -> list[str]:
    marks = sorted(set(day(st.lists(st.integers(0, 96), max_size=6))))
    marks = marks[: len(marks) // 2 * 2]
    clocks = [f"{mark // 4:02d}:{mark % 4 * 15:02d}" for mark in marks]
    return [f"{one}-{two}" for one, two in zip(clocks[::2], clocks[1::2], strict=True)]


_LAST = 60 * 54
_BUFFER = st.sampled_from([0, 0, 5, 15, 40])
_FATES = st.sampled_from(["confirmed", "pending", "completed", "no_show", "cancelled", "rejected", "held", "over"])
_FIVES = st.integers(0, _LAST // 5).map(lambda five: five * 5)  # so that ends and starts often touch
_SPAN = st.tuples(_FIVES, st.integers(1, 80).map(lambda five: five * 5))


@st.composite
def salons(draw: st.DrawFn) -> Salon:
    """A salon around some night, open at random, or stating no hours at all."""
    zone, day = draw(st.sampled_from(PLACES))
    hours = {name: _spans(draw) for name in WEEKDAYS} if draw(st.booleans()) else {}
    all_day = {name: ["00:00-24:00"] for name in WEEKDAYS}
    taken = st.builds(Taken, _FIVES, st.sampled_from([5, 20, 45, 120, 240]), _BUFFER, _BUFFER, _FATES)
    return Salon(
        zone=zone,
        day=day,
        now_min=5 * draw(st.integers(-120, 60)),
        hours=draw(st.sampled_from([hours, all_day])),
        length_min=draw(st.sampled_from([5, 30, 45, 60, 150])),
        before_min=draw(_BUFFER),
        after_min=draw(_BUFFER),
        notice_min=draw(st.sampled_from([0, 60, 300])),
        offered=sorted(draw(st.sets(_FIVES, min_size=10, max_size=60))),
        taken=draw(st.lists(taken, max_size=8)),
        away=[(since, length, draw(st.booleans())) for since, length in draw(st.lists(_SPAN, max_size=2))],
        customer=draw(st.lists(_SPAN, max_size=2)),
    )


def slowly(salon: Salon, live_holds: list[tuple[datetime, datetime]]) -> list[datetime]:
    """What is free, by looking at every single minute. `live_holds` are those that were not given way since."""
    return [salon.at(minute) for minute in salon.offered if _is_free(salon, minute, live_holds)]


def _is_free(salon: Salon, minute: int, live_holds: list[tuple[datetime, datetime]]) -> bool:
    if minute <= salon.now_min or minute < salon.now_min + salon.notice_min:
        return False
    own = range(minute, minute + salon.length_min)
    wide = range(minute - salon.before_min, minute + salon.length_min + salon.after_min)
    return (
        all(_is_open(salon, one) for one in own)
        and not any(_is_away(salon, one) for one in own)
        and not any(_is_elsewhere(salon, one) for one in own)
        and not any(_is_taken(salon, one, live_holds) for one in wide)
    )


def _is_open(salon: Salon, minute: int) -> bool:
    wall = salon.at(minute).astimezone(ZoneInfo(salon.zone))
    clock = f"{wall:%H:%M}"
    spans = [span.split("-") for span in salon.hours.get(WEEKDAYS[wall.weekday()], [])]
    return not salon.hours or any(opens <= clock < closes for opens, closes in spans)


def _is_away(salon: Salon, minute: int) -> bool:
    return any(since <= minute < since + length for since, length, _is_branch in salon.away)


def _is_elsewhere(salon: Salon, minute: int) -> bool:
    return any(since <= minute < since + length for since, length in salon.customer)


def _is_taken(salon: Salon, minute: int, live_holds: list[tuple[datetime, datetime]]) -> bool:
    booked = (one for one in salon.taken if one.fate in {"confirmed", "pending", "completed", "no_show"})
    if any(one.at_min - one.before_min <= minute < one.at_min + one.length_min + one.after_min for one in booked):
        return True
    return any(begin <= salon.at(minute) < end for begin, end in live_holds)
