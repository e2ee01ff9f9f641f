"""Watching: is all well with every company, and who has to be told?

A process of its own (`manage.py watch`), because a silent worker or beat is among what it has to notice. A round, every
few seconds:

    checks      one look for each kind of trouble, over all companies: {company id, or None for the operators: facts}
    incidents   what is seen opens an incident, what has not been seen for a while ends it
    outbox      the messages that follow are rows, one for each receiver; they are sent now, or tried again later

One round is done by one process at a time (an advisory lock); everything it has to remember is in the database or the
cache, so it may be killed, started twice, or run by cron with --once.
"""

from config.watch.rounds import Result, one_round

__all__ = ["Result", "one_round"]
