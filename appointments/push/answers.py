"""Answers that wait to be written down until the thread that has got them waits for its next call.

They are lost if the process is killed meanwhile, some 10 ms: then they are looked for, as if it had been killed before
the answer came.
"""

from __future__ import annotations

from collections.abc import Callable

from companies import meanwhile

# The ids of their pushes, of all threads.
_kept: set[int] = set()


def keep(push_id: int, write_down: Callable[[], None]) -> None:
    """Have an answer written down soon; at once where no thread keeps anything: see companies.meanwhile."""

    def write() -> None:
        try:
            write_down()
        finally:
            _kept.discard(push_id)

    _kept.add(push_id)
    meanwhile.keep(write)


def kept() -> list[int]:
    """The pushes that are only on their way because nobody has written down yet that they are done.

    Only this process's. In the counts of others they take room a little longer.
    """
    return list(_kept)
