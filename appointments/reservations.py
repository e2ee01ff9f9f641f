"""A hold at the booking backend: there the time is hidden from others, best effort. No transaction is open here.

The backend promises nothing by it, so a failure costs nothing either: the hold here is what counts.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from appointments.backend import backend_of
from appointments.backends import BackendError
from appointments.models import Hold
from companies.models import Company

logger = structlog.get_logger(__name__)

# A reservation that ends less than this before the hold is good enough.
_CLOSE = timedelta(seconds=60)


def reserve(hold_id: int) -> None:
    """Let the backend hide a hold's time for as long as it lasts. Once more does no harm.

    Not where several people share what is offered: the backend would hide the time of one whom it chooses itself.
    """
    hold = Hold.objects.select_related("company", "service").filter(pk=hold_id, expires_at__gt=timezone.now()).first()
    if hold is None or hold.event_type_id is None or _lasts(hold):
        return
    try:
        backend = backend_of(hold.company)
        offer = backend.offer(service_id=hold.service_id, branch_id=hold.branch_id, staff_id=hold.staff_id)
        if offer is None or offer.is_shared or offer.event_type_id != hold.event_type_id:
            return
        if hold.remote_uid:  # the same time cannot be prolonged there: given up, and taken anew
            backend.release(hold.remote_uid, event_type_id=hold.event_type_id)
        made = backend.reserve(
            hold.event_type_id,
            starts_at=hold.starts_at,
            length_min=hold.length_min if len(offer.lengths) > 1 else None,
            minutes=math.ceil((hold.expires_at - timezone.now()) / timedelta(minutes=1)),
        )
    except BackendError as error:
        logger.info("hold.not_reserved", hold_id=hold.pk, reason=str(error))
        return
    _note(hold, made.uid, made.until)


def show_again(company_id: int, uid: str, event_type_id: int) -> None:
    """Let the backend show a time that is not held any more."""
    try:
        company = Company.objects.get(pk=company_id)
        backend_of(company).release(uid, event_type_id=event_type_id)
    except (BackendError, Company.DoesNotExist) as error:
        logger.info("hold.still_reserved", company_id=company_id, reason=str(error))


def _lasts(hold: Hold) -> bool:
    return hold.remote_until is not None and hold.remote_until >= hold.expires_at - _CLOSE


def _note(hold: Hold, uid: str, until: datetime) -> None:
    """Remember the reservation; where the hold is gone meanwhile, or has another one, take it back."""
    mine = Hold.objects.filter(pk=hold.pk, remote_uid=hold.remote_uid)
    if not mine.update(remote_uid=uid, remote_until=until) and hold.event_type_id is not None:
        show_again(hold.company_id, uid, hold.event_type_id)
