"""Reading a dump of the predecessor."""
