"""Before and after every call: may it be sent now, and what does its end mean for the next ones?

A circuit breaker keeps us from asking a Cal.com that is down: 5 failures in a row open it for 60 s, then 2 trial calls
decide. A token bucket keeps us below the limit of the key; what the server says of its own window (X-RateLimit-*) and
its 429 are kept to as well. All processes share one state per host and key, in Redis; rules.lua holds the rules and
takes one round trip before the call and one after, by Redis's clock.

A bucket of 100 lets 100 calls go at once and then 100 a minute, so that the first minute may see more: the server's
window, of which the first answer tells, is what is never exceeded.
"""

from calcom.guard.calls import admit, record
from calcom.guard.overview import Standing, overview
from calcom.guard.rules import CALL_S
from calcom.guard.status import COUNTERS, GuardStatus, reset, status
from calcom.guard.values import (
    Account,
    Bucket,
    BudgetSpent,
    CircuitOpen,
    CircuitState,
    GuardAway,
    Lane,
    Outcome,
    Permit,
    Refused,
    Reported,
)

__all__ = [
    "CALL_S",
    "COUNTERS",
    "Account",
    "Bucket",
    "BudgetSpent",
    "CircuitOpen",
    "CircuitState",
    "GuardAway",
    "GuardStatus",
    "Lane",
    "Outcome",
    "Permit",
    "Refused",
    "Reported",
    "Standing",
    "admit",
    "overview",
    "record",
    "reset",
    "status",
]
