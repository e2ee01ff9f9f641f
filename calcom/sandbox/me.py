"""GET and PATCH /me."""

from __future__ import annotations

from typing import Any

from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Json, User
from calcom.sandbox.wire import Answer, broken_constraint, invalid, success

_CHANGEABLE = {
    "email": "email",
    "name": "name",
    "timeFormat": "time_format",
    "defaultScheduleId": "default_schedule_id",
    "weekStart": "week_start",
    "timeZone": "time_zone",
    "locale": "locale",
}


@route("GET", "/me")
def show(call: Call) -> Answer:
    """The profile of the key's user."""
    return success(profile(call.me))


@route("PATCH", "/me")
def change(call: Call) -> Answer:
    """Changes some of the profile; unknown properties are dropped."""
    body = call.body
    _check_time_format(body)
    with call.world.lock:
        for name, attribute in _CHANGEABLE.items():
            if name in body:
                setattr(call.me, attribute, body[name])
        return success(profile(call.me))


def profile(user: User) -> Json:
    """A user as /me shows it. `organization` stands there for members of one only."""
    found: dict[str, Any] = {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "avatarUrl": None,
        "bio": "",
        "timeFormat": user.time_format,
        "defaultScheduleId": user.default_schedule_id,
        "weekStart": user.week_start,
        "timeZone": user.time_zone,
        "username": user.username,
        "organizationId": user.organization_id,
    }
    if user.organization_id:
        found["organization"] = {"id": user.organization_id, "isPlatform": False}
    return found


def _check_time_format(body: Json) -> None:
    if body.get("timeFormat", 24) not in {12, 24}:
        text = {"isIn": "timeFormat must be one of the following values: 12, 24"}
        raise invalid([broken_constraint(body, "timeFormat", text)])
