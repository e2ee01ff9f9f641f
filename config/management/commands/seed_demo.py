"""`manage.py seed_demo`: two invented companies with two weeks of appointments."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from config.demo.cast import PRACTICE, SALON
from config.demo.seed import is_seeded, seed
from config.demo.story import ZONE

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Once: where a demo company is there already, nothing changes."""

    help = (
        "Makes two invented companies with appointments around today. "
        "The portal's password is DEMO_PASSWORD of the environment, else a random one is made and printed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--force for a place that is no developer's."""
        parser.add_argument("--force", action="store_true", help="also where DEBUG is off")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit status 1 with a sentence where the demo is not wanted or the password is too weak."""
        if not settings.DEBUG and not options["force"]:
            raise CommandError("DEBUG is off: this may be no place for invented companies. Use --force if it is.")
        if is_seeded():
            self.stdout.write("The demo data are there already; nothing was changed.")
            return
        given = os.environ.get("DEMO_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        try:
            made = seed(password, today=datetime.now(ZONE).date())
        except ValidationError as error:
            raise CommandError("No demo data were made. " + " ".join(error.messages)) from error
        for one in made:
            self.stdout.write(f"{one.company}: {one.appointments} appointments from {one.deliveries} deliveries.")
        self.stdout.write(f"Logins: {SALON.owner_email}, {SALON.team_email}, {PRACTICE.owner_email}.")
        if not given:
            self.stdout.write(f"Password of all three: {password}")
