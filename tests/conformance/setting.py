"""What a recording takes for granted: users, keys, and the few steps that were done without the API.

`setup.json` beside the folder of exchanges, or `recordings.json` here for folders that bring none:

    {"users": [{"id": 1, "username": …}], "keys": [{"text": …, "user_id": 1, "limit": 5000}],
     "receiver": "HOST:PORT where webhooks were received; nothing answers elsewhere",
     "renamed": {"a word of the recorded server": "ours for the same"},
     "before": {"FILE OF AN EXCHANGE": [{"do": "move booking", "uid": …, "starts_at": …, "ends_at": …}]}}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from calcom.sandbox.state import ApiKey, Clock, User, World
from tests.conformance.names import Names

_DEFAULT = Path(__file__).parent / "recordings.json"


@dataclass(frozen=True)
class Setting:
    """The file's contents."""

    users: list[dict[str, Any]]
    keys: list[dict[str, Any]]
    receiver: str
    renamed: dict[str, str]
    before: dict[str, list[dict[str, str]]]

    def world(self, clock: Clock) -> World:
        """A world with these users and keys, and nothing else. A key that is `expired` was so for a day."""
        world = World(clock=clock, seed=1)
        for user in self.users:
            world.users[user["id"]] = User(**user)
        for key in self.keys:
            fields = {name: value for name, value in key.items() if name != "expired"}
            expires_at = clock() - timedelta(days=1) if key.get("expired") else None
            world.api_keys[key["text"]] = ApiKey(**fields, expires_at=expires_at)
        return world

    def prepare(self, file: str, world: World, names: Names) -> None:
        """Do what was done before this exchange."""
        for step in self.before.get(file, []):
            _STEPS[step["do"]](world, names.translated(step))


def setting_of(folder: Path) -> Setting:
    """The setting of a folder of exchanges."""
    own = folder.parent / "setup.json"
    return Setting(**json.loads((own if own.exists() else _DEFAULT).read_text()))


def _move_booking(world: World, step: dict[str, str]) -> None:
    with world.lock:
        booking = world.bookings[step["uid"]]
        booking.starts_at = datetime.fromisoformat(step["starts_at"])
        booking.ends_at = datetime.fromisoformat(step["ends_at"])


_STEPS = {"move booking": _move_booking}
