"""What must not be lost when something is killed."""
