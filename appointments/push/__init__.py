"""Telling the booking backend what was changed here: claim, call, record.

A Push is claimed in a short transaction, the backend is called without one, and what came of it is recorded in
another. Where nothing can have been written, it is tried again: after 1, 5 and 30 s, then after growing waits. Where
something may have been written, it is looked for first, after 30 s and again after 2 min, and written again only where
it was not found. Every answer is applied like a webhook: whichever of the two comes first completes the Push.
"""

from appointments.push.claim import release_stuck
from appointments.push.due import due, hasten, revive
from appointments.push.queue import enqueue
from appointments.push.run import After, push

__all__ = ["After", "due", "enqueue", "hasten", "push", "release_stuck", "revive"]
