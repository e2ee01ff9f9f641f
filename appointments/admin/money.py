"""Prices as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format


def price_text(amount: Decimal | None, currency: str) -> str:
    """The amount with its currency, for example "45,00 EUR"; empty where there is none."""
    return "" if amount is None else f"{number_format(amount, decimal_pos=2)} {currency}".strip()
