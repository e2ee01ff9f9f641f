"""Answers about free slots that are kept: with every booking they are wrong, from its commit on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from appointments.backends import BookingSnapshot, News
from calcom import cache

# Beyond so many event types in a batch, all slots of the company are forgotten at once.
_FEW = 3


def forget_after_commit(company_id: int, batch: Sequence[News]) -> None:
    """Forget the slots of the event types that this news is about, once its transaction is committed."""
    touched = {news.event_type_id for news in batch if isinstance(news, BookingSnapshot)}
    for event_type_id in touched if len(touched) <= _FEW else [None]:
        transaction.on_commit(partial(cache.forget_slots, company_id, event_type_id), robust=True)
