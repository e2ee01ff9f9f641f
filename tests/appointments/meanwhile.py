"""Two real connections, of which one has to wait for the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import connection, transaction

# Not from pg_stat_activity, which stays the same for the length of a transaction.
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def while_it_is_open(change: Callable[[], object], other: Callable[[], object]) -> None:
    """Do one change, and before it is committed begin another one, which has to wait for it."""

    def run() -> None:
        try:
            other()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        change()
        thread.start()
        while thread.is_alive():
            with connection.cursor() as cursor:
                cursor.execute(WAITS)
                if cursor.fetchone() != (0,):
                    break
            time.sleep(0.01)
    thread.join()
