"""Older and odder shapes, turned into the two that are read: the body of a webhook, and a booking of API v2.

API v1, the flat MEETING_* bodies, the predecessor's own records and PHP's way with empty objects. What fits already
passes through untouched.
"""

from __future__ import annotations

from typing import Any

Fields = dict[str, Any]

_WEB = ("http://", "https://")
_RENAMED_IN_BODY = {
    "start": "startTime",
    "end": "endTime",
    "rejectedReason": "rejectionReason",
    "bookingFieldsResponses": "responses",
    "recurringBookingUid": "recurringEventId",
    "icsUid": "iCalUID",
}
# As what was read from the API is stored here.
_RENAMED_IN_API = {"startsAt": "start", "endsAt": "end", "icalUid": "icsUid", "recurringUid": "recurringBookingUid"}
_NO_ANSWERS = {"displayEmail", "displayGuests"}
_LINKS = ("meetingUrl", "videoCallUrl", "meeting_url")


def is_of_api(fields: Fields) -> bool:
    """Whether it is a booking as API v2 tells it: `start` instead of `startTime`, answers without labels."""
    if "startTime" in fields or "organizer" in fields or "responses" in fields:
        return False
    return not {"bookingFieldsResponses", "start", "startsAt"}.isdisjoint(fields)


def as_body(fields: Fields) -> Fields:
    """As a webhook's body."""
    if not any(name in fields for name in _RENAMED_IN_BODY) and _is_tidy(fields):
        return fields
    body = {_RENAMED_IN_BODY.get(name, name): value for name, value in fields.items()}
    body["responses"] = _labelled(body)
    body["attendees"] = [_person(one) for one in _people(body)]
    body["organizer"] = _organizer(body)
    body["location"] = _place(body.get("location")) or _link(body)
    metadata = body.get("metadata")
    body["metadata"] = metadata if isinstance(metadata, dict) else {}
    if link := _link(body):
        body["metadata"] = {"videoCallUrl": link} | body["metadata"]
    return body


def as_api(fields: Fields) -> Fields:
    """As a booking of API v2; servers of different age call the link to the meeting differently."""
    found = {_RENAMED_IN_API.get(name, name): value for name, value in fields.items()}
    found["location"] = _place(found.get("location")) or _link(found)
    return found


def _is_tidy(body: Fields) -> bool:
    """Whether it is as Cal.com's webhooks are; what they leave out is not there."""
    responses, attendees, organizer = body.get("responses"), body.get("attendees"), body.get("organizer")
    return (
        isinstance(organizer, dict)
        and isinstance(responses, dict)
        and all(_is_labelled(answer) for answer in responses.values())
        and isinstance(attendees, list)
        and bool(attendees)
        and all(isinstance(one, dict) and isinstance(one.get("language"), dict) for one in attendees)
        and not body.get("customInputs")
        and isinstance(body.get("location") or "", str)
        and isinstance(body.get("metadata") or {}, dict)
        and not any(body.get(name) for name in _LINKS)
    )


def _is_labelled(answer: Any) -> bool:
    """A webhook's {"label": …, "value": …}; the bare answer about the location has value and optionValue."""
    return isinstance(answer, dict) and ("label" in answer or ("value" in answer and "optionValue" not in answer))


def _labelled(body: Fields) -> Fields:
    """The answers by slug; the questions of old forms go by their label."""
    told = body.get("responses")
    answers = told if isinstance(told, dict) else {}
    old = body.get("customInputs")
    if isinstance(old, list):
        old = {str(one.get("label")): one.get("value") for one in old if isinstance(one, dict) and one.get("label")}
    if isinstance(old, dict):
        answers = old | answers
    return {
        slug: answer if _is_labelled(answer) else {"label": slug, "value": answer}
        for slug, answer in answers.items()
        if slug not in _NO_ANSWERS
    }


def _people(body: Fields) -> list[Fields]:
    """Who attends; where nobody is listed, who filled in the form."""
    told = body.get("attendees")
    if isinstance(told, dict):  # one alone, or PHP's list with holes in it
        told = [told] if "email" in told or "name" in told else list(told.values())
    people = [one for one in told or [] if isinstance(one, dict)] if isinstance(told, list) else []
    return people or _from_form(body["responses"])


def _from_form(responses: Fields) -> list[Fields]:
    answers = {slug: answer.get("value") for slug, answer in responses.items()}
    name, email = answers.get("name"), answers.get("email")
    if isinstance(name, dict):
        name = " ".join(str(part) for part in (name.get("firstName"), name.get("lastName")) if part)
    if not isinstance(email, str) or not email.strip():
        return []
    phone = answers.get("attendeePhoneNumber")
    found = {"email": email, "name": name if isinstance(name, str) else ""}
    return [found | ({"phoneNumber": phone} if isinstance(phone, str) else {})]


def _person(person: Fields) -> Fields:
    language, locale = person.get("language"), person.get("locale")
    if not isinstance(language, dict):
        language = {"locale": language if isinstance(language, str) else locale if isinstance(locale, str) else ""}
    zone = person.get("timeZone") or person.get("timezone")
    phone = person.get("phoneNumber") or person.get("phone")
    return {
        **person,
        "language": language,
        "timeZone": zone if isinstance(zone, str) else "",
        "phoneNumber": phone if isinstance(phone, str) else "",
    }


def _organizer(body: Fields) -> Fields | None:
    """Who hosts: the organizer, the user of a flat body (whose id stands beside it), or the first of the hosts."""
    for told in (body.get("organizer"), body.get("user")):
        if isinstance(told, dict) and told:
            return _person({"id": body.get("userId"), **told})
    hosts = body.get("hosts")
    first = hosts[0] if isinstance(hosts, list) and hosts else None
    return _person(first) if isinstance(first, dict) else None


def _place(told: Any) -> str:
    """Cal.com's one text for a place. The predecessor also kept objects."""
    if isinstance(told, dict):
        parts = (told.get(name) for name in ("address", "link", "phone", "optionValue", "value", "integration", "type"))
        told = next((part for part in parts if isinstance(part, str) and part), "")
    return told if isinstance(told, str) else ""


def _link(fields: Fields) -> str:
    told = (fields.get(name) for name in _LINKS)
    return next((link for link in told if isinstance(link, str) and link.startswith(_WEB)), "")
