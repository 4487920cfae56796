"""What rules found."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sigap.cctv.models.cameras import Camera
from sigap.cctv.models.choices import StreetClass, Verdict
from sigap.cctv.models.rules import Rule
from sigap.core.models import StoredFile


class Alarm(models.Model):
    """A firing of a rule as the node told it, kept as evidence; `signal_id` is what it became.

    `uuid` is the node's: a repetition of the same message finds the row and changes nothing.
    """

    uuid = models.UUIDField(unique=True)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+")
    signal_id = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    street_class = models.CharField(max_length=12, choices=StreetClass.choices)
    score = models.FloatField()
    track_id = models.BigIntegerField()
    box = models.JSONField()
    track = models.JSONField()
    picture = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    clip_from = models.DateTimeField(null=True)
    clip_to = models.DateTimeField(null=True)
    details = models.JSONField(default=dict)
    colour = models.CharField(max_length=12, blank=True)
    also_rule_ids = ArrayField(models.BigIntegerField(), default=list)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    verdict_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    verdict_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["signal_id"], name="cctv_alarm_signal"),
            models.Index(fields=["city", "received_at"], name="cctv_alarm_received"),
            models.Index(fields=["city", "observed_at"], name="cctv_alarm_observed"),
            models.Index(fields=["rule", "observed_at"], name="cctv_alarm_rule"),
            models.Index(fields=["camera", "observed_at"], name="cctv_alarm_camera"),
            models.Index(fields=["city", "street_class", "observed_at"], name="cctv_alarm_class"),
            models.Index(
                fields=["city", "colour", "observed_at"],
                condition=~models.Q(colour=""),
                name="cctv_alarm_colour",
            ),
            models.Index(
                fields=["rule", "observed_at"],
                condition=~models.Q(verdict=""),
                name="cctv_alarm_judged",
            ),
            models.Index(
                fields=["city", "observed_at"],
                condition=~models.Q(verdict=""),
                name="cctv_alarm_verdict",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
