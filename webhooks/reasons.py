"""Why a delivery ended as it did, in sentences for staff. Stored in English, translated where they are shown."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from webhooks.models import WebhookEvent

NOTHING_NEW = gettext_noop("Nothing new.")
NO_EFFECT = gettext_noop("This trigger changes no appointment.")
UNKNOWN_TRIGGER = gettext_noop("Unknown trigger.")
UNREADABLE = gettext_noop("Not a delivery of Cal.com's, or a custom payload template is in use: %(problem)s")
INVALID = gettext_noop("The body says something impossible: %(problem)s")
NOT_APPLIED = gettext_noop("Could not be applied (%(problem)s).")
UNKNOWN_BOOKING = gettext_noop("The booking, or an attendee named here, is not known yet.")
UNKNOWN_EVENT_TYPE = gettext_noop("Event type %(event_type)s is not known. Add it to the event types.")
FOREIGN_EVENT_TYPE = gettext_noop("Event type %(event_type)s belongs to another company.")
SEVERAL_COMPANIES = gettext_noop("Several companies have this event type or booking.")
ERASED = gettext_noop("Personal data in it was erased before it was processed.")


def shown(event: WebhookEvent) -> str:
    """The reason in the reader's language; empty where there is none."""
    if not event.reason:
        return ""
    text = gettext(event.reason)
    return text % event.reason_data if event.reason_data else text
