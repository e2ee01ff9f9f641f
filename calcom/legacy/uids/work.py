"""What the passes of one search for uids share: the run, its numbers, and how matches are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from appointments import standing
from appointments.bulk import read, update
from appointments.models import Appointment, FormerUid, Push
from calcom.legacy.result import LegacyResult
from calcom.legacy.runs import note, record_changed
from calcom.legacy.shapes import as_kept_today, is_old
from calcom.models import LegacyRow, LegacyRun
from calcom.signals import bookings_applied
from companies.locks import Purpose, take_turn
from companies.transactions import transactional

if TYPE_CHECKING:
    from companies.models import Company

NAMES = ("open", "stored", "deliveries", "listed", "second_chance", "moved", "doubled", "not_found", "converted")
"""What is counted.

open: appointments that knew only the old number when the run began. stored, deliveries, listed, second_chance: where
the uid was found: in what is kept of the booking here, in webhooks, in Cal.com's list by its number, there by event
type, start and address. moved: chains of moves that were followed. doubled: the booking is another appointment here
already. not_found: none of it. converted: payloads of API v1, or of JSON inside JSON.
"""

MOVED = "moved"
_SETTLED = ("stored", "deliveries", "listed", "second_chance", "doubled", "not_found")

OnProgress = Callable[[int, int | None], None]
Checkpoint = dict[str, Any]
Moves = list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Left:
    """An appointment whose uid was not found, and why."""

    appointment_id: int
    booking_id: int
    starts_at: datetime
    reason: str


OnLeft = Callable[[Left], None]


@dataclass(frozen=True)
class Written:
    """What was moved since, by its uid and the next; and which appointment has a booking already, by who wanted it."""

    moves: Moves
    owners: dict[int, int]


@dataclass(frozen=True, kw_only=True)
class Match:
    """What an appointment gets. `uid` empty: only its payload is converted. `how`: the number that counts it."""

    pk: int
    how: str
    uid: str = ""
    booking_id: int | None = None
    successor_uid: str = ""
    payload: dict[str, Any] | None = None

    @property
    def says(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.uid) or self.payload is not None


@dataclass(kw_only=True)
class Work:
    """One search. `run` is None in a dry run; `claimed` then holds what would have been written."""

    company: Company
    run: LegacyRun | None
    result: LegacyResult
    batch: int
    on_progress: OnProgress | None = None
    on_left: OnLeft | None = None
    claimed: set[int] = field(default_factory=set)
    claimed_uids: dict[str, int] = field(default_factory=dict)

    def open(self) -> QuerySet[Appointment]:
        """The company's appointments that know only the old number."""
        return Appointment.objects.for_company(self.company).filter(
            calcom_booking_uid="", calcom_booking_id__isnull=False
        )

    def still_open(self, pks: Collection[int]) -> list[int]:
        """Those of these that nothing was found for yet, soonest first."""
        rows = self.open().filter(pk__in=pks).order_by("starts_at", "pk").values_list("pk", flat=True)
        return [pk for pk in rows if pk not in self.claimed]

    def leave(self, left: Left) -> None:
        """Nothing was found, or it cannot be used."""
        self.result.leave(f"appointment {left.appointment_id} (booking {left.booking_id}): {left.reason}")
        if self.on_left:
            self.on_left(left)

    def tell(self) -> None:
        """How far it is."""
        if self.on_progress:
            told = self.result.numbers
            self.on_progress(sum(told[name] for name in _SETTLED), told["open"])

    def write(self, matches: Sequence[Match], *, checkpoint: Checkpoint) -> Written:
        """Give the appointments their uids, and note where to go on: all in one transaction.

        One that got a uid in the meantime is left alone. Moves still to be followed are part of the checkpoint.
        """
        written = self._written(matches, checkpoint, self.result.numbers.copy())
        self.tell()
        return written

    @transactional
    def _written(self, matches: Sequence[Match], checkpoint: Checkpoint, numbers: Counter[str]) -> Written:
        """Tried again where it met somebody else's change; `numbers` are those from before the first attempt."""
        self.result.numbers = numbers.copy()
        take_turn(Purpose.NEWS, self.company.pk)
        owners = self._owners(matches)
        applied = [one for one in (replace(one, uid="") if one.pk in owners else one for one in matches) if one.says]
        moves = [[one.uid, one.successor_uid] for one in applied if one.uid and one.successor_uid]
        if self.run is None:
            self._pretend(applied)
        else:
            self._apply(self.run, {one.pk: one for one in applied})
            self.note(checkpoint | {MOVED: moves})
        return Written(moves, owners)

    def note(self, checkpoint: Checkpoint) -> None:
        """Where to go on, and the numbers so far."""
        if self.run is not None:
            note(self.run, checkpoint=checkpoint, counts=self.result.counts)

    def _pretend(self, matches: Sequence[Match]) -> None:
        for one in matches:
            self._count(one)
        self.claimed |= {one.pk for one in matches if one.uid}
        self.claimed_uids |= {one.uid: one.pk for one in matches if one.uid}

    def _owners(self, matches: Sequence[Match]) -> dict[int, int]:
        """Of matches whose uid another appointment has or had, or an earlier match of the same page: which one."""
        uids = [one.uid for one in matches if one.uid]
        current = Appointment.objects.for_company(self.company).filter(calcom_booking_uid__in=uids)
        former = FormerUid.objects.for_company(self.company).filter(uid__in=uids)
        owners = dict(former.values_list("uid", "appointment_id"))
        owners |= {uid: pk for uid in uids if (pk := self.claimed_uids.get(uid))}
        owners |= dict(current.values_list("calcom_booking_uid", "pk"))
        taken: dict[int, int] = {}
        for one in matches:
            if one.uid and owners.setdefault(one.uid, one.pk) != one.pk:
                taken[one.pk] = owners[one.uid]
        return taken

    def _apply(self, run: LegacyRun, matches: dict[int, Match]) -> None:
        rows = read(Appointment, "company_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE", run.company_id, [*matches])
        rows = [row for row in rows if not (matches[row.pk].uid and row.calcom_booking_uid)]
        pushes = _open_pushes(rows)
        self._keep_originals(run, [row for row in rows if _loses_something(row, matches[row.pk])])
        changed = [(row, _take(row, matches[row.pk], pushes.get(row.pk, []))) for row in rows]
        update(rows, (*_COLUMNS, "updated_at"))
        record_changed(run, [(row, before) for row, before in changed if before])
        for row in rows:
            self._count(matches[row.pk])
        if found := {row.calcom_booking_uid for row in rows if matches[row.pk].uid}:
            bookings_applied.send(sender=Appointment, company_id=self.company.pk, uids=found)

    def _keep_originals(self, run: LegacyRun, rows: Sequence[Appointment]) -> None:
        """The number and the payload as they were, where no old row keeps them."""
        kind = LegacyRow.Kind.APPOINTMENT
        kept = LegacyRow.objects.for_company(self.company).filter(kind=kind, object_id__in=[row.pk for row in rows])
        known = set(kept.values_list("object_id", flat=True))
        LegacyRow.objects.bulk_create(
            LegacyRow(
                company=self.company,
                run=run,
                kind=kind,
                key=f"slotkeeper:{row.pk}",
                object_id=row.pk,
                booking_id=row.calcom_booking_id,
                data={"payload": row.payload},
            )
            for row in rows
            if row.pk not in known
        )

    def _count(self, match: Match) -> None:
        self.result.numbers[match.how] += bool(match.uid)
        self.result.numbers["converted"] += match.payload is not None


_COLUMNS = ("calcom_booking_uid", "calcom_booking_id", "payload", *standing.COLUMNS)


def _loses_something(row: Appointment, match: Match) -> bool:
    return match.payload is not None or (match.uid != "" and match.booking_id != row.calcom_booking_id)


def _take(row: Appointment, match: Match, pushes: Sequence[Push]) -> dict[str, Any]:
    """Write a match into its row. Returns the columns that changed, with what they held."""
    before = {name: getattr(row, name) for name in _COLUMNS}
    if match.payload is not None and is_old(row.payload):  # what was read may have been blanked, or told anew, since
        row.payload = as_kept_today(row.payload)
    if match.uid:
        row.calcom_booking_uid, row.calcom_booking_id = match.uid, match.booking_id
        standing.derive(row, pushes)
    return {name: value for name, value in before.items() if getattr(row, name) != value}


def _open_pushes(rows: Sequence[Appointment]) -> dict[int, list[Push]]:
    waiting = [row.pk for row in rows if row.sync_status in standing.WITH_PUSHES]
    found: dict[int, list[Push]] = {}
    if waiting:
        for push in read(Push, "appointment_id = ANY(%s) AND finished_at IS NULL ORDER BY version", waiting):
            found.setdefault(push.appointment_id, []).append(push)
    return found
