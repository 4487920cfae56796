"""Rules: tracks in, events out. A new rule is one file here and one row in `rules.registry`."""
