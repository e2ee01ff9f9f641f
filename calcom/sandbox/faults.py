"""The switchboard of faults: what goes wrong, for which requests or webhooks, and how often.

A rule is one JSON object, by HTTP, in the environment or in process:

    {"kind": "status", "status": 502, "html": true, "match": {"method": "POST", "path": "/bookings"}, "times": 1}

Kinds for requests: latency, timeout_before_write, timeout_after_write, late_write, status, answer, cut, truncate, huge,
updated_at_null, write_gap (seconds between looking whether a time is free and taking it). Kinds for webhooks:
webhook_duplicate, webhook_reorder (the first of two goes after the second), webhook_lost.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from calcom.sandbox.state import Json

TIMEOUT_KINDS = frozenset({"latency", "timeout_before_write", "timeout_after_write", "late_write"})
REQUEST_KINDS = TIMEOUT_KINDS | {"status", "answer", "cut", "truncate", "huge", "updated_at_null", "write_gap"}
WEBHOOK_KINDS = frozenset({"webhook_duplicate", "webhook_reorder", "webhook_lost"})
KINDS = REQUEST_KINDS | WEBHOOK_KINDS


@dataclass
class Rule:
    """One fault.

    match: method; path (a regular expression, searched in path and query); operation ("POST /bookings/{uid}/cancel");
    trigger (webhooks). Nothing given matches everything. times: how often still; None is always.
    seconds: how long latency and timeouts wait, and when a late write happens. hold_seconds: how long the client of a
    late write is kept waiting before its connection is cut (as long as the write takes, unless told).
    status, html, body, headers: what `status` and `answer` say; after_write: only after the work was done.
    where: "before" or "middle" of the answer, for cut. bytes: the padding of `huge`.
    """

    kind: str
    match: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    seconds: float = 0.0
    hold_seconds: float | None = None
    status: int = 500
    html: bool = False
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after_write: bool = False
    where: str = "before"
    bytes: int = 50_000_000

    @classmethod
    def from_json(cls, given: Any) -> Rule:
        """Reads a rule. Raises ValueError that says what is wrong with it."""
        if not isinstance(given, dict) or given.get("kind") not in KINDS:
            raise ValueError(f"A fault is an object with a kind of: {', '.join(sorted(KINDS))}")
        unknown = set(given) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"Unknown in a fault: {', '.join(sorted(unknown))}")
        try:
            re.compile(given.get("match", {}).get("path", ""))
        except (re.error, TypeError, AttributeError) as error:
            raise ValueError("A fault's match is an object, its path a regular expression") from error
        return cls(**given)

    def fits(self, facts: dict[str, str]) -> bool:
        """Whether this rule is about a request or a webhook of which these facts are known."""
        if self.times == 0:
            return False
        wanted = dict(self.match)
        path = wanted.pop("path", "")
        return bool(re.search(path, facts.get("path", ""))) and all(
            facts.get(name) == value for name, value in wanted.items()
        )


class Faults:
    """The rules in force, in their order. Safe for many threads."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._lock = threading.Lock()
        self._rules = list(rules)

    def add(self, kind: str, **settings: Any) -> Rule:
        """One more rule, by its settings."""
        rule = Rule.from_json({"kind": kind} | settings)
        with self._lock:
            self._rules.append(rule)
        return rule

    def replace(self, rules: Iterable[Rule]) -> None:
        """These rules instead of the present ones."""
        with self._lock:
            self._rules = list(rules)

    def clear(self) -> None:
        """Everything works again."""
        self.replace(())

    def as_json(self) -> list[Json]:
        """The rules that are still in force, with what is left of them."""
        with self._lock:
            return [asdict(rule) for rule in self._rules if rule.times != 0]

    def take(self, kinds: Collection[str], **facts: str) -> Rule | None:
        """The first rule of these kinds that fits, counted as used. facts: method, path, operation, trigger."""
        if not self._rules:
            return None
        with self._lock:
            rule = next((r for r in self._rules if r.kind in kinds and r.fits(facts)), None)
            if rule and rule.times is not None:
                rule.times -= 1
            return rule
