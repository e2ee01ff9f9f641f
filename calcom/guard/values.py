"""What the guard is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# The epoch of a call that nobody counted.
UNGUARDED = -1


class Lane(StrEnum):
    """Whether somebody waits. Background calls leave 30 % of every budget to people who do."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class Bucket(StrEnum):
    """FEW: changes of location, attendees and guests, five a minute; they count in DEFAULT too."""

    DEFAULT = "default"
    FEW = "few"


class Outcome(StrEnum):
    """How a call ended. A 4xx is a SUCCESS: the server answers. UNSENT: it never left, nothing is learned.

    KEY_REFUSED: an answer as well, but to a key that is not, or no longer, valid.
    """

    SUCCESS = "success"
    KEY_REFUSED = "key_refused"
    FAILURE = "failure"
    RATE_LIMITED = "rate_limited"
    UNSENT = "unsent"


class CircuitState(StrEnum):
    """CLOSED: calls pass. OPEN: none does. HALF_OPEN: two may, and decide."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Refused(Exception):
    """The call must not be sent now."""

    def __init__(self, text: str, *, retry_at: datetime | None = None) -> None:
        self.retry_at = retry_at
        super().__init__(text)


class CircuitOpen(Refused):
    """Cal.com has failed several times in a row; it rests until `retry_at`."""


class BudgetSpent(Refused):
    """The share of this lane is used up, or Cal.com told us to wait, until `retry_at`."""


class GuardAway(Refused):
    """Redis does not answer, so nobody counts: background calls wait."""


@dataclass(frozen=True)
class Account:
    """Whose calls are counted together: one key on one host. `company_id` is for the log."""

    company_id: int
    host: str
    key_fingerprint: str
    requests_per_minute: int


@dataclass(frozen=True)
class Reported:
    """What X-RateLimit-* said: of several limits the one with the least remaining."""

    limit: int | None = None
    remaining: int | None = None
    reset_s: float | None = None


@dataclass(frozen=True)
class Permit:
    """Leave to send one call; hand it to record() afterwards. If it never is, its place is free after CALL_S."""

    account: Account
    lane: Lane
    bucket: Bucket
    token: str
    epoch: int = UNGUARDED
    admitted_ms: int = 0
    is_trial: bool = False
