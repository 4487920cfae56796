"""Units, where they are and were, and what they are assigned to."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sigap.dispatch.road import Basis
from sigap.dispatch.transitions import (
    ACTIVE_STATES,
    AssignmentAction,
    AssignmentState,
    UnitStatus,
)


class UnitKind(models.TextChoices):
    PATROL_CAR = "patrol_car"
    MOTORCYCLE = "motorcycle"
    FIRE_ENGINE = "fire_engine"
    RESCUE = "rescue"
    AMBULANCE = "ambulance"
    FOOT_PATROL = "foot_patrol"
    WORK_CREW = "work_crew"
    BOAT = "boat"


class Unit(models.Model):
    """A crew with a vehicle that can be sent. `version` rises with every change of status.

    `lat`, `lon` and `position_at` are the newest fix of its phone; home is its station.
    """

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("city.Agency", on_delete=models.PROTECT, related_name="units")
    station = models.ForeignKey(
        "city.Station", on_delete=models.SET_NULL, null=True, blank=True, related_name="units"
    )
    call_sign = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=UnitKind.choices)
    capabilities = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    crew_label = models.CharField(max_length=120, blank=True)
    home_lat = models.FloatField()
    home_lon = models.FloatField()
    status = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in UnitStatus],
        default=UnitStatus.OFF_DUTY.value,
    )
    status_at = models.DateTimeField()
    lat = models.FloatField(null=True, editable=False)
    lon = models.FloatField(null=True, editable=False)
    position_at = models.DateTimeField(null=True, editable=False)
    # What the consoles last heard of its position: they are not told of every single fix.
    announced_at = models.DateTimeField(null=True, editable=False)
    announced_lat = models.FloatField(null=True, editable=False)
    announced_lon = models.FloatField(null=True, editable=False)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    # The active assignment, put there by `queries.units_with_work`.
    current: "Assignment | None" = None

    class Meta:
        ordering: ClassVar[list[str]] = ["call_sign"]
        constraints = [
            models.UniqueConstraint(fields=["city", "call_sign"], name="dispatch_unit_call_sign")
        ]

    def __str__(self) -> str:
        return self.call_sign


class Position(models.Model):
    """One fix of a unit's phone. Written in batches; the key holds the time, so that the table can
    be partitioned by it and a batch sent twice changes nothing.

    `device_at` is what the phone's clock said, `observed_at` the same moment by ours.
    """

    pk = models.CompositePrimaryKey("city_id", "unit_id", "device_at")
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    device_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    lat = models.FloatField()
    lon = models.FloatField()
    accuracy_m = models.FloatField(null=True)
    speed_mps = models.FloatField(null=True)
    heading_deg = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["city", "unit", "observed_at"], name="dispatch_position_time")
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}@{self.observed_at:%H:%M:%S}"


class Assignment(models.Model):
    """A unit sent to an incident. Stamps are what response times are computed from; a step that
    was skipped leaves its stamp empty, none is made up."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, related_name="assignments"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in AssignmentState],
        default=AssignmentState.ASSIGNED.value,
    )
    assigned_at = models.DateTimeField()
    assigned_by_label = models.CharField(max_length=120)
    # What the crew must know before it arrives (dogs, gas, a weapon seen).
    dangers = models.CharField(max_length=500, blank=True)
    accept_due_at = models.DateTimeField()
    unanswered_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    on_scene_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    # Why declined or cancelled, or what the crew said on clearing.
    note = models.CharField(max_length=1000, blank=True)
    # Travel time and way when assigned; None if the unit could not be routed.
    eta_s = models.PositiveIntegerField(null=True)
    distance_m = models.PositiveIntegerField(null=True)
    basis = models.CharField(max_length=16, choices=[(b.value, b.value) for b in Basis])
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=models.Q(state__in=[s.value for s in ACTIVE_STATES]),
                name="dispatch_one_active_assignment",
            )
        ]
        indexes = [
            models.Index(fields=["incident", "id"], name="dispatch_assignment_incident"),
            models.Index(
                fields=["accept_due_at"],
                condition=models.Q(state="assigned", unanswered_at__isnull=True),
                name="dispatch_assignment_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}→{self.incident_id}"


class AssignmentStep(models.Model):
    """One step of an assignment: who, when, and what it was before (for undo).

    `observed_at` is the time the device gave, `received_at` ours on arrival, `counted_at` the one
    that went into the assignment's stamps.
    """

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField(max_length=16, choices=[(a.value, a.value) for a in AssignmentAction])
    state_before = models.CharField(max_length=16)
    unit_status_before = models.CharField(max_length=16)
    by_label = models.CharField(max_length=120)
    observed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    counted_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["assignment", "id"], name="dispatch_step_assignment")]

    def __str__(self) -> str:
        return f"{self.assignment_id}:{self.action}"


class AcceptLimit(models.Model):
    """How long a unit has to accept, where a category differs from the city's own limit."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    category = models.OneToOneField(
        "city.Category", on_delete=models.CASCADE, related_name="accept_limit"
    )
    limit_s = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.category_id}: {self.limit_s} s"
