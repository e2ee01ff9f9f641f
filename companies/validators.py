"""What free-form fields may hold."""

from __future__ import annotations

import json
import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from itertools import pairwise
from socket import inet_aton
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_API_PATH = re.compile(r"(/[\w.-]+)*/v2")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_USUAL_PORTS = {"http": 80, "https": 443}
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
VERSION_GROUPS = ("bookings", "booking_list", "booking_changes", "event_types", "slots", "schedules")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# All of IPv6 that leads anywhere; and what a translator makes the IPv4 address of that stands at its end.
_WORLD, _NAT64 = IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def storable_object(value: Any) -> None:
    """Accept a JSON object that PostgreSQL can store. Raises ValidationError."""
    if not isinstance(value, dict):
        raise ValidationError(_("Enter a JSON object: {…}."))
    if "\\u0000" in json.dumps(value):
        raise ValidationError(_("NUL characters cannot be stored."))


def api_base_url(value: str) -> str:
    """The root of an API v2 in its one spelling: "https://cal.example.com/v2". Empty stays empty.

    Host in lower case, without a dot or the usual port behind it. A key is sent there, so only https will do, or http
    on this machine itself. Raises ValidationError.
    """
    value = value.strip().rstrip("/")
    if not value:
        return ""
    parts, origin = _server(value, no_plain_http=_("Only https:// will do: the API key is sent there."))
    if any(sign in value for sign in "@?#"):
        raise ValidationError(_("Enter the address alone, without a user, question mark or anchor."))
    if parts.path and not _API_PATH.fullmatch(parts.path):
        raise ValidationError(_("The path of an API v2 ends in /v2: https://cal.example.com/v2."))
    return f"{origin}{parts.path or '/v2'}"


def hook_address(value: str) -> str:
    """Where messages are posted, its server in the one spelling of `api_base_url`. Empty stays empty.

    What is posted says how a company's connection stands, so only https will do, or http on this machine itself.
    Raises ValidationError.
    """
    value = value.strip()
    if not value:
        return ""
    parts, origin = _server(value, no_plain_http=_("Only https:// will do."))
    if any(sign in value for sign in "@#") or not value.isascii() or not value.isprintable() or " " in value:
        raise ValidationError(_("Enter the address alone, without a user, anchor or spaces."))
    return f"{origin}{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def valid_hook_address(value: str) -> None:
    """Accept what `hook_address` accepts. Raises ValidationError."""
    hook_address(value)


def _server(value: str, *, no_plain_http: Any) -> tuple[SplitResult, str]:
    """The address in its parts, and "https://host:port" in one spelling. Raises ValidationError."""
    try:
        parts = urlsplit(value)
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError as error:
        raise ValidationError(_("This is no address. Enter one like https://cal.example.com/v2.")) from error
    if not parts.scheme or not host or port == 0:
        raise ValidationError(_("Enter the whole address, beginning with https://."))
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValidationError(no_plain_http)
    shown_port = "" if port in (None, _USUAL_PORTS[parts.scheme]) else f":{port}"
    return parts, f"{parts.scheme}://{host}{shown_port}"


def _host(name: str) -> str:
    """A host in its one spelling, an IPv6 address in brackets. Raises ValueError for what is none."""
    ip = _literal(name)
    if ip is not None:
        return f"[{ip}]" if ip.version == 6 else str(ip)
    name = name.lower().removesuffix(".")
    if name and not _HOST.fullmatch(name):
        raise ValueError("a name outside of ASCII, or none")
    return name


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that the host is, in any of the spellings that systems accept ("127.1"); None for a name."""
    try:
        ip = ip_address(host.strip("[]"))
    except ValueError:
        try:
            return IPv4Address(inet_aton(host))
        except (OSError, ValueError):
            return None
    return getattr(ip, "ipv4_mapped", None) or ip


def is_loopback(host: str) -> bool:
    """Whether the name means this machine itself. So do 0.0.0.0 and [::]."""
    if host.lower().removesuffix(".") == "localhost":
        return True
    ip = _literal(host)
    return ip is not None and (ip.is_loopback or ip.is_unspecified)


def is_inside(host: str) -> bool:
    """Whether it is this machine or one of the network around it, as far as the host's spelling tells.

    A name may still lead inwards: that is known only when it is asked for.
    """
    ip = _literal(host)
    if ip is None:
        name = host.lower().removesuffix(".")
        return "." not in name or name.endswith(".localhost")
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFF_FFFF)
        elif ip.sixtofour is not None:
            ip = ip.sixtofour
        elif ip not in _WORLD:
            return True
    return not ip.is_global or ip.is_multicast


def valid_base_url(value: str) -> None:
    """Accept what `api_base_url` accepts. Raises ValidationError."""
    api_base_url(value)


def api_versions(value: Any) -> None:
    """Accept versions by group of endpoints: {"bookings": "2026-02-25"}; "" sends none. Raises ValidationError."""
    storable_object(value)
    for group, version in value.items():
        if group not in VERSION_GROUPS:
            raise ValidationError(
                _("“%(group)s” is no group. Use %(groups)s."),
                params={"group": group, "groups": ", ".join(VERSION_GROUPS)},
            )
        if not isinstance(version, str) or (version and not _VERSION.fullmatch(version)):
            raise ValidationError(_("Enter a version like 2024-08-13 for %(group)s."), params={"group": group})


def opening_hours(value: Any) -> None:
    """Accept a weekday's spans, in order and without overlap: {"mon": ["09:00-12:00", "13:00-18:00"]}.

    Weekdays are mon to sun; a missing one is closed; a day ends at 24:00. Raises ValidationError.
    """
    storable_object(value)
    for day, spans in value.items():
        if day not in WEEKDAYS:
            raise ValidationError(
                _("“%(day)s” is no weekday. Use mon, tue, wed, thu, fri, sat, sun."), params={"day": day}
            )
        if not isinstance(spans, list) or not all(isinstance(span, str) and _SPAN.fullmatch(span) for span in spans):
            raise ValidationError(_("Enter times like 09:00-18:00 for %(day)s."), params={"day": day})
        if not _follow_each_other([span.split("-") for span in spans]):
            raise ValidationError(_("The times of %(day)s overlap or run backwards."), params={"day": day})


def _follow_each_other(spans: list[list[str]]) -> bool:
    """Whether each span ends after it starts, and starts when the one before has ended. "HH:MM" sorts as text."""
    return all(start < end for start, end in spans) and all(one[1] <= two[0] for one, two in pairwise(spans))
