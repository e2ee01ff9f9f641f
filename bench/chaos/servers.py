"""PostgreSQL and Valkey that go away in the middle of the run and come back at the same address."""

from __future__ import annotations

import contextlib
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack.binaries import find_postgres, find_redis
from devstack.errors import StackError
from devstack.postgres import Postgres
from devstack.servers import throw_away_directory
from devstack.valkey import Valkey

_TRIES = 40


class MortalPostgres(Postgres):
    """Durable, as in production: what was committed is there after any end."""

    def restart(self, by: signal.Signals, *, away_s: float) -> None:
        """SIGINT is a fast shutdown, SIGQUIT an immediate one, after which the log is replayed."""
        _end(self, by)
        time.sleep(away_s)
        programs = find_postgres(self.account)
        for _ in range(_TRIES):
            self._process = self._launch(programs)
            if self._answers():
                return
            time.sleep(0.2)  # the last of the old processes are still leaving
        raise StackError("PostgreSQL does not come back; see its log.")


class MortalValkey(Valkey):
    """Keeps nothing: after a restart it is empty."""

    def restart(self, *, away_s: float) -> None:
        """Kill it, and start it again."""
        _end(self, signal.SIGKILL)
        time.sleep(away_s)
        self._process = self._launch(find_redis())
        if not self._answers():
            raise StackError("Valkey does not come back; see its log.")


@dataclass(frozen=True)
class Servers:
    """Both, and where they keep their data and logs."""

    directory: Path
    postgres: MortalPostgres
    valkey: MortalValkey


@contextlib.contextmanager
def running_servers() -> Iterator[Servers]:
    """Both on ports of their own, gone afterwards."""
    with throw_away_directory() as directory, contextlib.ExitStack() as stack:
        postgres = MortalPostgres(data=directory / "postgres", password=secrets.token_urlsafe(24), throw_away=False)
        valkey = MortalValkey(directory=directory, password=secrets.token_urlsafe(24))
        for server in (postgres, valkey):
            stack.callback(server.stop)
            server.start()
        yield Servers(directory, postgres, valkey)


def _end(server: Postgres | Valkey, by: signal.Signals) -> None:
    process = server._process
    if process is None:
        raise StackError("It does not run.")
    process.send_signal(by)
    process.wait(60)
