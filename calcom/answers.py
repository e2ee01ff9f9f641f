"""From an HTTP answer to data, or to the error that says what may be done about it.

Cal.com has four shapes of errors: its envelope, Nest's bare default, OAuth's, and pages of a gateway. Decide by the
status, never by `error.code`.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils import timezone

from calcom import conf
from calcom.errors import (
    CalcomAuthFailed,
    CalcomError,
    CalcomMisconfigured,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomSlotTaken,
    CalcomUnavailable,
    CalcomUnclear,
    CalcomVersionMismatch,
    Where,
)
from calcom.guard import Reported

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"(?<![A-Za-z])(?:(?i:cal)_[A-Za-z0-9_]{8,}|eyJ[\w.-]{8,})")
# Line breaks and other signs that steer a terminal or a log; signs that are not seen, and halves of characters.
_STEERING = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_UNSEEN = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_LONGEST_REASON = 500
_DONE_SEE_ELSEWHERE = 303
_LONGEST_ID = 64
_MOST_CONSTRAINTS = 20
_MOST_STEPS = 1000


@dataclass(frozen=True)
class Received:
    """An answer that came in whole. Header names are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def reported(self) -> Reported:
        """What the server says about its limit: the tightest of its X-RateLimit headers."""
        return reported_limit(self.headers)

    def request_id(self, key: str) -> str:
        """Cal.com's number for the request, fit for a log: without the key, should a server repeat it there."""
        return _clean(self.headers.get("x-request-id", ""), key)[:_LONGEST_ID]


def content_of(received: Received, *, where: Where, is_write: bool, key: str = "") -> dict[str, Any]:
    """The envelope of a success: `data`, and `pagination` in lists. Raises CalcomError for everything else.

    Source: recordings 279-306 and 308-315 for the errors, contract 1.6 for their shapes.
    """
    where = replace(where, status=received.status, request_id=received.request_id(key))
    body = _parsed(received.body)
    if 200 <= received.status < 300:
        return _content(body, received, where=where, is_write=is_write)
    raise _error(received, body, where=where, is_write=is_write, key=key)


def _content(body: Any, received: Received, *, where: Where, is_write: bool) -> dict[str, Any]:
    if received.status == 204:
        return {}
    if isinstance(body, dict) and body.get("status") == "success":
        return body
    if is_write:
        raise CalcomUnclear(
            "the answer to a change could not be read. Look at Cal.com before trying again.", where=where
        )
    raise CalcomUnavailable(
        "the answer is not the JSON of Cal.com's API. If this stays so, check the API base URL.", where=where
    )


def _error(received: Received, body: Any, *, where: Where, is_write: bool, key: str) -> CalcomError:
    status, words = received.status, _clean(_words(body), key)
    if status >= 500:
        return _server_failed(words, where=where, is_write=is_write)
    if status == 429:
        wait_s = min(received.reported.reset_s or conf.BLOCK_S, conf.LONGEST_BLOCK_S)
        until = timezone.now() + timedelta(seconds=wait_s)
        return CalcomRateLimited("Cal.com allows no more requests for now.", where=where, retry_at=until, reason=words)
    if status == _DONE_SEE_ELSEWHERE and is_write:
        return CalcomUnclear(
            "the server says of a change that it is done, and leads elsewhere. Look there first.", where=where
        )
    return _refused(status, body, words, where=where)


def _refused(status: int, body: Any, words: str, *, where: Where) -> CalcomError:
    if status < 400:
        return CalcomMisconfigured(
            "the server redirects, and the key does not follow. Enter the address it leads to.", where=where
        )
    if status in {401, 403, 498}:
        return CalcomAuthFailed(f"Cal.com refuses the key: {words or 'no reason given'}", where=where, reason=words)
    if status == 404:
        return _not_found(body, words, where=where)
    if _is_taken(status, words):
        return CalcomSlotTaken(words, where=where, reason=words)
    return CalcomRejected(words or "Cal.com refuses without a reason.", where=where, reason=words)


def _not_found(body: Any, words: str, *, where: Where) -> CalcomError:
    if body is None or re.match(r"Cannot [A-Z]+ /", words):
        text = "the server has no such address in this version. Check the API base URL and the company's API versions."
        return CalcomVersionMismatch(text, where=where, reason=words)
    return CalcomNotFound(words or "Cal.com does not know it.", where=where, reason=words)


def _server_failed(words: str, *, where: Where, is_write: bool) -> CalcomError:
    if is_write:
        text = f"Cal.com failed in the middle of a change ({words or 'no reason'}). Look there before trying again."
        return CalcomUnclear(text, where=where, reason=words)
    return CalcomUnavailable(f"Cal.com fails ({words or 'no reason'}). Try again later.", where=where, reason=words)


def _is_taken(status: int, words: str) -> bool:
    """Whether somebody else has the time; other 409s are rules of the booking, not of the calendar."""
    if status == 400:
        return "already has booking" in words
    if status == 409:
        return words == "booking_conflict_error"
    return status == 422 and ("already reserved" in words or "already booked" in words)


def _parsed(body: bytes) -> Any:
    """The JSON value, or None where there is none that can be used."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(_name: str) -> Any:
    raise ValueError("not JSON")


def _words(body: Any) -> str:
    """Cal.com's own words, from whichever shape."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    if isinstance(error, dict):
        return "; ".join(_constraints(error.get("details"))) or _text(error.get("message"))
    return _text(body.get("message")) or _text(body.get("error_description")) or _text(error)


def _constraints(details: Any) -> list[str]:
    """The single complaints of the validation pipe, whose message says only "Bad Request Exception"."""
    found: list[str] = []
    errors = details.get("errors") if isinstance(details, dict) else None
    waiting = deque(errors if isinstance(errors, list) else [])
    for _step in range(_MOST_STEPS):
        if not waiting or len(found) >= _MOST_CONSTRAINTS:
            break
        one = waiting.popleft()
        if not isinstance(one, dict):
            continue
        if isinstance(one.get("constraints"), dict):
            found += filter(None, map(_text, one["constraints"].values()))
        if isinstance(one.get("children"), list):
            waiting += one["children"]
    return found


def _text(value: Any) -> str:
    """A text or a list of texts; whatever else it may be is not worth reading."""
    if isinstance(value, list):
        return ", ".join(part for part in value if isinstance(part, str))
    return value.strip(" ,") if isinstance(value, str) else ""


def _clean(words: str, key: str) -> str:
    """One line without keys and tokens: Cal.com repeats them in some of its errors, spelt as in an address too."""
    words = _UNSEEN.sub("", _STEERING.sub(" ", words))
    if key:
        for spelt in {key, quote(key), quote(key, safe="")}:
            if spelt.lower() in words.lower():
                words = re.sub(re.escape(spelt), "…", words, flags=re.IGNORECASE)
    return _TOKEN.sub("…", words)[:_LONGEST_REASON].strip()


def reported_limit(headers: Mapping[str, str]) -> Reported:
    """The tightest of the limits named in X-RateLimit-{Limit,Remaining,Reset}[-Name]; Retry-After where there is one.

    Reset is in seconds from now. Each part is None where the server says nothing (contract 1.4, recordings 308-315).
    """
    named: dict[str, dict[str, float]] = {}
    for name, value in headers.items():
        match = re.fullmatch(r"x-ratelimit-(limit|remaining|reset)(-.+)?", name.lower())
        number = _number(value)
        if match and number is not None:
            named.setdefault(match[2] or "", {})[match[1]] = number
    counted = [limit for limit in named.values() if "remaining" in limit]
    tightest = min(counted, key=lambda limit: (limit["remaining"], -limit.get("reset", 0)), default={})
    reset_s = tightest.get("reset", _number(headers.get("retry-after", "")))
    return Reported(limit=_whole(tightest.get("limit")), remaining=_whole(tightest.get("remaining")), reset_s=reset_s)


def _number(value: str) -> float | None:
    """A number of seconds or requests; absurd ones count as not said."""
    return float(value) if re.fullmatch(r"\d{1,6}(\.\d+)?", value.strip()) else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
