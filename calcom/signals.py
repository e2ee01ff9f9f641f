"""What layers above may want to know. A bulk insert sends no post_save."""

from __future__ import annotations

from django.dispatch import Signal

event_types_entered = Signal()
"""New event types, in the transaction that enters them: company_id: int, calcom_ids: list[int]."""

bookings_applied = Signal()
"""Bookings read from Cal.com, in the transaction that applies them: company_id: int, uids: set[str]."""
