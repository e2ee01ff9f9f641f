"""The application's processes. Each leads a group of its own and can be killed, pool and all, and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.stack import CELERY, GUNICORN
from devstack.parent import dying_with
from devstack.place import ROOT

# How long the application waits for an answer of Cal.com's in this run.
READ_TIMEOUT_S = 2.0
_PATIENCE_S = 60.0
_STOP_PATIENCE_S = 5.0


@dataclass
class Part:
    """One process with its log. Start it from the main thread only: it dies with the thread that started it."""

    name: str
    arguments: Sequence[str]
    directory: Path
    ends: list[int] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Its output, of all its lives."""
        return self.directory / f"{self.name}.log"

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=dying_with(os.getpid(), by=signal.SIGTERM),  # noqa: PLW1509 - calls prctl only
            )

    def kill(self) -> None:
        """kill -9, its whole group."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def revive(self) -> None:
        """Start it where it does not run; notes an end that nobody asked for."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None:
            self.ends.append(self._process.returncode)
            self._kill_group()
        self.start()

    def stop(self) -> None:
        """Ask, wait, insist."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_PATIENCE_S)
        self._kill_group()
        self._process.wait()
        self._process = None

    def _kill_group(self) -> None:
        """What a leader left behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def web(port: int, directory: Path) -> Part:
    """The web server as the Procfile has it."""
    return Part("web", ["-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{port}", *GUNICORN], directory)


def worker(number: int, directory: Path) -> Part:
    """One of the workers."""
    name = f"worker{number}"
    arguments = ["-m", "celery", "--app=config", "worker", *CELERY, f"--hostname={name}@chaos"]
    return Part(name, arguments, directory)


def beat(directory: Path) -> Part:
    """The clock."""
    return Part("beat", ["-m", "celery", "--app=config", "beat", "--loglevel=INFO"], directory)


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The web server does not start; see its log.")
