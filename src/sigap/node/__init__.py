"""The camera node: ingest, record, live, playback and analysis for a set of cameras.

No Django: it knows its cameras and the core's HTTP API. Run it with `python -m sigap.node`.
"""
