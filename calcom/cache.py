"""Answers of Cal.com that are kept for a while, for all processes; one fetches, the others wait for what it brings.

An answer carries the versions of what covers it (the company, the resource, the event type). To forget is to change a
version: what was kept under the old one is wrong, and so is what a fetch brings that began before. Nobody has to know
the keys. With Redis away, or the cache switched off, everybody fetches. cache.lua holds the rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog

from appointments.bulk import Values, read_together
from calcom import conf, metrics
from calcom.kept import Asker, Cached, Entry, Parse, Turn, as_it_is, of_company, slots_of
from calcom.scripts import RedisAway

__all__ = ["STATISTICS", "Cached", "NoTurn", "as_it_is", "cached", "forget", "forget_slots", "statistics"]

logger = structlog.get_logger(__name__)

# All event types that share a host with one, itself among them; those whose hosts are not known may. None where the
# one's own hosts are not known.
_SHARING_A_HOST = """
    SELECT other.calcom_id FROM calcom_eventtype one
    JOIN calcom_eventtype other ON other.company_id = one.company_id
    WHERE one.company_id = %s AND one.calcom_id = %s AND one.host_ids <> '{}'
      AND (other.host_ids && one.host_ids OR other.host_ids = '{}')
"""

Fetch = Callable[[], Any]

STATISTICS = ("hits", "misses", "stale", "waits")
_FIRST_LOOK_S, _LAST_LOOK_S = 0.005, 0.05


class NoTurn(Exception):
    """Others have been asking the same in vain, one after the other, for as long as somebody may wait."""


def cached(
    company_id: int,
    resource: str,
    args: Mapping[str, str | int],
    fetch: Fetch,
    *,
    may_be_stale: Callable[[Exception], bool],
    parse: Parse = as_it_is,
    allow_stale: bool = True,
    fresh: bool = False,
    is_urgent: bool = True,
    patience_s: float = 0.0,
) -> Cached:
    """The answer (JSON) to what `resource` and `args` ask: kept, or fetched by one of all who ask at this moment.

    When the fetch raises an error for which `may_be_stale`, an answer up to an hour old is served, marked as stale; not
    without `allow_stale`. Who waited for a fetch that failed or died tries itself, one after the other; raises NoTurn
    when that takes too long. `fresh` fetches anew, and keeps what comes. `fetch` asks once: it takes as long as one
    call, and `patience_s` before it. `parse` makes the value of the JSON: once in a process for the same answer, so it
    has to be immutable; what it refuses is not kept. `is_urgent`: a person waits; people wait for a background fetch
    for a second only. Slots need the argument eventTypeId.
    """
    if not conf.cache_enabled():
        metrics.CACHE.add(resource, "off")
        return Cached(parse(fetch()))
    asker = Asker(is_urgent=is_urgent, takes_old=allow_stale and not fresh, patience_s=patience_s)
    entry = Entry.of(company_id, resource, args, asker=asker, parse=parse)
    try:
        found = _look(entry, fresh=fresh)
    except RedisAway:
        metrics.CACHE.add(resource, "no_redis")
        return Cached(parse(fetch()))
    metrics.CACHE.add(resource, _result(found))
    return found if isinstance(found, Cached) else _fetch(entry, fetch, turn=found, is_away=may_be_stale)


def forget_slots(company_id: int, event_type_id: int | None = None, *, sharing: Sequence[int] | None = None) -> bool:
    """A write made them wrong: the slots of that event type, and of all that share a host with it, as far as we know.

    `sharing`: what sharing_a_host() has found, where that was asked already. Without an event type, or with one whose
    hosts we do not know: all slots of the company. False: Redis is away.
    """
    if sharing is None and event_type_id is not None:
        (found,) = read_together(sharing_a_host(company_id, event_type_id))
        sharing = [calcom_id for (calcom_id,) in found]
    return _forget(company_id, [slots_of(calcom_id) for calcom_id in sharing or ()] or ["slots"])


def sharing_a_host(company_id: int, event_type_id: int) -> Values:
    """The query for the Cal.com ids of an event type and all that share a host with it; none: its hosts are unknown."""
    return Values(_SHARING_A_HOST, (company_id, event_type_id))


def forget(company_id: int, resource: str | None = None) -> bool:
    """All of the company's answers, or those of one resource. False: Redis is away, and they are still kept."""
    return _forget(company_id, [resource or "all"])


def statistics(company_id: int) -> dict[str, int]:
    """How many answers were kept ones, fetched ones, old ones, and waited for. Raises RedisAway."""
    flat = [part.decode() for part in of_company("statistics", company_id)]
    counted = dict(zip(flat[::2], flat[1::2], strict=True))
    return {name: int(counted.get(name, 0)) for name in STATISTICS}


def _result(found: Cached | Turn) -> str:
    if isinstance(found, Turn):
        return "miss"
    return "stale" if found.is_stale else "hit"


def _look(entry: Entry, *, fresh: bool) -> Cached | Turn:
    """The answer, or the turn to fetch it; waits while another one does. Raises RedisAway and NoTurn."""
    until, pause_s = time.monotonic() + entry.asker.wait_s, _FIRST_LOOK_S
    again = False
    while True:
        is_late = time.monotonic() > until
        kind, *facts = entry.run("look", again=again, fresh=fresh, late=is_late)
        if kind == b"fetch":
            return Turn(facts[0], facts[1].decode())
        if kind != b"wait":
            answer = entry.answer(kind, *facts)
            if answer:
                return answer
            fresh = True
            continue
        if is_late:
            raise NoTurn
        time.sleep(pause_s)
        again, pause_s = True, min(pause_s * 1.5, _LAST_LOOK_S)


def _fetch(entry: Entry, fetch: Fetch, *, turn: Turn, is_away: Callable[[Exception], bool]) -> Cached:
    try:
        answer = fetch()
        value = entry.parse(answer)
    except Exception as error:
        stale = _give_up(entry, is_away=is_away(error))
        if stale is None:
            raise
        metrics.CACHE.add(entry.resource, "stale")
        logger.warning("calcom.cache.stale", company_id=entry.company_id, age_s=stale.age_s)
        return stale
    except BaseException:
        _give_up(entry, is_away=False)
        raise
    with suppress(RedisAway):
        entry.store(answer, turn)
    return Cached(value)


def _give_up(entry: Entry, *, is_away: bool) -> Cached | None:
    """Let others try. Returns the old answer where there is one and it may be served."""
    try:
        kind, *facts = entry.run("give_up", is_away=is_away)
    except RedisAway:
        return None
    return entry.answer(kind, *facts) if kind == b"stale" else None


def _forget(company_id: int, covering: list[str]) -> bool:
    try:
        of_company("forget", company_id, forgotten=covering)
    except RedisAway:
        logger.warning("calcom.cache.not_forgotten", company_id=company_id, covering=len(covering))
        return False
    return True
