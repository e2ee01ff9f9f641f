"""Finds or starts PostgreSQL and Valkey, and runs the application with them on a developer's machine."""
