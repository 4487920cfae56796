"""Everything that is said to the core: configuration, health, alarms, counts."""
