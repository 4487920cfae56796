"""Keeps the citizens' reports behind an incident in step with the work on it."""

from sigap.core.actor import Actor
from sigap.core.models import StoredFile
from sigap.intake.models import Report
from sigap.intake.reports import advance_report
from sigap.intake.transitions import ReportAction as A
from sigap.intake.transitions import ReportState as S

# From each state the steps that lead to the wanted one; a state that is absent stays as it is
# (a rejected report is not revived by work on the incident that it was once joined to).
TO_FORWARDED: dict[S, tuple[A, ...]] = {
    S.RECEIVED: (A.VERIFY, A.FORWARD),
    S.VERIFIED: (A.FORWARD,),
}
TO_STARTED: dict[S, tuple[A, ...]] = {
    S.RECEIVED: (A.VERIFY, A.FORWARD, A.START),
    S.VERIFIED: (A.FORWARD, A.START),
    S.FORWARDED: (A.START,),
    S.REOPENED: (A.START,),
}
TO_RESOLVED: dict[S, tuple[A, ...]] = {
    S.RECEIVED: (A.VERIFY, A.FORWARD, A.RESOLVE),
    S.VERIFIED: (A.FORWARD, A.RESOLVE),
    S.FORWARDED: (A.RESOLVE,),
    S.IN_PROGRESS: (A.RESOLVE,),
    S.REOPENED: (A.RESOLVE,),
}
TO_REOPENED: dict[S, tuple[A, ...]] = {
    S.RESOLVED: (A.REOPEN,),
    S.CONFIRMED: (A.REOPEN,),
}


def reports_of(city_id: int, incident_id: int) -> list[Report]:
    """The reports whose signals are joined to the incident, oldest first."""
    return list(
        Report.objects.filter(city_id=city_id, signal__incident_id=incident_id).order_by("pk")
    )


def lead_reports(
    actor: Actor,
    reports: list[Report],
    paths: dict[S, tuple[A, ...]],
    *,
    note: str = "",
    photo: StoredFile | None = None,
) -> None:
    """Take every report along its path; `note` and `photo` go into the last step."""
    for report in reports:
        steps = paths.get(S(report.state), ())
        for step in steps:
            last = step is steps[-1]
            advance_report(
                actor,
                report.pk,
                step,
                note=note if last else "",
                photo=photo if last else None,
            )
