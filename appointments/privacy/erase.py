"""What is left after an erasure: who must not be taken over again, and which appointments were theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from appointments import tombstones
from appointments.models import ErasedAppointment

if TYPE_CHECKING:
    from companies.models import Company
    from companies.privacy.person import Person

Extent = ErasedAppointment.Extent


def remember(company: Company, person: Person, *, at: datetime) -> None:
    """Keep hashes of their addresses, and mark their appointments. A wider mark that is there already stays."""
    tombstones.bury(company, person.contacts, at=at)
    mark(company, person.own_ids, Extent.BOOKER, at=at)
    mark(company, person.shared_ids, Extent.SOME, at=at)


def mark(company: Company, appointment_ids: Iterable[int], extent: Extent, *, at: datetime) -> None:
    """Mark appointments as erased to this extent."""
    ids = sorted(appointment_ids)
    wider = {Extent.SOME: (), Extent.BOOKER: (Extent.SOME,), Extent.ALL: (Extent.SOME, Extent.BOOKER)}[extent]
    known = ErasedAppointment.objects.for_company(company).filter(appointment__in=ids)
    known.filter(extent__in=wider).update(extent=extent, erased_at=at)
    ErasedAppointment.objects.bulk_create(
        [ErasedAppointment(company=company, appointment_id=pk, extent=extent, erased_at=at) for pk in ids],
        ignore_conflicts=True,
    )
