"""What can go wrong with Cal.com: its API, and what it sends.

The tree of API errors answers "may I try again?": `may_retry` says whether the same call may simply be sent again.

    CalcomError
    ├── CalcomUnavailable       no connection; on a read: timeout, 5xx, no JSON; the circuit is open
    ├── CalcomRateLimited       asked too often; again after `retry_at`
    ├── CalcomUnclear           a write whose answer was lost, cut, late or a 5xx: look before repeating
    ├── CalcomAuthFailed        the key is wrong, expired, missing, or may not do this
    ├── CalcomNotFound          there is no such thing, or it is another account's
    ├── CalcomSlotTaken         the time has just been taken
    ├── CalcomRejected          refused, in Cal.com's own words (`reason`)
    └── CalcomMisconfigured     the address leads nowhere useful
        └── CalcomVersionMismatch   the server answers in another version's shape
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime


class UnreadableBody(Exception):
    """The body is not a delivery of Cal.com's: no JSON, no object, a custom template. Staff cannot mend it."""


class InvalidDelivery(Exception):
    """The body is a delivery, but says something impossible. The text names the field and what is wrong with it."""


@dataclass(frozen=True)
class Where:
    """What was being asked: for whom, of what, and Cal.com's number for the request. Never holds the key."""

    company_id: int | None = None
    company: str = ""
    endpoint: str = ""
    status: int | None = None
    request_id: str = ""

    def __str__(self) -> str:
        answer = f", HTTP {self.status}" if self.status else ""
        return f"{self.company or 'company ' + str(self.company_id)}: {self.endpoint}{answer}"


class CalcomError(Exception):
    """A call of Cal.com's API that failed. The text names company, endpoint and what to do; never the key."""

    may_retry: ClassVar[bool] = False

    def __init__(
        self, text: str, *, where: Where | None = None, retry_at: datetime | None = None, reason: str = ""
    ) -> None:
        self.where = where or Where()
        self.retry_at = retry_at
        self.reason = reason
        super().__init__(f"{self.where}: {text}" if where else text)

    @property
    def status(self) -> int | None:
        """The HTTP status, where there was an answer."""
        return self.where.status


class CalcomUnavailable(CalcomError):
    """Nothing was done: no connection; or a read without a usable answer; or the circuit is open until `retry_at`."""

    may_retry = True


class CalcomRateLimited(CalcomError):
    """Too many requests, by our own count or Cal.com's. Nothing was done. Again after `retry_at`."""

    may_retry = True


class CalcomUnclear(CalcomError):
    """A write that may or may not have happened. Look at Cal.com before writing again."""


class CalcomAuthFailed(CalcomError):
    """The key is missing, wrong, expired or of another server, or its user may not do this."""


class CalcomNotFound(CalcomError):
    """Cal.com does not know it, or shows it to others only."""


class CalcomSlotTaken(CalcomError):
    """Somebody else has the time, or the host is not available then."""


class CalcomRejected(CalcomError):
    """Cal.com refuses what was asked; `reason` holds its own words."""


class CalcomMisconfigured(CalcomError):
    """The connection is set up wrongly: a base URL that redirects, answers pages, or is not allowed."""


class CalcomVersionMismatch(CalcomMisconfigured):
    """The answer has the shape of another API version: wrong versions fall back silently at Cal.com."""
