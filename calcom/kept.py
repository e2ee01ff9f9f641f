"""How an answer of Cal.com's lies in the cache: where, for whom, how much of it, and what this process made of it."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog

from calcom import conf, scripts
from calcom.scripts import Script

logger = structlog.get_logger(__name__)

Parse = Callable[[Any], Any]

# To be raised when what lies in Redis changes: a deploy begins with an empty cache then.
_LAYOUT = "1"
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
# One answer; all that a company keeps within the time an answer lives; what a key costs besides.
_LONGEST_BYTES, _MOST_BYTES, _OVERHEAD_BYTES = 1_000_000, 20_000_000, 300
_PACKED_FROM_BYTES = 10_000

script = Script.of_file(
    "cache.lua",
    stale_ms=conf.STALE_S * 1000,
    yield_ms=_YIELD_S * 1000,
    settle_ms=_SETTLE_S * 1000,
    failed_ms=_FAILED_S * 1000,
    remember_ms=_REMEMBER_S * 1000,
    statistics_ms=_STATISTICS_S * 1000,
    most_bytes=_MOST_BYTES,
    overhead=_OVERHEAD_BYTES,
)

# What this process has parsed: by key, the bytes and what became of them.
parsed: dict[str, tuple[bytes, Any]] = {}
_MOST_PARSED, _MOST_PARSED_BYTES = 200, 20_000_000


@dataclass(frozen=True)
class Cached:
    """An answer. `is_stale`: Cal.com did not answer, and this is what it said `age_s` ago."""

    value: Any
    is_stale: bool = False
    age_s: float = 0.0


@dataclass(frozen=True)
class Turn:
    """Ours to fetch: since when, and the versions of that moment."""

    began_ms: int
    stamp: str


@dataclass(frozen=True)
class Asker:
    """`is_urgent`: a person waits. `takes_old`: an old answer will do. `patience_s`: how long a call may be put off."""

    is_urgent: bool
    takes_old: bool
    patience_s: float

    @property
    def hold_s(self) -> float:
        """How long others leave a fetch alone: it cannot take longer, and its process may have been killed."""
        return sum(conf.timeouts_s()) + 1 + self.patience_s

    @property
    def wait_s(self) -> float:
        """How long the asker waits for the fetches of others: as long as three of its own would take."""
        return 3 * sum(conf.timeouts_s()) + self.patience_s


def as_it_is(answer: Any) -> Any:
    """The value is the JSON itself, made anew each time."""
    return answer


@dataclass(frozen=True)
class Entry:
    """Where an answer is kept, and who asks for it."""

    company_id: int
    key: str
    covered_by: tuple[str, ...]
    ttl_s: int
    asker: Asker
    parse: Parse
    token: str

    @classmethod
    def of(cls, company_id: int, resource: str, args: Mapping[str, str | int], *, asker: Asker, parse: Parse) -> Entry:
        """Slots are covered by their event type as well, which is the one argument that must have its name."""
        covered_by = ["all", resource]
        if resource == "slots":
            covered_by.append(slots_of(args[_EVENT_TYPE]))
        digest = sha256(repr(sorted(args.items())).encode()).hexdigest()[:32]
        where, ttl_s = _key(company_id, resource, digest), conf.CACHE_TTL_S[resource]
        return cls(company_id, where, tuple(covered_by), ttl_s, asker, parse, secrets.token_hex(8))

    @property
    def resource(self) -> str:
        """What kind of answer it is."""
        return self.covered_by[1]

    def run(self, operation: str, body: bytes = b"", **facts: Any) -> Any:
        """One round trip. Raises RedisAway."""
        ask = facts | {
            "token": self.token,
            "covered_by": self.covered_by,
            "is_urgent": self.asker.is_urgent,
            "takes_old": self.asker.takes_old,
            "ttl_ms": self.ttl_s * 1000,
            "hold_ms": round(self.asker.hold_s * 1000),
        }
        return script([self.key, *_keys(self.company_id)], operation, json.dumps(ask), body)

    def store(self, answer: Any, turn: Turn) -> None:
        """For others, where there is room. Raises RedisAway."""
        body = json.dumps(answer, separators=(",", ":")).encode()
        is_too_long = len(body) > _LONGEST_BYTES
        packed = b"" if is_too_long else _packed(body)
        self.run("store", packed, at=turn.began_ms, stamp=turn.stamp, is_too_long=is_too_long)

    def answer(self, kind: bytes, age_ms: int, body: bytes) -> Cached | None:
        """What was found; None where it cannot be read, which may be another release's doing."""
        try:
            return Cached(self._parsed(body), is_stale=kind == b"stale", age_s=age_ms / 1000)
        except Exception as error:  # noqa: BLE001 - whatever the parser says of it, it is to be fetched anew
            logger.warning("calcom.cache.unreadable", company_id=self.company_id, error=type(error).__name__)
            return None

    def _parsed(self, body: bytes) -> Any:
        """Parsed where this process has not just parsed the very same."""
        if self.parse is as_it_is:
            return json.loads(_unpacked(body))
        known = parsed.get(self.key)
        if known and known[0] == body:
            return known[1]
        value = self.parse(json.loads(_unpacked(body)))
        _remember(self.key, body, value)
        return value


def of_company(operation: str, company_id: int, **facts: Any) -> Any:
    """What concerns no single answer. Raises RedisAway."""
    return script([_key(company_id, "none"), *_keys(company_id)], operation, json.dumps(facts))


def slots_of(event_type_id: str | int) -> str:
    """The version that covers an event type's slots."""
    return f"slots {event_type_id}"


def _remember(key: str, body: bytes, value: Any) -> None:
    # A copy, because other threads remember too.
    size = sum(len(kept) for kept, _ in list(parsed.values()))
    if len(parsed) >= _MOST_PARSED or size > _MOST_PARSED_BYTES:
        parsed.clear()
    parsed[key] = (body, value)


def _packed(body: bytes) -> bytes:
    """JSON never begins with an x, and packed bytes always do."""
    return zlib.compress(body, 1) if len(body) > _PACKED_FROM_BYTES else body


def _unpacked(body: bytes) -> bytes:
    return zlib.decompress(body) if body.startswith(b"x") else body


def _keys(company_id: int) -> tuple[str, str]:
    """Of the versions, of the statistics."""
    return _key(company_id, "versions"), _key(company_id, "statistics")


def _key(company_id: int, *parts: str) -> str:
    return scripts.key("calcom.cache", _LAYOUT, f"{{{company_id}}}", *parts)
