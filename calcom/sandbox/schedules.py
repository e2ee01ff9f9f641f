"""Schedules: working hours and overrides, of the caller only."""

from __future__ import annotations

from typing import Any

from calcom.sandbox.moments import zone_of
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Json, Schedule
from calcom.sandbox.wire import Answer, Refusal, broken_constraint, invalid, success

_WORKING_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
_NINE_TO_FIVE = [{"days": _WORKING_DAYS, "startTime": "09:00", "endTime": "17:00"}]
_NUMBERS = {"Sunday": 0, "Monday": 1, "Tuesday": 2, "Wednesday": 3, "Thursday": 4, "Friday": 5, "Saturday": 6}


@route("GET", "/schedules", group="schedules")
def index(call: Call) -> Answer:
    """All of the caller's schedules."""
    with call.world.lock:
        return success([shape(schedule) for schedule in _own(call)])


@route("GET", "/schedules", group="schedules", old=True)
def index_old(call: Call) -> Answer:
    """The same in the shape of 2024-04-15."""
    with call.world.lock:
        return success([_old_shape(call, schedule) for schedule in _own(call)])


@route("GET", "/schedules/default", group="schedules")
def default(call: Call) -> Answer:
    """The one that event types use when they name none; null without one."""
    with call.world.lock:
        found = next((s for s in _own(call) if s.id == call.me.default_schedule_id), None)
        return Answer(200, {"status": "success", "data": shape(found) if found else None})


@route("GET", "/schedules/{scheduleId}", group="schedules")
def show(call: Call) -> Answer:
    """One schedule."""
    with call.world.lock:
        return success(shape(_mine(call)))


@route("POST", "/schedules", group="schedules")
def create(call: Call) -> Answer:
    """A new schedule, nine to five unless told."""
    body = call.body
    _validate(body, is_new=True)
    with call.world.lock:
        schedule = Schedule(
            id=call.world.next_id("schedule"),
            owner_id=call.me.id,
            name=body["name"],
            time_zone=body["timeZone"],
            availability=body.get("availability", _NINE_TO_FIVE),
            overrides=body.get("overrides", []),
        )
        call.world.schedules[schedule.id] = schedule
        if body["isDefault"]:
            _make_default(call, schedule)
        return success(shape(schedule), status=201)


@route("PATCH", "/schedules/{scheduleId}", group="schedules")
def change(call: Call) -> Answer:
    """Changes what is given."""
    body = call.body
    _validate(body, is_new=False)
    with call.world.lock:
        schedule = _mine(call)
        schedule.name = body.get("name", schedule.name)
        schedule.time_zone = body.get("timeZone", schedule.time_zone)
        schedule.availability = body.get("availability", schedule.availability)
        schedule.overrides = body.get("overrides", schedule.overrides)
        if body.get("isDefault"):
            _make_default(call, schedule)
        return success(shape(schedule))


@route("DELETE", "/schedules/{scheduleId}", group="schedules")
def delete(call: Call) -> Answer:
    """Removes a schedule."""
    with call.world.lock:
        schedule = _mine(call)
        del call.world.schedules[schedule.id]
        if call.me.default_schedule_id == schedule.id:
            call.me.default_schedule_id = None
        return success()


def shape(schedule: Schedule) -> Json:
    """A schedule as the API writes it."""
    return {
        "id": schedule.id,
        "ownerId": schedule.owner_id,
        "name": schedule.name,
        "timeZone": schedule.time_zone,
        "availability": schedule.availability,
        "isDefault": schedule.is_default,
        "overrides": schedule.overrides,
    }


def _own(call: Call) -> list[Schedule]:
    return [schedule for schedule in call.world.schedules.values() if schedule.owner_id == call.me.id]


def _mine(call: Call) -> Schedule:
    given = call.params["scheduleId"]
    found = call.world.schedules.get(int(given)) if given.isdigit() else None
    if found is None:
        raise Refusal(404, f"Schedule with id={given} does not exist.")
    if found.owner_id != call.me.id:
        raise Refusal(403, f"User with ID={call.me.id} does not own schedule with ID={given}")
    return found


def _make_default(call: Call, schedule: Schedule) -> None:
    for other in _own(call):
        other.is_default = other.id == schedule.id
    call.me.default_schedule_id = schedule.id


def _validate(body: Json, *, is_new: bool) -> None:
    errors: list[Json] = []

    def check(name: str, is_good: bool, constraints: dict[str, str]) -> None:
        if (is_new or name in body) and not is_good:
            errors.append(broken_constraint(body, name, constraints))

    check("name", isinstance(body.get("name"), str), {"isString": "name must be a string"})
    zone = {"isTimeZone": "timeZone must be a valid IANA time-zone"}
    check("timeZone", zone_of(body.get("timeZone")) is not None, zone)
    flag = {"isBoolean": "isDefault must be a boolean value"}
    check("isDefault", isinstance(body.get("isDefault"), bool), flag)
    for name, needed in (("availability", "days"), ("overrides", "date")):
        if name in body and not _are_hours(body[name], needed):
            errors.append(broken_constraint(body, name, {"isArray": f"{name} must be an array"}))
    if errors:
        raise invalid(errors)


def _are_hours(value: Any, needed: str) -> bool:
    names = {needed, "startTime", "endTime"}
    return isinstance(value, list) and all(isinstance(one, dict) and names <= set(one) for one in value)


def _old_shape(call: Call, schedule: Schedule) -> Json:
    owner = schedule.owner_id
    today = call.world.now().date().isoformat()
    week: list[list[Json]] = [[] for _ in range(7)]
    rows: list[Json] = []
    before = sum(len(s.availability) + len(s.overrides) for i, s in call.world.schedules.items() if i < schedule.id)
    for hours in schedule.availability:
        days = [_NUMBERS[day] for day in hours["days"]]
        for day in days:
            week[day].append(_range(today, hours))
        rows.append(_old_row(schedule, hours, number=before + len(rows) + 1, days=days, on=None))
    for override in schedule.overrides:
        on = f"{override['date']}T00:00:00.000Z"
        rows.append(_old_row(schedule, override, number=before + len(rows) + 1, days=[], on=on))
    return {
        "id": schedule.id,
        "name": schedule.name,
        "isManaged": False,
        "workingHours": [
            {
                "days": [_NUMBERS[day] for day in hours["days"]],
                "startTime": _minutes(hours["startTime"]),
                "endTime": _minutes(hours["endTime"]),
                "userId": owner,
            }
            for hours in schedule.availability
        ],
        "schedule": rows,
        "availability": week,
        "timeZone": schedule.time_zone,
        "isDefault": schedule.is_default,
        "dateOverrides": [{"ranges": [_range(one["date"], one)]} for one in schedule.overrides],
        "readOnly": False,
        "isLastSchedule": len(_own(call)) == 1,
        "userId": owner,
    }


def _old_row(schedule: Schedule, hours: Json, *, number: int, days: list[int], on: str | None) -> Json:
    epoch = "1970-01-01"
    times = _range(epoch, hours)
    return {
        "id": number,
        "userId": schedule.owner_id,
        "eventTypeId": None,
        "days": days,
        "startTime": times["start"],
        "endTime": times["end"],
        "date": on,
        "scheduleId": schedule.id,
    }


def _range(day: str, hours: Json) -> Json:
    return {"start": f"{day}T{hours['startTime']}:00.000Z", "end": f"{day}T{hours['endTime']}:00.000Z"}


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)
