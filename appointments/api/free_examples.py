"""Examples of what is asked and told about free time; see examples."""

from __future__ import annotations

from appointments.api.examples import SERVICE_ID, STAFF, STAFF_ID, TIMES, in_address, tells

_SLOT = {**TIMES, "staff": STAFF_ID, "also_free": [1], "is_stale": False, "is_doubtful": False}
_CELL = {
    **TIMES,
    "duration_ok": True,
    "is_free": True,
    "reason": "",
    "sentence": "",
    "staff": STAFF_ID,
    "also_free": [1],
    "is_doubtful": False,
}
_ANSWER = {
    "unknown": "",
    "retry_at": None,
    "refused": None,
    "is_stale": False,
    "as_of": "2026-12-01T09:00:00Z",
}
_ZONE = {"time_zone": "Europe/Berlin"}
_QUERY = in_address(service=SERVICE_ID)
SLOTS = [
    *_QUERY,
    *in_address(since="2027-01-12T08:00:00Z", until="2027-01-13T08:00:00Z"),
    tells("A free time", {**_ZONE, **_ANSWER, "slots": [_SLOT]}),
]
WEEK = [
    *_QUERY,
    *in_address(day="2027-01-12"),
    tells("A week", {**_ZONE, **_ANSWER, "days": [{"date": "2027-01-12", "cells": [_CELL]}]}),
]
DAY = [
    *_QUERY,
    *in_address(day="2027-01-12"),
    tells("A day", {"date": "2027-01-12", **_ZONE, "columns": [{"staff": STAFF, **_ANSWER, "cells": [_CELL]}]}),
]
NEXT = [
    *_QUERY,
    *in_address(after="2027-01-12T08:00:00Z"),
    tells("The first", {**_ZONE, **_ANSWER, "slot": _SLOT, "searched_until": "2027-01-16T08:00:00Z"}),
]
ALTERNATIVES = [
    *_QUERY,
    *in_address(starts_at="2027-01-12T10:00:00Z"),
    tells(
        "A week later",
        {
            "alternatives": [
                {
                    **_SLOT,
                    "kind": "next_week",
                    "sentence": "Tuesday, 19 January at 11:00 (a week later)",
                    "is_same_clock_time": True,
                }
            ],
            "alternatives_unknown": "",
        },
    ),
]
EXPLAIN = [
    *_QUERY,
    *in_address(starts_at="2027-01-12T10:00:00Z"),
    tells(
        "It is free",
        {
            **_ZONE,
            "steps": [{"name": "service", "passed": True, "sentence": "“Trockenschnitt” can be booked."}],
            "availability": "available",
            "reason": "",
            "sentence": "",
            "retry_at": None,
            "slot": _SLOT,
        },
    ),
]
