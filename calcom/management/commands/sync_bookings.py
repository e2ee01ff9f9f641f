"""`manage.py sync_bookings`: the former name of `reconcile`, for the time tables in which it stands."""

from __future__ import annotations

from calcom.management.commands.reconcile import Command

__all__ = ["Command"]
