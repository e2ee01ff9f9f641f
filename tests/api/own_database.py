"""A database of its own for tests that call whatever there is, with the demo's data in it, and its small Cal.com."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

from calcom.mirror import mirrored_world
from calcom.sandbox.app import Sandbox
from calcom.sandbox.server import running_sandbox
from companies.keys import Scope, issue
from companies.models import Company
from config import demo
from config.demo.cast import SALON


@contextmanager
def demo_database(name: str) -> Iterator[None]:
    """Copy the (empty) test database, fill it as a first start does, and drop it in the end."""
    here, creation = connection.settings_dict["NAME"], connection.creation
    connection.close()
    creation.clone_test_db(suffix=name, verbosity=0)
    connection.settings_dict["NAME"] = creation.get_test_db_clone_settings(name)["NAME"]
    try:
        call_command("flush", interactive=False, verbosity=0)  # ids begin at 1, as on a fresh machine
        call_command("seed_demo", force=True, stdout=io.StringIO())
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = here
        creation.destroy_test_db(old_database_name=here, suffix=name, verbosity=0)
        connection.settings_dict["NAME"] = here


@contextmanager
def demo_with_cal_com(name: str) -> Iterator[str]:
    """The same, with the small Cal.com running. Yields a key of the salon that may everything."""
    with demo_database(name):
        demo.connect("http://127.0.0.1:1/v2")  # the sandbox knows companies whose Cal.com is on this machine
        with running_sandbox(Sandbox(mirrored_world())) as cal:
            demo.connect(cal.url)
            yield everything_key()


def everything_key() -> str:
    """A key of the demo's salon without a limit worth mentioning."""
    salon = Company.objects.get(slug=SALON.slug)
    return issue(salon, name="Tests", scopes=[Scope.MANAGE], by=None, requests_per_minute=100_000)[1]
