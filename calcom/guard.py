"""Before and after every call: may it be sent now, and what does its end mean for the next ones?

A circuit breaker keeps us from asking a Cal.com that is down: 5 failures in a row open it for 60 s, then 2 trial calls
decide. A token bucket keeps us below the limit of the key; what the server says of its own window (X-RateLimit-*) and
its 429 are kept to as well. All processes share one state per host and key, in Redis; guard.lua holds the rules and
takes one round trip before the call and one after, by Redis's clock.

A bucket of 100 lets 100 calls go at once and then 100 a minute, so that the first minute may see more: the server's
window, of which the first answer tells, is what is never exceeded.
"""

from __future__ import annotations

import json
import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from django.utils import timezone

from calcom import conf, scripts
from calcom.scripts import RedisAway, Script

logger = structlog.get_logger(__name__)

# A call that has not come back by now never will: its process was killed. Its place is free again.
CALL_S = 60
# When to look again while both trial calls are on their way.
_PEEK_S = 2
# No window of a server is believed to be longer.
_LONGEST_S = 3600
# Unused state goes by itself.
_KEEP_S = 7 * 24 * 3600
_UNGUARDED = -1

_guard = Script.of_file(
    "guard.lua",
    failures=conf.BREAKER_FAILURES,
    rest_ms=conf.BREAKER_REST_S * 1000,
    trials=conf.BREAKER_TRIALS,
    peek_ms=_PEEK_S * 1000,
    call_ms=CALL_S * 1000,
    few_per_minute=conf.FEW_PER_MINUTE,
    share=conf.BACKGROUND_SHARE,
    window_ms=conf.BLOCK_S * 1000,
    block_ms=conf.BLOCK_S * 1000,
    keep_ms=_KEEP_S * 1000,
)


class Lane(StrEnum):
    """Whether somebody waits. Background calls leave 30 % of every budget to people who do."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class Bucket(StrEnum):
    """FEW: changes of location, attendees and guests, five a minute; they count in DEFAULT too."""

    DEFAULT = "default"
    FEW = "few"


class Outcome(StrEnum):
    """How a call ended. A 4xx is a SUCCESS: the server answers. UNSENT: it never left, nothing is learned."""

    SUCCESS = "success"
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
    epoch: int = _UNGUARDED
    admitted_ms: int = 0
    is_trial: bool = False


@dataclass(frozen=True)
class GuardStatus:
    """For people: the circuit, what is left of the budgets, and how often what happened."""

    state: CircuitState
    failures: int
    open_until: datetime | None
    tokens: float
    capacity: int
    few_tokens: float
    under_way: int
    window: Reported | None
    blocked_until: datetime | None
    few_blocked_until: datetime | None
    counters: dict[str, int]


COUNTERS = ("calls", "opened", "refused_circuit", "refused_budget", "http_429")


def admit(account: Account, *, lane: Lane, bucket: Bucket = Bucket.DEFAULT) -> Permit:
    """Leave to send one call, and the place it takes. Raises CircuitOpen, BudgetSpent or GuardAway.

    With Redis away a person's call passes uncounted; nobody waits for a background call, so it is refused.
    """
    permit = Permit(account, lane, bucket, token=f"p{secrets.token_hex(8)}")
    if not (conf.breaker_enabled() or conf.rate_limit_enabled()):
        return permit
    try:
        answer = _run("admit", permit)
    except RedisAway as error:
        if lane is Lane.BACKGROUND:
            raise GuardAway("nobody counts the calls", retry_at=_after(scripts.AWAY_FOR_S * 1000)) from error
        return permit
    verdict, *facts = answer
    if verdict != b"pass":
        refusal = CircuitOpen if verdict == b"circuit" else BudgetSpent
        raise refusal(f"refused by the {verdict.decode()}", retry_at=_after(facts[0]))
    admitted_ms, epoch, is_trial, half_opened = facts
    if half_opened:
        logger.warning("calcom.circuit.half_open", **_facts(account))
    return Permit(account, lane, bucket, permit.token, epoch, admitted_ms, bool(is_trial))


def record(permit: Permit, outcome: Outcome, reported: Reported | None = None) -> None:
    """How the call ended, and what the server said of its limits. Never raises: the call has been made."""
    if not (conf.breaker_enabled() or conf.rate_limit_enabled()):
        return
    said = _said(reported or Reported())
    try:
        turned = _run("record", permit, epoch=permit.epoch, admitted=permit.admitted_ms, outcome=outcome, **said)[0]
    except RedisAway:
        return
    if outcome is Outcome.RATE_LIMITED:
        wait_s = said.get("said_reset_ms", conf.BLOCK_S * 1000) / 1000
        logger.warning("calcom.rate.blocked", bucket=permit.bucket, wait_s=wait_s, **_facts(permit.account))
    if turned == b"open":
        logger.warning("calcom.circuit.opened", rest_s=conf.BREAKER_REST_S, **_facts(permit.account))
    if turned == b"closed":
        logger.info("calcom.circuit.closed", **_facts(permit.account))


def status(account: Account) -> GuardStatus:
    """What the guard knows now. Raises GuardAway."""
    seen = json.loads(_asked("status", account))
    state, now_ms = seen["state"], seen["now"]
    every, few = state["purses"]["every"], state["purses"]["few"]

    def instant(at_ms: int) -> datetime | None:
        return _after(at_ms - now_ms) if at_ms > now_ms else None

    return GuardStatus(
        state=_circuit(state, now_ms),
        failures=int(state.get("failures", 0)),
        open_until=instant(state.get("open_until", 0)),
        tokens=seen["every"],
        capacity=account.requests_per_minute,
        few_tokens=seen["few"],
        under_way=seen["under_way"],
        window=_window(every, now_ms),
        blocked_until=instant(every.get("blocked", 0)),
        few_blocked_until=instant(few.get("blocked", 0)),
        counters={name: int(state["counters"].get(name, 0)) for name in COUNTERS},
    )


def reset(account: Account) -> None:
    """Close the circuit. A block by the server stays: sending earlier would only lengthen it. Raises GuardAway."""
    _asked("reset", account)
    logger.info("calcom.circuit.reset", **_facts(account))


def _asked(operation: str, account: Account) -> Any:
    try:
        return _run(operation, Permit(account, Lane.INTERACTIVE, Bucket.FEW, token=""))
    except RedisAway as error:
        raise GuardAway("Redis does not answer") from error


def _run(operation: str, permit: Permit, **facts: Any) -> Any:
    account = permit.account
    ask = facts | {
        "token": permit.token,
        "background": permit.lane is Lane.BACKGROUND,
        "few": permit.bucket is Bucket.FEW,
        "breaker": conf.breaker_enabled(),
        "limited": conf.rate_limit_enabled(),
        "per_minute": max(1, account.requests_per_minute),
    }
    state = scripts.key("calcom.guard", account.host, account.key_fingerprint)
    return _guard([state], operation, json.dumps(ask))


def _said(reported: Reported) -> dict[str, int]:
    """What is believed of a report: servers have sent nonsense before."""
    said: dict[str, int] = {}
    if reported.limit is not None and reported.limit > 0:
        said["said_limit"] = reported.limit
    if reported.remaining is not None:
        said["said_left"] = max(0, reported.remaining)
    if reported.reset_s is not None and math.isfinite(reported.reset_s):
        said["said_reset_ms"] = round(min(max(reported.reset_s, 0.0), _LONGEST_S) * 1000)
    return said


def _circuit(state: dict[str, Any], now_ms: int) -> CircuitState:
    if "mode" not in state:
        return CircuitState.CLOSED
    is_open = state["mode"] == "open" and state["open_until"] > now_ms
    return CircuitState.OPEN if is_open else CircuitState.HALF_OPEN


def _window(purse: dict[str, Any], now_ms: int) -> Reported | None:
    """The server's window as we count it, while it lasts."""
    if purse.get("ends", 0) <= now_ms or "left" not in purse:
        return None
    left_s = (purse["ends"] - now_ms) / 1000
    return Reported(limit=purse.get("limit"), remaining=max(0, purse["left"]), reset_s=left_s)


def _after(wait_ms: float) -> datetime:
    """By this machine's clock: the callers compare with theirs, and Redis's may differ."""
    return timezone.now().astimezone(UTC) + timedelta(milliseconds=wait_ms)


def _facts(account: Account) -> dict[str, Any]:
    return {"company_id": account.company_id, "host": account.host}
