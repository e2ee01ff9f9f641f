"""How the connection to Cal.com stands, over HTTP: `/api/health/calcom` and `/api/calcom/sync-status`."""
