"""Which package's routes live where in the API: one page."""

from ninja import Router

from sigap.accounts.api import router as accounts_router
from sigap.cctv.alarms_api import router as alarms_router
from sigap.cctv.api import router as cctv_router
from sigap.cctv.cameras_api import router as cameras_router
from sigap.cctv.evidence_api import router as evidence_router
from sigap.cctv.keeping_api import router as keeping_router
from sigap.cctv.node_api import router as node_router
from sigap.cctv.rules_api import router as rules_router
from sigap.cctv.views_api import router as views_router
from sigap.citizen.api import router as citizen_router
from sigap.city.api import router as city_router
from sigap.config.audit_api import router as audit_router
from sigap.console.api import router as console_router
from sigap.dispatch.api import router as dispatch_router
from sigap.dispatch.field_api import router as field_router
from sigap.federation.api import router as federation_router
from sigap.followup.api import router as followup_router
from sigap.incidents.api import router as incidents_router
from sigap.insight.api import router as insight_router
from sigap.intake.api import router as intake_router
from sigap.intake.camera_api import router as camera_alarms_router

ROUTERS: list[tuple[str, Router]] = [
    ("/v1", accounts_router),
    # Before those of one camera: its fixed paths are no ids.
    ("/v1/cctv", cameras_router),
    ("/v1/cctv", cctv_router),
    ("/v1/cctv", views_router),
    ("/v1/cctv", rules_router),
    ("/v1/cctv", alarms_router),
    ("/v1/cctv", keeping_router),
    ("/v1", evidence_router),
    ("/v1", node_router),
    ("/v1", camera_alarms_router),
    ("/v1", city_router),
    ("/v1", audit_router),
    ("/v1", console_router),
    ("/v1", intake_router),
    ("/v1", incidents_router),
    ("/v1", dispatch_router),
    ("/v1", field_router),
    ("/v1", followup_router),
    ("/v1", citizen_router),
    ("/v1", insight_router),
    ("/v1", federation_router),
]
