"""A small world for tests: three users, their keys, nothing else. The demo's world is calcom.mirror's."""

from __future__ import annotations

from datetime import timedelta

from calcom.sandbox.event_type_defaults import fields_of
from calcom.sandbox.state import ApiKey, Clock, EventType, Schedule, User, World

OWNER_KEY = "cal_test_owner_0001"
OTHER_KEY = "cal_test_other_0002"
TINY_KEY = "cal_test_limit_0003"
EXPIRED_KEY = "cal_test_expired_0004"


def sample_world(*, clock: Clock | None = None, seed: int | None = 1) -> World:
    """Olga with a key that hardly ends, Otto with an ordinary one, Lena with five calls a minute."""
    world = World(clock=clock, seed=seed)
    for username, name in (("olga", "Olga Organizer"), ("otto", "Otto Other"), ("lena", "Lena Limit")):
        user = User(world.next_id("user"), username, name, f"{username}@example.test", week_start="Monday")
        world.users[user.id] = user
    olga, otto, lena = world.users
    yesterday = world.now() - timedelta(days=1)
    for key in (
        ApiKey(OWNER_KEY, olga, limit=5000),
        ApiKey(OTHER_KEY, otto),
        ApiKey(TINY_KEY, lena, limit=5, limit_name="tiny"),
        ApiKey(EXPIRED_KEY, olga, expires_at=yesterday),
    ):
        world.api_keys[key.text] = key
    return world


def furnished_world(*, clock: Clock | None = None) -> World:
    """The same, where Olga works on weekdays from nine to five and offers a haircut: something to begin with."""
    world = sample_world(clock=clock, seed=None)
    olga = next(iter(world.users.values()))
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    hours = [{"days": days, "startTime": "09:00", "endTime": "17:00"}]
    schedule = Schedule(world.next_id("schedule"), olga.id, "Weekdays", olga.time_zone, hours, [], is_default=True)
    world.schedules[schedule.id] = schedule
    olga.default_schedule_id = schedule.id
    made = EventType(world.next_id("event_type"), olga.id, "Haircut", "haircut", 30, [olga.id], fields_of({}))
    world.event_types[made.id] = made
    return world
