"""What all commands that work company by company share.

Which companies, a line or a few for each, JSON for programs, progress, exit status. A command says in `report` what
came of one company; the work itself is done by a function of the domain or of calcom.sync, which knows no command.
"""

from __future__ import annotations

import json
import logging
import sys
from abc import ABC, abstractmethod
from argparse import ArgumentTypeError
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Q
from django.utils import translation

from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.guard import Lane
from calcom.management.printing import encodable, printable
from calcom.management.progress import shown
from calcom.management.report import Report, capped, numbers, refused, summed_up
from companies.fields import EncryptionKeyError
from companies.models import Company
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from calcom.management.progress import Shown, Tick

__all__ = [
    "FAILED",
    "WRONG_USAGE",
    "CompanyCommand",
    "Report",
    "capped",
    "numbers",
    "printable",
    "refused",
    "summed_up",
]

logger = structlog.get_logger(__name__)

FAILED, WRONG_USAGE = 1, 2
_OURS = ("companies", "appointments", "calcom", "webhooks", "config")


@contextmanager
def quiet(*, is_wanted: bool) -> Iterator[None]:
    """Only errors nobody foresaw in the log, unless somebody asks for all with -v 2: the lines say the rest."""
    loggers = [logging.getLogger(name) for name in _OURS if is_wanted]
    before = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)


class CompanyCommand(BaseCommand, ABC):
    """A command that does the same for one company or all of them.

    Exit status 0: all is well; 1: something failed or is not as it should be; 2: wrong usage. Progress is shown on the
    error stream, and not with --json.

    needs_a_choice: refuse a call without --company and --all. needs_key: only companies with a key of Cal.com's; a
    command that asks Cal.com nothing says False and works for all active ones. has_dry_run, has_batch: the options of
    that name, in `options["dry_run"]` and `options["batch"]`; `batch` is the default of the latter, `most_in_batch` its
    limit.
    """

    needs_a_choice = False
    needs_key = True
    has_dry_run = False
    has_batch = False
    batch = 1000
    most_in_batch = 100_000

    _is_silent = False
    _shown: Shown | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which companies, and for whom the output is."""
        group = parser.add_mutually_exclusive_group(required=self.needs_a_choice)
        group.add_argument("--company", metavar="ID", help="id or slug of one company")
        which = "all active companies with an API key" if self.needs_key else "all active companies"
        group.add_argument("--all", action="store_true", help=which)
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
        if self.has_dry_run:
            parser.add_argument("--dry-run", action="store_true", help="show what would be done, and write nothing")
        if self.has_batch:
            text = f"rows in one go, {self.batch:,} unless told"
            parser.add_argument(
                "--batch", type=partial(_batch, most=self.most_in_batch), default=self.batch, metavar="N", help=text
            )

    @abstractmethod
    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """What the command does for one company. Whatever it raises costs only this company."""

    def handle(self, *_args: Any, **options: Any) -> None:
        """Go through the companies; one that fails does not stop the others."""
        self._is_silent = options["json"]
        with quiet(is_wanted=options["verbosity"] < 2), translation.override("en"):
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
            self.stdout.write(encodable(json.dumps(rows, ensure_ascii=False, indent=2, default=str)))
        bad = sum(not report.is_good for report in reports)
        if bad:
            raise CommandError(f"{bad} of {len(companies)} companies need attention.", returncode=FAILED)

    def _one(self, company: Company, options: dict[str, Any]) -> Report:
        report = self._reported(company, options)
        if not options["json"]:
            self.show_progress("")
            first, *rest = [printable(line) for line in report.lines]
            name = printable(company.name)
            self.stdout.write(first if first.startswith(f"{name}:") else f"{name}: {first}")
            for line in rest:
                self.stdout.write(f"  {line}")
        return report

    def _reported(self, company: Company, options: dict[str, Any]) -> Report:
        if not connection.in_atomic_block:  # one that the company before has lost costs this one nothing
            connection.close_if_unusable_or_obsolete()
        try:
            if self.needs_key and Company.objects.filter(pk=company.pk, calcom_api_key__exact="").exists():
                return refused("the company has no API key of Cal.com. Enter one at the company.")
            return self.report(company, options)
        except (CalcomError, EncryptionKeyError) as error:
            text = str(error)
        except CommandError:
            raise
        except Exception as error:
            logger.exception("calcom.command.failed", company_id=company.pk)
            text = f"failed unexpectedly ({type(error).__name__}); the log says more"
        return Report([text], {"error": text}, is_good=False)

    @contextmanager
    def progress(self, title: str, total: int | None = None) -> Iterator[Tick]:
        """How far it is: call what comes out with the number done so far, and the total when it is known or changes."""
        self.show_progress("")
        with shown(title, total=total, is_silent=self._is_silent) as tick:
            self._shown = tick
            try:
                yield tick
            finally:
                self._shown = None

    def client(self, company: Company, *, lane: Lane = Lane.INTERACTIVE) -> CalcomClient:
        """The company's Cal.com; it is said when a call has to wait. Raises CalcomError."""
        client = CalcomClient(company, lane=lane)
        client.on_wait = lambda wait_s: self._waits(company, wait_s)
        return client

    def _waits(self, company: Company, wait_s: float) -> None:
        whose = f"{company.name}: " if self._shown is None else ""
        self.show_progress(f"{whose}the requests of this minute are used up; going on in {wait_s:.0f} s")

    def companies(self, wanted: str | None) -> list[Company]:
        """The company of that id or slug, or all active ones (with a key). Raises CommandError (2) for none."""
        if wanted is None:
            active = without_secrets().filter(is_active=True)
            chosen = list(active.exclude(calcom_api_key__exact="") if self.needs_key else active)
            if not chosen:
                text = (
                    "No active company has a Cal.com API key yet." if self.needs_key else "There is no active company."
                )
                raise CommandError(text, returncode=WRONG_USAGE)
            return chosen
        return [company_named(wanted)]

    def show_progress(self, text: str) -> None:
        """On a terminal: one line that is written over, or a word beside the bar that is there."""
        if self._shown is not None:
            self._shown.say(text)
        elif sys.stderr.isatty() and not self._is_silent:
            self.stderr.write(f"\r\x1b[K{printable(text)}", ending="")
            sys.stderr.flush()


def without_secrets() -> QuerySet[Company]:
    """Companies whose secrets are decrypted when they are used: one that no key opens costs only its company."""
    return Company.objects.defer(*COMPANY_SECRETS)


def company_named(wanted: str) -> Company:
    """The company of that id or slug. Raises CommandError (2) for none, and where two companies could be meant."""
    # An id is digits; int() alone would take other scripts' digits and numbers beyond the column's range.
    by_id = Q(pk=int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else Q(pk=None)
    found = list(without_secrets().filter(by_id | Q(slug=wanted)))
    if not found:
        raise CommandError(f'There is no company "{wanted}".', returncode=WRONG_USAGE)
    if len(found) > 1:
        text = f'"{wanted}" is the id of one company and the slug of another: name it by the other of the two.'
        raise CommandError(text, returncode=WRONG_USAGE)
    return found[0]


def _batch(text: str, *, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= most):
        raise ArgumentTypeError(f'"{text}" is no number from 1 to {most:,}')
    return int(text)
