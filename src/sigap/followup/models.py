"""Agency tasks and the proofs with which they are resolved."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from sigap.core.models import StoredFile
from sigap.followup.transitions import LIVE, RUNNING, TaskState

_LIVE_VALUES = [state.value for state in LIVE]
_RUNNING_VALUES = [state.value for state in RUNNING]


class Task(models.Model):
    """Work of hours or days that an agency owes for an incident, with a clock.

    `limit_h` and `legal_basis` are copied from the category when the task is forwarded: a later
    edit of the category changes no promise already made.
    """

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, related_name="tasks"
    )
    agency = models.ForeignKey("city.Agency", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(
        "intake.Report", on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in TaskState],
        default=TaskState.FORWARDED.value,
    )
    instructions = models.CharField(max_length=2000, blank=True)
    limit_h = models.PositiveIntegerField()
    legal_basis = models.CharField(max_length=120, blank=True)
    forwarded_at = models.DateTimeField()
    forwarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    due_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    return_reason = models.CharField(max_length=500, blank=True)
    # The event that made this task, so that a repeated delivery makes no second one.
    source_event_id = models.UUIDField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["incident", "agency"],
                condition=models.Q(state__in=_LIVE_VALUES),
                name="followup_task_one_live",
            ),
            models.UniqueConstraint(
                fields=["city", "source_event_id"], name="followup_task_source_event"
            ),
        ]
        indexes = [
            models.Index(
                fields=["city", "agency", "due_at"],
                condition=models.Q(state__in=_LIVE_VALUES),
                name="followup_task_live",
            ),
            models.Index(
                fields=["city", "due_at"],
                condition=models.Q(state__in=_RUNNING_VALUES, overdue_at__isnull=True),
                name="followup_task_clock",
            ),
            models.Index(fields=["city", "forwarded_at"], name="followup_task_forwarded"),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"


class ProofFlag(models.TextChoices):
    """Why a proof deserves a second look. Flags never refuse a proof: a person decides."""

    REUSED_PHOTO = "reused_photo"
    TAKEN_FAR_AWAY = "taken_far_away"
    NO_PHOTO = "no_photo"


class Proof(models.Model):
    """What shows that a task was done: a photo, or a reason in writing."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="proofs")
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=2000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    by_label = models.CharField(max_length=120)
    at = models.DateTimeField()
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    distance_m = models.FloatField(null=True)
    similar_to = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+"
    )
    flags = ArrayField(
        models.CharField(max_length=24, choices=ProofFlag.choices), default=list, blank=True
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="followup_proof_shows_something",
                condition=models.Q(photo__isnull=False) | ~models.Q(reason=""),
            )
        ]
        indexes = [models.Index(fields=["task", "id"], name="followup_proof_task")]

    def __str__(self) -> str:
        return f"proof {self.pk} of task {self.task_id}"
