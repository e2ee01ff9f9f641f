"""A small world for tests: three users, their keys, nothing else. The demo's world is calcom.mirror's."""

from __future__ import annotations

from datetime import timedelta

from calcom.sandbox.state import ApiKey, Clock, User, World

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
