"""What a webhook's body must look like, and what Cal.com says when it does not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from calcom.sandbox.state import Json
from calcom.sandbox.wire import broken_constraint, invalid, malformed

# The triggers that the community edition knows. One that is not among them fails the whole call.
TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_RESCHEDULED",
    "BOOKING_REQUESTED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "FORM_SUBMITTED",
    "MEETING_ENDED",
    "MEETING_STARTED",
    "RECORDING_READY",
    "RECORDING_TRANSCRIPTION_GENERATED",
    "OOO_CREATED",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    "FORM_SUBMITTED_NO_EVENT",
    "DELEGATION_CREDENTIAL_ERROR",
    "WRONG_ASSIGNMENT_REPORT",
)
VERSION = "2021-10-20"


def validate(body: Json, *, is_new: bool) -> None:
    """Refuses what the global validation refuses, then URLs that are not called."""
    checks = [(name, check) for name, check in _REQUIRED.items() if is_new or name in body]
    checks += [(name, _text) for name in ("secret", "payloadTemplate") if body.get(name) is not None]
    found = [(name, check(body.get(name), name)) for name, check in checks]
    errors = [broken_constraint(body, name, broken) for name, broken in found if broken]
    if body.get("version", VERSION) != VERSION:
        text = f"version must be one of the following values: {VERSION}"
        errors.append(broken_constraint(body, "version", {"isEnum": text}))
    if errors:
        raise invalid(errors)
    if "subscriberUrl" in body:
        _check_url(body["subscriberUrl"])


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if not parts.scheme or not parts.netloc or " " in url:
        raise malformed("Webhook URL is not allowed: Invalid URL format")
    if parts.scheme not in {"http", "https"}:
        raise malformed("Webhook URL is not allowed: Only HTTP and HTTPS protocols are allowed")


def _flag(value: Any, name: str) -> dict[str, str]:
    return {} if isinstance(value, bool) else {"isBoolean": f"{name} must be a boolean value"}


def _text(value: Any, name: str) -> dict[str, str]:
    return {} if isinstance(value, str) else {"isString": f"{name} must be a string"}


def _triggers(value: Any, name: str) -> dict[str, str]:
    broken = {}
    if not isinstance(value, list) or any(trigger not in TRIGGERS for trigger in value):
        broken["isEnum"] = f"each value in {name} must be one of the following values: {', '.join(TRIGGERS)}"
    if not isinstance(value, list):
        broken["isArray"] = f"{name} must be an array"
    return broken


_REQUIRED = {"active": _flag, "subscriberUrl": _text, "triggers": _triggers}
