"""Answers that wait to be written down until the thread that has got them waits for its next call.

They are lost if the process is killed meanwhile, which is as long as it takes to claim another change: then they are
looked for, as if it had been killed before the answer came.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from django.db import DatabaseError, connection

from companies import meanwhile

# The ids of their pushes, of all threads.
_kept: set[int] = set()
os.register_at_fork(after_in_child=_kept.clear)


def keep(push_id: int, write_down: Callable[[], None]) -> None:
    """Have an answer written down soon; at once where no thread keeps anything: see companies.meanwhile.

    One answer is enough for a thread: what it has kept before is written down now.
    """
    meanwhile.catch_up()
    forget = partial(_kept.discard, push_id)

    def write() -> None:
        try:
            write_down()
        except DatabaseError:
            connection.close_if_unusable_or_obsolete()  # whoever comes next on this thread needs one that is alive
            raise
        finally:
            forget()

    _kept.add(push_id)
    meanwhile.keep(write, lost=forget)


def kept() -> list[int]:
    """The pushes that are only on their way because nobody has written down yet that they are done.

    Only this process's. In the counts of others they take room a little longer.
    """
    return list(_kept)
