"""The application's processes: forked, so that Django is imported once, and stopped together."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STOP_PATIENCE_S = 0.5


@dataclass
class Child:
    """A forked process that leads a process group of its own: Ctrl-C at the terminal reaches the parent only."""

    name: str
    log: Path
    pid: int = 0
    status: int | None = field(default=None)

    def ended(self) -> bool:
        """Whether it has ended; asks the operating system."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def signal(self, number: signal.Signals) -> None:
        """Send `number` to the process, or to its whole group where it has to end at once."""
        if self.ended():
            return
        if number is signal.SIGKILL:
            os.killpg(self.pid, number)
        else:
            os.kill(self.pid, number)

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def fork(name: str, run: Callable[[], object], *, log: Path, close: Sequence[int] = ()) -> Child:
    """Run `run` in a child whose output goes to `log`; descriptors in `close` stay with the parent."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = Child(name=name, log=log)
    child.pid = os.fork()
    if child.pid:
        return child
    code = 1
    try:
        _become_child(log, close)
        run()
        code = 0
    except SystemExit as wish:
        code = wish.code if isinstance(wish.code, int) else int(wish.code is not None)
    except BaseException:  # noqa: BLE001 - nothing may return into the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def stop_all(children: Sequence[Child]) -> None:
    """Ask, wait a moment, insist."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_PATIENCE_S
    while time.monotonic() < deadline and not all(child.ended() for child in children):
        time.sleep(0.02)
    for child in children:
        child.signal(signal.SIGKILL)
    for child in children:
        while not child.ended():
            time.sleep(0.01)


def _become_child(log: Path, close: Sequence[int]) -> None:
    os.setpgid(0, 0)
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    for descriptor in close:
        os.close(descriptor)
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)
