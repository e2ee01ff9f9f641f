"""What follows from the news: status, customer, counters, and the names and price as they were when booked."""

from __future__ import annotations

from appointments import standing
from appointments.backends import Places
from appointments.inbound.entry import EARLIEST, Entry
from appointments.inbound.registers import stamp_of
from appointments.models import Attendee, Push
from appointments.models.appointment import Status


def settle(entry: Entry, *, places: Places) -> None:
    """Derive every column that no news fills by itself. Idempotent."""
    row = entry.appointment
    row.status = _status(entry)
    _place(entry, places)
    row.requires_manual_review = _is_doubtful(entry)
    _count_moves(entry)
    first = booker(entry)
    if first is not None:
        row.booked_customer_name = first.name


def booker(entry: Entry) -> Attendee | None:
    """The first attendee; of a seated booking the one who holds a seat for longest."""
    candidates = _active(entry) or entry.attendees
    if entry.appointment.is_seated:
        return min(candidates, key=lambda a: (a.as_of or EARLIEST, a.email), default=None)
    return min(candidates, key=lambda a: a.position, default=None)


def _active(entry: Entry) -> list[Attendee]:
    return [attendee for attendee in entry.attendees if attendee.state == Attendee.State.ACTIVE]


def _status(entry: Entry) -> str:
    row = entry.appointment
    if row.is_seated and entry.attendees and not _active(entry):
        return Status.CANCELLED
    if row.told_status != Status.CONFIRMED:
        return row.told_status
    if _is_no_show(entry):
        return Status.NO_SHOW
    return Status.COMPLETED if row.meeting_ended_at else Status.CONFIRMED


def _is_no_show(entry: Entry) -> bool:
    """The booker did not come; of a seated booking, nobody did."""
    if entry.appointment.is_seated:
        active = _active(entry)
        return bool(active) and all(attendee.no_show for attendee in active)
    first = booker(entry)
    return first is not None and first.no_show


def _is_doubtful(entry: Entry) -> bool:
    """News meant more than it said: the rest of a series, perhaps the other seats; or it named two successors.

    Or the backend does not know the booking any more, or has given it to somebody else than was chosen.
    """
    row = entry.appointment
    if "staff_doubt" in row.news and row.status in {Status.PENDING, Status.CONFIRMED}:
        return True
    if "fork_doubt" in row.news or standing.is_orphaned(row):
        return True
    if row.status == Status.CANCELLED:
        return "series_doubt" in row.news
    doubt = row.news.get("seat_doubt")
    return doubt is not None and any(stamp_of(attendee.as_of) <= doubt for attendee in _active(entry))


def _place(entry: Entry, places: Places) -> None:
    """Service, branch and staff member. The host that the backend names is the truth; nothing known is taken away.

    Where it was not the one whom we had booked, somebody has to look: a customer may have chosen them.
    """
    row = entry.appointment
    placement = places.place(event_type_id=row.calcom_event_type_id, host_id=row.calcom_host_id)
    row.branch_id = placement.branch_id or row.branch_id
    row.booked_duration_min = round((row.ends_at - row.starts_at).total_seconds() / 60)
    if placement.staff is not None:
        if entry.is_echo and row.staff_id not in {None, placement.staff.id}:
            row.news["staff_doubt"] = stamp_of(None)
        row.staff_id, row.booked_staff_name = placement.staff.id, placement.staff.name
    if placement.service is None:
        return
    row.service_id = placement.service.id
    if row.booked_service_name:
        return
    row.booked_service_name = placement.service.name
    if placement.service.price is not None and "price" not in row.news:  # what Cal.com charged is what was paid
        row.booked_price, row.booked_currency = placement.service.price, placement.service.currency


def _count_moves(entry: Entry) -> None:
    row = entry.appointment
    is_moving = any(push.operation == Push.Operation.MOVE for push in entry.waiting)
    row.reschedule_count = len(entry.moved_from) + is_moving
    if is_moving:
        row.previous_starts_at = entry.starts_at_backend
        return
    dated = [former for former in entry.moved_from if former.starts_at is not None]
    last = max(dated, key=lambda former: (former.booking_id or 0, former.uid), default=None)
    row.previous_starts_at = None if last is None else last.starts_at
