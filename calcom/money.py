"""Cal.com's amounts: integers in the currency's smallest unit."""

from __future__ import annotations

import re
from decimal import Decimal

# Currencies without minor units: their amounts come whole.
_WHOLE = re.compile("bif|clp|djf|gnf|jpy|kmf|krw|mga|pyg|rwf|ugx|vnd|vuv|xaf|xof|xpf")


def major_units(amount: int | None, currency: str) -> Decimal | None:
    """The price; None for 0, which means that Cal.com takes no payment, not that it is free."""
    if not amount or amount < 0:
        return None
    return Decimal(amount) / (1 if _WHOLE.fullmatch(currency.lower()) else 100)
