"""People here: they book, move, cancel, confirm and decline through the use cases, as the portal does."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, connection

from appointments import booking
from appointments.backends import AttendeeSnapshot
from appointments.booking import Actor
from appointments.errors import BookingError
from appointments.models import Appointment, AppointmentChange
from appointments.models.appointment import Status
from appointments.models.history import Side
from bench.chaos.diary import Diary, Local, Pace
from bench.chaos.salons import Salons, Times

_KINDS = {"book": 40, "move": 25, "cancel": 15, "confirm": 12, "decline": 8}
_LIVE = [Status.PENDING, Status.CONFIRMED]
_RETRY_S = 0.2


@dataclass
class Desk:
    """One who works at the desk, in a thread of their own."""

    name: str
    salons: Salons
    times: Times
    diary: Diary
    dice: random.Random

    def work(self, pace: Pace) -> None:
        """Make so many changes."""
        number = 0
        try:
            while pace.wait():
                number += 1
                kind = self.dice.choices(list(_KINDS), list(_KINDS.values()))[0]
                change = self._made(f"{self.name}.{number}", kind, pace)
                if change is not None:
                    self.diary.note(change)
                    pace.done += 1
        except Exception:  # noqa: BLE001 - a thread's end must be seen
            self.diary.fail(traceback.format_exc())
        finally:
            connection.close()

    def _made(self, name: str, kind: str, pace: Pace) -> Local | None:
        """The change, if it was made. Where the database went away meanwhile, people look whether it was."""
        try:
            return self._do(name, kind)
        except BookingError as error:
            self.diary.refuse(f"here: {kind}: {type(error).__name__}")
        except (DatabaseError, InterfaceError) as error:
            self.diary.refuse(f"here: {type(error).__name__}")
            return self._looked_up(name, pace)
        return None

    def _do(self, name: str, kind: str) -> Local:
        actor = Actor(side=Side.PORTAL, name=name)
        wanted = [Status.PENDING] if kind in {"confirm", "decline"} else _LIVE
        row = None
        if kind != "book":
            row = Appointment.objects.filter(status__in=wanted, staff__isnull=False).order_by("?").first()
        if row is None:
            return Local(name, self._book(name, actor).pk)
        if kind == "move":
            starts_at = self.times.next(row.staff_id or 0)
            booking.reschedule(row, starts_at=starts_at, actor=actor, version=row.version)
        else:
            _ENDS[kind](row, actor)
        return Local(name, row.pk)

    def _book(self, name: str, actor: Actor) -> Appointment:
        chair = self.dice.choice(self.salons.chairs)
        who = AttendeeSnapshot(name=f"Kundin {name}", email=f"{name}@example.com", time_zone="UTC")
        return booking.book(
            chair.company,
            service=chair.service,
            staff=chair.staff,
            starts_at=self.times.next(chair.staff.pk),
            attendees=[who],
            actor=actor,
        )

    def _looked_up(self, name: str, pace: Pace) -> Local | None:
        while not pace.stop.wait(_RETRY_S):
            try:
                connection.close()
                line = AppointmentChange.objects.filter(actor_name=name).first()
            except (DatabaseError, InterfaceError):
                continue
            return Local(name, line.appointment_id) if line is not None else None
        return None


def _cancel(row: Appointment, actor: Actor) -> None:
    booking.cancel(row, reason="Krank", actor=actor, version=row.version)


def _confirm(row: Appointment, actor: Actor) -> None:
    booking.confirm(row, actor=actor, version=row.version)


def _decline(row: Appointment, actor: Actor) -> None:
    booking.decline(row, reason="Keine Zeit", actor=actor, version=row.version)


_ENDS: dict[str, Callable[[Appointment, Actor], None]] = {
    "cancel": _cancel,
    "confirm": _confirm,
    "decline": _decline,
}
