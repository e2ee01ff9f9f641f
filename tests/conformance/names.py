"""Ids of the recording and those of the sandbox.

Wherever an answer of the sandbox has an id in the place of a recorded one, the two are remembered, and later requests
ask for the sandbox's. Uids are unique in the world; numbers only among things of one kind, which the key tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-Za-z]{20,30}")
_KINDS = {
    "eventTypeId": "event type",
    "eventTypeIds": "event type",
    "ownerId": "user",
    "userId": "user",
    "scheduleId": "schedule",
    "defaultScheduleId": "schedule",
    "bookingId": "booking",
    "rescheduleId": "booking",
}
_LISTS = {
    "eventType": "event type",
    "eventTypes": "event type",
    "event-types": "event type",
    "hosts": "user",
    "users": "user",
    "user": "user",
    "organizer": "user",
    "me": "user",
    "attendees": "attendee",
    "bookings": "booking",
    "schedules": "schedule",
    "references": "reference",
}
_IN_PATH = re.compile(r"(/event-types/|/schedules/|/attendees/|[?&]eventTypeIds?=)([\d,]+)")
_PATH_KINDS = {"/event-types/": "event type", "/schedules/": "schedule", "/attendees/": "attendee"}


class Names:
    """What is called what. Empty at the start of a replay."""

    def __init__(self) -> None:
        self._uids: dict[str, str] = {}
        self._numbers: dict[tuple[str, int], int] = {}

    def learn(self, recorded: Any, answered: Any, *, path: str = "") -> list[str]:
        """Remember the ids in corresponding places. Returns a sentence for each that was somebody else's already."""
        return list(self._learn(recorded, answered, kind=root_kind(path)))

    def translated(self, value: Any, *, kind: str = "") -> Any:
        """`value` of the recording with the sandbox's ids; unknown ones stay."""
        if isinstance(value, dict):
            return {key: self.translated(one, kind=_kind(key, kind)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.translated(one, kind=kind) for one in value]
        if isinstance(value, str):
            return self.translated_path(value) if value.startswith("/v2/") else self._renamed(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._numbers.get((kind.removesuffix("!"), value), value) if kind.endswith("!") else value
        return value

    def translated_path(self, path: str) -> str:
        """A request's path and query with the sandbox's ids."""

        def replaced(found: re.Match[str]) -> str:
            kind = _PATH_KINDS.get(found[1], "event type")
            numbers = [str(self._numbers.get((kind, int(one)), int(one))) for one in found[2].split(",") if one]
            return found[1] + ",".join(numbers)

        return _IN_PATH.sub(replaced, self._renamed(path))

    def _renamed(self, text: str) -> str:
        return _UID.sub(lambda found: self._uids.get(found[0], found[0]), text)

    def _learn(self, recorded: Any, answered: Any, *, kind: str) -> Iterator[str]:
        if isinstance(recorded, dict) and isinstance(answered, dict):
            for key in recorded.keys() & answered.keys():
                yield from self._learn(recorded[key], answered[key], kind=_kind(key, kind))
        elif isinstance(recorded, list) and isinstance(answered, list) and len(recorded) == len(answered):
            for one, other in zip(recorded, answered, strict=True):
                yield from self._learn(one, other, kind=kind)
        elif kind.endswith("!"):
            yield from self._remember(recorded, answered, kind=kind.removesuffix("!"))

    def _remember(self, recorded: Any, answered: Any, *, kind: str) -> Iterator[str]:
        if isinstance(recorded, str) and isinstance(answered, str):
            theirs, ours = _UID.match(recorded), _UID.match(answered)
            if theirs and ours and theirs[0] not in self._uids:
                if ours[0] in self._uids.values():
                    yield f"{ours[0]} is not new"
                self._uids[theirs[0]] = ours[0]
        elif type(recorded) is int and type(answered) is int:
            self._numbers.setdefault((kind, recorded), answered)


def root_kind(path: str) -> str:
    """The kind of what an address answers."""
    words = [word for word in urlsplit(path).path.split("/") if word in _LISTS]
    return _LISTS[words[-1]] if words else ""


def _kind(key: str, around: str) -> str:
    """The kind below `key`; with a mark where the value itself is an id."""
    if key in _KINDS:
        return _KINDS[key] + "!"
    if key == "id" or key.lower().endswith("uid"):
        return around.removesuffix("!") + "!"
    return _LISTS.get(key, around.removesuffix("!"))
