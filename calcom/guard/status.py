"""What the guard knows, for people; and to close a circuit by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from calcom.guard.rules import after, facts_of, run
from calcom.guard.values import Account, Bucket, CircuitState, GuardAway, Lane, Reported
from calcom.scripts import RedisAway

logger = structlog.get_logger(__name__)


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
    key_refused_since: datetime | None
    counters: dict[str, int]


COUNTERS = ("calls", "failed", "opened", "refused_circuit", "refused_budget", "http_429")


def status(account: Account) -> GuardStatus:
    """What the guard knows now. Raises GuardAway."""
    seen = json.loads(_asked("status", account))
    state, now_ms = seen["state"], seen["now"]
    every, few = state["purses"]["every"], state["purses"]["few"]

    def instant(at_ms: int) -> datetime | None:
        return after(at_ms - now_ms) if at_ms > now_ms else None

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
        key_refused_since=after(state["refused"] - now_ms) if "refused" in state else None,
        counters={name: int(state["counters"].get(name, 0)) for name in COUNTERS},
    )


def reset(account: Account) -> None:
    """Close the circuit. A block by the server stays: sending earlier would only lengthen it. Raises GuardAway."""
    _asked("reset", account)
    logger.info("calcom.circuit.reset", **facts_of(account))


def _asked(operation: str, account: Account) -> Any:
    try:
        return run(operation, account, Lane.INTERACTIVE, Bucket.FEW)
    except RedisAway as error:
        raise GuardAway("Redis does not answer") from error


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
