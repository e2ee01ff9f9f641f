"""Doubts that news left, and that a second look has settled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from appointments.models import Appointment
from companies.models import Company

DOUBTS = ("fork_doubt", "series_doubt", "seat_doubt", "staff_doubt")
"""The registers that hold one."""


def doubtful_uids(company: Company, *, before: datetime, limit: int) -> list[str]:
    """Bookings of which news did not say enough: one seat or all, one occurrence or the rest of the series.

    Only where nothing was heard since `before`: a look right after the news may see what was there before it. Chosen by
    chance, so that doubts which no look settles do not keep the others waiting for ever.
    """
    doubt = Q(news__has_key="series_doubt") | Q(news__has_key="seat_doubt")
    rows = Appointment.objects.for_company(company).filter(doubt, requires_manual_review=True, updated_at__lt=before)
    uids = rows.exclude(calcom_booking_uid="").order_by("?").values_list("calcom_booking_uid", flat=True)
    return list(uids[:limit])


def settle_series(company: Company, uids: Collection[str]) -> None:
    """The whole series was read and applied: what became of its other bookings is known. In the same transaction."""
    rows = Appointment.objects.for_company(company).filter(calcom_booking_uid__in=uids, news__has_key="series_doubt")
    for row in rows.select_for_update():
        del row.news["series_doubt"]
        row.requires_manual_review = "fork_doubt" in row.news
        row.save(update_fields=["news", "requires_manual_review", "updated_at"])
