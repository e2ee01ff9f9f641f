"""The page at the sandbox's root: book as a customer would, and see what becomes of it.

`overview` lists event types, bookings, webhooks and faults; `booking` leads from a day to a booking or to its move.
Plain HTML without scripts; `asking` lets both use the API's own handlers, so that nothing is decided here.
"""

from importlib import import_module


def install() -> None:
    """Put the page's addresses beside those of the API."""
    for name in ("overview", "booking"):
        import_module(f"calcom.sandbox.page.{name}")
