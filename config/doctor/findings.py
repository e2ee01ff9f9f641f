"""What a check has found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import structlog

logger = structlog.get_logger(__name__)


class Level(StrEnum):
    """How bad it is. A note may be wanted as it is."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing, and what to do where it is not as it should be."""

    subject: str
    level: Level
    text: str
    todo: str = ""


Check = Callable[[], Iterable[Finding]]


def ok(subject: str, text: str) -> Finding:
    """As it should be."""
    return Finding(subject, Level.OK, text)


def note(subject: str, text: str, todo: str) -> Finding:
    """Worth knowing; it may be wanted."""
    return Finding(subject, Level.NOTE, text, todo)


def wrong(subject: str, text: str, todo: str) -> Finding:
    """Something does not work, or soon will not."""
    return Finding(subject, Level.WRONG, text, todo)


def found(subject: str, check: Check) -> Iterator[Finding]:
    """What a check finds; that it could not be made, where it breaks."""
    try:
        yield from check()
    except Exception as error:
        logger.exception("doctor.check_failed", subject=subject)
        text = f"could not be looked at ({type(error).__name__})"
        yield wrong(subject, text, "The log says more. Mend what is reported above first.")


def duration(seconds: float) -> str:
    """As people say it: "40 s", "12 min", "5 h", "3 days"."""
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"
