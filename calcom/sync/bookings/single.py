"""Reading one booking in the middle of a run: what is wrong with it alone must not end the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.utils.translation import gettext_lazy as _

from appointments.wording import kept
from calcom.errors import CalcomAuthFailed, CalcomRejected, CalcomVersionMismatch

if TYPE_CHECKING:
    from calcom.client import CalcomClient
    from calcom.schemas.bookings import BookingRead
    from calcom.sync.bookings.result import BookingsResult

logger = structlog.get_logger(__name__)

_HIDDEN = 403


def read_one(client: CalcomClient, uid: str, result: BookingsResult) -> BookingRead | None:
    """The booking; None, and a warning in the result, where Cal.com shows it to others only or it cannot be read.

    Raises CalcomNotFound, and CalcomError for whatever concerns more than this booking.
    """
    try:
        return client.booking(uid)
    except (CalcomAuthFailed, CalcomRejected, CalcomVersionMismatch) as error:
        if isinstance(error, CalcomAuthFailed) and error.status != _HIDDEN:
            raise
        text = kept(_("Booking %(uid)s could not be read (%(problem)s)."))
        result.warnings.append(text % {"uid": uid, "problem": error.reason or error})
        logger.warning("calcom.bookings.not_read", company_id=result.company_id, status=error.status)
        return None
