"""What the readings of webhook bodies and of the API share about people."""

from __future__ import annotations

import zoneinfo

_ZONES = zoneinfo.available_timezones()


def known_zone(name: str) -> str:
    """The name of a time zone where this machine knows it, else empty."""
    return name if name in _ZONES else ""
