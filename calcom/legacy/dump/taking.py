"""One batch of rows of one table: read, told apart from what was brought over before, joined, placed, written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from calcom.legacy.dump import bookings, catalogue, forgotten, matching, person, placing, saving
from calcom.legacy.dump.book import DELETED, Absence, Book, Known
from calcom.legacy.dump.cells import Cells, key_in
from calcom.legacy.dump.drafts import Booking, Draft, Refusals, kept
from calcom.legacy.dump.errors import LeftOut, Unusable
from calcom.legacy.dump.lines import Broken, Read, Row
from calcom.legacy.dump.tables import BY_KIND, Kind, Table
from calcom.legacy.dump.tally import Tally
from calcom.models import LegacyRow, LegacyRun
from companies.models import Company

logger = structlog.get_logger(__name__)

_READING: dict[Kind, Callable[[Cells, Company], Draft[Any]]] = {
    Kind.BRANCH: catalogue.branch,
    Kind.STAFF: catalogue.staff,
    Kind.SERVICE: catalogue.service,
    Kind.CUSTOMER: person.customer,
    Kind.APPOINTMENT: bookings.appointment,
}
_PLACING: dict[Kind, Callable[[Any, Book], Refusals]] = {
    Kind.BRANCH: placing.branches,
    Kind.STAFF: placing.staff,
    Kind.SERVICE: placing.services,
    Kind.CUSTOMER: placing.customers,
    Kind.APPOINTMENT: matching.appointments,
}
_OPTIONAL = {"home_branch"}
_TWICE = "the same id stands in the file before; the first row counts"


@dataclass(frozen=True)
class Way:
    """How rows are read: times without a zone in `zone`; rows of other companies of the predecessor passed over."""

    zone: ZoneInfo
    old_company: str = ""


@dataclass
class _Batch:
    """What is known of the rows of one batch, and what is found of them. `left_out`: by key, all that is kept of it."""

    table: Table
    book: Book
    way: Way
    known: Mapping[str, Known]
    tally: Tally
    drafts: dict[str, Draft[Any]] = field(default_factory=dict)
    left_out: dict[str, dict[str, Any]] = field(default_factory=dict)

    def holds(self, key: str) -> bool:
        """Whether a row with this key came before."""
        return key in self.drafts or key in self.left_out


def take(rows: Sequence[Read], table: Table, book: Book, *, way: Way, run: LegacyRun | None) -> Tally:
    """Take a batch over; without a run only find out what would become of it. In the caller's transaction."""
    tally = Tally(table.name)
    known = book.known(table.kind, [key for row in rows if isinstance(row, Row) and (key := key_in(row.values))])
    batch = _Batch(table, book, way, known, tally)
    for row in rows:
        draft = _draft(row, batch)
        if draft is None:
            continue
        if batch.holds(draft.key):
            tally.refuse(draft.line, draft.key, _TWICE)
        else:
            batch.drafts[draft.key] = draft
    joined = _join(_remembered(batch), book, tally)
    refused = _PLACING[table.kind](joined, book)
    good = [draft for draft in joined if draft not in refused]
    for draft in joined:
        _tell(draft, refused.get(draft, ""), tally)
    if run is not None:
        saving.forget_left_out(run, table.kind, known.keys() & {*batch.left_out, *(draft.key for draft in good)})
        saving.save(run, table.kind, good)
        saving.keep_left_out(run, table.kind, batch.left_out)
    book.close_batch(table.kind, good, batch.left_out)
    tally.remarks.sort(key=lambda remark: remark.line)
    return tally


def _draft(row: Read, batch: _Batch) -> Draft[Any] | None:
    """A row of this company that was not brought over before; all others are counted."""
    table, book, tally = batch.table, batch.book, batch.tally
    if isinstance(row, Broken):
        tally.refuse(row.line, "", row.reason)
        return None
    if batch.way.old_company and key_in(row.values, "company_id") not in ("", batch.way.old_company):
        tally.count("of_others")
        return None
    key = key_in(row.values)
    try:
        if _is_known(row, key, batch):
            return None
        return _read(row, key, table, book.company, batch.way)
    except LeftOut as error:
        _leave_out(row, key, str(error), batch)
    except Unusable as error:
        tally.refuse(row.line, key, str(error))
    except Exception as error:
        logger.exception("calcom.legacy.unreadable", company_id=book.company.pk, table=table.name, line=row.line)
        tally.refuse(row.line, key, f"cannot be read ({type(error).__name__})")
    return None


def _is_known(row: Row, key: str, batch: _Batch) -> bool:
    """Whether it was brought over before, by another run. Raises Unusable for a key that stands in the dump twice.

    What was left out as deleted is read again: in a mended dump it may be deleted no more.
    """
    if not key:
        raise Unusable("has no id that can be used")
    known, kind = batch.known.get(key), batch.table.kind
    if batch.book.is_planned(kind, key) or (known is not None and known.run_id == batch.book.run_id):
        raise Unusable(_TWICE)
    if known is None or (known.was_deleted and not batch.book.stays_out(kind, key)):
        return False
    batch.tally.count("unchanged")
    data = kept(row.values)
    if known.object_id is not None and any(data.get(name) != value for name, value in known.data.items()):
        batch.tally.say(row.line, key, "differs", "was brought over before with other values, and is left as it is")
    return True


def _leave_out(row: Row, key: str, reason: str, batch: _Batch) -> None:
    """One that the predecessor had deleted; where a former run left it out as well, nothing has changed."""
    if batch.holds(key):
        batch.tally.refuse(row.line, key, _TWICE)
    elif key in batch.known:
        batch.book.leave_out_again(batch.table.kind, key)
        batch.tally.count("unchanged")
    else:
        batch.left_out[key] = DELETED
        batch.tally.refuse(row.line, key, reason, outcome="left out")


def _read(row: Row, key: str, table: Table, company: Company, way: Way) -> Draft[Any]:
    data = kept(row.values)
    cells = Cells(row.values, zone=way.zone)
    draft = _READING[table.kind](cells, company)
    draft.line, draft.key, draft.data, draft.remarks = row.line, key, data, cells.remarks
    return draft


def _remembered(batch: _Batch) -> Sequence[Draft[Any]]:
    """Without customers who were erased; their appointments without what is personal."""
    drafts = list(batch.drafts.values())
    erased = forgotten.erased(batch.book.company, drafts)
    for draft in erased:
        if isinstance(draft, Booking):
            forgotten.make_neutral(draft)
        else:
            batch.left_out[draft.key] = {}
            batch.tally.refuse(draft.line, draft.key, forgotten.WAS_ERASED, outcome="left out")
    return [draft for draft in drafts if draft not in erased or isinstance(draft, Booking)] if erased else drafts


def _join(drafts: Sequence[Draft[Any]], book: Book, tally: Tally) -> list[Draft[Any]]:
    """Put our ids for the old keys that each row refers to; one that names what is not here is refused."""
    wanted: dict[LegacyRow.Kind, set[str]] = {}
    for draft in drafts:
        for kind, key in draft.refers.values():
            wanted.setdefault(kind, set()).add(key)
    found = {kind: book.objects(kind, keys) for kind, keys in wanted.items()}
    lengths = matching.lengths(found.get(Kind.SERVICE, {}))
    joined = []
    for draft in drafts:
        reason = _refer(draft, found, book)
        if reason:
            tally.refuse(draft.line, draft.key, reason)
            continue
        if isinstance(draft, Booking) and "service" in draft.refers:
            draft.length_min = lengths.get(draft.refers["service"][1])
        joined.append(draft)
    return joined


def _refer(draft: Draft[Any], found: dict[LegacyRow.Kind, dict[str, Any]], book: Book) -> str:
    """Set what it refers to, or say why it cannot be taken over."""
    for name, (kind, key) in draft.refers.items():
        value = found[kind].get(key, Absence.UNKNOWN)
        if not isinstance(value, Absence):
            if isinstance(value, int):
                setattr(draft.row, f"{name}_id", value)
            elif value is None and isinstance(draft, Booking) and forgotten.WITHOUT not in draft.remarks:
                forgotten.make_neutral(draft)
            continue
        reason = f"{name} {key} {value}"
        if name not in _OPTIONAL and book.is_given(kind):
            return f"{reason} (see {BY_KIND[kind].name})"
        draft.remarks.append(f"{reason}; left open")
    return ""


def _tell(draft: Draft[Any], refusal: str, tally: Tally) -> None:
    if refusal:
        tally.refuse(draft.line, draft.key, refusal)
        return
    tally.count("created" if draft.found_id is None and not draft.is_twin else "matched")
    for remark in draft.remarks:
        tally.say(draft.line, draft.key, "noted", remark)
