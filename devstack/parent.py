"""Children that do not outlive their parent, whatever kills it (kill -9 included).

Linux tells a child when the thread that forked it ends (PR_SET_PDEATHSIG), so fork from the main thread only.
Elsewhere a thread in the child watches for a new parent; servers, which we cannot teach that, are stopped by the
next start instead.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dying_with(parent_pid: int, *, by: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` for Popen: the kernel sends `by` to the new program when `parent_pid` is gone.

    It must run after the change of user, which clears the setting; Popen does it in that order.
    """

    def ask_the_kernel() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
        if os.getppid() != parent_pid:  # the parent died before we asked
            os._exit(1)

    return ask_the_kernel


def bind_every_fork() -> None:
    """From now on every process that this one or its descendants fork dies together with its parent."""
    pids: list[int] = []

    def remember_parent() -> None:
        pids[:] = [os.getpid()]

    def follow_parent() -> None:
        if not pids:
            return
        if _LIBC is None:
            threading.Thread(target=_watch, args=(pids[0],), daemon=True).start()
            return
        dying_with(pids[0], by=signal.SIGKILL)()

    os.register_at_fork(before=remember_parent, after_in_child=follow_parent)


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(0.5)
    os._exit(1)
