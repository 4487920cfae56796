"""Cameras, the nodes that watch them, their rules and masks, and what they told us."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

from sigap.core.models import StoredFile


class CameraPurpose(models.TextChoices):
    """Why a public camera may stand there at all (UU PDP 27/2022, article 17)."""

    SECURITY = "security"
    TRAFFIC = "traffic"
    DISASTER = "disaster"


class CameraState(models.TextChoices):
    UNKNOWN = "unknown"
    UP = "up"
    SILENT = "silent"
    BAD = "bad"  # frames arrive, but cannot be used
    DISABLED = "disabled"


class RuleKind(models.TextChoices):
    ZONE = "zone"
    LINE = "line"


class StreetClass(models.TextChoices):
    PERSON = "person"
    BICYCLE = "bicycle"
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BUS = "bus"
    TRUCK = "truck"


class Node(models.Model):
    """A camera node. It proves itself by a token of which we keep the SHA-256 only.

    `media_key` signs the addresses of its media. `epoch` rises with every new token, so that a
    node that was replaced can be told from its successor. `config_version` rises with every
    change of what it has to watch.
    """

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    media_key = models.BinaryField(editable=False)
    # Where browsers reach it.
    base_url = models.CharField(
        max_length=200, validators=[RegexValidator(r"^https?://[^\s/?#]+(/[^\s?#]*)?$")]
    )
    epoch = models.PositiveIntegerField(default=1, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    rss_bytes = models.BigIntegerField(default=0, editable=False)
    cpu_s = models.FloatField(default=0, editable=False)
    config_version = models.PositiveIntegerField(default=1, editable=False)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city", "name"], name="cctv_node_name")]

    def __str__(self) -> str:
        return self.name


class Camera(models.Model):
    """A camera. `source_url` may hold a password: only its node and who manages cameras see it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="cameras")
    name = models.CharField(max_length=120)
    source_url = models.CharField(max_length=500)
    lat = models.FloatField()
    lon = models.FloatField()
    # Clockwise from north; where the middle of the picture looks, how wide and how far it sees.
    bearing_deg = models.FloatField(default=0)
    field_of_view_deg = models.FloatField(default=70)
    range_m = models.FloatField(default=60)
    area = models.ForeignKey(
        "city.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    purpose = models.CharField(
        max_length=12, choices=CameraPurpose.choices, default=CameraPurpose.SECURITY
    )
    analyse = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)
    retention_h = models.PositiveIntegerField(default=168)
    state = models.CharField(
        max_length=12, choices=CameraState.choices, default=CameraState.UNKNOWN, editable=False
    )
    state_since = models.DateTimeField(null=True, editable=False)
    state_reason = models.CharField(max_length=120, blank=True, editable=False)
    last_frame_at = models.DateTimeField(null=True, editable=False)
    fps = models.FloatField(default=0, editable=False)
    bitrate_bps = models.BigIntegerField(default=0, editable=False)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    codec = models.CharField(max_length=40, blank=True, editable=False)
    recording = models.BooleanField(default=False, editable=False)
    recorded_bytes = models.BigIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["city", "name"], name="cctv_camera_name")]
        indexes = [models.Index(fields=["city", "lat", "lon"], name="cctv_camera_place")]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """What to look for in a camera's picture. `points` are [x, y] of 0..1 of the picture.

    A removed rule stays as a row: its signals and counts still point at it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="rules")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=RuleKind.choices)
    points = models.JSONField()
    classes = ArrayField(models.CharField(max_length=12, choices=StreetClass.choices))
    min_score = models.FloatField(default=0.4)
    dwell_s = models.FloatField(default=0)
    category = models.ForeignKey(
        "city.Category", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # None: the category's priority.
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
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


class Mask(models.Model):
    """A part of the picture that is never analysed. `points` as in `Rule`."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="masks")
    points = models.JSONField()

    def __str__(self) -> str:
        return f"{self.camera_id}:{self.pk}"


class Outage(models.Model):
    """A time without usable pictures of an enabled camera; open while `ended_at` is None."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="outages")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["camera"],
                condition=models.Q(ended_at__isnull=True),
                name="cctv_outage_one_open",
            )
        ]
        indexes = [models.Index(fields=["city", "started_at"], name="cctv_outage_started")]

    def __str__(self) -> str:
        return f"{self.camera_id}@{self.started_at:%Y-%m-%d %H:%M}"


class HealthSample(models.Model):
    """The last word of a camera's health in a minute."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    minute = models.DateTimeField()
    state = models.CharField(max_length=12, choices=CameraState.choices)
    fps = models.FloatField()
    bitrate_bps = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "minute"], name="cctv_sample_minute")
        ]

    def __str__(self) -> str:
        return f"{self.camera_id}@{self.minute:%Y-%m-%d %H:%M}"


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

    class Meta:
        indexes = [
            models.Index(fields=["signal_id"], name="cctv_alarm_signal"),
            models.Index(fields=["city", "received_at"], name="cctv_alarm_received"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
