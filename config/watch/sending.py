"""What mail and webhook share."""

from __future__ import annotations


class NotSent(Exception):
    """A message could not be sent; the text says why, without secrets or addresses. It is tried again."""
