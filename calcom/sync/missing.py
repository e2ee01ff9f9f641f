"""What Cal.com lists no longer, as far as a listing can be believed (lesson L-85)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from datetime import datetime

    from calcom.reach import Family, Reached

MOST_AT_ONCE = 0.3
FEW = 3


@dataclass(frozen=True)
class Known:
    """What we have of an event type: enough to see whether it changed, not its large columns."""

    calcom_id: int
    fingerprint: str
    price: Decimal | None
    currency: str
    is_listed: bool
    listed_by: str
    first_absent_at: datetime | None


def gone(listed: Reached, known: Iterable[Known], *, force: bool) -> tuple[list[Known], list[str]]:
    """The event types that may be newly missing; and in words, where the listing is not believed.

    `force` believes that much is gone at once; an empty listing is never believed. What is absent for the first time
    is not missing yet (see `is_certain`).
    """
    were = [row for row in known if row.is_listed]
    of_family = Counter(row.listed_by for row in were)
    doubts = [_nothing_listed(family) for family in listed.families if _is_empty(family) and of_family[family.name]]
    believed: list[Known] = []
    for name, rows in _absent(listed, were).items():
        if force or not _is_suspicious(len(rows), of_family[name]):
            believed += rows
        else:
            doubts.append(_too_much_gone(name, len(rows), of_family[name]))
    return believed, doubts


def is_certain(row: Known, *, force: bool) -> bool:
    """Whether it is missing: absent twice in a row. One listing may be cut short, and small companies have few."""
    return force or row.first_absent_at is not None


def absent_once(count: int) -> str:
    """What is said of those that are not missing yet."""
    text = ngettext(
        "%(count)d event type is not listed; if the next sync does not find it either, it counts as missing.",
        "%(count)d event types are not listed; if the next sync does not find them either, they count as missing.",
        count,
    )
    return text % {"count": count}


def _absent(listed: Reached, were: Iterable[Known]) -> dict[str, list[Known]]:
    """What may be gone, by the family that listed it last."""
    families = {family.name: family for family in listed.families}
    ids = {read.id for _family, read in listed.types()}.union(*(family.unreadable for family in listed.families))
    absent: dict[str, list[Known]] = defaultdict(list)
    for row in were:
        if row.calcom_id not in ids and _may_be_gone(row, families, listed):
            absent[row.listed_by].append(row)
    return absent


def _may_be_gone(row: Known, families: dict[str, Family], listed: Reached) -> bool:
    """Its own family says so; or, for one entered by hand or of a team no longer asked, all of them together."""
    family = families.get(row.listed_by)
    return listed.is_complete if family is None else family.tells_what_is_gone


def _is_suspicious(absent: int, were: int) -> bool:
    return absent >= FEW and absent > were * MOST_AT_ONCE


def _is_empty(family: Family) -> bool:
    return not family.error and not family.types and not family.unreadable


def _too_much_gone(name: str, absent: int, were: int) -> str:
    text = _("%(family)s: %(gone)d of %(were)d event types are gone at once; none was marked. Use --force if it is so.")
    return text % {"family": name or _("entered by hand"), "gone": absent, "were": were}


def _nothing_listed(family: Family) -> str:
    text = _("%(family)s: Cal.com lists no event types any more; none was marked as missing.")
    return text % {"family": family.name}
