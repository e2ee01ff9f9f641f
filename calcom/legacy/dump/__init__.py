"""A dump of the predecessor's database: CSV or JSON of its branches, staff, services, customers and appointments."""

from calcom.legacy.dump.load import BATCH, DumpOptions, default_report, import_dump
from calcom.legacy.dump.tally import DumpResult

__all__ = ["BATCH", "DumpOptions", "DumpResult", "default_report", "import_dump"]
