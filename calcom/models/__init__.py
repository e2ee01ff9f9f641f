"""What is known of a company's Cal.com account, and what that means here."""

from calcom.models.drift import Drift
from calcom.models.event_type import EventType, EventTypeMapping, MappingProposal
from calcom.models.host import HostMapping, HostMappingAudit
from calcom.models.legacy import LegacyChange, LegacyRow, LegacyRun
from calcom.models.sync import CalcomSettings, SyncRun

__all__ = [
    "CalcomSettings",
    "Drift",
    "EventType",
    "EventTypeMapping",
    "HostMapping",
    "HostMappingAudit",
    "LegacyChange",
    "LegacyRow",
    "LegacyRun",
    "MappingProposal",
    "SyncRun",
]
