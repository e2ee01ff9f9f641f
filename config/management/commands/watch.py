"""`manage.py watch`: looks whether all is well with every company, and tells who has to know."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from config.watch import one_round
from config.watch.rounds import EVERY_S, keep_watching

if TYPE_CHECKING:
    from argparse import ArgumentParser


def _seconds(text: str) -> float:
    """At least one, at most a minute: what the checks compare lies minutes apart."""
    try:
        seconds = float(text)
    except ValueError as error:
        raise ArgumentTypeError("enter a number of seconds") from error
    if not 1 <= seconds <= 60:
        raise ArgumentTypeError("enter 1 to 60 seconds")
    return seconds


class Command(BaseCommand):
    """Runs until it is told to stop."""

    help = "Looks every 15 s whether all is well, and sends alerts by e-mail and webhook. Settings: portal, Alerts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How often."""
        parser.add_argument("--once", action="store_true", help="one round only, for cron")
        parser.add_argument("--every", type=_seconds, default=EVERY_S, metavar="SECONDS", help="1 to 60, else 15")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit status of --once: 0 done, 1 where another watcher is at work or a message could not be sent."""
        if options["once"]:
            self._once()
            return
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        keep_watching(told.wait, every_s=options["every"])

    def _once(self) -> None:
        result = one_round()
        if result is None:
            raise CommandError("Another watcher is at work; nothing was done.")
        self.stdout.write(
            f"{result.opened} incidents opened, {result.ended} ended; {result.sent} messages sent, "
            f"{result.failed} could not be sent; {result.not_known} kinds could not be looked for."
        )
        if result.failed or result.not_known:
            raise CommandError("See the log: watch.not_sent, watch.not_known.")
