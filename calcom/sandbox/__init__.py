"""A small Cal.com: state in memory, the answers, errors and webhooks of a real one, and faults on request."""
