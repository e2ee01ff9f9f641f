"""What can be wrong with something that Cal.com sent."""

from __future__ import annotations


class UnreadableBody(Exception):
    """The body is not a delivery of Cal.com's: no JSON, no object, a custom template. Staff cannot mend it."""


class InvalidDelivery(Exception):
    """The body is a delivery, but says something impossible. The text names the field and what is wrong with it."""
