"""`manage.py customer_export`: everything that a company knows of a person."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from calcom.management.company_command import Report, numbers, refused
from config.management.person_command import PersonCommand
from config.privacy.parts import PARTS
from config.privacy.people import export

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Company
    from config.privacy.people import Asked


class Command(PersonCommand):
    """Rows of the person's own come whole; of texts about others only what names the person."""

    help = "Everything known of one person, as JSON: with --json on the standard output, with --output in a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and where to."""
        super().add_arguments(parser)
        parser.add_argument("--output", metavar="FILE", help="a new file, readable for you only")

    def about(self, company: Company, asked: Asked, options: dict[str, Any]) -> Report:
        """The numbers by table, and everything for a program."""
        told = export(company, asked)
        counts = {name: len(told[name]) for name in PARTS if name in told}
        lines = [numbers(counts) if counts else "nothing is known of this person"]
        if options["output"]:
            try:
                _write(options["output"], told)
            except OSError as error:
                return refused(f"{options['output']}: {error.strerror}")
            lines.append(f"written to {options['output']}")
        elif counts:
            lines.append("--json or --output FILE gives everything")
        return Report(lines, told if options["json"] and not options["output"] else {"rows": counts})


def _write(path: str, told: dict[str, Any]) -> None:
    """Into a file that was not there: it would be a copy that nobody thinks of, and so would half of one.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(told, file, ensure_ascii=False, indent=2, default=str)
    except BaseException:
        os.unlink(path)
        raise
