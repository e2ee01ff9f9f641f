"""The chaos run: thousands of changes on both sides while everything dies and comes back; nothing may be lost."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.chaos import parts
from bench.chaos.parts import Part
from bench.chaos.servers import running_servers
from bench.report import Table
from bench.stack import set_up_django
from devstack.ports import free_port

_WORKERS = 2


def measure(*, changes: int, seed: int) -> Table:
    """Make so many changes on each side, with faults; compare both sides when it is quiet."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)  # nobody's data are touched
    with running_servers() as servers, socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = free_port()
        os.environ.update(
            DATABASE_URL=servers.postgres.url,
            REDIS_URL=servers.valkey.url,
            PUBLIC_BASE_URL=f"http://127.0.0.1:{port}",
            CALCOM_READ_TIMEOUT_S=str(parts.READ_TIMEOUT_S),
            READ_DOT_ENV="false",
        )
        set_up_django()
        from bench.chaos.run import Chaos  # noqa: PLC0415 - Django is set up by now, not when this module is read
        from bench.chaos.salons import open_salons  # noqa: PLC0415
        from bench.chaos.upstream import running_upstream  # noqa: PLC0415

        salons = open_salons(f"http://127.0.0.1:{listener.getsockname()[1]}/v2")
        with running_upstream(listener) as upstream, _processes(port, servers.directory) as processes:
            return Chaos(servers, upstream, salons, processes, changes=changes, seed=seed).run()


@contextlib.contextmanager
def _processes(port: int, directory: Path) -> Iterator[Sequence[Part]]:
    """Web, two workers, beat."""
    found = [parts.web(port, directory), parts.beat(directory)]
    found += [parts.worker(number, directory) for number in range(1, _WORKERS + 1)]
    try:
        for part in found:
            part.start()
        parts.wait_for(port)
        yield found
    finally:
        for part in found:
            part.stop()
