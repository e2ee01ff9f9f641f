"""What Prometheus reads: counters of all processes of this machine, and what database and Redis know at the moment.

`companies.counting` counts, `processes` adds up, `present` looks at the tables and at Redis, `view` answers.
"""

from config.metrics.view import metrics

__all__ = ["metrics"]
