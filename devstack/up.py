"""`start.py`: servers, database, sandbox, web, worker, beat, watcher; then wait until somebody stops it."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import NoReturn

from devstack import roles
from devstack.children import STOP_SIGNALS, Child, fork, stop_all
from devstack.environment import announce, announced_address, read_dot_env, set_development_defaults
from devstack.errors import StackError
from devstack.lock import AlreadyLocked, only_one
from devstack.parent import bind_every_fork
from devstack.place import Place, development_place
from devstack.ports import listen_from
from devstack.prepare import prepare
from devstack.secrets_file import kept_secrets
from devstack.servers import lasting_servers

_FIRST_PORT = 8000
_FIRST_SANDBOX_PORT = 8100
_READY_PATIENCE_S = 90.0
# A sandbox that ends sooner has a fault of its own.
_SHORTEST_LIFE_S = 1.0


def up() -> int:
    """Run the stack until SIGINT, SIGTERM or the end of a part of it; returns the exit status."""
    place = development_place()
    read_dot_env()
    try:
        with only_one(place.lock) as lock, _stopping_on_signals():
            place.services.unlink(missing_ok=True)
            _run(place, lock)
    except AlreadyLocked:
        address = announced_address(place)
        print(f"Slotkeeper is already running: {address}" if address else "Slotkeeper is already starting.")
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def _run(place: Place, lock: int) -> NoReturn:
    place.create()
    shutil.rmtree(place.metrics, ignore_errors=True)  # what an earlier run has counted
    # Somebody's own database gets no demo data unasked, nor a sandbox in the place of Cal.com.
    is_ours = not os.environ.get("DATABASE_URL")
    with_demo = is_ours and os.environ.get("SLOTKEEPER_DEMO", "yes") != "no"
    password = kept_secrets(place.secrets)["database_password"]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listen_from(_wanted_port()))
        sandbox = stack.enter_context(listen_from(_FIRST_SANDBOX_PORT))
        port: int = listener.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        sandbox_address = f"http://127.0.0.1:{sandbox.getsockname()[1]}"
        print("Starting the servers …", flush=True)
        os.environ.update(stack.enter_context(lasting_servers(place.dev, database_password=password)))
        set_development_defaults(place, public_url=address, calcom_url=f"{sandbox_address}/v2" if is_ours else "")
        _set_up_django()
        bind_every_fork()
        print("Preparing the database …", flush=True)
        close = [lock, listener.fileno(), sandbox.fileno()]
        welcome = prepare(place, with_demo=with_demo, sandbox=sandbox_address, close=close)
        application = stack.enter_context(_application(place, listener, sandbox, lock))
        listener.close()
        _wait_until_ready(port, application.children)
        stack.callback(place.services.unlink, missing_ok=True)
        announce(place, address=address)
        _greet(place, address, sandbox_address, welcome=welcome)
        _watch(application)


@dataclass
class _Application:
    """The forked parts. The sandbox alone may end: it is what developers kill to see what happens."""

    children: list[Child]
    fork_sandbox: Callable[[], Child]


@contextlib.contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """The first signal unwinds everything; a second one does not disturb that."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    yield


@contextlib.contextmanager
def _application(place: Place, listener: socket.socket, sandbox: socket.socket, lock: int) -> Iterator[_Application]:
    """Fork the parts; each keeps the sockets it needs and closes the rest."""
    parts: dict[str, tuple[Callable[[], None], socket.socket | None]] = {
        "sandbox": (lambda: roles.sandbox(sandbox), sandbox),
        "web": (lambda: roles.web(listener), listener),
        "worker": (roles.worker, None),
        "beat": (roles.beat, None),
        "watcher": (roles.watcher, None),
    }

    def forked(name: str) -> Child:
        run, needed = parts[name]
        sockets = [one.fileno() for one in (listener, sandbox) if one is not needed and one.fileno() >= 0]
        return fork(name, run, log=place.log(name), close=[lock, *sockets])

    children: list[Child] = []
    try:
        children += [forked(name) for name in parts]
        yield _Application(children, partial(forked, "sandbox"))
    finally:
        stop_all(children)


def _set_up_django() -> None:
    import django  # noqa: PLC0415 - its settings are read from the environment we have just made

    django.setup()


def _wanted_port() -> int:
    wanted = os.environ.get("PORT") or str(_FIRST_PORT)
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise StackError(f"PORT is {wanted!r}, which is no port number.")
    return int(wanted)


def _wait_until_ready(port: int, children: list[Child]) -> None:
    deadline = time.monotonic() + _READY_PATIENCE_S
    reasons = "no answer yet"
    while time.monotonic() < deadline:
        _fail_when_one_ended(children)
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, reasons = _ask(port)
            if status == http.client.OK:
                return
        time.sleep(0.1)
    raise StackError(f"The application does not get ready: {reasons}")


def _ask(port: int) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _watch(application: _Application) -> NoReturn:
    started = time.monotonic()
    while True:
        sandbox = next(child for child in application.children if child.name == "sandbox")
        if sandbox.ended() and time.monotonic() - started > _SHORTEST_LIFE_S:
            print("The small Cal.com has ended. It is started again, with what Slotkeeper knows of it.", flush=True)
            application.children[application.children.index(sandbox)] = application.fork_sandbox()
            started = time.monotonic()
        _fail_when_one_ended(application.children)
        time.sleep(0.3)


def _fail_when_one_ended(children: list[Child]) -> None:
    for child in children:
        if child.ended():
            raise StackError(
                f"The {child.name} process has ended, so everything was stopped. The end of {child.log}:\n"
                f"{child.last_words() or '(nothing)'}"
            )


def _greet(place: Place, address: str, sandbox: str, *, welcome: list[str]) -> None:
    port = address.rpartition(":")[2]
    if port != str(_wanted_port()):
        print(f"Port {_wanted_port()} is in use, so this is port {port}.")
    print(f"\nSlotkeeper runs at {address}")
    print(f"A small Cal.com to book at runs at {sandbox} (in memory: it forgets when this stops)\n")
    for line in welcome:
        print(line)
    print(f"\nLogs and e-mails: {place.log('*')}")
    print("Commands for this stack, in a second terminal: python3 start.py help")
    print("Stop with Ctrl-C; the data stay. Throw them away: python3 start.py reset")
    sys.stdout.flush()
