"""From a time on a clock on the wall to an instant: on two nights of the year that is no simple matter."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _

from appointments.errors import NotBookable

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClockChange:
    """Clocks go forward by `shift` at that instant, or back where it is negative."""

    at: datetime
    shift: timedelta


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of that name. Raises NotBookable for an unknown one."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        text = _("There is no time zone “%(name)s”. Use a name like Europe/Berlin.") % {"name": name}
        raise NotBookable(text) from error


def instant(wall: datetime, zone: str, *, is_second: bool | None = None) -> datetime:
    """The moment at which clocks in the zone show this time, in UTC; an aware time is taken as it is.

    `is_second`: which is meant where they show it twice. Raises NotBookable for a time that never comes (clocks go
    forward over it), one that comes twice when nobody said which, and an unknown zone; the sentence says which times
    there are.
    """
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    rules = zone_of(zone)
    first, second = (wall.replace(tzinfo=rules, fold=fold) for fold in (0, 1))
    shift = (second.utcoffset() or timedelta()) - (first.utcoffset() or timedelta())
    if not shift:
        return first.astimezone(UTC)
    shown = {"time": f"{wall:%Y-%m-%d %H:%M}", "zone": zone}
    if shift > timedelta():
        raise NotBookable(
            _("On that night clocks in %(zone)s go forward: there is no %(time)s. Possible: %(later)s.")
            % {**shown, "later": f"{first.astimezone(UTC).astimezone(rules):%H:%M}"}
        )
    if is_second is not None:
        return (second if is_second else first).astimezone(UTC)
    raise NotBookable(
        _("In %(zone)s clocks show %(time)s twice that night. Say which, as %(one)s or %(other)s.")
        % {**shown, "one": first.isoformat(timespec="minutes"), "other": second.isoformat(timespec="minutes")}
    )


def midnight(day: date, zone: zoneinfo.ZoneInfo) -> datetime:
    """The instant in UTC at which a day begins; where clocks skip midnight, the instant at which they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def clock_changes(zone: zoneinfo.ZoneInfo, starts_at: datetime, ends_at: datetime) -> Iterator[ClockChange]:
    """When clocks in the zone change within two instants, soonest first."""
    before, at = starts_at.astimezone(UTC), starts_at.astimezone(UTC)
    while before < ends_at:
        at = min(before + _DAY, ends_at.astimezone(UTC))
        shift = _offset(zone, at) - _offset(zone, before)
        if shift:
            yield ClockChange(_found(zone, before, at), shift)
        before = at


def _found(zone: zoneinfo.ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant at which the offset changes, to the second."""
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _offset(zone: zoneinfo.ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def both(wall: datetime, zone: str) -> tuple[datetime, datetime] | None:
    """The two moments at which clocks in the zone show this time, in that zone; None where it does not come twice."""
    rules = zone_of(zone)
    first, second = (wall.replace(tzinfo=rules, fold=fold) for fold in (0, 1))
    goes_back = (first.utcoffset() or timedelta()) > (second.utcoffset() or timedelta())
    return (first, second) if goes_back else None
