"""`manage.py customer_erase`: nothing that says who it was is left of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcom.management.company_command import Report, numbers
from config.management.person_command import PersonCommand
from config.privacy.people import erase

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Company
    from config.privacy.people import Asked, ErasureResult


class Command(PersonCommand):
    """Ids, times, services and prices stay. It cannot be undone: --dry-run shows first what would be changed."""

    help = "Erases a person's data in one company. Ids, times and prices stay. This cannot be undone."
    has_dry_run = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and whether appointments to come may be cancelled."""
        super().add_arguments(parser)
        parser.add_argument("--also-cancel", action="store_true", help="cancel the person's appointments to come first")

    def about(self, company: Company, asked: Asked, options: dict[str, Any]) -> Report:
        """The numbers by table; below them what is not ours to erase."""
        result = erase(company, asked, also_cancel=options["also_cancel"], is_dry_run=options["dry_run"])
        facts = {
            "dry_run": options["dry_run"],
            "rows": result.counts,
            "cancelled": result.cancelled,
            "at_calcom": result.at_backend,
            "guest_of_others": result.guest_of_others,
            "failures": result.failures,
        }
        if not result.is_good:
            return Report(result.failures, facts, is_good=False)
        return Report([_changed(result, is_dry_run=options["dry_run"]), *_beside(result)], facts)


def _changed(result: ErasureResult, *, is_dry_run: bool) -> str:
    counts = {name: number for name, number in result.counts.items() if number}
    if not counts:
        return "nothing to erase: nothing is known of this person"
    return f"{'would be erased' if is_dry_run else 'erased'}: {numbers(counts)}"


def _beside(result: ErasureResult) -> list[str]:
    lines = []
    if result.cancelled:
        lines.append(f"cancelled: {result.cancelled:,} to come")
    if result.at_backend:
        lines.append(f"Cal.com keeps its own copy of {result.at_backend:,} bookings: have it erased there as well")
    if result.guest_of_others:
        lines.append(f"at Cal.com the person stays a guest of {result.guest_of_others:,} appointments of others")
    return lines
