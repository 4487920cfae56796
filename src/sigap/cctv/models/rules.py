"""What cameras look for, and what was counted and measured."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sigap.cctv.models.cameras import Camera
from sigap.cctv.models.choices import MeasureKind, RuleKind, StreetClass


class Rule(models.Model):
    """What to look for in a camera's picture. `points` are [x, y] of 0..1 of the picture.

    A removed rule stays as a row: its signals and counts still point at it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="rules")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=RuleKind.choices)
    points = models.JSONField()
    classes = ArrayField(models.CharField(max_length=12, choices=StreetClass.choices))
    min_score = models.FloatField(default=0.4)
    dwell_s = models.FloatField(default=0)
    # What only some kinds need: direction, limits, the ground plane (`rule_settings`).
    settings = models.JSONField(default=dict, blank=True)
    category = models.ForeignKey(
        "city.Category", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # None: the category's priority.
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    # A quiet rule's alarms are kept and judged, but do not come into the queue.
    quiet = models.BooleanField(default=False)
    quiet_since = models.DateTimeField(null=True, blank=True, editable=False)
    quiet_reason = models.CharField(max_length=200, blank=True, editable=False)
    # Below this share of right alarms, by all likelihood, the rule falls quiet (`accuracy`).
    floor = models.FloatField(default=0.5)
    # Verdicts on older alarms say nothing of the rule as it is now; None: all count.
    judged_from = models.DateTimeField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cctv_rule_priority",
                condition=models.Q(priority__isnull=True) | models.Q(priority__range=(1, 4)),
            )
        ]

    def __str__(self) -> str:
        return self.name


class LineCount(models.Model):
    """How many crossed a line within a minute; forward is from left to right of p0→p1."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+")
    minute = models.DateTimeField()
    street_class = models.CharField(max_length=12, choices=StreetClass.choices)
    forward = models.PositiveIntegerField()
    backward = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "minute", "street_class"], name="cctv_count_minute"
            )
        ]
        indexes = [
            models.Index(fields=["city", "minute"], name="cctv_count_city"),
            models.Index(fields=["camera", "minute"], name="cctv_count_camera"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}@{self.minute:%Y-%m-%d %H:%M}"


class RuleMeasure(models.Model):
    """What a measuring rule read within a minute; `mean` and `largest` of `samples` readings."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+")
    minute = models.DateTimeField()
    measure = models.CharField(max_length=12, choices=MeasureKind.choices)
    street_class = models.CharField(max_length=12, choices=StreetClass.choices)
    samples = models.PositiveIntegerField()
    mean = models.FloatField()
    largest = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "minute", "measure", "street_class"], name="cctv_measure_minute"
            )
        ]
        indexes = [models.Index(fields=["camera", "minute"], name="cctv_measure_camera")]

    def __str__(self) -> str:
        return f"{self.rule_id}:{self.measure}@{self.minute:%Y-%m-%d %H:%M}"
