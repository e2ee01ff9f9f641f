"""A real stack in a directory of its own, and a look at its processes (from /proc: no `ps` on slim machines)."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120


@dataclass
class Stack:
    """`python -m devstack` as a developer's terminal runs it: without the variables of this test run."""

    var: Path
    process: subprocess.Popen[str] | None = None
    output: str = ""

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PG_BINDIR") if name in os.environ}
        return {**kept, "PYTHONUNBUFFERED": "1", "SLOTKEEPER_VAR": str(self.var), **more}

    def run(self, *arguments: str, answer: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "devstack", *arguments],
            cwd=ROOT,
            env=self.environment(**more),
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def start(self, **more: str) -> None:
        """Start and read the output up to the last line of the greeting."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devstack", "up"],
            cwd=ROOT,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        self.output = ""
        for line in self.process.stdout:
            self.output += line
            if line.startswith("Stop with Ctrl-C"):
                return
        raise AssertionError(f"The stack did not start:\n{self.output}")

    @property
    def address(self) -> str:
        announced: dict[str, str] = json.loads((self.var / "dev" / "services.json").read_text())
        return announced["address"]

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=30)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def end(self, number: signal.Signals) -> int:
        """Send `number` to the first process alone and wait for it."""
        assert self.process
        self.process.send_signal(number)
        assert self.process.stdout
        self.output += self.process.stdout.read()
        return self.process.wait(PATIENCE_S)

    def clear(self) -> None:
        """Stop what runs and delete the data, wherever they are."""
        if self.process and self.process.poll() is None:
            self.end(signal.SIGTERM)
        self.run("reset", answer="yes\n")


def descendants(pid: int) -> set[int]:
    """All processes below `pid`."""
    parents = {process: parent for process, _, parent in _processes()}
    found = {pid}
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def living(pids: set[int]) -> set[int]:
    """Those of `pids` that still run; a zombie only waits for its number to be collected."""
    return {process for process, state, _ in _processes() if process in pids and state != "Z"}


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _processes() -> list[tuple[int, str, int]]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has just ended
            continue
        found.append((int(path.parent.name), state, int(parent)))
    return found
