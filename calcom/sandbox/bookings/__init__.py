"""Bookings of the small Cal.com: taking, reading, moving, cancelling, deciding, and who comes."""
