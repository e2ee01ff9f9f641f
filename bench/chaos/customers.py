"""People at Cal.com: customers who book, move and cancel, hosts who do so too, confirm and decline."""

from __future__ import annotations

import random
import re
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.chaos.diary import Diary, Pace, Remote
from bench.chaos.salons import Salons, Times
from bench.chaos.upstream import PEOPLE, There, Upstream

_KINDS = {"book": 40, "move": 25, "cancel": 15, "confirm": 12, "decline": 8}
_BY_HOST = 0.3
_LOOK_EVERY = 20
_UID = re.compile(r" with uid=\w+")


@dataclass
class Customers:
    """Some of them, in one thread. They know what Cal.com shows, looked up now and then."""

    name: str
    salons: Salons
    upstream: Upstream
    times: Times
    diary: Diary
    dice: random.Random
    _seen: list[There] = field(default_factory=list)

    def work(self, pace: Pace) -> None:
        """Make so many changes."""
        number = 0
        try:
            while pace.wait():
                number += 1
                if number % _LOOK_EVERY == 1:
                    self._seen = [one for one in self.upstream.bookings().values() if one.is_live]
                kind = self.dice.choices(list(_KINDS), list(_KINDS.values()))[0]
                change = self._do(f"{self.name}.{number}", kind)
                if change is not None:
                    self.diary.note(change)
                    pace.done += 1
        except Exception:  # noqa: BLE001 - a thread's end must be seen
            self.diary.fail(traceback.format_exc())

    def _do(self, name: str, kind: str) -> Remote | None:
        wanted = {"pending"} if kind in {"confirm", "decline"} else {"pending", "accepted"}
        open_to = [one for one in self._seen if one.status in wanted] if kind != "book" else []
        if not open_to:
            return self._book(name)
        one = self.dice.choice(open_to)
        self._seen.remove(one)
        chair = self.salons.chair_of(one.event_type_id)
        starts_at = self.times.next(chair.staff.pk) if kind == "move" else None
        is_host = kind in {"confirm", "decline"} or self.dice.random() < _BY_HOST
        path, body = _request(kind, starts_at)
        return self._ask(kind, f"/bookings/{one.uid}/{path}", body, starts_at, key=chair.key if is_host else "")

    def _book(self, name: str) -> Remote | None:
        chair = self.dice.choice(self.salons.chairs)
        starts_at = self.times.next(chair.staff.pk)
        attendee = {"name": f"Kundin {name}", "email": f"{name}@example.com", "timeZone": "UTC"}
        body = {"eventTypeId": chair.event_type_id, "start": starts_at.isoformat(), "attendee": attendee}
        return self._ask("book", "/bookings", body, starts_at, key="")

    def _ask(self, kind: str, path: str, body: Any, starts_at: datetime | None, *, key: str) -> Remote | None:
        status, answer = self.upstream.ask("POST", f"/v2{path}?{PEOPLE}", body, key=key)
        if status >= 500:
            raise RuntimeError(f"Cal.com answers {status} to {kind}: {answer}")
        if status >= 300:
            self.diary.refuse(f"there: {kind}: {_UID.sub('', answer['error']['message'])[:40]}")
            return None
        return Remote(answer["data"]["uid"], kind, starts_at)


def _request(kind: str, starts_at: datetime | None) -> tuple[str, dict[str, Any]]:
    if kind == "move" and starts_at is not None:
        return "reschedule", {"start": starts_at.isoformat()}
    if kind == "cancel":
        return "cancel", {"cancellationReason": "Krank"}
    return ("confirm", {}) if kind == "confirm" else ("decline", {"reason": "Keine Zeit"})
