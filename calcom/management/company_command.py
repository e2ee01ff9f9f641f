"""What all commands about Cal.com share: which companies, one line for each, JSON for programs, exit status."""

from __future__ import annotations

import json
import logging
import sys
import unicodedata
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.guard import Lane
from companies.fields import EncryptionKeyError
from companies.models import Company
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

logger = structlog.get_logger(__name__)

FAILED, WRONG_USAGE = 1, 2


@dataclass(frozen=True)
class Report:
    """What came of one company: lines for people (the first goes behind its name), facts for programs."""

    lines: Sequence[str]
    facts: dict[str, Any] = field(default_factory=dict)
    is_good: bool = True


@contextmanager
def _quiet(*, is_wanted: bool) -> Iterator[None]:
    """Only errors nobody foresaw in the log, unless somebody asks for all with -v 2: the lines say the rest."""
    calcom = logging.getLogger("calcom")
    before = calcom.level
    if is_wanted:
        calcom.setLevel(logging.ERROR)
    try:
        yield
    finally:
        calcom.setLevel(before)


class CompanyCommand(BaseCommand, ABC):
    """A command that does the same for one company or all of them.

    Exit status 0: all is well; 1: something failed or is not as it should be; 2: wrong usage. Progress is shown on a
    terminal only, on the error stream.
    """

    needs_a_choice = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which companies, and for whom the output is."""
        group = parser.add_mutually_exclusive_group(required=self.needs_a_choice)
        group.add_argument("--company", metavar="ID", help="id or slug of one company")
        group.add_argument("--all", action="store_true", help="all active companies with an API key")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")

    @abstractmethod
    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """What the command does for one company. Whatever it raises costs only this company."""

    def handle(self, *_args: Any, **options: Any) -> None:
        """Go through the companies; one that fails does not stop the others."""
        with _quiet(is_wanted=options["verbosity"] < 2):
            self._handle(options)

    def _handle(self, options: dict[str, Any]) -> None:
        companies = self.companies(options["company"])
        reports = []
        for number, company in enumerate(companies, start=1):
            self.show_progress(f"{number}/{len(companies)} {company.name}")
            reports.append(self._one(company, options))
        self.show_progress("")
        if options["json"]:
            rows = [
                report.facts | {"company": company.pk, "name": company.name, "ok": report.is_good}
                for company, report in zip(companies, reports, strict=True)
            ]
            self.stdout.write(_encodable(json.dumps(rows, ensure_ascii=False, indent=2, default=str)))
        bad = sum(not report.is_good for report in reports)
        if bad:
            raise CommandError(f"{bad} of {len(companies)} companies need attention.", returncode=FAILED)

    def _one(self, company: Company, options: dict[str, Any]) -> Report:
        report = self._reported(company, options)
        if not options["json"]:
            first, *rest = [printable(line) for line in report.lines]
            name = printable(company.name)
            self.stdout.write(first if first.startswith(f"{name}:") else f"{name}: {first}")
            for line in rest:
                self.stdout.write(f"  {line}")
        return report

    def _reported(self, company: Company, options: dict[str, Any]) -> Report:
        try:
            return self.report(company, options)
        except (CalcomError, EncryptionKeyError) as error:
            text = str(error)
        except Exception as error:
            logger.exception("calcom.command.failed", company_id=company.pk)
            text = f"failed unexpectedly ({type(error).__name__}); the log says more"
        return Report([text], {"error": text}, is_good=False)

    def client(self, company: Company, *, lane: Lane = Lane.INTERACTIVE) -> CalcomClient:
        """The company's Cal.com; on a terminal it is said when a call has to wait. Raises CalcomError."""
        client = CalcomClient(company, lane=lane)
        client.on_wait = lambda wait_s: self.show_progress(
            f"{company.name}: the requests of this minute are used up; going on in {wait_s:.0f} s"
        )
        return client

    def companies(self, wanted: str | None) -> list[Company]:
        """The company of that id or slug, or all active ones with a key. Raises CommandError (2) for none."""
        if not wanted:
            chosen = list(self._known().filter(is_active=True).exclude(calcom_api_key__exact=""))
            if not chosen:
                raise CommandError("No active company has a Cal.com API key yet.", returncode=WRONG_USAGE)
            return chosen
        # An id is digits; int() alone would take other scripts' digits and numbers beyond the column's range.
        by_id = Q(pk=int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else Q(pk=None)
        found = list(self._known().filter(by_id | Q(slug=wanted)).order_by("pk"))
        if not found:
            raise CommandError(f'There is no company "{wanted}".', returncode=WRONG_USAGE)
        return found[:1]

    def _known(self) -> QuerySet[Company]:
        """Secrets are decrypted when they are used: one that no key opens costs only its company."""
        return Company.objects.defer(*COMPANY_SECRETS)

    def show_progress(self, text: str) -> None:
        """On a terminal: one line that is written over."""
        if sys.stderr.isatty():
            self.stderr.write(f"\r\x1b[K{printable(text)}", ending="")
            sys.stderr.flush()


def printable(text: str) -> str:
    """One line without control characters: names and words come from Cal.com, and a terminal obeys them."""
    plain = "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} else sign for sign in text)
    return _encodable(plain)


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()
