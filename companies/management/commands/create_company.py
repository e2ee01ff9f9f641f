"""`manage.py create_company`: a company and its owner."""

from __future__ import annotations

import sys
from smtplib import SMTPException
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from companies.credentials import webhook_address
from companies.invitations import send_invitation
from companies.models import Company
from companies.onboarding import found_company

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Membership


class Command(BaseCommand):
    """The first company of a fresh installation, or one more."""

    help = "Creates a company and its owner, and prints the webhook address to enter at Cal.com."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name and owner, and what differs from the defaults."""
        parser.add_argument("name", help="the company's name")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="e-mail address of the first owner")
        parser.add_argument("--owner-name", default="", help="the owner's name")
        parser.add_argument("--slug", default="", help="short name in addresses and commands (default: from the name)")
        parser.add_argument("--time-zone", default="Europe/Berlin", help="for example Europe/Berlin (the default)")
        parser.add_argument("--business-type", choices=Company.BusinessType.values, default=Company.BusinessType.OTHER)
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the owner's password instead of sending an invitation"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit status 1 with a sentence if the company cannot be made; then nothing was made."""
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        try:
            validate_email(options["owner"])
            owner = found_company(
                name=options["name"],
                owner_email=options["owner"],
                owner_name=options["owner_name"],
                slug=options["slug"],
                time_zone=options["time_zone"],
                business_type=options["business_type"],
                password=password,
            )
        except ValidationError as error:
            raise CommandError("The company was not made. " + " ".join(error.messages)) from error
        self.stdout.write(f'Company "{owner.company}" ({owner.company.slug}), owner {owner.user.email}.')
        self.stdout.write(f"Webhook address for Cal.com: {webhook_address(owner.company)}")
        if password is None:
            self._invite(owner)
        elif not owner.user.check_password(password):
            self.stdout.write(f"{owner.user.email} has an account already: its password stays as it was.")

    def _invite(self, owner: Membership) -> None:
        try:
            send_invitation(owner)
        except (SMTPException, OSError) as error:
            self.stderr.write(f"The invitation could not be sent ({error}). The owner can ask for a link at the login.")
        else:
            self.stdout.write(f"An invitation was sent to {owner.user.email}.")
