"""Routes of the nation: counts per city for national supervisors."""

from ninja import Router

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.federation.counts import CityCounts, nation_counts

router = Router(tags=["federation"])


@operation(
    router,
    "GET",
    "/nation/counts",
    permission=Permission.VIEW_NATION,
    response=list[CityCounts],
)
def counts_of_cities(request: ActorRequest) -> list[CityCounts]:
    """Every city in figures; no personal data."""
    return nation_counts(request.actor)
