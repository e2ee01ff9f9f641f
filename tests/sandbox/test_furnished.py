"""The world that `calcom_sandbox --empty` begins with, and the port it takes."""

from __future__ import annotations

import contextlib
import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError

from calcom.management.commands.calcom_sandbox import Command
from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, furnished_world
from calcom.sandbox.wire import Request


def test_its_user_has_an_event_type_with_free_slots():
    monday = datetime.now(UTC).date() + timedelta(days=14 - datetime.now(UTC).weekday())
    sandbox = Sandbox(furnished_world())
    headers = {"authorization": f"Bearer {OWNER_KEY}", "cal-api-version": "2024-09-04"}
    answer = sandbox.handle(Request("GET", f"/v2/slots?eventTypeId=1&start={monday}&end={monday}", headers))
    assert len(json.loads(answer.encoded())["data"][str(monday)]) == 16


def test_a_port_in_use_is_refused_by_name():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CommandError, match="--port"):
        Command()._listener(taken.getsockname()[1])


def test_without_a_wish_the_next_free_port_is_taken():
    with contextlib.closing(Command()._listener(None)) as one, contextlib.closing(Command()._listener(None)) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
