"""Payloads that were stored long ago, read like those that come today. See calcom.payloads.extract."""

from calcom.payloads.extract import BATCH, Deliveries, extract
from calcom.payloads.filling import Wish
from calcom.payloads.result import Extraction

__all__ = ["BATCH", "Deliveries", "Extraction", "Wish", "extract"]
