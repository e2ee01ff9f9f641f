"""The answers to an event type's booking form: what is missing, what is wrong, and how they are stored."""

from __future__ import annotations

from typing import Any

from calcom.sandbox.bookings import policy
from calcom.sandbox.bookings.inputs import is_email, zod
from calcom.sandbox.state import EventType, Json
from calcom.sandbox.wire import malformed

_TYPES = {"number": "number", "boolean": "boolean"} | dict.fromkeys(("checkbox", "multiselect", "multiemail"), "array")
_CHOICES = ("select", "radio", "checkbox", "multiselect")
_ASKED_ELSEWHERE = ("name", "email", "location", "title", "guests", "rescheduleReason", "attendeePhoneNumber")
_NO_NUMBERS = "Invalid string"  # the community edition can store no number, and no text in a number's field either


def checked_answers(event_type: EventType, body: Json) -> Json:
    """The responses to store, the place not yet among them. Raises the refusal that Cal.com would."""
    given = {slug: "" if value is None else value for slug, value in (body.get("bookingFieldsResponses") or {}).items()}
    fields = [field for field in policy.booking_fields(event_type) if field["slug"] not in _ASKED_ELSEWHERE]
    _require(event_type, body, fields, given)
    for field in fields:
        if field["slug"] in given:
            _fits(field, given[field["slug"]])
    answers = _people(event_type, body) | {f["slug"]: given[f["slug"]] for f in fields if f["slug"] in given}
    _inner_schema(fields, answers, body.get("metadata") or {})
    return answers


def guests_of(event_type: EventType, body: Json) -> list[str]:
    """The guests' addresses; none where guests are switched off or people book seats."""
    if event_type.fields.get("disableGuests") or policy.seat_limit(event_type) is not None:
        return []
    return [str(guest) for guest in body.get("guests") or []]


def _people(event_type: EventType, body: Json) -> Json:
    attendee = body["attendee"]
    phone = {"attendeePhoneNumber": attendee["phoneNumber"]} if attendee.get("phoneNumber") else {}
    guests = {"guests": guests_of(event_type, body)} if guests_of(event_type, body) else {}
    return {"email": attendee.get("email", ""), **phone, "name": attendee["name"], **guests}


def _require(event_type: EventType, body: Json, fields: list[Json], given: Json) -> None:
    for field in policy.booking_fields(event_type):
        is_phone = field["slug"] == "attendeePhoneNumber" and field.get("required") and not field.get("hidden")
        if is_phone and not body["attendee"].get("phoneNumber"):
            raise malformed(
                "Missing attendee phone number - it is required by the event type. "
                'Pass it as "attendee.phoneNumber" string in the request.'
            )
    for field in fields:
        if field.get("required") and not field.get("hidden") and field["slug"] not in given:
            raise malformed(
                f"Missing required booking field response: {field['slug']} - it is required by the event type booking "
                "fields, but missing in the bookingFieldsResponses. You can fetch the event type with ID "
                f"{event_type.id} to see the required fields."
            )


def _fits(field: Json, value: Any) -> None:
    slug, kind = field["slug"], str(field["type"])
    wanted = _TYPES.get(kind, "string")
    if _type_of(value) != wanted:
        raise malformed(
            f"Invalid type for booking field '{slug}'. Expected type {wanted} (compatible with field type '{kind}'), "
            f"but received {_type_of(value)}."
        )
    options = [_option(option) for option in field.get("options") or []]
    if kind not in _CHOICES or not options:
        return
    allowed = f"Allowed options are: {', '.join(options)}."
    if isinstance(value, list):
        if any(each not in options for each in value):
            raise malformed(f"One or more invalid options for booking field '{slug}'. {allowed}")
    elif value not in options:
        raise malformed(f"Invalid option '{value}' for booking field '{slug}'. {allowed}")


def _option(option: Any) -> str:
    return str(option.get("value", "")) if isinstance(option, dict) else str(option)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "string"


def _inner_schema(fields: list[Json], answers: Json, metadata: Json) -> None:
    problems = [f"responses - {{{slug}}}{text}, " for slug, text in _broken(fields, answers)]
    problems += [
        f"metadata.{key} - Expected string, received {_type_of(value)}, "
        for key, value in metadata.items()
        if not isinstance(value, str)
    ]
    if problems:
        raise zod("".join(problems))


def _broken(fields: list[Json], answers: Json) -> list[tuple[str, str]]:
    found = [*_broken_email(answers), *_broken_guests(answers)]
    for field in fields:
        slug = str(field["slug"])
        value = answers.get(slug)
        if field["type"] == "number" and value is not None:
            found.append((slug, _NO_NUMBERS))
        elif field.get("required") and not field.get("hidden") and value in ("", False, []):
            found.append((slug, "error_required_field"))
        elif field["type"] == "multiemail" and not all(is_email(each) for each in value or []):
            found.append((slug, "email_validation_error"))
    return found


def _broken_email(answers: Json) -> list[tuple[str, str]]:
    if not answers["email"]:
        return [("email", "error_required_field")]
    return [] if is_email(answers["email"]) else [("email", "email_validation_error")]


def _broken_guests(answers: Json) -> list[tuple[str, str]]:
    guests = [str(guest).lower() for guest in answers.get("guests") or []]
    if not all(is_email(guest) for guest in guests):
        return [("guests", "email_validation_error")]
    is_twice = len(set(guests)) < len(guests) or str(answers["email"]).lower() in guests
    return [("guests", "duplicate_email")] if is_twice else []
