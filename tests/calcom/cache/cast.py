"""A Cal.com that counts how often it is asked, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from calcom.cache import Cached, cached
from calcom.errors import CalcomNotFound, CalcomUnavailable

COMPANY, STRANGER = 1, 2


@dataclass
class Upstream:
    """Answers with the number of the question; or fails; `meanwhile` happens while it is being asked."""

    error: Exception | None = None
    meanwhile: Callable[[], Any] = lambda: None
    asked: int = field(default=0, init=False)

    def __call__(self) -> dict[str, Any]:
        self.asked += 1
        self.meanwhile()
        if self.error:
            raise self.error
        return {"number": self.asked, "text": "für 12 €"}


def down() -> CalcomUnavailable:
    return CalcomUnavailable("no connection")


def slots(upstream: Upstream, event_type_id: int = 5, *, company_id: int = COMPANY, day: str = "2030-01-07") -> Cached:
    """A day's slots."""
    args: dict[str, str | int] = {"eventTypeId": event_type_id, "start": day}
    return cached(company_id, "slots", args, upstream, may_be_stale=lambda error: not isinstance(error, CalcomNotFound))


def ask(upstream: Upstream, resource: str = "event_types", *, company_id: int = COMPANY) -> Cached:
    """Something else."""
    return cached(company_id, resource, {}, upstream, may_be_stale=lambda error: isinstance(error, CalcomUnavailable))
