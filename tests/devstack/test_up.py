"""One real stack for the questions, another one to end in every way."""

import json
import os
import re
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlencode
from urllib.request import urlopen

import pytest

from config.demo.cast import SALON
from devstack.ports import listen_from
from tests.devstack.stack import Stack, descendants, living, wait_until


@pytest.fixture(scope="module")
def taken() -> Iterator[socket.socket]:
    with listen_from(18000) as listener:
        yield listener


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, taken: socket.socket) -> Iterator[Stack]:
    """A stack that was told to use a port which is in use."""
    stack = Stack(var=tmp_path_factory.mktemp("running") / "var")
    try:
        stack.start(PORT=str(taken.getsockname()[1]))
        yield stack
    finally:
        stack.clear()


@pytest.fixture(scope="module")
def mortal_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(var=tmp_path_factory.mktemp("mortal") / "var")
    yield stack
    stack.clear()


@pytest.fixture
def mortal(mortal_stack: Stack) -> Stack:
    """A running stack that the test may end in any way."""
    if not mortal_stack.process or mortal_stack.process.poll() is not None:
        mortal_stack.start(SLOTKEEPER_DEMO="no")
    return mortal_stack


def test_the_stack_is_ready_when_it_greets(running):
    assert running.get("/readyz") == 200
    assert f"Slotkeeper runs at {running.address}" in running.output


def test_the_portal_asks_for_a_login(running):
    assert running.get("/admin/login/") == 200


def test_a_port_in_use_is_passed_over_and_named(running, taken):
    port = taken.getsockname()[1]
    assert int(running.address.rpartition(":")[2]) > port
    assert f"Port {port} is in use" in running.output


def test_a_second_start_answers_with_the_address(running):
    second = running.run("up")
    assert second.returncode == 0
    assert second.stdout.strip() == f"Slotkeeper is already running: {running.address}"


def test_a_command_reaches_the_running_stack(running):
    shown = running.run("shell", "-v", "0", "-c", "from django.conf import settings; print(settings.PUBLIC_BASE_URL)")
    assert running.address in shown.stdout


def test_a_reset_is_refused_while_the_stack_runs(running):
    refused = running.run("reset", answer="yes\n")
    assert refused.returncode == 1
    assert running.get("/readyz") == 200


@pytest.mark.parametrize("name", ["services.json", "secrets.json", "valkey.conf"])
def test_files_with_secrets_are_for_their_owner_only(running, name):
    assert stat.S_IMODE((running.var / "dev" / name).stat().st_mode) == 0o600


def test_no_process_shows_a_password_in_its_arguments(running):
    secrets = json.loads((running.var / "dev" / "secrets.json").read_text()).values()
    arguments = b"".join(
        Path(f"/proc/{pid}/cmdline").read_bytes() for pid in living(descendants(running.process.pid))
    ).decode()
    assert "postgres" in arguments
    assert not [secret for secret in secrets if secret in arguments]


def test_the_sandbox_is_named_and_answers(running):
    sandbox = calcom_address(running)
    assert f"A small Cal.com to book at runs at {sandbox}" in running.output
    with urlopen(f"{sandbox}/", timeout=30) as page:
        assert "Friseur 1" in page.read().decode()


def test_a_command_reaches_the_sandbox(running):
    shown = running.run("test_connection", "--company", "friseur-1")
    assert shown.returncode == 0, shown.stdout
    assert "Friseur 1: connected as" in shown.stdout


def test_a_booking_at_the_sandbox_appears_in_the_portal(running):
    sandbox = calcom_address(running)
    path = f"/book/{SALON.services[0].event_type_id}"
    with urlopen(sandbox + path, timeout=30) as page:
        times = re.findall(r"start=([^'\"&]+)", page.read().decode())
    fields = {"start": unquote(times[0]), "name": "Rita Rundum", "email": "rita.rundum@example.com"}
    with urlopen(sandbox + path, data=urlencode(fields).encode(), timeout=30) as page:
        assert "Rita Rundum" in page.read().decode()
    assert wait_until(lambda: "Rita Rundum" in booked_names(running))


def test_killing_the_parent_leaves_nothing_and_the_next_start_works(mortal):
    processes, sandbox = descendants(mortal.process.pid), calcom_address(mortal)
    assert port_answers(sandbox)
    mortal.end(signal.SIGKILL)
    assert wait_until(lambda: not living(processes))
    assert not port_answers(sandbox)
    mortal.start(SLOTKEEPER_DEMO="no")
    assert mortal.get("/readyz") == 200


def test_ctrl_c_stops_every_process(mortal):
    processes = descendants(mortal.process.pid)
    assert mortal.end(signal.SIGINT) == 0
    assert len(processes) >= 6
    assert not living(processes)
    assert not (mortal.var / "dev" / "services.json").exists()


def test_the_sandbox_alone_is_started_again(mortal):
    sandbox = min(filter(_leads_a_python_group, descendants(mortal.process.pid)))
    time.sleep(1)  # one that lives for less than a second is taken for broken
    os.kill(sandbox, signal.SIGKILL)
    assert wait_until(lambda: not living({sandbox}))
    with urlopen(calcom_address(mortal), timeout=20) as answer:
        assert answer.status == 200
    assert mortal.get("/readyz") == 200
    mortal.end(signal.SIGTERM)


def test_a_part_that_ends_stops_the_rest_and_is_named(mortal):
    processes = descendants(mortal.process.pid)
    os.kill(max(filter(_leads_a_python_group, processes)), signal.SIGKILL)
    rest = mortal.process.stdout.read()
    assert mortal.process.wait() == 1
    assert "The watcher process has ended" in rest
    assert not living(processes)


def calcom_address(stack: Stack) -> str:
    """Where the sandbox of the stack is, without /v2."""
    announced = json.loads((stack.var / "dev" / "services.json").read_text())
    address: str = announced["environment"]["CALCOM_BASE_URL"]
    return address.removesuffix("/v2")


def booked_names(stack: Stack) -> str:
    code = "from appointments.models import Attendee; print(list(Attendee.objects.values_list('name', flat=True)))"
    return stack.run("shell", "-v", "0", "-c", code).stdout


def port_answers(address: str) -> bool:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def _leads_a_python_group(pid: int) -> bool:
    return os.getpgid(pid) == pid and b"devstack" in Path(f"/proc/{pid}/cmdline").read_bytes()
