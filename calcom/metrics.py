"""What is counted of the connection to Cal.com. `endpoint` is a template as in calcom.client: never holds an id."""

from __future__ import annotations

from companies.counting import Tally, Times

CALLS = Tally(
    "slotkeeper_calcom_calls_total",
    "Calls of Cal.com, by what came of them; those that were held back were not sent.",
    "endpoint",
    "result",
)
SECONDS = Times(
    "slotkeeper_calcom_call_seconds",
    "How long Cal.com took to answer, or we to give up.",
    "endpoint",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
CIRCUIT = Tally("slotkeeper_calcom_circuit_changes_total", "Circuit breakers that opened, half-opened or closed.", "to")
CACHE = Tally(
    "slotkeeper_calcom_cache_lookups_total",
    "Looks into the cache: answered from it, answered with an old answer, fetched, or not possible.",
    "resource",
    "result",
)

NO_ANSWER, KEY_REFUSED, RATE_LIMITED = "no_answer", "key_refused", "rate_limited"
HELD_BY_CIRCUIT, HELD_BY_BUDGET, HELD_WITHOUT_REDIS = "held_circuit", "held_budget", "held_no_redis"

_SAID = {401: KEY_REFUSED, 403: KEY_REFUSED, 429: RATE_LIMITED}
_CLASSES = {2: "ok", 3: "redirected", 4: "rejected", 5: "failed"}


def called(endpoint: str, *, status: int | None, seconds: float) -> None:
    """One call has ended; `status` is None where there was no answer."""
    result = NO_ANSWER if status is None else _SAID.get(status) or _CLASSES.get(status // 100, "failed")
    CALLS.add(endpoint, result)
    SECONDS.note(seconds, endpoint)
