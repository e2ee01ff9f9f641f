"""One request, sent once: guard, send, answer. The only module that speaks HTTP to Cal.com.

A write is told apart from a read, because a write whose answer is lost may have happened. Nothing is repeated here: the
client tries reads again. The key travels in a header of this one request: redirects are not followed.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import requests
import structlog
from urllib3.exceptions import (
    HTTPError,
    LocationValueError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from calcom import conf, guard, metrics
from calcom.account import Access
from calcom.answers import Received, content_of
from calcom.errors import CalcomAuthFailed, CalcomError, CalcomRateLimited, CalcomUnavailable, CalcomUnclear, Where
from calcom.guard import Bucket, Lane, Outcome
from calcom.sessions import own_seconds, session_for
from calcom.versions import HEADER, Group, version_for

logger = structlog.get_logger(__name__)

_CHUNK = 65_536
# Of these statuses the key is the cause; a 403 may only mean that its user may not do this.
_KEY_REFUSED = frozenset({401, 498})


@dataclass(frozen=True)
class Call:
    """What to ask. `endpoint` names it in errors and logs, without the uid that `path` holds."""

    method: str
    endpoint: str
    path: str
    group: Group = Group.NONE
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    bucket: Bucket = Bucket.DEFAULT

    @property
    def is_write(self) -> bool:
        """Whether a lost answer may have changed something."""
        return self.method != "GET"


def send(access: Access, call: Call, *, lane: Lane) -> dict[str, Any]:
    """Cal.com's answer: `data`, and `pagination` in lists. Raises a CalcomError: see calcom.errors."""
    where = Where(company_id=access.company.pk, company=access.company.name, endpoint=f"{call.method} {call.endpoint}")
    with _permitted(access, call, lane=lane, where=where) as seen:
        received = _exchange(access, call, where=where)
        seen.append(received)
        return content_of(received, where=where, is_write=call.is_write, key=access.key)


@contextmanager
def _permitted(access: Access, call: Call, *, lane: Lane, where: Where) -> Iterator[list[Received]]:
    """One trip to the guard before, one after, whatever happens in between."""
    permit = _admitted(access, call, lane=lane, where=where)
    seen: list[Received] = []
    outcome = Outcome.FAILURE
    started, own = time.monotonic(), own_seconds()
    try:
        yield seen
        outcome = Outcome.SUCCESS
    except CalcomError as error:
        outcome = _outcome(error)
        raise
    finally:
        milliseconds = round((time.monotonic() - started - (own_seconds() - own)) * 1000)
        tell = partial(_tell, where, seen, key=access.key, milliseconds=milliseconds)
        guard.record(permit, outcome, seen[0].reported if seen else None, meanwhile=tell)


def _tell(where: Where, seen: list[Received], *, key: str, milliseconds: int) -> None:
    status = seen[0].status if seen else None
    metrics.called(where.endpoint, status=status, seconds=milliseconds / 1000)
    logger.info(
        "calcom.answered" if seen else "calcom.no_answer",
        company_id=where.company_id,
        endpoint=where.endpoint,
        status=status,
        calcom_request_id=seen[0].request_id(key) if seen else "",
        milliseconds=milliseconds,
    )


def _admitted(access: Access, call: Call, *, lane: Lane, where: Where) -> guard.Permit:
    try:
        return guard.admit(access.account, lane=lane, bucket=call.bucket)
    except guard.CircuitOpen as error:
        metrics.CALLS.add(where.endpoint, metrics.HELD_BY_CIRCUIT)
        text = (
            f"not asked{_until(error.retry_at)}: Cal.com has failed several times in a row. After a repair the command "
            "circuit_reset has it asked again at once."
        )
        raise CalcomUnavailable(text, where=where, retry_at=error.retry_at) from error
    except guard.BudgetSpent as error:
        metrics.CALLS.add(where.endpoint, metrics.HELD_BY_BUDGET)
        text = f"no more requests{_until(error.retry_at)}: the budget of this minute is used up."
        raise CalcomRateLimited(text, where=where, retry_at=error.retry_at) from error
    except guard.Refused as error:
        metrics.CALLS.add(where.endpoint, metrics.HELD_WITHOUT_REDIS)
        text = "not asked: our own counters (Redis) are away, and nobody waits for this call. Is Redis up?"
        raise CalcomUnavailable(text, where=where, retry_at=error.retry_at) from error


def _until(moment: datetime | None) -> str:
    return f" until {moment.astimezone(UTC):%H:%M:%S} UTC" if moment else " for now"


def _outcome(error: CalcomError) -> Outcome:
    """A 4xx is an answer; a 429 is no outage; everything without a usable answer is a failure."""
    if isinstance(error, CalcomRateLimited):
        return Outcome.RATE_LIMITED
    if isinstance(error, CalcomAuthFailed) and error.status in _KEY_REFUSED:
        return Outcome.KEY_REFUSED
    return Outcome.FAILURE if isinstance(error, CalcomUnavailable | CalcomUnclear) else Outcome.SUCCESS


def _exchange(access: Access, call: Call, *, where: Where) -> Received:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access.key}"}
    if version := version_for(access.company, call.group):
        headers[HEADER] = version
    session = session_for(access.origin)
    try:
        # Not session.request(): before each call it merges what this session has none of, cookies and a login.
        request = requests.Request(
            call.method,
            f"{access.root}{call.path}",
            params=dict(call.query),
            json=call.body,
            headers={**session.headers, **headers},
        ).prepare()
        with session.send(request, timeout=conf.timeouts_s(), allow_redirects=False, stream=True) as response:
            return Received(response.status_code, response.headers, _body(response))
    # urllib3 raises some of its own, and ValueError for names and numbers that are none.
    except (requests.RequestException, HTTPError, ValueError) as error:
        raise _lost(error, call, where=where) from error


def _body(response: requests.Response) -> bytes:
    """The body, as long as it is not absurdly long."""
    body = bytearray()
    while part := response.raw.read1(_CHUNK, decode_content=True):
        body += part
        if len(body) > conf.MAX_ANSWER_BYTES:
            raise _TooLong
    return bytes(body)


class _TooLong(requests.RequestException):
    """More than anything that Cal.com has to say."""


def _lost(error: Exception, call: Call, *, where: Where) -> CalcomError:
    """No answer, or half of one. A write is unclear unless nothing can have been sent."""
    what = _told(error)
    if call.is_write and not _never_sent(error):
        return CalcomUnclear(f"{what} after a change was sent. Look at Cal.com before trying again.", where=where)
    return CalcomUnavailable(f"{what}. Is the API base URL right, and the server up? Try again later.", where=where)


def _told(error: Exception) -> str:
    """What happened, in words of ours: the library's name addresses and more."""
    if isinstance(error, requests.Timeout | ReadTimeoutError):
        return "no answer in time"
    if _never_sent(error):
        return "no connection"
    if isinstance(error, _TooLong):
        return f"an answer of more than {conf.MAX_ANSWER_BYTES // 1_000_000} MB"
    return "the answer was cut or could not be read"


def _never_sent(error: Exception) -> bool:
    """Whether the connection did not even come about, so that Cal.com cannot have seen the request."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.InvalidURL | LocationValueError):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(reason, SSLError):  # the encryption may break at any time; a certificate is looked at before all
        return isinstance(next(iter(reason.args), None), ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError | ProxyError)
