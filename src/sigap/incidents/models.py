"""Incidents: what the city decided to act on."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from sigap.core.models import StoredFile
from sigap.incidents.transitions import IncidentState


class Disposition(models.TextChoices):
    """How an incident ended."""

    HANDLED = "handled"
    NOTHING_FOUND = "nothing_found"
    FALSE_ALARM = "false_alarm"
    HANDED_OVER = "handed_over"
    FIXED = "fixed"
    NOT_OURS = "not_ours"


class Incident(models.Model):
    """What the city acts on. `number` counts within a city; `version` rises with every change."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in IncidentState],
        default=IncidentState.OPEN.value,
    )
    priority = models.PositiveSmallIntegerField()
    category = models.ForeignKey("city.Category", on_delete=models.PROTECT)
    title = models.CharField(max_length=200)
    lat = models.FloatField()
    lon = models.FloatField()
    area = models.ForeignKey("city.Area", on_delete=models.PROTECT, null=True, related_name="+")
    place_text = models.CharField(max_length=200, blank=True)
    # When the first signal of it was received: response times count from here.
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    disposition = models.CharField(max_length=16, choices=Disposition.choices, blank=True)
    closing_note = models.CharField(max_length=2000, blank=True)
    closing_photo = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Who takes part: decides who sees the incident beyond the command centre.
    agency_ids = ArrayField(models.BigIntegerField(), default=list)
    unit_ids = ArrayField(models.BigIntegerField(), default=list)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "number"], name="incidents_incident_number")
        ]
        indexes = [
            models.Index(
                fields=["city", "priority", "received_at"],
                condition=~models.Q(state="closed"),
                name="incidents_open",
            ),
            models.Index(fields=["city", "opened_at"], name="incidents_opened"),
            models.Index(fields=["city", "lat", "lon"], name="incidents_place"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"
