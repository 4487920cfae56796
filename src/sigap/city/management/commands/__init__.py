"""Django's own commands of the city."""
