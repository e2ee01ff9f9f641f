"""Remote changes: what a booking backend tells us becomes what the appointment book says.

News comes doubled, late and in any order, so nothing here depends on the order of arrival. Each group of columns of an
appointment (a register) remembers how new the news was that filled it, and only newer news replaces it; "cancelled" is
final for a uid; two appointments that later news shows to be one are joined. Nothing here commits, calls the backend,
or pushes: a loop of webhooks cannot be written.
"""

from appointments.inbound.apply import Applied, Outcome, apply_booking, apply_news

__all__ = ["Applied", "Outcome", "apply_booking", "apply_news"]
