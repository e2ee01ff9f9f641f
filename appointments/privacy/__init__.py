"""Personal data in the appointment book: whose it is, in which tables, and for how long."""
