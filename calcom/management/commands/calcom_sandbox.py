"""`manage.py calcom_sandbox`: a small Cal.com on this machine."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from calcom.mirror import mirrored_world
from calcom.sandbox import page
from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, furnished_world
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
        parser.add_argument("--port", type=int, help=f"{_FIRST_PORT} or the next free one unless told")
        parser.add_argument("--empty", action="store_true", help="with one user, their key and one event type only")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve until interrupted."""
        interrupted = contextlib.suppress(KeyboardInterrupt)
        with interrupted, contextlib.closing(self._listener(options["port"])) as listener:
            sandbox = Sandbox(furnished_world() if options["empty"] else mirrored_world())
            page.install()
            connections.close_all()
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self.stdout.write(f"{address} (a company's Cal.com API base URL: {address}/v2)")
            if options["empty"]:
                self.stdout.write(f"API key of its first user: {OWNER_KEY}")
            self.stdout.write("Stop with Ctrl-C; it forgets everything.")
            self.stdout.flush()
            serve(sandbox, listener=listener)

    def _listener(self, port: int | None) -> socket.socket:
        """The port that was asked for, or the first free one. Raises CommandError."""
        for one in range(_FIRST_PORT, _FIRST_PORT + 50) if port is None else [port]:
            try:
                return socket.create_server(("127.0.0.1", one), backlog=128)
            except (OSError, OverflowError) as error:
                problem = error
        raise CommandError(f"The port cannot be used ({problem}). Name another one with --port.", returncode=1)
