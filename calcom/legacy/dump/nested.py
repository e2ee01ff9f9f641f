"""JSON in a cell, encoded once, twice or three times; and the predecessor's lists of people and answers in it."""

from __future__ import annotations

import json
from typing import Any

from appointments.backends import AttendeeSnapshot
from appointments.customers import normal_email
from calcom.mapping.people import email_of, known_zone, phone_of, without_made_up
from calcom.sync.copies import storable

_DEEPEST = 4  # three times encoded, and the value
_NAMES = ("name", "email", "phoneNumber", "phone", "timeZone", "timezone", "locale", "language")


def decoded(value: Any) -> tuple[Any, str]:
    """What a cell of JSON holds at last, and why it is broken: then it holds None. Plain text is broken JSON too."""
    for _ in range(_DEEPEST):
        if not isinstance(value, str):
            return (storable(value), "") if isinstance(value, dict | list) else (None, "")
        if not value.strip():
            return None, ""
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None, "is broken JSON"
    return None, "is encoded more than three times"


def people(value: Any) -> list[AttendeeSnapshot]:
    """The attendees in a list of objects, the booker first; what says neither name nor contact is nobody."""
    listed = [person for entry in value if (person := _person(entry))] if isinstance(value, list) else []
    return [_guest(person) if position else person for position, person in enumerate(listed)]


def answers(value: Any) -> dict[str, Any]:
    """A form's answers, {"slug": {"label": …, "value": …}}, from bare values as well as from labelled ones."""
    told = without_made_up(value) if isinstance(value, dict) else {}
    return {
        slug: answer if isinstance(answer, dict) and "value" in answer else {"label": slug, "value": answer}
        for slug, answer in told.items()
    }


def hosts(value: Any) -> list[dict[str, Any]]:
    """The hosts in booking metadata, as Cal.com's news has them: id, name and e-mail address."""
    listed = value if isinstance(value, list) else []
    return [
        {"id": host.get("id"), "name": _text(host.get("name")), "email": normal_email(_text(host.get("email")))}
        for host in listed
        if isinstance(host, dict)
    ]


def _person(entry: Any) -> AttendeeSnapshot | None:
    told = {name: _text(entry.get(name)) for name in _NAMES} if isinstance(entry, dict) else {}
    if not any(told.values()):
        return None
    number = told["phoneNumber"] or told["phone"]
    return AttendeeSnapshot(
        name=told["name"][:255],
        email=email_of(told["email"])[:254],
        phone=phone_of(number, address=told["email"])[:50],
        time_zone=known_zone(told["timeZone"] or told["timezone"]),
        locale=(told["locale"] or _language(entry) or told["language"])[:10],
    )


def _language(entry: dict[str, Any]) -> str:
    language = entry.get("language")
    return _text(language.get("locale")) if isinstance(language, dict) else ""


def _guest(person: AttendeeSnapshot) -> AttendeeSnapshot:
    return AttendeeSnapshot(**(vars(person) | {"is_guest": True}))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
