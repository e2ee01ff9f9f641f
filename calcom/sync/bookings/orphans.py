"""Appointments here whose booking Cal.com does not know any more.

A list may miss one for many reasons (another key, a lost team membership), so each is looked up by itself before it is
marked. Nothing is cancelled here: staff decide, and cancel it or book it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import standing
from appointments.models import Appointment, AppointmentChange
from appointments.models.appointment import Status, SyncStatus
from appointments.models.history import Side
from appointments.wording import kept
from calcom.errors import CalcomNotFound
from calcom.sync.bookings.single import read_one
from companies.locks import Purpose, take_turn

if TYPE_CHECKING:
    from datetime import datetime

    from calcom.client import CalcomClient
    from calcom.sync.bookings.take_over import TakeOver

logger = structlog.get_logger(__name__)

# More than so many look-ups would use up what Cal.com allows; the next sweep goes on.
_MOST = 50


def find(client: CalcomClient, work: TakeOver, *, starts_after: datetime, ends_before: datetime) -> None:
    """Look up what should have been listed and was not. Raises CalcomError."""
    listed = Appointment.objects.for_company(work.company).filter(
        sync_status=SyncStatus.SYNCED,
        told_status__in=[Status.PENDING, Status.CONFIRMED],
        starts_at__gt=max(starts_after, timezone.now()),
        ends_at__lte=ends_before,
    )
    rows = listed.exclude(calcom_booking_uid="").order_by("starts_at").values_list("pk", "calcom_booking_uid")
    missing = [(pk, uid) for pk, uid in rows.iterator() if uid not in work.seen]
    for pk, uid in missing[:_MOST]:
        asked_at = timezone.now()
        try:
            row = read_one(client, uid, work.result)
        except CalcomNotFound:
            work.result.orphaned += _mark(work, pk, uid)
            continue
        if row is not None:
            work.take([row], asked_at=asked_at)
    if len(missing) > _MOST:
        text = _("%(missing)d appointments are not listed by Cal.com; %(most)d were looked up, the others wait.")
        work.result.warnings.append(text % {"missing": len(missing), "most": _MOST})


def _mark(work: TakeOver, pk: int, uid: str) -> bool:
    """Whether it was marked: not so where it has changed since it was looked up."""
    with work.transaction():
        take_turn(Purpose.NEWS, work.company.pk)
        rows = Appointment.objects.for_company(work.company).filter(
            pk=pk, calcom_booking_uid=uid, sync_status=SyncStatus.SYNCED
        )
        row = rows.select_for_update().first()
        if row is None:
            return False
        standing.lose(row)
        standing.derive(row, [])
        row.save(update_fields=["news", "requires_manual_review", "sync_status", "sync_error", "updated_at"])
        AppointmentChange.objects.create(
            company=work.company,
            appointment_id=pk,
            action=AppointmentChange.Action.UPDATED,
            side=Side.SYSTEM,
            occurred_at=timezone.now(),
            reason=kept(gettext_lazy("Cal.com does not know the booking any more.")),
            details={"sync_status": [SyncStatus.SYNCED, SyncStatus.ORPHANED]},
        )
    logger.warning("calcom.bookings.orphaned", company_id=work.company.pk, appointment_id=pk)
    return True
