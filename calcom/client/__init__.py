"""Cal.com's API v2 for one company, typed. `CalcomClient(company)` is all that others need."""

from calcom.client.accounts import Accounts
from calcom.client.changes import Changes
from calcom.client.event_types import EventTypes
from calcom.client.slots import Slots
from calcom.client.webhooks import Webhooks


class CalcomClient(Accounts, EventTypes, Slots, Changes, Webhooks):
    """All endpoints. Every method may raise a CalcomError; see calcom.errors."""


__all__ = ["CalcomClient"]
