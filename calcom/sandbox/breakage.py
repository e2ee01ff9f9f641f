"""What the switchboard's rules do to one request: wait, lose, break or replace its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from calcom.sandbox.faults import Rule
from calcom.sandbox.limits import BLOCK, TOO_MANY
from calcom.sandbox.router import Call
from calcom.sandbox.wire import Answer, Refusal

Work = Callable[[], Answer]

_INSTEAD = frozenset({"timeout_before_write", "timeout_after_write", "late_write", "status", "answer"})
_AFTERWARDS = frozenset({"cut", "truncate", "huge"})
GATEWAY_PAGE = (
    b"<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n"
    b"<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)
_TITLES = {500: b"Internal Server Error", 502: b"Bad Gateway", 503: b"Service Unavailable", 504: b"Gateway Time-out"}


def applied(call: Call, *, operation: str, work: Work) -> Answer:
    """The answer of `work` under the faults that fit this request: each of its rules counts as used."""
    faults = call.sandbox.faults
    facts = {"method": call.request.method, "path": call.path, "operation": operation}
    if slow := faults.take({"latency"}, **facts):
        wait(call, slow.seconds)
    instead = faults.take(_INSTEAD, **facts)
    answer = _INSTEAD_OF[instead.kind](call, instead, work) if instead else work()
    if rule := faults.take(_AFTERWARDS, **facts):
        answer = _AFTER[rule.kind](answer, rule)
    if faults.take({"updated_at_null"}, **facts):
        answer = replace(answer, body=_never_updated(call, answer.body))
    return answer


def wait(call: Call, seconds: float) -> None:
    """Sleeps, or less when the server closes."""
    if seconds > 0:
        call.sandbox.closing.wait(seconds)


def _timeout_before_write(call: Call, rule: Rule, work: Work) -> Answer:
    wait(call, rule.seconds)
    return Answer(504, cut="before")


def _timeout_after_write(call: Call, rule: Rule, work: Work) -> Answer:
    answer = work()
    wait(call, rule.seconds)
    return replace(answer, cut="before")


def _late_write(call: Call, rule: Rule, work: Work) -> Answer:
    """The client is cut off; the work happens all the same, `seconds` after the request came."""

    def late() -> None:
        wait(call, rule.seconds)
        work()

    thread = threading.Thread(target=late, name="sandbox-late-write", daemon=True)
    thread.start()
    if rule.hold_seconds is None:
        thread.join()
    else:
        wait(call, rule.hold_seconds)
    return Answer(504, cut="before")


def _status(call: Call, rule: Rule, work: Work) -> Answer:
    if rule.after_write:
        work()
    if rule.html:
        title = _TITLES.get(rule.status, b"Error")
        page = GATEWAY_PAGE % (rule.status, title, rule.status, title)
        return Answer(rule.status, page, {"Content-Type": "text/html; charset=UTF-8"} | rule.headers)
    if rule.status == 429:
        refusal = Refusal(429, TOO_MANY, details=TOO_MANY)
        headers = {
            "X-RateLimit-Limit-Default": "120",
            "X-RateLimit-Remaining-Default": "0",
            "X-RateLimit-Reset-Default": str(int(rule.seconds or BLOCK.total_seconds())),
        }
        return refusal.answer(now=call.world.now(), path=call.path).plus(headers | rule.headers)
    message = "Internal server error" if rule.status == 500 else _TITLES.get(rule.status, b"Error").decode()
    return Answer(rule.status, {"statusCode": rule.status, "message": message}, dict(rule.headers))


def _answer(call: Call, rule: Rule, work: Work) -> Answer:
    if rule.after_write:
        work()
    return Answer(rule.status, (rule.body or "").encode(), {"Content-Type": "application/json"} | rule.headers)


def _cut(answer: Answer, rule: Rule) -> Answer:
    return replace(answer, cut=rule.where)


def _truncate(answer: Answer, rule: Rule) -> Answer:
    """A whole HTTP answer with half of the JSON in it."""
    encoded = answer.encoded()
    return replace(answer, body=encoded[: len(encoded) // 2])


def _huge(answer: Answer, rule: Rule) -> Answer:
    return replace(answer, body=b" " * rule.bytes + answer.encoded())


def _never_updated(call: Call, body: Any) -> Any:
    """`updatedAt: null` in the answer and in the rows, as old bookings have it: filters by it never find them."""
    with call.world.lock:
        for booking in call.world.bookings.values():
            booking.updated_at = None
    return _with_null(body)


def _with_null(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: None if key == "updatedAt" else _with_null(value) for key, value in body.items()}
    if isinstance(body, list):
        return [_with_null(value) for value in body]
    return body


_INSTEAD_OF: dict[str, Callable[[Call, Rule, Work], Answer]] = {
    "timeout_before_write": _timeout_before_write,
    "timeout_after_write": _timeout_after_write,
    "late_write": _late_write,
    "status": _status,
    "answer": _answer,
}
_AFTER: dict[str, Callable[[Answer, Rule], Answer]] = {"cut": _cut, "truncate": _truncate, "huge": _huge}
