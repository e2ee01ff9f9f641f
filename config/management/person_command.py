"""What the commands about one person share: who is meant, in one company."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from appointments.privacy.who import NobodyMeant
from calcom.management.company_command import WRONG_USAGE, CompanyCommand, Report, company_named, refused
from config.privacy.people import Asked

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Company


class PersonCommand(CompanyCommand):
    """A command about one person, in one company: elsewhere the same address is somebody else's customer."""

    needs_a_choice = True
    needs_key = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who."""
        super().add_arguments(parser)
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--customer", type=int, metavar="ID", help="the customer's id, as the portal's address shows")
        who.add_argument("--email", default="", metavar="ADDRESS", help="an e-mail address of theirs")
        who.add_argument("--phone", default="", metavar="NUMBER", help="a phone number that only they have")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse --all, and nothing where an address should be."""
        if options["all"]:
            raise CommandError("A person is one company's customer: say --company.", returncode=WRONG_USAGE)
        given = (options["customer"] is not None, options["email"].strip(), options["phone"].strip())
        if not any(given):
            raise CommandError("Say who is meant: the address or number is empty.", returncode=WRONG_USAGE)
        super().handle(*args, **options)

    def companies(self, wanted: str | None) -> list[Company]:
        """The one that was named. An empty name, as of a shell's variable that is not set, is none: not all of them."""
        return [company_named(wanted or "")]

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """What came of it, or why it is not clear who is meant."""
        asked = Asked(customer_id=options["customer"], email=options["email"].strip(), phone=options["phone"].strip())
        try:
            return self.about(company, asked, options)
        except NobodyMeant as error:
            return refused(str(error))

    @abstractmethod
    def about(self, company: Company, asked: Asked, options: dict[str, Any]) -> Report:
        """What the command does for this person. May raise NobodyMeant."""
