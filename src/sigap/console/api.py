"""Health of the core, and the console's snapshot."""

from ninja import Router

router = Router(tags=["console"])
