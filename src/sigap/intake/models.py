"""Signals of every source, and what is particular to 112 calls and citizen reports."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from sigap.core.models import StoredFile
from sigap.intake.transitions import ReportState, SignalState


class SignalSource(models.TextChoices):
    CAMERA = "camera"
    CALL = "call"
    REPORT = "report"
    PANIC = "panic"
    SENSOR = "sensor"
    PARTNER = "partner"
    HEALTH = "health"  # Sigap about itself: a camera or node that went silent


class Signal(models.Model):
    """Something that tells the city that something may be wrong. `number` counts within a city.

    `version` rises with every change; a caller who names an old one is told so.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=12, choices=SignalSource.choices)
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in SignalState],
        default=SignalState.NEW.value,
    )
    priority = models.PositiveSmallIntegerField()
    category = models.ForeignKey("city.Category", on_delete=models.PROTECT, null=True)
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=4000, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    area = models.ForeignKey("city.Area", on_delete=models.PROTECT, null=True, related_name="+")
    place_text = models.CharField(max_length=200, blank=True)
    camera_id = models.BigIntegerField(null=True)
    # Cameras that fell silent together with `camera_id`.
    also_camera_ids = ArrayField(models.BigIntegerField(), default=list)
    rule_id = models.BigIntegerField(null=True)
    picture = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, null=True, related_name="signals"
    )
    # When it happened, by the source's clock; when Sigap got it, by ours.
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    dismiss_reason = models.CharField(max_length=32, blank=True)
    dismiss_note = models.CharField(max_length=500, blank=True)
    repeat_count = models.PositiveIntegerField(default=1)
    repeated_at = models.DateTimeField(null=True)
    # What the last alarm behind a camera's signal told (`camera_alarms.AlarmFacts`).
    facts = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "number"], name="intake_signal_number")
        ]
        indexes = [
            models.Index(
                fields=["city", "priority", "received_at"],
                condition=models.Q(state__in=["new", "acknowledged"]),
                name="intake_signal_queue",
            ),
            models.Index(fields=["city", "received_at"], name="intake_signal_received"),
            models.Index(fields=["incident"], name="intake_signal_incident"),
        ]

    def __str__(self) -> str:
        return f"S{self.number}"


class CallClass(models.TextChoices):
    NORMAL = "normal"
    GHOST = "ghost"
    PRANK = "prank"
    INFORMATION = "information"


class Call(models.Model):
    """A call to 112. Every call is kept, whatever its class; only a normal one makes a signal."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    signal = models.OneToOneField(Signal, on_delete=models.PROTECT, null=True, related_name="call")
    caller_number = models.CharField(max_length=24, blank=True)
    call_class = models.CharField(max_length=12, choices=CallClass.choices)
    notes = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["city", "caller_number", "answered_at"], name="intake_call_number")
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Report(models.Model):
    """What a citizen sent. `tracking_code` is the citizen's key to it, long and random."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    signal = models.OneToOneField(Signal, on_delete=models.PROTECT, related_name="report")
    tracking_code = models.CharField(max_length=16, unique=True)
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in ReportState],
        default=ReportState.RECEIVED.value,
    )
    agency = models.ForeignKey("city.Agency", on_delete=models.PROTECT, related_name="+")
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    reporter_name = models.CharField(max_length=80, blank=True)
    reporter_phone = models.CharField(max_length=24, blank=True)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    verify_due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.tracking_code


class ReportStep(models.Model):
    """One line of a report's history, as the citizen reads it."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in ReportState])
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)
    note = models.CharField(max_length=1000, blank=True)
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["report", "id"], name="intake_step_report")]

    def __str__(self) -> str:
        return f"{self.report_id}:{self.state}"
