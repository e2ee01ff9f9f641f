"""One appointment on the desk: locked, changed by one use case, and saved with its history and its Push."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import metrics, standing, tasks
from appointments.backend import backend_of
from appointments.backends import BackendNotConnected, Placement
from appointments.booking.actor import Actor
from appointments.bulk import insert
from appointments.errors import InvalidTransition, StaleVersion
from appointments.inbound.entry import Entry, tracked
from appointments.inbound.registers import local_stamp, rank_of, stamp_of
from appointments.inbound.settle import settle
from appointments.models import Appointment, AppointmentChange, Attendee, FormerUid, Push
from appointments.push import enqueue
from appointments.wishes import State, Wish, state_of, wish_of
from appointments.wording import to_be_kept
from companies.models import Company

logger = structlog.get_logger(__name__)

# Registers that a new booking fills.
LOCALLY_TOLD = ("status", "times", "zone", "event_type", "location", "responses", "attendees")


class Desk:
    """An appointment in work. Whoever makes one is in a transaction; nothing is saved before save()."""

    def __init__(self, entry: Entry, *, actor: Actor) -> None:
        self.entry = entry
        self.actor = actor
        self.now = timezone.now()
        self.row = entry.appointment
        self.before: dict[str, Any] = tracked(entry)
        self.was = _state_of(self.row)
        self.row.version += 1

    def wish(
        self, operation: Push.Operation, wish: Wish, *, reason: str = "", reference: UUID | None = None
    ) -> int | None:
        """Let the backend be told. Returns the version that the change goes out with.

        None where the backend knows nothing of the appointment, or need not be told any more. Raises InvalidTransition
        where it knows it, and we do not know as what.
        """
        self._refuse_without_uid(operation)
        is_known = operation == Push.Operation.CREATE or self._is_known()
        if not is_known and not (operation == Push.Operation.CONFIRM and self._order_after_all()):
            return None
        new = Push(
            company_id=self.row.company_id,
            appointment=self.row,
            operation=operation,
            version=self.row.version,
            reference=reference or self.row.reference,
            wanted=wish.as_json(),
            reason=reason,
            side=self.actor.side,
            actor=self.actor.user,
        )
        _park_without_connection(new, self.row.company)
        moves = [push for push in self.entry.waiting if push.operation == Push.Operation.MOVE]
        carrier = enqueue(self.entry, new)
        self._take_back(push for push in moves if not push.is_open)
        return carrier.version if carrier.is_open else None

    def order(self, wish: Wish, *, reference: UUID | None = None) -> None:
        """Let the backend make the booking; until then no news touches what was said here."""
        version = self.wish(Push.Operation.CREATE, wish, reference=reference)
        for register in LOCALLY_TOLD:
            self.write(register, {}, version=version)

    def write(self, register: str, columns: dict[str, Any], *, version: int | None) -> None:
        """Fill a register. With a version, no news touches it until that Push is finished."""
        rank = rank_of(self.row.told_status)
        at = self.now
        self.row.news[register] = (
            stamp_of(at, rank=rank) if version is None else local_stamp(at, version=version, rank=rank)
        )
        for column, value in columns.items():
            setattr(self.row, column, value)

    def save(self, action: str, *, reason: str = "") -> Appointment:
        """Save the appointment with all its parts, and hand its pushes to the worker after the commit."""
        self.row.news.pop("staff_doubt", None)  # whoever works with it has seen by whom it is done
        settle(self.entry, places=_AsTheyAre())
        standing.derive(self.row, self.entry.pushes)
        self.row.save()
        self._save_parts()
        self._note(action, reason)
        due = (
            push.pk for push in self.entry.pushes if push.is_open and push.next_at and push.next_at <= timezone.now()
        )
        first = next(due, None)
        if first is not None:
            tasks.push_soon(first)
        self._log_with_the_commit(action, push_id=first)
        return self.row

    def _log_with_the_commit(self, action: str, *, push_id: int | None) -> None:
        """By the id of the Push one finds in the log what came of the request that wanted it."""
        ids = {"company_id": self.row.company_id, "appointment_id": self.row.pk, "push_id": push_id}
        transaction.on_commit(partial(logger.info, "booking.changed", change=str(action), **ids), robust=True)

    def _save_parts(self) -> None:
        for attendee in self.entry.attendees:
            attendee.appointment = self.row
            attendee.save()
        for push in self.entry.pushes:
            push.appointment = self.row
            push.save()

    def _note(self, action: str, reason: str) -> None:
        after = tracked(self.entry)
        after.pop("uid")  # whoever knows it can change the booking
        changed = {name: [self.before[name], after[name]] for name in after if self.before[name] != after[name]}
        is_new = action == AppointmentChange.Action.CREATED
        details = {} if is_new else {name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()}
        change = AppointmentChange(
            company_id=self.row.company_id,
            appointment=self.row,
            action=action,
            side=self.actor.side,
            occurred_at=self.now,
            actor=self.actor.user,
            actor_name=self.actor.known_as,
            reason=reason,
            details=details,
        )
        insert([change])
        metrics.changed([change])

    def _is_known(self) -> bool:
        """Whether the backend has the booking, or is going to have it."""
        return bool(self.row.calcom_booking_uid) or any(
            push.operation == Push.Operation.CREATE for push in self.entry.waiting
        )

    def _refuse_without_uid(self, operation: Push.Operation) -> None:
        """Of a booking of old times only the number is known, by which nothing can be changed there."""
        is_old = self.row.calcom_booking_id is not None and not self._is_known()
        if is_old and operation != Push.Operation.CREATE and self.row.company.calcom_api_key:
            text = _("Cal.com has this booking, but here is only its old number: run migrate_to_v2 on the server.")
            raise InvalidTransition(text)

    def _take_back(self, moves: Iterable[Push]) -> None:
        """A move that will not be sent any more has not happened: it is at the time that the backend has."""
        first = next(iter(moves), None)
        if first is None:
            return
        there = state_of(first.told) if "starts_at" in first.told else wish_of(first).was
        if there is not None:
            self.write("times", {"starts_at": there.starts_at, "ends_at": there.ends_at}, version=None)

    def _order_after_all(self) -> bool:
        """What was declined before the backend ever heard of it is ordered now. False where it never was to be."""
        orders = Push.objects.filter(appointment=self.row.pk, operation=Push.Operation.CREATE, state=Push.State.FOLDED)
        last = orders.order_by("version").last()
        if last is None:
            return False
        self.order(wish_of(last), reference=uuid4())
        self.row.version += 1
        return True


def take_up(appointment: Appointment, *, actor: Actor, version: int | None = None) -> Desk:
    """Lock an appointment and put it on the desk, as it is now.

    Raises NotYours, StaleVersion where it has been changed since `version`, and InvalidTransition where staff have to
    decide a conflict first.
    """
    return take_up_all([appointment], actor=actor, version=version)[0]


def take_up_all(appointments: Iterable[Appointment], *, actor: Actor, version: int | None = None) -> list[Desk]:
    """The same for several, locked in the order of their ids; the version is that of the first given."""
    wanted = list(appointments)
    actor.check(wanted[0].company)
    ids = [appointment.pk for appointment in wanted]
    rows = Appointment.objects.filter(pk__in=ids, company_id=wanted[0].company_id).select_related("company")
    locked = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
    first = locked.get(ids[0])  # none where news has shown meanwhile that it and another one are one
    if first is None or (version is not None and first.version != version):
        raise StaleVersion(_("Somebody has changed this appointment meanwhile. Look at it again before changing it."))
    entries = {pk: Entry(row) for pk, row in locked.items()}
    for attendee in Attendee.objects.filter(appointment_id__in=entries).order_by("position", "pk"):
        entries[attendee.appointment_id].attendees.append(attendee)
    for former in FormerUid.objects.filter(appointment_id__in=entries):
        entries[former.appointment_id].formers[former.uid] = former
    for push in Push.objects.filter(appointment_id__in=entries, finished_at__isnull=True).order_by("version"):
        entries[push.appointment_id].pushes.append(push)
    return [Desk(entries[pk], actor=actor) for pk in ids if pk in entries]


def refuse_in_conflict(desk: Desk) -> None:
    """Raise InvalidTransition where both sides have changed the appointment and nobody has decided yet."""
    if any(push.state == Push.State.CONFLICT for push in desk.entry.waiting):
        raise InvalidTransition(
            _("The other side has changed this appointment too. Decide first which change counts, or cancel it.")
        )


def _park_without_connection(push: Push, company: Company) -> None:
    try:
        with to_be_kept():
            backend_of(company)
    except BackendNotConnected as error:
        push.trouble, push.error, push.next_at = Push.Trouble.NOT_CONNECTED, str(error), None


def _state_of(row: Appointment) -> State:
    return State(
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        status=row.told_status,
        uid=row.calcom_booking_uid,
        cancellation_reason=row.cancellation_reason,
        rejected_reason=row.rejected_reason,
        status_stamp=list(row.news.get("status", [])),
    )


class _AsTheyAre:
    """Service, branch and staff member stay what they are."""

    def place(self, *, event_type_id: int | None, host_id: int | None) -> Placement:
        """Nothing new."""
        return Placement()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
