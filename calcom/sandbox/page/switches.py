"""The faults that the page offers to switch; the switchboard by HTTP knows many more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from calcom.sandbox.faults import Faults, Rule
from calcom.sandbox.page.words import _

_WRITES = {"path": "/v2/bookings", "method": "POST"}
PRESETS: dict[str, dict[str, Any]] = {
    "slow": {"kind": "latency", "seconds": 3},
    "error": {"kind": "status", "status": 500},
    "gateway": {"kind": "status", "status": 502, "html": True},
    "limited": {"kind": "status", "status": 429, "seconds": 60},
    "cut": {"kind": "cut", "where": "middle"},
    "unclear": {"kind": "timeout_after_write", "match": _WRITES, "seconds": 20},
    "late": {"kind": "late_write", "match": _WRITES, "seconds": 20},
    "lost": {"kind": "webhook_lost"},
    "twice": {"kind": "webhook_duplicate"},
    "disordered": {"kind": "webhook_reorder"},
}


def words() -> dict[str, str]:
    """What each one does, in the reader's language."""
    return {
        "slow": _("Every answer takes 3 seconds"),
        "error": _("Every answer is an error 500"),
        "gateway": _("Every answer is a gateway's page, 502"),
        "limited": _("Every answer says: too many requests, 429"),
        "cut": _("Every answer is cut off in its middle"),
        "unclear": _("Bookings are made, but their answers never come"),
        "late": _("Bookings are made only when nobody waits for them any more"),
        "lost": _("Webhooks are lost"),
        "twice": _("Webhooks come twice"),
        "disordered": _("Webhooks come in the wrong order"),
    }


def those_on(faults: Faults) -> set[str]:
    """The names of those that are on."""
    rules = [_without_count(rule) for rule in faults.as_json()]
    return {name for name, preset in PRESETS.items() if _settings(preset) in rules}


def turn(faults: Faults, name: str, *, on: bool) -> None:
    """Switch one of them; other rules stay."""
    others = [rule for rule in faults.as_json() if _without_count(rule) != _settings(PRESETS[name])]
    faults.replace(_rules([*others, *([PRESETS[name]] if on else [])]))


def _rules(given: Iterable[dict[str, Any]]) -> list[Rule]:
    return [Rule.from_json(one) for one in given]


def _settings(preset: dict[str, Any]) -> dict[str, Any]:
    return _without_count(asdict(Rule.from_json(preset)))


def _without_count(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "times"}
