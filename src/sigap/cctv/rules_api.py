"""Routes for staff: the rules of a camera, drawn, retuned, removed, made quiet and put back."""

from typing import Annotated

from ninja import Path, Router, Status
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.cctv import rules
from sigap.cctv.inputs import PicturePoint, RowId, Version
from sigap.cctv.models import RuleKind, StreetClass
from sigap.cctv.queries import RuleRow, rule_row
from sigap.cctv.rule_settings import RuleSettings
from sigap.cctv.rules import DEFAULT_FLOOR, RuleForm

router = Router(tags=["cctv"])

PathId = Annotated[RowId, Path()]


class RuleIn(BaseModel):
    """A rule as it was drawn. Of a line, p0→p1 is crossed forward from left to right; a rule on
    the whole picture has no points. `settings` are those that its kind takes."""

    name: str = Field(min_length=1, max_length=120)
    kind: RuleKind
    points: list[PicturePoint] = Field(default=[], max_length=40)
    classes: list[StreetClass] = Field(default=[], max_length=7)
    min_score: float = Field(0.4, ge=0.05, le=1, allow_inf_nan=False)
    dwell_s: float = Field(0, ge=0, le=3600, allow_inf_nan=False)
    settings: RuleSettings = RuleSettings()
    category: str | None = Field(None, max_length=48)
    priority: int | None = Field(None, ge=1, le=4)
    enabled: bool = True
    floor: float = Field(DEFAULT_FLOOR, ge=0, le=1, allow_inf_nan=False)

    def form(self) -> RuleForm:
        """What the action takes."""
        values = self.model_dump(exclude={"version", "settings"})
        return RuleForm(settings=self.settings, **values)


class RuleChange(RuleIn):
    """A changed rule; `version` is the one that the user had before the eyes."""

    version: Version


class QuietReason(BaseModel):
    """Why, for the log and for whoever reads the rule later."""

    reason: str = Field(min_length=3, max_length=200)


@operation(
    router,
    "POST",
    "/cameras/{camera_id}/rules",
    permission=Permission.MANAGE_CAMERAS,
    response={201: RuleRow},
)
def create_rule(request: ActorRequest, camera_id: PathId, body: RuleIn) -> Status[RuleRow]:
    """Draw a rule on a camera's picture."""
    return Status(201, rule_row(rules.add_rule(request.actor, camera_id, body.form())))


@operation(
    router, "PUT", "/rules/{rule_id}", permission=Permission.MANAGE_CAMERAS, response=RuleRow
)
def update_rule(request: ActorRequest, rule_id: PathId, body: RuleChange) -> RuleRow:
    """Change a rule."""
    return rule_row(rules.change_rule(request.actor, rule_id, body.version, body.form()))


@operation(
    router, "DELETE", "/rules/{rule_id}", permission=Permission.MANAGE_CAMERAS, response={204: None}
)
def delete_rule(request: ActorRequest, rule_id: PathId) -> Status[None]:
    """Take a rule away."""
    rules.remove_rule(request.actor, rule_id)
    return Status(204, None)


@operation(
    router, "POST", "/rules/{rule_id}/quiet", permission=Permission.MANAGE_CAMERAS, response=RuleRow
)
def make_rule_quiet(request: ActorRequest, rule_id: PathId, body: QuietReason) -> RuleRow:
    """Keep a rule's alarms out of the queue; they are kept and can be judged."""
    return rule_row(rules.quieten_rule(request.actor, rule_id, reason=body.reason))


@operation(
    router,
    "POST",
    "/rules/{rule_id}/restore",
    permission=Permission.MANAGE_CAMERAS,
    response=RuleRow,
)
def put_rule_back(request: ActorRequest, rule_id: PathId, body: QuietReason) -> RuleRow:
    """Let a quiet rule's alarms into the queue again."""
    return rule_row(rules.restore_rule(request.actor, rule_id, reason=body.reason))
