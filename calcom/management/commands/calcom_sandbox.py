"""`manage.py calcom_sandbox`: a small Cal.com on this machine."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from calcom.mirror import mirrored_world
from calcom.sandbox import page
from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.server import serve

if TYPE_CHECKING:
    from argparse import ArgumentParser

_FIRST_PORT = 8100


class Command(BaseCommand):
    """Listens on the loopback interface only, and keeps everything in memory."""

    help = (
        "Runs a server that answers like Cal.com's API, for trying things out. Without --empty it knows the companies "
        "whose Cal.com base URL leads to this machine, with their hosts, event types and bookings to come."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where, and with what in it."""
        parser.add_argument("--port", type=int, default=_FIRST_PORT, help=f"{_FIRST_PORT} unless told")
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--demo", action="store_true", help="with the companies of the database (this is usual)")
        group.add_argument("--empty", action="store_true", help="with three users and their keys only")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve until interrupted."""
        sandbox = Sandbox(sample_world(seed=None) if options["empty"] else mirrored_world())
        page.install()
        connections.close_all()
        self.stdout.write(
            f"http://127.0.0.1:{options['port']} (the API: /v2). Stop with Ctrl-C; it forgets everything."
        )
        if options["empty"]:
            self.stdout.write(f"The key of its first user: {OWNER_KEY}")
        self.stdout.flush()
        try:
            with contextlib.suppress(KeyboardInterrupt):
                serve(sandbox, options["port"])
        except OSError as error:
            raise CommandError(f"Port {options['port']} cannot be used: {error.strerror}.", returncode=1) from error
