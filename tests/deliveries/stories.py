"""All stories: name → deliveries in the order they happened, and the end, written by hand."""

from __future__ import annotations

from tests.deliveries import story_attendance, story_confirmations, story_envelopes, story_moves, story_seats
from tests.deliveries.story import Story

STORIES: dict[str, Story] = {
    **story_moves.STORIES,
    **story_confirmations.STORIES,
    **story_seats.STORIES,
    **story_attendance.STORIES,
    **story_envelopes.STORIES,
}
