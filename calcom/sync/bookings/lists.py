"""Reading lists of bookings, page by page, and taking them over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from calcom.errors import CalcomNotFound
from calcom.sync.bookings.single import read_one

if TYPE_CHECKING:
    from datetime import datetime

    from calcom.client import CalcomClient
    from calcom.client.filters import BookingFilter
    from calcom.sync.bookings.take_over import TakeOver


def take_list(
    client: CalcomClient, wanted: BookingFilter, work: TakeOver, *, starts_before: datetime | None = None
) -> None:
    """Take all pages of a list over, and what the bookings in it moved to where the list does not show that.

    Rows that start at `starts_before` or later are left out. Raises CalcomError.
    """
    moved_to: list[str] = []
    pages = client.booking_pages(wanted, per_page=work.per_page)
    asked_at = timezone.now()
    for page in pages:
        wanted_rows = [row for row in page if starts_before is None or row.starts_at < starts_before]
        moved_to += work.take(wanted_rows, asked_at=asked_at)
        asked_at = timezone.now()
    for uid in moved_to:
        follow(client, uid, work)
    work.take_links()


def follow(client: CalcomClient, uid: str, work: TakeOver) -> None:
    """The rest of a chain of moves: another host may have the booking now, whose list the key does not see.

    Raises CalcomError.
    """
    waiting = [uid]
    while waiting and waiting[0] not in work.seen:
        asked_at = timezone.now()
        try:
            row = read_one(client, waiting[0], work.result)
        except CalcomNotFound:
            return
        waiting = work.take([row], asked_at=asked_at) if row else []
