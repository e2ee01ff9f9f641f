"""Commands as a shell sees them: words in, exit status and printed text out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, get_commands, load_command_class


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, Any]:
        """The first company's object of what --json prints."""
        fact: dict[str, Any] = json.loads(self.out)[0]
        return fact


@dataclass(frozen=True)
class Shell:
    """Runs commands without closing the test's connection, as a process does at its end."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Ended:
        called = load_command_class(get_commands()[words[0]], words[0])
        called._called_from_command_line = True  # type: ignore[attr-defined]  # else wrong usage is an exception
        status, said = 0, ""
        self.capsys.readouterr()
        try:
            options = vars(called.create_parser("manage.py", words[0]).parse_args(list(words[1:])))
            called.execute(*options.pop("args", ()), **options)
        except SystemExit as error:
            status = int(error.code or 0)
        except CommandError as error:
            status, said = error.returncode, str(error)
        printed = self.capsys.readouterr()
        return Ended(status, printed.out, printed.err + said)
