"""Benchmarks: each module runs as `python -m bench.NAME [--json]` and prints rows of one shape."""
