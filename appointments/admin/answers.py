"""What customers answered when they booked, as staff read it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import has_answer

# Cal.com sends the keys of its own translations as labels of its standard questions.
_STANDARD_LABELS = {
    "your_name": _("Name"),
    "name": _("Name"),
    "email_address": _("E-mail address"),
    "email": _("E-mail address"),
    "phone_number": _("Phone number"),
    "attendeePhoneNumber": _("Phone number"),
    "location": _("Location"),
    "what_is_this_meeting_about": _("What is it about?"),
    "title": _("What is it about?"),
    "additional_notes": _("Notes"),
    "notes": _("Notes"),
    "additional_guests": _("Guests"),
    "guests": _("Guests"),
    "reason_for_reschedule": _("Reason for moving"),
    "rescheduleReason": _("Reason for moving"),
}
_INTEGRATIONS = {
    "integrations:daily": "Cal Video",
    "integrations:google:meet": "Google Meet",
    "integrations:zoom": "Zoom",
    "integrations:office365_video": "Microsoft Teams",
    "attendeeInPerson": _("at the customer's"),
    "inPerson": _("in person"),
    "phone": _("phone"),
    "userPhone": _("phone"),
}


def answered(responses: Any) -> list[tuple[Any, str]]:
    """Question and answer, in the order they came; hidden and unanswered ones are left out."""
    if not isinstance(responses, dict):
        return []
    return [
        (_label(slug, answer), text)
        for slug, answer in responses.items()
        if has_answer(answer) and not answer.get("isHidden") and (text := _text(answer["value"]))
    ]


def location_name(place: str) -> Any:
    """A place as people call it: Cal.com names its apps and kinds by words of its own."""
    return _INTEGRATIONS.get(place, place)


def _label(slug: str, answer: dict[str, Any]) -> Any:
    label = answer.get("label")
    if not isinstance(label, str) or not label.strip():
        label = slug
    return _STANDARD_LABELS.get(label, label)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list):
        return ", ".join(text for entry in value if (text := _text(entry)))
    if isinstance(value, dict):
        return _choice(value)
    return str(location_name(value)) if isinstance(value, str) else str(value)


def _choice(value: dict[str, Any]) -> str:
    """A location answer, {"value": kind, "optionValue": place}, or anything else that has parts."""
    if set(value) <= {"value", "optionValue", "label"}:
        parts = (value.get("label"), value.get("value"), value.get("optionValue"))
        return ", ".join(dict.fromkeys(_text(part) for part in parts if part))
    return ", ".join(f"{name}: {_text(entry)}" for name, entry in value.items())
