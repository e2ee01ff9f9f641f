"""Whom a request for data or for erasure is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody, as one company knows them: by what they are found, and which rows are theirs.

    `emails` are lower case, `phones` E.164 where they could be read, and nobody else's in the company; `names` as they
    were written. `of_staff` are those contacts that somebody has who works there: they stand in nearly every text, and
    none is searched for them. `own_ids` are appointments that are theirs alone, `shared_ids` those that others attend
    as well or that somebody else booked; `uids` name the bookings of the former, `shared_uids` of the latter. `uuids`
    may stand in answers of the API.
    """

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    of_staff: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    customer_ids: frozenset[int] = frozenset()
    attendee_ids: frozenset[int] = frozenset()
    own_ids: frozenset[int] = frozenset()
    shared_ids: frozenset[int] = frozenset()
    uids: frozenset[str] = frozenset()
    shared_uids: frozenset[str] = frozenset()
    uuids: frozenset[UUID] = field(default=frozenset())

    @property
    def appointment_ids(self) -> frozenset[int]:
        """All appointments that they have to do with."""
        return self.own_ids | self.shared_ids

    @property
    def contacts(self) -> frozenset[str]:
        """E-mail addresses and phone numbers."""
        return self.emails | self.phones
