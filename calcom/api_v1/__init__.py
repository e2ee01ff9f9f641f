"""Cal.com's part of the API below /api/v1/: event types. (Drift has addresses of its own, in calcom.api.)"""
