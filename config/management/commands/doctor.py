"""`manage.py doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import translation

from calcom.management.company_command import FAILED, company_named, quiet, without_secrets
from calcom.management.printing import encodable, printable
from config.doctor import examination
from config.doctor.findings import Finding, Level
from config.doctor.machine import Away

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable

    from companies.models import Company

_MARKS = {Level.OK: "ok", Level.NOTE: "note", Level.WRONG: "WRONG"}


class Command(BaseCommand):
    """Reads only. Exit status 0: nothing is wrong, at most there are notes; 1: something is; 2: wrong usage."""

    help = (
        "Looks at settings, keys, database, broker, clocks, worker and beat, what waits, and at each company's "
        "connection to Cal.com; says of each finding what to do."
    )
    # It says itself what is wrong with the settings, instead of ending before it has begun.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which companies, and whether Cal.com is asked."""
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--company", metavar="ID", help="id or slug of one company")
        group.add_argument("--all", action="store_true", help="all active companies, as without it")
        parser.add_argument("--offline", action="store_true", help="do not ask Cal.com anything")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        """First the installation, then each company."""
        with quiet(is_wanted=options["verbosity"] < 2), translation.override("en"):
            self._handle(options)

    def _handle(self, options: dict[str, Any]) -> None:
        general: list[Finding] = []
        companies: list[tuple[Company, list[Finding]]] = []
        chosen = _chosen(options)
        try:
            for finding in examination.installation():
                general.append(finding)
                self._show(finding, options)
        except Away as away:
            general.append(away.finding)
            self._show(away.finding, options)
        for company in chosen:
            if not options["json"]:
                self.stdout.write(f"\n{printable(company.name)}")
            companies.append((company, []))
            for finding in examination.company(company, is_offline=options["offline"]):
                companies[-1][1].append(finding)
                self._show(finding, options)
        if options["json"]:
            self.stdout.write(_document(general, companies))
        self._end([*general, *(one for _company, findings in companies for one in findings)], options)

    def _show(self, finding: Finding, options: dict[str, Any]) -> None:
        if options["json"]:
            return
        todo = f" → {finding.todo}" if finding.todo else ""
        self.stdout.write(printable(f"{_MARKS[finding.level]:<6} {finding.subject:<11} {finding.text}{todo}"))

    def _end(self, findings: list[Finding], options: dict[str, Any]) -> None:
        bad = sum(finding.level is Level.WRONG for finding in findings)
        notes = sum(finding.level is Level.NOTE for finding in findings)
        if bad:
            raise CommandError(f"{bad} wrong, {notes} to be noted.", returncode=FAILED)
        if not options["json"]:
            self.stdout.write(f"\nNothing is wrong, {notes} to be noted.")


def _chosen(options: dict[str, Any]) -> list[Company]:
    try:
        if options["company"]:
            return [company_named(options["company"])]
        return list(without_secrets().filter(is_active=True).order_by("name"))
    except DatabaseError:
        return []  # that it is away, or lacks tables, is a finding


def _document(general: Iterable[Finding], companies: Iterable[tuple[Company, list[Finding]]]) -> str:
    told = {
        "findings": [asdict(finding) for finding in general],
        "companies": [
            {"company": company.pk, "name": company.name, "findings": [asdict(finding) for finding in findings]}
            for company, findings in companies
        ],
    }
    every = [*told["findings"], *(finding for one in told["companies"] for finding in one["findings"])]
    ok = all(finding["level"] != Level.WRONG for finding in every)
    return encodable(json.dumps({"ok": ok} | told, ensure_ascii=False, indent=2))
