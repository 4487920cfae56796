"""RTSP cameras made of clips, with faults on demand: for tests, benchmarks and demos."""
