"""Who wanted what, on which side, and was told that it is accepted: in the end it has to be so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from appointments.models import Appointment, AppointmentChange


@dataclass(frozen=True)
class Wish:
    """A change that somebody has made. `at` is the start that they wanted, or saw when they wanted something else."""

    kind: str
    at: datetime | None = None


Wished = list[tuple[datetime, Wish]]


@dataclass
class Wishes:
    """What was wanted here, by the line of history that it wrote, and there, by the booking's uid.

    A line of history stays with its appointment, also where two of them turn out to be one. `forged`: bookings whose
    metadata are another one's.
    """

    here: dict[int, tuple[datetime, Wish]] = field(default_factory=dict)
    there: dict[str, Wished] = field(default_factory=dict)
    forged: set[str] = field(default_factory=set)

    def note_here(self, row: Appointment, wish: Wish) -> None:
        """The desk has done this."""
        line = AppointmentChange.objects.filter(appointment=row).latest("pk")
        self.here[line.pk] = (timezone.now(), wish)

    def note_there(self, uid: str, wish: Wish) -> None:
        """Somebody at Cal.com has done this."""
        self.there.setdefault(uid, []).append((timezone.now(), wish))

    def of(self, row: Appointment) -> Wished:
        """What was wanted here for an appointment, oldest first."""
        lines = AppointmentChange.objects.filter(appointment=row, pk__in=self.here).order_by("pk")
        return [self.here[pk] for pk in lines.values_list("pk", flat=True)]

    def lost(self) -> list[Wish]:
        """What no appointment's history tells of any more."""
        told = set(AppointmentChange.objects.filter(pk__in=self.here).values_list("pk", flat=True))
        return [wish for pk, (_, wish) in self.here.items() if pk not in told]
