"""A company that knows somebody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, load_command_class

from companies.models import Company
from tests.appointments.conftest import booked, clock, cut, order, places, salon, server, staff
from tests.factories import UserFactory
from tests.privacy.everything import Everything

__all__ = ["booked", "clock", "cut", "order", "places", "salon", "server", "staff"]

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def everything(company: Company) -> Everything:
    return Everything(company, UserFactory.create())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, str]:
        """Exit status and all that was said."""
        called = load_command_class("config", words[0])
        called._called_from_command_line = True  # type: ignore[attr-defined]  # else wrong usage is an exception
        status, said = 0, ""
        try:
            options = vars(called.create_parser("manage.py", words[0]).parse_args(list(words[1:])))
            called.execute(*options.pop("args", ()), **options)
        except SystemExit as error:
            status = int(error.code or 0)
        except CommandError as error:
            status, said = error.returncode, str(error)
        told = capsys.readouterr()
        return status, told.out + told.err + said

    return command
