"""The servers and processes of a benchmark: our own, on loopback, durable as in production, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from devstack.parent import dying_with
from devstack.place import ROOT
from devstack.ports import free_port
from devstack.secrets_file import new_fernet_key
from devstack.servers import lasting_servers, throw_away_directory

GUNICORN = ("--worker-class=gthread", "--workers=2", "--threads=4", "--no-control-socket", "--log-level=error")
CELERY = ("--concurrency=2", "--without-mingle", "--without-gossip", "--loglevel=INFO")
PUSHERS = 8
_PUSHER = (f"--concurrency={PUSHERS}", "--pool=threads", "--queues=pushes", "--prefetch-multiplier=4", *CELERY[1:])
_START_PATIENCE_S = 60.0


@contextlib.contextmanager
def running_servers() -> Iterator[Path]:
    """PostgreSQL (with fsync) and Valkey for one run, migrated. Yields a directory for logs and the like."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)  # nobody's data are measured, or truncated
    with throw_away_directory() as directory:
        password = secrets.token_urlsafe(24)
        with lasting_servers(directory, database_password=password) as urls:
            os.environ.update(urls)
            set_up_django()
            yield directory


def set_up_django() -> None:
    """Django on the servers that the environment names, their tables made."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_SECRET_KEY=secrets.token_urlsafe(50),
        FIELD_ENCRYPTION_KEYS=new_fernet_key(),
        CALCOM_WEBHOOK_SECRETS="",
        DJANGO_DEBUG="false",
        LOG_JSON="true",
        LOG_LEVEL="CRITICAL",
    )
    import django  # noqa: PLC0415 - its settings are read from the environment we have just made
    from django.core.management import call_command  # noqa: PLC0415 - see above

    django.setup()
    os.environ["LOG_LEVEL"] = "INFO"  # for the processes that are measured; this one's own words disturb the table
    call_command("migrate", interactive=False, verbosity=0)


@contextlib.contextmanager
def gunicorn(application: str, directory: Path) -> Iterator[int]:
    """A web server as the Procfile starts it. Yields its port."""
    port = free_port()
    arguments = ["-m", "gunicorn", application, f"--bind=127.0.0.1:{port}", *GUNICORN]
    with _process(arguments, directory / f"{application}.log") as process:
        _wait_for(port, process)
        yield port


@contextlib.contextmanager
def celery_worker(directory: Path, *, queues: str = "celery,deliveries") -> Iterator[None]:
    """One worker with two processes, as the Procfile starts it, that also knows the bench's own tasks."""
    first = queues.split(",", maxsplit=1)[0]
    arguments = ["-m", "celery", "--app=config", "worker", *CELERY, f"--queues={queues}", f"--hostname={first}@bench"]
    with _process([*arguments, "--include=bench.per_delivery"], directory / f"worker-{first}.log"):
        yield


@contextlib.contextmanager
def push_worker(directory: Path) -> Iterator[None]:
    """One worker with eight threads that sends pushes, as the Procfile starts it."""
    arguments = ["-m", "celery", "--app=config", "worker", *_PUSHER, "--hostname=pusher@bench"]
    with _process(arguments, directory / "worker-pushes.log"):
        yield


@contextlib.contextmanager
def celery_beat(directory: Path) -> Iterator[None]:
    """The clock, as the Procfile starts it."""
    with _process(["-m", "celery", "--app=config", "beat", "--loglevel=INFO"], directory / "beat.log"):
        yield


@contextlib.contextmanager
def _process(arguments: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=dying_with(os.getpid(), by=signal.SIGTERM),  # noqa: PLW1509 - calls prctl only
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("The web server does not start; see its log.")
