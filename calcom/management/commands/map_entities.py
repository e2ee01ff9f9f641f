"""`manage.py map_entities`: what Cal.com's users and event types probably are here."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from calcom.management.company_command import CompanyCommand, Report, numbers, refused
from calcom.management.printing import table_lines
from calcom.sync.entities import Kind, MapResult, Suggestion, map_entities

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Company

_HEADINGS = ("what", "at Cal.com", "here", "sure", "", "why")


class Command(CompanyCommand):
    """Over what the last sync has read. Without --auto it only shows."""

    help = (
        "Suggests which staff member each of Cal.com's users is, and which service each event type means. With --auto "
        "it takes over what is sure enough and not ambiguous; the rest waits in the portal."
    )
    needs_a_choice = True
    needs_key = False
    has_dry_run = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is mapped, and how sure it has to be."""
        super().add_arguments(parser)
        parser.add_argument("--type", choices=["all", *Kind], default="all", help="all unless told")
        parser.add_argument("--auto", action="store_true", help="take over what is sure enough")
        parser.add_argument("--threshold", type=_percent, default=70, metavar="PERCENT", help="70 unless told")

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """A table of all that has no meaning yet."""
        kinds = tuple(Kind) if options["type"] == "all" else (Kind(options["type"]),)
        only_shows = options["dry_run"] or not options["auto"]
        result = map_entities(company, kinds=kinds, threshold=options["threshold"], is_dry_run=only_shows)
        if result.is_running_elsewhere:
            return refused("a sync of this company is running")
        facts = {"dry_run": only_shows, **result.counts, "suggestions": [asdict(one) for one in result.suggestions]}
        return Report(_lines(result, only_shows=only_shows), facts, is_good=result.is_good)


def _lines(result: MapResult, *, only_shows: bool) -> list[str]:
    if not result.suggestions:
        return ["nothing waits: all users and event types that are known have a meaning"]
    told = numbers(result.counts)
    rows = [_row(one, only_shows=only_shows) for one in result.suggestions]
    return [f"would be: {told}" if only_shows else told, *table_lines(_HEADINGS, rows)]


def _row(one: Suggestion, *, only_shows: bool) -> tuple[str, ...]:
    done = ("would be mapped" if only_shows else "mapped") if one.is_mapped else "a person decides"
    sure = f"{one.confidence} %" if one.meaning else ""
    return one.kind.value, f"{one.name} ({one.calcom_id})", one.meaning or "?", sure, done, one.why


def _percent(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= 100):
        raise ArgumentTypeError(f'"{text}" is no percentage from 1 to 100')
    return int(text)
