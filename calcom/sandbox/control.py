"""The switchboard by HTTP: /sandbox/faults, /sandbox/clock, /sandbox/reset."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from calcom.sandbox.deliver import release, send_due_meetings
from calcom.sandbox.faults import Rule
from calcom.sandbox.router import Call, local
from calcom.sandbox.wire import Answer, Refusal, instant, malformed, success


@local("GET", "/sandbox/faults")
def show(call: Call) -> Answer:
    """The rules in force."""
    return success(call.sandbox.faults.as_json())


@local("PUT", "/sandbox/faults")
def put(call: Call) -> Answer:
    """These rules instead of the present ones: a list, or one object."""
    given = _json(call)
    rules = read_rules(given if isinstance(given, list) else [given])
    call.sandbox.faults.replace(rules)
    release(call.sandbox)
    return success(call.sandbox.faults.as_json())


@local("DELETE", "/sandbox/faults")
def delete(call: Call) -> Answer:
    """Everything works again."""
    call.sandbox.faults.clear()
    release(call.sandbox)
    return success()


@local("POST", "/sandbox/clock")
def clock(call: Call) -> Answer:
    """Shifts the server's clock: {"shift_seconds": 3600}, or {"now": "2026-11-20T18:00:00Z"}. Meetings due are told."""
    given = _json(call)
    if not isinstance(given, dict):
        raise malformed("The clock takes shift_seconds or now")
    with call.world.lock:
        if "now" in given:
            call.world.clock_shift = _instant(given["now"]) - call.world.steady()
        else:
            call.world.clock_shift = timedelta(seconds=_number(given.get("shift_seconds", 0)))
    send_due_meetings(call.sandbox)
    return success({"now": instant(call.world.now())})


@local("POST", "/sandbox/reset")
def reset(call: Call) -> Answer:
    """No faults, the true time, fresh rate limits; bookings, reservations and deliveries are forgotten."""
    call.sandbox.faults.clear()
    call.sandbox.limits.clear()
    with call.world.lock:
        call.world.clock_shift = timedelta()
        call.world.bookings.clear()
        call.world.reservations.clear()
        call.world.deliveries.clear()
        call.world.held_back.clear()
    return success()


def read_rules(given: list[Any]) -> list[Rule]:
    """Rules from JSON. Raises the 400 that says what is wrong."""
    try:
        return [Rule.from_json(one) for one in given]
    except (ValueError, TypeError) as error:
        raise malformed(str(error)) from error


def _json(call: Call) -> Any:
    try:
        return json.loads(call.request.body or b"{}")
    except ValueError as error:
        raise malformed("This is not JSON") from error


def _instant(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise malformed("now must be a time with its offset") from error
    if found.tzinfo is None:
        raise malformed("now must be a time with its offset")
    return found


def _number(value: Any) -> float:
    if not isinstance(value, int | float):
        raise Refusal(400, "shift_seconds must be a number")
    return float(value)
