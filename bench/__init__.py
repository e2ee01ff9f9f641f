"""Benchmarks: each prints ratios to a limit that is measured in the same run. `python -m bench --help`."""
