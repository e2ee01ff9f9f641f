"""The portal's pages for what a company's Cal.com account holds, and what that means here."""

from calcom.admin import event_types, hosts, runs

__all__ = ["event_types", "hosts", "runs"]
