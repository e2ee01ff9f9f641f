"""Answers of Cal.com that are kept for a while, for all processes; one fetches, the others wait for what it brings.

An answer carries the versions of what covers it (the company, the resource, the event type). To forget is to change a
version: what was kept under the old one is wrong, and so is what a fetch brings that began before. Nobody has to know
the keys. With Redis away, or the cache switched off, everybody fetches. cache.lua holds the rules.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog
from django.db.models import Q

from calcom import conf, scripts
from calcom.models import EventType
from calcom.scripts import RedisAway, Script

logger = structlog.get_logger(__name__)

Fetch = Callable[[], Any]
Parse = Callable[[Any], Any]

_EVENT_TYPE = "eventTypeId"
# Cal.com keeps slots for a second or two itself.
_SETTLE_S = 3
# After a failed fetch, those who may be served an old answer are, without another try.
_FAILED_S = 2
# Where nobody waits for a fetch (it may be waiting for its turn), people who come later pass it.
_YIELD_S = 1
# Longer than any answer lives.
_REMEMBER_S = 2 * conf.STALE_S
_STATISTICS_S = 30 * 24 * 3600
_FIRST_LOOK_S, _LAST_LOOK_S = 0.005, 0.05

_cache = Script.of_file(
    "cache.lua",
    stale_ms=conf.STALE_S * 1000,
    yield_ms=_YIELD_S * 1000,
    settle_ms=_SETTLE_S * 1000,
    failed_ms=_FAILED_S * 1000,
    remember_ms=_REMEMBER_S * 1000,
    statistics_ms=_STATISTICS_S * 1000,
)


# What this process has parsed: by key, the bytes and what became of them.
_parsed: dict[str, tuple[bytes, Any]] = {}
_MOST_PARSED = 200


@dataclass(frozen=True)
class Cached:
    """An answer. `is_stale`: Cal.com did not answer, and this is what it said `age_s` ago."""

    value: Any
    is_stale: bool = False
    age_s: float = 0.0


def as_it_is(answer: Any) -> Any:
    """The value is the JSON itself, made anew each time."""
    return answer


STATISTICS = ("hits", "misses", "stale", "waits")


@dataclass(frozen=True)
class _Entry:
    """Where an answer is kept, and who asks for it."""

    company_id: int
    resource: str
    digest: str
    covered_by: tuple[str, ...]
    is_urgent: bool
    parse: Parse
    token: str

    @classmethod
    def of(
        cls, company_id: int, resource: str, args: Mapping[str, str | int], *, is_urgent: bool, parse: Parse
    ) -> _Entry:
        """Slots are covered by their event type as well, which is the one argument that must have its name."""
        covered_by = ["all", resource]
        if resource == "slots":
            covered_by.append(_slots_of(args[_EVENT_TYPE]))
        digest = sha256(repr(sorted(args.items())).encode()).hexdigest()[:32]
        return cls(company_id, resource, digest, tuple(covered_by), is_urgent, parse, secrets.token_hex(8))

    def run(self, operation: str, body: str = "", **facts: Any) -> Any:
        """One round trip. Raises RedisAway."""
        ask = facts | {
            "token": self.token,
            "covered_by": self.covered_by,
            "is_urgent": self.is_urgent,
            "ttl_ms": conf.CACHE_TTL_S[self.resource] * 1000,
            "hold_ms": round(_hold_s() * 1000),
        }
        return _cache([self.key, *_keys(self.company_id)], operation, json.dumps(ask), body)

    @property
    def key(self) -> str:
        """Where it is in Redis."""
        return _key(self.company_id, self.resource, self.digest)

    def answer(self, kind: bytes, age_ms: int, body: bytes) -> Cached:
        """What was found. Parsed where this process has not just parsed the very same."""
        return Cached(self._parsed(body), is_stale=kind == b"stale", age_s=age_ms / 1000)

    def _parsed(self, body: bytes) -> Any:
        if self.parse is as_it_is:
            return json.loads(body)
        known = _parsed.get(self.key)
        if known and known[0] == body:
            return known[1]
        value = self.parse(json.loads(body))
        if len(_parsed) >= _MOST_PARSED:
            _parsed.clear()
        _parsed[self.key] = (body, value)
        return value


def cached(
    company_id: int,
    resource: str,
    args: Mapping[str, str | int],
    fetch: Fetch,
    *,
    may_be_stale: Callable[[Exception], bool],
    parse: Parse = as_it_is,
    is_urgent: bool = True,
) -> Cached:
    """The answer (JSON) to what `resource` and `args` ask: kept, or fetched by one of all who ask at this moment.

    When the fetch raises an error for which `may_be_stale`, an answer up to an hour old is served, marked as stale.
    Who waited for a fetch that failed or died tries itself. `parse` makes the value of the JSON: once in a process for
    the same answer, so it has to be immutable; what it refuses is not kept. `is_urgent`: a person waits; people wait
    for a background fetch for a second only. Slots need the argument eventTypeId.
    """
    if not conf.cache_enabled():
        return Cached(parse(fetch()))
    entry = _Entry.of(company_id, resource, args, is_urgent=is_urgent, parse=parse)
    try:
        found = _look(entry)
    except RedisAway:
        return Cached(parse(fetch()))
    return found if isinstance(found, Cached) else _fetch(entry, fetch, turn=found, may_be_stale=may_be_stale)


def forget_slots(company_id: int, event_type_id: int | None = None) -> None:
    """A write made them wrong: the slots of that event type, and of all that share a host with it, as far as we know.

    Without an event type, or with one whose hosts we do not know: all slots of the company.
    """
    _forget(company_id, _covering(company_id, event_type_id))


def forget(company_id: int, resource: str | None = None) -> None:
    """All of the company's answers, or those of one resource."""
    _forget(company_id, [resource or "all"])


def statistics(company_id: int) -> dict[str, int]:
    """How many answers were kept ones, fetched ones, old ones, and waited for. Raises RedisAway."""
    flat = [part.decode() for part in _of_company("statistics", company_id)]
    counted = dict(zip(flat[::2], flat[1::2], strict=True))
    return {name: int(counted.get(name, 0)) for name in STATISTICS}


@dataclass(frozen=True)
class _Turn:
    """Ours to fetch. Without a stamp nobody waits for it, and it is not kept."""

    began_ms: int
    stamp: str


def _look(entry: _Entry) -> Cached | _Turn:
    """The answer, or the turn to fetch it; waits while another one does. Raises RedisAway."""
    until, pause_s = time.monotonic() + _hold_s(), _FIRST_LOOK_S
    again = False
    while True:
        kind, *facts = entry.run("look", again=again, alone=time.monotonic() > until)
        if kind == b"fetch":
            return _Turn(facts[0], facts[1].decode())
        if kind != b"wait":
            return entry.answer(kind, *facts)
        time.sleep(pause_s)
        again, pause_s = True, min(pause_s * 1.5, _LAST_LOOK_S)


def _fetch(entry: _Entry, fetch: Fetch, *, turn: _Turn, may_be_stale: Callable[[Exception], bool]) -> Cached:
    try:
        answer = fetch()
        value = entry.parse(answer)
    except Exception as error:
        stale = _give_up(entry, may_be_stale=may_be_stale(error))
        if stale is None:
            raise
        logger.warning("calcom.cache.stale", company_id=entry.company_id, resource=entry.resource, age_s=stale.age_s)
        return stale
    except BaseException:
        _give_up(entry, may_be_stale=False)
        raise
    with suppress(RedisAway):
        entry.run("store", json.dumps(answer, separators=(",", ":")), at=turn.began_ms, stamp=turn.stamp)
    return Cached(value)


def _give_up(entry: _Entry, *, may_be_stale: bool) -> Cached | None:
    """Let others try. Returns the old answer where there is one and it may be served."""
    try:
        kind, *facts = entry.run("give_up", may_be_stale=may_be_stale)
    except RedisAway:
        return None
    return entry.answer(kind, *facts) if kind == b"stale" else None


def _hold_s() -> float:
    """How long others wait for a fetch: a call cannot take longer, and its process may have been killed."""
    return sum(conf.timeouts_s()) + 1


def _covering(company_id: int, event_type_id: int | None) -> list[str]:
    """The versions that a change of this event type's slots makes old."""
    if event_type_id is None:
        return ["slots"]
    ours = EventType.objects.filter(company_id=company_id)
    hosts = ours.filter(calcom_id=event_type_id).values_list("host_ids", flat=True).first()
    if not hosts:
        return ["slots"]
    shared = ours.filter(Q(host_ids__overlap=hosts) | Q(host_ids=[]))
    return [_slots_of(calcom_id) for calcom_id in shared.values_list("calcom_id", flat=True)]


def _forget(company_id: int, covering: list[str]) -> None:
    try:
        _of_company("forget", company_id, forgotten=covering)
    except RedisAway:
        logger.warning("calcom.cache.not_forgotten", company_id=company_id, covering=len(covering))


def _of_company(operation: str, company_id: int, **facts: Any) -> Any:
    """What concerns no single answer."""
    return _cache([_key(company_id, "none"), *_keys(company_id)], operation, json.dumps(facts))


def _slots_of(event_type_id: str | int) -> str:
    return f"slots {event_type_id}"


def _keys(company_id: int) -> tuple[str, str]:
    """Of the versions, of the statistics."""
    return _key(company_id, "versions"), _key(company_id, "statistics")


def _key(company_id: int, *parts: str) -> str:
    return scripts.key("calcom.cache", f"{{{company_id}}}", *parts)
