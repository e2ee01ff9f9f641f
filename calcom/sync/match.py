"""Which staff member is a user of Cal.com's? By e-mail address, else by name; in doubt nobody (lesson L-49)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from calcom.models import HostMapping
from calcom.sync import names

if TYPE_CHECKING:
    from calcom.sync.listing import Person

Reason = HostMapping.Reason
Source = HostMapping.Source

BY_EMAIL = 95
BY_NAME = 75
THRESHOLD = 75

# Practically the same name: "Maria Hoffmann" and "Mario Hoffmann" (92.9) are two people, and so wait for one.
_SAME = 98.0
_MARGIN = 10.0
_SIMILAR = 60.0


@dataclass(frozen=True)
class Member:
    """A staff member."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Match:
    """Who a user probably is: `staff_id` None without a guess. Below THRESHOLD a person decides."""

    staff_id: int | None
    confidence: int
    source: Source
    reason: Reason

    @property
    def is_certain(self) -> bool:
        """Whether it needs no person."""
        return self.staff_id is not None and self.confidence >= THRESHOLD


def match(
    people: Sequence[Person], staff: Sequence[Member], *, everybody: Iterable[Person], taken: Collection[int]
) -> dict[int, Match]:
    """A match for each of the `people`, by Cal.com user id.

    `everybody`: all known users, these included; two of one name are never told apart by it. `taken`: staff members
    who are a confirmed user already.
    """
    known = {person.user_id: person for person in everybody}
    matcher = _Matcher(staff, list(known.values()), taken)
    found = {person.user_id: matcher.match(person) for person in people}
    return _without_rivals(found)


def accepted(found: Mapping[int, Match], *, threshold: int, taken: Collection[int]) -> set[int]:
    """The ids of those users whose match needs no person, by this threshold: what is ambiguous always does."""
    claims = Counter(one.staff_id for one in found.values())

    def is_accepted(one: Match) -> bool:
        if one.staff_id is None or one.confidence < threshold:
            return False
        is_alone = claims[one.staff_id] == 1 and one.staff_id not in taken
        return one.is_certain or (one.reason == Reason.SIMILAR_NAME and is_alone)

    return {user_id for user_id, one in found.items() if is_accepted(one)}


class _Matcher:
    def __init__(self, staff: Sequence[Member], everybody: Sequence[Person], taken: Collection[int]) -> None:
        self.taken = taken
        self.names = {member.id: names.person(member.name) for member in staff}
        self.by_email: dict[str, list[int]] = defaultdict(list)
        for member in staff:
            self.by_email[names.email(member.email)].append(member.id)
        self.namesakes = Counter(names.person(person.name) for person in everybody)
        self.sharers = Counter(names.email(person.email) for person in everybody)

    def match(self, person: Person) -> Match:
        email = names.email(person.email)
        found = self.by_email.get(email, []) if email else []
        return self._by_email(person, found) if found else self._by_name(person)

    def _by_email(self, person: Person, found: list[int]) -> Match:
        if len(found) > 1:  # a shared address, such as the salon's: does the name tell them apart?
            found = [pk for pk in found if self.names[pk] == names.person(person.name)]
        if len(found) != 1:
            return Match(None, 0, Source.BY_EMAIL, Reason.SEVERAL_STAFF)
        sure = Match(found[0], BY_EMAIL, Source.BY_EMAIL, Reason.SAME_EMAIL)
        if self.sharers[names.email(person.email)] > 1:
            return _doubted(sure, Reason.SEVERAL_USERS)
        return self._unless_taken(sure)

    def _by_name(self, person: Person) -> Match:
        name = names.person(person.name)
        best = process.extract(name, self.names, scorer=fuzz.ratio, limit=2, score_cutoff=_SIMILAR) if name else []
        if not best:
            return Match(None, 0, Source.BY_NAME, Reason.NOBODY)
        _, score, staff_id = best[0]
        if len(best) > 1 and score - best[1][1] < _MARGIN:
            return Match(None, 0, Source.BY_NAME, Reason.SEVERAL_STAFF)
        if score < _SAME:
            return Match(staff_id, int(score * BY_NAME / 100), Source.BY_NAME, Reason.SIMILAR_NAME)
        sure = Match(staff_id, BY_NAME, Source.BY_NAME, Reason.SAME_NAME)
        if self.namesakes[name] > 1:
            return _doubted(sure, Reason.SEVERAL_USERS)
        return self._unless_taken(sure)

    def _unless_taken(self, sure: Match) -> Match:
        return _doubted(sure, Reason.STAFF_TAKEN) if sure.staff_id in self.taken else sure


def _without_rivals(found: dict[int, Match]) -> dict[int, Match]:
    """Of several users who would be one staff member, the address decides; names do not."""
    rivals = Counter(one.staff_id for one in found.values() if one.is_certain)
    by_email = Counter(one.staff_id for one in found.values() if one.is_certain and one.source == Source.BY_EMAIL)

    def settled(one: Match) -> Match:
        if not one.is_certain or rivals[one.staff_id] == 1:
            return one
        if one.source == Source.BY_EMAIL and by_email[one.staff_id] == 1:
            return one
        return _doubted(one, Reason.SEVERAL_USERS)

    return {user_id: settled(one) for user_id, one in found.items()}


def _doubted(one: Match, reason: Reason) -> Match:
    return replace(one, confidence=min(one.confidence, THRESHOLD - 1), reason=reason)
