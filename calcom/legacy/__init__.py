"""Bringing the predecessor's data over, so that it can be stopped anywhere, gone on with, and undone."""
