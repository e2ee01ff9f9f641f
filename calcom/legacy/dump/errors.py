"""Why a dump, or one row of it, is not taken over. Each text is for the person who made the dump."""

from __future__ import annotations


class DumpRefused(Exception):
    """Nothing of the dump was taken over: the files are not what they have to be."""


class Unusable(Exception):
    """This row cannot be taken over; the others can."""


class LeftOut(Exception):
    """This row is not wanted here: the predecessor itself had deleted it."""
