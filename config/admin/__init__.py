"""The portal's pages of what spans all apps: incidents, and who is told of them."""

from config.admin.alerts import AlertSettingsAdmin
from config.admin.incidents import IncidentAdmin

__all__ = ["AlertSettingsAdmin", "IncidentAdmin"]
