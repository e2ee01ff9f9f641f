"""`manage.py rotate_keys`: re-encrypt every secret with the newest key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from companies.fields import EncryptionKeyError, keyring
from companies.rotation import encrypted_fields, rotate, values_of

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Run it after a new key was put first into FIELD_ENCRYPTION_KEYS; then the old key can go."""

    help = "Re-encrypts every secret with the first of FIELD_ENCRYPTION_KEYS. May be interrupted and run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Batch size and dry run."""
        parser.add_argument("--batch", type=int, default=200, help="rows read at a time (default 200)")
        parser.add_argument("--dry-run", action="store_true", help="only count what would be done")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One line per field; exit status 1 if a value could not be read."""
        if options["batch"] < 1:
            raise CommandError("--batch must be at least 1.")
        try:
            keyring()
        except EncryptionKeyError as error:
            raise CommandError(str(error)) from error
        unreadable = self._rotate_all(batch=options["batch"], dry_run=options["dry_run"])
        if unreadable:
            raise CommandError(
                "No key in FIELD_ENCRYPTION_KEYS opens these values; put their key back into the list:\n  "
                + "\n  ".join(unreadable)
            )

    def _rotate_all(self, *, batch: int, dry_run: bool) -> list[str]:
        unreadable: list[str] = []
        console = Console(highlight=False, soft_wrap=True)
        say = console.print if console.is_terminal else self.stdout.write  # the bar's own console draws above the bar
        verb = "would be re-encrypted" if dry_run else "re-encrypted"
        with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
            for model, name in encrypted_fields():
                label = f"{model._meta.label}.{name}"
                task = progress.add_task(label, total=values_of(model, name).count())
                tally = rotate(model, name, batch=batch, dry_run=dry_run, seen=partial(progress.advance, task))
                say(
                    f"{label}: {tally.rotated} {verb}, {tally.current} already under the newest key, "
                    f"{len(tally.unreadable)} unreadable"
                )
                unreadable += tally.unreadable
        return unreadable
