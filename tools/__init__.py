"""Set-up and checks of a clone, with the standard library only. Called by the Makefile."""
