"""The questions of a booking form: name, e-mail, phone, note, and those that the event type asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calcom.sandbox.page.layout import Html, html, join
from calcom.sandbox.page.words import _
from calcom.sandbox.state import EventType

_PREFIX = "own-"
_TICKED = {"boolean", "checkbox"}
_SEVERAL = {"multiselect", "multiemail"}


def inputs(event_type: EventType, sent: dict[str, str]) -> Html:
    """All inputs, with what was sent before."""
    return join(
        [
            _input(_("Name"), "name", sent, kind="text", more="required autocomplete=name"),
            _input(_("E-mail address"), "email", sent, kind="email", more="required autocomplete=email"),
            _input(_("Phone, if you like"), "phone", sent, kind="tel", more="autocomplete=tel placeholder=+4930…"),
            _input(_("Note, if you like"), "note", sent, kind="text"),
            *(_own_input(one, sent) for one in _own(event_type)),
        ]
    )


def answers(event_type: EventType, sent: dict[str, str]) -> dict[str, Any]:
    """bookingFieldsResponses: the note, and the answers to the event type's own questions."""
    given: dict[str, Any] = {"notes": sent["note"]} if sent.get("note") else {}
    for one in _own(event_type):
        text = sent.get(_PREFIX + one["slug"], "")
        if one["type"] in _TICKED:
            given[one["slug"]] = bool(text)
        elif text and one["type"] in _SEVERAL:
            given[one["slug"]] = [part.strip() for part in text.split(",")]
        elif text:
            given[one["slug"]] = text
    return given


def _own(event_type: EventType) -> Iterator[dict[str, Any]]:
    for one in event_type.fields.get("bookingFields") or []:
        if not one.get("isDefault") and not one.get("hidden"):
            yield one


def _own_input(field: dict[str, Any], sent: dict[str, str]) -> Html:
    name = _PREFIX + field["slug"]
    label = str(field.get("label") or field["slug"])
    required = "required" if field.get("required") else ""
    if field["type"] in _TICKED:
        return html(
            "<label class='tick'><input type='checkbox' name='{name}' value='yes' {more}>{label}</label>",
            name=name,
            label=label,
            more=required,
        )
    if field["type"] in {"select", "radio"}:
        options = join(html("<option>{one}</option>", one=one) for one in field.get("options") or [])
        return html(
            "<label>{label}<select name='{name}' {more}>{options}</select></label>",
            label=label,
            name=name,
            more=required,
            options=options,
        )
    return _input(label, name, sent, kind="text", more=required)


def _input(label: str, name: str, sent: dict[str, str], *, kind: str, more: str = "") -> Html:
    return html(
        "<label>{label}<input type='{kind}' name='{name}' value='{value}' {more}></label>",
        label=label,
        kind=kind,
        name=name,
        value=sent.get(name, ""),
        more=more,
    )
